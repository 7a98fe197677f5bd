#!/usr/bin/python3
# SPDX-FileCopyrightText: The Bounce authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bounce in its session: how it begins and ends, what it waits for, what others ask of it."""

import os
import re
import shutil
import signal
import sys

import application
from desktop import GLib, harness
import standins
import uicase

APPLICATION = 'cloud.aurabox.Bounce'
ACTIONS = '/cloud/aurabox/Bounce'
SLOW = {'fault': 'delay', 'path': '/files', 'method': 'PATCH', 'milliseconds': 60000, 'count': 9}
LONG = 3600


class SessionCase(uicase.UiCase):

    def terminate(self, number=signal.SIGTERM):
        self.app.process.popen.send_signal(number)

    def appear(self):
        """Until it shows something, be it not the main window."""
        harness.wait_for(lambda: self.app.tree.look(), 'bounce to show itself')
        return self.app

    def wait_for_receiver(self, is_wanted):
        def is_on():
            return self.place.run('echoscu', '127.0.0.1', str(self.app.port),
                                  check=False).returncode == 0
        harness.wait_for(lambda: is_on() == is_wanted, 'the receiver')

    def slow_down(self):
        """Uploads stay under way until calm_down()."""
        self.sandbox.post('/sandbox/faults', SLOW)

    def calm_down(self):
        self.sandbox.delete('/sandbox/faults')

    def activate(self, name, *parameters):
        """An action of the application, as anybody on the bus may."""
        self.place.bus.call(APPLICATION, ACTIONS, 'org.gtk.Actions', 'Activate', GLib.Variant(
            '(sava{sv})', (name, list(parameters), {})))


class Ending(SessionCase):

    def test_signals(self):
        """SIGTERM and SIGINT end it with 0, also with its window up."""
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(number.name):
                self.start()
                self.terminate(number)
                self.assertEqual(self.app.wait_for_end(), 0)
                self.assertIn('Stopping server', self.app.process.text())

    def test_during_upload(self):
        """What was under way continues at the next start, under the same upload."""
        self.start_sandbox()
        self.slow_down()
        self.start()
        study = self.send()
        self.app.wait_for_row('Waiting for confirmation')
        self.terminate()
        self.assertEqual(self.app.wait_for_end(), 0)
        self.calm_down()
        self.app.start()
        self.app.wait_for_row('Delivered')
        self.assertEqual(len(self.sandbox.uploads()), 1)
        self.assertEqual(len(self.sandbox.hashes()), len(study.files))

    def test_second_signal(self):
        """Nobody has to wait for associations to drain."""
        self.start()
        study = self.place.phantom('study', '--small', '--count', '40')
        sender = harness.Process(self.place, 'sender', [
            harness.program('bounce-rawsend'), '--verbose', '--interval', '400000',
            f'127.0.0.1:{self.app.port}', study.folder])
        harness.wait_for(lambda: harness.answered(sender.text()), 'the first instance')
        self.terminate()
        harness.wait_for(lambda: 'Stopping server' in self.app.process.text(), 'it to stop')
        self.assertTrue(self.app.is_running())
        self.terminate()
        self.assertEqual(self.app.wait_for_end(5), -signal.SIGTERM)

    def test_session_manager(self):
        """Logging out: it agrees, and ends in its order."""
        manager = standins.SessionManager(self.place.env['DBUS_SESSION_BUS_ADDRESS'])
        self.start()
        manager.end_session()
        self.assertEqual(self.app.wait_for_end(), 0)
        self.assertEqual(manager.asked('EndSessionResponse')[0][0], True)
        self.assertIn('Stopping server', self.app.process.text())

    def test_quit_over_the_bus(self):
        """bouncectl quit: the command is the answer to the question."""
        self.start()
        self.app.ctl('quit')
        self.assertEqual(self.app.wait_for_end(), 0)
        self.assertEqual(self.app.ctl('quit', check=False).returncode, 3)

    def test_bus_gone(self):
        """Without its bus it goes on receiving, and ends as ever."""
        self.start()
        next(process for process in self.place.processes if process.name == 'session-bus').kill()
        self.send()
        harness.wait_for(self.sandbox.hashes, 'the study to be delivered')
        self.assertTrue(self.app.is_running())
        self.terminate()
        self.assertEqual(self.app.wait_for_end(), 0)


