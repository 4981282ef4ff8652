#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Nothing is begun or written on the word of a database that is refused, nor
under a lease that came after the decision.

usage: test_fencing.py BUILD
"""

import os
import pwd
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import unittest

import fleetworld as fw
import pgserver
import supervised
from rotationworld import LEASE_S, LIMIT_S, Clock, Host, RotationCase
from test_daemon import BUILD, KEY, USER, FleetCase

DOMAIN = "example.com"
OTHER = "example.org"
NDOMAINS = 4   # more than a run works on at a time


def send(file, *lines):
    """The answers to the last of these lines."""
    for line in lines:
        file.write(line + "\n")
    file.flush()
    answers = []
    while not answers or answers[-1].split(" ")[0] not in ("done", "refused"):
        answers.append(file.readline().rstrip("\n"))
    return answers


def lease(file):
    """The same to a request for the lease, but while the mirror is at work."""
    while (answers := send(file, "lease"))[0].startswith("waits 200 "):
        time.sleep(0.1)
    return answers


def begin(file):
    return send(file, "wanted v=DKIM1; p=x",
                f"begin {DOMAIN} one one._domainkey.{DOMAIN} 18000")


class Refused(FleetCase):
    """The primary was not fenced, and the standby was behind."""

    @classmethod
    def setUpClass(cls):
        """Servers that only one test has."""

    def setUp(self):
        self.cluster = pgserver.Cluster(BUILD)
        self.addCleanup(self.cluster.__exit__)
        self.server = self.cluster.primary()
        fw.install(self.server)
        super().setUp()

    def fail_over(self):
        """A host that uses the primary, and a standby that was promoted, and
        does not have what the host has seen since."""
        standby = self.cluster.standby(self.server, synchronous=False)
        self.sql("SELECT countersign.add_host('relay1', 'relay1')")
        host = Host(self.folder, "relay1",
                    f"host={self.server.folder},{standby.folder} "
                    f"dbname={self.database} user=relay1 "
                    "target_session_attrs=read-write")
        self.hosts.append(host)
        host.start()
        status, _, err = host.ask("init")
        self.assertEqual(status, 0, err + host.log())
        host.await_line("fleet-database-used")
        wal = self.sql("SELECT pg_current_wal_lsn()")
        standby.wait(f"SELECT pg_last_wal_replay_lsn() >= '{wal}'", "t")
        standby.promote()
        status, out = host.key("generate", OTHER)
        self.assertEqual(status, 0, out + host.log())
        self.polls(host)
        return host, standby

    def test_stale_primary(self):
        """It has the lease, but not all that came before."""
        host, standby = self.fail_over()
        with host.talk() as file:
            self.assertRegex(lease(file)[0], "^leased ")
            begun = begin(file)[0]
            self.assertRegex(begun, "^begun ")
            self.assertEqual(send(file, f"end {begun.split()[1]} done"),
                             ["done"])
            token, until = self.sql("SELECT token, until "
                                    "FROM countersign.lease").split("|")
            standby.sql("UPDATE countersign.lease SET holder = 'relay1', "
                        f"token = {token}, until = '{until}'",
                        database=self.database)
            self.server.kill()
            host.await_line("fleet-database-refused")
            for answers in (begin(file), send(file, "settled 1"),
                            send(file, f"gone {DOMAIN}"),
                            send(file, "lease")):
                self.assertRegex(answers[-1], "^refused .*older than what "
                                 "this host saw", host.log())
        self.assertEqual(standby.sql(
            "SELECT count(*) FROM countersign.intent",
            database=self.database), "0")
        # Both have the same system ID, so the alarm has the servers.
        system = standby.sql("SELECT system_identifier "
                             "FROM pg_control_system()")
        names = (f"database {standby.folder} port 5432 (system {system}; "
                 f"before: {self.server.folder} port 5432, system {system}): ")
        self.assertEqual(host.log().count(names), 1, host.log())
        host.stop()
        host.start()
        host.await_line("fleet-database-refused", 2)
        self.assertEqual(host.log().count(names), 2, host.log())


class Admitted(RotationCase):
    """A host is admitted between a decision and what it leads to."""

    def admit(self):
        """Which ends the lease of the first host."""
        late = self.make_host("relay3")
        first, second = self.hosts[:2]
        status, out, err = late.ask("init", "--members",
                                    first.list()["members"])
        self.assertEqual(status, 0, err + late.log())
        fingerprint = re.match(r"\S+: waiting: (.*)", out).group(1)
        status, _, err = second.ask("admit", "relay3", fingerprint)
        self.assertEqual(status, 0, err + second.log())

    def test_lease_taken_again(self):
        first = self.hosts[0]
        with first.talk() as file:
            self.assertRegex(lease(file)[0], "^leased ")
            self.admit()
            # The client was stopped for longer than the lease.
            self.clock.move(LEASE_S + 1)
            for answers in (begin(file), send(file, f"gone {DOMAIN}"),
                            begin(file)):
                self.assertEqual(answers, ["refused the lease was not taken, "
                                           "or was lost"], first.log())
            # It hears that once, and then decides again.
            answers = lease(file)
            self.assertRegex(answers[0], "^waits 1 ")
            self.assertRegex(lease(file)[0], "^leased ")
            self.assertRegex(begin(file)[0], "^begun ")
        self.assertEqual(first.count("fleet-lease"), 2, first.log())

    def test_lease_kept(self):
        """A long run asks for it now and then: it hears of the loss, too."""
        first = self.hosts[0]
        with first.talk() as file:
            for _ in range(2):
                self.assertRegex(lease(file)[0], "^leased ")
            self.admit()
            self.assertRegex(lease(file)[0], "^waits 1 .*: lease .* is "
                             "not, or no longer, that of relay1")
            self.assertRegex(begin(file)[0], "^refused ")
            self.assertRegex(lease(file)[0], "^leased ")
        self.assertEqual(first.count("fleet-lease"), 2, first.log())


class Daemon(threading.Thread):
    """Stands for countersign-fleet: the lease is lost, by a request to keep
    it, while a domain is viewed, and taken again by the next one."""

    def __init__(self, path, clock):
        super().__init__(daemon=True)
        self.clock = clock
        self.lines = []
        self.nleases = 0
        self.is_lost = threading.Event()
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(4)
        self.start()

    def run(self):
        while True:
            client = self.listener.accept()[0]
            threading.Thread(target=self.serve, args=(client,),
                             daemon=True).start()

    def serve(self, client):
        with client, client.makefile("r", encoding="ascii") as file:
            for line in file:
                client.sendall(self.answer(line.rstrip("\n")).encode())

    def answer(self, line):
        word = line.split()[0]
        self.lines.append(line)
        if word == "hello":
            return f"ready relay1 {'0' * 64}\n"
        if word == "lease":
            self.nleases += 1
            if self.nleases == 2:
                self.is_lost.set()
                return "waits 1 the lease was lost\ndone\n"
            return f"leased {2 ** 60}\ndone\n"
        if word == "keys" and not self.is_lost.is_set():
            self.clock.move(61)
            self.is_lost.wait(LIMIT_S)
        if word == "state":
            return "taken 9\ndone\n"
        return "" if word == "line" else "done\n"

    def written(self):
        """The domains whose states came."""
        return [line.split()[1] for line in self.lines
                if line.startswith("state ")]


class Lost(unittest.TestCase):
    """A command whose lease is lost and taken again while it works."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="countersign.fencing.")
        self.addCleanup(shutil.rmtree, self.folder)
        os.chmod(self.folder, 0o755)
        self.clock = Clock(self.folder)
        self.addCleanup(self.clock.close)
        self.keydir = self.folder + "/keys"
        os.mkdir(self.keydir, 0o700)
        self.give(self.keydir)
        with open(self.folder + "/conf", "w", encoding="ascii") as file:
            file.write(f'keydir = "{self.keydir}"\nkeys_user = "{USER}"\n'
                       'fleet { database = "host=/x dbname=x" host = "relay1"'
                       ' }\nrotation { publish = manual algorithm = both '
                       'parallel = 2 }\n')

    @staticmethod
    def give(path):
        if os.getuid() == 0:
            os.chown(path, pwd.getpwnam(USER).pw_uid, -1)

    def key(self, *words):
        done = subprocess.run(
            [KEY, "-c", self.folder + "/conf", *words], text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            timeout=LIMIT_S, check=False)
        return done.returncode, done.stdout

    def test_next_domain(self):
        """What was begun before is not written; the run goes on."""
        domains = [f"n{number}.example" for number in range(NDOMAINS)]
        for domain in domains:
            status, out = self.key("generate", domain, "--algorithm",
                                   "ed25519")
            self.assertEqual(status, 0, out)
        os.mkdir(self.keydir + "/.fleet", 0o700)
        with open(self.keydir + "/.fleet/marks", "w", encoding="ascii"):
            pass
        daemon = Daemon(self.keydir + "/.fleet/socket", self.clock)
        for name in ("", "/marks", "/socket"):
            self.give(self.keydir + "/.fleet" + name)
        status, out = self.key("rotate", "--no-progress", *domains)
        self.assertIn(status, (1, 3), out)
        self.assertEqual(status, 1, out)
        self.assertGreaterEqual(daemon.nleases, 3)
        viewed = next(line.split()[1] for line in daemon.lines
                      if line.startswith("keys "))
        lost = re.findall(r"^(\S+)  -  FAILED: fleet: the lease was lost in "
                          "the middle of this change", out, re.MULTILINE)
        written = set(daemon.written())
        self.assertIn(viewed, lost, out)
        self.assertEqual(written & set(lost), set(), out)
        self.assertEqual(written | set(lost), set(domains), out)
        self.assertNotEqual(written, set())


if __name__ == "__main__":
    supervised.main()
