# SPDX-License-Identifier: ISC
"""A name server that can be dead or slow, and can lie.

A lie is an answer that does not fit its query, or says that the server failed:
from these a resolver can tell that it knows nothing.  (An answer that is wrong
and fits cannot be told from a right one without DNSSEC.)
"""

import itertools
import os
import random
import socket
import struct
import sys
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "common"))
# pylint: disable=wrong-import-position
from dnsserver import AA, FORMERR, QR, RA, REFUSED, SERVFAIL, TC, DnsServer, \
    read_question, serve

SLOW = 1.5      # seconds


def with_code(reply, code):
    flags, = struct.unpack("!H", reply[2:4])
    return reply[:2] + struct.pack("!H", flags & ~0xf | code) + reply[4:]


def with_record(reply, record):
    """The question of a reply, with another record."""
    ident, = struct.unpack("!H", reply[:2])
    return struct.pack("!HHHHHH", ident, QR | AA | RA, 1, 1, 0, 0) + \
        read_question(reply)[2] + record


LIES = (
    # the id of another query, a question that was not asked
    lambda reply, _: bytes([reply[0] ^ 0xff]) + reply[1:],
    lambda reply, _: reply[:13] + bytes([reply[13] ^ 1]) + reply[14:],
    # cut off, empty, random
    lambda reply, _: reply[:len(reply) // 2],
    lambda reply, _: reply[:11],
    lambda reply, rng: reply[:2] + rng.randbytes(len(reply) - 2),
    # a pointer to itself in the place of an owner
    lambda reply, _: with_record(
        reply, b"\xc0" + bytes([12 + len(read_question(reply)[2])]) +
        b"\0\x10\0\1\0\0\0\0\0\0"),
    # more records than there are
    lambda reply, _: reply[:6] + b"\xff\xff" + reply[8:],
    # failed
    lambda reply, _: with_code(reply, SERVFAIL),
    lambda reply, _: with_code(reply, REFUSED),
    lambda reply, _: with_code(reply, FORMERR),
    # truncated, also where it cannot be
    lambda reply, _: reply[:2] + bytes([reply[2] | TC >> 8]) + reply[3:],
)


class NameServer(DnsServer):
    """mode: true, dead, slow or lying."""

    def __init__(self, zone, port):
        super().__init__(zone, ttl=0)
        self.mode = "true"
        self.told = 0           # answers that were late, wrong or missing
        self.asked = 0
        self.broken = []        # what its threads met that they should not
        self.lies = itertools.cycle(LIES)
        self.rng = random.Random(1)
        self.close()
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        for sock in self.udp, self.tcp:
            sock.bind(("127.0.0.1", port))
        self.tcp.listen(128)
        # Several threads read the same socket: a slow answer delays only
        # itself and those that wait for the same thread.
        for _ in range(32):
            serve(self.udp, None, self.replies)
        serve(None, self.tcp, self.replies)

    def replies(self, query, is_tcp):
        self.asked += 1
        try:
            return self.reply_or_lie(query, is_tcp)
        except Exception:   # pylint: disable=broad-except
            self.broken.append(traceback.format_exc())
            return []

    def reply_or_lie(self, query, is_tcp):
        found = super().replies(query, is_tcp)
        if self.mode == "true" or not found:
            return found
        self.told += 1
        if self.mode == "dead":
            return []
        if self.mode == "slow":
            time.sleep(SLOW)
            return found
        return [next(self.lies)(reply, self.rng) for reply in found]
