#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""A person in trouble: admit, expel, restore, import and init --change are
killed, or the daemon that serves them, before any message, and run again.

usage: test_repeated.py BUILD
"""

import os
import re
import shutil
import subprocess

import fleetworld as fw
import supervised
import test_daemon as td
from rotationworld import LIMIT_S, RotationCase

DOMAIN = "example.com"
EVERY = int(os.environ.get("COUNTERSIGN_EVERY", "29"))
MOST = 400      # messages of a command


class Repeated(RotationCase):
    def setUp(self):
        super().setUp()
        self.one, self.two = self.hosts
        self.assertEqual(self.one.key("generate", DOMAIN)[0], 0)
        self.selector = self.agree(DOMAIN)[0].selector

    def run_struck(self, host, program, number, *args, text=None):
        """Whether the program was killed while the command ran."""
        strike = {"SKEW_KILL": f"{program}:{number}"}
        if program == "countersign-fleet":
            os.environ.update(strike)
            try:
                self.restart(host)
            finally:
                del os.environ["SKEW_KILL"]
        env = {**os.environ, **strike} if program == "countersign-key" \
            else os.environ
        done = subprocess.run(
            [td.KEY, "-c", host.folder + "/conf", "fleet", *args],
            text=True, input=text, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=LIMIT_S, check=False, env=env)
        if program == "countersign-key":
            return done.returncode < 0
        is_struck = host.was_struck(done.returncode == 0)
        self.restart(host)
        return is_struck

    def again(self, host, *args, text=None):
        """The same command, until it is done."""
        out = ""
        for _ in range(20):
            done = subprocess.run(
                [td.KEY, "-c", host.folder + "/conf", "fleet", *args],
                text=True, input=text, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, timeout=LIMIT_S, check=False)
            out = done.stdout
            if done.returncode == 0:
                return out
            self.polls(host, 1)
        self.fail(out + host.log())

    def until_spared(self, strike, first=1):
        """Strike each program, later each time, until the command is done
        before."""
        for program in ("countersign-key", "countersign-fleet"):
            for number in range(first, MOST, EVERY):
                if not strike(program, number):
                    break
            else:
                self.fail(f"{program} sends more than {MOST} messages")

    def admitted(self):
        """The hosts of the newest member list."""
        return sorted(self.sql(
            "SELECT unnest(admitted) FROM countersign.members WHERE version "
            "= (SELECT max(version) FROM countersign.members)").split("\n"))

    def test_admit_and_expel(self):
        """A host is admitted, and expelled, each time another one."""
        def strike(program, number):
            name = f"relay.{program}.{number}"
            host = self.make_host(name)
            status, out, err = host.ask("init", "--members",
                                        self.one.list()["members"])
            self.assertEqual(status, 0, err)
            words = ("admit", name,
                     re.match(r"\S+: waiting: (.*)", out).group(1))
            struck = self.run_struck(self.one, program, number, *words)
            self.again(self.one, *words)
            self.wait_for(lambda: self.selector in host.files(DOMAIN),
                          host.log)
            self.assertIn(name, self.admitted())
            self.hosts.remove(host)
            host.stop()
            struck |= self.run_struck(self.one, program, number, "expel",
                                      name)
            self.again(self.one, "expel", name)
            self.assertEqual(self.admitted(), ["relay1", "relay2"])
            # The other hosts have the key of the new epoch.
            epoch = self.one.list()["epoch"]
            self.assertEqual(self.sql(
                "SELECT host FROM countersign.wrap WHERE epoch = "
                f"{epoch} ORDER BY host"), "relay1\nrelay2")
            return struck
        self.until_spared(strike)
        self.agree(DOMAIN)
        self.assertEqual(self.two.key("generate", DOMAIN)[0], 0)
        self.agree(DOMAIN)
        self.no_alarms()

    def rows(self):
        return self.sql("SELECT domain, selector, change, md5(octets), "
                        "md5(blob) FROM countersign.key ORDER BY change")

    def empty(self):
        """All of the database but its schema is lost."""
        self.sql("DROP SCHEMA countersign CASCADE")
        with open(fw.SCHEMA + "/0001.sql", encoding="ascii") as file:
            self.server.script(file.read(), database=self.database)
        for host in self.hosts:
            self.sql(f"SELECT countersign.add_host('{host.name}', "
                     f"'{host.name}')")

    def test_restore(self):
        """The daemons stay connected while the tables are made again."""
        rows = self.rows()

        def strike(program, number):
            self.empty()
            struck = self.run_struck(self.two, program, number, "restore")
            self.again(self.two, "restore")
            self.again(self.one, "restore")
            self.assertEqual(self.rows(), rows)
            self.wait_for(lambda: all(
                host.list()["database"] == "used" for host in self.hosts),
                self.two.log)
            # What the hosts had confirmed was lost; they say it again.
            self.wait_for(lambda: self.sql(
                "SELECT count(*) FROM countersign.confirmation") == "2",
                self.one.log)
            return struck
        self.until_spared(strike, 3)
        for host in self.hosts:
            self.assertEqual(host.count("fleet-row-ignored"), 0, host.log())

    def lose(self, host, *kept):
        """All that a host has of the fleet but these files."""
        host.stop()
        for name in os.listdir(host.keydir):
            path = f"{host.keydir}/{name}"
            if name == ".fleet":
                for other in os.listdir(path):
                    if other in kept:
                        continue
                    if os.path.isdir(f"{path}/{other}"):
                        shutil.rmtree(f"{path}/{other}")
                    else:
                        os.unlink(f"{path}/{other}")
            elif os.path.isdir(path):
                shutil.rmtree(path)
            else:
                os.unlink(path)
        host.start()

    def test_import(self):
        export = self.two.ask("export")[1]
        digest = self.two.list()["members"]
        state = self.two.state(DOMAIN)
        words = ("import", "--members", digest)

        def strike(program, number):
            self.lose(self.two, "host.key", "wrap.key", "wrap.crt")
            struck = self.run_struck(self.two, program, number, *words,
                                     text=export)
            self.again(self.two, *words, text=export)
            self.agree(DOMAIN)
            self.assertEqual(self.two.state(DOMAIN), state)
            return struck
        self.until_spared(strike, 2)
        self.no_alarms()

    def test_init_change(self):
        """A host that forgot what it saw is told, and is killed."""
        def strike(program, number):
            listed = self.one.list()
            words = ("init", "--members", listed["members"], "--change",
                     str(listed["change"]))
            self.two.stop()
            os.unlink(self.two.keydir + "/.fleet/marks")
            self.two.start()
            struck = self.run_struck(self.two, program, number, *words)
            self.again(self.two, *words)
            self.two.await_database("used")
            return struck
        self.until_spared(strike, 2)
        self.agree(DOMAIN)
        # An older database is refused.
        self.two.stop()
        os.unlink(self.two.keydir + "/.fleet/marks")
        self.two.start()
        status, _, err = self.two.ask("init", "--members",
                                      self.one.list()["members"],
                                      "--change", "100000")
        self.assertEqual(status, 1)
        self.assertIn("older than --change says", err)


if __name__ == "__main__":
    supervised.main()
