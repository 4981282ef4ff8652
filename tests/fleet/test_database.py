#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""The connection to the database: deadlines, failover, hints.

usage: test_database.py BUILD
"""

import os
import signal
import subprocess
import sys
import unittest

import fleetworld as fw
import pgserver
import supervised

BUILD = sys.argv.pop(1)


class Client:
    """dbcase, as the host relay1."""

    def __init__(self, conninfo):
        self.process = subprocess.Popen(
            [BUILD + "/tests/fleet/dbcase", conninfo], text=True, bufsize=1,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def say(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()

    def hear(self):
        return self.process.stdout.readline().rstrip("\n")

    def ask(self, command):
        self.say(command)
        return self.hear()

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        return self.process.wait(60)


class Strings(unittest.TestCase):
    def test_accepted(self):
        for conninfo in ("host=/run/postgresql dbname=x",
                         "host=db1,db2 sslmode=verify-full dbname=x",
                         "dbname=x", "postgresql:///x?host=/tmp"):
            self.assertEqual(Client(conninfo).close(), 0, conninfo)

    def test_refused(self):
        for conninfo in ("host=db1 dbname=x", "host=db1 sslmode=require",
                         "host=/tmp,db1", "hostaddr=127.0.0.1", "service=x",
                         "postgresql://db1/x", "what=x", "host"):
            done = subprocess.run(
                [BUILD + "/tests/fleet/dbcase", conninfo], text=True,
                stdin=subprocess.DEVNULL, capture_output=True, check=False)
            self.assertEqual(done.returncode, 1, conninfo)
            self.assertIn("database: ", done.stderr)


class Connection(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = pgserver.Cluster(BUILD)
        cls.addClassCleanup(cls.cluster.__exit__)
        cls.server = cls.cluster.primary()
        fw.install(cls.server)
        fw.begin(cls.server, "relay1", "relay2")
        cls.standby = cls.cluster.standby(cls.server)

    def setUp(self):
        folders = f"{self.standby.folder},{self.server.folder}"
        self.client = Client(f"host={folders} dbname=postgres user=relay1")
        self.assertEqual(self.client.ask("connect"), "done")

    def tearDown(self):
        self.assertEqual(self.client.close(), 0)

    def backend(self):
        """The process that serves the client."""
        return int(self.server.sql(
            "SELECT max(pid) FROM pg_stat_activity WHERE usename = 'relay1' "
            "AND application_name = 'countersign-fleet'"))

    def test_values(self):
        self.assertEqual(self.client.ask("run echo"),
                         "done 3 it's 0001feff null 1 -5 empty")

    def test_writable_server_is_found(self):
        self.assertIn(f"{self.server.folder} port 5432, ",
                      self.client.ask("server"))
        self.assertEqual(
            self.client.ask("server").split(", ")[1],
            self.server.sql("SELECT system_identifier "
                            "FROM pg_control_system()"))

    def test_functions(self):
        self.assertEqual(self.client.ask("run hello"), "done -1")
        answer = self.client.ask("run lease")
        self.assertTrue(answer.startswith("refused CS006 database "), answer)
        self.assertTrue(self.client.ask("run renew").startswith(
            "refused CS001 "))
        self.assertTrue(self.client.ask("run bad").startswith(
            "failed 22012 "))
        # It is still usable.
        self.assertEqual(self.client.ask("run hello"), "done -1")

    def test_snapshot(self):
        self.assertEqual(self.client.ask("begin"), "done")
        self.assertTrue(self.client.ask("run hello").startswith(
            "failed 25006 "))
        self.assertTrue(self.client.ask("run echo").startswith(
            "failed 25P02 "))
        self.assertEqual(self.client.ask("end"), "done")
        self.assertEqual(self.client.ask("run hello"), "done -1")

    def test_hints(self):
        self.assertEqual(self.client.ask("notified 0"), "none")
        self.client.say("notified 60000")
        self.server.sql("NOTIFY countersign_change, '1'")
        self.assertEqual(self.client.hear(), "notified")

    def test_lost_connection(self):
        self.server.sql(f"SELECT pg_terminate_backend({self.backend()}, "
                        "60000)")
        self.assertEqual(self.client.ask("notified 60000"), "notified")
        self.assertTrue(self.client.ask("run hello").startswith("away "))
        # The next attempt waits.
        self.assertTrue(self.client.ask("try").startswith("away "))
        self.assertEqual(self.client.ask("connect"), "done")
        self.assertEqual(self.client.ask("run hello"), "done -1")
        self.assertTrue(self.client.ask("server").endswith(", 2"))

    def test_server_that_is_stopped(self):
        """It acknowledges packets, and answers nothing."""
        backend = self.backend()
        self.client.ask("limit 500")
        os.kill(backend, signal.SIGSTOP)
        try:
            answer = self.client.ask("run hello")
        finally:
            os.kill(backend, signal.SIGCONT)
        self.client.ask("limit 30000")
        self.assertTrue(answer.startswith("away "), answer)
        self.assertIn("no answer in time", answer)
        self.assertEqual(self.client.ask("connect"), "done")


class Failover(unittest.TestCase):
    def test_failover(self):
        with pgserver.Cluster(BUILD) as cluster:
            primary = cluster.primary()
            fw.install(primary)
            fw.begin(primary, "relay1")
            standby = cluster.standby(primary)
            client = Client(f"host={primary.folder},{standby.folder} "
                            "dbname=postgres user=relay1")
            self.assertEqual(client.ask("connect"), "done")
            before = client.ask("server")
            primary.kill()
            self.assertTrue(client.ask("run hello").startswith("away "))
            # A standby that is not promoted is not written to.
            self.assertTrue(client.ask("try").startswith("away "))
            standby.promote()
            self.assertEqual(client.ask("connect"), "done")
            self.assertEqual(client.ask("run hello"), "done -1")
            after = client.ask("server")
            self.assertIn(standby.folder, after)
            self.assertEqual(before.split(", ")[1], after.split(", ")[1])
            self.assertEqual(client.close(), 0)


if __name__ == "__main__":
    supervised.main()
