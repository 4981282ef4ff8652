# SPDX-License-Identifier: ISC
"""Private keys are in the signers and nowhere else: the memory of the front is
read while it has mail signed.  Neither process shows its memory to others of
the same user, or leaves a core file.

Usage: test_key_isolation.py BUILD-DIRECTORY
"""

import os
import pwd
import subprocess
import sys
import threading
import unittest

import milterclient as mc
from keysecrets import Secrets, search_process
from service import Service

SOURCES = '''
source "crm" {
    login = "crm"
    domains = { "example.com" }
}
'''
FRONT_USER, KEYS_USER = "nobody", "daemon"
ROUNDS = 3
MESSAGES = 40       # at least, while the memory is read

# Whether a process of the same user can be read, and, to show that this user
# can read any, one that it starts.
READER = '''
import subprocess, sys
def can_read(pid):
    try:
        with open(f"/proc/{pid}/mem", "rb"):
            return True
    except PermissionError:
        return False
with subprocess.Popen(["sleep", "1000"]) as child:
    print(can_read(child.pid), can_read(sys.argv[1]))
    child.kill()
'''


class KeyIsolationTest(unittest.TestCase):
    build = None

    def setUp(self):
        if os.geteuid() != 0:
            self.skipTest("needs root")
        self.service = Service(self.build)
        self.addCleanup(self.service.finish)
        self.service.configure(SOURCES)
        with open(self.service.config, encoding="utf-8") as file:
            text = file.read()
        text = text.replace('user = "root"\nkeys_user = "root"',
                            f'user = "{FRONT_USER}"\n'
                            f'keys_user = "{KEYS_USER}"')
        with open(self.service.config, "w", encoding="utf-8") as file:
            file.write(text)
        front = pwd.getpwnam(FRONT_USER)
        os.chown(self.service.config, 0, front.pw_gid)
        os.chmod(self.service.config, 0o640)
        os.chown(self.service.directory, front.pw_uid, front.pw_gid)
        os.chown(self.service.counts, front.pw_uid, front.pw_gid)
        keys = pwd.getpwnam(KEYS_USER)
        os.chown(self.service.keydir, keys.pw_uid, keys.pw_gid)
        self.service.generate("example.com")
        folder = os.path.join(self.service.keydir, "example.com")
        self.secrets = Secrets([os.path.join(folder, name)
                                for name in sorted(os.listdir(folder))
                                if name.endswith(".pem")])
        self.service.start()
        self.nsigned = 0
        self.stopped = threading.Event()

    def send(self):
        """Mail until it is enough; each message gets two signatures."""
        with mc.MilterClient(self.service.socket) as client:
            connect = True
            while not self.stopped.is_set():
                edits, reply = client.message(
                    [(b"From", b" a@example.com")], b"Hello\r\n" * 1000,
                    login="crm", connect=connect)
                connect = False
                if reply[0] != b"a" or len(mc.inserted(edits)) != 2:
                    return
                self.nsigned += 1

    def process(self, program):
        pids = self.service.pids(program)
        self.assertTrue(pids)
        return pids

    def test_keys_are_only_in_signers(self):
        threads = [threading.Thread(target=self.send) for _ in range(2)]
        for thread in threads:
            thread.start()
        try:
            front, = self.process("front")
            for _ in range(ROUNDS):
                before = self.nsigned
                self.service.wait_for(
                    lambda n=before: self.nsigned >= n + MESSAGES // 2, 60)
                found, octets = search_process(front, self.secrets)
                self.assertEqual(found, set())
                self.assertGreater(octets, 1 << 20)
            self.service.wait_for(
                lambda: self.nsigned >= ROUNDS * MESSAGES, 60)
            inside = set()
            for pid in self.process("signer"):
                inside |= search_process(pid, self.secrets)[0]
            master = search_process(self.service.process.pid, self.secrets)
        finally:
            self.stopped.set()
            for thread in threads:
                thread.join()
        self.assertEqual(master[0], set())
        # Numbers are in memory with the least octet first; the text of the
        # file is wiped once it is read.
        for name in self.secrets.values:
            if name.endswith("PEM"):
                self.assertNotIn(name, inside)
            elif name.endswith(" reversed") and "seed" not in name:
                self.assertIn(name, inside)
            elif name.endswith(": seed"):
                self.assertIn(name, inside)

    def test_search_finds_all(self):
        """In a memory that has all of it, at any address."""
        # Of this process, in which the secrets are.
        found, _ = search_process(os.getpid(), self.secrets)
        self.assertEqual(found, set(self.secrets.values))
        for name, value in self.secrets.values.items():
            for shift in range(8):
                found = set()
                self.secrets.search(bytes(9 + shift) + value[5:21] +
                                    bytes(40), found)
                self.assertIn(name, found)
            found = set()
            self.secrets.search(b"\xff" * 32 + value[5:20] + b"\xff" * 32,
                                found)
            if value[4] != 0xff and value[20] != 0xff:
                self.assertNotIn(name, found)

    def test_memory_is_closed(self):
        for program, user in (("front", FRONT_USER), ("signer", KEYS_USER)):
            for pid in self.process(program):
                # The files of a process that is not dumpable are root's.
                self.assertEqual(os.stat(f"/proc/{pid}/mem").st_uid, 0)
                with open(f"/proc/{pid}/limits", encoding="ascii") as file:
                    self.assertRegex(file.read(),
                                     r"Max core file size +0 +0 ")
                entry = pwd.getpwnam(user)
                shown = subprocess.run(
                    [sys.executable, "-c", READER, str(pid)], check=True,
                    capture_output=True, text=True, user=entry.pw_uid,
                    group=entry.pw_gid, extra_groups=[], cwd="/").stdout
                self.assertEqual(shown, "True False\n")


if __name__ == "__main__":
    KeyIsolationTest.build = sys.argv.pop(1)
    unittest.main(verbosity=2)
