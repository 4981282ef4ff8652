#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""The names that ./run test takes: rooms and end-to-end tests.

usage: check-suites.py SOURCE BUILD

No name has two meanings, each room has tests, and the unit tests of a room are
in a folder with its name.
"""

import glob
import json
import os
import subprocess
import sys

# Other words that ./run test knows, and folders of tests.
RESERVED = {"bare", "e2e", "slow", "tests"}


def main(source, build):
    rooms = {os.path.basename(os.path.dirname(path))
             for root in ("lib/*", "milter/*", "keys/*", "doctor", "doctor/*")
             for path in glob.glob(os.path.join(source, root, "*.h"))}
    ends = {os.path.basename(path)[:-3]
            for path in glob.glob(os.path.join(source, "tests/e2e/*.sh"))}
    assert len(rooms) > 15 and len(ends) > 15
    faults = [f"{name}: a room, and another thing"
              for name in rooms & (ends | RESERVED)]
    faults += [f"{name}: an end-to-end test, and another thing"
               for name in ends & RESERVED]
    tests = json.loads(subprocess.run(
        ["meson", "introspect", "--tests", build], check=True, text=True,
        capture_output=True).stdout)
    suites = {suite.split(":")[-1] for test in tests
              for suite in test["suite"]}
    faults += [f"{room}: no test has it as its suite"
               for room in rooms - suites]
    for folder in glob.glob(os.path.join(source, "tests/unit/*/")):
        room = os.path.basename(os.path.dirname(folder))
        if room not in rooms:
            faults.append(f"tests/unit/{room}: not a room")
    print("\n".join(faults))
    return not faults


if __name__ == "__main__":
    sys.exit(0 if main(sys.argv[1], sys.argv[2]) else 1)
