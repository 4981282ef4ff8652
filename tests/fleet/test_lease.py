#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""The lease: holders that stop, die or are late.

usage: test_lease.py BUILD
"""

import signal
import subprocess
import sys
import time
import unittest

import fleetworld as fw
import pgserver
import supervised

BUILD = sys.argv.pop(1)
GRACE_MS = 3000
SPAN_MS = 3000      # as in leasecase


class Holder:
    """leasecase, as a host."""

    def __init__(self, server, host, grace_ms=GRACE_MS):
        self.process = subprocess.Popen(
            [BUILD + "/tests/fleet/leasecase", server.conninfo(host),
             str(grace_ms)], text=True, bufsize=1, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE)

    def ask(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        lines = []
        while not lines or lines[-1].startswith("open "):
            lines.append(self.process.stdout.readline().strip())
        return lines if len(lines) > 1 else lines[0]

    def number(self, command):
        answer = self.ask(command)
        if not answer.startswith("done "):
            raise AssertionError(f"{command}: {answer}")
        return int(answer.split()[1])

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(60)


class Lease(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = pgserver.Cluster(BUILD)
        cls.addClassCleanup(cls.cluster.__exit__)
        cls.server = cls.cluster.primary()
        fw.install(cls.server)
        fw.begin(cls.server, "relay1", "relay2")

    def setUp(self):
        self.server.sql("UPDATE countersign.lease SET until = '-infinity'")
        self.server.sql("DELETE FROM countersign.intent")
        self.first = Holder(self.server, "relay1")
        self.second = Holder(self.server, "relay2")

    def tearDown(self):
        self.first.close()
        self.second.close()

    def lapse(self):
        """What time would do to the lease."""
        self.server.sql("UPDATE countersign.lease SET until = "
                        "clock_timestamp() - interval '1 second'")
        self.server.sql("UPDATE countersign.intent SET over = "
                        "clock_timestamp() - interval '1 second' + "
                        "make_interval(secs => seconds) WHERE ended IS NULL")

    def test_one_at_a_time(self):
        token = self.first.number("hold 900")
        self.assertGreater(token, 0)
        self.assertEqual(self.first.number("hold 900"), token)
        self.assertEqual(self.second.number("hold 900"), 0)
        self.assertEqual(self.second.number("wait"), -1)
        self.assertEqual(self.first.number("wait"), 0)
        self.assertEqual(self.first.number("release"), 0)
        self.assertEqual(self.first.number("wait"), -1)
        # It was given back: nothing to wait for.
        self.assertGreater(self.second.number("hold 900"), token)
        self.assertEqual(self.second.number("wait"), 0)

    def test_killed_holder(self):
        token = self.first.number("hold 900")
        intent = self.first.number("begin")
        self.first.process.kill()
        self.first.process.wait()
        self.assertEqual(self.second.number("hold 900"), 0)
        self.lapse()
        self.assertGreater(self.second.number("hold 900"), token)
        # What the hook of the dead holder does may still be under way.
        wait = self.second.number("wait")
        self.assertTrue(0 < wait <= SPAN_MS, wait)
        # A server of the zone does not answer: it stays open.
        self.assertEqual(self.second.ask("settle no"), [
            "open a.example a a._domainkey.a.example - v=DKIM1", "done 1"])
        self.assertEqual(self.second.ask("settle yes")[-1], "done 0")
        self.assertEqual(self.second.ask("settle yes"), "done 0")
        self.assertEqual(self.server.sql(
            f"SELECT outcome FROM countersign.intent WHERE id = {intent}"),
                         "settled")

    def test_killed_between_changes(self):
        """All that it had begun has ended: nothing to wait for."""
        self.first.number("hold 900")
        intent = self.first.number("begin")
        self.first.number(f"end {intent} done")
        self.first.process.kill()
        self.first.process.wait()
        self.lapse()
        self.second.number("hold 900")
        self.assertEqual(self.second.number("wait"), 0)

    def test_abandoned(self):
        """The host of the holder sees that it lives no more."""
        token = self.first.number("hold 900")
        self.first.number("begin")
        self.assertEqual(self.first.number("abandon"), 0)
        self.assertEqual(self.first.number("wait"), -1)
        self.assertGreater(self.second.number("hold 900"), token)
        wait = self.second.number("wait")
        self.assertTrue(0 < wait <= SPAN_MS, wait)

    def test_stopped_holder(self):
        """It continues after another host has taken the lease."""
        token = self.first.number("hold 900")
        intent = self.first.number("begin")
        self.first.process.send_signal(signal.SIGSTOP)
        self.lapse()
        self.assertGreater(self.second.number("hold 900"), token)
        self.first.process.send_signal(signal.SIGCONT)
        for command in ("begin", f"end {intent} done", "release"):
            self.assertTrue(self.first.ask(command).startswith(
                "refused CS001 "), command)
        self.assertEqual(self.first.number("wait"), -1)
        self.assertEqual(self.first.number("hold 900"), 0)

    def test_end_by_its_own_clock(self):
        """Nothing begins near the end, and nothing after it."""
        grace_ms = 12000
        self.first.close()
        self.first = Holder(self.server, "relay1", grace_ms)
        token = self.first.number("hold 20")
        self.assertEqual(self.first.number("wait"), 0)
        # A tenth is over: renewed.  The database is asked for the end.
        until = "SELECT until FROM countersign.lease"
        before = self.server.sql(until)
        end = time.monotonic() + 120
        while self.server.sql(until) == before and time.monotonic() < end:
            self.assertEqual(self.first.number("hold 20"), token)
            time.sleep(0.1)
        self.assertNotEqual(self.server.sql(until), before)
        self.first.process.send_signal(signal.SIGSTOP)
        self.server.wait("SELECT until - clock_timestamp() < "
                         f"interval '{grace_ms} ms' FROM countersign.lease",
                         "t")
        self.first.process.send_signal(signal.SIGCONT)
        self.assertEqual(self.first.number("wait"), -1)


if __name__ == "__main__":
    supervised.main()
