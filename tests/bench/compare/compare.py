#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""compare.py BUILD PEERS JSON [OPTION...]: milters against each other.

Starts ours, OpenDKIM, rspamd and dkimpy-milter from the folders below PEERS,
and a milter that does nothing, each on a socket of its own, with the same key.
Each workload is measured in rounds, in which all take their turn; medians are
printed, with the spread of the rounds, and everything is written to JSON.
With --postfix, only what goes through a private Postfix is measured; with
--quick, one short round of the most important; --markdown prints Markdown.

Needs root, for a mount namespace in which the unpacked peers are installed.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile

import dkim

import bodies
import goals
import postfix
import processes
import report
import signers
from progress import progress

# name, octets of the body, algorithm, connections
KIB, MIB = 1024, 1 << 20
WORKLOADS = (
    ("2 KiB, 8 connections", 2 * KIB, "rsa2048", 8),
    ("2 KiB, 1 connection", 2 * KIB, "rsa2048", 1),
    ("2 KiB, 32 connections", 2 * KIB, "rsa2048", 32),
    ("2 KiB, 100 connections", 2 * KIB, "rsa2048", 100),
    ("2 KiB, 250 connections", 2 * KIB, "rsa2048", 250),
    ("50 KiB, 8 connections", 50 * KIB, "rsa2048", 8),
    ("1 MiB, 8 connections", 1 * MIB, "rsa2048", 8),
    ("10 MiB, 4 connections", 10 * MIB, "rsa2048", 4),
    ("2 KiB, Ed25519, 8 connections", 2 * KIB, "ed25519", 8),
    ("2 KiB, both keys, 8 connections", 2 * KIB, "both", 8),
)
QUICK = (0, 3, 7, 8)


def private_installation(argv, peers):
    """Once more, in a mount namespace that has the peers in /usr."""
    if os.environ.get("COMPARE_INSIDE") == peers:
        return
    layers = ":".join(os.path.join(peers, name, "usr")
                      for name in sorted(os.listdir(peers))
                      if os.path.isdir(os.path.join(peers, name, "usr")))
    os.environ["COMPARE_INSIDE"] = peers
    os.execvp("unshare", ["unshare", "--mount", "--", "sh", "-c",
                          f"mount -t overlay none -o lowerdir={layers}:/usr "
                          '/usr && exec "$@"', "sh", sys.executable, *argv])


def limits():
    """What one CPU can do at most: signatures a second, SHA-256 MB/s."""
    def speed(*arguments):
        return subprocess.run(["openssl", "speed", "-mr", "-seconds", "2",
                               *arguments], check=True, text=True,
                              capture_output=True).stdout

    def rate(pattern, text):
        return float(re.search(pattern, text, re.M)[1])

    return {
        "rsa2048_sign_ms": 1000 / rate(r"^\+F2:\d+:2048:([\d.]+)",
                                       speed("rsa2048")),
        "ed25519_sign_ms": 1000 / rate(r"^\+F6:\d+:253:[^:]*:([\d.]+)",
                                       speed("ed25519")),
        "sha256_mb_s": rate(r"^\+F:\d+:sha256:([\d.]+)",
                            speed("-evp", "sha256", "-bytes", "65536"))
        / 1e6}


def library(build, found):
    """What the library costs by itself, on the fastest path of this CPU."""
    def run(*command):
        return subprocess.run([os.path.join(build, "tests", "bench",
                                            command[0]), *command[1:]],
                              check=True, text=True,
                              capture_output=True).stdout

    progress("the library: small mail")
    text = run("speed")
    found["library"] = {
        name: float(re.search(rf"^ *{kind}.* ([\d.]+)$", text, re.M)[1])
        for name, kind in (("rsa2048_to_sign", "rsa-sha256"),
                           ("ed25519_to_sign", "ed25519-sha256"))}
    progress("the library: bodies")
    found["body"] = {}
    for part in json.loads(run("body", "--json"))["bodies"]:
        found["body"].setdefault(
            f"{part['kind']}, {part['canonicalization']}", part["share"])


def machine():
    with open("/proc/cpuinfo", encoding="ascii") as file:
        text = file.read()
    flags = set(re.search(r"^flags\s*: (.*)", text, re.M)[1].split())
    return {"cpu": re.search(r"^model name\s*: (.*)", text, re.M)[1],
            "cpus": os.cpu_count(),
            "flags": sorted(flags & {"sha_ni", "avx2", "avx512ifma",
                                     "avx512f", "adx", "bmi2"}),
            "openssl": subprocess.run(["openssl", "version"], check=True,
                                      text=True, capture_output=True
                                      ).stdout.strip(),
            "kernel": os.uname().release}


