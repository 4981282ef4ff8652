# SPDX-License-Identifier: ISC
"""Mail that is not signed costs no transfer of its body.

Usage: test_unsigned.py BUILD-DIRECTORY
The octets that the MTA writes to the socket are counted: for mail that will not
be signed they do not depend on the body, because the reply to the end of the
header already says what becomes of it.  Only what is removed from a message or
holds it can be said at its end alone, so there the body is sent.
"""

import os
import sys
import unittest

import milterclient as mc
from service import Service

SOURCES = '''
source "ours" {
    login = { "relay" }
    domains = { "example.com" }
    on_fault = pass
}
source "deferred" {
    login = { "relay" }
    domains = { "deferred.example" }
    on_mismatch = tempfail
}
source "passed" {
    login = { "relay" }
    domains = { "passed.example" }
    on_mismatch = pass
}
source "held" {
    login = { "relay" }
    domains = { "held.example" }
    on_mismatch = quarantine
}
source "watched" {
    mode = observe
    login = { "relay" }
    domains = { "watched.example" }
}
source "keyless" {
    login = { "relay" }
    domains = { "keyless.example" }
    on_no_key = pass
}
source "secret" {
    networks = { "198.51.100.0/24" }
    secret_header "X-Secret" { value = "0123456789abcdef0123456789abcdef" }
    domains = { "secret.example" }
}
'''

BODY = b"A line of sixty-four octets, which is repeated for a large body\r\n" * \
    4096
MOST = 2048     # octets of a message without its body
REPEATED = [(b"Subject", b" one"), (b"Subject", b" two")]
SECRET = [(b"X-Secret", b" guessed")]

# Name, author, login, further fields, final reply, and then a change.
NO_BODY = (
    ("nobody's mail", b"a@nobody.example", None, [], b"a"),
    ("nobody's mail, of a login", b"a@nobody.example", "relay", [], b"a"),
    ("no author", None, "relay", [], b"a"),
    ("claimed without proof", b"a@example.com", None, [], b"y"),
    ("claimed, deferred", b"a@deferred.example", None, [], b"y"),
    ("claimed, passed", b"a@passed.example", None, [], b"a"),
    ("claimed, observed", b"a@watched.example", None, [], b"a"),
    ("two authors", b"a@example.com, b@nobody.example", "relay", [], b"y"),
    ("proven, but at fault", b"a@example.com", "relay", REPEATED, b"a"),
    ("proven, but without a key", b"a@keyless.example", "relay", [], b"a"),
)
WITH_BODY = (
    ("signed", b"a@example.com", "relay", [], b"a", b"i"),
    ("quarantined", b"a@held.example", None, [], b"c", b"q"),
    ("a secret is removed", b"a@nobody.example", None, SECRET, b"a", b"m"),
)


def fields(author, extra):
    block = [(b"Date", b" Mon, 23 Nov 2026 09:00:00 +0000"),
             (b"To", b" someone@example.org"),
             (b"Message-ID", b" <1@example.com>")]
    if author is not None:
        block.append((b"From", b" " + author))
    return block + extra


class UnsignedTest(unittest.TestCase):
    build = None
    service = None

    @classmethod
    def setUpClass(cls):
        cls.service = Service(cls.build)
        cls.service.configure(SOURCES)
        os.chmod(cls.service.config, 0o600)     # it holds a secret
        for domain in ("example.com", "held.example"):
            cls.service.generate(domain, "ed25519")
        cls.service.start()

    @classmethod
    def tearDownClass(cls):
        status = cls.service.stop()
        assert status == 0, (status, cls.service.log_text())
        cls.service.finish()

    def send(self, client, case, body, connect):
        """(octets on the socket, edits)."""
        name, author, login, extra, reply = case[:5]
        before = client.octets
        edits, got = client.message(fields(author, extra), body, login=login,
                                    connect=connect)
        self.assertEqual(got[0], reply, (name, got, self.service.log_text()))
        return client.octets - before, edits

    def test_no_body_is_sent(self):
        for case in NO_BODY:
            with self.subTest(case[0]), \
                    mc.MilterClient(self.service.socket) as client:
                client.connect()
                small, edits = self.send(client, case, b"", False)
                self.assertEqual(edits, [])
                large, edits = self.send(client, case, BODY, False)
                self.assertEqual(edits, [])
                # The end of a message alone is not sent after its header.
                self.assertEqual(large, small)
                self.assertLess(large, MOST)
                client.quit()

    def test_all_in_one_session(self):
        with mc.MilterClient(self.service.socket) as client:
            client.connect()
            for case in NO_BODY:
                octets, _ = self.send(client, case, BODY, False)
                self.assertLess(octets, MOST, case[0])
                octets, edits = self.send(client, WITH_BODY[0], BODY, False)
                self.assertGreater(octets, len(BODY))
                self.assertEqual(len(mc.inserted(edits)), 1)
            client.quit()

    def test_where_the_body_is_needed(self):
        for case in WITH_BODY:
            with self.subTest(case[0]), \
                    mc.MilterClient(self.service.socket) as client:
                octets, edits = self.send(client, case, BODY, True)
                self.assertGreater(octets, len(BODY))
                self.assertIn(case[5], [command for command, _ in edits])
                client.quit()


if __name__ == "__main__":
    UnsignedTest.build = sys.argv.pop(1)
    unittest.main(verbosity=2)
