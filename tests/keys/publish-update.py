#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Updates of DNS at servers that do wrong, or change while we look.

usage: publish-update.py PUBLISHCASE"""

import pathlib
import subprocess
import sys
import tempfile

import dns.rcode
import dns.tsig
import dns.tsigkeyring

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "common"))
from updateserver import UpdateServer  # noqa: E402

NAME = "s._domainkey.example.com"
ONE, TWO, THEIRS = "v=DKIM1; p=b25l", "v=DKIM1; p=dHdv", "theirs"
SECRET = "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"
OTHER = "b3RoZXJvdGhlcm90aGVyb3RoZXJvdGhl"


def keyring(secret=SECRET):
    return dns.tsigkeyring.from_text({"update": ("hmac-sha256", secret)})


class Case:
    """A server for one change, and what comes of it."""

    def __init__(self, records=()):
        self.server = UpdateServer("example.com", {
            ("example.com", "SOA"): ["ns1 hostmaster 1 3600 600 86400 60"],
            ("example.com", "NS"): ["ns1.example.com."],
            ("ns1.example.com", "A"): ["127.0.0.1"],
        }, keyring())
        self.put(*records)
        self.output = ""
        self.is_named = True    # by update_server

    def put(self, *texts):
        self.server.put(NAME, "TXT", [f'"{text}"' for text in texts])

    def change(self, before, after, *options):
        """Run the program: the first word of its result."""
        server = f"127.0.0.1@{self.server.port}"
        update_server = ["-s", server] if self.is_named else []
        self.output = subprocess.run(
            [sys.argv[1], "-a", server, *update_server, "-k", KEY,
             *options, "example.com", NAME, before or "-", after or "-"],
            stdout=subprocess.PIPE, text=True, timeout=60,
            check=True).stdout.strip()
        return self.output.split(":")[0]

    def texts(self):
        return self.server.texts(NAME)


def with_code(code):
    """The answer has another code, and is signed as it should be."""
    def spoil(reply):
        reply.set_rcode(code)
        return reply
    return spoil


def unsigned(reply):
    reply.tsig = None
    return reply


def unsigned_with_code(code):
    return lambda reply: unsigned(with_code(code)(reply))


def signed_by_another(reply):
    reply.use_tsig(keyring(OTHER))
    return reply


def signed_for_another_request(reply):
    reply.request_mac = b"x" * 32
    return reply


def signed_twice(reply):
    """Something stands after the signature."""
    wire = reply.to_wire()
    return wire + b"trailing"


def changed_after(reply):
    wire = bytearray(reply.to_wire())
    wire[2] ^= 0x04
    return bytes(wire)


def cut(reply):
    return reply.to_wire()[:-3]


def another_id(reply):
    wire = reply.to_wire()
    return bytes([wire[0] ^ 1]) + wire[1:]


def a_query(reply):
    wire = bytearray(reply.to_wire())
    wire[2] &= 0x7f
    return bytes(wire)


# An answer that is spoilt: the result, and a part of what is said.
SPOILT = [
    ("nothing is spoilt", None, "changed", "accepted the update"),
    ("an answer that is not signed", unsigned, "failed", "is not signed"),
    ("REFUSED that is not signed", unsigned_with_code(dns.rcode.REFUSED),
     "failed", "is not signed: the server does not have this key or does "
     "not let it"),
    ("NOTIMP that is not signed", unsigned_with_code(dns.rcode.NOTIMP),
     "failed", "does not support updates, as a secondary server: set "
     "update_server in the section rotation to the primary server (NOTIMP)"),
    ("NOTAUTH that is not signed", unsigned_with_code(dns.rcode.NOTAUTH),
     "failed", "or is not primary for it: compare tsig_key and"),
    ("an answer that somebody else signed", signed_by_another, "failed",
     "anybody may have sent it"),
    ("an answer to another request", signed_for_another_request, "failed",
     "anybody may have sent it"),
    ("an answer changed under way", changed_after, "failed",
     "anybody may have sent it"),
    ("an answer with more behind it", signed_twice, "", ""),
    ("an answer that is cut", cut, "later", "malformed answer"),
    ("an answer with another ID", another_id, "later", "malformed answer"),
    ("a query in place of an answer", a_query, "later", "malformed answer"),
    ("an empty answer", lambda reply: b"", "later", "malformed answer"),
    ("octets", lambda reply: b"\xff" * 500, "later", "malformed answer"),
    ("a connection that is closed", lambda reply: None, "later",
     "malformed answer"),
    ("SERVFAIL", with_code(dns.rcode.SERVFAIL), "later", "SERVFAIL"),
    ("REFUSED", with_code(dns.rcode.REFUSED), "failed",
     "REFUSED for the update of s._domainkey.example.com in zone "
     "example.com: allow the key in tsig_key to update TXT records there; BIND "
     "says the same if the zone is frozen, see 'rndc thaw'"),
    ("NOTAUTH", with_code(dns.rcode.NOTAUTH), "failed",
     "NOTAUTH for the update of s._domainkey.example.com in zone "
     "example.com: the server is not primary for this zone, or does not "
     "allow the key to update it: set update_server"),
    ("NOTZONE", with_code(dns.rcode.NOTZONE), "failed",
     "the name is in another zone"),
    ("FORMERR", with_code(dns.rcode.FORMERR), "failed", "FORMERR"),
    ("NOTIMP", with_code(dns.rcode.NOTIMP), "failed",
     "NOTIMP for the update of s._domainkey.example.com in zone "
     "example.com: the server does not support updates, as a secondary "
     "server: set update_server in the section rotation "
     "to the primary server"),
    ("a code that is none", with_code(11), "failed", "unknown rcode"),
]


def spoilt(spoil, want, text):
    """True success is told from all else, and is found by the next look."""
    case = Case()
    case.server.spoil = spoil
    result = case.change(None, ONE)
    if want == "":
        assert result in ("changed", "later", "failed"), case.output
    else:
        assert result == want and text in case.output, case.output
    case.server.spoil = None
    assert case.change(None, ONE) == "unchanged", case.output
    assert case.texts() == [ONE], case.texts()


def race(case, at, *texts):
    """Somebody else changes the records before update number "at"."""
    def before():
        if case.server.nupdates == at:
            case.put(*texts)
    case.server.before_update = before


def race_of_additions():
    case = Case()
    race(case, 1, THEIRS)
    assert case.change(None, ONE) == "conflict", case.output
    assert f'"{THEIRS}"' in case.output, case.output
    assert case.texts() == [THEIRS], case.texts()


def race_of_the_same():
    case = Case()
    race(case, 1, ONE)
    assert case.change(None, ONE) == "unchanged", case.output
    assert case.texts() == [ONE], case.texts()


def race_of_a_replacement():
    case = Case([ONE])
    race(case, 1, ONE, THEIRS)
    assert case.change(ONE, TWO) == "conflict", case.output
    assert case.texts() == sorted([ONE, THEIRS]), case.texts()


def race_of_a_removal():
    case = Case([ONE])
    race(case, 1, THEIRS)
    assert case.change(ONE, None) == "conflict", case.output
    assert case.texts() == [THEIRS], case.texts()


def race_that_is_over():
    case = Case([ONE])
    race(case, 1)
    assert case.change(ONE, TWO) == "changed", case.output
    assert case.texts() == [TWO], case.texts()
    assert case.server.nupdates == 2


def race_without_end():
    case = Case([ONE])
    case.server.prerequisites = lambda update: dns.rcode.NXRRSET
    assert case.change(ONE, TWO) == "conflict", case.output
    assert "changed by somebody else" in case.output, case.output
    assert case.texts() == [ONE], case.texts()
    assert case.server.nupdates == 2


def race_with_a_cname():
    case = Case()
    case.server.before_update = lambda: case.server.put(
        NAME, "CNAME", ["elsewhere.example.net."])
    assert case.change(None, ONE) == "conflict", case.output
    assert "CNAME" in case.output, case.output
    assert case.texts() == [], case.texts()


def race_of_strings():
    """The same value in other strings is another record."""
    case = Case([ONE])
    case.server.before_update = lambda: case.server.put(
        NAME, "TXT", ['"v=DKIM1; " "p=b25l"'])
    assert case.change(ONE, TWO) == "changed", case.output
    assert case.texts() == [TWO], case.texts()


def a_zone_without_a_primary():
    """The name of the primary server in its SOA record is the root."""
    case = Case()
    case.server.put("example.com", "SOA",
                    [". hostmaster 1 3600 600 86400 60"])
    case.is_named = False
    assert case.change(None, ONE) == "failed", case.output
    assert case.output.endswith(
        'zone example.com: its SOA record names no primary server ("."): '
        'set update_server in the section rotation'), case.output
    assert case.server.nupdates == 0


def a_server_that_is_not_authoritative():
    """What it has may be old, as with a resolver."""
    case = Case()
    case.server.is_authoritative = False
    assert case.change(ONE, None) == "failed", case.output
    assert "not authoritative for zone example.com" in case.output, \
        case.output
    assert case.server.nupdates == 0


def a_lease_that_has_ended():
    """It ends after the update was signed: the update is not sent."""
    case = Case()
    assert case.change(None, ONE, "-l") == "later", case.output
    assert "too little time is left of the lease" in case.output, case.output
    assert case.server.nupdates == 0
    assert case.texts() == [], case.texts()


TESTS = [(f"{name}: {want or 'no matter'}",
          lambda row=(spoil, want, text): spoilt(*row))
         for name, spoil, want, text in SPOILT]
TESTS += [(test.__name__.replace("_", " "), test) for test in (
    race_of_additions, race_of_the_same, race_of_a_replacement,
    race_of_a_removal, race_that_is_over, race_without_end,
    race_with_a_cname, race_of_strings, a_zone_without_a_primary,
    a_server_that_is_not_authoritative, a_lease_that_has_ended)]

with tempfile.NamedTemporaryFile("w") as file:
    file.write(f'key "update" {{ algorithm hmac-sha256; '
               f'secret "{SECRET}"; }};\n')
    file.flush()
    KEY = file.name
    print(f"1..{len(TESTS)}")
    for number, (name, test) in enumerate(TESTS, 1):
        try:
            test()
            print(f"ok {number} - {name}")
        except AssertionError as error:
            print(f"not ok {number} - {name}: {error}")
