# SPDX-FileCopyrightText: The Bounce authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes and figures for the benchmarks: start a peer, time a client, take medians."""

import atexit
import contextlib
import fcntl
import functools
import os
import shutil
import signal
import socket
import statistics
import subprocess
import tempfile
import time

ROUNDS = 5

# <linux/fs.h>
FS_IOC_GETFLAGS = 0x80086601
FS_IOC_SETFLAGS = 0x40086602
FS_TOPDIR_FL = 0x00020000


@functools.cache
def work_folder():
    """Where the peers' directories are, until the end of the run.

    On ext4 each gets a group of inodes of its own ("top of a directory hierarchy"). In a group where
    somebody has deleted files in the last minutes, making one costs up to half a millisecond: inodes
    are not used again so soon, and each one is looked at. Other file systems ignore the flag.
    """
    folder = tempfile.mkdtemp(prefix="bounce-bench-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    descriptor = os.open(folder, os.O_RDONLY)
    with contextlib.suppress(OSError):
        flags = bytearray(8)
        fcntl.ioctl(descriptor, FS_IOC_GETFLAGS, flags)
        wanted = int.from_bytes(flags[:4], "little") | FS_TOPDIR_FL
        fcntl.ioctl(descriptor, FS_IOC_SETFLAGS, wanted.to_bytes(8, "little"))
    os.close(descriptor)
    return folder


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_port(port, process, seconds=20):
    """Returns when something accepts on the port; raises when the process ends or time is up."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args[0]} ended with {process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise RuntimeError(f"{process.args[0]} does not listen on port {port}")


def peak_megabytes(pid):
    """VmHWM of a running process in MB (10^6 bytes)."""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e6
    return 0.0


class Server:
    """A peer with a fresh directory of its own.

    What the one before left unwritten is written first, and directories go only at the end of the
    run: a disk that is still freeing one peer's files would slow the next one down.
    """

    name = ""
    known_fault = None  # what it prints when it fails by a fault of its own that we cannot mend

    def __init__(self, is_nodelay=True):
        self.is_nodelay = is_nodelay
        self.directory = tempfile.mkdtemp(dir=work_folder())
        self.port = free_port()
        self.process = None

    def command(self):
        raise NotImplementedError

    def environment(self):
        nodelay = {"TCP_NODELAY": "1"} if self.is_nodelay else {}
        return {**os.environ, **nodelay, "HOME": self.directory}

    def __enter__(self):
        os.sync()
        with open(os.path.join(self.directory, "output.log"), "wb") as log:
            self.process = subprocess.Popen(
                self.command(), env=self.environment(), stdin=subprocess.PIPE,  # open: keep running
                stdout=log, stderr=log,
            )
        wait_for_port(self.port, self.process)
        return self

    def printed(self):
        with open(os.path.join(self.directory, "output.log"), errors="replace") as log:
            return log.read()

    @contextlib.contextmanager
    def blamed(self):
        """A failure within names this peer and shows the end of what it printed."""
        try:
            yield
        except RuntimeError as error:
            last = "\n".join(self.printed().splitlines()[-10:])
            raise RuntimeError(f"{self.name}: {error}\n{last}") from error

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Usage:
    """Wall seconds, CPU seconds and peak memory of one finished command."""

    def __init__(self, command, **keywords):
        start = time.monotonic()
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **keywords)
        self.output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        self.wall = time.monotonic() - start
        self.cpu = usage.ru_utime + usage.ru_stime
        self.megabytes = usage.ru_maxrss * 1024 / 1e6
        if process.returncode != 0:
            raise RuntimeError(f"{command[0]} ended with {process.returncode}: {self.output}")


def median(values):
    return statistics.median(values)


def print_table(title, header, rows):
    """A Markdown table, so that RESULTS.md can hold exactly what was printed."""
    print(f"\n### {title}\n")
    print("| " + " | ".join(header) + " |")
    print("|" + "---|" * len(header))
    for row in rows:
        print("| " + " | ".join(str(cell) for cell in row) + " |", flush=True)
