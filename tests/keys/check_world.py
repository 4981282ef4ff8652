#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""The DNS of check.sh: two name servers on loopback, and one that is silent.

Server N has the records of the file DIRECTORY/zone.N, read at each question:
lines "NAME TYPE VALUE", or "NAME SERVFAIL".  A name "*.PARENT" answers for
what is not there.  The three ports come on a line of standard output; it ends
with standard input.
"""

import pathlib
import socket
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "common"))
from dnsserver import DnsServer  # noqa: E402


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
    for line in path.read_bytes().decode("latin-1").split("\n")[:-1]:
        name, kind, *rest = line.split(" ", 2)
        if rest:
            zone.setdefault(name, []).append((kind, read_value(kind,
                                                               rest[0])))
        else:
            zone[name] = kind
    return zone


class FileServer(DnsServer):
    """A server whose zone is a file that others write."""

    def __init__(self, path):
        self.path = path
        super().__init__({})

    def reply(self, query, limit):
        self.zone = read_zone(self.path)
        return super().reply(query, limit)


directory = pathlib.Path(sys.argv[1])
servers = [FileServer(directory / f"zone.{n}") for n in (1, 2)]
silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
silent.bind(("127.0.0.1", 0))
print(servers[0].port, servers[1].port, silent.getsockname()[1], flush=True)
sys.stdin.read()
