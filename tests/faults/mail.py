# SPDX-License-Identifier: ISC
"""The messages of the senders: one kind for each way to prove a source."""

import base64
import os
import sys

import dkim
import nacl.signing

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "e2e", "lib"))
# pylint: disable=wrong-import-position
import salesforce

ORG = "00D1U0000013lbu"
PLATFORM = "platform.example"
SEED = nacl.signing.SigningKey(bytes(range(32)))
PLATFORM_RECORD = "v=DKIM1; k=ed25519; p=" + base64.b64encode(
    bytes(SEED.verify_key)).decode()
LINE = "Blanks at the end of this line, and dots below.  \r\n.\r\n..\r\n"


def ordinary(ident, domain):
    return salesforce.message(ORG, domain, f"{ident}@example.org",
                              serial=ident)


class Kind:
    """A client and its messages: the source that they prove."""

    def __init__(self, name, domain, address, octets=0):
        self.name, self.domain, self.address = name, domain, address
        self.sender = f"service@{domain}"
        self.octets = octets

    def message(self, ident):
        """The octets of the message with this id."""
        plain = ordinary(ident, self.domain)
        if self.octets:
            plain += (LINE * (self.octets // len(LINE))).encode()
        return plain


class Signed(Kind):
    """Signed by the platform: each message by itself."""

    def message(self, ident):
        plain = super().message(ident)
        names = {line.split(b":")[0].lower() for line in
                 plain.split(b"\r\n\r\n")[0].split(b"\r\n")
                 if b":" in line and line[:1] not in b" \t"} - {b"received"}
        return dkim.sign(
            plain, b"tenant", PLATFORM.encode(),
            base64.b64encode(bytes(SEED)),
            signature_algorithm=b"ed25519-sha256",
            canonicalize=(b"relaxed", b"relaxed"),
            include_headers=sorted(names)) + plain


HEADER, BIG, OWN, SPF, DKIM = KINDS = (
    Kind("header", "example.com", "13.110.209.7"),
    Kind("big", "example.com", "13.110.209.7", octets=200000),
    Kind("own", "own.example", "10.20.30.40", octets=3000),
    Kind("spf", "spf.example", "198.51.100.7"),
    Signed("dkim", "dkim.example", "203.0.113.5"),
)
# What each domain signs with.
DOMAINS = {"example.com": "both", "own.example": "both",
           "spf.example": "rsa2048", "dkim.example": "ed25519"}
