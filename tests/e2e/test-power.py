#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Bounce authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The power goes at random points: what was answered is still there, and is delivered.

BOUNCE_ROUNDS rounds (30) on a file system that forgets what was not synced (powercut-fs): a study
is sent and some earlier images are sent again with other bytes; the power goes before a random
operation; the next round starts from what the disk kept. At the end everything that was answered
with Success is in the sandbox in the last version answered (or one sent after it), every study is
SENT, and with delete_after_success no file is left behind. At the start of each round and at the
end the metadata file of each delivered study is whole and tells what its row tells. BOUNCE_SEED
repeats a run.

Then each kind of sync is left out in turn, and the same check has to find it.
"""

import contextlib
import json
import os
import random
import shutil
import subprocess
import sys
import unittest

import harness

ROUNDS = int(os.environ.get('BOUNCE_ROUNDS', '30'))
CHANCES = (0.0, 0.0, 0.5, 0.9)  # of what was not synced to survive


class Disk:
    """The storage of a Bounced, on a file system that loses power."""

    def __init__(self, place, generator):
        self.place = place
        self.random = generator
        self.mount = place.folder('storage')
        self.image = place.folder('image-0')
        for name in ('base', 'data'):
            os.makedirs(os.path.join(self.image, name), mode=0o700)
        self.process = None

    def switch_on(self, cut_at=0, keep=0.0, ignore=None, spoil=None):
        self.dump = self.place.folder(f'image-{self.place.next_number()}')
        options = ['--ignore', ignore] if ignore else []
        options += ['--spoil', spoil] if spoil else []
        self.process = harness.Process(self.place, 'powercut', [
            harness.program('powercut-fs'), '--from', self.image, '--dump', self.dump,
            '--cut-at', str(cut_at), '--keep', str(keep), *options,
            '--seed', str(self.random.randrange(2**31)), self.mount])
        self.process.wait_for_line('mounted')

    def is_cut(self):
        return '\ncut ' in self.process.text()

    def cut(self, bounced):
        """Without power nothing runs; returns the operations there were until then."""
        if not self.is_cut():
            self.process.popen.terminate()
        harness.wait_for(self.is_cut, 'the cut')
        bounced.kill()
        subprocess.run(['umount', '--lazy', self.mount], check=False, stderr=subprocess.DEVNULL)
        self.process.stop()
        shutil.rmtree(self.image)
        self.image = self.dump
        return int(self.process.wait_for_line('cut '))

    def remains(self):
        """The .dcm files on the disk."""
        return [name for _, _, files in os.walk(os.path.join(self.image, 'base'))
                for name in files if name.endswith('.dcm')]


class Power(unittest.TestCase):

    def setUp(self):
        self.seed = int(os.environ.get('BOUNCE_SEED', str(random.randrange(10**6))))
        print(f'# BOUNCE_SEED={self.seed}', flush=True)
        self.random = random.Random(self.seed)
        self.place = self.enterContext(harness.Place())
        self.place.start_bus()
        self.sandbox = harness.Sandbox(self.place)
        self.disk = Disk(self.place, self.random)
        self.bounced = harness.Bounced(self.place, self.sandbox, bus='session',
                                       delete_after_success='yes')
        self.versions = {}  # (study, SOP): what was sent, oldest first; answered: index into it
        self.answered = {}
        self.paths = {}     # (study, SOP): the file sent last
        self.fetched = {}   # ((study, SOP), hash of the file): its dataset

    def start_bounced(self):
        """Whether it came up before the power went; any other failure is one."""
        self.bounced.launch()
        try:
            self.bounced.process.wait_for_line('listening on ')
        except harness.Failure:
            if not self.disk.is_cut():
                raise
            return False
        return True

    def is_recovered(self):
        """Was the database found lost or damaged, and made anew from the files?"""
        events = self.bounced.ctl_json('events', '--limit', '1000')
        return any(event['code'] == 'database-recovered' for event in events)

    def make_study(self, number, count):
        """Keys of a new study's images."""
        study = self.place.phantom(f'study-{number}', '--seed', str(self.seed + number),
                                   '--small', '--series', '2', '--count', str(count))
        keys = []
        for path in study.files:
            part10 = harness.read(path)
            keys.append((study.uids[0], harness.meta_of(part10)[0x0003]))
            self.paths[keys[-1]] = path
        return keys

    def alter(self, key, number):
        """Other bytes under the same UIDs."""
        part10 = bytearray(harness.read(self.paths[key]))
        part10[-2:] = number.to_bytes(2, 'little')
        with open(self.paths[key], 'wb') as file:
            file.write(part10)

    def send(self, keys, associations=2):
        """Sends and notes what was answered."""
        for key in keys:
            dataset = harness.dataset_of(harness.read(self.paths[key]))
            self.versions.setdefault(key, []).append(dataset)
        output = self.bounced.rawsend('--associations', str(associations),
                                      *[self.paths[key] for key in keys], check=False).stdout
        sops = harness.answered(output)
        for key in keys:
            if key[1] in sops:
                self.answered[key] = len(self.versions[key]) - 1

    def is_right(self, key, file_hash):
        """Does the sandbox hold the last answered version, or one sent after it? Each is fetched
        once, or many rounds would fetch everything again at every look."""
        if (key, file_hash) not in self.fetched:
            self.fetched[key, file_hash] = self.sandbox.dataset(*key)
        return self.fetched[key, file_hash] in self.versions[key][self.answered[key]:]

    def missing(self):
        held = self.sandbox.hashes()
        return [key for key in self.answered
                if key not in held or not self.is_right(key, held[key])]

    def is_all_sent(self):
        with contextlib.suppress(harness.Failure):
            rows = self.bounced.studies()
            return all(rows[key[0]]['status'] == 'SENT' for key in self.answered)
        return False

    def wait_until_delivered(self, patience=None):
        harness.wait_for(lambda: not self.missing() and self.is_all_sent(),
                         lambda: f'{len(self.missing())} of {len(self.answered)} instances to be '
                                 f'delivered:\n{self.bounced.process.text()[-4000:]}', patience)

    def is_told(self, row):
        """Is the metadata file of a study whole, and does it tell what the row tells?"""
        path = os.path.join(self.disk.mount, 'base', row['study_uid'] + '.json')
        try:
            told = json.loads(harness.read(path))
            series = told['studies'][0]['series']
        except (OSError, ValueError):
            return False
        return (told['status'], len(series), sum(one['instances'] for one in series)) \
            == (row['status'], row['series'], row['instances'])

    def is_all_told(self):
        """Of the delivered studies, for the others change under our eyes."""
        with contextlib.suppress(harness.Failure):
            return all(self.is_told(row) for row in self.bounced.studies().values()
                       if row['status'] == 'SENT')
        return False

    def wait_until_told(self, patience=None):
        harness.wait_for(lambda: self.disk.is_cut() or self.is_all_told(),
                         'the metadata files to agree with the rows', patience)

    def run_round(self, number, cut_at):
        """Ends without power; returns the operations there were."""
        self.disk.switch_on(cut_at, self.random.choice(CHANCES))
        if self.start_bounced():
            self.wait_until_told()
            known = list(self.answered)
            again = self.random.sample(known, min(len(known), 3))
            for key in again:
                self.alter(key, number)
            self.send(self.make_study(number, 12) + again)
            if cut_at:
                harness.wait_for(lambda: self.disk.is_cut() or (
                    not self.missing() and self.is_all_sent()), 'the cut')
            else:
                self.wait_until_delivered()
        return self.disk.cut(self.bounced)

    def test_power(self):
        operations = self.run_round(0, 0)
        print(f'# a round without a cut has {operations} operations', flush=True)
        for number in range(1, ROUNDS + 1):
            cut_at = self.random.randrange(1, operations)
            self.run_round(number, cut_at)
            print(f'# round {number}: cut before operation {cut_at}, '
                  f'{len(self.answered)} answered', flush=True)

        self.disk.switch_on()
        self.assertTrue(self.start_bounced())
        self.send([key for key in self.versions if key not in self.answered])
        self.assertEqual(set(self.answered), set(self.versions))
        self.wait_until_delivered(patience=300)
        self.wait_until_told()
        self.assertFalse(self.is_recovered(), 'the database was lost')
        self.assertEqual(self.bounced.stop(), 0)
        self.disk.cut(self.bounced)
        self.assertEqual(self.disk.remains()[:3], [], 'files of delivered studies were left behind')


