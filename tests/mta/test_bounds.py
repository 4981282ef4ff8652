#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""A reload in a front that can use only the folders that it began with.

usage: test_bounds.py BUILD
"""

import os
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "common"))

import milterclient as mc  # noqa: E402
from service import Service  # noqa: E402

WITHOUT = os.path.join(sys.path[0], "without.py")

SOURCE = '''
source "own" {{ login = {{ "{login}" }} domains = {{ "example.com" }} }}
'''
INCLUDED = SOURCE.format(login="included").replace('"own"', '"more"')
BLOCK = [(b"From", b" a@example.com"), (b"To", b" b@example.org"),
         (b"Date", b" Mon, 23 Nov 2026 09:00:00 +0000")]


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, 0o644)


class BoundsTest(unittest.TestCase):
    build = None

    def setUp(self):
        self.service = Service(self.build)
        self.addCleanup(self.service.finish)
        outside = tempfile.TemporaryDirectory(prefix="countersign-outside.")
        self.addCleanup(outside.cleanup)
        self.outside = outside.name
        os.chmod(self.outside, 0o755)
        self.inside = os.path.join(self.service.directory, "inside")
        os.mkdir(self.inside, 0o755)
        self.configure("first")
        self.service.generate("example.com", "ed25519")

    def configure(self, login, options=""):
        self.service.configure(SOURCE.format(login=login), options)

    def start(self, options=""):
        self.configure("first", options)
        self.service.start()

    def reload(self):
        """(exit status, stderr) of the command that waits for the result."""
        done = subprocess.run(
            [self.service.milter, "-c", self.service.config, "--reload",
             str(self.service.process.pid)],
            capture_output=True, text=True, check=False)
        return done.returncode, done.stderr

    def line_of(self, text):
        with open(self.service.config, encoding="utf-8") as file:
            return 1 + [text in line for line in file].index(True)

    def is_signed(self, login):
        with mc.MilterClient(self.service.socket) as client:
            edits, _ = client.message(BLOCK, b"text\r\n", "192.0.2.1", login,
                                      sender="<a@example.com>")
        return len(mc.inserted(edits)) > 0

    def assert_refused(self, login, options, option, path):
        """It names file, line and option, and the old one is in use."""
        self.configure(login, options)
        place = f"{self.service.config}:{self.line_of(option)}"
        status, text = self.reload()
        self.assertEqual(status, 1, text)
        self.assertIn(f"{place}: needs a restart", text)
        self.assertIn(f"{place}: {option}: {path}: needs a restart",
                      self.service.log_text())
        self.assertTrue(self.is_signed("first"))
        self.assertFalse(self.is_signed(login))

    def assert_used(self, login, options=""):
        self.configure(login, options)
        self.assertEqual(self.reload(), (0, ""), self.service.log_text())
        self.assertTrue(self.is_signed(login))

    def test_options_outside(self):
        self.start(f'audit_file = "{self.inside}/audit"')
        path = f"{self.outside}/x"
        write(path, "")
        for option, value in (("audit_file", path),
                              ("preset_dir", self.outside)):
            with self.subTest(option):
                self.assert_refused("second", f'{option} = "{value}"',
                                    option, value)
        with self.subTest("counts_dir"):
            counts, self.service.counts = self.service.counts, self.outside
            self.assert_refused("second", "", "counts_dir", self.outside)
            self.service.counts = counts
        with self.subTest("trust_anchor"):
            self.assert_refused("second", f'dns {{\ntrust_anchor = "{path}"\n}}',
                                "trust_anchor", path)
        with self.subTest("servers"):
            self.assert_refused("second", 'dns {\nservers = "127.0.0.1@54"\n}',
                                "servers", "127.0.0.1@54")
        self.assert_used("third", f'audit_file = "{self.inside}/other"\n'
                         'dns { servers = { "127.0.0.1", "::1@53" } }')
        with open(f"{self.inside}/other", encoding="utf-8") as file:
            self.assertIn("example.com", file.read())

    def test_includes(self):
        """Also through a link, which needs no pattern to lead outside."""
        inside = f'include "{self.inside}/*.conf"'
        outside = f'include "{self.outside}/*.conf"'
        self.start(inside)
        write(f"{self.outside}/one.conf", INCLUDED)
        self.assert_refused("second", outside, "include",
                            f"{self.outside}/*.conf")
        os.symlink(f"{self.outside}/one.conf", f"{self.inside}/one.conf")
        self.configure("second", inside)
        status, text = self.reload()
        self.assertEqual(status, 1)
        self.assertIn(f"{self.service.config}:{self.line_of('include')}: "
                      "needs a restart", text)
        self.assertIn(f"include: {self.inside}/one.conf: needs a restart",
                      self.service.log_text())
        self.assertTrue(self.is_signed("first"))

        # A file instead, by rename as well.
        write(f"{self.inside}/new", INCLUDED)
        os.rename(f"{self.inside}/new", f"{self.inside}/one.conf")
        self.assert_used("second", inside)
        self.assertTrue(self.is_signed("included"))

    def test_restart_and_rotated_files(self):
        """What needed a restart works after it; rotated files are made again."""
        os.mkdir(f"{self.outside}/counts", 0o750)
        self.start(f'audit_file = "{self.inside}/audit"')
        options = (f'audit_file = "{self.outside}/audit"\n'
                   f'include "{self.outside}/*.conf"')
        write(f"{self.outside}/one.conf", INCLUDED)
        self.configure("second", options)
        self.assertEqual(self.reload()[0], 1)
        self.service.stop()
        self.service.start()
        self.assertTrue(self.is_signed("included"))
        for _ in range(2):
            os.rename(f"{self.outside}/audit", f"{self.outside}/audit.1")
            self.assertEqual(self.reload(), (0, ""))
            self.assertTrue(self.is_signed("second"))
            with open(f"{self.outside}/audit", encoding="utf-8") as file:
                self.assertEqual(len(file.readlines()), 1)

    def test_folder_replaced(self):
        """A folder that was made again is another one, and said to be."""
        audit = f"{self.inside}/log"
        os.mkdir(audit)
        self.start(f'audit_file = "{audit}/audit"')
        os.rename(audit, f"{self.inside}/old")
        os.mkdir(audit)
        self.assert_refused("second", f'audit_file = "{audit}/audit"',
                            "audit_file", f"{audit}/audit")

    def without(self, what):
        """On a kernel without that: one line of each process, and it signs."""
        self.service.by = ["/usr/bin/python3", WITHOUT, what]
        self.start(f'audit_file = "{self.inside}/audit"')
        self.assertTrue(self.is_signed("first"))
        self.assert_refused("second", f'audit_file = "{self.outside}/x"',
                            "audit_file", f"{self.outside}/x")
        front, = self.service.pids("front")
        return [line for line in self.service.log_text().splitlines()
                if f"[{front}]" in line and "cannot confine" in line]

    def own_filters(self):
        """How many the front has that it did not inherit."""
        def count(pid):
            with open(f"/proc/{pid}/status", encoding="ascii") as file:
                return next(int(line.split()[1]) for line in file
                            if line.startswith("Seccomp_filters:"))

        front, = self.service.pids("front")
        return count(front) - count(self.service.process.pid)

    @unittest.skipUnless(os.uname().machine == "x86_64", "numbers of calls")
    def test_without_landlock(self):
        line, = self.without("landlock")
        self.assertIn("completely: Landlock: ", line)
        self.assertNotIn("seccomp", line)
        self.assertEqual(self.own_filters(), 1)

    @unittest.skipUnless(os.uname().machine == "x86_64", "numbers of calls")
    def test_without_seccomp(self):
        line, = self.without("seccomp")
        self.assertIn("seccomp: ", line)
        self.assertNotIn("Landlock", line)
        self.assertEqual(self.own_filters(), 0)


if __name__ == "__main__":
    BoundsTest.build = os.path.abspath(sys.argv[1])
    unittest.main(argv=sys.argv[:1])
