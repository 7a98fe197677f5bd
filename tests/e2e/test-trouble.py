#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Bounce authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Trouble from the place itself: settings, ports, disks, keys, servers. One clear line each time,
and nothing lost."""

import os
import shutil
import sys
import unittest

import harness


class Start(unittest.TestCase):
    """What keeps bounced from starting."""

    def setUp(self):
        self.place = self.enterContext(harness.Place())

    def refusal(self, bounced):
        """Starts it, which must fail at once; the one line it says."""
        bounced.launch()
        self.assertNotEqual(bounced.process.popen.wait(30), 0)
        lines = bounced.process.text().strip().splitlines()
        self.assertNotIn('listening on', '\n'.join(lines))
        self.assertTrue(lines, 'it said nothing')
        return lines[-1]

    def test_malformed_key(self):
        self.place.env['BOUNCE_API_KEY'] = 'aura_secret_nonsense'
        bounced = harness.Bounced(self.place)
        bounced.launch()
        harness.wait_for(lambda: 'api_key' in bounced.process.text().lower()
                         or 'API key' in bounced.process.text(), 'a word about the key')
        self.assertNotIn('nonsense', bounced.process.text())

    def test_storage_not_mounted(self):
        """With studies in the database and a strange or empty storage: refuse, touch nothing."""
        bounced = harness.Bounced(self.place, quiet_period_seconds=3600).start()
        bounced.rawsend(self.place.phantom('study', '--small', '--count', '2').folder)
        self.assertEqual(bounced.stop(), 0)
        away = bounced.base_dir + '-away'
        shutil.move(bounced.base_dir, away)
        os.mkdir(bounced.base_dir)
        self.assertIn('mounted', self.refusal(bounced))
        self.assertEqual(os.listdir(bounced.base_dir), [])
        os.rmdir(bounced.base_dir)
        shutil.move(away, bounced.base_dir)
        bounced.start()
        self.assertEqual(bounced.stop(), 0)


class Running(unittest.TestCase):
    """What goes wrong later."""

    def setUp(self):
        self.place = self.enterContext(harness.Place())
        self.place.start_bus()
        self.study = self.place.phantom('study', '--count', '6')
        self.datasets = {}
        for path in self.study.files:
            part10 = harness.read(path)
            key = (self.study.uids[0], harness.meta_of(part10)[3])
            self.datasets[key] = harness.dataset_of(part10)

    def start(self, sandbox, **settings):
        return harness.Bounced(self.place, sandbox, bus='session', **settings).start()

    def status(self, bounced):
        return bounced.studies().get(self.study.uids[0], {})

    def check_full_disk(self, kind):
        """A700, no partial file, and all goes on when there is space again."""
        sandbox = harness.Sandbox(self.place)
        bounced = harness.Bounced(self.place, sandbox, bus='session')
        disk = harness.Disk(bounced)
        bounced.start()
        bounced.rawsend(self.study.files[0])
        disk.set(kind, '1000000')
        harness.wait_for(lambda: bounced.rawsend(self.study.files[0], check=False).returncode != 0,
                         'the first refusal')  # the free space may be looked up a moment before
        done = bounced.rawsend('--associations', '2', *self.study.files[1:], check=False)
        self.assertIn('success 0, refused 5, lost 0, last refusal A700', done.stdout)
        self.assertEqual(os.listdir(os.path.join(bounced.base_dir, '.incoming')), [])
        stored = [name for _, _, names in os.walk(bounced.base_dir) for name in names
                  if name.endswith('.dcm')]
        self.assertEqual(len(stored), 1)
        disk.clear(kind)
        harness.wait_for(lambda: bounced.rawsend(self.study.folder, check=False).returncode == 0,
                         'space again')
        harness.wait_until_delivered(sandbox, self.datasets)
        self.assertEqual(bounced.stop(), 0)

    def test_disk_low(self):
        self.check_full_disk('low')

    def test_disk_full(self):
        self.check_full_disk('full')

    def test_unreachable_server(self):
        """Received all the same, delivered when the server is there."""
        sandbox = harness.Sandbox(self.place)
        sandbox.process.kill()
        bounced = self.start(sandbox)
        bounced.rawsend(self.study.folder)
        harness.wait_for(lambda: self.status(bounced).get('attempts', 0) > 1, 'attempts')
        sandbox.start()
        harness.wait_until_delivered(sandbox, self.datasets)

    def check_fault(self, *faults):
        """The server lies so often, then tells the truth; nothing is SENT that is not there."""
        sandbox = harness.Sandbox(self.place)
        for fault in faults:
            sandbox.post('/sandbox/faults', fault)
        bounced = self.start(sandbox)
        bounced.rawsend(self.study.folder)

        def is_sent():
            sent = self.status(bounced).get('status') == 'SENT'
            if self.status(bounced).get('status') == 'ERROR':
                bounced.ctl('send', self.study.uids[0], check=False)
            return sent
        harness.wait_for(is_sent, lambda: str(self.status(bounced)))
        harness.wait_until_delivered(sandbox, self.datasets, patience=1)
        self.assertEqual(bounced.stop(), 0)

    def test_server_errors(self):
        for status in (500, 503, 429, 408):
            with self.subTest(status=status):
                self.check_fault({'fault': 'status', 'path': '/api/bounce/', 'status': status,
                                  'count': 2})
                self.tearDown()
                self.setUp()

    def test_nested_json(self):
        self.check_fault({'fault': 'nested', 'path': '/api/bounce/config', 'depth': 100_000,
                          'count': 2})

    def test_success_false(self):
        self.check_fault({'fault': 'body', 'path': '/api/bounce/upload/complete', 'status': 200,
                          'body': '{"success": false}', 'count': 1})

    def test_not_json(self):
        self.check_fault({'fault': 'body', 'path': '/api/bounce/upload/init', 'status': 200,
                          'body': '<html>Hello</html>', 'count': 1})

    def test_offset_ahead(self):
        self.check_fault({'fault': 'offset', 'path': '/', 'method': 'PATCH', 'delta': 1000,
                          'count': 1})

    def test_location_elsewhere(self):
        self.check_fault({'fault': 'header', 'path': '/', 'method': 'POST', 'name': 'Location',
                          'value': 'http://127.0.0.2:9/elsewhere', 'count': 4})

    def test_lost_answers(self):
        self.check_fault({'fault': 'lose', 'path': '/api/bounce/upload/complete', 'count': 1},
                         {'fault': 'lose', 'path': '/', 'method': 'PATCH', 'count': 1})

    def test_connection_drops(self):
        self.check_fault({'fault': 'drop', 'path': '/', 'method': 'PATCH', 'bytes': 100_000,
                          'count': 3})

    def test_refused_key(self):
        """401: one event, everything waits; goes on once the server takes the key."""
        sandbox = harness.Sandbox(self.place)
        sandbox.post('/sandbox/faults', {'fault': 'status', 'path': '/api/bounce/config',
                                         'status': 401, 'count': 1000})
        bounced = self.start(sandbox)
        bounced.rawsend(self.study.folder)
        harness.wait_for(lambda: bounced.ctl_json('status').get('uploads_paused'), 'the pause')
        self.assertNotEqual(self.status(bounced).get('status'), 'SENT')
        sandbox.delete('/sandbox/faults')
        bounced.ctl('resume')
        harness.wait_until_delivered(sandbox, self.datasets)


class Large(unittest.TestCase):

    def test_memory_of_a_large_object(self):
        """A 300 MB multi-frame arrives in less than 64 MB of memory."""
        with harness.Place() as place:
            bounced = harness.Bounced(place, quiet_period_seconds=3600).start()
            bounced.rawsend(place.phantom('large', '--multiframe', '300').folder)
            with open(f'/proc/{bounced.process.popen.pid}/status', encoding='ascii') as status:
                peak = next(int(line.split()[1]) for line in status if line.startswith('VmHWM'))
            self.assertLess(peak, 64_000)
            self.assertEqual(bounced.stop(), 0)


if __name__ == '__main__':
    sys.exit(harness.main())
