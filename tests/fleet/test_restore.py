#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""An old backup of the database, or an empty one: what hosts have is written
back, and nothing that was revoked comes back.

usage: test_restore.py BUILD
"""

import os
import re
import shutil
import subprocess
import time
import unittest

import fleetworld as fw
from opsworld import KEY, LIMIT_S, OpsCase

TABLES = ("fleet", "members", "key", "wrap", "confirmation", "use", "lease")


class Restoring(OpsCase):
    """d.example was marked after the backup, and e.example is newer."""

    def setUp(self):
        super().setUp()
        self.one = self.first()
        self.two = self.join("relay2")
        self.polls(self.two)
        now = int(time.time())
        self.run_case(self.one, f"key d.example {now - 3600}", "poll")
        self.back_up()
        self.run_case(self.one, "end d.example 0", "poll",
                      f"key e.example {now - 3600}", "poll")
        self.until((self.two,), lambda: os.path.exists(
            f"{self.two.keydir}/e.example/a.pem"))
        self.newest = self.change()

    def change(self):
        return int(self.sql("SELECT change FROM countersign.fleet"))

    def back_up(self):
        for table in TABLES:
            self.sql(f"CREATE TABLE public.{table} AS SELECT * "
                     f"FROM countersign.{table}")

    def restore_backup(self):
        """With the triggers of keys off, as pg_restore does."""
        self.sql("; ".join(["BEGIN", "SET session_replication_role = replica"]
                           + [f"DELETE FROM countersign.{table}; "
                              f"INSERT INTO countersign.{table} "
                              f"SELECT * FROM public.{table}"
                              for table in TABLES] + ["COMMIT"]))

    def is_marked(self, host):
        return " compromised=yes" in self.state(host, "d.example")

    def refused(self, host):
        host.await_database("refused")
        self.assertTrue(self.is_marked(host))
        self.assertTrue(os.path.exists(f"{host.keydir}/e.example/a.pem"))

    def rows(self):
        return self.sql("SELECT domain, change, md5(octets), md5(signature), "
                        "md5(blob) FROM countersign.key ORDER BY domain")

    def test_old_backup(self):
        one, two = self.one, self.two
        rows = self.rows()
        self.restore_backup()
        self.assertNotEqual(self.rows(), rows)
        for host in (one, two):
            self.refused(host)
        status, out, err = two.ask("restore")
        self.assertEqual((status, err), (0, ""), two.log())
        self.assertTrue(out.startswith("rows written back: 2; member lists: "
                                       "0\n"), out)
        two.await_line("fleet-restored")
        self.assertEqual(self.rows(), rows)
        self.assertGreaterEqual(self.change(), self.newest)
        for host in (two, one):
            host.await_database("used")
            self.polls(host, 2)
            self.assertTrue(self.is_marked(host))
            self.assertNotIn("ignored: a of ", host.log())
        # What the hosts had confirmed was lost; they confirm it again.
        self.until((one, two), lambda: all(
            cell["confirmed"] for cell in
            self.cells(one, "d.example")["a"].values()))
        # The old rows again, one by one: nothing is taken.
        self.sql("UPDATE countersign.key k SET octets = b.octets, "
                 "change = b.change, signature = b.signature "
                 "FROM public.key b WHERE b.domain = k.domain")
        self.run_case(one, "key f.example 0", "poll")
        self.assertTrue(self.is_marked(one))
        # Again, it has nothing to write but that.
        out = one.ask("restore")[1]
        self.assertTrue(out.startswith("rows written back: 1; "), out)
        self.assertIn("compromised=yes", self.sql(
            "SELECT convert_from(octets, 'SQL_ASCII') FROM countersign.key "
            "WHERE domain = 'd.example'"))
        self.assertEqual(one.ask("restore")[1].split("\n")[0],
                         "rows written back: 0; member lists: 0")

    def test_empty_database(self):
        """Each host enters its keys again; one of them is enough for rows."""
        one, two = self.one, self.two
        rows = self.rows()
        fleet = one.list()["fleet"]
        for host in (one, two):
            host.stop()
        self.sql("DROP SCHEMA countersign CASCADE")
        with open(fw.SCHEMA + "/0001.sql", encoding="ascii") as file:
            self.server.script(file.read(), database=self.database)
        for name in ("relay1", "relay2"):
            self.sql(f"SELECT countersign.add_host('{name}', '{name}')")
        one.start()
        two.start()
        one.await_database("refused")
        status, out, err = two.ask("restore", "--json")
        self.assertEqual((status, err), (0, ""), two.log())
        self.assertRegex(out, r'"restored": 2,\s+"member_lists": 2,')
        status, out, err = one.ask("restore")
        self.assertEqual((status, err), (0, ""), one.log())
        self.assertTrue(out.startswith("rows written back: 0; "), out)
        self.assertEqual(self.rows(), rows)
        self.assertEqual(self.sql("SELECT id FROM countersign.fleet"), fleet)
        self.assertEqual(self.sql("SELECT host FROM countersign.wrap "
                                  "ORDER BY host"), "relay1\nrelay2")
        for host in (one, two):
            host.await_database("used")
            self.polls(host, 2)
            self.assertTrue(self.is_marked(host))

    def test_export(self):
        """From the mirror alone, without the database and the daemon."""
        self.server.stop()
        self.addCleanup(self.server.start)
        self.two.stop()
        status, out, err = self.two.ask("export")
        self.assertEqual((status, err), (0, ""))
        self.assertTrue(out.startswith("countersign-fleet-export 1\nmembers "))
        self.assertTrue(out.endswith("\nend 2\n"), out)
        self.assertNotIn("PRIVATE KEY", out)
        members = self.two.keydir + "/.fleet/members"
        rows = self.two.keydir + "/e.example/fleet"
        for path, line in ((members, "members {}\n"),
                           (rows, "rows e.example {}\n")):
            with open(path, encoding="ascii") as file:
                text = file.read()
            self.assertIn(line.format(len(text)) + text, out)
        self.assertEqual(self.two.ask("export", "now")[0], 2)

    def test_host_that_forgot(self):
        """It has lost what it had seen, so a person has to tell it."""
        one, two = self.one, self.two
        two.stop()
        for name in ("marks", "confirmed"):
            os.unlink(f"{two.keydir}/.fleet/{name}")
        shutil.rmtree(two.keydir + "/.fleet/seen")
        self.restore_backup()
        two.start()
        self.assertEqual(two.ask("list")[0], 3)
        listed = one.list()
        words = ("init", "--members", listed["members"], "--change",
                 str(self.newest))
        status, _, err = two.ask(*words)
        self.assertEqual(status, 1)
        self.assertIn("older than --change says", err)
        self.assertEqual(two.ask("init", "--change", "x")[0], 2)
        self.assertEqual(two.ask("list", "--change", "1")[0], 2)
        status, _, err = one.ask("restore")
        self.assertEqual((status, err), (0, ""))
        status, _, err = two.ask(*words)
        self.assertEqual((status, err), (0, ""), two.log())
        two.await_database("used")
        self.polls(two, 2)
        self.assertTrue(self.is_marked(two))

    def feed(self, host, text):
        """fleet import: exit status, output and errors."""
        done = subprocess.run(
            [KEY, "-c", host.folder + "/conf", "fleet", "import"], text=True,
            input=text, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            timeout=LIMIT_S, check=False)
        return done.returncode, done.stdout, done.stderr

    def test_import(self):
        """A mirror that lost a domain, and no database to get it from."""
        one, two = self.one, self.two
        export = two.ask("export")[1]
        self.server.stop()
        self.addCleanup(self.server.start)
        one.stop()
        shutil.rmtree(one.keydir + "/e.example")
        one.start()
        pem = one.keydir + "/e.example/a.pem"
        # An octet of a signature, or half of it.
        rows = export.index("rows e.example")
        at = export.index(" ", export.index("row a ", rows) + 200) + 20
        forged = export[:at] + ("A" if export[at] != "A" else "B") + \
            export[at + 1:]
        self.feed(one, forged)
        self.assertFalse(os.path.exists(pem), one.log())
        status, out, err = self.feed(one, export[:rows + 100])
        self.assertEqual((status, out), (1, "1 domain read\n"), err)
        self.assertFalse(os.path.exists(pem))
        self.assertEqual(self.feed(one, "text\n")[0], 1)

        status, out, err = self.feed(one, export)
        self.assertEqual((status, out, err), (0, "2 domains read\n", ""),
                         one.log())
        with open(pem, "rb") as file, \
                open(two.keydir + "/e.example/a.pem", "rb") as other:
            self.assertEqual(file.read(), other.read())
        self.assertTrue(self.is_marked(one))
        # An older export changes nothing.
        self.assertEqual(self.feed(one, export)[0], 0)

    def test_refusals(self):
        three = self.join("relay3", admits=False)
        status, _, err = three.ask("restore")
        self.assertEqual(status, 1)
        self.assertIn("not admitted itself", err)
        self.assertEqual(self.one.ask("restore", "now")[0], 2)
        self.sql("UPDATE countersign.fleet SET id = repeat('0', 64)")
        status, _, err = self.one.ask("restore")
        self.assertEqual(status, 1)
        self.assertIn("another fleet", err)

    def test_lost_domain(self):
        """A domain that is gone stays so: its end is in the archive."""
        one, two = self.one, self.two
        # As "domain remove" leaves it: each key is removed, then the domain.
        self.run_case(one, "gone e.example", "poll")
        self.until((two,), lambda: not os.path.exists(
            f"{two.keydir}/e.example/state"))
        newest = self.change()
        self.restore_backup()
        two.await_database("refused")
        status, out, err = two.ask("restore")
        self.assertEqual((status, err), (0, ""), two.log())
        self.assertTrue(re.match(r"rows written back: 2;", out), out)
        self.assertEqual(self.change(), newest)
        self.assertEqual(self.sql("SELECT selector FROM countersign.key "
                                  "WHERE domain = 'e.example'"), "-")
        one.await_database("used")
        self.assertFalse(os.path.exists(f"{one.keydir}/e.example/state"))


if __name__ == "__main__":
    unittest.main()
