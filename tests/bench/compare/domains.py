#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""domains.py BUILD PEERS JSON [DOMAINS...]: how many domains one milter holds.

For each number of domains, 1, 10,000 and 1,000,000 by default, starts ours and
OpenDKIM, the latter with tables of the kinds "file:" and "refile:", and has
each sign messages of 2 KiB whose author is in one of the domains, at random, so
that few of them are in a cache.  All domains have the same RSA-2048 key, in
files of their own for us, in one file for OpenDKIM.  Ours is measured with one
source, "*.example.net", and, up to 10,000 domains, with a source for each.

Prints how long each takes from its start until it listens, the messages a
second, CPU time and memory of all its processes, medians of rounds in which all
take their turn.  OpenDKIM needs some 16 KiB for each pattern of a refile, which
is 16 GB for a million, so that is measured up to 10,000 domains.  A million
domains take some 15 minutes and 4 GB of TMPDIR, less where it is in memory.

Needs root, for a mount namespace in which the unpacked peers are installed.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

import bodies
import compare
import processes
import signers

OCTETS, CONNECTIONS = 2048, 8
ROUNDS, SECONDS = 3, 3
MOST_SOURCES = 10000
MOST_MESSAGES = 100000
# A file system allows a file so many names; ext4 65,000.
MOST_LINKS = 60000
# Of sources in a file, which may have a MiB.
SOURCES_IN_A_FILE = 4000

ONE_SOURCE = '''
source "all" {
    networks = { "127.0.0.1" }
    header "X-SFDC-LK" { value = { "00D1U0000013lbu" } }
    domains = { "example.com", "*.example.net" }
}
'''
ONE_OF_MANY = '''
source "tenant {0}" {{
    networks = {{ "127.0.0.1" }}
    header "X-SFDC-LK" {{ value = {{ "00D1U0000013lbu" }} }}
    domains = {{ "d{0}.example.net" }}
}}
'''


class Links:
    """Many names for copies of a file."""

    def __init__(self, path, mode):
        with open(path, "rb") as file:
            self.octets = file.read()
        self.mode, self.source, self.nlinks = mode, None, 0

    def add(self, path):
        if self.source is not None and self.nlinks < MOST_LINKS:
            os.link(self.source, path)
            self.nlinks += 1
            return
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL,
                          self.mode), "wb") as file:
            file.write(self.octets)
        self.source, self.nlinks = path, 1


class Ours(signers.Countersign):
    """With one store for all numbers of domains, which grows."""

    def __init__(self, build):
        super().__init__(build, "rsa2048")
        model = os.path.join(self.service.keydir, "example.com")
        self.selector = next(iter(self.keys))
        self.links = (
            Links(os.path.join(model, "state"), 0o640),
            Links(os.path.join(model, self.selector + ".pem"), 0o400))
        self.ndomains = 0

    def grow(self, ndomains):
        if ndomains > self.ndomains:
            compare.progress(f"a store of {ndomains:,} domains")
        for i in range(self.ndomains, ndomains):
            folder = os.path.join(self.service.keydir, f"d{i}.example.net")
            os.mkdir(folder, 0o700)
            self.links[0].add(os.path.join(folder, "state"))
            self.links[1].add(os.path.join(folder, self.selector + ".pem"))
        self.ndomains = max(self.ndomains, ndomains)

    def use_sources(self, ndomains, is_one):
        if is_one:
            self.service.configure(ONE_SOURCE)
            return
        folder = os.path.join(self.service.directory, f"sources-{ndomains}")
        os.makedirs(folder, exist_ok=True)
        for begin in range(0, ndomains, SOURCES_IN_A_FILE):
            end = min(ndomains, begin + SOURCES_IN_A_FILE)
            with open(os.path.join(folder, f"{begin:08}.conf"), "w",
                      encoding="ascii") as file:
                file.writelines(ONE_OF_MANY.format(i)
                                for i in range(begin, end))
        self.service.configure(f'include "{folder}/*.conf"')

    def stop(self):
        signers.Milter.stop(self)

    def finish(self):
        super().stop()


class OneSource:
    """A view of Ours with one source, or with many."""

    def __init__(self, ours, ndomains, is_one):
        self.ours, self.ndomains, self.is_one = ours, ndomains, is_one
        self.NAME = "countersign, " + (
            "1 source" if is_one or ndomains == 1 else
            f"{ndomains:,} sources")
        self.socket = ours.socket

    def start(self):
        self.ours.use_sources(self.ndomains, self.is_one)
        self.ours.start()

    def pids(self):
        return self.ours.pids()

    def stop(self):
        self.ours.stop()


