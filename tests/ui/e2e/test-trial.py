#!/usr/bin/python3
# SPDX-FileCopyrightText: The Bounce authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The assistant at the first run, and trying Bounce out: what is real stays apart from what is not."""

import json
import os
import re
import shutil
import sys
import urllib.error
import urllib.request

import application
from desktop import harness
import uicase

WELCOME = 'Set Up Bounce'
HONEST = 'Trial: studies go to a stand-in for Aurabox. Nothing leaves this computer.'


class TrialCase(uicase.UiCase):

    def data(self, *names):
        return os.path.join(self.app.env['XDG_DATA_HOME'], *names)

    def status(self):
        return json.loads(self.app.ctl('status', '--json').stdout)

    def wait_for_status(self, **values):
        """The status, once the service answers and has these values."""
        def look():
            done = self.app.ctl('status', '--json', check=False)
            status = json.loads(done.stdout) if done.returncode == 0 else {}
            return status if all(check(status.get(key)) for key, check in values.items()) else None
        return harness.wait_for(look, lambda: f'the status {list(values)}')

    def tray_status(self):
        """What the tray's icon and menu are given to show."""
        return self.place.run('gdbus', 'call', '--session', '--dest', 'cloud.aurabox.Bounce',
                              '--object-path', '/cloud/aurabox/Bounce', '--method',
                              'org.gtk.Actions.Describe', 'tray-status').stdout

    def in_cloud(self):
        """UIDs of the studies that the trial's cloud has. It tells nobody without its key."""
        with self.assertRaises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(self.status()['api_endpoint'] + '/sandbox/studies', timeout=60)
        refused.exception.close()
        self.assertEqual(refused.exception.code, 401)
        return os.listdir(self.data('bounce-trial', 'cloud', 'studies'))

    def wait_for(self, role, name):
        """As app.wait(), also while the application is not there because it starts again."""
        def look():
            root = self.app.tree.look()
            return root and root.find(role, name)
        return harness.wait_for(look, f'{role} {name}')

    def start_again(self):
        self.app.ctl('quit')
        self.app.wait_for_end()
        self.app.launch()

    def begin_trial(self):
        """From the assistant's first page to the trial's window."""
        self.app.press('button', 'Try It without an Account')
        self.app.press('button', 'Start Trial')
        self.wait_for('label', HONEST)
        self.wait_for_status(api_endpoint=lambda url: (url or '').startswith('http://127.0.0.1:'))

    def end_trial(self):
        self.app.press('button', 'End Trial…')
        self.app.press('button', 'End Trial')
        self.wait_for_status(base_dir=lambda path: path and 'bounce-trial' not in path)

    def deliver(self, name):
        """Sends a study; returns when its row says that it was delivered."""
        study = self.send(name)
        harness.wait_for(lambda: any('Delivered' in ' '.join(row.values())
                                     for row in self.app.rows()), 'a delivered study')
        return study.uids[0]


class FirstRun(TrialCase):

    def test_comes_until_it_is_put_off(self):
        """Closed it comes again, put off it does not, and the main menu has it."""
        self.start(api_key=None, first_run_done=False)
        self.app.wait('button', 'Set Up')
        self.place.key('Escape')
        self.app.wait_gone('button', 'Set Up')
        self.start_again()
        self.wait_for('button', 'Do It Later').press()
        self.app.wait_gone('button', 'Set Up')
        self.start_again()
        self.app.wait_for_window()
        self.assertIsNone(self.app.find('button', 'Set Up'))
        self.app.choose('Set Up Again…')
        self.app.wait('button', 'Set Up')


