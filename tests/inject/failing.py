# SPDX-License-Identifier: ISC
"""Programs that run under failat."""

import os
import subprocess

LIMIT = 120     # seconds until a program counts as hanging
WRITES = {1, 20}    # write(2), writev(2)
MMAP = 9


class Wrong(Exception):
    """A program did what it must not do."""


class Fault:
    """A call that fails: its kind, its error, its number."""

    def __init__(self, kind, error, number):
        self.kind, self.error, self.number = kind, error, number

    def __str__(self):
        return f"-c {self.kind} -e {self.error} -n {self.number}"


NONE = Fault("malloc", "ENOMEM", 0)


class Report:
    """What failat reports."""

    def __init__(self, path):
        self.path = path
        self.started = 0
        self.struck = None      # (program, number of the call, argument)
        self.crashed = []
        self.counts = {}
        self.read()

    def read(self):
        self.crashed = []
        try:
            lines = self.path.read_text().split("\n")
        except OSError:
            return
        for words in map(str.split, lines):
            if words[:1] == ["started"]:
                self.started = int(words[1])
            elif words[:1] == ["struck"] and len(words) == 5:
                self.struck = (words[1], int(words[3]), int(words[4]))
            elif words[:1] == ["crashed"]:
                self.crashed.append(" ".join(words[1:]))
            elif words[:1] == ["calls"] and len(words) == 3:
                self.counts[words[1]] = int(words[2])

    def may_be_silent(self):
        """
        Whether what failed was a line on stderr; or memory, without which
        arc4random(3) of libbsd ends a program and says nothing.
        """
        if self.struck is None:
            return False
        _, call, argument = self.struck
        return call == MMAP or call in WRITES and argument == 2


class Failat:
    """How to run a program under failat."""

    def __init__(self, build, program, folder):
        self.build, self.program = build, program
        self.tool = build / "tests/inject/failat"
        self.allocator = build / "tests/inject/libfailmalloc.so"
        self.report = folder / "report"

    def command(self, fault, arguments):
        self.report.unlink(missing_ok=True)
        return [str(self.tool), "-p", self.program, "-c", fault.kind, "-e",
                fault.error, "-r", str(self.report), "-n",
                # An allocation is told of once, when it fails.
                str(min(fault.number, 1) if fault.kind == "malloc"
                    else fault.number)] + [str(a) for a in arguments]

    def environment(self, fault, preload=()):
        found = dict(os.environ)
        # Every process counts, if nothing is to fail.
        wanted = {"FAILMALLOC_PROGRAM": self.program, "FAILMALLOC_N":
                  str(fault.number) if fault.number else "all"}
        if fault.kind == "malloc":
            found |= wanted
            preload = [self.allocator, *preload]
        if preload:
            found["LD_PRELOAD"] = ":".join(map(str, preload))
        return found

    def run(self, fault, arguments, preload=(), more=None,
            stdin=os.devnull):
        """A program to its end: (status, stdout, stderr, report)."""
        try:
            with open(stdin, "rb") as file:
                done = subprocess.run(
                    self.command(fault, arguments), check=False,
                    capture_output=True, timeout=LIMIT, text=True,
                    errors="replace", stdin=file,
                    env=self.environment(fault, preload) | (more or {}))
        except subprocess.TimeoutExpired as error:
            raise Wrong("hangs") from error
        report = self.read_report()
        if done.returncode >= 128:
            raise Wrong(f"ended by signal {done.returncode - 128}")
        return done.returncode, done.stdout, done.stderr, report

    def read_report(self):
        report = Report(self.report)
        if report.crashed:
            raise Wrong("crashed: " + "; ".join(report.crashed))
        return report


def check_end(status, stderr, report, wanted=(1,)):
    """A program succeeds, or fails as documented, with a message."""
    if status == 0:
        return "succeeded"
    if status not in wanted:
        raise Wrong(f"exit status {status}: {stderr.strip()}")
    if not stderr.strip() and not report.may_be_silent():
        raise Wrong(f"exit status {status} without a message")
    return "failed with a message"

