#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""The DNS of check.sh: two name servers on loopback, and one that is silent.

Server N has the records of the file DIRECTORY/zone.N, read at each question:
see zonefile.py.  The three ports come on a line of standard output; it ends
with standard input.
"""

import pathlib
import socket
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "common"))
from zonefile import FileServer  # noqa: E402

directory = pathlib.Path(sys.argv[1])
servers = [FileServer(directory / f"zone.{n}") for n in (1, 2)]
silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
silent.bind(("127.0.0.1", 0))
print(servers[0].port, servers[1].port, silent.getsockname()[1], flush=True)
sys.stdin.read()
