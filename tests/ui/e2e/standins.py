# SPDX-FileCopyrightText: The Bounce authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a whole desktop has and a test has not: session manager, logind, notification server.

Each one has its names on a bus of the test's and answers on a thread of its own. `calls` is what it
was asked so far, as (method, arguments).
"""

import os
import select
import threading

from desktop import GLib, Gio, harness

NOTIFICATIONS = 'org.freedesktop.Notifications'
SESSION_MANAGER = 'org.gnome.SessionManager'
LOGIND = 'org.freedesktop.login1'


class StandIn:
    """Owns NAME on a bus and answers the methods of XML with what answer() returns."""

    NAME = XML = PATH = None

    def __init__(self, address):
        self.calls = []
        self.ready = threading.Event()
        self.thread = threading.Thread(target=self.run, args=(address,), daemon=True)
        self.thread.start()
        if not self.ready.wait(harness.PATIENCE):
            raise harness.Failure(f'no stand-in for {self.NAME}')

    def run(self, address):
        self.context = context = GLib.MainContext()
        context.push_thread_default()
        self.connection = Gio.DBusConnection.new_for_address_sync(
            address, Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
            | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)
        self.connection.set_exit_on_close(False)
        self.register(self.PATH, self.XML)
        self.connection.call_sync('org.freedesktop.DBus', '/', 'org.freedesktop.DBus',
                                  'RequestName', GLib.Variant('(su)', (self.NAME, 0)), None, 0, -1,
                                  None)
        self.ready.set()
        GLib.MainLoop.new(context, False).run()

    def register(self, path, xml):
        for interface in Gio.DBusNodeInfo.new_for_xml(xml).interfaces:
            self.connection.register_object(path, interface, self.called, None, None)

    def called(self, connection, sender, path, interface, method, arguments, invocation):
        values = arguments.unpack()
        reply = self.answer(sender, method, values)
        self.calls.append((method, values))
        invocation.return_value(reply)

    def answer(self, sender, method, values):
        return None

    def emit(self, path, interface, signal, arguments=None):
        """After the reply to the call that led to it: the thread that gave that does it."""
        done = threading.Event()

        def emit_now():
            self.connection.emit_signal(None, path, interface, signal, arguments)
            done.set()
            return GLib.SOURCE_REMOVE
        self.context.invoke_full(GLib.PRIORITY_DEFAULT, emit_now)
        if not done.wait(harness.PATIENCE):
            raise harness.Failure(f'{self.NAME} cannot emit {signal}')
        self.connection.flush_sync(None)

    def asked(self, method):
        """The arguments of each call of one method, in order."""
        return [values for name, values in list(self.calls) if name == method]


class SessionManager(StandIn):
    """GNOME's: registers clients, keeps inhibitors, ends the session."""

    NAME, PATH = SESSION_MANAGER, '/org/gnome/SessionManager'
    CLIENT_PATH = PATH + '/Client1'
    XML = f'''<node><interface name="{SESSION_MANAGER}">
      <method name="RegisterClient"><arg type="s" direction="in"/><arg type="s" direction="in"/>
        <arg type="o" direction="out"/></method>
      <method name="UnregisterClient"><arg type="o" direction="in"/></method>
      <method name="Inhibit"><arg type="s" direction="in"/><arg type="u" direction="in"/>
        <arg type="s" direction="in"/><arg type="u" direction="in"/>
        <arg type="u" direction="out"/></method>
      <method name="Uninhibit"><arg type="u" direction="in"/></method>
      </interface></node>'''
    CLIENT = SESSION_MANAGER + '.ClientPrivate'
    CLIENT_XML = f'''<node><interface name="{CLIENT}">
      <method name="EndSessionResponse"><arg type="b" direction="in"/>
        <arg type="s" direction="in"/></method></interface></node>'''
    SUSPEND = 4

    def answer(self, sender, method, values):
        if method == 'RegisterClient':
            self.register(self.CLIENT_PATH, self.CLIENT_XML)
            return GLib.Variant('(o)', (self.CLIENT_PATH,))
        if method == 'Inhibit':
            return GLib.Variant('(u)', (len(self.calls) + 1,))
        return None

    def end_session(self):
        """Asks whether it may, and does."""
        harness.wait_for(lambda: self.asked('RegisterClient'), 'bounce to join the session')
        self.emit(self.CLIENT_PATH, self.CLIENT, 'QueryEndSession', GLib.Variant('(u)', (0,)))
        harness.wait_for(lambda: self.asked('EndSessionResponse'), 'its answer')
        self.emit(self.CLIENT_PATH, self.CLIENT, 'EndSession', GLib.Variant('(u)', (0,)))


