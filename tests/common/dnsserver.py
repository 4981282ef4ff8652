# SPDX-License-Identifier: ISC
"""DNS on loopback for tests: its wire format, RFC 1035, and servers.

serve() answers on a UDP and a TCP socket by a function of the test's; that of
DnsServer looks into a zone, a dictionary: name to a list of (type, value),
where value is the text of an address, a name, (preference, name) for MX,
(primary, minimum) for SOA, and a string or a list of strings for TXT.  In the
place of the list may stand "SERVFAIL", or "SILENCE" for no answer at all.
Aliases are ("CNAME", name).  What does not fit into 512 octets is truncated
over UDP.  The queries are counted by name.
"""

import collections
import ipaddress
import socket
import struct
import threading

TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15,
         "TXT": 16, "AAAA": 28, "DNAME": 39}
NOERROR, FORMERR, SERVFAIL, NXDOMAIN, REFUSED = 0, 1, 2, 3, 5
QR, AA, TC, RD, RA, CD = 0x8000, 0x0400, 0x0200, 0x0100, 0x0080, 0x0010


def encode_name(name):
    """A name on the wire, not compressed."""
    labels = [label for label in name.rstrip(".").split(".") if label]
    return b"".join(bytes([len(label)]) + label.encode("latin-1")
                    for label in labels) + b"\0"


def decode_name(wire, at):
    """(name in small letters, place after it); pointers are followed."""
    labels, after = [], None
    while wire[at]:
        if wire[at] >= 0xc0:
            after = after or at + 2
            at = struct.unpack("!H", wire[at:at + 2])[0] & 0x3fff
        else:
            labels.append(wire[at + 1:at + 1 + wire[at]].decode("latin-1"))
            at += 1 + wire[at]
    return ".".join(labels).lower(), after or at + 1


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


def encode_record(owner, kind, value, ttl):
    """A record on the wire, of a value as a zone has it."""
    data = encode_value(kind, value)
    return encode_name(owner) + struct.pack("!HHIH", TYPES[kind], 1, ttl,
                                            len(data)) + data


def read_question(query):
    """(name in small letters, number of the type, the question's octets)."""
    name, at = decode_name(query, 12)
    wanted, = struct.unpack("!H", query[at:at + 2])
    return name, wanted, query[12:at + 4]


def open_sockets(host="127.0.0.1", port=0):
    """(UDP socket, TCP socket, port): port 0 is one that is free for both."""
    while True:
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        udp.bind((host, port))
        try:
            tcp.bind(udp.getsockname())
            tcp.listen(64)
            return udp, tcp, udp.getsockname()[1]
        except OSError:
            udp.close()
            tcp.close()


def serve_udp(udp, replies):
    while True:
        try:
            query, peer = udp.recvfrom(4096)
        except OSError:     # closed
            return
        for reply in replies(query, False):
            try:
                udp.sendto(reply, peer)
            except OSError:     # as if it were lost on its way
                pass


def serve_connection(peer, replies):
    """Each query of a connection, which ends with one without a reply."""
    try:
        with peer, peer.makefile("rwb") as stream:
            while len(head := stream.read(2)) == 2:
                query = stream.read(struct.unpack("!H", head)[0])
                found = replies(query, True)
                for reply in found:
                    stream.write(struct.pack("!H", len(reply)) + reply)
                stream.flush()
                if not found:
                    return
    except OSError:
        return


def serve_tcp(tcp, replies):
    while True:
        try:
            peer, _ = tcp.accept()
        except OSError:
            return
        threading.Thread(target=serve_connection, args=(peer, replies),
                         daemon=True).start()


def serve(udp, tcp, replies):
    """Answer from threads until the sockets are closed; one may be None.

    replies(query, is_tcp) is the list of messages that go out.
    """
    for sock, function in ((udp, serve_udp), (tcp, serve_tcp)):
        if sock is not None:
            threading.Thread(target=function, args=(sock, replies),
                             daemon=True).start()


class DnsServer:
    """Serves a zone until it is closed."""

    def __init__(self, zone, ttl=60, host="127.0.0.1", port=0):
        self.zone = {name.lower(): value for name, value in zone.items()}
        self.ttl = ttl
        self.queries = collections.Counter()
        self.udp, self.tcp, self.port = open_sockets(host, port)
        serve(self.udp, self.tcp, self.replies)

    def close(self):
        self.udp.close()
        self.tcp.close()

    def replies(self, query, is_tcp):
        reply = self.reply(query, 65535 if is_tcp else 512)
        return [] if reply is None else [reply]

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
        name, wanted, question = read_question(query)
        self.queries[name] += 1
        if self.zone.get(name) == "SILENCE":
            return None
        code, records = self.answers(name, wanted)
        data = b"".join(encode_record(owner, kind, value, self.ttl)
                        for owner, kind, value in records)
        count = len(records)
        flags = QR | AA | RA | (flags & RD) | code
        if 12 + len(question) + len(data) > limit:
            flags, data, count = flags | TC, b"", 0
        return struct.pack("!HHHHHH", ident, flags, 1, count, 0, 0) + \
            question + data
