#!/usr/bin/python3
# SPDX-FileCopyrightText: The Bounce authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was installed into a prefix, started from there as a desktop does: test-prefix.py BUILD.

BUILD was configured with a prefix of its own and installed. Nothing of the build directory is
used but that: settings schema, translations, icons, tray helper, sandbox come from the prefix by
XDG_DATA_DIRS and the paths that were compiled in. The phantoms come from BOUNCE_TEST_BUILD.
"""

import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'ui', 'e2e'))

import application  # noqa: E402
import desktop  # noqa: E402
from desktop import harness  # noqa: E402
import tray  # noqa: E402
import uicase  # noqa: E402

DESKTOP_FILE = 'share/applications/cloud.aurabox.Bounce.desktop'


def read_prefix(build):
    text = subprocess.run(['meson', 'introspect', '--buildoptions', build], check=True,
                          capture_output=True, text=True).stdout
    return next(entry['value'] for entry in json.loads(text) if entry['name'] == 'prefix')


class Prefix(uicase.UiCase):

    def setUp(self):
        super().setUp()
        self.prefix = os.environ['BOUNCE_PREFIX']
        env = self.place.env
        for name in ('GSETTINGS_SCHEMA_DIR', 'BOUNCE_TRAY_HELPER', 'BOUNCE_TRAY_ICONS',
                     'BOUNCE_LOCALEDIR', 'BOUNCE_SANDBOX'):
            env.pop(name, None)
        env['XDG_DATA_DIRS'] = f'{self.prefix}/share:/usr/local/share:/usr/share'
        env['PATH'] = f'{self.prefix}/bin:' + env['PATH']
        self.place.build = self.installed

    def installed(self, path):
        """bounce of the prefix where the harness would take that of the build directory."""
        if path == 'src/ui/bounce':
            return os.path.join(self.prefix, 'bin', 'bounce')
        return desktop.Desktop.build(path)

    def test_works(self):
        app = self.start()
        self.send()
        app.wait_for_row('Delivered')
        self.assertIn('running', self.place.run(f'{self.prefix}/bin/bouncectl', 'status').stdout)

    def test_tray(self):
        self.place.start_panel()
        self.start()
        icon = tray.Tray(self.place)
        icon.wait_for_icon('idle')
        with open(f'/proc/{icon.helper()}/cmdline', encoding='utf-8') as command:
            self.assertEqual(command.read().split('\0')[0],
                             os.path.join(self.prefix, 'libexec/bounce/bounce-tray'))

    def test_translated(self):
        self.place.env['LANGUAGE'] = 'de'
        self.start_sandbox()
        self.app = application.Bounce(self.place, self.sandbox).launch()
        harness.wait_for(self.app.tree.look, 'bounce to show itself')
        self.app.wait('label', 'Noch keine Studien')

    def test_desktop_file(self):
        """As a menu starts it."""
        self.start_sandbox()
        self.app = application.Bounce(self.place, self.sandbox)
        self.place.set(application.SCHEMA, **self.app.settings)
        self.place.set(application.DESKTOP_SCHEMA, **self.app.desktop_settings)
        self.place.spawn('menu', 'gio', 'launch', os.path.join(self.prefix, DESKTOP_FILE))
        harness.wait_for(lambda: self.place.run('echoscu', '127.0.0.1', str(self.app.port),
                                                check=False).returncode == 0, 'the receiver')
        owner = self.place.bus.process_of('cloud.aurabox.Bounce')
        self.assertEqual(os.readlink(f'/proc/{owner}/exe'),
                         os.path.realpath(f'{self.prefix}/bin/bounce'))
        self.app = None
        harness.wait_for(lambda: self.place.run('bouncectl', 'quit', check=False).returncode == 0,
                         'the service on the bus')
        harness.wait_for(lambda: not os.path.exists(f'/proc/{owner}'), 'it to end')

    def test_trial(self):
        """Trying it out finds the sandbox."""
        self.app = application.Bounce(self.place, api_key=None, trial=True)
        self.app.env.pop('BOUNCE_SANDBOX', None)
        self.app.start()
        wanted = os.path.realpath(f'{self.prefix}/bin/bounce-sandbox')
        harness.wait_for(lambda: wanted in self.programs_of(self.app.process.popen.pid),
                         'the sandbox')
        self.send()
        self.app.wait_for_row('Delivered')

    def programs_of(self, parent):
        """What its children are."""
        done = self.place.run('pgrep', '-P', str(parent), check=False)
        return [os.path.realpath(f'/proc/{child}/exe') for child in done.stdout.split()]

    def test_icons(self):
        """The desktop finds them by name."""
        done = self.place.run('/usr/bin/python3', '-c', ICON_QUERY)
        self.assertEqual(len(done.stdout.split()), 7, done.stdout)
        self.assertTrue(all(path.startswith(self.prefix) for path in done.stdout.split()))


ICON_QUERY = '''
import gi
gi.require_version('Gtk', '3.0')
from gi.repository import Gtk
names = ['', '-symbolic'] + ['-tray-' + state for state in
                             ('stopped', 'idle', 'receiving', 'uploading', 'attention')]
for name in names:
    icon = Gtk.IconTheme.get_default().lookup_icon('cloud.aurabox.Bounce' + name, 16, 0)
    print(icon.get_filename() if icon else 'none')
'''


if __name__ == '__main__':
    os.environ['BOUNCE_PREFIX'] = read_prefix(sys.argv[1])
    sys.argv[1] = os.environ.get('BOUNCE_TEST_BUILD', '_build')
    sys.exit(harness.main())
