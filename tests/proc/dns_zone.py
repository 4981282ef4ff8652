#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""The DNS server of test_dns.c: its port comes on a line of its own, then for
each name on standard input how often it was asked for.  It ends with that."""

import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "common"))
from dnsserver import DnsServer  # noqa: E402

MANY = 40

ZONE = {
    "a.example": [("A", "192.0.2.1"), ("A", "192.0.2.2"),
                  ("AAAA", "2001:db8::1")],
    "mx.example": [("MX", (20, "B.mx.example")), ("MX", (10, "a.mx.example"))],
    "nullmx.example": [("MX", (0, "."))],
    "txt.example": [("TXT", ["v=spf1 ", "", "-all"])],
    "octets.example": [("TXT", "a\0\xff")],
    "long.example": [("TXT", "x" * 400), ("TXT", "y" * 400)],
    "alias.example": [("CNAME", "Hop.example")],
    "hop.example": [("CNAME", "a.example")],
    "dangling.example": [("CNAME", "none.example")],
    "servfail.example": "SERVFAIL",
    "silence.example": "SILENCE",
    "odd.example": [("MX", (1, "with blank.example")),
                    ("MX", (2, "good.example"))],
    "1.2.0.192.in-addr.arpa": [("PTR", "Mail.example.")],
    "1.0.0.10.in-addr.arpa": [("PTR", "inside.example")],
    "host.home.arpa": [("A", "10.0.0.1")],
}
ZONE.update((f"n{i}.example", [("A", f"198.51.100.{i}")])
            for i in range(MANY))



class BlindServer(DnsServer):
    """Knows blind.example only so many seconds after it is first asked."""
    seconds = 1.5
    sight = None

    def answers(self, name, wanted):
        if name == "blind.example":
            if self.sight is None:
                self.sight = time.monotonic() + self.seconds
            if time.monotonic() < self.sight:
                return 2, []
            return 0, [(name, "A", "192.0.2.1")]
        return super().answers(name, wanted)


server = BlindServer(ZONE)
print(server.port, flush=True)
for line in sys.stdin:
    print(server.queries[line.strip()], flush=True)
