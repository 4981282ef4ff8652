#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Two hosts of a fleet: how they get each other's keys, what they confirm, and
what a hostile administrator cannot make them confirm.

usage: test_hosts.py BUILD
"""

import glob
import os
import signal
import subprocess
import sys
import time
import unittest

import fleetworld as fw
import pgserver
import supervised

BUILD = sys.argv.pop(1)
CASE = BUILD + "/tests/fleet/hostcase"
HANDOVER_S = 300
KEK = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="


class Host:
    """hostcase on a key directory of its own."""

    def __init__(self, folder, name, conninfo):
        self.folder, self.name, self.conninfo = folder, name, conninfo
        self.alarms = []
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [CASE, self.folder, self.name, self.conninfo], text=True,
            bufsize=1, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env={**os.environ,
                 "CREDENTIALS_DIRECTORY": self.folder + ".credentials"})

    def __call__(self, command):
        """The answer; what alarmed is in alarms."""
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        self.alarms = []
        for line in self.process.stdout:
            word, _, rest = line.strip().partition(" ")
            if word == "done":
                return rest
            if word == "failed":
                return "failed " + rest
            self.alarms.append(rest)
        raise AssertionError(f"{self.name} ended at: {command}")

    def stop(self, kill=False):
        if kill:
            self.process.send_signal(signal.SIGKILL)
        self.process.stdin.close()
        self.process.stdout.close()
        return self.process.wait(60)

    def restart(self):
        self.stop(kill=True)
        self.start()

    def path(self, name):
        return f"{self.folder}/{name}"

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()


class Hosts(unittest.TestCase):
    """Each test has a database, and relay1 and relay2 in a fleet."""

    @classmethod
    def setUpClass(cls):
        cls.cluster = pgserver.Cluster(BUILD)
        cls.addClassCleanup(cls.cluster.__exit__)
        cls.server = cls.cluster.primary()
        fw.install(cls.server)
        cls.number = 0

    def setUp(self):
        cls = type(self)
        cls.number += 1
        self.database = f"hosts{cls.number}"
        self.server.sql(f"CREATE DATABASE {self.database}")
        with open(fw.SCHEMA + "/0001.sql", encoding="ascii") as file:
            self.server.script(file.read(), database=self.database)
        self.folder = pgserver.new_folder("countersign.hosts.")
        self.one = self.host("relay1")
        self.two = self.host("relay2")
        self.one("register")
        fleet = self.one("begin")
        self.one("poll")
        self.two(f"join {fleet}")
        self.two("register")
        self.one("admit relay2")

    def tearDown(self):
        for host in (self.one, self.two):
            self.assertEqual(host.stop(), 0)
        subprocess.run(["rm", "-rf", self.folder], check=True)
        self.server.forget()

    def host(self, name):
        self.sql(f"SELECT countersign.add_host('{name}', '{name}')")
        keydir = f"{self.folder}/{name}"
        os.mkdir(keydir, 0o700)
        os.mkdir(keydir + ".credentials", 0o700)
        return Host(keydir, name,
                    self.server.conninfo(name, self.database))

    def sql(self, statement, user="postgres"):
        return self.server.sql(statement, user, self.database)

    def quiet(self, host, command="poll"):
        answer = host(command)
        self.assertEqual(host.alarms, [])
        self.assertFalse(answer.startswith("failed"), answer)
        return answer

    def loud(self, host, *words):
        """A poll with an alarm that has these words."""
        answer = host("poll")
        self.assertFalse(answer.startswith("failed"), answer)
        for word in words:
            self.assertTrue(any(word in alarm for alarm in host.alarms),
                            (word, host.alarms))

    def sees(self, reader, host, domain, change):
        return reader(f"has {host} {domain} {change}") == "1"

    def both(self):
        self.quiet(self.one)
        self.quiet(self.two)
        self.quiet(self.one)


class Keys(Hosts):
    def test_key_of_both(self):
        change = self.one("key d.example 0")
        self.both()
        self.assertEqual(self.one.read("d.example/a.pem"),
                         self.two.read("d.example/a.pem"))
        self.assertTrue(self.sees(self.one, "relay2", "d.example", change))
        self.quiet(self.two)
        self.assertTrue(self.sees(self.two, "relay1", "d.example", change))
        # The private key is nowhere in the database.
        self.assertIn(b"BEGIN PRIVATE KEY", self.one.read("d.example/a.pem"))
        self.assertEqual(self.sql(
            "SELECT count(*) FROM countersign.key "
            "WHERE position('PRIVATE KEY'::bytea IN blob) > 0"), "0")
        # And a key that relay2 made.
        change = self.two("key e.example 0")
        self.both()
        self.assertTrue(self.sees(self.one, "relay2", "e.example", change))
        self.assertEqual(self.one.read("e.example/a.pem"),
                         self.two.read("e.example/a.pem"))

    def test_restarted_hosts(self):
        change = self.one("key d.example 0")
        self.both()
        self.one.restart()
        self.two.restart()
        self.both()
        self.assertTrue(self.sees(self.one, "relay2", "d.example", change))
        change = self.two("key e.example 0")
        self.both()
        self.assertTrue(self.sees(self.one, "relay2", "e.example", change))

    def test_new_epoch(self):
        self.one("key d.example 0")
        self.both()
        number = self.sql("SELECT change FROM countersign.fleet")
        self.one(f"expel relay2 {number}")
        self.quiet(self.one)
        change = self.one("key e.example 0")
        self.quiet(self.one)
        self.assertTrue(os.path.exists(self.one.path("e.example/a.pem")))
        self.assertEqual(self.sql("SELECT count(*) FROM countersign.wrap "
                                  "WHERE epoch = 2 AND host = 'relay2'"),
                         "0")
        # The expelled host sees the row; it cannot open the key.
        self.two("poll")
        self.assertFalse(os.path.exists(self.two.path("e.example/a.pem")))
        self.assertFalse(self.sees(self.one, "relay2", "e.example", change))

    def test_key_of_epoch_comes_later(self):
        saved = self.sql("SELECT octets, signature, blob FROM "
                         "countersign.wrap WHERE host = 'relay2'").split("|")
        self.sql("DELETE FROM countersign.wrap WHERE host = 'relay2'")
        change = self.one("key d.example 0")
        self.quiet(self.one)
        self.loud(self.two, "epoch 1 is not known")
        self.assertIn(b"d.example a", self.two.read(".fleet/exceptions"))
        self.quiet(self.one)
        self.assertFalse(self.sees(self.one, "relay2", "d.example", change))
        # It is not forgotten by a host that is killed.
        self.two.restart()
        self.loud(self.two, "epoch 1 is not known")
        self.sql("INSERT INTO countersign.wrap VALUES (1, 'relay2', " +
                 ", ".join(f"'{value}'" for value in saved) + ")")
        self.quiet(self.two)
        self.quiet(self.one)
        self.assertTrue(self.sees(self.one, "relay2", "d.example", change))
        self.assertEqual(self.one.read("d.example/a.pem"),
                         self.two.read("d.example/a.pem"))

    def test_file_that_was_lost(self):
        self.one("key d.example 0")
        self.both()
        os.unlink(self.two.path("d.example/a.pem"))
        change = self.one("end d.example 2000000000")
        self.both()
        self.assertTrue(self.sees(self.one, "relay2", "d.example", change))
        self.assertEqual(self.one.read("d.example/a.pem"),
                         self.two.read("d.example/a.pem"))


    def test_sealed_store(self):
        """relay2 seals what it takes with the pair of its own store."""
        path = self.two.folder + ".credentials/countersign.kek"
        with open(path, "w", encoding="ascii") as file:
            file.write(KEK + "\n")
        os.chmod(path, 0o400)
        self.two.restart()
        self.two("seal")
        change = self.one("key d.example 0")
        self.both()
        self.assertTrue(self.sees(self.one, "relay2", "d.example", change))
        for name in ("d.example/a.pem", ".fleet/host.key",
                     ".fleet/wrap.key"):
            self.assertTrue(self.two.read(name).startswith(
                b"countersign-sealed 1 "), name)
        self.two.restart()
        change = self.two("key e.example 0") if self.quiet(self.two) else 0
        self.both()
        self.assertTrue(self.sees(self.one, "relay2", "e.example", change))


class Uses(Hosts):
    def test_last_use(self):
        now = int(time.time())
        self.one(f"key d.example {now - 2000}")
        self.both()
        self.one(f"end d.example {now - 1000}")
        self.both()
        self.assertEqual(self.one("used d.example"), "2 relay1 -1")
        for host, used in ((self.one, 1600), (self.two, 1500)):
            os.utime(host.path("d.example/a.used"), (now - used, now - used))
        # The state must have been there for some time.
        end = time.monotonic() + 120
        while self.one("used d.example") != f"1 relay2 {now - 1540}":
            self.assertLess(time.monotonic(), end)
            self.one("report")
            time.sleep(0.5)
        self.quiet(self.two)
        while self.one("used d.example") != f"0 - {now - 1440}":
            self.assertLess(time.monotonic(), end)
            self.two("report")
            time.sleep(0.5)
        # Somebody puts the report of one in the place of the other's.
        self.sql("UPDATE countersign.use u SET (octets, signature) = "
                 "(SELECT octets, signature FROM countersign.use "
                 "WHERE host = 'relay1') WHERE host = 'relay2'")
        self.assertTrue(self.one("used d.example").startswith("1 relay2"))
        self.assertEqual(len(self.one.alarms), 1)
        self.assertIn("DELETE FROM countersign.use WHERE host = 'relay2' AND "
                      "domain = 'd.example' AND selector = 'a'",
                      self.one.alarms[0])
        # That one sees it when it is asked, and reports again.
        self.two("report")
        self.assertTrue(self.one("used d.example").startswith("1 relay2"))
        self.assertTrue(self.two("used d.example").startswith("1 relay2"))
        self.two("report")
        self.assertEqual(self.one("used d.example"), f"0 - {now - 1440}")

    def test_end_that_comes_later(self):
        """A report of an earlier end neither counts nor stays."""
        now = int(time.time())
        self.one(f"key d.example {now - 2000}")
        self.both()
        self.one(f"end d.example {now - 1000}")
        self.both()
        end = time.monotonic() + 120
        while self.one("report") != "-1":
            self.assertLess(time.monotonic(), end)
            time.sleep(0.5)
        self.assertEqual(self.one("used d.example"), "1 relay2 -1")
        at = int(self.sql("SELECT substring(encode(octets, 'escape') "
                          "FROM 'at ([0-9]+)') FROM countersign.use"))
        # As if the key had been used again for some time.
        self.one(f"end d.example {at + 1 - HANDOVER_S}")
        self.both()
        self.assertEqual(self.one("used d.example"), "2 relay1 -1")
        while self.one("used d.example") != "1 relay2 -1":
            self.assertLess(time.monotonic(), end)
            self.one("report")
            time.sleep(0.5)
        self.assertEqual(self.sql("SELECT count(*) FROM countersign.use"),
                         "1")

    def test_when(self):
        """What cannot be reported yet says when it can be."""
        now = int(time.time())
        self.one(f"key d.example {now - 2000}")
        self.both()
        self.assertEqual(self.one("report"), "-1")
        self.one(f"end d.example {now + 1000}")
        self.both()
        self.assertIn(int(self.one("report")), range(1180, 1302))
        # It has ended; but when have the signers seen that?
        self.one(f"end d.example {now - 1000}")
        self.both()
        end = time.monotonic() + 120
        while (left := self.one("report")) != "-1":
            self.assertIn(int(left), range(1, 13))
            self.assertLess(time.monotonic(), end)
            time.sleep(0.5)
        self.assertEqual(self.one("used d.example"), "1 relay2 -1")
        # It is not sent again.
        self.sql("DELETE FROM countersign.use")
        self.assertEqual(self.one("report"), "-1")
        self.assertEqual(self.one("used d.example"), "2 relay1 -1")


class Administrator(Hosts):
    """What is not believed, and what is withheld."""

    def setUp(self):
        super().setUp()
        self.change = self.one("key d.example 0")
        self.both()

    def seen(self):
        return self.sees(self.one, "relay2", "d.example", self.change)

    def test_clock(self):
        self.assertTrue(self.seen())
        self.two("clock 200")
        change = self.one("key e.example 0")
        self.quiet(self.one)
        self.loud(self.two, "clock", "ahead of the database's")
        self.quiet(self.one)
        self.assertFalse(self.sees(self.one, "relay2", "e.example", change))
        self.assertTrue(os.path.exists(self.two.path("e.example/a.pem")))
        self.two("clock -200")
        self.loud(self.two, "behind")
        self.two("clock 0")
        self.both()
        self.assertTrue(self.sees(self.one, "relay2", "e.example", change))

    def test_confirmation_of_another(self):
        self.quiet(self.two)
        self.sql("UPDATE countersign.confirmation c SET (change, octets, "
                 "signature, exceptions) = (SELECT change, octets, signature,"
                 " exceptions FROM countersign.confirmation "
                 "WHERE host = 'relay1') WHERE host = 'relay2'")
        self.loud(self.one, "signed by another host")
        self.assertFalse(self.seen())

    def test_confirmation_replaced(self):
        """By the role of relay2: that host confirms again."""
        self.one("key e.example 0")
        self.quiet(self.one)
        self.quiet(self.two)
        change = self.sql("SELECT change FROM countersign.confirmation "
                          "WHERE host = 'relay2'")
        self.sql(f"SELECT countersign.confirm({change}, 'x', {fw.SIGNATURE}, "
                 "'')", "relay2")
        self.loud(self.one, "confirmation of relay2: ")
        self.assertFalse(self.sees(self.one, "relay2", "e.example", change))
        self.loud(self.two, "replaced what this host has confirmed")
        self.quiet(self.two)
        self.quiet(self.one)
        self.assertTrue(self.sees(self.one, "relay2", "e.example", change))

    def test_confirmation_put_back(self):
        self.sql("CREATE TABLE old AS SELECT * FROM countersign.confirmation "
                 "WHERE host = 'relay2'")
        self.one("end d.example 2000000000")
        self.both()
        self.sql("UPDATE countersign.confirmation c SET (change, octets, "
                 "signature, exceptions) = (SELECT change, octets, signature,"
                 " exceptions FROM old) WHERE host = 'relay2'")
        self.loud(self.one, "put an old one back")
        self.assertFalse(self.seen())
        self.one.restart()
        self.loud(self.one, "put an old one back")
        self.assertFalse(self.seen())

    def test_forged_row_is_not_confirmed(self):
        """relay2 is shown another row than relay1."""
        good = self.one("key e.example 0")
        self.quiet(self.one)
        self.sql("CREATE TABLE old AS SELECT * FROM countersign.key "
                 "WHERE domain = 'e.example'")
        self.sql("UPDATE countersign.key SET signature = "
                 "decode(repeat('00', 64), 'hex') WHERE domain = 'e.example'")
        later = self.one("key f.example 0")
        self.loud(self.two, "e.example a", "not signed")
        self.sql("UPDATE countersign.key k SET signature = old.signature "
                 "FROM old WHERE k.domain = old.domain")
        self.quiet(self.one)
        self.assertTrue(self.sees(self.one, "relay2", "f.example", later))
        self.assertFalse(self.sees(self.one, "relay2", "e.example", good))
        # As soon as it is shown the row, it has it, below its cursor.
        self.both()
        self.assertTrue(self.sees(self.one, "relay2", "e.example", good))

    def test_withheld_row(self):
        self.one("key e.example 0")
        self.quiet(self.one)
        self.sql("DELETE FROM countersign.key WHERE domain = 'e.example'")
        for _ in range(2):
            self.two("poll")
            self.assertEqual(self.two.alarms, [])
        self.loud(self.two, "withheld", "relay1 has confirmed")

    def test_list_withheld_from_one(self):
        """relay3 is admitted, and relay2 does not hear of it."""
        three = self.host("relay3")
        self.addCleanup(three.stop)
        three("register")
        self.one("admit relay3")
        self.one("poll")
        self.sql("CREATE TABLE hidden AS SELECT * FROM countersign.members "
                 "WHERE version = 3")
        self.sql("DELETE FROM countersign.members WHERE version = 3")
        self.quiet(self.two)
        self.quiet(self.two)
        self.loud(self.two, "withheld", "relay1 has member list 3", "list 2")
        self.sql("INSERT INTO countersign.members SELECT * FROM hidden")
        self.quiet(self.two)

    def test_keys_of_epochs_without_end(self):
        """A view in the place of a table never ends."""
        self.one("expel relay2 " +
                 self.sql("SELECT change FROM countersign.fleet"))
        self.sql("ALTER TABLE countersign.wrap RENAME TO hidden")
        self.sql("CREATE SEQUENCE s")
        for epoch in ("nextval('public.s')::integer", "2"):
            self.sql("CREATE OR REPLACE FUNCTION evil() RETURNS SETOF "
                     "countersign.hidden LANGUAGE sql SECURITY DEFINER AS "
                     f"$$ SELECT {epoch}, 'relay1', 'x'::bytea, "
                     f"{fw.SIGNATURE}, 'z'::bytea "
                     "FROM generate_series(1, 20) $$")
            self.sql("CREATE OR REPLACE VIEW countersign.wrap AS "
                     "SELECT evil.* FROM evil()")
            self.sql("GRANT SELECT ON countersign.wrap TO countersign_host")
            self.loud(self.one, "epoch")

    def test_row_withheld_from_one(self):
        """relay2 is not shown a row, but a later one of another domain."""
        self.one("key e.example 0")
        self.quiet(self.one)
        self.sql("CREATE TABLE old AS SELECT * FROM countersign.key "
                 "WHERE domain = 'e.example'")
        self.sql("DELETE FROM countersign.key WHERE domain = 'e.example'")
        self.one("key f.example 0")
        self.both()
        for _ in range(4):
            self.two("poll")
        self.assertTrue(any("different rows" in alarm
                            for alarm in self.two.alarms), self.two.alarms)
        self.sql("INSERT INTO countersign.key SELECT * FROM old")
        self.quiet(self.one)

    def test_epoch_key_of_another(self):
        self.sql("DELETE FROM countersign.wrap WHERE host = 'relay2'")
        self.sql("INSERT INTO countersign.wrap SELECT epoch, 'relay2', "
                 "octets, signature, blob FROM countersign.wrap "
                 "WHERE host = 'relay1'")
        self.two.stop(kill=True)
        os.unlink(self.two.path(".fleet/epochs"))
        self.two.start()
        self.loud(self.two, "it is for another host")

    def test_files_of_a_host(self):
        names = sorted(os.path.basename(path) for path in
                       glob.glob(self.two.path(".fleet/*")))
        self.assertEqual(names, [
            "confirmed", "epochs", "exceptions", "host.key", "marks",
            "members", "seen", "wrap.crt", "wrap.key"])
        for name in ("host.key", "wrap.key"):
            self.assertEqual(os.stat(self.two.path(".fleet/" + name)).st_mode
                             & 0o777, 0o400)


if __name__ == "__main__":
    supervised.main()
