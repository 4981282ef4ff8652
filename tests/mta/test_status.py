# SPDX-License-Identifier: ISC
"""countersign-doctor status: the numbers of a milter without metrics are those of
the mail that was sent, as text, as JSON and on a terminal, which is left as it
was; names of sources are escaped.

Usage: test_status.py BUILD-DIRECTORY
"""

import fcntl
import json
import os
import pathlib
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(
    os.path.abspath(__file__)), "../common"))
import schema
import milterclient as mc
from service import Service

LIMIT = 60      # seconds; nothing here should need a tenth of it
ENTER, LEAVE = b"\033[?1049h", b"\033[?1049l"
SOURCES = r'''
source "desk" { login = "desk" domains = "desk.example" }
source "\"x\" ä" { login = "shop" domains = "shop.example" }
'''
FIELDS = [(b"Date", b" Mon, 23 Nov 2026 09:00:00 +0000"),
          (b"To", b" b@example.org")]


class Terminal:
    """A program on a terminal of its own, and what it wrote there."""

    def __init__(self, arguments, columns, rows, **environment):
        self.master, self.slave = pty.openpty()
        self.resize(columns, rows)
        self.before = termios.tcgetattr(self.slave)
        self.text = b""
        self.process = subprocess.Popen(
            arguments, stdin=self.slave, stdout=self.slave,
            stderr=self.slave, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
            env=os.environ | {"TERM": "xterm", "LC_ALL": "C.UTF-8"} |
            environment)

    def resize(self, columns, rows):
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ,
                    struct.pack("HHHH", rows, columns, 0, 0))

    def read(self):
        if select.select([self.master], [], [], 0.05)[0]:
            self.text += os.read(self.master, 65536)

    def until(self, what, condition):
        ends = time.monotonic() + LIMIT
        while not condition():
            if time.monotonic() > ends:
                raise AssertionError(f"{what}: {self.text!r}")
            self.read()

    def until_text(self, *texts):
        """All of these come after what came before."""
        self.until(f"{texts}", lambda: all(
            text.encode() in self.text for text in texts))

    def type(self, text):
        os.write(self.master, text)

    def end(self):
        """Its exit status; the terminal is as it was."""
        self.until("the end", lambda: self.process.poll() is not None)
        while select.select([self.master], [], [], 0.1)[0]:
            self.text += os.read(self.master, 65536)
        assert termios.tcgetattr(self.slave) == self.before
        return self.process.returncode

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.slave)
        os.close(self.master)


