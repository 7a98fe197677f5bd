# SPDX-FileCopyrightText: The Bounce authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real bounce-sandbox for a test, and a plain client for it."""

import base64
import hashlib
import http.client
import io
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest
import uuid
import zipfile

KEY = 'aura_au_bounce_user_token_local'
TYPE = 'application/offset+octet-stream'


class Reply:
    """Status, headers without case, body."""

    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    def json(self):
        return json.loads(self.body)


class Sandbox:
    """One sandbox process on a data directory that outlives it."""

    def __init__(self, *options):
        self.data = tempfile.mkdtemp(prefix='bounce-sandbox-')
        self.options = options
        self.process = None
        self.port = 0
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [os.environ['BOUNCE_SANDBOX'], '--port', str(self.port), '--data', self.data,
             '--api-key', KEY, *self.options], stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline().rsplit(':', 1)[1])

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        status = self.process.wait(30)
        self.process.stdout.close()
        return status

    def restart(self, number):
        self.end(number)
        self.start()

    def remove(self):
        """Ends it as a service manager would; sanitizers speak up then."""
        try:
            if self.process.poll() is None and self.end() != 0:
                raise AssertionError('the sandbox did not end cleanly')
        finally:
            self.process.kill()
            shutil.rmtree(self.data)

    def request(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection('127.0.0.1', self.port, timeout=60)
        try:
            connection.request(method, path, body, headers or {})
            return Reply(connection.getresponse())
        finally:
            connection.close()

    def api(self, method, path, body=None, key=KEY):
        text = None if body is None else json.dumps(body)
        return self.request(method, path, text, {'Authorization': f'Bearer {key}'})

    def config(self):
        return self.api('GET', '/api/bounce/config').json()

    def studies(self):
        return self.api('GET', '/sandbox/studies').json()

    def uploads(self):
        return self.api('GET', '/sandbox/uploads').json()

    def fault(self, fault, path, **members):
        reply = self.api('POST', '/sandbox/faults', {'fault': fault, 'path': path, **members})
        assert reply.status == 200, reply.body


def one_study(study='1.2.3', **series):
    """The document's shape of a study with the instance counts of its series ('1_5' is 1.5)."""
    return {'study_uid': study, 'patient_name': 'DOE^JOHN',
            'series': [{'series_uid': uid.replace('_', '.').strip('s'), 'instances': count}
                       for uid, count in series.items()]}


def metadata_of(upload_id, **changes):
    values = {'name': '1.2.3.zip', 'type': 'application/zip', 'filename': '1.2.3.zip',
              'fieldname': 'file', 'bucket': 'dicom-uploads', 'mode': 'bulk',
              'upload_id': upload_id, 'filetype': 'application/zip', **changes}
    return ','.join(f'{key} {base64.b64encode(value.encode()).decode()}'
                    for key, value in values.items() if value is not None)


def zip_of(entries, compression=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, 'w', compression) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return buffer.getvalue()


class Transfer:
    """The six steps of an upload, one at a time."""

    def __init__(self, sandbox, studies=None):
        self.sandbox = sandbox
        config = sandbox.config()
        self.assembly_id = config['lift']['assembly_id']
        self.token = config['lift']['token']
        self.upload_id = str(uuid.uuid4())
        self.studies = studies or [one_study(s1_5=2)]
        self.path = None

    def init(self, **changes):
        body = {'studies': self.studies, 'mode': 'bulk', 'type': 'lift',
                'signature': self.assembly_id, 'upload_id': self.upload_id, **changes}
        return self.sandbox.api('POST', '/api/bounce/upload/init', body)

    def step(self, name, **changes):
        body = {'assembly_id': self.assembly_id, 'type': 'lift', 'upload_id': self.upload_id,
                **changes}
        return self.sandbox.api('POST', f'/api/bounce/upload/{name}', body)

    def tus(self, method, path=None, body=None, **headers):
        """Headers by name with '_'; None takes one away."""
        values = {'Authorization': f'Bearer {self.token}', 'Tus_Resumable': '1.0.0', **headers}
        plain = {name.replace('_', '-'): str(value)
                 for name, value in values.items() if value is not None}
        return self.sandbox.request(method, path or self.path, body, plain)

    def create(self, length, **headers):
        values = {'Upload_Length': length, 'Upload_Metadata': metadata_of(self.upload_id),
                  **headers}
        reply = self.tus('POST', '/files', **values)
        if reply.status == 201:
            self.path = '/files/' + reply.headers['Location'].rsplit('/', 1)[1]
        return reply

    def patch(self, offset, body, **headers):
        return self.tus('PATCH', None, body,
                        **{'Upload_Offset': offset, 'Content_Type': TYPE, **headers})

    def offset(self):
        return int(self.tus('HEAD').headers['Upload-Offset'])

    def begin(self, length):
        assert self.init().status == 200
        assert self.step('start').status == 200
        assert self.create(length).status == 201

    def deliver(self, data):
        """All steps; the answer to complete."""
        self.begin(len(data))
        assert self.patch(0, data).status == 204
        return self.step('complete')

    def send_part(self, offset, length, part):
        """A PATCH that announces `length` bytes and breaks off after `part`."""
        head = (f'PATCH {self.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nTus-Resumable: 1.0.0\r\n'
                f'Authorization: Bearer {self.token}\r\nUpload-Offset: {offset}\r\n'
                f'Content-Type: {TYPE}\r\nContent-Length: {length}\r\n\r\n')
        connection = socket.create_connection(('127.0.0.1', self.sandbox.port))
        connection.sendall(head.encode() + part)
        return connection


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def wait_for(condition, seconds=30):
    """Waits on a condition and returns what it was in the end."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return condition()


class Case(unittest.TestCase):
    """A test with a sandbox of its own."""

    options = ()

    def setUp(self):
        self.sandbox = Sandbox(*self.options)
        self.addCleanup(self.sandbox.remove)
