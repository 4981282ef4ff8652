#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Nothing is begun or written on the word of a database that is refused.

usage: test_fencing.py BUILD
"""

import fleetworld as fw
import pgserver
import supervised
from rotationworld import Host
from test_daemon import BUILD, FleetCase

DOMAIN = "example.com"
OTHER = "example.org"


def send(file, *lines):
    """The answers to the last of these lines."""
    for line in lines:
        file.write(line + "\n")
    file.flush()
    answers = []
    while not answers or answers[-1].split(" ")[0] not in ("done", "refused"):
        answers.append(file.readline().rstrip("\n"))
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
            self.assertRegex(send(file, "lease")[0], "^leased ")
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


if __name__ == "__main__":
    supervised.main()
