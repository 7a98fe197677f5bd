# SPDX-FileCopyrightText: The Bounce authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the real programs against each other, each in a temporary place of its own.

A Place is a folder with HOME and the XDG folders in it. In it live a private bus, a sandbox and a
bounced; every wait is on a condition with a deadline, and leaving a Place ends what was started.
Nothing but the standard library.
"""

import collections
import contextlib
import hashlib
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

API_KEY = 'aura_au_bounce_7_e2etoken_dev'
PORT_MARKS = []
SOURCE = os.path.abspath(os.path.join(os.path.dirname(__file__), '..', '..'))
SHARED_DICOM = os.path.join(SOURCE, '..', 'shared', 'dicom')
PATIENCE = float(os.environ.get('BOUNCE_PATIENCE', '60'))
PROGRAMS = {
    'bounced': 'src/daemon/bounced',
    'bouncectl': 'src/cli/bouncectl',
    'bounce-sandbox': 'src/sandbox/bounce-sandbox',
    'bounce-phantom': 'tests/support/bounce-phantom',
    'bounce-rawsend': 'tests/support/bounce-rawsend',
    'powercut-fs': 'tests/support/powercut/powercut-fs',
}


# Its folder, its Study Instance UIDs, the paths of its files.
Phantom = collections.namedtuple('Phantom', 'folder uids files')


class Failure(AssertionError):
    """A wait that was in vain, or a program that did not do as it should."""


def program(name):
    """The path of one of our programs in the build directory."""
    return os.path.join(os.environ['BOUNCE_BUILD'], PROGRAMS[name])


def wait_for(condition, what, patience=None):
    """Returns the first true value of condition(); raises Failure when time is up."""
    deadline = time.monotonic() + (patience or PATIENCE)
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Failure(f'waited in vain for {what() if callable(what) else what}')
        time.sleep(0.02)


def free_port():
    """A port for this process alone, until it ends.

    Below those that the kernel hands out, or a connection of somebody's could have it the moment
    that we want to listen, again after a restart. The name in the abstract namespace keeps other
    tests off.
    """
    for _ in range(1000):
        port = random.randrange(12000, 32000)
        mark = socket.socket(socket.AF_UNIX)
        try:
            mark.bind(f'\0bounce-test-port-{port}')
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(('127.0.0.1', port))
        except OSError:
            mark.close()
            continue
        PORT_MARKS.append(mark)
        return port
    raise Failure('no port is free')


def dataset_of(part10):
    """The dataset bytes of a Part 10 file: what stands behind its meta group."""
    if part10[128:132] != b'DICM':
        raise ValueError('not a Part 10 file')
    at = 132
    while part10[at:at + 2] == b'\x02\x00':
        if part10[at + 4:at + 6] in (b'OB', b'OW', b'UN', b'SQ', b'UT'):
            at += 12 + int.from_bytes(part10[at + 8:at + 12], 'little')
        else:
            at += 8 + int.from_bytes(part10[at + 6:at + 8], 'little')
    return part10[at:]


def meta_of(part10):
    """The meta group's elements as {element number: text}."""
    values = {}
    at = 132
    while part10[at:at + 2] == b'\x02\x00':
        element = int.from_bytes(part10[at + 2:at + 4], 'little')
        head = 12 if part10[at + 4:at + 6] in (b'OB', b'OW', b'UN', b'SQ', b'UT') else 8
        size = int.from_bytes(part10[at + head - (4 if head == 12 else 2):at + head], 'little')
        values[element] = part10[at + head:at + head + size].rstrip(b' \0').decode('latin-1')
        at += head + size
    return values


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def read(path):
    with open(path, 'rb') as file:
        return file.read()