class StatusTest(unittest.TestCase):
    build = None

    @classmethod
    def setUpClass(cls):
        cls.service = Service(cls.build)
        cls.addClassCleanup(cls.service.finish)
        cls.doctor = os.path.join(cls.build, "countersign-doctor")
        cls.service.configure(SOURCES)
        for name in ("desk", "shop"):
            cls.service.generate(name + ".example", "ed25519")
        cls.service.start()
        cls.sent = 0

    def send(self, domain, login, times=1):
        for _ in range(times):
            with mc.MilterClient(self.service.socket) as client:
                client.message(
                    [*FIELDS, (b"From", f" a@{domain}".encode())],
                    b"Hi.\r\n", login=login)
                client.quit()
        type(self).sent += times if (domain[:4], login) in (
            ("desk", "desk"), ("shop", "shop")) else 0

    def arguments(self, *more):
        return [self.doctor, "status", "-c", self.service.config, "--pid",
                str(self.service.process.pid), *more]

    def run_once(self, *more, **environment):
        return subprocess.run(
            self.arguments(*more), capture_output=True, text=True,
            check=False, stdin=subprocess.DEVNULL,
            env=os.environ | environment)

    def look(self):
        done = self.run_once("--json")
        self.assertEqual(done.stderr, "")
        value = json.loads(done.stdout)
        self.assertEqual(schema.faults_of(value, "doctor-status"), [])
        return value

    def terminal(self, columns=80, rows=24, **environment):
        terminal = Terminal(self.arguments("--every", "1s"), columns, rows,
                            **environment)
        self.addCleanup(terminal.close)
        return terminal

    def test_numbers(self):
        before = self.look()
        self.send("desk.example", "desk", 3)
        self.send("shop.example", "other", 2)
        self.send("none.example", "desk")
        now = self.look()
        self.assertEqual(now["pid"], self.service.process.pid)

        def added(of, key):
            return now[of][key] - before[of][key]
        self.assertEqual(added("messages", "signed"), 3)
        self.assertEqual(added("messages", "rejected"), 2)
        self.assertEqual(added("messages", "passed"), 1)
        self.assertEqual(added("signatures", "ed25519-sha256"), 3)
        self.assertEqual(now["times"]["message"]["count"] -
                         before["times"]["message"]["count"], 6)
        self.assertLessEqual(0, now["times"]["sign"]["p50_seconds"])
        rows = {(row["source"], row["decision"], row["reason"]):
                row["messages"] for row in now["not_signed"]}
        self.assertEqual(rows['"x" \u00e4', "rejected", "factor"], 2)
        self.assertEqual(rows[None, "passed", "no-source"], 1)
        self.assertEqual(now["keys"]["signing"], 2)
        self.assertIn("days more", now["keys"]["list"][0]["next"])
        self.assertFalse(any(now["restarts"].values()))

    def test_incomplete_keys(self):
        """A state that cannot be read is named beside the other keys."""
        state = pathlib.Path(self.service.keydir, "desk.example/state")
        kept = state.read_bytes()
        self.addCleanup(state.write_bytes, kept)
        self.assertIsNone(self.look()["keys_missing"])
        state.write_bytes(b"broken\n")
        found = self.look()
        self.assertEqual({key["domain"] for key in found["keys"]["list"]},
                         {"shop.example"})
        self.assertRegex(found["keys_missing"],
                         "^countersign-key: exit status 1: .*desk.example")
        self.assertIn("The list is incomplete: countersign-key: ",
                      self.run_once().stdout)

    def test_plain(self):
        """Once, in ASCII, 80 columns, without a terminal."""
        self.send("shop.example", "other")
        done = self.run_once()
        self.assertEqual(done.stderr, "")
        self.assertTrue(done.stdout.isascii())
        self.assertNotIn("\033", done.stdout)
        self.assertIn('"x" \\xc3\\xa4', done.stdout)
        self.assertIn("signed since 20", done.stdout)
        lines = done.stdout.split("\n")
        self.assertLessEqual(max(map(len, lines)), 80, lines)
        # The users are one: a problem, so the status says so.
        self.assertEqual("WRONG NOW" in lines, done.returncode == 1)

    def test_front_restarts(self):
        """The numbers stay, and the restart is counted."""
        self.send("desk.example", "desk")
        before = self.look()
        os.kill(self.service.pids("front")[0], signal.SIGKILL)
        self.service.wait_for(
            lambda: self.look()["restarts"]["front"] > 0 and
            self.service.listens(), LIMIT)
        self.send("desk.example", "desk")
        self.assertEqual(self.look()["messages"]["signed"],
                         before["messages"]["signed"] + 1)
        self.service.stop()
        done = self.run_once_stopped()
        self.service.start()
        self.assertEqual(done.returncode, 1)
        self.assertIn("is not the master of a milter", done.stdout)
        self.assertEqual(self.look()["messages"]["signed"], 0)

    def test_several(self):
        """Of two milters, each has the command that shows it."""
        second = Service(self.build)
        self.addCleanup(second.finish)
        second.configure('source "till" { login = "till" '
                         'domains = "till.example" }\n')
        second.generate("till.example", "ed25519")
        second.start()

        def look(*more):
            return subprocess.run(
                [self.doctor, "status", "-c", self.service.config, *more],
                capture_output=True, text=True, check=False,
                stdin=subprocess.DEVNULL)
        done = look()
        self.assertEqual(done.returncode, 1)
        self.assertIn("several milters run: choose one", done.stdout)
        self.assertNotIn("no numbers to show", done.stdout)
        value = {}

        def are_found():
            """Others may run on this host, too, and sources come late."""
            value.update(json.loads(look("--json").stdout))
            found = {row["pid"]: row["sources"] for row in value["milters"]}
            return (found.get(self.service.process.pid),
                    found.get(second.process.pid)) == (2, 1)
        self.service.wait_for(are_found, LIMIT)
        self.assertEqual(schema.faults_of(value, "doctor-status"), [])
        self.assertIsNone(value["pid"])
        self.assertEqual([row["source"] for row in value["milters"]
                          if row["pid"] == second.process.pid], ["till"])
        for service in (self.service, second):
            command = f"countersign-doctor status --pid {service.process.pid}"
            self.assertIn(command, look().stdout)
            self.assertIn("KEYS", look(*command.split()[2:]).stdout)
        self.assertEqual(self.look()["milters"], [])

    def run_once_stopped(self):
        return subprocess.run(
            [self.doctor, "status", "-c", self.service.config, "--pid", "1"],
            capture_output=True, text=True, check=False,
            stdin=subprocess.DEVNULL)

    def test_terminal(self):
        terminal = self.terminal()
        terminal.until_text("q ends", "KEYS")
        self.assertIn(ENTER, terminal.text)
        # A picture is shown again, with what was sent meanwhile.
        terminal.text = b""
        self.send("desk.example", "desk", 2)
        terminal.until_text("Mail is being signed: ", "\u2588")
        # Another size is used at once, but not by lines that are too long.
        terminal.text = b""
        terminal.resize(60, 10)
        terminal.until_text("\033[2J\033[H")
        terminal.until("a picture of 60 columns", lambda: b"q ends" in
                       terminal.text.partition(b"\033[2J")[2])
        self.assertNotIn(LEAVE, terminal.text)
        terminal.type(b"q")
        self.assertEqual(terminal.end(), 0)
        self.assertTrue(terminal.text.endswith(b"\033[?25h" + LEAVE))

    def test_interrupted(self):
        """^C, and a signal, leave the terminal as it was."""
        for end in (lambda t: t.type(b"\x03"),
                    lambda t: t.process.send_signal(signal.SIGTERM)):
            terminal = self.terminal(NO_COLOR="1")
            terminal.until_text("q ends", "KEYS")
            end(terminal)
            self.assertEqual(terminal.end(), 0)
            self.assertTrue(terminal.text.endswith(b"\033[?25h" + LEAVE))
            # Neither colours nor bold.
            self.assertNotRegex(terminal.text, rb"\033\[[0-9;]*m")

    def test_stopped(self):
        """^Z shows the screen of the shell until the program goes on."""
        terminal = self.terminal()
        terminal.until_text("q ends", "KEYS")
        terminal.process.send_signal(signal.SIGTSTP)
        status = pathlib.Path(f"/proc/{terminal.process.pid}/stat")
        terminal.until("its stop", lambda: status.read_text().rpartition(
            ")")[2].split()[0] == "T")
        terminal.read()
        self.assertTrue(terminal.text.endswith(LEAVE))
        self.assertEqual(termios.tcgetattr(terminal.slave), terminal.before)
        terminal.text = b""
        terminal.process.send_signal(signal.SIGCONT)
        terminal.until_text("\033[?1049h", "q ends", "KEYS")
        terminal.type(b"q")
        self.assertEqual(terminal.end(), 0)

    def test_dumb_terminal(self):
        """Once, without a sequence that such a terminal would show."""
        terminal = self.terminal(TERM="dumb", NO_COLOR="1")
        terminal.end()
        self.assertIn(b"KEYS", terminal.text)
        self.assertNotIn(b"\033", terminal.text)

    def test_options(self):
        for wrong in (["--every", "0"], ["--every", "2h"], ["--pid", "x"],
                      ["operand"]):
            done = self.run_once(*wrong)
            self.assertEqual(done.returncode, 2, wrong)
            self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        done = self.run_once("--once", "--no-color")
        self.assertIn("KEYS", done.stdout)


if __name__ == "__main__":
    StatusTest.build = sys.argv.pop(1)
    unittest.main(verbosity=2)
