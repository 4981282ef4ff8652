#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""The tests that ThreadSanitizer can say something about.

usage: threads.py BUILD OTHER SUITE...

BUILD has been built, and OTHER set up with the same tests.  Of the tests of
these suites, those count whose program, or another one that it is said to need,
can start a thread, as it imports pthread_create.  The first line of output has
the files that they need, for ninja in OTHER, and the second their names.
"""

import json
import os
import subprocess
import sys

# It links the loop over all domains, and runs it without threads.
EXCEPTED = {"decade"}


def introspect(build, what):
    return json.loads(subprocess.run(
        ["meson", "introspect", what, build], check=True, text=True,
        capture_output=True).stdout)


def starts_threads(path):
    """Whether a program can; other files never do it by themselves."""
    symbols = subprocess.run(["nm", "-D", "--undefined-only", path],
                             check=True, text=True, capture_output=True)
    return any(line.split()[-1].split("@")[0] == "pthread_create"
               for line in symbols.stdout.splitlines())


def main(build, other, suites):
    files = {target["id"]: os.path.relpath(target["filename"][0], other)
             for target in introspect(other, "--targets")}
    programs = {target["id"] for target in introspect(other, "--targets")
                if target["type"] == "executable"}
    threaded = {target for target in programs
                if starts_threads(os.path.join(build, files[target]))}
    names, needed = set(), set()
    for test in introspect(other, "--tests"):
        rooms = {suite.split(":")[-1] for suite in test["suite"]}
        if suites & rooms and threaded & set(test["depends"]) and \
                test["name"] not in EXCEPTED:
            names.add(test["name"])
            needed.update(files[target] for target in test["depends"])
    print(*sorted(needed))
    print(*sorted(names))
    return bool(names)


if __name__ == "__main__":
    sys.exit(0 if main(sys.argv[1], os.path.abspath(sys.argv[2]),
                       set(sys.argv[3:])) else 1)
