#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Bounce authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the sandbox does with archives that are not what they should be."""

import os
import struct
import warnings
import zipfile

import tap
from sandbox import Case, Transfer, one_study, zip_of

GOOD = [('1.5/1.6.dcm', b'first'), ('1.5/1.7.dcm', b'second')]


class Refused(Case):
    options = ('--max-unpacked', '8')

    def refuse(self, data, reason, studies=None):
        """`complete` says 422 with the reason, and nothing was left anywhere."""
        reply = Transfer(self.sandbox, studies).deliver(data)
        self.assertEqual((reply.status, reply.json()['success']), (422, False), data[:99])
        self.assertIn(reason, reply.json()['message'])
        self.assertEqual(self.sandbox.studies(), [])
        for name in ('studies', 'scratch'):
            self.assertEqual(os.listdir(os.path.join(self.sandbox.data, name)), [], name)
        self.assertFalse(self.sandbox.uploads()[-1]['completed'])

    def test_no_zip(self):
        self.refuse(b'not an archive', 'not a sound ZIP')
        self.refuse(zip_of(GOOD)[:-1], 'not a sound ZIP')
        self.refuse(b'', 'not a sound ZIP')

    def test_path_tricks(self):
        names = ['../1.7.dcm', '1.5/../1.7.dcm', '/1.5/1.7.dcm', '1.5/1.7.dcm/', '1.5//1.7.dcm',
                 '1.5\\1.7.dcm', '..\\1.7.dcm', '1.5/1.7.DCM', '1.5/1.7', '1.5/.dcm', '1.7.dcm',
                 '1.5/1..7.dcm', '1.5/.1.7.dcm', '1.5/1.7.dcm.dcm', '1.2.3/1.5/1.7.dcm',
                 '1.5/%2e%2e.dcm', '1.5/' + '1.' * 32 + '7.dcm', '../../../etc/1.5/1.7.dcm']
        for name in names:
            self.refuse(zip_of([GOOD[0], (name, b'x')]), 'not named')
        self.assertFalse(os.path.exists(os.path.join(self.sandbox.data, '1.7.dcm')))

    def test_other_contents_than_announced(self):
        self.refuse(zip_of(GOOD[:1]), 'another number')
        self.refuse(zip_of([*GOOD, ('1.5/1.8.dcm', b'third')]), 'another number')
        self.refuse(zip_of([GOOD[0], ('1.6/1.7.dcm', b'x')]), 'a series that init did not list')
        two = [one_study(s1_5=1, s1_6=2)]
        self.refuse(zip_of([*GOOD, ('1.6/1.9.dcm', b'x')]), 'more instances of a series', two)

    def test_the_same_name_twice(self):
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            data = zip_of([GOOD[0], GOOD[0]])
        self.refuse(data, 'not a sound ZIP')

    def test_bomb_by_size(self):
        self.refuse(zip_of([GOOD[0], ('1.5/1.7.dcm', bytes(9 << 20))]), 'too large when unpacked')
        self.refuse(zip_of([('1.5/1.6.dcm', bytes(5 << 20)), ('1.5/1.7.dcm', bytes(5 << 20))]),
                    'too large when unpacked')

    def test_bomb_that_lies_about_its_size(self):
        """Sizes patched to 5 bytes in both headers; 1 MiB would come out."""
        data = bytearray(zip_of([GOOD[0], ('1.5/1.7.dcm', bytes(1 << 20))]))
        real, lie = struct.pack('<I', 1 << 20), struct.pack('<I', 5)
        self.assertEqual(data.count(real), 2)
        self.refuse(bytes(data.replace(real, lie)), 'The archive has an entry')

    def test_damaged_bytes(self):
        data = bytearray(zip_of(GOOD, zipfile.ZIP_STORED))
        data[data.index(b'second')] ^= 1
        self.refuse(bytes(data), 'damaged')

    def test_other_methods(self):
        for method in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
            self.refuse(zip_of(GOOD, method), 'neither stored nor deflated')

    def test_it_can_be_done_right_afterwards(self):
        transfer = Transfer(self.sandbox)
        self.assertEqual(transfer.deliver(zip_of(GOOD[:1])).status, 422)
        data = zip_of(GOOD)
        transfer.create(len(data))
        transfer.patch(0, data)
        self.assertEqual(transfer.step('complete').status, 200)


class Ratio(Case):
    def test_bomb_by_ratio(self):
        """270 MiB of zeros in 270 KiB."""
        data = zip_of([GOOD[0], ('1.5/1.7.dcm', bytes(270 << 20))])
        reply = Transfer(self.sandbox).deliver(data)
        self.assertEqual(reply.status, 422)
        self.assertIn('too many times its size', reply.json()['message'])
        self.assertEqual(self.sandbox.studies(), [])


class Accepted(Case):
    def test_stored_and_deflated(self):
        for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            self.assertEqual(Transfer(self.sandbox).deliver(zip_of(GOOD, method)).status, 200)

    def test_several_studies_and_an_empty_file(self):
        studies = [one_study('1.2', s1_5=1), one_study('1.3', s1_6=1)]
        data = zip_of([('1.5/1.7.dcm', b''), ('1.6/1.7.dcm', b'x')])
        self.assertEqual(Transfer(self.sandbox, studies).deliver(data).status, 200)
        self.assertEqual([study['study_uid'] for study in self.sandbox.studies()], ['1.2', '1.3'])
        self.assertEqual(os.listdir(os.path.join(self.sandbox.data, 'uploads')), [])


if __name__ == '__main__':
    tap.main()
