#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Bounce authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sandbox with a TUS client that others wrote, tus-js-client from npm."""

import json
import os
import subprocess
import tempfile

import tap
from sandbox import Case, Transfer, sha256, zip_of

CHUNK = 256 << 10


class TusJsClient(Case):
    def setUp(self):
        super().setUp()
        self.image = os.urandom(3 << 20)
        data = zip_of([('1.5/1.6.dcm', self.image), ('1.5/1.7.dcm', b'b')])
        self.length = len(data)
        self.file = tempfile.NamedTemporaryFile()
        self.addCleanup(self.file.close)
        self.file.write(data)
        self.file.flush()
        self.transfer = Transfer(self.sandbox)
        self.transfer.init()
        self.transfer.step('start')

    def upload(self, url=None):
        config = {
            'endpoint': f'http://127.0.0.1:{self.sandbox.port}/files',
            'token': self.transfer.token, 'path': self.file.name, 'chunkSize': CHUNK,
            'metadata': {'name': '1.2.3.zip', 'type': 'application/zip',
                         'filename': '1.2.3.zip', 'fieldname': 'file',
                         'bucket': 'dicom-uploads', 'mode': 'bulk',
                         'upload_id': self.transfer.upload_id, 'filetype': 'application/zip'}}
        if url:
            config['uploadUrl'] = url
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'tus-upload.mjs')
        result = subprocess.run(['node', script, json.dumps(config)], capture_output=True,
                                text=True, timeout=120)
        return result

    def assert_delivered(self, result):
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.transfer.step('complete').status, 200)
        self.assertEqual(self.sandbox.studies()[0]['instances'][0]['sha256'], sha256(self.image))
        ranges = self.sandbox.uploads()[0]['ranges']
        self.assertEqual([part[0] for part in ranges], [0] + [part[1] for part in ranges][:-1])
        self.assertEqual(ranges[-1][1], self.length)

    def test_whole_upload(self):
        self.assert_delivered(self.upload())
        self.assertEqual(len(self.sandbox.uploads()[0]['ranges']), -(-self.length // CHUNK))

    def test_dropped_connections_and_lost_replies(self):
        self.sandbox.fault('drop', '/files', method='PATCH', bytes=100000, count=2)
        self.sandbox.fault('status', '/files', method='PATCH', status=500)
        self.assert_delivered(self.upload())

    def test_resume_by_url(self):
        self.transfer.create(self.length)
        with open(self.file.name, 'rb') as data:
            self.transfer.patch(0, data.read(1000001))
        url = f'http://127.0.0.1:{self.sandbox.port}{self.transfer.path}'
        self.assert_delivered(self.upload(url))

    def test_wrong_token_fails(self):
        self.transfer.token = 'wrong'
        result = self.upload()
        self.assertEqual(result.returncode, 1)
        self.assertIn('401', result.stderr)


if __name__ == '__main__':
    tap.main()
