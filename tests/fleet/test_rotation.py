#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""countersign-key on several hosts of a fleet: one at a time changes keys and
DNS, under the lease and through the database; the others mirror.

usage: test_rotation.py BUILD
"""

import os
import signal
import subprocess

import fleetworld as fw
import supervised
import test_daemon as td
from rotationworld import (DAY, GRACE_S, HOUR, LEASE_S, LIMIT_S, UPDATE_S,
                           RotationCase)

DOMAIN = "example.com"


class Life(RotationCase):
    nhosts = 3

    def test_whole_life(self):
        """Any host takes the next steps; a key comes to its end."""
        status, out = self.hosts[0].key("add", DOMAIN)
        self.assertIn(status, (0, 3), out + self.hosts[0].log())
        first = self.agree(DOMAIN)
        self.assertEqual(len(first), 2, first)
        self.dns_is_right(DOMAIN)
        seen = set()
        for run in range(120):
            self.advance(12 * HOUR)
            host = self.hosts[run % len(self.hosts)]
            status, out = host.key("rotate", "--no-progress")
            self.assertIn(status, (0, 3), out + host.log())
            keys = self.agree(DOMAIN)
            self.dns_is_right(DOMAIN)
            for key in keys:
                for word in ("published", "verified", "active_from",
                             "retire_at", "revoked", "removed"):
                    if getattr(key, word):
                        seen.add((key.selector, word))
            if keys[0].removed and keys[1].retire_at and not any(
                    keys[0].selector in one.files(DOMAIN)
                    for one in self.hosts):
                break
        else:
            self.fail(f"no key was removed: {self.hosts[0].state(DOMAIN)}")
        self.assertLessEqual({(keys[0].selector, word) for word in (
            "published", "verified", "active_from", "retire_at", "revoked",
            "removed")}, seen)
        # Each host has changed DNS, and has noted how that ended.
        intents = self.intents().splitlines()
        self.assertEqual({line.split()[0] for line in intents},
                         {host.name for host in self.hosts})
        self.assertEqual({line.split()[1] for line in intents}, {"done"})
        self.no_alarms()

    def test_end_of_a_domain(self):
        status, out = self.hosts[0].key("add", DOMAIN)
        self.assertIn(status, (0, 3), out)
        self.agree(DOMAIN)
        status, out = self.hosts[1].key("domain", "remove", DOMAIN, "--force")
        self.assertIn(status, (0, 3), out)
        for run in range(60):
            self.advance(12 * HOUR)
            host = self.hosts[run % len(self.hosts)]
            status, out = host.key("rotate", "--no-progress")
            self.assertIn(status, (0, 3), out)
            self.agree(DOMAIN)
            if not os.path.exists(f"{host.keydir}/{DOMAIN}"):
                break
        for host in self.hosts:
            self.assertTrue(os.listdir(host.keydir + "/.archive"))
        self.assertEqual(self.sql("SELECT selector FROM countersign.key"), "-")
        self.dns_is_right(DOMAIN)
        self.no_alarms()
        # And it begins again.
        status, out = self.hosts[2].key("add", DOMAIN)
        self.assertIn(status, (0, 3), out)
        self.assertEqual(len(self.agree(DOMAIN)), 2)
        self.dns_is_right(DOMAIN)
        self.no_alarms()


class Successor(RotationCase):
    def test_one_at_a_time(self):
        """While a key waits for its second, no other takes its place."""
        first, second = self.hosts
        for words in (("add", DOMAIN), ("generate", DOMAIN)):
            status, out = first.key(*words)
            self.assertIn(status, (0, 3), out)
        for _ in range(8):
            self.advance(12 * HOUR)
            status, out = first.key("rotate", "--no-progress")
            self.assertIn(status, (0, 3), out)
            keys = self.agree(DOMAIN)
            if all(key.verified for key in keys):
                break
        self.assertEqual([bool(key.active_from) for key in keys],
                         [True, False, False])
        self.advance(7 * DAY)
        for host in (first, second):
            status, out = host.key("rotate", "--no-progress")
            self.assertIn(status, (0, 3), out)
            keys = self.agree(DOMAIN)
            begun = [key for key in keys if key.active_from]
            self.assertEqual(len(begun), 2, host.state(DOMAIN))
            self.assertEqual(begun[0].retire_at, begun[1].active_from)
            self.assertIsNone(begun[1].retire_at)


class Lease(RotationCase):
    def test_one_at_a_time(self):
        """While a host rotates, the other leaves the work to it."""
        first, second = self.hosts
        status, out = first.key("add", DOMAIN)
        self.assertIn(status, (0, 3), out)
        self.agree(DOMAIN)
        with open(self.zone.folder + "/manner", "w", encoding="ascii") as file:
            file.write("silent")
        self.clock.move(DAY)
        env = {**os.environ, "SKEW_STOP": "countersign-key:6"}
        stopped = subprocess.Popen(
            [td.KEY, "-c", first.folder + "/conf", "rotate"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env=env)
        os.unlink(self.zone.folder + "/manner")
        try:
            os.waitid(os.P_PID, stopped.pid, os.WSTOPPED | os.WNOWAIT)
            status, out = second.key("rotate", "--no-progress")
            self.assertEqual(status, 0, out)
            self.assertIn("relay1 holds the lease", out)
            status, out = second.key("rotate", "--json")
            self.assertEqual((status, out.splitlines()[-1]), (0, "[]"), out)
            status, out = second.key("rotate", DOMAIN)
            self.assertEqual(status, 3, out)
            status, out = second.key("generate", DOMAIN)
            self.assertEqual(status, 1, out)
            self.assertIn("relay1 is changing the keys", out)
            status, out = first.key("rotate", "--no-progress")
            self.assertEqual(status, 3, out)
        finally:
            stopped.send_signal(signal.SIGCONT)
            text = stopped.communicate(timeout=LIMIT_S)[0]
        self.assertIn(stopped.returncode, (0, 3), text)
        status, out = second.key("rotate", "--no-progress")
        self.assertIn(status, (0, 3), out)
        self.agree(DOMAIN)
        self.no_alarms()

    def test_written_without_the_database(self):
        first = self.hosts[0]
        status, out = first.key("generate", DOMAIN)
        self.assertEqual(status, 0, out)
        self.assertEqual(len(self.agree(DOMAIN)), 1)
        self.server.stop()
        status, out = first.key("generate", "example.org")
        self.assertEqual(status, 1, out)
        self.assertEqual(first.keys("example.org"), [])
        self.assertEqual(first.files("example.org"), set())
        self.server.start()
        self.clock.move(60)
        first.await_database("used")
        status, out = first.key("generate", "example.org")
        self.assertEqual(status, 0, out)
        self.assertEqual(len(self.agree("example.org")), 1)


class Old(RotationCase):
    """What is behind is not written, and changes no DNS."""

    def test_old_state(self):
        first = self.hosts[0]
        path = f"{first.keydir}/{DOMAIN}/state"
        self.assertEqual(first.key("generate", DOMAIN)[0], 0)
        self.agree(DOMAIN)
        with open(path, "rb") as file:
            old = file.read()
        self.assertEqual(first.key("generate", DOMAIN)[0], 0)
        keys = self.agree(DOMAIN)
        self.assertEqual(len(keys), 2)
        self.polls(first)
        change = self.sql("SELECT change FROM countersign.fleet")
        # In place, so that its owner stays.
        with open(path, "r+b") as file:
            file.truncate(0)
            file.write(old)
        status, out = first.key("retire", DOMAIN, keys[0].selector, "--force")
        self.assertEqual(status, 1, out)
        self.assertIn("is not what its rows say", out)
        self.assertEqual(self.sql("SELECT change FROM countersign.fleet"),
                         change)
        # The mirror completes it.
        self.assertEqual(len(self.agree(DOMAIN)), 2)
        status, out = first.key("generate", DOMAIN)
        self.assertEqual(status, 0, out)
        self.assertEqual(len(self.agree(DOMAIN)), 3)

    def test_rows_that_are_not_taken(self):
        """A forged row in a domain: no DNS is changed there."""
        first = self.hosts[0]
        for domain in (DOMAIN, "example.org"):
            self.assertEqual(first.key("generate", domain)[0], 0)
        key = self.agree(DOMAIN)[0]
        other = self.agree("example.org")[0]
        self.sql("INSERT INTO countersign.key (domain, selector, change, "
                 "octets, signature) SELECT 'example.com', 'forged', "
                 "change + 1, 'text', decode(repeat('5a', 64), 'hex') "
                 "FROM countersign.fleet")
        self.sql("UPDATE countersign.fleet SET change = change + 1")
        status, out = first.key("publish", DOMAIN, key.selector)
        self.assertEqual(status, 1, out)
        self.assertIn("rows of the domain that this host has not taken", out)
        self.assertEqual(self.zone.records(), {})
        status, out = first.key("publish", "example.org", other.selector)
        self.assertEqual(status, 0, out)
        self.assertEqual(len(self.zone.records()), 1)

    def test_open_intent(self):
        """An earlier holder has begun a change: what do servers show?"""
        first = self.hosts[0]
        self.assertEqual(first.key("generate", DOMAIN)[0], 0)
        key = self.agree(DOMAIN)[0]
        name = f"{key.selector}._domainkey.{DOMAIN}"
        self.sql("INSERT INTO countersign.intent (token, host, domain, "
                 "selector, record, wanted, seconds, over) VALUES (1, "
                 f"'relay2', '{DOMAIN}', '{key.selector}', '{name}', 'x', 18, "
                 "clock_timestamp())")
        manner = self.zone.folder + "/manner"
        with open(manner, "w", encoding="ascii") as file:
            file.write("servfail")
        status, out = first.key("publish", DOMAIN, key.selector)
        self.assertEqual(status, 1, out)
        self.assertIn("is not settled", out)
        self.assertEqual(self.intents(), "relay2 open")
        os.unlink(manner)
        status, out = first.key("publish", DOMAIN, key.selector)
        self.assertEqual(status, 0, out)
        self.assertEqual(self.intents(), "relay2 settled\nrelay1 done")
        self.assertEqual(list(self.zone.records()), [name])
        self.no_alarms()


class Before(RotationCase):
    """Keys from before the fleet."""

    def test_enter(self):
        late = self.make_host("relay3")
        status, out = late.key("fleet", "enter")
        self.assertEqual(status, 3, out)
        for domain in (DOMAIN, "example.org"):
            self.assertEqual(late.key("generate", domain)[0], 0)
        state = late.state(DOMAIN)
        self.join(late)
        self.polls(late)
        # Until then, they are its own.
        self.assertEqual(self.hosts[0].state(DOMAIN), "")
        status, out = late.key("fleet", "enter")
        self.assertEqual(status, 0, out + late.log())
        self.assertEqual(out, "example.com: 1 key\nexample.org: 1 key\n"
                         "2 domains entered\n")
        for domain in (DOMAIN, "example.org"):
            self.assertEqual(len(self.agree(domain)), 1)
        self.assertEqual(late.state(DOMAIN), state)
        status, out = self.hosts[0].key("fleet", "enter")
        self.assertEqual((status, out), (0, "0 domains entered\n"))
        self.assertEqual(self.hosts[0].key("generate", DOMAIN)[0], 0)
        self.assertEqual(len(self.agree(DOMAIN)), 2)
        self.no_alarms()

    def test_keys_of_its_own(self):
        """They are not destroyed because the fleet has the domain."""
        self.assertEqual(self.hosts[0].key("generate", DOMAIN)[0], 0)
        self.agree(DOMAIN)
        late = self.make_host("relay3")
        self.assertEqual(late.key("generate", DOMAIN, "--selector",
                                  "own")[0], 0)
        state = late.state(DOMAIN)
        self.join(late)
        late.await_line("fleet-row-ignored")
        self.assertIn("keys of its own", late.log())
        self.polls(late, 3)
        self.assertEqual(late.state(DOMAIN), state)
        self.assertEqual(late.files(DOMAIN), {"own"})
        os.rename(f"{late.keydir}/{DOMAIN}", late.folder + "/away")
        self.agree(DOMAIN)


class Hook(RotationCase):
    def test_comes_late(self):
        """A hook of another host brings back what was revoked."""
        self.use_hook()
        first, second = self.hosts
        self.assertEqual(first.key("generate", DOMAIN)[0], 0)
        selector = self.agree(DOMAIN)[0].selector
        name = f"{selector}._domainkey.{DOMAIN}"
        status, out = first.key("publish", DOMAIN, selector)
        self.assertEqual(status, 0, out)
        self.agree(DOMAIN)
        full = self.zone.records()[name]
        status, out = second.key("revoke", DOMAIN, selector, "--force")
        self.assertEqual(status, 0, out)
        self.agree(DOMAIN)
        self.dns_is_right(DOMAIN)
        self.zone.clear()
        self.zone.add(name, full[0])
        self.advance(HOUR)
        status, out = second.key("rotate", "--no-progress")
        self.assertIn("its record was back in DNS", out)
        self.agree(DOMAIN)
        self.dns_is_right(DOMAIN)
        self.advance(HOUR)
        status, out = first.key("rotate", "--no-progress")
        self.assertNotIn("its record was back in DNS", out)
        self.dns_is_right(DOMAIN)
        self.assertEqual({line.split()[1]
                          for line in self.intents().splitlines()}, {"done"})
        self.no_alarms()


class HookWaits(RotationCase):
    """A hook that goes on until the test lets it end."""

    def start(self, host):
        """A command that is in the hook."""
        self.use_hook()
        with open(self.common + "/hook", encoding="ascii") as file:
            text = file.read()
        with open(self.common + "/hook", "w", encoding="ascii") as file:
            file.write(text.replace("records=", f"""
