#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""usage: names.py SOURCE PRINT_OPTIONS PRINT_METRICS FOLDER [make]

Names that configurations, filters of the journal, monitoring and scripts of an
earlier version use: options, MESSAGE_IDs with their words, words of troubles,
metrics, ids of findings, commands and their exit statuses.  FOLDER/names has
those of that version, and each must still exist: a MESSAGE_ID with the same
word, a metric with the same type, unit and labels.  With "make", write those of
this version instead.
"""

import os
import re
import subprocess
import sys
import tempfile

PROGRAMS = ("doctor", "fleet", "front", "key", "metrics", "milter", "signer")
# Kinds that the file of 0.1 lacks, as they were not frozen.
LATER = ("series", "finding", "status")


def read(source, path):
    with open(os.path.join(source, path), encoding="utf-8") as file:
        return file.read()


def series_of(print_metrics):
    """Each metric, with its type and unit, and the labels of its samples."""
    with tempfile.NamedTemporaryFile(mode="r", encoding="utf-8") as file:
        text = subprocess.run([print_metrics, file.name], check=True,
                              text=True, capture_output=True).stdout
        with open(file.name, encoding="utf-8") as written:
            text += written.read()
    heads = {name: [kind, "-"] for name, kind in
             re.findall(r"^# TYPE (\w+) (\w+)$", text, re.M)}
    for name, unit in re.findall(r"^# UNIT (\w+) (\w+)$", text, re.M):
        heads[name][1] = unit
    samples = set()
    for name, labels in re.findall(r"^(\w+)(?:\{(.*)\})? ", text, re.M):
        names = re.findall(r'(\w+)="(?:[^"\\]|\\.)*"', labels)
        samples.add((name, ",".join(sorted(names)) or "-"))
    for name, (kind, unit) in sorted(heads.items()):
        own = [sample for sample in sorted(samples) if sample[0] in
               (name, *(name + end for end in ("_total", "_bucket", "_sum",
                                               "_count")))]
        if not own:
            sys.exit(f"{print_metrics}: no sample of {name}")
        for sample, labels in own:
            yield f"series {sample} {kind} {unit} {labels}"


def findings_of(source):
    page = read(source, "man/countersign-doctor.8")
    section = page[page.index("\n.Ss FINDINGS") + 1:]
    for name in re.findall(r"^\.It Li (\S+)$",
                           section[:section.index("\n.Ss ")], re.M):
        yield f"finding {name}"


def statuses_of(source):
    for program in PROGRAMS:
        page = read(source, f"man/countersign-{program}.8")
        section = page[page.index("\n.Sh EXIT STATUS") + 1:]
        for number in re.findall(r"^\.It (\d+)$",
                                 section[:section.index("\n.Sh ")], re.M):
            yield f"status countersign-{program} {number}"


def names_of(source, print_options, print_metrics):
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
    yield from series_of(print_metrics)
    yield from findings_of(source)
    yield from statuses_of(source)
    for program in ("key", "doctor"):
        page = read(source, f"man/countersign-{program}.8")
        synopsis = page[:page.index(".Sh DESCRIPTION")]
        for name in sorted(set(re.findall(
                r"^\.Cm ([a-z-]+)", synopsis.replace(" | ", "\n.Cm "),
                re.M))):
            yield f"command countersign-{program} {name}"


def main():
    source, print_options, print_metrics, folder = sys.argv[1:5]
    path = os.path.join(folder, "names")
    now = list(names_of(source, print_options, print_metrics))
    if sys.argv[5:] == ["make"]:
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(name + "\n" for name in now)
        return 0
    with open(path, encoding="utf-8") as file:
        then = file.read().splitlines()
    lost = [name for name in then if name not in now]
    for name in lost:
        print(f"{path}: {name}: no longer exists; docs/formats.md says what "
              "may change")
    for kind in ("option", "message", "trouble", "metric", "command", *LATER):
        n = sum(name.startswith(kind + " ") for name in then)
        is_old = kind in LATER and os.path.basename(folder) == "0.1"
        if n < 10 and not (n == 0 and is_old):
            sys.exit(f"{path}: hardly any {kind}")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
