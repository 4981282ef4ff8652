#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""overload.py BUILD-DIRECTORY [--short]: a milter with more to do than it should.

Adds crowds of connections one after another: idle ones, honest ones, slow
senders, bodies without end, and garbage.  Prints after each step what the
front has: resident memory, threads and descriptors, and how long honest
messages take.  Fails if one of these is above its bound, if an honest message
is accepted but not signed, or if the front was replaced.  Times are only printed,
and a message is deferred if the machine is too slow for all of them.
"""

import os
import resource
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "mta"))
# pylint: disable=wrong-import-position
from service import Service

import crowd as crowds

FULL = {"idle": 5000, "busy": 500, "slow": 100, "endless": 20, "garbage": 20,
        "seconds": 30}
SHORT = {"idle": 300, "busy": 20, "slow": 10, "endless": 3, "garbage": 3,
         "seconds": 2}
SOURCE = """
source "ours" {
    networks = { "127.0.0.0/8" }
    trust_network = true
    domains = { "example.com" }
}
"""
# Bounds.  Threads that are not workers: listener, controller, control, pulse,
# main, DNS; and idle workers.  Descriptors: as in countersign-milter(8), LIMITS.
OTHER_THREADS = 16
PATIENCE = 60       # seconds
OTHER_DESCRIPTORS = 64
IDLE_KIB, BUSY_KIB = 16, 512
# A sanitizer keeps what was freed, so its memory says nothing.
SANITIZED = ("Sanitizer", "asan", "tsan")


class Overload:
    def __init__(self, build, sizes):
        self.sizes = sizes
        self.service = Service(build)
        self.service.configure(SOURCE)
        self.service.generate("example.com", "ed25519")
        self.service.start()
        self.service.wait_for(lambda: "ready: socket" in
                              self.service.log_text())
        self.front, = self.service.pids("front")
        self.crowd = crowds.Crowd(self.service.socket)
        self.base = self.state()["rss"]
        with open(f"/proc/{self.front}/maps", encoding="utf-8",
                  errors="replace") as maps:
            text = maps.read()
        self.is_sanitized = any(word in text for word in SANITIZED)
        self.most = {}
        self.failures = []

    def state(self):
        with open(f"/proc/{self.front}/status", encoding="ascii",
                  errors="replace") as status:
            found = dict(line.split(":", 1) for line in status)
        return {"rss": int(found["VmRSS"].split()[0]),
                "threads": int(found["Threads"]),
                "descriptors": len(os.listdir(f"/proc/{self.front}/fd"))}

    def sample(self):
        for name, value in self.state().items():
            self.most[name] = max(value, self.most.get(name, 0))

    def wait(self, condition):
        end = time.monotonic() + PATIENCE
        while not condition(self.state()) and time.monotonic() < end:
            self.crowd.run(0.1)

    def check(self, name, value, bound):
        if value > bound:
            self.failures.append(f"{name}: {value}, not at most {bound}")

    def step(self, label, seconds, workers):
        """Run, print a line, and check the bounds."""
        self.most = {}
        before = len(self.crowd.times)
        self.crowd.run(seconds, self.sample)
        self.sample()
        here = self.crowd.times[before:]
        self.crowd.times, everything = here, self.crowd.times
        p50, p99 = self.crowd.percentile(0.5), self.crowd.percentile(0.99)
        self.crowd.times = everything
        most, n = self.most, len(self.crowd.members)
        print(f"{label:<22} {n:>6} {most['rss']:>9} {most['threads']:>7} "
              f"{most['descriptors']:>11} {len(here):>8} "
              f"{p50 * 1000:>7.0f} {p99 * 1000:>7.0f}", flush=True)
        self.check(label + ": threads", most["threads"],
                   workers + OTHER_THREADS)
        self.check(label + ": descriptors", most["descriptors"],
                   n + OTHER_DESCRIPTORS)
        if not self.is_sanitized:
            self.check(label + ": KiB", most["rss"], self.base + 16384 +
                       n * IDLE_KIB + workers * BUSY_KIB)

    def run(self):
        sizes, crowd = self.sizes, self.crowd
        print(f"{'':<22} {'connec':>6} {'RSS':>9} {'':>7} {'':>11} {'honest':>8}"
              f" {'ms':>7} {'ms':>7}")
        print(f"{'':<22} {'tions':>6} {'KiB':>9} {'threads':>7} "
              f"{'descriptors':>11} {'messages':>8} {'p50':>7} {'p99':>7}")
        self.step("start", 1, 0)
        crowd.add(crowds.Silent, sizes["idle"] // 2)
        crowd.add(crowds.Idle, sizes["idle"] - sizes["idle"] // 2)
        # All are accepted, and workers started for the rush have ended.
        self.wait(lambda state: state["threads"] <= OTHER_THREADS and
                  state["descriptors"] > sizes["idle"] and all(
                      member.negotiated for member in crowd.members
                      if isinstance(member, crowds.Idle)))
        self.step("+ idle", 2, 0)
        workers = sizes["busy"]
        crowd.add(crowds.Honest, sizes["busy"])
        self.step("+ busy", sizes["seconds"], workers)
        for name, kind in (("slow", crowds.Slow), ("endless", crowds.Endless),
                           ("garbage", crowds.Garbage)):
            crowd.add(kind, sizes[name])
            # Garbage may be thrown out when the next one has come.
            workers += sizes[name] * (2 if name == "garbage" else 1)
            self.step("+ " + name, sizes["seconds"], workers)
        if not crowd.finish():
            self.failures.append("honest messages without an answer")
        self.check("honest connections lost", crowd.nlost, 0)
        self.check("honest messages unsigned", len(crowd.times) -
                   crowd.nsigned - crowd.ndeferred, 0)
        if crowd.nsigned == 0:
            self.failures.append("no honest message signed")
        octets = sum(member.octets for member in crowd.members
                     if isinstance(member, crowds.Endless))
        print(f"{crowd.nsigned} of {len(crowd.times)} honest messages signed, "
              f"{crowd.ndeferred} deferred; "
              f"{crowd.ngarbage} times garbage; {octets >> 20} MiB without "
              f"end; {(self.most['rss'] - self.base) / len(crowd.members):.1f}"
              " KiB for each connection")
        crowd.close()
        if not os.path.exists(f"/proc/{self.front}") or \
                "process-hung" in self.service.log_text():
            self.failures.append("the front was replaced")

    def finish(self):
        # A stop would wait for messages under way.
        self.crowd.close()
        self.wait(lambda state: state["descriptors"] < OTHER_DESCRIPTORS)
        if self.service.stop() != 0:
            self.failures.append("the milter did not stop as it should")
        if self.failures:
            print(self.service.log_text()[-3000:], file=sys.stderr)
        self.service.finish()


def main():
    sizes = SHORT if "--short" in sys.argv[2:] else FULL
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = sum(sizes.values()) + 200
    if hard != resource.RLIM_INFINITY and hard < needed:
        sys.exit(f"the limit on open files is {hard}, and {needed} are "
                 "needed: ulimit -n")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    overload = Overload(sys.argv[1], sizes)
    try:
        overload.run()
    finally:
        overload.finish()
    for failure in overload.failures:
        print("FAILED:", failure)
    return 1 if overload.failures else 0


if __name__ == "__main__":
    sys.exit(main())
