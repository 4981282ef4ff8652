# SPDX-License-Identifier: ISC
"""Whom a message says it is from, seen from the MTA's side: forged forms of
From are refused, genuine ones are signed, and what nobody here is concerned
by passes.

Usage: test_authors.py BUILD-DIRECTORY
"""

import os
import re
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "from"))

import milterclient as mc  # noqa: E402
import shapes  # noqa: E402
from service import Service  # noqa: E402

OWN = "10.1.2.3"
OUTSIDE = "192.0.2.1"
ESP = "<bounce@esp.example>"

SOURCES = '''
source "platform" {
    login = relay
    domains = example.com
}
source "wide" {
    login = wide
    domains = { wide.example, "*.wide.example" }
    on_mismatch = quarantine
}
source "own" {
    networks = 10.0.0.0/8
    trust_network = yes
    domains = { example.com, own.example }
}
source "watched" {
    mode = observe
    login = watcher
    domains = watched.example
}
'''

# Each is example.com for some receiver.
FORGED = [
    b" ceo@example.com",
    b" CEO <ceo@example.com>",
    b" ceo@example.com <ceo@example.com>",
    b" CEO [Example] <ceo@example.com>",
    b" =?utf-8?q?ceo?=@example.com",
    b" =?utf-8?q?CEO?= <ceo@example.com>",
    b" CEO <<ceo@example.com>>",
    b" CEO <ceo@example.com>>",
    b" CEO <ceo@example.com",
    b" <ceo@example.com> CEO",
    b" CEO <ceo@example.com> .",
    b" Team: ceo@example.com;",
    b" Team: ceo@example.com, x@evil.example;",
    b" CEO; <ceo@example.com>",
    b" CEO: <ceo@example.com>",
    b" ceo@example.com, x@evil.example",
    b" x@evil.example, ceo@example.com",
    b" <ceo@example.com>, x@evil.example",
    b" x@evil.example <ceo@example.com>",
    b" <mailto:ceo@example.com>",
    b" CEO <ceo.@example.com>",
    b" CEO <.ceo@example.com>",
    b" CEO <ce..o@example.com>",
    b" \xfcber <ceo@example.com>",
    b" \xc3\xbcber <ceo@example.com>",
    b" CEO <ceo@example.com.>",
    b" CEO <ceo@EXAMPLE.com>",
    b" CEO <ceo@example\xe3\x80\x82com>",
    b" CEO <ceo@\xef\xbd\x85xample.com>",
    b" CEO <ceo@ex\xc2\xadample.com>",
    b" CEO <@evil.example:ceo@example.com>",
    b" CEO <ceo @ example . com>",
    b" \"ceo\"@example.com",
    b" CEO (the one) <ceo@example.com>",
    b" ceo@(comment)example.com",
    b"\r\n CEO\r\n <ceo@example.com>",
    b" CEO <ceo@example.com>, ",
    b" , CEO <ceo@example.com>",
    b" \"CEO <ceo@example.com>",
    b" a@sub.example.com, b@example.com",
    b" =?utf-8?q?ceo=40example.com?= =?us-ascii?q?x?=",
    b" =?utf-8?q? =?utf-8?b?Y2VvQGV4YW1wbGUuY29t?=",
    b" =?utf-8?q?=63eo=40example.com",
    b" \"ceo@example.com\" <",
    b" <= \"ceo@example.com\"<x@evil.example>",
    b" ceo@example.com\xc2\xa0",
    b" ceo@>example.com",
]

# The same to every receiver, and to us.
GENUINE = [
    b" sales@example.com",
    b" Sales <sales@example.com>",
    b" sales@example.com <sales@example.com>",
    b" \"sales@example.com\" <sales@example.com>",
    b" \"jane@customer.example\" <support@example.com>",
    b" \"Jane via Desk (jane@customer.example)\" <support@example.com>",
    b" =?utf-8?q?Verk=C3=A4ufe?= <sales@example.com>",
    b" one@example.com, Two <two@example.com>",
    b" Team: one@example.com, two@example.com;",
]

# No receiver reads a domain of ours, or any.
NOBODY = [
    b" x@evil.example",
    b" \"ceo@example.com via DocuSign\" <dse@docusign.example>",
    b" (ceo@example.com) <x@evil.example>",
    b" ceo",
    b" CEO",
    b"",
    b" undisclosed-recipients:;",
    b" <>",
    b" x@notexample.com",
    b" x@example.com.evil.example",
    b" a@evil.example, b@evil2.example",
    b" a@evil.example, b@",
    b" <a@[192.0.2.1]>",
]

BODY = b"Hello.\r\n"


def fields(*authors):
    return [(b"Date", b" Mon, 23 Nov 2026 09:00:00 +0000"),
            *[(b"From", author) for author in authors],
            (b"To", b" someone@example.org"), (b"Subject", b" an offer"),
            (b"Message-ID", b" <1@example.com>")]


