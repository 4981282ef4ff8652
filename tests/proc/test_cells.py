#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""
The cells of the processes, from the outside: what the kernel says that each
has given up, and that the signers' log goes on when the log daemon restarts.

usage: test_cells.py path/to/countersign-milter libfips.so
"""

import ctypes
import os
import pathlib
import re
import resource
import signal
import socket
import subprocess
import sys
import threading

from running import (AS_ROOT, DEADLINE, Milter, processes, run_tests,
                     wait_for)

FIPS = sys.argv[2]      # fips.c

# In a mount namespace of its own, /dev has nothing but this; the log is a
# socket in the scratch folder.
OWN_DEV = """\
set -e
for name in null urandom; do
    touch {dev}/$name
    mount --bind /dev/$name {dev}/$name
done
mount --rbind {dev} /dev
exec {program} -d -c {config}
"""
PTRACE_SEIZE = 0x4206
PTRACE_INTERRUPT = 0x4207
PTRACE_DETACH = 17
PTRACE_SECCOMP_GET_METADATA = 0x420d
WAIT_ALL = 0x40000000   # __WALL
SECCOMP_FILTER_FLAG_LOG = 2
# DAC_READ_SEARCH, KILL, SETGID, SETUID, SETPCAP, NET_BIND_SERVICE, SYS_RESOURCE
MASTER_CAPABILITIES = sum(1 << n for n in (2, 5, 6, 7, 8, 10, 24))


def status_of(pid):
    """The fields of /proc/PID/status."""
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return dict(line.split(":\t", 1) for line in text.splitlines()
                if ":\t" in line)


def filter_flags(pid):
    """Those of each filter of system calls, from seccomp_metadata of
    <linux/ptrace.h>; none if this kernel does not tell."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.argtypes = (ctypes.c_long, ctypes.c_long, ctypes.c_void_p,
                            ctypes.c_void_p)
    libc.ptrace.restype = ctypes.c_long
    assert libc.ptrace(PTRACE_SEIZE, pid, None, None) == 0
    assert libc.ptrace(PTRACE_INTERRUPT, pid, None, None) == 0
    os.waitpid(pid, WAIT_ALL)
    flags = []
    metadata = (ctypes.c_uint64 * 2)(0, 0)
    while libc.ptrace(PTRACE_SECCOMP_GET_METADATA, pid,
                      ctypes.sizeof(metadata),
                      ctypes.addressof(metadata)) > 0:
        flags.append(metadata[1])
        metadata = (ctypes.c_uint64 * 2)(len(flags), 0)
    libc.ptrace(PTRACE_DETACH, pid, None, None)
    return flags


def check_cell(pid):
    status = status_of(pid)
    assert status["NoNewPrivs"] == "1", status
    # Calls are filtered on amd64 only.
    assert status["Seccomp"] == "2" or os.uname().machine != "x86_64", status
    limits = pathlib.Path(f"/proc/{pid}/limits").read_text()
    assert re.search(r"Max core file size +0 +0 ", limits), limits
    # Of a process that is not dumpable, these belong to root.
    assert os.stat(f"/proc/{pid}/fd").st_uid == 0
    return status


def test_signers():
    with Milter() as milter:
        milter.start()
        for name in ("signer 0", "signer 1"):
            pid, = milter.children_called(name)
            status = check_cell(pid)
            for field in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
                assert int(status[field], 16) == 0, (field, status)
            assert not AS_ROOT or int(status["CapBnd"], 16) == 0, status
        assert milter.stop() == 0


def test_master():
    with Milter() as milter:
        milter.start()
        status = check_cell(milter.process.pid)
        for field in ("CapPrm", "CapEff", "CapBnd"):
            assert not AS_ROOT or int(status[field], 16) & \
                ~MASTER_CAPABILITIES == 0, (field, status)
        assert milter.stop() == 0


def test_metrics():
    """It has no descriptor of the table, and none of its memory that it could
    write to."""
    with Milter() as milter:
        folder = milter.folder / "files"
        folder.mkdir()
        os.chown(folder, os.stat(milter.folder).st_uid, -1)
        milter.config.write_text(
            milter.config.read_text() +
            f'metrics {{ textfile = "{folder}/a.prom" }}\n')
        milter.start()
        wait_for("the textfile", (folder / "a.prom").exists)
        pid, = milter.children_called("metrics")
        status = check_cell(pid)
        for field in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
            assert int(status[field], 16) == 0, (field, status)
        assert status["Threads"] == "1", status
        if AS_ROOT:
            maps = pathlib.Path(f"/proc/{pid}/maps").read_text()
            tables = [line.split()[1] for line in maps.splitlines()
                      if "memfd:countersign-meters" in line]
            assert tables == ["r--s"], tables
            for fd in pathlib.Path(f"/proc/{pid}/fd").iterdir():
                assert "memfd:" not in os.readlink(fd), fd
            front, = milter.children_called("front")
            for fd in pathlib.Path(f"/proc/{front}/fd").iterdir():
                assert "memfd:" not in os.readlink(fd), fd
        assert milter.stop() == 0