class Machine(SessionCase):

    def start_machine(self):
        """A system bus with a logind on it."""
        address = self.place.start_bus_of('system-bus')
        self.place.env['DBUS_SYSTEM_BUS_ADDRESS'] = address
        return standins.Logind(address)

    def test_awake_while_uploading(self):
        """The machine is asked not to suspend for as long as something is on its way."""
        manager = standins.SessionManager(self.place.env['DBUS_SESSION_BUS_ADDRESS'])
        self.start_sandbox()
        self.slow_down()
        self.start()
        self.send()
        harness.wait_for(lambda: manager.asked('Inhibit'), 'it to ask')
        name, _, reason, flags = manager.asked('Inhibit')[0]
        self.assertEqual((name, flags), (APPLICATION, manager.SUSPEND))
        self.assertEqual(reason, 'Studies are being uploaded to Aurabox')
        self.assertEqual(manager.asked('Uninhibit'), [])
        self.calm_down()
        self.terminate_upload()
        harness.wait_for(lambda: manager.asked('Uninhibit'), 'it to be done')
        self.app.wait_for_row('Delivered')
        self.assertEqual(len(manager.asked('Inhibit')), len(manager.asked('Uninhibit')))

    def test_awake_by_logind(self):
        """Without a session manager that can be asked, logind is."""
        logind = self.start_machine()
        self.start_sandbox()
        self.slow_down()
        self.start()
        self.send()
        harness.wait_for(logind.is_inhibited, 'it to ask')
        self.assertEqual(logind.asked('Inhibit'), [
            ('sleep', 'Bounce', 'Studies are being uploaded to Aurabox', 'block')])
        self.calm_down()
        self.terminate_upload()
        harness.wait_for(lambda: not logind.is_inhibited(), 'it to be done')

    def terminate_upload(self):
        """The slow request ends with its server; the upload goes on where it was."""
        self.sandbox.restart_killed()

    def test_after_sleep(self):
        """What waited for the network is tried when the machine wakes up, not an hour later."""
        logind = self.start_machine()
        self.start_sandbox()
        self.start(retry_base_seconds=LONG, retry_cap_seconds=LONG)
        self.sandbox.process.kill()
        self.send()
        self.app.wait_for_row('Will retry in')
        self.sandbox.start()
        logind.tell('PrepareForSleep', True)
        logind.tell('PrepareForSleep', False)
        self.app.wait_for_row('Delivered')
        self.app.wait('button', re.compile('^Aurabox is reachable'))

    def test_shutdown(self):
        """It does not wait for the signal that comes later."""
        logind = self.start_machine()
        self.start()
        harness.wait_for(self.tell_shutdown(logind), 'bounce to end')
        self.assertEqual(self.app.wait_for_end(), 0)
        self.assertIn('Stopping server', self.app.process.text())

    def tell_shutdown(self, logind):
        def tell():
            logind.tell('PrepareForShutdown', True)
            return not self.app.is_running()
        return tell


