#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Bounce authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Bounce API of the sandbox: answers, refusals, idempotence."""

import http.client
import os
import subprocess
import tempfile
import threading
import uuid

import tap
from sandbox import KEY, Case, Transfer, one_study, sha256, zip_of

FIELDS = {'type', 'mode', 'lift'}
LIFT = {'endpoint', 'token', 'bucket', 'assembly_id'}


class Answers(Case):
    def test_config_has_the_documents_fields_and_is_fresh(self):
        first = self.sandbox.config()
        second = self.sandbox.config()
        self.assertEqual(set(first), FIELDS)
        self.assertEqual(set(first['lift']), LIFT)
        self.assertEqual((first['type'], first['mode']), ('lift', 'bulk'))
        self.assertNotEqual(first['lift']['token'], second['lift']['token'])
        self.assertNotEqual(first['lift']['assembly_id'], second['lift']['assembly_id'])
        self.assertEqual(first['lift']['endpoint'], f'http://127.0.0.1:{self.sandbox.port}/files')

    def test_signature_can_be_used_for_init(self):
        reply = self.sandbox.api('GET', '/api/bounce/signature').json()
        self.assertEqual(set(reply), {'signature', 'expires_at'})
        transfer = Transfer(self.sandbox)
        self.assertEqual(transfer.init(signature=reply['signature']).status, 200)

    def test_messages_are_the_documents(self):
        data = zip_of([('1.5/1.6.dcm', b'a'), ('1.5/1.7.dcm', b'b')])
        transfer = Transfer(self.sandbox)
        self.assertEqual(transfer.init().json(),
                         {'success': True, 'upload_id': transfer.upload_id,
                          'message': 'Upload initialized'})
        self.assertEqual(transfer.step('start').json(),
                         {'success': True, 'message': 'Upload started'})
        transfer.create(len(data))
        transfer.patch(0, data)
        self.assertEqual(transfer.step('complete').json(),
                         {'success': True, 'message': 'Upload completed'})


