# SPDX-License-Identifier: ISC
"""A person at a terminal.

usage: dialogue.py STATUS OUTPUT SCRIPT COMMAND...

Runs COMMAND on a terminal of its own.  SCRIPT has a line for each step:

    ? TEXT      wait until this is on the screen, after what was waited for
    > TEXT      type this line
    ^D, ^C      press these keys

OUTPUT gets what was on the screen.  Succeeds if the command ends with STATUS,
128 and the number of the signal if one killed it, and the script was read to
its end; what does not end within a minute, all together, is killed and has
failed.
"""

import os
import pty
import select
import signal
import sys
import time

LIMIT = 60
KEYS = {"^D": b"\x04", "^C": b"\x03"}


class Screen:
    def __init__(self, fd, path):
        self.fd, self.out = fd, open(path, "wb")
        self.end = time.monotonic() + LIMIT
        self.text, self.seen = b"", 0

    def more(self):
        """Read something; False at the end."""
        left = self.end - time.monotonic()
        if left <= 0 or not select.select([self.fd], [], [], left)[0]:
            sys.exit(f"not at an end after {LIMIT} seconds: "
                     f"{self.text[-200:]!r}")
        try:
            chunk = os.read(self.fd, 65536)
        except OSError:  # the other side is closed
            chunk = b""
        self.out.write(chunk)
        self.out.flush()
        self.text += chunk
        return chunk != b""

    def wait_for(self, wanted):
        while (at := self.text.find(wanted, self.seen)) == -1:
            if not self.more():
                sys.exit(f"ended without {wanted!r}: {self.text[-400:]!r}")
        self.seen = at + len(wanted)


def talk(screen, script):
    """All steps, and what is on the screen after them."""
    with open(script, encoding="utf-8") as steps:
        for step in steps.read().splitlines():
            if step in KEYS:
                os.write(screen.fd, KEYS[step])
            elif step.startswith("? "):
                screen.wait_for(step[2:].encode())
            elif step.startswith(">"):
                os.write(screen.fd, step[2:].encode() + b"\n")
            else:
                sys.exit(f"no such step: {step}")
    while screen.more():
        pass


def end_of(pid, end):
    """The status of the process, if it ends in time."""
    pidfd = os.pidfd_open(pid)
    ended = select.select([pidfd], [], [], max(0, end - time.monotonic()))[0]
    os.close(pidfd)
    if not ended:
        sys.exit(f"has not ended after {LIMIT} seconds")
    return os.waitpid(pid, 0)[1]


def main():
    wanted, output, script, command = (int(sys.argv[1]), sys.argv[2],
                                       sys.argv[3], sys.argv[4:])
    pid, fd = pty.fork()
    if pid == 0:
        os.execv(command[0], command)
    screen = Screen(fd, output)
    try:
        talk(screen, script)
        status = end_of(pid, screen.end)
    except BaseException:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        raise
    code = os.waitstatus_to_exitcode(status)
    code = code if code >= 0 else 128 - code
    if code != wanted:
        sys.exit(f"status {code}, not {wanted}: {screen.text[-400:]!r}")


main()
