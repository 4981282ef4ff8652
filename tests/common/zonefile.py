#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Zones of the tests' DNS server as a text: a line a record.

usage: zonefile.py RECORDS PORTFILE: serve it, the port is in PORTFILE

"NAME TYPE VALUE" as DnsServer wants it, or "NAME SERVFAIL".  A name
"*.PARENT" answers for what is not there.
"""

import os
import pathlib
import sys
import threading

from dnsserver import DnsServer


class Zone(dict):
    """Records by name, wildcards too."""

    def get(self, name, default=None):
        parent = name.partition(".")[2]
        return super().get(name, super().get(f"*.{parent}", default))


def read_value(kind, text):
    """A value as DnsServer wants it: octets as characters."""
    if kind in ("MX", "SOA"):
        first, second = text.split(" ")
        return (int(first), second) if kind == "MX" else (first, int(second))
    return text


def read_zone(path):
    zone = Zone()
    for line in pathlib.Path(path).read_bytes().decode("latin-1").split(
            "\n")[:-1]:
        name, kind, *rest = line.split(" ", 2)
        if rest:
            zone.setdefault(name.lower(), []).append(
                (kind, read_value(kind, rest[0])))
        else:
            zone[name.lower()] = kind
    return zone


class FileServer(DnsServer):
    """A server whose zone is a file, read at each question."""

    def __init__(self, path):
        self.path = path
        super().__init__({})

    def reply(self, query, limit):
        self.zone = read_zone(self.path)
        return super().reply(query, limit)


def main(records, port_file):
    server = FileServer(records)
    with open(port_file + ".new", "w", encoding="ascii") as out:
        out.write(str(server.port))
    os.rename(port_file + ".new", port_file)
    threading.Event().wait()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
