#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""What people do with a fleet: who has which key, and expelling a host.

usage: test_ops.py BUILD
"""

import json
import os
import subprocess
import time
import unittest

import supervised
from opsworld import KEY, LIMIT_S, OpsCase, test_daemon


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
        self.run_case(one, f"key d.example {now - 7200}", "poll")

        def ended(host, name):
            return self.cells(host, "d.example")["a"][name]["ended"]
        self.until((one, two), lambda: os.path.exists(
            f"{two.keydir}/d.example/state"))
        # The state changes again before the first change is settled.
        self.run_case(one, f"end d.example {now - 3600}", "poll")
        self.assertFalse(ended(one, "relay2"))
        self.until((one, two), lambda: ended(one, "relay2"))
        cell = self.cells(one, "d.example")["a"]["relay2"]
        self.assertIsNone(cell["last_use"])
        self.assertRegex(self.key(one, "list", "--fleet"),
                         r"\nd\.example +a +retired +end(s|ed) +ended\n")
        # A database that has lost it gets it again.
        self.sql("DELETE FROM countersign.use")
        self.assertFalse(ended(one, "relay2"))
        two.stop()
        two.start()
        self.until((one, two), lambda: ended(one, "relay2"))

    @unittest.skipIf(os.getuid() != 0, "only root becomes another user")
    def test_another_user(self):
        """Neither root nor keys_user: each command says so, and does nothing."""
        one = self.first()
        self.run_case(one, "key d.example 0", "poll")
        change = self.sql("SELECT change FROM countersign.fleet")
        nrequests = one.count("fleet-request")
        program = test_daemon.copy_for_others(KEY)
        for words in ("list", "list --fleet", "show d.example", "rotate",
                      "compromise d.example", "fleet init", "fleet list",
                      "fleet admit relay2 " + "0" * 64, "fleet expel relay2",
                      "fleet renew", "fleet restore", "fleet watch",
                      "fleet enter", "fleet export", "fleet import"):
            done = subprocess.run(
                ["setpriv", "--reuid", "daemon", "--regid", "daemon",
                 "--clear-groups", program, "-c", one.folder + "/conf",
                 *words.split()], text=True, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                timeout=LIMIT_S, check=False)
            self.assertEqual((done.returncode, done.stdout), (1, ""), words)
            self.assertRegex(done.stderr, "cannot open, as user .*: "
                             "Permission denied: mode 0700, owner .*: run it "
                             "as root or as the owner\n", words)
        self.assertEqual(self.sql("SELECT change FROM countersign.fleet"),
                         change)
        self.assertEqual(one.count("fleet-request"), nrequests)

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


class Expelling(OpsCase):
    """relay2 has written rows, and is stolen."""

    def setUp(self):
        super().setUp()
        self.one = self.first()
        self.two = self.join("relay2")
        # An epoch's key comes with a poll.
        self.polls(self.two)
        now = int(time.time())
        self.run_case(self.two, f"key d.example {now - 3600}", "poll")
        self.run_case(self.one, "poll", f"key e.example {now - 3600}", "poll")
        self.until((self.two,), lambda: os.path.exists(
            f"{self.two.keydir}/e.example/a.pem"))

    def writers(self):
        """Who signed the row of each domain, and its epoch."""
        return dict(
            (line.split("|")[0], tuple(line.split("|")[1:]))
            for line in self.sql(
                "SELECT domain, substring(convert_from(octets, 'SQL_ASCII') "
                "from 'by (.*)\n$'), substring(convert_from(octets, "
                "'SQL_ASCII') from '\nepoch ([0-9]+)\n') "
                "FROM countersign.key ORDER BY domain").split("\n"))

    def pem(self, host, domain):
        with open(f"{host.keydir}/{domain}/a.pem", "rb") as file:
            return file.read()

    def test_expel(self):
        one, two = self.one, self.two
        self.assertEqual(self.writers(), {"d.example": ("relay2", "1"),
                                          "e.example": ("relay1", "1")})
        pem = self.pem(one, "d.example")
        for words, status, text in (
                (("expel",), 2, "name of a host"),
                (("expel", "a/b"), 2, "name of a host"),
                (("expel", "relay3"), 1, "no host of the fleet"),
                (("expel", "relay1"), 1, "does not expel itself")):
            got, _, err = one.ask(*words)
            self.assertEqual(got, status, words)
            self.assertIn(text, err)
        status, out, err = one.ask("expel", "relay2")
        self.assertEqual((status, err), (0, ""), one.log())
        lines = out.split("\n")
        self.assertTrue(lines[0].startswith("relay2: expelled: "), out)
        self.assertIn("exposed d.example a", lines)
        self.assertIn("exposed e.example a", lines)
        self.assertEqual(lines[-3], "rows signed again: 1")
        self.assertIn(f"'countersign-key -c {one.folder}/conf fleet renew'",
                      lines[-2])
        one.await_line("fleet-resigned")

        # Its row is signed by this host, and the key is the same.
        self.assertEqual(self.writers(), {"d.example": ("relay1", "1"),
                                          "e.example": ("relay1", "1")})
        self.assertEqual(self.sql(
            "SELECT epoch, host FROM countersign.wrap WHERE epoch = 2"),
            "2|relay1")
        self.assertEqual(self.sql(
            "SELECT admitted FROM countersign.members "
            "ORDER BY version DESC LIMIT 1"), "{relay1}")
        self.polls(one, 2)
        self.assertEqual(self.pem(one, "d.example"), pem)
        self.assertEqual(one.list()["epoch"], 2)
        self.assertNotIn("ignored", one.list())
        # It may say nothing any more.
        with self.assertRaisesRegex(Exception, "not admitted"):
            self.sql("SELECT countersign.take_lease(60)", "relay2")

        # Who joins later believes all, and opens keys of both epochs.
        self.run_case(one, "key f.example 0", "poll")
        self.assertEqual(self.writers()["f.example"], ("relay1", "2"))
        three = self.join("relay3")
        self.until((three,), lambda: all(os.path.exists(
            f"{three.keydir}/{domain}/a.pem")
            for domain in ("d.example", "e.example", "f.example")))
        self.assertEqual(self.pem(three, "d.example"), pem)
        self.until((one, three), lambda: all(
            self.cells(three, domain)["a"][name]["confirmed"]
            for domain in ("d.example", "e.example", "f.example")
            for name in ("relay1", "relay3")))
        self.assertFalse(os.path.exists(f"{two.keydir}/f.example/a.pem"))

        # Again, with nothing left to do; the keys are still to be rotated.
        status, out, err = one.ask("expel", "relay2", "--json")
        self.assertEqual((status, err), (0, ""), one.log())
        said = json.loads(out)
        self.assertEqual(said["resigned"], 0)
        self.assertEqual([key["domain"] for key in said["exposed"]],
                         ["d.example", "e.example"])

    def test_killed(self):
        """Killed after the list: the same command completes the rest."""
        one = self.one
        self.run_case(one, "expel-list relay2")
        self.assertEqual(one.list()["epoch"], 2)
        self.assertEqual(self.sql(
            "SELECT count(*) FROM countersign.wrap WHERE epoch = 2"), "0")
        status, _, err = one.ask("expel", "relay2")
        self.assertEqual((status, err), (0, ""), one.log())
        self.assertEqual(self.sql(
            "SELECT host FROM countersign.wrap WHERE epoch = 2"), "relay1")
        self.assertEqual(self.writers()["d.example"], ("relay1", "1"))

    def test_interrupted(self):
        """Whoever asked is gone before the first answer: all is done."""
        one = self.one
        with one.talk() as file:
            file.write("expel relay2\n")
            file.flush()
        one.await_line("fleet-resigned")
        self.assertEqual(self.writers()["d.example"], ("relay1", "1"))


class Unwritable(OpsCase):
    """The disk takes nothing, for as long as a command runs."""

    def test_member_list(self):
        one = self.first()
        self.polls(one)
        two = self.host("relay2")
        out = two.ask("init", "--members", one.list()["members"])[1]
        words = ("admit", "relay2", out.split("\n")[0].split(": ")[2])
        # Each file is made under this name.
        place = one.keydir + "/.fleet/.new"
        os.makedirs(place + "/full")
        status, _, err = one.ask(*words)
        os.rmdir(place + "/full")
        os.rmdir(place)
        self.assertEqual(status, 1)
        self.assertIn("/.fleet/members: cannot ", err)
        # It has that version on the disk before the next one.
        for command in (words, ("expel", "relay2")):
            status, _, err = one.ask(*command)
            self.assertEqual((status, err), (0, ""), one.log())
        one.stop()
        one.start()
        one.await_line("fleet-database-used", 2)
        self.assertEqual(one.list()["version"], 3)


if __name__ == "__main__":
    supervised.main()
