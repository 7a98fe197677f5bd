#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Bounce authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Peers that do harm: the receiver stays up and goes on serving others."""

import os
import resource
import socket
import struct
import sys
import threading
import unittest

import harness

APPLICATION_CONTEXT = b'1.2.840.10008.3.1.1.1'
CT = b'1.2.840.10008.5.1.4.1.1.2'
IMPLICIT_LE = b'1.2.840.10008.1.2'
CAP = 20


def item(kind, value):
    return struct.pack('>BBH', kind, 0, len(value)) + value


def associate_request():
    context = struct.pack('>BBBB', 1, 0, 0, 0) + item(0x30, CT) + item(0x40, IMPLICIT_LE)
    user = item(0x51, struct.pack('>I', 65536)) + item(0x52, b'2.25.1')
    body = struct.pack('>HH', 1, 0) + b'BOUNCE'.ljust(16) + b'HOSTILE'.ljust(16) + bytes(32)
    body += item(0x10, APPLICATION_CONTEXT) + item(0x20, context) + item(0x50, user)
    return struct.pack('>BBI', 1, 0, len(body)) + body


def data_pdu(fragment, is_command, is_last):
    value = struct.pack('>IBB', len(fragment) + 2, 1, is_command | is_last << 1) + fragment
    return struct.pack('>BBI', 4, 0, len(value)) + value


def element(tag, value):
    return struct.pack('<HHI', tag >> 16, tag & 0xffff, len(value)) + value + bytes(len(value) & 1)


def store_command(sop=b'1.2.3.4\0'):
    body = element(0x00000002, CT + b'\0') + element(0x00000100, b'\1\0')
    body += element(0x00000110, b'\1\0') + element(0x00000700, b'\0\0')
    body += element(0x00000800, b'\2\1') + element(0x00001000, sop)
    return element(0x00000000, struct.pack('<I', len(body))) + body


# 60,000 sequences, each the first item of the one before, never closed.
BOMB = b'\x08\x00\x40\x11\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff' * 60_000


