#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Many domains lack a key in reserve at once.

usage: many-keys.py COUNTERSIGN_KEY KILLAT KEYPOOL

One run generates ROTATE_NEW_KEYS keys that can wait, and one more for
ROTATE_NEW_KEY_PART domains; the next one goes on where it ended.  A domain
whose key signs for less than a week does not wait, whatever the run has
generated.  The server counts that no second has more updates than may be.
Prints results in the Test Anything Protocol.
"""

import os
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "bench"))
from rotation_day import BEGAN, DAY, HOUR, MAX_RATE, PARENT, Day  # noqa: E402

NEW_KEYS, PART = 500, 6     # of keys/rotate/all.h
DOMAINS = 640
URGENT = 20                 # of them, whose keys end soon
LIMIT = NEW_KEYS + DOMAINS // PART
PARALLEL = 16               # domains of a run, whose updates may be late


class Domains(Day):
    def make_store(self):
        """As on that day, without the keys in reserve."""
        super().make_store()
        for number, folder in enumerate(
                sorted(self.keydir.glob(f"d*.{PARENT}"))):
            state = folder / "state"
            lines = state.read_text().splitlines(keepends=True)[:2]
            if number < URGENT:
                lines[1] = lines[1].replace(
                    " public=", " retire_at=2026-12-08T00:00:00Z public=")
            state.write_text("".join(lines))
            (folder / "two.pem").unlink()
            del self.server.zone[f"two._domainkey.{folder.name}"]

    def rotate(self, now):
        """How many domains get a key in a run, and how many must wait."""
        output = self.run(now, "rotate", "--no-progress").stdout
        return (output.count("  generated: "),
                output.count("this run has generated many keys"))

    def without_reserve(self):
        """The domains that have one key; the first are the urgent ones."""
        return [number for number, folder in
                enumerate(sorted(self.keydir.glob(f"d*.{PARENT}")))
                if len(list(folder.glob("*.pem"))) == 1]


def main():
    program, killat, keypool = sys.argv[1:4]
    if not os.path.exists(killat):
        print("1..0 # SKIP sanitizers are on")
        return
    print("1..5")
    with tempfile.TemporaryDirectory() as folder:
        day = Domains(folder, program, f"{killat}:{keypool}", DOMAINS)
        before = day.without_reserve()
        first = day.rotate(BEGAN + 10 * DAY)
        rate = max(day.server.seconds.values())
        waiting = day.without_reserve()
        second = day.rotate(BEGAN + 10 * DAY + HOUR)
        last = day.without_reserve()
    print(f"# {first[0]} keys, then {second[0]}; {rate} updates in a second")
    for number, (good, name) in enumerate((
            (len(before) == DOMAINS, "no domain has a key in reserve"),
            (first == (LIMIT + URGENT, DOMAINS - LIMIT - URGENT),
             "a run generates as many keys as it may, and says so"),
            (len(waiting) == DOMAINS - LIMIT - URGENT and
             min(waiting) >= URGENT, "no domain waits whose key ends soon"),
            (second[0] >= len(waiting) and second[1] == 0 and not last,
             "the next run goes on"),
            (rate <= MAX_RATE + PARALLEL,
             "no second has more updates than may be")), 1):
        print(f"{'' if good else 'not '}ok {number} - {name}")


if __name__ == "__main__":
    main()
