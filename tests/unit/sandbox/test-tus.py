#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Bounce authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""TUS 1.0 as the specification has it, and surviving a restart and a kill."""

import email.utils
import os
import signal
import time

import tap
from sandbox import Case, Transfer, metadata_of, wait_for, zip_of


class Protocol(Case):
    def setUp(self):
        super().setUp()
        self.transfer = Transfer(self.sandbox)
        self.transfer.init()
        self.transfer.step('start')

    def test_options(self):
        reply = self.sandbox.request('OPTIONS', '/files')
        self.assertEqual(reply.status, 204)
        self.assertEqual(reply.headers['Tus-Resumable'], '1.0.0')
        self.assertEqual(reply.headers['Tus-Version'], '1.0.0')
        self.assertEqual(set(reply.headers['Tus-Extension'].split(',')),
                         {'creation', 'termination', 'expiration'})
        self.assertGreater(int(reply.headers['Tus-Max-Size']), 1 << 30)

    def test_creation(self):
        reply = self.transfer.create(10)
        self.assertEqual(reply.status, 201)
        self.assertEqual(reply.headers['Tus-Resumable'], '1.0.0')
        self.assertTrue(reply.headers['Location'].startswith(
            f'http://127.0.0.1:{self.sandbox.port}/files/'))
        expires = email.utils.parsedate_to_datetime(reply.headers['Upload-Expires'])
        self.assertAlmostEqual(expires.timestamp(), time.time() + 86400, delta=60)

    def test_creation_wants_a_length(self):
        for length in (None, '', '-1', '1.5', 'many', '99999999999999999999'):
            self.assertEqual(self.transfer.create(length).status, 400, length)
        self.assertEqual(self.transfer.create(1 << 40).status, 413)

    def test_creation_checks_metadata(self):
        own = self.transfer.upload_id
        bad = [None, '', 'name', metadata_of(own, name=None), metadata_of(own, filetype=None),
               metadata_of(own, bucket='other'), metadata_of('0' * 36),
               metadata_of(own) + ',name eA==', metadata_of(own, extra='a\0b')]
        for text in bad:
            self.assertEqual(self.transfer.create(10, Upload_Metadata=text).status, 400, text)
        started = Transfer(self.sandbox)
        started.init()
        self.assertEqual(started.create(10).status, 400)

    def test_every_request_needs_the_version(self):
        self.transfer.create(10)
        for method, path in (('POST', '/files'), ('HEAD', None), ('PATCH', None),
                             ('DELETE', None)):
            for version in (None, '0.2.2'):
                reply = self.transfer.tus(method, path, Tus_Resumable=version)
                self.assertEqual((method, reply.status), (method, 412))
                self.assertEqual(reply.headers['Tus-Version'], '1.0.0')

    def test_every_request_needs_the_token(self):
        self.transfer.create(10)
        for method, path in (('POST', '/files'), ('HEAD', None), ('PATCH', None),
                             ('DELETE', None)):
            for value in (None, 'Bearer wrong', f'Basic {self.transfer.token}'):
                reply = self.transfer.tus(method, path, Authorization=value)
                self.assertEqual((method, reply.status), (method, 401))

    def test_any_valid_token_will_do(self):
        self.transfer.create(10)
        self.transfer.token = self.sandbox.config()['lift']['token']
        self.assertEqual(self.transfer.patch(0, b'0123456789').status, 204)

    def test_head(self):
        self.transfer.create(10)
        reply = self.transfer.tus('HEAD')
        self.assertEqual(reply.status, 200)
        self.assertEqual(reply.headers['Upload-Offset'], '0')
        self.assertEqual(reply.headers['Upload-Length'], '10')
        self.assertEqual(reply.headers['Cache-Control'], 'no-store')
        self.assertEqual(reply.headers['Upload-Metadata'], metadata_of(self.transfer.upload_id))

    def test_patch_in_parts(self):
        self.transfer.create(10)
        reply = self.transfer.patch(0, b'01234')
        self.assertEqual((reply.status, reply.headers['Upload-Offset']), (204, '5'))
        self.assertIn('Upload-Expires', reply.headers)
        self.assertEqual(self.transfer.offset(), 5)
        self.assertEqual(self.transfer.patch(5, b'56789').headers['Upload-Offset'], '10')
        self.assertEqual(self.transfer.patch(10, b'').status, 204)

    def test_patch_refusals_store_nothing(self):
        self.transfer.create(10)
        self.transfer.patch(0, b'012')
        patch = self.transfer.patch
        self.assertEqual(patch(0, b'x').status, 409)
        self.assertEqual(patch(4, b'x').status, 409)
        self.assertEqual(patch(3, b'x' * 8).status, 413)
        self.assertEqual(patch(-1, b'x').status, 400)
        self.assertEqual(patch(None, b'x').status, 400)
        self.assertEqual(patch(3, b'x', Content_Type='application/json').status, 415)
        self.assertEqual(patch(3, b'x', Content_Type=None).status, 415)
        self.assertEqual(self.transfer.offset(), 3)
        upload = self.sandbox.uploads()[0]
        self.assertEqual((upload['refused'], upload['ranges']), (7, [[0, 3, True]]))

    def test_chunked_body_is_taken_up_to_the_length(self):
        self.transfer.create(10)
        reply = self.transfer.patch(0, iter([b'01234', b'56']))
        self.assertEqual((reply.status, reply.headers['Upload-Offset']), (204, '7'))
        self.assertEqual(self.transfer.patch(7, iter([b'789', b'more'])).status, 413)
        self.assertEqual(self.transfer.offset(), 10)

    def test_unknown_uploads_are_404(self):
        for method in ('HEAD', 'DELETE'):
            self.assertEqual(self.transfer.tus(method, '/files/none').status, 404)
        self.transfer.path = '/files/none'
        self.assertEqual(self.transfer.patch(0, b'x').status, 404)

    def test_other_methods_are_405(self):
        self.transfer.create(10)
        for method, path in (('GET', None), ('PUT', None), ('POST', None), ('HEAD', '/files'),
                             ('PATCH', '/files'), ('DELETE', '/files')):
            self.assertEqual(self.transfer.tus(method, path).status, 405)

    def test_method_override(self):
        self.transfer.create(5)
        reply = self.transfer.tus('POST', None, b'01234', Upload_Offset=0,
                                  Content_Type='application/offset+octet-stream',
                                  X_HTTP_Method_Override='PATCH')
        self.assertEqual((reply.status, self.transfer.offset()), (204, 5))

    def test_termination(self):
        self.transfer.create(10)
        self.transfer.patch(0, b'01234')
        self.assertEqual(self.transfer.tus('DELETE').status, 204)
        self.assertEqual(self.transfer.tus('HEAD').status, 410)
        self.assertEqual(self.transfer.patch(5, b'x').status, 410)
        self.assertEqual(self.transfer.tus('DELETE').status, 410)
        self.assertEqual(os.listdir(os.path.join(self.sandbox.data, 'uploads')), [])
        self.assertEqual(self.transfer.step('complete').status, 422)

    def test_connection_is_kept_alive(self):
        import http.client
        self.transfer.create(4)
        connection = http.client.HTTPConnection('127.0.0.1', self.sandbox.port)
        headers = {'Authorization': f'Bearer {self.transfer.token}', 'Tus-Resumable': '1.0.0',
                   'Content-Type': 'application/offset+octet-stream'}
        connection.connect()
        socket = connection.sock
        for offset in range(4):
            connection.request('PATCH', self.transfer.path, b'x',
                               {**headers, 'Upload-Offset': str(offset)})
            response = connection.getresponse()
            response.read()
            self.assertEqual(response.status, 204)
            self.assertIs(connection.sock, socket)
        connection.close()


