#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""countersign-key compromise while something hinders it: the database, what
somebody wrote there, a file of this host, a clock; each time the key in reserve
signs at once and the record is revoked.  Only a host that was expelled does
nothing.

usage: test_hindered.py BUILD
"""

import json
import os
import struct
import subprocess

import fleetworld
import supervised
from rotationworld import HOUR, LIMIT_S, td
from test_compromise import DOMAIN, CompromiseCase

LEASELESS = "this cannot be done under the lease of the fleet"
FULL = """
CREATE FUNCTION public.full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'disk full' USING ERRCODE = '53100'; END$$;
CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON countersign.{}
FOR EACH ROW EXECUTE FUNCTION public.full_disk();
"""


class HinderedCase(CompromiseCase):
    def change(self):
        return int(self.sql("SELECT change FROM countersign.fleet"))

    def forge(self, selector, number):
        """Whoever has the role of relay2 writes a row that nobody believes."""
        row = fleetworld.change(DOMAIN, selector, 0, number)
        self.sql(f"SELECT countersign.restore_key({row})", "relay2")

    def compromises(self, *args, host=None):
        """It is done by itself, on a host that had the lease."""
        host = host or self.one
        status, out = host.key("compromise", DOMAIN, *args)
        self.assertIn(status, (0, 3), out + host.log())
        self.assertTrue(self.has_ended(host), out + host.log())
        self.assertTrue(self.is_revoked(), out)
        return out


class Json(HinderedCase):
    """One text, whatever is done or not: what it says of the steps."""

    def run_json(self, host, status, *args):
        done = subprocess.run(
            [td.KEY, "-c", host.folder + "/conf", *args, "--json"], text=True,
            capture_output=True, timeout=LIMIT_S, check=False)
        self.assertEqual(done.returncode, status, done.stderr + host.log())
        return json.loads(done.stdout), done.stderr

    def reports(self, host, status, text, *args, domain=DOMAIN):
        """Nothing is done, and why."""
        found, why = self.run_json(host, status, "compromise", domain, *args)
        self.assertEqual([(one["domain"], one["steps"]) for one in found],
                         [(domain, [])])
        self.assertIn(text, why)

    def steps(self, host, *args):
        found, _ = self.run_json(host, 3, "compromise", DOMAIN, *args)
        self.assertEqual([one["domain"] for one in found], [DOMAIN])
        return {(step["selector"], step["step"])
                for step in found[0]["steps"]}

    def test_leaseless(self):
        two = self.two
        self.sql("SELECT countersign.take_lease(900)", "relay1")
        self.reports(two, 1, "no key none", "none")
        self.reports(two, 1, "no keys for none.example",
                     domain="none.example")
        # The one that signs goes on, for want of a reserve.
        self.assertEqual(self.steps(two, "--all"), {(self.new, "revoke")})

    def test_done(self):
        """The same with the lease and without it."""
        self.compromises()
        for _ in range(2):
            self.reports(self.one, 3, "nothing to do, already done: key "
                         f"{self.new} took over from {self.old}")
            self.sql("SELECT countersign.take_lease(900)", "relay2")

    def test_no_mark(self):
        """There is no daemon, and nothing can be noted."""
        two = self.two
        two.stop()
        with open(two.keydir + "/.fleet/pending", "w",
                  encoding="ascii") as file:
            file.write("garbage\n")
        self.reports(two, 1, "nothing was marked")

    def test_rotate(self):
        """The lease cannot be taken."""
        self.server.stop()
        self.two.await_database("away")
        for args in ((), (DOMAIN,)):
            found, _ = self.run_json(self.two, 1, "rotate", *args)
            self.assertEqual(found, [])


class Database(HinderedCase):
    def test_forged_row(self):
        """In the place of the key that is compromised."""
        self.forge(self.old, self.change() + 1000)
        self.polls(self.one)
        out = self.compromises()
        self.assertIn("rows of the domain that this host has not taken", out)
        self.assertIn(LEASELESS, out)
        self.assertIn("the database does not have the mark", out)
        # Again: the new keys stay.
        self.assertIn("nothing to change", self.compromises())

    def test_forged_row_json(self):
        """One JSON text, whatever was tried before."""
        self.forge("evil", self.change() + 1)
        self.polls(self.one)
        done = subprocess.run(
            [td.KEY, "-c", self.one.folder + "/conf", "compromise", DOMAIN,
             "--json", self.old], text=True, capture_output=True,
            timeout=LIMIT_S, check=False)
        self.assertIn(done.returncode, (0, 3), done.stderr)
        steps = json.loads(done.stdout)[0]["steps"]
        self.assertIn((self.old, "revoke", "done"),
                      [(step["selector"], step["step"], step["result"])
                       for step in steps])
        self.assertTrue(self.has_ended(self.one), done.stderr)
        self.assertTrue(self.is_revoked())

    def test_unknown_elsewhere(self):
        """No other host hears of the mark of a key that has no record."""
        self.assertEqual(self.one.key("generate", "a.example")[0], 0)
        selector = self.agree("a.example")[0].selector
        row = fleetworld.change("a.example", selector, 0, self.change() + 9)
        self.sql(f"SELECT countersign.restore_key({row})", "relay2")
        self.polls(self.one)
        status, out = self.one.key("compromise", "a.example", selector)
        self.assertIn("the database does not have the mark", out)
        self.assertEqual(status, 3, out)

    def test_next_number_taken(self):
        self.sql("INSERT INTO countersign.key (domain, selector, change, "
                 "octets, signature) VALUES ('z.example', 's', "
                 f"{self.change() + 1}, 'text', {fleetworld.SIGNATURE})")
        self.assertIn(LEASELESS, self.compromises())

    def test_number_raised(self):
        self.sql("UPDATE countersign.fleet SET change = 1::bigint << 61")
        self.assertIn("somebody has raised it", self.compromises())

    def test_keys_cannot_be_written(self):
        self.server.script(FULL.format("key"), database=self.database)
        self.assertIn("disk full", self.compromises())

    def test_intents_cannot_be_noted(self):
        """Under the lease the reserve signs, but no record can be revoked."""
        self.server.script(FULL.format("intent"), database=self.database)
        out = self.compromises()
        self.assertIn("disk full", out)
        self.assertNotIn("EXPOSED", out)
        # The fleet has all of it.
        self.wait_for(lambda: self.has_ended(self.two), self.two.log)

    def test_new_keys_stay(self):
        """Those that were made under the lease are not compromised, too."""
        self.server.script(FULL.format("intent"), database=self.database)
        status, out = self.one.key("compromise", DOMAIN, "--all")
        self.assertEqual(status, 3, out)
        self.assertIn(f"the exposed key {self.old} STILL SIGNS", out)
        keys = self.one.keys(DOMAIN)
        self.assertEqual({key.selector for key in keys if key.compromised},
                         {self.old, self.new})
        self.assertGreater(len(keys), 2, out)
        self.assertTrue(self.is_revoked(self.new), out)

    def test_killed_between(self):
        """The rows have the mark, and no end; then the database is away."""
        one = self.one
        one.key("compromise", DOMAIN, SKEW_KILL="countersign-key:state+1")
        self.polls(one)
        old = self.key_of(one, self.old)
        self.assertEqual((old.compromised, old.retire_at), ("yes", None))
        self.server.stop()
        one.await_database("away")
        self.compromises()
        self.server.start()
        self.wait_for(lambda: self.has_ended(self.two), self.two.log)
        self.agree(DOMAIN)
        self.no_alarms()


class Host(HinderedCase):
    def test_rows_damaged(self):
        """The rows that this host keeps cannot be read."""
        with open(f"{self.one.keydir}/{DOMAIN}/fleet", "r+b") as file:
            file.truncate(100)
        self.compromises()

    def test_reserve(self):
        """A key in reserve is revoked without the lease, too."""
        self.server.stop()
        self.one.await_database("away")
        status, out = self.one.key("compromise", DOMAIN, self.new)
        self.assertIn(status, (0, 3), out)
        self.assertTrue(self.is_revoked(self.new), out)
        self.assertFalse(self.is_revoked(), out)
        self.server.start()
        self.wait_for(lambda: self.key_of(self.two, self.new).compromised,
                      self.two.log)

    def test_rows_lost(self):
        """The rows are lost, and the database is away."""
        self.server.stop()
        self.one.await_database("away")
        os.unlink(f"{self.one.keydir}/{DOMAIN}/fleet")
        self.compromises()
        self.server.start()

    def test_marks_lost(self):
        """countersign-fleet does not know how far it saw the fleet."""
        one = self.one
        one.stop()
        os.unlink(one.keydir + "/.fleet/marks")
        one.start()
        out = self.compromises()
        self.assertIn("this host has lost .fleet/marks", out)

    def dies(self, host, *args):
        """The daemon has the first mark on disk, and does not answer."""
        self.sql("SELECT countersign.take_lease(900)", "relay1")
        host.stop()
        os.environ["SKEW_KILL"] = "countersign-fleet:marked+0"
        host.start()
        del os.environ["SKEW_KILL"]
        host.await_database("used")
        status, out = host.key("compromise", DOMAIN, *args)
        self.assertNotEqual(host.process.wait(LIMIT_S), 0)
        self.assertEqual(status, 1, out)
        self.assertIn(f" of {DOMAIN}: countersign-fleet: closed the "
                      "connection", out)
        return out

    def test_no_answer(self):
        """The key is marked, so it is revoked."""
        out = self.dies(self.two)
        self.assertTrue(self.has_ended(self.two), out)
        self.assertTrue(self.is_revoked(), out)

    def test_no_answer_of_several(self):
        """It says which of them was not marked; that one signs."""
        out = self.dies(self.two, "--all")
        self.assertIn(f"{self.old} of {DOMAIN}: not marked: run this command "
                      "again", out)
        self.assertTrue(self.is_revoked(self.new), out)
        self.assertFalse(self.is_revoked(), out)
        status, out = self.two.key("compromise", DOMAIN, "--all")
        self.assertEqual(status, 3, out)
        self.assertEqual(self.key_of(self.two, self.old).compromised, "yes")

    def test_locked(self):
        """Another process has the domain, and not the lease: it is marked."""
        holder = subprocess.Popen(
            ["flock", f"{self.one.keydir}/{DOMAIN}/.lock", "sh", "-c",
             "echo; read x"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        holder.stdout.readline()
        status, out = self.one.key("-w", "1", "compromise", DOMAIN)
        holder.communicate(timeout=LIMIT_S)
        self.assertEqual(status, 1, out)
        self.assertIn(f"{self.old}: marked as compromised: ", out)
        # As soon as it is free, and without the command.
        self.wait_for(lambda: self.has_ended(self.one), self.one.log)


class Clock(HinderedCase):
    def skew(self, host, seconds):
        """The clock of a host is wrong; the environment of its commands."""
        path = f"{self.common}/clock.{host.name}"
        with open(path, "wb") as file:
            file.write(struct.pack("=q", self.clock.ahead + seconds))
        os.chmod(path, 0o644)
        host.stop()
        right = os.environ["SKEW_FILE"]
        os.environ["SKEW_FILE"] = path
        host.start()
        os.environ["SKEW_FILE"] = right
        return {"SKEW_FILE": path}

    def end_of(self, host):
        """Seconds until the key ends there, by the clock of the database."""
        return int(self.sql("SELECT extract(epoch FROM timestamptz "
                            f"'{self.key_of(host, self.old).retire_at}' - "
                            "clock_timestamp())::bigint"))

    def test_ahead(self):
        """Other hosts do not sign until its clock says that the key ends."""
        one, two = self.one, self.two
        env = self.skew(two, 2 * HOUR)
        status, out = two.key("compromise", DOMAIN, **env)
        self.assertIn(status, (0, 3), out + two.log())
        self.assertTrue(self.is_revoked(), out)
        self.wait_for(lambda: self.has_ended(one), one.log)
        self.assertLessEqual(self.end_of(one), 0)
        self.wait_for(lambda: self.end_of(two) <= 0, two.log)

    def test_ahead_without_daemon(self):
        one, two = self.one, self.two
        env = self.skew(two, 2 * HOUR)
        two.stop()
        status, out = two.key("compromise", DOMAIN, **env)
        self.assertEqual(status, 3, out)
        self.assertTrue(self.is_revoked(), out)
        # Its clock is right again.
        two.start()
        self.wait_for(lambda: self.has_ended(one), one.log)
        self.assertLessEqual(self.end_of(one), 0)
        self.wait_for(lambda: self.end_of(two) <= 0, two.log)

    def test_behind(self):
        """A host whose clock is behind sees in DNS that the key is revoked,
        also if it has the mark."""
        one, two = self.one, self.two
        self.sql("SELECT countersign.take_lease(900)", "relay1")
        env = self.skew(one, -2 * HOUR)
        self.assertEqual(one.key("fleet", "watch", **env)[0], 0)
        status, out = two.key("compromise", DOMAIN)
        self.assertIn(status, (0, 3), out + two.log())
        self.assertTrue(self.is_revoked(), out)
        self.wait_for(lambda: self.has_ended(one), one.log)
        end = self.key_of(one, self.old).retire_at
        env = self.skew(one, -HOUR)
        status, out = one.key("fleet", "watch", **env)
        self.assertEqual(status, 0, out)
        self.assertIn(f"{self.old}: DNS shows that it is revoked", out)
        self.assertLess(self.key_of(one, self.old).retire_at, end)
        self.assertEqual(self.key_of(one, self.new).active_from,
                         self.key_of(one, self.old).retire_at)


class Expelled(HinderedCase):
    def expel(self):
        status, out = self.one.key("fleet", "expel", "relay2")
        self.assertEqual(status, 0, out + self.one.log())

    def refuses(self, host):
        status, out = host.key("compromise", DOMAIN)
        self.assertEqual(status, 1, out)
        self.assertIn("this host was expelled from the fleet", out)
        self.assertFalse(self.has_ended(host))
        self.assertFalse(self.is_revoked(), self.record())

    def test_refused(self):
        """The record stays, with which the others sign."""
        self.expel()
        self.polls(self.two)
        self.refuses(self.two)
        self.two.stop()
        self.refuses(self.two)
        self.compromises()

    def test_marked_before(self):
        """It says that no other host has heard of its mark."""
        one, two = self.one, self.two
        self.server.stop()
        two.await_database("away")
        self.compromises(host=two)
        two.stop()
        self.server.start()
        one.await_database("used")
        self.expel()
        two.start()
        two.await_line("fleet-row-ignored")
        self.assertIn("the host was expelled before it could write that",
                      two.log())


if __name__ == "__main__":
    supervised.main()