class Bench:
    def __init__(self, build, folder, body_files):
        self.build, self.folder, self.bodies = build, folder, body_files
        self.load_program = os.path.join(build, "tests", "bench", "load")

    def load(self, milter, size, connections, messages, sample=None):
        command = [self.load_program, "-s", milter.socket, "-b",
                   self.bodies[size], "-c", str(connections), "-n",
                   str(messages)]
        if sample:
            command += ["-w", sample]
        done = subprocess.run(command, text=True, capture_output=True)
        if done.returncode != 0:
            sys.exit(f"{milter.NAME}: {done.stdout}{done.stderr}")
        return json.loads(done.stdout)

    def start(self, algorithm):
        """All that can make signatures of that kind."""
        ours = signers.Countersign(self.build, algorithm)
        key = next(iter(ours.keys.items()))
        found = [ours]
        for peer in signers.PEERS:
            if algorithm in peer.ALGORITHMS:
                found.append(peer(self.folder, key, algorithm))
        for null in (signers.Null, signers.NullSigning):
            if algorithm in null.ALGORITHMS:
                found.append(null(self.build, self.folder, key, algorithm))
        for milter in found:
            milter.start()
            if not isinstance(milter, signers.Null):
                self.check(milter, ours.records)
        return found

    def check(self, milter, records):
        """A message that it signed verifies."""
        sample = os.path.join(self.folder, "sample")
        self.load(milter, min(self.bodies), 1, 1, sample)
        with open(sample, "rb") as file:
            message = file.read()
        names = {name.rstrip("."): value for name, value in records.items()}

        def lookup(name, timeout=5):
            del timeout
            return names[name.decode().rstrip(".")].encode()

        if not dkim.verify(message, dnsfunc=lookup):
            sys.exit(f"{milter.NAME}: its signature does not verify:\n"
                     f"{message[:2000].decode(errors='replace')}")

    def calibrate(self, milter, size, connections, seconds):
        """How many messages a turn of so many seconds has."""
        messages = connections
        while True:
            result = self.load(milter, size, connections, messages)
            if result["seconds"] > seconds / 8 or messages >= 1000000:
                return max(connections,
                           int(result["rate"] * seconds))
            messages *= 4

    def turn(self, milter, size, connections, messages):
        pids = milter.pids()
        before = processes.cpu_seconds(pids)
        result = self.load(milter, size, connections, messages)
        used = processes.cpu_seconds(pids) - before
        # Each connection also sends one that is not measured.
        return {"rate": result["rate"], "p50_ms": result["p50_ms"],
                "p99_ms": result["p99_ms"],
                "cpu_ms": used * 1000 / (messages + connections)}

    def memory(self, milter, size, connections, messages):
        pids = milter.pids()
        idle = processes.pss_kib(pids)
        with processes.MostMemory(pids) as most:
            self.load(milter, size, connections, messages)
        return {"idle_kib": idle, "most_kib": most.most_kib}

    def workload(self, workload, milters, rounds, seconds):
        name, size, algorithm, connections = workload
        progress(f"{name}: how many messages")
        counts = {milter.NAME: self.calibrate(milter, size, connections,
                                              seconds)
                  for milter in milters}
        turns = {milter.NAME: [] for milter in milters}
        for number in range(rounds):
            progress(f"{name}: round {number + 1} of {rounds}")
            order = milters[number % len(milters):] + \
                milters[:number % len(milters)]
            for milter in order:
                turns[milter.NAME].append(
                    self.turn(milter, size, connections,
                              counts[milter.NAME]))
        result = {}
        for milter in milters:
            each = turns[milter.NAME]
            result[milter.NAME] = {
                key: statistics.median(turn[key] for turn in each)
                for key in each[0]}
            rates = [turn["rate"] for turn in each]
            result[milter.NAME]["rate_spread"] = [min(rates), max(rates)]
            result[milter.NAME].update(
                self.memory(milter, size, connections, counts[milter.NAME]))
        return {"name": name, "body_octets": size, "algorithm": algorithm,
                "connections": connections, "rounds": rounds,
                "results": result}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build")
    parser.add_argument("peers")
    parser.add_argument("json")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--postfix", action="store_true")
    parser.add_argument("--markdown", action="store_true")
    options = parser.parse_args()
    private_installation(sys.argv, options.peers)
    with tempfile.TemporaryDirectory(prefix="countersign-bench.") as folder:
        os.chmod(folder, 0o755)
        found = measure(options, folder)
    found["goals"] = goals.reached(found)
    with open(options.json, "w", encoding="utf-8") as file:
        json.dump(found, file, indent=1)
        file.write("\n")
    print((report.markdown if options.markdown else report.text)(found))


def measure(options, folder):
    chosen = [WORKLOADS[i] for i in QUICK] if options.quick else WORKLOADS
    if options.postfix:
        chosen = []
    rounds, seconds = (1, 1) if options.quick else (3, 2)
    sizes = {workload[1] for workload in chosen} | {2 * KIB}
    bench = Bench(options.build, folder, bodies.write(folder, sizes))
    found = {"machine": machine(), "limits": limits(), "workloads": []}
    for algorithm in dict.fromkeys(["rsa2048", *(work[2] for work in chosen)]):
        milters = bench.start(algorithm)
        try:
            for workload in chosen:
                if workload[2] == algorithm:
                    found["workloads"].append(bench.workload(
                        workload, milters, rounds, seconds))
            if algorithm == "rsa2048":
                found["postfix"] = postfix.measure(
                    bench, os.path.join(options.peers, "postfix"),
                    through_postfix(milters), 1 if options.quick else 7,
                    seconds)
        finally:
            for milter in milters:
                milter.stop()
    if not options.quick and not options.postfix:
        library(options.build, found)
    return found


def through_postfix(milters):
    return [milter for milter in milters if not isinstance(
        milter, (signers.Null, signers.DkimpyMilter)) or
        isinstance(milter, signers.NullSigning)]


if __name__ == "__main__":
    main()
