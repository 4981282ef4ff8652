#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""
usage: make_formats.py BUILD FOLDER     called by tests/formats/make.sh

Keep in FOLDER/fleet what the hosts of a fleet of this version write: their
files, what "fleet export" prints, the JSON of commands, and the schema of the
database.  The fleet is a real one, of three hosts: keys are added and rotated, a
host is expelled, another one refuses rows, and a key is marked while the
database is away.
"""

import glob
import json
import os
import re
import shutil
import sys

FOLDER = os.path.abspath(sys.argv.pop(2)) + "/fleet"

import fleetworld as fw  # noqa: E402
import rotationworld as rw  # noqa: E402
import supervised  # noqa: E402
from test_daemon import schema  # noqa: E402

# Not of the fleet, or of one process.
LEFT_OUT = {"socket", "lock", "incoming", ".lock", ".run", "log", "last-run"}


class Making(rw.RotationCase):
    nhosts = 3

    def runTest(self):  # noqa: N802
        one, two, three = self.hosts
        shutil.rmtree(FOLDER, ignore_errors=True)
        os.makedirs(FOLDER + "/json")
        for domain in ("example.com", "example.org"):
            self.assertIn(one.key("add", domain)[0], (0, 3))
            self.agree(domain)
        for _ in range(8):
            self.advance(6 * rw.HOUR)
            status, out = one.key("rotate", "--no-progress")
            self.assertIn(status, (0, 3), out)
            self.agree("example.com")
        self.keep("list-fleet", "key-list-fleet", one, "list", "--fleet",
                  "--json")
        self.keep("init", "key-fleet", one, "fleet", "init", "--json")
        three.stop()
        self.hosts.remove(three)
        self.keep("expel", "key-fleet", one, "fleet", "expel", "relay3",
                  "--json")
        self.polls(two)
        # A row that relay2 cannot use.
        two.stop()
        self.assertIn(one.key("add", "example.net")[0], (0, 3))
        self.sql("UPDATE countersign.key SET blob = 'x' "
                 "WHERE domain = 'example.net'")
        two.start()
        self.wait_for(lambda: self.is_refused(one, two), two.log)
        self.keep("list", "key-fleet", two, "fleet", "list", "--json")
        self.keep("list-fleet-refused", "key-list-fleet", one, "list",
                  "--fleet", "--json")
        self.keep("restore", "key-fleet", one, "fleet", "restore", "--json")
        status, text, err = one.ask("export")
        self.assertEqual((status, err), (0, ""))
        self.write("export", text)
        for host in (one, two):
            host.stop()
            self.copy(host)
        for path in glob.glob(fw.SCHEMA + "/[0-9]*.sql"):
            shutil.copy(path, FOLDER)
        # Not among the files of relay1: it goes when the database is back.
        self.server.stop()
        one.start()
        status, out = one.key("compromise", "example.org")
        self.assertIn(status, (0, 3), out + one.log())
        shutil.copyfile(one.keydir + "/.fleet/pending", FOLDER + "/pending")

    def is_refused(self, one, two):
        """Whether relay2 says so, and relay1 knows."""
        self.polls(two, 1)
        self.polls(one, 1)
        return os.path.exists(two.keydir + "/.fleet/exceptions") and \
            "ignored" in two.list()

    def keep(self, name, kind, host, *args):
        status, text = host.key(*args)
        self.assertEqual(status, 0, text)
        self.assertEqual(schema.faults_of(json.loads(text), kind), [])
        self.write(f"json/{kind}.{name}", re.sub(
            r"/\S*/countersign\.pg\.[^/]*/", "/run/postgresql/", text))

    @staticmethod
    def write(name, text):
        with open(f"{FOLDER}/{name}", "w", encoding="ascii") as file:
            file.write(text)

    @staticmethod
    def copy(host):
        def ignore(_, names):
            return [name for name in names if name in LEFT_OUT or
                    name.endswith(".used")]
        shutil.copytree(host.keydir, f"{FOLDER}/{host.name}", ignore=ignore)
        for folder, _, names in os.walk(f"{FOLDER}/{host.name}"):
            os.chmod(folder, 0o755)
            for name in names:
                os.chmod(f"{folder}/{name}", 0o644)


if __name__ == "__main__":
    supervised.main()
