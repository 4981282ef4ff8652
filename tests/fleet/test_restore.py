#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""An old backup of the database, or an empty one: what hosts have is written
back, and nothing that was revoked comes back.

usage: test_restore.py BUILD
"""

import os
import re
import shutil
import time

import fleetworld as fw
import supervised
from opsworld import LIMIT_S, OpsCase, test_daemon


class Restoring(OpsCase):
    """d.example was marked after the backup, and e.example is newer."""

    def setUp(self):
        super().setUp()
        self.one = self.first()
        self.two = self.join("relay2")
        self.polls(self.two)
        now = int(time.time())
        self.run_case(self.one, f"key d.example {now - 3600}", "poll")
        fw.back_up(self.sql)
        self.run_case(self.one, "end d.example 0", "poll",
                      f"key e.example {now - 3600}", "poll")
        self.until((self.two,), lambda: os.path.exists(
            f"{self.two.keydir}/e.example/a.pem"))
        self.newest = self.change()

    def change(self):
        return int(self.sql("SELECT change FROM countersign.fleet"))

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
        fw.restore_backup(self.sql)
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
        # It says what waits, also if it had nothing to do.
        self.assertEqual(one.ask("restore")[1].split("\n")[:2], [
            "rows written back: 0; member lists: 0", "changes of DNS, but for "
            "those of 'compromise', wait until 15 minutes after the first "
            "'fleet restore': run it on all hosts by then"])

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

    def damage(self, host, name, text):
        """One of its files: it does not start."""
        with open(f"{host.keydir}/.fleet/{name}", "w",
                  encoding="ascii") as file:
            file.write(text)
        self.assertEqual(host.spawn().wait(LIMIT_S), 78, host.log())

    def test_host_that_forgot(self):
        """It has lost what it had seen, so a person has to tell it."""
        one, two = self.one, self.two
        two.stop()
        self.damage(two, "epochs", "")
        self.assertIn("epochs: cut off: move .fleet/epochs ", two.log())
        os.unlink(two.keydir + "/.fleet/epochs")
        self.damage(two, "members", "no list\n")
        self.assertIn(".fleet/members: not a file of member lists: remove "
                      ".fleet/marks, and enter the fleet again ", two.log())
        for name in ("marks", "confirmed"):
            os.unlink(f"{two.keydir}/.fleet/{name}")
        shutil.rmtree(two.keydir + "/.fleet/seen")
        fw.restore_backup(self.sql)
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
        one.ask("import", text=forged)
        self.assertFalse(os.path.exists(pem), one.log())
        status, out, err = one.ask("import", text=export[:rows + 100])
        self.assertEqual((status, out), (1, "1 domain taken\n"), err)
        self.assertFalse(os.path.exists(pem))
        self.assertEqual(one.ask("import", text="text\n")[0], 1)

        status, out, err = one.ask("import", text=export)
        self.assertEqual((status, out, err), (0, "2 domains taken\n", ""),
                         one.log())
        with open(pem, "rb") as file, \
                open(two.keydir + "/e.example/a.pem", "rb") as other:
            self.assertEqual(file.read(), other.read())
        self.assertTrue(self.is_marked(one))
        # An older export changes nothing.
        self.assertEqual(one.ask("import", text=export)[0], 0)

    def test_import_refused_domain(self):
        """A domain whose folder is damaged keeps no other one away."""
        one, two = self.one, self.two
        export = one.ask("export")[1]
        self.assertLess(export.index("rows d.example"),
                        export.index("rows e.example"))
        self.server.stop()
        self.addCleanup(self.server.start)
        two.stop()
        folder = two.keydir + "/d.example"
        shutil.rmtree(two.keydir + "/e.example")
        os.rename(folder, two.folder + "/away")
        os.symlink(two.folder + "/away", folder)
        two.start()
        status, out, err = two.ask("import", text=export)
        self.assertEqual((status, out), (1, "1 domain taken\n"), err)
        self.assertIn("d.example: ", err)
        self.assertIn("1 domain not taken, for the reasons above: fix "
                      "what they name, and import it again", err)
        self.assertTrue(os.path.exists(two.keydir + "/e.example/a.pem"))
        os.unlink(folder)
        os.rename(two.folder + "/away", folder)
        self.assertEqual(two.ask("import", text=export),
                         (0, "2 domains taken\n", ""), two.log())

    def test_import_that_cannot_be_loaded(self):
        """With a newer member list, and a host key that is gone."""
        one, two = self.one, self.two
        two.stop()
        self.join("relay3")
        export = one.ask("export")[1]
        self.server.stop()
        self.addCleanup(self.server.start)
        two.start()
        version = two.list()["version"]
        path = two.keydir + "/.fleet/host.key"
        os.rename(path, path + ".away")
        status, _, err = two.ask("import", text=export)
        self.assertEqual(status, 1)
        self.assertIn("host.key", err)
        self.assertEqual(two.process.wait(LIMIT_S), 75, two.log())
        self.assertIn("cannot load the imported member list: ", two.log())
        os.rename(path + ".away", path)
        two.start()
        self.assertGreater(two.list()["version"], version)

    def test_from_an_export_alone(self):
        """The database, all mirrors and all but the keys of a host are lost."""
        one, two = self.one, self.two
        self.run_case(one, "gone e.example", "poll")
        self.until((two,), lambda: not os.path.exists(
            f"{two.keydir}/e.example/state"))
        rows = self.rows()
        members = self.sql("SELECT md5(octets) FROM countersign.members "
                           "ORDER BY version")
        digest = two.list()["members"]
        fingerprints = {entry["host"]: entry["fingerprint"]
                        for entry in two.list()["hosts"]}
        export = two.ask("export")[1]
        self.assertIn("\nended e.example ", export)
        for host in (one, two):
            host.stop()
        self.sql("DROP SCHEMA countersign CASCADE")
        with open(fw.SCHEMA + "/0001.sql", encoding="ascii") as file:
            self.server.script(file.read(), database=self.database)
        for name in ("relay1", "relay2"):
            self.sql(f"SELECT countersign.add_host('{name}', '{name}')")
        self.keep_keys_alone(two)
        two.start()
        # A person compares what is in it, and names it; nothing was taken.
        status, out, err = two.ask("import", text=export)
        self.assertEqual(status, 1, out)
        for name, fingerprint in fingerprints.items():
            self.assertIn(f"{name}: admitted: {fingerprint}\n", out)
        self.assertIn(f"member list 2: {digest}\n", out)
        self.assertIn("compare this list", err)
        self.assertEqual(two.ask("list")[0], 3)
        # A name that is none, and would control the terminal.
        status, out, err = two.ask(
            "import", text=export[:export.index("members ")] +
            "epochs relay\u009b2J 0\nend 0\n")
        self.assertEqual((status, out), (1, "0 domains taken\n"))
        self.assertIn("cannot be read further", err)
        status, _, err = two.ask("import", "--members", "0" * 64, text=export)
        self.assertEqual(status, 1)
        self.assertEqual(
            two.ask("import", "--members", "x", text=export)[0], 2)
        self.assertFalse(os.path.exists(two.keydir + "/.fleet/marks"))
        # A list that does not have this host with its keys.
        self.refuse_other_host(one, export, digest)
        for _ in range(2):
            status, out, err = two.ask("import", "--members", digest,
                                       text=export)
            self.assertEqual((status, err), (0, ""))
            self.assertTrue(out.endswith("2 domains taken\n"), out)
        self.assertTrue(self.is_marked(two))
        two.await_database("refused")
        status, _, err = two.ask("restore")
        self.assertEqual((status, err), (0, ""), two.log())
        self.assertEqual(self.rows(), rows)
        self.assertEqual(self.sql("SELECT md5(octets) FROM "
                                  "countersign.members ORDER BY version"),
                         members)
        two.await_database("used")
        # The other host, which has its mirror, and new keys.
        one.start()
        end = time.monotonic() + LIMIT_S
        while one.ask("restore")[0] != 0:
            self.assertLess(time.monotonic(), end, one.ask("restore")[2])
            time.sleep(0.2)
        one.await_database("used")
        self.run_case(two, "key g.example 0", "poll")
        self.until((one,), lambda: os.path.exists(
            f"{one.keydir}/g.example/a.pem"))
        for host in (one, two):
            self.assertEqual(host.count("fleet-row-ignored"), 0, host.log())
        # In a fleet, an older export is no news; that of another is refused.
        self.assertEqual(one.ask("import", text=export)[0], 0)
        self.refuse_other_fleet(one, export)

    def keep_keys_alone(self, host):
        """A host loses all but what no other host has."""
        for folder, kept in ((host.keydir, (".fleet",)), (
                host.keydir + "/.fleet", ("host.key", "wrap.key",
                                          "wrap.crt"))):
            for name in os.listdir(folder):
                path = f"{folder}/{name}"
                if name in kept:
                    continue
                if os.path.isdir(path):
                    shutil.rmtree(path)
                else:
                    os.unlink(path)

    def test_several_hosts_from_one_export(self):
        """All hosts lost all but their keys, and one export is left."""
        one, two = self.one, self.two
        listed = two.list()
        fingerprint = next(entry["fingerprint"] for entry in listed["hosts"]
                           if entry["host"] == "relay1")
        with open(two.keydir + "/d.example/a.pem", "rb") as file:
            pem = file.read()
        export = two.ask("export")[1]
        for host in (one, two):
            host.stop()
            self.keep_keys_alone(host)
        self.sql("DROP SCHEMA countersign CASCADE")
        with open(fw.SCHEMA + "/0001.sql", encoding="ascii") as file:
            self.server.script(file.read(), database=self.database)
        for name in ("relay1", "relay2"):
            self.sql(f"SELECT countersign.add_host('{name}', '{name}')")
        two.start()
        status, _, err = two.ask("import", "--members", listed["members"],
                                 text=export)
        self.assertEqual((status, err), (0, ""))
        status, _, err = two.ask("restore")
        self.assertEqual((status, err), (0, ""), two.log())
        two.await_database("used")
        # The other one enters again, and gets the keys of epochs again.
        one.start()
        status, out, err = one.ask("init", "--members", listed["members"],
                                   "--change", str(listed["change"]))
        self.assertEqual((status, err), (0, ""), one.log())
        self.assertIn(f"relay1: admitted: {fingerprint}", out)
        status, _, err = two.ask("admit", "relay1", fingerprint)
        self.assertEqual((status, err), (0, ""), two.log())
        self.until((one,), lambda: os.path.exists(
            f"{one.keydir}/d.example/a.pem"))
        with open(one.keydir + "/d.example/a.pem", "rb") as file:
            self.assertEqual(file.read(), pem)
        self.assertEqual(one.list()["members"], listed["members"])
        self.assertEqual(two.count("fleet-row-ignored"), 0, two.log())

    def refuse_other_host(self, one, export, digest):
        """As relay2, with the keys of relay1."""
        keydir = self.two.keydir
        self.two.stop()
        for name in ("host.key", "wrap.key", "wrap.crt"):
            os.rename(f"{keydir}/.fleet/{name}", f"{keydir}/.fleet/{name}.away")
            shutil.copy2(f"{one.keydir}/.fleet/{name}", f"{keydir}/.fleet/")
            stat = os.stat(f"{one.keydir}/.fleet/{name}")
            os.chown(f"{keydir}/.fleet/{name}", stat.st_uid, stat.st_gid)
        self.two.start()
        status, _, err = self.two.ask("import", "--members", digest,
                                     text=export)
        self.assertEqual(status, 1)
        self.assertIn("does not admit this host", err)
        self.assertEqual(self.two.ask("list")[0], 3)
        self.two.stop()
        for name in ("host.key", "wrap.key", "wrap.crt"):
            os.rename(f"{keydir}/.fleet/{name}.away", f"{keydir}/.fleet/{name}")
        self.two.start()

    def refuse_other_fleet(self, host, export):
        """What somebody exports who made a fleet of the same names."""
        database = self.database + "other"
        self.sql(f"CREATE DATABASE {database}")
        with open(fw.SCHEMA + "/0001.sql", encoding="ascii") as file:
            self.server.script(file.read(), database=database)
        self.server.sql("SELECT countersign.add_host('relay1', 'relay1')",
                        database=database)
        os.mkdir(self.folder + "/other", 0o755)
        stranger = test_daemon.Host(self.folder + "/other", "relay1",
                                    self.server.conninfo("relay1", database))
        self.hosts.append(stranger)
        stranger.start()
        self.assertEqual(stranger.ask("init")[0], 0, stranger.log())
        other = stranger.ask("export")[1]
        self.assertNotEqual(other, export)
        status, _, err = host.ask("import", text=other)
        self.assertEqual(status, 1)
        self.assertIn("of another fleet", err)

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

    def test_lowered_number(self):
        """It is that of a row, or of a member list."""
        one, two = self.one, self.two
        lower = "UPDATE countersign.fleet SET change = 1"
        self.sql(lower)
        one.await_database("refused")
        self.assertEqual(one.ask("restore")[::2], (0, ""))
        self.assertEqual(self.change(), self.newest)
        self.join("relay3")
        newest = self.change()
        self.polls(two)
        self.sql(lower)
        for host in (one, two):
            host.await_database("refused")
            status, _, err = host.ask("restore")
            self.assertEqual(status, 1)
            self.assertIn(f"the database has change number {newest - 1}, "
                          f"this host has seen {newest}, ", err)
        # As it says.
        self.sql(err.rstrip("\n").rpartition(": ")[2])
        for host in (one, two):
            self.assertEqual(host.ask("restore")[::2], (0, ""))
            host.await_database("used")

    def test_lists_without_end(self):
        """The database refuses, and has a newer list at each look."""
        self.server.script("""
            CREATE SEQUENCE public.versions;
            CREATE FUNCTION public.next() RETURNS integer LANGUAGE sql
                SECURITY DEFINER AS $$ SELECT nextval('public.versions')
                    ::integer $$;
            ALTER TABLE countersign.members RENAME TO was;
            CREATE VIEW countersign.members AS SELECT public.next() AS
                version, change, admitted, octets, signature
                FROM countersign.was;
            GRANT SELECT ON countersign.members TO PUBLIC;
            CREATE OR REPLACE FUNCTION countersign.hold_dns(seconds integer)
                RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
                BEGIN RAISE EXCEPTION 'no, wait'; END $$""",
                           database=self.database)
        status, _, err = self.one.ask("restore")
        self.assertEqual(status, 1)
        self.assertIn("no, wait", err)
        # The host is not busy with it any more.
        self.assertEqual(len(self.one.list()["hosts"]), 2)

    def test_lost_domain(self):
        """A domain that is gone stays so: its end is in the archive."""
        one, two = self.one, self.two
        # As "domain remove" leaves it: each key is removed, then the domain.
        self.run_case(one, "gone e.example", "poll")
        self.until((two,), lambda: not os.path.exists(
            f"{two.keydir}/e.example/state"))
        newest = self.change()
        fw.restore_backup(self.sql)
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
    supervised.main()
