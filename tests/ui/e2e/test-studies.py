#!/usr/bin/python3
# SPDX-FileCopyrightText: The Bounce authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of studies: search, sort, selection, columns, details, deleting."""

import os
import re
import sys

import uicase
from desktop import harness

# Name as it is sent, as it is shown, modality, number of images.
PATIENTS = [
    ('Müller^Jürgen', 'Müller, Jürgen', 'CT', 4),
    ('Zulu^Anna', 'Zulu, Anna', 'MR', 1),
    ('Иванова^Мария', 'Иванова, Мария', 'CT', 5),
    ('Ångström^Åsa', 'Ångström, Åsa', 'US', 2),
    ('山田^太郎', '山田, 太郎', 'CR', 3),
]
BY_NAME = ['Ångström, Åsa', 'Müller, Jürgen', 'Zulu, Anna', 'Иванова, Мария', '山田, 太郎']


class Table(uicase.UiCase):

    def start_with_studies(self, **settings):
        """Bounce with the five patients' studies, the last one on top."""
        app = self.start(**settings)
        self.studies = {}
        for number, (name, shown, modality, count) in enumerate(PATIENTS):
            self.studies[shown] = self.send(
                f'study-{number}', '--small', '--count', str(count), '--seed', str(number + 1),
                PatientName=name, Modality=modality)
            app.wait_for_row(shown)
        app.wait_for_rows('Patient', [each[1] for each in reversed(PATIENTS)])
        return app

    def wait_until_delivered(self):
        for _, shown, _, _ in PATIENTS:
            self.app.wait_for_row(shown, 'Delivered')

    def test_search(self):
        """As you type, whatever the case and the accents; the empty result leads back."""
        app = self.start_with_studies()
        app.search('MULLER')
        app.wait_for_rows('Patient', ['Müller, Jürgen'])
        app.search('иваНОВА')
        app.wait_for_rows('Patient', ['Иванова, Мария'])
        app.search('angstrom asa')
        app.wait_for_rows('Patient', ['Ångström, Åsa'])
        app.search('太郎')
        app.wait_for_rows('Patient', ['山田, 太郎'])
        app.search('a000002')
        app.wait_for_rows('Patient', ['Zulu, Anna'])
        app.search(self.studies['Zulu, Anna'].uids[0])
        app.wait_for_rows('Patient', ['Zulu, Anna'])
        app.search('nobody')
        app.wait('label', 'No Studies Found')
        app.click_on('button', 'Show All Studies')
        harness.wait_for(lambda: len(app.rows()) == 5, 'all studies')

    def test_typing_searches(self):
        """No button is needed; Escape ends it and shows everything again."""
        app = self.start_with_studies()
        self.place.type('zul')
        app.wait_for_rows('Patient', ['Zulu, Anna'])
        self.place.key('Escape')
        harness.wait_for(lambda: len(app.rows()) == 5, 'all studies')
        self.assertIsNone(app.find('search box', 'Search studies'))

    def test_sort(self):
        """By a click on a header, the other way by a second one; remembered."""
        app = self.start_with_studies()
        app.click(app.header('Patient'))
        app.wait_for_rows('Patient', BY_NAME)
        app.click(app.header('Patient'))
        app.wait_for_rows('Patient', BY_NAME[::-1])
        app.click(app.header('Images'))
        app.wait_for_rows('Images', ['1', '2', '3', '4', '5'])
        app.click(app.header('Modality'))
        app.wait_for_rows('Modality', ['CR', 'CT', 'CT', 'MR', 'US'])
        self.wait_until_delivered()
        app.ctl('quit')
        self.assertEqual(app.wait_for_end(), 0)
        app.start()
        app.wait_for_rows('Modality', ['CR', 'CT', 'CT', 'MR', 'US'])

    def test_selection_kept(self):
        """Sorting and searching move the rows, not the selection."""
        app = self.start_with_studies()
        app.click(app.wait_for_row('Zulu'))
        app.click(app.wait_for_row('山田'), modifiers=['ctrl'])
        app.wait('label', '2 studies selected')
        app.click(app.header('Patient'))
        app.wait_for_rows('Patient', BY_NAME)
        harness.wait_for(lambda: [words[0] for words in app.selected_rows()]
                         == ['Zulu, Anna', '山田, 太郎'], app.selected_rows)
        app.search('a')
        self.place.key('Escape')
        harness.wait_for(lambda: len(app.rows()) == 5, 'all studies')
        self.assertEqual([words[0] for words in app.selected_rows()], ['Zulu, Anna', '山田, 太郎'])

    def filter_by_modality(self, modality):
        app = self.app
        self.place.key('ctrl+f')
        app.click_on('combo box', 'Modality')
        app.click_on('label', modality)
        harness.wait_for(lambda: {row['Modality'] for row in app.rows()} == {modality}, app.rows)

    def test_filters(self):
        """By modality and by state."""
        app = self.start_with_studies()
        self.wait_until_delivered()
        self.filter_by_modality('CT')
        app.click_on('combo box', 'State')
        app.click_on('label', 'Not Delivered')
        app.wait('label', 'No Studies Found')

    def test_columns(self):
        """Hidden by the header's menu, moved by the mouse; both remembered."""
        app = self.start_with_studies()
        self.assertEqual(app.columns(), ['Patient', 'Status', 'ID', 'Date', 'Description',
                                         'Modality', 'Images', 'Size', 'Received'])
        app.click(app.header('Date'), 3)
        app.click_on('menu item', 'Description')
        harness.wait_for(lambda: 'Description' not in app.columns(), app.columns)
        start, end = (app.on_screen(app.header(title)).middle for title in ('ID', 'Patient'))
        self.place.drag(start, (end[0] - 60, end[1]))
        harness.wait_for(lambda: app.columns()[:2] == ['ID', 'Patient'], app.columns)
        self.wait_until_delivered()
        app.ctl('quit')
        self.assertEqual(app.wait_for_end(), 0)
        app.start()
        app.wait_for_row('Zulu')
        self.assertEqual(app.columns(), ['ID', 'Patient', 'Status', 'Date', 'Modality', 'Images',
                                         'Size', 'Received'])

    def test_context_menu(self):
        """On the row that was clicked; with the keys that do the same."""
        app = self.start_with_studies()
        self.wait_until_delivered()
        app.click(app.wait_for_row('Zulu'), 3)
        menu = app.wait('menu')
        items = [item.words() for item in menu.find_all('menu item')]
        self.assertEqual(items, [['Send', 'Ctrl+Return'], ['Open Folder', 'Shift+Ctrl+O'],
                                 ['Copy Study Instance UID', 'Ctrl+C'],
                                 ['Delete…', 'Delete']])
        app.click_on('menu item', 'Copy Study Instance UID')
        harness.wait_for(lambda: self.place.clipboard() == self.studies['Zulu, Anna'].uids[0],
                         self.place.clipboard)
        app.wait('label', '1 study selected')
        self.place.key('shift+F10')
        app.wait('menu item', 'Send')
        self.place.key('Escape')
        app.wait_gone('menu item', 'Send')

    def test_details(self):
        """One sentence answers "has it arrived?"; series, transfers and events stand below."""
        app = self.start_with_studies()
        app.click(app.wait_for_row('Zulu', 'Delivered'))
        app.wait('label', re.compile(r'^Yes\. All of it \(1 image\) has reached Aurabox: today'))
        app.wait('label', re.compile(r'^Series 1 · '))
        app.wait('label', re.compile(r'^Today \d\d:\d\d.· Attempt 1.· '))
        app.wait('label', re.compile('^Study .?Zulu, Anna.? was delivered'))
        app.click(app.wait_for_row('Müller'))
        app.wait('label', re.compile(r'^Yes\. All of it \(4 images\)'))
        self.place.key('F9')
        app.wait_gone('label', re.compile(r'^Yes\. All of it'))

    def test_delete(self):
        """Only after a question that says whose it is; then the files are gone too."""
        app = self.start_with_studies()
        self.wait_until_delivered()
        app.click(app.wait_for_row('Zulu'))
        self.place.key('Delete')
        app.wait('label', 'Delete 1 Study?')
        app.wait('label', re.compile(r'^Zulu, Anna\nPH00000002 · .*\n\nAll of it was delivered'))
        self.place.key('Escape')
        app.wait_gone('label', 'Delete 1 Study?')
        self.assertEqual(len(app.rows()), 5)
        app.click(app.wait_for_row('Иванова'), modifiers=['ctrl'])
        app.click_on('button', 'Delete…')
        app.wait('label', 'Delete 2 Studies?')
        app.wait('label', re.compile('^All of it was delivered'))
        app.click_on('button', 'Delete')
        app.wait('label', '2 studies were deleted')
        app.wait_for_rows('Patient', ['山田, 太郎', 'Ångström, Åsa', 'Müller, Jürgen'])
        left = os.listdir(os.path.join(self.place.env['XDG_DATA_HOME'], 'bounce', 'studies'))
        for name in ('Zulu, Anna', 'Иванова, Мария'):
            self.assertNotIn(self.studies[name].uids[0], left)

    def test_delete_undelivered(self):
        """The question says what would be lost."""
        app = self.start(quiet_period_seconds=3600)
        self.send()
        app.click(app.wait_for_row('Receiving'))
        self.place.key('Delete')
        app.wait('label', re.compile('\n1 study is not fully delivered: 4 images would be lost'))
        app.click_on('button', 'Delete')
        app.wait('label', 'No Studies Yet')
        self.assertEqual(self.sandbox.studies(), [])

    def test_delete_all(self):
        app = self.start_with_studies()
        self.wait_until_delivered()
        app.choose('Delete All Studies…')
        app.wait('label', 'Delete 5 Studies?')
        self.assertIsNone(app.find('label', re.compile('filter is on')))
        app.click_on('button', 'Delete')
        app.wait('label', 'No Studies Yet')

    def test_delete_all_that_is_shown(self):
        """With a filter "all" means what is shown, and the question says so."""
        app = self.start_with_studies()
        self.wait_until_delivered()
        self.filter_by_modality('CT')
        app.choose('Delete All Studies…')
        app.wait('label', 'Delete 2 Studies?')
        app.wait('label', re.compile('^A search or filter is on. Only the 2 studies that it shows'))
        app.click_on('button', 'Delete')
        # With its last study the modality is no filter any more.
        app.wait_for_rows('Patient', ['山田, 太郎', 'Ångström, Åsa', 'Zulu, Anna'])


if __name__ == '__main__':
    sys.exit(harness.main())
