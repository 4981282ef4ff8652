#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""The mirror: what it takes from the database, and what a hostile
administrator cannot make it take.

usage: test_mirror.py BUILD

MIRROR_DOMAINS is how many domains the first mirror has, 60 without it.
"""

import glob
import os
import signal
import subprocess
import sys
import time
import unittest

import fleetworld as fw
import pgserver
import supervised

BUILD = sys.argv.pop(1)
CASE = BUILD + "/tests/fleet/mirrorcase"
PAGE = "200" if "MIRROR_DOMAINS" in os.environ else "20"
NDOMAINS = int(os.environ.get("MIRROR_DOMAINS", "60"))


def case(*args):
    return subprocess.run([CASE, *map(str, args)], text=True, check=True,
                          stdout=subprocess.PIPE).stdout


class Mirror:
    """mirrorcase on a key directory of its own."""

    def __init__(self, folder, conninfo):
        self.keydir = folder
        self.process = subprocess.Popen(
            [CASE, "poll", folder, conninfo, PAGE], text=True, bufsize=1,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def poll(self, command="poll"):
        """The alarms, and what was polled."""
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        alarms = []
        for line in self.process.stdout:
            if line.startswith("polled "):
                words = line.split(" ", 7)
                return alarms, {
                    "result": int(words[1]), "domains": int(words[2]),
                    "changed": int(words[3]), "refused": int(words[4]),
                    "cursor": int(words[5]), "kbytes": int(words[6]),
                    "error": words[7].strip()}
            alarms.append(line.strip())
        raise AssertionError("the mirror ended")

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        return self.process.wait(60)


class MirrorCase(unittest.TestCase):
    """Each test has a database and a store of its own."""

    @classmethod
    def setUpClass(cls):
        cls.cluster = pgserver.Cluster(BUILD)
        cls.addClassCleanup(cls.cluster.__exit__)
        cls.server = cls.cluster.primary()
        # Roles belong to the server, the rest to one database a test.
        fw.install(cls.server)
        cls.number = 0

    def setUp(self):
        cls = type(self)
        cls.number += 1
        self.database = f"test{cls.number}"
        self.server.sql(f"CREATE DATABASE {self.database}")
        with open(fw.SCHEMA + "/0001.sql", encoding="ascii") as file:
            self.server.script(file.read(), database=self.database)
        self.sql("SELECT countersign.add_host('relay1', 'relay1')")
        fleet, octets, signature = case("list").strip().split("\t")
        self.sql(f"SELECT countersign.begin_fleet('{fleet}', "
                 f"ARRAY['relay1'], '{octets[1:]}', '{signature[1:]}')",
                 "relay1")
        self.folder = pgserver.new_folder("countersign.mirror.")
        os.chmod(self.folder, 0o700)
        self.mirror = self.start()

    def tearDown(self):
        self.assertEqual(self.mirror.close(), 0)
        subprocess.run(["rm", "-rf", self.folder], check=True)
        self.server.forget()

    def start(self):
        return Mirror(self.folder,
                      self.server.conninfo("relay1", self.database))

    def sql(self, statement, user="postgres"):
        return self.server.sql(statement, user, self.database)

    def copy(self, rows):
        """Put rows into the database, as an administrator could."""
        self.server.script(
            "CREATE TEMP TABLE new (LIKE countersign.key);\n"
            "COPY new FROM stdin;\n" + rows + "\\.\n"
            "INSERT INTO countersign.key SELECT * FROM new "
            "ON CONFLICT (domain, selector) DO UPDATE SET "
            "change = EXCLUDED.change, octets = EXCLUDED.octets, "
            "signature = EXCLUDED.signature, blob = EXCLUDED.blob;\n"
            "UPDATE countersign.fleet SET change = greatest(change, "
            "(SELECT max(change) FROM countersign.key "
            "WHERE change < 1000000000));\n", database=self.database)

    def good_poll(self):
        alarms, polled = self.mirror.poll()
        self.assertEqual((alarms, polled["result"], polled["refused"]),
                         ([], 0, 0), polled)
        return polled

    def state(self, domain):
        with open(f"{self.folder}/{domain}/state", encoding="ascii") as file:
            return file.read()

    def tree(self):
        """All that a signer reads."""
        found = {}
        for path in glob.glob(self.folder + "/*.example/*"):
            if path.endswith(("/state", ".pem")):
                with open(path, "rb") as file:
                    found[path] = file.read()
        return found


class Taking(MirrorCase):
    def test_first_mirror_and_steady_state(self):
        self.copy(case("rows", 0, NDOMAINS, 2, 0, 0))
        begun = time.monotonic()
        polled = self.good_poll()
        took = time.monotonic() - begun
        self.assertEqual(polled["changed"], NDOMAINS)
        self.assertEqual(polled["cursor"], NDOMAINS + 1)
        self.assertEqual(len(glob.glob(self.folder + "/*/a.pem")), NDOMAINS)
        first = polled["kbytes"]
        polled = self.good_poll()
        self.assertEqual(polled["domains"], 0)
        # All begin to sign: no key file changes.
        before = {path: os.stat(path).st_ino
                  for path in glob.glob(self.folder + "/*/a.pem")}
        self.copy(case("rows", 0, NDOMAINS, NDOMAINS + 2, 2, 2000000000))
        polled = self.good_poll()
        self.assertEqual(polled["changed"], NDOMAINS)
        self.assertEqual(before, {path: os.stat(path).st_ino
                                  for path in before})
        self.assertIn("active_from=2033-05-18T03:33:20Z",
                      self.state("d0.example"))
        # Memory holds a page, however many domains there are.  Sanitizers
        # keep what was freed.
        with open(CASE, "rb") as file:
            is_sanitized = b"__asan_init" in file.read()
        self.assertLess(polled["kbytes"], 524288 if is_sanitized else 65536)
        print(f"{NDOMAINS} domains: {took:.1f} s, {first} KiB, then "
              f"{polled['kbytes']} KiB", file=sys.stderr)

    def test_two_steps_at_once(self):
        self.copy(case("rows", 0, 2, 2, 0, 0))
        self.copy(case("rows", 0, 2, 4, 2, 2000000000))
        self.assertEqual(self.good_poll()["changed"], 2)
        self.assertIn("active_from=", self.state("d1.example"))

    def test_domain_that_is_gone(self):
        self.copy(case("rows", 0, 2, 2, 0, 0))
        self.good_poll()
        self.sql("DELETE FROM countersign.key WHERE domain = 'd0.example'")
        self.copy(case("gone", "d0.example", 4, 2))
        self.good_poll()
        self.assertFalse(os.path.exists(self.folder + "/d0.example"))
        self.assertEqual(len(glob.glob(
            self.folder + "/.archive/d0.example.*/state")), 1)
        self.assertEqual(glob.glob(
            self.folder + "/.archive/d0.example.*/*.pem"), [])
        self.assertEqual(self.good_poll()["domains"], 0)
        # It may begin again; what was before stays gone.
        self.copy(case("rows", 0, 1, 5, 0, 0))
        self.good_poll()
        self.assertEqual(len(glob.glob(
            self.folder + "/d0.example/a.pem")), 1)

    def test_domain_that_was_gone_before(self):
        """A host that joins later knows only that it was there."""
        self.copy(case("gone", "d0.example", 4, 2))
        self.assertEqual(self.good_poll()["cursor"], 4)
        self.assertFalse(os.path.exists(self.folder + "/d0.example"))
        self.assertEqual(self.good_poll()["domains"], 0)
        self.copy(case("rows", 0, 1, 5, 0, 0))
        self.good_poll()
        self.assertTrue(os.path.exists(self.folder + "/d0.example/a.pem"))

    def test_end_of_a_domain_without_keys(self):
        """A row that is refused leaves a folder; then the domain ends."""
        fields = case("rows", 0, 1, 2, 0, 0).split("\t")
        fields[4] = "\\\\x" + "00" * 64
        self.copy("\t".join(fields))
        self.assertEqual(self.mirror.poll()[1]["refused"], 1)
        self.sql("DELETE FROM countersign.key")
        self.copy(case("gone", "d0.example", 4, 2))
        self.assertEqual(self.good_poll()["cursor"], 4)
        self.copy(case("rows", 1, 1, 5, 0, 0))
        self.assertEqual(self.good_poll()["cursor"], 5)

    def marks(self):
        with open(self.folder + "/.fleet/marks", encoding="ascii") as file:
            return dict(line.split(" ") for line in
                        file.read().split("\n")[1:-1])

    def add_version(self, fields):
        self.server.script("COPY countersign.members FROM stdin;\n" + fields +
                           "\\.\n", database=self.database)

    def test_member_list(self):
        self.copy(case("rows", 0, 1, 2, 0, 0))
        self.good_poll()
        self.assertEqual(self.marks()["members"], "1")
        good = case("admit", 3)
        fields = good.split("\t")
        forged = "\t".join(fields[:4] + ["\\\\x" + "11" * 64 + "\n"])
        self.add_version(forged)
        alarms, polled = self.mirror.poll()
        self.assertEqual((len(alarms), polled["result"]), (1, 0), alarms)
        self.assertTrue(alarms[0].startswith("alarm members - 2 "), alarms)
        self.assertEqual(self.marks()["members"], "1")
        self.sql("DELETE FROM countersign.members WHERE version = 2")
        self.add_version(good)
        self.sql("UPDATE countersign.fleet SET change = 3")
        self.good_poll()
        self.assertEqual(self.marks()["members"], "2")
        # It is on disk, and an older list is an older database.
        self.assertEqual(self.mirror.close(), 0)
        self.mirror = self.start()
        self.good_poll()
        self.sql("DELETE FROM countersign.members WHERE version = 2")
        self.assertEqual(self.mirror.poll()[1]["result"], -7)

    def test_killed_mirror_goes_on(self):
        self.copy(case("rows", 0, 50, 2, 0, 0))
        for kills in range(1, 6):
            self.mirror.process.stdin.write("poll\n")
            self.mirror.process.stdin.flush()
            end = time.monotonic() + 60
            # In the stage, or between two pages.
            while len(glob.glob(self.folder + "/*/fleet") + glob.glob(
                    self.folder + "/.fleet/incoming/*/fleet")) < \
                    kills * 8 and time.monotonic() < end:
                time.sleep(0.001)
            self.mirror.process.send_signal(signal.SIGKILL)
            self.mirror.process.wait()
            self.mirror.process.stdin.close()
            self.mirror.process.stdout.close()
            self.mirror = self.start()
        self.assertEqual(self.good_poll()["cursor"], 51)
        self.assertEqual(len(glob.glob(self.folder + "/*/a.pem")), 50)
        for path in glob.glob(self.folder + "/*/state"):
            with open(path, encoding="ascii") as file:
                self.assertNotIn("unfinished", file.read())


class StoreFaults(MirrorCase):
    """What stands in the place of a domain's files stops that domain alone,
    which is named."""

    FILES = ("fleet", "state", ".lock", "log", "a.pem", "a.used", ".new")
    # The next writer makes it again, or needs it only for another key.
    HARMLESS = [("log", "link"), ("log", "pipe"), ("log", "folder"),
                ("a.pem", "link"), ("a.pem", "pipe"), (".new", "link"),
                (".new", "pipe"), ("a.used", "link"), ("a.used", "pipe"),
                ("a.used", "folder")]

    def plant(self, path, how):
        if os.path.exists(path):
            os.unlink(path)
        if how == "link":
            os.symlink("/dev/zero", path)
        elif how == "pipe":
            os.mkfifo(path)
        else:
            os.mkdir(path)
            # Not even root removes it as a file.
            with open(path + "/file", "w", encoding="ascii"):
                pass

    def test_each_file(self):
        faults = [(name, how) for name in self.FILES
                  for how in ("link", "pipe", "folder")]
        n = len(faults)
        self.copy(case("rows", 0, n + 1, 2, 0, 0))
        self.good_poll()
        for i, (name, how) in enumerate(faults):
            self.plant(f"{self.folder}/d{i}.example/{name}", how)
        bad = {f"d{i}.example" for i, fault in enumerate(faults)
               if fault not in self.HARMLESS}
        self.copy(case("rows", 0, n + 1, n + 3, 2, 2000000000))
        told = set()
        for command in ("poll", "sweep"):
            alarms, polled = self.mirror.poll(command)
            self.assertEqual(polled["result"], 0, polled)
            told.update(alarm.split()[1] for alarm in alarms)
        self.assertEqual({faults[int(name[1:].split(".")[0])]
                          for name in told ^ bad}, set())
        for i in range(n + 1):
            if f"d{i}.example" not in bad:
                self.assertIn("active_from=", self.state(f"d{i}.example"))


class HostileAdministrator(MirrorCase):
    def setUp(self):
        super().setUp()
        self.copy(case("rows", 0, 3, 2, 0, 0))
        self.copy(case("rows", 0, 3, 5, 2, 2000000000))
        self.good_poll()
        self.before = self.tree()

    def refused(self, *words):
        """One alarm with these words; the keys stay."""
        alarms, polled = self.mirror.poll()
        self.assertEqual(self.tree(), self.before)
        self.assertEqual(polled["result"], 0, polled)
        self.assertTrue(alarms)
        for word in words:
            self.assertTrue(any(word in alarm for alarm in alarms),
                            (word, alarms))
        # It is told again, as long as it is so, and hides nothing new.
        self.copy(case("rows", 7, 1, 20, 0, 0))
        again, polled = self.mirror.poll()
        self.assertTrue(again)
        self.assertEqual(polled["changed"], 1)

    def test_own_public_key(self):
        octets = self.sql("SELECT encode(octets, 'escape') FROM "
                          "countersign.key WHERE domain = 'd0.example'")
        other = self.sql("SELECT encode(octets, 'escape') FROM "
                         "countersign.key WHERE domain = 'd1.example'")
        mine = octets.replace("change 5", "change 30").replace(
            octets.split("public=")[1].split()[0],
            other.split("public=")[1].split()[0])
        self.assertNotEqual(mine, octets)
        self.sql("UPDATE countersign.key SET change = 30, octets = "
                 f"convert_to('{mine}', 'UTF8') "
                 "WHERE domain = 'd0.example'")
        self.refused("d0.example a 30", "not signed")

    def test_row_of_another_domain(self):
        self.sql("UPDATE countersign.key SET change = 31, (octets, signature, "
                 "blob) = (SELECT octets, signature, blob FROM "
                 "countersign.key WHERE domain = 'd1.example') "
                 "WHERE domain = 'd0.example'")
        self.refused("signed for another domain")

    def test_replayed_row(self):
        """An old row, under a number that is not its own."""
        fields = case("rows", 0, 1, 2, 0, 0).replace("\t2\t", "\t32\t", 1)
        self.copy(fields)
        self.refused("d0.example a 32", "another change number")

    def test_new_domain_of_his_own(self):
        fields = case("rows", 50, 1, 33, 0, 0).split("\t")
        fields[4] = "\\\\x" + "00" * 64
        self.copy("\t".join(fields))
        self.refused("d50.example a 33")
        self.assertFalse(os.path.exists(
            self.folder + "/d50.example/state"))

    def test_swapped_blobs(self):
        self.copy(case("rows", 60, 2, 34, 0, 0))
        self.sql("UPDATE countersign.key k SET blob = o.blob FROM "
                 "countersign.key o WHERE (k.domain, o.domain) IN "
                 "(('d60.example', 'd61.example'), "
                 "('d61.example', 'd60.example'))")
        self.refused("d60.example a 34", "d61.example a 35", "private key")
        self.assertEqual(glob.glob(self.folder + "/d6*.example/*.pem"), [])

    def test_dropped_row(self):
        self.copy(case("rows", 0, 1, 36, 5, 1900000000))
        self.sql("UPDATE countersign.key SET selector = 'b' "
                 "WHERE domain = 'd0.example'")
        self.refused("d0.example a 5", "not in the database")

    def test_number_beyond_all(self):
        fields = case("rows", 70, 1, 37, 0, 0).replace(
            "\t37\t", "\t4000000000000000000\t", 1)
        self.copy(fields)
        self.refused("d70.example a 4000000000000000000")

    def test_names_that_no_key_has(self):
        """One that is too long kept a sweep from ending."""
        self.sql("ALTER TABLE countersign.key DROP CONSTRAINT key_pkey, "
                 "DROP CONSTRAINT key_domain_check")
        self.sql("ALTER TABLE countersign.key ALTER domain DROP NOT NULL")
        self.sql("INSERT INTO countersign.key SELECT d.name, 'a', d.number, "
                 "k.octets, k.signature, NULL FROM countersign.key k, (VALUES "
                 "(NULL, 20), (repeat('x', 300), 21), ('', 22), ('..', 23)) "
                 "AS d (name, number) WHERE k.domain = 'd0.example'")
        for command in ("poll", "sweep"):
            alarms, polled = self.mirror.poll(command)
            self.assertEqual((polled["result"], polled["cursor"]), (0, 7))
            self.assertEqual({alarm.split(" ")[1][:3] for alarm in alarms},
                             {"", "..", "xxx"}, alarms)
            self.assertEqual(self.tree(), self.before)

    def test_more_rows_than_a_domain_has(self):
        """However many there are, no more are asked for."""
        self.sql("INSERT INTO countersign.key SELECT 'd0.example', 's' || i, "
                 "100 + i, 'text', k.signature, NULL FROM countersign.key k, "
                 "generate_series(1, 3000) AS i WHERE k.domain = 'd1.example'")
        self.sql("UPDATE countersign.fleet SET change = 3100")
        alarms, polled = self.mirror.poll()
        self.assertEqual(polled["result"], 0, polled)
        self.assertEqual(self.tree(), self.before)
        # 50 pages of 20 rows, each with the same domain.
        self.assertLessEqual(len(alarms), 50 * 1001)
        alarms, polled = self.mirror.poll("sweep")
        self.assertEqual(polled["result"], 0, polled)

    def swept(self, want):
        """The alarms of a sweep, which a poll does not see."""
        self.assertEqual(self.mirror.poll()[0], [])
        alarms, polled = self.mirror.poll("sweep")
        self.assertEqual(polled["result"], 0, polled)
        self.assertEqual([alarm.split()[1:4] for alarm in alarms], want)
        self.assertEqual(self.tree(), self.before)

    def test_sweep_of_what_is_in_order(self):
        self.swept([])

    def test_removed_domain(self):
        self.sql("DELETE FROM countersign.key WHERE domain = 'd1.example'")
        self.swept([["d1.example", "a", "6"]])

    def test_old_row_below_the_cursor(self):
        number = self.sql("SELECT change FROM countersign.fleet")
        self.copy(case("rows", 2, 1, 4, 0, 0))
        self.sql(f"UPDATE countersign.fleet SET change = {number}")
        self.swept([["d2.example", "a", "4"]])

    def test_all_removed(self):
        self.sql("TRUNCATE countersign.key")
        self.swept([[f"d{i}.example", "a", str(5 + i)] for i in range(3)])

    def test_row_that_was_hidden(self):
        """One that this host never saw, with a number below its cursor."""
        self.copy(case("rows", 1, 1, 9, 6, 1800000000))
        row = case("rows", 40, 1, 8, 0, 0)
        self.mirror.poll()
        self.before = self.tree()
        self.copy(row)
        self.assertEqual(self.mirror.poll()[1]["changed"], 0)
        alarms, polled = self.mirror.poll("sweep")
        self.assertEqual((alarms, polled["changed"]), ([], 1))
        self.assertTrue(os.path.exists(self.folder + "/d40.example/a.pem"))

    def test_restored_backup(self):
        """All rows are real, and old."""
        self.sql("UPDATE countersign.fleet SET change = 4")
        self.copy(case("rows", 0, 3, 2, 0, 0))
        self.sql("UPDATE countersign.fleet SET change = 4")
        alarms, polled = self.mirror.poll()
        self.assertEqual(alarms, [])
        self.assertEqual(polled["result"], -7, polled)
        self.assertIn("a backup was restored", polled["error"])
        self.assertEqual(self.tree(), self.before)

    def test_another_fleet(self):
        self.sql("UPDATE countersign.fleet SET id = repeat('ab', 32)")
        _, polled = self.mirror.poll()
        self.assertEqual(polled["result"], -7, polled)
        self.assertIn("another fleet", polled["error"])


if __name__ == "__main__":
    supervised.main()