class Process:
    """A program that runs in the background, its output going to a file of the place."""

    def __init__(self, place, name, command, wrapper=(), **keywords):
        self.name = name
        self.log = os.path.join(place.root, f'{name}-{place.next_number()}.log')
        self.output = open(self.log, 'wb')
        self.popen = subprocess.Popen(list(wrapper) + command, stdin=subprocess.DEVNULL,
                                      stdout=self.output, stderr=subprocess.STDOUT,
                                      env=keywords.pop('env', place.env), **keywords)
        place.processes.append(self)

    def text(self):
        return read(self.log).decode('utf-8', 'replace')

    def wait_for_line(self, start):
        """The rest of the first complete line that starts so."""
        def look():
            for line in self.text().split('\n')[:-1]:
                if line.startswith(start):
                    return line[len(start):].strip() or ' '
            if self.popen.poll() is not None:
                raise Failure(f'{self.name} ended with {self.popen.returncode}:\n{self.text()}')
            return None
        return wait_for(look, lambda: f'"{start}" of {self.name}:\n{self.text()}').strip()

    def kill(self):
        """kill -9, as a crash would."""
        self.popen.kill()
        self.popen.wait()
        self.output.close()

    def stop(self, patience=60):
        """Asks it to end and returns its exit status."""
        if self.popen.poll() is None:
            self.popen.send_signal(signal.SIGTERM)
        try:
            self.popen.wait(patience)
        except subprocess.TimeoutExpired:
            self.popen.send_signal(signal.SIGABRT)
            self.popen.wait()
            raise Failure(f'{self.name} did not end:\n{self.text()}') from None
        self.output.close()
        return self.popen.returncode


class Place:
    """A temporary folder with everything in it; a context manager."""

    def __init__(self):
        self.root = tempfile.mkdtemp(prefix='bounce-e2e-')
        self.processes = []
        self.numbers = 0
        self.env = dict(os.environ)
        for variable, name in (('HOME', 'home'), ('XDG_DATA_HOME', 'data'),
                               ('XDG_STATE_HOME', 'state'), ('XDG_CONFIG_HOME', 'config'),
                               ('XDG_CACHE_HOME', 'cache'), ('XDG_RUNTIME_DIR', 'runtime')):
            self.env[variable] = self.folder(name)
        self.env.update(GSETTINGS_BACKEND='memory', LC_ALL='C.UTF-8', BOUNCE_API_KEY=API_KEY,
                        TCP_NODELAY='1')
        self.env.pop('DBUS_SESSION_BUS_ADDRESS', None)
        self.env.pop('DISPLAY', None)
        self.env.pop('WAYLAND_DISPLAY', None)

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        for process in reversed(self.processes):
            if process.popen.poll() is None:
                process.kill()
        if kind and not issubclass(kind, KeyboardInterrupt):
            self.print_logs()
        if os.environ.get('BOUNCE_KEEP'):
            print(f'# kept {self.root}', file=sys.stderr)
        else:
            shutil.rmtree(self.root, ignore_errors=True)

    def print_logs(self):
        for process in self.processes[-4:]:
            lines = process.text().splitlines()[-40:]
            print(f'# --- {process.name}', *lines, sep='\n# ', file=sys.stderr)

    def next_number(self):
        self.numbers += 1
        return self.numbers

    def folder(self, name):
        path = os.path.join(self.root, name)
        os.makedirs(path, mode=0o700, exist_ok=True)
        return path

    def run(self, *command, check=True, patience=300):
        """Runs a program to its end; its CompletedProcess with text."""
        command = [program(command[0]) if command[0] in PROGRAMS else command[0], *command[1:]]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              encoding='utf-8', errors='replace', env=self.env, timeout=patience)
        if check and done.returncode != 0:
            raise Failure(f'{" ".join(command)} ended with {done.returncode}:\n'
                          f'{done.stdout}{done.stderr}')
        return done

    def start_bus(self, rules=''):
        """A private session bus for everything started from now on, with more rules for all."""
        config = os.path.join(self.root, 'bus.conf')
        with open(config, 'w', encoding='utf-8') as file:
            file.write('<busconfig><include>/usr/share/dbus-1/session.conf</include>'
                       f'<policy context="default">{rules}</policy></busconfig>')
        bus = Process(self, 'bus', ['dbus-daemon', '--config-file', config, '--nofork',
                                    '--print-address'])
        self.env['DBUS_SESSION_BUS_ADDRESS'] = wait_for(
            lambda: bus.text().split('\n')[0] if '\n' in bus.text() else None, 'the bus')

    def phantom(self, name, *options):
        """Makes phantom studies in a folder of that name."""
        folder = os.path.join(self.root, name)
        uids = self.run('bounce-phantom', *options, folder).stdout.split()
        files = sorted(os.path.join(at, file) for at, _, found in os.walk(folder) for file in found)
        return Phantom(folder, uids, files)


