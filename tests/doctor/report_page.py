#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Read a page that 'countersign-doctor report' made, as a browser would.

    report_page.py PAGE [SOURCE MESSAGES]...

Its elements and attributes are from a list, nothing is loaded, its policy for
contents allows its own style sheet alone, and no character in it is invisible.
Then it prints the text; sources must have that many messages.
"""

import base64
import hashlib
import html.parser
import re
import sys
import unicodedata

ELEMENTS = set("""html head meta title style body header main footer p h1 h2 h3
    ul li b span div table caption thead tbody tr th td i bdi time svg rect line
    text details summary dl dt dd code strong""".split())
ATTRIBUTES = set("""lang charset http-equiv content name class role scope
    aria-label aria-labelledby aria-hidden tabindex datetime id viewbox
    preserveaspectratio width height x y x1 x2 y1 y2 text-anchor""".split())
VOID = {"meta", "rect", "line"}


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.texts, self.rows, self.policy = [], [], [], None
        self.style, self.ids = "", []

    def handle_starttag(self, tag, attrs):
        assert tag in ELEMENTS, f"element {tag} {attrs}"
        for name, value in attrs:
            assert name in ATTRIBUTES, f"attribute {name} of {tag}"
            assert name != "class" or re.fullmatch("[a-z]+", value), value
            if name == "id":
                self.ids.append(value)
        attrs = dict(attrs)
        if attrs.get("http-equiv") == "Content-Security-Policy":
            self.policy = attrs["content"]
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, f"</{tag}>"

    def handle_data(self, data):
        if self.open and self.open[-1] == "style":
            self.style += data
            return
        self.texts.append(data)
        if self.rows and {"td", "th"} & set(self.open):
            self.rows[-1][-1] += data

    def handle_comment(self, data):
        raise AssertionError(f"a comment: {data}")


def main():
    with open(sys.argv[1], encoding="utf-8", newline="") as file:
        source = file.read()
    page = Page()
    page.feed(source)
    page.close()
    assert not page.open, page.open
    assert source.startswith("<!DOCTYPE html>\n")
    digest = base64.b64encode(hashlib.sha256(page.style.encode()).digest())
    assert page.policy == (f"default-src 'none'; style-src "
                           f"'sha256-{digest.decode()}'; base-uri 'none'; "
                           "form-action 'none'"), page.policy
    assert not re.search(r"url\(|@import|expression", page.style)
    assert len(set(page.ids)) == len(page.ids)
    for char in source:
        kind = unicodedata.category(char)
        assert char in "\n" or kind not in (
            "Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp", "Mn", "Me"), \
            f"U+{ord(char):04X} is in the page"
    wanted = dict(zip(sys.argv[2::2], sys.argv[3::2]))
    for name, number in wanted.items():
        assert any(row[:2] == [name, number] for row in page.rows), \
            f"no row {name} {number}: {page.rows}"
    print("".join(page.texts))


main()
