#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Bounce authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks what a compiler does not: layers, layout, licences, docstrings, scripts.

Each check yields findings "file:line: what". Prints them all and ends with the sum of the checks;
exits 1 if there was any finding.
"""

import os
import subprocess
import sys

import desktop
import interface
import layers
import layout
import scripts


def tracked_files():
    """Files of the working tree that git knows or would add."""
    listing = subprocess.run(['git', 'ls-files', '--cached', '--others', '--exclude-standard'],
                             check=True, capture_output=True, text=True).stdout
    return sorted(name for name in set(listing.splitlines()) if os.path.isfile(name))


CHECKS = [
    ('layers include only what their row allows', layers.check_includes),
    ('layers link only what their row allows', layers.check_links),
    ('libraries are used by their owners only', layers.check_owners),
    ('clang-format', layout.check_format),
    ('licence lines', layout.check_licence),
    ('file sizes', layout.check_file_size),
    ('function sizes', layout.check_function_size),
    ('docstrings', layout.check_docstrings),
    ('words that must not stay', layout.check_words),
    ('shell scripts', scripts.check_shell),
    ('python', scripts.check_python),
    ('XML', scripts.check_xml),
    ('desktop file and metainfo', desktop.check_desktop_files),
    ('flatpak manifest', desktop.check_flatpak),
    ('.ui files are in the resources', interface.check_resources),
    ('.ui files name classes that exist', interface.check_classes),
    ('.ui files have translatable texts', interface.check_texts),
    ('.ui files name what has only an icon', interface.check_names),
    ('translations', desktop.check_translations),
    ('node peers', scripts.check_node),
]


def main():
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', '..'))
    files = tracked_files()
    failed = 0
    for name, check in CHECKS:
        findings = list(check(files))
        print(('not ok' if findings else 'ok') + ' ' + name)
        for finding in findings:
            print('  ' + finding)
        failed += bool(findings)
    print(f'{len(CHECKS) - failed} passed, {failed} failed')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
