# SPDX-License-Identifier: ISC
"""The milter with a call that fails: in the master, a front or a signer.

It starts, signs a message, reloads its configuration, signs another, and is
stopped.  Whatever failed, no message is accepted without its signature; one
that was deferred is signed when it is sent again, or else the service has ended
and said why.  No process runs as root that should not, and what is left is gone
after the next start and end.
"""

import os
import pathlib
import signal
import socket
import subprocess
import time

from failing import LIMIT, NONE, Failat, Report, Wrong
from milterclient import Lost, MilterClient, inserted

CONFIGURATION = """\
socket = "unix:{folder}/milter.sock"
keydir = "{folder}/keys"
counts_dir = "{folder}/counts"
audit_file = "{folder}/audit/log"
user = "nobody"
keys_user = "daemon"
signers = 1
source "ours" {{
    networks = {{ "192.0.2.0/24" }}
    trust_network = true
    domains = {{ "example.com" }}
}}
"""
FIELDS = [(b"Date", b" Mon, 23 Nov 2026 09:00:00 +0000"),
          (b"From", b" a@example.com"), (b"To", b" b@example.org")]
USERS = {"countersign-front": "nobody", "countersign-signer": "daemon"}


def uid_of(user):
    import pwd
    return pwd.getpwnam(user).pw_uid


