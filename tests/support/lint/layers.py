# SPDX-FileCopyrightText: The Bounce authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The layer rules, read from the table in src/DESIGN.md: the one place where they are written."""

import functools
import os
import re

DESIGN = 'src/DESIGN.md'
SOURCE = re.compile(r'^src/([a-z]+)/[^/]+\.(c|h|cc)$')
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"')
ROW = re.compile(r'^\| (?P<folders>`[a-z]+/`(?: `[a-z]+/`)*) \| (?P<uses>[^|]*) \| (?P<owns>[^|]*)\|$')

# How the use of something from the table's last column shows in a source file.
LIBRARIES = {
    'libsecret': r'#include <libsecret/|\bsecret_[a-z]+_',
    'GSettings': r'\bg_settings_[a-z]',
    'libcrypto': r'#include <openssl/',
    "json-glib's parser": r'\bjson_parser_[a-z]|\bjson_from_string\b',
    'DCMTK': r'#include [<"]dcmtk/',
    'sqlite3': r'#include <sqlite3',
    'libzip': r'#include <zip\.h>',
    'libdeflate': r'#include <libdeflate\.h>',
    'libcurl': r'#include <curl/',
    'libsoup': r'#include <libsoup/',
    'libpng': r'#include <png\.h>',
    'GTK 3': r'#include <(libayatana|libappindicator)',
    'GTK 4': r'#include <adwaita\.h>',
    'libseccomp': r'#include <seccomp\.h>',
    'C++': None,
}


@functools.lru_cache(maxsize=None)
def read_table():
    """Two dictionaries: layer → layers it may use, layer → what it owns."""
    uses, owns = {}, {}
    with open(DESIGN, encoding='utf-8') as design:
        for line in design:
            row = ROW.match(line.rstrip())
            if not row:
                continue
            words = row['uses'].strip()
            if words == 'all above':
                allowed = set(uses)
            else:
                allowed = set() if words == '–' else {word.strip() for word in words.split(',')}
            for folder in re.findall(r'`([a-z]+)/`', row['folders']):
                uses[folder] = allowed
                owns[folder] = {name for name in LIBRARIES if name in row['owns']}
    return uses, owns


def source_files(files):
    """Pairs of path and layer of the sources in src/."""
    for path in files:
        match = SOURCE.match(path)
        if match:
            yield path, match.group(1)


def numbered_lines(path):
    with open(path, encoding='utf-8') as source:
        yield from enumerate(source, 1)


def check_includes(files):
    uses, _ = read_table()
    home = {os.path.basename(path): layer for path, layer in source_files(files)
            if path.endswith('.h')}
    for path, layer in source_files(files):
        if layer not in uses:
            yield f'{path}:1: {layer}/ has no row in {DESIGN}'
            continue
        for number, line in numbered_lines(path):
            include = INCLUDE.match(line)
            header = include and include.group(1)
            other = home.get(os.path.basename(header)) if header else None
            if other in (None, layer):
                continue
            if other not in uses[layer]:
                yield f'{path}:{number}: {layer}/ may not use {other}/ ({header})'
            elif header.endswith('-private.h') or '/' in header:
                yield f'{path}:{number}: {header} is for {other}/ itself'


def check_links(files):
    uses, _ = read_table()
    for path in files:
        match = re.match(r'^src/([a-z]+)/meson\.build$', path)
        if not match or match.group(1) not in uses:
            continue
        layer = match.group(1)
        for number, line in numbered_lines(path):
            for other in re.findall(r'\b([a-z]+)_dep\b', line):
                if other in uses and other != layer and other not in uses[layer]:
                    yield f'{path}:{number}: {layer}/ may not link {other}/'


def check_owners(files):
    _, owns = read_table()
    for path, layer in source_files(files):
        owned = owns.get(layer, set())
        if path.endswith('.cc') and 'C++' not in owned:
            yield f'{path}:1: C++ outside its layer'
        for number, line in numbered_lines(path):
            for name, pattern in LIBRARIES.items():
                if pattern and name not in owned and re.search(pattern, line):
                    yield f'{path}:{number}: {layer}/ does not own {name}'