class OpenDkimTables(signers.OpenDkim):
    """With a table of keys, and one that says who signs with which."""

    KIND = PATTERN = ""
    PATIENCE = 900

    def __init__(self, folder, key, ndomains):
        folder = os.path.join(folder, f"{self.KIND}-{ndomains}")
        os.mkdir(folder)
        super().__init__(folder, key, "rsa2048")
        self.NAME = f"OpenDKIM, {self.KIND}:"
        self.ndomains = ndomains

    def table(self, name, line):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="ascii") as file:
            file.writelines(line.format(i) for i in range(self.ndomains))
        return path

    def start(self):
        keys = self.table("keytable", "k{0} d{0}.example.net:"
                          f"{self.key[0]}:{self.key[1]}\n")
        signing = self.table("signingtable",
                             self.PATTERN + "d{0}.example.net k{0}\n")
        conf = self.file("opendkim.conf", f'''
Socket                  local:{self.path}
KeyTable                file:{keys}
SigningTable            {self.KIND}:{signing}
SignatureAlgorithm      rsa-sha256
Canonicalization        relaxed/relaxed
Mode                    s
OversignHeaders         From
InternalHosts           127.0.0.1
RequireSafeKeys         false
Background              no
Syslog                  no
''')
        self.run("opendkim", "-f", "-x", conf)


class OpenDkimFile(OpenDkimTables):
    KIND, PATTERN, MOST = "file", "", 10000000


class OpenDkimRefile(OpenDkimTables):
    KIND, PATTERN, MOST = "refile", "*@", 10000


def load(bench, milter, ndomains, messages):
    done = subprocess.run(
        [bench.load_program, "-s", milter.socket, "-b", bench.bodies[OCTETS],
         "-c", str(CONNECTIONS), "-n", str(messages), "-d", str(ndomains)],
        text=True, capture_output=True)
    if done.returncode != 0:
        sys.exit(f"{milter.NAME}: {done.stdout}{done.stderr}")
    return json.loads(done.stdout)


def calibrate(bench, milter, ndomains):
    """How many messages a turn has."""
    messages = CONNECTIONS
    while True:
        found = load(bench, milter, ndomains, messages)
        if found["seconds"] > SECONDS / 8 or messages >= MOST_MESSAGES:
            return max(CONNECTIONS, min(MOST_MESSAGES,
                                        int(found["rate"] * SECONDS)))
        messages *= 4


def turn(bench, milter, ndomains, messages):
    """A life: its start, and so many messages."""
    began = time.monotonic()
    milter.start()
    ready = time.monotonic() - began
    try:
        pids = milter.pids()
        count = messages.get(milter.NAME)
        if count is None:
            count = messages[milter.NAME] = calibrate(bench, milter, ndomains)
        before = processes.cpu_seconds(pids)
        found = load(bench, milter, ndomains, count)
        used = processes.cpu_seconds(pids) - before
        return {"ready_ms": ready * 1000, "rate": found["rate"],
                "cpu_ms": used * 1000 / count, "p50_ms": found["p50_ms"],
                "p99_ms": found["p99_ms"], "pss_kib": processes.pss_kib(pids)}
    finally:
        milter.stop()


def row(ndomains, name, result):
    return (f"{ndomains:>10,}  {name:<27}  {result['ready_ms']:>9,.0f}  "
            f"{result['rate']:>7,.0f}  {result['cpu_ms']:>7.3f}  "
            f"{result['p50_ms']:>7.2f}  {result['p99_ms']:>7.2f}  "
            f"{result['pss_kib'] / 1024:>9.1f}")


def measure(bench, ours, folder, ndomains):
    ours.grow(ndomains)
    key = next(iter(ours.keys.items()))
    milters = [OneSource(ours, ndomains, True)]
    if 1 < ndomains <= MOST_SOURCES:
        milters.append(OneSource(ours, ndomains, False))
    milters += [kind(folder, key, ndomains)
                for kind in (OpenDkimFile, OpenDkimRefile)
                if ndomains <= kind.MOST]
    messages, turns = {}, {}
    for number in range(ROUNDS):
        for milter in milters:
            compare.progress(f"{ndomains:,} domains, round {number + 1} of "
                             f"{ROUNDS}: {milter.NAME}")
            turns.setdefault(milter.NAME, []).append(
                turn(bench, milter, ndomains, messages))
    return {name: {key: statistics.median(each[key] for each in lives)
                   for key in lives[0]} for name, lives in turns.items()}


def main():
    build, peers, path = sys.argv[1:4]
    compare.private_installation(sys.argv, peers)
    numbers = [int(text) for text in sys.argv[4:]] or [1, 10000, 1000000]
    found = {"machine": compare.machine(), "domains": []}
    ours = Ours(build)
    try:
        with tempfile.TemporaryDirectory(
                prefix="countersign-bench.") as folder:
            os.chmod(folder, 0o755)
            bench = compare.Bench(build, folder,
                                  bodies.write(folder, {OCTETS}))
            print(f"{'domains':>10}  {'milter':<27}  {'ready ms':>9}  "
                  f"{'msg/s':>7}  {'CPU ms':>7}  {'p50 ms':>7}  "
                  f"{'p99 ms':>7}  {'PSS MiB':>9}", flush=True)
            for ndomains in sorted(numbers):
                results = measure(bench, ours, folder, ndomains)
                found["domains"].append({"domains": ndomains,
                                         "results": results})
                for name, result in results.items():
                    print(row(ndomains, name, result), flush=True)
    finally:
        compare.progress("the store is removed")
        ours.finish()
    with open(path, "w", encoding="utf-8") as file:
        json.dump(found, file, indent=2)
        file.write("\n")


if __name__ == "__main__":
    main()
