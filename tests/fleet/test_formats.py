#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""What hosts of a fleet of an earlier version left in tests/formats: it is read,
a database that lost everything gets it back, and a host that has only its keys
writes the same files from there.

usage: test_formats.py BUILD
"""

import glob
import json
import os
import pwd
import re
import shutil
import subprocess
import time

import fleetworld as fw
import supervised
import test_daemon as td
from test_daemon import schema

FORMATS = os.path.join(fw.HERE, "../formats")
KEYS = ("host.key", "wrap.key", "wrap.crt")


def read(*path):
    with open(os.path.join(*path), "rb") as file:
        return file.read()


def lines_of(path):
    """The first line, and the first words that others have."""
    first, *rest = read(path).decode().splitlines()
    return first, list(dict.fromkeys(line.split(" ")[0] for line in rest))


def statements(path):
    """SQL without comments and blanks."""
    return re.sub(r"\s+", " ", re.sub(r"--[^\n]*", "", read(path).decode()))


class FormatsCase(td.FleetCase):
    def bring(self, folder, name, keys_only=False):
        """A host with the files of a folder, or only its keys."""
        host = td.Host(self.folder, name,
                       self.server.conninfo(name, self.database))
        self.hosts.append(host)
        shutil.copytree(f"{folder}/{name}", host.keydir, dirs_exist_ok=True,
                        ignore=lambda at, names: [
                            entry for entry in names if keys_only and
                            not at.endswith(".fleet") and entry != ".fleet" or
                            keys_only and at.endswith(".fleet") and
                            entry not in KEYS])
        user = pwd.getpwnam(td.USER)
        for at, _, names in os.walk(host.keydir):
            os.chmod(at, 0o700)
            for entry in names:
                os.chmod(f"{at}/{entry}", 0o640 if entry == "state" else 0o400
                         if entry.endswith((".key", ".pem")) else 0o600)
            if os.getuid() == 0:
                for entry in (at, *(f"{at}/{entry}" for entry in names)):
                    os.chown(entry, user.pw_uid, user.pw_gid)
        host.start()
        return host

    def files(self, host):
        """Names and contents of what does not depend on the database."""
        paths = [path for pattern in (
            ".fleet/members", ".fleet/seen/*", "*/fleet", "*/state",
            "*/*.pem")
                 for path in glob.glob(f"{host}/{pattern}")]
        return {path[len(host) + 1:]: read(path) for path in paths}

    def feed(self, host, text, *args):
        end = time.monotonic() + td.LIMIT_S
        while True:
            done = subprocess.run(
                [td.KEY, "-c", host.folder + "/conf", "fleet", "import",
                 *args], input=text, capture_output=True, timeout=td.LIMIT_S,
                check=False)
            err = done.stderr.decode()
            if "try again" not in err or time.monotonic() > end:
                break
            time.sleep(0.1)
        self.assertEqual((done.returncode, err), (0, ""), host.log())

    def check_pending(self, folder, host):
        """A mark that the database does not have: the key ends, and then a row
        says so."""
        line = read(folder, "pending").decode().splitlines()[1]
        domain, selector = line.split(" ")[1:3]
        host.stop()
        path = host.keydir + "/.fleet/pending"
        shutil.copyfile(folder + "/pending", path)
        os.chmod(path, 0o600)
        if os.getuid() == 0:
            user = pwd.getpwnam(td.USER)
            os.chown(path, user.pw_uid, user.pw_gid)
        self.server.stop()
        host.start()
        host.await_line("fleet-database-away")
        self.assertRegex(read(host.keydir, domain, "state").decode(),
                         rf"(?m)^{selector} .*compromised=yes")
        self.assertEqual(read(path), read(folder, "pending"))
        self.server.start()
        host.await_database("used")
        self.polls(host, 2)
        self.assertEqual(self.sql(
            "SELECT convert_from(octets, 'SQL_ASCII') ~ ' compromised=yes' "
            f"FROM countersign.key WHERE domain = '{domain}' AND selector = "
            f"'{selector}'"), "t")
        # Written without it.
        self.assertEqual(read(path).decode().splitlines(),
                         read(folder, "pending").decode().splitlines()[:1])

    def check_version(self, folder):
        want = json.loads(read(folder, "json/key-fleet.list"))
        export = read(folder, "export")
        fw.add_hosts(self, "relay1", "relay2")
        one = self.bring(folder, "relay1")
        found = one.list()
        for member in ("fleet", "members", "version", "epoch"):
            self.assertEqual(found[member], want[member])
        self.assertEqual(
            [(host["host"], host["state"], host["fingerprint"])
             for host in found["hosts"]],
            [(host["host"], host["state"], host["fingerprint"])
             for host in want["hosts"]])
        self.assertEqual(one.ask("export")[1].encode(), export)

        # What it cannot use is remembered, although it is not in the database.
        two = self.bring(folder, "relay2")
        self.assertEqual(two.list()["host"], "relay2")
        self.assertEqual(
            read(two.keydir, ".fleet/exceptions"),
            read(folder, "relay2/.fleet/exceptions"))

        # Each writes back what it has, and then one host loses it.
        for host in (one, two):
            host.await_database("refused")
            status, _, err = host.ask("restore")
            self.assertEqual((status, err), (0, ""), host.log())
        one.stop()
        self.hosts.remove(one)
        shutil.rmtree(one.folder)
        one = self.bring(folder, "relay1", keys_only=True)
        self.feed(one, export, "--members", want["members"])
        wanted = self.files(folder + "/relay1")
        self.assertGreater(len(wanted), 12)
        self.await_files(one, wanted)
        # Envelopes are made again by whoever gives a key.
        for name in ("marks", "confirmed", "epochs"):
            self.assertEqual(
                lines_of(f"{one.keydir}/.fleet/{name}"),
                lines_of(f"{folder}/relay1/.fleet/{name}"))
        self.check_pending(folder, one)

    def await_files(self, host, wanted):
        for _ in range(10):
            self.polls(host, 1)
            if self.files(host.keydir) == wanted:
                return
        found = self.files(host.keydir)
        self.assertEqual(sorted(found), sorted(wanted), host.log())
        for name, octets in wanted.items():
            self.assertEqual(found[name], octets, name)

    def check_json(self, folder):
        paths = glob.glob(folder + "/json/*")
        self.assertGreater(len(paths), 4)
        for path in paths:
            value = json.loads(read(path))
            self.assertEqual(schema.faults_of(
                value, os.path.basename(path).split(".")[0]), [], path)

    def test_versions(self):
        folders = glob.glob(FORMATS + "/*/fleet")
        self.assertGreater(len(folders), 0)
        for folder in folders:
            # Each in a database of its own.
            self.doCleanups()
            self.setUp()
            with self.subTest(folder):
                self.check_json(folder)
                # A later version adds a file.
                for path in glob.glob(folder + "/*.sql"):
                    self.assertEqual(statements(path), statements(
                        f"{fw.SCHEMA}/{os.path.basename(path)}"))
                self.check_version(folder)


if __name__ == "__main__":
    supervised.main()
