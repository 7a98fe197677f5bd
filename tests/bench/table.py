# SPDX-FileCopyrightText: The Bounce authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The studies table: the real bounce with 100,000 studies against itself with none, under Xvfb.

A probe that is preloaded into bounce (table-probe.c) sorts, searches and scrolls as a person would
and tells when the frames of it are painted, and how long the main loop was away.

Usage: table.py BUILD_DIRECTORY [quick]
"""

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import time

from measure import ROUNDS, median, peak_megabytes, print_table

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))

import harness  # noqa: E402

BUILD = os.path.abspath(sys.argv[1])
QUICK = len(sys.argv) > 2 and sys.argv[2] == "quick"
STUDIES = 100_000
STARTS = 2 if QUICK else ROUNDS
RECEIVE_SECONDS = 5 if QUICK else 20
INSTANCES_A_SECOND = 500
ASSOCIATIONS = 4
COLUMNS = ["Patient", "ID", "Date", "Description", "Modality", "Images", "Size", "Received",
           "Status"]
SEARCHES = ["a", "ad", "ada", "adam", "adams", "müller", "acc9999", "иванова", "山田", "nobody"]
SETTINGS = """[cloud/aurabox/Bounce]
ip-address='127.0.0.1'
port=uint32 {port}
quiet-period-seconds=uint32 3600
[cloud/aurabox/Bounce/desktop]
first-run-done=true
"""


class Display:
    """An X server without a screen."""

    def __init__(self, place):
        read_end, write_end = os.pipe()
        harness.Process(place, "xvfb", ["Xvfb", "-displayfd", str(write_end), "-screen", "0",
                                        "1600x1000x24", "-nolisten", "tcp"], pass_fds=[write_end])
        os.close(write_end)
        with os.fdopen(read_end) as number:
            place.env["DISPLAY"] = ":" + number.readline().strip()


class Bounce:
    """The desktop application with the probe in it."""

    def __init__(self, place):
        ours, theirs = socket.socketpair()
        env = {**place.env, "LD_PRELOAD": os.path.join(BUILD, "tests/bench/libtable-probe.so"),
               "BOUNCE_PROBE_FD": str(theirs.fileno())}
        self.lines = ours.makefile("rw", encoding="utf-8")
        ours.settimeout(120)
        self.started_us = time.monotonic_ns() // 1000
        self.process = harness.Process(place, "bounce", [os.path.join(BUILD, "src/ui/bounce")],
                                       env=env, pass_fds=[theirs.fileno()])
        theirs.close()
        ours.close()

    def read(self):
        line = self.lines.readline()
        if not line:
            raise harness.Failure(f"bounce is gone: {self.process.text()}")
        return json.loads(line)

    def wait_for_start(self):
        """Milliseconds from exec to each step, and from the rows' arrival to their frame."""
        told = self.read()
        times = {name: (told[name + "_us"] - self.started_us) / 1000
                 for name in ("mapped", "first_frame", "rows", "table")}
        times["paint"] = times["table"] - times["rows"]
        return times

    def __call__(self, command):
        self.lines.write(command + "\n")
        self.lines.flush()
        return self.read()

    def pss_megabytes(self):
        with open(f"/proc/{self.process.popen.pid}/smaps_rollup", encoding="ascii") as rollup:
            for line in rollup:
                if line.startswith("Pss:"):
                    return int(line.split()[1]) * 1024 / 1e6
        return 0.0

    def peak_megabytes(self):
        return peak_megabytes(self.process.popen.pid)

    def stop(self):
        self.process.stop()
        self.lines.close()


class Desk(harness.Place):
    """A place with a display, a bus and a store of so many studies."""

    def __init__(self, studies):
        super().__init__()
        self.studies = studies
        self.port = harness.free_port()
        self.env.update(GSETTINGS_BACKEND="keyfile", GSK_RENDERER="cairo", GDK_BACKEND="x11",
                        GSETTINGS_SCHEMA_DIR=os.path.join(BUILD, "data"), NO_AT_BRIDGE="1",
                        GTK_A11Y="none", GDK_DEBUG="gl-disable")  # no GPU: no LLVM in its place
        self.env.pop("BOUNCE_API_KEY")

    def __enter__(self):
        super().__enter__()
        Display(self)
        self.start_bus()
        folder = os.path.join(self.env["XDG_CONFIG_HOME"], "glib-2.0", "settings")
        os.makedirs(folder)
        with open(os.path.join(folder, "keyfile"), "w", encoding="utf-8") as file:
            file.write(SETTINGS.format(port=self.port))
        self.fill()
        return self

    def fill(self):
        """Bounce makes its database once; the rows go in without it."""
        bounce = Bounce(self)
        bounce.wait_for_start()
        bounce.stop()
        if self.studies:
            data = os.path.join(self.env["XDG_DATA_HOME"], "bounce")
            subprocess.run([os.path.join(BUILD, "tests/support/bounce-study-rows"), data,
                            str(self.studies)], check=True)

    @contextlib.contextmanager
    def bounce(self):
        bounce = Bounce(self)
        try:
            yield bounce, bounce.wait_for_start()
        finally:
            bounce.stop()


def measure_start(full, empty):
    """Both alternate, so that a noisy machine is noisy for both."""
    times = {full: [], empty: []}
    for _ in range(STARTS):
        for desk in (empty, full):
            with desk.bounce() as (_, start):
                times[desk].append(start)
    return [{name: median([each[name] for each in times[desk]]) for name in times[desk][0]}
            for desk in (full, empty)]