class Service:
    """The processes of one milter."""

    program = "countersign-milter"

    def __init__(self, build, folder):
        self.build, self.folder = build, folder
        self.failat = Failat(build, self.program, folder)
        self.socket = folder / "milter.sock"
        self.log = folder / "log"
        self.configuration = folder / "conf"
        self.configuration.write_text(CONFIGURATION.format(folder=folder))
        self.keydir = folder / "keys"
        self.keydir.mkdir(mode=0o700)
        os.chown(folder, uid_of("nobody"), -1)
        for name in ("counts", "audit"):
            (folder / name).mkdir(mode=0o750)
            os.chown(folder / name, uid_of("nobody"), -1)
        for arguments in (["generate", "example.com", "--algorithm",
                           "ed25519", "--selector", "s1"],
                          ["activate", "example.com", "s1", "--force"]):
            subprocess.run([build / "countersign-key", "-k", self.keydir,
                            *arguments], check=True, capture_output=True)
        for path in [self.keydir, *self.keydir.rglob("*")]:
            os.chown(path, uid_of("daemon"), -1)
        self.process = None
        self.deferred = 0
        self.counts = self.first_life()
        self.normal = self.left()

    def finish(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def start(self, fault):
        command = [str(self.build / "countersign-milter"), "-f", "-c",
                   str(self.configuration)]
        self.log.write_bytes(b"")
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.failat.command(fault, command), stderr=log, stdout=log,
                stdin=subprocess.DEVNULL,
                env=self.failat.environment(fault))
        self.until("it listens or ends",
                   lambda: self.listens() or self.has_ended())

    def has_ended(self):
        return self.process.poll() is not None

    def listens(self):
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(str(self.socket))
            except OSError:
                return False
        return True

    def until(self, what, condition):
        ends = time.monotonic() + LIMIT
        while not condition():
            if time.monotonic() > ends:
                raise Wrong(f"hangs: {what}: {self.tail()}")
            time.sleep(0.02)

    def tail(self):
        return self.log.read_text(errors="replace")[-1500:]

    def threads(self):
        """What each thread of the service does; t: stopped by failat."""
        found = []
        for entry in pathlib.Path("/proc").glob("[0-9]*/task/*"):
            try:
                name, words = (entry / "stat").read_text().rsplit(")", 1)
                state, parent = words.split()[:2]
                waits = (entry / "wchan").read_text()
            except OSError:
                continue
            if self.master() in (int(parent), int(entry.parts[2])):
                found.append(f"{name}) {state} {waits}")
        return ", ".join(found)

    def master(self):
        return Report(self.failat.report).started

    def send(self):
        """Whether one message is signed; if not, the MTA keeps it."""
        try:
            with MilterClient(str(self.socket), timeout=LIMIT) as client:
                edits, (reply, _) = client.message(FIELDS, b"Hi.\r\n")
                client.quit()
        except TimeoutError as error:
            raise Wrong(f"hangs: a message: {self.threads()}: "
                        f"{self.tail()}") from error
        except (Lost, OSError, AssertionError):
            return False
        signed = any(name == b"DKIM-Signature"
                     for _, name, _ in inserted(edits))
        if reply in (b"a", b"c") and not signed:
            raise Wrong(f"accepted without a signature: {self.tail()}")
        return reply in (b"a", b"c")

    def sign(self):
        """Send a message until it is signed or the service has ended."""
        def done():
            if self.has_ended() or self.send():
                return True
            self.deferred += 1
            time.sleep(0.1)
            return False
        self.until("a message is signed", done)
        self.check_users()

    def check_users(self):
        """Fronts and signers that serve are not root."""
        for entry in pathlib.Path("/proc").iterdir():
            try:
                name = os.readlink(entry / "exe").rpartition("/")[2]
                words = (entry / "status").read_text().split()
                parent = int(words[words.index("PPid:") + 1])
                uid = int(words[words.index("Uid:") + 2])
                title = (entry / "cmdline").read_bytes()
            except (OSError, ValueError):
                continue
            # It has its title once it is ready.
            if parent == self.master() and name in USERS and \
                    title.startswith(name.encode() + b": ") and \
                    uid != uid_of(USERS[name]):
                raise Wrong(f"{name} serves as user {uid}: {title!r}")

    def reload(self):
        """Changed, so that there is something to do."""
        text = self.configuration.read_text()
        self.configuration.write_text(
            text.replace("192.0.2.0/24", "192.0.2.0/25"))
        before = self.log.read_text(errors="replace")
        self.signal(signal.SIGHUP)
        self.until("a word about reloading", lambda: self.has_ended() or
                   "reload" in self.log.read_text(errors="replace")
                   [len(before):] or "configuration" in
                   self.log.read_text(errors="replace")[len(before):])
        self.configuration.write_text(text)

    def signal(self, number):
        try:
            os.kill(self.master(), number)
        except ProcessLookupError:
            pass

    def stop(self):
        if not self.has_ended():
            self.signal(signal.SIGTERM)
        self.until("its end", self.has_ended)
        return self.process.returncode

    def live(self, fault):
        """One life; (exit status, whether it was stopped by us)."""
        self.deferred = 0
        try:
            self.start(fault)
            if not self.has_ended():
                self.sign()
            if not self.has_ended():
                self.reload()
            if not self.has_ended():
                self.sign()
            stopped = not self.has_ended()
            return self.stop(), stopped
        finally:
            self.finish()

    def count(self):
        return self.counts

    def first_life(self):
        """Without a fault: how many calls of each kind there are."""
        status, stopped = self.live(NONE)
        if status != 0 or not stopped:
            raise Wrong(f"without a fault: {status}: {self.tail()}")
        return Report(self.failat.report).counts

    def left(self):
        return {path for path in self.folder.rglob("*")
                if path != self.failat.report}

    def run(self, fault):
        status, stopped = self.live(fault)
        report = self.failat.read_report()
        if report.struck is None:
            return None
        said = self.tail()
        if status != 0 and not said.strip() and not report.may_be_silent():
            raise Wrong(f"exit status {status} without a message")
        if status not in (0, 1, 64, 69, 70, 71, 73, 74, 75, 77, 78):
            raise Wrong(f"exit status {status}: {said}")
        if self.left() - self.normal:
            self.clean()
        if not stopped:
            return "ended with a message"
        return "deferred mail" if self.deferred else "signed all mail"

    def clean(self):
        """What is left after a fault is gone after the next life."""
        self.failat = Failat(self.build, "nothing", self.folder)
        self.start(NONE)
        self.stop()
        self.failat = Failat(self.build, self.program, self.folder)
        left = self.left() - self.normal
        if left:
            raise Wrong("left: " + " ".join(map(str, left)))


class Front(Service):
    program = "countersign-front"


class Signer(Service):
    program = "countersign-signer"


SCENARIOS = {"master": Service, "front": Front, "signer": Signer}
