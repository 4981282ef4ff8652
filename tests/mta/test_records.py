# SPDX-License-Identifier: ISC
"""What is said about messages: log lines, the audit file, the counters, the
alarm over a ceiling; and what fragile messages get.

Usage: test_records.py BUILD-DIRECTORY
"""

import json
import os
import re
import resource
import signal
import sys
import unittest

import milterclient as mc
from service import Service

FORGED = '4X" action=signed\r\nqid=B'

SOURCES = '''
source "plain" {
    login = "relay"
    domains = "plain.example"
    remove = "X-Internal-*"
}
source "scarce" {
    login = "relay"
    domains = "scarce.example"
    ceilings { messages_per_hour = 3 }
}
source "strict" {
    login = "relay"
    domains = "strict.example"
    on_fragile = reject
}
source "patient" {
    login = "relay"
    domains = "patient.example"
    on_fragile = tempfail
}
'''

BODY = b"Hello\r\n"
LONG = b"x" * 999 + b"\r\n"
EIGHT = b"gr\xc3\xbc\xc3\x9fe\r\n"


def fields(domain):
    return [(b"From", b" a@" + domain), (b"To", b" b@example.org"),
            (b"Subject", b" x"), (b"X-Internal-Id", b" 1")]


def state_of(pid):
    """The letter of /proc: T for a process that stands still."""
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rsplit(")", 1)[1].split()[0]


