#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Which rooms a room may include and link, and which may read a clock.

usage: check-rooms.py SOURCE BUILD        check the tree
       check-rooms.py SOURCE BUILD plant  test this check with forbidden
                                          includes and clocks

There is one rule per room.  It applies to the headers that a file includes,
directly or through other headers of this project, and to the symbols that the
room's library takes from other rooms.  CLOCK_ROOMS lists the rooms that may
call functions of the C library that read a clock.
"""

import json
import os
import re
import shlex
import subprocess
import sys
import tempfile

LIBC = (r"(assert|ctype|errno|inttypes|limits|std(arg|atomic|bool|def|int|io|lib)|"
        r"string|strings|time)\.h")
TREES = r"sys/(queue|tree|types)\.h"
SYSTEM = (r"(sys|arpa|netinet)/[a-z]+\.h|(dirent|err|fcntl|fnmatch|getopt|"
          r"glob|grp|netdb|poll|pthread|pwd|signal|spawn|sysexits|syslog|unistd)\.h")
# Headers that give no access to private keys.
DIGESTS = r"openssl/(sha|types)\.h"
OPENSSL = r"openssl/[a-z0-9_]+\.h"

# Room: the rooms that it may use, and the headers, besides those of the C
# library, that it may include.  Other rooms may include only dkimsig.h of
# dkimsig.
RULES = {
    # Pure functions on text; every room may use it.
    "lib/text": ("", r"getopt\.h"),
    "lib/base": ("", rf"{SYSTEM}|linux/capability\.h"),
    "lib/cell": ("base", rf"{SYSTEM}|(linux/)?(sched|seccomp)\.h"),
    # The library does no input or output, uses no DNS and reads no clock.
    "lib/dkimsig": ("", rf"{TREES}|{OPENSSL}|idn2\.h|"
                    r"(emm|imm)intrin\.h"),
    "lib/keyrecord": ("text dkimsig", OPENSSL),
    "lib/dkim2": ("dkimsig text", ""),
    "lib/config": ("base dkim2 dkimsig text",
                   rf"{SYSTEM}|libpsl\.h|(uninorm|unistr)\.h"),
    # Keys.  None of these rooms reads mail.
    "keys/store": ("base dkimsig",
                   rf"{SYSTEM}|linux/openat2\.h|{OPENSSL}"),
    # The key that is not in the store, and what it opens.
    "keys/seal": ("store base dkimsig", rf"{SYSTEM}|{OPENSSL}"),
    "keys/signer": ("seal store cell base dkimsig", rf"{SYSTEM}|{OPENSSL}"),
    "keys/record": ("store keyrecord base dkimsig",
                    rf"{TREES}|{OPENSSL}|ldns/ldns\.h"),
    "keys/life": ("store record config base dkimsig",
                  rf"{TREES}|unistd\.h|{OPENSSL}"),
    # Rooms that talk to DNS servers have no access to private keys.
    "keys/probe": ("life record keyrecord store base dkimsig",
                   rf"{SYSTEM}|ldns/ldns\.h|{DIGESTS}|"
                   r"openssl/(err|ssl|x509v3)\.h"),
    # crypto.h to compare a MAC in constant time.
    "keys/publish": ("probe record keyrecord store config base dkimsig",
                     rf"{SYSTEM}|ldns/ldns\.h|{DIGESTS}|openssl/(crypto|hmac)\.h"),
    "keys/rotate": ("life publish probe record keyrecord talk store config "
                    "base dkimsig text",
                    rf"{SYSTEM}|ldns/ldns\.h|{OPENSSL}"),
    "keys/notify": ("rotate life publish probe record store config base "
                    "dkimsig text", rf"{SYSTEM}|{DIGESTS}"),
    # Uses DNS only through a function of its caller.
    "keys/advice": ("record keyrecord base dkimsig text",
                    r"arpa/inet\.h|ldns/ldns\.h"),
    "keys/import": ("store record base dkimsig", rf"{SYSTEM}|{OPENSSL}"),
    # Private keys leave for other hosts only here.
    "keys/sync": ("store base dkimsig", rf"{SYSTEM}|{OPENSSL}"),
    # The fleet, from what is pure to what has a database and a network.  What
    # hosts sign, and whose signature counts.
    "keys/signed": ("store base dkimsig", rf"{TREES}|{OPENSSL}"),
    "keys/epochs": ("signed seal store base dkimsig", rf"{TREES}|{OPENSSL}"),
    "keys/kept": ("signed store base dkimsig text", rf"{SYSTEM}|{OPENSSL}"),
    # The only room with libpq; nothing that it returns is trusted.
    "keys/database": ("store base dkimsig",
                      rf"{TREES}|{DIGESTS}|(poll|libpq-fe)\.h"),
    "keys/mirror": ("database kept epochs signed seal store base dkimsig",
                    rf"{TREES}|{OPENSSL}"),
    "keys/writing": ("mirror database kept epochs signed seal store base "
                     "dkimsig", rf"{TREES}|{OPENSSL}"),
    "keys/membership": ("mirror database kept epochs signed seal store base "
                        "dkimsig", rf"{TREES}|{OPENSSL}"),
    "keys/recovery": ("membership writing mirror database kept epochs signed "
                      "seal store base dkimsig", rf"{TREES}|{OPENSSL}"),
    "keys/fleet": ("recovery membership writing mirror database kept epochs "
                   "signed talk seal store cell config base dkimsig text",
                   rf"{SYSTEM}|{OPENSSL}"),
    # What countersign-key and countersign-fleet say to each other.
    "keys/talk": ("store base dkimsig", rf"{SYSTEM}|{DIGESTS}"),
    # Of the fleet, what a host keeps: marks that wait for the database.
    "keys/command": ("advice import notify sync talk kept signed rotate "
                     "publish probe life record seal keyrecord store config base dkimsig text",
                     rf"{SYSTEM}|ldns/ldns\.h|{OPENSSL}"),
    # Mail.  None of these rooms has a private key, or can use one.
    "milter/resolver": ("base text", rf"{SYSTEM}|unbound\.h"),
    "milter/spf": ("resolver base dkimsig", r"(sys/socket|arpa/inet)\.h"),
    # The decision is pure: facts in, decision out.
    "milter/policy": ("config dkimsig text",
                      rf"{TREES}|(sys/socket|netinet/in)\.h"),
    # Counts what passes: no network, no mail, no hashes of others.
    "milter/ceilings": ("config base dkimsig text",
                        rf"{TREES}|sys/stat\.h|(pthread|unistd)\.h"),
    "milter/message": ("ceilings policy spf resolver config base dkim2 dkimsig "
                       "text",
                       rf"{TREES}|pthread\.h|{DIGESTS}"),
    # evp.h for EVP_EncodeBlock(3), base64 in the log; crypto.h to begin;
    # dlfcn.h for functions in place of those of libc.
    "milter/front": ("message ceilings policy spf resolver cell config base dkim2 "
                     "dkimsig",
                     rf"{SYSTEM}|{DIGESTS}|openssl/(crypto|evp)\.h|"
                     r"libmilter/mfapi\.h|dlfcn\.h"),
    "milter/master": ("config cell base dkimsig text",
                      rf"{SYSTEM}|linux/capability\.h"),
    # Numbers alone; of the configuration, only names and addresses.
    "milter/metrics": ("cell config base", rf"{SYSTEM}|microhttpd\.h"),
    # Both mail and keys; a diagnosis needs only the libraries.
    "doctor/diagnose": ("keyrecord base dkimsig text", rf"{TREES}|{OPENSSL}"),
    # Asks other programs; reads no mail and no key.
    "doctor/machine": ("base text", SYSTEM),
    # Reads logs, to which anyone may have written.
    "doctor/journal": ("base text", rf"{SYSTEM}|jansson\.h"),
    "doctor/report": ("journal base dkimsig text", SYSTEM),
    # What countersign-key printed, for page and status.
    "doctor/keylist": ("base", r"jansson\.h"),
    # Text of anyone on a page for a browser; evp.h for the style's digest.
    "doctor/page": ("keylist report journal base text",
                    rf"{SYSTEM}|openssl/evp\.h"),
    "doctor/chain": ("report journal machine spf resolver config base "
                     "dkimsig text",
                     rf"{SYSTEM}|(ifaddrs|jansson|mntent)\.h"),
    # What the milter counts, in a terminal.
    "doctor/status": ("keylist chain machine config base",
                      rf"{SYSTEM}|(langinfo|locale|termios)\.h"),
    # The only one that changes anything: configuration, services, Postfix.
    "doctor/setup": ("machine config base dkimsig text",
                     rf"{SYSTEM}|jansson\.h|libgen\.h"),
    "doctor": ("status chain page keylist report journal diagnose machine keyrecord message policy spf "
               "resolver setup signer seal store config base dkim2 dkimsig text",
               rf"{SYSTEM}|{OPENSSL}"),
}
# Rooms that may get the time from the C library.  The others get it from their
# caller; in keys/, only the main.c of each program reads a clock, and these are
# not in the rooms' libraries.  Durations are measured by monotonic_ms() of
# lib/base.
CLOCK_ROOMS = {"lib/base", "milter/resolver", "milter/front", "doctor",
               "doctor/setup"}
CLOCKS = re.compile(r"(__)?(time|gettimeofday|clock_gettime|timespec_get|"
                    r"ftime)(64)?")
# The include path of each root folder.
ROOTS = {"lib": ["lib"], "keys": ["keys", "lib"], "milter": ["milter", "lib"],
         "doctor": ["doctor", "milter", "keys", "lib"]}
INCLUDE = re.compile(r'^#[ \t]*include[ \t]*[<"]([^>"]+)[>"]', re.M)


def name_of(room):
    return room.split("/")[-1]


ROOM_OF = {name_of(room): room for room in RULES}


class Tree:
    """The sources below the root folders."""

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
        """The file of this tree that an include names, or None."""
        for folder in ROOTS[root]:
            if os.path.join(folder, header) in self.texts:
                return os.path.join(folder, header)
        return None

    def headers(self, path):
        """All headers that a file includes, each with the including file."""
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
        """Report the forbidden includes of a file."""
        room = os.path.dirname(path)
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


# What milter/front defines for libmilter under a name of libc.
OF_LIBC = {"accept", "pthread_create"}


def symbols(archive, *options):
    out = subprocess.run(["nm", *options, archive], check=True, text=True,
                         capture_output=True).stdout
    return {line.split()[-1] for line in out.splitlines() if " " in line}


def clock_faults(room, archive):
    """Report the clocks that an archive or object of a room reads."""
    if room in CLOCK_ROOMS:
        return []
    return [f"{archive}: {room} must not read a clock: {symbol}()"
            for symbol in sorted(symbols(archive, "--undefined-only"))
            if CLOCKS.fullmatch(symbol)]


def link_faults(build):
    """Report the symbols that the rooms' libraries may not use."""
    archives = {}
    for room in RULES:
        stem = "libdkimsig-static.a" if room == "lib/dkimsig" else \
            f"lib{name_of(room)}.a"
        archives[room] = os.path.join(build, room, stem)
    defined = {room: symbols(archive, "--defined-only", "--extern-only")
               for room, archive in archives.items()}
    assert sum(map(len, defined.values())) > 500
    faults = []
    for room, archive in archives.items():
        missing = symbols(archive, "--undefined-only") - defined[room] - \
            OF_LIBC
        for other in RULES:
            if name_of(other) not in RULES[room][0].split() and other != room:
                faults += [f"{archive}: takes {symbol} from {other}"
                           for symbol in sorted(missing & defined[other])]
        faults += clock_faults(room, archive)
    return faults


