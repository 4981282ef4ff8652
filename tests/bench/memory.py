#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""memory.py BUILD-DIRECTORY: the memory of all processes together.

For each size of body and number of connections, starts the milter, with two
signers, and prints its PSS (pages that processes share are counted once) when
it is idle after some messages over one connection, and the most of it while
all connections send; how much of that is for each of them; and what is left two
seconds after the last one was closed.
"""

import json
import os
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "compare"))
# pylint: disable=wrong-import-position
import bodies
import processes
import signers

KIB, MIB = 1024, 1 << 20
# octets of the body, connections, messages
TURNS = ((2 * KIB, 8, 4000), (2 * KIB, 100, 8000), (2 * KIB, 250, 8000),
         (1 * MIB, 8, 400), (1 * MIB, 100, 800), (1 * MIB, 250, 1000),
         (10 * MIB, 8, 64), (10 * MIB, 100, 200))


def size_text(octets):
    return f"{octets // MIB} MiB" if octets >= MIB else f"{octets // KIB} KiB"


def load(program, milter, body, connections, messages):
    done = subprocess.run([program, "-s", milter.socket, "-b", body, "-c",
                           str(connections), "-n", str(messages)],
                          text=True, capture_output=True)
    if done.returncode != 0:
        sys.exit(done.stdout + done.stderr)
    return json.loads(done.stdout)


def roles(milter):
    """PSS in KiB of each process, by what it is."""
    found = {}
    for pid in sorted(milter.pids()):
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            name = file.read().split(b"\0")[0].decode()
        name = os.path.basename(name.split(" ")[0].rstrip(":"))
        found.setdefault(name.replace("countersign-", ""), []).append(
            processes.pss_kib([pid]))
    return ", ".join(f"{name} {'+'.join(map(str, sizes))}"
                     for name, sizes in found.items())


def turn(build, algorithm, body, octets, connections, messages):
    """A life of the milter: its line, and what it had when idle."""
    program = os.path.join(build, "tests", "bench", "load")
    milter = signers.Countersign(build, algorithm)
    try:
        milter.start()
        pids = milter.pids()
        load(program, milter, body, 1, 20)
        idle, idle_roles = processes.pss_kib(pids), roles(milter)
        with processes.MostMemory(pids) as most:
            load(program, milter, body, connections, messages)
        time.sleep(2)
        after = processes.pss_kib(pids)
        each = max(0, most.most_kib - idle) / connections
        return (f"{size_text(octets):>8}  {connections:>11}  {idle:>6} KiB  "
                f"{most.most_kib:>6} KiB  {each:>8.1f} KiB  "
                f"{after:>6} KiB"), idle_roles
    finally:
        milter.stop()


def main():
    build = sys.argv[1]
    with tempfile.TemporaryDirectory(prefix="countersign-bench.") as folder:
        files = bodies.write(folder, {turn[0] for turn in TURNS})
        print(f"{'body':>8}  {'connections':>11}  {'idle':>10}  "
              f"{'most':>10}  {'a connection':>12}  {'2 s later':>10}",
              flush=True)
        for octets, connections, messages in TURNS:
            line, idle_roles = turn(build, "rsa2048", files[octets], octets,
                                    connections, messages)
            print(line, flush=True)
        print(f"idle, in KiB: {idle_roles}")


if __name__ == "__main__":
    main()