def measure_sorts(bounce):
    """{column: median ms of both directions}"""
    return {column: median([bounce(f"sort {column} {order}")["ms"] for order in ("asc", "desc")])
            for column in COLUMNS}


def measure_searches(bounce):
    """Letter by letter, from the key to the frame with the answer."""
    figures = {}
    before = ""
    for text in SEARCHES:
        if not text.startswith(before):
            bounce("search ")
        figures[text] = bounce(f"search {text}")["ms"]
        before = text
    bounce("search ")
    return figures


def check_selection(bounce, expected, when):
    state = bounce("state")
    if state["selected"] != expected:
        raise harness.Failure(f"{when}: {state['selected']} selected, not {expected}")


def measure_selected(bounce):
    """Selecting everything, and sorting and searching with it."""
    figures = {"select all": bounce("select-all")["ms"]}
    check_selection(bounce, STUDIES, "after select all")
    figures["sort, all selected"] = max(measure_sorts(bounce).values())
    check_selection(bounce, STUDIES, "after sorting")
    figures["search, all selected"] = bounce("search adams")["ms"]
    bounce("search ")
    check_selection(bounce, STUDIES, "after searching")
    return figures


def measure_scrolling(bounce):
    bounce("jump 0")
    gaps = sorted(bounce(f"scroll 60 {100 if QUICK else 400}")["gaps_ms"])
    jumps = [bounce(f"jump {i / 20}")["ms"] for i in range(21)]
    bounce("jump 0")
    return {"median": median(gaps), "99 %": gaps[len(gaps) * 99 // 100], "longest": gaps[-1],
            "longest jump": max(jumps)}


def send(desk, folder, seconds):
    """Small instances at a steady rate over four associations; how many a second went in."""
    interval_us = ASSOCIATIONS * 1_000_000 // INSTANCES_A_SECOND
    command = [harness.program("bounce-rawsend"), "--json", "--associations", str(ASSOCIATIONS),
               "--interval", str(interval_us), f"127.0.0.1:{desk.port}", folder]
    done = subprocess.run(command, capture_output=True, text=True, check=True,
                          timeout=seconds * 10 + 60)
    sums = json.loads(done.stdout)
    return sums["success"] / sums["seconds"]


def measure_receiving(desk, bounce, sort, seed):
    """The longest turn of the main loop while images come in, as wall and as CPU time."""
    count = INSTANCES_A_SECOND * RECEIVE_SECONDS
    phantom = desk.phantom(f"phantom-{seed}", "--small", "--count", str(count // 50), "--studies",
                           "50", "--seed", str(seed))
    bounce(f"sort {sort}")
    bounce("jump 0")
    bounce("blocks")
    rates = []
    sender = threading.Thread(target=lambda: rates.append(send(desk, phantom.folder,
                                                               RECEIVE_SECONDS)))
    sender.start()
    sender.join()
    blocks = bounce("blocks")
    if not rates:
        raise harness.Failure("nothing was sent")
    return [f"sorted by {sort}", f"{rates[0]:.0f}", f"{blocks['ms']:.0f}",
            f"{blocks['cpu_ms']:.0f}"]


def print_start(full, empty):
    names = {"mapped": "window mapped", "first_frame": "first frame",
             "table": "first frame with the rows", "paint": "rows there → painted"}
    print_table(f"{STUDIES:,} studies: start, ms after exec, median of {STARTS}",
                ["", "100,000", "none", "ratio"],
                [[text, f"{full[name]:.0f}", f"{empty[name]:.0f}",
                  f"{full[name] / empty[name]:.2f}"] for name, text in names.items()])


def main():
    os.environ["BOUNCE_BUILD"] = BUILD
    with Desk(STUDIES) as full, Desk(0) as empty:
        print_start(*measure_start(full, empty))
        with empty.bounce() as (bounce, _):
            empty_peak, empty_pss = bounce.peak_megabytes(), bounce.pss_megabytes()
        with full.bounce() as (bounce, _):
            print_table("Sort until painted, ms", ["column", "ms"],
                        [[k, f"{v:.0f}"] for k, v in measure_sorts(bounce).items()])
            print_table("Search until painted, ms", ["typed", "ms"],
                        [[k, f"{v:.0f}"] for k, v in measure_searches(bounce).items()])
            print_table("Scrolling: between frames, ms", ["", "ms"],
                        [[k, f"{v:.0f}"] for k, v in measure_scrolling(bounce).items()])
            print_table("With everything selected, ms", ["", "ms"],
                        [[k, f"{v:.0f}"] for k, v in measure_selected(bounce).items()])
            rows = [measure_receiving(full, bounce, sort, seed * 1000) for seed, sort in
                    enumerate(("Received desc", "Images desc", "Patient asc"), 1)]
            print_table(f"Main loop while {INSTANCES_A_SECOND} instances a second arrive",
                        ["", "instances/s", "longest turn, ms", "most CPU of a turn, ms"], rows)
            peak, pss = bounce.peak_megabytes(), bounce.pss_megabytes()
        print_table("Memory, MB", ["", "100,000", "none"],
                    [["peak resident", f"{peak:.0f}", f"{empty_peak:.0f}"],
                     ["proportional at the end", f"{pss:.0f}", f"{empty_pss:.0f}"]])


if __name__ == "__main__":
    main()
