# SPDX-FileCopyrightText: The Bounce authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real `bounce` on a Desktop, driven as a person does.

    app = application.Bounce(place, sandbox, quiet_period_seconds=1).start()
    app.send(place.phantom('study', '--small', '--count', '4').folder)    # storescu
    row = app.wait_for_row('Müller')                                      # by words in it
    app.click(row)                                                        # the mouse
    app.press('button', 'Delete…')                                        # as a screen reader does
    app.wait('dialog', 'Delete 1 Study?')

What is looked for is a role and an accessible name; every wait ends at once when it is true and
fails with the accessible tree when time is up.
"""

import os
import re
import subprocess

from desktop import harness

import accessible

SCHEMA = 'cloud.aurabox.Bounce'
DESKTOP_SCHEMA = 'cloud.aurabox.Bounce.Desktop'
GEOMETRY = re.compile(r'Absolute upper-left X: +(-?\d+)\n.*Absolute upper-left Y: +(-?\d+)\n'
                      r'.*Width: (\d+)\n.*Height: (\d+)\n', re.DOTALL)
SHADOW = re.compile(r'_GTK_FRAME_EXTENTS\(CARDINAL\) = (\d+), \d+, (\d+), \d+')
# What libraries complain about, as our log has it; what they print themselves before it starts.
COMPLAINT = re.compile(r' (WARNING|ERROR) (GLib|GLib-GObject|Gtk|Gdk|Gsk|Adwaita|Pango): '
                       r'|(WARNING|CRITICAL|ERROR) \*\*|-(WARNING|CRITICAL) \*\*')
# The indicator's library lost its race, see bounce-tray-icon.c; InTray.test_bus_comes_late.
LOST_RACE = re.compile(r'^\(bounce-tray:.*g_dbus_proxy_new: assertion .*\(connection\). failed$')


class Bounce:
    """The desktop application: its settings, its process, its window."""

    def __init__(self, place, sandbox=None, api_key=harness.API_KEY, **settings):
        """settings: those of the schema, or of the desktop schema; sensible ones for a test are
        there. api_key None: no key is known, as at the first run."""
        self.place = place
        self.env = dict(place.env)
        self.env.pop('BOUNCE_API_KEY', None)
        self.env['BOUNCE_SANDBOX'] = place.build('src/sandbox/bounce-sandbox')
        if api_key:
            self.env['BOUNCE_API_KEY'] = api_key
        self.process = None
        self.wrapper = ()  # what it is started by, such as harness.Disk's
        self.settings = {'ip_address': '127.0.0.1', 'port': harness.free_port(),
                         'quiet_period_seconds': 1, 'retry_base_seconds': 1,
                         'retry_cap_seconds': 2}
        if sandbox:
            self.settings['api_endpoint'] = sandbox.url
        self.desktop_settings = {'first_run_done': True}
        keys = place.run('gsettings', 'list-keys', DESKTOP_SCHEMA).stdout.split()
        for name, value in settings.items():
            is_desktop = name.replace('_', '-') in keys
            (self.desktop_settings if is_desktop else self.settings)[name] = value
        place.on_failure.append(self.keep_tree)

    # --- its life ---

    def launch(self, *options):
        """Starts it without waiting."""
        if self.process is None:
            self.place.set(SCHEMA, **self.settings)
            self.place.set(DESKTOP_SCHEMA, **self.desktop_settings)
        self.process = harness.Process(
            self.place, 'bounce', [self.place.build('src/ui/bounce'), *options], self.wrapper,
            env=self.env, start_new_session=True)
        self.tree = accessible.Tree(self.place.accessibility, self.process.popen.pid)
        return self

    def start(self, *options):
        """Starts it; returns when the window can be used."""
        self.launch(*options)
        self.wait_for_window()
        return self

    def is_running(self):
        return self.process.popen.poll() is None

    def wait_for_end(self, patience=None):
        """Its exit status."""
        harness.wait_for(lambda: not self.is_running(), 'bounce to end', patience)
        return self.process.popen.returncode

    def run_again(self, *options):
        """A second `bounce`, to its end."""
        return subprocess.run([self.place.build('src/ui/bounce'), *options], env=self.env,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)

    def warnings(self):
        """What GLib, GTK and Adwaita complained about."""
        return [line for line in self.process.text().splitlines()
                if COMPLAINT.search(line) and not LOST_RACE.search(line)]

    # --- the service behind it ---

    @property
    def port(self):
        return self.settings['port']

    def ctl(self, *arguments, check=True):
        return self.place.run('bouncectl', *arguments, check=check)

    def send(self, folder, ae_title='BOUNCE', port=None):
        """storescu sends what is in a folder."""
        return self.place.run('storescu', '+sd', '+r', '-aet', 'CT1', '-aec', ae_title, '127.0.0.1',
                              str(port or self.port), folder)

    # --- eyes ---

    def look(self):
        """The accessible tree as it is now; a Node."""
        root = self.tree.look()
        if root is None:
            raise harness.Failure(f'bounce is not there:\n{self.process.text()}')
        return root

    def find(self, role=None, name=None, where=None):
        """The first that shows and fits now, or None."""
        return self.look().find(role, name, where)

    def wait(self, role=None, name=None, where=None, patience=None):
        """The first that fits, as soon as there is one."""
        return harness.wait_for(lambda: self.find(role, name, where),
                                lambda: f'{role} {name}', patience)

    def wait_gone(self, role=None, name=None, where=None):
        harness.wait_for(lambda: not self.find(role, name, where),
                         lambda: f'{role} {name} to be gone')

    def is_window_up(self):
        root = self.tree.look()
        return root and root.find('window', 'Bounce')

    def wait_for_window(self):
        """The window, when the first query of its table is answered."""
        def look():
            if not self.is_running():
                raise harness.Failure(f'bounce ended:\n{self.process.text()}')
            return self.is_window_up()
        return harness.wait_for(look, 'the window')

    def wait_for_tray(self, times=1):
        """Until the application knows of its icon: from then on closing hides the window."""
        harness.wait_for(lambda: self.process.text().count('The tray icon is shown') >= times,
                         'the application to know of its icon')

    def wait_active(self, title):
        """Until keys go to the window with that title."""
        harness.wait_for(lambda: self.place.run('xdotool', 'getactivewindow', 'getwindowname',
                                                check=False).stdout.strip() == title,
                         f'the window {title} to be the active one')

    def close(self):
        """The window, by the window manager's key, once that goes to it."""
        self.wait_active('Bounce')
        self.place.key('alt+F4')

    def wait_hidden(self):
        harness.wait_for(lambda: not self.is_window_up(), 'the window to be hidden')

    def row_nodes(self, root=None):
        """The rows of the studies table, from the top."""
        table = (root or self.look()).find('tree grid', 'Studies')
        return [row for row in table.walk() if row.role == 'row'
                and any(cell.role == 'grid cell' for cell in row.children)] if table else []

    def rows(self):
        """The table's rows as {column title: words}, from the top."""
        root = self.look()
        return [self.row_values(root, row) for row in self.row_nodes(root)]

    def row_values(self, root, row):
        cells = [child for child in row.children if child.role == 'grid cell']
        return dict(zip(self.columns(root), (' '.join(cell.words()) for cell in cells)))

    def headers(self, root=None):
        """The column headers that show, from the left."""
        table = (root or self.look()).find('tree grid', 'Studies')
        return list(table.find_all('column header')) if table else []

    def columns(self, root=None):
        """Titles of the columns, from the left."""
        return [header.words()[0] for header in self.headers(root)]

    def header(self, title):
        """The header of a column."""
        return harness.wait_for(
            lambda: next((each for each in self.headers() if each.words()[0] == title), None),
            f'the column {title}')

    def wait_for_row(self, *words):
        """The row in whose cells all these words are, as a Node."""
        def look():
            for row in self.row_nodes():
                text = ' '.join(row.words())
                if all(word in text for word in words):
                    return row
            return None
        return harness.wait_for(look, lambda: f'a row with {words}, not {self.rows()}')

    def wait_for_rows(self, column, values):
        """Until the cells of a column read so, from the top."""
        def cells():
            return [row.get(column) for row in self.rows()]
        harness.wait_for(lambda: cells() == list(values),
                         lambda: f'{column} {list(values)}, not {cells()}')

    def selected_rows(self):
        """The words of the rows that are selected."""
        return [row.words() for row in self.row_nodes() if row.has(accessible.SELECTED)]

    # --- hands ---

    def surface(self, node):
        """The Rectangle on the screen of the window or popover that a node is in, without shadow.

        GTK cannot say where on the screen something is; so it is the X window that fits best.
        """
        size = node.window.extents()
        found = self.place.run('xdotool', 'search', '--onlyvisible', '--class', '^bounce$',
                               check=False).stdout.split()
        best = None
        for window in found:
            done = self.place.run('xwininfo', '-id', window, check=False)
            match = GEOMETRY.search(done.stdout)
            if not match:
                continue
            x, y, width, height = map(int, match.groups())
            extra = (width - size.width, height - size.height)
            if min(extra) >= 0 and (best is None or sum(extra) < best[0]):
                best = (sum(extra), x, y, *extra, window)
        if best is None:
            raise harness.Failure(f'no window on the screen for {node.window.name}')
        _, x, y, wider, higher, window = best
        shadow = SHADOW.search(self.place.run('xprop', '-id', window, '_GTK_FRAME_EXTENTS',
                                              check=False).stdout)
        left, top = map(int, shadow.groups()) if shadow else (wider // 2, higher // 2)
        return accessible.Rectangle(x + left, y + top, size.width, size.height)

    def on_screen(self, node):
        """A node's Rectangle on the screen."""
        surface, origin, own = self.surface(node), node.window.extents(), node.extents()
        return accessible.Rectangle(surface.x + own.x - origin.x, surface.y + own.y - origin.y,
                                    own.width, own.height)

    def click(self, node, button=1, modifiers=()):
        """A real click into its middle, once it stands still."""
        places = [None]

        def stands_still():
            places.append(self.on_screen(node))
            return places[-1] == places[-2]
        harness.wait_for(stands_still, f'{node.name} to stand still')
        self.place.click(*places[-1].middle, button, modifiers)

    def click_on(self, role, name, button=1):
        """Waits for it, clicks on it."""
        node = self.wait(role, name, lambda node: node.is_sensitive)
        self.click(node, button)
        return node

    def press(self, role, name):
        """Waits for it, does what a screen reader's user would do."""
        node = self.wait(role, name, lambda node: node.is_sensitive)
        node.press()
        return node

    def choose(self, *names):
        """Opens the main menu and activates the item with that name (of a submenu: its path)."""
        self.wait('window', 'Bounce')
        self.place.key('F10')
        for name in names:
            self.press('menu item', name)

    def show_activity(self, *names):
        """Goes to that page; the labels of these names there, which the other page may have, too."""
        self.place.key('alt+2')
        self.wait('tab', 'Log')
        self.wait_gone('tree grid', 'Studies')
        return [self.wait('label', name) for name in names]

    def search(self, text):
        """Opens the search of the studies and puts the text in it."""
        if not self.find('search box', 'Search studies'):
            self.place.key('ctrl+f')
        self.wait('search box', 'Search studies')
        self.place.key('ctrl+a')
        self.place.type(text) if text else self.place.key('BackSpace')

    def keep_tree(self, base):
        """The accessible tree, for people: BASE.tree.txt."""
        root = self.tree.look() if self.process else None
        with open(base + '.tree.txt', 'w', encoding='utf-8') as file:
            file.write('\n'.join(root.dump()) if root else 'bounce is not there')
