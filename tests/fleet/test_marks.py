#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""A key of a fleet is compromised: by the database, and without it.

usage: test_marks.py BUILD
"""

import os
import re
import socket
import time

import supervised
from opsworld import LIMIT_S, OpsCase


class MarkCase(OpsCase):
    """d.example has a key that signs, "a", and perhaps one in reserve, "b"."""

    has_reserve = True

    def setUp(self):
        super().setUp()
        self.one = self.first()
        self.two = self.join("relay2")
        self.polls(self.two)
        self.begun = int(time.time())
        commands = [f"key d.example {self.begun - 3600}"]
        if self.has_reserve:
            commands.append("reserve d.example")
        self.run_case(self.one, *commands, "poll")
        last = "b" if self.has_reserve else "a"
        self.until((self.two,), lambda: os.path.exists(
            f"{self.two.keydir}/d.example/{last}.pem"))

    def say(self, host, request):
        """Ask a daemon: its answer after "marked "."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(LIMIT_S)
            connection.connect(host.keydir + "/.fleet/socket")
            connection.sendall(f"hello 2\n{request}\n".encode())
            text = ""
            while not re.search(r"\n(done|refused .*)\n$", text):
                chunk = connection.recv(4096)
                self.assertNotEqual(chunk, b"", text + host.log())
                text += chunk.decode()
        lines = text.split("\n")
        self.assertTrue(lines[1].startswith("marked "), lines)
        return lines[1][len("marked "):]

    def value(self, host, selector, name):
        """What the state says of a key; None: nothing."""
        for line in self.state(host, "d.example").split("\n"):
            if line.startswith(selector + " "):
                found = re.search(rf" {name}=(\S+)", " " + line)
                return found and found.group(1)
        raise AssertionError(f"no {selector}: {host.log()}")

    def is_marked(self, host):
        return self.value(host, "a", "compromised") == "yes"

    def pending(self, host):
        try:
            with open(host.keydir + "/.fleet/pending",
                      encoding="ascii") as file:
                return file.read().split("\n")[1:-1]
        except FileNotFoundError:
            return []

    def row(self, selector="a"):
        return self.sql("SELECT convert_from(octets, 'SQL_ASCII') "
                        "FROM countersign.key WHERE domain = 'd.example' "
                        f"AND selector = '{selector}'")