class Attached(Case):
    """Started by a program: the key comes on standard input, and its end ends the sandbox."""

    def start(self, text):
        data = tempfile.TemporaryDirectory(prefix='bounce-sandbox-')
        self.addCleanup(data.cleanup)
        process = subprocess.Popen(
            [os.environ['BOUNCE_SANDBOX'], '--data', data.name, '--api-key', '-', '--protect',
             '--until-eof'],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(self.end, process)
        process.stdin.write(text)
        process.stdin.flush()
        return process

    @staticmethod
    def end(process):
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            stream.close()

    def test_key_and_end_come_by_standard_input(self):
        process = self.start(KEY + '\n')
        port = int(process.stdout.readline().rsplit(':', 1)[1])
        with open(f'/proc/{process.pid}/cmdline', encoding='utf-8') as line:
            self.assertNotIn(KEY, line.read())
        for path, key, status in (('api/bounce/config', KEY, 200), ('api/bounce/config', 'x', 401),
                                  ('sandbox/studies', KEY, 200), ('sandbox/studies', 'x', 401)):
            connection = http.client.HTTPConnection('127.0.0.1', port, timeout=60)
            connection.request('GET', '/' + path, headers={'Authorization': f'Bearer {key}'})
            self.assertEqual(connection.getresponse().status, status)
            connection.close()
        process.stdin.close()
        self.assertEqual(process.wait(30), 0)

    def test_no_key_on_standard_input(self):
        process = self.start('\n')
        self.assertEqual(process.wait(30), 2)
        self.assertIn('no key', process.stderr.read())


class Refusals(Case):
    def test_wrong_key_is_401_everywhere(self):
        for method, name in (('GET', 'config'), ('GET', 'signature'), ('POST', 'upload/init'),
                             ('POST', 'upload/start'), ('POST', 'upload/complete')):
            for key in ('wrong', ''):
                reply = self.sandbox.api(method, f'/api/bounce/{name}', {}, key)
                self.assertEqual(reply.status, 401, name)
                self.assertFalse(reply.json()['success'])
            self.assertEqual(self.sandbox.request(method, f'/api/bounce/{name}').status, 401)

    def test_unknown_path_and_method(self):
        self.assertEqual(self.sandbox.api('GET', '/api/bounce/other').status, 404)
        self.assertEqual(self.sandbox.api('POST', '/api/bounce/config', {}).status, 405)

    def test_bad_json_is_400(self):
        headers = {'Authorization': 'Bearer aura_au_bounce_user_token_local'}
        for body in ('', '{', '[]', '"x"', '\xff', '{"a":' * 100 + '1' + '}' * 100):
            reply = self.sandbox.request('POST', '/api/bounce/upload/init',
                                         body.encode('latin-1'), headers)
            self.assertEqual(reply.status, 400, body[:10])
            self.assertFalse(reply.json()['success'])

    def test_body_beyond_the_limit_is_413(self):
        headers = {'Authorization': 'Bearer aura_au_bounce_user_token_local'}
        reply = self.sandbox.request('POST', '/api/bounce/upload/init', b' ' * (17 << 20), headers)
        self.assertEqual(reply.status, 413)

    def assert_invalid(self, reply, *fields):
        self.assertEqual(reply.status, 422, reply.body)
        self.assertEqual(reply.json()['message'], 'Validation errors')
        self.assertEqual(set(reply.json()['errors']), set(fields))

    def test_validation_errors_name_the_fields(self):
        transfer = Transfer(self.sandbox)
        self.assert_invalid(transfer.init(mode='other', type=1), 'mode', 'type')
        self.assert_invalid(transfer.init(upload_id='1234'), 'upload_id')
        self.assert_invalid(transfer.init(signature='asm_unknown'), 'signature')
        self.assert_invalid(transfer.init(studies=None), 'studies')
        self.assert_invalid(transfer.init(studies=[]), 'studies')
        self.assert_invalid(transfer.init(studies=[7]), 'studies.0')

    def test_studies_are_checked_in_depth(self):
        transfer = Transfer(self.sandbox)
        for uid in ('', '../1', '1..2', '1.' * 32 + '1', 5):
            self.assert_invalid(transfer.init(studies=[one_study(uid, s1_5=1)]),
                                'studies.0.study_uid')
        for count in (0, -1, 1.5, '3', 100001):
            self.assert_invalid(transfer.init(studies=[one_study(s1_5=count)]),
                                'studies.0.series.0.instances')
        self.assert_invalid(transfer.init(studies=[one_study()]), 'studies.0.series')
        twice = [one_study('1.2', s1_5=1), one_study('1.3', s1_5=1)]
        self.assert_invalid(transfer.init(studies=twice), 'studies')
        many = [one_study('1.2', s1_5=60000, s1_6=60000)]
        self.assert_invalid(transfer.init(studies=many), 'studies')

    def test_key_and_uid_must_agree(self):
        transfer = Transfer(self.sandbox)
        reply = transfer.init(studies={'1.2': {'study_uid': '1.3',
                                               'series': {'1.5': {'instances': 1}}}})
        self.assert_invalid(reply, 'studies.1.2.study_uid')

    def test_steps_need_init_and_its_assembly(self):
        transfer = Transfer(self.sandbox)
        self.assert_invalid(transfer.step('start'), 'upload_id')
        transfer.init()
        self.assert_invalid(transfer.step('start', assembly_id='asm_other'), 'assembly_id')
        self.assert_invalid(transfer.step('complete', type='other'), 'type')

    def test_complete_needs_start_and_bytes(self):
        transfer = Transfer(self.sandbox)
        transfer.init()
        self.assertEqual(transfer.step('complete').json()['message'], 'The upload was not started')
        transfer.step('start')
        self.assertEqual(transfer.step('complete').json()['message'], 'No file was uploaded')
        transfer.create(10)
        transfer.patch(0, b'12345')
        reply = transfer.step('complete')
        self.assertEqual((reply.status, reply.json()['message']),
                         (422, 'The file is not complete'))


class Shapes(Case):
    DATA = zip_of([('1.5/1.6.dcm', b'first'), ('1.5/1.7.dcm', b'second')])

    def assert_delivered(self):
        instances = [{'series_uid': '1.5', 'sop_uid': '1.6', 'size': 5, 'sha256': sha256(b'first')},
                     {'series_uid': '1.5', 'sop_uid': '1.7', 'size': 6,
                      'sha256': sha256(b'second')}]
        self.assertEqual(self.sandbox.studies(),
                         [{'study_uid': '1.2.3', 'patient_name': 'DOE^JOHN', 'uploads': 1,
                           'instances': instances}])

    def test_arrays(self):
        self.assertEqual(Transfer(self.sandbox).deliver(self.DATA).status, 200)
        self.assert_delivered()
        reply = self.sandbox.request('GET', '/sandbox/studies/1.2.3/1.7.dcm')
        self.assertEqual((reply.status, reply.body), (200, b'second'))

    def test_objects_keyed_by_uid(self):
        studies = {'1.2.3': {'patient_name': 'DOE^JOHN', 'accession_no': 'A1',
                             'series': {'1.5': {'series_number': 1, 'instances': 2}}}}
        self.assertEqual(Transfer(self.sandbox, studies).deliver(self.DATA).status, 200)
        self.assert_delivered()

    def test_what_is_not_there_is_404(self):
        Transfer(self.sandbox).deliver(self.DATA)
        for path in ('1.2.3/1.8.dcm', '1.2.4/1.7.dcm', '1.2.3/1.7', '1.2.3/../1.7.dcm', ''):
            self.assertEqual(self.sandbox.request('GET', '/sandbox/studies/' + path).status, 404)


class Idempotence(Case):
    DATA = Shapes.DATA

    def test_init_again_is_the_same_but_not_with_other_contents(self):
        transfer = Transfer(self.sandbox)
        self.assertEqual(transfer.init().body, transfer.init().body)
        self.assertEqual(transfer.init(studies=[one_study(s1_5=3)]).status, 422)
        other = self.sandbox.config()['lift']['assembly_id']
        self.assertEqual(transfer.init(signature=other).status, 422)

    def test_steps_again_change_nothing(self):
        transfer = Transfer(self.sandbox)
        first = transfer.deliver(self.DATA)
        again = transfer.step('complete')
        self.assertEqual((again.status, again.body), (200, first.body))
        self.assertEqual(transfer.step('start').status, 200)
        self.assertEqual(transfer.step('complete').status, 200)
        self.assertEqual(self.sandbox.studies()[0]['uploads'], 1)
        self.assertEqual(transfer.offset(), len(self.DATA))

    def test_complete_at_the_same_time_unpacks_once(self):
        data = zip_of([('1.5/1.6.dcm', bytes(30 << 20)), ('1.5/1.7.dcm', b'b')])
        transfer = Transfer(self.sandbox)
        transfer.begin(len(data))
        transfer.patch(0, data)
        replies = []
        threads = [threading.Thread(target=lambda: replies.append(transfer.step('complete')))
                   for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual([reply.status for reply in replies], [200] * 4)
        self.assertEqual(self.sandbox.studies()[0]['uploads'], 1)

    def test_second_transfer_adds_and_replaces(self):
        Transfer(self.sandbox).deliver(self.DATA)
        data = zip_of([('1.5/1.7.dcm', b'newer'), ('1.5/1.8.dcm', b'third')])
        Transfer(self.sandbox).deliver(data)
        study = self.sandbox.studies()[0]
        self.assertEqual(study['uploads'], 2)
        self.assertEqual([(i['sop_uid'], i['sha256']) for i in study['instances']],
                         [('1.6', sha256(b'first')), ('1.7', sha256(b'newer')),
                          ('1.8', sha256(b'third'))])

    def test_upload_ids_do_not_mix(self):
        first = Transfer(self.sandbox)
        first.begin(len(self.DATA))
        second = Transfer(self.sandbox)
        second.upload_id = str(uuid.uuid4())
        second.init()
        second.step('start')
        self.assertEqual(second.step('complete').status, 422)


if __name__ == '__main__':
    tap.main()
