#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""The ends of keys in a fleet: any host discloses a private key, and rows of
keys that were removed long ago go without anything old coming back.

usage: test_ends.py BUILD
"""

import os
import subprocess
import time

import supervised
import test_daemon as td
from rotationworld import DAY, LIMIT_S, RotationCase

CASE = td.copy_for_others(td.BUILD + "/tests/fleet/hostcase")
DOMAIN = "example.com"
TTL_S = 60      # as in POLICY
# Messages between one that a command is killed before and the next one.
EVERY = int(os.environ.get("COUNTERSIGN_EVERY", "9"))


class EndCase(RotationCase):
    def add_to_rotation(self, host, line):
        with open(host.folder + "/conf", encoding="ascii") as file:
            conf = file.read()
        with open(host.folder + "/conf", "w", encoding="ascii") as file:
            file.write(conf.replace("rotation {", "rotation {\n    " + line))

    def blobs(self, selector):
        return self.sql("SELECT count(blob) FROM countersign.key "
                        f"WHERE selector = '{selector}'")


class Disclosing(EndCase):
    nhosts = 3

    def setUp(self):
        super().setUp()
        for host in self.hosts:
            os.mkdir(host.folder + "/disclosed")
            os.chmod(host.folder + "/disclosed", 0o777)
            self.add_to_rotation(host,
                                 f'disclose = "{host.folder}/disclosed"')

    def remove(self, host):
        """A key whose record is removed: its selector and private key."""
        before = {key.selector for key in host.keys(DOMAIN)}
        self.assertEqual(host.key("generate", DOMAIN)[0], 0)
        # States have the order of selectors: the tenth of a day is not last.
        selector, = {key.selector for key in self.agree(DOMAIN)} - before
        with open(f"{host.keydir}/{DOMAIN}/{selector}.pem", "rb") as file:
            pem = file.read()
        for args in (("publish",), ("revoke", "--force"),
                     ("remove", "--force")):
            status, out = host.key(args[0], DOMAIN, selector, *args[1:])
            self.assertEqual(status, 0, out)
        self.assertTrue({key.selector: key.removed
                         for key in self.agree(DOMAIN)}[selector])
        return selector, pem

    def public(self, pem):
        return subprocess.run(
            ["openssl", "pkey", "-pubout"], input=pem, check=True,
            stdout=subprocess.PIPE, timeout=LIMIT_S).stdout

    def disclosed(self, host):
        return os.listdir(host.folder + "/disclosed")

    def test_by_another_host(self):
        one, two, three = self.hosts
        selector, pem = self.remove(one)
        # All have it as long as one of them may disclose it.
        self.assertEqual(self.blobs(selector), "1")
        for host in self.hosts:
            self.wait_for(lambda host=host: selector in host.files(DOMAIN),
                          host.log)
        one.stop()
        self.clock.move(2 * TTL_S)
        status, out = two.key("rotate", "--no-progress")
        self.assertIn(status, (0, 3), out + two.log())
        self.assertEqual(self.disclosed(two),
                         [f"{selector}._domainkey.{DOMAIN}.pem"], out)
        with open(f"{two.folder}/disclosed/{self.disclosed(two)[0]}",
                  "rb") as file:
            self.assertEqual(self.public(file.read()), self.public(pem))
        self.assertNotIn(selector, two.files(DOMAIN))
        self.assertEqual(self.blobs(selector), "0")
        one.start()
        for host in (one, three):
            self.wait_for(lambda host=host: selector not in
                          host.files(DOMAIN), host.log)
        for host in (one, three):
            status, out = host.key("rotate", "--no-progress")
            self.assertIn(status, (0, 3), out + host.log())
            self.assertEqual(self.disclosed(host), [])
        # What was destroyed does not come back.
        self.sql("UPDATE countersign.key SET blob = 'x' WHERE selector = "
                 f"'{selector}'")
        for host in self.hosts:
            self.restart(host)
            self.polls(host, 3)
            self.assertNotIn(selector, host.files(DOMAIN))

    def test_killed(self):
        """Between any two messages: disclosed once, and destroyed by all."""
        one, two, three = self.hosts
        for number in range(1, 60, EVERY):
            selector, _ = self.remove(one)
            self.clock.move(2 * TTL_S)
            status, out = one.key("rotate", "--no-progress",
                                  SKEW_KILL=f"countersign-key:{number}")
            is_struck = status < 0
            self.clock.move(60)
            status, out = two.key("rotate", "--no-progress")
            self.assertIn(status, (0, 3), out + two.log())
            names = self.disclosed(one) + self.disclosed(two)
            self.assertIn(f"{selector}._domainkey.{DOMAIN}.pem", names, out)
            self.assertEqual(self.blobs(selector), "0")
            for host in self.hosts:
                self.wait_for(lambda host=host: selector not in
                              host.files(DOMAIN), host.log)
            self.assertEqual(self.disclosed(three), [])
            if not is_struck:
                break
        self.no_alarms()


class Forgetting(EndCase):
    """Of a domain with more than 500 keys, nearly all removed long ago."""

    def setUp(self):
        super().setUp()
        self.one, self.two = self.hosts
        self.assertEqual(self.one.key("generate", DOMAIN)[0], 0)
        self.agree(DOMAIN)
        self.insert(540, int(time.time()) + self.clock.ahead - 400 * DAY)

    def insert(self, count, removed):
        """Write rows of keys that were removed then."""
        self.one.stop()
        done = subprocess.run(
            ["setpriv", "--reuid", td.USER, "--clear-groups", CASE,
             self.one.keydir, self.one.name,
             self.server.conninfo(self.one.name, self.database)],
            input=f"poll\nremoved {DOMAIN} {count} {removed}\npoll\n",
            text=True, stdout=subprocess.PIPE, timeout=LIMIT_S, check=False)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.one.start()
        self.assertEqual(len(self.agree(DOMAIN)), count + 1)

    def rows(self):
        return self.sql("SELECT selector FROM countersign.key "
                        "ORDER BY change").split("\n")

    def confirmed(self):
        """Both hosts have confirmed all."""
        change = self.sql("SELECT change FROM countersign.fleet")
        for _ in range(2):
            for host in self.hosts:
                self.polls(host, 2)
        self.assertEqual(self.sql(
            "SELECT count(*) FROM countersign.confirmation WHERE change = "
            f"{change}"), "2")

    def test_forgotten(self):
        one, two = self.hosts
        kept = one.keys(DOMAIN)[-1].selector
        old = self.sql("SELECT octets, signature, change, selector "
                       "FROM countersign.key WHERE selector LIKE '2000%' "
                       "ORDER BY change LIMIT 1")
        octets, signature, change, selector = old.split("|")
        key = f"{one.keydir}/{DOMAIN}/{kept}.pem"
        self.confirmed()
        before = len(self.rows())
        status, out = one.key("generate", DOMAIN)
        self.assertEqual(status, 0, out + one.log())
        keys = self.agree(DOMAIN)
        rows = self.rows()
        self.assertEqual(rows[0], "-", "the end comes first")
        self.assertEqual(sorted(rows[1:]),
                         sorted(one.selector for one in keys))
        self.assertLess(len(rows), before - 30)
        self.assertIn(kept, rows)
        self.assertTrue(os.path.exists(key))
        self.no_alarms()
        # Each number is above that of the end; the end names what was there.
        self.assertEqual(self.sql(
            "SELECT count(*) FROM countersign.key WHERE change < (SELECT "
            "change FROM countersign.key WHERE selector = '-')"), "0")

        # The deleted row again: an alarm for hosts, old and new.
        self.sql("INSERT INTO countersign.key (domain, selector, change, "
                 f"octets, signature) VALUES ('{DOMAIN}', '{selector}', "
                 f"{change}, '{octets}', '{signature}')")
        three = self.make_host("relay3")
        self.join(three)
        for host in self.hosts:
            self.restart(host)
            host.await_line("fleet-row-ignored")
            self.assertIn("somebody put an old row back", host.log())
            self.assertNotIn(f"{selector} ", host.state(DOMAIN))
        # With a number above the end, it is another text than was signed.
        self.sql("UPDATE countersign.key SET change = change + 100000 "
                 f"WHERE selector = '{selector}'")
        for host in self.hosts:
            self.restart(host)
            self.wait_for(lambda host=host: any(
                "it was signed with another change number" in text
                for text in host.list().get("ignored", [])), host.log)
            self.assertNotIn(f"{selector} ", host.state(DOMAIN))
        self.sql(f"DELETE FROM countersign.key WHERE selector = '{selector}'")
        for host in self.hosts:
            self.restart(host)
        self.assertEqual(len(self.agree(DOMAIN)), len(keys))
        # The domain goes on, and ends.
        status, out = two.key("generate", DOMAIN)
        self.assertEqual(status, 0, out + two.log())
        self.agree(DOMAIN)

    def test_not_confirmed(self):
        """A host that has not taken the rows keeps them in the database."""
        self.two.stop()
        self.sql("DELETE FROM countersign.confirmation WHERE host = 'relay2'")
        status, out = self.one.key("generate", DOMAIN)
        self.assertEqual(status, 0, out + self.one.log())
        self.assertEqual(len(self.rows()), 542)
        self.assertNotIn("-", self.rows())
        self.two.start()
        self.agree(DOMAIN)
        self.confirmed()
        status, out = self.one.key("generate", DOMAIN)
        self.assertEqual(status, 0, out + self.one.log())
        self.assertLess(len(self.rows()), 520)
        self.agree(DOMAIN)
        self.no_alarms()

    def test_restored(self):
        """The whole database from a mirror, after rows were forgotten; and a
        host that missed it."""
        self.confirmed()
        self.two.stop()
        status, out = self.one.key("generate", DOMAIN)
        self.assertEqual(status, 0, out + self.one.log())
        rows = self.sql("SELECT selector, change, md5(octets), md5(blob) "
                        "FROM countersign.key ORDER BY change")
        self.sql("DELETE FROM countersign.key")
        status, out, err = self.one.ask("restore")
        self.assertEqual((status, err), (0, ""), self.one.log())
        self.assertEqual(self.sql(
            "SELECT selector, change, md5(octets), md5(blob) "
            "FROM countersign.key ORDER BY change"), rows)
        self.two.start()
        self.agree(DOMAIN)
        # Its end alone: what is newer stays.
        self.sql("DELETE FROM countersign.key WHERE selector = '-'")
        self.one.ask("restore")
        self.assertEqual(self.sql(
            "SELECT selector, change, md5(octets), md5(blob) "
            "FROM countersign.key ORDER BY change"), rows)

    def test_expelled(self):
        """Who signed the end is expelled: who joins later believes it."""
        self.confirmed()
        status, out = self.two.key("generate", DOMAIN)
        self.assertEqual(status, 0, out + self.two.log())
        keys = len(self.agree(DOMAIN))
        self.two.stop()
        self.hosts.remove(self.two)
        status, out, err = self.one.ask("expel", "relay2")
        self.assertEqual((status, err), (0, ""), self.one.log())
        self.assertEqual(self.sql(
            "SELECT count(*) FROM countersign.key WHERE convert_from(octets, "
            "'SQL_ASCII') LIKE '%by relay2%'"), "0")
        self.assertEqual(len(self.agree(DOMAIN)), keys)
        three = self.make_host("relay3")
        self.join(three)
        self.assertEqual(len(self.agree(DOMAIN)), keys)
        self.assertEqual(self.rows()[0], "-")
        self.no_alarms()


if __name__ == "__main__":
    supervised.main()
