# SPDX-FileCopyrightText: The Bounce authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a screen reader sees of an application: its accessible tree, asked for over AT-SPI's bus.

Straight D-Bus instead of libatspi: a test may look at several desktops one after the other, and
nothing but roles is remembered between two looks. What GTK knows already of all objects is asked
for at once, their children level by level, and what is new then.

GTK 4.8 tells only of windows whether they are showing, and its tree has the pages of a stack that
are behind another. So what is looked for must have a size, and answer when it is asked what is at
a point of it, which only widgets on the screen (or scrolled out of it) do.
"""

import collections

import gi

gi.require_version('Gio', '2.0')
from gi.repository import Gio, GLib  # noqa: E402

ACCESSIBLE = 'org.a11y.atspi.Accessible'
ACTION = 'org.a11y.atspi.Action'
CACHE = 'org.a11y.atspi.Cache'
COMPONENT = 'org.a11y.atspi.Component'
EDITABLE = 'org.a11y.atspi.EditableText'
TEXT = 'org.a11y.atspi.Text'
VALUE = 'org.a11y.atspi.Value'
PROPERTIES = 'org.freedesktop.DBus.Properties'
REGISTRY = 'org.a11y.atspi.Registry'
SILENT = ('progress bar', 'image', 'separator')  # nothing in them that could answer
CACHE_PATH = '/org/a11y/atspi/cache'
ROOT = '/org/a11y/atspi/accessible/root'
NULL = '/org/a11y/atspi/null'

# Bits of the state set (AtspiStateType).
ACTIVE, CHECKED, EXPANDED, FOCUSED, PRESSED, SELECTED = 1, 4, 10, 12, 20, 23
SENSITIVE, SHOWING, VISIBLE = 24, 25, 30


class Rectangle(collections.namedtuple('Rectangle', 'x y width height')):
    """A place in a window or on the screen."""

    @property
    def middle(self):
        return self.x + self.width // 2, self.y + self.height // 2


class Node:
    """One accessible object as it was when looked at; its methods ask and act anew."""

    def __init__(self, tree, reference):
        self.tree = tree
        self.reference = reference  # bus name and path
        self.role = self.name = self.description = ''
        self.states = 0
        self.children = []
        self.parent = None

    def has(self, state):
        return bool(self.states >> state & 1)

    @property
    def window(self):
        """The window or popover it is in: what has a place of its own on the screen."""
        node = self
        while node.parent and node.parent.parent and not node.is_popover:
            node = node.parent
        return node

    @property
    def is_popover(self):
        return any(child.name == 'GtkPopoverContent' for child in self.children)

    def is_showing(self):
        """Whether it is on the screen, or would be if it were scrolled to."""
        asked = self
        while not asked.is_sensitive and asked.parent and asked.parent.parent:
            asked = asked.parent  # what is insensitive does not answer
        if asked.role in SILENT:
            asked = asked.parent
        try:
            return min(self.extents()[2:]) > 0 and asked.answers()
        except GLib.Error:
            return False  # gone meanwhile

    def answers(self):
        """Whether it has something in its middle, or at its edge where no icon covers it."""
        place = self.extents()
        x, y = place.middle
        return any(self.at_point(*point) for point in (
            (x, y), (place.x - 2, y), (place.x + place.width + 1, y), (x, place.y - 2),
            (place.x + 1, place.y + 1)))

    def at_point(self, x, y):
        """The path of what is at a place of its window, below it."""
        path = self.call(COMPONENT, 'GetAccessibleAtPoint', GLib.Variant('(iiu)', (x, y, 1)))[0][1]
        return path if path != NULL else None

    @property
    def is_sensitive(self):
        return self.has(SENSITIVE)

    def call(self, interface, method, arguments=None):
        return self.tree.bus.call(*self.reference, interface, method, arguments)

    def get(self, interface, which):
        return self.tree.bus.get(*self.reference, interface, which)

    def press(self):
        """The action that a screen reader offers first: click, activate, toggle."""
        self.call(ACTION, 'DoAction', GLib.Variant('(i)', (0,)))

    def text(self):
        """The content of something that holds text."""
        return self.call(TEXT, 'GetText', GLib.Variant('(ii)', (0, -1)))[0]

    def set_text(self, text):
        self.call(EDITABLE, 'SetTextContents', GLib.Variant('(s)', (text,)))

    def value(self):
        """The current value of a progress bar, a spin button."""
        return self.get(VALUE, 'CurrentValue')

    def extents(self):
        """Its Rectangle in its window."""
        return Rectangle(*self.call(COMPONENT, 'GetExtents', GLib.Variant('(u)', (1,)))[0])

    def walk(self):
        """It and all below it, in the order of the tree, showing or not."""
        yield self
        for child in self.children:
            yield from child.walk()

    def find_all(self, role=None, name=None, where=None):
        """What shows below it and fits; name is the whole name or a compiled expression."""
        for node in self.walk():
            if role and node.role != role:
                continue
            if name is not None and not fits(name, node.name):
                continue
            if where and not where(node):
                continue
            if node.is_showing():
                yield node

    def find(self, role=None, name=None, where=None):
        """The first that fits, or None."""
        return next(self.find_all(role, name, where), None)

    def words(self):
        """The texts of all labels below it, in order."""
        return [node.name for node in self.walk() if node.role == 'label'
                and node.name not in ('', 'GtkLabel', '(None)')]

    def dump(self, depth=0):
        """The tree as text, for people."""
        names = [name for bit, name in ((FOCUSED, 'focused'), (CHECKED, 'checked'),
                                        (PRESSED, 'pressed'), (SELECTED, 'selected'),
                                        (EXPANDED, 'expanded'), (ACTIVE, 'active'))
                 if self.has(bit)]
        if not self.is_sensitive:
            names.append('insensitive')
        line = f'{"  " * depth}{self.role} "{self.name}"'
        if self.description:
            line += f' ({self.description})'
        yield line + (f' [{", ".join(names)}]' if names else '')
        for child in self.children:
            yield from child.dump(depth + 1)


def fits(pattern, text):
    return pattern == text if isinstance(pattern, str) else bool(pattern.search(text))


class Tree:
    """The accessible tree of one program."""

    def __init__(self, bus, process_id):
        self.bus = bus
        self.process_id = process_id
        self.roles = {}  # path to name: GTK has one number for several, and they do not change

    def application(self):
        """The reference of the program's root, or None before it is there."""
        for reference in self.bus.call(REGISTRY, ROOT, ACCESSIBLE, 'GetChildren')[0]:
            try:
                if self.bus.process_of(reference[0]) == self.process_id:
                    return reference
            except GLib.Error:
                pass  # gone meanwhile
        return None

    def look(self):
        """The whole tree as it is now, or None before the program is there."""
        reference = self.application()
        if reference is None:
            return None
        known = self.known(reference[0])
        root = Node(self, reference)
        level = [root]
        while level:
            level = self.look_at(level, known)
        return root

    def known(self, name):
        """What the program tells of all its objects at once, by path. One that nobody has asked
        about yet may be missing, and children are not told reliably."""
        try:
            items = self.bus.call(name, CACHE_PATH, CACHE, 'GetItems')[0]
        except GLib.Error:
            return {}
        return {item[0][1]: item[6:] for item in items if len(item) == 10}

    def look_at(self, nodes, known):
        """Fills in the nodes and adds their children; those that went meanwhile stay empty."""
        calls = Calls(self.bus)
        for node in nodes:
            calls.add(node, 'children', ACCESSIBLE, 'GetChildren')
            node.role = self.roles.get(node.reference, '')
            if not node.role:
                calls.add(node, 'role', ACCESSIBLE, 'GetRoleName')
            if node.reference[1] in known:
                node.name, _, node.description, states = known[node.reference[1]]
                node.states = states[0] | states[1] << 32
                continue
            calls.add(node, 'states', ACCESSIBLE, 'GetState')
            calls.add(node, 'name', PROPERTIES, 'Get', GLib.Variant('(ss)', (ACCESSIBLE, 'Name')))
            calls.add(node, 'description', PROPERTIES, 'Get',
                      GLib.Variant('(ss)', (ACCESSIBLE, 'Description')))
        below = []
        for node, what, value in calls.wait():
            if what == 'children':
                node.children = [Node(self, reference) for reference in value
                                 if reference[1] != NULL]
                for child in node.children:
                    child.parent = node
                below += node.children
            elif what == 'states':
                node.states = value[0] | value[1] << 32
            else:
                setattr(node, what, value)
            if what == 'role':
                self.roles[node.reference] = value
        return below


class Calls:
    """Many calls under way at once."""

    def __init__(self, bus):
        self.connection = bus.connection
        self.context = GLib.MainContext()
        self.left = 0
        self.results = []

    def add(self, node, what, interface, method, arguments=None):
        self.left += 1
        self.context.push_thread_default()
        try:
            self.connection.call(*node.reference, interface, method, arguments, None,
                                 Gio.DBusCallFlags.NO_AUTO_START, 10000, None, self.done,
                                 (node, what))
        finally:
            self.context.pop_thread_default()

    def done(self, connection, result, key):
        self.left -= 1
        try:
            self.results.append((*key, connection.call_finish(result).unpack()[0]))
        except GLib.Error:
            pass  # a widget that went meanwhile

    def wait(self):
        while self.left:
            self.context.iteration(True)
        return self.results
