#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""The day on which all domains change their keys.

usage: rotation_day.py COUNTERSIGN_KEY KILLAT KEYPOOL [DOMAINS [HOURS]]

The keys of so many domains (default 120) began in the same second, and each
has another key in reserve.  Rotation runs every HOURS hours (default 3) of a
clock that stands in each run, against a DNS server in this program that counts
queries and updates.  RSA keys come from a pool: KILLAT and KEYPOOL are the
libraries of tests/keys.  Each domain must change its key once within a day; no
hour may have many more changes than others, and no second many updates.

Prints a line a run, then the results in the Test Anything Protocol.
"""

import base64
import collections
import datetime
import os
import pathlib
import re
import resource
import secrets
import shutil
import subprocess
import sys
import tempfile
import time

TESTS = pathlib.Path(__file__).parent.parent
sys.path[:0] = [str(TESTS / "keys"), str(TESTS / "common")]
from authority import Authority  # noqa: E402
from dnsserver import encode_record, open_sockets, serve  # noqa: E402

BEGAN = 1795424400
DAY, HOUR = 86400, 3600
PARENT = "many.example"
POOL = TESTS / "keys/pool"
MAX_RATE = 100      # PUBLISH_MAX_RATE


def moment(seconds):
    return datetime.datetime.fromtimestamp(
        seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class Server(Authority):
    """A zone in memory, and what was asked of it."""

    def __init__(self, directory):
        super().__init__(directory)
        self.zone = {}
        self.queries = self.updates = 0
        self.seconds = collections.Counter()
        udp, tcp, self.port = open_sockets()
        serve(udp, tcp, self.replies)

    def read(self):
        return self.zone

    def write(self, zone):
        self.zone = zone

    @staticmethod
    def exists(zone, name):
        return name in zone or not name[0].isdigit()

    def records(self, zone, name):
        return [encode_record(name, "TXT", value, 1)
                for value in zone.get(name, [])]

    def query_replies(self, wire):
        self.queries += 1
        return super().query_replies(wire)

    def signed_update(self, wire):
        self.updates += 1
        self.seconds[int(time.monotonic())] += 1
        return super().signed_update(wire)


class Day:
    def __init__(self, folder, program, libraries, domains):
        self.folder, self.program = pathlib.Path(folder), program
        self.libraries, self.domains = libraries, domains
        self.keydir = self.folder / "keys"
        self.keydir.mkdir(mode=0o700)
        secret = base64.b64encode(secrets.token_bytes(32)).decode()
        (self.folder / "secret").write_text(secret)
        tsig = self.folder / "tsig"
        tsig.touch(0o600)
        tsig.write_text(f"hmac-sha256:test:{secret}\n")
        self.server = Server(folder)
        address = f"127.0.0.1@{self.server.port}"
        self.conf = self.folder / "conf"
        self.conf.write_text(f"""
dns {{ servers = {{ "{address}" }} }}
rotation {{
    publish = update
    update_server = "{address}"
    tsig_key = "{tsig}"
    algorithm = rsa2048
    servers = {{ "{address}" }}
    check_resolvers = none
    queue_lifetime = 5d
    ttl = 1h
}}
""")
        shutil.copytree(POOL, self.folder / "pool")
        self.make_store()

    def run(self, now, *arguments):
        environment = {**os.environ, "LD_PRELOAD": self.libraries,
                       "KEYPOOL": str(self.folder / "pool"),
                       "KILLAT_TIME": str(now)}
        return subprocess.run(
            [self.program, "-c", self.conf, "-k", self.keydir, *arguments],
            env=environment, stdout=subprocess.PIPE, text=True, check=False)

    def make_store(self):
        """All domains have copies of two keys, which are in DNS."""
        model = self.keydir / f"model.{PARENT}"
        self.run(BEGAN, "generate", model.name, "--selector", "one")
        pem = (model / "one.pem").read_bytes()
        head, line = (model / "state").read_text().splitlines()
        public = re.search("public=([^ ]*)", line)[1]
        made = " ".join(f"{what}={moment(BEGAN - DAY)}" for what in
                        ("generated", "published", "seen", "verified"))
        state = f"{head}\n" + "".join(
            f"{selector} algorithm=rsa-sha256 {made}{begun} public={public}\n"
            for selector, begun in
            (("one", f" active_from={moment(BEGAN)}"), ("two", "")))
        for path in model.iterdir():
            path.unlink()
        model.rmdir()
        for number in range(self.domains):
            folder = self.keydir / f"d{number}.{PARENT}"
            folder.mkdir(mode=0o700)
            (folder / "state").write_text(state)
            (folder / "state").chmod(0o640)
            for selector in ("one", "two"):
                key = folder / f"{selector}.pem"
                key.write_bytes(pem)
                key.chmod(0o400)
                self.server.zone[f"{selector}._domainkey.{folder.name}"] = [
                    f"v=DKIM1; h=sha256; k=rsa; p={public}"]

    def changed(self):
        """How many domains have changed keys, and how many have a new one."""
        states = [path.read_text() for path in self.keydir.glob("*/state")]
        return (sum("retire_at=" in state for state in states),
                sum(state.count("\n") == 4 for state in states))

    def measured(self, now):
        """One run: changes, queries, updates, and what it took."""
        server = self.server
        server.queries = server.updates = 0
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        begun = time.monotonic()
        run = self.run(now, "rotate", "--no-progress")
        took = time.monotonic() - begun
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        changes = run.stdout.count("  activated: ")
        cpu = usage.ru_utime + usage.ru_stime - before.ru_utime - \
            before.ru_stime
        print(f"# {moment(now)} {changes:6} changes {server.updates:6} updates"
              f" {server.queries:7} queries {took:7.1f} s {cpu:6.1f} s CPU"
              f" {usage.ru_maxrss / 1024:6.1f} MB, exit {run.returncode}",
              flush=True)
        return changes, server.updates, server.queries, run.returncode


def main():
    program, killat, keypool = sys.argv[1:4]
    domains = int(sys.argv[4]) if len(sys.argv) > 4 else 120
    hours = int(sys.argv[5]) if len(sys.argv) > 5 else 3
    if not os.path.exists(killat):
        print("1..0 # SKIP sanitizers are on")
        return
    print("1..6")
    with tempfile.TemporaryDirectory() as folder:
        day = Day(folder, program, f"{killat}:{keypool}", domains)
        due = BEGAN + 90 * DAY
        rows = [day.measured(now) for now in range(
            due - DAY - HOUR, due + hours * HOUR + 1, hours * HOUR)]
        changes, updates, queries, codes = zip(*rows)
        changed, renewed = day.changed()
        rate = max(day.server.seconds.values())
    mean = domains * hours / 24
    # Of few domains, chance gives one hour more than another.
    most = mean * 1.25 + 3 * mean ** 0.5
    print(f"# {domains} domains, every {hours} h: at most {max(changes)} changes"
          f" a run ({mean:.0f} on average), {max(updates)} updates,"
          f" {max(queries)} queries ({sum(queries) / len(rows):.0f} on average);"
          f" {rate} updates in one second")
    for number, (good, name) in enumerate((
            (changes[0] == 0, "nothing changes before that day"),
            (sum(changes) == changed == renewed == domains,
             "each domain changes its key once, and has a new one"),
            (max(changes) <= most, "no run has many more changes than others"),
            (max(updates) <= most, "nor updates"),
            (rate <= MAX_RATE + 1, "no second has more updates than may be"),
            (set(codes) == {0}, "all runs succeed")), 1):
        print(f"{'' if good else 'not '}ok {number} - {name}")


if __name__ == "__main__":
    main()
