# SPDX-License-Identifier: ISC
"""An MTA gone mad: commands in any order, cut off anywhere, with fields of
every ugly form.  The front must serve the next one as if nothing had been,
sign nothing on the way, and lose no memory (a sanitizer build tells).

Usage: test_hostile.py BUILD-DIRECTORY
Macro lists are well-formed: libmilter itself does not survive others.
"""

import random
import struct
import sys
import unittest

import milterclient as mc
import test_front
from service import Service

CONNECTIONS = 1500
MAX_COMMANDS = 60

NAMES = [b"From", b"from ", b"X-SFDC-LK", b"X-SFDC-LK ", b"X-SFDCOrgRelay",
         b"Subject", b"To", b"Date", b"DKIM-Signature", b"", b"a b",
         b"\xff\xfe", b"x" * 500]
VALUES = [b" a@example.com", b" 00D1U0000013lbu", b"", b" \n x", b"\n",
          b" x\ny", b" =?utf-8?q?a?= <b@example.com>",
          b" a@example.com, b@example.com", b" \xc3\xa4@example.com",
          b" g: a@example.com;", b"(((((", b"\"", b" <a@example.com",
          b" " + b"x" * 60000, b" \r\r\n"]
CLIENTS = [b"x\0004\0\x1913.108.238.1\0", b"x\0006\0\x19IPv6:::1\0", b"x\0U",
           b"x\0Lx\0/tmp\0", b"x\0004", b"x\0004\0\x19nonsense\0"]
MACROS = [b"M{auth_authen}\0relay-user\0", b"Ni\0Q1\0", b"Ei\0Q1\0", b"M"]


class HostileTest(unittest.TestCase):
    build = None

    def setUp(self):
        self.random = random.Random(6376)
        self.service = Service(self.build)
        self.service.configure(test_front.SOURCES)
        self.service.generate("example.com")
        self.service.start()

    def tearDown(self):
        status = self.service.stop()
        text = self.service.log_text()
        self.service.finish()
        self.assertEqual(status, 0, text[-2000:])
        for word in ("Sanitizer", "runtime error", "was killed", "ended wi"):
            self.assertNotIn(word, text)

    def body(self):
        if self.random.random() < 0.5:
            return self.random.randbytes(self.random.randint(0, 3000))
        return b"hello \r\n\r\n" * self.random.randint(0, 300)

    def command(self, client):
        choose = self.random.choice
        kind = choose("DCMLLLLLNNBBEAKTHRUQX?")
        if kind == "D":
            client.send(b"D", choose(MACROS))
        elif kind == "C":
            client.send(b"C", choose(CLIENTS))
        elif kind == "M":
            client.send(b"M", b"<a@example.com>\0")
        elif kind == "L":
            client.send(b"L", choose(NAMES) + b"\0" + choose(VALUES) +
                        b"\0" * self.random.randint(0, 2))
        elif kind == "B":
            client.send(b"B", self.body())
        elif kind in "NEAK":
            client.send(kind.encode())
        elif kind == "?":
            length = self.random.randint(0, 40)
            client.sock.sendall(struct.pack("!I", length) +
                                self.random.randbytes(20)
                                .replace(b"D", b"L"))
        else:
            client.send(kind.encode(), self.random.randbytes(9))

    def connection(self):
        protocol = self.random.choice(
            [mc.ALL_PROTOCOL, 0, self.random.getrandbits(21)])
        client = mc.MilterClient(self.service.socket, protocol=protocol)
        try:
            for _ in range(self.random.randint(1, MAX_COMMANDS)):
                self.command(client)
        finally:
            client.sock.close()

    def test_survives(self):
        for _ in range(CONNECTIONS):
            try:
                self.connection()
            except (OSError, mc.Lost):
                pass
        self.assertNotIn("action=signed", self.service.log_text())
        block = test_front.fields()
        client = mc.MilterClient(self.service.socket)
        edits, reply = client.message(block, test_front.BODY,
                                      test_front.PROVIDER)
        client.sock.close()
        self.assertEqual(reply[0], b"a")
        self.assertEqual(len(mc.inserted(edits)), 2)


if __name__ == "__main__":
    HostileTest.build = sys.argv.pop(1)
    unittest.main(argv=[sys.argv[0]], verbosity=2)
