#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""countersign-key fleet watch on a host whose countersign-fleet does not run,
hangs, or has lost .fleet/marks: what DNS shows ends its keys nevertheless.

usage: test_watch.py BUILD
"""

import ctypes
import os
import signal
import socket
import struct
import subprocess
import time

import supervised
import test_compromise as tc
from test_compromise import DOMAIN, URGENT_S, td

MOVED_TO = 0x80         # IN_MOVED_TO of <sys/inotify.h>
NO_DAEMON = "countersign-fleet: it does not run: "


class Replaced:
    """The names of files that were put in place of others in a folder."""

    def __init__(self, folder):
        libc = ctypes.CDLL(None, use_errno=True)
        self.fd = libc.inotify_init1(os.O_NONBLOCK)
        if self.fd == -1 or libc.inotify_add_watch(
                self.fd, folder.encode(), MOVED_TO) == -1:
            raise OSError(ctypes.get_errno(), folder)

    def close(self):
        os.close(self.fd)

    def names(self):
        """Those since the last call."""
        found = []
        try:
            text = os.read(self.fd, 65536)
        except BlockingIOError:
            text = b""
        while text:
            _, _, _, size = struct.unpack("=iIII", text[:16])
            found.append(text[16:16 + size].rstrip(b"\0").decode())
            text = text[16 + size:]
        return found


class Watch(tc.CompromiseCase):
    def watch(self, host, status=0):
        """A minute later: what it prints."""
        self.clock.move(60)
        done, out = host.key("fleet", "watch")
        self.assertEqual(done, status, out + host.log())
        return out

    def pending(self, host):
        try:
            with open(host.keydir + "/.fleet/pending",
                      encoding="ascii") as file:
                return [line.split(" ")[:3] for line in file][1:]
        except FileNotFoundError:
            return []

    def here(self, *selectors):
        return [["here", DOMAIN, selector] for selector in sorted(selectors)]

    def log_of(self, host):
        with open(f"{host.keydir}/{DOMAIN}/log", encoding="ascii") as file:
            return file.read()

    def test_stopped(self):
        one, two = self.hosts
        before = two.state(DOMAIN)
        two.stop()
        out = self.watch(two)
        self.assertIn(NO_DAEMON, out)
        self.assertNotIn("DNS shows", out)
        self.assertEqual(two.state(DOMAIN), before)
        self.revoke_in_dns(self.old)
        out = self.watch(two)
        self.assertIn(NO_DAEMON, out)
        self.assertIn(f"{self.old}: DNS shows that it is revoked", out)
        self.assertTrue(self.has_ended(two), two.state(DOMAIN))
        self.assertEqual(self.pending(two), self.here(self.old))
        self.assertIn(f" {self.old} compromise: DNS shows", self.log_of(two))
        # Again: nothing more happens.
        ended = two.state(DOMAIN)
        self.assertNotIn("DNS shows", self.watch(two))
        self.assertEqual(two.state(DOMAIN), ended)
        # The zone was wrong.
        self.publish_in_dns(self.old)
        out = self.watch(two)
        self.assertIn(f"{self.old}: DNS shows it again", out)
        self.assertEqual(two.state(DOMAIN), before)
        self.assertEqual(self.pending(two), [])
        self.assertIn(f" {self.old} seen: DNS shows it again",
                      self.log_of(two))
        # As without a database, a record that is gone counts.
        records = self.zone.folder + "/records"
        with open(records, encoding="ascii") as file:
            text = file.read()
        self.zone.clear()
        self.watch(two)
        self.assertIsNotNone(self.key_of(two, self.old).retire_at)
        self.assertIsNone(self.key_of(two, self.new).active_from)
        self.assertEqual(self.pending(two), self.here(self.old, self.new))
        # The daemon knows of both when it runs again, and takes them back.
        ended = two.state(DOMAIN)
        with open(records, "w", encoding="ascii") as file:
            file.write(text)
        two.start()
        two.await_database("used")
        self.polls(two)
        self.assertEqual(two.state(DOMAIN), ended)
        self.clock.move(3600)
        out = self.watch(two)
        self.assertNotIn(NO_DAEMON, out)
        self.assertEqual(self.pending(two), [])
        self.assertEqual(self.agree(DOMAIN)[0].compromised, None)
        self.assertEqual(two.state(DOMAIN), before)
        self.assertFalse(self.has_ended(one))
        self.no_alarms()

    def test_locked(self):
        """The state cannot be changed at once: the next run does it."""
        two = self.two
        two.stop()
        self.revoke_in_dns(self.old)
        lock = os.open(f"{two.keydir}/{DOMAIN}/.lock", os.O_RDWR)
        tc.fcntl.flock(lock, tc.fcntl.LOCK_EX)
        self.clock.move(60)
        status, out = two.key("-w", "0", "fleet", "watch")
        os.close(lock)
        self.assertEqual(status, 1, out)
        self.assertIn("locked by ", out)
        self.assertFalse(self.has_ended(two))
        self.watch(two)
        self.assertTrue(self.has_ended(two), two.state(DOMAIN))

    def test_started_meanwhile(self):
        """It begins to run while DNS is asked, and then ends the key."""
        two = self.two
        two.stop()
        self.revoke_in_dns(self.old)
        self.clock.move(60)
        self.zone.process.send_signal(signal.SIGSTOP)
        with subprocess.Popen(
                [td.KEY, "-c", two.folder + "/conf", "fleet", "watch"],
                text=True, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT) as watch:
            line = watch.stdout.readline()
            self.assertIn(NO_DAEMON, line)
            two.start()
            self.zone.process.send_signal(signal.SIGCONT)
            out = watch.communicate(timeout=td.LIMIT_S)[0]
        self.assertEqual(watch.returncode, 0, out)
        self.assertIn(f"{self.old}: DNS shows that it is revoked", out)
        self.assertTrue(self.has_ended(two), two.state(DOMAIN))
        two.await_line("fleet-marked")

    def note(self, host, text):
        """What a run left in .fleet/watched, whose owner stays."""
        with open(host.keydir + "/.fleet/watched", "r+",
                  encoding="ascii") as file:
            file.truncate()
            file.write(text)

    def test_goes_on(self):
        """A round that was not through is continued, and then begun again."""
        two = self.two
        self.assertEqual(self.watch(two), "")
        self.revoke_in_dns(self.old)
        begun = int(self.watched(two))
        # Only domains behind it are left.
        self.note(two, f"{begun}\nnext example.org\n")
        self.assertEqual(self.watch(two), "")
        self.assertFalse(self.has_ended(two))
        self.assertEqual(self.watched(two), f"{begun}\n")
        # No round is due, but one is left.
        self.assertEqual(self.watch(two), "")
        self.note(two, f"{begun}\nnext {DOMAIN}\n")
        self.assertIn("DNS shows that it is revoked", self.watch(two))
        self.assertTrue(self.has_ended(two), two.log())
        self.assertEqual(self.watched(two), f"{begun}\n")
        # What is damaged means that all are due.
        self.publish_in_dns(self.old)
        self.note(two, f"x{begun}\nnext example.org\n")
        self.assertIn("DNS shows it again", self.watch(two))

    def add(self, *names):
        """More domains, until their keys sign: the keys that sign in all."""
        for name in names:
            self.assertIn(self.hosts[0].key("add", name)[0], (0, 3))
        for _ in range(12):
            self.advance(12 * tc.HOUR)
            self.hosts[0].key("rotate", "--no-progress")
            if all(any(key.active_from for key in self.agree(name))
                   for name in names):
                break
        old = {name: [key.selector for key in self.two.keys(name)
                      if key.active_from and not key.retire_at]
               for name in (DOMAIN, *names)}
        self.assertTrue(all(old.values()), old)
        return old

    def start_watch(self, host):
        """A minute later, it is about to ask, without the daemon."""
        self.clock.move(60)
        watch = subprocess.Popen(
            [td.KEY, "-c", host.folder + "/conf", "fleet", "watch"],
            text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.addCleanup(watch.wait)
        self.addCleanup(watch.stdout.close)
        self.addCleanup(watch.kill)
        self.assertIn(NO_DAEMON, watch.stdout.readline())
        return watch

    def mute(self, *names):
        """No query for these domains is answered."""
        path = self.zone.folder + "/mute"
        with open(path + ".new", "w", encoding="ascii") as file:
            file.write("\n".join(names))
        os.rename(path + ".new", path)

    def asked(self):
        with open(self.zone.folder + "/asked", encoding="ascii") as file:
            return file.read().split()

    def await_question(self, domain):
        self.wait_for(lambda: any(name.endswith("." + domain)
                                  for name in self.asked()), self.asked)

    def listen(self):
        """From now on, what DNS is asked is noted."""
        with open(self.zone.folder + "/asked", "w", encoding="ascii"):
            pass

    def forget_manners(self):
        for name in ("asked", "mute"):
            os.unlink(f"{self.zone.folder}/{name}")

    def test_killed(self):
        """The next run goes on where the noted place is, and no domain is
        left out: what was found before has ended, and the rest is asked."""
        two, first, last = self.two, "a.example", "z.example"
        old = self.add(first, last)
        two.stop()
        self.watch(two)
        begun = self.watched(two)
        self.zone.clear()
        self.listen()
        self.mute(first)
        self.addCleanup(self.forget_manners)

        def have_ended(*names):
            return [name for name in names if all(
                key.retire_at for key in two.keys(name)
                if key.selector in old[name])]
        watch = self.start_watch(two)
        # All are looked at, though there is no answer for the first one.
        self.await_question(first)
        self.await_question(last)
        watch.kill()
        self.assertEqual(watch.wait(), -signal.SIGKILL)
        self.assertEqual(self.watched(two), begun)
        self.assertEqual(have_ended(first, DOMAIN, last), [])
        # Killed in the third domain, a minute after the last note.
        self.listen()
        self.mute(DOMAIN, last)
        watch = self.start_watch(two)
        self.await_question(DOMAIN)
        self.wait_for(lambda: have_ended(first), two.log)
        self.clock.move(60)
        self.mute(last)
        self.await_question(last)
        self.wait_for(lambda: "next" in self.watched(two), two.log)
        watch.kill()
        self.assertEqual(watch.wait(), -signal.SIGKILL)
        begun, place = self.watched(two).splitlines()
        self.assertEqual(place, "next " + last)
        self.assertEqual(have_ended(first, DOMAIN, last), [first, DOMAIN])
        # The next run has the rest of that round, and no more.
        self.mute()
        self.listen()
        self.watch(two)
        self.assertEqual(have_ended(last), [last])
        self.assertEqual(self.watched(two), begun + "\n")
        self.assertEqual([name for name in self.asked()
                          if not name.endswith(last)], [])
        # And then the next round has all.
        self.listen()
        self.watch(two)
        for name in old:
            self.await_question(name)

    def revoke_all(self):
        """All records have an empty p=; what they had before."""
        path = self.zone.folder + "/records"
        with open(path, encoding="ascii") as file:
            text = file.read()
        with open(path, "w", encoding="ascii") as file:
            for line in text.splitlines():
                file.write(line.partition("\t")[0] + "\tv=DKIM1; p=\n")
        return text

    def test_together(self):
        """Requests that are sent at once are answered in their order, and one
        that is refused, or misunderstood, does not hinder those before."""
        two = self.two
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(td.LIMIT_S)
            sock.connect(two.keydir + "/.fleet/socket")
            sock.sendall("".join(line + "\n" for line in (
                "hello 2", f"revoked {DOMAIN} none", "revoked a.example s",
                f"revoked {DOMAIN} {self.old}", "shown a.example s",
                f"shown {DOMAIN} {self.old}",
                f"revoked {DOMAIN} {self.new}", "what is this"
            )).encode())
            with sock.makefile(encoding="ascii") as answers:
                lines = answers.read().splitlines()
        ended, shown = ["marked no ended on this host", "done"], \
            ["marked no as its rows say", "done"]
        self.assertRegex(lines.pop(0), "^ready relay2 ")
        self.assertEqual(lines, ["refused the fleet has no such key"] * 2 +
                         ended + shown + shown + ended)
        self.assertEqual(self.pending(two), self.here(self.new))
        self.assertEqual(self.key_of(two, self.new).compromised, "yes")
        self.assertIsNone(self.key_of(two, self.old).compromised)
        self.assertIn("line \"what\": unknown", two.log())

    def ask(self, host, *lines):
        """Send requests at once: the answers, in their order."""
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(td.LIMIT_S)
            sock.connect(host.keydir + "/.fleet/socket")
            sock.sendall("".join(line + "\n" for line in (
                "hello 2", *lines)).encode())
            limit, found = time.monotonic() + td.LIMIT_S, []
            with sock.makefile(encoding="ascii") as answers:
                while len(found) < len(lines):
                    text = answers.readline().rstrip("\n")
                    self.assertLess(time.monotonic(), limit, found)
                    self.assertNotEqual(text, "", host.log())
                    if text.startswith(("refused ", "marked ")):
                        found.append(text)
        return found

    def lock(self, host, domain):
        lock = os.open(f"{host.keydir}/{domain}/.lock", os.O_RDWR)
        tc.fcntl.flock(lock, tc.fcntl.LOCK_EX)
        return lock

    def test_together_and_locked(self):
        """The daemon waits for the lock of no domain; it does what is noted
        when the domain is free."""
        two = self.two
        before = two.state(DOMAIN)
        lock = self.lock(two, DOMAIN)
        # Minutes, if it waited each time.
        found = self.ask(two, *[f"revoked {DOMAIN} {self.old}"] * 64)
        self.assertRegex(found[0], f"^refused key {self.old} of {DOMAIN}: "
                         "noted, and ended by countersign-fleet as soon as "
                         "it can change the domain: .*locked by ")
        self.assertEqual(set(found), {found[0]})
        self.assertEqual(self.pending(two), self.here(self.old))
        self.assertFalse(self.has_ended(two))
        os.close(lock)
        self.wait_for(lambda: self.has_ended(two), two.log)
        ended = two.state(DOMAIN)
        # The same in the other direction: it is not forgotten.
        lock = self.lock(two, DOMAIN)
        found = self.ask(two, f"shown {DOMAIN} {self.old}")
        self.assertRegex(found[0], f"^refused key {self.old} of {DOMAIN}: "
                         "still ended on this host, and tried again by the "
                         "next run: .*locked by ")
        os.close(lock)
        self.assertEqual(self.pending(two), self.here(self.old))
        self.assertEqual(two.state(DOMAIN), ended)
        self.assertEqual(self.ask(two, f"shown {DOMAIN} {self.old}"),
                         ["marked no as its rows say"])
        self.assertEqual(self.pending(two), [])
        self.assertEqual(two.state(DOMAIN), before)
        self.no_alarms()

    def test_killed_daemon(self):
        """It is killed when it has kept the keys of a domain, and answered
        nothing: the rest is done without it."""
        two, first, last = self.two, "a.example", "z.example"
        old = self.add(first, last)
        self.revoke_all()
        two.stop()
        os.environ["SKEW_KILL"] = "countersign-fleet:marked+0"
        two.start()
        del os.environ["SKEW_KILL"]
        two.await_database("used")
        self.clock.move(tc.HOUR)
        out = self.watch(two)
        self.assertNotIn(NO_DAEMON, out)
        self.assertNotEqual(two.process.wait(td.LIMIT_S), 0)
        ended = {name: two.state(name) for name in old}
        for name, selectors in old.items():
            for key in two.keys(name):
                if key.selector in selectors:
                    self.assertEqual(key.compromised, "yes", out)
                    self.assertIsNotNone(key.retire_at)
        pending = self.pending(two)
        self.assertEqual({line[1] for line in pending}, set(old))
        two.start()
        two.await_database("used")
        self.polls(two)
        self.assertEqual(self.pending(two), pending)
        self.assertEqual({name: two.state(name) for name in old}, ended)
        self.no_alarms()

    def test_many(self):
        """The daemon keeps many keys at once, and so it takes them back."""
        two = self.two
        names = [f"{letter}.example" for letter in "abcd"]
        old = self.add(*names)
        text = self.revoke_all()
        before = {name: two.state(name) for name in old}
        replaced = Replaced(two.keydir + "/.fleet")
        self.addCleanup(replaced.close)
        self.clock.move(tc.HOUR)
        out = self.watch(two)
        self.assertNotIn(NO_DAEMON, out)
        ended = [line[1:] for line in self.pending(two)]
        self.assertEqual({domain for domain, _ in ended}, set(old))
        for domain, selector in ended:
            self.assertIn(f"{domain}: {selector}: DNS shows that it is "
                          "revoked", out)
        self.assertGreater(len(ended), 6)
        for name, selectors in old.items():
            for key in two.keys(name):
                if key.selector in selectors:
                    self.assertEqual(key.compromised, "yes")
                    self.assertIsNotNone(key.retire_at)
        # The first domain at once, and the others together.
        self.assertLessEqual(replaced.names().count("pending"), 2)
        with open(self.zone.folder + "/records", "w",
                  encoding="ascii") as file:
            file.write(text)
        self.clock.move(tc.HOUR)
        out = self.watch(two)
        self.assertEqual(out.count("DNS shows it again"), len(ended), out)
        self.assertEqual(self.pending(two), [])
        self.assertLessEqual(replaced.names().count("pending"), 2)
        self.assertEqual({name: two.state(name) for name in old}, before)
        self.no_alarms()

    def test_long(self):
        """The time is over after the first domain: the next run has others."""
        two, first = self.two, "a.example"
        old = self.add(first)
        with open(two.folder + "/conf", encoding="ascii") as file:
            text = file.read()
        with open(two.folder + "/conf", "w", encoding="ascii") as file:
            file.write(text.replace("rotation {", "rotation {\n"
                                    "    parallel = 1"))
        two.stop()
        self.zone.clear()
        self.zone.process.send_signal(signal.SIGSTOP)
        watch = self.start_watch(two)
        self.clock.move(3000)
        self.zone.process.send_signal(signal.SIGCONT)
        self.assertEqual(watch.wait(td.LIMIT_S), 0)
        lines = self.watched(two).splitlines()
        self.assertEqual(lines[1:], [f"next {DOMAIN}"])

        def have_ended(name):
            return all(key.retire_at for key in two.keys(name)
                       if key.selector in old[name])
        self.assertFalse(have_ended(DOMAIN))
        had = have_ended(first)
        self.watch(two)
        self.assertTrue(have_ended(DOMAIN), two.state(DOMAIN))
        self.assertEqual(have_ended(first), had)
        self.assertEqual(self.watched(two).splitlines(), lines[:1])
        self.watch(two)
        self.assertTrue(have_ended(first), two.state(first))

    def test_hangs(self):
        """Nothing can be written: it says what to do, which helps."""
        two = self.two
        self.lose_kek(two, ends=False)
        self.revoke_in_dns(self.old)
        two.process.send_signal(signal.SIGSTOP)
        begun = time.monotonic()
        out = self.watch(two, status=1)
        self.assertLess(time.monotonic() - begun, 3 * URGENT_S, out)
        self.assertIn("no answer in time", out)
        self.assertIn("if it goes on, stop countersign-fleet", out)
        self.assertFalse(self.has_ended(two))
        two.stop()
        # It does not start, either.
        os.rename(self.kek, self.kek + ".away")
        self.assertEqual(two.spawn().wait(td.LIMIT_S), 78, two.log())
        self.assertIn(NO_DAEMON, self.watch(two))
        self.assertTrue(self.has_ended(two), two.state(DOMAIN))
        os.rename(self.kek + ".away", self.kek)

    def test_lost_marks(self):
        """It runs, and is in no fleet: it ends keys, and marks none."""
        one, two = self.hosts
        listed = one.list()
        before = two.state(DOMAIN)
        two.stop()
        os.unlink(two.keydir + "/.fleet/marks")
        two.start()
        self.revoke_in_dns(self.old)
        out = self.watch(two)
        self.assertIn(f"{self.old}: DNS shows that it is revoked", out)
        self.assertTrue(self.has_ended(two), two.log())
        self.assertEqual(self.pending(two), self.here(self.old))
        self.publish_in_dns(self.old)
        self.assertIn("DNS shows it again", self.watch(two))
        self.assertEqual(two.state(DOMAIN), before)
        self.revoke_in_dns(self.old)
        self.watch(two)
        ended = two.state(DOMAIN)
        self.assertNotEqual(ended, before)
        # When it has entered again, it knows that the key has ended.
        status, out, err = two.ask("init", "--members", listed["members"],
                                   "--change", str(listed["change"]))
        self.assertEqual(status, 0, out + err + two.log())
        self.polls(two)
        self.assertEqual(two.state(DOMAIN), ended)


if __name__ == "__main__":
    supervised.main()
