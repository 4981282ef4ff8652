#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""
A start in the background: whatever keeps it from succeeding is on standard
error, once, with what to do, before the command returns.

usage: test_start.py path/to/countersign-milter
"""

import os
import pathlib
import pwd
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys

from running import (AS_ROOT, MILTER, Milter, is_running, link_of, processes,
                     run_tests, wait_for)

ID = pwd.getpwnam
# Without root, a process cannot look for leaks in itself, and its status is lost.
os.environ["ASAN_OPTIONS"] = ":".join(
    filter(None, [os.environ.get("ASAN_OPTIONS"), "detect_leaks=0"]))
ENDLESS = "#!/bin/sh\nexit 1\n"


def replace(old, new):
    def edit(milter):
        milter.write(edit=lambda text: text.replace(
            old.format(folder=milter.folder), new.format(
                folder=milter.folder)))
    return edit


def prepend(line):
    return lambda milter: milter.write(edit=lambda text: line + "\n" + text)


def in_folder(mode, owner="root"):
    """A socket in a folder of its own."""
    def make(milter):
        folder = milter.folder / "run"
        folder.mkdir()
        folder.chmod(mode)
        os.chown(folder, ID(owner).pw_uid, -1)
        replace("{folder}/milter", "{folder}/run/milter")(milter)
    return make


def make_ours(milter):
    folder = milter.folder / "countersign"
    folder.mkdir()
    replace("{folder}/milter", "{folder}/countersign/milter")(milter)


def listen(milter):
    milter.other = socket.socket(socket.AF_UNIX)
    milter.other.bind(str(milter.socket))
    milter.socket.chmod(0o666)
    milter.other.listen()


def listen_at_port(milter):
    milter.other = socket.socket()
    milter.other.bind(("127.0.0.1", 0))
    milter.other.listen()
    port = milter.other.getsockname()[1]
    replace("unix:{folder}/milter.sock", f"inet:{port}@127.0.0.1")(milter)


def run_another(milter):
    milter.start()


def alone(milter):
    milter.program = shutil.copy(MILTER, milter.folder)


def beside(name):
    """With another one of the programs."""
    return lambda milter: shutil.copy(
        pathlib.Path(MILTER).resolve().with_name(name), milter.folder)


def failing(name):
    def make(milter):
        fake = milter.folder / name
        fake.write_text(ENDLESS)
        fake.chmod(0o755)
    return make


def both(*makers):
    def make(milter):
        for maker in makers:
            maker(milter)
    return make


def without_keydir(milter):
    shutil.rmtree(milter.keys)


# What is wrong, how it is made, the exit status, and patterns of lines.
CASES = (
    ("folder of the socket missing",
     replace("{folder}/milter", "{folder}/none/milter"), 78,
     [r"socket unix:\S+: directory \S+/none does not exist: create it with "
      r"'install -d -o nobody -g nogroup -m 0755 \S+/none'"]),
    ("folder of the socket missing, with a group",
     both(replace("{folder}/milter", "{folder}/none/milter"),
          lambda milter: milter.config.write_text(
              "socket_group = daemon\n" + milter.config.read_text())), 78,
     [r"create it with 'install -d -o nobody -g daemon -m 2750 \S+/none'"]),
    ("folder of the socket is root's", in_folder(0o755), 78,
     [r"user nobody cannot create files in \S+/run \(mode 0755, owner root\): "
      r"create a directory for it with 'install -d -o nobody -g nogroup -m "
      r"0755 \S+/run/countersign', and write socket = \"unix:\S+/run/countersign/"
      r"milter.sock\""]),
    ("folder of ours is root's", make_ours, 78,
     [r"make that user the owner with 'chown nobody \S+/countersign'"]),
    ("folder of the socket cannot be entered",
     both(in_folder(0o700), replace("{folder}/milter",
                                    "{folder}/run/deep/milter")), 78,
     [r"user nobody cannot enter directory \S+/run: allow it with "
      r"'chmod o\+x \S+/run'"]),
    ("socket_group unknown", prepend("socket_group = no-such-group"), 78,
     [r"socket_group: group \"no-such-group\" does not exist: "]),
    ("socket is a file", lambda milter: milter.socket.write_text("x"), 78,
     [r"milter.sock exists and is not a socket: remove it"]),
    ("socket of another program", listen, 78,
     [r"another program \(process \d+\) listens on it: stop that one"]),
    ("socket of another one of ours", run_another, 78,
     [r"in use by another countersign-milter \(process \d+\): stop that one"]),
    ("port of another program", listen_at_port, 78,
     [r"another program listens on port (\d+): find it with 'ss -ltnp sport "
      r"= :\1' and stop it"]),
    ("lock file of another user",
     lambda milter: (milter.folder / "milter.sock.lock").touch(0o600), 78,
     [r"belongs to another user: remove it with 'rm \S+/milter.sock.lock'"]),
    ("key directory missing", without_keydir, 78,
     [r"countersign-signer: \S+/keys: no such key directory: create it with "
      r"'install -d "]),
    ("key directory readable by all",
     lambda milter: milter.keys.chmod(0o755), 78,
     [r"/keys: mode 0755, .*chmod 0700 \S+/keys"]),
    ("key directory of root", lambda milter: os.chown(milter.keys, 0, -1),
     78, [r"countersign-signer: \S+/keys: .*daemon"]),
    ("two errors at once",
     both(without_keydir, replace("{folder}/milter", "{folder}/none/milter")),
     78, [r"directory \S+/none does not exist", r"no such key directory"]),
    ("users missing",
     both(replace("nobody", "no-such-user-a"),
          lambda milter: milter.config.write_text(
              milter.config.read_text().replace("daemon", "no-such-user-b"))),
     78, [r"user: user no-such-user-a does not exist: create it with '"
          r"useradd .*no-such-user-a'", 
          r"keys_user: user no-such-user-b does not exist"]),
    ("configuration missing", lambda milter: milter.config.unlink(), 78,
     [r"countersign.conf: .*No such file or directory"]),
    ("signer missing", both(alone, beside("countersign-front")), 69,
     [r"^countersign-milter: \S+/countersign-signer: cannot be executed: "
      r"install it in the same directory as countersign-milter: No such file "
      r"or directory$"]),
    ("front missing", both(alone, beside("countersign-signer")), 69,
     [r"^countersign-milter: \S+/countersign-front: cannot be executed: "
      r"install it in the same directory as countersign-milter: No such file "
      r"or directory$"]),
    ("front and signer missing", alone, 69,
     ["/countersign-front: cannot be executed",
          "/countersign-signer: cannot be executed"]),
    ("signer that cannot run",
     both(alone, beside("countersign-front"), failing("countersign-signer")),
     71, [r"signer 0: failed each time it was started: giving up"]),
    ("front that cannot run",
     both(alone, beside("countersign-signer"), failing("countersign-front")),
     71, [r"front: failed each time it was started: giving up"]),
)


def check(name, make, status, patterns):
    with Milter() as milter:
        make(milter)
        found, stderr = milter.run()
        text = f"{name}: status {found}, {stderr}"
        assert found == status, text
        for pattern in patterns:
            assert len(re.findall(pattern, stderr, re.M)) == 1, text


def test_what_keeps_it_from_starting():
    if not AS_ROOT:
        return
    faults = []
    for case in CASES:
        try:
            check(*case)
        except AssertionError as error:
            faults.append(str(error))
    assert not faults, "\n".join(faults)


def test_without_root():
    """By a user who may do nothing here."""
    if not AS_ROOT:
        return
    with Milter() as milter:
        milter.copy_programs()
        status, stderr = milter.run(user="games", group=ID("games").pw_gid,
                                    extra_groups=[])
        assert status == 78, stderr
        for pattern in (r"user games cannot create files in \S+, which "
                        r"belongs to user nobody of the configuration: start "
                        r"this as root", r"/keys: ",
                        "started without root: start this as root; if all is "
                        "to run as user games, "):
            assert len(re.findall(pattern, stderr)) == 1, stderr


def test_file_size_limit():
    """It says what it could not make, and is not killed."""
    if not AS_ROOT:
        return
    with Milter() as milter:
        status, stderr = milter.run(preexec_fn=lambda: resource.setrlimit(
            resource.RLIMIT_FSIZE, (1 << 19, 1 << 19)))
        assert status == 71, stderr
        assert "cannot make the table of signatures: File too large" in \
            stderr, stderr


def test_without_proc():
    """It says what it needs it for, and what to do."""
    program = pathlib.Path(MILTER).read_bytes()
    # Those sanitizers read /proc themselves.
    if not AS_ROOT or any(word in program
                          for word in (b"__asan_init", b"__tsan_init")):
        return
    hidden = ["unshare", "--mount", "--propagation", "private", "sh", "-c",
              'mount -t tmpfs none /proc && exec "$0" "$@"']
    if subprocess.run([*hidden, "true"], capture_output=True,
                      check=False).returncode != 0:
        print("# no namespaces here")
        return
    with Milter() as milter:
        done = subprocess.run([*hidden, MILTER, "-c", str(milter.config)],
                              stdin=subprocess.DEVNULL, text=True,
                              capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (
            71, "countersign-milter: /proc/self/exe does not exist: mount "
            "proc at /proc, because it says where countersign-front and "
            "countersign-signer are\n"), done


def test_wrong_usage():
    """The error names the argument, and the usage follows."""
    for args, error in ((["-x"], "unknown option -x"),
                        (["-c"], "option -c needs a value"),
                        (["--confg=x"], "unknown option --confg; did you "
                         "mean --config?"),
                        (["reload"], "reload: unexpected argument")):
        done = subprocess.run([MILTER, *args], capture_output=True, text=True,
                              check=False)
        assert done.returncode == 2, done
        assert done.stderr.startswith(f"countersign-milter: {error}\n"
                                      "usage: "), done


def test_terminal_is_left():
    """The command says nothing, and nothing that it started keeps stderr."""
    with Milter() as milter:
        assert milter.run() == (0, "")
        master, = milter.masters()
        family = [master] + [pid for pid, (parent, _) in processes().items()
                             if parent == master]
        assert len(family) == 4
        if AS_ROOT:
            for pid in family:
                for fd in (0, 1, 2):
                    assert link_of(f"/proc/{pid}/fd/{fd}") == "/dev/null"
            # One that is replaced later has none to speak to, either.
            os.kill(family[1], signal.SIGKILL)
            new = wait_for("a new child", lambda: [
                pid for pid, (parent, title) in processes().items()
                if parent == master and pid not in family and ": " in title])
            command = pathlib.Path(f"/proc/{new[0]}/fd/2")
            assert link_of(command) == "/dev/null"
        os.kill(master, signal.SIGTERM)
        wait_for("its end", lambda: not is_running(master))


if __name__ == "__main__":
    sys.exit(run_tests(globals()))
