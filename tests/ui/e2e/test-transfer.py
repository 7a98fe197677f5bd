#!/usr/bin/python3
# SPDX-FileCopyrightText: The Bounce authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A study on its way: it appears while it comes in, its upload moves, it arrives, fails, retries."""

import re
import sys

import uicase
from desktop import harness, relay

# Far more than the kernel's buffers hold goes this slowly, so that progress can be watched.
SLOW = 700_000


class Transfer(uicase.UiCase):

    def start_behind_relay(self, bytes_per_second=0, **settings):
        """Bounce with a line to the sandbox that can be slow or cut."""
        self.line = relay.Relay(bytes_per_second=bytes_per_second)
        self.addCleanup(self.line.close)
        sandbox = self.start_sandbox('--public-url', f'http://127.0.0.1:{self.line.port}')
        self.line.target = sandbox.port
        return self.start(api_endpoint=f'http://127.0.0.1:{self.line.port}', **settings)

    def images(self, row_words):
        """The count of images in the row with these words."""
        self.app.wait_for_row(*row_words)
        return int(self.app.rows()[0]['Images'])

    def percent(self):
        """How much of the upload the first row tells of; None when it is not uploading."""
        rows = self.app.rows()
        match = re.search(r'Uploading, (\d+).%', rows[0]['Status']) if rows else None
        return int(match[1]) if match else None

    def test_appears_while_sending(self):
        """The row comes with the first image and counts; nothing has to be refreshed."""
        app = self.start()
        study = self.place.phantom('study', '--small', '--count', '400', '--seed', '4')
        sender = harness.Process(self.place, 'sender', [
            harness.program('bounce-rawsend'), '--interval', '30000', f'127.0.0.1:{app.port}',
            study.folder])
        app.wait_for_row('Müller', 'Receiving')
        first = self.images(['Müller'])
        harness.wait_for(lambda: self.images(['Müller']) > first, 'more images')
        self.assertIsNone(sender.popen.poll(), 'it was still sending')
        app.wait(None, re.compile('1 receiving'))

    def test_progress(self):
        """Bar, rate and time left move while the upload runs; then it is delivered."""
        app = self.start_behind_relay(SLOW)
        study = self.place.phantom('study', '--count', '60')
        app.send(study.folder)
        first = harness.wait_for(self.percent, 'progress')
        harness.wait_for(lambda: (self.percent() or 0) > first, 'more progress')
        app.wait('label', re.compile(r'^Uploading, \d+.%, [\d.]+.[kM]B/s, .* left$'))
        app.wait(None, re.compile('1 uploading'))
        self.line.bytes_per_second = 0
        app.wait_for_row('Delivered')
        self.assertEqual(len(self.sandbox.hashes()), 60)

    def test_send_again(self):
        """A delivered study goes a second time, under another upload."""
        app = self.start()
        self.send()
        app.click(app.wait_for_row('Delivered'))
        app.click_on('button', 'Send')
        app.wait('label', '1 study will be sent')
        harness.wait_for(lambda: len(self.sandbox.uploads()) == 2, 'a second upload')
        app.wait_for_row('Delivered')
        self.place.key('ctrl+Return')
        harness.wait_for(lambda: len(self.sandbox.uploads()) == 3, 'a third upload')

    def test_retry(self):
        """Without the server it says when it tries again and why; and then it arrives."""
        app = self.start_behind_relay(retry_base_seconds=600, retry_cap_seconds=3600)
        app.wait('button', re.compile('^Aurabox is reachable'))
        self.sandbox.process.kill()
        self.send()
        row = app.wait_for_row('Will retry in')
        self.assertRegex(' '.join(row.words()), r'Will retry in \d+ minutes')
        app.wait(None, re.compile('1 in error|1 not delivered'))
        app.wait('button', re.compile('^Aurabox cannot be used'))
        app.click(row)
        app.wait('label', re.compile(r'^Not yet: .*Will retry in \d+ minutes\.$'))
        self.sandbox.start()
        app.click(app.wait_for_row('Will retry in'))
        app.click_on('button', 'Send')
        app.wait_for_row('Delivered')

    def test_rejected(self):
        """A refusal is told in words and is not repeated; the study can be sent by hand."""
        app = self.start()
        self.sandbox.post('/sandbox/faults', {'fault': 'status', 'status': 422,
                                              'path': '/api/bounce/upload/init'})
        self.send()
        app.wait_for_row('Not delivered')
        app.click(app.wait_for_row('Not delivered'))
        app.wait('label', re.compile(r'^No\. It could not be delivered: .*Send it again'))

    def test_quit_and_continue(self):
        """Quitting asks while uploads run, and they go on where they were at the next start."""
        app = self.start_behind_relay(SLOW)
        study = self.place.phantom('study', '--count', '60')
        app.send(study.folder)
        app.wait_for_row('Uploading')
        harness.wait_for(lambda: (self.percent() or 0) > 5, 'progress')
        self.place.key('ctrl+q')
        app.wait('label', 'Quit Bounce?')
        app.wait('label', re.compile('^1 study is being uploaded. Uploads continue where they are'))
        app.click_on('button', 'Cancel')
        app.wait_gone('label', 'Quit Bounce?')
        self.assertTrue(app.is_running())
        self.place.key('ctrl+q')
        app.wait('label', 'Quit Bounce?')
        app.click_on('button', 'Quit')
        self.assertEqual(app.wait_for_end(), 0)
        self.line.bytes_per_second = 0
        before = self.line.forwarded
        app.start()
        app.wait_for_row('Delivered')
        self.assertEqual(len(self.sandbox.hashes()), 60)
        self.assertEqual(len(self.sandbox.uploads()), 1)
        size = self.sandbox.uploads()[0]['length']
        self.assertLess(self.line.forwarded - before, size, 'it began anew')



if __name__ == '__main__':
    sys.exit(harness.main())
