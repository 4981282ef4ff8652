#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""People are told when a host is without the database for too long, and when
that is over, although rotation does nothing then.

usage: test_notices.py BUILD
"""

import json
import os
import time

import supervised
from rotationworld import DAY, HOUR, RotationCase


class Notices(RotationCase):
    def setUp(self):
        super().setUp()
        hook = self.folder + "/notify"
        os.chmod(self.folder, 0o777)
        for host in self.hosts:
            with open(host.folder + "/conf", encoding="ascii") as file:
                conf = file.read()
            with open(host.folder + "/conf", "w", encoding="ascii") as file:
                file.write(conf.replace(
                    "rotation {",
                    f'rotation {{\n    notify_hook = "{hook}.{host.name}"'))
            with open(f"{hook}.{host.name}", "w", encoding="ascii") as file:
                file.write(f"#!/bin/sh\ncat >>{self.told_file(host)}\n"
                           f"echo >>{self.told_file(host)}\n")
            os.chmod(f"{hook}.{host.name}", 0o755)

    def told_file(self, host):
        return f"{self.folder}/told.{host.name}"

    def told(self, host):
        """The news about the fleet since the last call."""
        try:
            with open(self.told_file(host), encoding="utf-8") as file:
                notices = file.read()
            os.unlink(self.told_file(host))
        except FileNotFoundError:
            return []
        decoder = json.JSONDecoder()
        news = []
        while notices.strip():
            notice, end = decoder.raw_decode(notices.lstrip())
            notices = notices.lstrip()[end:]
            news += [(problem["news"], problem.get("text", ""))
                     for problem in notice["problems"]
                     if problem["trouble"] == "fleet"]
        return news

    def test_late_database(self):
        one, two = self.hosts
        for host in self.hosts:
            status, out = host.key("rotate", "--no-progress")
            self.assertIn(status, (0, 3), out)
            self.assertEqual(self.told(host), [])
        self.server.stop()
        for host in self.hosts:
            host.await_line("fleet-database-away")
            # Not at once: it may be back soon.
            status, out = host.key("rotate", "--no-progress")
            self.assertEqual(status, 1, out)
            self.assertEqual(self.told(host), [])
        self.clock.move(2 * DAY)
        for host in self.hosts:
            host.await_line("fleet-late")
            status, out = host.key("rotate", "--no-progress")
            self.assertEqual(status, 1, out)
            told = self.told(host)
            self.assertEqual([news for news, _ in told], ["new"], told)
            self.assertRegex(told[0][1], r"not used the database of its "
                             r"fleet for 17\d{4} s")
            # Once.
            host.key("rotate", "--no-progress")
            self.assertEqual(self.told(host), [])
        self.assertIn("not used for 17", one.ask("list")[1])
        self.assertGreaterEqual(one.list()["late"], 2 * DAY)
        self.server.start()
        for host in self.hosts:
            nused = host.count("fleet-database-used")
            host.await_line("fleet-database-used", max(nused, 2))
        self.assertNotIn("late", one.list())
        # A contact gets one notice a day.
        self.advance(DAY)
        status, out = one.key("rotate", "--no-progress")
        self.assertIn(status, (0, 3), out)
        self.assertEqual([news for news, _ in self.told(one)], ["ended"])
        # So does a host that leaves the run to another one.
        self.sql("SELECT countersign.take_lease(600)", "relay1")
        status, out = two.key("rotate", "--no-progress")
        self.assertEqual(status, 0, out)
        self.assertIn("relay1 holds the lease", out)
        self.assertEqual([news for news, _ in self.told(two)], ["ended"])


    def test_restart(self):
        """The time goes on over a restart, and so does the trouble."""
        one = self.hosts[0]
        status, out = one.key("rotate", "--no-progress")
        self.assertIn(status, (0, 3), out)
        self.assertEqual(self.told(one), [])
        self.server.stop()
        self.addCleanup(self.server.start)
        one.await_line("fleet-database-away")
        self.clock.move(HOUR - 600)
        self.restart(one)
        one.await_line("fleet-database-away", 2)
        self.assertNotIn("late", one.list())
        self.clock.move(700)
        one.await_line("fleet-late")
        one.key("rotate", "--no-progress")
        self.assertEqual([news for news, _ in self.told(one)], ["new"])
        self.restart(one)
        one.await_line("fleet-late", 2)
        self.assertGreater(one.list()["late"], HOUR)
        one.key("rotate", "--no-progress")
        self.assertEqual(self.told(one), [])

    def test_wrong_clock(self):
        """A time in the future is none; it counts from the start."""
        one = self.hosts[0]
        self.server.stop()
        self.addCleanup(self.server.start)
        one.await_line("fleet-database-away")
        one.stop()
        with open(one.keydir + "/.fleet/database", "r+",
                  encoding="ascii") as file:
            used = int(file.read().split("\nused ")[1])
            self.assertLess(abs(time.time() + self.clock.ahead - used), 300)
            file.seek(0)
            file.write("countersign-fleet-database 1\nserver db\n"
                       f"used {used + 10 * DAY}\n")
            file.truncate()
        one.start()
        one.await_line("fleet-database-away", 2)
        self.assertNotIn("late", one.list())
        self.clock.move(HOUR + 60)
        one.await_line("fleet-late")
        self.assertLess(one.list()["late"], 2 * HOUR)


if __name__ == "__main__":
    supervised.main()
