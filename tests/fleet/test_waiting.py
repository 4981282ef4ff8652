#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Rotation in a fleet waits for each host: before a key signs until all have
confirmed it, and before a record is revoked until all have stopped.

usage: test_waiting.py BUILD
"""

import time

import supervised
from rotationworld import DAY, HOUR, LIMIT_S, RotationCase

DOMAIN = "example.com"


class Waiting(RotationCase):
    """relay2 is down at times."""

    def setUp(self):
        super().setUp()
        self.one, self.two = self.hosts

    def add(self):
        status, out = self.one.key("add", DOMAIN)
        self.assertIn(status, (0, 3), out + self.one.log())

    def rotate(self, *args):
        """One run on the first host, after it looked at the database."""
        self.polls(self.one, 1)
        status, out = self.one.key("rotate", "--no-progress", *args)
        self.assertIn(status, (0, 1, 3), out + self.one.log())
        return out

    def until(self, step, *args, days=30):
        """Rotate twice a day until that is printed."""
        for _ in range(days * 2):
            self.clock.move(12 * HOUR)
            out = self.rotate(*args)
            if step in out:
                return out
        raise AssertionError(f"no {step}: {out}{self.one.state(DOMAIN)}")

    def active(self, host):
        return [key.selector for key in host.keys(DOMAIN)
                if key.active_from and not key.retire_at]

    def log(self):
        with open(f"{self.one.keydir}/{DOMAIN}/log",
                  encoding="ascii") as file:
            return file.read()

    def test_host_without_the_key(self):
        self.two.stop()
        self.add()
        out = self.until("does not start to sign, as a host of the fleet does "
                         "not have it: relay2: ")
        self.assertRegex(out, r"relay2: confirmed change \d+; the key has \d+")
        self.assertEqual(self.active(self.one), [])
        # Left out, it is not waited for, and the log names it.
        self.assertNotIn("not waited for", self.log())
        for name, why in (("relay9", "no admitted host has that name"),
                          ("RELAY2", "no admitted host has that name"),
                          ("relay1", "this is that host")):
            status, out = self.one.key("rotate", "--without", "relay2",
                                       "--without", name)
            self.assertEqual(status, 2, out)
            self.assertIn(f"--without {name}: {why}", out)
        self.assertEqual(self.active(self.one), [])
        self.rotate("--without", "relay2")
        self.assertEqual(len(self.active(self.one)), 1, out)
        self.assertIn("activate: hosts that are not waited for: relay2",
                      self.log())
        self.two.start()
        self.agree(DOMAIN)

    def test_host_that_may_still_sign(self):
        self.add()
        self.agree(DOMAIN)
        for _ in range(40):
            self.advance(12 * HOUR)
            self.rotate()
            keys = self.agree(DOMAIN)
            if any(key.retire_at for key in keys):
                break
        old = [key.selector for key in keys if key.retire_at][0]
        self.two.stop()
        # It may not even have seen the row that says so.
        self.until(f"{old}  FAILED: its record must stay, as a host of the "
                   "fleet may still sign with it: relay2: ")
        self.clock.move(10 * DAY)
        self.rotate()
        record = self.zone.records()[f"{old}._domainkey.{DOMAIN}"]
        self.assertFalse(record[0].endswith("p="), record)
        # It is back, and says that it has stopped; then the record goes.
        self.two.start()
        end = time.monotonic() + LIMIT_S
        while not self.zone.records()[
                f"{old}._domainkey.{DOMAIN}"][0].endswith("p="):
            self.assertLess(time.monotonic(), end, self.two.log())
            self.polls(self.two, 1)
            self.clock.move(60)
            self.rotate()
        self.agree(DOMAIN)


if __name__ == "__main__":
    supervised.main()
