#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""A test that fails on purpose while a daemon runs, for test_harness.py.

usage: failing.py BUILD setup|killed|left|waits
"""

import os
import signal
import sys
import time

import supervised

HOW = sys.argv.pop(2)

import test_daemon as td  # noqa: E402


class NoServer:
    """In place of PostgreSQL, which the daemon does not find."""

    def sql(self, *_):
        return ""

    def script(self, text, database):
        pass

    def forget(self):
        pass

    def conninfo(self, user, database):
        return f"host=/nowhere dbname={database} user={user}"


class Failing(td.FleetCase):
    @classmethod
    def setUpClass(cls):
        cls.server = NoServer()

    def setUp(self):
        super().setUp()
        host = self.host()
        print(host.process.pid, flush=True)
        if HOW == "setup":
            raise SystemExit("preparation failed")
        if HOW == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        if HOW == "left":
            self.hosts.clear()

    def test_nothing(self):
        if HOW == "waits":
            time.sleep(td.LIMIT_S)


# Only these, not those of test_daemon.
if __name__ == "__main__":
    sys.argv.append("Failing")
    supervised.main()
