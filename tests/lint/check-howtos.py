#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Commands of the documentation are run by a test: see docs/README.md.

usage: check-howtos.py TOP VERSION

Each page in docs, at any depth, is run by a test of tests/e2e, or of the
packages in dist/debian/tests or tests/packages, with the line "howto_page
PAGE", unless all its blocks say why they cannot be run.  It is linked in the README.md of its folder,
or in the page FOLDER.md beside it.  README.md files in docs have no commands.
The blocks of docs/install.md are run by tests/bare/install.sh, which names them
by heading, language and number, or say why not, as those of the main README.md
do.  Links between pages lead somewhere.

The last line of each page says when it was tried, with which VERSION, and what
of it was not: "Tried DATE with VERSION: ..."; or "Read DATE with VERSION: ..."
if nothing on it is run.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

top = pathlib.Path(sys.argv[1])
version = sys.argv[2]
docs = top / "docs"
INSTALL = docs / "install.md"
tests = top / "tests/e2e"
HOWTO = tests / "lib/howto.py"
TRIED = re.compile(r"(Tried|Read) 20\d\d-[01]\d-[0-3]\d with ([\d.]+): .*\.")
LINK = re.compile(r"\]\(([^)#:\s]*)(?:#([^)\s]*))?\)")
bad = 0


def complain(text):
    global bad
    bad = 1
    print(text)


def split(page):
    """What is done with each block of a page; None if that is not clear."""
    with tempfile.TemporaryDirectory() as folder:
        result = subprocess.run(
            [sys.executable, HOWTO, "split", page, folder],
            capture_output=True, text=True)
    if result.returncode != 0:
        complain(result.stderr.strip())
        return None
    return [line.split()[2] for line in result.stdout.splitlines()]


def runs():
    """The pages that tests run, and the tests."""
    found = {}
    for test in [*sorted(tests.glob("*.sh")),
                 *sorted((top / "tests/packages").glob("*.sh")),
                 *sorted((top / "dist/debian/tests").iterdir())]:
        for name in re.findall(r"^\s*howto_page (\S+)$", test.read_text(),
                               re.M):
            found.setdefault(name, []).append(test.name)
    return found


def contents_of(folder):
    """The page that leads to the pages of a folder."""
    beside = folder.with_suffix(".md")
    return beside if beside.exists() else folder / "README.md"


def check_page(page, tested):
    name = str(page.relative_to(docs).with_suffix(""))
    contents = contents_of(page.parent)
    if f"({page.relative_to(contents.parent)})" not in contents.read_text():
        complain(f"{page}: no link in {contents}")
    if page == INSTALL:
        check_bare(page, top / "tests/bare/install.sh")
        check_tried(page, ["run", "not-run"])
        return
    done = split(page)
    if done is None:
        return
    wanted = {"run"} if set(done) - {"not-run"} else set()
    if name.startswith("dns/") and wanted:
        wanted |= {"shows", "fault"}
    check_tried(page, done)
    for marker in sorted(wanted - set(done)):
        complain(f"{page}: no block with the marker {marker}")
    if wanted and name not in tested:
        complain(f"{page}: no test has the line howto_page {name}")


def check_tried(page, done):
    """The last paragraph says when and how its blocks were tried."""
    text = page.read_text().rstrip("\n").rsplit("\n\n", 1)[1]
    line = text.replace("\n", " ")
    match = TRIED.fullmatch(line)
    if not match:
        complain(f'{page}: does not end with "Tried DATE with VERSION: ..."')
        return
    if version_number(match[2]) > version_number(version):
        complain(f"{page}: {match[2]} is later than {version}")
    if (match[1] == "Tried") != bool(set(done) - {"not-run"}):
        complain(f"{page}: must begin its last line with "
                 f"{'Read' if match[1] == 'Tried' else 'Tried'}")
    if "not-run" in done and "ot tried" not in line and "./run" not in line \
            and "another test" not in line:
        complain(f"{page}: must say what of it was not tried, or how")


def version_number(text):
    return [int(part) for part in text.split(".")]


def check_contents(page):
    """A README.md in docs is a table of contents."""
    done = split(page) or []
    if set(done) - {"not-run"}:
        complain(f"{page}: has a block for a test, but none runs it")
    check_tried(page, done)


def check_bare(page, test=None):
    """Each block of the page is named in its test, or excused."""
    text = test.read_text() if test else ""
    heading, before, info, count = "", "", None, {}
    for number, line in enumerate(page.read_text().splitlines(), 1):
        if info is not None:
            info = None if line.startswith("```") else info
        elif line.startswith("#"):
            heading, count = line.lstrip("# "), {}
        elif re.match(r"    \S", "" if before else line):
            complain(f"{page}:{number}: an indented block")
        elif line.startswith("```"):
            info = line[3:]
            count[info] = count.get(info, 0) + 1
            if not re.match("<!-- not run: .", before) and \
                    not is_named(text, heading, info, count[info]):
                complain(f'{page}:{number}: no test runs block {count[info]}'
                         f' below "{heading}"')
        before = line


def is_named(text, heading, info, number):
    for call, pattern, rest in re.findall(
            r'\b(obey|block) "([^"]*)" ("" \d+|\w+ \d+|\d+)', text):
        wanted = f"sh {number}" if call == "obey" else \
            f'{info or chr(34) * 2} {number}'
        found = f"sh {rest}" if call == "obey" else rest
        if found == wanted and re.fullmatch(pattern, heading) and \
                (call == "block" or info == "sh"):
            return True
    return False


def anchors(page):
    """What a heading is called in a link."""
    for heading in re.findall(r"^#+ (.*)$", page.read_text(), re.M):
        yield re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def check_links(page):
    for name, anchor in LINK.findall(page.read_text()):
        target = page.parent / name if name else page
        if not target.exists():
            complain(f"{page}: link to {name}: no such file")
        elif anchor and target.suffix == ".md" and \
                anchor not in anchors(target):
            complain(f"{page}: link to {name}#{anchor}: no such heading")


tested = runs()
pages = sorted(docs.rglob("*.md"))
for path in pages:
    if path.name == "README.md":
        check_contents(path)
    else:
        check_page(path, tested)
for path in [*top.glob("*.md"), *pages]:
    check_links(path)
check_bare(top / "README.md")
for name in tested:
    if not (docs / f"{name}.md").exists():
        complain(f"{', '.join(tested[name])}: no page docs/{name}.md")
for folder in {path.parent for path in pages} - {docs}:
    link = f"({contents_of(folder).relative_to(docs)})"
    if link not in (docs / "README.md").read_text():
        complain(f"docs/README.md: no link {link}")
if len(pages) < 2:
    complain(f"{docs}: no pages")
sys.exit(bad)
