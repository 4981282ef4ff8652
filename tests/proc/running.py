# SPDX-License-Identifier: ISC
"""
A countersign-milter that runs in a scratch folder, on a unix socket, for the
tests here: the program is the first argument of the command line.
"""

import os
import pathlib
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "common"))
import waiting  # noqa: E402

MILTER = sys.argv[1]
DEADLINE = 60       # seconds; nothing here should need a tenth of it
AS_ROOT = os.geteuid() == 0
MASTER_TITLE = "countersign-milter: master"

CONFIG = """\
socket = "unix:{folder}/milter.sock"
keydir = "{folder}/keys"
user = "nobody"
keys_user = "daemon"
signers = 2
signature {{ expire = {expire} }}
source "ours" {{
    networks = {{ "127.0.0.0/8" }}
    trust_network = true
    domains = {{ "example.com", "*.example.com" }}
}}
"""


def wait_for(what, condition):
    """Until condition() is true; its value."""
    return waiting.wait_for(what, condition, DEADLINE)


def processes():
    """All processes: pid to (parent, command line), zombies left out."""
    found = {}
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            line = (entry / "stat").read_text()
            title = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        state, parent = line.rpartition(")")[2].split()[:2]
        if state != "Z":
            # What setproctitle(3) wrote, or the program's name.
            text = title.partition(b"\0")[0].decode(errors="replace")
            found[int(entry.name)] = (int(parent), text)
    return found


def is_running(pid):
    return pid in processes()


def count_sockets(pid):
    """How many sockets a process has; only root may ask of a signer."""
    count = 0
    for fd in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        try:
            count += os.readlink(fd).startswith("socket:")
        except OSError:
            pass
    return count


class Milter:
    """A scratch folder, and the milter that runs in it."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="countersign."))
        self.folder.chmod(0o755)
        self.config = self.folder / "countersign.conf"
        self.log = self.folder / "log"
        self.keys = self.folder / "keys"
        self.socket = self.folder / "milter.sock"
        # A domain without keys would be warned of.
        domain = self.keys / "example.com"
        state = domain / "state"
        self.keys.mkdir(mode=0o700)
        domain.mkdir(mode=0o700)
        state.write_text("countersign-keys 2\n")
        state.chmod(0o640)
        if AS_ROOT:
            for path in (self.keys, domain, state):
                os.chown(path, pwd.getpwnam("daemon").pw_uid, -1)
            os.chown(self.folder, pwd.getpwnam("nobody").pw_uid, -1)
        self.write()
        self.program = MILTER
        self.process = None
        self.other = None       # a socket of another program
        self.found = set()      # all masters in the background so far

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.masters()
        for pid in self.found:
            if processes().get(pid, (0, ""))[1] != MASTER_TITLE:
                continue
            os.kill(pid, signal.SIGKILL)
            wait_for("the end of a service", lambda p=pid: not is_running(p))
        if self.other is not None:
            self.other.close()
        shutil.rmtree(self.folder)

    def write(self, expire="7d", edit=lambda text: text):
        text = CONFIG.format(folder=self.folder, expire=expire)
        self.config.write_text(edit(text))

    def run(self, *options, **more):
        """To its end: (status, stderr)."""
        done = subprocess.run([self.program, "-c", str(self.config),
                               *options],
                              stdin=subprocess.DEVNULL, text=True,
                              capture_output=True, timeout=DEADLINE,
                              check=False, **more)
        return done.returncode, done.stderr

    def start(self, **more):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [self.program, "-f", "-d", "-c", str(self.config)],
                stdin=subprocess.DEVNULL, stderr=log, **more)
        wait_for("its start or end", lambda: "ready: socket" in self.text() or
                 self.process.poll() is not None)
        assert self.process.poll() is None, self.text()
        wait_for("three children", lambda: len(self.children()) >= 3)

    def masters(self):
        """The masters in the background whose front has our socket."""
        masters = [pid for pid, (_, title) in processes().items()
                   if title == MASTER_TITLE and
                   children_listen(pid, self.socket)]
        self.found.update(masters)
        return masters

    def children(self):
        """Name to pid: front, signer 0, signer 1; metrics, if it is on."""
        named = {}
        for pid, (parent, title) in processes().items():
            name = title.partition(": ")[2]
            if parent == self.process.pid and \
                    re.fullmatch(r"front|metrics|signer \d+", name):
                named[name] = pid
        return named

    def children_called(self, name):
        return [pid for found, pid in self.children().items()
                if found == name]

    def copy_programs(self):
        """To where every user can run them: the build may be root's alone."""
        folder = self.folder / "bin"
        folder.mkdir()
        folder.chmod(0o755)
        build = pathlib.Path(MILTER).resolve().parent
        for name in ("countersign-milter", "countersign-front",
                     "countersign-metrics", "countersign-signer"):
            shutil.copy(build / name, folder)
        self.program = str(folder / "countersign-milter")

    def text(self):
        return self.log.read_text(errors="replace")

    def wait_log(self, pattern, times=1):
        wait_for("a log line " + pattern, lambda: len(
            re.findall(pattern, self.text())) >= times)

    def answers(self):
        """Whether the front takes a connection, and option negotiation."""
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(DEADLINE)
            try:
                sock.connect(str(self.socket))
                options = bytes.fromhex("0000000d4f00000006000001ff001fffff")
                sock.sendall(options)
                return sock.recv(5)[4:] == b"O"
            except OSError:
                return False

    def wait_introduced(self, children):
        """Four sockets between the front and each signer, and no more."""
        if not AS_ROOT:
            return
        for name in ("signer 0", "signer 1"):
            wait_for("the sockets of " + name,
                     lambda n=name: count_sockets(children[n]) == 1 + 4)
        wait_for("the sockets of the front",
                 lambda: count_sockets(children["front"]) == 1 + 1 + 2 * 4)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(DEADLINE)


def link_of(path):
    """Where a link goes; None for that of a process that is gone."""
    try:
        return os.readlink(path)
    except OSError:
        return None


def descriptors(pid):
    """What the descriptors of a process are; none if it is gone."""
    try:
        return [link_of(fd) for fd in pathlib.Path(f"/proc/{pid}/fd")
                .iterdir()]
    except OSError:
        return []


def children_listen(master, path):
    """Whether a child of that master has the socket of that path."""
    inodes = {line.split()[6] for line in
              pathlib.Path("/proc/net/unix").read_text().splitlines()
              if line.endswith(str(path) + ".new")}
    for pid, (parent, _) in processes().items():
        if parent == master and any(
                target and target.startswith("socket:[") and
                target[8:-1] in inodes for target in descriptors(pid)):
            return True
    return False


def run_tests(module):
    """All functions test_* of it, in TAP; the exit status."""
    tests = [(name, test) for name, test in module.items()
             if name.startswith("test_")]
    print(f"1..{len(tests)}", flush=True)
    nfailed = 0
    for number, (name, test) in enumerate(tests, 1):
        try:
            test()
            print(f"ok {number} - {name}", flush=True)
        except Exception as error:  # pylint: disable=broad-except
            nfailed += 1
            print(f"not ok {number} - {name}", flush=True)
            print(f"# {type(error).__name__}: {error}", flush=True)
            at = error.__traceback__
            while at.tb_next is not None:
                at = at.tb_next
                print(f"# line {at.tb_lineno}", flush=True)
    return 1 if nfailed > 0 else 0
