#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Bounce authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""bounced as a program: locks, buses, signals, ports, and what it says when it cannot start."""

import contextlib
import os
import shutil
import signal
import socket
import sqlite3
import stat
import sys
import unittest

import harness

NOBODY = '65534'
UNPRIVILEGED = '/proc/sys/net/ipv4/ip_unprivileged_port_start'


class Daemon(unittest.TestCase):
    """A bounced without a cloud; no test here uploads."""

    def setUp(self):
        self.place = self.enterContext(harness.Place())

    def bounced(self, **settings):
        settings.setdefault('api_endpoint', 'http://127.0.0.1:9')
        return harness.Bounced(self.place, **settings)

    def assert_refuses(self, *arguments, status=1, wrapper=()):
        """bounced ends with that status; its stderr."""
        done = self.place.run(*wrapper, harness.program('bounced'), *arguments, check=False,
                              patience=60)
        self.assertEqual(done.returncode, status, done.stderr)
        self.assertEqual(done.stdout, '')
        return done.stderr

    def assert_cannot_start(self, bounced, text, **keywords):
        bounced.write_config()
        errors = self.assert_refuses('--config', bounced.config, '--data-dir', bounced.data_dir,
                                     '--bus', 'none', **keywords)
        lines = [line for line in errors.splitlines() if text in line]
        self.assertEqual(len(lines), 1, errors)

    def echo(self, bounced):
        self.place.run('echoscu', '-aec', 'BOUNCE', '127.0.0.1', str(bounced.port))


class Starting(Daemon):
    """Command line, settings, ports and locks."""

    def test_command_line(self):
        done = self.place.run('bounced', '--version')
        self.assertRegex(done.stdout, r'^bounced \d+\.\d+\.\d+\n$')
        usage = self.place.run('bounced', '--help').stdout
        self.assertIn('bounced [OPTION…]\n', usage)
        self.assertIn('--data-dir', usage)
        for arguments in (('--bus', 'train'), ('--colour',), ('argument',)):
            errors = self.assert_refuses(*arguments, status=2)
            self.assertEqual(len(errors.splitlines()), 1, errors)

    def test_listening_line(self):
        bounced = self.bounced(ae_title='RADIOLOGY').start()
        self.assertEqual(bounced.listening, f'127.0.0.1:{bounced.port} as RADIOLOGY')
        self.assertEqual(bounced.stop(), 0)

    def test_listening_line_ipv6(self):
        bounced = self.bounced(ip_address='::1').start()
        self.assertEqual(bounced.listening, f'[::1]:{bounced.port} as BOUNCE')
        with socket.create_connection(('::1', bounced.port), 10):
            pass

    def test_tells_where_everything_is(self):
        """Also when the settings are all defaults, for want of a file."""
        bounced = self.bounced().start()
        harness.wait_for(lambda: f': settings in {bounced.config}, database in {bounced.data_dir}, '
                                 f'studies in {bounced.base_dir}\n' in bounced.process.text(),
                         bounced.process.text)
        process = harness.Process(self.place, 'bounced', [
            harness.program('bounced'), '--data-dir', self.place.folder('other'), '--bus', 'none'])
        harness.wait_for(lambda: f'{self.place.env["XDG_CONFIG_HOME"]}/bounce/bounce.json (no such '
                                 'file: all defaults), database in ' in process.text(),
                         process.text)

    def test_files_are_private(self):
        bounced = self.bounced().start()
        phantom = self.place.phantom('phantom', '--small', '--count', '2')
        bounced.rawsend(phantom.folder)
        for top in (bounced.data_dir, bounced.base_dir):
            for at, folders, files in os.walk(top):
                for name in folders + files:
                    mode = stat.S_IMODE(os.stat(os.path.join(at, name)).st_mode)
                    self.assertEqual(mode & 0o077, 0, name)

    def test_settings_that_cannot_be(self):
        for settings, word in (({'port': 65536}, 'port'), ({'ae_title': 'A' * 17}, 'ae_title'),
                               ({'ip_address': 'here'}, 'ip_address'),
                               ({'api_key': 'nonsense'}, 'api_key'),
                               ({'base_dir': '/'}, 'base_dir')):
            self.assert_cannot_start(self.bounced(**settings), word)

    def test_settings_that_are_no_json(self):
        bounced = self.bounced()
        with open(bounced.config, 'w', encoding='utf-8') as file:
            file.write('{"port": ')
        errors = self.assert_refuses('--config', bounced.config, '--data-dir', bounced.data_dir)
        self.assertEqual(len(errors.splitlines()), 1, errors)
        errors = self.assert_refuses('--config', '/nonexistent.json', '--data-dir',
                                     bounced.data_dir)
        self.assertIn('/nonexistent.json', errors)

    def test_address_in_use(self):
        bounced = self.bounced()
        with socket.socket() as taken:
            taken.bind(('127.0.0.1', bounced.port))
            taken.listen()
            self.assert_cannot_start(bounced, 'Failed to start server: Address already in use')

    def test_privileged_port(self):
        """Without the capability port 104 is refused, also where everybody has every port."""
        bounced = self.bounced(port=104, ip_address='0.0.0.0')
        wrapper = ('setpriv', '--inh-caps=-all', '--bounding-set=-net_bind_service')
        if os.geteuid() != 0:
            wrapper = ()
        if int(harness.read(UNPRIVILEGED)) <= 104:
            user = () if os.geteuid() == 0 else ('--user', '--map-root-user')
            wrapper = ('unshare', '--net', *user, 'sh', '-c',
                       f'echo 1024 >{UNPRIVILEGED}; exec setpriv --inh-caps=-all '
                       '--bounding-set=-net_bind_service "$@"', 'sh')
        self.assert_cannot_start(bounced, 'Failed to start server: Permission denied',
                                 wrapper=wrapper)

    def test_second_on_the_same_data(self):
        bounced = self.bounced().start()
        holder = str(bounced.process.popen.pid)
        second = self.bounced()
        second.config = os.path.join(self.place.root, 'second.json')
        self.assert_cannot_start(second, holder)
        self.echo(bounced)

    def test_second_on_the_same_studies(self):
        bounced = self.bounced().start()
        second = self.bounced()
        second.config = os.path.join(self.place.root, 'second.json')
        second.data_dir = self.place.folder('second')
        self.assert_cannot_start(second, str(bounced.process.popen.pid))
        self.echo(bounced)

    def test_a_newer_database(self):
        """After a downgrade: it is left alone, and told which one it is."""
        bounced = self.bounced().start()
        self.assertEqual(bounced.stop(), 0)
        path = os.path.join(bounced.data_dir, 'bounce.db')
        with contextlib.closing(sqlite3.connect(path)) as database:
            database.execute('PRAGMA user_version = 99')
        self.assert_cannot_start(bounced, f'ERROR {path}: the database was made by a newer version '
                                          'of Bounce (99, known ')

    def test_tells_the_service_manager(self):
        path = os.path.join(self.place.root, 'notify')
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(path)
            manager.settimeout(harness.PATIENCE)
            self.place.env['NOTIFY_SOCKET'] = path
            bounced = self.bounced().start()
            self.assertEqual(manager.recv(100), b'READY=1')
            self.assertEqual(bounced.stop(), 0)
            self.assertEqual(manager.recv(100), b'STOPPING=1')


