#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""No test of the fleet leaves a daemon behind: not if its preparation fails,
not if it is killed.  failing.py is such a test.

usage: test_harness.py BUILD
"""

import os
import signal
import subprocess
import sys
import unittest

BUILD = os.path.abspath(sys.argv.pop(1))
FAILING = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                       "failing.py")
LIMIT_S = 120
COMM = "countersign-fleet"[:15]
LEFT = "left behind, and killed: " + COMM


def is_daemon(pid):
    """Whether that process is alive."""
    try:
        with open(f"/proc/{pid}/comm", encoding="ascii") as file:
            return file.read().strip() == COMM
    except (FileNotFoundError, ProcessLookupError):
        return False


class Harness(unittest.TestCase):
    def run_failing(self, how, number=None):
        """Its exit status and errors; its daemon must have ended."""
        process = subprocess.Popen(
            [FAILING, BUILD, how], text=True, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)
        with process:
            pid = int(process.stdout.readline())
            if number is not None:
                self.assertTrue(is_daemon(pid))
                process.send_signal(number)
            _, errors = process.communicate(timeout=LIMIT_S)
        self.assertFalse(is_daemon(pid), errors)
        return process.returncode, errors

    def test_preparation_fails(self):
        status, errors = self.run_failing("setup")
        self.assertEqual(status, 1, errors)
        self.assertIn("preparation failed", errors)
        # The test itself has ended it.
        self.assertNotIn("left behind", errors)

    def test_killed(self):
        status, errors = self.run_failing("killed")
        self.assertEqual(status, 128 + signal.SIGKILL, errors)
        self.assertIn(LEFT, errors)

    def test_forgotten(self):
        status, errors = self.run_failing("left")
        self.assertEqual(status, 0, errors)
        self.assertIn(LEFT, errors)

    def test_terminated(self):
        status, errors = self.run_failing("waits", signal.SIGTERM)
        self.assertEqual(status, 128 + signal.SIGKILL, errors)
        self.assertIn(LEFT, errors)


if __name__ == "__main__":
    unittest.main()
