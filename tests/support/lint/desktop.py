# SPDX-FileCopyrightText: The Bounce authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a desktop reads: the desktop file, the metainfo, the translations."""

import json
import os
import re
import shutil
import subprocess
import tempfile

MARKED = re.compile(r'\b_ \(|\bN_ \(|\bC_ \(|\bngettext \(|translatable="(yes|true)"')
KEYWORDS = ['--keyword=_', '--keyword=N_', '--keyword=C_:1c,2', '--keyword=ngettext:1,2',
            '--keyword=count_things:1,2']


def run(command):
    """The output of a tool that failed, by lines; nothing of one that did not."""
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode == 0:
        return []
    return (result.stdout + result.stderr).strip().splitlines() or [f'{command[0]} failed']


def check_desktop_files(files):
    for path in files:
        if path.endswith('.desktop.in'):
            with tempfile.TemporaryDirectory() as folder:
                # The tool goes by the suffix.
                copy = os.path.join(folder, os.path.basename(path)[:-len('.in')])
                shutil.copy(path, copy)
                yield from run(['desktop-file-validate', copy])
        elif path.endswith('.metainfo.xml.in'):
            yield from run(['appstreamcli', 'validate', '--no-net', '--pedantic', path])


def check_flatpak(files):
    """The manifest as flatpak-builder reads it; what it does not know it only warns of."""
    for path in files:
        if not re.match(r'^flatpak/.*\.yaml$', path):
            continue
        with tempfile.TemporaryDirectory() as folder:
            result = subprocess.run(['flatpak-builder', '--show-manifest', os.path.abspath(path)],
                                    cwd=folder, capture_output=True, text=True)
        for line in result.stderr.splitlines():
            if line.strip():
                yield f'{path}:1: {line}'
        if result.returncode == 0:
            names = [module['name'] for module in json.loads(result.stdout)['modules']]
            for name in ('dcmtk', 'libzip', 'libdeflate', 'libayatana-appindicator', 'bounce'):
                if name not in names:
                    yield f'{path}:1: no module {name}'


def read_list(path):
    with open(path, encoding='utf-8') as listing:
        return [line.strip() for line in listing if line.strip() and not line.startswith('#')]


def check_translations(files):
    listed = set(read_list('po/POTFILES.in'))
    for path in sorted(listed - set(files)):
        yield f'po/POTFILES.in:1: {path} is not there'
    for path in files:
        if re.match(r'^(src|resources)/.*\.(c|ui)$', path) and path not in listed:
            with open(path, encoding='utf-8') as source:
                if MARKED.search(source.read()):
                    yield f'po/POTFILES.in:1: {path} has strings to translate and is not listed'
    for language in read_list('po/LINGUAS'):
        yield from check_language(f'po/{language}.po', sorted(listed & set(files)))


def check_language(path, sources):
    """Well formed, and nothing that the sources say is missing, fuzzy or empty."""
    yield from run(['msgfmt', '--check', '--check-accelerators=_', '-o', os.devnull, path])
    with tempfile.TemporaryDirectory() as folder:
        template = os.path.join(folder, 'bounce.pot')
        errors = run(['xgettext', '--from-code=UTF-8', '--output', template] + KEYWORDS
                     + sources)
        yield from errors
        if not errors:
            # msgcmp tells each message that the translation lacks.
            yield from run(['msgcmp', path, template])
