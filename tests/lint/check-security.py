#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""SECURITY.md is true of the tree: usage: check-security.py TOP

Each test that it names exists: a file, and with "FILE: NAME" a case in it.  Each
constant in the table of limits has the value that the table says, and the manual
page, if one is named, has that number, or as many seconds or MiB.  Links lead to
files.
"""

import pathlib
import re
import sys

top = pathlib.Path(sys.argv[1])
text = (top / "SECURITY.md").read_text(encoding="utf-8")
bad = 0


def complain(what):
    global bad
    bad = 1
    print(f"SECURITY.md: {what}")


def check_test(file, case):
    path = top / file
    if not path.is_file():
        complain(f"{file}: no such test")
    elif case and not re.search(rf"^\s*(def )?{re.escape(case)}\(",
                                path.read_text(encoding="utf-8"), re.M):
        complain(f"{file}: no case {case}")


def constants():
    """The numbers that headers and sources of the product define."""
    found = {}
    for room in ("lib", "keys", "milter", "doctor"):
        for path in sorted((top / room).rglob("*.[ch]")):
            for name, value in re.findall(
                    r"^#define\s+([A-Z][A-Z0-9_]+)\s+(\d+)(?=\s|$)",
                    path.read_text(encoding="utf-8"), re.M):
                found.setdefault(name, int(value))
    return found


def is_said(value, name, page):
    """The page has the number, in groups of digits or not, or in a unit."""
    forms = [value]
    if name.endswith("_MS"):
        forms.append(f"{int(value) // 1000} seconds")
    if int(value) % (1 << 20) == 0:
        forms.append(f"{int(value) >> 20} MiB")
    said = (top / page).read_text(encoding="utf-8").replace(",", "")
    return any(re.search(rf"(?<!\d){form}(?!\d)", said) for form in forms)


def check_limits():
    known = constants()
    rows = re.findall(r"^\| ([^|]+) \| (\d+) \| `(\w+)` \| (.*?) ?\| (.*) \|$",
                      text, re.M)
    for what, value, name, page, test in rows:
        if known.get(name) != int(value):
            complain(f"{what}: {name} is {known.get(name)}, not {value}")
        man = re.search(r"\((man/[^)]+)\)$", page)
        if man and not is_said(value, name, man[1]):
            complain(f"{what}: {man[1]} does not say {value}")
        if not test.startswith("`tests/"):
            complain(f"{what}: no test")
    return len(rows)


tests = set(re.findall(r"`(tests/[\w./-]+\.(?:sh|py|c))(?:: (\w+))?`", text))
for named in sorted(tests):
    check_test(*named)
for link in re.findall(r"\]\(([^)#:\s]+)[^)]*\)", text):
    if not (top / link).exists():
        complain(f"{link}: link leads nowhere")
count = check_limits()
if len(tests) < 40 or count < 20:
    complain(f"{len(tests)} tests and {count} limits found: read wrongly?")
sys.exit(bad)
