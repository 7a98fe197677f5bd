#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Bounce authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every documented command and event, through D-Bus, with its texts and names word for word."""

import json
import os
import re
import socket
import subprocess
import sys
import threading
import unittest
import urllib.request

import harness

DESTINATION = 'cloud.aurabox.Bounce.Service'
PATH = '/cloud/aurabox/Bounce'
INTERFACE = 'cloud.aurabox.Bounce1'
ERROR = 'GDBus.Error:cloud.aurabox.Bounce1.Error.'
ISO_TIME = re.compile(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$')
UNKNOWN = '1.2.3.4.5'
UPLOAD_ID = '550e8400-e29b-41d4-a716-446655440000'
LONG = 3600


class Watch:
    """bouncectl watch --json, and what it printed so far."""

    def __init__(self, bounced):
        place = bounced.place
        self.process = harness.Process(place, 'watch',
                                       [harness.program('bouncectl'), 'watch', '--json'])
        # Subscribed is when a line of ours comes back.
        harness.wait_for(lambda: bounced.ctl('log', 'watching') and self.logs('watching'),
                         'watch to begin')

    def events(self):
        lines = self.process.text().split('\n')[:-1]
        return [json.loads(line) for line in lines if line.startswith('{')]

    def payloads(self, event):
        return [entry['payload'] for entry in self.events() if entry['event'] == event]

    def logs(self, start):
        return [text for text in self.payloads('log') if text.startswith(start)]

    def wait_for_log(self, text):
        harness.wait_for(lambda: text in self.payloads('log'),
                         lambda: f'"{text}" in {self.payloads("log")}')


class Commands(unittest.TestCase):
    """A private bus, a sandbox and a bounced for each test."""

    def start(self, sandbox_options=(), bus_rules='', **settings):
        self.place = self.enterContext(harness.Place())
        self.place.start_bus(bus_rules)
        self.sandbox = harness.Sandbox(self.place, *sandbox_options)
        self.bounced = harness.Bounced(self.place, self.sandbox, bus='session', **settings).start()
        return self.bounced

    def call(self, method, *arguments):
        """gdbus call: (exit status, output)."""
        done = self.place.run('gdbus', 'call', '--session', '--timeout', '60', '--dest',
                              DESTINATION, '--object-path', PATH, '--method',
                              f'{INTERFACE}.{method}', *arguments, check=False)
        return done.returncode, done.stdout + done.stderr

    def assert_error(self, name, text, method, *arguments):
        """The D-Bus error has this name and a message that starts with this text."""
        status, output = self.call(method, *arguments)
        self.assertNotEqual(status, 0, output)
        self.assertIn(f'{ERROR}{name}: {text}', output)

    def assert_ctl_error(self, text, *arguments, status=1):
        done = self.bounced.ctl(*arguments, check=False)
        self.assertEqual(done.returncode, status, done.stderr)
        self.assertIn(text, done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)

    def study(self, uid):
        return self.bounced.studies().get(uid)

    def wait_for_status(self, uid, status):
        harness.wait_for(lambda: (self.study(uid) or {}).get('status') == status,
                         lambda: f'{status}: {self.study(uid)}')

    def send_phantom(self, name='phantom', count=4, seed=1, small=True):
        options = ['--count', str(count), '--series', '2', '--seed', str(seed)]
        phantom = self.place.phantom(name, *options, *(['--small'] if small else []))
        self.bounced.rawsend(phantom.folder)
        return phantom

    def hold_uploads(self, milliseconds=60000):
        """Uploads begin and do not end."""
        self.sandbox.post('/sandbox/faults', {'fault': 'delay', 'path': '/', 'method': 'PATCH',
                                              'count': 100, 'milliseconds': milliseconds})

    def base_entries(self):
        return sorted(os.listdir(self.bounced.base_dir))


class Receiving(Commands):
    """receiver_start, receiver_stop and the way of a study."""

    def test_a_study_is_sent_and_told_word_for_word(self):
        self.start()
        watch = Watch(self.bounced)
        self.bounced.ctl('stop')
        self.bounced.ctl('start')
        phantom = self.send_phantom()
        uid = phantom.uids[0]
        self.wait_for_status(uid, 'SENT')
        for text in ('Stopping server', 'Starting server', 'New association from RAWSEND',
                     f'Received StudyInstanceUID: {uid}', f'Sending study {uid}',
                     f'Study data sent to aurabox {uid}'):
            watch.wait_for_log(text)
        self.assertEqual(len(watch.logs(f'Received StudyInstanceUID: {uid}')), 1)
        self.assertIn({'study_uid': uid}, watch.payloads('queue-study'))
        harness.wait_for(lambda: watch.payloads('upload-progress')[-1]['progress'] == 100,
                         lambda: f'100 %: {watch.payloads("upload-progress")}')
        last = watch.payloads('upload-progress')[-1]
        self.assertEqual(sorted(last), ['progress', 'study_uid', 'total', 'uploaded'])
        self.assertEqual(last['study_uid'], uid)
        self.assertEqual(last['uploaded'], last['total'])
        self.assertEqual(last['progress'], 100)
        self.assertTrue(any(uid in uids for uids in watch.payloads('studies-changed')))

    def test_studies_json_is_the_documents(self):
        self.start()
        uid = self.send_phantom(small=False).uids[0]
        self.wait_for_status(uid, 'SENT')
        study = self.study(uid)
        for name in ('study_uid', 'patient_name', 'patient_id', 'study_date', 'study_description',
                     'modality', 'status', 'created_at', 'updated_at'):
            self.assertIsInstance(study[name], str, name)
        self.assertIsInstance(study['id'], int)
        self.assertIn('^', study['patient_name'])
        self.assertRegex(study['study_date'], r'^\d{8}$')
        self.assertEqual(study['modality'], 'CT')
        for name in ('created_at', 'updated_at', 'delivered_at'):
            self.assertRegex(study[name], ISO_TIME)
        self.assertNotIn(None, study.values())
        self.assertEqual(study['instances'], 4)
        table = self.bounced.ctl('studies').stdout
        self.assertIn('SENT', table)
        self.assertIn(uid, table)
        self.assertIn('Page 1 of 1, 1 study\n', table)

    def test_start_and_stop(self):
        self.start()
        self.bounced.ctl('start')
        self.assertEqual(self.bounced.ctl_json('status')['receiver'], 'running')
        self.bounced.ctl('stop')
        self.bounced.ctl('stop')
        status = self.bounced.ctl_json('status')
        self.assertEqual(status['receiver'], 'stopped')
        self.assertNotIn('endpoint', status)
        with self.assertRaises(ConnectionRefusedError):
            socket.create_connection(('127.0.0.1', self.bounced.port), 5)
        self.bounced.ctl('start')
        self.place.run('echoscu', '-aec', 'BOUNCE', '127.0.0.1', str(self.bounced.port))

    def test_uploading_does_not_need_the_receiver(self):
        self.start(quiet_period_seconds=2)
        uid = self.send_phantom().uids[0]
        self.bounced.ctl('stop')
        self.wait_for_status(uid, 'SENT')

    def test_address_in_use(self):
        self.start()
        self.bounced.ctl('stop')
        with socket.socket() as taken:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            taken.bind(('127.0.0.1', self.bounced.port))
            taken.listen()
            watch = Watch(self.bounced)
            self.assert_ctl_error('Failed to start server: Address already in use\n', 'start')
            self.assert_error('StartFailed', 'Failed to start server: Address already in use\n',
                              'ReceiverStart')
            watch.wait_for_log('Failed to start server: Address already in use')
        self.bounced.ctl('start')
        codes = [event['code'] for event in self.bounced.ctl_json('events')]
        self.assertIn('receiver-failed', codes)

    def test_status(self):
        self.start()
        status = self.bounced.ctl_json('status')
        self.assertEqual(status['receiver'], 'running')
        self.assertEqual(status['endpoint'], self.bounced.peer)
        self.assertEqual(status['ae_title'], 'BOUNCE')
        self.assertEqual(status['counts'], {'RECEIVED': 0, 'UPLOADING': 0, 'SENT': 0, 'ERROR': 0})
        self.assertGreater(status['free_bytes'], 0)
        self.assertRegex(status['version'], r'^\d+\.\d+\.\d+$')
        self.assertEqual(status['restart_needed'], [])
        text = self.bounced.ctl('status').stdout
        self.assertIn(f'running on {self.bounced.peer} as BOUNCE', text)


class Sending(Commands):
    """send_study and api_start_upload."""

    def test_before_it_is_due(self):
        self.start(quiet_period_seconds=LONG)
        uid = self.send_phantom().uids[0]
        self.assertRegex(self.study(uid)['receiving_until'], ISO_TIME)
        self.assertEqual(self.study(uid)['status'], 'RECEIVED')
        self.assertEqual(self.bounced.ctl('send', uid).stdout, f'Queued {uid}\n')
        self.wait_for_status(uid, 'SENT')

    def test_a_sent_study_again(self):
        self.start()
        phantom = self.send_phantom()
        uid = phantom.uids[0]
        self.wait_for_status(uid, 'SENT')
        self.assertEqual(self.call('SendStudy', uid)[0], 0)
        harness.wait_for(lambda: self.sandbox.studies()[0]['uploads'] == 2, 'a second upload')
        self.wait_for_status(uid, 'SENT')
        ids = {upload['upload_id'] for upload in self.sandbox.uploads()}
        self.assertEqual(len(ids), 2)
        expected = {(uid, harness.meta_of(harness.read(file))[3]):
                    harness.dataset_of(harness.read(file)) for file in phantom.files}
        harness.wait_until_delivered(self.sandbox, expected)
        transfers = self.bounced.ctl_json('transfers', uid)
        self.assertEqual([transfer['state'] for transfer in transfers], ['delivered'] * 2)
        self.assertEqual({transfer['upload_id'] for transfer in transfers}, ids)

    def test_after_its_files_were_removed(self):
        self.start(delete_after_success='yes')
        uid = self.send_phantom().uids[0]
        self.wait_for_status(uid, 'SENT')
        harness.wait_for(lambda: self.study(uid)['local_instances'] == 0, 'files to be removed')
        self.assert_error('SendFailed', 'send study panic: ', 'SendStudy', uid)
        self.assertEqual(self.study(uid)['status'], 'SENT')

    def test_while_it_is_uploading(self):
        self.start()
        self.hold_uploads()
        uid = self.send_phantom().uids[0]
        self.wait_for_status(uid, 'UPLOADING')
        self.assert_error('SendFailed', 'send study panic: ', 'SendStudy', uid)

    def test_stopped_while_uploading(self):
        """A stop interrupts the upload at once; it continues as the same one after the start."""
        self.start()
        self.hold_uploads()
        uid = self.send_phantom().uids[0]
        self.wait_for_status(uid, 'UPLOADING')
        harness.wait_for(self.sandbox.uploads, 'the upload to begin')
        self.assertEqual(self.bounced.process.stop(patience=20), 0)
        request = urllib.request.Request(self.sandbox.url + '/sandbox/faults', method='DELETE')
        with urllib.request.urlopen(request, timeout=60):
            pass
        self.bounced.start()
        self.wait_for_status(uid, 'SENT')
        self.assertEqual(len({upload['upload_id'] for upload in self.sandbox.uploads()}), 1)
        self.assertEqual(len(self.bounced.ctl_json('transfers', uid)), 1)

    def test_what_does_not_exist(self):
        self.start()
        for uid in (UNKNOWN, '../../etc/passwd', '1..2', '1' * 65, ''):
            self.assert_error('SendFailed', 'send study panic: ', 'SendStudy', uid)
            self.assert_error('DeleteFailed', 'delete study panic: ', 'DeleteStudy', uid)
        self.assert_ctl_error('send study panic: ', 'send', UNKNOWN)

    def test_some_of_several(self):
        self.start(quiet_period_seconds=LONG)
        uid = self.send_phantom().uids[0]
        done = self.bounced.ctl('send', UNKNOWN, uid, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(f'{UNKNOWN}: send study panic: ', done.stderr)
        self.wait_for_status(uid, 'SENT')

    def test_in_error(self):
        self.start()
        self.sandbox.post('/sandbox/faults', {'fault': 'status', 'path': '/api/bounce/upload/init',
                                              'method': 'POST', 'count': 1, 'status': 422})
        uid = self.send_phantom().uids[0]
        self.wait_for_status(uid, 'ERROR')
        self.assertEqual(self.study(uid)['reason'], 'rejected')
        self.bounced.ctl('send', uid)
        self.wait_for_status(uid, 'SENT')

    def test_the_next_attempt_is_never_in_no_time(self):
        self.start(retry_base_seconds=1)
        self.sandbox.post('/sandbox/faults', {'fault': 'status', 'path': '/api/bounce/upload/init',
                                              'method': 'POST', 'count': 3, 'status': 503})
        uid = self.send_phantom().uids[0]
        self.wait_for_status(uid, 'SENT')
        texts = [event['text'] for event in self.bounced.ctl_json('events', uid)
                 if event['code'] == 'study-retry']
        self.assertEqual(len(texts), 3)
        for text in texts:
            self.assertRegex(text, 'the server is busy. Next attempt in [1-9][0-9]* seconds?$')
        self.assertIn(f'Sending study {uid} failed: upload/init: the server answered 503',
                      self.bounced.process.text())

    def test_without_a_key_studies_wait_and_say_so(self):
        self.start()
        self.bounced.stop()
        self.place.env.pop('BOUNCE_API_KEY')
        self.bounced.start()
        watch = Watch(self.bounced)
        self.send_phantom()
        watch.wait_for_log('No API key is set: studies are kept and wait')
        self.assertTrue(self.bounced.ctl('studies').stdout.endswith(
            '1 study\nUploads are paused: no API key is set\n'))

    def test_api_start_upload(self):
        self.start(quiet_period_seconds=LONG)
        uid = self.send_phantom().uids[0]
        request = urllib.request.Request(self.sandbox.url + '/api/bounce/config', headers={
            'Authorization': f'Bearer {harness.API_KEY}'})
        with urllib.request.urlopen(request, timeout=60) as answer:
            text = answer.read().decode()
        assembly_id = re.search(r'"assembly_id"\s*:\s*"([^"]+)"', text).group(1)
        self.bounced.ctl('api-start-upload', uid, assembly_id, UPLOAD_ID, assembly_id)
        self.assert_error('Invalid', 'signature and assembly_id', 'ApiStartUpload', uid, '',
                          UPLOAD_ID, 'asm_0')
        self.assert_error('Invalid', 'signature and assembly_id', 'ApiStartUpload', uid, 'asm_0',
                          'no-uuid', 'asm_0')
        self.assert_error('Invalid', 'not a Study Instance UID', 'ApiStartUpload', '1..2', 'asm_0',
                          UPLOAD_ID, 'asm_0')
        self.assertEqual(self.study(uid)['status'], 'RECEIVED')


class Removing(Commands):
    """delete_study and reset_app."""

    def assert_gone(self, uid):
        self.assertIsNone(self.study(uid))
        self.assertFalse([name for name in self.base_entries() if name.startswith(uid)])

    def test_delete(self):
        self.start()
        uid = self.send_phantom().uids[0]
        self.wait_for_status(uid, 'SENT')
        self.assert_ctl_error('add --yes', 'delete', uid, status=2)
        self.assertIsNotNone(self.study(uid))
        self.bounced.ctl('delete', uid, '--yes')
        self.assert_gone(uid)
        self.assert_error('DeleteFailed', 'delete study panic: ', 'DeleteStudy', uid)

    def test_delete_while_uploading(self):
        self.start()
        self.hold_uploads()
        uid = self.send_phantom().uids[0]
        self.wait_for_status(uid, 'UPLOADING')
        harness.wait_for(self.sandbox.uploads, 'the upload to begin')
        self.bounced.ctl('delete', uid, '--yes')
        self.assert_gone(uid)
        harness.wait_for(lambda: all(upload['state'] == 'terminated'
                                     for upload in self.sandbox.uploads()), 'TUS DELETE')
        self.assertEqual(self.sandbox.studies(), [])

    def test_delete_while_receiving(self):
        """What arrives after the deletion is a study of its own; every Success is there or was
        deleted, and nothing lies about."""
        self.start(quiet_period_seconds=LONG)
        phantom = self.place.phantom('slow', '--small', '--count', '200')
        uid = phantom.uids[0]
        sender = threading.Thread(
            target=lambda: self.bounced.rawsend('--interval', '5000', phantom.folder))
        sender.start()
        self.addCleanup(sender.join)
        harness.wait_for(lambda: (self.study(uid) or {}).get('instances', 0) > 10, 'images')
        self.bounced.ctl('delete', uid, '--yes')
        left = (self.study(uid) or {}).get('instances', 0)
        sender.join()
        study = self.study(uid)
        self.assertIsNotNone(study)
        self.assertGreaterEqual(study['instances'], left)
        self.assertLess(study['instances'], len(phantom.files))
        folder = os.path.join(self.bounced.base_dir, uid)
        held = sum(len(files) for _, _, files in os.walk(folder))
        self.assertEqual(held, study['instances'])
        self.bounced.ctl('delete', uid, '--yes')
        self.assert_gone(uid)

    def test_reset(self):
        self.start()
        sent = self.send_phantom('sent').uids[0]
        self.wait_for_status(sent, 'SENT')
        self.hold_uploads()
        uploading = self.send_phantom('uploading', seed=2).uids[0]
        self.wait_for_status(uploading, 'UPLOADING')
        self.bounced.ctl('config', 'set', 'quiet_period_seconds', str(LONG))
        self.send_phantom('received', seed=3)
        before = self.bounced.ctl_json('config', 'get')
        self.assert_ctl_error('add --yes', 'reset', status=2)
        self.assertEqual(len(self.bounced.studies()), 3)
        self.bounced.ctl('reset', '--yes')
        self.assertEqual(self.bounced.studies(), {})
        self.assertEqual([name for name in self.base_entries() if not name.startswith('.')], [])
        self.assertEqual(self.bounced.ctl_json('config', 'get'), before)
        self.assertEqual(self.bounced.ctl_json('status')['receiver'], 'running')
        self.sandbox.process.popen.poll()
        again = self.send_phantom('again', seed=4).uids[0]
        self.assertEqual(self.study(again)['status'], 'RECEIVED')

    def test_reset_when_a_file_cannot_go(self):
        self.start(quiet_period_seconds=LONG)
        phantom = self.send_phantom()
        uid = phantom.uids[0]
        folder = os.path.join(self.bounced.base_dir, uid)
        victim = next(os.path.join(at, name) for at, _, names in os.walk(folder) for name in names)
        os.unlink(victim)
        os.makedirs(os.path.join(victim, 'in the way'))
        self.assert_error('ClearStudy', 'clear study panic: ', 'ResetApp')
        self.assert_error('DeleteFailed', 'delete study panic: ', 'DeleteStudy', uid)
        self.assertIsNotNone(self.study(uid))
        os.rmdir(os.path.join(victim, 'in the way'))
        os.rmdir(victim)
        self.bounced.ctl('reset', '--yes')
        self.assert_gone(uid)

    def test_reset_when_the_database_fails(self):
        self.start(quiet_period_seconds=LONG)
        self.send_phantom()
        self.place.run('sqlite3', '-cmd', '.timeout 5000',
                       os.path.join(self.bounced.data_dir, 'bounce.db'),
                       'ALTER TABLE deliveries RENAME TO elsewhere')
        self.assert_error('ClearStudies', 'clear studies panic: ', 'ResetApp')

    def test_reset_spares_what_is_not_ours(self):
        self.start()
        uid = self.send_phantom().uids[0]
        self.wait_for_status(uid, 'SENT')
        stranger = os.path.join(self.bounced.base_dir, 'holiday.jpg')
        with open(stranger, 'wb') as file:
            file.write(b'beach')
        self.bounced.ctl('reset', '--yes')
        self.assertEqual(harness.read(stranger), b'beach')


class Listing(Commands):
    """current_studies and its options."""

    def test_pages_search_and_sort(self):
        self.start(quiet_period_seconds=LONG)
        phantom = self.place.phantom('many', '--small', '--count', '1', '--series', '1',
                                     '--studies', '12')
        self.bounced.rawsend(phantom.folder)
        self.assertEqual(len(self.bounced.ctl_json('studies')), 10)
        self.assertEqual(len(self.bounced.ctl_json('studies', '--page', '2')), 2)
        self.assertEqual(self.bounced.ctl_json('studies', '--page', '3'), [])
        everything = self.bounced.ctl_json('studies', '--limit', '100')
        self.assertEqual({study['study_uid'] for study in everything}, set(phantom.uids))
        ids = [study['id'] for study in everything]
        self.assertEqual(ids, sorted(ids, reverse=True))
        rising = self.bounced.ctl_json('studies', '--limit', '100', '--sort', 'received')
        self.assertEqual([study['id'] for study in rising], ids[::-1])
        found = self.bounced.ctl_json('studies', '--search', phantom.uids[3])
        self.assertEqual([study['study_uid'] for study in found], [phantom.uids[3]])
        self.assertEqual(self.bounced.ctl_json('studies', '--status', 'SENT'), [])
        self.assertEqual(len(self.bounced.ctl_json('studies', '--status', 'RECEIVED')), 10)

    def test_a_page_that_cannot_be(self):
        self.start()
        self.assert_error('Invalid', 'limit 10001 is not between 1 and 10000', 'CurrentStudies',
                          '1', '10001', '{}')
        self.assert_error('Invalid', 'unknown option or wrong type: colour', 'CurrentStudies',
                          '1', '10', "{'colour': <'red'>}")
        self.assert_error('Invalid', 'unknown option or wrong type: sort', 'CurrentStudies',
                          '1', '10', "{'sort': <3>}")
        self.assert_error('Invalid', '', 'CurrentStudies', '1', '10', "{'sort': <'colour'>}")
        self.assert_error('Invalid', 'limit 1001 is not between 1 and 1000', 'Events', '', '1001')
        status, output = self.call('CurrentStudies', '0', '0', '{}')
        self.assertEqual((status, output.strip()), (0, '(@aa{sv} [], uint64 0)'))


class Settings(Commands):
    """config get and set."""

    def test_get_masks_the_key(self):
        self.start()
        config = self.bounced.ctl_json('config', 'get')
        self.assertEqual(self.bounced.ctl_json('config', 'get', 'api_key'), config['api_key'])
        self.assertEqual(self.bounced.ctl_json('config', 'get', 'port'), config['port'])
        self.assertEqual(config['port'], self.bounced.port)
        self.assertEqual(config['ae_title'], 'BOUNCE')
        self.assertEqual(config['base_dir'], self.bounced.base_dir)
        self.assertIn('****', config['api_key'])
        for output in (json.dumps(config), self.call('ConfigGet')[1],
                       self.bounced.process.text()):
            self.assertNotIn('e2etoken', output)
        self.assertEqual(self.bounced.ctl('config', 'get', 'ae_title').stdout, 'BOUNCE\n')
        self.assert_ctl_error('colour is not set or not a setting', 'config', 'get', 'colour')

    def test_set_says_when(self):
        self.start()
        for key, value, effect in (('quiet_period_seconds', '7', 'now'),
                                   ('delete_after_success', 'yes', 'now'),
                                   ('retry_base_seconds', '9', 'now'),
                                   ('ae_title', 'OTHER', 'receiver-restart')):
            self.assertEqual(self.call('ConfigSet', key, value)[1].strip(), f"('{effect}',)", key)
        with open(self.bounced.config, encoding='utf-8') as file:
            kept = json.load(file)
        self.assertEqual(kept['ae_title'], 'OTHER')
        self.assertEqual(int(kept['quiet_period_seconds']), 7)
        status = self.bounced.ctl_json('status')
        self.assertEqual(status['ae_title'], 'BOUNCE')
        self.assertEqual(status['restart_needed'], ['receiver'])
        self.bounced.ctl('stop')
        self.bounced.ctl('start')
        status = self.bounced.ctl_json('status')
        self.assertEqual((status['ae_title'], status['restart_needed']), ('OTHER', []))

    def test_wrong_values(self):
        self.start()
        before = self.bounced.ctl_json('config', 'get')
        for key, value, allowed in (('port', '65536', '65535'), ('port', 'x', '65535'),
                                    ('ae_title', 'A' * 17, '16'), ('ip_address', 'here', 'IPv4'),
                                    ('api_endpoint', 'http://example.org', 'https'),
                                    ('delete_after_success', 'maybe', 'yes or no')):
            status, output = self.call('ConfigSet', key, value)
            self.assertNotEqual(status, 0, key)
            self.assertIn(f'{ERROR}Invalid: ', output)
            for word in (key, value, allowed):
                self.assertIn(word, output)
        self.assert_ctl_error('colour', 'config', 'set', 'colour', 'red')
        status, output = self.call('ConfigSet', 'api_key', 'aura_secretsecret')
        self.assertNotEqual(status, 0)
        self.assertNotIn('secretsecret', output)
        self.assertEqual(self.bounced.ctl_json('config', 'get'), before)

    def test_base_dir_stays_while_it_holds_studies(self):
        self.start(quiet_period_seconds=LONG)
        other = self.place.folder('other')
        self.send_phantom()
        self.assert_error('Invalid', 'base_dir cannot change while studies are stored in ',
                          'ConfigSet', 'base_dir', other)
        self.bounced.ctl('reset', '--yes')
        self.assertEqual(self.call('ConfigSet', 'base_dir', other)[1].strip(),
                         "('service-restart',)")
        self.assertEqual(self.bounced.ctl_json('status')['restart_needed'], ['service'])

    def test_a_lock_says_what_it_is(self):
        """As with the system's unit, which may not write to /etc."""
        drop = ('setpriv', '--inh-caps=-all', '--bounding-set=-all') if os.geteuid() == 0 else ()
        self.start(wrapper=drop)
        self.bounced.stop()
        folder = self.place.folder('etc')
        self.bounced.config = os.path.join(folder, 'bounce.json')
        self.bounced.start()
        os.chmod(folder, 0o500)
        self.assert_ctl_error(f'port is locked: the folder {folder} cannot be written\n',
                              'config', 'set', 'port', '104')
        self.assert_ctl_error('api_key is locked: $BOUNCE_API_KEY is set\n',
                              'config', 'set', 'api_key', harness.API_KEY)

    def test_logs_that_go_nowhere_are_told(self):
        self.start()
        watch = Watch(self.bounced)
        self.bounced.ctl('config', 'set', 'send_logs', 'yes')
        watch.wait_for_log('send_logs is set, but Aurabox has no place for logs yet: they stay on '
                           'this machine')

    def test_check_connection(self):
        self.start()
        self.bounced.ctl('check')
        self.sandbox.post('/sandbox/faults', {'fault': 'status', 'path': '/api/bounce/config',
                                              'method': 'GET', 'count': 1, 'status': 401})
        self.assert_error('Failed', 'the server refuses the API key: ', 'CheckConnection')
        self.sandbox.process.kill()
        self.assert_ctl_error('the server cannot be reached: ', 'check')


class Others(Commands):
    """show_window, send_log, and what the exit codes promise."""

    def test_a_history_that_cannot_be(self):
        """A slip is told; a study that is not known has an empty history."""
        self.start()
        for verb in ('transfers', 'events'):
            self.assert_ctl_error('not a Study Instance UID\n', verb, '1..2')
            self.assert_ctl_error('limit 1001 is not between 1 and 1000', verb, '--limit', '1001')
            self.assertEqual(self.bounced.ctl_json(verb, UNKNOWN), [])

    def test_show_without_a_window(self):
        self.start()
        self.assert_error('Failed', 'this service runs without a window', 'ShowWindow')
        self.assert_ctl_error('this service runs without a window', 'show')

    def test_log(self):
        self.start()
        watch = Watch(self.bounced)
        self.bounced.ctl('log', 'User clicked', 'export button ü')
        watch.wait_for_log('User clicked export button ü')
        self.bounced.ctl('log', '--', '-v', 'was on')
        watch.wait_for_log('-v was on')
        self.call('SendLog', 'one\ntwo \x1b[31mred')
        watch.wait_for_log('one two  [31mred')
        self.call('SendLog', 'x' * 10000)
        harness.wait_for(lambda: watch.logs('xxx'), 'the long line')
        self.assertLessEqual(len(watch.logs('xxx')[0]), 4096)
        log = os.path.join(self.place.env['XDG_STATE_HOME'], 'bounce', 'bounce.log')
        harness.wait_for(lambda: b'User clicked export button' in harness.read(log), 'the file')

    def test_the_key_never_reaches_the_log(self):
        self.start()
        watch = Watch(self.bounced)
        self.bounced.ctl('log', 'key', harness.API_KEY, 'end')
        harness.wait_for(lambda: [text for text in watch.logs('key') if text.endswith('end')],
                         'the line')
        self.assertNotIn('e2etoken', watch.process.text() + self.bounced.process.text())

    def test_exit_codes(self):
        self.start()
        for arguments, status in (((), 2), (('colour',), 2), (('send',), 2), (('reset',), 2),
                                  (('studies', '--page', '0'), 2), (('studies', 'x'), 2),
                                  (('config', 'set', 'port'), 2), (('--help',), 0),
                                  (('send', '--help'), 0), (('--version',), 0),
                                  (('status',), 0), (('send', UNKNOWN), 1)):
            done = self.bounced.ctl(*arguments, check=False)
            self.assertEqual(done.returncode, status, arguments)
        watch = Watch(self.bounced)
        self.assertEqual(self.bounced.stop(), 0)
        self.assertEqual(watch.process.popen.wait(harness.PATIENCE), 3)
        for arguments in (('status',), ('start',), ('watch',), ('send', UNKNOWN)):
            done = self.bounced.ctl(*arguments, check=False)
            self.assertEqual(done.returncode, 3, arguments)
        self.place.env['DBUS_SESSION_BUS_ADDRESS'] = 'unix:path=/nonexistent'
        self.assertEqual(self.bounced.ctl('status', check=False).returncode, 3)

    def test_output_that_cannot_be_written(self):
        self.start()
        for arguments in (('studies', '--json'), ('status',), ('config',), ('--version',)):
            with open('/dev/full', 'w', encoding='utf-8') as full:
                done = subprocess.run([harness.program('bouncectl'), *arguments], stdout=full,
                                      stderr=subprocess.PIPE, env=self.place.env, text=True,
                                      timeout=harness.PATIENCE, check=False)
            self.assertEqual(done.returncode, 1, arguments)
            self.assertEqual(done.stderr, 'bouncectl: not everything could be written to standard '
                                          'output\n')

    def test_wrong_use_says_what_is_right(self):
        self.start()
        for arguments, text in (
                (('studies', '--status', 'sent'), 'sent is not a status; expected RECEIVED, '),
                (('studies', '--sort', '-colour'), '-colour cannot be sorted by; expected pati'),
                (('--system', 'status', '--session'), '--system or --session, not both\n'),
                (('studies', '--colour'), 'see bouncectl studies --help'),
                (('delete', UNKNOWN), 'add --yes to delete 1 study\n'),
                (('delete', UNKNOWN, '1.2.4'), 'add --yes to delete 2 studies\n')):
            done = self.bounced.ctl(*arguments, check=False)
            self.assertEqual(done.returncode, 2, arguments)
            self.assertIn(text, done.stderr)
        self.bounced.ctl('studies', '--sort=-size', '--status', 'SENT')
        self.assertIn('There is no page 2; page 1 is the last, 0 studies',
                      self.bounced.ctl('studies', '--page', '2').stdout)
        self.assertIn('Ask Aurabox', self.bounced.ctl('check', '--help').stdout)
        for verb, usage in (('check', 'check [OPTION…]\n'), ('send', 'send [OPTION…] UID…\n')):
            self.assertIn(f'\n  bouncectl {usage}', self.bounced.ctl(verb, '--help').stdout)

    def test_a_caller_without_rights(self):
        """Also one that would only listen is told, and does not wait for what never comes."""
        self.start(bus_rules=f'<deny send_destination="{DESTINATION}"/>'
                             f'<deny receive_sender="{DESTINATION}" receive_type="signal"/>')
        for verb in ('status', 'watch'):
            self.assert_ctl_error('not permitted; members of the group bounce may', verb)

    def test_watch_ends_well_when_interrupted(self):
        self.start()
        watch = Watch(self.bounced)
        self.assertEqual(watch.process.stop(), 0)

    def test_introspection_matches_the_document(self):
        self.start()
        done = self.place.run('gdbus', 'introspect', '--session', '--dest', DESTINATION,
                              '--object-path', PATH)
        for method in ('ReceiverStart', 'ReceiverStop', 'SendStudy', 'DeleteStudy', 'ResetApp',
                       'CurrentStudies', 'ApiStartUpload', 'ShowWindow', 'SendLog'):
            self.assertIn(f'{method}(', done.stdout)


if __name__ == '__main__':
    sys.exit(harness.main())
