#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Bounce authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""kill -9 at random moments of receiving and uploading: nothing that was answered is lost.

BOUNCE_ROUNDS rounds (25): a study is sent, bounced is killed when a random number of bytes has
passed, sometimes the sandbox too, and everything is started again. At the end all that was answered
with Success is in the sandbox, unaltered, and no upload sent a byte again that was acknowledged.
BOUNCE_SEED repeats a run.
"""

import os
import random
import subprocess
import sys
import threading
import unittest

import harness
import relay

ROUNDS = int(os.environ.get('BOUNCE_ROUNDS', '25'))
UPLOAD_RATE = 4_000_000  # bytes a second: slow enough to be killed in the middle


class Round:
    """One study, on its way."""

    def __init__(self, place, receiving, number):
        small = number % 3 == 0
        options = ['--small', '--count', '60'] if small else ['--count', '8']
        study = place.phantom(f'study-{number}', '--seed', str(number), '--series', '2', *options)
        self.study_uid = study.uids[0]
        self.size = sum(os.path.getsize(path) for path in study.files)
        self.datasets = {}
        for path in study.files:
            part10 = harness.read(path)
            sop_uid = harness.meta_of(part10)[0x0003]
            self.datasets[self.study_uid, sop_uid] = harness.dataset_of(part10)
        self.folder = study.folder
        self.port = receiving.port
        self.output = os.path.join(place.root, f'sent-{number}.txt')

    def send(self):
        """Starts the sender."""
        with open(self.output, 'wb') as output:
            self.sender = subprocess.Popen(
                [harness.program('bounce-rawsend'), '--verbose', '--associations', '2',
                 f'127.0.0.1:{self.port}', self.folder],
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.DEVNULL)

    def answered(self):
        """What was answered with Success, after the sender has ended."""
        self.sender.wait()
        sops = harness.answered(harness.read(self.output).decode())
        return {key: data for key, data in self.datasets.items() if key[1] in sops}


class Crash(unittest.TestCase):

    def setUp(self):
        self.seed = int(os.environ.get('BOUNCE_SEED', str(random.randrange(10**6))))
        print(f'# BOUNCE_SEED={self.seed}', flush=True)
        self.random = random.Random(self.seed)
        self.place = self.enterContext(harness.Place())
        self.place.start_bus()
        self.uploading = relay.Relay(bytes_per_second=UPLOAD_RATE)
        self.addCleanup(self.uploading.close)
        self.sandbox = harness.Sandbox(self.place, '--public-url',
                                       f'http://127.0.0.1:{self.uploading.port}')
        self.uploading.target = self.sandbox.port
        self.bounced = harness.Bounced(self.place, self.sandbox, bus='session')
        self.bounced.settings['api_endpoint'] = f'http://127.0.0.1:{self.uploading.port}'
        self.receiving = relay.Relay(self.bounced.port)
        self.addCleanup(self.receiving.close)
        self.sent = {}
        self.answered = {}
        self.sandbox_kills = 0

    def kill_in_the_middle(self, number):
        """Sends a study and kills bounced while receiving or uploading it; the Round."""
        is_dead = threading.Event()

        def kill():
            self.bounced.process.popen.kill()
            is_dead.set()
        relayed, share = self.random.choice([(self.receiving, 1), (self.uploading, 3)])
        this = Round(self.place, self.receiving, number)
        relayed.trip_after(self.random.randrange(1, this.size // share), kill)
        this.send()
        harness.wait_for(lambda: is_dead.is_set() or self.is_delivered(this), 'the moment to kill')
        self.bounced.kill()
        return this

    def is_delivered(self, this):
        return this.sender.poll() is not None \
            and set(this.answered()) <= set(self.sandbox.hashes())

    def check_sent(self):
        """What bounced calls SENT is in the sandbox."""
        sent = {uid for uid, row in self.bounced.studies().items() if row['status'] == 'SENT'}
        held = set(self.sandbox.hashes())
        missing = [key for key in self.answered if key[0] in sent and key not in held]
        self.assertEqual(missing, [], 'SENT but not there')

    def check_uploads(self):
        """No acknowledged byte came twice, and interrupted uploads went on."""
        interrupted = 0
        for upload in self.sandbox.uploads():
            acknowledged = 0
            for start, end, is_acknowledged in upload['ranges']:
                self.assertGreaterEqual(start, acknowledged, upload)
                if is_acknowledged:
                    acknowledged = max(acknowledged, end)
            interrupted += any(not good for _, _, good in upload['ranges'])
            if upload['offset'] > 0:
                self.assertTrue(upload['completed'], upload)
        self.assertGreater(interrupted, 0, 'no upload was ever interrupted')

    def forgotten(self):
        """Files in the tree, answered or not, that nobody will deliver: no row speaks of them."""
        kept = {(os.path.relpath(folder, self.bounced.base_dir).split(os.sep)[0],
                 name[:-len('.dcm')])
                for folder, _, names in os.walk(self.bounced.base_dir)
                for name in names if name.endswith('.dcm')}
        return kept - set(self.sandbox.hashes())

    def test_crash(self):
        for number in range(1, ROUNDS + 1):
            self.bounced.start()
            self.check_sent()
            this = self.kill_in_the_middle(number)
            self.sent.update(this.datasets)
            if self.random.random() < 0.2:
                self.sandbox.restart_killed()
                self.sandbox_kills += 1
            self.answered.update(this.answered())
            print(f'# round {number}: {len(self.answered)} answered', flush=True)

        self.bounced.start()
        harness.wait_until_delivered(self.sandbox, self.answered, patience=300)
        harness.wait_for(lambda: all(row['status'] == 'SENT'
                                     for row in self.bounced.studies().values()),
                         'every study to be SENT')
        harness.wait_for(lambda: not self.forgotten(), lambda: f'{self.forgotten()} to be delivered')
        for key in self.sandbox.hashes():
            self.assertEqual(self.sandbox.dataset(*key), self.sent[key], 'altered')
        self.check_uploads()
        self.assertEqual(self.bounced.stop(), 0)


if __name__ == '__main__':
    sys.exit(harness.main())
