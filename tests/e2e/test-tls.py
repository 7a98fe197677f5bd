#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Bounce authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""TLS: a study travels through a server whose authority is trusted, and through no other.

The sandbox stands behind a relay that has certificates of an authority made here: a good one, one
for another host, one that has expired, and one that nobody signed.
"""

import datetime
import os
import ssl
import sys
import unittest

import harness
import relay

REFUSALS = {  # certificate: what the log says of it
    'other-host': 'no alternative certificate subject name matches',
    'expired': 'certificate has expired',
    'self-signed': 'self-signed certificate',
}


class Authority:
    """Makes certificates by openssl's command."""

    def __init__(self, place):
        self.place = place
        self.folder = place.folder('authority')
        self.certificate = self.path('ca.pem')
        self.openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256',
                     '-nodes', '-days', '30', '-subj', '/CN=Bounce test authority',
                     '-keyout', self.path('ca.key'), '-out', self.certificate)
        with open(self.path('ca.conf'), 'w', encoding='ascii') as file:
            file.write(f'[ca]\ndefault_ca=here\n[here]\ndatabase={self.path("index")}\n'
                       f'rand_serial=yes\ndefault_md=sha256\npolicy=any\nunique_subject=no\n'
                       f'new_certs_dir={self.folder}\ncopy_extensions=copy\n'
                       '[any]\ncommonName=supplied\n')
        open(self.path('index'), 'w', encoding='ascii').close()

    def path(self, name):
        return os.path.join(self.folder, name)

    def openssl(self, *arguments):
        self.place.run('openssl', *arguments)

    def request(self, name, host, *options):
        self.openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
                     '-subj', f'/CN={host}', '-addext', f'subjectAltName=DNS:{host}',
                     '-keyout', self.path(f'{name}.key'), '-out', self.path(f'{name}.pem'),
                     *options)

    def context(self, name):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.path(f'{name}.pem'), self.path(f'{name}.key'))
        return context

    def signed(self, name, host, first_day, last_day):
        """A server's context; days from today."""
        today = datetime.datetime.now(datetime.timezone.utc)
        start, end = ((today + datetime.timedelta(days=days)).strftime('%Y%m%d%H%M%SZ')
                      for days in (first_day, last_day))
        self.request(name, host)
        self.openssl('ca', '-batch', '-notext', '-config', self.path('ca.conf'),
                     '-cert', self.certificate, '-keyfile', self.path('ca.key'),
                     '-startdate', start, '-enddate', end,
                     '-in', self.path(f'{name}.pem'), '-out', self.path(f'{name}.pem'))
        return self.context(name)

    def self_signed(self, name, host):
        self.request(name, host, '-x509', '-days', '30')
        return self.context(name)


class Tls(unittest.TestCase):

    def setUp(self):
        self.place = self.enterContext(harness.Place())
        self.place.start_bus()
        authority = Authority(self.place)
        self.contexts = {
            'good': authority.signed('good', 'localhost', -1, 30),
            'other-host': authority.signed('other-host', 'aurabox.example', -1, 30),
            'expired': authority.signed('expired', 'localhost', -30, -1),
            'self-signed': authority.self_signed('self-signed', 'localhost'),
        }
        self.front = relay.Relay(tls=self.contexts['good'])
        self.addCleanup(self.front.close)
        self.url = f'https://localhost:{self.front.port}'
        self.place.env['SSL_CERT_FILE'] = authority.certificate

    def start(self, public_url):
        self.sandbox = harness.Sandbox(self.place, '--public-url', public_url)
        self.front.target = self.sandbox.port
        self.bounced = harness.Bounced(self.place, self.sandbox, bus='session',
                                       api_endpoint=self.url)
        self.bounced.start()

    def send(self, seed=1):
        study = self.place.phantom(f'study-{seed}', '--small', '--count', '5', '--seed', str(seed))
        self.bounced.rawsend(study.folder)
        return study

    def row(self, study):
        return self.bounced.studies()[study.uids[0]]

    def wait_for_refusal(self, study):
        """Tried, failed for the certificate, and to be tried again."""
        harness.wait_for(lambda: self.row(study)['status'] == 'ERROR', 'the refusal')
        row = self.row(study)
        self.assertEqual(row['reason'], 'untrusted', row)
        self.assertIn('next_attempt_at', row)

    def assert_delivered(self, study):
        harness.wait_for(lambda: self.row(study)['status'] == 'SENT', 'the delivery')
        for path in study.files:
            part10 = harness.read(path)
            key = study.uids[0], harness.meta_of(part10)[0x0003]
            self.assertEqual(self.sandbox.dataset(*key), harness.dataset_of(part10))

    def test_trusted(self):
        self.start(self.url)
        self.assert_delivered(self.send())
        self.assertGreater(self.front.forwarded, 0)

    def test_refused_until_it_is_right(self):
        self.start(self.url)
        for seed, (name, words) in enumerate(REFUSALS.items(), start=1):
            self.front.tls = self.contexts[name]
            self.front.hang_up()
            before = self.front.forwarded
            study = self.send(seed)
            self.wait_for_refusal(study)
            harness.wait_for(lambda: words in self.bounced.process.text(), words)
            self.assertEqual(self.front.forwarded, before, 'something was sent')
            self.assertNotEqual(self.bounced.ctl('check', check=False).returncode, 0)
            self.front.tls = self.contexts['good']
            self.assert_delivered(study)

    def test_unknown_authority(self):
        del self.place.env['SSL_CERT_FILE']
        self.start(self.url)
        self.wait_for_refusal(self.send())
        self.assertEqual(self.front.forwarded, 0, 'something was sent')

    def test_no_plain_http_behind_https(self):
        """The upload itself may not go unencrypted because the server says so."""
        self.start('http://localhost:9')
        study = self.send()
        harness.wait_for(lambda: self.row(study)['status'] == 'ERROR', 'the refusal')
        self.assertEqual(self.sandbox.uploads(), [])


if __name__ == '__main__':
    sys.exit(harness.main())
