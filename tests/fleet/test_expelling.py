#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Hosts are admitted and expelled, and enter again, while somebody with the
role of a host writes what it may, hosts are away, and others do the same.

usage: test_expelling.py BUILD
"""

import os
import re
import shutil
import threading

import fleetworld as fw
import supervised
from rotationworld import LIMIT_S, RotationCase

DOMAIN = "d.example"


class ExpellingCase(RotationCase):
    """Three hosts; relay3 is in other hands, at least its role."""

    nhosts = 3

    def setUp(self):
        super().setUp()
        self.one, self.two, self.three = self.hosts
        status, out = self.three.key("generate", DOMAIN)
        self.assertEqual(status, 0, out)
        self.selector = self.agree(DOMAIN)[0].selector
        self.polls(self.one)

    def make_host(self, name):
        host = super().make_host(name)
        self.addCleanup(host.stop)
        return host

    def fleet(self, host, *args, status=0):
        """countersign-key fleet: output and errors together."""
        got, out = host.key("fleet", *args)
        self.assertEqual(got, status, out + host.log())
        return out

    def prepare(self, name):
        """A further host that waits: what admits it."""
        host = self.make_host(name)
        out = self.fleet(host, "init", "--members",
                         self.one.list()["members"])
        return host, (name, re.match(r"\S+: waiting: (.*)", out).group(1))

    def number(self):
        return int(self.sql("SELECT change FROM countersign.fleet"))

    def by(self):
        """Who signed the row of DOMAIN."""
        return re.search(r"\\nby (\S+)$", self.sql(
            "SELECT replace(trim(convert_from(octets, 'SQL_ASCII'), E'\\n'), "
            "E'\\n', '\\n') FROM countersign.key WHERE domain = "
            f"'{DOMAIN}'")).group(1)

    def ignored(self, host):
        return "\n".join(host.list().get("ignored", []))

    def is_expelled(self, out, host, *others):
        """What the command says; the keys are exposed, and others get new
        ones."""
        self.assertTrue(out.startswith(f"{host.name}: expelled: "), out)
        self.assertIn(f"exposed {DOMAIN} {self.selector}\n", out)
        self.assertIn("rows signed again: 1\n", out)
        self.assertEqual(self.by(), "relay1")
        self.hosts = [self.one, *others]
        status, out = self.one.key("generate", "new.example")
        self.assertEqual(status, 0, out)
        self.agree("new.example")


class Role(ExpellingCase):
    """The role of relay3, without its keys."""

    def attack(self, statement):
        return self.sql("SELECT countersign." + statement, "relay3")

    def put_wraps(self, epoch):
        for name in ("relay1", "relay2", "relay3"):
            self.attack(f"put_wrap({epoch}, '{name}', 'x', {fw.SIGNATURE}, "
                        "'b')")

    def test_keys_of_epochs(self):
        """Those of epochs to come are no keys."""
        for epoch in (2, 3, 4):
            self.put_wraps(epoch)
        self.polls(self.one)
        four, words = self.prepare("relay4")
        self.fleet(self.one, "admit", *words)
        self.is_expelled(self.fleet(self.one, "expel", "relay3"), self.three,
                         self.two, four)
        # They were ignored, and those of the right ones are there now.
        self.assertIn("DELETE FROM countersign.wrap WHERE epoch = 2 AND host "
                      "= 'relay2'", self.one.log())
        self.polls(self.one)
        self.assertEqual(self.ignored(self.one), "")
        # Nobody but the host that expels makes the key.
        self.assertEqual(self.sql(
            "SELECT substring(convert_from(octets, 'SQL_ASCII') from "
            "'check (.*)\nto') FROM countersign.wrap WHERE epoch = 2 AND "
            "octets <> 'x' GROUP BY 1").count("\n"), 0)

    def test_key_in_its_place(self):
        """A host that has not got the key of an epoch does not make it."""
        self.two.stop()
        self.fleet(self.one, "expel", "relay3")
        self.sql("UPDATE countersign.wrap SET octets = 'x' WHERE epoch = 2")
        self.two.start()
        self.two.await_database("used")
        self.hosts = [self.one, self.two]
        self.assertIn("DELETE FROM countersign.wrap WHERE epoch = 2 AND host "
                      "= 'relay2'", self.ignored(self.two))
        status, out = self.two.key("generate", "e.example")
        self.assertEqual(status, 1)
        self.assertIn("does not have the key of epoch 2: run "
                      "'countersign-key fleet expel' again", out)
        out = self.fleet(self.two, "expel", "relay3", status=1)
        self.assertIn("run the same command again, or on relay1, or expel it "
                      "as well", out)
        four, words = self.prepare("relay4")
        out = self.fleet(self.two, "admit", *words, status=1)
        self.assertIn("run the same command there", out)
        self.assertEqual(self.one.list()["version"], 4)
        self.fleet(self.one, "expel", "relay3")
        self.fleet(self.two, "admit", *words)
        status, out = self.two.key("generate", "e.example")
        self.assertEqual(status, 0, out)
        self.assertIn(four, self.hosts)
        self.agree("e.example")

    def test_rows(self):
        """Rows that nobody has signed, with the newest numbers."""
        for number, (domain, selector) in enumerate(
                [("x.example", "s"), ("y.example", "-")]):
            self.attack("restore_key(" + fw.change(
                domain, selector, 0, self.number() + 500) + ")")
            four, words = self.prepare(f"relay{4 + number}")
            self.fleet(self.one, "admit", *words)
        # Deleted, their numbers are still used up.
        self.attack("restore_key(" + fw.change(
            "z.example", "s", 0, self.number() + 500) + ")")
        self.sql("DELETE FROM countersign.key WHERE domain = 'z.example'")
        self.hosts.remove(self.three)
        self.is_expelled(self.fleet(self.one, "expel", "relay3"), self.three,
                         *self.hosts[1:])


    def test_list(self):
        """A list that names nobody: all are told which row to delete."""
        version = self.one.list()["version"]
        self.attack(f"change_members({version}, {self.number() + 1}, "
                    f"'{{}}'::text[], 'x', {fw.SIGNATURE})")
        for words in (("generate", "e.example"), ("rotate", DOMAIN),
                      ("fleet", "expel", "relay3"), ("fleet", "restore")):
            status, out = self.one.key(*words)
            self.assertEqual(status, 1, out)
            self.assertIn("host relay1 is not admitted: if 'countersign-key "
                          "fleet list' shows that a member list is ignored, "
                          "delete that row", out)
        statement = re.search(r"DELETE FROM .*", self.ignored(self.one))
        self.sql(statement.group(0))
        self.is_expelled(self.fleet(self.one, "expel", "relay3"), self.three,
                         self.two)

    def test_row_in_its_place(self):
        """One domain is not signed again; the others are.  Later it is, when
        another host has given the lease back."""
        status, out = self.three.key("generate", "other.example")
        self.assertEqual(status, 0, out)
        self.agree("other.example")
        for host in self.hosts:
            self.polls(host)
        had = int(self.sql("SELECT change FROM countersign.key "
                           f"WHERE domain = '{DOMAIN}'"))
        token = self.attack("take_lease(60)").split(",")[1]
        number = self.number() + 1
        self.attack(f"change_key({token}, {had}, {number}, '{DOMAIN}', "
                    f"'{self.selector}', 'x', {fw.SIGNATURE}, NULL, true)")
        out = self.fleet(self.one, "expel", "relay3", status=1)
        self.assertIn("rows signed again: 1\n", out)
        self.assertIn(f"exposed {DOMAIN} {self.selector}\n", out)
        self.assertIn("done but for 1 domain: ", out)
        self.assertIn(f"key {self.selector} of {DOMAIN}: ", out)
        self.assertIn(f"of {DOMAIN}, change {number}: ",
                      self.ignored(self.one))
        # As it says.
        self.sql(f"DELETE FROM countersign.key WHERE change = {number}")
        self.fleet(self.one, "restore")
        self.advance(910)

        token = self.sql("SELECT new_token FROM countersign.take_lease(900)",
                         "relay2")
        out = self.fleet(self.one, "expel", "relay3", status=1)
        self.assertIn("host relay2 is changing the keys of the fleet: run the "
                      "same command again when it has finished", out)
        self.assertNotEqual(self.by(), "relay1")
        timer = threading.Timer(1, self.sql, (
            f"SELECT countersign.release_lease({token})", "relay2"))
        timer.start()
        self.addCleanup(timer.join)
        self.is_expelled(self.fleet(self.one, "expel", "relay3"), self.three,
                         self.two)


class Away(ExpellingCase):
    def rebuild(self):
        self.sql("DROP SCHEMA countersign CASCADE")
        with open(fw.SCHEMA + "/0001.sql", encoding="ascii") as file:
            self.server.script(file.read(), database=self.database)
        for host in self.hosts:
            self.sql(f"SELECT countersign.add_host('{host.name}', "
                     f"'{host.name}')")

    def test_not_restored(self):
        """The database was made again, and relay2 has not been there."""
        self.two.stop()
        self.three.stop()
        self.rebuild()
        self.fleet(self.one, "restore")
        self.sql("SELECT countersign.register(decode(repeat('5a', 32), "
                 "'hex'), 'x')", "relay2")
        out = self.fleet(self.one, "expel", "relay3", status=1)
        self.assertIn("not get the key of epoch 2: relay2: somebody has "
                      "entered other keys for relay2", out)
        self.two.start()
        for words in (("restore",), ("init",)):
            self.assertIn("UPDATE countersign.host SET sign_key = NULL, "
                          "wrap_cert = NULL WHERE name = 'HOST'",
                          self.fleet(self.two, *words, status=1))
        self.two.stop()
        # As it says.
        self.sql(re.search(r"UPDATE .* = 'relay2'", out).group(0))
        out = self.fleet(self.one, "expel", "relay3", status=1)
        self.assertIn("not get the key of epoch 2: relay2: run "
                      "'countersign-key fleet restore' on each", out)
        self.assertIn(f"exposed {DOMAIN} {self.selector}\n", out)
        self.assertIn("rows signed again: ", out)
        self.assertEqual(self.by(), "relay1")
        self.two.start()
        self.fleet(self.two, "restore")
        self.fleet(self.one, "expel", "relay3")
        self.hosts = [self.one, self.two]
        self.advance(910)
        status, out = self.one.key("generate", "new.example")
        self.assertEqual(status, 0, out)
        self.agree("new.example")


class Entering(ExpellingCase):
    def init(self, host, members, change, status=0):
        return self.fleet(host, "init", "--members", members, "--change",
                          str(change), status=status)

    def test_in_the_fleet(self):
        """What was named is compared with what the host has."""
        listed = self.one.list()
        self.init(self.two, listed["members"], listed["change"])
        self.assertIn("no version of its member list has the digest",
                      self.init(self.two, "0" * 64, 1, status=1))
        beyond = listed["change"] + 9
        self.assertIn("the database is older than --change says", self.init(
            self.two, listed["members"], beyond, status=1))
        self.sql(f"UPDATE countersign.fleet SET change = {beyond}")
        self.assertIn(f"has seen change {listed['change']}, which is below",
                      self.init(self.two, listed["members"], beyond,
                                status=1))
        self.sql(f"UPDATE countersign.fleet SET change = {listed['change']}")

        # "seen" was lost: docs/fleet.md, but countersign-fleet runs.
        marks = self.two.keydir + "/.fleet/marks"
        shutil.rmtree(self.two.keydir + "/.fleet/seen")
        os.unlink(marks)
        self.assertIn("restart it, and run the same command again",
                      self.init(self.two, listed["members"],
                                listed["change"], status=1))
        self.restart(self.two)
        self.init(self.two, listed["members"], listed["change"])
        with open(marks, encoding="ascii") as file:
            self.assertIn(f"\nchange {listed['change']}\n", file.read())
        self.polls(self.two)

        self.fleet(self.one, "expel", "relay3")
        self.polls(self.three)
        listed = self.one.list()
        self.assertIn("this host was expelled: see Another name",
                      self.init(self.three, listed["members"], 1, status=1))

    def test_another_database(self):
        other = "other" + self.database
        self.server.sql(f"CREATE DATABASE {other}")
        with open(fw.SCHEMA + "/0001.sql", encoding="ascii") as file:
            self.server.script(file.read(), database=other)
        self.server.sql("SELECT countersign.add_host('relay2', 'relay2')",
                        "postgres", other)
        path = self.two.folder + "/conf"
        with open(path, encoding="ascii") as file:
            text = file.read()
        with open(path, "w", encoding="ascii") as file:
            file.write(text.replace(f"={self.database} ", f"={other} "))
        with open(path, encoding="ascii") as file:
            self.assertIn(other, file.read())
        self.restart(self.two)
        self.assertIn(f"run 'countersign-key -c {self.two.folder}/conf fleet "
                      "restore'", self.fleet(self.two, "init", status=1))
        self.assertEqual(self.server.sql(
            "SELECT id FROM countersign.fleet", "postgres", other), "")
        self.two.stop()


class Together(ExpellingCase):
    """Two people at once, at two hosts."""

    def at_once(self, *commands):
        """Both have looked at the database before one of them changes it."""
        results = {}

        def run(host, words):
            results[host.name] = host.key("fleet", *words)
        session = self.server.session(database=self.database)
        session.sql("BEGIN")
        session.sql("SELECT 1 FROM countersign.lease FOR UPDATE")
        threads = [threading.Thread(target=run, args=command)
                   for command in commands]
        for thread in threads:
            thread.start()
        self.wait_for(lambda: self.sql(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = "
            "'Lock' AND query LIKE '%change_members%'") == str(len(commands)),
            "nobody waits")
        session.sql("COMMIT")
        session.close()
        for thread in threads:
            thread.join(LIMIT_S)
        return [results[host.name] for host, _ in commands]

    def test_admitting(self):
        first = self.prepare("relay4")[1]
        second = self.prepare("relay5")[1]
        for status, out in self.at_once((self.one, ("admit", *first)),
                                        (self.two, ("admit", *second))):
            self.assertEqual(status, 0, out)
        self.polls(self.one)
        self.assertEqual([host["state"] for host in
                          self.one.list()["hosts"]], ["admitted"] * 5)
        status, out = self.one.key("generate", "new.example")
        self.assertEqual(status, 0, out)
        self.agree("new.example")

    def test_expelling(self):
        """The same host, and each other."""
        results = self.at_once((self.one, ("expel", "relay3")),
                               (self.two, ("expel", "relay3")))
        self.assertIn(0, [status for status, _ in results], results)
        for status, out in results:
            if status != 0:
                self.assertIn("run the same command again", out)
        for host in (self.one, self.two):
            self.fleet(host, "expel", "relay3")
        self.hosts = [self.one, self.two]
        status, out = self.one.key("generate", "new.example")
        self.assertEqual(status, 0, out)
        self.agree("new.example")

        results = self.at_once((self.one, ("expel", "relay2")),
                               (self.two, ("expel", "relay1")))
        self.assertEqual(sorted(status for status, _ in results), [0, 1])
        self.assertIn("this host is not admitted itself",
                      [out for status, out in results if status == 1][0])


if __name__ == "__main__":
    supervised.main()
