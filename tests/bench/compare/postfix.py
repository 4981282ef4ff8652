# SPDX-License-Identifier: ISC
"""A private Postfix that hands each message to a milter and to a sink.

One Postfix has a port for every milter and one without; all else is shared.
It does not delay mail that comes in faster than it goes out (in_flow_delay),
since otherwise its sessions would mostly sleep for a second.  What is measured is mail that Postfix accepted
*and* delivered: from the first connection of smtp-source until the sink has
the last message.  The queue is in memory: waiting for a disk would hide what
the milters cost, and vary from round to round by more than they differ.
"""

import grp
import json
import os
import pwd
import socket
import statistics
import subprocess
import sys
import time

import processes
from progress import progress

NONE = "no milter"
SESSIONS = 20
FIRST_PORT, SINK_PORT = 10601, 10600

MAIN_CF = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
shlib_directory = /usr/lib/postfix
meta_directory = {package}/etc/postfix
mail_owner = {owner}
setgid_group = {group}
maillog_file = {folder}/mail.log
maillog_file_prefixes = {folder}
myhostname = relay.example.net
mydestination =
alias_maps =
alias_database =
local_recipient_maps =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_peername_lookup = no
smtpd_tls_security_level = none
smtpd_client_connection_count_limit = 0
relayhost = [127.0.0.1]:{sink}
smtp_host_lookup = native
disable_dns_lookups = yes
smtp_tls_security_level = none
milter_default_action = tempfail
milter_protocol = 6
in_flow_delay = 0
"""

MASTER_CF = """
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""

HEADER = """\
Received: from mta.example.net (mta.example.net [127.0.0.1])
\tby relay.example.com (Postfix) with ESMTPS id 4Xy1Zk0Q9Cz1abc
\tfor <someone@example.org>; Mon, 23 Nov 2026 09:00:00 +0000
Date: Mon, 23 Nov 2026 09:00:00 +0000 (GMT)
From: Service <service@example.com>
To: Someone Else <someone@example.org>
Message-ID: <1.4d5e6f@mta.example.net>
Subject: Your case 00012345 has been closed
MIME-Version: 1.0
Content-Type: text/plain; charset=UTF-8
Content-Transfer-Encoding: 8bit
X-Priority: 3
X-SFDC-LK: 00D1U0000013lbu

"""


def first(known, *names):
    """The first of these accounts or groups that exists here."""
    for name in names:
        try:
            known(name)
            return name
        except KeyError:
            continue
    raise SystemExit(f"none of {', '.join(names)} exists here")


