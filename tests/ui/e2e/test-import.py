#!/usr/bin/python3
# SPDX-FileCopyrightText: The Bounce authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Import as a person does it: chosen with the keyboard, watched, cancelled, told of."""

import os
import re
import sys

from desktop import harness
import uicase


class Import(uicase.UiCase):

    def import_paths(self, *paths):
        """As a drop does: the action with what was dropped."""
        names = ', '.join(f"'{path}'" for path in paths)
        self.place.run('gapplication', 'action', 'cloud.aurabox.Bounce', 'import', f'@as [{names}]')

    def delivered(self):
        return sum(len(study['instances']) for study in self.sandbox.studies())

    def test_choose(self):
        """Ctrl+O, a path, Return: the study is in the table and arrives."""
        app = self.start()
        phantom = self.place.phantom('CD', '--small', '--count', '3')
        self.place.key('ctrl+o')
        app.wait(name='Import Files')
        self.place.type(phantom.files[0])
        self.place.key('Return')
        app.wait('label', '1 image imported')
        app.wait_for_row('Delivered')
        self.import_paths(phantom.folder)
        app.wait('label', '2 images imported, 1 image was already here')
        harness.wait_for(lambda: self.delivered() == 3, 'the others to arrive')

    def test_refused(self):
        """What is not taken is told by reason, and can be copied."""
        app = self.start()
        phantom = self.place.phantom('CD', '--small', '--count', '2')
        with open(os.path.join(phantom.folder, '<b>眼科&.dcm'), 'w', encoding='utf-8') as file:
            file.write('not DICOM')
        self.import_paths(phantom.folder, '/nowhere', 'sftp://server/CT.dcm')
        app.wait('label', '3 Files Were Not Imported')
        app.wait('label', '2 images imported')
        app.wait('label', 'It is not a DICOM file')
        app.wait('label', 'There is no such file or folder')
        app.wait('label', 'It is not on this computer')
        self.place.key('ctrl+c')
        harness.wait_for(lambda: 'CD/<b>眼科&.dcm: it is not a DICOM file\n' in self.place.clipboard(),
                         'the copy')
        self.place.key('Escape')
        app.wait_gone('label', '3 Files Were Not Imported')
        app.wait_for_row('Delivered')

    def test_cancel(self):
        """The row above the status line shows how far it is; Cancel there, and quitting, end it."""
        app = self.start()
        phantom = self.place.phantom('CD', '--small', '--count', '4000')
        self.import_paths(phantom.folder)
        app.wait('label', re.compile('^Importing: [1-9]'))
        app.click_on('button', 'Cancel')
        app.wait('label', re.compile('^Import cancelled: '))
        app.wait_gone('label', re.compile('^Importing'))
        self.import_paths(phantom.folder)
        app.wait('label', re.compile('^Importing: [1-9]'))
        self.place.key('ctrl+q')
        app.wait('label', re.compile('^An import is under way'))
        app.press('button', 'Quit')
        self.assertEqual(app.wait_for_end(), 0)


if __name__ == '__main__':
    sys.exit(harness.main())
