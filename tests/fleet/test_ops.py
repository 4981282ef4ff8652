#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""What people do with a fleet: who has which key.

usage: test_ops.py BUILD
"""

import os
import time
import unittest

from opsworld import OpsCase


class Listing(OpsCase):
    def test_who_has_what(self):
        one = self.first()
        two = self.join("relay2")
        self.assertEqual(self.key(one, "list", "--fleet"), "")
        now = int(time.time())
        self.run_case(one, f"key d.example {now - 3600}", "poll")
        self.until((one, two), lambda: all(
            cell["confirmed"] for cell in
            self.cells(one, "d.example").get("a", {"": {"confirmed": False}})
            .values()))
        cells = self.cells(one, "d.example")["a"]
        self.assertEqual(sorted(cells), ["relay1", "relay2"])
        self.assertEqual([cell["text"] for cell in cells.values()],
                         ["confirmed", "confirmed"])
        table = self.key(one, "list", "--fleet").split("\n")
        self.assertRegex(table[0], r"^DOMAIN +SELECTOR +STATUS +relay1 relay2")
        self.assertRegex(table[1], r"^d\.example +a +active +yes +yes$")
        self.assertEqual(table[2:], [""])

        # A host that is down has not confirmed what came since.
        two.stop()
        self.run_case(one, f"end d.example {now + 7200}", "poll")
        self.until((one,), lambda: self.cells(one, "d.example")["a"]
                   ["relay1"]["confirmed"])
        cell = self.cells(one, "d.example")["a"]["relay2"]
        self.assertFalse(cell["confirmed"])
        self.assertRegex(cell["text"],
                         r"^confirmed change \d+; the key has \d+$")
        table = self.key(one, "list", "d.example", "--fleet").split("\n")
        self.assertRegex(table[1], r"^d\.example +a +active +yes +no$")
        self.assertRegex(table[2], r"^    relay2: confirmed change ")

        # Rotation waits for it, unless told not to.
        check = self.key(one, "rotate", "d.example", "--without", "a/b",
                         status=2)
        self.assertEqual(check, "")
        self.assertIn("not the name of a host", self.err)

    def test_ended(self):
        one = self.first()
        two = self.join("relay2")
        now = int(time.time())
        self.run_case(one, f"key d.example {now - 7200}", "poll",
                      f"end d.example {now - 3600}", "poll")

        def ended(host, name):
            return self.cells(host, "d.example")["a"][name]["ended"]
        self.until((one, two), lambda: os.path.exists(
            f"{two.keydir}/d.example/state"))
        self.assertFalse(ended(one, "relay2"))
        # Reports come each five minutes, and at the start.
        past = now - 600
        os.utime(f"{two.keydir}/d.example/state", (past, past))
        two.stop()
        two.start()
        self.until((one, two), lambda: ended(one, "relay2"))
        cell = self.cells(one, "d.example")["a"]["relay2"]
        self.assertIsNone(cell["last_use"])
        self.assertRegex(self.key(one, "list", "--fleet"),
                         r"\nd\.example +a +retired +end(s|ed) +ended\n")

    def test_no_daemon(self):
        one = self.host(starts=False)
        self.key(one, "list", "--fleet", status=1)
        self.assertIn("it does not run", self.err)
        one.start()
        self.key(one, "list", "--fleet", status=3)
        self.assertIn("in no fleet yet", self.err)
        one.configure("")
        self.key(one, "list", "--fleet", status=1)
        self.assertIn("in no fleet", self.err)
        self.key(one, "rotate", "--without", "relay2", status=2)


if __name__ == "__main__":
    unittest.main()