[ -e {self.zone.folder}/quick ] || {{
    : >{self.zone.folder}/begun
    while [ ! -e {self.zone.folder}/quick ]; do sleep 0.1; done
}}
records=""", 1))
        for name in ("begun", "quick"):
            self.addCleanup(self.remove, f"{self.zone.folder}/{name}")
        process = subprocess.Popen(
            [td.KEY, "-c", host.folder + "/conf", "add", DOMAIN],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.wait_for(lambda: os.path.exists(self.zone.folder + "/begun"),
                      host.log)
        return process

    @staticmethod
    def remove(path):
        if os.path.exists(path):
            os.unlink(path)

    def refused(self, host):
        status, out = host.key("generate", "other.example")
        self.assertEqual(status, 1, out)
        self.assertRegex(out, "cannot be used for [0-9]+ s yet: changes of "
                         "DNS that were begun before may go on")

    def end(self):
        """What the hook does at last is what the next holder finds."""
        with open(self.zone.folder + "/quick", "w", encoding="ascii"):
            pass
        self.wait_for(self.zone.records, "no record")

    def go_on(self, host):
        for _ in range(3):
            status, out = host.key("rotate", "--no-progress")
            self.assertIn(status, (0, 3), out + host.log())
            self.advance(2 * HOUR)
        self.agree(DOMAIN)
        self.dns_is_right(DOMAIN)
        self.assertEqual(self.sql("SELECT count(*) FROM countersign.intent "
                                  "WHERE ended IS NULL"), "0")

    def test_killed(self):
        """A command that is killed while its hook runs: others wait for that,
        and no longer."""
        first, second = self.hosts
        process = self.start(first)
        process.kill()
        process.wait(LIMIT_S)
        self.wait_for(lambda: self.sql(
            "SELECT until FROM countersign.lease") == "-infinity", first.log)
        self.refused(second)
        self.clock.move(GRACE_S)
        self.end()
        self.go_on(second)
        self.no_alarms()

    def test_stopped(self):
        """A command that is stopped while its hook runs, until others have
        gone on from what that did: it does nothing more."""
        first, second = self.hosts
        process = self.start(first)
        process.send_signal(signal.SIGSTOP)
        self.end()
        self.clock.move(LEASE_S + GRACE_S)
        # The mirror of the first one waits for the lock that the command has.
        status, out = second.key("rotate", "--no-progress")
        self.assertIn(status, (0, 3), out + second.log())
        keys = second.keys(DOMAIN)
        self.assertEqual([bool(key.published) for key in keys], [True, True])
        before = self.zone.records(), second.state(DOMAIN), self.intents()
        process.send_signal(signal.SIGCONT)
        process.wait(LIMIT_S)
        self.agree(DOMAIN)
        self.assertEqual((self.zone.records(), second.state(DOMAIN),
                          self.intents()), before)
        self.no_alarms()

    def test_forgotten(self):
        """A backup of the database was restored, so it does not know of the
        hook, but waits as if it did."""
        first, second = self.hosts
        fw.back_up(self.sql)
        process = self.start(first)
        self.agree(DOMAIN)
        # Hosts have seen what the backup has not.
        for host in self.hosts:
            self.polls(host)
        fw.restore_backup(self.sql)
        process.kill()
        process.wait(LIMIT_S)
        for host in self.hosts:
            host.await_database("refused")
        for host in (second, first):
            status, out, err = host.ask("restore")
            self.assertEqual((status, err), (0, ""), out + host.log())
            host.await_database("used")
        self.refused(second)
        self.clock.move(LEASE_S + GRACE_S - 60)
        self.refused(second)
        self.end()
        self.clock.move(60)
        self.go_on(second)


class Killed(RotationCase):
    """The holder is killed before it sends for the Nth time."""

    def finish(self, domain, host, wait_s):
        """Another host brings the work to its end, after the lease."""
        self.clock.move(wait_s)
        for one in self.hosts:
            if one.process.poll() is not None:
                self.restart(one)
        for _ in range(3):
            status, out = host.key("add", domain)
            self.assertIn(status, (0, 3), out + host.log())
            status, out = host.key("rotate", "--no-progress")
            self.assertIn(status, (0, 3), out + host.log())
            self.advance(2 * HOUR)
        keys = self.agree(domain)
        self.dns_is_right(domain)
        self.assertEqual(len([key for key in keys if key.published and
                              not key.removed]), 2, self.state_of(domain))
        self.assertEqual(self.sql("SELECT count(*) FROM countersign.intent "
                                  "WHERE ended IS NULL"), "0")

    def state_of(self, domain):
        return "\n".join(host.state(domain) for host in self.hosts)

    def strike(self, program, every):
        first, second = self.hosts
        for number in range(FIRST, 500, every):
            domain = f"n{number}.example.com"
            env = {"SKEW_KILL": f"{program}:{number}"}
            if program == "countersign-key":
                status, out = first.key("add", domain, **env)
                is_struck = status == -signal.SIGKILL
                # The daemon sees that, and the lease is free at once.
                self.wait_for(lambda: self.sql(
                    "SELECT until FROM countersign.lease") == "-infinity",
                              first.log)
                self.assertEqual(self.sql(
                    "SELECT count(*) FROM countersign.intent WHERE ended IS "
                    "NULL AND over > clock_timestamp() + "
                    f"interval '{UPDATE_S} s'"), "0")
                wait_s = UPDATE_S
            else:
                os.environ.update(env)
                try:
                    self.restart(first)
                finally:
                    del os.environ["SKEW_KILL"]
                status, out = first.key("add", domain)
                is_struck = first.was_struck(status in (0, 3))
                self.restart(first)
                wait_s = LEASE_S + UPDATE_S
            self.finish(domain, second, wait_s)
            if not is_struck:
                self.assertGreater(number, 10, out)
                break
        self.no_alarms()

    def test_client(self):
        self.strike("countersign-key", EVERY)

    def test_daemon(self):
        self.strike("countersign-fleet", EVERY)


class Stopped(RotationCase):
    def test_beyond_the_lease(self):
        """Whoever was stopped until the lease ended changes nothing more."""
        first, second = self.hosts
        for number in range(FIRST + 1, 60, EVERY):
            domain = f"s{number}.example.com"
            env = {**os.environ, "SKEW_STOP": f"countersign-key:{number}"}
            stopped = subprocess.Popen(
                [td.KEY, "-c", first.folder + "/conf", "add", domain],
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                env=env)
            info = os.waitid(os.P_PID, stopped.pid,
                             os.WSTOPPED | os.WEXITED | os.WNOWAIT)
            if info.si_code != os.CLD_STOPPED:
                stopped.communicate(timeout=LIMIT_S)
                break
            self.clock.move(LEASE_S + UPDATE_S)
            status, out = second.key("add", domain)
            self.assertIn(status, (0, 3), out + second.log())
            before = self.zone.records()
            stopped.send_signal(signal.SIGCONT)
            text = stopped.communicate(timeout=LIMIT_S)[0]
            self.assertEqual(self.zone.records(), before, text)
            keys = self.agree(domain)
            self.assertEqual(len(keys), 2, text)
            self.dns_is_right(domain)
        self.no_alarms()

    def stop_in_change(self, number, domain):
        """A command that is about to send for that time since its change of DNS
        was noted; None if it has noted how the change ended before."""
        first = self.hosts[0]
        env = {**os.environ, "SKEW_STOP": f"countersign-key:begin+{number}"}
        stopped = subprocess.Popen(
            [td.KEY, "-c", first.folder + "/conf", "add", domain],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env=env)
        os.waitid(os.P_PID, stopped.pid,
                  os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        if self.sql("SELECT count(*) FROM countersign.intent WHERE domain = "
                    f"'{domain}' AND ended IS NULL") == "1":
            return stopped
        stopped.send_signal(signal.SIGCONT)
        stopped.communicate(timeout=LIMIT_S)
        return None

    def test_in_a_change(self):
        """Stopped at each moment of a change until another host has had the
        lease, it changes nothing after that: by the look at the lease, and in
        the end, when the UPDATE is about to be sent, by the time in it."""
        second, nbefore = self.hosts[1], 0
        path = self.zone.folder + "/punctual"
        with open(path, "w", encoding="ascii"):
            pass
        self.addCleanup(os.unlink, path)
        for number in range(1, 20):
            domain = f"c{number}.example.com"
            self.zone.clear()
            stopped = self.stop_in_change(number, domain)
            if stopped is None:
                break
            self.clock.move(LEASE_S + UPDATE_S)
            status, out = second.key("generate", "other.example")
            self.assertEqual(status, 0, out + second.log())
            before = self.zone.records()
            nbefore += not before
            stopped.send_signal(signal.SIGCONT)
            text = stopped.communicate(timeout=LIMIT_S)[0]
            self.assertEqual(self.zone.records(), before, text)
        self.assertTrue(before, "the record was never there")
        self.assertGreaterEqual(nbefore, 2)
        self.agree(domain)
        self.no_alarms()

    def stop_at_forks(self, side, domain, selector):
        """A command whose process group is stopped on that side of a fork, if
        it forks so often."""
        process = subprocess.Popen(
            [td.KEY, "-c", self.hosts[0].folder + "/conf", "publish", domain,
             selector], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, start_new_session=True,
            env={**os.environ, "SKEW_STOP": f"countersign-key:begin/{side}"})
        info = os.waitid(os.P_PID, process.pid,
                         os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        return process, info.si_code == os.CLD_STOPPED

    def before_a_hook(self, knows_batch):
        """Stopped before a hook is started, or in its process before it is
        the hook, until another host has had the lease.  Returns how the hook
        was called if nothing is stopped any more, and how often it was."""
        first, second = self.hosts
        self.use_hook(knows_batch)
        for side in range(1, 20):
            domain = f"h{side}.example.com"
            self.zone.clear()
            self.assertEqual(first.key("generate", domain)[0], 0)
            selector = self.agree(domain)[0].selector
            before = len(self.zone.starts())
            process, is_stopped = self.stop_at_forks(side, domain, selector)
            if is_stopped:
                before = len(self.zone.starts())
                self.clock.move(LEASE_S + GRACE_S)
                status, out = second.key("generate", "other.example")
                self.assertEqual(status, 0, out + second.log())
                os.killpg(process.pid, signal.SIGCONT)
            text = process.communicate(timeout=LIMIT_S)[0]
            after = self.zone.starts()[before:]
            if not is_stopped:
                self.assertEqual(process.returncode, 0, text)
                break
            self.assertIn("the lease was not taken, or was lost", text)
            self.assertEqual(after, [], text)
            self.assertEqual(self.zone.records(), {}, text)
            status, out = second.key("publish", domain, selector)
            self.assertEqual(status, 0, out + second.log())
            self.agree(domain)
            self.dns_is_right(domain)
        self.agree(domain)
        self.dns_is_right(domain)
        self.no_alarms()
        return after, side - 1

    def test_before_a_hook(self):
        self.assertEqual(self.before_a_hook(False), (["batch", "add"], 4))

    def test_before_a_batch(self):
        self.assertEqual(self.before_a_hook(True), (["batch"], 2))


# COUNTERSIGN_EVERY=1 kills at each point; with 5, and COUNTERSIGN_FIRST=1 to 5,
# the same comes in five parts.
EVERY = int(os.environ.get("COUNTERSIGN_EVERY", "29"))
FIRST = int(os.environ.get("COUNTERSIGN_FIRST", "1"))

if __name__ == "__main__":
    supervised.main()
