#!/usr/bin/python3
# SPDX-FileCopyrightText: The Bounce authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The window: what it says, its header, its pages, its windows."""

import re
import sys

from desktop import harness
import uicase


class Window(uicase.UiCase):

    def test_first_look(self):
        """What a modality engineer needs is there before anything arrived."""
        app = self.start()
        app.wait('label', 'No Studies Yet')
        self.assertTrue(app.find('label', str(app.port)))
        self.assertTrue(app.find('label', 'BOUNCE'))
        self.assertTrue(app.find('label', '127.0.0.1'))
        app.wait('button', re.compile('^Aurabox is reachable'))
        app.click_on('button', 'Copy')
        harness.wait_for(lambda: str(app.port) in self.place.clipboard(), 'the endpoint as text')
        self.assertIn('BOUNCE', self.place.clipboard())

    def test_receiver_switch(self):
        """Off: associations are refused, and the window says so; on again by the banner."""
        app = self.start()
        self.send()
        app.wait_for_row('Delivered')
        app.click_on('switch', 'Receive studies')
        app.wait('label', 'The receiver is off. No images can be received.')
        self.assertNotEqual(self.place.run('echoscu', '127.0.0.1', str(app.port),
                                           check=False).returncode, 0)
        app.click_on('button', 'Start')
        app.wait('button', 'Receiver On')
        self.place.run('echoscu', '127.0.0.1', str(app.port))
        self.place.key('ctrl+r')
        app.wait('button', 'Receiver Off')

    def test_space_stops_nothing(self):
        """A key pressed in a window that just opened meets no control."""
        app = self.start()
        app.wait('button', 'Receiver On')
        self.place.key('space')
        self.place.key('ctrl+f')
        app.wait('search box', re.compile('^Search'))
        self.place.run('echoscu', '127.0.0.1', str(app.port))
        self.assertTrue(app.find('button', 'Receiver On'))

    def test_activity(self):
        """Transfers, events and the log, each with what just happened; found by search."""
        app = self.start()
        uid = self.send().uids[0]
        app.wait_for_row('Delivered')
        self.send('unnamed', '--small', '--count', '1', '--seed', '2', PatientName='')
        app.wait_for_row('Unnamed patient', 'Delivered')
        app.show_activity('Łuczak, Zoë', 'Unnamed patient')
        app.click_on('tab', 'Events')
        app.wait('label', re.compile('Łuczak, Zoë.* was delivered: 4 images'))
        app.click_on('search box', re.compile('^Search'))
        self.place.type('nothing of the kind')
        app.wait_gone('label', re.compile('was delivered: 4 images'))
        self.place.key('ctrl+a', 'BackSpace')
        app.wait('label', re.compile('was delivered: 4 images'))
        app.click_on('tab', 'Log')
        app.wait('label', re.compile(f'Received StudyInstanceUID: {re.escape(uid)}'))
        app.click_on(None, 'Pause')
        app.ctl('log', 'while it stands still')
        app.ctl('status')
        self.assertIsNone(app.find('label', re.compile('while it stands still')))
        app.click_on(None, 'Pause')
        app.wait('label', re.compile('while it stands still'))
        self.place.key('alt+1')
        app.wait_for_row('Delivered')

    def is_in_sight(self, name):
        node, window = (self.app.find('label', re.compile(name)), self.app.find('window', 'Bounce'))
        if not node:
            return False
        place, frame = node.extents(), window.extents()
        return frame.y < place.y and place.y + place.height < frame.y + frame.height

    def test_log_follows(self):
        """The newest line is the one in sight, when the log is opened and while lines come."""
        app = self.start()
        app.wait('button', 'Receiver On')
        for number in range(80):
            app.ctl('log', f'line {number} of many')
        self.place.key('alt+2')
        app.click_on('tab', 'Log')
        harness.wait_for(lambda: self.is_in_sight('line 79 of many'), 'the newest line')
        self.assertFalse(self.is_in_sight('line 1 of many'))
        for number in range(20):  # more than what lies below the list in the window has room for
            app.ctl('log', f'one more: {number}')
        harness.wait_for(lambda: self.is_in_sight('one more: 19'), 'the newest line')

    def check_buttons(self):
        """What shows and can be pressed has one name, without the mark of its mnemonic."""
        names = {node.name for node in self.app.look().find_all('button')}
        self.assertEqual([name for name in names if '_' in name or self.is_doubled(name)], [])
        return names

    @staticmethod
    def is_doubled(name):
        words = name.split()
        half = len(words) // 2
        return len(words) > 1 and words[:half] == words[half:]

    def test_button_names(self):
        """A screen reader says each button's words once: of windows, dialogs, changed labels."""
        app = self.start()
        self.send()
        app.click(app.wait_for_row('Delivered'))
        app.wait('button', 'Send')
        self.assertGreaterEqual(self.check_buttons(), {'Send', 'Delete…', 'Receiver On'})
        self.place.key('Delete')
        app.wait('label', 'Delete 1 Study?')
        self.assertGreaterEqual(self.check_buttons(), {'Cancel', 'Delete'})
        self.place.key('Escape')
        app.wait_gone('label', 'Delete 1 Study?')
        app.press('switch', 'Receive studies')
        app.wait('button', 'Start')
        self.check_buttons()
        self.place.key('ctrl+comma')
        reset = app.wait('button', 'Reset…')
        self.assertEqual(reset.description, 'Reset Bounce')
        self.check_buttons()

    def test_shortcuts_and_about(self):
        app = self.start()
        app.wait('label', 'No Studies Yet')
        self.place.key('ctrl+question')
        app.wait('label', 'Start or stop the receiver')
        self.place.key('Escape')
        app.wait_gone('label', 'Start or stop the receiver')
        app.choose('About Bounce')
        app.wait('label', 'The Bounce authors')
        self.place.key('Escape')
        app.wait_gone('label', 'The Bounce authors')


if __name__ == '__main__':
    sys.exit(harness.main())
