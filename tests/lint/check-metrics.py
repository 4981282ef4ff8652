#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""usage: check-metrics.py SOURCE_ROOT

The metrics that countersign-metrics shows are those in its page, those in the
file that countersign-key writes are in its page, and the reasons in
lib/base/meters.h are the causes that countersign-milter(8) lists for the log.
Names are as Prometheus wants them: of counters with _total, of times in
seconds.
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


def written():
    """Names in the file of countersign-key."""
    text = re.sub(r'"\s*\n?\s*"', "", read("keys/rotate/metrics_file.c"))
    constants = dict(re.findall(r'static const char (\w+)\[\] = "(\w+)"', text))
    found = set()
    for prefix, name, constant in re.findall(
            r'print_(?:head|gauge|time)\(fp, (?:(RUN )?"(\w+)"|(\w+)),', text):
        if name or constant in constants:
            found.add("countersign_" + ("rotation_" if prefix else "") +
                      (name or constants[constant]))
    return found


def listed(name, end):
    """Names under Metrics, in a page."""
    page = read(name)
    page = page[page.index("\n.Ss Metrics\n"):]
    page = page[:page.index(f"\n.Sh {end}\n")]
    return [name for line in re.findall(r"(?m)^\.It Li (.*)$", page)
            for name in line.split(" , ")]


def main():
    global bad
    names = listed("man/countersign-metrics.8", "SIGNALS")
    compare("metric", shown(), names)
    ours = listed("man/countersign-key.8", "EXIT STATUS")
    compare("metric", written(), ours)
    for name in names + ours:
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
    if min(len(names), len(ours), len(reasons)) < 10:
        bad = 1
        print(f"only {len(names)} and {len(ours)} metrics and "
              f"{len(reasons)} reasons")


main()
sys.exit(bad)