class Logind(StandIn):
    """Tells of sleep and shutdown on what counts as the system bus."""

    NAME, PATH = LOGIND, '/org/freedesktop/login1'
    XML = f'''<node><interface name="{LOGIND}.Manager">
      <method name="Inhibit"><arg type="s" direction="in"/><arg type="s" direction="in"/>
        <arg type="s" direction="in"/><arg type="s" direction="in"/>
        <arg type="h" direction="out"/></method></interface></node>'''
    inhibitor = None  # our end of the pipe whose other end the one who inhibits has

    def called(self, connection, sender, path, interface, method, arguments, invocation):
        self.inhibitor, given = os.pipe()
        self.calls.append((method, arguments.unpack()))
        fds = Gio.UnixFDList.new_from_array([given])
        invocation.return_value_with_unix_fd_list(GLib.Variant('(h)', (0,)), fds)

    def is_inhibited(self):
        """Until the other end is closed everywhere."""
        if self.inhibitor is None:
            return False
        return not select.select([self.inhibitor], [], [], 0)[0]

    def tell(self, signal, is_beginning):
        self.emit(self.PATH, LOGIND + '.Manager', signal, GLib.Variant('(b)', (is_beginning,)))


class Notifications(StandIn):
    """Keeps what is shown, by id; a person's click is press()."""

    NAME, PATH = NOTIFICATIONS, '/org/freedesktop/Notifications'
    XML = f'''<node><interface name="{NOTIFICATIONS}">
      <method name="GetCapabilities"><arg type="as" direction="out"/></method>
      <method name="GetServerInformation"><arg type="s" direction="out"/>
        <arg type="s" direction="out"/><arg type="s" direction="out"/>
        <arg type="s" direction="out"/></method>
      <method name="Notify"><arg type="s" direction="in"/><arg type="u" direction="in"/>
        <arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="s" direction="in"/>
        <arg type="as" direction="in"/><arg type="a{{sv}}" direction="in"/>
        <arg type="i" direction="in"/><arg type="u" direction="out"/></method>
      <method name="CloseNotification"><arg type="u" direction="in"/></method>
      </interface></node>'''

    def __init__(self, address):
        self.shown = {}  # id: (title, body, {label: action})
        self.highest = 0
        super().__init__(address)

    def answer(self, sender, method, values):
        if method == 'GetCapabilities':
            return GLib.Variant('(as)', (['actions', 'body', 'persistence'],))
        if method == 'GetServerInformation':
            return GLib.Variant('(ssss)', ('stand-in', 'Bounce', '1', '1.2'))
        if method == 'Notify':
            _, replaced, _, title, body, actions, _, _ = values
            self.highest += not replaced
            number = replaced or self.highest
            self.shown[number] = (title, body, dict(zip(actions[1::2], actions[::2])))
            return GLib.Variant('(u)', (number,))
        self.shown.pop(values[0], None)
        return None

    def wait_for(self, title):
        """The id of what is shown with this title."""
        return harness.wait_for(
            lambda: next((number for number, what in list(self.shown.items())
                          if what[0] == title), None),
            lambda: f'"{title}", not {[what[0] for what in self.shown.values()]}')

    def press(self, title, label):
        """A click on one of its buttons; '' is the notification itself. It goes with that."""
        number = self.wait_for(title)
        action = self.shown.pop(number)[2][label]
        self.emit(self.PATH, NOTIFICATIONS, 'ActionInvoked',
                  GLib.Variant('(us)', (number, action)))
        self.emit(self.PATH, NOTIFICATIONS, 'NotificationClosed',
                  GLib.Variant('(uu)', (number, 2)))