class Sandbox:
    """The local Aurabox."""

    def __init__(self, place, *options):
        self.place = place
        self.options = options
        self.data = place.folder('sandbox')
        self.port = free_port()
        self.start()

    def start(self):
        self.process = Process(self.place, 'sandbox', [
            program('bounce-sandbox'), '--port', str(self.port), '--data', self.data,
            '--api-key', API_KEY, *self.options])
        self.url = self.process.wait_for_line('sandbox on ')

    def restart_killed(self):
        self.process.kill()
        self.start()

    def get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=60) as answer:
            return answer.read()

    def post(self, path, value):
        request = urllib.request.Request(self.url + path, json.dumps(value).encode(),
                                         {'Content-Type': 'application/json'}, method='POST')
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.read()

    def delete(self, path):
        request = urllib.request.Request(self.url + path, method='DELETE')
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.read()

    def studies(self):
        return json.loads(self.get('/sandbox/studies'))

    def uploads(self):
        return json.loads(self.get('/sandbox/uploads'))

    def hashes(self):
        """{(study, SOP): sha256 of the delivered file}"""
        return {(study['study_uid'], instance['sop_uid']): instance['sha256']
                for study in self.studies() for instance in study['instances']}

    def dataset(self, study_uid, sop_uid):
        """The delivered dataset bytes."""
        return dataset_of(self.get(f'/sandbox/studies/{study_uid}/{sop_uid}.dcm'))


class Bounced:
    """The receiver under test."""

    def __init__(self, place, sandbox=None, bus='none', wrapper=(), **settings):
        self.place = place
        self.bus = bus
        self.wrapper = wrapper
        self.base_dir = os.path.join(place.root, 'storage', 'base')
        self.data_dir = os.path.join(place.root, 'storage', 'data')
        os.makedirs(self.base_dir, mode=0o700, exist_ok=True)
        os.makedirs(self.data_dir, mode=0o700, exist_ok=True)
        self.config = os.path.join(place.root, 'bounce.json')
        self.settings = {'ip_address': '127.0.0.1', 'port': free_port(), 'ae_title': 'BOUNCE',
                         'base_dir': self.base_dir, 'quiet_period_seconds': 1,
                         'retry_base_seconds': 1, 'retry_cap_seconds': 2}
        if sandbox:
            self.settings['api_endpoint'] = sandbox.url
        self.settings.update(settings)
        self.process = None

    @property
    def port(self):
        return self.settings['port']

    @property
    def peer(self):
        return f'127.0.0.1:{self.port}'

    def write_config(self):
        with open(self.config, 'w', encoding='utf-8') as file:
            json.dump(self.settings, file)

    def launch(self):
        """Starts it without waiting."""
        self.write_config()
        self.process = Process(self.place, 'bounced', [
            program('bounced'), '--config', self.config, '--data-dir', self.data_dir,
            '--bus', self.bus], wrapper=self.wrapper)

    def start(self):
        self.launch()
        self.listening = self.process.wait_for_line('listening on ')
        return self

    def kill(self):
        self.process.kill()

    def stop(self):
        return self.process.stop()

    def ctl(self, *arguments, check=True):
        return self.place.run('bouncectl', *arguments, check=check)

    def ctl_json(self, *arguments):
        return json.loads(self.ctl(*arguments, '--json').stdout)

    def studies(self):
        """Every study by its UID, as bouncectl tells."""
        rows = self.ctl_json('studies', '--limit', '1000')
        return {row['study_uid']: row for row in rows}

    def rawsend(self, *arguments, check=True):
        return self.place.run('bounce-rawsend', '--verbose', self.peer, *arguments, check=check)


class Disk:
    """A disk that fills up when a test says so, for a Bounced that starts from now on."""

    SHIM = 'tests/support/libfulldisk.so'

    def __init__(self, bounced):
        self.flag = os.path.join(bounced.place.root, 'disk')
        # The shim comes before a sanitizer's own library, which is all the same to both.
        asan = os.environ.get('ASAN_OPTIONS', '') + ':verify_asan_link_order=0'
        bounced.wrapper = ('env', 'BOUNCE_FULLDISK=' + self.flag, 'ASAN_OPTIONS=' + asan,
                           'LD_PRELOAD=' + os.path.join(os.environ['BOUNCE_BUILD'], self.SHIM))

    def set(self, kind, text=''):
        """kind: low, text being the free bytes, or full."""
        with open(self.flag + '.new', 'w', encoding='ascii') as file:
            file.write(text)
        os.rename(self.flag + '.new', f'{self.flag}.{kind}')

    def clear(self, kind):
        os.unlink(f'{self.flag}.{kind}')


