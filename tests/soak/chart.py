#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""chart.py DOCS [--record JSON | --check]: show what ./run soak found.

--record takes the longest good run from JSON, and the sum of all good runs, into
DOCS/soak.json.  Then DOCS/soak.svg is drawn from that, and the part of
DOCS/performance.md between the comments "soak: begin" and "soak: end" written.
With --check nothing is written, and it fails if a file is not as it would be.
"""

import argparse
import json
import os
import re
import sys

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path.insert(0, os.path.join(TESTS, "bench", "compare"))
sys.path.insert(0, os.path.join(TESTS, "common"))
# pylint: disable=wrong-import-position
from chart import element
from docfiles import read, settle

CLASSES = {"front": "front", "signer 0": "signer", "signer 1": "other",
           "master": "master"}      # of STYLE
STYLE = """<style>
text { fill: #1f2328 }
line { stroke: #e3e6ea }
polyline { fill: none; stroke: #57606a; stroke-width: 1.5 }
.paper { fill: #ffffff }
.note { fill: #57606a }
.front { stroke: #1b6e4b }
.signer { stroke: #7d8894 }
.other { stroke: #a9b2bb }
.master { stroke: #c3c9d0 }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc }
line { stroke: #2d333b }
.paper { fill: #0d1117 }
.note { fill: #9198a1 }
.front { stroke: #2fa26e }
.other { stroke: #57606a }
.master { stroke: #4d555e }
}
</style>"""
WIDTH, HEIGHT = 720, 260            # pixels
LEFT, RIGHT, TOP, BOTTOM = 56, 90, 44, 44


def record(path):
    """What docs/ has of the file of all runs."""
    found = json.loads(read(path) or '{"runs": []}')
    good = [run for run in found["runs"] if not run["faults"]]
    if not good:
        sys.exit(f"{path}: no good run: run ./run soak")
    longest = max(good, key=lambda run: run["messages"])
    return {"messages": sum(run["messages"] for run in good),
            "runs": len(good), "longest": longest}


def curve(name, samples, x_of, y_of):
    points = " ".join(f"{x_of(sample[0]):.1f},{y_of(sample[2][name][0]):.1f}"
                      for sample in samples)
    yield element("polyline", points=points, class_=CLASSES.get(name, "rest"))
    yield element("text", name, x=WIDTH - RIGHT + 6,
                  y=round(y_of(samples[-1][2][name][0]) + 4, 1))


def chart(found):
    run = found["longest"]
    samples, messages = run["samples"], run["messages"]
    most = 1.15 * max(values[0] for sample in samples
                      for values in sample[2].values())
    step = 2048         # KiB

    def x_of(number):
        return LEFT + number / messages * (WIDTH - LEFT - RIGHT)

    def y_of(kib):
        return HEIGHT - BOTTOM - kib / most * (HEIGHT - TOP - BOTTOM)

    lines = []
    for kib in range(0, int(most) + 1, step):
        y = round(y_of(kib), 1)
        lines += [element("line", x1=LEFT, x2=WIDTH - RIGHT, y1=y, y2=y),
                  element("text", f"{kib // 1024} MiB", x=LEFT - 6, y=y + 4,
                          text_anchor="end", font_size=11)]
    for tenth in range(0, 11, 2):
        lines.append(element("text", f"{messages * tenth // 10:,}",
                             x=round(x_of(messages * tenth / 10), 1),
                             y=HEIGHT - BOTTOM + 18, text_anchor="middle",
                             font_size=11))
    names = list(samples[0][2])
    # Signers are alike: one name is enough where their curves meet.
    for name in [n for n in names if n != "signer 1"]:
        lines += curve(name, samples, x_of, y_of)
    title = "Resident memory of each process, by messages"
    return "\n".join((
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" '
        f'height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="13">',
        element("title", title),
        STYLE,
        element("rect", width=WIDTH, height=HEIGHT, class_="paper"),
        element("text", title, x=16, y=26, font_size=16, font_weight="bold"),
        *lines,
        element("text", f"{run['machine']}; ./run soak {messages}", x=16,
                y=HEIGHT - 8, font_size=11, class_="note"),
        "</svg>", ""))


def part(found):
    """The generated part of the page."""
    run = found["longest"]
    signatures = run["counts"]["signatures"][0]
    lines = ["![Resident memory of each process, by messages](soak.svg)", "",
             f"The longest run had {run['messages']:,} messages in "
             f"{run['seconds'] / 60:.0f} minutes, {run['key_changes']} "
             f"changes of keys and {run['reloads']} reloads;",
             f"all runs had {found['messages']:,}. The client, the front's "
             "counters, its log and the signers' logs agree on",
             f"{signatures:,} signatures.", "",
             "| process | RSS, second tenth, KiB | last tenth | PSS | "
             "descriptors | last tenth | threads |",
             "| --- | --: | --: | --: | --: | --: | --: |"]
    for name, row in run["memory"].items():
        lines.append(f"| {name} | {row['rss'][0]:,.0f} | {row['rss'][1]:,.0f}"
                     f" | {row['pss']:,.0f} | {row['fds'][0]:.0f} | "
                     f"{row['fds'][1]:.0f} | {row['threads']:.0f} |")
    return "\n".join(lines)


def filled(page, found):
    text, n = re.subn(r"(<!-- soak: begin -->\n).*?(<!-- soak: end -->)",
                      lambda match: match[1] + part(found) + "\n" + match[2],
                      page, flags=re.S)
    if n != 1:
        sys.exit("performance.md: no place for the soak")
    return text


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("docs")
    parser.add_argument("--record", metavar="JSON")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    figures = os.path.join(options.docs, "soak.json")
    svg = os.path.join(options.docs, "soak.svg")
    page = os.path.join(options.docs, "performance.md")
    if options.record:
        found = record(options.record)
    elif os.path.exists(figures):
        found = json.loads(read(figures))
    else:
        sys.exit(f"{figures} is missing: run ./run soak record")
    wanted = {figures: json.dumps(found) + "\n", svg: chart(found),
              page: filled(read(page), found)}
    return settle(wanted, options.check,
                  "not what soak.json says: run ./run soak chart")


if __name__ == "__main__":
    sys.exit(main())
