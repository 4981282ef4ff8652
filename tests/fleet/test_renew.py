#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""The keys that an expelled host could open are replaced, run by run, while
mail is signed all the time, also by runs that are killed.

usage: test_renew.py BUILD
"""


import supervised
from rotationworld import HOUR, RotationCase

DOMAIN = "example.com"


class Renewing(RotationCase):
    nhosts = 3

    def signing(self, host):
        now = self.clock_now()
        return [key.selector for key in host.keys(DOMAIN)
                if key.active_from and not key.retire_at
                and self.seconds(key.active_from) <= now]

    def clock_now(self):
        return int(float(self.sql("SELECT extract(epoch FROM "
                                  "clock_timestamp())")))

    def seconds(self, text):
        return int(float(self.sql("SELECT extract(epoch FROM "
                                  f"'{text}'::timestamptz)")))

    def rotate(self, host):
        status, out = host.key("rotate", "--no-progress")
        self.assertIn(status, (0, 3), out + host.log())

    def until_reserve(self):
        """One key signs, and another is verified."""
        for _ in range(20):
            self.advance(6 * HOUR)
            self.rotate(self.hosts[0])
            keys = self.agree(DOMAIN)
            if self.signing(self.hosts[0]) and any(
                    key.verified and not key.active_from for key in keys):
                return
        self.fail(self.hosts[0].state(DOMAIN))

    def test_all(self):
        one, two, three = self.hosts
        status, out = one.key("fleet", "renew")
        self.assertEqual(status, 0, out)
        self.assertEqual(out, "no key in use is one that an expelled host "
                         "could open\n")
        self.assertIn(one.key("add", DOMAIN)[0], (0, 3))
        self.agree(DOMAIN)
        self.until_reserve()
        before = {key.selector for key in one.keys(DOMAIN)}
        three.stop()
        self.hosts.remove(three)
        status, out, err = one.ask("expel", "relay3")
        self.assertEqual((status, err), (0, ""), one.log())
        for selector in before:
            self.assertIn(f"exposed {DOMAIN} {selector}\n", out)
        self.agree(DOMAIN)
        nstruck = 0
        while one.key("fleet", "renew", SKEW_KILL="countersign-key:"
                      f"{4 + 4 * nstruck}")[0] < 0:
            nstruck += 1
            self.advance(HOUR)
        self.assertGreater(nstruck, 0)
        for run in range(40):
            host = self.hosts[run % 2]
            # Twice: what can be done is done by the first one.
            for again in (False, True):
                status, out = host.key("fleet", "renew")
                self.assertIn(status, (0, 3), out + host.log())
                if again:
                    self.assertNotIn("revoke ", out)
            self.agree(DOMAIN)
            self.dns_is_right(DOMAIN)
            self.assertTrue(self.signing(one), one.state(DOMAIN))
            for selector in self.signing(one):
                self.assertFalse(self.zone.records()[
                    f"{selector}._domainkey.{DOMAIN}"][0].endswith("p="))
            if status == 0:
                break
            self.advance(2 * HOUR)
            self.rotate(host)
            self.agree(DOMAIN)
        else:
            self.fail(one.state(DOMAIN))
        self.assertFalse(set(self.signing(one)) & before, one.state(DOMAIN))
        # Rotation does the rest.
        for run in range(40):
            self.advance(6 * HOUR)
            self.rotate(self.hosts[run % 2])
            status, out = two.key("fleet", "renew")
            self.assertEqual(status, 0, out)
            if "no key in use" in out:
                break
        else:
            self.fail(out)
        self.assertTrue(all(key.revoked for key in self.agree(DOMAIN)
                            if key.selector in before), one.state(DOMAIN))
        self.dns_is_right(DOMAIN)
        self.no_alarms()


if __name__ == "__main__":
    supervised.main()
