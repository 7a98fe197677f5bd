#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Bounce authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of studies: late images, restarts, deletions in the middle, files on disk."""

import json
import os
import sys
import unittest

import harness
import relay


class Studies(unittest.TestCase):

    def setUp(self):
        self.place = self.enterContext(harness.Place())
        self.place.start_bus()
        self.uploading = relay.Relay()
        self.addCleanup(self.uploading.close)
        self.sandbox = harness.Sandbox(self.place, '--public-url',
                                       f'http://127.0.0.1:{self.uploading.port}')
        self.uploading.target = self.sandbox.port

    def start(self, **settings):
        settings.setdefault('api_endpoint', f'http://127.0.0.1:{self.uploading.port}')
        self.bounced = harness.Bounced(self.place, bus='session', **settings).start()
        self.watch = harness.Watch(self.bounced)
        return self.bounced

    def send(self, name='study', *options):
        """Sends a small phantom study; its UID."""
        options = options or ('--small', '--count', '4')
        study = self.place.phantom(name, *options)
        self.bounced.rawsend('--calling', 'CT1', study.folder)
        return study.uids[0]

    def status(self, study_uid):
        return self.bounced.studies().get(study_uid, {}).get('status')

    def wait_for_status(self, study_uid, status):
        harness.wait_for(lambda: self.status(study_uid) == status,
                         lambda: f'{status}, not {self.status(study_uid)}')

    def stored_files(self):
        return [os.path.join(at, name) for at, _, names in os.walk(self.bounced.base_dir)
                for name in names if name.endswith(('.dcm', '.zip', '.json'))]

    def fails(self, *arguments):
        """Runs bouncectl, which must say why it failed; that line."""
        done = self.bounced.ctl(*arguments, check=False)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertEqual(done.stdout, '')
        return done.stderr.strip().removeprefix('bouncectl: ')

    def test_delete_while_receiving(self):
        """What comes after the deletion is a study again; nothing that was answered is half there."""
        self.start(quiet_period_seconds=3600)
        study = self.place.phantom('study', '--small', '--count', '400')
        sender = harness.Process(self.place, 'sender', [
            harness.program('bounce-rawsend'), '--verbose', '--interval', '2000', self.bounced.peer,
            study.folder])
        harness.wait_for(lambda: len(harness.answered(sender.text())) > 20, 'some to arrive')
        self.bounced.ctl('delete', '--yes', study.uids[0])
        self.assertEqual(sender.popen.wait(60), 0)
        self.assertEqual(len(harness.answered(sender.text())), 400)
        left = [name for name in self.stored_files() if name.endswith('.dcm')]
        row = self.bounced.studies().get(study.uids[0])
        self.assertEqual(len(left), row['instances'] if row else 0)
        self.bounced.ctl('send', study.uids[0])
        harness.wait_for(lambda: len(self.sandbox.hashes()) == len(left), 'the rest to arrive')

    def test_delete_while_uploading(self):
        """The upload ends at the server too, and nothing stays on disk."""
        self.start()
        self.uploading.bytes_per_second = 300_000
        study_uid = self.send('study', '--count', '10')
        harness.wait_for(lambda: any(u['state'] == 'active' for u in self.sandbox.uploads()),
                         'an upload')
        self.bounced.ctl('delete', '--yes', study_uid)
        self.assertEqual(self.stored_files(), [])
        self.assertEqual(self.bounced.studies(), {})
        self.uploading.bytes_per_second = 0
        harness.wait_for(lambda: all(u['state'] == 'terminated' for u in self.sandbox.uploads()),
                         'the upload to be terminated')
        self.assertEqual(self.sandbox.studies(), [])

    def test_metadata_file(self):
        self.start()
        study_uid = self.send()
        self.wait_for_status(study_uid, 'SENT')
        path = os.path.join(self.bounced.base_dir, study_uid + '.json')
        document = json.loads(harness.wait_for(lambda: os.path.exists(path) and harness.read(path),
                                               'the metadata file'))
        study = document['studies'][0]
        self.assertEqual(study['study_uid'], study_uid)
        self.assertEqual(study['patient_birth_date'], '19570412')
        self.assertEqual(sum(series['instances'] for series in study['series']), 4)

    def test_secrets_stay_secret(self):
        """Neither the key nor a patient's name in any log or on the command line's output."""
        self.start()
        study_uid = self.send()
        self.wait_for_status(study_uid, 'SENT')
        shown = self.bounced.ctl('config', 'get').stdout
        logs = self.bounced.process.text()
        for at, _, names in os.walk(self.place.env['XDG_STATE_HOME']):
            logs += ''.join(harness.read(os.path.join(at, name)).decode() for name in names)
        self.assertIn(study_uid, logs)
        for secret in ('e2etoken', 'Luczak', 'Łuczak', 'PH0000000'):
            self.assertNotIn(secret, logs)
            self.assertNotIn(secret, shown)

    def test_restart_keeps_everything(self):
        """A stop in the quiet period; the timer goes on in the database."""
        self.start(quiet_period_seconds=3)
        study_uid = self.send()
        self.assertEqual(self.bounced.stop(), 0)
        self.bounced.start()
        self.wait_for_status(study_uid, 'SENT')

    def test_late_images(self):
        """Images that come after delivery travel too, in an upload of their own."""
        self.start()
        study = self.place.phantom('study', '--small', '--count', '6')
        self.bounced.rawsend(*study.files[:4])
        self.wait_for_status(study.uids[0], 'SENT')
        self.bounced.rawsend(*study.files[4:])
        harness.wait_for(lambda: len(self.sandbox.hashes()) == 6, 'the late images')
        self.wait_for_status(study.uids[0], 'SENT')

    def test_delete_after_success(self):
        self.start(delete_after_success='yes')
        study_uid = self.send()
        self.wait_for_status(study_uid, 'SENT')
        harness.wait_for(lambda: not [f for f in self.stored_files() if f.endswith('.dcm')],
                         'the files to be removed')
        self.assertEqual(len(self.sandbox.hashes()), 4)
        self.assertEqual(self.sandbox.studies()[0]['uploads'], 1)
        self.assertRegex(self.fails('send', study_uid), r'send study panic: .*removed')


if __name__ == '__main__':
    sys.exit(harness.main())
