# SPDX-FileCopyrightText: The Bounce authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Uploading and packaging: the TUS client against tus-js-client on one @tus/server, and the
package against libzip's own deflate, alternating in one run.

Usage: upload.py BUILD_DIRECTORY [quick]
"""

import os
import pathlib
import subprocess
import sys
import tempfile

from measure import ROUNDS, Server, Usage, median, print_table

BUILD = pathlib.Path(sys.argv[1]).resolve()
QUICK = len(sys.argv) > 2 and sys.argv[2] == "quick"
HERE = pathlib.Path(__file__).resolve().parent
SERVERS = HERE.parent / "support/servers"
MEGABYTES = 500


class TusServer(Server):
    name = "@tus/server"

    def command(self):
        return ["node", SERVERS / "tus-server.mjs", "tus", self.directory, str(self.port)]


def alternate(commands):
    """Median wall (as the client tells it), CPU and memory for each of {name: command}."""
    usages = {name: [] for name in commands}
    for _ in range(1 if QUICK else ROUNDS):
        for name, command in commands.items():
            usages[name].append(Usage(command))
    return {
        name: (
            median([float(usage.output.split()[-1]) for usage in of]),
            median([usage.cpu for usage in of]),
            median([usage.megabytes for usage in of]),
        )
        for name, of in usages.items()
    }


def rows_of(figures, peer):
    rows = []
    for name, (wall, cpu, megabytes) in figures.items():
        ratio = [f"{wall / figures[peer][0]:.2f}", f"{cpu / figures[peer][1]:.2f}"]
        rows.append([name, f"{wall:.2f}", f"{cpu:.2f}", f"{megabytes:.0f}", *ratio])
    return rows


def measure_upload(work):
    package = os.path.join(work, "package.bin")
    with open(package, "wb") as file:
        for _ in range(MEGABYTES):
            file.write(os.urandom(1_000_000))
    with TusServer() as server:
        url = f"http://127.0.0.1:{server.port}/files"
        figures = alternate({
            "bounce": [BUILD / "tests/bench/bench-tus", url, package],
            "tus-js-client": ["node", HERE / "tus-js-client.js", url, package],
        })
    return rows_of(figures, "tus-js-client")


def measure_package(work):
    folder = os.path.join(work, "ct")
    count = "200" if QUICK else "1000"
    phantom = BUILD / "tests/support/bounce-phantom"
    subprocess.run([phantom, "--count", count, folder], check=True, stdout=subprocess.DEVNULL)
    program = BUILD / "tests/bench/bench-package"
    figures = alternate({
        "bounce": [program, "bounce", folder, os.path.join(work, "bounce.zip")],
        "libzip deflate 1": [program, "libzip", folder, os.path.join(work, "libzip.zip")],
    })
    sizes = [os.path.getsize(os.path.join(work, name)) for name in ("bounce.zip", "libzip.zip")]
    print(f"package sizes: bounce {sizes[0]}, libzip {sizes[1]} bytes")
    return rows_of(figures, "libzip deflate 1")


def main():
    header = ["", "wall, s", "CPU, s", "peak memory, MB", "wall ÷ peer", "CPU ÷ peer"]
    with tempfile.TemporaryDirectory(prefix="bounce-bench-") as work:
        print_table("500 MB by TUS over loopback", header, measure_upload(work))
        print_table("Package of 1,000 CT images", header, measure_package(work))


if __name__ == "__main__":
    main()
