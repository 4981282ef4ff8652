#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""A key that was compromised, and has ended, signs nowhere again, whatever is
marked or revoked after it: also not if there is no reserve any more.

usage: test_marked_later.py BUILD
"""

import supervised
from test_compromise import DOMAIN, CompromiseCase


class Later(CompromiseCase):
    is_stopped = False

    def compromise(self, host, *args):
        status, out = host.key("compromise", DOMAIN, *args)
        self.assertIn(status, (0, 3), out + host.log())
        return out

    def watch(self, host):
        self.clock.move(60)
        status, out = host.key("fleet", "watch")
        self.assertEqual(status, 0, out + host.log())
        return out

    def without_database(self):
        self.server.stop()
        self.is_stopped = True
        self.addCleanup(self.start_database)
        self.one.await_database("away")

    def start_database(self):
        if self.is_stopped:
            self.server.start()
        self.is_stopped = False

    def end(self, host, selector):
        return self.key_of(host, selector).retire_at

    def database_back(self):
        """All that is marked here comes to the other host as well."""
        self.start_database()
        for host in self.hosts:
            host.await_database("used")
        for host in (self.one, self.two, self.one):
            self.polls(host)

    def took_over(self, host):
        """The reserve signs from the end of the first key on, though it is
        compromised, too: so its record stays."""
        new = self.key_of(host, self.new)
        self.assertEqual((new.active_from, new.retire_at, new.compromised),
                         (self.end(host, self.old), None, "yes"),
                         host.state(DOMAIN))

    def test_all(self):
        """The reserve has taken over, and is marked then."""
        self.without_database()
        self.compromise(self.one)
        end = self.end(self.one, self.old)
        self.assertIsNotNone(end)
        out = self.compromise(self.one, self.new)
        self.assertIn(f"the exposed key {self.new} STILL SIGNS", out)
        self.assertEqual(self.end(self.one, self.old), end)
        self.took_over(self.one)
        self.assertEqual((self.is_revoked(), self.is_revoked(self.new)),
                         (True, False))
        self.database_back()
        for host in self.hosts:
            self.assertEqual(self.end(host, self.old), end)
            self.took_over(host)

    def test_without_daemon(self):
        self.one.stop()
        self.compromise(self.one)
        end = self.end(self.one, self.old)
        self.clock.move(120)
        self.compromise(self.one, self.new)
        self.took_over(self.one)
        self.one.start()
        for host in (self.one, self.two, self.one):
            self.polls(host)
        for host in self.hosts:
            self.assertEqual(self.end(host, self.old), end)
            self.took_over(host)

    def test_reserve_revoked(self):
        """In DNS, while the mark is pending: nobody signs here."""
        self.without_database()
        self.compromise(self.one)
        end = self.end(self.one, self.old)
        self.revoke_in_dns(self.new)
        self.assertIn(f"{self.new}: DNS shows that it is revoked",
                      self.watch(self.one))
        self.assertEqual(self.watch(self.one), "")
        self.assertEqual(self.end(self.one, self.old), end)
        self.assertGreater(self.end(self.one, self.new), end)
        # It was a mistake: it signs again, and the old one does not.
        self.publish_in_dns(self.new)
        self.watch(self.one)
        self.assertEqual((self.end(self.one, self.old),
                          self.end(self.one, self.new)), (end, None))
        self.database_back()
        self.assertEqual((self.end(self.two, self.old),
                          self.end(self.two, self.new)), (end, None))

    def test_revoked_then_marked(self):
        """Both have ended because of DNS; marks take that not back."""
        self.without_database()
        for selector in (self.old, self.new):
            self.revoke_in_dns(selector)
        self.watch(self.one)
        end = self.end(self.one, self.old)
        self.assertIsNotNone(end)
        self.compromise(self.one, "--all")
        self.assertEqual(self.watch(self.one), "")
        self.assertEqual(self.end(self.one, self.old), end)

    def test_all_beside_the_lease(self):
        """None takes over from the other: the first one signs on, as under
        the lease, and the reserve is revoked."""
        self.sql("SELECT new_token FROM countersign.take_lease(900)",
                 "relay2")
        out = self.compromise(self.one, "--all")
        self.assertIn(f"the exposed key {self.old} STILL SIGNS", out)
        self.assertEqual((self.is_revoked(), self.is_revoked(self.new)),
                         (False, True))
        self.polls(self.two)
        for host in self.hosts:
            self.assertIsNone(self.end(host, self.old), host.state(DOMAIN))


if __name__ == "__main__":
    supervised.main()