class Trial(TrialCase):

    def test_there_and_back(self):
        """A study is delivered to the trial's cloud, over a restart, and gone with its end."""
        self.start(api_key=None, first_run_done=False)
        pid = self.app.process.popen.pid
        self.begin_trial()
        self.app.wait('label', 'Trial on this computer, without Aurabox')
        harness.wait_for(lambda: 'Trial: Ready at' in self.tray_status(), self.tray_status)
        uid = self.deliver('trial-study')
        self.app.click(self.app.wait_for_row('Delivered'))
        self.app.wait('label', where=lambda node: node.name.startswith('Yes, in this trial.'))
        self.assertEqual(self.in_cloud(), [uid])
        self.assertEqual(self.sandbox.studies(), [])
        self.assertFalse(os.path.exists(self.data('bounce', 'studies', uid)))
        endpoint = self.status()['api_endpoint']

        self.start_again()
        self.wait_for('label', HONEST)
        self.wait_for_status(api_endpoint=lambda url: url == endpoint)
        self.assertEqual(self.in_cloud(), [uid])

        pid = self.app.process.popen.pid
        self.end_trial()
        self.assertEqual(self.app.process.popen.pid, pid)
        self.assertTrue(self.app.is_running())
        self.wait_for('button', 'Set Up')
        self.assertEqual(json.loads(self.app.ctl('studies', '--json').stdout), [])
        harness.wait_for(lambda: not os.path.exists(self.data('bounce-trial')),
                         'the folder of the trial to be removed')

    def test_what_cannot_be_opened_ends(self):
        """A trial whose folder cannot be made keeps nobody from what is real."""
        in_the_way = os.path.join(self.place.env['XDG_DATA_HOME'], 'bounce-trial')
        with open(in_the_way, 'w', encoding='utf-8') as file:
            file.write('a file')
        self.start(trial=True)
        self.app.wait('label', 'The Trial Has Ended')
        self.app.wait('label', re.compile(f'^It could not be opened: .*{re.escape(in_the_way)}'))
        self.place.key('Escape')
        self.app.wait_gone('label', 'The Trial Has Ended')
        self.assertIsNone(self.app.find('label', HONEST))
        self.assertNotIn('bounce-trial', self.status()['base_dir'])
        self.assertTrue(os.path.isfile(in_the_way))

    def test_what_cannot_be_removed(self):
        """Studies of a trial that stay although they were to go: it is said, at each start."""
        folder = os.path.join(self.place.env['XDG_DATA_HOME'], 'bounce-trial')
        os.makedirs(os.path.join(folder, 'studies'))
        with open(os.path.join(folder, '.bounce-trial'), 'w', encoding='utf-8') as file:
            file.write('a marker')
        self.make_too_deep(os.path.join(folder, 'studies'))
        self.start()
        self.app.wait('label', 'Not All of the Trial Was Removed')
        self.app.wait('label', re.compile('Bounce tries again the next time it starts'))
        self.place.key('Escape')
        self.app.wait_gone('label', 'Not All of the Trial Was Removed')
        shutil.rmtree(os.path.join(folder, 'studies'))
        self.start_again()
        self.app.wait_for_window()
        harness.wait_for(lambda: not os.path.exists(folder), 'the folder to be removed')
        self.assertIsNone(self.app.find('label', 'Not All of the Trial Was Removed'))

    @staticmethod
    def make_too_deep(path):
        """Folders below path whose own paths are longer than any that the system takes."""
        name = 'x' * 250
        place = os.open(path, os.O_PATH)
        for _ in range(20):
            os.mkdir(name, dir_fd=place)
            below = os.open(name, os.O_PATH, dir_fd=place)
            os.close(place)
            place = below
        os.close(place)

    def test_real_ones_stay_apart(self):
        """A study that waits is not delivered to the trial's cloud, but after it to the real one."""
        self.start()
        self.app.ctl('config', 'set', 'api_endpoint', 'http://127.0.0.1:9')
        real = self.send('real-study', '--small', '--count', '2', '--seed', '7').uids[0]
        harness.wait_for(lambda: len(self.app.rows()) == 1, 'the real study')
        self.app.choose('Set Up Again…')
        self.begin_trial()
        tried = self.deliver('trial-study')
        self.assertNotEqual(real, tried)
        self.assertEqual(self.in_cloud(), [tried])
        self.assertEqual(len(self.app.rows()), 1)
        refused = self.app.ctl('config', 'set', 'api_key', harness.API_KEY, check=False)
        self.assertIn('trial', refused.stderr)

        self.end_trial()
        self.app.wait_for_window()
        self.app.ctl('config', 'set', 'api_endpoint', self.sandbox.url)  # what waits goes now
        harness.wait_for(lambda: [study['study_uid'] for study in self.sandbox.studies()] == [real],
                         'the real study to be delivered, and no other')


if __name__ == '__main__':
    sys.exit(harness.main())
