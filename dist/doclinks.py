#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Links and paths of the installed documentation.

usage: MESON_INSTALL_DESTDIR_PREFIX=ROOT doclinks.py FOLDER DATADIR
       doclinks.py --check FOLDER

README.md and docs are installed as they are in the source, where they link to
manual pages and to files that are not installed.  Those links become text: the
name of the manual page, or what the link said.  Commands with files below
/usr/local/share get the folder that the files are in.  meson calls this when it
has installed all; FOLDER is below ROOT.

With --check nothing is changed: prints links that lead nowhere, and fails if
there are any, or no links at all.
"""

import os
import pathlib
import re
import sys

LINK = re.compile(r"(?<!!)\[([^\[\]]*)\]\(([^)#:\s]+)(#[^)\s]*)?\)")
IMAGE = re.compile(r"!\[[^\[\]]*\]\(([^)#:\s]+)\)")
PAGE = re.compile(r"(?:\.\./)*man/([\w.-]+)\.(\d)")
# Packages install it elsewhere, each in its own place.
ELSEWHERE = {"LICENSE"}


def leads_somewhere(page, target):
    return pathlib.Path(target).name not in ELSEWHERE and \
        (page.parent / target).exists()


def as_text(match, page):
    text, target = match[1], match[2]
    if leads_somewhere(page, target):
        return match[0]
    manual = PAGE.fullmatch(target)
    if not manual:
        return text
    name = f"{manual[1]}({manual[2]})"
    # "-key(8)" is short for this name, another text is kept beside it.
    return name if name.endswith(text) or text.startswith(name) else \
        f"{text} ({name})"


def rewrite(pages, datadir):
    for page in pages:
        old = page.read_text(encoding="utf-8")
        new = LINK.sub(lambda match, at=page: as_text(match, at), old)
        new = new.replace("/usr/local/share/", datadir + "/")
        if new != old:
            page.write_text(new, encoding="utf-8")


def check(pages):
    nlinks, bad = 0, 0
    for page in pages:
        text = page.read_text(encoding="utf-8")
        for target in [match[1] for match in LINK.findall(text)] + \
                IMAGE.findall(text):
            nlinks += 1
            if not leads_somewhere(page, target):
                bad = 1
                print(f"{page}: link to {target}: no such file")
    print(f"{nlinks} links")
    return bad or nlinks == 0


def main(words):
    if words[0] == "--check":
        sys.exit(check(sorted(pathlib.Path(words[1]).rglob("*.md"))))
    folder, datadir = words
    folder = pathlib.Path(os.environ["MESON_INSTALL_DESTDIR_PREFIX"], folder)
    rewrite(sorted(folder.rglob("*.md")), datadir)


if __name__ == "__main__":
    main(sys.argv[1:])
