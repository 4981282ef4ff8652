#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Each how-to page is the script of a test: see docs/dns/README.md.

usage: check-howtos.py TOP

A page in docs/dns has a test tests/e2e/howto-PAGE.sh that runs it, a link in
docs/dns/README.md, and only blocks of which the test knows what to do.  A page
without a test says so in its first paragraph, and has no block for a test.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

top = pathlib.Path(sys.argv[1])
pages = top / "docs/dns"
tests = top / "tests/e2e"
NOT_RUN = "No test runs this page"
bad = 0


def complain(text):
    global bad
    bad = 1
    print(text)


def check_test(page, test):
    if not re.search(rf"^howto_page {page.stem}$", test.read_text(), re.M):
        complain(f"{test}: does not run the page {page.stem}")
    with tempfile.TemporaryDirectory() as folder:
        result = subprocess.run(
            [sys.executable, tests / "lib/howto.py", "split", page, folder],
            capture_output=True, text=True)
    markers = {line.split()[2] for line in result.stdout.splitlines()}
    if result.returncode != 0:
        complain(result.stderr.strip())
    for marker in "run", "shows", "fault":
        if marker not in markers:
            complain(f"{page}: no block with the marker {marker}")


def check_page(page, index):
    test = tests / f"howto-{page.stem}.sh"
    if f"({page.name})" not in index:
        complain(f"{page}: no link in {pages}/README.md")
    if test.exists():
        check_test(page, test)
    elif NOT_RUN not in page.read_text().split("\n\n")[1]:
        complain(f"{page}: no test, and its first paragraph does not say "
                 f'"{NOT_RUN}"')
    elif re.search(r"^```\S* \S", page.read_text(), re.M):
        complain(f"{page}: has blocks for a test, but no test")


names = sorted(pages.glob("*.md"))
for name in names:
    if name.name != "README.md":
        check_page(name, (pages / "README.md").read_text())
for name in tests.glob("howto-*.sh"):
    if not (pages / f"{name.stem.removeprefix('howto-')}.md").exists():
        complain(f"{name}: no page")
if len(names) < 2:
    complain(f"{pages}: no pages")
sys.exit(bad)
