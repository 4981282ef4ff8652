# SPDX-License-Identifier: ISC
"""An authoritative DNS server on loopback whose zones are a file.

usage: authority.py DIRECTORY

DIRECTORY/records has a line a TXT record: its name, a tab, its value.  It is
read again for each question, so that whoever replaces it has changed the
zone; UPDATE (RFC 2136) with TSIG (RFC 8945), key "test", hmac-sha256, secret
in DIRECTORY/secret, replaces it, too.  The zones are the names of two labels.
DIRECTORY/port, a FIFO, gets the port.  DIRECTORY/listen, if it is there, has
the address on which port 53 is used instead of a free port, and
DIRECTORY/servers the addresses of ns1, ns2 and so on, the servers of all zones,
instead of 127.0.0.1.  Caches may keep an answer for a second,
and that there is none for as many as DIRECTORY/negative says, if it is there.
A value that begins with "CNAME " is a CNAME, and one with "DNAME " a DNAME, for
queries.  A name that begins with "*." is a wildcard (RFC 4592): it answers for
names at its level if nothing exists between.  If DIRECTORY/servfail is there,
all answers are SERVFAIL; if DIRECTORY/asked is, it gets the names asked for.
DIRECTORY/manner, if it is there, says how queries are answered: "refused",
"servfail", "lame" (not authoritative), or "silent" (not at all); after "txt-",
only those for TXT records are.  DIRECTORY/mute, if it is there, has domains
for which no query is answered.  DIRECTORY/delegated, if it is there, has a name
and a name server: it is delegated there, and nobody answers for it.
The clock of whoever signs does not matter, unless DIRECTORY/punctual is there:
then an UPDATE that was signed longer ago than its fudge is refused.
"""

import base64
import hashlib
import hmac
import os
import pathlib
import socket
import struct
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "common"))
from dnsserver import (  # noqa: E402
    AA, NOERROR, NXDOMAIN, QR, RA, RD, REFUSED, SERVFAIL, TYPES, decode_name,
    encode_name, encode_record, open_sockets, read_question, serve)

TXT, TSIG, ANY = TYPES["TXT"], 250, 255
IN, CLASS_NONE, CLASS_ANY = 1, 254, 255
YXRRSET, NXRRSET, NOTAUTH = 7, 8, 9
UPDATE = 5
ALGORITHM = "hmac-sha256"


def decode_text(data):
    pieces, at = [], 0
    while at < len(data):
        pieces.append(data[at + 1:at + 1 + data[at]].decode("ascii"))
        at += 1 + data[at]
    return "".join(pieces)


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


def read_words(directory, name):
    """The words of a file in the directory; none if it is not there."""
    path = pathlib.Path(directory) / name
    return path.read_text(encoding="ascii").split() if path.exists() else []


def open_at(address):
    """The same as open_sockets() at port 53 of an address."""
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind((address, 53))
    tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    tcp.bind((address, 53))
    tcp.listen(64)
    return udp, tcp, 53


