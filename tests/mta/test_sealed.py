# SPDX-License-Identifier: ISC
"""Sealed keys, seen from the MTA's side: they sign with the right KEK, and
with another one only the mail of unsealed keys is signed.

Usage: test_sealed.py BUILD-DIRECTORY
"""

import base64
import os
import socket
import subprocess
import sys
import unittest

import milterclient as mc
from service import Service

SOURCES = '''
source "ours" {
    networks = { "127.0.0.1/32" }
    trust_network = true
    domains = { "example.com", "example.org", "example.net" }
}
'''


# Allocations that fail at the start of a signer, of some 14,000.
FAILING = range(1, 14000, 331)


class SealedTest(unittest.TestCase):
    build = None

    def setUp(self):
        self.service = Service(self.build)
        self.addCleanup(self.service.finish)
        self.kek = os.path.join(self.service.directory, "kek")
        self.make_kek(b"\1" * 32)
        self.configure(self.kek)
        self.service.generate("example.com", "both")

    def make_kek(self, octets):
        if os.path.exists(self.kek):
            os.unlink(self.kek)
        with open(self.kek, "xb") as file:
            file.write(base64.b64encode(octets) + b"\n")
        os.chmod(self.kek, 0o400)

    def configure(self, kek):
        self.service.configure(
            SOURCES, f'kek_file = "{kek}"' if kek else "")

    def signatures(self, domain):
        """How many a message gets, or the reply that it gets instead."""
        with mc.MilterClient(self.service.socket) as client:
            edits, reply = client.message(
                [(b"From", b" a@" + domain.encode())], b"Hello\r\n",
                address="127.0.0.1")
        return len(mc.inserted(edits)) if reply[0] == b"a" else reply[1]

    def test_they_sign(self):
        self.service.run_key("seal")
        self.service.start()
        self.assertEqual(self.signatures("example.com"), 2)
        # A key that was made by whoever has no KEK.
        self.configure(None)
        self.service.generate("example.org", "rsa2048")
        self.service.wait_for(lambda: self.signatures("example.org") == 1)
        # Another key pair of the store, while it runs.
        self.configure(self.kek)
        self.service.run_key("unseal")
        self.service.run_key("seal")
        self.service.generate("example.net", "ed25519")
        self.service.wait_for(lambda: self.signatures("example.net") == 1)
        self.assertEqual(self.signatures("example.com"), 2)
        self.assertEqual(self.service.stop(), 0)
        self.assertNotIn("kek-unusable", self.service.log_text())
        self.assertNotIn("keys-unusable", self.service.log_text())

    def test_another_kek(self):
        self.service.run_key("seal")
        self.make_kek(b"\2" * 32)
        self.service.start()
        self.assertTrue(self.signatures("example.com").startswith(b"451 "))
        log = self.service.log_text()
        self.assertRegex(log, "sealed keys cannot be used: .*sealed with KEK "
                         r"\w{16}, but this process has KEK \w{16}: "
                         r"restore the former .* \[kek-unusable\]")
        self.assertRegex(log, r"key \w+ of example.com cannot be used: ")
        self.assertEqual(self.service.stop(), 0)

    def test_a_store_that_is_not_sealed(self):
        os.unlink(self.kek)
        self.service.start()
        self.assertEqual(self.signatures("example.com"), 2)
        self.assertRegex(self.service.log_text(),
                         "/kek: no such file, and it should have the KEK: see "
                         r".* \[kek-unusable\]")
        self.assertEqual(self.service.stop(), 0)

    def start_signer(self, n, library):
        """Start a signer whose master ends; what it logs."""
        ours, theirs = socket.socketpair(socket.AF_UNIX,
                                         socket.SOCK_SEQPACKET)
        ours.close()
        with theirs:
            return subprocess.run(
                ["sh", "-c", 'exec "$@" 3<&0', "sh",
                 os.path.join(self.build, "countersign-signer"), "-f",
                 "-k", os.path.join(self.service.directory, "keys"),
                 "-s", self.kek, "-x", "0"],
                stdin=theirs, stderr=subprocess.PIPE, check=False,
                timeout=60, env={
                    **os.environ, "LD_PRELOAD": library,
                    "FAILMALLOC_PROGRAM": "countersign-signer",
                    "FAILMALLOC_N": str(n)}).stderr.decode()

    def test_no_memory_at_the_start(self):
        """OpenSSL may never open a key in that process: another must."""
        library = os.path.join(self.build, "tests", "inject",
                               "libfailmalloc.so")
        if not os.path.exists(library):
            self.skipTest("no memory fails in builds with a sanitizer")
        self.service.run_key("seal")
        logs = [self.start_signer(n, library) for n in FAILING]
        self.assertEqual([log for log in logs if "kek-unusable" in log], [])
        self.assertRegex("".join(logs), r"\[out-of-memory\]")


if __name__ == "__main__":
    SealedTest.build = sys.argv.pop(1)
    unittest.main()