class AuthorsTest(unittest.TestCase):
    build = None
    service = None

    @classmethod
    def setUpClass(cls):
        cls.service = Service(cls.build)
        cls.service.configure(SOURCES)
        for domain in ("example.com", "wide.example"):
            cls.service.generate(domain, "ed25519")
        cls.service.start()

    @classmethod
    def tearDownClass(cls):
        status = cls.service.stop()
        text = cls.service.log_text()
        for word in ("Sanitizer", "runtime error"):
            assert word not in text, text
        assert status == 0, (status, text)
        cls.service.finish()

    def send(self, *authors, address=OUTSIDE, login=None, sender=ESP):
        with mc.MilterClient(self.service.socket) as client:
            return client.message(fields(*authors), BODY, address, login,
                                  sender=sender)

    def assert_refused(self, answer, what, code="550 5.7.1", words=""):
        edits, reply = answer
        self.assertEqual((edits, reply[0]), ([], b"y"), (what, reply))
        text = reply[1].decode()
        self.assertTrue(text.startswith(code), (what, text))
        self.assertIn(words, text)

    def assert_passed(self, answer, what):
        edits, reply = answer
        self.assertEqual((edits, reply[0]), ([], b"a"), (what, reply))

    def assert_signed(self, answer, what):
        edits, reply = answer
        self.assertEqual(reply[0], b"a", (what, reply))
        self.assertEqual(len(mc.inserted(edits)), 1, what)

    def assert_held(self, answer, what):
        edits, _ = answer
        self.assertEqual([edit[0] for edit in edits], [b"q"], what)

    def test_forged_forms_are_refused(self):
        for author in FORGED:
            for address, login in ((OUTSIDE, None), (OUTSIDE, "wide")):
                self.assert_refused(self.send(
                    author, address=address, login=login), author)

    def test_genuine_forms_are_signed(self):
        for author in GENUINE:
            self.assert_signed(self.send(author, login="relay"), author)
            self.assert_signed(self.send(author, address=OWN), author)
            self.assert_refused(self.send(author), author)

    def test_a_host_name_with_an_underscore(self):
        """No key can be for it: its parent's signs, and a forgery fails."""
        for author in (b" root@my_host.wide.example",
                       b" root@_x.my_host.wide.example"):
            self.assert_signed(self.send(author, login="wide"), author)
            self.assert_held(self.send(author), author)

    def check_shape(self, shape):
        """The decision about a shape follows from its lists."""
        name, value = shape["name"], shapes.unescape(shape["value"])
        authors = shapes.as_list(shape["authors"])
        ours = [author for author in authors if author == "example.com"]
        is_certain = len(authors) == 1 and shape["unreadable"] == "-"
        is_faulty = re.search(rb"[\x01-\x08\x0b-\x1f\x7f]|\n(?![ \t])",
                              value.replace(b"\r\n", b"\n"))
        elsewhere = self.send(value)
        proven = self.send(value, login="relay")
        if ours:
            self.assert_refused(elsewhere, name)
        else:
            self.assert_passed(elsewhere, name)
        if ours and is_certain and not is_faulty:
            self.assert_signed(proven, name)
        elif ours and is_certain:
            self.assert_refused(proven, name, "550 5.6.0")
        elif ours or len(authors) > 1 or shape["unreadable"] != "-":
            self.assert_refused(proven, name)
        else:
            self.assert_passed(proven, name)

    def test_each_shape_of_the_table(self):
        _, table = shapes.load()
        # No milter gets a NUL.
        table = [shape for shape in table
                 if b"\0" not in shapes.unescape(shape["value"])]
        self.assertGreater(len(table), 150)
        for shape in table:
            with self.subTest(shape["name"]):
                self.check_shape(shape)

    def test_nobody_here_is_concerned(self):
        for author in NOBODY:
            self.assert_passed(self.send(author), author)

    def test_several_authors_are_never_signed(self):
        for author in (b" a@example.com, b@own.example",
                       b" a@example.com, b@sub.example.com",
                       b" a@example.com, b@customer.example"):
            for address, login in ((OWN, None), (OUTSIDE, "relay")):
                self.assert_refused(self.send(
                    author, address=address, login=login), author)

    def test_unclear_author_by_a_way(self):
        """Refused for the tenants of a platform, not for our own hosts."""
        for author in (b" a@evil.example, b@evil2.example",
                       b" a@evil.example, b@", b" <a@[192.0.2.1]>"):
            self.assert_refused(self.send(author, login="relay"), author,
                                words="not clearly name one author domain")
            self.assert_passed(self.send(author, address=OWN), author)

    def test_what_is_not_read_is_claimed(self):
        """However many domains stand before ours, it is not let through."""
        many = b", ".join(b"x@d%d.test" % number for number in range(256))
        for name, authors in {
                "as many as are read": (b" " + many,),
                "signs": (b" a@d.test" + b", a@d.test" * 4095,),
                "nested": (b" " + b"(" * 33 + b")" * 33 + b"a@d.test",)
        }.items():
            self.assert_passed(self.send(*authors), name)
        for name, authors in {
                "domains": (b" " + many + b", ceo@example.com",),
                "two fields": (b" " + many, b" ceo@example.com"),
                "signs": (b" a@d.test" + b", a@d.test" * 4095 +
                          b", ceo@example.com",),
                "nobody's": (b" " + many + b", x@evil.example",),
                "nested": (b" " + b"(" * 33 + b")" * 33 + b"a@example.com",)
        }.items():
            for address, login in ((OUTSIDE, None), (OUTSIDE, "relay"),
                                   (OWN, None)):
                self.assert_refused(self.send(
                    *authors, address=address, login=login), name)
        line = self.line(b" " + many + b", ceo@example.com",
                         queue_id="OVERFLOW")
        for word in (" author_uncertain=true too_many_addresses=true ",
                     "action=rejected",
                     "claimed, but From has more addresses than are read"):
            self.assertIn(word, line)

    def test_two_from_fields(self):
        for pair in ((b" a@example.com", b" a@example.com"),
                     (b" a@example.com", b" b@example.com")):
            self.assert_refused(self.send(*pair), pair)
            self.assert_refused(self.send(*pair, login="relay"), pair,
                                "550 5.6.0")
        for pair in ((b" a@example.com", b" x@evil.example"),
                     (b" x@evil.example", b" a@example.com")):
            self.assert_refused(self.send(*pair), pair)
            self.assert_refused(self.send(*pair, login="relay"), pair)

    def test_a_subdomain_that_nobody_names(self):
        """Other hosts' mail passes; what our SPF vouches for does not."""
        author = b" CEO <ceo@mail.example.com>"
        inside = "<bounce@mail.example.com>"
        for sender in ("<>", inside, ESP, "<b@own.example>"):
            self.assert_passed(self.send(author, sender=sender), sender)
        for sender in ("<>", inside):
            for address, login in ((OUTSIDE, "relay"), (OUTSIDE, "wide"),
                                   (OWN, None)):
                self.assert_refused(self.send(
                    author, address=address, login=login, sender=sender),
                    (sender, login), words="mail.example.com")
        self.assert_passed(self.send(author, login="relay"), ESP)
        for sender in ("<ceo@example.com>", "<ceo@EXAMPLE.COM.>", "<ceo>",
                       "<SRS0=x=y=evil.example=ceo@example.com>",
                       "<ceo@example\u3002com>"):
            self.assert_refused(self.send(author, sender=sender), sender)
        # With "*." beside it each subdomain is named.
        self.assert_held(self.send(b" ceo@mail.wide.example"), "named")
        self.assert_held(self.send(b" ceo@mail.wide.example", sender="<>"),
                         "named")

    def test_an_observer_refuses_nothing(self):
        for author in (b" a@watched.example", b" a@watched.example, b@x.test",
                       b" a@watched.example <a@watched.example>",
                       b" a@sub.watched.example"):
            self.assert_passed(self.send(
                author, sender="<a@watched.example>"), author)
        for author in (b" a@x.test, b@y.test", b" a@"):
            self.assert_passed(self.send(author, login="watcher"), author)

    def line(self, *authors, queue_id, **how):
        """What the log says of a message."""
        with mc.MilterClient(self.service.socket) as client:
            client.connect(OUTSIDE)
            client.mail(how.get("sender", ESP), how.get("login"))
            for name, value in fields(*authors):
                client.header(name, value)
            client.end_of_headers(queue_id=queue_id)
        self.service.wait_for(
            lambda: f"qid={queue_id} " in self.service.log_text())
        line, = [line for line in self.service.log_text().splitlines()
                 if f"qid={queue_id} " in line]
        return line

    def test_the_log_names_the_domains(self):
        for number, (authors, words) in enumerate((
                ((b" a@example.com",), (" author=example.com ",)),
                ((b" a@example.com, b@x.test",),
                 (" authors=example.com,x.test ",
                  "claimed, but From names several domains")),
                ((b" a@example.com", b" b@x.test"),
                 (" authors=example.com,x.test ", " from_fields=2 ")),
                ((b" a@",), (" author_uncertain=true ", "action=passed")),
                ((b" \"b@x.test\" <a@example.com>",),
                 (" author=example.com ", " mentioned=x.test")))):
            line = self.line(*authors, queue_id=f"DOMAINS{number}")
            for word in words:
                self.assertIn(word, line)
            self.assertNotIn("author=\"\"", line)
        line = self.line(b" a@mail.example.com", queue_id="ALIGNED",
                         sender="<a@example.com>")
        self.assertIn("action=rejected", line)
        self.assertIn(" author=mail.example.com ", line)
        self.assertIn("would pass DMARC by our SPF record", line)


if __name__ == "__main__":
    AuthorsTest.build = sys.argv.pop(1)
    unittest.main(verbosity=2)
