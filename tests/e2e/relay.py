# SPDX-FileCopyrightText: The Bounce authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A TCP relay between two of the programs: it counts, slows down and listens in."""

import collections
import contextlib
import socket
import sys
import threading
import time

BLOCK = 16 * 1024

# One C-STORE as it went over the wire.
Stored = collections.namedtuple('Stored', 'sop_class sop_instance dataset')


class Relay:
    """Forwards 127.0.0.1:port to a target port that may be set later and may come and go. With tls,
    an ssl.SSLContext that may be changed, it is the server's end of TLS."""

    def __init__(self, target=0, bytes_per_second=0, tap=None, tls=None):
        self.target = target
        self.tls = tls
        self.bytes_per_second = bytes_per_second
        self.tap = tap
        self.forwarded = 0  # bytes towards the target
        self.clients = set()  # (lock) that are being served
        self.lock = threading.Lock()
        self.trip = None  # (lock) count of bytes and what to call once they have passed
        self.listener = socket.create_server(('127.0.0.1', 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        try:
            if self.tls:
                client = self.tls.wrap_socket(client, server_side=True)
        except OSError:  # a client that does not trust us
            client.close()
            return
        try:
            server = socket.create_connection(('127.0.0.1', self.target))
        except OSError as error:
            print(f'# relay to port {self.target}: {error}', file=sys.stderr)
            client.close()
            return
        for end in (client, server):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self.lock:
            self.clients.add(client)
        sink = self.tap.connection() if self.tap else None
        back = threading.Thread(target=pump, args=(server, client, None), daemon=True)
        back.start()
        pump(client, server, lambda data: self.passed(data, sink))
        back.join()
        with self.lock:
            self.clients.discard(client)
        client.close()
        server.close()

    def passed(self, data, sink):
        if sink:
            sink(data)
        with self.lock:
            self.forwarded += len(data)
            trip = self.trip
            if trip and self.forwarded >= trip[0]:
                self.trip = None
                trip[1]()
        if self.bytes_per_second:
            time.sleep(len(data) / self.bytes_per_second)

    def trip_after(self, count, call):
        """Calls once, from the thread that forwards, when so many more bytes have passed."""
        with self.lock:
            self.trip = (self.forwarded + count, call)

    def hang_up(self):
        """Ends every connection; the next is welcome."""
        with self.lock:
            for client in self.clients:
                with contextlib.suppress(OSError):
                    client.shutdown(socket.SHUT_RDWR)

    def close(self):
        self.listener.close()


def pump(source, sink, passed):
    """Copies until either side is gone, then ends the other's direction."""
    try:
        while data := source.recv(BLOCK):
            if passed:
                passed(data)
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


class StoreTap:
    """Puts together the datasets of the C-STOREs that pass, byte for byte."""

    def __init__(self):
        self.stored = []

    def connection(self):
        """A function that takes the bytes of one connection's sender in turn."""
        parser = self.parse()
        next(parser)
        return parser.send

    def parse(self):
        buffer = bytearray()
        command, dataset = bytearray(), bytearray()
        while True:
            buffer += yield
            while len(buffer) >= 6:
                size = 6 + int.from_bytes(buffer[2:6], 'big')
                if len(buffer) < size:
                    break
                if buffer[0] == 4:
                    for flags, fragment in fragments(bytes(buffer[6:size])):
                        target = command if flags & 1 else dataset
                        target += fragment
                        if flags == 2:
                            self.keep(command, dataset)
                        if flags == 2 or flags == 3 and not has_dataset(command):
                            command, dataset = bytearray(), bytearray()
                del buffer[:size]

    def keep(self, command, dataset):
        elements = command_elements(command)
        self.stored.append(Stored(text_of(elements[0x0002]), text_of(elements[0x1000]),
                                  bytes(dataset)))


def fragments(body):
    """The PDVs of a P-DATA-TF as pairs of message control header and bytes."""
    at = 0
    while at < len(body):
        size = int.from_bytes(body[at:at + 4], 'big')
        yield body[at + 5], body[at + 6:at + 4 + size]
        at += 4 + size


def command_elements(command):
    """{element number: value} of a command."""
    elements, at = {}, 0
    while at < len(command):
        size = int.from_bytes(command[at + 4:at + 8], 'little')
        elements[int.from_bytes(command[at + 2:at + 4], 'little')] = command[at + 8:at + 8 + size]
        at += 8 + size
    return elements


def has_dataset(command):
    return command_elements(command).get(0x0800, b'\1\1') != b'\1\1'


def text_of(value):
    return value.rstrip(b' \0').decode('ascii')
