# SPDX-License-Identifier: ISC
"""A countersign-milter of its own in a scratch directory, for tests."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "common"))
from waiting import wait_for  # noqa: E402

SIGNERS = 2


class Service:
    """Key store, configuration, and the running daemon."""

    def __init__(self, build):
        self.milter = os.path.join(build, "countersign-milter")
        self.key = os.path.join(build, "countersign-key")
        self.directory = tempfile.mkdtemp(prefix="countersign-mta.")
        os.chmod(self.directory, 0o755)
        self.keydir = os.path.join(self.directory, "keys")
        os.mkdir(self.keydir, 0o700)
        self.counts = os.path.join(self.directory, "counts")
        os.mkdir(self.counts, 0o750)
        self.socket = os.path.join(self.directory, "milter.sock")
        self.config = os.path.join(self.directory, "countersign.conf")
        self.log = os.path.join(self.directory, "log")
        self.by = []        # a command that executes the milter
        self.process = None

    def configure(self, sources, options=""):
        """Write the configuration, which another program may be reading."""
        user = "user = \"root\"\nkeys_user = \"root\"\n" \
            if os.geteuid() == 0 else ""
        with open(self.config + ".new", "w", encoding="utf-8") as file:
            os.chmod(file.name, 0o600)      # it may hold secrets
            file.write(f'socket = "unix:{self.socket}"\n'
                       f'keydir = "{self.keydir}"\n'
                       f'counts_dir = "{self.counts}"\n'
                       f'{user}signers = {SIGNERS}\n{options}\n{sources}\n')
        os.rename(file.name, self.config)

    def run_key(self, *arguments):
        return subprocess.run([self.key, "-c", self.config, *arguments],
                              check=True, capture_output=True, text=True)

    def generate(self, domain, algorithm="both", *options):
        self.run_key("generate", domain, "--algorithm", algorithm, *options)
        self.run_key("activate", "--force", domain)

    def records(self, domain):
        """The published form: DNS name to TXT text."""
        shown = json.loads(self.run_key("show", domain, "--json").stdout)
        return {key["name"]: key["value"] for key in shown}

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [*self.by, self.milter, "-c", self.config, "-f"],
                stderr=log)
        self.wait_for(self.listens)

    def listens(self):
        """The socket's name is there before anybody listens behind it."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            try:
                probe.connect(self.socket)
            except OSError:
                return False
        return True

    def wait_for(self, condition, seconds=20):
        """Wait for an event of the daemon; the limit only ends a failure."""
        def end():
            if condition():
                return "as wanted"
            return None if self.process.poll() is None else "ended"

        if wait_for("the milter:", end, seconds, self.log_text) == "ended":
            raise AssertionError("the milter ended: " + self.log_text())

    def log_text(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()

    def pids(self, program=""):
        """The daemon's children that run countersign-PROGRAM, or all."""
        pattern = re.compile(rf"(\S*/)?countersign-{program}\b")
        found = []
        for entry in os.listdir("/proc"):
            try:
                with open(f"/proc/{entry}/stat", encoding="ascii",
                          errors="replace") as file:
                    parent = int(file.read().rsplit(")", 1)[1].split()[1])
                with open(f"/proc/{entry}/cmdline", "rb") as file:
                    line = file.read().decode(errors="replace")
            except (OSError, ValueError, IndexError):
                continue
            if parent == self.process.pid and pattern.match(line):
                found.append(int(entry))
        return found

    def reload(self):
        self.process.send_signal(signal.SIGHUP)

    def stop(self):
        status = None
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            status = self.process.wait(timeout=30)
            self.process = None
        return status

    def finish(self):
        self.stop()
        shutil.rmtree(self.directory)
