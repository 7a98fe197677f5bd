#!/usr/bin/python3
# SPDX-FileCopyrightText: The Bounce authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings that a person changes: what is wrong is refused in words, what is right is in force."""

import json
import os
import re
import sys

import application
import uicase
from desktop import GLib, harness

WRONG_KEY = 'aura_au_bounce_user_wrong_local'


class Preferences(uicase.UiCase):

    def open(self, page='receiving'):
        """The window of the preferences at a page."""
        self.place.bus.call('cloud.aurabox.Bounce', '/cloud/aurabox/Bounce', 'org.gtk.Actions',
                            'Activate', GLib.Variant('(sava{sv})', (
                                'preferences-at', [GLib.Variant('s', page)], {})))
        self.app.wait('window', 'Preferences')

    def enter(self, name, text):
        """Puts a text into the entry with that name, as a person does, and presses Enter."""
        self.app.click_on('text box', name)
        self.place.key('ctrl+a')
        self.place.type(text)
        self.place.key('Return')

    def echo(self, port, called='BOUNCE'):
        return self.place.run('echoscu', '-aec', called, '127.0.0.1', str(port),
                              check=False).returncode

    def test_port(self):
        """Another port: asked, restarted, and storescu reaches it there and no longer here."""
        app = self.start()
        before, port = app.port, harness.free_port()
        self.open()
        self.enter('Port', str(port))
        app.press('button', 'Restart…')
        app.wait('label', 'Restart the Receiver?')
        app.press('button', 'Restart')
        harness.wait_for(lambda: self.echo(port) == 0, 'the receiver on the new port')
        self.assertNotEqual(self.echo(before), 0)
        study = self.place.phantom('study', '--small', '--count', '2')
        app.send(study.folder, port=port)
        app.wait_for_row('Delivered')
        self.assertEqual(self.place.get('cloud.aurabox.Bounce', 'port'), f'uint32 {port}')

    def test_wrong_values(self):
        """They are refused beside the field while they are typed, and nothing is kept."""
        app = self.start()
        self.open()
        for name, wrong, why in (
                ('Port', '70000', 'Enter a number from 1 to 65535'),
                ('AE title', 'MUCH TOO LONG A TITLE', 'Enter 1 to 16 ASCII characters'),
                ('IP address', '300.1.1.1', 'Enter an IPv4 or IPv6 address')):
            with self.subTest(name):
                app.click_on('text box', name)
                self.place.key('ctrl+a')
                self.place.type(wrong)
                app.wait('label', re.compile('^' + why))
                self.place.key('Return')
                app.wait('label', re.compile('^' + why))
                self.place.key('Escape')
                app.wait_gone('label', re.compile('^' + why))
        self.assertEqual(self.place.get('cloud.aurabox.Bounce', 'port'), f'uint32 {app.port}')
        self.assertEqual(self.place.get('cloud.aurabox.Bounce', 'ae-title'), "'BOUNCE'")
        self.assertEqual(self.echo(app.port), 0)

    def test_change_outside(self):
        """What bouncectl sets shows in the open window."""
        app = self.start()
        self.open('port')
        app.wait('text box', 'Port')
        app.ctl('config', 'set', 'port', '11113')
        app.wait('button', 'Restart…')
        self.place.key('ctrl+a')
        self.place.key('ctrl+c')
        harness.wait_for(lambda: self.place.clipboard() == '11113', 'the port in the field')

    def test_key(self):
        """A key that Aurabox refuses is not kept; one that it takes is, and is never shown."""
        self.start_sandbox()
        self.app = application.Bounce(self.place, self.sandbox, api_key=None)
        app = self.app.start()
        self.open('api-key')
        app.wait('label', 'No key is stored')
        self.place.type(WRONG_KEY)
        self.place.key('Return')
        app.wait('label', re.compile('^Aurabox does not accept this key'))
        app.wait('label', 'No key is stored')
        self.place.key('ctrl+a')
        self.place.type(harness.API_KEY)
        self.place.key('Return')
        app.wait('label', re.compile('^A key is stored'))
        app.wait('label', 'Aurabox is reachable and accepts the key')
        shown = ' '.join(app.look().words())
        self.assertNotIn(harness.API_KEY, shown)
        self.assertNotIn(WRONG_KEY, shown)

    def test_autostart(self):
        """The switch writes the desktop file, and takes it away."""
        app = self.start()
        path = os.path.join(self.place.env['XDG_CONFIG_HOME'], 'autostart',
                            'cloud.aurabox.Bounce.desktop')
        self.open('general')
        app.click_on('switch', 'Start Bounce at login')
        harness.wait_for(lambda: os.path.exists(path), 'the desktop file')
        with open(path, encoding='utf-8') as entry:
            self.assertIn('Exec=bounce --background\n', entry.read())
        app.click_on('switch', 'Start Bounce at login')
        harness.wait_for(lambda: not os.path.exists(path), 'the desktop file to be gone')

    def test_reset(self):
        """Only with the word typed; the studies go, the settings stay."""
        app = self.start()
        self.send()
        app.wait_for_row('Delivered')
        self.open('general')
        app.press('button', 'Reset…')
        app.wait('label', 'Reset Bounce?')
        app.wait(None, re.compile('^1 study'))
        button = app.wait('button', 'Reset')
        self.assertFalse(button.is_sensitive)
        app.click_on('text box', re.compile('to confirm$'))
        self.place.type('reset')
        app.press('button', 'Reset')
        app.wait('label', 'No Studies Yet')
        self.assertEqual(json.loads(app.ctl('studies', '--json').stdout), [])
        folder = os.path.join(self.place.env['XDG_DATA_HOME'], 'bounce', 'studies')
        self.assertEqual([name for name in os.listdir(folder) if not name.startswith('.')], [])
        self.assertEqual(self.place.get('cloud.aurabox.Bounce', 'port'), f'uint32 {app.port}')


if __name__ == '__main__':
    sys.exit(harness.main())