class Beginning(SessionCase):
    """What can keep the service from opening, and what a person does about it."""

    def start_other(self, bus):
        """bounced with the studies that bounce would have."""
        self.other = harness.Bounced(self.place, bus=bus)
        self.other.data_dir = os.path.join(self.place.env['XDG_DATA_HOME'], 'bounce')
        self.other.base_dir = os.path.join(self.other.data_dir, 'studies')
        self.other.settings['base_dir'] = self.other.base_dir
        os.makedirs(self.other.base_dir, mode=0o700)
        return self.other.start()

    def launch(self, *options):
        self.start_sandbox()
        self.app = application.Bounce(self.place, self.sandbox).launch(*options)
        return self.app

    def launch_with_problem(self, *options):
        self.launch(*options)
        return self.appear()

    def test_stop_the_other(self):
        self.start_other('session')
        app = self.launch_with_problem()
        app.wait('label', 'Bounce Is Already Running')
        app.press('button', 'Stop It and Continue')
        app.wait('label', 'No Studies Yet')
        self.assertEqual(self.other.process.popen.wait(harness.PATIENCE), 0)
        self.send()
        app.wait_for_row('Delivered')

    def test_other_out_of_reach(self):
        self.start_other('none')
        app = self.launch_with_problem()
        app.wait('label', 'Bounce Is Already Running')
        self.assertFalse(app.find('button', 'Stop It and Continue'))
        app.press('button', 'Try Again')
        harness.wait_for(lambda: app.process.text().count('is in use by') == 2, 'another attempt')
        self.other.stop()
        app.press('button', 'Try Again')
        app.wait('label', 'No Studies Yet')

    def test_leave_the_other(self):
        """Closing the window quits and leaves the other one alone."""
        self.start_other('session')
        app = self.launch_with_problem('--background')
        app.wait('label', 'Bounce Is Already Running')
        app.press('button', 'Quit')
        self.assertEqual(app.wait_for_end(), 0)
        self.place.run('echoscu', '127.0.0.1', str(self.other.port))

    def test_storage_missing(self):
        """Studies, and then the disk is not there: nothing is touched, and it goes on with it."""
        self.start()
        self.send()
        self.app.wait_for_row('Delivered')
        self.terminate()
        self.assertEqual(self.app.wait_for_end(), 0)
        storage = os.path.join(self.place.env['XDG_DATA_HOME'], 'bounce', 'studies')
        os.rename(storage, storage + '.away')
        self.app.launch()
        self.appear()
        self.app.wait('label', 'The Storage of the Studies Is Missing')
        self.assertFalse(os.path.exists(storage) and os.listdir(storage))
        shutil.rmtree(storage, ignore_errors=True)
        os.rename(storage + '.away', storage)
        self.app.press('button', 'Try Again')
        self.app.wait_for_row('Delivered')

    def test_no_schema(self):
        empty = self.place.folder('no-schemas')
        self.start_sandbox()
        self.app = application.Bounce(self.place, self.sandbox)
        self.app.env['GSETTINGS_SCHEMA_DIR'] = empty
        self.app.launch()
        self.appear()
        self.app.wait('label', 'Bounce Is Not Fully Installed')
        self.assertFalse(self.app.find('button', 'Try Again'))
        self.terminate()
        self.assertEqual(self.app.wait_for_end(), 0)

    def test_background(self):
        """For the login: it receives without a window; another start shows it."""
        app = self.launch('--background')
        self.wait_for_receiver(True)
        self.assertFalse(app.is_window_up())
        self.assertEqual(app.run_again('--background').returncode, 0)
        self.assertFalse(app.is_window_up())
        self.assertEqual(app.run_again().returncode, 0)
        self.appear()
        app.wait('label', 'No Studies Yet')

    def test_preferences(self):
        """What the menu entry's Preferences does, whether Bounce runs already or not."""
        entry = harness.read(os.path.join(harness.SOURCE, 'data',
                                          'cloud.aurabox.Bounce.desktop.in')).decode()
        command = re.search(r'^Exec=bounce (--.*)$', entry, re.MULTILINE).group(1)
        app = self.launch(*command.split())
        self.appear()
        app.wait('window', 'Preferences')
        app.wait_active('Preferences')
        self.place.key('Escape')
        app.wait_gone('window', 'Preferences')
        self.assertEqual(app.run_again(*command.split()).returncode, 0)
        app.wait('window', 'Preferences')

    def test_without_bus(self):
        """Over a bare connection to a display there is none: window and receiver work."""
        self.start_sandbox()
        self.app = application.Bounce(self.place, self.sandbox)
        self.app.env['DBUS_SESSION_BUS_ADDRESS'] = 'unix:path=/nonexistent'
        self.app.launch()
        self.wait_for_receiver(True)
        harness.wait_for(lambda: self.place.run('xdotool', 'search', '--onlyvisible', '--class',
                                                '^bounce$', check=False).stdout, 'the window')
        self.send()
        harness.wait_for(self.sandbox.hashes, 'the study to be delivered')
        self.terminate()
        self.assertEqual(self.app.wait_for_end(), 0)

    def test_late_bus(self):
        """A bus that comes later is found; receiving does not wait for it."""
        self.start_other('none').stop()
        socket_path = os.path.join(self.place.root, 'late-bus')
        self.place.env['DBUS_SESSION_BUS_ADDRESS'] = 'unix:path=' + socket_path
        self.other.bus = 'session'
        self.other.start()
        self.place.run('echoscu', '127.0.0.1', str(self.other.port))
        self.assertEqual(self.other.ctl('status', check=False).returncode, 3)
        self.place.start_bus_of('late-bus')
        harness.wait_for(lambda: self.other.ctl('status', check=False).returncode == 0,
                         'it to be on the bus')


class Commands(SessionCase):

    def verbs(self):
        """Those that bouncectl --help lists."""
        text = self.place.run('bouncectl', '--help').stdout
        lines = text.split('Verbs:\n')[1].split('\n\n')[0].splitlines()
        return {line.split()[0] for line in lines}

    def test_actions_are_verbs(self):
        """Everything bouncectl can do is an action of the same name."""
        self.start()
        listed = self.place.bus.call(APPLICATION, ACTIONS, 'org.gtk.Actions', 'List')[0]
        self.assertEqual(self.verbs() - set(listed), set())
        self.assertGreater(len(self.verbs()), 15)

    def test_receiver(self):
        self.start()
        self.wait_for_receiver(True)
        self.activate('stop')
        self.wait_for_receiver(False)
        self.activate('start')
        self.wait_for_receiver(True)

    def test_send(self):
        self.start()
        study = self.send()
        self.app.wait_for_row('Delivered')
        self.activate('send', GLib.Variant('s', study.uids[0]))
        harness.wait_for(lambda: self.sandbox.studies()[0]['uploads'] == 2, 'it to be sent again')

    def test_delete_asks(self):
        """Over the bus nothing is deleted: a person is asked."""
        self.start()
        study = self.send()
        self.app.wait_for_row('Delivered')
        self.activate('delete', GLib.Variant('s', study.uids[0]))
        self.app.wait('dialog', 'Delete 1 Study?')
        self.assertEqual(len(self.app.rows()), 1)
        self.app.press('button', 'Delete')
        self.app.wait('label', 'No Studies Yet')
        self.activate('delete', GLib.Variant('s', '1.2.3'))
        self.app.wait('label', 'There is no such study')

    def test_pages(self):
        self.start()
        self.activate('watch')
        self.app.wait('label', re.compile('Starting server$'))
        self.activate('status')
        self.activate('studies')
        self.app.wait('label', 'No Studies Yet')


