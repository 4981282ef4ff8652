#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""What answers in the place of the database, and is no PostgreSQL.

usage: test_hostile.py BUILD
"""

import os
import shutil
import struct
import subprocess
import sys
import time
import unittest

import fakepg
import pgserver
import supervised

BUILD = os.path.abspath(sys.argv.pop(1))
LIMIT_MS = 500


class Case(unittest.TestCase):
    """Each test has a server of its own."""

    def setUp(self):
        self.folder = pgserver.new_folder("countersign.hostile.")
        self.addCleanup(shutil.rmtree, self.folder)
        os.mkdir(self.folder + "/keys", 0o700)
        self.answers = {}
        self.server = fakepg.Server(self.folder, self.answer)
        self.addCleanup(self.server.close)

    def answer(self, statement):
        """The first answer whose words are in the statement."""
        for words, octets in self.answers.items():
            if words in statement:
                return octets(statement) if callable(octets) else octets
        return None

    def run_case(self, program, args, text):
        """Its lines; it may not be killed, nor wait for ever."""
        done = subprocess.run(
            [f"{BUILD}/tests/fleet/{program}", *args], input=text, text=True,
            errors="backslashreplace", stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=120, check=False)
        self.assertEqual(done.returncode, 0, done.stdout)
        return done.stdout.splitlines()


class Connection(Case):
    """Each answer is refused, and the connection with it, if need be."""

    def ask(self, command="run hello"):
        return self.run_case("dbcase", [self.server.conninfo()],
                             f"limit {LIMIT_MS}\ntry\n{command}\n")[1:]

    def test_as_it_should_be(self):
        self.answers["my_name"] = fakepg.rows([[fakepg.number(7)]])
        self.assertEqual(self.ask(), ["done", "done 7"])
        self.assertEqual(self.ask("server")[1].split(", ")[1], fakepg.SYSTEM)
        # One can be added to each number.
        most = (1 << 63) - (1 << 32)
        for number in (most - 1, most, (1 << 63) - 1, -1 << 63):
            self.answers["my_name"] = fakepg.rows([[fakepg.number(number)]])
            self.assertEqual(self.ask()[1], "done " + str(
                max(min(number, most), -most)))

    def test_system(self):
        for values in ([], [[None]], [[b""]], [[b"1\nchange 1"]], [[b"1 "]],
                       [[b"1" * 32]], [[b"1"], [b"2"]], [[b"1", b"2"]]):
            self.answers["pg_control_system"] = fakepg.rows(values, False)
            self.assertTrue(self.ask()[0].startswith("away "), values)
        for octets in (fakepg.message(b"C", b"SET\0"), fakepg.message(b"I")):
            self.answers["pg_control_system"] = octets
            self.assertTrue(self.ask()[0].startswith("away "), octets)

    def test_answers(self):
        copy = struct.pack("!bH", 0, 0)
        part = fakepg.columns(1) + fakepg.message(b"D", bytes(1000))[:20]
        for octets, want in (
                (fakepg.failure(C="XX000"), "failed XX000 "),
                (fakepg.failure(C="CS001"), "refused CS001 "),
                (fakepg.failure(M="text"), "away "),
                (fakepg.failure(), "away "),
                (fakepg.message(b"G", copy), "away "),
                (fakepg.message(b"H", copy), "away "),
                (fakepg.message(b"W", copy), "away "),
                (fakepg.message(b"I"), "away "),
                (fakepg.columns(1) + fakepg.row([b"x"] * 3), "away "),
                (fakepg.columns(1) + b"D" + struct.pack("!I", 2), "away "),
                (b"D" + struct.pack("!I", 0x7fffffff), "away "),
                (fakepg.message(b"N", b"MNo\0\0") * 10000, "done -1"),
                (fakepg.message(b"A", bytes(4) + b"countersign_change\0x\0")
                 * 10000, "done -1"),
                (fakepg.rows([]), "done -1"),
                (fakepg.rows([[b"xxx"]]), "done -1"),
                (fakepg.rows([[None]]), "done -1")):
            if want == "done -1" and octets[:1] in (b"N", b"A"):
                octets += fakepg.rows([])
            self.answers["my_name"] = octets
            got = self.ask()[1]
            self.assertTrue(got.startswith(want), (octets[:40], want, got))

        def hang(_):
            raise fakepg.Silence(part)

        self.answers["my_name"] = hang
        self.assertIn("no answer in time", self.ask()[1])


class Mirror(Case):
    """A mirror that is shown what no database has: it ends each look, says
    what is wrong, and can be started again."""

    def setUp(self):
        super().setUp()
        fleet, octets, signature = subprocess.run(
            [BUILD + "/tests/fleet/mirrorcase", "list"], text=True,
            stdout=subprocess.PIPE, check=True).stdout.strip().split("\t")
        self.hello = {
            "schema": struct.pack("!i", 1), "fleet": fleet.encode(),
            "change": fakepg.number(9), "members": struct.pack("!i", 1),
            "token": fakepg.number(1),
            "now": fakepg.number(int(time.time() * 1000)), "primary": b"\1",
            "name": b"relay1"}
        self.answers["countersign.hello"] = lambda _: fakepg.rows(
            [list(self.hello.values())])
        self.answers["countersign.members"] = fakepg.rows([[
            struct.pack("!i", 1), bytes.fromhex(octets[3:]),
            bytes.fromhex(signature[3:])]])
        for table in ("change > $1", "LATERAL", "host = $1",
                      "octet_length(domain)"):
            self.answers[table] = fakepg.rows([])

    def poll(self, *commands):
        """Alarms, and the results: numbers and an error."""
        lines = self.run_case(
            "mirrorcase", ["poll", self.folder + "/keys",
                           self.server.conninfo(), "20", "relay1"],
            "".join(command + "\n" for command in commands or ["poll"]))
        return ([line for line in lines if line.startswith("alarm ")],
                [line.split(" ", 7) for line in lines
                 if line.startswith("polled ")])

    def test_as_it_should_be(self):
        alarms, polled = self.poll("poll", "sweep")
        self.assertEqual((alarms, [one[1] for one in polled]),
                         ([], ["0", "0"]), polled)

    def test_numbers(self):
        """None makes the marks such that a right database is refused, whose
        lease was taken since."""
        def is_taken():
            now = fakepg.number(int(time.time() * 1000) + 1000)
            self.hello = {**right, "token": now, "now": now}
            return [one[1] for one in self.poll()[1]] == ["0"]

        right = dict(self.hello)
        for value in (-1 << 63, -1, 1 << 62, (1 << 63) - 1):
            for name in ("change", "token", "now", "members"):
                self.hello = {**right, name: fakepg.number(value)}
                self.poll("poll", "poll")
                self.assertTrue(is_taken(), (name, value))
        for name in right:
            for value in (None, b"", b"abc", b"x" * 100000):
                self.hello = {**right, name: value}
                self.poll()
        self.assertTrue(is_taken())

    def page(self, names, domains=None):
        """Rows with these names, which come whenever a page is asked for."""
        self.answers["change > $1"] = fakepg.rows(
            [[fakepg.number(5), domain] for domain, _ in names])
        self.answers["LATERAL"] = fakepg.rows(
            [[domain, selector, fakepg.number(5), b"octets", bytes(64)]
             for domain, selector in domains or names])

    def test_pages_without_end(self):
        self.page([(b"d%d.example" % i, b"a") for i in range(20)])
        alarms, polled = self.poll()
        self.assertEqual(polled[0][1], "0")
        self.assertEqual(len(alarms), 50 * 20)

    def test_names(self):
        for domain in (None, b"", b".", b"..", b"../keys", b".fleet", b"a\0b",
                       b"a\nb", b"\xff\xfe", b"x" * 300, b"UPPER.example",
                       b'"', b"a.example\n", b"x" * 100000):
            self.page([(domain, b"a"), (b"d.example", b"a")])
            alarms, polled = self.poll("poll", "poll")
            self.assertEqual([one[1] for one in polled], ["0", "0"], domain)
            self.assertTrue(any(alarm.startswith("alarm d.example a 5 ")
                                for alarm in alarms), alarms)
        for selector in (None, b"", b"..", b"../a", b"a\0b", b"-", b"x" * 64):
            self.page([(b"d.example", selector)])
            alarms, polled = self.poll()
            self.assertEqual(polled[0][1], "0", selector)
            self.assertTrue(alarms, selector)
        # A domain that no host has signed gets no folder.
        self.assertEqual(os.listdir(self.folder + "/keys"), [".fleet"])

    def test_rows_in_no_order(self):
        names = [(b"d%d.example" % (i % 3), b"a") for i in range(18)]
        self.page(names)
        self.assertEqual(self.poll()[1][0][1], "0")

    def test_many_rows_of_a_domain(self):
        self.page([(b"d.example", b"a")],
                  [(b"d.example", b"s%d" % i) for i in range(3000)])
        alarms, polled = self.poll()
        self.assertEqual(polled[0][1], "0")
        self.assertEqual(len(alarms), 3000)

    def test_sweep_without_end(self):
        for names in ([(b"d.example", b"s%04d" % i) for i in range(1000)],
                      [(b"x" * 300, b"a")], [(b"b.example", b"a"),
                                             (b"a.example", b"a")],
                      [(b"a\0b", b"a")] * 2):
            self.answers["octet_length(domain)"] = fakepg.rows(
                [[domain, selector, fakepg.number(5)]
                 for domain, selector in names])
            polled = self.poll("sweep")[1][0]
            self.assertEqual(polled[1], "-6", polled)
            self.assertIn("not in the order", polled[7])

    def test_last_uses_without_end(self):
        """As a view in the place of their table gives them."""
        for names in ([(b"d.example", b"s%04d" % i) for i in range(1000)],
                      [(b"x" * 300, b"a")], [(b"a.example", b"x" * 64)],
                      [(b"b.example", b"a"), (b"a.example", b"a")],
                      [(b"a.example", b"a")] * 2):
            self.answers["host = $1"] = fakepg.rows(
                [[domain, selector, b"1"] for domain, selector in names])
            polled = self.poll("sweep")[1][0]
            self.assertEqual(polled[1], "-6", polled)
            self.assertIn("last uses are not in the order", polled[7])
        self.answers["host = $1"] = fakepg.rows(
            [[b"a.example", b"a", at] for at in (b"1",)] +
            [[b"b.example", b"b", None], [b"b.example", b"c", b"x"]])
        self.assertEqual(self.poll("sweep")[1][0][1], "0")


if __name__ == "__main__":
    supervised.main()
