#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""instructions.py PROGRAM BUDGET: instructions a message, within a budget.

Counts the instructions in our own code, by valgrind, that each message of
PROGRAM takes: those of eleven less those of one, by ten.  Other libraries do
not count, so their updates change nothing.  The file BUDGET has a line for
each Debian release and message: compilers differ.  More than 5 % above it is
an error; a commit that raises the budget says why.
"""

import collections
import os
import re
import subprocess
import sys
import tempfile

TOLERANCE = 0.05
MESSAGES = ("small", "html", "header")
NO_BUDGET = 77      # the exit code by which a test is skipped


def own_instructions(program, *arguments):
    """What a run of the program itself takes, libraries left out."""
    with tempfile.NamedTemporaryFile(prefix="countersign-cg.") as out:
        subprocess.run(["valgrind", "--tool=callgrind",
                        f"--callgrind-out-file={out.name}", program,
                        *arguments], check=True, capture_output=True)
        with open(out.name, encoding="utf-8") as file:
            lines = file.read().splitlines()
    objects, counts = {}, collections.Counter()
    current, is_call = None, False
    for line in lines:
        name = re.match(r"(c?)ob=\((\d+)\)(?: (.*))?$", line)
        if name:
            if name[3]:
                objects[name[2]] = name[3]
            if not name[1]:
                current = objects[name[2]]
        elif line.startswith("calls="):
            is_call = True
        elif re.match(r"[0-9+*-]", line):
            # After calls=, the cost is that of what was called.
            if not is_call:
                counts[current] += int(line.split()[1])
            is_call = False
    return counts[os.path.realpath(program)]


def release():
    """This system, as the budget names it: debian-12."""
    with open("/etc/os-release", encoding="utf-8") as file:
        values = dict(line.strip().split("=", 1) for line in file
                      if "=" in line)
    return "-".join(values.get(key, "").strip('"')
                    for key in ("ID", "VERSION_ID"))


def read_budget(path, system):
    with open(path, encoding="ascii") as file:
        rows = [line.split() for line in file if not line.startswith("#")]
    return {row[1]: int(row[2]) for row in rows if row and row[0] == system}


def main():
    program, budget_file = sys.argv[1:]
    system = release()
    budget = read_budget(budget_file, system)
    is_over = False
    print(f"{'message':8} {'instructions':>12} {'budget':>12} {'ratio':>6}")
    for message in MESSAGES:
        count = (own_instructions(program, message, "11")
                 - own_instructions(program, message, "1")) // 10
        if message not in budget:
            print(f"{message:8} {count:12} {'none':>12} {'-':>6}")
            continue
        ratio = count / budget[message]
        print(f"{message:8} {count:12} {budget[message]:12} {ratio:6.3f}")
        if ratio > 1 + TOLERANCE:
            is_over = True
            print(f"{budget_file}: {system} {message}: more than "
                  f"{TOLERANCE:.0%} over the budget", file=sys.stderr)
    if not budget:
        print(f"{budget_file}: no budget for {system}")
        sys.exit(NO_BUDGET)
    sys.exit(is_over)


if __name__ == "__main__":
    main()