def check(top, build):
    tree = Tree(top)
    assert len(tree.texts) > 400
    faults = [fault for path in sorted(tree.texts)
              for fault in tree.faults(path)] + link_faults(build)
    for room in RULES:
        if not any(os.path.dirname(path) == room for path in tree.texts):
            faults.append(f"{room}: a rule for a room without sources")
    print("\n".join(faults))
    return not faults


def in_tree(header):
    """The name of a header in an include line."""
    return header.split("/", 1)[1]


def plant_by_rule(tree):
    """Whether each include that no rule allows is reported."""
    for room, (rooms, _) in RULES.items():
        path = min(p for p in tree.texts if os.path.dirname(p) == room and
                   p.endswith(".c"))
        text = tree.texts[path]
        for other in RULES:
            if other == room or (name_of(other) in rooms.split() and
                                 other != "lib/dkimsig"):
                continue
            header = min((p for p in tree.texts if p.endswith(".h") and
                          os.path.dirname(p) == other and
                          p != "lib/dkimsig/dkimsig.h"))
            tree.texts[path] = f'{text}\n#include "{in_tree(header)}"\n'
            if not tree.faults(path):
                print(f"{path} may include {header}")
                return False
        for header in "openssl/evp.h", "libmilter/mfapi.h", "unbound.h":
            if re.fullmatch(RULES[room][1] or "-", header):
                continue
            tree.texts[path] = f"{text}\n#include <{header}>\n"
            if not tree.faults(path):
                print(f"{path} may include {header}")
                return False
        tree.texts[path] = text
    stray = dict.fromkeys(("milter/stray.c", "keys/new/stray.c"), "")
    tree.texts.update(stray)
    return all(tree.faults(path) for path in stray)


