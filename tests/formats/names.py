#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""usage: names.py SOURCE PRINT_OPTIONS FOLDER [make]

Names that configurations, filters of the journal, monitoring and scripts of an
earlier version use: options, MESSAGE_IDs with their words, words of
troubles, metrics and commands.  FOLDER/names has those of that version, and
each must still exist, with the same ID.  With "make", write those of this
version instead.
"""

import os
import re
import subprocess
import sys


def read(source, path):
    with open(os.path.join(source, path), encoding="utf-8") as file:
        return file.read()


def names_of(source, print_options):
    options = subprocess.run([print_options], check=True, text=True,
                             capture_output=True).stdout.split()
    yield from (f"option {name}" for name in options)
    for word, number in re.findall(r'X\(M_\w+, "([a-z0-9-]+)", \\\s+"(\w+)"\)',
                                   read(source, "lib/base/message_ids.h")):
        yield f"message {word} {number}"
    for word in re.findall(r'\[TROUBLE_\w+\]\s+= \{ "([a-z-]+)"',
                           read(source, "keys/life/trouble.c")):
        yield f"trouble {word}"
    metrics = set()
    for page in ("metrics", "key"):
        for line in re.findall(r"^\.It Li (countersign_.*)$",
                               read(source, f"man/countersign-{page}.8"),
                               re.M):
            metrics.update(line.split(" , "))
    yield from (f"metric {name}" for name in sorted(metrics))
    for program in ("key", "doctor"):
        page = read(source, f"man/countersign-{program}.8")
        synopsis = page[:page.index(".Sh DESCRIPTION")]
        for name in sorted(set(re.findall(
                r"^\.Cm ([a-z-]+)", synopsis.replace(" | ", "\n.Cm "),
                re.M))):
            yield f"command countersign-{program} {name}"


def main():
    source, print_options, folder = sys.argv[1:4]
    path = os.path.join(folder, "names")
    now = list(names_of(source, print_options))
    if sys.argv[4:] == ["make"]:
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(name + "\n" for name in now)
        return 0
    with open(path, encoding="utf-8") as file:
        then = file.read().splitlines()
    lost = [name for name in then if name not in now]
    for name in lost:
        print(f"{path}: {name}: no longer exists; docs/formats.md says what "
              "may change")
    for kind in ("option", "message", "trouble", "metric", "command"):
        if sum(name.startswith(kind + " ") for name in then) < 10:
            sys.exit(f"{path}: hardly any {kind}")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
