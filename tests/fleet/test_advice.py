#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""What messages tell people to do is done, word for word, and helps.

usage: test_advice.py BUILD
"""

import os
import re
import subprocess

import supervised
import test_daemon as td
from rotationworld import LIMIT_S, RotationCase

DOMAIN = "example.com"


class AdviceCase(RotationCase):
    def setUp(self):
        super().setUp()
        self.one = self.hosts[0]

    def fleet(self, host, *args, status=0):
        """countersign-key fleet: output and errors together."""
        done = subprocess.run(
            [td.KEY, "-c", host.folder + "/conf", "fleet", *args], text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=LIMIT_S,
            check=False)
        self.assertEqual(done.returncode, status, done.stdout + host.log())
        return done.stdout

    def init(self, host, status=0):
        """With what "fleet list" prints on the first host."""
        listed = self.one.list()
        return self.fleet(host, "init", "--members", listed["members"],
                          "--change", str(listed["change"]), status=status)

    def configure(self, host, old, new):
        with open(host.folder + "/conf", encoding="ascii") as file:
            text = file.read()
        self.assertIn(old, text)
        with open(host.folder + "/conf", "w", encoding="ascii") as file:
            file.write(text.replace(old, new))

    def without(self, host, *names):
        """The host is stopped, loses these files, and is started."""
        host.stop()
        for name in names:
            os.unlink(f"{host.keydir}/.fleet/{name}")
        host.start()


class Lost(AdviceCase):
    def marks(self, host):
        with open(host.keydir + "/.fleet/marks", encoding="ascii") as file:
            return dict(line.split() for line in file)

    def test_marks(self):
        """A host that forgot its fleet does not rotate the keys of others."""
        one, two = self.hosts
        self.assertEqual(one.key("generate", DOMAIN)[0], 0)
        self.agree(DOMAIN)
        for host in (two, one):
            before = self.marks(host)
            state = host.state(DOMAIN)
            self.without(host, "marks")
            for words in (("rotate", DOMAIN), ("generate", DOMAIN),
                          ("fleet", "enter"), ("fleet", "restore"),
                          ("-k", host.keydir, "rotate")):
                status, out = host.key(*words)
                self.assertEqual(status, 1, (words, out))
                self.assertRegex(out, "has lost .fleet/marks|changed only "
                                 "through its database")
            self.assertIn("--members and --change",
                          self.fleet(host, "list", status=3))
            self.assertEqual(host.state(DOMAIN), state)
            self.assertEqual(self.zone.records(), {})
            if host is two:
                self.assertIn("--change", self.fleet(host, "init", status=1))
                self.init(host)
            else:
                self.fleet(host, "init")
            # The list that it had: an older database would be refused.
            self.assertEqual(self.marks(host)["members"], before["members"])
            self.polls(host)
        self.agree(DOMAIN)
        self.no_alarms()

    def fails_to_start(self, host):
        """What it says."""
        host.stop()
        process = host.spawn()
        self.assertEqual(process.wait(LIMIT_S), 78, host.log())
        return host.log().splitlines()[-1]

    def test_members(self):
        """Until the host has entered again, it changes no key alone."""
        one, two = self.hosts
        self.assertEqual(one.key("generate", DOMAIN)[0], 0)
        self.agree(DOMAIN)
        folder = two.keydir + "/.fleet/"
        before = self.marks(two)
        os.unlink(folder + "members")
        self.assertRegex(
            self.fails_to_start(two), "members: no such file: restore it from "
            "a backup; if there is none, rename .fleet/marks to members, "
            "start countersign-fleet, and enter the fleet again with what ")
        os.rename(folder + "marks", folder + "members")
        two.start()
        for words in (("rotate", DOMAIN), ("generate", DOMAIN)):
            status, out = two.key(*words)
            self.assertEqual(status, 1, (words, out))
        self.init(two)
        self.polls(two)
        self.assertEqual(self.marks(two)["members"], before["members"])
        self.assertEqual(two.key("generate", DOMAIN)[0], 0)
        self.agree(DOMAIN)
        self.no_alarms()

    def test_own_keys(self):
        two = self.hosts[1]
        for name in ("host.key", "wrap.key", "wrap.crt"):
            path = f"{two.keydir}/.fleet/{name}"
            two.stop()
            os.rename(path, path + ".away")
            self.assertRegex(self.fails_to_start(two), name + ": .*from a "
                             "backup; if there is none, see Another name")
            os.rename(path + ".away", path)

    def test_waiting(self):
        three = self.make_host("relay3")
        out = self.init(three)
        self.assertIn("run 'countersign-key fleet admit' on a host of the "
                      "fleet", self.fleet(three, "restore", status=1))
        status, said = three.key("generate", DOMAIN)
        self.assertEqual(status, 1, said)
        self.assertIn("if this host is waiting, admit it", said)
        self.fleet(self.one, "admit", "relay3",
                   re.match(r"\S+: waiting: (.*)", out).group(1))
        self.assertEqual(three.key("generate", DOMAIN)[0], 0)

    def test_role(self):
        """It has no host, which is another thing."""
        two = self.hosts[1]
        self.sql("UPDATE countersign.host SET role = 'x' "
                 "WHERE name = 'relay2'")
        two.await_text("role relay2 has no host: countersign.add_host()")
        self.assertNotIn("admit", two.list()["database_text"])

    def test_marks_and_database(self):
        """An empty database is not made another fleet."""
        one, two = self.hosts
        fleet = one.list()["fleet"]
        self.sql("TRUNCATE countersign.members, countersign.wrap, "
                 "countersign.confirmation; UPDATE countersign.fleet SET "
                 "id = NULL, change = 0")
        self.without(two, "marks")
        self.assertIn("'countersign-key fleet restore' on another host",
                      self.fleet(two, "init", status=1))
        self.fleet(one, "restore")
        self.init(two)
        self.assertEqual(two.list()["fleet"], fleet)

    def test_epoch(self):
        """A host expels another, is killed in it, and lost."""
        one, two = self.hosts
        self.sql("CREATE FUNCTION public.stop() RETURNS trigger LANGUAGE "
                 "plpgsql AS $$ BEGIN IF NEW.host <> 'relay1' THEN RAISE "
                 "EXCEPTION 'stopped'; END IF; RETURN NEW; END $$; CREATE "
                 "TRIGGER stop BEFORE INSERT ON countersign.wrap FOR EACH "
                 "ROW EXECUTE FUNCTION public.stop()")
        self.add_host("relay3", gets_epoch=False)
        self.assertIn("stopped", self.fleet(one, "expel", "relay3", status=1))
        self.sql("DROP TRIGGER stop ON countersign.wrap")
        one.stop()
        self.hosts.remove(one)
        self.one = two
        self.assertIn("or expel it as well",
                      self.fleet(two, "expel", "relay3", status=1))
        self.fleet(two, "expel", "relay1")
        four = self.make_host("relay4")
        out = self.init(four)
        self.fleet(two, "admit", "relay4",
                   re.match(r"\S+: waiting: (.*)", out).group(1))
        self.assertEqual(two.key("generate", DOMAIN)[0], 0)
        self.hosts = [two, four]
        self.agree(DOMAIN)

    def add_host(self, name, gets_epoch=True):
        if gets_epoch:
            super().add_host(name)
            return
        host = self.make_host(name)
        out = self.init(host)
        self.assertIn("stopped", self.fleet(
            self.one, "admit", name,
            re.match(r"\S+: waiting: (.*)", out).group(1), status=1))
        host.stop()
        self.hosts.remove(host)


class Named(AdviceCase):
    def test_another_name(self):
        """countersign-fleet(8), "Another name"; and with steps left out."""
        one, two = self.hosts
        self.assertEqual(one.key("generate", DOMAIN)[0], 0)
        self.agree(DOMAIN)
        fingerprint = two.list()["hosts"][1]["fingerprint"]
        self.fleet(one, "expel", "relay2")
        self.polls(two)
        # Not to be run again after rotation, which it cannot do either.
        for command in ("renew", "restore"):
            self.assertRegex(self.fleet(two, command, status=1),
                             "not admitted itself: .* if it was expelled, see "
                             "Another name")
        status, out = two.key("generate", "other.example")
        self.assertEqual(status, 1, out)
        self.assertIn("if it is expelled, see Another name", out)
        self.assertIn("see Another name in countersign-fleet(8)", self.fleet(
            one, "admit", "relay2", fingerprint, status=1))
        self.sql("SELECT countersign.add_host('relay9', 'relay9')")
        two.stop()
        self.configure(two, 'host = "relay2"', 'host = "relay9"')
        two.start()
        two.await_database("refused")
        self.assertIn("relay2 is the host of its role",
                      two.list()["database_text"])
        self.configure(two, "user=relay2", "user=relay9")
        two.name = "relay9"
        self.restart(two)
        self.assertIn("see Another name in countersign-fleet(8)",
                      self.init(two, status=1))
        self.without(two, "host.key", "wrap.key", "wrap.crt", "epochs",
                     "marks")
        out = self.init(two)
        # Told again, as when somebody reads the fingerprint later.
        self.assertEqual(self.fleet(two, "init").split("\n")[0],
                         out.split("\n")[0])
        self.fleet(one, "admit", "relay9",
                   re.match(r"\S+: waiting: (.*)", out).group(1))
        self.assertEqual(one.key("generate", DOMAIN)[0], 0)
        self.agree(DOMAIN)
        self.restart(two)
        self.polls(two)
        self.assertEqual(two.key("generate", DOMAIN)[0], 0)
        self.agree(DOMAIN)

    def test_own_key(self):
        """The fleet has another key of that name: neither is destroyed."""
        two = self.make_host("relay3")
        words = ("generate", DOMAIN, "--selector", "a")
        self.assertEqual(two.key(*words)[0], 0)
        own = two.state(DOMAIN)
        self.join(two)
        self.assertEqual(self.one.key(*words)[0], 0)
        self.assertEqual(self.one.key("generate", "other.example")[0], 0)
        self.agree("other.example")
        self.assertEqual(two.state(DOMAIN), own)
        self.assertIn("move its folder out of the key directory",
                      self.fleet(two, "list"))
        os.rename(f"{two.keydir}/{DOMAIN}", self.folder + "/away")
        self.agree(DOMAIN)


if __name__ == "__main__":
    supervised.main()
