#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""The database loses what it said that it has: the host that wrote it knows,
whether it has looked at the database since or not.

usage: test_lost.py BUILD
"""

import threading

import fleetworld as fw
import losing
import supervised
from rotationworld import RotationCase

HOLD_S = 910


class Lost(RotationCase):
    """After an asynchronous failover, or a restored backup."""

    def generate(self, host, domain, want=0):
        status, out = host.key("generate", domain)
        self.assertEqual(status, want, out + host.log())
        return out

    def number(self):
        return int(self.sql("SELECT change FROM countersign.fleet"))

    def marked(self, host):
        """The change number that a host has on disk."""
        with open(host.keydir + "/.fleet/marks", encoding="ascii") as file:
            return int(file.read().split("\nchange ")[1].split("\n")[0])

    def begin(self):
        one, two = self.hosts
        self.generate(one, "d.example")
        self.agree("d.example")
        for host in self.hosts:
            self.polls(host)
        fw.back_up(self.sql)
        two.stop()

    def written_back(self, *domains):
        """From the hosts, in this order."""
        for host in self.hosts:
            self.assertEqual(host.ask("restore")[::2], (0, ""), host.log())
        for host in self.hosts:
            host.await_database("used")
        self.advance(HOLD_S)
        self.generate(self.hosts[0], "f.example")
        for domain in (*domains, "f.example"):
            self.agree(domain)
        rows = self.sql("SELECT domain FROM countersign.key ORDER BY change")
        self.assertEqual(rows.split("\n"), [*domains, "f.example"])

    def test_before_the_next_look(self):
        one, two = self.hosts
        self.begin()
        number = self.number() + 1
        self.generate(one, "e.example")
        self.assertEqual(self.marked(one), number)
        fw.restore_backup(self.sql)
        self.generate(one, "f.example", want=1)
        one.await_database("refused")
        two.start()
        two.await_database("used")
        self.written_back("d.example", "e.example")

    def test_killed(self):
        """The host has no other word of the change than its own files."""
        one, two = self.hosts
        self.begin()
        number = self.number() + 1
        self.generate(one, "e.example")
        one.stop()
        self.assertEqual(self.marked(one), number)
        fw.restore_backup(self.sql)
        one.start()
        one.await_database("refused")
        two.start()
        self.written_back("d.example", "e.example")

    def test_taken_before_the_marks(self):
        """A mirror that was killed after it took a row, and before it noted
        the number."""
        one, two = self.hosts
        self.begin()
        path = two.keydir + "/.fleet/marks"
        with open(path, encoding="ascii") as file:
            marks = file.read()
        two.start()
        self.generate(one, "e.example")
        self.agree("e.example")
        for host in self.hosts:
            self.polls(host)
            host.stop()
        with open(path, "w", encoding="ascii") as file:
            file.write(marks)
        fw.restore_backup(self.sql)
        two.start()
        two.await_database("refused")
        one.start()
        self.written_back("d.example", "e.example")

    def change_without_answer(self, host, domain):
        """The connection is lost while the change waits for a lock."""
        done = []
        thread = threading.Thread(
            target=lambda: done.append(host.key("generate", domain)))
        thread.start()
        waiting = ("FROM pg_stat_activity WHERE usename = 'relay1' AND "
                   "wait_event = 'relation'")
        self.wait_for(lambda: self.sql(f"SELECT count(*) {waiting}") == "1",
                      host.log)
        self.sql(f"SELECT pg_terminate_backend(pid) {waiting}")
        thread.join()
        self.assertEqual(done[0][0], 1, done)

    def test_not_made_without_answer(self):
        """A change without an answer is no number that the host has seen."""
        one = self.hosts[0]
        number = self.number()
        self.sql("CREATE TABLE public.lock (i int); CREATE FUNCTION "
                 "public.wait() RETURNS trigger LANGUAGE plpgsql SECURITY "
                 "DEFINER AS $$ BEGIN LOCK TABLE public.lock; RETURN NEW; END "
                 "$$; CREATE TRIGGER wait AFTER INSERT ON countersign.key "
                 "FOR EACH ROW EXECUTE FUNCTION public.wait()")
        session = self.server.session(database=self.database)
        session.sql("BEGIN; LOCK TABLE public.lock")
        self.change_without_answer(one, "d.example")
        session.close()
        self.sql("DROP FUNCTION public.wait() CASCADE")
        # The database is a good one.
        self.assertEqual((self.number(), self.marked(one)), (number, number))
        self.polls(one)
        one.await_database("used")
        self.generate(one, "f.example")
        self.agree("f.example")

    def test_made_without_answer(self):
        """It comes as the row of another host."""
        one, two = self.hosts
        number = self.number()
        between = losing.Losing(self.folder + "/between", self.server.folder)
        one.stop()
        path = one.folder + "/conf"
        with open(path, encoding="ascii") as file:
            text = file.read()
        with open(path, "w", encoding="ascii") as file:
            file.write(text.replace(f"host={self.server.folder} ",
                                    f"host={between.folder} "))
        one.start()
        one.await_database("used")
        between.lose("change_keys(")
        self.generate(one, "e.example", want=1)
        self.assertTrue(between.is_lost.is_set())
        self.assertEqual(self.number(), number + 1)
        self.agree("e.example")
        for host in (one, two):
            self.polls(host)
            self.assertEqual(self.marked(host), number + 1)
            self.assertEqual(host.count("fleet-database-refused"), 0)
        self.generate(one, "f.example")
        self.agree("f.example")
        self.assertEqual(self.number(), number + 2)


if __name__ == "__main__":
    supervised.main()
