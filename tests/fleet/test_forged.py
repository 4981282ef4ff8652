#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Whoever has the database writes rows into it, changes its functions, or puts
triggers, rules and views there: hosts say so and take nothing of it; keys
change again when it is mended.

usage: test_forged.py BUILD
"""

import supervised
import fleetworld as fw
from rotationworld import RotationCase


class Numbers(RotationCase):
    """Rows and numbers that no host gave out are in the way of the next ones;
    what is said of them names them, and what is to be done."""

    def put(self, domain, number):
        self.sql("INSERT INTO countersign.key (domain, selector, change, "
                 f"octets, signature) VALUES ('{domain}', 's', {number}, "
                 f"'text', {fw.SIGNATURE})")

    def number(self):
        return int(self.sql("SELECT change FROM countersign.fleet"))

    def works(self, domain):
        status, out = self.hosts[0].key("add", domain)
        self.assertIn(status, (0, 3), out)
        self.agree(domain)

    def test_number_of_a_row(self):
        one, two = self.hosts
        number = self.number() + 1
        self.put("x.example", number)
        status, out = one.key("add", "d.example")
        self.assertEqual(status, 1, out)
        self.assertIn(f"key s of x.example has change number {number} "
                      "already", out)
        self.assertIn(f"s of x.example, change {number}: ",
                      "".join(one.list()["ignored"]))
        # As docs/fleet.md says.
        self.sql(f"DELETE FROM countersign.key WHERE change = {number}")
        self.works("d.example")

        # The same for what is changed, or written back.
        number = self.number()
        row = (f"FROM countersign.key WHERE domain = 'd.example' AND "
               f"change = {number}")
        self.sql(f"CREATE TABLE public.was AS SELECT * {row}; DELETE {row}")
        self.put("x.example", number)
        status, out, err = two.ask("restore")
        self.assertEqual(status, 1, out)
        self.assertIn(f"key s of x.example has change number {number} "
                      "already", err)
        self.sql(f"DELETE FROM countersign.key WHERE change = {number}")
        status, _, err = two.ask("restore")
        self.assertEqual((status, err), (0, ""))
        self.assertEqual(self.sql(f"SELECT count(*) {row}"), "1")

    def test_lists(self):
        one = self.hosts[0]
        three = self.make_host("relay3")
        status, out, err = three.ask("init", "--members",
                                     one.list()["members"])
        self.assertEqual(status, 0, err)
        fingerprint = out.split("\n")[0].split(": ")[2]
        self.sql("INSERT INTO countersign.members SELECT version + 1, "
                 "change + 9, admitted, octets, signature FROM "
                 "countersign.members ORDER BY version DESC LIMIT 1")
        status, out, err = one.ask("admit", "relay3", fingerprint)
        self.assertEqual(status, 1, out)
        self.assertIn("there is a member list 3 already", err)
        self.assertIn("members", "".join(one.list()["ignored"]))
        self.sql("DELETE FROM countersign.members WHERE version = 3")
        status, _, err = one.ask("admit", "relay3", fingerprint)
        self.assertEqual((status, err), (0, ""))

        self.sql("UPDATE countersign.confirmation SET change = 1000 "
                 "WHERE host = 'relay1'")
        status, out = one.key("add", "d.example")
        self.assertEqual(status, 1, out)
        self.assertIn("relay1 has confirmed more than ", out)
        self.sql("DELETE FROM countersign.confirmation "
                 "WHERE host = 'relay1'")
        self.works("d.example")

    def test_number_far_ahead(self):
        """No host writes a row there, which would use up all numbers."""
        one, two = self.hosts
        number = self.number()
        self.works("d.example")
        number = self.number()
        self.sql("UPDATE countersign.fleet SET change = 1::bigint << 61")
        for what in (("add", "e.example"), ("fleet", "expel", "relay2")):
            status, out = one.key(*what)
            self.assertEqual(status, 1, out)
            self.assertIn(f"this host has seen {number}: somebody has raised "
                          "it", out)
        self.assertNotIn(str(1 << 61), self.sql(
            "SELECT change FROM countersign.key"))
        self.sql(f"UPDATE countersign.fleet SET change = {number}")
        self.works("e.example")


if __name__ == "__main__":
    supervised.main()
