#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Bounce authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`meson install` with DESTDIR: every file is where it is looked for, and fit for use."""

import glob
import json
import os
import re
import stat
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'e2e'))

import harness  # noqa: E402

ID = 'cloud.aurabox.Bounce'
PROGRAMS = ['bin/bounce', 'bin/bounced', 'bin/bouncectl', 'bin/bounce-sandbox',
            'libexec/bounce/bounce-tray']
STATES = ['stopped', 'idle', 'receiving', 'uploading', 'attention']
DATA = [
    f'share/applications/{ID}.desktop',
    f'share/metainfo/{ID}.metainfo.xml',
    f'share/glib-2.0/schemas/{ID}.gschema.xml',
    f'share/glib-2.0/schemas/{ID}.Desktop.gschema.xml',
    f'share/icons/hicolor/scalable/apps/{ID}.svg',
    f'share/icons/hicolor/symbolic/apps/{ID}-symbolic.svg',
    *(f'share/icons/hicolor/scalable/status/{ID}-tray-{state}.svg' for state in STATES),
    'share/dbus-1/interfaces/cloud.aurabox.Bounce1.xml',
    f'share/dbus-1/system.d/{ID}.conf',
    'share/bash-completion/completions/bouncectl',
    'share/doc/bounce/bounce.json.example',
    'share/doc/bounce/conformance.md',
    'lib/systemd/system/bounced.service',
    'lib/systemd/user/bounced.service',
    'lib/sysusers.d/bounce.conf',
]


class Installed(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix='bounce-install-')
        cls.addClassCleanup(cls.folder.cleanup)
        cls.build = os.environ['BOUNCE_BUILD']
        run(['meson', 'install', '-C', cls.build, '--no-rebuild', '--quiet'],
            env={**os.environ, 'DESTDIR': cls.folder.name})
        cls.prefix = cls.folder.name + os.path.join(option(cls.build, 'prefix'), '')

    def path(self, name):
        return os.path.join(self.prefix, name)

    def test_files(self):
        languages = harness.read(os.path.join(harness.SOURCE, 'po', 'LINGUAS')).decode().split('\n')
        translations = [f'share/locale/{name}/LC_MESSAGES/bounce.mo' for name in languages
                        if name and not name.startswith('#')]
        pages = [f'share/man/man{name[-1]}/{os.path.basename(name)}'
                 for name in glob.glob(os.path.join(harness.SOURCE, 'data', 'man', '*'))]
        self.assertEqual(len(pages), 5)
        self.assertEqual(len(translations), 2)
        wanted = set(PROGRAMS + DATA + translations + pages)
        found = {os.path.relpath(os.path.join(at, name), self.prefix)
                 for at, _, names in os.walk(self.prefix) for name in names}
        self.assertEqual(wanted - found, set(), 'missing')
        self.assertEqual(found - wanted, set(), 'nobody said that these are installed')

    def test_modes(self):
        for at, _, names in os.walk(self.prefix):
            for name in names:
                path = os.path.join(at, name)
                mode = stat.S_IMODE(os.stat(path).st_mode)
                is_program = os.path.relpath(path, self.prefix) in PROGRAMS
                self.assertEqual(mode, 0o755 if is_program else 0o644, path)

    def test_programs(self):
        for name in PROGRAMS[:4]:
            done = run([self.path(name), '--version'])
            self.assertRegex(done.stdout, r'^bounce[a-z-]* \d+\.\d+\.\d+\n$')

    def test_desktop_file(self):
        path = self.path(DATA[0])
        run(['desktop-file-validate', path])
        text = harness.read(path).decode()
        self.assertIn('\nComment[de]=', text)
        self.assertIn('\nComment[fr]=', text)
        program = re.search(r'^Exec=(\S+)', text, re.MULTILINE).group(1)
        self.assertTrue(os.access(self.path('bin/' + program), os.X_OK))
        icon = re.search(r'^Icon=(\S+)$', text, re.MULTILINE).group(1)
        self.assertTrue(os.path.exists(self.path(f'share/icons/hicolor/scalable/apps/{icon}.svg')))

    def test_metainfo(self):
        path = self.path(DATA[1])
        run(['appstreamcli', 'validate', '--no-net', '--pedantic', path])
        text = harness.read(path).decode()
        self.assertIn(f'<launchable type="desktop-id">{ID}.desktop</launchable>', text)
        self.assertIn('xml:lang="de"', text)

    def test_schemas(self):
        """They compile, and each key of the settings dialog is in them."""
        folder = os.path.dirname(self.path(DATA[2]))
        run(['glib-compile-schemas', '--strict', '--dry-run', folder])

    def test_xml(self):
        for name in DATA:
            if name.endswith(('.xml', '.svg', '.conf')) and 'sysusers' not in name:
                run(['xmllint', '--noout', '--nonet', self.path(name)])

    def test_units(self):
        """They start the program that was installed."""
        wanted = os.path.join(option(self.build, 'prefix'), 'bin/bounced')
        for name in ('system', 'user'):
            text = harness.read(self.path(f'lib/systemd/{name}/bounced.service')).decode()
            self.assertIn(f'\nExecStart={wanted} ', text)

    def test_translations(self):
        """The catalogues are those of the programs."""
        done = run(['msgunfmt', self.path('share/locale/de/LC_MESSAGES/bounce.mo')])
        self.assertIn('msgid "Quit Bounce?"', done.stdout)


def run(command, **keywords):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          **keywords)
    if done.returncode != 0:
        raise AssertionError(f'{" ".join(command)}:\n{done.stdout}{done.stderr}')
    return done


def option(build, name):
    """A build option's value."""
    text = run(['meson', 'introspect', '--buildoptions', build]).stdout
    return next(entry['value'] for entry in json.loads(text) if entry['name'] == name)


if __name__ == '__main__':
    sys.exit(harness.main())
