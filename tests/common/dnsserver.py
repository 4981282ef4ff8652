# SPDX-License-Identifier: ISC
"""A DNS server on loopback for tests: UDP and TCP, RFC 1035.

Its zone is a dictionary: name to a list of (type, value), where value is the
text of an address, a name, (preference, name) for MX, (primary, minimum) for
SOA, and a string or a list of strings for TXT.  In the place of the list may stand "SERVFAIL", or
"SILENCE" for no answer at all.  Aliases are ("CNAME", name).  What does not
fit into 512 octets is truncated over UDP.  The queries are counted by name.
"""

import collections
import ipaddress
import socket
import struct
import threading

TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15,
         "TXT": 16, "AAAA": 28}
NOERROR, SERVFAIL, NXDOMAIN = 0, 2, 3


def encode_name(name):
    """A name on the wire, not compressed."""
    labels = [label for label in name.rstrip(".").split(".") if label]
    return b"".join(bytes([len(label)]) + label.encode("latin-1")
                    for label in labels) + b"\0"


def encode_value(kind, value):
    """The data of a record."""
    if kind in ("A", "AAAA"):
        return ipaddress.ip_address(value).packed
    if kind == "MX":
        return struct.pack("!H", value[0]) + encode_name(value[1])
    if kind == "SOA":
        return encode_name(value[0]) + encode_name("root.example") + \
            struct.pack("!IIIII", 1, 3600, 600, 86400, value[1])
    if kind == "TXT":
        strings = [value] if isinstance(value, str) else value
        pieces = [text[i:i + 255] for text in strings
                  for i in range(0, max(len(text), 1), 255)]
        return b"".join(bytes([len(piece)]) + piece.encode("latin-1")
                        for piece in pieces)
    return encode_name(value)


def open_sockets():
    """(UDP socket, TCP socket, port): a port that is free for both."""
    while True:
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        udp.bind(("127.0.0.1", 0))
        try:
            tcp.bind(udp.getsockname())
            tcp.listen(16)
            return udp, tcp, udp.getsockname()[1]
        except OSError:
            udp.close()
            tcp.close()


class DnsServer:
    """Serves from its own threads until it is closed."""

    def __init__(self, zone, ttl=60):
        self.zone = {name.lower(): value for name, value in zone.items()}
        self.ttl = ttl
        self.queries = collections.Counter()
        self.udp, self.tcp, self.port = open_sockets()
        for serve in (self.serve_udp, self.serve_tcp):
            threading.Thread(target=serve, daemon=True).start()

    def close(self):
        self.udp.close()
        self.tcp.close()

    def answers(self, name, wanted):
        """(code, records) for a name and a type, aliases followed."""
        records = []
        for _ in range(8):
            entry = self.zone.get(name)
            if entry is None:
                return (NOERROR if records else NXDOMAIN), records
            if entry == "SERVFAIL":
                return SERVFAIL, []
            alias = [value for kind, value in entry if kind == "CNAME"]
            if not alias:
                records += [(name, kind, value) for kind, value in entry
                            if TYPES[kind] == wanted]
                return NOERROR, records
            records.append((name, "CNAME", alias[0]))
            name = alias[0].lower()
        return SERVFAIL, []

    def reply(self, query, limit):
        """The answer to a query; None where there is to be none."""
        ident, flags = struct.unpack("!HH", query[:4])
        at, labels = 12, []
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode("latin-1"))
            at += 1 + query[at]
        question = query[12:at + 5]
        name = ".".join(labels).lower()
        wanted, = struct.unpack("!H", query[at + 1:at + 3])
        self.queries[name] += 1
        if self.zone.get(name) == "SILENCE":
            return None
        code, records = self.answers(name, wanted)
        data = b"".join(
            encode_name(owner) + struct.pack("!HHIH", TYPES[kind], 1,
                                             self.ttl, len(value)) + value
            for owner, kind, text in records
            for value in [encode_value(kind, text)])
        count = len(records)
        flags = 0x8480 | (flags & 0x0100) | code
        if 12 + len(question) + len(data) > limit:
            flags, data, count = flags | 0x0200, b"", 0
        return struct.pack("!HHHHHH", ident, flags, 1, count, 0, 0) + \
            question + data

    def serve_udp(self):
        while True:
            try:
                query, peer = self.udp.recvfrom(4096)
                reply = self.reply(query, 512)
                if reply is not None:
                    self.udp.sendto(reply, peer)
            except OSError:
                return

    def serve_tcp(self):
        while True:
            try:
                peer, _ = self.tcp.accept()
            except OSError:
                return
            with peer:
                stream = peer.makefile("rwb")
                head = stream.read(2)
                if len(head) < 2:
                    continue
                query = stream.read(struct.unpack("!H", head)[0])
                reply = self.reply(query, 65535)
                if reply is not None:
                    stream.write(struct.pack("!H", len(reply)) + reply)
                    stream.flush()
