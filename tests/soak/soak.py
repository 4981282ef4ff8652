#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""soak.py BUILD JSON MESSAGES: many messages of mixed kinds, and what is left.

The milter gets MESSAGES messages from tests/soak/mix.c over one life of its
processes, after WARM_UP others, while its configuration is reloaded and keys
change.  Each second, memory, descriptors and threads of each process are noted.
Then:

- the median RSS of each process in the last tenth of the messages is at most
  512 KiB above that in the second tenth, and it has no more descriptors;
- no process was replaced, and no message had an outcome that it should not;
- the client, the front's counters, its log lines and the signers' lines say
  the same numbers.

The run is appended to JSON, which has the sum of all.  TERM and INT end it
early: what was sent counts.
"""

import json
import os
import re
import signal
import statistics
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "mta"))
# pylint: disable=wrong-import-position
from service import SIGNERS, Service

DOMAINS = {**{f"r{i}.example.net": "rsa2048" for i in range(8)},
           **{f"e{i}.example.net": "ed25519" for i in range(2)},
           "b0.example.net": "both"}
SOURCE = '''
source "soak" {
    networks = { "127.0.0.1" }
    header "X-Tenant" { value = { "ours" } }
    domains = { "*.example.net" }
    ceilings { messages_per_hour = 100000000 }
}
'''
WARM_UP = 30000         # messages until caches are full, in short runs too
RELOAD_EVERY = 10       # seconds
CHANGE_EVERY = 8        # seconds: the keys of a domain
MOST_GROWTH = 512       # KiB
GOAL = 10000000         # messages in sum
KEPT = 300              # samples of a run
# In lines of the log; those of signers have no action.
PATTERNS = {
    "signed": rb" action=signed ", "passed": rb" action=passed ",
    "rejected": rb" action=rejected ", "deferred": rb" action=tempfailed ",
    "front's signatures": rb"/(?:rsa|ed25519)-sha256",
    "signers' signatures": rb"\]: signed d=",
}
# The test is root.
EXPECTED = re.compile(rb"\[users-not-separate\]$")


class Log(threading.Thread):
    """Counts the lines of the service's log, which is too large to keep."""

    def __init__(self, pipe):
        super().__init__(daemon=True)
        self.pipe = pipe
        self.counts = dict.fromkeys(PATTERNS, 0)
        self.patterns = {name: re.compile(pattern)
                         for name, pattern in PATTERNS.items()}
        self.warnings, self.deferred = [], []
        self.counters = {}
        self.reloads = 0

    def run(self):
        rest = b""
        while chunk := os.read(self.pipe, 1 << 18):
            text, _, rest = (rest + chunk).rpartition(b"\n")
            self.read(text + b"\n")

    def read(self, text):
        for name, pattern in self.patterns.items():
            self.counts[name] += len(pattern.findall(text))
        self.reloads += text.count(b": configuration reloaded: ")
        if b"warning: " in text and len(self.warnings) < 20:
            self.warnings += [line.decode(errors="replace") for line in
                              text.split(b"\n") if b"warning: " in line and
                              not EXPECTED.search(line)]
        if b" action=tempfailed " in text and len(self.deferred) < 5:
            self.deferred += [line.decode(errors="replace") for line in
                              text.split(b"\n")
                              if b" action=tempfailed " in line][:5]
        for line in re.findall(rb": counters( .*) \[counters\]", text):
            self.counters = {key.decode(): int(value) for key, value in
                             re.findall(rb" (\w+)=(\d+)", line)}


class Soaked(Service):
    """Its log goes to a pipe."""

    def start(self):
        self.process = subprocess.Popen(
            [self.milter, "-c", self.config, "-f"], stderr=subprocess.PIPE,
            start_new_session=True)
        self.reader = Log(self.process.stderr.fileno())
        self.reader.start()
        self.wait_for(self.listens)

    def log_text(self):
        return "\n".join(self.reader.warnings)


def measure(pid):
    """RSS and PSS in KiB, descriptors, threads."""
    def number(path, name):
        with open(f"/proc/{pid}/{path}", encoding="ascii",
                  errors="replace") as file:
            return int(re.search(rf"^{name}:\s+(\d+)", file.read(),
                                 re.M)[1])
    return [number("status", "VmRSS"), number("smaps_rollup", "Pss"),
            len(os.listdir(f"/proc/{pid}/fd")), number("status", "Threads")]


