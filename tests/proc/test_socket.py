#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""
The socket for the MTA: who makes it, who may take it, who removes it.

usage: test_socket.py path/to/countersign-milter
"""

import ctypes
import grp
import os
import pathlib
import pwd
import re
import resource
import signal
import socket
import stat
import subprocess
import sys
import time

from running import (AS_ROOT, DEADLINE, MILTER, Milter, processes, run_tests,
                     wait_for)

AT_FDCWD = -100
RENAME_EXCHANGE = 2
FRONT_ENDS = r"front: process \d+ (?:was killed|ended)"
IN_USE = ("in use by another countersign-milter .process {}.: "
          "stop that one first")


def group_of(path):
    return grp.getgrgid(os.stat(path).st_gid).gr_name


def test_made_with_its_group_and_mode():
    """By the front's user, with no more rights than that user has."""
    if not AS_ROOT:
        return
    for folder_mode, umask in ((0o755, 0), (0o2755, 0o777)):
        with Milter() as milter:
            milter.folder.chmod(folder_mode)
            milter.write(edit=lambda t: "socket_group = daemon\n"
                         "socket_mode = 0660\n" + t)
            milter.start(umask=umask)
            found = os.stat(milter.socket)
            assert stat.S_IMODE(found.st_mode) == 0o660, oct(found.st_mode)
            assert found.st_uid == pwd.getpwnam("nobody").pw_uid
            assert group_of(milter.socket) == "daemon"
            status = pathlib.Path(
                f"/proc/{milter.children()['front']}/status").read_text()
            gid = str(pwd.getpwnam("nobody").pw_gid)
            assert re.search(r"^Gid:\t(.*)$", status, re.M)[1].split() == \
                [gid] * 4, status
            assert re.search(r"^Groups:\t(.*)$", status, re.M)[1].split() == \
                [gid], status
            assert milter.answers()
            assert milter.stop() == 0
            assert not milter.socket.exists()


