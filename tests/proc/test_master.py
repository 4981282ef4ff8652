#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""
The real countersign-milter, from the outside: what it says at its start, what
it replaces, how it reloads and stops.  Each test starts its own in a scratch
folder, on a unix socket.

usage: test_master.py path/to/countersign-milter
"""

import ctypes
import os
import pathlib
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import time

from running import (AS_ROOT, DEADLINE, MILTER, Milter, is_running, link_of,
                     run_tests, wait_for)

CONTROL = 3         # IPC_CONTROL_FD of ipc.h
READY = bytes((4, 20, 0, 0, 0, 0, 0, 0))    # IPC_CTL_READY
KEYS_REQ = (bytes((4, 1, 0, 0, 0, 0, 0, 9, 0, 0, 0, 11)) + b"example.com" +
            bytes(5))
SYS_PIDFD_GETFD = 438


def test_usage():
    for options, status in ((["-x"], 2), (["operand"], 2), (["-c"], 2),
                            (["-R", "front"], 2), (["--hepl"], 2),
                            (["-h"], 0), (["--help"], 0), (["-V"], 0),
                            (["--version"], 0)):
        done = subprocess.run([MILTER, *options], capture_output=True,
                              text=True, check=False)
        assert done.returncode == status, options
    assert re.match(r"countersign-milter \d+\.\d+", done.stdout)


def test_not_for_use_by_hand():
    """What the master starts says so, with the right options and without."""
    folder = pathlib.Path(MILTER).resolve().parent
    for name, options in (("countersign-front", ["-c", "/dev/null"]),
                          ("countersign-signer", ["-k", "/", "-x", "0"])):
        for given, start in (([], f"usage: {name} "),
                             (options, f"{name}: not for use by hand: ")):
            done = subprocess.run([folder / name, *given], check=False,
                                  stdin=subprocess.DEVNULL,
                                  capture_output=True, text=True)
            assert done.returncode == 2, (name, given)
            assert done.stderr.startswith(start), done.stderr
            assert "countersign-milter(8)" in done.stderr, done.stderr


def test_check_only():
    with Milter() as milter:
        assert milter.run("-n") == (0, "")
        # A warning is no fault.
        milter.write(edit=lambda t: t.replace(', "*.example.com"', ''))
        status, stderr = milter.run("-n")
        assert status == 0
        assert re.fullmatch(f'{milter.config}:[0-9]+: warning: "example.com" '
                            'without .*\n', stderr), stderr
        milter.write(edit=lambda t: t.replace("signers = 2",
                                              "signers = 2\nsignatures = 3")
                     .replace("127.0.0.0/8", "127.0.0.0/99"))
        status, stderr = milter.run("-n")
        assert status == 78
        assert f"{milter.config}:6: " in stderr, stderr
        assert f"{milter.config}:9: " in stderr, stderr
        # And the same faults where it should start.
        assert milter.run("-f") == (78, stderr)
        assert milter.run() == (78, stderr)
        assert not milter.socket.exists()


def test_check_of_several_hosts():
    """What is limited is limited on each host."""
    hourly = "signatures_per_hour = 100\n"
    fleet = 'fleet { database = "host=/nowhere" host = "relay1" }\n'
    sync = 'rotation { sync_hosts = { "relay2" } }\n'
    for first, is_said in ((hourly, False), (fleet, False),
                           (hourly + fleet, True), (hourly + sync, True)):
        with Milter() as milter:
            milter.write(edit=lambda text, first=first: first + text)
            done = subprocess.run([MILTER, "-n", "-c", str(milter.config)],
                                  check=False, stdin=subprocess.DEVNULL,
                                  capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
            assert ("with N hosts, N times as much" in
                    done.stdout) == is_said, done.stdout


def test_roles_and_titles():
    with Milter() as milter:
        milter.start()
        children = milter.children()
        assert sorted(children) == ["front", "signer 0", "signer 1"]
        assert milter.answers()
        if AS_ROOT:
            for name, user in (("front", "nobody"), ("signer 0", "daemon")):
                status = pathlib.Path(
                    f"/proc/{children[name]}/status").read_text()
                uid = str(pwd.getpwnam(user).pw_uid)
                uids = re.search(r"^Uid:\t(.*)$", status, re.M)[1].split()
                assert uids == [uid] * 4, name
        assert milter.stop() == 0


def test_stop_leaves_nothing():
    for sig in (signal.SIGTERM, signal.SIGINT):
        with Milter() as milter:
            milter.start()
            children = milter.children()
            # As a service manager does it: to all at once.
            milter.process.send_signal(sig)
            milter.process.send_signal(sig)
            assert milter.process.wait(DEADLINE) == 0
            for name, pid in children.items():
                assert not is_running(pid), name
            assert not milter.socket.exists()
            assert "killed" not in milter.text()


def test_signer_is_replaced():
    with Milter() as milter:
        milter.start()
        for round_ in range(1, 4):
            before = milter.children()
            os.kill(before["signer 1"], signal.SIGKILL)
            milter.wait_log(r"signer 1: process \d+ was killed", round_)
            after = wait_for("a new signer", lambda: len(
                c := milter.children()) == 3 and c)
            assert after["signer 1"] != before["signer 1"]
            assert after["signer 0"] == before["signer 0"]
            assert after["front"] == before["front"]
            milter.wait_introduced(after)
        assert milter.answers()
        assert milter.stop() == 0


# In the signer's place: the first two are up, are told of all their peers,
# close the control socket and live on, one deaf to SIGTERM; then the real one.
LOST_SIGNER = """\
#!{python}
import os, signal, socket, sys
for name in "obeys", "deaf":
    try:
        os.mkdir(os.path.join("{folder}", name))
    except FileExistsError:
        continue
    if name == "deaf":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    control = socket.socket(fileno={control})
    control.send({ready})
    for peer in range(4):
        control.recvmsg(100)
    control.close()
    while True:
        signal.pause()
