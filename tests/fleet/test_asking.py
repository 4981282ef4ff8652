#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""countersign-key fleet waits while the mirror of countersign-fleet is at work,
which a socket stands for here.

usage: test_asking.py BUILD
"""

import os
import pty
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

KEY = os.path.abspath(sys.argv.pop(1)) + "/countersign-key"
LIMIT_S = 120
ID = "0" * 64
WAITS = "waits 1 the database is being mirrored\ndone\n"
HOST = f"host relay2 admitted 0 {ID}\n"
FLEET = f"fleet {ID} {ID} 1 1 5 5\n"
EXPORT = "countersign-fleet-export 1\n"


class Daemon(threading.Thread):
    """Answers one client, whose first requests must wait."""

    def __init__(self, path, nwaits, answers):
        super().__init__(daemon=True)
        self.nwaits, self.answers = nwaits, answers
        self.lines = []
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(1)
        self.listener.settimeout(LIMIT_S)
        self.start()

    def run(self):
        client, _ = self.listener.accept()
        with client, client.makefile("r", encoding="ascii") as file:
            for line in file:
                client.sendall(self.answer(line).encode())
        self.listener.close()

    def answer(self, line):
        self.lines.append(line)
        word = line.split()[0]
        if word == "hello":
            return f"ready relay1 {ID}\n"
        if word == "line":
            return ""
        if self.nwaits > 0:
            self.nwaits -= 1
            return WAITS
        return self.answers


class Asking(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="countersign.asking.")
        self.addCleanup(shutil.rmtree, self.folder)
        self.conf = self.folder + "/conf"
        os.mkdir(self.folder + "/keys", 0o700)
        os.mkdir(self.folder + "/keys/.fleet", 0o700)
        with open(self.conf, "w", encoding="ascii") as file:
            file.write(f'keydir = "{self.folder}/keys"\nfleet {{ database = '
                       '"host=/nowhere dbname=x" host = "relay1" }\n')

    def daemon(self, nwaits, answers):
        return Daemon(self.folder + "/keys/.fleet/socket", nwaits, answers)

    def ask(self, *args, text=""):
        done = subprocess.run([KEY, "-c", self.conf, "fleet", *args],
                              input=text, text=True, capture_output=True,
                              timeout=LIMIT_S, check=False)
        return done.returncode, done.stdout, done.stderr

    def test_waits(self):
        requests = {("admit", "relay2", ID): HOST + FLEET,
                    ("expel", "relay2"): HOST + FLEET + "resigned 0\n",
                    ("restore",): "restored 0 0\n" + FLEET}
        for words, answers in requests.items():
            for json in (), ("--json",):
                daemon = self.daemon(3, answers + "done\n")
                status, out, err = self.ask(*words, *json)
                os.unlink(self.folder + "/keys/.fleet/socket")
                self.assertEqual((status, err), (0, ""), words)
                self.assertNotIn("mirrored", out)
                self.assertIn("fleet", out)
                daemon.join(LIMIT_S)
                self.assertEqual(daemon.lines[1:],
                                 [" ".join(words) + "\n"] * 4)

    def test_no_json(self):
        """Text is not printed as if it were JSON."""
        for word in ("enter", "renew", "watch", "export", "import"):
            status, out, err = self.ask(word, "--json")
            self.assertEqual((status, out), (2, ""))
            self.assertIn(f"fleet {word}: --json is for init, admit, expel, "
                          "restore and list", err)

    def test_import_tells_its_lines_once(self):
        rows = "row a 5 T1RT T1RT -\n"
        daemon = self.daemon(2, "taken 5\ndone\n")
        status, _, err = self.ask(
            "import", text=f"{EXPORT}rows example.com {len(rows)}\n{rows}"
                           "end 1\n")
        self.assertEqual((status, err), (0, ""))
        daemon.join(LIMIT_S)
        self.assertEqual(daemon.lines[1:],
                         ["line " + rows] + ["import example.com\n"] * 3 +
                         ["imported\n"])

    def test_limit(self):
        self.daemon(10 ** 9, "")
        begun = time.monotonic()
        status, out, err = self.ask("-w", "1", "restore")
        self.assertGreaterEqual(time.monotonic() - begun, 0.9)
        self.assertEqual((status, out), (1, ""))
        self.assertIn("the database is being mirrored: gave up after 1 s: ",
                      err)
        self.assertIn(f"'countersign-key -c {self.conf} fleet list'", err)

    def test_no_wait(self):
        daemon = self.daemon(10 ** 9, "")
        self.assertEqual(self.ask("-w", "0", "restore")[0], 1)
        daemon.join(LIMIT_S)
        self.assertEqual(daemon.lines[1:], ["restore\n"])

    def test_progress_on_a_terminal(self):
        self.daemon(3, "restored 0 0\n" + FLEET + "done\n")
        ours, theirs = pty.openpty()
        with open(os.devnull, "wb") as nowhere:
            done = subprocess.run([KEY, "-c", self.conf, "fleet", "restore"],
                                  stdout=nowhere, stderr=theirs,
                                  timeout=LIMIT_S, check=False)
        os.close(theirs)
        shown = b""
        while select.select([ours], [], [], 0)[0]:
            try:
                shown += os.read(ours, 4096)
            except OSError:
                break
        os.close(ours)
        self.assertEqual(done.returncode, 0, shown)
        self.assertIn(b"fleet: waiting: the database is being mirrored  0:00",
                      shown)
        # The line is erased at the end.
        self.assertTrue(shown.endswith(b"\r\x1b[K"), shown)


if __name__ == "__main__":
    unittest.main()