def test_refusals_are_logged():
    """With -d, by the kernel; in the master's cell and in those inside it."""
    if not AS_ROOT:
        return
    with Milter() as milter:
        milter.start()
        for name, pid in milter.children().items():
            found = filter_flags(pid)
            assert found in ([], [SECCOMP_FILTER_FLAG_LOG] * 2), (name, found)
        assert milter.stop() == 0


def test_locked_memory():
    """The signers lock their memory, or one line says why they do not."""
    with Milter() as milter:
        milter.start()
        limit = resource.prlimit(milter.process.pid, resource.RLIMIT_MEMLOCK)
        locks = limit[0] == resource.RLIM_INFINITY
        assert milter.text().count("[memory-not-locked]") == (not locks)
        for name in ("signer 0", "signer 1"):
            pid, = milter.children_called(name)
            locked = int(status_of(pid)["VmLck"].split()[0])
            assert (locked > 0) == locks, (locked, limit)
        assert milter.stop() == 0


def test_without_ed25519():
    """In FIPS mode, keys of RSA can be used; otherwise, there is a fault."""
    fips = {**os.environ, "LD_PRELOAD": FIPS,
            "ASAN_OPTIONS": "verify_asan_link_order=0:" +
            os.environ.get("ASAN_OPTIONS", "")}
    with Milter() as milter:
        milter.start(env=fips)
        assert milter.stop() == 0
        status, text = milter.run("-f", env={**fips, "NO_FIPS": "1"})
        assert status != 0
        assert "the crypto library cannot be used: " in text, text


def test_killed_by_its_cell():
    """The log says what the signal means."""
    with Milter() as milter:
        milter.start()
        pid, = milter.children_called("signer 1")
        os.kill(pid, signal.SIGSYS)
        milter.wait_log(rf"signer 1: process {pid} was killed by signal 31 "
                        r"\(Bad system call\): it tried a system call that it "
                        r"never makes, .*type=1326 \[process-killed\]")
        wait_for("the next signer", lambda: milter.children_called("signer 1")
                 not in ([], [pid]))
        assert milter.stop() == 0


class LogDaemon:
    """What syslog(3) writes to, until it ends.  It always reads, because
    syslog(3) waits while the queue is full."""

    def __init__(self, path):
        self.path = path
        self.lines = ""
        self.is_ended = False
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.socket.settimeout(0.1)
        path.chmod(0o666)
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self):
        while not self.is_ended:
            try:
                self.lines += self.socket.recv(65536).decode() + "\n"
            except TimeoutError:
                pass
        self.socket.close()

    def end(self):
        self.is_ended = True
        self.reader.join()
        self.path.unlink()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def has(self, pattern):
        """Whether a line matches, of those that have come so far."""
        return re.search(pattern, self.lines) is not None


def children_of(master):
    """Name to pid."""
    return {title.partition(": ")[2]: pid for pid, (parent, title) in
            processes().items() if parent == master}


def make_signers_log(master, daemon, signers):
    """A signer says so when the front has ended."""
    os.kill(children_of(master)["front"], signal.SIGKILL)
    for name in signers:
        pid = children_of(master)[name]
        wait_for("a line of " + name, lambda p=pid: daemon.has(
            rf"countersign-signer\[{p}\]: .*the front has ended"))


def test_log_daemon_restarts():
    """The signers' lines go on, although they cannot open files any more."""
    if not AS_ROOT:
        return
    signers = ("signer 0", "signer 1")
    with Milter() as milter:
        dev = milter.folder / "dev"
        dev.mkdir()
        milter.copy_programs()
        with LogDaemon(dev / "log") as daemon:
            subprocess.run(["unshare", "-m", "sh", "-c", OWN_DEV.format(
                dev=dev, program=milter.program, config=milter.config)],
                stdin=subprocess.DEVNULL, timeout=DEADLINE, check=True)
            master, = milter.masters()
            wait_for("both signers", lambda: {"front", *signers} <=
                     set(children_of(master)))
            before = [children_of(master)[name] for name in signers]
            make_signers_log(master, daemon, signers)
            wait_for("the next front", milter.answers)
        with LogDaemon(dev / "log") as daemon:
            make_signers_log(master, daemon, signers)
            assert before == [children_of(master)[name] for name in signers]


if __name__ == "__main__":
    sys.exit(run_tests(globals()))
