# SPDX-License-Identifier: ISC
"""countersign-doctor why, summary and compare, on what the front logs: in both
formats and in the audit file, in sign mode and in mode observe.

Usage: test_doctor.py BUILD-DIRECTORY
"""

import json
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(
    os.path.abspath(__file__)), "../common"))
import schema
import milterclient as mc
from service import Service

SOURCES = '''
source "sales" {
    networks = "192.0.2.0/24"
    domains = { "example.com", "nokey.example" }
    header "X-SFDC-LK" {
        value = "00D1U0000013lbu"
        compare = salesforce-id
    }
}
source "crm" {
    login = "crm"
    domains = "crm.example"
    secret_header "X-Secret" { value = "a-secret-of-ours-0123" }
    header "X-Org" { value = "abc" }
}
'''
BODY = b"Hello\r\n"
HOP = (b"Received", b" from a by b; Mon, 23 Nov 2026 13:37:00 +0000")
OUR_ORG = (b"X-SFDC-LK", b" 00D1U0000013lbu")
SANDBOX = (b"X-SFDC-LK", b" 00D3X00000ABCDE")
OTHER = (b"DKIM-Signature", b" v=1; a=rsa-sha256; d=example.com; s=old;"
         b" h=from; bh=x; b=y")
PLATFORM = (b"DKIM-Signature", b" v=1; a=rsa-sha256; d=platform.example;"
            b" s=x; h=from; bh=x; b=y")

# Queue id, From, further fields, client, login.
MESSAGES = [
    ("SIGNED1", b"example.com", [HOP, OUR_ORG, OTHER], "192.0.2.1", None),
    ("SIGNED2", b"example.com", [HOP, OUR_ORG, PLATFORM], "192.0.2.1", None),
    ("SANDBOX", b"example.com", [HOP, SANDBOX, OTHER], "192.0.2.1", None),
    ("LISTED", b"example.com", [HOP, (b"List-Id", b" Users <u.example>")],
     "198.51.100.1", None),
    ("FILTER", b"example.com", [HOP], "127.0.0.1", None),
    ("CRON", b"example.com", [], "127.0.0.1", None),
    ("FORM", b"example.com", [], "198.51.100.2", None),
    ("NOKEY", b"nokey.example", [HOP, OUR_ORG], "192.0.2.1", None),
    ("NOBODY", b"other.example", [HOP], "198.51.100.3", None),
    ("LOGIN", b"crm.example", [HOP, (b"X-Secret", b" a-secret-of-ours-0123"),
                               (b"X-Org", b" abd")], "192.0.2.9", "mallory"),
]

# Queue id, kind, client, and Received fields and the like, the topmost first.
WAYS = [
    ("WEBFORM", "local", "127.0.0.1", [
        (b"Received", b" from 203.0.113.9 by www.example.com\r\n with HTTP"
         b" (HTTP/1.1 POST); Mon, 23 Nov 2026 13:37:00 +0000"), HOP, HOP]),
    ("WEBHOST", "direct", "198.51.100.2", [
        (b"Received", b" by www.example.com (Postfix, from userid 33)\r\n"
         b"\tid 4Ab; Mon, 23 Nov 2026 13:37:00 +0000")]),
    ("AMAVIS", "reinjected", "127.0.0.1", [
        (b"Received", b" from mx ([127.0.0.1]) by localhost (mx [127.0.0.1])"
         b" (amavis, port 10024)\r\n with ESMTP id x"), HOP]),
    ("FETCHED", "fetched", "127.0.0.1", [
        (b"Received", b" from pop.example.org by home with POP3"
         b" (fetchmail-6.4.37)\r\n\tfor <a@localhost>"),
        (b"Delivered-To", b" a@example.org"), HOP]),
    ("FORWARD", "forwarded", "198.51.100.7", [
        HOP, (b"Delivered-To", b" a@example.org"), HOP]),
    ("LISTCOPY", "list", "127.0.0.1", [
        HOP, (b"List-Id", b" <u.example>"), HOP]),
    ("PLATFORM", "platform", "192.0.2.1", [HOP, HOP, HOP]),
]


