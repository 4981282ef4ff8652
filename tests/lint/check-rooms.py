#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Who may include whom: one rule a room.

usage: check-rooms.py SOURCE BUILD

A rule holds for what a file includes and for what the headers of this project
that it includes include in turn.
"""

import os
import re
import sys

LIBC = (r"(assert|ctype|errno|inttypes|limits|std(arg|atomic|bool|def|int|io|lib)|"
        r"string|strings|time)\.h")
TREES = r"sys/(queue|tree|types)\.h"
SYSTEM = (r"(sys|arpa|netinet)/[a-z]+\.h|(dirent|err|fcntl|getopt|glob|grp|"
          r"netdb|poll|pthread|pwd|signal|spawn|sysexits|syslog|unistd)\.h")
# What says nothing of a private key.
DIGESTS = r"openssl/(sha|types)\.h"
OPENSSL = r"openssl/[a-z0-9_]+\.h"

# Room: the rooms that it may see, and the headers of others than the C
# library's.  Of dkimsig every other room sees dkimsig.h alone.
RULES = {
    "lib/base": ("", SYSTEM),
    # The library does no input or output, asks no DNS and reads no clock.
    "lib/dkimsig": ("", rf"{TREES}|{OPENSSL}|idn2\.h"),
    "lib/config": ("base dkimsig", rf"{SYSTEM}|libpsl\.h"),
    # Keys.  None of this reads mail.
    "keys/store": ("base dkimsig", rf"{SYSTEM}|{OPENSSL}"),
    "keys/signer": ("store base dkimsig", rf"{SYSTEM}|{OPENSSL}"),
    "keys/record": ("store base dkimsig",
                    rf"{TREES}|{OPENSSL}|ldns/ldns\.h"),
    "keys/life": ("store record config base dkimsig",
                  rf"{TREES}|unistd\.h|{OPENSSL}"),
    # What asks DNS servers has no private key at hand.
    "keys/probe": ("life record store base dkimsig",
                   rf"{SYSTEM}|ldns/ldns\.h|{DIGESTS}"),
    "keys/publish": ("probe record store config base dkimsig",
                     rf"{SYSTEM}|ldns/ldns\.h|{DIGESTS}"),
    "keys/rotate": ("life publish probe record store config base dkimsig",
                    rf"{SYSTEM}|ldns/ldns\.h|{OPENSSL}"),
    # What is said of a domain asks DNS by the caller's function alone.
    "keys/advice": ("record base dkimsig", r"arpa/inet\.h|ldns/ldns\.h"),
    "keys/import": ("store record base dkimsig", rf"{SYSTEM}|{OPENSSL}"),
    "keys/command": ("advice import rotate publish probe life record store "
                     "config base dkimsig",
                     rf"{SYSTEM}|ldns/ldns\.h|{OPENSSL}"),
    # Mail.  None of this has a private key, or the means to use one.
    "milter/resolver": ("", rf"{SYSTEM}|unbound\.h"),
    "milter/spf": ("resolver dkimsig", r"(sys/socket|arpa/inet)\.h"),
    # The decision is pure: facts in, decision out.
    "milter/policy": ("config dkimsig",
                      rf"{TREES}|(sys/socket|netinet/in)\.h"),
    "milter/message": ("policy spf resolver config base dkimsig",
                       rf"{TREES}|pthread\.h|{DIGESTS}"),
    # evp.h for EVP_EncodeBlock(3), base64 in the log.
    "milter/front": ("message policy spf resolver config base dkimsig",
                     rf"{SYSTEM}|{DIGESTS}|openssl/evp\.h|"
                     r"libmilter/mfapi\.h"),
    "milter/master": ("config base dkimsig", SYSTEM),
    # Both sides: what a diagnosis says is known to the library alone.
    "doctor/diagnose": ("dkimsig", rf"{TREES}|{OPENSSL}"),
    "doctor": ("diagnose message policy spf resolver signer store config "
               "base dkimsig", rf"{SYSTEM}|{OPENSSL}"),
}
# Where an include may lead: the roots of the include path.
ROOTS = {"lib": ["lib"], "keys": ["keys", "lib"], "milter": ["milter", "lib"],
         "doctor": ["doctor", "milter", "keys", "lib"]}
INCLUDE = re.compile(r'^#[ \t]*include[ \t]*[<"]([^>"]+)[>"]', re.M)


def name_of(room):
    return room.split("/")[-1]


ROOM_OF = {name_of(room): room for room in RULES}


class Tree:
    """The sources below a folder."""

    def __init__(self, top):
        self.top = top
        self.texts = {}
        for root in ROOTS:
            for folder, _, names in os.walk(os.path.join(top, root)):
                for name in names:
                    if name.endswith((".c", ".h")):
                        path = os.path.join(folder, name)
                        with open(path, encoding="utf-8") as file:
                            self.texts[os.path.relpath(path, top)] = \
                                file.read()

    def leads_to(self, header, root):
        """The file of this tree that an include names; else None."""
        for folder in ROOTS[root]:
            if os.path.join(folder, header) in self.texts:
                return os.path.join(folder, header)
        return None

    def headers(self, path):
        """What a file includes: header to the file that does."""
        root = path.split("/")[0]
        found, rest = {}, [path]
        while rest:
            file = rest.pop()
            for header in INCLUDE.findall(self.texts[file]):
                target = self.leads_to(header, root) or header
                if target not in found:
                    found[target] = file
                    if target in self.texts:
                        rest.append(target)
        return found

    def faults(self, path):
        """What is wrong with the includes of a file."""
        room = os.path.dirname(path)
        if room in ("lib", "keys", "milter"):
            return []
        if room not in RULES:
            return [f"{path}: no rule for {room or '.'}: sources belong "
                    "into rooms"]
        rooms, others = RULES[room]
        seen = {ROOM_OF[name] for name in rooms.split()} | {room}
        faults = []
        for header, by in self.headers(path).items():
            if header in self.texts:
                target = os.path.dirname(header)
                is_good = target in seen and (
                    target in (room, os.path.dirname(by)) or
                    target != "lib/dkimsig" or
                    header == "lib/dkimsig/dkimsig.h")
            else:
                is_good = re.fullmatch(f"{LIBC}|{others}" if others else LIBC,
                                       header) is not None
            if not is_good:
                faults.append(f"{path}: must not include {header} (by {by})")
        return faults


def check(top, build):
    tree = Tree(top)
    assert len(tree.texts) > 400
    faults = [fault for path in sorted(tree.texts)
              for fault in tree.faults(path)]
    print("\n".join(faults))
    return not faults


if __name__ == "__main__":
    sys.exit(0 if check(sys.argv[1], sys.argv[2]) else 1)
