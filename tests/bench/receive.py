# SPDX-FileCopyrightText: The Bounce authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Receiving: Bounce against storescp +B (which never syncs) and Orthanc, alternating in one run.

Usage: receive.py BUILD_DIRECTORY [quick]
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

from measure import ROUNDS, Server, Usage, median, peak_megabytes, print_table

BUILD = pathlib.Path(sys.argv[1]).resolve()
QUICK = len(sys.argv) > 2 and sys.argv[2] == "quick"
PHANTOM = BUILD / "tests/support/bounce-phantom"
RAWSEND = BUILD / "tests/support/bounce-rawsend"
AE_TITLE = "BENCH"


class Bounce(Server):
    name = "bounce"

    def command(self):
        config = {
            "port": self.port,
            "ip_address": "127.0.0.1",
            "ae_title": AE_TITLE,
            "base_dir": os.path.join(self.directory, "studies"),
            "quiet_period_seconds": 3600,
        }
        path = os.path.join(self.directory, "bounce.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(config, file)
        data = os.path.join(self.directory, "data")
        return [BUILD / "src/daemon/bounced", "--config", path, "--data-dir", data, "--bus", "none"]


class Storescp(Server):
    name = "storescp +B"

    def command(self):
        return ["storescp", "+B", "--fork", "-od", self.directory, str(self.port)]


class Orthanc(Server):
    name = "Orthanc"
    # Two threads of its file storage that make the same folder at the same time: the second fails,
    # and the instance is refused with A700. About one benchmark in a hundred meets it.
    known_fault = "Unable to create a subdirectory or a file in the file storage"

    def command(self):
        config = {
            "Name": "bench",
            "StorageDirectory": os.path.join(self.directory, "storage"),
            "IndexDirectory": os.path.join(self.directory, "index"),
            "HttpServerEnabled": False,
            "DicomAet": AE_TITLE,
            "DicomPort": self.port,
            "DicomAlwaysAllowStore": True,
            "SaveJobs": False,
        }
        path = os.path.join(self.directory, "orthanc.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(config, file)
        return ["Orthanc", path]


SERVERS = [Bounce, Storescp, Orthanc]


def send_raw(port, folder, associations):
    command = [RAWSEND, "--associations", str(associations), "--called", AE_TITLE]
    return Usage([*command, f"127.0.0.1:{port}", folder]).wall


def send_storescu(port, folder, _associations):
    return Usage(["storescu", "-aec", AE_TITLE, "+sd", "127.0.0.1", str(port), folder]).wall


def time_run(kind, send, folder, associations, is_nodelay, attempts=3):
    """Seconds. What a peer fails in by a known fault of its own is told and measured again."""
    with kind(is_nodelay) as server:
        try:
            with server.blamed():
                return send(server.port, folder, associations)
        except RuntimeError:
            is_known = kind.known_fault is not None and kind.known_fault in server.printed()
            if not is_known or attempts == 1:
                raise
            print(f"{kind.name} failed ({kind.known_fault}); measured again", flush=True)
    return time_run(kind, send, folder, associations, is_nodelay, attempts - 1)


def measure(send, folder, count, associations, is_nodelay=True):
    """Median instances a second by server name; servers alternate within each round."""
    rates = {server.name: [] for server in SERVERS}
    for _ in range(1 if QUICK else ROUNDS):
        for kind in SERVERS:
            seconds = time_run(kind, send, folder, associations, is_nodelay)
            rates[kind.name].append(count / seconds)
    return {name: median(values) for name, values in rates.items()}


def make(folder, *arguments):
    subprocess.run([PHANTOM, *arguments, folder], check=True, stdout=subprocess.DEVNULL)
    return folder


def describe(case, rates):
    bounce, storescp, orthanc = (rates[server.name] for server in SERVERS)
    return [
        case,
        f"{bounce:.0f}",
        f"{storescp:.0f}",
        f"{orthanc:.0f}",
        f"{bounce / storescp:.2f}",
        f"{bounce / orthanc:.2f}",
    ]


def measure_rates(work):
    rows = []
    for label, arguments, count in (("526 KB", [], 600), ("20 KB", ["--small"], 1500)):
        count = count // 4 if QUICK else count
        folder = make(os.path.join(work, label.split()[0]), *arguments, "--count", str(count))
        for associations in (1, 4, 8):
            rates = measure(send_raw, folder, count, associations)
            rows.append(describe(f"{label} × {associations}", rates))
    few = make(os.path.join(work, "few"), "--count", "60")
    rates = measure(send_storescu, few, 60, 1, is_nodelay=False)
    rows.append(describe("526 KB, storescu, all defaults", rates))
    return rows


def measure_multiframe(work):
    folder = make(os.path.join(work, "multiframe"), "--multiframe", "300", "--count", "1")
    rows = []
    for kind in SERVERS:
        with kind() as server:
            before = time.monotonic()
            send_raw(server.port, folder, 1)
            seconds = time.monotonic() - before
            peak = peak_megabytes(server.process.pid)
        rows.append([kind.name, f"{300 / seconds:.0f}", f"{peak:.0f}"])
    return rows


def main():
    with tempfile.TemporaryDirectory(prefix="bounce-bench-") as work:
        header = ["instances/s", "bounce", "storescp +B", "Orthanc", "÷ storescp", "÷ Orthanc"]
        print_table("Receiving, median of %d rounds" % (1 if QUICK else ROUNDS), header,
                    measure_rates(work))
        print_table("One 300 MB multi-frame", ["", "MB/s", "peak memory, MB"],
                    measure_multiframe(work))


if __name__ == "__main__":
    main()