# A file, and a header that must not be in its include path.
WALLS = (("milter/message/fold.c", "keys/store/keystore.h"),
         ("milter/front/logline.c", "keys/signer/keycache.h"),
         ("keys/signer/request.c", "milter/message/message.h"),
         ("keys/record/txt.c", "milter/spf/spf.h"),
         ("lib/base/wire.c", "keys/store/keystore.h"),
         ("lib/config/pattern.c", "milter/policy/policy.h"),
         ("milter/spf/macro.c", "doctor/doctor.h"))


def compiles(top, build, path, header):
    """Whether the compiler finds a header from a file of the tree."""
    with open(os.path.join(build, "compile_commands.json"),
              encoding="utf-8") as file:
        command = next(c for c in json.load(file) if os.path.realpath(
            os.path.join(c["directory"], c["file"])) ==
            os.path.realpath(os.path.join(top, path)))
    words = [word for word in shlex.split(command["command"])
             if word.startswith(("-I", "-D", "-std"))]
    with tempfile.NamedTemporaryFile("w", suffix=".c") as file:
        file.write(f'#include "{header}"\n')
        file.flush()
        done = subprocess.run(
            ["cc", *words, "-fsyntax-only", file.name],
            cwd=command["directory"], capture_output=True, text=True,
            check=False)
    if done.returncode != 0 and "No such file" not in done.stderr:
        print(done.stderr)
    return done.returncode == 0