os.execv("{signer}", sys.argv)
"""


def test_lost_child_is_replaced():
    """One whose control socket is closed cannot be told to stop."""
    with Milter() as milter:
        build = pathlib.Path(MILTER).resolve().parent
        milter.program = shutil.copy(MILTER, milter.folder)
        # The fake runs as root, but with few of root's capabilities.
        milter.folder.chmod(0o777)
        shutil.copy(build / "countersign-front", milter.folder)
        fake = milter.folder / "countersign-signer"
        fake.write_text(LOST_SIGNER.format(
            python=sys.executable, folder=milter.folder, control=CONTROL,
            ready=READY, signer=build / "countersign-signer"))
        fake.chmod(0o755)
        milter.start(env=os.environ | {
            "LD_LIBRARY_PATH": str(build / "lib/dkimsig")})
        text = milter.text()
        assert len(re.findall(r"signer [01]: process \d+ closed its control "
                              "socket but is still running: terminated",
                              text)) == 2, text
        assert len(re.findall(r"signer [01]: process \d+ was killed by "
                              "signal 15", text)) == 1, text
        assert len(re.findall(r"signer [01]: did not stop in time: killed",
                              text)) == 1, text
        milter.wait_introduced(milter.children())
        assert milter.answers()
        assert milter.stop() == 0


def test_front_is_replaced():
    with Milter() as milter:
        milter.start()
        before = milter.children()
        os.kill(before["front"], signal.SIGKILL)
        milter.wait_log("front: process .* was killed")
        milter.wait_log("front: ready", 2)
        wait_for("an answer", milter.answers)
        after = wait_for("three", lambda: len(
            c := milter.children()) == 3 and c)
        assert after["front"] != before["front"]
        assert after["signer 0"] == before["signer 0"]
        milter.wait_introduced(after)
        assert milter.stop() == 0
        assert not milter.socket.exists()


def test_sockets_of_a_dead_front_are_closed():
    """Whoever has copies of them can have nothing signed any more."""
    if not AS_ROOT:
        return
    with Milter() as milter:
        milter.start()
        kept = []
        for round_ in range(1, 17):
            children = milter.children()
            milter.wait_introduced(children)
            copies = copy_peers(children["front"])
            assert len(copies) == 2 * 4, copies
            assert all(asks_for_keys(sock) for sock in copies)
            kept += copies
            time.sleep(1)   # a shorter life would delay the next one
            os.kill(children["front"], signal.SIGKILL)
            milter.wait_log("front: ready", round_ + 1)
            wait_for("an answer", milter.answers)
            assert not any(asks_for_keys(sock) for sock in kept)
        milter.wait_introduced(milter.children())
        assert milter.text().count("too many sockets") == 0
        for sock in kept:
            sock.close()
        assert milter.stop() == 0


def copy_peers(pid):
    """Another process's sockets of messages, but for its control socket: as
    a process that it forked has them."""
    libc = ctypes.CDLL(None, use_errno=True)
    pidfd = os.pidfd_open(pid)
    copies = []
    for name in os.listdir(f"/proc/{pid}/fd"):
        target = link_of(f"/proc/{pid}/fd/{name}")
        if int(name) == CONTROL or not target.startswith("socket:"):
            continue
        fd = libc.syscall(SYS_PIDFD_GETFD, pidfd, int(name), 0)
        assert fd >= 0, os.strerror(ctypes.get_errno())
        sock = socket.socket(fileno=fd)
        if sock.type == socket.SOCK_SEQPACKET:
            copies.append(sock)
        else:
            sock.close()
    os.close(pidfd)
    return copies


def asks_for_keys(sock):
    """Whether a signer answers IPC_KEYS_REQ on that socket."""
    sock.settimeout(DEADLINE)
    try:
        sock.send(KEYS_REQ)
        return sock.recv(1000)[1:2] == bytes((2,))
    except OSError:
        return False


def test_restarts_are_delayed():
    """One that cannot start is tried ever more slowly, and comes back."""
    with Milter() as milter:
        milter.start()
        milter.keys.chmod(0o777)
        os.kill(milter.children()["signer 0"], signal.SIGKILL)
        for delay in (100, 200, 400):
            milter.wait_log(f"signer 0: restarting in {delay} ms")
        assert "mode 0777" in milter.text()
        assert milter.process.poll() is None
        milter.keys.chmod(0o700)
        wait_for("the signer", lambda: len(milter.children()) == 3)
        assert milter.stop() == 0


def test_reload_of_a_faulty_file():
    with Milter() as milter:
        milter.start()
        before = milter.children()
        milter.write(edit=lambda t: t + "rubbish = 1\nmore = 2\n")
        milter.process.send_signal(signal.SIGHUP)
        milter.wait_log("keeping the old configuration")
        assert "countersign.conf:12: " in milter.text()
        assert "countersign.conf:13: " in milter.text()
        assert milter.children() == before
        assert milter.answers()
        milter.write()
        milter.process.send_signal(signal.SIGHUP)
        milter.wait_log("reload: /")
        assert milter.children() == before
        assert milter.stop() == 0


def test_reload_with_another_keydir():
    """One that no signer could serve changes nothing."""
    with Milter() as milter:
        milter.start()
        before = milter.children()
        other = milter.folder / "other"
        milter.write(edit=lambda t: t.replace(str(milter.keys), str(other)))
        milter.process.send_signal(signal.SIGHUP)
        milter.wait_log(r"reload: keydir \S*/other does not exist: create it "
                        r"with 'install -d -o \w+ -g \w+ -m 0700 "
                        r"\S*/other' \[keydir-unusable\]")
        milter.wait_log("keeping the old configuration")
        other.mkdir(mode=0o700)
        other.chmod(0o777)
        milter.process.send_signal(signal.SIGHUP)
        milter.wait_log("reload: keydir .*/other: mode 0777")
        milter.wait_log("keeping the old configuration", 2)
        assert milter.children() == before
        assert milter.answers()
        other.chmod(0o700)
        if AS_ROOT:
            milter.process.send_signal(signal.SIGHUP)
            milter.wait_log("reload: keydir .*/other: mode 0700, owner root; "
                            "must be a directory with mode 0700 and owner "
                            "daemon: "
                            "chown -R daemon .*/other")
            milter.wait_log("keeping the old configuration", 3)
            os.chown(other, pwd.getpwnam("daemon").pw_uid, -1)
        milter.process.send_signal(signal.SIGHUP)
        milter.wait_log("signer 0: ready", 2)
        milter.wait_log("signer 1: ready", 2)
        wait_for("three", lambda: len(milter.children()) == 3)
        assert "restarting" not in milter.text()
        assert milter.stop() == 0


def test_reload_raises_the_ceiling():
    """Signers are told at their start how far x= may be."""
    with Milter() as milter:
        milter.start()
        before = milter.children()
        milter.write(expire="14d")
        milter.process.send_signal(signal.SIGHUP)
        milter.wait_log("signer 0: ready", 2)
        milter.wait_log("signer 1: ready", 2)
        after = wait_for("three", lambda: len(
            c := milter.children()) == 3 and c)
        assert after["front"] == before["front"]
        assert after["signer 0"] != before["signer 0"]
        assert after["signer 1"] != before["signer 1"]
        assert "restarting" not in milter.text()
        milter.write(expire="1d")
        milter.process.send_signal(signal.SIGHUP)
        milter.wait_log("reload: /", 2)
        assert milter.children() == after
        assert milter.stop() == 0


def test_reload_raises_the_ceiling_of_a_source():
    """The longest of any source counts."""
    with Milter() as milter:
        milter.start()
        before = milter.children()
        milter.write(edit=lambda t: t.replace("trust_network = true",
            "trust_network = true expire = 1h"))
        milter.process.send_signal(signal.SIGHUP)
        milter.wait_log("reload: /")
        assert milter.children() == before
        milter.write(edit=lambda t: t.replace("trust_network = true",
            "trust_network = true expire = 30d"))
        milter.process.send_signal(signal.SIGHUP)
        milter.wait_log("signer 0: ready", 2)
        milter.wait_log("signer 1: ready", 2)
        after = wait_for("three", lambda: len(
            c := milter.children()) == 3 and c)
        assert after["front"] == before["front"]
        assert after["signer 0"] != before["signer 0"]
        assert milter.stop() == 0


def test_reload_names_what_needs_a_restart():
    with Milter() as milter:
        milter.start()
        milter.write(edit=lambda t: t.replace("signers = 2", "signers = 3"))
        milter.process.send_signal(signal.SIGHUP)
        milter.wait_log("reload: signers changed: restart to apply it")
        assert milter.stop() == 0


def test_master_killed():
    with Milter() as milter:
        milter.start()
        children = milter.children()
        milter.process.kill()
        milter.process.wait()
        for name, pid in children.items():
            wait_for("the end of " + name, lambda p=pid: not is_running(p))


def test_all_killed_at_once():
    """Every child at once, again and again: the master gets them back."""
    with Milter() as milter:
        milter.start()
        for _ in range(3):
            old = milter.children()
            for pid in old.values():
                os.kill(pid, signal.SIGKILL)
            wait_for("new children", lambda o=old: len(
                c := milter.children()) == 3 and
                not set(c.values()) & set(o.values()))
        wait_for("an answer", milter.answers)
        assert milter.stop() == 0


def test_cannot_start():
    with Milter() as milter:
        shutil.rmtree(milter.keys)
        status, stderr = milter.run("-f")
        assert status == 78
        assert f"{milter.keys}" in stderr, stderr
        assert milter.run()[0] == 78
    with Milter() as milter:
        milter.write(edit=lambda t: t.replace("/milter.sock",
                                              "/none/milter.sock"))
        status, stderr = milter.run("-f")
        assert status == 78
        assert "socket" in stderr
    if not AS_ROOT:
        return
    with Milter() as milter:
        milter.write(edit=lambda t: t.replace("nobody", "no-such-user-a")
                     .replace("daemon", "no-such-user-b"))
        status, stderr = milter.run("-f")
        assert status == 78
        assert "useradd" in stderr and "no-such-user-a" in stderr
        assert "no-such-user-b" in stderr
        assert milter.run("-n") == (0, "")


def test_one_user_is_told():
    if not AS_ROOT:
        return
    with Milter() as milter:
        milter.write(edit=lambda t: t.replace("nobody", "daemon"))
        os.chown(milter.folder, pwd.getpwnam("daemon").pw_uid, -1)
        milter.start()
        assert "user and keys_user are both daemon" in milter.text()
        assert milter.stop() == 0


def test_without_root():
    if not AS_ROOT:
        return
    nobody = pwd.getpwnam("nobody")
    with Milter() as milter:
        os.chown(milter.folder, nobody.pw_uid, -1)
        os.chown(milter.keys, nobody.pw_uid, -1)
        milter.copy_programs()
        milter.start(user="nobody", group=nobody.pw_gid, extra_groups=[])
        assert "started without root" in milter.text()
        assert milter.answers()
        assert milter.stop() == 0


def test_background():
    """The command ends when the service is up, and not before."""
    with Milter() as milter:
        assert milter.run() == (0, "")
        masters = milter.masters()
        assert len(masters) == 1, masters
        assert link_of(f"/proc/{masters[0]}/fd/2") == "/dev/null"
        assert milter.answers()
        assert os.readlink(f"/proc/{masters[0]}/cwd") == "/"
        os.kill(masters[0], signal.SIGTERM)
        wait_for("its end", lambda: not is_running(masters[0]))
        assert not milter.socket.exists()


if __name__ == "__main__":
    sys.exit(run_tests(globals()))