class Demo(SessionCase):
    """./run demo with a display."""

    def test_window(self):
        """After the proof the window opens on the study; Ctrl+C ends all of it."""
        script = os.path.join(harness.SOURCE, 'tests', 'support', 'demo.py')
        demo = self.place.spawn('demo', sys.executable, script, os.environ['BOUNCE_BUILD'])
        demo.wait_for_line('The window is open on it')
        harness.wait_for(lambda: self.place.run('xdotool', 'search', '--onlyvisible', '--class',
                                                '^bounce$', check=False).stdout, 'the window')
        self.assertIn('120 of 120 instances identical', demo.text())
        os.killpg(demo.popen.pid, signal.SIGINT)
        self.assertEqual(demo.popen.wait(harness.PATIENCE), 0)


class Notifications(SessionCase):

    def start_notified(self, **settings):
        self.server = standins.Notifications(self.place.env['DBUS_SESSION_BUS_ADDRESS'])
        self.start_sandbox()
        self.app = application.Bounce(self.place, self.sandbox, **settings).launch('--background')
        self.wait_for_receiver(True)

    def fail(self, status, count=1):
        self.sandbox.post('/sandbox/faults', {
            'fault': 'status', 'path': '/api/bounce/upload/init', 'status': status,
            'count': count})

    def test_failed_and_retried(self):
        """The buttons do what they say; when somebody looks, the notification goes."""
        self.start_notified()
        self.fail(422)
        study = self.send()
        title = '1 study could not be delivered'
        number = self.server.wait_for(title)
        self.assertNotIn(study.uids[0], ' '.join(self.server.shown[number][:2]))
        self.server.press(title, 'Retry')
        harness.wait_for(self.sandbox.hashes, 'the study to be delivered')
        self.fail(422)
        self.send('again', '--small', '--count', '1', '--seed', '7')
        self.server.press(title, 'Show')
        self.appear()
        self.app.wait_for_row('Not delivered')
        self.assertEqual(len(self.app.rows()), 1)

    def test_seen(self):
        """When somebody looks at the window, what the notifications say is known."""
        self.start_notified()
        self.fail(422)
        self.send()
        self.server.wait_for('1 study could not be delivered')
        self.app.run_again()
        self.appear()
        harness.wait_for(lambda: not self.server.shown, 'the notification to go')

    def test_many_are_one(self):
        self.start_notified()
        self.fail(422, 100)
        self.send('study', '--small', '--count', '1', '--studies', '12')
        self.server.wait_for('12 studies could not be delivered')
        self.assertEqual(len(self.server.shown), 1)
        self.assertLessEqual(len(self.server.asked('Notify')), 3)

    def test_unauthorised(self):
        """It leads to the key."""
        self.start_notified()
        self.sandbox.post('/sandbox/faults', {'fault': 'status', 'path': '/api/', 'status': 401,
                                              'count': 100})
        self.send()
        self.server.press('Aurabox refuses the API key', 'Preferences')
        self.appear()
        self.app.wait('window', 'Preferences')

    def test_server_goes(self):
        """A bus that goes with a notification up does no harm."""
        self.start_notified()
        self.fail(422)
        self.send()
        self.server.wait_for('1 study could not be delivered')
        next(process for process in self.place.processes if process.name == 'session-bus').kill()
        time_before = self.cpu_seconds()
        self.send('more', '--small', '--count', '3', '--seed', '9')
        harness.wait_for(self.sandbox.hashes, 'the study to be delivered')
        self.assertLess(self.cpu_seconds() - time_before, 3)
        self.terminate()
        self.assertEqual(self.app.wait_for_end(), 0)

    def cpu_seconds(self):
        with open(f'/proc/{self.app.process.popen.pid}/stat', encoding='ascii') as file:
            fields = file.read().rpartition(')')[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


if __name__ == '__main__':
    sys.exit(harness.main())