class Hostile(unittest.TestCase):

    def setUp(self):
        self.place = self.enterContext(harness.Place())
        self.bounced = harness.Bounced(self.place, max_associations=CAP,
                                       quiet_period_seconds=3600).start()
        self.study = self.place.phantom('study', '--small', '--count', '3')

    def tearDown(self):
        """Whatever the test did: another peer is served and the process ends in order."""
        self.check_serving()
        self.assertEqual(self.bounced.stop(), 0)

    def check_serving(self):
        self.bounced.rawsend(self.study.folder)

    def connect(self):
        peer = socket.create_connection(('127.0.0.1', self.bounced.port), timeout=60)
        self.addCleanup(peer.close)
        return peer

    def associate(self):
        peer = self.connect()
        peer.sendall(associate_request())
        self.assertEqual(self.read_pdu(peer)[0], 2)
        return peer

    def read_pdu(self, peer):
        """Type and body of the next PDU; (None, b'') when the peer closed."""
        head = self.read_bytes(peer, 6)
        if head is None:
            return None, b''
        return head[0], self.read_bytes(peer, struct.unpack('>I', head[2:6])[0])

    @staticmethod
    def read_bytes(peer, size):
        data = b''
        while len(data) < size:
            try:
                more = peer.recv(size - len(data))
            except ConnectionError:
                return None
            if not more:
                return None
            data += more
        return data

    def assert_refused(self, peer):
        """A C-STORE response with an error status, or an A-ABORT; never a silent close."""
        kind, body = self.read_pdu(peer)
        self.assertIn(kind, (4, 7))
        if kind == 4:
            at = body.index(b'\0\0\0\x09\2\0\0\0') + 8
            self.assertNotEqual(body[at:at + 2], b'\0\0')

    def send_tolerant(self, peer, data):
        """The peer may stop listening in the middle of what is too much."""
        try:
            peer.sendall(data)
        except ConnectionError:
            pass

    def test_bomb_in_dataset(self):
        peer = self.associate()
        peer.sendall(data_pdu(store_command(), 1, 1))
        for at in range(0, len(BOMB), 16000):
            self.send_tolerant(peer, data_pdu(BOMB[at:at + 16000], 0, at + 16000 >= len(BOMB)))
        self.assert_refused(peer)

    def test_bomb_in_command(self):
        peer = self.associate()
        for at in range(0, len(BOMB), 16000):
            self.send_tolerant(peer, data_pdu(BOMB[at:at + 16000], 1, at + 16000 >= len(BOMB)))
        self.assert_refused(peer)

    def test_path_in_uid(self):
        for sop in (b'../../etc/passwd', b'1.2.3/../../4\0', b'1' * 66, b'1..2', b'.1', b''):
            with self.subTest(sop=sop):
                peer = self.associate()
                self.send_tolerant(peer, data_pdu(store_command(sop), 1, 1)
                                   + data_pdu(element(0x00080018, b'1.2.3.4\0'), 0, 1))
                self.assert_refused(peer)

    def test_other_uid_in_dataset(self):
        done = self.bounced.rawsend('--instance', '1.2.3.4', self.study.files[0], check=False)
        self.assertIn('last refusal A900', done.stdout)

    def test_truncated_transfer(self):
        for options in (['--stop-after', '5000'], ['--stop-after', '5000', '--abort']):
            done = self.bounced.rawsend(*options, self.study.files[0], check=False)
            self.assertIn('lost 1', done.stdout)
        self.check_no_spool()

    def check_no_spool(self):
        spool = os.path.join(self.bounced.base_dir, '.incoming')
        harness.wait_for(lambda: not os.listdir(spool), 'the spool to be empty')

    def test_malformed_pdus(self):
        for data in (b'\x01\x00\xff\xff\xff\xff' + bytes(1000),
                     b'\x01\x00\x00\x00\x00\x04\x00\x01\x00\x00', bytes(range(256)) * 40,
                     associate_request()[:40] + b'\xff' * 200):
            with self.subTest(data=data[:8]):
                peer = self.connect()
                self.send_tolerant(peer, data)
                peer.shutdown(socket.SHUT_WR)
                while self.read_pdu(peer)[0] is not None:
                    pass

    def test_malformed_data_pdus(self):
        for data in (b'\x04\x00\x00\x00\x00\x06\xff\xff\xff\xff\x01\x03',
                     b'\x04\x00\x00\x00\x00\x06\x00\x00\x00\x00\x01\x03',
                     b'\x04\x00\xff\xff\xff\xff' + bytes(100), data_pdu(b'\xff' * 100, 1, 1)):
            with self.subTest(data=data[:12]):
                peer = self.associate()
                self.send_tolerant(peer, data)
                self.assertIn(self.read_pdu(peer)[0], (4, 7))

    def test_http(self):
        peer = self.connect()
        peer.sendall(b'GET / HTTP/1.1\r\nHost: bounce\r\n\r\n')
        self.assertIn(self.read_pdu(peer)[0], (7, None))

    def test_silent_peer(self):
        """Says nothing: others are served meanwhile, and it is gone within 15 seconds."""
        peer = self.connect()
        self.check_serving()
        peer.settimeout(15)
        while self.read_pdu(peer)[0] is not None:
            pass

    def test_dripping_peer(self):
        """A byte a second does not keep the deadline of the association request away."""
        peer = self.connect()
        gone = threading.Event()

        def drip():
            for byte in associate_request():
                if gone.wait(1):
                    return
                try:
                    peer.sendall(bytes([byte]))
                except OSError:
                    return
        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        self.check_serving()
        peer.settimeout(20)
        try:
            while self.read_pdu(peer)[0] is not None:
                pass
        finally:
            gone.set()
            thread.join()

    def test_idle_connections(self):
        """500 that say nothing do not keep an honest peer out."""
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(2048, most), most))
        for _ in range(500):
            self.connect()
        self.check_serving()

    def test_more_associations_than_allowed(self):
        """Beyond the cap a request is rejected, transiently; when one ends there is room again."""
        peers = [self.associate() for _ in range(CAP)]
        for _ in range(3):
            peer = self.connect()
            peer.sendall(associate_request())
            kind, body = self.read_pdu(peer)
            self.assertEqual(kind, 3)
            self.assertEqual(body[1:4], b'\2\3\2')  # transient, presentation, local limit
        peers.pop().close()
        harness.wait_for(lambda: self.bounced.rawsend(self.study.folder, check=False)
                         .returncode == 0, 'room')
        for peer in peers:
            peer.close()
        harness.wait_for(lambda: self.bounced.rawsend(self.study.folder, check=False)
                         .returncode == 0, 'room')


if __name__ == '__main__':
    sys.exit(harness.main())
