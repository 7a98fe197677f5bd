#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Bounce authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The behaviours that tests can switch on, and the command line."""

import http.client
import os
import subprocess
import time

import tap
from sandbox import KEY, Case, Sandbox, Transfer, wait_for, zip_of

CONFIG = '/api/bounce/config'
DATA = zip_of([('1.5/1.6.dcm', b'a'), ('1.5/1.7.dcm', b'b')])


class Faults(Case):
    def test_status_counts_down(self):
        self.sandbox.fault('status', CONFIG, status=503, retry_after='7', count=2)
        for _ in range(2):
            reply = self.sandbox.api('GET', CONFIG)
            self.assertEqual((reply.status, reply.headers['Retry-After']), (503, '7'))
        self.assertEqual(self.sandbox.api('GET', CONFIG).status, 200)

    def test_a_row_of_answers_comes_in_order(self):
        for status in (500, 429, 401):
            self.sandbox.fault('status', CONFIG, status=status)
        answers = [self.sandbox.api('GET', CONFIG).status for _ in range(4)]
        self.assertEqual(answers, [500, 429, 401, 200])

    def test_path_and_method_choose(self):
        self.sandbox.fault('status', '/files', method='HEAD', status=500)
        transfer = Transfer(self.sandbox)
        transfer.begin(10)
        self.assertEqual(transfer.patch(0, b'x').status, 204)
        self.assertEqual(transfer.tus('HEAD').status, 500)
        self.assertEqual(transfer.tus('HEAD').status, 200)

    def test_list_and_clear(self):
        self.sandbox.fault('status', CONFIG, status=500, count=3)
        self.sandbox.api('GET', CONFIG)
        left = self.sandbox.api('GET', '/sandbox/faults').json()
        self.assertEqual([(f['fault'], f['count']) for f in left], [('status', 2)])
        self.assertEqual(self.sandbox.api('DELETE', '/sandbox/faults').json(), [])
        self.assertEqual(self.sandbox.api('GET', CONFIG).status, 200)

    def test_what_cannot_be_is_refused(self):
        for fault in ({}, {'fault': 'status', 'path': '/'}, {'fault': 'other', 'path': '/'},
                      {'fault': 'status', 'status': 500}, {'fault': 'nested', 'path': '/',
                                                            'depth': 'deep'},
                      {'fault': 'lose', 'path': '/', 'count': 0}):
            reply = self.sandbox.api('POST', '/sandbox/faults', fault)
            self.assertEqual(reply.status, 422, fault)

    def test_body_and_nested(self):
        self.sandbox.fault('body', CONFIG, body='<html>', status=200)
        self.assertEqual(self.sandbox.api('GET', CONFIG).body, b'<html>')
        self.sandbox.fault('nested', CONFIG, depth=5000)
        self.assertEqual(self.sandbox.api('GET', CONFIG).body.count(b'['), 4999)

    def test_headers(self):
        self.sandbox.fault('deprecated', CONFIG, sunset='Sat, 01 Jan 2028 00:00:00 GMT')
        reply = self.sandbox.api('GET', CONFIG)
        self.assertEqual((reply.headers['X-Deprecated'], reply.headers['Sunset']),
                         ('true', 'Sat, 01 Jan 2028 00:00:00 GMT'))
        transfer = Transfer(self.sandbox)
        transfer.init()
        transfer.step('start')
        self.sandbox.fault('header', '/files', name='Location', value='http://elsewhere/x')
        self.assertEqual(transfer.create(5).headers['Location'], 'http://elsewhere/x')

    def test_offset_is_a_lie(self):
        transfer = Transfer(self.sandbox)
        transfer.begin(10)
        self.sandbox.fault('offset', '/files', method='HEAD', delta=1000)
        self.assertEqual((transfer.offset(), transfer.offset()), (1000, 0))

    def test_short_stores_less_and_says_so(self):
        transfer = Transfer(self.sandbox)
        transfer.begin(10)
        self.sandbox.fault('short', '/files', bytes=4)
        self.assertEqual(transfer.patch(0, b'0123456789').headers['Upload-Offset'], '4')
        self.assertEqual(transfer.patch(4, b'456789').headers['Upload-Offset'], '10')

    def test_drop_cuts_the_connection_and_keeps_the_bytes(self):
        transfer = Transfer(self.sandbox)
        data = os.urandom(1 << 20)
        transfer.begin(len(data))
        self.sandbox.fault('drop', '/files', method='PATCH', bytes=300000)
        with self.assertRaises((OSError, http.client.HTTPException)):
            transfer.patch(0, data)
        self.assertEqual(transfer.offset(), 300000)
        self.assertEqual(transfer.patch(300000, data[300000:]).status, 204)

    def test_drop_of_an_api_call(self):
        self.sandbox.fault('drop', CONFIG, bytes=0)
        with self.assertRaises((OSError, http.client.HTTPException)):
            self.sandbox.api('GET', CONFIG)
        self.assertEqual(self.sandbox.api('GET', CONFIG).status, 200)

    def test_lose_does_it_and_says_nothing(self):
        transfer = Transfer(self.sandbox)
        transfer.begin(len(DATA))
        self.sandbox.fault('lose', '/files', method='PATCH')
        with self.assertRaises((OSError, http.client.HTTPException)):
            transfer.patch(0, DATA)
        self.assertEqual(transfer.offset(), len(DATA))
        self.sandbox.fault('lose', '/api/bounce/upload/complete')
        with self.assertRaises((OSError, http.client.HTTPException)):
            transfer.step('complete')
        self.assertEqual(transfer.step('complete').status, 200)
        self.assertEqual(self.sandbox.studies()[0]['uploads'], 1)

    def test_delay(self):
        self.sandbox.fault('delay', CONFIG, milliseconds=300)
        begin = time.monotonic()
        self.assertEqual(self.sandbox.api('GET', CONFIG).status, 200)
        self.assertGreaterEqual(time.monotonic() - begin, 0.3)

    def test_delay_does_not_hold_up_the_end(self):
        self.sandbox.fault('delay', CONFIG, milliseconds=600000)
        connection = http.client.HTTPConnection('127.0.0.1', self.sandbox.port, timeout=60)
        self.addCleanup(connection.close)
        connection.request('GET', CONFIG, headers={'Authorization': f'Bearer {KEY}'})
        self.assertTrue(wait_for(lambda: self.sandbox.api('GET', '/sandbox/faults').json() == []))
        self.assertEqual(self.sandbox.end(), 0)
        with self.assertRaises((OSError, http.client.HTTPException)):
            connection.getresponse()

    def test_expired_tokens(self):
        transfer = Transfer(self.sandbox)
        transfer.begin(10)
        self.sandbox.api('POST', '/sandbox/expire-tokens')
        self.assertEqual(transfer.tus('HEAD').status, 401)
        transfer.token = self.sandbox.config()['lift']['token']
        self.assertEqual(transfer.offset(), 0)

    def test_control_itself_never_fails(self):
        self.sandbox.fault('status', '/', status=500, count=100)
        self.assertEqual(self.sandbox.api('GET', '/sandbox/studies').status, 200)
        self.assertEqual(self.sandbox.api('GET', CONFIG).status, 500)


