# SPDX-License-Identifier: ISC
"""An authoritative DNS server on loopback whose zones are a file.

usage: authority.py DIRECTORY

DIRECTORY/records has a line a TXT record: its name, a tab, its value.  It is
read again for each question, so that whoever replaces it has changed the
zone; UPDATE (RFC 2136) with TSIG (RFC 8945), key "test", hmac-sha256, secret
in DIRECTORY/secret, replaces it, too.  The zones are the names of two labels.
DIRECTORY/port, a FIFO, gets the port.  Caches may keep an answer for a second,
and that there is none for as many as DIRECTORY/negative says, if it is there.
A name that begins with "*." is a wildcard.
The clock of whoever signs does not matter.
"""

import base64
import hashlib
import hmac
import os
import socket
import struct
import sys
import threading

TXT, SOA, NS, A, TSIG, ANY = 16, 6, 2, 1, 250, 255
IN, CLASS_NONE, CLASS_ANY = 1, 254, 255
NOERROR, FORMERR, NXDOMAIN = 0, 1, 3
YXRRSET, NXRRSET, NOTAUTH = 7, 8, 9
QUERY, UPDATE = 0, 5
ALGORITHM = "hmac-sha256"


def encode_name(name):
    labels = [label for label in name.split(".") if label]
    return b"".join(bytes([len(label)]) + label.encode("ascii")
                    for label in labels) + b"\0"


def decode_name(wire, at):
    """(name in small letters, place after it); aliases are followed."""
    labels, after = [], None
    while wire[at]:
        if wire[at] >= 0xc0:
            after = after or at + 2
            at = struct.unpack("!H", wire[at:at + 2])[0] & 0x3fff
        else:
            labels.append(wire[at + 1:at + 1 + wire[at]].decode("ascii"))
            at += 1 + wire[at]
    return ".".join(labels).lower(), after or at + 1


def encode_text(value):
    pieces = [value[i:i + 255] for i in range(0, max(len(value), 1), 255)]
    return b"".join(bytes([len(piece)]) + piece.encode("ascii")
                    for piece in pieces)


def decode_text(data):
    pieces, at = [], 0
    while at < len(data):
        pieces.append(data[at + 1:at + 1 + data[at]].decode("ascii"))
        at += 1 + data[at]
    return "".join(pieces)


def record(name, kind, ttl, data):
    return encode_name(name) + struct.pack("!HHIH", kind, IN, ttl,
                                           len(data)) + data


class Reader:
    """The records of a message, one after the other."""

    def __init__(self, wire):
        self.wire, self.at = wire, 12
        self.ident, self.flags, *self.counts = struct.unpack("!HHHHHH",
                                                             wire[:12])

    def question(self):
        name, self.at = decode_name(self.wire, self.at)
        kind, _ = struct.unpack("!HH", self.wire[self.at:self.at + 4])
        self.at += 4
        return name, kind

    def record(self):
        name, self.at = decode_name(self.wire, self.at)
        kind, klass, _, size = struct.unpack(
            "!HHIH", self.wire[self.at:self.at + 10])
        data = self.wire[self.at + 10:self.at + 10 + size]
        self.at += 10 + size
        return name, kind, klass, data


