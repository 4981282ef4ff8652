#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Daemons of a fleet, and who attacks them: with the role of one host, which is
no superuser, or in the place of the database.

usage: test_attacks.py BUILD
"""

import os
import struct

import fakepg
import fleetworld as fw
import supervised
from opsworld import LIMIT_S, OpsCase

MAX_MB = 800


def pages_of_data(pid):
    """MiB of memory that a process has for itself."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        for line in file:
            if line.startswith("VmData:"):
                return int(line.split()[1]) >> 10
    return 0


class Place(OpsCase):
    """A server that sends more than there is memory for."""

    def test_size(self):
        host = self.first()
        host.stop()
        before = host.count("fleet-database-away")
        os.mkdir(host.folder + "/db")
        server = fakepg.Server(host.folder + "/db", lambda statement: (
            fakepg.columns(1) + b"D" + struct.pack("!I", 0x7fffffff) +
            bytes(100) if "hello" in statement else None))
        self.addCleanup(server.close)
        host.configure(f'fleet {{ database = "{server.conninfo()}" '
                       'host = "relay1" }')
        # Address Sanitizer ends a program that gets no memory.
        options = os.environ.get("ASAN_OPTIONS", "")
        self.addCleanup(os.environ.__setitem__, "ASAN_OPTIONS", options)
        os.environ["ASAN_OPTIONS"] = options + ":allocator_may_return_null=1"
        host.start()
        had = pages_of_data(host.process.pid)
        host.await_line("fleet-database-away", before + 1)
        self.assertNotIn("no answer in time", host.log())
        self.assertLess(pages_of_data(host.process.pid) - had, MAX_MB)
        self.assertIsNone(host.process.poll())
        # It is still of use.
        self.assertEqual(host.list()["database"], "away")


class Role(OpsCase):
    """The role of relay2, in other hands: all that it may call, with what no
    host would send."""

    SIGNED = "'text', " + fw.SIGNATURE

    def setUp(self):
        super().setUp()
        self.one = self.first()
        self.two = self.join("relay2")
        self.hosts = [self.one, self.two]
        self.run_case(self.one, "key d.example 0")
        self.until([self.one, self.two], lambda: all(
            os.path.exists(f"{host.keydir}/d.example/a.pem")
            for host in self.hosts))

    def attack(self, statement):
        return self.sql("SELECT countersign." + statement, "relay2")

    def spoil(self):
        """Rows that all hosts ignore, in the place of all rows."""
        number = int(self.sql("SELECT change FROM countersign.fleet"))
        self.attack(f"confirm({number}, {self.SIGNED}, '')")
        self.attack("restore_key(" + fw.change(
            "d.example", "a", 0, number + 1000) + ")")
        self.attack(f"restore_key({fw.change('-.example', '-', 0, 9)})")
        for host in ("relay1", "relay2"):
            self.attack(f"put_wrap(1, '{host}', {self.SIGNED}, 'blob')")
            self.attack(f"put_wrap(7, '{host}', {self.SIGNED}, 'blob')")
        self.attack(f"report_use('d.example', 'a', {self.SIGNED})")
        token = self.attack("take_lease(900)").split(",")[1]
        self.attack(f"begin_intent({token}, 'd.example', 'a', 'r', NULL, "
                    "'v', 900)")
        self.attack("hold_dns(1800)")
        # The list names him alone, so no other host may call anything.
        number = int(self.sql("SELECT change FROM countersign.fleet"))
        self.attack(f"change_members(2, {number + 1}, ARRAY['relay2'], "
                    f"{self.SIGNED})")

    def rebuild(self):
        """As docs/fleet.md says."""
        self.sql("REVOKE CONNECT ON DATABASE " + self.database +
                 " FROM PUBLIC, relay2")
        self.sql("DROP SCHEMA countersign CASCADE")
        # A host that was turned away pauses, but not if a person asks.
        self.one.await_text("permission denied for database")
        with open(fw.SCHEMA + "/0001.sql", encoding="ascii") as file:
            self.server.script(file.read(), database=self.database)
        self.sql("GRANT CONNECT ON DATABASE " + self.database + " TO PUBLIC")
        for host in self.hosts:
            self.sql(f"SELECT countersign.add_host('{host.name}', "
                     f"'{host.name}')")

    def test_all_that_it_may(self):
        pems = [self.pem(host) for host in self.hosts]
        self.spoil()
        for host in self.hosts:
            for name in "a of d.example, change", "member list ":
                self.until([host], lambda at=host, start=name: any(
                    line.startswith(start)
                    for line in at.list().get("ignored", [])))
        self.assertEqual(pems, [self.pem(host) for host in self.hosts])

        # What it wrote is gone with the database, which hosts fill again.
        self.rebuild()
        for host in self.hosts:
            status, out, err = host.ask("restore")
            self.assertEqual((status, err), (0, ""), out + host.log())
        for host in self.hosts:
            host.await_database("used")
            self.assertNotIn("ignored", host.list())
        self.run_case(self.one, "key e.example 0")
        self.until(self.hosts, lambda: os.path.exists(
            self.two.keydir + "/e.example/a.pem"))
        self.assertEqual(pems, [self.pem(host) for host in self.hosts])

    @staticmethod
    def pem(host):
        with open(host.keydir + "/d.example/a.pem", "rb") as file:
            return file.read()


class Files(OpsCase):
    """Links and pipes in the place of one domain's rows: commands do what
    they can for the others, and name it."""

    def fails(self, command, *args):
        status, out, err = self.one.ask(command, *args)
        self.assertEqual(status, 1, out + err)
        self.assertIn("d.example/fleet: is a symbolic link", err)
        return out

    def imports_part(self, export):
        status, out, err = self.one.ask("import", text=export)
        self.assertEqual((status, out), (1, "1 domain taken\n"), err)
        self.assertIn("domains are missing that could not be read", err)

    def test_commands(self):
        self.one = self.first()
        two = self.join("relay2")
        self.run_case(self.one, "key d.example 0", "key e.example 0")
        rows = self.one.keydir + "/d.example/fleet"
        os.unlink(rows)
        os.symlink("/dev/zero", rows)
        archive = self.one.keydir + "/.archive/f.example.1"
        os.makedirs(archive)
        os.mkfifo(archive + "/fleet")
        self.assertIn("not a file of rows: remove it",
                      self.one.ask("export")[2])
        text = self.fails("export")
        self.assertIn("rows e.example ", text)
        self.assertTrue(text.endswith("part 1\n"), text)
        self.imports_part(text)
        self.sql("DELETE FROM countersign.key WHERE domain = 'e.example'")
        self.fails("restore")
        self.assertEqual(self.sql("SELECT domain FROM countersign.key "
                                  "ORDER BY domain"),
                         "d.example\ne.example")
        two.stop()
        self.assertIn("e.example", self.fails("expel", "relay2"))
        self.assertIn("e.example", self.sql(
            "SELECT domain FROM countersign.key"))


if __name__ == "__main__":
    supervised.main()
