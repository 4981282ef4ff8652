#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""chart.py DOCS [--check]: show the figures of DOCS/bench.json.

Draws DOCS/bench.svg, and writes the tables of DOCS/performance.md, each between
two comments, "bench: NAME" and "bench: end".  With --check it writes nothing,
and fails if a file is not as it would write it.
"""

import argparse
import json
import os
import re
import sys
from html import escape

import report

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "..", "common"))
# pylint: disable=wrong-import-position
from docfiles import read, settle  # noqa: E402

# A panel: its title, and where its bars are from.
PANELS = (
    ("2 KiB, RSA-2048, 8 connections", "2 KiB, 8 connections"),
    ("2 KiB, Ed25519, 8 connections", "2 KiB, Ed25519, 8 connections"),
    ("50 KiB, RSA-2048, 8 connections", "50 KiB, 8 connections"),
    ("10 MiB, RSA-2048, 4 connections", "10 MiB, 4 connections"),
    ("2 KiB accepted and delivered by Postfix", None),
)
SHOWN = {"countersign": "ours", "rspamd": "other", "OpenDKIM": "other",
         "dkimpy-milter": "other", "nullmilter+rsa": "limit",
         "no milter": "limit"}      # classes of STYLE
STYLE = """<style>
text { fill: #1f2328 }
.paper { fill: #ffffff }
.note { fill: #57606a }
.ours { fill: #1b6e4b }
.other { fill: #7d8894 }
.limit { fill: #c3c9d0 }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc }
.paper { fill: #0d1117 }
.note { fill: #9198a1 }
.ours { fill: #2fa26e }
.other { fill: #7d8894 }
.limit { fill: #4d555e }
}
</style>"""
WIDTH, LEFT, RIGHT = 720, 150, 90           # pixels
BAR, TITLE, GAP, TOP = 20, 26, 14, 40


def bars(found, workload):
    """Names and messages/s, the fastest first."""
    if workload is None:
        results = found.get("postfix", {}).get("results", {})
    else:
        results = {work["name"]: work["results"]
                   for work in found["workloads"]}.get(workload, {})
    return sorted(((name, result["rate"]) for name, result in results.items()
                   if name in SHOWN), key=lambda bar: -bar[1])


def element(name, text=None, **attributes):
    inside = "".join(f' {key.strip("_").replace("_", "-")}'
                     f'="{escape(str(value))}"'
                     for key, value in attributes.items())
    if text is None:
        return f"<{name}{inside}/>"
    return f"<{name}{inside}>{escape(text)}</{name}>"


def panel(title, each, top):
    """The lines of a panel, and where it ends."""
    yield element("text", title, x=16, y=top + 16, font_weight="bold")
    top += TITLE
    most = each[0][1]
    for name, rate in each:
        width = round(rate / most * (WIDTH - LEFT - RIGHT), 1)
        weight = "bold" if name == report.OURS else "normal"
        yield element("text", name, x=LEFT - 8, y=top + 14,
                      text_anchor="end", font_weight=weight)
        yield element("rect", x=LEFT, y=top + 2, width=width,
                      height=BAR - 4, class_=SHOWN[name])
        yield element("text", f"{rate:,.0f}", x=LEFT + width + 6,
                      y=top + 14, font_weight=weight)
        top += BAR


def chart(found):
    lines, top = [], TOP
    for title, workload in PANELS:
        each = bars(found, workload)
        if each:
            lines += panel(title, each, top)
            top += TITLE + BAR * len(each) + GAP
    machine = found["machine"]
    note = (f"{machine['cpus']} CPUs, {machine['cpu']}, client and milter "
            "on the same; ./run bench")
    return "\n".join((
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" '
        f'height="{top + 22}" viewBox="0 0 {WIDTH} {top + 22}" '
        'font-family="sans-serif" font-size="13">',
        element("title", "Signed messages a second"), STYLE,
        element("rect", width=WIDTH, height=top + 22, class_="paper"),
        element("text", "Signed messages a second", x=16, y=26,
                font_size=16, font_weight="bold"),
        *lines,
        element("text", note, x=16, y=top + 10, font_size=11,
                class_="note"),
        "</svg>", ""))


def filled(page, found):
    """The page with its tables from these figures."""
    parts = {name: "\n".join(report.table_as_markdown(table))
             for name, table in report.tables(found)}
    parts["machine"] = report.heading(found) + "."

    def part(match):
        name = match[1]
        if name not in parts:
            sys.exit(f"bench: {name}: bench.json has no such table")
        return (f"<!-- bench: {name} -->\n{parts[name]}\n"
                "<!-- bench: end -->")

    return re.sub(r"<!-- bench: (\w+) -->\n(?:.*?\n)??<!-- bench: end -->",
                  part, page, flags=re.S)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("docs")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    found = json.loads(read(os.path.join(options.docs, "bench.json")))
    svg = os.path.join(options.docs, "bench.svg")
    page = os.path.join(options.docs, "performance.md")
    wanted = {svg: chart(found), page: filled(read(page), found)}
    return settle(wanted, options.check,
                  "not what bench.json says: run ./run chart")


if __name__ == "__main__":
    sys.exit(main())
