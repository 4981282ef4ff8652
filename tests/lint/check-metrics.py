#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""usage: check-metrics.py SOURCE_ROOT

The metrics that countersign-metrics shows are those in its page, and the
reasons there, in lib/base/meters.h, are the causes that countersign-milter(8)
lists for the log.  Names are as Prometheus wants them: of counters with _total,
of times in seconds.
"""

import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
bad = 0


def read(name):
    return (root / name).read_text(encoding="utf-8")


def compare(what, ours, theirs):
    global bad
    for name in sorted(set(ours) ^ set(theirs)):
        bad = 1
        print(f"{name}: only {'the program' if name in ours else 'the page'} "
              f"has this {what}")


def shown():
    """Names of samples, from the calls in the program."""
    text = re.sub(r'"\s*\n?\s*"', "", read("milter/metrics/exposition.c"))
    found = set()
    for call in re.findall(r'put_head\(w, "(\w+)", "(\w+)"', text):
        found.add(call[0] + ("_total" if call[1] == "counter" else ""))
    for name in re.findall(r'put_(?:gauge|times)\(w, \w+,\s*"(\w+)"', text):
        found.add(name)
    for name in re.findall(r'put_ceiling\(w, "(\w+)"', text):
        found.add(name)
    return found


def main():
    global bad
    page = read("man/countersign-metrics.8")
    page = page[page.index("\n.Ss Metrics\n"):page.index("\n.Sh SIGNALS\n")]
    names = [name for line in re.findall(r"(?m)^\.It Li (.*)$", page)
             for name in line.split(" , ")]
    compare("metric", shown(), names)
    for name in names:
        if not re.fullmatch(r"countersign_[a-z_]+", name) or \
                ("duration" in name and not name.endswith("_seconds")):
            bad = 1
            print(f"{name}: not a name of our metrics")
    reasons = re.findall(r'X\(METERS_\w+, "([a-z-]+)"\)',
                         read("lib/base/meters.h"))
    causes = read("man/countersign-milter.8")
    causes = causes[causes.index("\n.It Cm cause\n") + 1:]
    causes = causes[causes.index("\n"):causes.index("\n.It ")]
    compare("cause", set(reasons) - {"none"},
            re.findall(r"(?m)^\.Cm ([a-z-]+)", causes))
    if len(names) < 10 or len(reasons) < 10:
        bad = 1
        print(f"only {len(names)} metrics and {len(reasons)} reasons")


main()
sys.exit(bad)
