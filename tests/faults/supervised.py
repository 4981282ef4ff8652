# SPDX-License-Identifier: ISC
"""The service as a service manager runs it: started again whenever it ends."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "common"))
# pylint: disable=wrong-import-position
from waiting import wait_for

PROGRAMS = ("countersign-milter", "countersign-front", "countersign-signer")
RESTART_AFTER = 0.3     # seconds from its end to the next start


def parents():
    """Each process and its parent."""
    found = {}
    for entry in os.listdir("/proc"):
        try:
            with open(f"/proc/{entry}/stat", encoding="ascii",
                      errors="replace") as file:
                found[int(entry)] = int(
                    file.read().rsplit(")", 1)[1].split()[1])
        except (OSError, ValueError, IndexError):
            continue
    return found


def command(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read().split(b"\0")[0].decode(errors="replace")
    except OSError:
        return ""


def identity(pid, name):
    """The real user or group of a process."""
    with open(f"/proc/{pid}/status", encoding="ascii",
              errors="replace") as file:
        return int(re.search(rf"^{name}:\t(\d+)", file.read(), re.M)[1])


def soft_limit(pid, name):
    """As prlimit(1) takes it; name is as in /proc."""
    with open(f"/proc/{pid}/limits", encoding="ascii") as file:
        return re.search(rf"^{name} +(\w+)", file.read(), re.M)[1]


class Supervised:
    """A copy of the programs, and the milter that runs from there."""

    def __init__(self, build, folder, config, address):
        self.build, self.config, self.address = build, config, address
        self.bin = os.path.join(folder, "bin")
        self.log = os.path.join(folder, "milter", "milter.log")
        self.environment = dict(os.environ)
        self.process = None
        self.is_wanted = False
        self.starts = 0
        self.lock = threading.Lock()
        self.thread = None
        os.makedirs(self.bin, exist_ok=True)
        for name in PROGRAMS:
            shutil.copy2(os.path.join(build, name), self.bin)

    def start(self):
        self.is_wanted = True
        self.thread = threading.Thread(target=self.keep_running, daemon=True)
        self.thread.start()
        self.wait_ready()

    def keep_running(self):
        while self.is_wanted:
            with self.lock, open(self.log, "ab") as log:
                self.process = subprocess.Popen(
                    [os.path.join(self.bin, PROGRAMS[0]), "-c", self.config,
                     "-f"], stderr=log, env=self.environment)
                self.starts += 1
            self.process.wait()
            time.sleep(RESTART_AFTER)

    def stop(self):
        """Ask it to stop, and wait until all of it has ended."""
        self.is_wanted = False
        self.restart()
        self.thread.join()
        wait_for("the end of all processes", lambda: not self.pids(), 60)

    def restart(self):
        with self.lock:
            self.process.send_signal(signal.SIGTERM)

    def wait_ready(self):
        wait_for("the milter to listen", self.listens, 120,
                 lambda: self.log_text()[-2000:])

    def listens(self):
        family = socket.AF_UNIX if isinstance(self.address, str) \
            else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            try:
                probe.settimeout(5)
                probe.connect(self.address)
            except OSError:
                return False
        return True

    def pids(self, *roles):
        """The living processes of these roles: master, front, signer."""
        names = {"master": "milter", "front": "front", "signer": "signer"}
        pattern = re.compile(r"(\S*/)?countersign-(%s)\b" % "|".join(
            names[role] for role in roles or names))
        return [pid for pid in parents() if pattern.match(command(pid))]

    def signal(self, number, *roles):
        """How many processes got it."""
        sent = 0
        for pid in self.pids(*roles):
            try:
                os.kill(pid, number)
                sent += 1
            except ProcessLookupError:
                continue
        return sent

    def limit(self, what, value, *roles):
        """Set a soft limit, of the kind of prlimit(1); of how many processes.

        As the user of the process: even root may lack the right to do this to
        others.
        """
        done = 0
        for pid in self.pids(*roles):
            try:
                done += subprocess.run(
                    ["prlimit", f"--pid={pid}", f"--{what}={value(pid)}:"],
                    user=identity(pid, "Uid"), group=identity(pid, "Gid"),
                    extra_groups=[], check=False,
                    capture_output=True).returncode == 0
            except OSError:     # it has just ended
                continue
        return done

    def log_text(self, since=0):
        """From that place on."""
        with open(self.log, encoding="utf-8", errors="replace") as file:
            file.seek(since)
            return file.read()

    def log_size(self):
        return os.path.getsize(self.log)

    def logged(self, pattern, since=0):
        """How many lines of the log match, from that place on."""
        with open(self.log, "rb") as file:
            file.seek(since)
            return len(re.findall(pattern.encode(), file.read()))