class Stopping(Daemon):
    """SIGTERM, SIGINT, SIGHUP."""

    def test_ends_well(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            bounced = self.bounced().start()
            bounced.process.popen.send_signal(number)
            self.assertEqual(bounced.process.popen.wait(harness.PATIENCE), 0)

    def test_while_starting(self):
        """Whenever the signal comes, it ends within seconds and starts again."""
        for _ in range(5):
            bounced = self.bounced()
            bounced.launch()
            bounced.process.popen.send_signal(signal.SIGTERM)
            self.assertIn(bounced.process.popen.wait(harness.PATIENCE), (0, -signal.SIGTERM))
        self.echo(self.bounced().start())

    def test_drains(self):
        """An association that is sending when the signal comes may finish."""
        bounced = self.bounced(quiet_period_seconds=3600).start()
        phantom = self.place.phantom('phantom', '--small', '--count', '50')
        sender = harness.Process(self.place, 'rawsend', [
            harness.program('bounce-rawsend'), '--verbose', '--interval', '20000', bounced.peer,
            phantom.folder])
        harness.wait_for(lambda: harness.answered(sender.text()), 'the first image')
        self.assertEqual(bounced.stop(), 0)
        self.assertEqual(sender.popen.wait(harness.PATIENCE), 0)
        held = sum(name.endswith('.dcm') for _, _, files in os.walk(bounced.base_dir)
                   for name in files)
        self.assertEqual(held, len(phantom.files))

    def test_does_not_wait_for_the_silent(self):
        bounced = self.bounced().start()
        with socket.create_connection(('127.0.0.1', bounced.port), 10):
            self.assertEqual(bounced.process.stop(patience=20), 0)

    def test_hangup_reads_the_settings_again(self):
        self.place.start_bus()
        bounced = self.bounced(bus='session').start()
        bounced.settings['quiet_period_seconds'] = 77
        bounced.write_config()
        bounced.process.popen.send_signal(signal.SIGHUP)
        harness.wait_for(lambda: bounced.ctl_json('config', 'get')['quiet_period_seconds'] == 77,
                         'the new setting')
        bounced.settings['quiet_period_seconds'] = 0
        bounced.write_config()
        bounced.process.popen.send_signal(signal.SIGHUP)
        harness.wait_for(lambda: 'quiet_period_seconds' in bounced.process.text(), 'a warning')
        harness.wait_for(lambda: bounced.ctl_json('events'), 'an event')
        self.assertRegex(bounced.ctl_json('events')[0]['text'],
                         'the settings stay as they were: .*quiet_period_seconds: "0" is not')
        self.assertEqual(bounced.ctl_json('config', 'get')['quiet_period_seconds'], 77)
        self.echo(bounced)


class Buses(Daemon):
    """Receiving goes on whatever becomes of the bus."""

    def test_none(self):
        bounced = self.bounced(bus='none').start()
        self.echo(bounced)

    def test_not_there(self):
        for address in ('unix:path=/nonexistent', None):
            if address:
                self.place.env['DBUS_SESSION_BUS_ADDRESS'] = address
            else:
                self.place.env.pop('DBUS_SESSION_BUS_ADDRESS')
            bounced = self.bounced(bus='session').start()
            self.echo(bounced)
            self.assertEqual(bounced.stop(), 0)

    def test_silent(self):
        """A bus that accepts and says nothing holds nobody up."""
        path = os.path.join(self.place.root, 'silent')
        with socket.socket(socket.AF_UNIX) as silent:
            silent.bind(path)
            silent.listen()
            self.place.env['DBUS_SESSION_BUS_ADDRESS'] = f'unix:path={path}'
            bounced = self.bounced(bus='session').start()
            self.echo(bounced)
            self.assertEqual(bounced.stop(), 0)

    def test_lost_and_back(self):
        address = f'unix:path={self.place.root}/bus'
        command = ['dbus-daemon', '--session', '--nofork', '--print-address', f'--address={address}']

        def start_bus():
            bus = harness.Process(self.place, 'bus', command)
            harness.wait_for(lambda: '\n' in bus.text(), 'the bus')
            return bus
        bus = start_bus()
        self.place.env['DBUS_SESSION_BUS_ADDRESS'] = address
        bounced = self.bounced(bus='session').start()
        self.assertEqual(bounced.ctl_json('status')['receiver'], 'running')
        bus.kill()
        harness.wait_for(lambda: 'The bus is gone' in bounced.process.text(), 'it to notice')
        self.echo(bounced)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(f'{self.place.root}/bus')
        start_bus()
        harness.wait_for(lambda: bounced.ctl('status', check=False).returncode == 0,
                         'it to be on the bus again')

    def test_name_is_taken(self):
        """Another service on the bus: this one works, and does not take the name away."""
        self.place.start_bus()
        first = self.bounced(bus='session').start()
        second = self.bounced(bus='session')
        second.config = os.path.join(self.place.root, 'second.json')
        second.base_dir = second.settings['base_dir'] = self.place.folder('second-base')
        second.data_dir = self.place.folder('second-data')
        second.start()
        self.echo(second)
        self.assertIn('another service has the name', second.process.text())
        self.assertEqual(first.ctl_json('status')['endpoint'], first.peer)


class Disk(Daemon):
    """Free space below the thresholds is an event that people see."""

    def test_low_and_full(self):
        self.place.start_bus()
        bounced = self.bounced(bus='session')
        disk = harness.Disk(bounced)
        disk.set('low', str(700 << 20))
        bounced.start()

        def codes():
            return [event['code'] for event in bounced.ctl_json('events')]
        harness.wait_for(lambda: codes() == ['disk-low'], codes)
        disk.set('low', str(400 << 20))
        harness.wait_for(lambda: codes() == ['disk-full', 'disk-low'], codes)
        disk.set('low', str(699 << 20))
        harness.wait_for(lambda: codes()[0] == 'disk-low' and len(codes()) == 3, codes)
        self.assertLess(bounced.ctl_json('status')['free_bytes'], 700 << 20)

    def test_gone_and_back(self):
        """Whose disk is taken away is told so, not that it is full; uploads go on with it."""
        self.place.start_bus()
        bounced = self.bounced(bus='session').start()
        away = bounced.base_dir + '.away'

        def codes():
            return [event['code'] for event in bounced.ctl_json('events')]
        os.rename(bounced.base_dir, away)
        harness.wait_for(lambda: codes() == ['storage-gone'], codes)
        os.rename(away, bounced.base_dir)
        harness.wait_for(lambda: codes() == ['storage-back', 'storage-gone'], codes)


class SystemBus(Daemon):
    """--bus system with the policy that is installed, on a bus of the test's own."""

    # Nobody is in games; daemon stands for the user bounce.
    GROUP, GROUP_ID = 'games', '60'
    CONFIG = """<busconfig><type>system</type><listen>unix:path={0}/system-bus</listen>
      <auth>EXTERNAL</auth>
      <policy context="default">
        <allow user="*"/><deny own="*"/><deny send_type="method_call"/>
        <allow send_type="signal"/><allow send_requested_reply="true" send_type="method_return"/>
        <allow send_requested_reply="true" send_type="error"/><allow receive_type="method_call"/>
        <allow receive_type="method_return"/><allow receive_type="error"/>
        <allow receive_type="signal"/>
        <allow send_destination="org.freedesktop.DBus"/>
      </policy><include>{0}/policy.conf</include></busconfig>"""

    def setUp(self):
        super().setUp()
        os.chmod(self.place.root, 0o755)
        policy = os.path.join(harness.SOURCE, 'data', 'dbus', 'cloud.aurabox.Bounce.conf')
        text = harness.read(policy).decode()
        text = text.replace('group="bounce"', f'group="{self.GROUP}"')
        text = text.replace('user="bounce"', 'user="daemon"')
        for name, content in (('policy.conf', text), ('bus.conf',
                                                      self.CONFIG.format(self.place.root))):
            with open(os.path.join(self.place.root, name), 'w', encoding='utf-8') as file:
                file.write(content)
        bus = harness.Process(self.place, 'bus', [
            'dbus-daemon', '--nofork', '--print-address',
            f'--config-file={self.place.root}/bus.conf'])
        harness.wait_for(lambda: 'unix:' in bus.text(), 'the bus')
        self.place.env['DBUS_SYSTEM_BUS_ADDRESS'] = f'unix:path={self.place.root}/system-bus'
        self.ctl = os.path.join(self.place.root, 'bouncectl')
        shutil.copy(harness.program('bouncectl'), self.ctl)

    def run_as_nobody(self, group, *command):
        return self.place.run('setpriv', f'--reuid={NOBODY}', f'--regid={NOBODY}',
                              f'--groups={group}', *command, check=False)

    def test_who_may_call(self):
        bounced = self.bounced(bus='system').start()
        status = self.place.run('bouncectl', '--system', 'status', '--json')
        self.assertIn(bounced.peer, status.stdout)
        done = self.run_as_nobody(self.GROUP_ID, self.ctl, '--system', 'status')
        self.assertEqual(done.returncode, 0, done.stderr)
        done = self.run_as_nobody(NOBODY, self.ctl, '--system', 'studies')
        self.assertEqual((done.returncode, done.stdout), (1, ''))
        self.assertEqual(done.stderr, 'bouncectl: not permitted; members of the group bounce may '
                                      'call the service, from their next login on\n')

    def test_who_may_end_it(self):
        """The group may use it, not stop it; root may."""
        bounced = self.bounced(bus='system').start()
        done = self.run_as_nobody(self.GROUP_ID, self.ctl, '--system', 'quit')
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertEqual(done.stderr, 'bouncectl: not permitted; on the system bus this is for '
                                      'root: systemctl stop bounced\n')
        self.place.run('bouncectl', '--system', 'quit')
        self.assertEqual(bounced.process.popen.wait(harness.PATIENCE), 0)

    def test_who_may_be_the_service(self):
        for group in (NOBODY, self.GROUP_ID):
            done = self.run_as_nobody(group, 'gdbus', 'call', '--system', '--dest',
                                      'org.freedesktop.DBus', '--object-path', '/', '--method',
                                      'org.freedesktop.DBus.RequestName',
                                      'cloud.aurabox.Bounce.Service', '4')
            self.assertNotEqual(done.returncode, 0, done.stdout)
            self.assertIn('AccessDenied', done.stderr)


if __name__ == '__main__':
    sys.exit(harness.main())