class Soak:
    """A run: the service, the client, and who disturbs them."""

    def __init__(self, build, messages):
        self.messages = messages
        self.mix_program = os.path.join(build, "tests", "soak", "mix")
        self.service = Soaked(build)
        self.service.configure(SOURCE)
        for domain, algorithm in DOMAINS.items():
            self.service.generate(domain, algorithm)
        self.service.start()
        self.service.wait_for(
            lambda: len(self.service.pids("signer")) == SIGNERS)
        self.roles = {"master": [self.service.process.pid],
                      "front": self.service.pids("front"),
                      "signer": sorted(self.service.pids("signer"))}
        self.done = 0
        self.samples = []       # [messages, seconds, {process: values}]
        self.changes = 0
        self.is_over = threading.Event()
        self.faults = []

    def names(self):
        for role, pids in self.roles.items():
            for number, pid in enumerate(pids):
                yield f"{role} {number}" if role == "signer" else role, pid

    def sample(self):
        began = time.monotonic()
        while not self.is_over.wait(1):
            try:
                values = {name: measure(pid) for name, pid in self.names()}
            except OSError as error:
                self.faults.append(f"a process has gone: {error}")
                return
            if self.done > WARM_UP:
                self.samples.append([self.done - WARM_UP, round(
                    time.monotonic() - began, 1), values])

    def reload(self):
        number = 0
        while not self.is_over.wait(RELOAD_EVERY):
            number += 1
            body = "simple" if number % 2 else "relaxed"
            self.service.configure(
                SOURCE, f'signature {{ canonicalization = "relaxed/{body}" }}')
            self.service.reload()

    def change_keys(self):
        """New keys sign, and the old ones retire; one domain after another."""
        domains = list(DOMAINS.items())
        while not self.is_over.wait(CHANGE_EVERY):
            domain, algorithm = domains[self.changes % len(domains)]
            try:
                old = self.selectors(domain, "active")
                self.service.run_key("generate", domain, "--algorithm",
                                     algorithm)
                self.service.run_key("activate", "--force", domain,
                                     *self.selectors(domain, "generated"))
                for selector in old:
                    self.service.run_key("retire", domain, selector,
                                         "--force")
                self.changes += 1
            except subprocess.CalledProcessError as error:
                self.faults.append(f"keys of {domain}: {error.stderr}")
                return

    def selectors(self, domain, status):
        """Of its keys with this status."""
        shown = json.loads(self.service.run_key(
            "list", domain, "--json").stdout)
        return [key["selector"] for key in shown if key["status"] == status]

    def run(self):
        """What the client counted."""
        threads = [threading.Thread(target=target, daemon=True) for target in
                   (self.sample, self.reload, self.change_keys)]
        client = subprocess.Popen(
            [self.mix_program, "-s", self.service.socket, "-n",
             str(WARM_UP + self.messages)],
            stdout=subprocess.PIPE, text=True, start_new_session=True)
        for number in signal.SIGTERM, signal.SIGINT:
            signal.signal(number, lambda *_: client.terminate())
        for thread in threads:
            thread.start()
        last = ""
        for last in client.stdout:
            if last[0] != "{":
                self.done = int(last)
                progress(self.done, WARM_UP + self.messages)
        client.wait()
        self.is_over.set()
        for thread in threads:
            thread.join()
        if not last.startswith("{"):
            sys.exit("the client failed")
        return json.loads(last)

    def finish(self):
        pids = {pid for _, pid in self.names()}
        now = {self.service.process.pid, *self.service.pids("front"),
               *self.service.pids("signer")}
        if pids != now:
            self.faults.append(f"processes were replaced: {pids} by {now}")
        status = self.service.stop()
        if status != 0:
            self.faults.append(f"exit status {status}")
        self.service.reader.join(30)
        self.service.finish()
        self.faults += self.service.reader.warnings + \
            self.service.reader.deferred


def progress(done, messages):
    if sys.stderr.isatty():
        print(f"\r{done:,} of {messages:,}", end="", file=sys.stderr)


