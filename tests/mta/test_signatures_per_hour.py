# SPDX-License-Identifier: ISC
"""signatures_per_hour, seen from the MTA's side: what is over it is deferred,
counted and logged; another domain is not; a reload changes the number, and a
signer that is started again keeps to it.

Usage: test_signatures_per_hour.py BUILD-DIRECTORY
"""

import os
import signal
import sys
import unittest

import milterclient as mc
import period
from service import Service

SOURCES = '''
source "crm" {
    login = "crm"
    domains = { "example.com", "example.net" }
}
'''


@period.within(period.HOUR)
class SignaturesPerHourTest(unittest.TestCase):
    build = None

    def setUp(self):
        self.service = Service(self.build)
        self.addCleanup(self.service.finish)
        self.configure(4)
        self.service.generate("example.com")
        self.service.generate("example.net", "ed25519")
        self.service.start()

    def configure(self, number):
        self.service.configure(SOURCES, f"signatures_per_hour = {number}\n")

    def send(self, domain):
        with mc.MilterClient(self.service.socket) as client:
            edits, reply = client.message(
                [(b"From", b" a@" + domain.encode())], b"Hello\r\n",
                login="crm")
        return len(mc.inserted(edits)), reply

    def limited(self, domain):
        count, reply = self.send(domain)
        self.assertEqual(count, 0)
        self.assertEqual(reply[0], b"y", reply)
        self.assertIn(b"451 4.7.1 too much mail from " + domain.encode(),
                      reply[1])

    def reloaded(self, count):
        self.service.wait_for(
            lambda: self.service.log_text().count("[counters]") == count)

    def test_number(self):
        # Two signatures each.
        self.assertEqual(self.send("example.com")[0], 2)
        self.assertEqual(self.send("example.com")[0], 2)
        self.limited("example.com")
        for _ in range(4):
            self.assertEqual(self.send("example.net")[0], 1)
        self.limited("example.net")
        # Signers that are started again have the same table.
        old = self.service.pids("signer")
        for pid in old:
            os.kill(pid, signal.SIGKILL)
        self.service.wait_for(
            lambda: len(set(self.service.pids("signer")) - set(old)) == 2)
        self.service.wait_for(
            lambda: b"4.7.1" in self.send("example.net")[1][1])
        self.limited("example.com")
        self.configure(6)
        self.service.reload()
        self.reloaded(1)
        self.assertEqual(self.send("example.com")[0], 2)
        self.limited("example.com")
        self.configure(0)
        self.service.reload()
        self.reloaded(2)
        for _ in range(5):
            self.assertEqual(self.send("example.com")[0], 2)
        self.assertEqual(self.service.stop(), 0)
        text = self.service.log_text()
        self.assertRegex(text, r"not signed: d=example\.com s=\S+: 4 "
                         r"signatures in this hour \(signatures_per_hour\)")
        self.assertRegex(text, r"action=tempfailed .*author=example\.com .*"
                         r"cause=signatures-per-hour")
        self.assertRegex(text, r"over_signatures_per_hour=[1-9]")


if __name__ == "__main__":
    SignaturesPerHourTest.build = sys.argv.pop(1)
    unittest.main(verbosity=2)
