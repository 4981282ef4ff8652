#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""
The front and the signers as services of their own, as systemd starts them: a
master each, none of them root, and a socket between them that this test listens
on in systemd's place.

usage: test_parts.py path/to/countersign-milter
"""

import grp
import os
import pathlib
import pwd
import re
import signal
import socket
import subprocess
import sys

from running import (AS_ROOT, DEADLINE, Milter, is_running, processes,
                     run_tests, wait_for)

FRONT, SIGNERS = "nobody", "daemon"     # as in running.CONFIG
# The process that becomes the program is the one that the socket is for.
ACTIVATED = 'export LISTEN_PID=$$ LISTEN_FDS=1; exec "$@"'


def user_of(pid):
    return pwd.getpwuid(os.stat(f"/proc/{pid}").st_uid).pw_name


class Parts(Milter):
    """Both services, and systemd's ends of their sockets."""

    def __init__(self):
        super().__init__()
        self.copy_programs()
        self.services = []
        self.path = self.folder / "signers.sock"
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener.bind(str(self.path))
        self.path.chmod(0o666)
        self.listener.listen()
        self.told = self.folder / "notify.sock"
        self.systemd = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.systemd.bind(str(self.told))
        self.systemd.settimeout(DEADLINE)
        self.told.chmod(0o666)

    def __exit__(self, *args):
        for service in self.services:
            if service.poll() is None:
                service.kill()
                service.wait()
        self.listener.close()
        self.systemd.close()
        super().__exit__(*args)

    def launch(self, user, *options, inside=(), **environment):
        fd = self.listener.fileno()
        activated = ["sh", "-c", ACTIVATED, "sh"] if "-S" in options else []

        def pass_socket():
            os.dup2(fd, 3)

        with open(self.log, "ab") as log:
            service = subprocess.Popen(
                ["setpriv", "--reuid", user, "--regid",
                 str(pwd.getpwnam(user).pw_gid), "--clear-groups", *activated,
                 *inside, self.program, "-f", "-d", "-c", str(self.config), *options],
                stdin=subprocess.DEVNULL, stderr=log, pass_fds=(3,),
                preexec_fn=pass_socket,
                env={**os.environ, **environment})
        self.services.append(service)
        return service

    def signers(self, user=SIGNERS, **environment):
        return self.launch(user, "-S", **environment)

    def front(self, user=FRONT, **more):
        return self.launch(user, "-F", str(self.path), **more)

    def both(self):
        signers, front = self.signers(), self.front()
        self.wait_log(r"ready: 2 signers \[ready\]")
        self.wait_log(r"ready: socket \S+, signers at \S+ \[ready\]")
        return signers, front

    def told_so(self, state):
        """Whether systemd is told that next, signs of life left out."""
        while True:
            got = self.systemd.recv(1000).decode()
            if got != "WATCHDOG=1":
                return got == state


def child_of(service, name):
    """The process of that name, as soon as there is one."""
    def find():
        return [pid for pid, (parent, title) in processes().items()
                if parent == service.pid and title.endswith(": " + name)]
    return wait_for("process " + name, find)[0]


def connect_as(user, path):
    """What a process of that user receives over the socket first."""
    program = ("import socket, sys\n"
               "s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)\n"
               "s.connect(sys.argv[1])\n"
               "print(s.recv(100).hex())\n")
    return subprocess.run(
        ["setpriv", "--reuid", user, "--clear-groups", "/usr/bin/python3",
         "-c", program, str(path)], check=True, capture_output=True,
        text=True, timeout=DEADLINE).stdout.strip()


def test_both_are_ready_without_root():
    with Parts() as parts:
        signers, front = parts.both()
        assert parts.answers()
        for service, name, user in ((front, "front", FRONT),
                                    (signers, "signer 0", SIGNERS),
                                    (signers, "signer 1", SIGNERS)):
            assert user_of(child_of(service, name)) == user
        parts.wait_introduced({"front": child_of(front, "front"),
                               "signer 0": child_of(signers, "signer 0"),
                               "signer 1": child_of(signers, "signer 1")})
        for service in (front, signers):
            service.send_signal(signal.SIGTERM)
            assert service.wait(DEADLINE) == 0
        assert not parts.socket.exists()


