# SPDX-License-Identifier: ISC
"""CPU time and memory of a group of processes, from /proc."""

import os
import re
import threading
import time

TICKS = os.sysconf("SC_CLK_TCK")


def family(root):
    """The process root and all that it started."""
    parents = {}
    for entry in os.listdir("/proc"):
        try:
            with open(f"/proc/{entry}/stat", encoding="ascii",
                      errors="replace") as file:
                parents[int(entry)] = int(
                    file.read().rsplit(")", 1)[1].split()[1])
        except (OSError, ValueError, IndexError):
            continue
    found = {root}
    while True:
        more = {pid for pid, parent in parents.items()
                if parent in found} - found
        if not more:
            return found
        found |= more


def cpu_seconds(pids):
    """What they have used so far, in user and system mode."""
    used = 0
    for pid in pids:
        with open(f"/proc/{pid}/stat", encoding="ascii",
                  errors="replace") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        used += int(fields[11]) + int(fields[12])
    return used / TICKS


def cpu_seconds_of_all(root):
    """What root, and all that it started, have used, the ended as well."""
    used = 0
    for pid in family(root):
        try:
            with open(f"/proc/{pid}/stat", encoding="ascii",
                      errors="replace") as file:
                fields = file.read().rsplit(")", 1)[1].split()
        except OSError:         # it has just ended, and root has its time
            continue
        used += sum(int(field) for field in fields[11:15])
    return used / TICKS


def pss_kib(pids):
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
            total += int(re.search(r"^Pss:\s+(\d+)", file.read(), re.M)[1])
    return total


class MostMemory:
    """The largest PSS of processes while a with block runs."""

    def __init__(self, pids):
        self.pids, self.most_kib = pids, 0
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.watch)

    def watch(self):
        while not self.stop.is_set():
            self.most_kib = max(self.most_kib, pss_kib(self.pids))
            time.sleep(0.1)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()
