#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""The database of a fleet: what a hostile host can do there, the order of
numbers, and the lease.

What a hostile administrator can do is limited by signatures, not by the
database.

usage: test_schema.py BUILD
"""

import sys
import unittest

import fleetworld as fw
import pgserver
import supervised

BUILD = sys.argv.pop(1)
TABLES = "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON " \
    "n.oid = c.relnamespace WHERE n.nspname = 'countersign' AND " \
    "c.relkind IN ('r', 'v', 'm', 'p', 'f', 'S')"
FUNCTIONS = "FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace " \
    "WHERE n.nspname = 'countersign'"
FOR_HOSTS = """abandon_lease
begin_fleet begin_intent change_key change_keys change_members
compromise_key confirm end_intent hello hold_dns put_wrap register
release_lease renew_lease report_use restore_key restore_members
take_lease""".split()


def setUpModule():
    global CLUSTER, SERVER
    CLUSTER = pgserver.Cluster(BUILD)
    unittest.addModuleCleanup(CLUSTER.__exit__)
    SERVER = CLUSTER.primary()
    fw.install(SERVER)
    fw.begin(SERVER, "relay1", "relay2", "relay3")
    fw.add_hosts(SERVER, "outsider")
    SERVER.sql("CREATE ROLE stranger LOGIN IN ROLE countersign_host")


class SchemaCase(unittest.TestCase):
    def refuse(self, state, statement, user):
        with self.assertRaises(pgserver.PgError, msg=statement) as caught:
            SERVER.sql(statement, user)
        self.assertEqual(caught.exception.state, state, caught.exception)

    def number(self):
        return int(SERVER.sql("SELECT change FROM countersign.fleet"))

    def lapse(self):
        """What time would do to the lease."""
        SERVER.sql("UPDATE countersign.lease SET "
                   "until = clock_timestamp() - interval '1 second' "
                   "WHERE until > clock_timestamp()")

    def take(self, host, seconds=900):
        fields = SERVER.sql(f"SELECT * FROM countersign.take_lease({seconds})",
                            host).split("|")
        return {"is_mine": fields[0] == "t", "token": int(fields[1]),
                "holder": fields[2], "now": int(fields[3]),
                "until": int(fields[4]), "quiet": int(fields[5])}

    def begin(self, host, token, domain="i.example", seconds=310):
        """Note a change of DNS: its number."""
        return SERVER.sql(f"SELECT countersign.begin_intent({token}, "
                          f"'{domain}', 'a', 'r', NULL, 'v', {seconds})",
                          host)

    def new_key(self, host, token, domain, selector="a"):
        number = self.number() + 1
        SERVER.sql(fw.change_keys(token, fw.change(domain, selector, 0,
                                                   number)), host)
        return number

    def key(self, domain, columns="selector, change"):
        return SERVER.sql(f"SELECT {columns} FROM countersign.key "
                          f"WHERE domain = '{domain}' ORDER BY selector",
                          "relay3")


class Rights(SchemaCase):
    def test_no_host_writes_a_table(self):
        tables = SERVER.sql(TABLES).split("\n")
        self.assertGreater(len(tables), 9)
        for table in tables:
            for right in ("INSERT", "UPDATE", "DELETE", "TRUNCATE",
                          "REFERENCES", "TRIGGER"):
                if table.endswith("_seq") and right in (
                        "INSERT", "DELETE", "TRUNCATE", "REFERENCES",
                        "TRIGGER"):
                    continue
                test = "has_sequence_privilege" if table.endswith("_seq") \
                    else "has_table_privilege"
                self.assertEqual(
                    SERVER.sql(f"SELECT {test}('relay1', "
                               f"'countersign.{table}', '{right}')"), "f",
                    f"{right} {table}")

    def test_each_table_refuses(self):
        for statement in (
                "INSERT INTO countersign.host (name, role) "
                "VALUES ('relay9', 'relay9')",
                "UPDATE countersign.lease SET until = 'infinity'",
                "DELETE FROM countersign.key", "TRUNCATE countersign.use",
                "UPDATE countersign.fleet SET change = 0",
                "DO $$ BEGIN LOCK countersign.key IN SHARE MODE; END $$",
                "CREATE TABLE countersign.mine (x int)",
                "CREATE FUNCTION countersign.f() RETURNS int LANGUAGE sql "
                "AS 'SELECT 1'",
                "DROP FUNCTION countersign.hello",
                "ALTER FUNCTION countersign.hello SECURITY INVOKER",
                "SET ROLE countersign_owner",
                "SELECT countersign.add_host('relay9', 'relay9')",
                "SELECT countersign.take_number(1)",
                "SELECT countersign.write_key(NULL)",
                "SELECT countersign.write_members(1, 1, NULL, NULL, NULL)"):
            with self.assertRaises(pgserver.PgError, msg=statement) as caught:
                SERVER.sql(statement, "relay1")
            self.assertIn(caught.exception.state, ("42501", "42P01"),
                          statement)

    def test_functions_are_the_definers(self):
        self.assertEqual(
            SERVER.sql(f"SELECT p.proname {FUNCTIONS} AND "
                       "has_function_privilege('relay1', p.oid, 'EXECUTE') "
                       "ORDER BY 1").split("\n"), FOR_HOSTS)
        self.assertEqual(SERVER.sql(
            f"SELECT p.proname {FUNCTIONS} AND "
            "has_function_privilege('relay1', p.oid, 'EXECUTE') AND "
            "NOT p.prosecdef"), "")
        self.assertEqual(SERVER.sql(
            f"SELECT p.proname {FUNCTIONS} AND p.proconfig IS DISTINCT FROM "
            "'{\"search_path=pg_catalog, countersign, pg_temp\"}'"), "")
        self.assertEqual(SERVER.sql(
            f"SELECT p.proname {FUNCTIONS} AND p.prosecdef AND "
            "pg_get_userbyid(p.proowner) <> 'countersign_owner'"), "")
        SERVER.sql("CREATE ROLE nobody_special LOGIN")
        self.assertEqual(SERVER.sql(
            f"SELECT p.proname {FUNCTIONS} AND has_function_privilege("
            "'nobody_special', p.oid, 'EXECUTE')"), "")

    def test_names_of_the_caller_decide_nothing(self):
        session = SERVER.session("relay1")
        session.sql("CREATE TEMP TABLE lease (token bigint, holder text, "
                    "until timestamptz); CREATE TEMP TABLE host (name text, "
                    "role name); INSERT INTO host VALUES ('relay2', 'relay1');"
                    "SET search_path = pg_temp, countersign;")
        self.assertEqual(session.sql(
            "SELECT my_name FROM countersign.hello('1', 0)"), "relay1")
        with self.assertRaises(pgserver.PgError):
            session.sql("CREATE FUNCTION pg_temp.clock_timestamp() RETURNS "
                        "timestamptz LANGUAGE sql AS $$SELECT 'infinity'::"
                        "timestamptz$$; SET search_path = pg_temp, "
                        "pg_catalog; SELECT countersign.renew_lease("
                        "999, 900)")
        session.close()

    def test_role_without_host(self):
        for statement in ("SELECT countersign.hello('1', 0)",
                          "SELECT countersign.take_lease(60)",
                          "SELECT countersign.register('x', 'y')"):
            self.refuse("CS004", statement, "stranger")

    def test_host_that_is_not_admitted(self):
        self.assertTrue(SERVER.sql("SELECT countersign.hello('1', 0)",
                                   "outsider"))
        number = self.number() + 1
        for statement in (
                "SELECT countersign.take_lease(60)",
                "SELECT countersign.hold_dns(60)",
                fw.change_keys(0, fw.change("a.example", "a", 0, number)),
                fw.compromise("a.example", "a", 1, number),
                f"SELECT countersign.restore_key({fw.change('a.example', 'a', 0, 9999)})",
                f"SELECT countersign.confirm(1, 'x', {fw.SIGNATURE}, '')",
                f"SELECT countersign.change_members(2, {number}, "
                f"ARRAY['outsider'], 'list', {fw.SIGNATURE})",
                f"SELECT countersign.put_wrap(1, 'outsider', 'x', "
                f"{fw.SIGNATURE}, 'x')"):
            self.refuse("CS004", statement, "outsider")


class Hosts(SchemaCase):
    KEYS = "decode(repeat('{}', 32), 'hex'), '{}'"

    def register(self, byte, certificate):
        return f"SELECT countersign.register({self.KEYS.format(byte, certificate)})"

    def test_one_name_one_key(self):
        for _ in range(2):
            self.assertEqual(SERVER.sql(self.register("01", "one"), "relay1"),
                             "relay1")
        # A second machine with the same role, and one with another.
        self.refuse("CS005", self.register("02", "two"), "relay1")
        self.refuse("CS005", self.register("01", "two"), "relay2")
        self.refuse("CS006", "SELECT countersign.register('short', 'x')",
                    "relay2")
        self.assertEqual(SERVER.sql(self.register("02", "two"), "relay2"),
                         "relay2")

    def test_clock_is_noted(self):
        SERVER.sql("SELECT countersign.hello('9', (extract(epoch FROM "
                   "clock_timestamp()) * 1000)::bigint + 3600000)", "relay2")
        off = int(SERVER.sql("SELECT clock_off_ms FROM countersign.host "
                             "WHERE name = 'relay2'", "relay1"))
        self.assertAlmostEqual(off, 3600000, delta=60000)

    def test_fleet_begins_once(self):
        self.refuse("CS002", "SELECT countersign.begin_fleet(repeat('1', 64), "
                    f"ARRAY['relay1'], 'list', {fw.SIGNATURE})", "relay1")

    def test_member_lists_follow_each_other(self):
        number = self.number() + 1
        call = "SELECT countersign.change_members({}, {}, ARRAY['relay1'," \
            "'relay2','relay3'], 'list', " + fw.SIGNATURE + ")"
        version = int(SERVER.sql("SELECT max(version) "
                                 "FROM countersign.members"))
        self.refuse("CS002", call.format(version - 1, number), "relay1")
        self.refuse("CS003", call.format(version, number + 1), "relay1")
        SERVER.sql(call.format(version, number), "relay1")
        self.refuse("CS002", call.format(version, number + 1), "relay2")

    def test_confirmation_never_falls(self):
        call = "SELECT countersign.confirm({}, 'x', " + fw.SIGNATURE + ", '')"
        number = self.number()
        # What was not made yet would stay above all that will be.
        self.refuse("CS006", call.format(number + 1), "relay1")
        SERVER.sql(call.format(number), "relay1")
        SERVER.sql(call.format(number), "relay1")
        self.refuse("CS002", call.format(number - 1), "relay1")
        SERVER.sql(call.format(1), "relay2")
        self.assertEqual(SERVER.sql("SELECT host, change FROM "
                                    "countersign.confirmation ORDER BY 1",
                                    "relay3"), f"relay1|{number}\nrelay2|1")


class Lease(SchemaCase):
    def setUp(self):
        self.lapse()
        SERVER.sql("DELETE FROM countersign.intent")

    def test_one_holder(self):
        first = self.take("relay1")
        self.assertTrue(first["is_mine"])
        self.assertEqual(first["until"] - first["now"], 900000)
        second = self.take("relay2")
        self.assertFalse(second["is_mine"])
        self.assertEqual((second["token"], second["holder"]),
                         (first["token"], "relay1"))
        self.refuse("CS001", fw.change_keys(
            first["token"], fw.change("one.example", "a", 0,
                                      self.number() + 1)), "relay2")
        self.refuse("CS006", "SELECT countersign.take_lease(901)", "relay1")
        self.refuse("CS006", "SELECT countersign.take_lease(0)", "relay1")

    def test_late_writer_matches_nothing(self):
        first = self.take("relay1")
        intent = self.begin("relay1", first["token"])
        self.lapse()
        second = self.take("relay2")
        self.assertTrue(second["is_mine"])
        self.assertGreater(second["token"], first["token"])
        # Until the change ended that it may have begun.
        self.assertIn(second["quiet"] - first["until"] - 310000, (0, 1))
        token = first["token"]
        for statement in (
                fw.change_keys(token, fw.change("late.example", "a", 0,
                                                self.number() + 1)),
                f"SELECT countersign.renew_lease({token}, 900)",
                f"SELECT countersign.release_lease({token})",
                f"SELECT countersign.begin_intent({token}, 'late.example', "
                "'a', 'r', NULL, 'v', 18)",
                f"SELECT countersign.abandon_lease({token})",
                f"SELECT countersign.end_intent({token}, {intent}, 'done')"):
            self.refuse("CS001", statement, "relay1")
        self.assertEqual(self.key("late.example"), "")
        # The new holder settles, and says nothing else of it.
        token = second["token"]
        self.refuse("CS002", f"SELECT countersign.end_intent({token}, "
                    f"{intent}, 'done')", "relay2")
        SERVER.sql(f"SELECT countersign.end_intent({token}, {intent}, "
                   "'settled')", "relay2")
        self.refuse("CS002", f"SELECT countersign.end_intent({token}, "
                    f"{intent}, 'settled')", "relay2")

    def test_expired_holder_without_successor(self):
        token = self.take("relay1")["token"]
        self.lapse()
        self.refuse("CS001", fw.change_keys(token, fw.change(
            "expired.example", "a", 0, self.number() + 1)), "relay1")
        self.refuse("CS001", f"SELECT countersign.renew_lease({token}, 900)",
                    "relay1")

    def test_release(self):
        first = self.take("relay1")
        token = first["token"]
        intent = self.begin("relay1", token)
        self.refuse("CS006", f"SELECT countersign.release_lease({token})",
                    "relay1")
        SERVER.sql(f"SELECT countersign.end_intent({token}, {intent}, "
                   "'done')", "relay1")
        SERVER.sql(f"SELECT countersign.release_lease({token})", "relay1")
        second = self.take("relay2")
        self.assertTrue(second["is_mine"])
        self.assertEqual(second["quiet"], 0)
        # Nor is there anything to wait for if nothing had begun.
        self.lapse()
        third = self.take("relay3")
        self.assertEqual(third["quiet"], 0)
        # Later leases do not hide a change that nobody noted the end of.
        self.begin("relay3", third["token"])
        self.lapse()
        fourth = self.take("relay1")
        SERVER.sql(f"SELECT countersign.release_lease({fourth['token']})",
                   "relay1")
        fifth = self.take("relay2")
        self.assertEqual(fifth["quiet"], fourth["quiet"])
        self.assertIn(fifth["quiet"] - third["until"] - 310000, (0, 1))

    def test_abandoned(self):
        """The change takes its time from now on, whatever is left."""
        first = self.take("relay1")
        self.begin("relay1", first["token"], seconds=18)
        self.refuse("CS001", "SELECT countersign.abandon_lease("
                    f"{first['token']})", "relay2")
        SERVER.sql(f"SELECT countersign.abandon_lease({first['token']})",
                   "relay1")
        second = self.take("relay2")
        self.assertTrue(second["is_mine"])
        self.assertGreater(second["quiet"], first["now"] + 18000)
        self.assertLessEqual(second["quiet"], second["now"] + 18001)
        # It never takes longer than without.
        SERVER.sql("UPDATE countersign.intent SET over = clock_timestamp() "
                   "- interval '2 hours'")
        self.lapse()
        third = self.take("relay3")
        self.begin("relay3", third["token"])
        SERVER.sql("UPDATE countersign.intent SET over = clock_timestamp() "
                   "- interval '1 hour' WHERE over > clock_timestamp()")
        SERVER.sql(f"SELECT countersign.abandon_lease({third['token']})",
                   "relay3")
        fourth = self.take("relay1")
        self.assertLess(fourth["quiet"], fourth["now"])

    def test_span(self):
        token = self.take("relay1")["token"]
        for seconds in ("0", "901", "NULL"):
            self.refuse("CS006", f"SELECT countersign.begin_intent({token}, "
                        f"'i.example', 'a', 'r', NULL, 'v', {seconds})",
                        "relay1")

    def test_same_holder_gets_a_new_token(self):
        first = self.take("relay1")
        self.begin("relay1", first["token"])
        second = self.take("relay1")
        self.assertGreater(second["token"], first["token"])
        self.assertIn(second["quiet"] - first["until"] - 310000, (0, 1))
        self.refuse("CS001", f"SELECT countersign.renew_lease("
                    f"{first['token']}, 900)", "relay1")

    def test_news_of_others_ends_it(self):
        """What the holder decided did not know of them."""
        members = "SELECT countersign.change_members({}, {}, ARRAY['relay1'," \
            "'relay2','relay3'], 'list', " + fw.SIGNATURE + ")"
        for news in ("members", "row"):
            first = self.take("relay1")
            self.begin("relay1", first["token"])
            number = self.number() + 1
            if news == "members":
                version = SERVER.sql("SELECT max(version) "
                                     "FROM countersign.members")
                SERVER.sql(members.format(version, number), "relay2")
            else:
                SERVER.sql("SELECT countersign.restore_key(" +
                           fw.change("news.example", "a", 0, number) + ")",
                           "relay2")
            self.refuse("CS001", fw.change_keys(
                first["token"], fw.change("news.example", "b", 0,
                                          number + 1)), "relay1")
            second = self.take("relay2")
            self.assertGreater(second["token"], first["token"])
            self.assertIn(second["quiet"] - first["until"] - 310000, (0, 1))
            self.lapse()

    def test_held_after_a_restore(self):
        """For as long as intents may go on that were lost."""
        for seconds in ("0", "1801", "NULL"):
            self.refuse("CS006", f"SELECT countersign.hold_dns({seconds})",
                        "relay2")
        first = self.take("relay1")
        SERVER.sql("SELECT countersign.hold_dns(900)", "relay2")
        self.refuse("CS001", "SELECT countersign.renew_lease("
                    f"{first['token']}, 900)", "relay1")
        second = self.take("relay3")
        self.assertGreaterEqual(second["quiet"], first["now"] + 900000)
        self.assertLessEqual(second["quiet"], second["now"] + 900001)
        # Another host restores what it has: nothing can be lost meanwhile.
        SERVER.sql("SELECT countersign.hold_dns(1800)", "relay1")
        self.assertEqual(self.take("relay3")["quiet"], second["quiet"])
        # An open intent may take longer, and is waited for as ever.
        SERVER.sql("UPDATE countersign.lease SET quiet = clock_timestamp()")
        third = self.take("relay3")
        self.begin("relay3", third["token"])
        SERVER.sql("SELECT countersign.hold_dns(10)", "relay1")
        fourth = self.take("relay2")
        self.assertIn(fourth["quiet"] - third["until"] - 310000, (0, 1))
        SERVER.sql("UPDATE countersign.lease SET quiet = '-infinity'; "
                   "UPDATE countersign.intent SET ended = clock_timestamp(), "
                   "outcome = 'done' WHERE ended IS NULL")
        self.assertEqual(self.take("relay2")["quiet"], 0)

    def test_token_of_a_restored_backup(self):
        """It is not given out twice."""
        first = self.take("relay1")
        self.lapse()
        SERVER.sql("UPDATE countersign.lease SET token = 3, holder = NULL")
        self.assertGreaterEqual(self.take("relay2")["token"], first["token"])
        self.refuse("CS001", f"SELECT countersign.renew_lease("
                    f"{first['token']}, 900)", "relay1")

    def test_renewal_never_shortens(self):
        first = self.take("relay1")
        until = int(SERVER.sql(f"SELECT until_ms FROM countersign.renew_lease("
                               f"{first['token']}, 10)", "relay1"))
        self.assertEqual(until, first["until"])

    def test_taking_waits_for_a_writer(self):
        token = self.take("relay1")["token"]
        number = self.number() + 1
        writer = SERVER.session("relay1")
        writer.sql("BEGIN")
        writer.sql(fw.change_keys(token, fw.change("slow.example", "a", 0,
                                                   number)))
        taker = SERVER.session("relay2")
        taker.send("SELECT is_mine FROM countersign.take_lease(60)")
        SERVER.wait("SELECT count(*) FROM pg_stat_activity WHERE "
                    "usename = 'relay2' AND wait_event_type = 'Lock'", "1")
        self.assertEqual(self.key("slow.example"), "")
        writer.sql("COMMIT")
        self.assertEqual(taker.answer(), "f")
        self.assertEqual(self.key("slow.example"), f"a|{number}")
        writer.close()
        taker.close()


class Keys(SchemaCase):
    def setUp(self):
        self.lapse()
        self.token = self.take("relay1")["token"]

    def test_all_or_none(self):
        number = self.number()
        self.refuse("CS002", fw.change_keys(
            self.token, fw.change("all.example", "a", 0, number + 1),
            fw.change("all.example", "b", 77, number + 2)), "relay1")
        self.refuse("CS003", fw.change_keys(
            self.token, fw.change("all.example", "a", 0, number + 1),
            fw.change("all.example", "b", 0, number + 1)), "relay1")
        self.assertEqual(self.number(), number)
        self.assertEqual(self.key("all.example"), "")
        SERVER.sql(fw.change_keys(
            self.token, fw.change("all.example", "a", 0, number + 1),
            fw.change("all.example", "b", 0, number + 2)), "relay1")
        self.assertEqual(self.key("all.example"),
                         f"a|{number + 1}\nb|{number + 2}")

    def test_compare_and_swap(self):
        number = self.new_key("relay1", self.token, "cas.example")
        SERVER.sql(fw.change_keys(self.token, fw.change(
            "cas.example", "a", number, number + 1, "second")), "relay1")
        for before in (0, number, number + 2):
            self.refuse("CS002", fw.change_keys(self.token, fw.change(
                "cas.example", "a", before, number + 2, "third")), "relay1")
        self.assertEqual(self.key("cas.example", "encode(octets, 'escape')"),
                         "second")

    def test_numbers_only_rise(self):
        number = self.number()
        for wrong in (number, number + 2, 1, 0, -1):
            self.refuse("CS003", fw.change_keys(self.token, fw.change(
                "rise.example", "a", 0, wrong)), "relay1")

    def test_blob_stays_or_goes(self):
        number = self.new_key("relay1", self.token, "blob.example")
        SERVER.sql(fw.change_keys(self.token, fw.change(
            "blob.example", "a", number, number + 1, blob=None,
            keeps="true")), "relay1")
        self.assertEqual(self.key("blob.example", "encode(blob, 'escape')"),
                         "blob")
        SERVER.sql(fw.change_keys(self.token, fw.change(
            "blob.example", "a", number + 1, number + 2, blob=None)),
                   "relay1")
        self.assertEqual(self.key("blob.example", "blob IS NULL"), "t")

    def test_compromise_waits_for_nobody(self):
        number = self.new_key("relay1", self.token, "mark.example")
        self.refuse("CS006", fw.compromise("mark.example", "a", number,
                                           number + 1, "state x"), "relay2")
        self.refuse("CS006", fw.compromise("mark.example", "a", 0,
                                           number + 1), "relay2")
        SERVER.sql(fw.compromise("mark.example", "a", number, number + 1),
                   "relay2")
        self.assertEqual(self.key("mark.example", "encode(blob, 'escape')"),
                         "blob")
        # The holder did not see that, and must look again.
        self.refuse("CS002", fw.change_keys(self.token, fw.change(
            "mark.example", "a", number, number + 2)), "relay1")

    def test_numbers_appear_in_order(self):
        number = self.new_key("relay1", self.token, "order.example")
        first = SERVER.session("relay1")
        first.sql("BEGIN")
        first.sql(fw.change_keys(self.token, fw.change(
            "order.example", "b", 0, number + 1)))
        second = SERVER.session("relay2")
        second.send(fw.compromise("order.example", "a", number, number + 2))
        SERVER.wait("SELECT count(*) FROM pg_stat_activity WHERE "
                    "usename = 'relay2' AND wait_event_type = 'Lock'", "1")
        self.assertEqual(self.number(), number)
        first.sql("COMMIT")
        self.assertEqual(second.answer(), "")
        self.assertEqual(self.key("order.example"),
                         f"a|{number + 2}\nb|{number + 1}")
        first.close()
        second.close()

    def test_domain_that_is_gone(self):
        number = self.new_key("relay1", self.token, "gone.example")
        SERVER.sql(fw.change_keys(self.token, fw.change(
            "gone.example", "-", 0, number + 1, blob=None)), "relay1")
        self.assertEqual(self.key("gone.example"), f"-|{number + 1}")
        # Older rows of it are not news, later ones are.
        restore = "SELECT countersign.restore_key({})"
        self.assertEqual(SERVER.sql(restore.format(
            fw.change("gone.example", "a", 0, number)), "relay2"), "f")
        again = self.new_key("relay1", self.token, "gone.example", "b")
        self.assertEqual(self.key("gone.example"),
                         f"-|{number + 1}\nb|{again}")

    def test_restore_only_raises(self):
        number = self.new_key("relay1", self.token, "back.example")
        restore = "SELECT countersign.restore_key({})"
        for back, want in ((number, "f"), (number - 1, "f"),
                           (number + 100, "t"), (number + 50, "f")):
            self.assertEqual(SERVER.sql(restore.format(fw.change(
                "back.example", "a", 0, back)), "relay2"), want, back)
        self.assertEqual(self.key("back.example"), f"a|{number + 100}")
        self.assertEqual(self.number(), number + 100)
        # Whoever has a role leaves numbers to others.
        far = number + 2000000000
        self.refuse("CS006", restore.format(fw.change(
            "back.example", "a", 0, far)), "relay2")
        self.refuse("CS006", "SELECT countersign.restore_members(3, "
                    f"{far}, ARRAY['relay2'], 'list', {fw.SIGNATURE})",
                    "relay2")
        self.assertEqual(self.number(), number + 100)

    def test_later_report_of_a_use_replaces_the_first(self):
        self.new_key("relay1", self.token, "use.example")
        report = "SELECT countersign.report_use('use.example', '{}', '{}', " \
            + fw.SIGNATURE + ")"
        self.refuse("CS006", report.format("z", "text"), "relay2")
        SERVER.sql(report.format("a", "first"), "relay2")
        SERVER.sql(report.format("a", "second"), "relay2")
        self.assertEqual(SERVER.sql(
            "SELECT host, encode(octets, 'escape') FROM countersign.use "
            "WHERE domain = 'use.example'", "relay1"), "relay2|second")


if __name__ == "__main__":
    supervised.main()
