# SPDX-FileCopyrightText: The Bounce authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A desktop of its own for a test: display, window manager, buses, panel, secret store.

    with desktop.Desktop() as place:              # Xvfb, a bus without services, AT-SPI, openbox
        place.start_panel()                       # xfce4-panel with nothing but its tray
        place.screenshot('/tmp/what-it-looks-like.png')

A Desktop is a harness.Place: HOME and the XDG folders are in a temporary folder, everything that
was started ends with it. Nothing of the machine's own session is seen or touched; the bus has no
service folders, so nothing is activated (see `bus_configuration`). GSettings are kept in a file
(`settings_file`), secrets in another (libsecret's file backend).

By hand: BOUNCE_KEEP=1 keeps the folder; BOUNCE_DISPLAY=:0 shows it all on that display instead of
an Xvfb; BOUNCE_ARTEFACTS=FOLDER is where screenshots and accessible trees of failures go
(`_build/ui-e2e/` otherwise).
"""

import os
import shutil
import signal
import subprocess
import sys

import gi

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'e2e'))

import harness  # noqa: E402
import relay  # noqa: E402, F401  for the tests, which find it here

gi.require_version('Gio', '2.0')
from gi.repository import Gio, GLib  # noqa: E402

XFCONFD = f'/usr/lib/{os.uname().machine}-linux-gnu/xfce4/xfconf/xfconfd'
PANEL_HEIGHT = 30

# Like a session's, but it starts nothing: what is not running is not there.
BUS_CONFIGURATION = '''<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
  "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  {service_folders}
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
  <limit name="max_replies_per_connection">50000</limit>
</busconfig>
'''

PANEL_LAYOUT = f'''<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfce4-panel" version="1.0">
  <property name="configver" type="int" value="2"/>
  <property name="panels" type="array">
    <value type="int" value="1"/>
    <property name="panel-1" type="empty">
      <property name="position" type="string" value="p=6;x=0;y=0"/>
      <property name="size" type="uint" value="{PANEL_HEIGHT}"/>
      <property name="length" type="uint" value="100"/>
      <property name="plugin-ids" type="array">
        <value type="int" value="1"/>
      </property>
    </property>
  </property>
  <property name="plugins" type="empty">
    <property name="plugin-1" type="string" value="systray"/>
  </property>
</channel>
'''


class Bus:
    """A connection to a bus, for the test's own questions."""

    def __init__(self, address):
        self.connection = Gio.DBusConnection.new_for_address_sync(
            address, Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
            | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)
        self.connection.set_exit_on_close(False)

    def call(self, name, path, interface, method, arguments=None, patience_ms=10000):
        """The reply's values as Python has them; GLib.Error when the other side refuses."""
        reply = self.connection.call_sync(name, path, interface, method, arguments, None,
                                          Gio.DBusCallFlags.NO_AUTO_START, patience_ms, None)
        return reply.unpack()

    def get(self, name, path, interface, which):
        """A property's value."""
        return self.call(name, path, 'org.freedesktop.DBus.Properties', 'Get',
                         GLib.Variant('(ss)', (interface, which)))[0]

    def has_owner(self, name):
        return self.call('org.freedesktop.DBus', '/', 'org.freedesktop.DBus', 'NameHasOwner',
                         GLib.Variant('(s)', (name,)))[0]

    def process_of(self, name):
        """The process id of a name's owner."""
        return self.call('org.freedesktop.DBus', '/', 'org.freedesktop.DBus',
                         'GetConnectionUnixProcessID', GLib.Variant('(s)', (name,)))[0]

    def close(self):
        self.connection.close_sync(None)


class Desktop(harness.Place):
    """Display, window manager, bus and AT-SPI, ready when entered."""

    def __init__(self, width=1600, height=1000):
        super().__init__()
        self.size = (width, height)
        self.panel = None
        self.on_failure = []  # called with the artefacts' path without its ending
        self.env.update(GSETTINGS_BACKEND='keyfile', GSETTINGS_SCHEMA_DIR=self.build('data'),
                        GDK_BACKEND='x11', GSK_RENDERER='cairo', NO_AT_BRIDGE='1',
                        SECRET_BACKEND='file', SECRET_FILE_TEST_PASSWORD='phantom',
                        SECRET_FILE_TEST_PATH=os.path.join(self.root, 'keyring'),
                        BOUNCE_TRAY_HELPER=self.build('src/tray/bounce-tray'),
                        BOUNCE_TRAY_ICONS=os.path.join(harness.SOURCE, 'data/icons/tray'))
        # Nothing moves on its own: a click meets what was looked for.
        with open(os.path.join(self.folder('config/gtk-4.0'), 'settings.ini'), 'w',
                  encoding='ascii') as file:
            file.write('[Settings]\ngtk-enable-animations=0\ngtk-cursor-blink=0\n')
        for variable in ('AT_SPI_BUS_ADDRESS', 'GTK_A11Y', 'XDG_CURRENT_DESKTOP', 'GTK_THEME'):
            self.env.pop(variable, None)

    @staticmethod
    def build(path):
        """A path of the build directory."""
        return os.path.join(os.environ['BOUNCE_BUILD'], path)

    def __enter__(self):
        try:
            self.start_display()
            self.start_session_bus()
            self.start_accessibility()
            self.start_window_manager()
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise
        return self

    def __exit__(self, kind, value, trace):
        for process in reversed(self.processes):
            if process.popen.poll() is None:
                end_group(process)
        return super().__exit__(kind, value, trace)

    def spawn(self, name, *command):
        """A program in the background, with its children in a group of its own."""
        return harness.Process(self, name, list(command), start_new_session=True)

    # --- what a desktop consists of ---

    def start_display(self):
        given = os.environ.get('BOUNCE_DISPLAY')
        if given:
            self.env['DISPLAY'] = given
            return
        out, into = os.pipe()
        width, height = self.size
        display = harness.Process(
            self, 'display', ['Xvfb', '-displayfd', str(into), '-screen', '0',
                              f'{width}x{height}x24', '-nolisten', 'tcp', '-noreset'],
            pass_fds=(into,), start_new_session=True)
        os.close(into)
        with os.fdopen(out) as numbers:
            number = numbers.readline().strip()
        if not number:
            raise harness.Failure(f'no display:\n{display.text()}')
        self.env['DISPLAY'] = ':' + number

    def start_bus_of(self, name, service_folders=''):
        """A bus; its address."""
        socket = os.path.join(self.root, name)
        configuration = socket + '.conf'
        with open(configuration, 'w', encoding='utf-8') as file:
            file.write(BUS_CONFIGURATION.format(socket=socket, service_folders=service_folders))
        bus = self.spawn(name, 'dbus-daemon', '--nofork', '--config-file=' + configuration,
                         '--print-address')
        return bus.wait_for_line('unix:') and 'unix:path=' + socket

    def start_session_bus(self):
        self.env['DBUS_SESSION_BUS_ADDRESS'] = self.start_bus_of('session-bus')
        self.bus = Bus(self.env['DBUS_SESSION_BUS_ADDRESS'])

    def start_accessibility(self):
        """AT-SPI's bus and registry. Their own launcher would share the machine's services."""
        address = self.start_bus_of(
            'a11y-bus', '<servicedir>/usr/share/dbus-1/accessibility-services</servicedir>')
        self.env['AT_SPI_BUS_ADDRESS'] = address
        self.accessibility = Bus(address)
        self.spawn('registryd', '/usr/libexec/at-spi2-registryd')
        harness.wait_for(lambda: self.accessibility.has_owner('org.a11y.atspi.Registry'),
                         'the registry of AT-SPI')

    def start_window_manager(self):
        if os.environ.get('BOUNCE_DISPLAY'):
            return
        # The first key makes xdotool's the display's keyboard. The window manager would take its keys
        # anew because of that, and lose what is typed meanwhile.
        self.key('Shift_L')
        self.spawn('openbox', 'openbox', '--sm-disable')
        harness.wait_for(lambda: 'window id' in self.run('xprop', '-root',
                                                         '_NET_SUPPORTING_WM_CHECK').stdout,
                         'the window manager')

    def start_panel(self):
        """xfce4-panel with a tray; returns when the tray takes icons."""
        folder = self.folder('config/xfce4/xfconf/xfce-perchannel-xml')
        with open(os.path.join(folder, 'xfce4-panel.xml'), 'w', encoding='utf-8') as file:
            file.write(PANEL_LAYOUT)
        if not self.bus.has_owner('org.xfce.Xfconf'):
            self.spawn('xfconfd', XFCONFD)
            harness.wait_for(lambda: self.bus.has_owner('org.xfce.Xfconf'), 'xfconfd')
        self.panel = self.spawn('panel', 'xfce4-panel', '--disable-wm-check')
        harness.wait_for(self.has_tray, 'the tray')

    def has_tray(self):
        name = 'org.kde.StatusNotifierWatcher'
        return self.bus.has_owner(name) and self.bus.get(
            name, '/StatusNotifierWatcher', name, 'IsStatusNotifierHostRegistered')

    def kill_panel(self):
        """Ends the panel without a word, as a crash would."""
        end_group(self.panel)
        self.panel = None

    # --- settings ---

    @property
    def settings_file(self):
        return os.path.join(self.env['XDG_CONFIG_HOME'], 'glib-2.0/settings/keyfile')

    def set(self, schema, **values):
        """Writes settings as a person's earlier choice: set('cloud.aurabox.Bounce', port=9091)."""
        for name, value in values.items():
            self.run('gsettings', 'set', schema, name.replace('_', '-'), setting_text(value))

    def get(self, schema, name):
        """A setting as GVariant text."""
        return self.run('gsettings', 'get', schema, name.replace('_', '-')).stdout.strip()

    # --- eyes and hands ---

    def screenshot(self, path):
        """The whole screen as a PNG, the same bytes for the same picture."""
        self.run('import', '-window', 'root', '-strip', path)

    def xdotool(self, *arguments):
        return self.run('xdotool', *map(str, arguments)).stdout.strip()

    def click(self, x, y, button=1, modifiers=()):
        """A click at a place of the screen, with keys such as 'ctrl' held."""
        down = [word for key in modifiers for word in ('keydown', key)]
        up = [word for key in modifiers for word in ('keyup', key)]
        self.xdotool('mousemove', '--sync', int(x), int(y), *down, 'click', button, *up)

    def drag(self, start, end):
        """Presses at one place, moves in steps as a hand does, lets go at another."""
        steps = 8
        self.xdotool('mousemove', '--sync', int(start[0]), int(start[1]), 'mousedown', 1)
        for step in range(1, steps + 1):
            x, y = (start[i] + (end[i] - start[i]) * step / steps for i in (0, 1))
            self.xdotool('mousemove', '--sync', int(x), int(y))
        self.xdotool('mouseup', 1)

    def key(self, *keys):
        """Presses keys such as 'ctrl+f', 'Delete', 'Return'."""
        self.xdotool('key', '--delay', 20, *keys)

    def type(self, text):
        """Types ASCII; pastes other text, for which xdotool would change the keyboard."""
        if text.isascii():
            self.xdotool('type', '--delay', 20, '--', text)
        else:
            self.set_clipboard(text)
            self.key('ctrl+v')

    def set_clipboard(self, text):
        path = os.path.join(self.root, 'clipboard')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)
        self.spawn('xclip', 'xclip', '-quiet', '-selection', 'clipboard', '-in', path)
        harness.wait_for(lambda: self.clipboard() == text, 'the clipboard')

    def clipboard(self):
        """The clipboard's text."""
        done = self.run('xclip', '-selection', 'clipboard', '-out', check=False)
        return done.stdout if done.returncode == 0 else ''

    def keep_artefacts(self, name):
        """What the screen looked like, and what on_failure adds; where it is."""
        folder = os.environ.get('BOUNCE_ARTEFACTS') or self.build('ui-e2e')
        os.makedirs(folder, exist_ok=True)
        base = os.path.join(folder, name)
        try:
            self.screenshot(base + '.png')
        except (harness.Failure, OSError, subprocess.TimeoutExpired) as error:
            print(f'# no screenshot: {error}', file=sys.stderr)
        for call in self.on_failure:
            try:
                call(base)
            except (harness.Failure, GLib.Error) as error:
                print(f'# {error}', file=sys.stderr)
        for process in self.processes:
            shutil.copy(process.log, f'{base}.{process.name}.log')
        print(f'# what it looked like: {base}.png', file=sys.stderr)


def end_group(process):
    """Ends a spawned program and its children."""
    try:
        os.killpg(process.popen.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.kill()


def setting_text(value):
    """A Python value as GVariant text."""
    if isinstance(value, bool):
        return 'true' if value else 'false'
    if isinstance(value, str):
        return GLib.Variant('s', value).print_(False)
    return str(value)
