# SPDX-License-Identifier: ISC
"""More connections than are allowed, and fewer descriptors than are needed: no
message is lost or let through unsigned, the log says what is missing, and the
front serves as soon as it can.

Usage: test_limits.py BUILD-DIRECTORY
"""

import contextlib
import os
import resource
import socket
import sys
import unittest

import milterclient as mc
from service import Service

SOURCE = """
source "ours" {
    networks = { "127.0.0.0/8" }
    trust_network = true
    domains = { "example.com" }
}
"""
NEGOTIATION = bytes.fromhex("0000000d4f00000006000001ff001fffff")
FIELDS = [(b"From", b" a@example.com"), (b"Subject", b" x")]


def lowest_free(pid):
    used = {int(fd) for fd in os.listdir(f"/proc/{pid}/fd")}
    return min(set(range(max(used) + 2)) - used)


def sockets(pid):
    """How many a process has open."""
    found = 0
    for fd in os.listdir(f"/proc/{pid}/fd"):
        with contextlib.suppress(OSError):
            found += os.readlink(f"/proc/{pid}/fd/{fd}").startswith("socket:")
    return found


class LimitsTest(unittest.TestCase):
    build = None

    def setUp(self):
        self.service = Service(self.build)
        self.idle = []

    def tearDown(self):
        self.close(len(self.idle))
        self.service.stop()
        self.service.finish()

    def start(self, options="", descriptors=None):
        self.service.configure(SOURCE, options)
        self.service.generate("example.com", "ed25519")
        before = resource.getrlimit(resource.RLIMIT_NOFILE)
        milter = self.service.milter
        try:
            if descriptors is not None:
                # Also for root, who could raise it.
                wrapper = os.path.join(self.service.directory, "limited")
                with open(wrapper, "w", encoding="ascii") as file:
                    file.write("#!/bin/sh\n"
                               f"ulimit -n {descriptors}\n"
                               "exec setpriv --bounding-set -sys_resource "
                               f"--inh-caps -sys_resource {milter} \"$@\"\n")
                os.chmod(wrapper, 0o755)
                self.service.milter = wrapper
            self.service.start()
        finally:
            self.service.milter = milter
            resource.setrlimit(resource.RLIMIT_NOFILE, before)
        self.service.wait_for(lambda: "ready: socket" in self.log())

    def log(self):
        return self.service.log_text()

    def close(self, number):
        for _ in range(number):
            self.idle.pop().close()

    def open(self, number):
        """Idle connections, as far as they are accepted: how many are."""
        for _ in range(number):
            sock = socket.socket(socket.AF_UNIX)
            sock.settimeout(60)
            sock.connect(self.service.socket)
            try:
                sock.sendall(NEGOTIATION)
                answer = sock.recv(4096)
            except OSError:
                answer = b""
            if answer:
                self.idle.append(sock)
            else:
                sock.close()
        return len(self.idle)

    def fill(self, limit):
        """Connections that have ended count until the front sees it."""
        self.open(limit - len(self.idle))
        self.service.wait_for(lambda: self.open(1) == limit)
        self.assertEqual(self.open(10), limit)

    def is_signed(self):
        """Whether a message is; if it is refused, not even the MTA's default
        action lets it through."""
        try:
            with mc.MilterClient(self.service.socket) as client:
                edits, reply = client.message(FIELDS, b"x\r\n",
                                              address="127.0.0.1")
                client.quit()
        except (mc.Lost, OSError):
            return False
        signed = any(name == b"DKIM-Signature"
                     for _, name, _ in mc.inserted(edits))
        self.assertEqual(signed, reply[0] in (b"c", b"a"), reply)
        return signed

    def test_connections(self):
        self.start("limits { connections = 20 }")
        self.fill(20)
        self.assertFalse(self.is_signed())
        self.assertRegex(self.log(), "20 connections of the MTA, and no more "
                         r"are allowed: \d+ refused")
        # The watchdog's own session is let in, at least while it would have
        # found a hung front.
        self.close(1)
        self.service.wait_for(self.is_signed)
        self.fill(20)
        self.close(20)
        self.service.wait_for(self.is_signed)
        self.fill(20)
        self.assertNotIn("self-test-failed", self.log())

    def half_a_packet(self):
        """A connection whose thread waits for the rest."""
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(60)
        self.idle.append(sock)
        sock.connect(self.service.socket)
        sock.sendall(NEGOTIATION[:-1])
        return sock

    def test_no_threads(self):
        """A connection for which there is no thread waits for one."""
        if not os.path.exists(os.path.join(self.build, "tests", "inject",
                                           "libfailmalloc.so")):
            self.skipTest("builds with a sanitizer have its pthread_create()")
        self.start()
        # The socket is there before libmilter has all that it needs.
        self.service.wait_for(self.is_signed)
        front, = self.service.pids("front")
        with open(f"/proc/{front}/statm", encoding="ascii") as file:
            size = int(file.read().split()[0]) * resource.getpagesize()
        before = sockets(front)
        # Enough to allocate, but not for a stack.
        limit = resource.prlimit(front, resource.RLIMIT_AS,
                                 (size + 384 * 1024, -1))
        waiting = []

        def is_exhausted():
            waiting.append(self.half_a_packet())
            return "[threads-exhausted]" in self.log()
        self.service.wait_for(is_exhausted)
        for sock in waiting:
            sock.sendall(NEGOTIATION[-1:])
        # Also those that gave up.
        abandoned = self.half_a_packet()
        self.idle.remove(abandoned)
        abandoned.close()
        resource.prlimit(front, resource.RLIMIT_AS, limit)
        for sock in waiting:
            self.assertEqual(sock.recv(4096)[4:5], b"O")
        self.assertTrue(self.is_signed())
        self.close(len(self.idle))
        self.service.wait_for(lambda: sockets(front) <= before)
        self.assertEqual(self.service.pids("front"), [front])

    def test_few_descriptors(self):
        """Half of what the front does not need is for connections."""
        self.start(descriptors=200)
        self.assertRegex(
            self.log(), "the limit on open files is 200, not 96[0-9][0-9]: at "
            r"most 56 connections of the MTA.*\[descriptor-limit\]")
        self.fill(56)
        self.assertFalse(self.is_signed())
        self.close(10)
        self.service.wait_for(self.is_signed)
        for _ in range(3):
            self.service.reload()
        self.service.wait_for(lambda: self.log().count(
            "configuration reloaded") > 0)
        self.assertTrue(self.is_signed())

    def test_too_few_descriptors(self):
        with self.assertRaises(AssertionError) as caught:
            self.start(descriptors=50)
        self.assertRegex(str(caught.exception),
                         "the limit on open files is 50, but at least .* are "
                         "needed: raise LimitNOFILE")

    def test_signers_without_descriptors(self):
        """A key that cannot be opened is not one that does not exist."""
        self.start("on_no_key = pass")
        signers = self.service.pids("signer")
        self.assertEqual(len(signers), 2)
        for pid in signers:
            before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
            resource.prlimit(pid, resource.RLIMIT_NOFILE,
                             (lowest_free(pid), before[1]))
        self.assertFalse(self.is_signed())
        self.assertRegex(self.log(), r"signer\[\d+\]: warning: no file "
                         "descriptor left: the limit of this process is")
        for pid in signers:
            resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
        self.service.wait_for(self.is_signed)

    def test_no_descriptor_left(self):
        """The front's are taken away while it runs."""
        self.start()
        front, = self.service.pids("front")
        self.assertTrue(self.is_signed())
        limit = lowest_free(front) + 1
        resource.prlimit(front, resource.RLIMIT_NOFILE, (limit, limit))
        with mc.MilterClient(self.service.socket) as client:
            # That was the last one, or, if the session before had not ended
            # yet, one of the last: the next connections are not accepted.
            with contextlib.ExitStack() as waiting:
                for _ in range(3):
                    sock = waiting.enter_context(socket.socket(socket.AF_UNIX))
                    sock.connect(self.service.socket)
                self.service.wait_for(lambda: "no file descriptor left: the "
                                      f"limit of this process is {limit}"
                                      in self.log())
                edits, reply = client.message(FIELDS, b"x\r\n",
                                              address="127.0.0.1")
                self.assertIn(reply[0], (b"c", b"a"))
                self.assertEqual(len(mc.inserted(edits)), 1)
                client.quit()
        self.service.wait_for(self.is_signed)
        self.assertEqual(self.log().count("no file descriptor left"), 1)


if __name__ == "__main__":
    LimitsTest.build = sys.argv.pop()
    unittest.main()