class Authority:
    def __init__(self, directory):
        self.directory = directory
        self.file = os.path.join(directory, "records")
        with open(os.path.join(directory, "secret"),
                  encoding="ascii") as text:
            self.secret = base64.b64decode(text.read())
        self.asked = os.path.join(directory, "asked")
        self.failing = os.path.join(directory, "servfail")
        self.negative = os.path.join(directory, "negative")
        self.manner = os.path.join(directory, "manner")
        self.punctual = os.path.join(directory, "punctual")
        self.servers = read_words(directory, "servers") or ["127.0.0.1"]
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
        return encode_record(apex, "SOA", ("ns1." + apex, seconds + 5),
                             seconds)

    def address(self, name):
        """The address of a name server, or None."""
        for i, address in enumerate(self.servers):
            if name.startswith(f"ns{i + 1}."):
                return address
        return None

    @staticmethod
    def exists(zone, name):
        """Whether the name, or one below it, has records."""
        return any(owner == name or owner.endswith("." + name)
                   for owner in zone)

    def values(self, zone, name):
        """What a name has, be it by a wildcard."""
        if name.count(".") <= 1 or self.exists(zone, name):
            return zone.get(name, [])
        above = name.split(".", 1)[1]
        while above.count(".") > 1 and not self.exists(zone, above):
            above = above.split(".", 1)[1]
        return zone.get("*." + above, [])

    def records(self, zone, name):
        """The answers to a query for the TXT records of a name."""
        for owner, values in zone.items():
            for value in values:
                if value.startswith("DNAME ") and name.endswith("." + owner):
                    target = value.split()[1]
                    alias = name[:-len(owner)] + target
                    return [encode_record(owner, "DNAME", target, 1),
                            encode_record(name, "CNAME", alias, 1)]
        return [encode_record(name, "CNAME", value.split()[1], 1)
                if value.startswith("CNAME ") else
                encode_record(name, "TXT", value, 1)
                for value in self.values(zone, name)
                if not value.startswith("DNAME ")]

    @staticmethod
    def delegate(ident, flags, question, name, server):
        """A resolver finds nobody; the zone above refers to the server."""
        if flags & RD:
            return struct.pack("!HHHHHH", ident, QR | RA | RD | SERVFAIL, 1,
                               0, 0, 0) + question
        return struct.pack("!HHHHHH", ident, QR | NOERROR, 1, 0, 1, 0) + \
            question + encode_record(name, "NS", server, 1)

    def note_asked(self, name):
        if os.path.exists(self.asked):
            with open(self.asked, "a", encoding="ascii") as names:
                names.write(name + "\n")

    def is_mute(self, name):
        return any(("." + name).endswith("." + domain)
                   for domain in read_words(self.directory, "mute"))

    def answer(self, query):
        ident, flags = struct.unpack("!HH", query[:4])
        name, kind, question = read_question(query)
        self.note_asked(name)
        if os.path.exists(self.failing):
            return struct.pack("!HHHHHH", ident, QR | RA | (flags & RD) |
                               SERVFAIL, 1, 0, 0, 0) + question
        delegated = read_words(self.directory, "delegated")
        if delegated and (name == delegated[0] or
                          name.endswith("." + delegated[0])):
            return self.delegate(ident, flags, question, *delegated)
        zone = self.read()
        answers = []
        apex = name.count(".") <= 1
        if kind == TXT:
            answers = self.records(zone, name)
        elif kind == TYPES["SOA"] and apex:
            answers = [self.soa(name)]
        elif kind == TYPES["NS"] and apex:
            answers = [encode_record(name, "NS", f"ns{i + 1}.{name}", 1)
                       for i in range(len(self.servers))]
        elif kind == TYPES["A"] and self.address(name):
            answers = [encode_record(name, "A", self.address(name), 1)]
        known = answers or apex or self.exists(zone, name) or \
            self.address(name)
        authority = [] if answers else [self.soa(name)]
        return struct.pack(
            "!HHHHHH", ident, QR | AA | RA | (flags & RD) |
            (NOERROR if known else NXDOMAIN), 1, len(answers),
            len(authority), 0) + question + b"".join(answers + authority)

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

    def is_late(self, times):
        """RFC 8945 section 5.2.3."""
        signed, fudge = times[:6], times[6:]
        return os.path.exists(self.punctual) and \
            abs(time.time() - int.from_bytes(signed, "big")) > \
            int.from_bytes(fudge, "big")

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
        if not hmac.compare_digest(mac, self.mac([unsigned], name, times)) \
                or self.is_late(times):
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

    def query_replies(self, wire):
        manner = ""
        if os.path.exists(self.manner):
            with open(self.manner, encoding="ascii") as text:
                manner = text.read().strip()
        if manner.startswith("txt-"):
            manner = manner[4:] if read_question(wire)[1] == TXT else ""
        if manner == "silent":
            return []
        if self.is_mute(read_question(wire)[0]):
            self.note_asked(read_question(wire)[0])
            return []
        codes = {"refused": REFUSED, "servfail": SERVFAIL}
        if manner in codes:
            ident, flags = struct.unpack("!HH", wire[:4])
            return [struct.pack("!HHHHHH", ident, QR | (flags & RD) |
                                codes[manner], 1, 0, 0, 0) +
                    read_question(wire)[2]]
        reply = bytearray(self.answer(wire))
        if manner == "lame":
            reply[2] &= ~(AA >> 8)
        return [bytes(reply)]

    def replies(self, wire, _):
        if struct.unpack("!H", wire[2:4])[0] >> 11 & 15 == UPDATE:
            return [self.signed_update(wire)]
        return self.query_replies(wire)


def main(directory):
    listen = read_words(directory, "listen")
    udp, tcp, number = open_at(listen[0]) if listen else open_sockets()
    serve(udp, tcp, Authority(directory).replies)
    with open(os.path.join(directory, "port"), "w",
              encoding="ascii") as port:
        port.write(f"{number}\n")
    threading.Event().wait()


if __name__ == "__main__":
    main(sys.argv[1])