class Marking(MarkCase):
    def has_changed_over(self, host):
        """"a" has ended, and "b" signs from there on."""
        end = self.value(host, "a", "retire_at")
        self.assertTrue(self.is_marked(host))
        self.assertIsNotNone(end)
        self.assertEqual(self.value(host, "b", "active_from"), end)
        self.assertEqual(self.value(host, "b", "took_over_from"), "a")
        return end

    def test_with_database(self):
        self.assertEqual(self.say(self.two, "mark d.example a"),
                         "yes the database has the mark")
        end = self.has_changed_over(self.two)
        self.assertEqual(self.pending(self.two), [])
        self.assertIn("compromised=yes", self.row())
        self.assertIn("by relay2", self.row())
        self.until((self.one,), lambda: self.is_marked(self.one))
        self.assertEqual(self.has_changed_over(self.one), end)
        # Again: nothing changes.
        row = self.row()
        self.assertEqual(self.say(self.one, "mark d.example a"),
                         "yes the database has the mark")
        self.assertEqual(self.row(), row)
        self.assertEqual(self.one.count("fleet-row-ignored"), 0,
                         self.one.log())

    def test_database_away(self):
        one, two = self.one, self.two
        self.server.stop()
        self.assertTrue(self.say(two, "mark d.example a").startswith("no "))
        end = self.has_changed_over(two)
        self.assertEqual(len(self.pending(two)), 1)
        self.assertFalse(self.is_marked(one))
        # Killed, or with its state put back: it ends the key again.
        path = f"{two.keydir}/d.example/state"
        two.stop()
        with open(path, encoding="ascii") as file:
            state = file.read()
        with open(path, "w", encoding="ascii") as file:
            file.write(state.replace(" compromised=yes", ""))
        two.start()
        limit = time.monotonic() + LIMIT_S
        while not self.is_marked(two):
            self.assertLess(time.monotonic(), limit, two.log())
            time.sleep(0.1)
        self.assertEqual(self.has_changed_over(two), end)
        self.server.start()
        self.until((one, two), lambda: self.is_marked(one) and
                   self.pending(two) == [])
        self.assertEqual(self.has_changed_over(one), end)
        self.assertEqual(self.has_changed_over(two), end)

    def test_later_row_without_it(self):
        """relay1 does not know of the mark, and writes the key again."""
        one, two = self.one, self.two
        self.sql("ALTER ROLE relay2 NOLOGIN")
        self.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                 "WHERE usename = 'relay2'")
        two.await_database("away")
        self.assertTrue(self.say(two, "mark d.example a").startswith("no "))
        self.run_case(one, f"end d.example {self.begun + 86400}", "poll")
        self.assertNotIn("compromised", self.row())
        self.sql("ALTER ROLE relay2 LOGIN")
        two.await_database("used")
        self.until((one, two), lambda: self.is_marked(one) and
                   self.pending(two) == [])
        self.assertTrue(self.is_marked(two))
        self.assertIn("compromised=yes", self.row())
        self.assertEqual(self.has_changed_over(one),
                         self.has_changed_over(two))

    def test_lock_held(self):
        """Somebody keeps a transaction open: one mark is tried in a look, and
        the others after it, when the lock is free."""
        one, two = self.one, self.two
        session = self.server.session("postgres", self.database)
        session.sql("BEGIN")
        session.sql("SELECT change FROM countersign.fleet FOR UPDATE")
        self.assertEqual(
            self.say(two, "mark d.example a"),
            "no another session of the database holds a lock: it is written "
            "when that is free: see Locks in countersign-fleet(8)")
        self.has_changed_over(two)
        self.assertTrue(self.say(two, "mark d.example b").startswith("no "))
        self.assertEqual(len(self.pending(two)), 2)
        # Both are pending, and a look has come to its end.
        self.polls(two)
        session.close()
        self.assertIn("ignored: a of d.example", two.log())
        self.assertNotIn("ignored: b of d.example", two.log())
        self.until((one, two), lambda: self.pending(two) == [] and
                   self.value(one, "b", "compromised") == "yes")
        self.assertTrue(self.is_marked(one))

    def test_seen_in_dns(self):
        """Ended here; the fleet does not get a mark because of DNS."""
        self.assertEqual(self.say(self.two, "revoked d.example a"),
                         "no ended on this host")
        self.has_changed_over(self.two)
        self.polls(self.two, 2)
        self.assertNotIn("compromised", self.row())
        self.assertFalse(self.is_marked(self.one))
        self.has_changed_over(self.two)
        # A mark by a person follows.
        self.assertEqual(self.say(self.two, "mark d.example a"),
                         "yes the database has the mark")
        self.until((self.one,), lambda: self.is_marked(self.one))


class WithoutReserve(MarkCase):
    """No key can take over: the compromised one goes on."""

    has_reserve = False

    def test_mark(self):
        self.assertEqual(self.say(self.two, "mark d.example a"),
                         "yes the database has the mark")
        for host in (self.two, self.one):
            self.until((host,), lambda host=host: self.is_marked(host))
            self.assertIsNone(self.value(host, "a", "retire_at"))

    def test_seen_in_dns(self):
        """A revoked key signs nothing that verifies: mail is deferred."""
        self.assertEqual(self.say(self.two, "revoked d.example a"),
                         "no ended on this host")
        self.assertIsNotNone(self.value(self.two, "a", "retire_at"))


if __name__ == "__main__":
    supervised.main()
