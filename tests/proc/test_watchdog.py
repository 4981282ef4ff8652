#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""
The watchdog of the real countersign-milter: what hangs is replaced, and what
was only stopped with its master is not.  All services run at the same time,
because each of them is only waited for.

usage: test_watchdog.py path/to/countersign-milter libstuck.so
"""

import os
import signal
import socket
import sys
import threading
import time

from running import DEADLINE, Milter, run_tests, wait_for

STUCK = sys.argv[2]     # stuck.c
OPTIONS = bytes.fromhex("0000000d4f00000006000001ff001fffff")
QUIT = b"\0\0\0\1Q"
STOPPED = 25            # seconds; with a master that ran, enough to be killed


def is_stopped(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        return stat.read().rpartition(")")[2].split()[0] == "T"


def stopped_child(name):
    """SIGSTOP of one child: it is killed and replaced, and no other one."""
    with Milter() as milter:
        milter.start()
        before = milter.children()
        os.kill(before[name], signal.SIGSTOP)
        milter.wait_log(f"{name}: process {before[name]} has not answered 3 "
                        r"pings of 5 s each: to be replaced \[process-hung\]")
        milter.wait_log(f"{name}: process {before[name]} hangs: killed")
        after = wait_for("a new one", lambda: len(
            c := milter.children()) == 3 and c[name] != before[name] and c)
        for other in before:
            assert (after[other] == before[other]) == (other != name), other
        milter.wait_introduced(after)
        wait_for("an answer", milter.answers)
        assert milter.stop() == 0


def stopped_front():
    stopped_child("front")


def stopped_signer():
    stopped_child("signer 1")


def stopped_all():
    """Only the front is replaced, and what goes on then is kept."""
    with Milter() as milter:
        milter.start()
        before = milter.children()
        for pid in before.values():
            os.kill(pid, signal.SIGSTOP)
        milter.wait_log("front: process .* hangs: killed")
        milter.wait_log("signer [01]: process .* to be replaced", 2)
        for name in ("signer 0", "signer 1"):
            assert is_stopped(before[name]), name
            os.kill(before[name], signal.SIGCONT)
        milter.wait_log("signer [01]: process .* answers again", 2)
        after = milter.children()
        for name in ("signer 0", "signer 1"):
            assert after[name] == before[name], name
        wait_for("an answer", milter.answers)
        assert milter.stop() == 0


def stopped_master():
    """The time in which the master is stopped does not count."""
    with Milter() as milter:
        milter.start()
        before = milter.children()
        # Also the pings that are under way: nobody answers while stopped.
        for pid in (milter.process.pid, *before.values()):
            os.kill(pid, signal.SIGSTOP)
        time.sleep(STOPPED)
        for pid in (milter.process.pid, *before.values()):
            os.kill(pid, signal.SIGCONT)
        # Whoever is still asked now, answers at the latest then.
        time.sleep(7)
        assert milter.children() == before
        assert "process-hung" not in milter.text()
        assert milter.answers()
        assert milter.stop() == 0


def preloaded(**files):
    """An environment with stuck.c, and its files."""
    return {**os.environ, "LD_PRELOAD": STUCK, **files,
            "ASAN_OPTIONS": "verify_asan_link_order=0:" +
            os.environ.get("ASAN_OPTIONS", "")}


def stuck_listener():
    """The control thread lives, but nobody accepts connections."""
    with Milter() as milter:
        stuck = milter.folder / "stuck"
        milter.start(env=preloaded(STUCK_FILE=str(stuck)))
        before = milter.children()
        stuck.touch()
        milter.wait_log(r"test session failed: accepted, but not answered "
                        r"\[self-test-failed\]")
        milter.wait_log("front: process .* hangs: killed")
        stuck.unlink()
        wait_for("an answer", milter.answers)
        after = milter.children()
        assert after["front"] != before["front"]
        assert after["signer 0"] == before["signer 0"]
        assert milter.stop() == 0


def read_answer(sock):
    """The answer to the options of a session."""
    length = int.from_bytes(sock.recv(4, socket.MSG_WAITALL), "big")
    assert sock.recv(length, socket.MSG_WAITALL)[:1] == b"O"


def lost_wakeup():
    """
    libmilter's thread that polls is not told of a session that pauses, ours
    or that of the front with itself: whichever pauses next wakes it.
    """
    with Milter() as milter, socket.socket(socket.AF_UNIX) as sock:
        asleep = milter.folder / "asleep"
        milter.start(env=preloaded(ASLEEP_FILE=str(asleep), ASLEEP_ONCE="1"))
        before = milter.children()
        sock.settimeout(DEADLINE)
        sock.connect(str(milter.socket))
        asleep.touch()
        sock.sendall(OPTIONS)
        read_answer(sock)
        milter.wait_log("nobody is woken")
        sock.sendall(QUIT)
        assert sock.recv(1) == b""
        assert milter.children() == before
        assert milter.stop() == 0


def always_asleep():
    """It is never told: only sessions that do not pause work."""
    with Milter() as milter:
        asleep = milter.folder / "asleep"
        milter.start(env=preloaded(ASLEEP_FILE=str(asleep)))
        before = milter.children()
        asleep.touch()
        milter.wait_log(r"test session failed: answered, but not after a pause "
                        r"\[self-test-failed\]")
        milter.wait_log("front: process .* hangs: killed")
        asleep.unlink()
        wait_for("an answer", milter.answers)
        after = milter.children()
        assert after["front"] != before["front"]
        assert after["signer 0"] == before["signer 0"]
        assert milter.stop() == 0


def lost_socket():
    """Its socket was removed: said first, and then made again."""
    with Milter() as milter:
        milter.start()
        before = milter.children()
        milter.socket.unlink()
        milter.wait_log("socket unix:.*: test session failed: it was removed "
                        "or renamed, so no MTA can reach it")
        milter.wait_log("front: process .* hangs: killed")
        text = milter.text()
        assert text.index("it was removed") < text.index("hangs: killed")
        wait_for("an answer", milter.answers)
        assert milter.children()["front"] != before["front"]
        assert milter.stop() == 0


TRIALS = (stopped_front, stopped_signer, stopped_all, stopped_master,
          stuck_listener, lost_wakeup, always_asleep, lost_socket)


def run_trial(trial, failures):
    try:
        trial()
    except Exception as error:  # pylint: disable=broad-except
        failures.append(f"{trial.__name__}: {type(error).__name__}: {error}")


def test_watchdog():
    failures = []
    threads = [threading.Thread(target=run_trial, args=(trial, failures))
               for trial in TRIALS]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, "\n# ".join(failures)


if __name__ == "__main__":
    sys.exit(run_tests(globals()))
