#!/usr/bin/python3
# SPDX-FileCopyrightText: The Bounce authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A tour of every screen, with studies as a practice has them, in light and in dark.

Each screen is written to BUILD/screenshots/NAME-light.png and NAME-dark.png. A screen that cannot
be reached, that is blank, or on which something that can be pressed has no name for a screen
reader fails.
"""

import os
import re
import shutil
import sys

from desktop import harness

import application
import realistic
import relay
import uicase

# As a screen reader calls what can be pressed, chosen or typed into.
CONTROLS = ('button', 'push button', 'toggle button', 'switch', 'check box', 'combo box', 'entry',
            'text', 'search box', 'spin button', 'menu item', 'tab', 'radio button', 'slider')
NAMELESS = re.compile(r'^$|^(Gtk|Adw|Bounce)[A-Z]\w+$|^\(null\)$')
FEWEST_COLOURS = 60
SLOW_BYTES_PER_SECOND = 500_000
LARGE_SIDE = 640  # pixels: more than the sockets on the way take up at once

DELIVERED = (0, 1, 2, 3, 5, 6, 8, 9)
REJECTED, RETRIED, UPLOADING, WAITING, RECEIVING = 7, 10, 4, 11, 12


class Screens(uicase.UiCase):
    """One method a tour; the suffix of the files says in which style."""

    SIZE = (1440, 840)  # with room for the window's shadow
    STYLE = 'light'

    # --- what a screen is ---

    def screen(self, name):
        """Looks at what is there now: a picture, and names for what can be pressed."""
        with self.subTest(screen=name):
            self.place.xdotool('mousemove', *self.SIZE)  # no tooltip, nothing lit up
            path = self.settle(f'{name}-{self.STYLE}.png')
            colours = int(self.place.run('identify', '-format', '%k', path).stdout)
            self.assertGreater(colours, FEWEST_COLOURS, f'{path} is blank')
            self.assertEqual(self.nameless(), [], f'{name}: without a name for a screen reader')

    def settle(self, name):
        """The picture once it stands still, or moves for good, as a progress bar does."""
        folder = self.place.build('screenshots')
        os.makedirs(folder, exist_ok=True)
        path = os.path.join(folder, name)
        before = None
        for _ in range(8):
            self.place.screenshot(path)
            now = harness.sha256(harness.read(path))
            if now == before:
                break
            before = now
        self.crop(path)
        return path

    def crop(self, path):
        """Cuts the desktop away around the window."""
        x, y, width, height = self.app.surface(self.app.wait('window', 'Bounce'))
        self.place.run('mogrify', '-crop', f'{width}x{height}+{x}+{y}', '+repage', '-strip', path)

    def nameless(self):
        """Controls on the screen that have no name, as their place in the tree."""
        return [place_of(node) for node in self.app.look().walk()
                if node.role in CONTROLS and NAMELESS.match(node.name)
                and not is_part_of_gtk(node) and node.is_showing()]

    # --- ways to get somewhere ---

    def act(self, action, *words):
        """Activates an action of the application, as the tray would."""
        target = [f"<'{word}'>" for word in words]
        self.place.run('gdbus', 'call', '--session', '--dest', 'cloud.aurabox.Bounce',
                       '--object-path', '/cloud/aurabox/Bounce', '--method',
                       'org.gtk.Actions.Activate', action, f'[{",".join(target)}]', '{}')

    def send_study(self, number, side=realistic.SIDE):
        folder = os.path.join(self.place.root, f'study-{number}')
        realistic.write_study(number, folder, side)
        self.app.send(folder)

    def patient(self, number):
        """Words of the row of a study."""
        return realistic.STUDIES[number].id

    def fail_next(self, **fault):
        self.sandbox.post('/sandbox/faults', {'path': '/api/bounce/upload/init', **fault})

    def begin(self, disk=False, **settings):
        """Bounce in this style on the whole screen, its cloud behind a line that can be slow; with
        a disk whose free space self.disk sets, if wanted."""
        # Comes back when it is ready, ends with the display.
        self.place.run('picom', '--daemon', '--backend', 'xrender', '--config', os.devnull)
        self.line = relay.Relay()
        self.start_sandbox('--public-url', f'http://127.0.0.1:{self.line.port}')
        self.line.target = self.sandbox.port
        scheme = 'prefer-dark' if self.STYLE == 'dark' else 'prefer-light'
        self.place.env['ADW_DEBUG_COLOR_SCHEME'] = scheme
        self.create(max_concurrent_uploads=1, retry_base_seconds=600,
                    retry_cap_seconds=3600, **settings)
        if disk:
            self.disk = harness.Disk(self.app)
        self.app.start()

    def fill(self):
        """Studies in every state that there is."""
        app = self.app
        for number in DELIVERED:
            self.send_study(number)
        for number in DELIVERED:
            app.wait_for_row(self.patient(number), 'Delivered')
        self.fail_next(fault='status', status=422)
        self.send_study(REJECTED)
        app.wait_for_row(self.patient(REJECTED), 'Not delivered')
        self.fail_next(fault='status', status=503, retry_after='600')
        self.send_study(RETRIED)
        app.wait_for_row(self.patient(RETRIED), 'Will retry')
        self.line.bytes_per_second = SLOW_BYTES_PER_SECOND
        self.send_study(UPLOADING, LARGE_SIDE)
        app.wait_for_row(self.patient(UPLOADING), 'Uploading', 'left')
        self.send_study(WAITING)
        app.wait_for_row(self.patient(WAITING), 'Waiting')
        app.ctl('config', 'set', 'quiet_period_seconds', '3600')
        self.send_study(RECEIVING)
        app.wait_for_row(self.patient(RECEIVING), 'Receiving')

    def select(self, number):
        self.app.click(self.app.wait_for_row(self.patient(number)))

    # --- the tours ---

    def test_daily_work(self):
        self.begin()
        self.see_empty()
        self.fill()
        self.see_studies()
        self.see_activity()
        self.see_windows()
        self.see_preferences()
        self.see_banners()

    def test_first_run(self):
        self.begin(api_key=None, first_run_done=False)
        app = self.app
        app.wait('label', 'Welcome to Bounce')
        self.screen('assistant-welcome')
        app.press('button', 'Try It without an Account')
        app.wait('label', 'Nothing leaves this computer')
        self.screen('assistant-trial')
        app.press('button', 'Back')
        app.press('button', 'Set Up')
        app.wait('button', 'Continue without a Key')
        self.place.type('aura_au_bounce_user_wrong_local')
        self.place.key('Return')
        app.wait('label', re.compile('^Aurabox does not accept this key'))
        self.screen('assistant-key')
        app.press('button', 'Continue without a Key')
        app.wait('label', 'Port is free')
        self.screen('assistant-device')
        self.place.key('Return')
        app.wait('label', re.compile(' free$'))
        self.screen('assistant-storage')
        app.press('button', 'Continue')
        app.wait('button', 'Done')
        self.screen('assistant-finish')

    def test_trial(self):
        self.begin(api_key=None, trial=True)
        self.app.wait('label', 'Trial on this computer, without Aurabox')
        self.send_study(0)
        self.app.wait_for_row('Delivered')
        self.select(0)
        self.app.wait('label', re.compile('^Yes, in this trial'))
        self.screen('trial')

    def test_narrow(self):
        """A window as wide as a phone."""
        self.begin(window_width=360, window_height=720)
        app = self.app
        self.send_study(0)
        app.wait_for_row('Delivered')
        self.screen('narrow-studies')
        self.select(0)
        self.act('transfers')
        app.wait('label', re.compile('Attempt 1'))
        self.screen('narrow-transfers')

    def test_mirrored(self):
        """As in a language that is written from right to left, wide and as wide as a phone."""
        folder = self.place.folder('locale/ar/LC_MESSAGES')
        header = os.path.join(folder, 'bounce.po')
        with open(header, 'w', encoding='ascii') as file:
            # GTK mirrors what has a translation, be it one without texts.
            file.write('msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n')
        self.place.run('msgfmt', '-o', os.path.join(folder, 'bounce.mo'), header)
        self.place.env.update(LANGUAGE='ar', BOUNCE_LOCALEDIR=os.path.join(self.place.root, 'locale'))
        self.begin()
        app = self.app
        for number in (0, 3, 5):
            self.send_study(number)
        for number in (0, 3, 5):
            app.wait_for_row(self.patient(number), 'Delivered')
        self.select(5)
        app.wait('label', re.compile('^Yes. '))
        self.screen('mirrored')
        app.ctl('quit')
        self.assertEqual(app.wait_for_end(), 0)
        self.place.set(application.DESKTOP_SCHEMA, window_width=360)
        app.start()
        app.wait_for_row(self.patient(5), 'Delivered')
        self.screen('mirrored-narrow')
        # The table is wider than the window and begins where lines begin.
        window, name = app.wait('window', 'Bounce').extents(), app.header('Patient').extents()
        self.assertGreaterEqual(name.x, window.x)
        self.assertLessEqual(name.x + name.width, window.x + window.width)

    def test_trouble(self):
        """A disk that is full, then not there; another program that has the studies."""
        self.begin(disk=True)
        app = self.app
        self.send_study(0)
        app.wait_for_row('Delivered')
        self.disk.set('low', str(1500 << 20))
        app.wait('label', re.compile('^Disk space is running low'))
        self.screen('disk-low')
        self.disk.set('low', str(300 << 20))
        app.wait('label', re.compile('^The disk is almost full'))
        self.screen('disk-full')
        storage = os.path.join(self.place.env['XDG_DATA_HOME'], 'bounce/studies')
        os.rename(storage, storage + '.away')
        app.wait('label', re.compile('^The disk that holds the studies is not connected'))
        self.screen('storage-missing')
        self.assertFalse(app.find('label', re.compile(' free$')), 'of a disk that is not there')
        app.ctl('quit')
        self.assertEqual(app.wait_for_end(), 0)
        app.launch()
        harness.wait_for(app.tree.look, 'bounce to show itself')
        app.wait('label', 'The Storage of the Studies Is Missing')
        self.screen('problem-storage')
        app.press('button', 'Quit')
        self.assertEqual(app.wait_for_end(), 0)
        shutil.rmtree(storage, ignore_errors=True)
        os.rename(storage + '.away', storage)
        self.see_other()

    def see_other(self):
        """bounced has the studies."""
        app = self.app
        other = harness.Bounced(self.place, bus='session')
        other.data_dir = os.path.join(self.place.env['XDG_DATA_HOME'], 'bounce')
        other.base_dir = os.path.join(other.data_dir, 'studies')
        other.settings['base_dir'] = other.base_dir
        other.start()
        app.launch()
        harness.wait_for(app.tree.look, 'bounce to show itself')
        app.wait('label', 'Bounce Is Already Running')
        app.wait('button', 'Stop It and Continue')
        self.screen('problem-running')

    def test_import(self):
        """An import on its way, and what one says that was refused much."""
        self.begin()
        app = self.app
        self.send_study(0)
        app.wait_for_row('Delivered')
        folder = self.place.phantom('CD of Tuesday', '--small', '--count', '3000').folder
        self.import_folder(folder)
        app.wait('label', re.compile('^Importing: [1-9]'))
        self.screen('import')
        app.wait('label', '3000 images imported')
        folder = self.place.folder('Löwenzahn')
        for name in ('眼科 検査.dcm', 'صورة.dcm', 'IM000001.dcm', 'broken.zip', 'readme.txt'):
            with open(os.path.join(folder, name), 'wb') as file:
                file.write(b'PK\3\4' if name.endswith('zip') else b'not DICOM')
        os.symlink('/', os.path.join(folder, 'link'))
        self.import_folder(folder)
        app.wait('label', '5 Files Were Not Imported')
        self.screen('import-report')

    def import_folder(self, folder):
        self.place.run('gapplication', 'action', 'cloud.aurabox.Bounce', 'import', f"@as ['{folder}']")

    def see_empty(self):
        self.app.wait('label', 'No Studies Yet')
        self.app.wait('button', re.compile('^Aurabox is reachable'))
        self.screen('empty')
        self.app.click_on('button', 'Receiver On')
        self.app.wait('label', 'Enter this at the modality or PACS:')
        self.screen('endpoint')
        self.place.key('Escape')

    def see_studies(self):
        app = self.app
        self.select(UPLOADING)
        self.screen('studies')
        self.select(RETRIED)
        app.wait('label', re.compile('^Not yet: '))
        self.screen('study-failed')
        self.select(0)
        app.wait('label', re.compile('^Yes. '))
        self.screen('study-delivered')
        self.place.key('ctrl+a')
        app.wait('label', re.compile('^Not all. '))
        self.screen('selection')
        self.place.key('Delete')
        app.wait('dialog', re.compile('^Delete '))
        self.screen('delete')
        self.place.key('Escape')
        app.search('Παπ')
        app.wait_for_rows('ID', [self.patient(1)])
        self.screen('search')
        app.search('nobody')
        app.wait('label', 'No Studies Found')
        self.screen('search-nothing')
        self.place.key('Escape')

    def see_activity(self):
        app = self.app
        self.act('transfers')
        app.wait('label', re.compile('Attempt 1'))
        self.screen('transfers')
        self.act('events')
        app.wait('label', re.compile('was delivered'))
        self.screen('events')
        app.click_on('tab', 'Log')
        app.wait('label', re.compile('New association'))
        self.screen('log')
        self.act('studies')

    def see_windows(self):
        app = self.app
        self.place.key('F10')
        app.wait('menu item', 'Quit')
        self.screen('menu')
        self.place.key('Escape')
        self.place.key('ctrl+question')
        app.wait('label', 'Keyboard shortcuts')
        self.screen('shortcuts')
        self.place.key('Escape')
        self.act('about')
        app.wait('label', 'Legal')
        self.screen('about')
        self.place.key('Escape')

    def see_preferences(self):
        app = self.app
        for page, words in (('general', 'Start Bounce at login'), ('receiving', 'Receiver'),
                            ('aurabox', 'Connection')):
            self.act('preferences-at', page)
            app.wait('label', words)
            self.screen('preferences-' + page)
        self.place.key('Escape')
        app.wait_gone('window', 'Preferences')
        self.act('reset')
        app.wait('label', 'Also removed')
        self.screen('reset')
        self.place.key('Escape')

    def see_banners(self):
        app = self.app
        self.act('stop')
        app.wait('label', re.compile('^The receiver is off'))
        app.wait('button', 'Receiver Off')
        self.line.bytes_per_second = 0
        self.sandbox.post('/sandbox/faults', {'fault': 'status', 'status': 401, 'count': 99,
                                              'path': '/api/bounce'})
        app.ctl('send', realistic.study_uid(RETRIED))
        app.wait('label', re.compile('^Uploads are paused'))
        self.screen('banners')


class ScreensDark(Screens):
    STYLE = 'dark'


def is_part_of_gtk(node):
    """What GTK 4.8 and libadwaita 1.2 themselves leave without a name: the button in a drop-down,
    which has one; the search of shortcuts and preferences; the way back in About."""
    return node.parent.role == 'combo box' \
        or node.window.name in ('GtkShortcutsWindow', 'About') \
        or (node.window.name == 'Preferences' and node.name == 'GtkImage')


def place_of(node):
    """Where a node is, for people: "window Bounce / box / button"."""
    names = []
    while node and node.parent:
        names.append(f'{node.role} {node.name}'.strip())
        node = node.parent
    return ' / '.join(reversed(names))


if __name__ == '__main__':
    sys.exit(harness.main())
