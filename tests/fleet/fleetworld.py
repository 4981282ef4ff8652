# SPDX-License-Identifier: ISC
"""A database with the schema of a fleet, and statements for it."""

import glob
import os

HERE = os.path.dirname(os.path.abspath(__file__))
SCHEMA = os.path.join(HERE, "..", "..", "keys", "database", "schema")
TABLES = ("fleet", "members", "key", "wrap", "confirmation", "use", "lease")
SIGNATURE = "decode(repeat('5a', 64), 'hex')"


def install(server):
    """All versions of the schema, in order, each in a transaction."""
    for path in sorted(glob.glob(SCHEMA + "/[0-9]*.sql")):
        with open(path, encoding="ascii") as file:
            server.script(file.read())


def add_hosts(server, *names):
    for name in names:
        server.sql(f"SELECT countersign.add_host('{name}', '{name}')")


def begin(server, *names):
    """A fleet with these members, whose lists no host would believe."""
    add_hosts(server, *names)
    server.sql(f"SELECT countersign.begin_fleet(repeat('0', 64), "
               f"ARRAY['{names[0]}'], 'list 1', {SIGNATURE})", names[0])
    server.sql("SELECT countersign.change_members(1, 2, ARRAY["
               + ", ".join(f"'{name}'" for name in names) +
               f"], 'list 2', {SIGNATURE})", names[0])


def back_up(sql):
    """Before the first change of DNS."""
    for table in TABLES:
        sql(f"CREATE TABLE public.{table} AS SELECT * "
            f"FROM countersign.{table}")


def restore_backup(sql):
    """With the triggers of keys off, as pg_restore does."""
    sql("; ".join(["BEGIN", "SET session_replication_role = replica",
                   "DELETE FROM countersign.intent"] +
                  [f"DELETE FROM countersign.{table}; INSERT INTO "
                   f"countersign.{table} SELECT * FROM public.{table}"
                   for table in TABLES] + ["COMMIT"]))


def quote(text):
    return "NULL" if text is None else "'" + text.replace("'", "''") + "'"


def change(domain, selector, before, number, text="text", blob="blob",
           keeps="false"):
    """A value of the type change."""
    return (f"ROW({quote(domain)}, {quote(selector)}, {before}, {number}, "
            f"{quote(text)}, {SIGNATURE}, {quote(blob)}, {keeps})"
            "::countersign.change")


def change_keys(token, *changes):
    return (f"SELECT countersign.change_keys({token}, "
            f"ARRAY[{', '.join(changes)}])")


def compromise(domain, selector, before, number,
               text="state x compromised=yes"):
    return (f"SELECT countersign.compromise_key({before}, {number}, "
            f"{quote(domain)}, {quote(selector)}, {quote(text)}, {SIGNATURE})")
