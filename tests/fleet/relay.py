# SPDX-License-Identifier: ISC
"""A relay host of a fleet, at its node: store, daemon, milter and mail.

Its programs are started again when they are killed, as systemd would, and have
a wall clock of their own (tests/faults/jumpclock.c).
"""

import json
import os
import pwd
import signal
import struct
import subprocess
import sys
import threading
import time

import networld as nw

HERE = os.path.dirname(os.path.abspath(__file__))
LIFETIME_S = 20
EVERY_S = 180


def user_of(*names):
    for name in names:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            pass
    raise SystemExit(f"no user: {names}")


MILTER_USER = user_of("countersign", "proxy")
KEYS_USER = user_of("countersign-keys", "backup")


def write_clock(path, seconds):
    """What jumpclock.c adds; programs have the file mapped."""
    with open(path, "r+b" if os.path.exists(path) else "wb") as file:
        file.write(struct.pack("=q", seconds))


class Program:
    """A daemon that is started again a second after it ended."""

    def __init__(self, command, log, environment):
        self.command, self.log = command, log
        self.environment = {**os.environ, **environment}
        self.process, self.is_wanted, self.nstarts = None, True, 0
        threading.Thread(target=self.supervise, daemon=True).start()

    def supervise(self):
        while True:
            if self.is_wanted:
                with open(self.log, "ab") as log:
                    self.process = subprocess.Popen(
                        self.command, stdin=subprocess.DEVNULL, stdout=log,
                        stderr=log, env=self.environment)
                self.nstarts += 1
                self.process.wait()
            time.sleep(1)

    def send(self, number):
        self.process.send_signal(number)


class Relay:
    """One host; name is its node, and its name in the fleet."""

    def __init__(self, world, name):
        self.world, self.name = world, name
        self.folder = f"{world.folder}/{name}"
        self.keydir = self.folder + "/keys"
        self.conf = self.folder + "/countersign.conf"
        self.socket = self.folder + "/milter/socket"
        self.daemon_log = self.folder + "/fleet.log"
        os.mkdir(self.folder, 0o755)
        for path, user in ((self.keydir, KEYS_USER),
                           (self.folder + "/milter", MILTER_USER)):
            os.mkdir(path, 0o700 if path == self.keydir else 0o755)
            if path == self.keydir:
                # A disk of its own, which can be full.
                nw.run("mount", "-t", "tmpfs", "-o", "size=8m,mode=0700",
                       "tmpfs", path)
            os.chown(path, user.pw_uid, user.pw_gid)
        world.certificates.make(name, KEYS_USER.pw_uid)
        self.set_clock(0)
        self.configure(EVERY_S)
        self.daemon = self.milter = self.mail = None

    def configure(self, every_s):
        """Keys sign for so long; rotate asks the file each time."""
        with open(self.conf + ".new", "w", encoding="ascii") as file:
            file.write(self.configuration(every_s))
        os.rename(self.conf + ".new", self.conf)

    def configuration(self, every_s):
        path = self.world.certificates.folder
        domains = ", ".join(f'"{name}"' for name in self.world.domain_names)
        return f'''\
socket = "unix:{self.socket}"
keydir = "{self.keydir}"
host = "{self.name}"
user = "{MILTER_USER.pw_name}"
keys_user = "{KEYS_USER.pw_name}"
signers = 1
rotation {{
    signature_lifetime = {LIFETIME_S}s
    every = {every_s}s
    retain = 5s
    revoke_for = 5s
    queue_lifetime = 5s
    ttl = 1s
    check_resolvers = none
    publish = update
    update_server = "{nw.ADDRESSES["ns1"]}"
    tsig_key = "{self.world.dns.key_file}"
}}
fleet {{
    database = "host={nw.ADDRESSES["db1"]},{nw.ADDRESSES["db2"]} dbname=fleet \
user={self.name} target_session_attrs=read-write sslmode=verify-full \
sslrootcert={path}/ca.crt sslcert={path}/{self.name}.crt \
sslkey={path}/{self.name}.key connect_timeout=3"
    host = "{self.name}"
}}
source "provider" {{
    login = {{ "relay-user" }}
    domains = {{ {domains} }}
}}
'''

    def set_clock(self, seconds, signers_too=True):
        """How far the wall clock is off, of the daemon and of the milter."""
        for name in ("clock", "clock.milter")[:2 if signers_too else 1]:
            write_clock(f"{self.folder}/{name}", seconds)

    def environment(self, clock="clock"):
        return {"LD_PRELOAD": self.world.build + "/tests/faults/"
                "libjumpclock.so", "JUMPCLOCK": f"{self.folder}/{clock}"}

    def program(self, name, log, clock="clock"):
        return Program(
            [*nw.Network.at(self.name), f"{self.world.build}/{name}", "-c",
             self.conf, "-f"], log, self.environment(clock))

    def start_daemon(self):
        self.daemon = self.program("countersign-fleet", self.daemon_log)
        nw.wait_for(lambda: self.count("fleet-ready"),
                    f"{self.name} ready:\n{self.log()}")

    def start_mail(self):
        self.milter = self.program("countersign-milter",
                                   self.folder + "/milter.log",
                                   "clock.milter")
        nw.wait_for(lambda: os.path.exists(self.socket),
                    f"a milter at {self.name}")
        with open(self.folder + "/mail.log", "wb") as log:
            self.mail = subprocess.Popen(
                [sys.executable, HERE + "/fivemail.py", self.socket,
                 self.name, self.world.domains_file, self.world.stop_file,
                 self.folder + "/counts", str(LIFETIME_S),
                 *(nw.ADDRESSES[f"ns{n}"] for n in (1, 2, 3))],
                stdout=log, stderr=log)

    def counts(self):
        try:
            with open(self.folder + "/counts", encoding="ascii") as file:
                return json.load(file)
        except FileNotFoundError:
            return {}

    def begin_key(self, *words, preload="", **variables):
        """countersign-key, which runs; preload is loaded before its clock."""
        environment = {**os.environ, **self.environment(), **variables}
        environment["LD_PRELOAD"] = f"{preload} {environment['LD_PRELOAD']}"
        return subprocess.Popen(
            [*nw.Network.at(self.name), self.world.build +
             "/countersign-key", "-c", self.conf, *words], text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env=environment)

    def key(self, *words, may_fail=False):
        """countersign-key: exit status, and all that it prints."""
        process = self.begin_key(*words)
        try:
            out = process.communicate(timeout=nw.LIMIT_S)[0]
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        if process.returncode != 0 and not may_fail:
            raise AssertionError(f"{self.name}: countersign-key "
                                 f"{' '.join(words)}: {out}\n"
                                 f"{self.log()[-2000:]}")
        return process.returncode, out

    def fleet_list(self):
        return json.loads(self.key("fleet", "list", "--json")[1])

    def log(self):
        try:
            with open(self.daemon_log, encoding="utf-8") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def count(self, message):
        return self.log().count(f" [{message}]\n")

    def state(self, domain):
        try:
            with open(f"{self.keydir}/{domain}/state",
                      encoding="ascii") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def kill_daemon(self):
        """kill -9, and wait until it was started again."""
        before = self.daemon.nstarts
        self.daemon.send(signal.SIGKILL)
        nw.wait_for(lambda: self.daemon.nstarts > before,
                    f"{self.name} starts again")