class DoctorTest(unittest.TestCase):
    build = None

    def setUp(self):
        self.service = Service(self.build)
        self.addCleanup(self.service.finish)
        self.audit = os.path.join(self.service.directory, "audit")

    def send_all(self, options, messages=MESSAGES):
        """Send the messages; their log is complete when this returns."""
        self.service.configure(SOURCES, options)
        os.chmod(self.service.config, 0o600)
        self.service.generate("example.com", "ed25519")
        self.service.generate("crm.example", "ed25519")
        self.service.start()
        replies = {}
        for queue_id, domain, fields, address, login in messages:
            with mc.MilterClient(self.service.socket) as client:
                client.connect(address)
                client.mail(login=login)
                for name, value in [(b"From", b" a@" + domain), *fields]:
                    client.header(name, value)
                reply = client.end_of_headers(queue_id)
                if reply is None or reply[0] == b"c":
                    client.body(BODY)
                    _, reply = client.end(queue_id)
                replies[queue_id] = reply[1]
        self.assertEqual(self.service.stop(), 0)
        self.check_lines(self.audit)
        self.check_lines(self.service.log)
        return replies

    def check_lines(self, path):
        """Lines in JSON are as docs/schema has them."""
        if not os.path.exists(path):
            return
        with open(path, encoding="utf-8") as file:
            for line in file:
                if '{"' in line:
                    value = json.loads(line[line.index('{"'):])
                    self.assertEqual(schema.faults_of(value, "log"), [])

    def doctor(self, command, *arguments, status=0):
        done = subprocess.run(
            [os.path.join(self.build, "countersign-doctor"), command, "-c",
             self.service.config, *arguments], capture_output=True, text=True)
        self.assertEqual(done.returncode, status, done.stderr + done.stdout)
        self.assertEqual(done.stderr, "")
        for line in done.stdout.splitlines():
            if command != "why" and "--json" not in arguments:
                self.assertLessEqual(len(line), 80, line)
        self.assertNotIn("a-secret", done.stdout)
        return done.stdout

    def json(self, command, *arguments):
        value = json.loads(self.doctor(command, "--json", *arguments))
        self.assertEqual(schema.faults_of(value, f"doctor-{command}"), [])
        return value

    def check_why(self, *log):
        found = self.json("why", *log, "SANDBOX")["decisions"]
        self.assertEqual(len(found), 1)
        self.assertEqual(found[0]["cause"], "factor")
        factor = found[0]["factors"][1]
        self.assertEqual(
            [factor["factor"], factor["name"], factor["outcome"],
             factor["required"], factor["found"]],
            ["header", "X-SFDC-LK", "differs",
             "00D1U0000013lbu, exactly once", "00D3X00000ABCDE"])
        self.assertIn("such as a sandbox", found[0]["changes"][1])
        text = self.doctor("why", *log, "SANDBOX")
        self.assertIn("found     00D3X00000ABCDE", text)
        found = self.json("why", *log, "LOGIN")["decisions"][0]["factors"]
        self.assertEqual([f["found"] for f in found if not f["holds"]],
                         ["mallory", None])
        for queue_id, word in (("LISTED", "list"), ("FILTER", "reinjected"),
                               ("CRON", "local"), ("FORM", "direct"),
                               ("SIGNED1", "platform")):
            found = self.json("why", *log, queue_id)["decisions"][0]
            self.assertEqual(found["kind"], word)
        found = self.json("why", *log, "NOKEY")["decisions"][0]
        self.assertEqual(found["cause"], "no-key")
        self.assertIn(f"'countersign-key -c {self.service.config} "
                      "add nokey.example'",
                      found["changes"][0])
        found = self.json("why", *log, "someone@example.com")
        self.assertEqual(found["signed"], 2)
        self.assertEqual([d["qid"] for d in found["decisions"]],
                         ["FORM", "CRON", "FILTER", "LISTED", "SANDBOX"])
        self.doctor("why", *log, "MISSING", status=1)

    def check_summary(self, *log, observed=0):
        found = self.json("summary", *log)
        self.assertEqual(found["messages"], len(MESSAGES))
        self.assertEqual(found["observed"], observed)
        self.assertEqual([found[key] for key in (
            "signed", "rejected", "tempfailed", "quarantined", "passed")],
            [2, 6, 1, 0, 1])
        self.assertEqual({s["name"]: s["messages"] for s in found["sources"]},
                         {"sales": 8, "crm": 1, "": 1})
        self.assertEqual(found["domains"][0]["name"], "example.com")
        self.assertEqual(found["domains"][0]["rejected"], 5)
        kinds = {k["kind"]: k["messages"] for k in found["kinds"]}
        self.assertEqual(kinds, {"platform": 3, "list": 1, "reinjected": 1,
                                 "fetched": 0, "forwarded": 0, "local": 1,
                                 "direct": 1})
        self.assertEqual(found["lists"][0]["name"], "u.example")
        text = self.doctor("summary", *log)
        for line in ("sales                                   2        5"
                     "        1        0        0",
                     "       1  LISTED           mailing list",
                     "       1  CRON             made on this host"):
            self.assertIn(line, text)
        self.assertEqual("this is what would be done" in text, observed > 0)

    def check_compare(self, *log):
        found = self.json("compare", *log)
        self.assertEqual([found[key] for key in (
            "messages", "no_source", "both", "ours", "theirs", "neither")],
            [9, 1, 1, 1, 1, 6])
        self.assertEqual(
            [(s["name"], s["aligned"], s["not_aligned"])
             for s in found["signers"]],
            [("example.com", 2, 0), ("platform.example", 0, 1)])
        self.assertEqual([r["qid"] for r in found["lost"]], ["SANDBOX"])
        text = self.doctor("compare", *log)
        self.assertIn("1 message would lose the only aligned signature", text)

    def check_all(self, *log, observed=0):
        self.check_why(*log)
        self.check_summary(*log, observed=observed)
        self.check_compare(*log)

    def test_pairs_and_audit_file(self):
        replies = self.send_all(f'audit_file = "{self.audit}"\n'
                                'reply_contact = "tel. +49 30 1"\n')
        # The sender learns where to ask, and no more.
        self.assertEqual(replies["SANDBOX"], b"550 5.7.1 not authorized to "
                         b"send mail from example.com (SANDBOX); contact "
                         b"tel. +49 30 1\0")
        self.check_all("--log", self.service.log)
        # Without --log, the audit file is the first place.
        self.check_all()
        places = self.json("why", "SANDBOX")["places"]
        self.assertEqual(places[0]["kind"], "audit_file")
        self.assertEqual(places[0]["decisions"], len(MESSAGES))

    def test_json_and_observe(self):
        self.send_all('log_format = json\nmode = observe\n')
        # Nothing is asked of a signer that is not needed: same decisions.
        self.check_all("--log", self.service.log, observed=len(MESSAGES))

    def test_ways(self):
        self.send_all('', [(queue_id, b"example.com", fields, client, None)
                           for queue_id, _, client, fields in WAYS])
        log = ("--log", self.service.log)
        for queue_id, kind, _, _ in WAYS:
            found = self.json("why", *log, queue_id)["decisions"][0]
            self.assertEqual(found["kind"], kind, queue_id)
            text = self.doctor("why", *log, queue_id)
            self.assertEqual("content filter" in text, queue_id == "AMAVIS",
                             text)
        kinds = {k["kind"]: k["messages"]
                 for k in self.json("summary", *log)["kinds"]}
        self.assertEqual(kinds, {kind: 1 for _, kind, _, _ in WAYS})


if __name__ == "__main__":
    DoctorTest.build = sys.argv.pop(1)
    unittest.main(verbosity=2)
