#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Names in forged messages, with unbound between the milter and the server.

usage: hostile_names.py BUILD UNBOUND
"""

import os
import socket
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "..", "mta"))

from test_dkim_factor import ResolverTest, ServiceTest  # noqa: E402

UNBOUND = ""


class UnboundTest(ResolverTest):
    """The same with unbound between us and the server."""

    @classmethod
    def resolver(cls):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        path = os.path.join(cls.folder.name, "unbound.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"""
server:
    interface: 127.0.0.1@{port}
    directory: "{cls.folder.name}"
    chroot: ""
    username: ""
    pidfile: ""
    use-syslog: no
    do-not-query-localhost: no
    module-config: "iterator"
    local-zone: "test." nodefault
    infra-host-ttl: 0
forward-zone:
    name: "."
    forward-addr: 127.0.0.1@{cls.dns.port}
remote-control:
    control-enable: no
""")
        cls.unbound = subprocess.Popen(
            [UNBOUND, "-d", "-c", path], stderr=subprocess.DEVNULL)
        cls.addClassCleanup(cls.unbound.wait)
        cls.addClassCleanup(cls.unbound.terminate)
        end = time.monotonic() + 60
        while not cls.answers(port):
            assert cls.unbound.poll() is None and time.monotonic() < end
        return port

    @staticmethod
    def answers(port):
        """Whether it answers a query, for the name servers of the root."""
        query = bytes.fromhex("123401000001000000000000" "00" "00020001")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.settimeout(0.5)
            probe.connect(("127.0.0.1", port))
            try:
                probe.send(query)
                return len(probe.recv(4096)) > 0
            except OSError:
                return False


if __name__ == "__main__":
    ServiceTest.build = sys.argv.pop(1)
    UNBOUND = sys.argv.pop(1)
    del ResolverTest
    unittest.main(verbosity=2)