class CommandLine(Case):
    def run_with(self, *arguments):
        return subprocess.run([os.environ['BOUNCE_SANDBOX'], *arguments], capture_output=True,
                              text=True, timeout=30)

    def test_help_and_version(self):
        text = self.run_with('--help').stdout
        for word in ('NEVER a production server', '/sandbox/faults', 'nested', '--listen'):
            self.assertIn(word, text)
        self.assertRegex(self.run_with('--version').stdout, r'^bounce-sandbox \d')

    def test_wrong_use_is_2(self):
        data = os.path.join(self.sandbox.data, 'other')
        for arguments in ((), ('--data', data), ('--api-key', KEY), ('--nonsense',),
                          ('--data', data, '--api-key', KEY, '--port', '70000'),
                          ('--data', data, '--api-key', KEY, 'argument'),
                          ('--data', data, '--api-key', KEY, '--token-lifetime', '-1')):
            result = self.run_with(*arguments)
            self.assertEqual((result.returncode, result.stdout), (2, ''), arguments)
            self.assertEqual(result.stderr.count('\n'), 1)

    def test_one_sandbox_a_directory_and_a_port(self):
        result = self.run_with('--data', self.sandbox.data, '--api-key', KEY)
        self.assertEqual(result.returncode, 1)
        data = os.path.join(self.sandbox.data, 'other')
        result = self.run_with('--data', data, '--api-key', KEY, '--port', str(self.sandbox.port))
        self.assertEqual(result.returncode, 1)
        self.assertIn('in use', result.stderr)
        result = self.run_with('--data', data, '--api-key', KEY, '--listen', 'somewhere')
        self.assertEqual(result.returncode, 1)

    def test_a_key_that_bounce_refuses_is_told(self):
        result = self.run_with('--data', self.sandbox.data, '--api-key', 'colour')
        self.assertIn('Bounce will not take this key: the API key is not valid: ', result.stderr)
        result = self.run_with('--data', self.sandbox.data, '--api-key', KEY)
        self.assertNotIn('will not take', result.stderr)

    def test_listening_wider_asks_for_the_key(self):
        wide = Sandbox('--listen', '0.0.0.0')
        self.addCleanup(wide.remove)
        self.assertEqual(wide.request('GET', '/sandbox/studies').status, 401)
        self.assertEqual(wide.api('GET', '/sandbox/studies').status, 200)

    def test_public_url(self):
        other = Sandbox('--public-url', 'http://proxy:8080/')
        self.addCleanup(other.remove)
        self.assertEqual(other.config()['lift']['endpoint'], 'http://proxy:8080/files')


if __name__ == '__main__':
    tap.main()
