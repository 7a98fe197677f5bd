#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Bounce authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""bouncectl import: what comes in from disks arrives in the cloud as what comes in by network."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import unittest
import zipfile

import dicomfiles
import harness

LONG = 600  # images: an import of a second or more, in whose middle something happens


def datasets(phantom):
    """{(study, SOP): dataset bytes} of a phantom's one study."""
    parts = [harness.read(path) for path in phantom.files]
    return {(phantom.uids[0], harness.meta_of(part)[0x0003]): harness.dataset_of(part)
            for part in parts}


def zip_folder(path, folder, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, 'w', compression) as archive:
        for at, _, names in os.walk(folder):
            for name in names:
                file = os.path.join(at, name)
                archive.write(file, os.path.relpath(file, folder))
    return path


class Stream:
    """A file that cannot go back, as a pipe: an archive's sizes and sums then follow the data."""

    def __init__(self, file):
        self.write = file.write
        self.flush = file.flush


class Imports(unittest.TestCase):
    """One bounced and one sandbox for each case."""

    def setUp(self):
        self.place = self.enterContext(harness.Place())
        self.place.start_bus()
        self.sandbox = harness.Sandbox(self.place)
        self.bounced = harness.Bounced(self.place, self.sandbox, bus='session')

    def path(self, *names):
        return os.path.join(self.place.root, *names)

    def write(self, name, data=b'not DICOM'):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'wb') as file:
            file.write(data)
        return path

    def run_import(self, *paths, check=True):
        """The summary that --json prints, and what was said beside it."""
        done = self.bounced.ctl('import', '--json', *paths, check=check)
        return json.loads(done.stdout), done

    def reasons(self, summary):
        return {name: reason for name, reason in summary['refusals']}

    def test_folder(self):
        """Byte for byte to the cloud; again is the same; by network too is the same."""
        phantom = self.place.phantom('folder', '--count', '12')
        self.bounced.start()
        summary, _ = self.run_import(phantom.folder)
        self.assertEqual((summary['accepted'], summary['refused']), (12, 0))
        harness.wait_until_delivered(self.sandbox, datasets(phantom))
        done = self.bounced.ctl('import', phantom.folder)
        self.assertEqual(done.stdout, 'Imported 0 images, 12 already here\n')
        self.assertEqual(done.stderr, '')
        self.place.run('bounce-rawsend', self.bounced.peer, *phantom.files)
        study, = self.bounced.studies().values()
        self.assertEqual((study['status'], study['instances']), ('SENT', 12))
        self.assertEqual([event['code'] for event in self.bounced.ctl_json('events')
                          if event['code'].startswith('instance')], [])
        self.assertEqual(self.bounced.stop(), 0)

    def test_real_files(self):
        """Every readable file in shared/dicom, from a folder and from a ZIP."""
        group = dicomfiles.rounds([file for file in dicomfiles.all_files(self.place)
                                   if file.is_complete])[0]
        folder = self.place.folder('real')
        for number, file in enumerate(group):
            shutil.copy(file.path, os.path.join(folder, f'{number:04}'))
        self.bounced.start()
        summary, _ = self.run_import(folder)
        self.assertEqual(summary['accepted'], len(group))
        harness.wait_until_delivered(self.sandbox, {file.key: file.dataset for file in group})
        names = {file.study: file.patient_name for file in group if file.patient_name}
        shown = self.bounced.studies()
        for study, name in names.items():
            self.assertEqual(shown[study].get('patient_name'), name.rstrip(' '), study)
        summary, _ = self.run_import(zip_folder(self.path('real.zip'), folder))
        self.assertEqual((summary['same'], summary['refused']), (len(group), 0))

    def test_replaced(self):
        """Other bytes under the same UIDs replace the earlier ones and say so."""
        phantom = self.place.phantom('first', '--small', '--count', '1')
        self.bounced.start()
        self.run_import(phantom.folder)
        self.place.run('dcmodify', '-nb', '-m', '(0008,103e)=Other', phantom.files[0])
        summary, _ = self.run_import(phantom.folder)
        self.assertEqual((summary['accepted'], summary['replaced']), (0, 1))
        self.assertIn('instance-replaced',
                      [event['code'] for event in self.bounced.ctl_json('events')])
        harness.wait_until_delivered(self.sandbox, datasets(phantom))

    def test_many_paths(self):
        """More than one message can carry."""
        phantom = self.place.phantom('many', '--small', '--count', '40')
        self.bounced.start()
        summary, _ = self.run_import(*phantom.files)
        self.assertEqual(summary['accepted'], 40)

    def test_refused(self):
        """Each with its reason on stderr, exit code 1, and the rest comes in."""
        phantom = self.place.phantom('mixed', '--small', '--count', '2')
        os.symlink(phantom.folder, self.path('mixed', 'loop'))
        os.symlink('/etc/passwd', self.path('mixed', 'link.dcm'))
        os.mkfifo(self.path('mixed', 'fifo'))
        self.write('mixed/readme.txt')
        self.write('mixed/nothing.dcm', b'')
        empty = self.place.folder('empty')
        listener = self.enterContext(socket.socket(socket.AF_UNIX))
        listener.bind(self.path('socket'))
        self.bounced.start()
        summary, done = self.run_import(
            phantom.folder, empty, self.path('missing'), self.path('socket'), '/dev/zero',
            self.bounced.base_dir, self.path('mixed', 'readme.txt'), check=False)
        self.assertEqual(done.returncode, 1)
        self.assertEqual((summary['accepted'], summary['skipped']), (2, 1))
        self.assertEqual(self.reasons(summary), {
            self.path('mixed', 'loop'): 'link',
            self.path('mixed', 'link.dcm'): 'link',
            self.path('mixed', 'fifo'): 'special-file',
            self.path('mixed', 'nothing.dcm'): 'not-dicom',
            empty: 'no-images',
            self.path('missing'): 'missing',
            self.path('socket'): 'special-file',
            '/dev/zero': 'special-file',
            self.bounced.base_dir: 'own-storage',
            self.path('mixed', 'readme.txt'): 'not-dicom'})
        self.assertIn(f'bouncectl: {self.path("missing")}: there is no such file or folder\n',
                      done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), summary['refused'])

    def make_medium(self):
        """A folder like that of a CD: files by short names, a DICOMDIR, a viewer."""
        phantom = self.place.phantom('source', '--small', '--count', '4')
        medium = self.place.folder('medium')
        os.mkdir(os.path.join(medium, 'IMAGES'))
        for number, path in enumerate(phantom.files):
            shutil.copy(path, os.path.join(medium, 'IMAGES', f'IM{number}'))
        self.place.run('dcmmkdir', '-Pgp', '+I', '-W', '-Nxc', '+D', os.path.join(medium, 'DICOMDIR'),
                       '+id', medium, *(f'IMAGES/IM{number}' for number in range(4)))
        self.write('medium/VIEWER.EXE')
        return phantom, medium

    def test_medium(self):
        """The folder of a medium brings all of it, its DICOMDIR what it lists."""
        phantom, medium = self.make_medium()
        self.bounced.start()
        extra = self.place.phantom('extra', '--small', '--count', '1', '--seed', '5')
        shutil.copy(extra.files[0], os.path.join(medium, 'EXTRA'))
        os.rename(os.path.join(medium, 'IMAGES', 'IM3'), os.path.join(medium, 'elsewhere'))
        index = os.path.join(medium, 'DICOMDIR')
        summary, _ = self.run_import(index, check=False)
        self.assertEqual((summary['accepted'], summary['skipped']), (3, 0))
        self.assertEqual(self.reasons(summary), {index + '/IMAGES/IM3': 'missing'})
        summary, _ = self.run_import(medium)
        self.assertEqual((summary['accepted'], summary['same'], summary['skipped']), (2, 3, 1))
        harness.wait_until_delivered(self.sandbox, datasets(phantom) | datasets(extra))

    def test_archive(self):
        """Names lead nowhere, and what cannot be read does not keep the rest from coming in."""
        phantom = self.place.phantom('in-zip', '--small', '--count', '3')
        parts = [harness.read(path) for path in phantom.files]
        with open(self.path('all.zip'), 'wb') as out, zipfile.ZipFile(Stream(out), 'w') as archive:
            archive.writestr('../../../tmp/first.dcm', parts[0])     # sizes follow the data
            archive.writestr('C:\\images\\second', parts[1], zipfile.ZIP_DEFLATED)
            archive.writestr('viewer/readme.txt', 'not DICOM')
            archive.writestr('broken.dcm', 'not DICOM')
            archive.writestr('inner.zip', b'PK\3\4 and more')
            link = zipfile.ZipInfo('link.dcm')
            link.create_system, link.external_attr = 3, 0o120777 << 16
            archive.writestr(link, '/etc/passwd')
            archive.writestr('wrong-sum.dcm', parts[2])
        damaged = bytearray(harness.read(self.path('all.zip')))
        damaged[damaged.rindex(parts[2]) + len(parts[2]) - 1] ^= 1
        self.write('all.zip', bytes(damaged))
        self.write('cut.zip', bytes(damaged[:-30]))
        self.bounced.start()
        summary, done = self.run_import(self.path('all.zip'), self.path('cut.zip'), check=False)
        self.assertEqual(done.returncode, 1)
        self.assertEqual((summary['accepted'], summary['skipped']), (2, 1))
        self.assertEqual(self.reasons(summary), {
            self.path('all.zip', 'broken.dcm'): 'not-dicom',
            self.path('all.zip', 'inner.zip'): 'nested',
            self.path('all.zip', 'link.dcm'): 'link',
            self.path('all.zip', 'wrong-sum.dcm'): 'archive-damaged',
            self.path('cut.zip'): 'archive-damaged'})
        self.assertFalse(os.path.exists('/tmp/first.dcm'))
        expected = datasets(phantom)
        lost = phantom.uids[0], harness.meta_of(parts[2])[0x0003]
        del expected[lost]
        harness.wait_until_delivered(self.sandbox, expected)
        self.assertNotIn(lost, self.sandbox.hashes())

    def start_long_import(self):
        """An import in its middle: the phantom, the process."""
        phantom = self.place.phantom('long', '--small', '--count', str(LONG))
        importing = subprocess.Popen([harness.program('bouncectl'), 'import', '--json',
                                      phantom.folder], env=self.place.env, text=True,
                                     stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(importing.kill)
        harness.wait_for(lambda: any(row['instances'] > 20 for row in self.bounced.studies().values()),
                         'the import to be under way')
        return phantom, importing

    def finish(self, importing):
        """Its summary, exit status and what it said."""
        out, err = importing.communicate(timeout=60)
        return json.loads(out) if out else {}, importing.returncode, err

    def check_tree(self, *phantoms):
        """Nothing half is in the tree, and nothing is left in the spool; how many are there."""
        whole = {key[1]: data for phantom in phantoms for key, data in datasets(phantom).items()}
        found = 0
        for at, _, names in os.walk(self.bounced.base_dir):
            for name in names:
                if name.endswith('.dcm'):
                    part10 = harness.read(os.path.join(at, name))
                    self.assertEqual(harness.dataset_of(part10), whole[name[:-4]])
                    found += 1
        self.assertEqual(os.listdir(os.path.join(self.bounced.base_dir, '.incoming')), [])
        return found

    def check_rest(self, phantom):
        """A second import brings what is missing, and all of it arrives."""
        summary, _ = self.run_import(phantom.folder)
        self.assertEqual(summary['accepted'] + summary['same'], LONG)
        harness.wait_until_delivered(self.sandbox, datasets(phantom))

    def test_interrupted(self):
        """Ctrl+C leaves out what is not done; receiving goes on meanwhile."""
        other = self.place.phantom('other', '--small', '--count', '5', '--seed', '9')
        self.bounced.start()
        phantom, importing = self.start_long_import()
        self.place.run('bounce-rawsend', self.bounced.peer, *other.files)
        importing.send_signal(signal.SIGINT)
        summary, code, said = self.finish(importing)
        self.assertEqual((code, summary['end_reason']), (1, 'cancelled'))
        self.assertLess(summary['accepted'], LONG)
        self.assertIn('ended early: it was cancelled', said)
        self.assertEqual(self.check_tree(phantom, other), summary['accepted'] + 5)
        summary, _ = self.run_import(phantom.folder)
        self.assertEqual(summary['accepted'] + summary['same'], LONG)
        harness.wait_until_delivered(self.sandbox, datasets(phantom) | datasets(other))

    def test_caller_gone(self):
        """An import does not outlive the one that began it."""
        self.bounced.start()
        watch = harness.Watch(self.bounced)
        phantom, importing = self.start_long_import()
        importing.kill()
        importing.communicate()
        harness.wait_for(lambda: any('before its end: cancelled' in line
                                     for line in watch.payloads('log')), 'the import to end')
        self.assertLess(self.check_tree(phantom), LONG)
        self.check_rest(phantom)

    def test_stopped(self):
        """Stopping the service ends an import; what was taken stays."""
        self.bounced.start()
        phantom, importing = self.start_long_import()
        # It hears of the end only when there is nobody left to ask.
        importing.send_signal(signal.SIGSTOP)
        self.assertEqual(self.bounced.stop(), 0)
        importing.send_signal(signal.SIGCONT)
        _, code, said = self.finish(importing)
        self.assertEqual(code, 1, said)
        self.assertIn('Bounce ended during the import; what was imported before stays', said)
        self.check_tree(phantom)
        self.bounced.start()
        self.check_rest(phantom)

    def test_killed(self):
        """kill -9 loses nothing that came in and leaves nothing half."""
        self.bounced.start()
        phantom, importing = self.start_long_import()
        self.bounced.kill()
        _, code, said = self.finish(importing)
        self.assertEqual(code, 1, said)
        self.bounced.start()
        self.assertGreater(self.check_tree(phantom), 20)
        self.check_rest(phantom)

    def test_disk_full(self):
        """It ends with the reason; with room again the rest comes in."""
        disk = harness.Disk(self.bounced)
        self.bounced.start()
        phantom, importing = self.start_long_import()
        disk.set('full')
        summary, code, said = self.finish(importing)
        self.assertEqual((code, summary['end_reason']), (1, 'no-space'))
        self.assertIn('ended early: the disk is full; what was imported before stays', said)
        self.assertEqual(self.check_tree(phantom), summary['accepted'])
        disk.clear('full')
        self.check_rest(phantom)

    def test_wrong_use(self):
        self.bounced.start()
        self.assertEqual(self.bounced.ctl('import', check=False).returncode, 2)
        self.assertEqual(self.bounced.stop(), 0)
        done = self.bounced.ctl('import', '/', check=False)
        self.assertEqual((done.returncode, done.stdout), (3, ''))


if __name__ == '__main__':
    sys.exit(harness.main())