class RecordsTest(unittest.TestCase):
    build = None

    def setUp(self):
        self.service = Service(self.build)
        self.addCleanup(self.service.finish)
        self.audit = os.path.join(self.service.directory, "audit")
        self.configure("json")
        for domain in ("plain", "scarce", "strict", "patient"):
            self.service.generate(domain + ".example", "ed25519")

    def configure(self, log_format, sign_timeout="5s"):
        self.service.configure(
            SOURCES, f'log_format = {log_format}\n'
            f'audit_file = "{self.audit}"\nsign_timeout = {sign_timeout}\n')

    def stop(self):
        """The log of a service that has ended well."""
        self.assertEqual(self.service.stop(), 0)
        text = self.service.log_text()
        for word in ("Sanitizer", "runtime error"):
            self.assertNotIn(word, text)
        return text

    def message(self, domain, body=BODY, login="relay", queue_id="Q",
                more=()):
        """A whole message, in a session of its own that has ended."""
        with mc.MilterClient(self.service.socket) as client:
            client.connect()
            client.mail(login=login)
            for name, value in [*more, *fields(domain)]:
                client.header(name, value)
            reply = client.end_of_headers(queue_id)
            if reply[0] != b"c":
                return [], reply
            client.body(body)
            return client.end(queue_id)

    def assert_signed(self, answer):
        self.assertEqual(answer[1][0], b"a", answer)
        self.assertEqual(len(mc.inserted(answer[0])), 1, answer)

    def assert_refused(self, answer, text):
        edits, (command, reply) = answer
        self.assertEqual((edits, command), ([], b"y"), answer)
        self.assertEqual(reply.rstrip(b"\0").decode(), text)

    def audited(self, path=None):
        with open(path or self.audit, encoding="ascii") as file:
            return [json.loads(line) for line in file]

    def reload(self, text="configuration reloaded"):
        seen = self.service.log_text().count(text)
        self.service.reload()
        self.service.wait_for(
            lambda: self.service.log_text().count(text) > seen)

    def test_lines(self):
        self.service.start()
        self.assert_signed(self.message(b"plain.example", queue_id=FORGED))
        self.assertEqual(self.message(b"other.example")[1][0], b"a")
        self.message(b"plain.example", login=None)
        lines = self.audited()
        self.assertEqual([line["action"] for line in lines],
                         ["signed", "passed", "rejected"])
        for line in lines:
            self.assertRegex(line.pop("time"), r"^\d{4}-\d\d-\d\dT"
                             r"\d\d:\d\d:\d\d\.\d{3}Z$")
        logged = [json.loads(line[line.index("{"):])
                  for line in self.service.log_text().splitlines()
                  if '{"qid"' in line]
        self.assertEqual(logged, lines)
        self.assertEqual(lines[0]["qid"], FORGED)
        self.assertEqual(lines[0]["removed_fields"], 1)
        self.assertRegex(lines[0]["signatures"][0],
                         r"^plain\.example/[^/]+/ed25519-sha256$")
        self.assertEqual(lines[2]["factors"], ["login:absent"])

        self.configure("logfmt")
        self.reload()
        self.assert_signed(self.message(b"plain.example", queue_id=FORGED))
        self.assertEqual(self.audited()[-1]["qid"], FORGED)
        text = self.stop()
        self.assertIn(r'qid="4X\" action=signed\x0d\x0aqid=B" action=signed '
                      'client=192.0.2.1', text)
        self.assertRegex(text, "counters signed=2 signatures=2 passed=1 "
                         "rejected=1 ")

    def test_dkim2(self):
        """A chain that a message arrives with is logged and left alone."""
        chain = [(b"DKIM2-Signature", b" i=2; m=1; d=List.example;\n\ts=x"),
                 (b"DKIM2-Signature", b" i=1; m=1; d=a.example; s=x"),
                 (b"Message-Instance", b" m=1; h=sha256:AA==:AA==")]
        self.service.start()
        self.assert_signed(self.message(b"plain.example", more=chain))
        self.assertEqual(self.message(b"other.example", more=chain[:1])[1][0],
                         b"a")
        self.assert_signed(self.message(b"plain.example"))
        lines = self.audited()
        self.assertEqual([line.get("dkim2_hops") for line in lines],
                         [2, 2, None])
        self.assertEqual([line.get("dkim2_domain") for line in lines],
                         ["list.example", "list.example", None])
        self.assertIn(" dkim2=2", self.stop())

    def test_rotation(self):
        self.service.start()
        self.message(b"plain.example", queue_id="1")
        os.rename(self.audit, self.audit + ".1")
        self.message(b"plain.example", queue_id="2")
        self.reload()
        self.message(b"plain.example", queue_id="3")
        self.assertEqual([line["qid"] for line in
                          self.audited(self.audit + ".1")], ["1", "2"])
        self.assertEqual(os.stat(self.audit).st_mode & 0o777, 0o640)

        # What cannot be opened leaves the old one open.
        os.rename(self.audit, self.audit + ".2")
        os.symlink(self.audit + ".1", self.audit)
        self.reload(f"audit_file {self.audit}")
        self.message(b"plain.example", queue_id="4")
        self.assertEqual([line["qid"] for line in
                          self.audited(self.audit + ".2")], ["3", "4"])
        self.assertEqual(len(self.audited(self.audit + ".1")), 2)
        self.stop()

    def test_no_space(self):
        """Mail goes on, and the front lives, where the file cannot grow."""
        size = 1 << 20
        with open(self.audit, "wb") as file:
            file.truncate(size)
        self.service.start()
        front = self.service.pids("front")
        self.assertEqual(len(front), 1)
        _, hard = resource.prlimit(front[0], resource.RLIMIT_FSIZE)
        resource.prlimit(front[0], resource.RLIMIT_FSIZE, (size + 10, hard))
        for queue_id in ("1", "2"):
            self.assert_signed(self.message(b"plain.example",
                                            queue_id=queue_id))
        resource.prlimit(front[0], resource.RLIMIT_FSIZE, (hard, hard))
        self.assert_signed(self.message(b"plain.example", queue_id="3"))
        self.assertEqual(self.service.pids("front"), front)
        with open(self.audit, "rb") as file:
            file.seek(size)
            torn, whole = file.read().splitlines()
        self.assertEqual(len(torn), 10)
        self.assertEqual(json.loads(whole)["qid"], "3")
        text = self.stop()
        self.assertEqual(text.count("lines are lost"), 1)
        self.assertIn("writing again, lines lost: 2", text)

    def test_ceiling(self):
        refusal = "451 4.7.1 too much mail from scarce.example (Q)"
        self.service.start()
        for _ in range(3):
            self.assert_signed(self.message(b"scarce.example"))
        self.assert_refused(self.message(b"scarce.example"), refusal)
        self.assert_refused(self.message(b"scarce.example"), refusal)
        self.assert_signed(self.message(b"plain.example"))
        self.reload()
        self.assert_refused(self.message(b"scarce.example"), refusal)
        # What was refused otherwise does not count, nor is it told of it.
        self.assert_refused(
            self.message(b"scarce.example", login="thief"),
            "550 5.7.1 not authorized to send mail from scarce.example (Q)")
        text = self.stop()
        self.assertEqual(text.count("ALARM: source \"scarce\""), 1)
        self.assertEqual(re.findall(r"rate_refused=(\d+)", text), ["2", "3"])

    def begun(self, domain):
        """A client with a message that is there to the end of its header."""
        client = mc.MilterClient(self.service.socket)
        self.addCleanup(client.sock.close)
        client.connect()
        client.mail(login="relay")
        for name, value in fields(domain):
            client.header(name, value)
        self.assertEqual(client.end_of_headers()[0], b"c")
        return client

    def test_only_signed_messages_count(self):
        self.configure("json", "1s")
        self.service.start()
        for _ in range(5):
            client = self.begun(b"scarce.example")
            client.abort()
            client.quit()
            client.sock.close()
        for _ in range(2):
            client = self.begun(b"scarce.example")
            signers = self.service.pids("signer")
            for pid in signers:
                os.kill(pid, signal.SIGSTOP)
            self.service.wait_for(
                lambda: all(state_of(pid) == "T" for pid in signers))
            answer = client.end()
            client.quit()
            client.sock.close()
            for pid in signers:
                os.kill(pid, signal.SIGCONT)
            self.assert_refused(answer, "451 4.3.0 mail from scarce.example "
                                "cannot be signed now (QUEUEID)")
        self.configure("json")
        self.reload()
        for _ in range(3):
            self.assert_signed(self.message(b"scarce.example"))
        self.assertEqual(self.message(b"scarce.example")[1][0], b"y")
        self.assertIn(" signer_errors=2 aborted=5 ", self.stop())

    def test_fragile(self):
        self.service.start()
        for body, word in ((LONG, "long-line"), (EIGHT, "8bit")):
            self.assert_signed(self.message(b"plain.example", body))
            self.assertEqual(self.audited()[-1]["fragile"], [word])
            for domain, code in (("strict", "550 5.6.2"),
                                 ("patient", "451 4.6.2")):
                self.assert_refused(
                    self.message(domain.encode() + b".example", body),
                    f"{code} mail from {domain}.example with 8-bit text or "
                    "lines over 998 octets is not accepted (Q)")
                self.assertNotIn("fragile", self.audited()[-1])
        for domain in (b"strict.example", b"patient.example"):
            self.assert_signed(self.message(domain))
        self.assertIn(" fragile=2", self.stop())


if __name__ == "__main__":
    RecordsTest.build = sys.argv.pop(1)
    unittest.main(verbosity=2)