class Postfix:
    """The mail server, its sink, and the ports of the milters."""

    def __init__(self, bench, package, milters):
        self.build, self.folder = bench.build, os.path.join(bench.folder,
                                                            "postfix")
        self.ports = {NONE: FIRST_PORT}
        self.pids = {NONE: set}
        services = [f"127.0.0.1:{FIRST_PORT} inet n - n - - smtpd"]
        for number, milter in enumerate(milters, FIRST_PORT + 1):
            os.chmod(milter.path, 0o666)
            self.ports[milter.NAME] = number
            self.pids[milter.NAME] = milter.pids
            services.append(f"127.0.0.1:{number} inet n - n - - smtpd "
                            f"-o smtpd_milters={milter.socket}")
        owner = first(pwd.getpwnam, "postfix", "uucp")
        os.mkdir(self.folder)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755",
                        "countersign-bench", self.folder], check=True)
        for name in "etc", "queue", "data":
            os.mkdir(os.path.join(self.folder, name))
        os.chown(os.path.join(self.folder, "data"),
                 pwd.getpwnam(owner).pw_uid, -1)
        self.write("etc/main.cf", MAIN_CF.format(
            folder=self.folder, package=package, owner=owner,
            group=first(grp.getgrnam, "postdrop", "voice"), sink=SINK_PORT))
        self.write("etc/master.cf", "\n".join(services) + MASTER_CF)
        with open(bench.bodies[min(bench.bodies)], encoding="ascii",
                  newline="\r\n") as file:
            body = file.read().replace("\r\n", "\n")
        self.message = self.write("message", HEADER + body)
        self.sink = self.master = None

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        return path

    def command(self, *arguments):
        done = subprocess.run(
            ["postfix", "-c", os.path.join(self.folder, "etc"), *arguments],
            capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"postfix {arguments[0]}: {done.stdout}{done.stderr}")

    def __enter__(self):
        self.sink = subprocess.Popen(
            [os.path.join(self.build, "tests", "bench", "sink"),
             str(SINK_PORT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True)
        self.command("check")
        # In the foreground, it stays a descendant of this program.
        self.master = subprocess.Popen(
            ["postfix", "-c", os.path.join(self.folder, "etc"), "start-fg"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for port in self.ports.values():
            self.wait_for(port)
        return self

    def wait_for(self, port):
        """Until the server listens; the limit only ends a failure."""
        until = time.monotonic() + 60
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            if self.master.poll() is not None or time.monotonic() > until:
                with open(os.path.join(self.folder, "mail.log"),
                          encoding="utf-8") as file:
                    sys.exit(f"Postfix does not start: {file.read()}")
            time.sleep(0.02)

    def __exit__(self, *_):
        if self.master:
            self.command("stop")
            self.master.wait()
        self.sink.stdin.close()
        self.sink.terminate()
        self.sink.wait()
        subprocess.run(["umount", "--lazy", self.folder], check=True)

    def send(self, name, messages):
        """Seconds until so many messages have arrived, all signed."""
        began = time.monotonic()
        self.sink.stdin.write(f"{messages}\n")
        self.sink.stdin.flush()
        done = subprocess.run(
            ["smtp-source", "-d", "-s", str(SESSIONS), "-m", str(messages),
             "-f", "service@example.com", "-t", "someone@example.org", "-F",
             self.message, f"127.0.0.1:{self.ports[name]}"],
            capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"Postfix, {name}: {done.stdout}{done.stderr}")
        counts = json.loads(self.sink.stdout.readline())
        seconds = time.monotonic() - began
        signed = 0 if name == NONE else messages
        if counts["messages"] != messages or counts["signed"] != signed:
            sys.exit(f"Postfix, {name}: of {messages} messages arrived "
                     f"{counts}")
        return seconds

    def turn(self, name, messages):
        milter = self.pids[name]()

        def used():
            return (processes.cpu_seconds(milter),
                    processes.cpu_seconds_of_all(self.master.pid),
                    processes.cpu_seconds({self.sink.pid}) +
                    sum(os.times()[2:4]))

        before = used()
        seconds = self.send(name, messages)
        milter_cpu, postfix_cpu, load_cpu = (
            (after - start) * 1000 / messages
            for after, start in zip(used(), before))
        return {"rate": messages / seconds, "milter_cpu_ms": milter_cpu,
                "postfix_cpu_ms": postfix_cpu, "load_cpu_ms": load_cpu}


def measure(bench, package, milters, rounds, seconds):
    """Medians of the rounds, in each of which all take their turn."""
    with Postfix(bench, package, milters) as postfix:
        names = list(postfix.ports)
        for name in names:      # start the processes of each port
            postfix.send(name, 10 * SESSIONS)
        counts = {name: int(20 * SESSIONS * seconds /
                            postfix.send(name, 20 * SESSIONS))
                  for name in names}
        turns = {name: [] for name in names}
        for number in range(rounds):
            progress(f"Postfix: round {number + 1} of {rounds}")
            start = number % len(names)
            for name in names[start:] + names[:start]:
                turns[name].append(postfix.turn(name, counts[name]))
    results = {}
    for name, each in turns.items():
        results[name] = {key: statistics.median(turn[key] for turn in each)
                         for key in each[0]}
        rates = [turn["rate"] for turn in each]
        results[name]["rate_spread"] = [min(rates), max(rates)]
    return {"name": f"2 KiB through Postfix, {SESSIONS} sessions",
            "sessions": SESSIONS, "rounds": rounds, "results": results}
