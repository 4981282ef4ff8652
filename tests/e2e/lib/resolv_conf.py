#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""The front follows resolv.conf, in a network and an /etc of the test's own.

One DNS server says that the client may send, and the other one that it may not,
so the answer to a message shows which of them was asked.

usage: resolv_conf.py BUILD FOLDER, where resolv.conf will be a link to
"""

import os
import sys
import threading
import unittest

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path[:0] = [os.path.join(TESTS, "common"), os.path.join(TESTS, "mta")]

import milterclient as mc  # noqa: E402
from dnsserver import DnsServer  # noqa: E402
from service import Service  # noqa: E402

CLIENT = "203.0.113.7"
FILE = "/etc/resolv.conf"
YES, NO = "127.0.0.2", "127.0.0.3"

SOURCE = '''
source "{name}" {{
    spf = {{ "_spf.{name}.example" }}
    header "X-Tenant" {{ value = {{ "ours" }} }}
    domains = {{ "{name}.example" }}
}}
'''


def replace(path, text):
    """As programs do that replace a file: by rename."""
    with open(path + ".new", "w", encoding="ascii") as file:
        file.write(text)
    os.rename(path + ".new", path)


# The terms of a policy that takes LINKS lookups, one after the other.
LINKS = 9
SLOW = "_spf.slow.example"


def chain(terms):
    """The records of the slow policy, which ends with these terms."""
    names = [SLOW] + [f"{i}.{SLOW}" for i in range(1, LINKS)]
    texts = [f"include:{name}" for name in names[1:]] + [terms]
    return {name: [("TXT", f"v=spf1 {text} -all")]
            for name, text in zip(names, texts)}


class SlowServer(DnsServer):
    """Waits a second before the first answer for each name of the chain.

    A server that is silent for longer would be given up by the client.
    """

    def __init__(self, *arguments, **options):
        self.goes_on = threading.Event()
        self.waited = set()
        super().__init__(*arguments, **options)

    def replies(self, query, is_tcp):
        found = super().replies(query, is_tcp)
        for name in list(self.queries):
            if name.endswith(SLOW) and name not in self.waited:
                self.waited.add(name)
                self.goes_on.wait(1)
        return found


class ResolvConfTest(unittest.TestCase):
    build = None
    folder = None

    def setUp(self):
        self.service = Service(self.build)
        self.addCleanup(self.service.finish)
        zones = [{"_spf.now.example": [("TXT", f"v=spf1 {terms} -all")],
                  **chain(terms)} for terms in (f"ip4:{CLIENT}", "")]
        self.yes = SlowServer(zones[0], ttl=0, host=YES, port=53)
        self.no = DnsServer(zones[1], ttl=0, host=NO, port=53)
        self.addCleanup(self.yes.close)
        self.addCleanup(self.no.close)
        self.service.configure(
            "".join(SOURCE.format(name=name) for name in ("now", "slow")),
            "dns { timeout = 20s }")
        for name in ("now", "slow"):
            self.service.generate(name + ".example", "ed25519")

    def is_signed(self, domain):
        block = [(b"From", b" a@" + domain.encode()), (b"X-Tenant", b" ours"),
                 (b"Date", b" Mon, 23 Nov 2026 09:00:00 +0000")]
        with mc.MilterClient(self.service.socket, timeout=60) as client:
            edits, reply = client.message(block, b"text\r\n", CLIENT, None,
                                          sender="<bounce@example.net>")
        self.assertIn(reply[0], (b"a", b"y"), self.service.log_text())
        self.assertEqual(bool(mc.inserted(edits)), reply[0] == b"a")
        return reply[0] == b"a"

    def wait_for_line(self, line):
        self.service.wait_for(lambda: line in self.service.log_text(), 60)

    def test_changes(self):
        target = os.path.join(self.folder, "stub.conf")
        # The link leads nowhere until the network is up.
        os.symlink(target, FILE + ".new")
        os.rename(FILE + ".new", FILE)
        self.service.start()
        self.wait_for_line("No such file or directory: still asking 127.0.0.1")
        replace(target, f"nameserver {YES}\n")
        self.wait_for_line(f"DNS servers changed: asking {YES}")
        self.assertTrue(self.is_signed("now.example"))

        # A policy that is being looked up when the servers change.
        slow = []
        thread = threading.Thread(
            target=lambda: slow.append(self.is_signed("slow.example")))
        thread.start()
        self.service.wait_for(lambda: self.yes.queries[SLOW])
        replace(target, f"nameserver {NO}\n")
        self.wait_for_line(f"DNS servers changed: asking {NO}")
        self.assertFalse(self.is_signed("now.example"))
        self.yes.goes_on.set()
        thread.join()
        self.assertEqual(slow, [True])
        self.assertEqual(sorted(self.no.queries), ["_spf.now.example"])

        # The same servers, then none: this changes nothing.
        replace(target, f"# again\nnameserver {NO}\n")
        replace(target, "")
        self.wait_for_line(f"names no server: still asking {NO}")
        self.assertFalse(self.is_signed("now.example"))
        self.service.reload()
        self.wait_for_line("configuration reloaded")
        self.assertFalse(self.is_signed("now.example"))
        os.unlink(target)

        # The link is replaced by a file.
        replace(FILE, f"search example\nnameserver {YES}\n")
        self.service.wait_for(lambda: self.service.log_text().count(
            "DNS servers changed") == 3, 60)
        self.assertTrue(self.is_signed("now.example"))
        text = self.service.log_text()
        self.assertEqual(text.count("DNS servers changed"), 3)
        self.assertEqual(text.count("DNS servers not changed"), 2)


if __name__ == "__main__":
    ResolvConfTest.build, ResolvConfTest.folder = sys.argv[1:3]
    os.mkdir(ResolvConfTest.folder)
    unittest.main(argv=sys.argv[:1])
