# SPDX-FileCopyrightText: The Bounce authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tray icon and its menu as the panel sees them: StatusNotifierItem and dbusmenu."""

from desktop import GLib, harness

WATCHER = 'org.kde.StatusNotifierWatcher'
ITEM = 'org.kde.StatusNotifierItem'
MENU = 'com.canonical.dbusmenu'


class Tray:
    """The one icon in the tray of a Desktop's panel."""

    def __init__(self, place):
        self.bus = place.bus

    def item(self):
        """Bus name and path of the icon, or None without exactly one."""
        if not self.bus.has_owner(WATCHER):
            return None
        items = self.bus.get(WATCHER, '/StatusNotifierWatcher', WATCHER,
                             'RegisteredStatusNotifierItems')
        if len(items) != 1:
            return None
        name, slash, path = items[0].partition('/')
        return name, slash + path

    def get(self, which):
        """A property of the icon: IconName, Title, Status."""
        try:
            return self.bus.get(*self.item(), ITEM, which)
        except (TypeError, GLib.Error):
            return None  # between two helpers

    def helper(self):
        """The helper's process id, or None without an icon."""
        item = self.item()
        try:
            return self.bus.process_of(item[0]) if item else None
        except GLib.Error:
            return None

    def wait(self):
        """Until the icon is there."""
        harness.wait_for(lambda: self.get('Menu'), 'the icon in the tray')
        return self

    def wait_for_icon(self, state):
        """stopped, idle, receiving, uploading, attention"""
        which = 'AttentionIconName' if state == 'attention' else 'IconName'
        harness.wait_for(lambda: str(self.get(which)).endswith('-tray-' + state),
                         lambda: f'the icon "{state}", not {self.get(which)}')

    def menu(self):
        """{label without mnemonic: (id, is sensitive)} of the visible items, in order."""
        try:
            name, _ = self.item()
            path = self.get('Menu')
            layout = self.bus.call(name, path, MENU, 'GetLayout',
                                   GLib.Variant('(iias)', (0, -1, [])))[1]
        except (TypeError, GLib.Error):
            return {}
        found = {}
        for number, values, _ in layout[2]:
            if values.get('visible', True) and values.get('label'):
                found[values['label'].replace('_', '')] = (number, values.get('enabled', True))
        return found

    def wait_for_item(self, label):
        harness.wait_for(lambda: label in self.menu(),
                         lambda: f'"{label}" in the menu, not {list(self.menu())}')

    def wait_for_sensitive(self, label):
        """Until the item can be chosen: a new helper does not know the receiver yet."""
        harness.wait_for(lambda: self.menu().get(label, (0, False))[1],
                         lambda: f'"{label}" to be chosen from {self.menu()}')

    def click(self, label):
        """Activates an item as the panel does."""
        self.wait_for_sensitive(label)
        name, _ = self.item()
        self.bus.call(name, self.get('Menu'), MENU, 'Event', GLib.Variant(
            '(isvu)', (self.menu()[label][0], 'clicked', GLib.Variant('i', 0), 0)))