# Expressions, and whether they read a clock.
READINGS = {"time(NULL)": True, "clock_gettime(CLOCK_REALTIME, &ts)": True,
            "timespec_get(&ts, TIME_UTC)": True, "mktime(&tm)": False,
            "monotonic_ms()": False}


def plant_clocks():
    """Whether each way to read a clock is reported."""
    with tempfile.TemporaryDirectory() as folder:
        stem = os.path.join(folder, "planted")
        for reading, is_clock in READINGS.items():
            with open(f"{stem}.c", "w", encoding="utf-8") as file:
                file.write("#include <time.h>\nlong monotonic_ms(void);\n"
                           "long planted(void);\nstruct timespec ts;\n"
                           "struct tm tm;\nlong\nplanted(void)\n{\n"
                           f"\treturn (long){reading};\n}}\n")
            subprocess.run(["cc", "-c", "-o", f"{stem}.o", f"{stem}.c"],
                           check=True)
            for room in RULES:
                found = clock_faults(room, f"{stem}.o") != []
                if found != (is_clock and room not in CLOCK_ROOMS):
                    print(f"{room}: {reading}: {found}")
                    return False
    return not any(room.startswith("keys/") for room in CLOCK_ROOMS)


def plant(top, build):
    for path, header in WALLS:
        # Make sure that the compiler works.
        if not compiles(top, build, path, "base/wire.h"):
            print(f"{path} does not find base/wire.h")
            return False
        if compiles(top, build, path, in_tree(header)):
            print(f"{path} finds {header}")
            return False
    return plant_by_rule(Tree(top)) and plant_clocks()


if __name__ == "__main__":
    run = plant if sys.argv[3:] == ["plant"] else check
    sys.exit(0 if run(sys.argv[1], sys.argv[2]) else 1)
