#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Whoever has the database writes rows into it, changes its functions, or puts
triggers, rules and views there: hosts say so and take nothing of it; keys
change again when it is mended.

usage: test_forged.py BUILD
"""

import os

import supervised
import fleetworld as fw
from rotationworld import RotationCase

HOLD_S = 910


def trigger(table, body, when="BEFORE INSERT OR UPDATE"):
    return ("CREATE FUNCTION public.bad() RETURNS trigger LANGUAGE plpgsql "
            f"AS $$ BEGIN {body}; RETURN NEW; END $$; CREATE TRIGGER bad "
            f"{when} ON countersign.{table} FOR EACH ROW "
            "EXECUTE FUNCTION public.bad()",
            "DROP FUNCTION public.bad CASCADE")


def rule(table, event):
    return (f"CREATE RULE bad AS ON {event} TO countersign.{table} "
            "DO INSTEAD NOTHING", f"DROP RULE bad ON countersign.{table}")


def view(table, columns, more=""):
    return (f"ALTER TABLE countersign.{table} RENAME TO was; "
            f"CREATE VIEW countersign.{table} AS SELECT {columns} "
            f"FROM countersign.was {more}; "
            f"GRANT ALL ON countersign.{table} TO PUBLIC",
            f"DROP VIEW countersign.{table}; "
            f"ALTER TABLE countersign.was RENAME TO {table}")


def function(name, args, returns, body):
    return (f"ALTER FUNCTION countersign.{name} RENAME TO was; "
            f"CREATE FUNCTION countersign.{name}({args}) RETURNS {returns} "
            f"LANGUAGE sql AS $$ SELECT {body} $$",
            f"DROP FUNCTION countersign.{name}; "
            f"ALTER FUNCTION countersign.was RENAME TO {name}")


KEY = "domain, selector, change, octets, signature, blob"
HELLO = "hello", "my_version text, my_clock_ms bigint"
LEASE = ("take_lease", "seconds integer", "TABLE (is_mine boolean, new_token "
         "bigint, new_holder text, now_ms bigint, until_ms bigint, quiet_ms "
         "bigint)")
NOT_WRITTEN = "does not have change number 0"
MISSING = "rows of the domain that this host has are not in the database"

# What is there, and what a host says that adds a domain: at the command, or
# of rows that it ignores.
ATTACKS = {
    "rows dropped": (trigger("key", "RETURN NULL"), NOT_WRITTEN),
    "rows altered": (trigger("key", "NEW.octets = 'x' || NEW.octets"),
                     "line 1 is not what belongs there"),
    "keys altered": (trigger("key", "NEW.blob = 'x'"),
                     "its private key is not the one that relay1 signed"),
    "numbers altered": (trigger("key", "NEW.change = NEW.change + 500"),
                        "it was signed with another change number"),
    "refused": (trigger("key", "RAISE EXCEPTION E'no\\n\\u00e9%', "
                        "repeat('x', 100000)"), "no xxx"),
    "asleep": (trigger("key", "PERFORM pg_sleep(600)"),
               "canceling statement due to statement timeout"),
    "deleted": (trigger("key", "DELETE FROM countersign.key "
                        "WHERE domain = NEW.domain", "AFTER INSERT"),
                MISSING),
    "hosts refused": (trigger("host", "RAISE EXCEPTION 'no [fleet-ready]'"),
                      "no [fleet-ready]"),
    "no lease": (trigger("lease", "RETURN NULL"), "or no longer, that of"),
    "no intents": (trigger("intent", "RETURN NULL"),
                   "has not noted that a change of DNS begins"),
    "rule for numbers": (rule("fleet", "UPDATE"), "is not the next one"),
    "no rows": (view("key", KEY, "WHERE false"),
                "the row is not in the database any more"),
    "rows many times": (view("key", KEY, ", generate_series(1, 3000)"),
                        "more rows than a domain can have"),
    "rows without values": (view("key", KEY.replace(
        "octets", "NULL::bytea AS octets")),
                            "a row without its values"),
    "later lists": (view("members", "version + 1 AS version, change, "
                         "admitted, octets, signature"),
                    "it is not the next version"),
    "rows hidden": (("ALTER TABLE countersign.key ENABLE ROW LEVEL SECURITY",
                     "ALTER TABLE countersign.key DISABLE ROW LEVEL "
                     "SECURITY"), MISSING),
    "another answer": (function(*HELLO, "TABLE (my_name text, schema_version "
                                "text, fleet_id bytea, change text, "
                                "members_version text, lease_token text, "
                                "now_ms text, is_primary text)",
                                "'relay', 'a', '\\x00'::bytea, 'b', 'c', "
                                "'d', 'e', 'f' FROM generate_series(1, 100)"),
                       "and relay is the host of its role"),
    "a lease for ever": (function(*LEASE, "true, 9223372036854775807, NULL, "
                                  "-9223372036854775807, 9223372036854775807,"
                                  " 9223372036854775807"),
                         "does not say which host has the lease"),
}
# These leave rows as a host has signed them.
TAKEN = ("no intents", "later lists")


class ForgedCase(RotationCase):
    """Two hosts."""

    def works(self, domain):
        status, out = self.hosts[0].key("add", domain)
        self.assertIn(status, (0, 3), out)
        self.agree(domain)


class Numbers(ForgedCase):
    """Rows and numbers that no host gave out are in the way of the next ones;
    what is said of them names them, and what is to be done."""

    def put(self, domain, number):
        self.sql("INSERT INTO countersign.key (domain, selector, change, "
                 f"octets, signature) VALUES ('{domain}', 's', {number}, "
                 f"'text', {fw.SIGNATURE})")

    def number(self):
        return int(self.sql("SELECT change FROM countersign.fleet"))

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

        # The others are written back.
        self.works("e.example")
        number = self.sql("SELECT max(change) FROM countersign.key "
                          "WHERE domain = 'd.example'")
        row = (f"FROM countersign.key WHERE domain = 'd.example' AND "
               f"change = {number}")
        self.sql(f"CREATE TABLE public.was AS SELECT * {row}; DELETE {row}")
        self.put("x.example", number)
        self.sql("DELETE FROM countersign.key WHERE domain = 'e.example'")
        status, out, err = two.ask("restore")
        self.assertEqual(status, 1, out)
        self.assertIn("done but for 1 domain: d.example: the database has "
                      f"another key with change number {number}, that of ",
                      err)
        self.assertEqual(self.sql("SELECT count(*) FROM countersign.key "
                                  "WHERE domain = 'e.example'"), "2")
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

    def test_list_of_ignored(self):
        """It has what is there, from the next look on that reads it."""
        one, two = self.hosts
        self.works("d.example")
        number = self.number()
        self.sql("INSERT INTO countersign.members SELECT version + 1, "
                 "change + 9, admitted, octets, signature FROM "
                 "countersign.members ORDER BY version DESC LIMIT 1")
        self.sql("UPDATE countersign.wrap SET octets = 'x' WHERE host = "
                 "'relay1'")
        self.put("x.example", number + 1)
        row = f"FROM countersign.key WHERE change = {number}"
        self.sql(f"CREATE TABLE public.was AS SELECT * {row}; DELETE {row}")
        os.unlink(one.keydir + "/.fleet/epochs")
        self.restart(one)
        for _ in range(2):
            one.await_database("used")
            self.polls(one)
            ignored = "\n".join(one.list()["ignored"])
            self.assertRegex(ignored, "(?m)^member list 3: ")
            self.assertRegex(ignored, "(?m)^key of epoch 1: ")
            self.assertRegex(ignored, "(?m)^s of x.example, change "
                             f"{number + 1}: ")
            self.assertRegex(ignored, "(?m)^[^ ]* of d.example, change "
                             f"{number}: the row is not in the database")
        nlogged = one.count("fleet-row-ignored")
        self.sql("DELETE FROM countersign.members WHERE version = 3")
        self.sql("DELETE FROM countersign.wrap WHERE host = 'relay1'")
        self.sql(f"DELETE FROM countersign.key WHERE change = {number + 1}")
        self.polls(one)
        self.assertEqual([line for line in one.list()["ignored"]
                          if " of d.example, " not in line and
                          not line.startswith("withheld: ")], [])
        self.sql("INSERT INTO countersign.key SELECT * FROM public.was")
        self.polls(one)
        self.assertNotIn("ignored", one.list())
        # Not logged again if it comes back so soon, but listed.
        self.put("x.example", number + 1)
        self.polls(one)
        self.assertEqual(len(one.list()["ignored"]), 1)
        self.assertEqual(one.count("fleet-row-ignored"), nlogged, one.log())

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


class Administrator(ForgedCase):
    """One attack after the other, each taken back; at last the database is
    made again."""

    def said(self, domain):
        """What hosts say while a domain is added and both look."""
        one, two = self.hosts
        logs = [len(host.log()) for host in self.hosts]
        known = [host.list().get("ignored", []) for host in self.hosts]
        out = one.key("add", domain)[1]
        for host in (two, one):
            # No such domain, but it asks for the lease.
            out += host.key("rotate", "none.example")[1]
        for host, begin, old in zip(self.hosts, logs, known):
            self.assertIsNone(host.process.poll(), host.log())
            out += host.log()[begin:] + "\n".join(
                line for line in host.list().get("ignored", [])
                if line not in old)
        return out

    def test_attacks(self):
        one, two = self.hosts
        self.works("d.example")
        had = two.files("d.example")
        for number, (name, ((do, undo), want)) in enumerate(ATTACKS.items()):
            domain = f"t{number}.example"
            self.server.script(do, database=self.database)
            out = self.said(domain)
            self.server.script(undo, database=self.database)
            self.assertIn(want, out, name)
            if name not in TAKEN:
                self.assertEqual(two.files(domain), set(), name)
            self.assertEqual(two.files("d.example"), had, name)

        # As docs/fleet.md says.
        self.sql("DROP SCHEMA countersign CASCADE")
        with open(fw.SCHEMA + "/0001.sql", encoding="ascii") as file:
            self.server.script(file.read(), database=self.database)
        for host in self.hosts:
            self.sql(f"SELECT countersign.add_host('{host.name}', "
                     f"'{host.name}')")
        for host in self.hosts:
            status, _, err = host.ask("restore")
            self.assertEqual((status, err), (0, ""))
        self.advance(HOLD_S)
        self.works("z.example")
        for domain in ("d.example", "z.example"):
            self.agree(domain)
            self.dns_is_right(domain)
        for host in self.hosts:
            self.assertEqual(host.list()["database"], "used")


if __name__ == "__main__":
    supervised.main()
