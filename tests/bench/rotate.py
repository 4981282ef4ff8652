#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""rotate.py BUILD-DIRECTORY DOMAINS...: what rotation over many domains costs.

For each number: that many domains with two new RSA keys each, one of them in
the middle with a damaged state, and a server on loopback that takes UPDATE
with TSIG.  Then rotation, four times: it publishes; verifies and activates;
has nothing to do; and retires, activates and makes a reserve, 91 days later.
A line for each run: seconds, peak memory in KiB, seconds of CPU, questions and
updates at the server.  The server is written in Python and has a share in the
time; RSA keys come from a pool, as making them would be most of it.  The
store is made in a scratch directory below TMPDIR.
"""

import base64
import collections
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "keys"))
# pylint: disable=wrong-import-position
from authority import Authority, serve_tcp

POOL = 16
EPOCH = 1795424400
WHEN = "2026-11-23T09:00:00Z"


class MemoryAuthority(Authority):
    """Its zones are in memory; what it does is counted."""

    def __init__(self, directory):
        super().__init__(directory)
        self.zone = {}
        self.counts = collections.Counter()

    def read(self):
        return self.zone

    def write(self, zone):
        self.zone = zone

    def reply(self, wire):
        self.counts["updates" if wire[2] >> 3 & 15 else "questions"] += 1
        return super().reply(wire)


def serve_udp(authority, udp):
    while True:
        wire, peer = udp.recvfrom(4096)
        udp.sendto(authority.reply(wire), peer)


class Bench:
    def __init__(self, build, scratch):
        self.build, self.scratch = build, scratch
        self.keydir = os.path.join(scratch, "keys")
        self.pool = os.path.join(scratch, "pool")
        os.mkdir(self.pool)
        for number in range(POOL):
            subprocess.run(["openssl", "genrsa", "-out",
                            f"{self.pool}/{number}.pem", "2048"],
                           check=True, stderr=subprocess.DEVNULL)
        secret = base64.b64encode(os.urandom(32)).decode()
        self.write("secret", secret)
        self.write("tsig", f"hmac-sha256:test:{secret}\n")
        self.authority = MemoryAuthority(scratch)
        tcp = socket.socket()
        tcp.bind(("127.0.0.1", 0))
        tcp.listen(128)
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind(tcp.getsockname())
        for serve, sock in ((serve_udp, udp), (serve_tcp, tcp)):
            threading.Thread(target=serve, args=(self.authority, sock),
                             daemon=True).start()
        server = f"127.0.0.1@{tcp.getsockname()[1]}"
        self.write("conf", f'''
dns {{ servers = {{ "{server}" }} }}
rotation {{
    publish = update
    tsig_key = "{scratch}/tsig"
    update_server = "{server}"
    servers = {{ "{server}" }}
    algorithm = rsa2048
    queue_lifetime = 5d
    ttl = 1s
}}
''')

    def write(self, name, text):
        path = os.path.join(self.scratch, name)
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        os.chmod(path, 0o600)

    def make_store(self, ndomains):
        self.authority.zone = {}
        shutil.rmtree(self.keydir, ignore_errors=True)
        os.mkdir(self.keydir, 0o700)
        for i in range(ndomains):
            folder = f"{self.keydir}/d{i}.example"
            os.mkdir(folder, 0o700)
            state = "countersign-keys 1\n"
            for number in (1, 2):
                path = f"{folder}/20261123r{number}.pem"
                shutil.copy(f"{self.pool}/{(2 * i + number) % POOL}.pem",
                            path)
                os.chmod(path, 0o400)
                state += f"20261123r{number} rsa-sha256 {WHEN}" + \
                    " -" * 7 + "\n"
            if i == ndomains // 2:
                state += "damaged\n"
            with open(f"{folder}/state", "w", encoding="ascii") as file:
                file.write(state)
            os.chmod(f"{folder}/state", 0o600)

    def rotate(self, name, ndomains, ahead):
        self.authority.counts.clear()
        environment = dict(
            os.environ, KEYPOOL=self.pool, KILLAT_TIME=str(EPOCH + ahead),
            LD_PRELOAD=f"{self.build}/tests/keys/libkillat.so:"
            f"{self.build}/tests/keys/libkeypool.so")
        begin = time.monotonic()
        with open(f"{self.scratch}/out", "w+", encoding="utf-8") as out:
            child = subprocess.Popen(
                [f"{self.build}/keys/countersign-key", "-c",
                 f"{self.scratch}/conf", "-k", self.keydir, "rotate"],
                env=environment, stdout=out, stderr=out)
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
            took = time.monotonic() - begin
            out.seek(0)
            summary = out.read().strip().split("\n")[-1]
        counts = self.authority.counts
        print(f"rotate domains={ndomains} run={name} s={took:.1f} "
              f"peak_kib={usage.ru_maxrss} "
              f"cpu_s={usage.ru_utime + usage.ru_stime:.1f} "
              f"questions={counts['questions']} "
              f"updates={counts['updates']} exit={child.returncode}",
              flush=True)
        # The damaged one fails, and no other.
        if child.returncode != 1 or ", 1 failed" not in summary:
            raise SystemExit(f"rotate.py: {name}: {summary}")

    def run(self, ndomains):
        self.make_store(ndomains)
        self.rotate("publish", ndomains, 0)
        self.rotate("activate", ndomains, 60)
        self.rotate("nothing", ndomains, 120)
        self.rotate("change", ndomains, 91 * 86400)


def main(build, *numbers):
    with tempfile.TemporaryDirectory(prefix="countersign-bench.") as scratch:
        bench = Bench(os.path.abspath(build), scratch)
        for number in numbers:
            bench.run(int(number))


main(*sys.argv[1:])
