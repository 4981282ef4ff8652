# SPDX-License-Identifier: ISC
"""A test runs again if it fails while a new period begins, and only then.

Usage: test_period.py BUILD-DIRECTORY, which is not used.
"""

import io
import sys
import unittest

import period


def result_of(times, failures):
    """How often such a test ran, and whether it passed: each reading of the
    clock is the next of times, and it fails so many times."""
    clock = iter(times)
    runs = []

    @period.within(100, lambda: next(clock))
    class Case(unittest.TestCase):
        def setUp(self):
            runs.append("set up")
            self.addCleanup(runs.append, "cleaned up")

        def test_it(self):
            runs.append("run")
            self.assertGreater(runs.count("run"), failures)

    suite = unittest.defaultTestLoader.loadTestsFromTestCase(Case)
    result = unittest.TextTestRunner(stream=io.StringIO()).run(suite)
    return runs, result.wasSuccessful()


class PeriodTest(unittest.TestCase):
    def test_passes(self):
        self.assertEqual(result_of([99, 101], 0),
                         (["set up", "run", "cleaned up"], True))

    def test_fails(self):
        self.assertEqual(result_of([101, 199], 1),
                         (["set up", "run", "cleaned up"], False))

    def test_runs_again(self):
        again = ["set up", "run", "cleaned up"] * 2
        self.assertEqual(result_of([99, 100], 1), (again, True))
        self.assertEqual(result_of([99, 100], 2), (again, False))


if __name__ == "__main__":
    del sys.argv[1:]
    unittest.main(verbosity=2)
