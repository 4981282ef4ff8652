# SPDX-License-Identifier: ISC
"""Tests whose processes end with them, whatever happens.

A process that changes its user loses the promise that it dies with its parent
(PR_SET_PDEATHSIG).  So main() runs the tests in a child, and adopts what that
leaves behind: it is killed when the child has ended, even by SIGKILL.
"""

import ctypes
import os
import re
import signal
import sys
import unittest

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
ENDING = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)


def prctl(option, value):
    if ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def children():
    with open(f"/proc/self/task/{os.getpid()}/children",
              encoding="ascii") as file:
        return [int(pid) for pid in file.read().split()]


def kill_the_rest():
    """All descendants: those of a child that ends become children."""
    killed = set()
    while left := children():
        for pid in left:
            if pid in killed or os.waitpid(pid, os.WNOHANG)[0] == pid:
                continue
            with open(f"/proc/{pid}/comm", encoding="ascii") as file:
                print("left behind, and killed:", file.read().strip(),
                      file=sys.stderr)
            os.kill(pid, signal.SIGKILL)
            killed.add(pid)
        if killed:
            killed.discard(os.wait()[0])


def supervise(tests):
    """Wait for the tests: their exit status."""
    for number in ENDING:
        signal.signal(number, lambda *_: os.kill(tests, signal.SIGKILL))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
    pid, status = 0, 0
    while pid != tests:
        # Also what it left behind before, and has ended.
        pid, status = os.wait()
    for number in ENDING:
        signal.signal(number, signal.SIG_IGN)
    kill_the_rest()
    return os.waitstatus_to_exitcode(status)


class Part(unittest.TestLoader):
    """Of the cases of a module, each COUNT-th, from NUMBER on."""

    def __init__(self, number, count):
        super().__init__()
        self.number, self.count = number, count

    def loadTestsFromModule(self, *arguments, **options):
        cases = list(flat(super().loadTestsFromModule(*arguments, **options)))
        return self.suiteClass(cases[self.number - 1::self.count])


def flat(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from flat(test)
        else:
            yield test


def loader():
    """All cases; with a last argument NUMBER/COUNT that part of them."""
    part = re.fullmatch(r"([1-9])/([1-9])", sys.argv[-1])
    if not part:
        return unittest.defaultTestLoader
    sys.argv.pop()
    return Part(int(part[1]), int(part[2]))


def main():
    """In place of unittest.main()."""
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    supervisor = os.getpid()
    # No signal may come between, which would leave the child alone.
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    if (tests := os.fork()) == 0:
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != supervisor:
            os._exit(1)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
        unittest.main(testLoader=loader())
    status = supervise(tests)
    sys.exit(status if status >= 0 else 128 - status)
