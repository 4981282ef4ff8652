#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""usage: inject.py BUILD [FAULTS] [SCENARIO...] [-r RESULTS]
       inject.py BUILD SCENARIO -c KIND -e ERROR -n NUMBER

Each program with one call that fails: the n-th system call of a kind, by each
error that it can have, or doing half of what it should; or the n-th allocation.
What must hold then is in the scenarios: key_faults.py, service_faults.py,
numbers_faults.py and doctor_faults.py.

With FAULTS, so many for each of these scenarios, drawn by a seed, so that they
are the same each time.  Else all; of more than MOST calls of one kind, so many,
evenly spread.  Prints the number of calls that failed, and what became of the
programs; what was wrong is printed with the options that repeat it.  Each result
is added to the file RESULTS, and a fault that was survived according to this
file is not tried again.
"""

import argparse
import collections
import concurrent.futures
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import threading

sys.path[:0] = [str(pathlib.Path(__file__).parent.parent / name)
                for name in ("common", "mta", "keys")]
import doctor_faults  # noqa: E402
import key_faults  # noqa: E402
import numbers_faults  # noqa: E402
import service_faults  # noqa: E402
from failing import Fault, Wrong  # noqa: E402

MOST = 40
MOST_ALLOCATIONS = 150
SEED = 16

# The errors of each kind of call.
ERRORS = {
    "accept": ("EMFILE", "EINTR", "EAGAIN"),
    "bind": ("EADDRINUSE", "ENOMEM"),
    "chdir": ("EACCES",),
    "close": ("EIO", "EINTR"),
    "connect": ("ECONNREFUSED", "EINTR", "EAGAIN"),
    "dup": ("EMFILE",),
    "exec": ("EIO", "ENOMEM"),
    "fcntl": ("EIO",),
    "fork": ("EAGAIN",),
    "fsync": ("EIO", "ENOSPC"),
    "getdents": ("EIO",),
    "ids": ("EPERM", "EAGAIN"),
    "limits": ("EPERM",),
    "link": ("EIO", "ENOSPC"),
    "lock": ("ENOLCK", "EINTR"),
    "lseek": ("EIO",),
    "malloc": ("ENOMEM",),
    "mkdir": ("ENOSPC",),
    "mmap": ("ENOMEM",),
    "open": ("EMFILE", "EIO", "EINTR", "ENOSPC"),
    "owner": ("EPERM", "EIO"),
    "pipe": ("EMFILE",),
    "poll": ("EINTR", "ENOMEM"),
    "read": ("EIO", "EINTR", "EAGAIN", "short"),
    "recv": ("ECONNRESET", "EINTR", "EAGAIN", "short"),
    "recvmsg": ("ENOMEM", "EINTR", "EAGAIN"),
    "rename": ("EIO", "ENOSPC"),
    "send": ("EPIPE", "EINTR", "EAGAIN", "short"),
    "sendmsg": ("ENOBUFS", "EINTR", "EAGAIN"),
    "socket": ("EMFILE",),
    "sockopt": ("ENOBUFS",),
    "stat": ("EIO",),
    "truncate": ("EIO",),
    "unlink": ("EIO",),
    "wait": ("EINTR",),
    "write": ("ENOSPC", "EIO", "EINTR", "EAGAIN", "short"),
    "writev": ("ENOSPC", "EIO", "EINTR", "short"),
}
# What was wrong once is in each sample.
KNOWN = {"front": [Fault("pipe", "EMFILE", 1)],
         "metrics": [Fault("bind", "ENOMEM", 2)],
         # Of what the other host answers, and of a key.
         "push": [Fault("read", "EIO", 45), Fault("read", "EIO", 49)],
         "generate": [Fault("malloc", "ENOMEM", 40)]}
SCENARIOS = (key_faults.SCENARIOS | doctor_faults.SCENARIOS |
             service_faults.SCENARIOS | numbers_faults.SCENARIOS)


def faults_of(counts):
    """All faults of a scenario whose calls were counted, kinds mixed."""
    for kind, errors in sorted(ERRORS.items()):
        most = MOST_ALLOCATIONS if kind == "malloc" else MOST
        total = counts.get(kind, 0)
        chosen = range(1, total + 1)
        if total > most:
            chosen = sorted({1 + i * (total - 1) // (most - 1)
                             for i in range(most)})
        for error in errors:
            for number in chosen:
                yield Fault(kind, error, number)


class Campaign:
    """Scenarios with their faults, and what became of them."""

    def __init__(self, build, names, number, only, results=None):
        self.build = build
        self.names = names
        self.results = results  # file of results, or None
        self.number = number    # of faults for each; None: all
        self.only = only        # the only fault, or None
        self.lock = threading.Lock()
        self.struck = collections.Counter()
        self.kinds = collections.Counter()
        self.missed = 0
        self.wrong = []
        self.chance = random.Random(SEED)
        self.faults = {}

    def prepare(self, name):
        """A place for a scenario, ready to run it."""
        folder = tempfile.mkdtemp(prefix="countersign-inject.")
        os.chmod(folder, 0o755)
        return SCENARIOS[name](self.build, pathlib.Path(folder))

    def count(self, name):
        """Find out which calls there are."""
        place = self.prepare(name)
        try:
            counts = place.count()
            faults = list(faults_of(counts))
            print(f"# {name}: {sum(counts.values())} calls,"
                  f" {len(faults)} faults", flush=True)
            if self.only is not None:
                return [self.only]
            if self.number is not None:
                faults = self.draw(name, faults)
            survived = self.survived(name)
            return [fault for fault in faults if str(fault) not in survived]
        finally:
            place.finish()
            shutil.rmtree(place.folder, ignore_errors=True)

    def draw(self, name, faults):
        """Some of them, each of another kind while there are such."""
        self.chance.shuffle(faults)
        kinds = collections.Counter()
        ranks = []
        for fault in faults:
            ranks.append((kinds[fault.kind], len(ranks)))
            kinds[fault.kind] += 1
        return KNOWN.get(name, []) + \
            [faults[i] for _, i in sorted(ranks)[:self.number]]

    def survived(self, name):
        """The faults that were survived earlier; counts them."""
        faults = set()
        if self.results is None or not self.results.exists():
            return faults
        for line in self.results.read_text().splitlines():
            of, fault, end = line.split("\t")
            if of != name or end == "wrong" or fault in faults:
                continue
            faults.add(fault)
            self.count_end(name, fault.split()[1], end)
        return faults

    def count_end(self, name, kind, end):
        if end == "missed":
            self.missed += 1
            return
        self.struck[(name, end)] += 1
        self.kinds[kind] += 1

    def take(self, name):
        with self.lock:
            return self.faults[name].pop() if self.faults[name] else None

    def work(self, name):
        place = self.prepare(name)
        try:
            while (fault := self.take(name)) is not None:
                self.one(name, place, fault)
        finally:
            place.finish()
            shutil.rmtree(place.folder, ignore_errors=True)

    def one(self, name, place, fault):
        try:
            end = place.run(fault) or "missed"
        except (Wrong, AssertionError, OSError) as error:
            end = "wrong"
            with self.lock:
                self.wrong.append(f"{name}: {fault}: {error}")
            print(f"# wrong: {self.wrong[-1]}", flush=True)
        with self.lock:
            self.count_end(name, fault.kind, end)
            if self.results is not None:
                with self.results.open("a") as file:
                    file.write(f"{name}\t{fault}\t{end}\n")

    def run(self, parallel):
        for name in self.names:
            self.faults[name] = self.count(name)
            if parallel == 1:
                self.work(name)
                continue
            with concurrent.futures.ThreadPoolExecutor() as pool:
                list(pool.map(self.work, [name] * parallel))
        return self.report()

    def report(self):
        for name in self.names:
            ends = {end: n for (of, end), n in sorted(self.struck.items())
                    if of == name}
            passed = "wrong" not in ends and ends
            print(f"{'ok' if passed else 'not ok'} "
                  f"{self.names.index(name) + 1} - {name}: "
                  f"{sum(ends.values())} failing calls: " +
                  ", ".join(f"{n} {end}" for end, n in ends.items()))
        print("# by kind: " + ", ".join(
            f"{kind} {n}" for kind, n in sorted(self.kinds.items())))
        print(f"# {self.missed} runs did not come to the call")
        print(f"1..{len(self.names)}")
        return not self.wrong


def can_trace(build):
    """Whether the machine, or its container, lets processes be traced."""
    with tempfile.NamedTemporaryFile() as report:
        return subprocess.run(
            [build / "tests/inject/failat", "-p", "true", "-c", "read", "-e",
             "EIO", "-r", report.name, "true"], check=False).returncode == 0


def main(arguments):
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("build")
    parser.add_argument("names", nargs="*")
    parser.add_argument("-c")
    parser.add_argument("-e")
    parser.add_argument("-n", type=int)
    parser.add_argument("-r", type=pathlib.Path)
    given = parser.parse_args(arguments)
    names = given.names
    number = int(names.pop(0)) if names and names[0].isdigit() else None
    build = pathlib.Path(given.build).resolve()
    if os.geteuid() != 0 or not can_trace(build):
        print("1..0 # SKIP processes that change their user cannot be traced")
        return True
    only = Fault(given.c, given.e, given.n) if given.c else None
    unknown = set(names) - set(SCENARIOS)
    if unknown:
        sys.exit(f"{' '.join(sorted(unknown))}: not of " +
                 " ".join(SCENARIOS))
    campaign = Campaign(build, names or list(SCENARIOS), number, only,
                        given.r)
    return campaign.run(2 if number is None and only is None else 1)


if __name__ == "__main__":
    sys.exit(0 if main(sys.argv[1:]) else 1)
