# SPDX-License-Identifier: ISC
"""Ceilings: floods and spam runs are noticed or deferred, other mail goes on;
counts outlive a reload and a restart, and files that cannot be used stop no
mail.

Usage: test_ceilings.py BUILD-DIRECTORY
"""

import os
import re
import signal
import sys
import unittest

import milterclient as mc
import period
from service import Service

SOURCES = '''
source "desk" {
    login = "desk"
    domains = "desk.example"
    ceilings { messages_per_recipient_per_day = 5  action = tempfail }
}
source "shop" {
    login = "shop"
    domains = "shop.example"
    ceilings { recipients_per_body = 10  action = tempfail }
}
source "calm" {
    login = "calm"
    domains = "calm.example"
    ceilings { recipients_per_hour = 3  recipients_per_day = 4 }
}
source "free" {
    login = "free"
    domains = "free.example"
}
'''
FREE = 'source "free" {\n    login = "free"\n    domains = "free.example"\n}\n'
ALARM = re.compile(r'ALARM: source "(\w+)": message (\w+) is over (\w+) = '
                   r'(\d+) and is (deferred|signed): is its account abused\? '
                   r'\[ceiling-exceeded\]')


@period.within(period.DAY)
class CeilingsTest(unittest.TestCase):
    build = None

    def setUp(self):
        self.service = Service(self.build)
        self.addCleanup(self.service.finish)
        self.service.configure(SOURCES)
        for name in ("desk", "shop", "calm", "free"):
            self.service.generate(name + ".example", "ed25519")
        self.alarms = os.path.join(self.service.counts, "alarms")
        self.file = os.path.join(self.service.counts, "counts")

    def send(self, source, *recipients, body="Hello", queue_id="Q"):
        """Whether a message is signed; the other result is 451 4.7.1."""
        with mc.MilterClient(self.service.socket) as client:
            client.connect()
            client.mail(login=source, recipients=recipients)
            client.header(b"From", f" a@{source}.example".encode())
            client.header(b"To", b" b@example.org")
            self.assertEqual(client.end_of_headers(queue_id)[0], b"c")
            client.body(body.encode() + b"\r\n")
            edits, (command, reply) = client.end(queue_id)
        if command == b"a":
            self.assertEqual(len(mc.inserted(edits)), 1)
            return True
        self.assertEqual((edits, command), ([], b"y"))
        self.assertTrue(reply.startswith(b"451 4.7.1 too much mail"), reply)
        return False

    def said(self):
        return ALARM.findall(self.service.log_text())

    def stop(self):
        self.assertEqual(self.service.stop(), 0)
        text = self.service.log_text()
        for word in ("Sanitizer", "runtime error"):
            self.assertNotIn(word, text)
        return text

    def test_flood(self):
        """A person opens tickets in the name of a victim, and the desk
        answers each of them: genuine mail, but too much of it."""
        self.service.start()
        signed = sum(self.send("desk", f"Victim+{i}@example.org",
                               body=f"Ticket {i}", queue_id=f"Q{i}")
                     for i in range(50))
        self.assertEqual(signed, 5)
        for i in range(50):
            self.assertTrue(self.send("desk", f"customer{i}@example.org"))
        # One flooded recipient defers the message for all of them, and the
        # others have not got it.
        self.assertFalse(self.send("desk", "victim@example.org",
                                   "other@example.org"))
        for _ in range(5):
            self.assertTrue(self.send("desk", "other@example.org"))
        self.assertFalse(self.send("desk", "other@example.org"))
        self.assertEqual(self.said(), [
            ("desk", "Q5", "messages_per_recipient_per_day", "5",
             "deferred")])
        with open(self.alarms, encoding="ascii") as file:
            self.assertRegex(file.read(), r"^20\S+Z "
                             r"messages_per_recipient_per_day 5 Q5 desk\n$")
        self.assertEqual(os.stat(self.alarms).st_mode & 0o777, 0o640)
        text = self.stop()
        with open(self.file, "rb") as file:
            octets = file.read()
        self.assertEqual(os.stat(self.file).st_mode & 0o777, 0o600)
        for word in ("ictim", "customer", "example"):
            self.assertNotIn(word.encode(), octets)
            self.assertNotIn(word, "".join(
                line for line in text.splitlines() if "ALARM" in line))

    def test_run(self):
        """The same text to many, as in a replay or a spam run."""
        self.service.start()
        signed = sum(self.send("shop", f"a{i}@example.org",
                               f"b{i}@example.org", body="Buy")
                     for i in range(20))
        self.assertEqual(signed, 5)
        for i in range(20):
            self.assertTrue(self.send("shop", f"a{i}@example.org",
                                      f"b{i}@example.org",
                                      body=f"Order {i}"))
        self.assertEqual([line[2] for line in self.said()],
                         ["recipients_per_body"])
        self.stop()

    def test_alarm(self):
        """By default there is only an alarm, once in an hour for each."""
        self.service.start()
        for i in range(20):
            self.assertTrue(self.send("calm", f"c{i}@example.org"))
        self.assertEqual(sorted(line[2:] for line in self.said()), [
            ("recipients_per_day", "4", "signed"),
            ("recipients_per_hour", "3", "signed")])
        # Mail of other sources is not counted for it.
        self.assertTrue(self.send("free", "c@example.org"))
        self.stop()

    def exhaust(self):
        for _ in range(5):
            self.assertTrue(self.send("desk", "v@example.org"))
        self.assertFalse(self.send("desk", "v@example.org"))

    def test_restart(self):
        self.service.start()
        self.exhaust()
        self.stop()
        self.service.start()
        self.assertFalse(self.send("desk", "v@example.org"))
        self.assertTrue(self.send("desk", "w@example.org"))
        # The alarm was told in this hour.
        self.assertEqual(len(self.said()), 1)
        self.stop()

    def test_damaged(self):
        self.service.start()
        self.exhaust()
        self.stop()
        with open(self.file, "r+b") as file:
            size = os.fstat(file.fileno()).st_size
            file.write(b"x" * size)
        self.service.start()
        self.exhaust()
        text = self.stop()
        self.assertEqual(text.count("[counts-damaged]"), 1)
        # It is written over.
        self.service.start()
        self.assertFalse(self.send("desk", "v@example.org"))
        self.assertEqual(self.stop().count("[counts-damaged]"), 1)

    def test_no_folder(self):
        os.rmdir(self.service.counts)
        self.service.start()
        self.exhaust()
        self.assertEqual(len(self.said()), 1)
        text = self.stop()
        self.assertEqual(text.count("[counts-unusable]"), 1)

    def test_links(self):
        """Files are not written through links."""
        target = os.path.join(self.service.directory, "target")
        for name in (self.file, self.alarms):
            os.symlink(target, name)
        self.service.start()
        self.exhaust()
        text = self.stop()
        self.assertEqual(text.count("[counts-unusable]"), 2)
        for name in ("counts", "alarms"):
            self.assertEqual(text.count(f": cannot use {name}, "), 1)
        self.assertFalse(os.path.exists(target))

    def test_mask(self):
        """Whoever tells people reads the alarms, whatever the umask is."""
        self.addCleanup(os.umask, os.umask(0o077))
        self.service.start()
        self.exhaust()
        self.assertEqual(os.stat(self.alarms).st_mode & 0o777, 0o640)
        self.assertEqual(os.stat(self.file).st_mode & 0o777, 0o600)
        self.stop()

    def test_full_file(self):
        """The file of alarms begins again before it gets large."""
        self.service.start()
        with open(self.alarms, "wb") as file:
            file.truncate(1048576)
        self.exhaust()
        self.assertLess(os.stat(self.alarms).st_size, 200)
        self.stop()

    def test_reload(self):
        """Counts stay; recipients are asked for as soon as a source has a
        ceiling of them."""
        self.service.configure(FREE)
        self.service.start()
        with mc.MilterClient(self.service.socket) as client:
            self.assertTrue(client.protocol & mc.NORCPT)
        self.service.configure(SOURCES)
        self.reload(1)
        with mc.MilterClient(self.service.socket) as client:
            self.assertFalse(client.protocol & mc.NORCPT)
            self.assertTrue(client.protocol & mc.NR_RCPT)
        self.exhaust()
        self.reload(2)
        self.assertFalse(self.send("desk", "v@example.org"))
        self.stop()

    def reload(self, n):
        self.service.reload()
        self.service.wait_for(lambda: self.service.log_text().count(
            "configuration reloaded") == n)

    def test_unsigned(self):
        """A message that cannot be signed does not count."""
        self.service.start()
        # A signer that starts later would not be stopped.
        self.service.wait_for(lambda: "[ready]" in self.service.log_text())
        signers = self.service.pids("signer")
        with mc.MilterClient(self.service.socket) as client:
            client.connect()
            client.mail(login="desk", recipients=("v@example.org",))
            client.header(b"From", b" a@desk.example")
            self.assertEqual(client.end_of_headers()[0], b"c")
            for pid in signers:
                os.kill(pid, signal.SIGSTOP)
            edits, reply = client.end()
            for pid in signers:
                os.kill(pid, signal.SIGCONT)
            self.assertEqual((edits, reply[0]), ([], b"y"))
        self.exhaust()
        self.stop()


if __name__ == "__main__":
    CeilingsTest.build = sys.argv.pop(1)
    unittest.main(verbosity=2)
