# SPDX-License-Identifier: ISC
"""Tests of what begins anew with a new hour or day of the clock."""

import functools
import time

HOUR, DAY = 3600, 86400


def within(seconds, clock=time.time):
    """A class of tests, each of which must run within one such period (UTC).
    One that fails while a new period begins says nothing, and runs again."""
    def repeat(test):
        @functools.wraps(test)
        def run(self):
            begun = clock() // seconds
            try:
                test(self)
            except Exception:   # pylint: disable=broad-exception-caught
                if clock() // seconds == begun:
                    raise
                self.doCleanups()
                self.setUp()
                test(self)
        return run

    def decorate(case):
        for name, test in list(vars(case).items()):
            if name.startswith("test_"):
                setattr(case, name, repeat(test))
        return case
    return decorate