def end(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def race(name, target):
    """A process of the front's user: puts a link to target in the place of
    name in the moment in which that is made."""
    libc = ctypes.CDLL(None)
    nobody = pwd.getpwnam("nobody")
    here, link = bytes(name), bytes(name) + b".link"
    pid = os.fork()
    if pid != 0:
        return pid
    try:
        os.setgroups([])
        os.setresgid(*[nobody.pw_gid] * 3)
        os.setresuid(*[nobody.pw_uid] * 3)
        name.unlink(missing_ok=True)
        os.symlink(target, link)
        while libc.renameat2(AT_FDCWD, here, AT_FDCWD, link,
                             RENAME_EXCHANGE) != 0:
            pass
    finally:
        os._exit(0)


def race_a_start(milter, target):
    """Kill the front, and race with the next one for its names."""
    names = [milter.folder / "milter.sock", milter.folder / "milter.sock.new"]
    ready = milter.text().count("front: ready")
    ended = len(re.findall(FRONT_ENDS, milter.text()))
    racers = [race(name, target) for name in names]
    for name in names:
        wait_for("a race", lambda n=name: os.path.islink(f"{n}.link"))
    for pid in milter.children_called("front"):
        end(pid)
    wait_for("a start", lambda: len(re.findall(
        FRONT_ENDS, milter.text())) > ended + 1 or
        milter.text().count("front: ready") > ready)
    for pid in racers:
        end(pid)
        os.waitpid(pid, 0)
    for name in names:
        for path in (str(name), f"{name}.link"):
            pathlib.Path(path).unlink(missing_ok=True)


def test_root_follows_no_link():
    if not AS_ROOT:
        return
    with Milter() as milter:
        target = milter.folder / "roots" / "target"
        target.parent.mkdir()
        target.write_text("")
        target.chmod(0o600)
        before = target.stat()
        milter.write(edit=lambda t: "socket_group = daemon\n" + t)
        milter.start()
        for _ in range(5):
            race_a_start(milter, target)
            after = target.stat()
            for field in ("st_mode", "st_uid", "st_gid", "st_ctime_ns"):
                assert getattr(after, field) == getattr(before, field), field
        # What was left there keeps no front from starting.
        for pid in milter.children_called("front"):
            end(pid)
        wait_for("an answer", milter.answers)
        assert milter.stop() == 0


def test_second_one_is_refused():
    """It neither takes the socket of a running one, nor removes it."""
    with Milter() as milter:
        milter.start()
        inode = milter.socket.stat().st_ino
        for options in (["-f"], []):
            status, stderr = milter.run(*options)
            assert status == 78, (status, stderr)
            assert re.search(IN_USE.format(milter.process.pid), stderr), \
                stderr
        # As one tries whether a configuration works.
        done = subprocess.run(
            ["timeout", "5", MILTER, "-f", "-c", str(milter.config)],
            stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        assert done.returncode == 78
        assert milter.socket.stat().st_ino == inode
        assert milter.answers()
        assert milter.stop() == 0
        assert not milter.socket.exists()


def test_of_two_at_once_one_runs():
    for _ in range(3):
        with Milter() as milter:
            both = [subprocess.Popen(
                [MILTER, "-f", "-c", str(milter.config)],
                stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                for _ in range(2)]
            wait_for("the end of one", lambda b=both: any(
                p.poll() is not None for p in b))
            loser, = [p for p in both if p.poll() is not None]
            milter.process, = [p for p in both if p is not loser]
            assert loser.returncode == 78
            wait_for("an answer", milter.answers)
            assert milter.stop() == 0


def test_orphan_is_replaced():
    with Milter() as milter:
        milter.start()
        fronts = milter.children_called("front")
        milter.process.kill()
        milter.process.wait()
        for pid in fronts:
            end(pid)
        wait_for("the end of the front", lambda: not set(fronts) &
                 set(processes()))
        if not milter.socket.exists():      # the front ended by itself
            with socket.socket(socket.AF_UNIX) as orphan:
                orphan.bind(str(milter.socket))
            if AS_ROOT:
                os.chown(milter.socket, pwd.getpwnam("nobody").pw_uid, -1)
        milter.log.write_text("")
        milter.start()
        assert milter.answers()
        assert milter.stop() == 0


def test_killed_master_leaves_no_lock():
    """Its front gives the socket up before its messages come to an end."""
    with Milter() as milter:
        milter.start()
        with socket.socket(socket.AF_UNIX) as held:
            held.connect(str(milter.socket))
            milter.process.kill()
            milter.process.wait()
            milter.log.write_text("")
            milter.start()
            assert milter.answers()
        assert milter.stop() == 0


def test_another_program_is_not_disturbed():
    with Milter() as milter:
        with socket.socket(socket.AF_UNIX) as other:
            other.bind(str(milter.socket))
            milter.socket.chmod(0o666)
            other.listen()
            inode = milter.socket.stat().st_ino
            status, stderr = milter.run("-f")
            assert status == 78
            assert f"another program (process {os.getpid()}) listens on it" \
                in stderr, stderr
            assert milter.socket.stat().st_ino == inode
        milter.socket.unlink()
        # Nor is a file that is no socket.
        milter.socket.write_text("mine\n")
        status, stderr = milter.run("-f")
        assert status == 78
        assert "exists and is not a socket: remove it" in stderr, stderr
        assert milter.socket.read_text() == "mine\n"


def test_only_its_own_name_is_removed():
    with Milter() as milter:
        milter.start()
        milter.socket.unlink()
        with socket.socket(socket.AF_UNIX) as other:
            other.bind(str(milter.socket))
            other.listen()
            assert milter.stop() == 0
            assert milter.socket.exists()


def test_lock_that_cannot_be_had():
    if not AS_ROOT:
        return
    lock = "milter.sock.lock"
    for make, words in (
            (lambda path: path.mkdir(), "with 'rm -r "),
            (lambda path: path.symlink_to("/etc/passwd"), "regular file: remove"),
            (lambda path: path.touch(mode=0o600), "belongs to another user"),
            (os.mkfifo, "is not a regular file")):
        with Milter() as milter:
            make(milter.folder / lock)
            if words == "is not a regular file":
                os.chown(milter.folder / lock,
                         pwd.getpwnam("nobody").pw_uid, -1)
            status, stderr = milter.run("-f")
            assert status == 78
            assert words in stderr and lock in stderr, stderr
            assert f"/{lock}'" in stderr, stderr


def test_lock_file_is_private():
    """Who can open it could keep the service from starting."""
    with Milter() as milter:
        milter.start(umask=0)
        lock = milter.folder / "milter.sock.lock"
        assert stat.S_IMODE(lock.stat().st_mode) == 0o600
        assert lock.read_text() == f"{milter.process.pid}\n"
        # One that was removed by mistake is made by the next front.
        lock.unlink()
        for pid in milter.children_called("front"):
            end(pid)
        milter.wait_log("front: ready", 2)
        assert lock.read_text() == f"{milter.process.pid}\n"
        assert milter.stop() == 0


def test_port_in_use():
    for family, address, kind in ((socket.AF_INET, "127.0.0.1", "inet"),
                                  (socket.AF_INET6, "::1", "inet6")):
        with Milter() as milter, socket.socket(family) as other:
            try:
                other.bind((address, 0))
            except OSError:
                continue    # no IPv6 here
            port = other.getsockname()[1]
            name = f"{kind}:{port}@{address}"
            milter.write(edit=lambda t, m=milter, n=name: t.replace(
                f"unix:{m.socket}", n))
            other.listen()
            status, stderr = milter.run("-f")
            assert status == 78
            assert f"socket {name}: another program listens on port {port}" \
                in stderr, stderr
            other.close()
            milter.start()
            status, stderr = milter.run("-f")
            assert status == 78 and f"port {port}" in stderr, stderr
            assert milter.stop() == 0


def test_address_of_another_host():
    with Milter() as milter:
        milter.write(edit=lambda t: t.replace(
            f"unix:{milter.socket}", "inet:8891@192.0.2.1"))
        status, stderr = milter.run("-f")
        assert status == 78
        assert "this host does not have that address" in stderr, stderr


def test_front_is_locked():
    """No new rights, no core file, no debugger; also without root."""
    def check(milter, **more):
        milter.start(**more)
        front, = milter.children_called("front")
        status = pathlib.Path(f"/proc/{front}/status").read_text()
        assert "\nNoNewPrivs:\t1\n" in status
        limits = pathlib.Path(f"/proc/{front}/limits").read_text()
        assert re.search(r"Max core file size +0 +0 ", limits), limits
        assert os.stat(f"/proc/{front}/fd").st_uid == 0
        assert milter.stop() == 0

    if not AS_ROOT:
        return
    nobody = pwd.getpwnam("nobody")
    with Milter() as milter:
        check(milter)
    with Milter() as milter:
        os.chown(milter.keys, nobody.pw_uid, -1)
        milter.copy_programs()
        check(milter, user="nobody", group=nobody.pw_gid, extra_groups=[])


def test_descriptors():
    """As many as the hard limit lets it have."""
    with Milter() as milter:
        milter.start(preexec_fn=lambda: resource.setrlimit(
            resource.RLIMIT_NOFILE, (64, 512)))
        front, = milter.children_called("front")
        limits = pathlib.Path(f"/proc/{front}/limits").read_text()
        assert re.search(r"Max open files +512 +512 ", limits), limits
        idle = [socket.socket(socket.AF_UNIX) for _ in range(200)]
        for sock in idle:
            sock.connect(str(milter.socket))
        assert milter.answers()
        for sock in idle:
            sock.close()
        assert milter.stop() == 0


if __name__ == "__main__":
    sys.exit(run_tests(globals()))
