#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""A later file of the schema, here a made-up one, is run while hosts of a fleet
that do not know it are at work.

usage: test_migration.py BUILD
"""

import pgserver
import supervised
from rotationworld import RotationCase

DOMAIN = "example.com"
LATER = """
SET ROLE countersign_owner;
ALTER TABLE countersign.key ADD COLUMN note text;
CREATE INDEX key_note ON countersign.key (note);
INSERT INTO countersign.migration (version) VALUES (2);
"""


class Migration(RotationCase):
    def migrate(self, text):
        self.server.script(text, database=self.database)

    def versions(self):
        return self.sql("SELECT version FROM countersign.migration "
                        "ORDER BY 1").split()

    def generate(self, host, number):
        status, out = host.key("generate", DOMAIN)
        self.assertEqual(status, 0, out + host.log())
        self.assertEqual(len(self.agree(DOMAIN)), number)

    def test_forward(self):
        """They go on, also after a restart."""
        first, second = self.hosts
        self.generate(first, 1)
        self.migrate(LATER)
        self.assertEqual(self.versions(), ["1", "2"])
        for host in self.hosts:
            self.polls(host)
            self.assertEqual(host.list()["database"], "used")
        self.generate(second, 2)
        self.restart(first)
        self.generate(first, 3)
        self.no_alarms()

    def test_twice(self):
        """The second time it does nothing, as it is one transaction."""
        self.migrate(LATER)
        with self.assertRaises(pgserver.PgError):
            self.migrate(LATER.replace("note", "other"))
        self.assertEqual(self.versions(), ["1", "2"])
        self.assertEqual(self.sql(
            "SELECT count(*) FROM information_schema.columns WHERE "
            "column_name = 'other'"), "0")

    def test_too_old(self):
        """A database without the files that they need is refused."""
        self.sql("DELETE FROM countersign.migration")
        for host in self.hosts:
            host.await_database("refused")
            self.assertIn("its schema is older than this program", host.log())
            self.assertEqual(host.key("generate", DOMAIN)[0], 1)


if __name__ == "__main__":
    supervised.main()
