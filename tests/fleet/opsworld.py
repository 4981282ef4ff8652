# SPDX-License-Identifier: ISC
"""Hosts of a fleet with daemons, and one that writes rows as rotation does."""

import json
import os
import subprocess
import time

import test_daemon
from test_daemon import BUILD, KEY, LIMIT_S, USER, FleetCase

CASE = test_daemon.copy_for_others(BUILD + "/tests/fleet/hostcase")
__all__ = ["OpsCase", "KEY", "LIMIT_S", "USER", "test_daemon"]


class OpsCase(FleetCase):
    """Helpers for tests of what people do with a fleet."""

    def run_case(self, host, *commands):
        """hostcase in the place of a host's daemon: the answers."""
        host.stop()
        done = subprocess.run(
            ["setpriv", "--reuid", USER, "--clear-groups", CASE, host.keydir,
             host.name, self.server.conninfo(host.name, self.database)]
            if os.getuid() == 0 else
            [CASE, host.keydir, host.name,
             self.server.conninfo(host.name, self.database)],
            input="".join(command + "\n" for command in commands), text=True,
            stdout=subprocess.PIPE, timeout=LIMIT_S, check=False)
        answers = [line[5:] for line in done.stdout.split("\n")
                   if line.startswith("done")]
        self.assertEqual((done.returncode, len(answers)),
                         (0, len(commands)), done.stdout)
        nused = host.count("fleet-database-used")
        host.start()
        host.await_line("fleet-database-used", nused + 1)
        return answers

    def join(self, name, admits=True):
        """Another host; admitted by the first one."""
        first = self.hosts[0]
        host = self.host(name)
        status, out, err = host.ask("init", "--members",
                                    first.list()["members"])
        self.assertEqual((status, err), (0, ""), host.log())
        host.await_line("fleet-database-used")
        if admits:
            status, _, err = first.ask("admit", name,
                                       out.split("\n")[0].split(": ")[2])
            self.assertEqual((status, err), (0, ""), first.log())
        return host

    def key(self, host, *args, status=0):
        """countersign-key: output; errors are in self.err."""
        done = subprocess.run(
            [KEY, "-c", host.folder + "/conf", *args], text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=LIMIT_S,
            check=False)
        self.err = done.stderr
        self.assertEqual(done.returncode, status,
                         done.stdout + done.stderr + host.log())
        return done.stdout

    def cells(self, host, domain):
        """What "list --fleet" says: the hosts of each selector."""
        text = self.key(host, "list", domain, "--fleet", "--json")
        test_daemon.check_json(text, "key-list-fleet")
        listed = json.loads(text)
        return {key["selector"]: {cell["host"]: cell for cell in
                                  key["hosts"]} for key in listed}

    def until(self, hosts, condition):
        """Let hosts look at the database until the condition holds."""
        end = time.monotonic() + LIMIT_S
        while not condition():
            self.assertLess(time.monotonic(), end,
                            "\n".join(host.log() for host in self.hosts))
            for host in hosts:
                self.polls(host, 1)

    def state(self, host, domain):
        with open(f"{host.keydir}/{domain}/state", encoding="ascii") as file:
            return file.read()
