#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""countersign-key compromise in a fleet: under the lease, while another host
has it, and without the database.  Each time the key in reserve signs at once,
and the record is revoked at once.

usage: test_compromise.py BUILD
"""

import base64
import fcntl
import os
import pwd
import signal
import threading
import time

import supervised
from rotationworld import HOUR, RotationCase, td

DOMAIN = "example.com"
DAEMON_WAIT_S = 10      # WAIT_S of keys/writing/mark.c
URGENT_S = 40           # TALK_URGENT_S


class CompromiseCase(RotationCase):
    """A key signs, and another one is in reserve."""

    def setUp(self):
        super().setUp()
        self.one, self.two = self.hosts
        status, out = self.one.key("add", DOMAIN)
        self.assertIn(status, (0, 3), out + self.one.log())
        for _ in range(12):
            self.advance(12 * HOUR)
            status, out = self.one.key("rotate", "--no-progress")
            self.assertIn(status, (0, 3), out + self.one.log())
            keys = self.agree(DOMAIN)
            ready = [key for key in keys if key.verified and
                     not key.active_from]
            signs = [key for key in keys if key.active_from and
                     not key.retire_at]
            if ready and signs:
                break
        else:
            self.fail(self.one.state(DOMAIN))
        self.old, self.new = signs[0].selector, ready[0].selector
        self.advance(HOUR)

    def key_of(self, host, selector):
        return [key for key in host.keys(DOMAIN)
                if key.selector == selector][0]

    def has_ended(self, host):
        """The host signs with the other key, from the end of the first."""
        old, new = (self.key_of(host, selector)
                    for selector in (self.old, self.new))
        return (old.compromised == "yes" and old.retire_at is not None and
                new.active_from is not None)

    def record(self, selector=None):
        return self.zone.records().get(
            f"{selector or self.old}._domainkey.{DOMAIN}")

    def is_revoked(self, selector=None):
        record = self.record(selector)
        return record is not None and record[0].endswith("p=")

    def lose_kek(self, host, ends=True):
        """The store is sealed; what opens the keys of the host is lost."""
        self.kek = host.folder + "/kek"
        with open(self.kek, "w", encoding="ascii") as file:
            file.write(base64.b64encode(os.urandom(32)).decode() + "\n")
        os.chmod(self.kek, 0o400)
        if os.getuid() == 0:
            os.chown(self.kek, pwd.getpwnam(td.USER).pw_uid, -1)
        with open(host.folder + "/conf", "a", encoding="ascii") as file:
            file.write(f'kek_file = "{self.kek}"\n')
        status, out = host.key("seal")
        self.assertEqual(status, 0, out)
        if not ends:
            return
        host.stop()
        os.rename(self.kek, self.kek + ".away")
        self.assertEqual(host.spawn().wait(td.LIMIT_S), 78, host.log())

    def watched(self, host):
        with open(host.keydir + "/.fleet/watched", encoding="ascii") as file:
            return file.read()

    def publish_in_dns(self, selector):
        self.revoke_in_dns(selector, self.kept)

    def revoke_in_dns(self, selector, value="v=DKIM1; p="):
        path = self.zone.folder + "/records"
        with open(path, encoding="ascii") as file:
            lines = file.read().splitlines()
        with open(path, "w", encoding="ascii") as file:
            for line in lines:
                name, _, _ = line.partition("\t")
                if name == f"{selector}._domainkey.{DOMAIN}":
                    self.kept = line.partition("\t")[2]
                    line = name + "\t" + value
                file.write(line + "\n")


class Compromise(CompromiseCase):
    def finishes(self, host):
        """Whoever has the lease next does the rest."""
        status, out = host.key("rotate", "--no-progress")
        # Until all hosts have said that they stopped, that is a failure.
        self.assertIn(status, (0, 1, 3), out + host.log())
        if status == 1:
            self.assertIn("may still sign with it", out)
        keys = {key.selector: key for key in self.agree(DOMAIN)}
        self.assertIsNotNone(keys[self.old].revoked, self.one.state(DOMAIN))
        self.assertEqual(keys[self.old].compromised, "yes")
        self.assertIsNotNone(keys[self.new].active_from)
        self.assertGreater(len(keys), 2, "no new key in reserve")
        self.dns_is_right(DOMAIN)

    def test_under_the_lease(self):
        status, out = self.two.key("compromise", DOMAIN)
        self.assertIn(status, (0, 3), out + self.two.log())
        self.assertTrue(self.has_ended(self.two))
        self.assertTrue(self.is_revoked())
        self.finishes(self.one)

    def test_while_another_host_rotates(self):
        token = self.sql("SELECT new_token FROM countersign.take_lease(900)",
                         "relay1")
        status, out = self.two.key("compromise", DOMAIN)
        self.assertIn(status, (0, 3), out + self.two.log())
        self.assertIn("relay1 is changing the keys", out)
        self.assertIn(f"{self.old}: marked as compromised: the database has "
                      "the mark", out)
        self.assertIn("may STILL SIGN", out)
        self.assertTrue(self.has_ended(self.two))
        self.assertTrue(self.is_revoked(), self.record())
        self.wait_for(lambda: self.has_ended(self.one), self.one.log)
        # Again: it finds all done.
        status, out = self.two.key("compromise", DOMAIN, self.old)
        self.assertIn(status, (0, 3), out)
        self.sql(f"SELECT countersign.release_lease({token})", "relay1")
        self.finishes(self.one)

    def test_while_another_process_has_the_domain(self):
        """For longer than the daemon waits: the command waits on."""
        token = self.sql("SELECT new_token FROM countersign.take_lease(900)",
                         "relay1")
        lock = os.open(f"{self.two.keydir}/{DOMAIN}/.lock", os.O_RDWR)
        fcntl.flock(lock, fcntl.LOCK_EX)
        timer = threading.Timer(2 * DAEMON_WAIT_S, os.close, (lock,))
        timer.start()
        status, out = self.two.key("compromise", DOMAIN)
        timer.join()
        self.assertIn(status, (0, 3), out + self.two.log())
        self.assertIn(f"{self.old}: marked as compromised: ", out)
        self.assertIn("locked by ", out)
        self.assertTrue(self.has_ended(self.two))
        self.assertTrue(self.is_revoked(), self.record())
        self.sql(f"SELECT countersign.release_lease({token})", "relay1")
        self.finishes(self.one)

    def test_without_database(self):
        self.server.stop()
        self.two.await_database("away")
        status, out = self.two.key("compromise", DOMAIN)
        self.assertIn(status, (0, 3), out + self.two.log())
        self.assertIn(f"{self.old}: marked as compromised: database", out)
        self.assertTrue(self.has_ended(self.two))
        self.assertTrue(self.is_revoked(), self.record())
        self.assertFalse(self.has_ended(self.one))
        self.server.start()
        self.wait_for(lambda: self.has_ended(self.one), self.one.log)
        self.two.await_database("used")
        self.finishes(self.one)

    def test_without_database_and_reserve(self):
        """DNS shows that the reserve was revoked: it does not take over."""
        self.server.stop()
        self.two.await_database("away")
        self.revoke_in_dns(self.new)
        status, out = self.two.key("compromise", DOMAIN)
        self.assertIn(status, (0, 3), out + self.two.log())
        self.assertIn(f"{self.new}: DNS shows that it is revoked", out)
        old, new = (self.key_of(self.two, selector)
                    for selector in (self.old, self.new))
        self.assertEqual((old.compromised, old.retire_at), ("yes", None))
        self.assertIsNone(new.active_from)
        self.assertFalse(self.is_revoked(), self.record())
        self.server.start()

    def marks_here(self):
        """relay2 marks the key while its daemon does not run."""
        one, two = self.hosts
        status, out = two.key("compromise", DOMAIN)
        self.assertEqual(status, 3, out)
        self.assertIn("countersign-fleet: it does not run", out)
        self.assertIn(f"{self.old}: marked as compromised on this host", out)
        self.assertIn("may STILL SIGN with the exposed key", out)
        self.assertTrue(self.has_ended(two))
        self.assertTrue(self.is_revoked(), self.record())
        self.assertFalse(self.has_ended(one))
        with open(f"{two.keydir}/{DOMAIN}/log", encoding="ascii") as file:
            self.assertIn(f" {self.old} compromise: ", file.read())
        # Again: it finds all done.
        status, out = two.key("compromise", DOMAIN)
        self.assertEqual(status, 3, out)
        self.assertIn(f"{self.new} took over", out)

    def is_heard(self):
        """The daemon of relay2 runs again: all hosts know of the mark."""
        one, two = self.hosts
        two.start()
        self.wait_for(lambda: self.has_ended(one), one.log)
        self.assertTrue(self.has_ended(two))
        self.finishes(one)
        self.no_alarms()

    def test_without_kek(self):
        """What opens the keys of the host is lost, and found again."""
        two = self.two
        self.lose_kek(two)
        # The mark alone is on disk, as if the command was killed.
        lock = os.open(f"{two.keydir}/{DOMAIN}/.lock", os.O_RDWR)
        fcntl.flock(lock, fcntl.LOCK_EX)
        status, out = two.key("-w", "0", "compromise", DOMAIN)
        os.close(lock)
        self.assertEqual(status, 1, out)
        self.assertIn(f"{self.old}: marked as compromised on this host", out)
        self.assertIn("locked by ", out)
        self.assertFalse(self.has_ended(two))
        self.marks_here()
        os.rename(self.kek + ".away", self.kek)
        self.is_heard()

    def test_with_a_daemon_that_hangs(self):
        """Nobody waits for it for long; if it is killed, nothing is missing."""
        two = self.two
        two.process.send_signal(signal.SIGSTOP)
        begun = time.monotonic()
        status, out = two.key("compromise", DOMAIN)
        taken = time.monotonic() - begun
        self.assertEqual(status, 1, out)
        self.assertIn("no answer in time", out)
        self.assertIn("nothing was marked: if it goes on, stop "
                      "countersign-fleet", out)
        self.assertLess(taken, 3 * URGENT_S, out)
        self.assertFalse(self.has_ended(two))
        self.assertFalse(self.is_revoked())
        two.stop()
        self.marks_here()
        self.is_heard()

    def test_without_daemon_and_reserve(self):
        """DNS shows that the reserve was revoked: it does not take over."""
        two = self.two
        two.stop()
        self.revoke_in_dns(self.new)
        status, out = two.key("compromise", DOMAIN)
        self.assertIn(status, (0, 3), out)
        self.assertIn(f"{self.new}: DNS shows that it is revoked", out)
        old, new = (self.key_of(two, selector)
                    for selector in (self.old, self.new))
        self.assertEqual((old.compromised, old.retire_at), ("yes", None))
        self.assertEqual((new.compromised, new.active_from), ("yes", None))
        state = two.state(DOMAIN)
        two.start()
        self.wait_for(lambda: self.key_of(self.one, self.old).compromised,
                      self.one.log)
        self.assertEqual(two.state(DOMAIN), state)

    def test_seen_in_dns(self):
        """Revoked in DNS, and the database does not say so."""
        one, two = self.hosts
        status, out = two.key("fleet", "watch")
        self.assertEqual((status, out), (0, ""))
        before = self.watched(two)
        self.revoke_in_dns(self.old)
        # Not before an hour is over.
        self.assertEqual(two.key("fleet", "watch"), (0, ""))
        self.assertEqual(self.watched(two), before)
        self.assertFalse(self.has_ended(two))
        self.advance(HOUR)
        status, out = two.key("fleet", "watch")
        self.assertEqual(status, 0, out)
        self.assertIn(f"{self.old}: DNS shows that it is revoked", out)
        self.assertTrue(self.has_ended(two), two.log())
        self.assertFalse(self.has_ended(one))
        two.await_line("fleet-marked")
        # If the zone was wrong, and is right again, so is the key.
        self.advance(HOUR)
        self.assertEqual(two.key("fleet", "watch"), (0, ""))
        self.assertTrue(self.has_ended(two), two.log())
        self.publish_in_dns(self.old)
        self.advance(HOUR)
        status, out = two.key("fleet", "watch")
        self.assertIn(f"{self.old}: DNS shows it again", out)
        self.assertEqual(status, 0, out)
        self.assertFalse(self.has_ended(two), two.log())
        self.agree(DOMAIN)
        self.assertNotIn(b"compromised", self.sql(
            "SELECT string_agg(convert_from(octets, 'SQL_ASCII'), '') "
            "FROM countersign.key").encode())

    def test_seen_while_away(self):
        """Each minute; and a record that is gone counts, too."""
        two = self.two
        self.assertEqual(two.key("fleet", "watch"), (0, ""))
        self.zone.clear()
        self.clock.move(60)
        self.assertEqual(two.key("fleet", "watch"), (0, ""))
        self.server.stop()
        two.await_database("away")
        status, out = two.key("fleet", "watch")
        self.assertEqual(status, 0, out)
        self.assertIn(f"{self.old}: DNS shows", out)
        old = self.key_of(two, self.old)
        self.assertIsNotNone(old.retire_at)
        # The key in reserve is gone as well, so it does not take over.
        self.assertIsNone(self.key_of(two, self.new).active_from)
        self.server.start()


if __name__ == "__main__":
    supervised.main()
