# SPDX-FileCopyrightText: The Bounce authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the unittest cases of a module and prints TAP, so that each counts."""

import sys
import unittest


class TapResult(unittest.TestResult):
    """Prints a line for each test; what went wrong follows as a comment."""

    def __init__(self):
        super().__init__()
        self.count = 0

    def _line(self, word, test, err=None):
        self.count += 1
        print(f'{word} {self.count} - {test.id()}', flush=True)
        if err:
            for line in self._exc_info_to_string(err, test).splitlines():
                print(f'# {line}', flush=True)

    def addSuccess(self, test):
        super().addSuccess(test)
        self._line('ok', test)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._line('not ok', test, err)

    def addError(self, test, err):
        super().addError(test, err)
        self._line('not ok', test, err)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._line('not ok', test)


def main():
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules['__main__'])
    print(f'1..{suite.countTestCases()}', flush=True)
    result = TapResult()
    suite.run(result)
    sys.exit(0 if result.wasSuccessful() else 1)
