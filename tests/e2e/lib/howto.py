# SPDX-License-Identifier: ISC
"""The blocks of a how-to page, as a script: see docs/README.md.

usage: howto.py split PAGE FOLDER [LINE...]
       howto.py match BLOCK OUTPUT

split writes each fenced block to FOLDER/NUMBER and prints a line for it:
number, line of the page, what is done with it, and with what.  A block that
no test can run is preceded by a line <!-- not run: REASON -->; its line says
"not-run".  LINEs go into the section rotation of countersign.conf, and zones
get TTLs of a second.
match says whether the block is in
the output, any numbers and any blanks being alike, and "..." standing for
anything.
"""

import pathlib
import re
import sys

# What is done with a block, and whether a word must follow "=".
MARKERS = {"file": True, "append": True, "do": True, "fault": True,
           "log": True,
           "run": False, "wait": False, "shows": False}
NOT_RUN = re.compile(r"<!-- not run: (\S.*) -->")


def marker(info, where):
    words = [word.partition("=") for word in info.split()[1:]]
    if len(words) != 1:
        sys.exit(f"{where}: a block needs a language and one marker")
    name, _, value = words[0]
    if name not in MARKERS or MARKERS[name] != bool(value):
        sys.exit(f"{where}: {info}: not a marker")
    return name, value


def blocks(page):
    """Yield line, marker, its value and the lines of each fenced block."""
    info, before = None, ""
    for number, line in enumerate(page.read_text().splitlines(), 1):
        if not line.startswith("```"):
            if info is not None:
                body.append(line)
            elif re.match(r" +```|    \S", "" if before else line):
                sys.exit(f"{page}:{number}: an indented block")
        elif info is None:
            info, start, body = line[3:], number, []
            excuse = NOT_RUN.fullmatch(before)
        else:
            if excuse is None:
                yield start, *marker(info, f"{page}:{start}"), body
            elif len(info.split()) > 1:
                sys.exit(f"{page}:{start}: is it run, or not?")
            else:
                yield start, "not-run", excuse[1], body
            info = None
        before = line
    if info is not None:
        sys.exit(f"{page}:{start}: the block does not end")


def shorten(body, extra):
    """Make times short, so that caches are no matter of hours."""
    if "rotation {" in body:
        at = body.index("rotation {") + 1
        body[at:at] = ["    " + text for text in extra]
    body[:] = [re.sub(r"^(\$TTL )1h$|(\bSOA\b.* )5m\b", r"\g<1>\g<2>1", text)
               for text in body]


def split(page, folder, *extra):
    for number, (line, name, value, body) in enumerate(blocks(page)):
        shorten(body, extra)
        (folder / str(number)).write_text("".join(f"{text}\n"
                                                  for text in body))
        print(number, line, name, value or "-")


def pattern(block):
    text = r"\s+".join(map(re.escape, block.split()))
    return re.sub(r"\d+", r"\\d+", text.replace(r"\.\.\.", r"[\s\S]*?"))


def match(block, output):
    if not re.search(pattern(block.read_text()), output.read_text()):
        print(f"-- wanted\n{block.read_text()}-- is\n{output.read_text()}")
        sys.exit(1)


if sys.argv[1] == "split":
    split(pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]), *sys.argv[4:])
else:
    match(pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]))
