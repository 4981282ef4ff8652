#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""fivemail.py SOCKET NAME DOMAINS STOP COUNTS LIFETIME SERVER...

Mail through one milter, until there is a file STOP: a message a second of one
of the domains that the file DOMAINS lists.  Each must be accepted and signed,
and verify by dkimpy at once, in the middle and at the end of its LIFETIME in
seconds; one whose turn came after that, and does not, is late.  The name
servers are asked in turn.  COUNTS always has the sums, as JSON, and a line for
each fault is printed.
"""

import itertools
import json
import os
import random
import sys
import time

import dkim
import dns.exception
import dns.message
import dns.query

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "mta"))
import milterclient as mc  # noqa: E402

BODY = b"Hello,\r\n\r\nthis is mail of a fleet.\r\n"
INTERVAL_S = 1
ASK_S = 5
LOOKS = 3   # at each signature


class Mail:
    """A sender of one host."""

    def __init__(self, argv):
        self.socket, self.name, self.domains, self.stop = argv[1:5]
        self.file, self.lifetime = argv[5], float(argv[6])
        self.servers = itertools.cycle(argv[7:])
        self.counts = dict.fromkeys(
            ("sent", "signed", "signatures", "verified", "unsigned",
             "deferred", "lost", "bad", "late"), 0)
        self.selectors = {}
        self.pending = []
        self.client = None

    def fault(self, kind, text):
        self.counts[kind] += 1
        print(time.strftime("%H:%M:%S"), "FAULT", self.name, kind, text,
              flush=True)

    def ask(self, name, timeout=ASK_S):
        """The TXT record, as dkimpy wants it; all servers get a chance."""
        question = dns.message.make_query(name.decode().rstrip("."), "TXT")
        for _ in range(3):
            try:
                answer = dns.query.udp(question, next(self.servers),
                                       timeout=timeout)
            except (OSError, dns.exception.DNSException):
                continue
            for rrset in answer.answer:
                for rdata in rrset:
                    return b"".join(rdata.strings)
            return None
        return None

    def fields(self, domain):
        stamp = time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime())
        return [(b"Date", b" " + stamp.encode()),
                (b"From", b" <service@" + domain.encode() + b">"),
                (b"To", b" <customer@example.org>"),
                (b"Message-ID", f" <{self.name}.{self.counts['sent']}"
                 "@example.net>".encode()),
                (b"Subject", b" an answer"), (b"MIME-Version", b" 1.0"),
                (b"Content-Type", b" text/plain")]

    def transmit(self, domain):
        block = self.fields(domain)
        self.counts["sent"] += 1
        begun = time.time()
        try:
            with mc.MilterClient(self.socket) as client:
                edits, reply = client.message(block, BODY, login="relay-user")
                client.quit()
        except (OSError, mc.Lost) as error:
            self.fault("lost", f"{domain}: {error}")
            return
        if reply[0] in (b"t", b"r", b"y"):
            self.fault("deferred" if reply[0] == b"t" or
                       reply[1].startswith(b"4") else "lost",
                       f"{domain}: {reply}")
            return
        added = [(name, value.replace(b"\n", b"\r\n"))
                 for _, name, value in mc.inserted(edits)
                 if name == b"DKIM-Signature"]
        if not added:
            self.fault("unsigned", f"{domain}: {reply}")
            return
        self.counts["signed"] += 1
        plain = b"".join(n + b":" + v + b"\r\n" for n, v in block)
        self.counts["signatures"] += len(added)
        for name, value in added:
            tags = dict(part.strip().split(b"=", 1)
                        for part in value.split(b";") if b"=" in part)
            selector = (tags[b"s"] + b"." + tags[b"d"]).decode()
            self.selectors[selector] = self.selectors.get(selector, 0) + 1
            self.pending.append(
                [begun, 0, selector, name + b":" + value + b"\r\n" + plain +
                 b"\r\n" + BODY])

    def verify(self, mail):
        begun, _, selector, octets = mail
        try:
            good = dkim.verify(octets, dnsfunc=self.ask)
        except dkim.DKIMException as error:
            print(self.name, selector, error, flush=True)
            good = False
        if good:
            self.counts["verified"] += 1
        elif time.time() > begun + self.lifetime:
            self.counts["late"] += 1
        else:
            self.fault("bad", f"{selector} after "
                       f"{time.time() - begun:.1f} s")
        mail[1] += 1

    def look(self):
        ages = (0, self.lifetime / 2, self.lifetime - 3)
        for mail in self.pending:
            if time.time() - mail[0] >= ages[mail[1]]:
                self.verify(mail)
        self.pending = [mail for mail in self.pending if mail[1] < LOOKS]

    def tell(self):
        with open(self.file + ".new", "w", encoding="ascii") as file:
            json.dump({**self.counts, "selectors": self.selectors,
                       "pending": len(self.pending)}, file)
        os.rename(self.file + ".new", self.file)

    def run(self):
        then = time.time()
        while not os.path.exists(self.stop):
            with open(self.domains, encoding="ascii") as file:
                domains = file.read().split()
            if domains:
                self.transmit(random.choice(domains))
            self.look()
            self.tell()
            then = max(then + INTERVAL_S, time.time())
            time.sleep(max(0, then - time.time()))
        while self.pending:
            self.look()
            time.sleep(0.2)
        self.tell()


if __name__ == "__main__":
    Mail(sys.argv).run()
