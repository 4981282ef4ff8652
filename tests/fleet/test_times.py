#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""The database has a wrong clock, or times and numbers that no host has noted:
what is said of them names what helps, and that helps.

usage: test_times.py BUILD
"""

import os
import struct
import unittest.mock

import fleetworld as fw
import supervised
from rotationworld import RotationCase

HALF_HOUR = 1800
YEAR = 365 * 86400
ADVICE = "see Times of the lease in countersign-fleet(8)"
LEASE = "UPDATE countersign.lease SET "
INTENT = ("INSERT INTO countersign.intent (token, host, domain, selector, "
          "record, seconds, over) VALUES (1, 'relay1', 'd.example', 'x', 'r', "
          "1, ")
HELD = "says that host relay2 has the lease for "
QUIET = "changes of DNS may go on for longer than half an hour, and none does"
INFINITE = "cannot convert infinity to bigint"

# What is there, and what commands say.
WRONG = (
    (LEASE + "until = 'infinity', holder = 'relay2'", INFINITE),
    (LEASE + "until = now() + interval '1 year', holder = 'relay2'", HELD),
    (LEASE + "until = now() + interval '2 hours', holder = 'relay2'", HELD),
    (LEASE + "quiet = 'infinity'", INFINITE),
    (LEASE + "quiet = now() + interval '1 day'", QUIET),
    (INTENT + "'infinity')", INFINITE),
    (INTENT + "now() + interval '32 minutes')", QUIET),
    (LEASE + "token = 9223372036854775807", "bigint out of range"),
)
# As countersign-fleet(8) says.
RIGHT = """
    UPDATE countersign.lease SET
        token = least(token, (extract(epoch FROM now()) * 1000)::bigint),
        until = least(until, now() + interval '30 minutes'),
        quiet = least(quiet, now() + interval '30 minutes');
    UPDATE countersign.intent
        SET over = least(over, now() + interval '30 minutes');
"""


class Times(RotationCase):
    def test_times_of_the_lease(self):
        one = self.hosts[0]
        for number, (wrong, said) in enumerate(WRONG):
            domain = f"t{number}.example"
            self.sql(wrong)
            for words in (("generate", domain), ("rotate", "--no-progress")):
                status, out = one.key(*words)
                self.assertEqual(status, 1, f"{wrong}: {out}")
                self.assertIn(said, out, wrong)
                self.assertIn(ADVICE, out, wrong)
            self.server.script(RIGHT, database=self.database)
            self.clock.move(HALF_HOUR)
            status, out = one.key("generate", domain)
            self.assertEqual(status, 0, f"{wrong}: {out}")
        self.agree(domain)
        self.no_alarms()

    def test_held_for_less(self):
        """As long as a program may ask for."""
        self.sql("SELECT countersign.take_lease(900)", "relay2")
        status, out = self.hosts[0].key("generate", "d.example")
        self.assertEqual(status, 1, out)
        self.assertRegex(out, "in [89][0-9][0-9] s at the latest")

    def test_locks(self):
        """A role keeps a transaction open."""
        one = self.hosts[0]
        session = self.server.session("relay2", self.database)
        self.addCleanup(session.close)
        session.sql("BEGIN")
        session.sql("SELECT countersign.take_lease(10)")
        status, out = one.key("generate", "d.example")
        self.assertEqual(status, 1, out)
        self.assertIn("due to lock timeout: another session of the database "
                      "holds a lock: see Locks in countersign-fleet(8)", out)
        # As that says.
        self.assertEqual(self.sql(
            "SELECT usename, pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE state LIKE 'idle in transaction%'"), "relay2|t")
        status, out = one.key("generate", "d.example")
        self.assertEqual(status, 0, out)


class Clock(RotationCase):
    """The clock of the server, alone."""

    def setUp(self):
        self.ahead = self.common + "/ahead"
        self.set_ahead(0)
        os.chmod(self.ahead, 0o644)
        self.server.forget()
        self.server.stop()
        with unittest.mock.patch.dict(os.environ, SKEW_FILE=self.ahead):
            self.server.start()
        super().setUp()

    def set_ahead(self, seconds):
        """Of the hosts."""
        with open(self.ahead, "r+b" if os.path.exists(self.ahead) else
                  "wb") as file:
            file.write(struct.pack("=q", self.clock.ahead + seconds))

    def test_restore(self):
        """It would hold DNS, by that clock, until the other one is there."""
        one = self.hosts[0]
        fw.back_up(self.sql)
        status, out = one.key("generate", "d.example")
        self.assertEqual(status, 0, out)
        self.agree("d.example")
        for off, said in ((YEAR, "behind"), (-YEAR, "ahead of")):
            self.set_ahead(off)
            fw.restore_backup(self.sql)
            one.await_database("refused")
            status, out, err = one.ask("restore")
            self.assertEqual(status, 1, out)
            self.assertRegex(err, f"the clock of this host is [0-9]+ s {said} "
                             "the database's: set the wrong one right first")
            self.assertEqual(self.sql("SELECT quiet FROM countersign.lease"),
                             "-infinity")
        self.set_ahead(0)
        self.assertEqual(one.ask("restore")[::2], (0, ""))
        one.await_database("used")
        self.assertEqual(self.sql(
            "SELECT quiet < clock_timestamp() + interval '16 minutes' "
            "FROM countersign.lease"), "t")


if __name__ == "__main__":
    supervised.main()
