#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""start.py BUILD-DIRECTORY DOMAINS...: what a big key store costs.

Starts the milter, with two signers, over a key store of so many domains, and
prints a line for each size: milliseconds from its start until it is ready, and
from there to the end of its first signed message, each the least of ten starts,
which other load of the machine disturbs least; and the resident memory of each
process after that message, in KiB, the median.

One domain has a key and signs.  The others are folders with a state file of
one key each, which is never read.  The store is made in a scratch directory
below TMPDIR and removed; a million domains take 4 GB on a disk with blocks of
4 KiB, less where TMPDIR is in memory.
"""

import os
import re
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "mta"))
# pylint: disable=wrong-import-position
import milterclient as mc
from service import Service

STARTS = 10
# A file system allows a file so many names; ext4 65,000.
MOST_LINKS = 60000
SOURCES = '''
source "plain" {
    login = "relay"
    domains = { "example.com", "*.example.net" }
}
'''
FIELDS = [(b"From", b" a@example.com"), (b"To", b" b@example.org"),
          (b"Date", b" Mon, 23 Nov 2026 09:00:00 +0000"),
          (b"Subject", b" x"), (b"Message-ID", b" <1@example.com>")]


def progress(text):
    print(f"# {text}", file=sys.stderr, flush=True)


class Store:
    """A key store that grows, and the milter over it."""

    def __init__(self, build):
        self.service = Service(build)
        self.service.configure(SOURCES)
        self.service.generate("example.com", "rsa2048")
        self.ndomains = 1
        with open(os.path.join(self.service.keydir, "example.com", "state"),
                  encoding="ascii") as file:
            self.state = file.read()

    def grow(self, ndomains):
        """Up to so many domains."""
        progress(f"a store of {ndomains:,} domains")
        source = None
        while self.ndomains < ndomains:
            folder = os.path.join(self.service.keydir,
                                  f"d{self.ndomains}.example.net")
            os.mkdir(folder, 0o700)
            path = os.path.join(folder, "state")
            if source is None or self.ndomains % MOST_LINKS == 0:
                source = path
                with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600),
                          "w", encoding="ascii") as file:
                    file.write(self.state)
            else:
                os.link(source, path)
            self.ndomains += 1

    def memory(self):
        """KiB of each process, by its role."""
        service = self.service
        master = service.process.pid
        signers = set(service.pids("signer"))
        sizes = {"master": resident(master), "front": 0, "signer": 0}
        for pid in service.pids():
            role = "signer" if pid in signers else "front"
            sizes[role] = max(sizes[role], resident(pid))
        return sizes

    def start(self):
        """One life: (ms until ready, ms for a message, memory)."""
        service = self.service
        if os.path.exists(service.log):
            os.unlink(service.log)
        began = time.monotonic()
        with open(service.log, "ab") as log:
            service.process = subprocess.Popen(
                [service.milter, "-c", service.config, "-f"], stderr=log)
        while "ready: socket" not in service.log_text():
            if service.process.poll() is not None:
                sys.exit(service.log_text())
            time.sleep(0.0005)
        ready = time.monotonic()
        with mc.MilterClient(service.socket) as client:
            edits, reply = client.message(FIELDS, b"Hello\r\n",
                                          login="relay")
            client.quit()
        signed = time.monotonic()
        if reply[0] != b"a" or not mc.inserted(edits):
            sys.exit(f"not signed: {reply} {service.log_text()}")
        memory = self.memory()
        service.stop()
        return (ready - began) * 1000, (signed - ready) * 1000, memory


def resident(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        return int(re.search(r"^VmRSS:\s+(\d+) kB$", file.read(), re.M)[1])


def main():
    store = Store(sys.argv[1])
    print(f"{'domains':>10}  {'ready':>9}  {'1st message':>11}  "
          f"{'master':>10}  {'front':>10}  {'a signer':>10}")
    try:
        for ndomains in sorted(map(int, sys.argv[2:])):
            store.grow(ndomains)
            lives = [store.start() for _ in range(STARTS)]
            ready, signed = (min(life[i] for life in lives) for i in (0, 1))
            memory = {role: statistics.median_low(life[2][role]
                                                  for life in lives)
                      for role in lives[0][2]}
            print(f"{ndomains:>10,}  {ready:>6.1f} ms  {signed:>8.1f} ms  "
                  + "  ".join(f"{memory[role]:>6} KiB"
                              for role in ("master", "front", "signer")),
                  flush=True)
    finally:
        progress("the store is removed")
        store.service.finish()


if __name__ == "__main__":
    main()