def table_that_is_kept(parts):
    """What systemd gets to keep; its descriptor."""
    while True:
        text, fds, _, _ = socket.recv_fds(parts.systemd, 1000, 1)
        if fds:
            assert text == b"FDSTORE=1\nFDNAME=meters", text
            return fds[0]


def test_metrics_are_of_the_front():
    """As its user; systemd keeps their table, which that user cannot open for
    writing, and the end of the front ends them, too."""
    with Parts() as parts:
        file = parts.folder / "a.prom"
        parts.config.write_text(parts.config.read_text() +
                                f'metrics {{ textfile = "{file}" }}\n')
        parts.signers()
        front = parts.front(NOTIFY_SOCKET=str(parts.told))
        metrics = child_of(front, "metrics")
        assert user_of(metrics) == FRONT
        wait_for("the textfile", file.exists)
        assert "countersign_mta_connections 0" in file.read_text()
        table = table_that_is_kept(parts)
        status = os.fstat(table)
        assert status.st_mode & 0o777 == 0o400
        assert pwd.getpwuid(status.st_uid).pw_name == FRONT
        opened = subprocess.run(
            ["setpriv", "--reuid", FRONT, "--clear-groups", "/usr/bin/python3",
             "-c", f"open('/proc/self/fd/{table}', 'r+b')"],
            pass_fds=(table,), capture_output=True, text=True, check=False)
        assert "PermissionError" in opened.stderr, opened.stderr
        os.close(table)
        os.kill(child_of(front, "front"), signal.SIGKILL)
        assert front.wait(DEADLINE) == 70
        assert not is_running(metrics)


