#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""A private PostgreSQL for a fleet, over TLS at 127.0.0.1, until it is killed.

usage: database.py BUILD FOLDER OWNER HOST...

PostgreSQL is the one that is installed or unpacked below BUILD.  FOLDER is
made; it gets ca.crt and, for each host, a certificate and a key that belongs
to OWNER, a number.  When all hosts have their roles, FOLDER/ready is made.
"""

import os
import signal
import sys

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path.insert(0, os.path.join(TOP, "tests", "fleet"))

import fleetworld  # noqa: E402
import networld  # noqa: E402
import pgserver  # noqa: E402

ADDRESS = "127.0.0.1"


def start(cluster, certificates):
    server = cluster.primary("db1")
    path = certificates.make("db1", cluster.as_user["user"], ADDRESS)
    server.configure(f"listen_addresses = '{ADDRESS}'\nssl = on\n"
                     f"ssl_cert_file = '{path}.crt'\n"
                     f"ssl_key_file = '{path}.key'\n"
                     f"ssl_ca_file = '{certificates.folder}/ca.crt'\n")
    with open(server.data + "/pg_hba.conf", "w", encoding="ascii") as file:
        file.write("local all all trust\n"
                   f"hostssl all all {ADDRESS}/32 cert\n")
    server.stop()
    server.start()
    return server


def main():
    build, folder, owner, *hosts = sys.argv[1:]
    with pgserver.Cluster(build) as cluster:
        certificates = networld.Certificates(folder)
        server = start(cluster, certificates)
        fleetworld.install(server)
        fleetworld.add_hosts(server, *hosts)
        for name in hosts:
            certificates.make(name, int(owner))
        with open(folder + "/ready", "w", encoding="ascii"):
            pass
        while True:
            signal.pause()


main()
