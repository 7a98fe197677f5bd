#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Bounce authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the suites of a build directory and sums up their single tests.

Meson counts programs; a reader wants to know how many tests ran. The TAP lines in Meson's log are
counted one by one; a program without TAP is one test. What was skipped, timed out or stopped before
its plan was fulfilled has failed: a test that could not run has shown nothing.
"""

import argparse
import json
import os
import re
import subprocess
import sys

TAP_LINE = re.compile(r'^(ok|not ok)\b(.*)$')
TAP_PLAN = re.compile(r'^1\.\.(\d+)')
LINES_BEFORE_FAILURE = 20
LINES_OF_ERRORS = 80
SKIPPED = re.compile(r'#\s*(skip|todo)\b', re.IGNORECASE)


def count_tap(text):
    """The numbers of passed and failed lines of a TAP stream; a short plan counts as failures."""
    passed = failed = planned = 0
    for line in text.splitlines():
        plan = TAP_PLAN.match(line)
        if plan:
            planned = int(plan.group(1))
        result = TAP_LINE.match(line)
        if result and result.group(1) == 'ok' and not SKIPPED.search(result.group(2)):
            passed += 1
        elif result:
            failed += 1
    return passed, failed + max(0, planned - passed - failed)


def count_log(path):
    """Sums over Meson's testlog.json: passed, failed, the entries of the programs that failed."""
    passed = failed = 0
    broken = []
    with open(path, encoding='utf-8', errors='replace') as log:
        for line in log:
            test = json.loads(line)
            good, bad = count_tap(test.get('stdout') or '')
            if good + bad == 0 and test['result'] == 'OK':
                good = 1
            if test['result'] != 'OK' and bad == 0:
                bad = 1
            passed += good
            failed += bad
            if bad:
                broken.append(test)
    return passed, failed, broken


def tell(test):
    """What a failed program said, short enough to be read at the end of a long log."""
    print(f"failed: {test['name']}: {test['result']} after {test.get('duration', 0):.1f} s")
    said = (test.get('stdout') or '').splitlines()
    last = 0
    for number, line in enumerate(said):
        if line.startswith('not ok'):
            for before in said[max(last, number - LINES_BEFORE_FAILURE):number + 1]:
                print(f'  {before}')
            last = number + 1
    if last == 0:
        for line in said[-LINES_BEFORE_FAILURE:]:
            print(f'  {line}')
    for line in (test.get('stderr') or '').splitlines()[-LINES_OF_ERRORS:]:
        print(f'  ! {line}')


def choose(build, pattern, suites):
    """Names of the tests whose suite or name contains the pattern."""
    text = subprocess.run(['meson', 'introspect', '--tests', build], check=True,
                          capture_output=True, text=True).stdout
    names = []
    for test in json.loads(text):
        own = [suite.split(':')[-1] for suite in test['suite']]
        if suites and not set(own) & set(suites):
            continue
        if pattern and not any(pattern in word for word in own + [test['name']]):
            continue
        names.append(test['name'])
    return names


def environment(args):
    env = dict(os.environ)
    env.setdefault('BOUNCE_PATIENCE', str(60 * float(args.timeout_multiplier)))
    if args.preload:
        env['LD_PRELOAD'] = os.path.abspath(os.path.join(args.build, args.preload))
    return env


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('build')
    parser.add_argument('pattern', nargs='?', default='')
    parser.add_argument('--suite', action='append', default=[])
    parser.add_argument('--timeout-multiplier', default='1')
    parser.add_argument('--preload', help='a library of the build directory, for the tests only')
    args = parser.parse_args()

    names = choose(args.build, args.pattern, args.suite)
    if not names:
        print(f'no test matches "{args.pattern}"', file=sys.stderr)
        print('0 passed, 1 failed')
        return 1
    log = os.path.join(args.build, 'meson-logs', 'testlog.json')
    if os.path.exists(log):
        os.unlink(log)
    run = subprocess.run(['meson', 'test', '-C', args.build, '--no-rebuild', '--print-errorlogs',
                          '--timeout-multiplier', args.timeout_multiplier] + names,
                         stdin=subprocess.DEVNULL, env=environment(args))
    passed = failed = 0
    broken = []
    if os.path.exists(log):
        passed, failed, broken = count_log(log)
    if run.returncode != 0 and failed == 0:
        failed = 1
    for test in broken:
        tell(test)
    print(f'{passed} passed, {failed} failed', flush=True)
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