class Authority:
    def __init__(self, directory):
        self.file = os.path.join(directory, "records")
        with open(os.path.join(directory, "secret"),
                  encoding="ascii") as text:
            self.secret = base64.b64decode(text.read())
        self.negative = os.path.join(directory, "negative")
        self.lock = threading.Lock()

    def read(self):
        zone = {}
        with open(self.file, encoding="ascii") as lines:
            for line in lines:
                name, value = line.rstrip("\n").split("\t")
                zone.setdefault(name.lower(), []).append(value)
        return zone

    def write(self, zone):
        new = self.file + ".new"
        with open(new, "w", encoding="ascii") as lines:
            for name in sorted(zone):
                for value in zone[name]:
                    lines.write(f"{name}\t{value}\n")
        os.rename(new, self.file)

    def soa(self, name):
        apex = ".".join(name.split(".")[-2:])
        seconds = 1
        if os.path.exists(self.negative):
            with open(self.negative, encoding="ascii") as text:
                seconds = int(text.read())
        return record(apex, SOA, seconds, encode_name("ns1." + apex) +
                      encode_name("hostmaster." + apex) +
                      struct.pack("!IIIII", 1, 60, 60, 86400, seconds + 5))

    @staticmethod
    def texts(zone, name):
        if name in zone or "." not in name:
            return zone.get(name, [])
        above = name.split(".", 1)[1]
        return zone.get("*." + above, [])

    def answer(self, reader):
        name, kind = reader.question()
        zone = self.read()
        answers = []
        apex = name.count(".") <= 1
        if kind == TXT:
            answers = [record(name, TXT, 1, encode_text(value))
                       for value in self.texts(zone, name)]
        elif kind == SOA and apex:
            answers = [self.soa(name)]
        elif kind == NS and apex:
            answers = [record(name, NS, 1, encode_name("ns1." + name))]
        elif kind == A and name.startswith("ns1."):
            answers = [record(name, A, 1, bytes([127, 0, 0, 1]))]
        known = answers or apex or name in zone or name.startswith("ns1.")
        authority = [] if answers else [self.soa(name)]
        return struct.pack(
            "!HHHHHH", reader.ident, 0x8480 | (reader.flags & 0x0100) |
            (NOERROR if known else NXDOMAIN), 1, len(answers),
            len(authority), 0) + reader.wire[12:reader.at] + \
            b"".join(answers + authority)

    def holds(self, zone, prerequisites):
        """RFC 2136 section 3.2.5: the code of what does not hold."""
        wanted = {}
        for name, kind, klass, data in prerequisites:
            there = name in zone and kind in (TXT, ANY)
            if klass == CLASS_NONE and there:
                return YXRRSET
            if klass == CLASS_ANY and not there:
                return NXRRSET
            if klass == IN:
                wanted.setdefault(name, []).append(decode_text(data))
        for name, values in wanted.items():
            if sorted(zone.get(name, [])) != sorted(values):
                return NXRRSET
        return NOERROR

    def update(self, reader):
        reader.question()
        prerequisites = [reader.record() for _ in range(reader.counts[1])]
        changes = [reader.record() for _ in range(reader.counts[2])]
        with self.lock:
            zone = self.read()
            code = self.holds(zone, prerequisites)
            if code != NOERROR:
                return code
            for name, _, klass, data in changes:
                if klass == CLASS_ANY:
                    zone.pop(name, None)
                elif klass == CLASS_NONE:
                    zone[name] = [value for value in zone.get(name, [])
                                  if value != decode_text(data)]
                elif decode_text(data) not in zone.get(name, []):
                    zone.setdefault(name, []).append(decode_text(data))
            self.write(zone)
        return NOERROR

    def mac(self, pieces, name, times):
        variables = encode_name(name) + struct.pack("!HI", CLASS_ANY, 0) + \
            encode_name(ALGORITHM) + times + struct.pack("!HH", 0, 0)
        return hmac.new(self.secret, b"".join(pieces) + variables,
                        hashlib.sha256).digest()

    def signed_update(self, wire):
        """RFC 8945: only what is signed with the secret is done."""
        reader = Reader(wire)
        reader.question()
        for _ in range(sum(reader.counts[1:]) - 1):
            reader.record()
        begin = reader.at
        name, kind, _, data = reader.record()
        unsigned = wire[:10] + struct.pack("!H", reader.counts[3] - 1) + \
            wire[12:begin]
        head = struct.pack("!HHHHHH", reader.ident, 0x8000 | UPDATE << 11 |
                           NOTAUTH, 0, 0, 0, 0)
        if kind != TSIG or name != "test":
            return head
        _, at = decode_name(data, 0)
        times, size = data[at:at + 8], data[at + 8:at + 10]
        mac = data[at + 10:at + 10 + struct.unpack("!H", size)[0]]
        if not hmac.compare_digest(mac, self.mac([unsigned], name, times)):
            return head
        code = self.update(Reader(unsigned))
        head = struct.pack("!HHHHHH", reader.ident,
                           0x8000 | UPDATE << 11 | code, 0, 0, 0, 0)
        reply = self.mac([size, mac, head], name, times)
        data = encode_name(ALGORITHM) + times + \
            struct.pack("!H", len(reply)) + reply + \
            struct.pack("!HHH", reader.ident, 0, 0)
        return head[:10] + struct.pack("!H", 1) + encode_name(name) + \
            struct.pack("!HHIH", TSIG, CLASS_ANY, 0, len(data)) + data

    def reply(self, wire):
        if struct.unpack("!H", wire[2:4])[0] >> 11 & 15 == UPDATE:
            return self.signed_update(wire)
        return self.answer(Reader(wire))


def read_exactly(stream, size):
    data = b""
    while len(data) < size:
        piece = stream.recv(size - len(data))
        if not piece:
            return None
        data += piece
    return data


def serve_stream(authority, stream):
    with stream:
        while (size := read_exactly(stream, 2)) is not None:
            wire = read_exactly(stream, struct.unpack("!H", size)[0])
            if wire is None:
                return
            reply = authority.reply(wire)
            stream.sendall(struct.pack("!H", len(reply)) + reply)


def serve_tcp(authority, tcp):
    while True:
        stream, _ = tcp.accept()
        threading.Thread(target=serve_stream, args=(authority, stream),
                         daemon=True).start()


def main(directory):
    authority = Authority(directory)
    tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    tcp.bind(("127.0.0.1", 0))
    tcp.listen(64)
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(tcp.getsockname())
    threading.Thread(target=serve_tcp, args=(authority, tcp),
                     daemon=True).start()
    with open(os.path.join(directory, "port"), "w",
              encoding="ascii") as port:
        port.write(f"{tcp.getsockname()[1]}\n")
    while True:
        wire, peer = udp.recvfrom(4096)
        udp.sendto(authority.reply(wire), peer)


if __name__ == "__main__":
    main(sys.argv[1])