class Watch:
    """`bouncectl watch --json` of a running bounced, from the moment that it listens."""

    def __init__(self, bounced):
        self.bounced = bounced
        self.process = Process(bounced.place, 'watch', [program('bouncectl'), 'watch', '--json'])
        self.begin()

    def begin(self):
        """Forgets what was; returns when what happens from now on will be seen."""
        mark = f'mark {self.bounced.place.next_number()}'

        def is_marked():
            self.bounced.ctl('log', mark)
            return mark in self.payloads('log')
        self.start = 0
        wait_for(is_marked, 'the watch to begin')
        self.start = max(i for i, line in enumerate(self.lines()) if mark in line) + 1

    def lines(self):
        return self.process.text().split('\n')[:-1]

    def messages(self):
        return [json.loads(line) for line in self.lines()[self.start:]]

    def payloads(self, event):
        """The payloads of one event, in order."""
        return [message['payload'] for message in self.messages() if message['event'] == event]

    def wait_for_log(self, text):
        wait_for(lambda: text in self.payloads('log'), lambda: f'"{text}" in {self.payloads("log")}')


def answered(output):
    """SOP Instance UIDs that were answered with Success, of what rawsend --verbose printed."""
    rows = (line.split() for line in output.split('\n')[:-1])
    return {row[0] for row in rows if len(row) == 2 and row[1] == '0000'}


def wait_until_delivered(sandbox, expected, patience=None):
    """Waits until the sandbox holds exactly these dataset bytes.

    expected: {(study, SOP): dataset bytes}. What the sandbox already held and was right is not
    fetched again.
    """
    right = {}

    def missing():
        with contextlib.suppress(OSError):
            for key, file_hash in sandbox.hashes().items():
                if key in expected and right.get(key) != file_hash \
                        and sandbox.dataset(*key) == expected[key]:
                    right[key] = file_hash
            held = sandbox.hashes()
            return [key for key in expected if key not in right or held.get(key) != right[key]]
        return list(expected)

    left = list(expected)

    def done():
        nonlocal left
        left = missing()
        return not left
    wait_for(done, lambda: f'{len(left)} of {len(expected)} instances, such as {left[:2]}', patience)


class TapResult(unittest.TestResult):
    """Prints TAP, which Meson and `./run test` count."""

    def __init__(self):
        super().__init__()
        self.number = 0

    def tell(self, test, status, trace=''):
        self.number += 1
        print(f'{status} {self.number} {test.id().split(".", 1)[-1]}', flush=True)
        for line in trace.splitlines():
            print('# ' + line, flush=True)

    def addSuccess(self, test):
        self.tell(test, 'ok')

    def tell_failure(self, test, trace):
        """With the logs: the place goes after this, and does not know that it should tell."""
        self.tell(test, 'not ok', trace)
        if isinstance(getattr(test, 'place', None), Place):
            test.place.print_logs()

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.tell_failure(test, self.failures[-1][1])

    def addError(self, test, err):
        super().addError(test, err)
        self.tell_failure(test, self.errors[-1][1])

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.tell(test, 'not ok', 'skipped: ' + reason)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.tell(subtest, 'not ok', (self.failures or self.errors)[-1][1])


def main():
    """Runs the test cases of the calling script: SCRIPT BUILD [NAME…]."""
    os.environ['BOUNCE_BUILD'] = os.path.abspath(sys.argv[1])
    loader = unittest.TestLoader()
    module = sys.modules['__main__']
    suite = loader.loadTestsFromNames(sys.argv[2:], module) if sys.argv[2:] \
        else loader.loadTestsFromModule(module)
    print(f'1..{suite.countTestCases()}', flush=True)
    result = TapResult()
    suite.run(result)
    sys.exit(0 if result.wasSuccessful() else 1)
