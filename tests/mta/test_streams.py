# SPDX-License-Identifier: ISC
"""Streams of keys, seen from the MTA's side: each source is signed with its
own, and one that is revoked stops its own mail and no other.

Usage: test_streams.py BUILD-DIRECTORY
"""

import os
import re
import sys
import unittest

import milterclient as mc
from service import Service

SOURCES = '''
source "desk" {
    login = "desk"
    domains = { "example.com", "*.example.com" }
    keys = "desk"
    also_sign = { "example.net" }
    expire = 2h
}
source "shop" {
    login = "shop"
    domains = { "example.com" }
    keys = "shop"
    on_no_key = pass
}
source "crm" {
    login = "crm"
    domains = { "example.com" }
}
'''


class StreamsTest(unittest.TestCase):
    build = None

    def setUp(self):
        self.service = Service(self.build)
        self.addCleanup(self.service.finish)
        self.service.configure(SOURCES)
        self.service.generate("example.com", "both")
        self.service.generate("example.net", "ed25519")
        # What becomes of the key of the stream is each test's.
        self.selectors = {}
        for line in self.state()[1:]:
            selector, algorithm = line.split()[:2]
            self.selectors[algorithm] = selector
        self.default = self.selectors["algorithm=rsa-sha256"].encode()
        self.desk = self.selectors["algorithm=ed25519-sha256"].encode()

    def path(self):
        return os.path.join(self.service.keydir, "example.com", "state")

    def state(self):
        with open(self.path(), encoding="ascii") as file:
            return file.read().splitlines()

    def give_to_desk(self, edit=lambda line: line):
        """Make the Ed25519 key one of the stream, and edit its line."""
        lines = self.state()
        self.assertEqual(lines[0], "countersign-keys 2")
        lines[0] = "countersign-keys 3"
        for i, line in enumerate(lines):
            if " algorithm=ed25519-sha256 " in line:
                lines[i] = edit(line).replace(" proof=",
                                              " stream=desk proof=")
        with open(self.path(), "w", encoding="ascii") as file:
            file.write("\n".join(lines) + "\n")

    def message(self, login, author=b"a@example.com"):
        with mc.MilterClient(self.service.socket) as client:
            return client.message([(b"From", b" " + author)], b"Hello\r\n",
                                  login=login)

    def signed_by(self, answer):
        """d= and s= of each signature, and its lifetime."""
        self.assertEqual(answer[1][0], b"a", answer)
        found = []
        for _, _, value in mc.inserted(answer[0]):
            tags = dict(re.findall(rb"(\w+)=([^;\s]*)", value))
            found.append((tags[b"d"], tags[b"s"],
                          int(tags[b"x"]) - int(tags[b"t"])))
        return sorted(found)

    def line(self, source):
        lines = [line for line in self.service.log_text().splitlines()
                 if f" source={source} " in line]
        self.assertEqual(len(lines), 1, lines)
        return lines[0]

    def test_each_source_has_its_own(self):
        self.give_to_desk()
        self.service.start()
        week, hours = 7 * 86400, 2 * 3600
        answer = self.signed_by(self.message("desk"))
        self.assertEqual(answer[0], (b"example.com", self.desk, hours))
        self.assertEqual(len(answer), 2)
        self.assertEqual((answer[1][0], answer[1][2]),
                         (b"example.net", hours))
        # A parent's stream signs for a subdomain that has no keys.
        answer = self.signed_by(self.message("desk", b"a@b.example.com"))
        self.assertEqual(answer[0], (b"example.com", self.desk, hours))
        self.assertEqual(self.signed_by(self.message("crm")),
                         [(b"example.com", self.default, week)])
        # A stream without keys never falls back to others.
        edits, reply = self.message("shop")
        self.assertEqual((mc.inserted(edits), reply[0]), ([], b"a"))
        self.assertEqual(self.service.stop(), 0)
        shop = self.line("shop")
        self.assertIn('action=passed', shop)
        self.assertIn('reason="signing for example.com by stream shop: '
                      'no active key"', shop)
        self.assertIn(" cause=no-key ", shop)
        self.assertTrue(shop.endswith(" stream=shop"), shop)
        self.assertNotIn(" stream=", self.line("crm"))
        self.assertNotIn("refused to sign", self.service.log_text())

    def test_a_revoked_stream_stops_alone(self):
        def compromise(line):
            began = re.search(r" active_from=(\S+)", line)
            line = line.replace(began[0], f"{began[0]} retire_at={began[1]} "
                                f"revoked={began[1]}")
            return line.replace(" fresh=", " compromised=yes fresh=")

        self.give_to_desk(compromise)
        self.service.start()
        edits, reply = self.message("desk")
        self.assertEqual((edits, reply[0]), ([], b"y"))
        self.assertTrue(reply[1].startswith(b"451 4.7.5 "), reply)
        self.assertEqual(len(self.signed_by(self.message("crm"))), 1)
        self.assertEqual(self.service.stop(), 0)
        self.assertTrue(self.line("desk").endswith(" stream=desk"))


if __name__ == "__main__":
    StreamsTest.build = sys.argv.pop(1)
    unittest.main(verbosity=2)
