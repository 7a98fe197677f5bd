#!/usr/bin/python3
# SPDX-FileCopyrightText: The Bounce authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A day without a mouse: where the keys go after a search, another page, a dialog, a menu."""

import re
import sys

from desktop import harness
import uicase

PATIENTS = ('Ärmel^Anna', 'Berg^Bo', 'Caro^Cem')  # the last one on top


class Keyboard(uicase.UiCase):

    def start_with_studies(self):
        app = self.start()
        self.studies = {}
        for number, name in enumerate(PATIENTS):
            shown = name.replace('^', ', ')
            self.studies[shown] = self.send(
                f'study-{number}', '--small', '--count', str(number + 1), '--seed',
                str(number + 1), PatientName=name, Modality=('CT', 'MR', 'US')[number])
            app.wait_for_row(shown, 'Delivered')
        return app

    def wait_for_patients(self, *names):
        self.app.wait_for_rows('Patient', names)

    def wait_for_all(self):
        self.wait_for_patients('Caro, Cem', 'Berg, Bo', 'Ärmel, Anna')

    def wait_selected(self, *names):
        harness.wait_for(lambda: [words[0] for words in self.app.selected_rows()] == list(names),
                         lambda: f'{names} selected, not {self.app.selected_rows()}')

    def check_keys_reach(self, name):
        """The keys of the table mean this study."""
        self.place.key('Delete')
        self.app.wait('label', re.compile(f'^{name}\n'))
        self.place.key('Escape')
        self.app.wait_gone('label', 'Delete 1 Study?')

    def test_search_and_on(self):
        """Enter goes to what was found, Escape back to everything; what is selected stays."""
        app = self.start_with_studies()
        self.place.key('ctrl+f')
        app.wait('search box', 'Search studies')
        self.place.type('berg')
        self.place.key('Return')  # the answer need not be there yet
        self.wait_selected('Berg, Bo')
        app.wait('label', re.compile(r'^Yes\. All of it \(2 images\)'))
        self.check_keys_reach('Berg, Bo')
        self.place.key('ctrl+f')  # open already: back to it
        self.place.key('ctrl+a')
        self.place.type('caro')
        self.wait_for_patients('Caro, Cem')
        self.place.key('Return')
        self.wait_selected('Caro, Cem')
        self.place.key('ctrl+f')
        self.place.key('ctrl+a')
        self.place.type('berg')
        self.wait_for_patients('Berg, Bo')
        self.place.key('Return')
        self.wait_selected('Berg, Bo')
        self.place.key('Escape')  # from the table, and to another row of it
        self.wait_for_all()
        app.wait_gone('search box', 'Search studies')
        self.check_keys_reach('Berg, Bo')
        self.place.key('Down')
        self.wait_selected('Ärmel, Anna')

    def test_escape_from_search(self):
        """The keys are in the table again, also when nothing had been found."""
        app = self.start_with_studies()
        app.click(app.wait_for_row('Berg'))
        self.place.type('nobody')
        app.wait('label', 'No Studies Found')
        self.place.key('Escape')
        self.wait_for_all()
        self.wait_selected('Berg, Bo')
        self.check_keys_reach('Berg, Bo')
        self.place.key('Up')
        self.wait_selected('Caro, Cem')

    def test_search_of_activity(self):
        """Ctrl+F is for the page that is seen."""
        app = self.start_with_studies()
        app.show_activity('Berg, Bo', 'Caro, Cem')
        self.place.key('ctrl+f')
        self.place.type('caro')
        app.wait_gone('label', 'Berg, Bo')
        app.wait('label', 'Caro, Cem')
        self.place.key('Escape')
        app.wait('label', 'Berg, Bo')
        self.place.key('alt+1')
        self.wait_for_all()
        self.assertIsNone(app.find('search box', 'Search studies'))

    def test_from_activity_to_study(self):
        """A transfer leads to its study and what is known of it, whatever was filtered before."""
        app = self.start_with_studies()
        app.search('caro')
        self.wait_for_patients('Caro, Cem')
        [node] = app.show_activity('Berg, Bo')
        x, y = app.on_screen(node).middle
        self.place.xdotool('mousemove', '--sync', x, y, 'click', '--repeat', '2', '1')
        self.wait_for_patients('Berg, Bo')
        self.wait_selected('Berg, Bo')
        app.wait('label', re.compile(r'^Yes\. All of it \(2 images\)'))
        self.check_keys_reach('Berg, Bo')

    def test_counts_lead_to_all_they_count(self):
        """Not only to those of them that a search happens to show."""
        app = self.start_with_studies()
        app.search('caro')
        self.wait_for_patients('Caro, Cem')
        app.click_on('button', '3 delivered today')
        self.wait_for_all()

    def test_pages(self):
        """Another page and back: the keys are where the eyes are."""
        app = self.start_with_studies()
        app.click(app.wait_for_row('Berg'))
        app.show_activity('Berg, Bo')
        self.place.key('alt+1')
        self.wait_for_all()
        self.check_keys_reach('Berg, Bo')
        self.place.key('F10')
        app.wait('menu item', 'Quit')
        self.place.key('Escape')
        app.wait_gone('menu item', 'Quit')
        self.check_keys_reach('Berg, Bo')

    def test_delete_one_after_the_other(self):
        """After a study went the keys go on from its place."""
        app = self.start_with_studies()
        app.click(app.wait_for_row('Berg'))
        self.place.key('Delete')
        app.wait('label', 'Delete 1 Study?')
        self.place.key('alt+d')
        self.wait_for_patients('Caro, Cem', 'Ärmel, Anna')
        app.wait('label', 'No Study Selected')
        self.place.key('space')
        self.wait_selected('Ärmel, Anna')


if __name__ == '__main__':
    sys.exit(harness.main())