class FailingDisk(Power):
    """What a sync finds out that nothing needs to survive."""

    test_power = None

    def test_folder_that_cannot_be_synced(self):
        """It is refused, also where studies are already."""
        self.disk.switch_on()
        self.assertTrue(self.start_bounced())
        self.assertEqual(self.bounced.stop(), 0)
        self.disk.cut(self.bounced)
        self.disk.switch_on(spoil='base')
        self.bounced.launch()
        self.assertEqual(self.bounced.process.popen.wait(harness.PATIENCE), 1)
        self.assertIn(f'syncing {self.bounced.base_dir}: ', self.bounced.process.text())
        self.disk.cut(self.bounced)

    def test_package_that_cannot_be_written(self):
        """None of its bytes are sent; the next one is."""
        self.disk.switch_on(spoil='package')
        self.assertTrue(self.start_bounced())
        self.send(self.make_study(1, 8))
        self.wait_until_delivered()
        rows = self.bounced.ctl_json('transfers')
        self.assertEqual([(row['state'], row.get('reason'), row['offset'] > 0) for row in rows],
                         [('delivered', None, True), ('failed', 'storage', False)])
        self.disk.cut(self.bounced)


class WithoutOneSync(Power):
    """The check of this file finds it when one kind of sync is missing."""

    test_power = None

    def loses(self, kind, is_stopped=False, made=()):
        """Everything is answered, the power goes, nothing unsynced survives: is any of it lost, or
        the database? made: folders that are made just before, without a sync."""
        self.bounced.settings['quiet_period_seconds'] = 3600
        self.disk.switch_on(ignore=kind)
        for name in made:
            os.mkdir(os.path.join(self.disk.mount, name), mode=0o700)
        self.assertTrue(self.start_bounced())
        self.send(self.make_study(1, 8))
        self.assertEqual(len(self.answered), 8)
        if is_stopped:
            self.assertEqual(self.bounced.stop(), 0)
        self.disk.cut(self.bounced)

        self.bounced.settings['quiet_period_seconds'] = 1
        self.disk.switch_on()
        try:
            self.assertTrue(self.start_bounced())
            for study_uid in {key[0] for key in self.answered}:
                self.bounced.ctl('send', study_uid)
            self.wait_until_delivered(patience=6)
            return self.is_recovered()
        except harness.Failure:
            return True
        finally:
            self.disk.cut(self.bounced)

    def remains(self, kind):
        """A study is delivered and its files removed; are any there when the power went?"""
        self.disk.switch_on(ignore=kind)
        self.assertTrue(self.start_bounced())
        self.send(self.make_study(1, 8))
        self.wait_until_delivered()
        base = os.path.join(self.disk.mount, 'base')
        harness.wait_for(lambda: not any(name.endswith('.dcm') for _, _, names in os.walk(base)
                                         for name in names), 'the files to be removed')
        self.assertEqual(self.bounced.stop(), 0)
        self.disk.cut(self.bounced)
        return self.disk.remains()

    def test_deletion(self):
        """What was deleted does not come back, neither the files of the study nor those beside it."""
        self.bounced.settings['delete_after_success'] = 'no'
        self.disk.switch_on()
        self.assertTrue(self.start_bounced())
        keys = self.make_study(1, 8)
        self.send(keys)
        self.wait_until_delivered()
        study_uid = keys[0][0]
        base = os.path.join(self.disk.mount, 'base')
        harness.wait_for(lambda: os.path.exists(os.path.join(base, f'{study_uid}.json')),
                         'the metadata file')
        self.bounced.ctl('delete', study_uid, '--yes')
        self.disk.cut(self.bounced)
        left = [name for name in os.listdir(os.path.join(self.disk.image, 'base'))
                if name.startswith(study_uid)]
        self.assertEqual(left, [])

    def tells(self, kind):
        """A study is delivered, and the power goes when its row says that its metadata file is up to
        date; does the file tell it then?"""
        self.bounced.settings['delete_after_success'] = 'no'
        self.disk.switch_on(ignore=kind)
        self.assertTrue(self.start_bounced())
        self.send(self.make_study(1, 8))
        self.wait_until_delivered()
        self.assertEqual(self.bounced.stop(), 0)
        self.disk.cut(self.bounced)
        self.disk.switch_on()
        self.assertTrue(self.start_bounced())
        try:
            self.wait_until_told(patience=20)  # what is not written by then never is
            return True
        except harness.Failure:
            return False
        finally:
            self.disk.cut(self.bounced)

    def without_folders(self):
        for name in ('base', 'data'):
            os.rmdir(os.path.join(self.disk.image, name))

    def test_folders_made_by_bounce(self):
        self.without_folders()
        self.assertFalse(self.loses(None))

    def test_folders_just_made(self):
        """Who made the folders of the store need not have synced them."""
        self.without_folders()
        self.assertFalse(self.loses(None, made=('base', 'data')))

    def test_damage_with_every_sync(self):
        """A damaged database is replaced once."""
        self.disk.switch_on()
        self.assertTrue(self.start_bounced())
        self.send(self.make_study(1, 8))
        self.wait_until_delivered()
        self.assertEqual(self.bounced.stop(), 0)
        with open(os.path.join(self.disk.mount, 'data', 'damaged'), 'wb') as file:
            os.fsync(file.fileno())
        data = os.open(os.path.join(self.disk.mount, 'data'), os.O_RDONLY)
        os.fsync(data)
        os.close(data)
        self.assertTrue(self.start_bounced())
        self.disk.cut(self.bounced)
        left = os.listdir(os.path.join(self.disk.image, 'data'))
        self.assertNotIn('damaged', left)
        self.assertEqual(len([name for name in left if '.damaged-' in name]), 1, left)

    def test_metadata_with_every_sync(self):
        self.assertTrue(self.tells(None))

    def test_metadata_without_file_data(self):
        self.assertFalse(self.tells('metadata'))

    def test_removal_with_every_sync(self):
        self.assertEqual(self.remains(None), [])

    def test_removal_without_directories(self):
        self.assertNotEqual(self.remains('removal'), [])

    def test_with_every_sync(self):
        self.assertFalse(self.loses(None))
        self.assertFalse(self.missing())

    def test_with_every_sync_and_a_clean_stop(self):
        self.assertFalse(self.loses(None, is_stopped=True))

    def test_without_file_data(self):
        self.assertTrue(self.loses('spool'))

    def test_without_series_directory(self):
        self.assertTrue(self.loses('series'))

    def test_without_study_directory(self):
        self.assertTrue(self.loses('study'))

    def test_without_base_directory(self):
        self.assertTrue(self.loses('base'))

    def test_without_write_ahead_log(self):
        self.assertTrue(self.loses('wal'))

    def test_without_database(self):
        self.assertTrue(self.loses('database', is_stopped=True))

    def test_without_data_directory(self):
        self.assertTrue(self.loses('data'))


if __name__ == '__main__':
    sys.exit(harness.main())