def tenth(samples, number, messages, name, value):
    """The median in a tenth of the run, from 0."""
    found = [sample[2][name][value] for sample in samples
             if number <= sample[0] * 10 // messages < number + 1]
    return statistics.median(found) if found else None


def growth(samples, messages):
    """RSS and descriptors of each process, and what is wrong with them."""
    table, faults = {}, []
    for name in samples[0][2] if samples else ():
        rss = [tenth(samples, i, messages, name, 0) for i in (1, 9)]
        fds = [tenth(samples, i, messages, name, 2) for i in (1, 9)]
        if None in rss:
            faults.append("too few samples: send more messages")
            break
        table[name] = {"rss": rss, "fds": fds,
                       "pss": tenth(samples, 9, messages, name, 1),
                       "threads": tenth(samples, 9, messages, name, 3)}
        if rss[1] - rss[0] > MOST_GROWTH:
            faults.append(f"{name}: RSS grew by {rss[1] - rss[0]:.0f} KiB")
        if fds[1] > fds[0]:
            faults.append(f"{name}: {fds[1] - fds[0]:.0f} more descriptors")
    return table, faults


def compare(client, log):
    """Numbers that must be the same: who says them, by what they count."""
    counters = log.counters
    table = {
        "signed": [client["signed"], counters.get("signed"),
                   log.counts["signed"]],
        "passed": [client["passed"], counters.get("passed"),
                   log.counts["passed"]],
        "rejected": [client["rejected"], counters.get("rejected"),
                     log.counts["rejected"]],
        "deferred": [client["deferred"], counters.get("tempfailed"),
                     log.counts["deferred"]],
        "signatures": [client["signatures"], counters.get("signatures"),
                       log.counts["front's signatures"],
                       log.counts["signers' signatures"]],
    }
    return table, [f"{name}: {numbers} differ"
                   for name, numbers in table.items()
                   if len(set(numbers)) != 1]


def machine():
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
        model = re.search(r"^model name\s*:\s*(.*)", file.read(), re.M)
    return f"{model[1] if model else 'unknown CPU'}, {os.cpu_count()} CPUs"


def thinned(samples):
    step = -(-len(samples) // KEPT)
    return samples[::step]


def runs_before(path):
    """The runs that the file keeps.  Asked before a run, which takes long."""
    if not os.path.exists(path):
        return []
    try:
        with open(path, encoding="utf-8") as file:
            runs = json.load(file)["runs"]
        if all("messages" in run and "faults" in run for run in runs):
            return runs
    except (ValueError, KeyError, TypeError):
        pass
    sys.exit(f"{path} is not a file of this command's runs: move it away")


def append(path, runs, result):
    """Add the run to the file; the sum of messages of good runs."""
    runs.append(result)
    total = sum(run["messages"] for run in runs if not run["faults"])
    with open(path + ".new", "w", encoding="utf-8") as file:
        json.dump({"messages": total, "runs": runs}, file)
        file.write("\n")
    os.rename(path + ".new", path)
    return total


def main():
    build, path, messages = sys.argv[1], sys.argv[2], int(sys.argv[3])
    runs = runs_before(path)
    soak = Soak(build, messages)
    began = time.time()
    client = soak.run()
    seconds = time.time() - began
    soak.finish()
    sent = client["messages"] - WARM_UP
    if sent <= 0:
        sys.exit("ended before the caches were full: nothing is counted")
    memory, grown = growth(soak.samples, sent)
    counts, differ = compare(client, soak.service.reader)
    faults = soak.faults + grown + differ
    if client["wrong"]:
        faults.append(f"{client['wrong']} messages had another outcome than "
                      "their kind should")
    result = {"at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(began)),
              "machine": machine(), "messages": sent, "seconds": round(seconds, 1),
              "rate": round(client["messages"] / seconds, 1), "memory": memory,
              "counts": counts, "key_changes": soak.changes,
              "reloads": soak.service.reader.reloads, "faults": faults,
              "samples": thinned(soak.samples)}
    total = append(path, runs, result)
    print(f"{sent:,} messages, after {WARM_UP:,} others, in {seconds:.0f} s, "
          f"{client['messages'] / seconds:,.0f}/s; {soak.changes} changes of keys, {result['reloads']} reloads")
    for name, row in memory.items():
        print(f"{name:>9}: RSS {row['rss'][0]:.0f} KiB, at the end "
              f"{row['rss'][1]:.0f}, PSS {row['pss']:.0f}; descriptors "
              f"{row['fds'][0]:.0f}, {row['fds'][1]:.0f}; "
              f"{row['threads']:.0f} threads")
    for name, numbers in counts.items():
        print(f"{name:>10}: {', '.join(map(str, numbers))}")
    print(f"{total:,} of {GOAL:,} messages in sum")
    for fault in faults[:20]:
        print(f"#   {fault}")
    print(f"{'not ok' if faults else 'ok'} 1 - soak of {sent} messages")
    print("1..1")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