def restarts_of(path, process):
    """How often the metrics of the front say that such processes ended; -1:
    they say nothing yet."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(DEADLINE)
        try:
            client.connect(str(path))
        except (ConnectionRefusedError, FileNotFoundError):
            return -1
        client.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
        text = b"".join(iter(lambda: client.recv(65536), b"")).decode()
    return int(re.search(r'countersign_process_restarts_total\{process="'
                         rf'{process}"\}} (\d+)', text)[1])


def test_ended_signers_are_counted_by_the_front():
    """Those of its service, those that ended while it did not run, and not
    those that were told to stop."""
    with Parts() as parts:
        http = parts.folder / "metrics.sock"
        parts.config.write_text(parts.config.read_text() +
                                f'metrics {{ listen = "unix:{http}" }}\n')
        signers, front = parts.both()
        wait_for("metrics", lambda: restarts_of(http, "signer") == 0)
        for n in (1, 2):
            os.kill(child_of(signers, "signer 0"), signal.SIGKILL)
            wait_for("the count", lambda: restarts_of(http, "signer") == n)
            parts.wait_introduced({"front": child_of(front, "front"),
                                   "signer 0": child_of(signers, "signer 0"),
                                   "signer 1": child_of(signers, "signer 1")})
        front.send_signal(signal.SIGTERM)
        assert front.wait(DEADLINE) == 0
        for name in ("signer 0", "signer 1"):
            os.kill(child_of(signers, name), signal.SIGKILL)
        parts.wait_log(r"signer 1: restarting in \d+ ms")
        parts.wait_log(r"signer 0: restarting in \d+ ms", 3)
        parts.front()
        parts.wait_log(r"ready: socket \S+, signers at", 2)
        wait_for("the count", lambda: restarts_of(http, "signer") == 2)
        assert restarts_of(http, "front") == 0
        signers.send_signal(signal.SIGTERM)
        assert signers.wait(DEADLINE) == 0
        parts.wait_log("signers at .* mail is deferred")
        assert restarts_of(http, "signer") == 2


def test_front_waits_for_signers():
    """systemd starts them when it connects, which takes its time."""
    with Parts() as parts:
        front = parts.front()
        child_of(front, "front")
        parts.signers()
        parts.wait_log(r"ready: socket \S+, signers at \S+ \[ready\]")


def test_start_without_signers_is_given_up():
    with Parts() as parts:
        parts.path.unlink()
        assert parts.front().wait(DEADLINE) == 71
        parts.wait_log(r"signers at \S+: No such file or directory: mail is "
                       r"deferred until they are back; the log of "
                       r"countersign-signer.service says why \[signers-lost\]")


def test_other_users_are_refused():
    with Parts() as parts:
        parts.both()
        for user in (SIGNERS, "bin"):
            assert connect_as(user, parts.path) == ""
        parts.wait_log(rf"connection of process \d+ refused: it runs as user "
                       rf"{SIGNERS}, not as {FRONT} \[front-refused\]")
        assert "front: disconnected" not in parts.text()


def test_next_front_replaces_the_one_before():
    with Parts() as parts:
        parts.both()
        # A packet of this protocol, with a socket: IPC_CTL_PEER.
        assert connect_as(FRONT, parts.path).startswith("0410")
        parts.wait_log(r"front: disconnected: another one has connected")
        # The real one connects again.
        parts.wait_log(r"signers at \S+: back \[signers-back\]")


def test_malformed_message_closes_the_connection():
    with Parts() as parts:
        parts.signers()
        parts.wait_log(r"ready: 2 signers")
        program = ("import socket, sys\n"
                   "s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)\n"
                   "s.connect(sys.argv[1])\n"
                   "s.send(b'rubbish')\n"
                   "while s.recv(100): pass\n")
        subprocess.run(["setpriv", "--reuid", FRONT, "--clear-groups",
                        "/usr/bin/python3", "-c", program, str(parts.path)],
                       check=True, timeout=DEADLINE)
        parts.wait_log(r"front: disconnected: malformed message")
        parts.front()
        parts.wait_log(r"ready: socket \S+, signers at")


def test_dead_front_ends_its_service():
    """So that systemd ends its copies, and starts it again."""
    with Parts() as parts:
        signers, front = parts.both()
        os.kill(child_of(front, "front"), signal.SIGKILL)
        assert front.wait(DEADLINE) == 70
        parts.wait_log(r"front: disconnected: closed by the peer")
        parts.front()
        parts.wait_log(r"ready: socket \S+, signers at", 2)
        assert signers.poll() is None
        assert parts.answers()


def test_dead_signer_is_replaced():
    with Parts() as parts:
        signers, front = parts.both()
        dead = child_of(signers, "signer 0")
        os.kill(dead, signal.SIGKILL)
        parts.wait_log(r"signer 0: restarting in \d+ ms")
        parts.wait_introduced({"front": child_of(front, "front"),
                               "signer 0": child_of(signers, "signer 0"),
                               "signer 1": child_of(signers, "signer 1")})
        assert "signers-lost" not in parts.text()


def test_dead_signers_are_found_again():
    with Parts() as parts:
        signers, front = parts.both()
        signer = child_of(signers, "signer 0")
        signers.kill()
        signers.wait()
        wait_for("the end of the signers", lambda: not is_running(signer))
        parts.wait_log(r"signers at \S+: closed by the peer: mail is deferred")
        assert front.poll() is None
        parts.signers()
        parts.wait_log(r"signers at \S+: back \[signers-back\]")
        assert parts.answers()


def reload(parts, service, user):
    return subprocess.run(
        ["setpriv", "--reuid", user, "--clear-groups", parts.program, "-c",
         str(parts.config), "--reload", str(service.pid)], check=False,
        capture_output=True, text=True, timeout=DEADLINE)


def test_reload_waits_for_its_end():
    with Parts() as parts:
        signers, front = parts.both()
        parts.write(expire="14d")
        before = child_of(signers, "signer 0")
        assert reload(parts, signers, SIGNERS).returncode == 0
        # A longer expire needs other signers: they are ready by now.
        assert child_of(signers, "signer 0") != before
        done = reload(parts, front, FRONT)
        assert (done.returncode, done.stderr) == (0, ""), done
        assert "configuration reloaded: 1 source" in parts.text()
        for option, of_front in (("signers = 3", False),
                                 ("socket_mode = 0600", True)):
            name = option.split()[0]
            parts.write(edit=lambda t, o=option, n=name: re.sub(
                f"(?m)^{n}.*\n", "", t).replace("source", o + "\nsource", 1))
            assert reload(parts, signers, SIGNERS).returncode == 0
            assert (f"{name} changed" in parts.text()) != of_front
            assert reload(parts, front, FRONT).returncode == 0
            assert f"{name} changed: restart to apply it" in parts.text()


def test_reload_of_errors_fails():
    with Parts() as parts:
        signers, front = parts.both()
        parts.write(edit=lambda t: t + "rubbish = 1\n")
        for service, user in ((signers, SIGNERS), (front, FRONT)):
            done = reload(parts, service, user)
            assert done.returncode == 78, done
            assert 'unknown option "rubbish"' in done.stderr, done
        assert "reload" not in parts.text()
        # What only the signers' master notices.
        parts.write(edit=lambda t: t.replace("/keys", "/none"))
        done = reload(parts, signers, SIGNERS)
        assert done.returncode == 1, done
        assert "keeps the old configuration" in done.stderr, done
        assert parts.answers()


def test_reload_signals_no_other_program():
    with Parts() as parts:
        with subprocess.Popen(["sleep", "100"]) as other:
            done = subprocess.run(
                [parts.program, "-c", str(parts.config), "-r",
                 str(other.pid)], check=False, capture_output=True, text=True)
            assert done.returncode == 1
            assert "is not countersign-milter" in done.stderr
            assert other.poll() is None
            other.kill()
        for pid in ("0", "-1", "x", "99999999999"):
            assert parts.run(f"--reload={pid}")[0] == 2, pid


def test_wrong_user_is_told():
    with Parts() as parts:
        assert parts.front(user=SIGNERS).wait(DEADLINE) == 78
        parts.wait_log(rf"user is {FRONT}, but this was started as {SIGNERS}: "
                       rf"write User={FRONT} into the unit")
        assert parts.signers(user=FRONT).wait(DEADLINE) == 78
        parts.wait_log(rf"keys_user is {SIGNERS}, but this was started as "
                       rf"{FRONT}: write User={SIGNERS} into the unit")
        assert parts.run("-S")[0] == 2
        assert parts.run("-S", "-F", "/s")[0] == 2


def test_socket_inherits_its_group():
    """Also in a user namespace that does not show the group."""
    for inside in ((), ("unshare", "--user", "--map-current-user")):
        with Parts() as parts:
            # The group of nobody is shown for groups that are not known.
            parts.write(edit=lambda t: 'socket_group = "mail"\n' + t.replace(
                f'"{FRONT}"', '"games"'))
            parts.signers()
            mail = grp.getgrnam("mail").gr_gid
            games = pwd.getpwnam("games")
            os.chown(parts.folder, games.pw_uid, -1)
            # Not of that group; of that group, but it does not inherit it; it
            # inherits another one.
            for group, mode in ((games.pw_gid, 0o755), (mail, 0o755),
                                (games.pw_gid, 0o2755)):
                os.chown(parts.folder, -1, group)
                parts.folder.chmod(mode)
                parts.log.write_text("")
                assert parts.front("games", inside=inside).wait(
                    DEADLINE) == 78
                parts.wait_log(
                    r"cannot give it to group mail \(socket_group\): [^:]*: "
                    rf"run 'chgrp mail {parts.folder} && chmod g\+s "
                    rf"{parts.folder}', so that it inherits that group")
            os.chown(parts.folder, -1, mail)
            parts.folder.chmod(0o2755)
            parts.front("games", inside=inside)
            parts.wait_log(r"ready: socket \S+, signers at")
            found = parts.socket.stat()
            assert (found.st_gid, found.st_mode & 0o7777) == (mail, 0o660)


def test_systemd_is_told():
    with Parts() as parts:
        parts.signers()
        front = parts.front(NOTIFY_SOCKET=str(parts.told))
        # It keeps the table of numbers, instead of an earlier one.
        assert parts.told_so("FDSTOREREMOVE=1\nFDNAME=meters")
        assert parts.told_so("FDSTORE=1\nFDNAME=meters")
        assert parts.told_so("READY=1")
        assert reload(parts, front, FRONT).returncode == 0
        assert parts.told_so("RELOADING=1")
        assert parts.told_so("READY=1")
        front.send_signal(signal.SIGTERM)
        assert parts.told_so("STOPPING=1")


def test_signs_of_life():
    with Parts() as parts:
        service = parts.signers(NOTIFY_SOCKET=str(parts.told),
                                WATCHDOG_USEC="400000")
        for _ in range(5):
            while parts.systemd.recv(1000) != b"WATCHDOG=1":
                pass
        # Its children do not speak for it.
        environ = pathlib.Path(f"/proc/{child_of(service, 'signer')}"
                               "/environ").read_bytes()
        for name in (b"NOTIFY_SOCKET", b"WATCHDOG_USEC", b"LISTEN_FDS"):
            assert name not in environ


if __name__ == "__main__":
    if not AS_ROOT:
        print("1..0 # SKIP needs root, to be two users")
        sys.exit(0)
    sys.exit(run_tests(dict(globals())))