class Interruption(Case):
    LENGTH = 4 << 20

    def setUp(self):
        super().setUp()
        self.data = os.urandom(self.LENGTH)
        self.transfer = Transfer(self.sandbox)
        self.transfer.begin(self.LENGTH)

    def path(self):
        return os.path.join(self.sandbox.data, 'uploads', self.transfer.path.rsplit('/', 1)[1])

    def size_on_disk(self):
        return os.path.getsize(self.path())

    def finish(self, offset):
        """Sends the rest and checks every byte against what lies on the disk."""
        self.assertEqual(self.transfer.patch(offset, self.data[offset:]).status, 204)
        with open(self.path(), 'rb') as upload:
            self.assertEqual(upload.read(), self.data)
        ranges = self.sandbox.uploads()[0]['ranges']
        ends = [0] + [part[1] for part in ranges]
        self.assertEqual([part[0] for part in ranges], ends[:-1])

    def test_what_arrived_of_a_broken_patch_is_kept(self):
        self.transfer.send_part(0, self.LENGTH, self.data[:1 << 20]).close()
        self.assertTrue(wait_for(lambda: self.sandbox.uploads()[0]['offset'] == 1 << 20))
        self.assertEqual(self.sandbox.uploads()[0]['ranges'], [[0, 1 << 20, False]])
        self.finish(1 << 20)

    def test_head_cuts_off_a_patch_that_hangs(self):
        connection = self.transfer.send_part(0, self.LENGTH, self.data[:100000])
        self.assertTrue(wait_for(lambda: self.size_on_disk() == 100000))
        self.assertEqual(self.transfer.patch(0, b'x').status, 423)
        self.assertEqual(self.transfer.offset(), 100000)
        self.assertEqual(connection.recv(1), b'')
        connection.close()
        self.finish(100000)

    def test_head_cuts_off_a_patch_whose_answer_is_delayed(self):
        self.sandbox.fault('delay', '/files', method='PATCH', milliseconds=300)
        begin = time.monotonic()
        connection = self.transfer.send_part(0, 1000, self.data[:1000])
        self.assertTrue(wait_for(lambda: self.transfer.offset() == 1000))
        self.assertEqual(connection.recv(1), b'')
        connection.close()
        self.assertTrue(wait_for(lambda: time.monotonic() > begin + 0.4))
        self.finish(1000)

    def test_delete_cuts_off_a_patch_that_hangs(self):
        connection = self.transfer.send_part(0, self.LENGTH, self.data[:100000])
        self.assertTrue(wait_for(lambda: self.size_on_disk() == 100000))
        self.assertEqual(self.transfer.tus('DELETE').status, 204)
        self.assertEqual(self.transfer.tus('HEAD').status, 410)
        connection.close()

    def test_restart(self):
        self.transfer.patch(0, self.data[:1000])
        for number in (signal.SIGTERM, signal.SIGINT):
            self.assertEqual(self.sandbox.end(number), 0)
            self.sandbox.start()
            self.assertEqual(self.transfer.offset(), 1000)
        self.finish(1000)

    def test_restart_keeps_what_a_patch_had_brought(self):
        connection = self.transfer.send_part(0, self.LENGTH, self.data[:100000])
        self.assertTrue(wait_for(lambda: self.size_on_disk() == 100000))
        self.sandbox.restart(signal.SIGTERM)
        connection.close()
        self.assertEqual(self.transfer.offset(), 100000)
        self.finish(100000)

    def test_kill_during_a_patch_keeps_the_acknowledged(self):
        offset = 0
        for step in (1, 300000, 700001):
            self.transfer.patch(offset, self.data[offset:offset + step])
            offset += step
            connection = self.transfer.send_part(offset, self.LENGTH - offset,
                                                 os.urandom(200000))
            self.assertTrue(wait_for(lambda: self.size_on_disk() >= offset + 100000))
            self.sandbox.restart(signal.SIGKILL)
            connection.close()
            self.assertEqual(self.transfer.offset(), offset)
        self.finish(offset)

    def test_sessions_and_studies_survive_a_kill(self):
        data = zip_of([('1.5/1.6.dcm', b'a'), ('1.5/1.7.dcm', b'b')])
        first = Transfer(self.sandbox)
        first.deliver(data)
        studies = self.sandbox.studies()
        second = Transfer(self.sandbox)
        second.begin(len(data))
        second.patch(0, data)
        self.sandbox.restart(signal.SIGKILL)
        self.assertEqual(self.sandbox.studies(), studies)
        self.assertEqual(first.step('complete').status, 200)
        self.assertEqual(second.step('complete').status, 200)
        self.assertEqual(self.sandbox.studies()[0]['uploads'], 2)


