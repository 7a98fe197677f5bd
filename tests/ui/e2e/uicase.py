# SPDX-FileCopyrightText: The Bounce authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A test case with a desktop of its own; a failure leaves a screenshot and the accessible tree."""

import unittest

import application
import desktop
from desktop import harness


class UiCase(unittest.TestCase):
    """self.place is the Desktop, self.app the Bounce that start() started."""

    SIZE = (1600, 1000)
    app = None

    def setUp(self):
        self.place = self.enterContext(desktop.Desktop(*self.SIZE))

    def run(self, result=None):
        """As ever, but looks at the desktop before it goes when something is wrong."""
        method = getattr(self, self._testMethodName)

        def watched():
            try:
                method()
                self.check_warnings()
            except BaseException:
                self.place.keep_artefacts(f'{type(self).__name__}.{self._testMethodName}')
                raise
        setattr(self, self._testMethodName, watched)
        return super().run(result)

    def check_warnings(self):
        """Nothing that GTK or we complained about on stderr."""
        if self.app:
            self.assertEqual(self.app.warnings(), [])

    def start_sandbox(self, *options):
        self.sandbox = harness.Sandbox(self.place, *options)
        return self.sandbox

    def create(self, **settings):
        """Bounce that knows the sandbox and is not started yet."""
        if not getattr(self, 'sandbox', None):
            self.start_sandbox()
        self.app = application.Bounce(self.place, self.sandbox, **settings)
        return self.app

    def start(self, *options, **settings):
        """The sandbox, and Bounce with its window up and the receiver on."""
        return self.create(**settings).start(*options)

    def send(self, name='study', *options, **tags):
        """storescu sends a small phantom study; its Phantom."""
        options = options or ('--small', '--count', '4')
        study = self.place.phantom(name, *options)
        if tags:
            self.change(study, **tags)
        self.app.send(study.folder)
        return study

    def change(self, study, **tags):
        """Other values in a phantom's files, as UTF-8: change(study, PatientName='Ω^Α')."""
        values = [word for name, value in {'SpecificCharacterSet': 'ISO_IR 192', **tags}.items()
                  for word in ('-i', f'{name}={value}')]
        self.place.run('dcmodify', '-nb', *values, *study.files)
