#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""The DNS of test_dns_sight.c, on port 53 of loopback addresses: a recursive
resolver at 127.0.0.1, and name servers with faults.  "ready" comes on standard
output; then, for each line "ADDRESS NAME TYPE" on standard input, how often
that was asked.  It ends with that."""

import collections
import functools
import pathlib
import socket
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "common"))
from dnsserver import (  # noqa: E402
    AA, CD, FORMERR, NOERROR, NXDOMAIN, QR, RA, RD, REFUSED, SERVFAIL, TC,
    TYPES, encode_name, encode_record, read_question, serve)

NAMES = {number: name for name, number in TYPES.items()}

RESOLVER = "127.0.0.1"
RIGHT = ("v=DKIM1; k=ed25519; h=sha256; "
         "p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=")
REVOKED = "v=DKIM1; k=ed25519; h=sha256; p="
OTHER = ("v=DKIM1; k=ed25519; h=sha256; "
         "p=AAAAAAKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=")

HOSTS = {f"ns{i}.example.net": [f"127.0.1.{i}"] for i in range(1, 9)}
HOSTS["ns6.example.net"] = ["127.0.1.6", "::1"]
HOSTS["noroute.example.net"] = ["127.0.1.7", "2001:db8::53"]
HOSTS["many.example.net"] = [f"127.0.2.{i}" for i in range(1, 17)]
HOSTS["many2.example.net"] = [f"127.0.3.{i}" for i in range(1, 17)]
HOSTS["udponly.example.net"] = ["127.0.1.9"]
HOSTS["nameless.example.net"] = []
HOSTS["servfail.example.net"] = None


class Zone:
    """A zone: its records, and what single servers do instead."""

    def __init__(self, servers, records, faults=None, ttl=3600, minimum=900):
        self.servers = servers
        self.records = records
        self.faults = faults or {}
        self.ttl = ttl
        self.minimum = minimum


TWO = ["ns1.example.net", "ns2.example.net"]


def key(domain, value, kind="TXT"):
    return {f"s._domainkey.{domain}": [(kind, value)]}


def faulty(domain, fault, address="127.0.1.2", servers=None):
    """A right record, but for one server."""
    return Zone(servers or TWO, key(domain, RIGHT), {address: fault})


ZONES = {
    "example.net": Zone(TWO, {
        name: [("AAAA" if ":" in address else "A", address)
               for address in addresses or []]
        for name, addresses in HOSTS.items()}),
    "right.test": Zone(TWO, key("right.test", RIGHT)),
    "blanks.test": Zone(TWO, key("blanks.test", RIGHT.replace("Oi", "O i")
                                 .replace("cv", "c v"))),
    "strings.test": Zone(TWO, key("strings.test", [RIGHT[:20], RIGHT[20:]])),
    "lax.test": Zone(TWO, key("lax.test", RIGHT.replace("p=", "t=s; p="))),
    "absent.test": Zone(TWO, {}),
    "revoked.test": Zone(TWO, key("revoked.test", REVOKED)),
    "other.test": Zone(TWO, key("other.test", OTHER)),
    "both.test": Zone(TWO, {"s._domainkey.both.test":
                            [("TXT", RIGHT), ("TXT", OTHER)]}),
    "escape.test": Zone(TWO, key("escape.test", "\x1b]0;evil\x07\n\xff")),
    "lagging.test": faulty("lagging.test", {}),
    "altered.test": faulty("altered.test", key("altered.test", OTHER)),
    "halfrevoked.test": faulty("halfrevoked.test",
                               key("halfrevoked.test", REVOKED)),
    "refused.test": faulty("refused.test", "refused"),
    "servfail.test": faulty("servfail.test", "servfail"),
    "lame.test": faulty("lame.test", "lame"),
    "garbled.test": faulty("garbled.test", "garbled"),
    "truncated.test": faulty("truncated.test", "truncated"),
    "tcpclosed.test": faulty("tcpclosed.test", "tcpclosed"),
    "udponly.test": faulty("udponly.test", "truncated", "127.0.1.9",
                           ["udponly.example.net"]),
    "noedns.test": faulty("noedns.test", "noedns"),
    "forged.test": faulty("forged.test", "forged"),
    "closed.test": faulty("closed.test", None, servers=[
        "ns1.example.net", "ns8.example.net"]),
    # Each by a server of its own, so that their silences do not add up.
    "silent.test": faulty("silent.test", "silent"),
    "wrongid.test": faulty("wrongid.test", "wrongid", "127.0.1.3",
                           ["ns1.example.net", "ns3.example.net"]),
    "wrongname.test": faulty("wrongname.test", "wrongname", "127.0.1.4",
                             ["ns1.example.net", "ns4.example.net"]),
    "garbage.test": faulty("garbage.test", "garbage", "127.0.1.5",
                           ["ns1.example.net", "ns5.example.net"]),
    "silentlag.test": Zone(
        ["ns1.example.net", "ns2.example.net", "ns3.example.net"],
        key("silentlag.test", RIGHT),
        {"127.0.1.2": {}, "127.0.1.3": "servfail"}),
    "six.test": Zone(["ns6.example.net"], key("six.test", RIGHT)),
    "sixlag.test": Zone(["ns6.example.net"], key("sixlag.test", RIGHT),
                        {"::1": {}}),
    "noroute.test": Zone(["noroute.example.net"], key("noroute.test", RIGHT)),
    "nameless.test": Zone(["ns1.example.net", "nameless.example.net"],
                          key("nameless.test", RIGHT)),
    "unknown.test": Zone(["ns1.example.net", "servfail.example.net"],
                         key("unknown.test", RIGHT)),
    "manystrings.test": Zone(TWO, key("manystrings.test", ["x" * 60] * 1000)),
    "manyrecords.test": Zone(TWO, {"s._domainkey.manyrecords.test":
                                   [("TXT", f"{i}") for i in range(500)]}),
    "wildcard.test": Zone(TWO, {"*": [("TXT", "v=spf1 -all")]}),
    "ttl.test": Zone(TWO, key("ttl.test", RIGHT), ttl=100000, minimum=90000),
    "delegated.test": Zone(TWO, key("delegated.test", OTHER)),
    "s._domainkey.delegated.test": Zone(TWO, key("delegated.test", RIGHT)),
    "bogus.test": Zone(TWO, key("bogus.test", RIGHT)),
    # The records of keys whose names are CNAMEs of customers.
    "ours.test": Zone(TWO, {"k.ours.test": [("TXT", RIGHT)]}),
    "alias.test": Zone(TWO, key("alias.test", "K.ours.test", "CNAME"),
                       minimum=1800),
    "aliaslag.test": Zone(TWO, key("aliaslag.test", "k.ours.test", "CNAME"),
                          {"127.0.1.2": {}}),
    "aliasdead.test": Zone(TWO, key("aliasdead.test", "k.ours.test", "CNAME"),
                           {"127.0.1.2": "refused"}),
    "aliaswrong.test": Zone(TWO, key("aliaswrong.test", "k.other.test",
                                     "CNAME")),
    "aliastext.test": Zone(TWO, key("aliastext.test", RIGHT)),
    "dangling.test": Zone(TWO, key("dangling.test", "none.ours.test",
                                   "CNAME")),
    "loop.test": Zone(TWO, {"s._domainkey.loop.test":
                            [("CNAME", "b.loop.test")],
                            "b.loop.test":
                            [("CNAME", "S._domainkey.loop.test")]}),
    "ring.test": Zone(TWO, {"s._domainkey.ring.test":
                            [("CNAME", "b.ring.test")],
                            "b.ring.test": [("CNAME", "c.ring.test")],
                            "c.ring.test": [("CNAME", "b.ring.test")]}),
    "chain.test": Zone(TWO, {"s._domainkey.chain.test":
                             [("CNAME", "c1.chain.test")], **{
                                 f"c{i}.chain.test":
                                 [("CNAME", f"c{i + 1}.chain.test")]
                                 for i in range(1, 20)}}),
    "eight.test": Zone(TWO, {"s._domainkey.eight.test":
                             [("CNAME", "c1.eight.test")], **{
                                 f"c{i}.eight.test":
                                 [("CNAME", f"c{i + 1}.eight.test")]
                                 for i in range(1, 8)},
                             "c8.eight.test": [("TXT", RIGHT)]}),
    "split.test": Zone(TWO, key("split.test", "k.ours.test", "CNAME"),
                       {"127.0.1.2": key("split.test", RIGHT)}),
    "many.test": Zone([f"many{i}.example.net" for i in ("", "2")] +
                      ["three", "four", "five"], key("many.test", RIGHT)),
}
for index, name in enumerate(("three", "four", "five")):
    HOSTS[name] = [f"127.0.{4 + index}.{i}" for i in range(1, 17)]

# Names that are delegated to servers that do not answer for them.
DEAD = {"_domainkey.dead.test": ["dead1.example.net", "dead2.example.net",
                                 "dead3.example.net", "dead4.example.net"]}
ZONES["dead.test"] = Zone(TWO, {})

queries = collections.Counter()


def dead_delegation(name):
    """The name that is delegated, or None."""
    return next((dead for dead in DEAD
                 if name == dead or name.endswith("." + dead)), None)


def zone_of(name):
    """The apex of the zone that holds a name."""
    labels = name.split(".")
    for i in range(len(labels)):
        if ".".join(labels[i:]) in ZONES:
            return ".".join(labels[i:])
    return None


def record(owner, kind, value, ttl=300):
    return encode_record(owner, kind, value, ttl)


def soa(apex):
    return record(apex, "SOA", ("ns1.example.net", ZONES[apex].minimum),
                  ZONES[apex].ttl)


def look_up(apex, records, name, kind):
    """(code, answer records, authority records) of a zone."""
    zone = ZONES[apex]
    if name == apex and kind == "SOA":
        return NOERROR, [soa(apex)], []
    if name == apex and kind == "NS":
        return NOERROR, [record(apex, "NS", server)
                         for server in zone.servers], []
    found = records.get(name, records.get("*"))
    if found is None:
        below = any(owner.endswith("." + name) for owner in records)
        return (NOERROR if below or name == apex else NXDOMAIN), [], \
            [soa(apex)]
    answer = [record(name, owned, value, 600) for owned, value in found
              if owned in (kind, "CNAME")]
    return NOERROR, answer, [] if answer else [soa(apex)]


def resolve(name, kind, flags):
    """The same as of a resolver."""
    apex = zone_of(name)
    if name in HOSTS and HOSTS[name] is None or dead_delegation(name):
        return SERVFAIL, [], []
    if apex == "bogus.test" and not flags & CD:
        return SERVFAIL, [], []
    if name in HOSTS and kind in ("A", "AAAA"):
        return NOERROR, [record(name, kind, address)
                         for address in HOSTS[name]
                         if (":" in address) == (kind == "AAAA")], []
    if apex is None:
        root = encode_name("") + struct.pack("!HHI", TYPES["SOA"], 1, 60) + \
            struct.pack("!H", 22) + bytes(22)
        return NXDOMAIN, [], [root]
    return look_up(apex, ZONES[apex].records, name, kind)


def spoil(fault, reply, question, is_tcp, has_edns):
    """What goes out in place of a reply: any number of messages."""
    if fault == "silent" or fault == "tcpclosed" and is_tcp:
        return []
    if fault in ("truncated", "tcpclosed") and not is_tcp:
        return [reply[:2] + struct.pack("!HHHHH", QR | AA | TC, 1, 0, 0, 0) +
                question]
    wrong_id = bytes([reply[0] ^ 1]) + reply[1:]
    wrong_name = reply[:13] + bytes([reply[13] ^ 1]) + reply[14:]
    no_reply = reply[:2] + bytes([reply[2] & 0x7f]) + reply[3:]
    if fault == "wrongid":
        return [wrong_id]
    if fault == "wrongname":
        return [wrong_name, no_reply]
    if fault == "garbage":
        return [b"", b"x", reply[:11], b"\xff" * 500]
    if fault == "garbled":
        return [reply[:-5]]
    if fault == "forged":
        return [b"", wrong_id, wrong_name, no_reply, reply]
    if fault == "noedns" and has_edns:
        return [reply[:2] + struct.pack("!HHHHH", QR | FORMERR, 0, 0, 0, 0)]
    return [reply]


def answer(address, query, is_tcp):
    ident, flags, _, _, _, additional = struct.unpack("!HHHHHH", query[:12])
    name, number, question = read_question(query)
    kind = NAMES.get(number, "?")
    queries[f"{address} {name} {kind}"] += 1
    fault = None
    if address == RESOLVER:
        code, found, authority = resolve(name, kind, flags)
        flags = QR | RA | flags & RD | code
    else:
        apex = zone_of(name)
        fault = ZONES[apex].faults.get(address) if apex else "refused"
        records = ZONES[apex].records if apex else {}
        if isinstance(fault, dict):
            records, fault = fault, None
        code, found, authority = look_up(apex, records, name, kind) \
            if apex else (REFUSED, [], [])
        if fault in ("refused", "servfail"):
            code = REFUSED if fault == "refused" else SERVFAIL
            found = authority = []
        if dead := dead_delegation(name):
            code, found, fault = NOERROR, [], "lame"
            authority = [record(dead, "NS", server) for server in DEAD[dead]]
        flags = QR | (0 if fault == "lame" else AA) | code
    body = question + b"".join(found + authority)
    if not is_tcp and 12 + len(body) > 1232:
        flags, found, authority, body = flags | TC, [], [], question
    reply = struct.pack("!HHHHHH", ident, flags, 1, len(found),
                        len(authority), 0) + body
    return spoil(fault, reply, question, is_tcp, additional > 0)


def open_socket(address, kind):
    sock = socket.socket(socket.AF_INET6 if ":" in address else
                         socket.AF_INET, kind)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((address, 53))
    if kind == socket.SOCK_STREAM:
        sock.listen(64)
    return sock


def main():
    addresses = {address for found in HOSTS.values() for address in found or []
                 if address not in ("2001:db8::53", "127.0.1.8")}
    for address in sorted(addresses | {RESOLVER}):
        serve(open_socket(address, socket.SOCK_DGRAM),
              None if address == "127.0.1.9" else
              open_socket(address, socket.SOCK_STREAM),
              functools.partial(answer, address))
    print("ready", flush=True)
    for line in sys.stdin:
        print(queries[line.strip()], flush=True)


main()
