#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Bounce authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real files from real senders arrive in the cloud with the dataset bytes that were on the wire."""

import os
import sys
import unittest

import dicomfiles
import harness
import relay

# How storescu is told to propose a transfer syntax that it does not propose by itself.
STORESCU_OPTIONS = {
    '1.2.840.10008.1.2.1.99': '-xd',
    '1.2.840.10008.1.2.2': '-xb',
    '1.2.840.10008.1.2.4.50': '-xy',
    '1.2.840.10008.1.2.4.51': '-xx',
    '1.2.840.10008.1.2.4.57': '-xs',
    '1.2.840.10008.1.2.4.70': '-xs',
    '1.2.840.10008.1.2.4.80': '-xt',
    '1.2.840.10008.1.2.4.81': '-xu',
    '1.2.840.10008.1.2.4.90': '-xv',
    '1.2.840.10008.1.2.4.91': '-xw',
    '1.2.840.10008.1.2.5': '-xr',
}


class Files(unittest.TestCase):
    """One bounced and one sandbox for each sender."""

    def setUp(self):
        self.place = self.enterContext(harness.Place())
        self.place.start_bus()
        self.sandbox = harness.Sandbox(self.place)
        self.bounced = harness.Bounced(self.place, self.sandbox, bus='session').start()
        self.tap = relay.StoreTap()
        self.relay = relay.Relay(self.bounced.port, tap=self.tap)
        self.addCleanup(self.relay.close)
        found = dicomfiles.all_files(self.place)
        self.files = [file for file in found if file.is_complete]
        self.incomplete = [file for file in found if not file.is_complete]
        self.assertGreater(len(self.files), 6)

    def check_rounds(self, send):
        """Sends each round, then compares the sandbox with the wire; names with dcmdump's."""
        for group in dicomfiles.rounds(self.files):
            self.tap.stored.clear()
            for file in group:
                send(file)
            wire = {stored.sop_instance: stored.dataset for stored in self.tap.stored}
            self.assertEqual(sorted(wire), sorted(file.sop for file in group))
            harness.wait_until_delivered(self.sandbox,
                                         {file.key: wire[file.sop] for file in group})
        names = {file.study: file.patient_name for file in self.files if file.patient_name}
        shown = self.bounced.studies()
        for study, name in names.items():
            self.assertEqual(shown[study].get('patient_name'), name.rstrip(' '), study)
        self.assertEqual(self.bounced.stop(), 0)

    def test_rawsend(self):
        def send(file):
            path = os.path.join(self.place.root, 'one.dcm')
            dicomfiles.write_part10(path, file)
            self.place.run('bounce-rawsend', f'127.0.0.1:{self.relay.port}', path)
            self.assertEqual(self.tap.stored[-1].dataset, file.dataset)
        self.check_rounds(send)

    def test_storescu(self):
        def send(file):
            option = STORESCU_OPTIONS.get(file.syntax)
            self.place.run('storescu', '-R', *([option] if option else []), '-aec', 'BOUNCE',
                           '127.0.0.1', str(self.relay.port), file.path)
        self.check_rounds(send)

    def test_dcmsend(self):
        """It takes no file without a meta group."""
        self.files = [file for file in self.files if file.has_meta]

        def send(file):
            self.place.run('dcmsend', '--decompress-never', '--no-uid-checks', '-aec', 'BOUNCE',
                           '127.0.0.1', str(self.relay.port), file.path)
        self.check_rounds(send)

    def test_incomplete_is_refused(self):
        """A dataset without the UIDs that would name it gets an error status, and others go on."""
        if not self.incomplete:
            path = self.place.phantom('nameless', '--small', '--count', '1').files[0]
            self.place.run('dcmodify', '-nb', '-ea', '(0020,000d)', path)
            self.incomplete = [dicomfiles.load(path)]
        for file in self.incomplete:
            done = self.bounced.rawsend(file.path, check=False)
            self.assertIn('refused 1,', done.stdout, file.path)
        self.assertEqual(self.bounced.studies(), {})
        good = self.files[0]
        self.place.run('bounce-rawsend', self.bounced.peer, good.path)
        harness.wait_until_delivered(self.sandbox, {good.key: good.dataset})


if __name__ == '__main__':
    sys.exit(harness.main())