class Expiration(Case):
    options = ('--upload-lifetime', '1')

    def test_an_upload_expires(self):
        transfer = Transfer(self.sandbox)
        transfer.begin(10)
        self.assertTrue(wait_for(lambda: transfer.tus('HEAD').status == 410))
        self.assertEqual(transfer.patch(0, b'x').status, 410)
        self.assertEqual(self.sandbox.uploads()[0]['state'], 'expired')
        self.assertEqual(os.listdir(os.path.join(self.sandbox.data, 'uploads')), [])


    def test_what_expired_goes_at_the_next_start(self):
        transfer = Transfer(self.sandbox)
        transfer.begin(10)
        uploads = os.path.join(self.sandbox.data, 'uploads')
        with open(os.path.join(uploads, 'stranger'), 'w', encoding='utf-8'):
            pass
        created = time.time()
        self.sandbox.end()
        self.assertTrue(wait_for(lambda: time.time() > created + 1))
        self.sandbox.start()
        self.assertEqual(os.listdir(uploads), [])
        self.assertEqual(self.sandbox.uploads()[0]['state'], 'expired')


class Tokens(Case):
    options = ('--token-lifetime', '1')

    def test_a_token_expires_and_a_fresh_one_goes_on(self):
        transfer = Transfer(self.sandbox)
        transfer.begin(10)
        self.assertTrue(wait_for(lambda: transfer.tus('HEAD').status == 401))
        transfer.token = self.sandbox.config()['lift']['token']
        self.assertEqual(transfer.patch(0, b'0123456789').status, 204)


if __name__ == '__main__':
    tap.main()
