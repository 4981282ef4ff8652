#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""The factors that look names up, and what is taken out of a message.

A DNS server of the test's own answers for the platforms.  usage:
test_sources.py BUILD
"""

import os
import re
import struct
import subprocess
import sys
import tempfile
import threading
import unittest

import dkim

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "common"))

import milterclient as mc  # noqa: E402
from dnsserver import DnsServer  # noqa: E402
from service import Service  # noqa: E402

INSIDE = "203.0.113.7"
INSIDE6 = "2001:db8:5::7"
LATE = "203.0.113.99"
OUTSIDE = "198.51.100.1"
SECRET = "0123456789abcdef0123456789abcdef"
NEXT_SECRET = "fedcba9876543210fedcba9876543210"

SOURCES = f'''
source "spf" {{
    spf = {{ "_spf.platform.example", "_more.platform.example" }}
    header "X-Tenant" {{ value = {{ "ours" }} }}
    domains = {{ "spf.example" }}
}}
source "late" {{
    spf = {{ "_late.platform.example" }}
    header "X-Tenant" {{ value = {{ "ours" }} }}
    domains = {{ "late.example" }}
}}
source "dead" {{
    spf = {{ "_dead.platform.example" }}
    header "X-Tenant" {{ value = {{ "ours" }} }}
    domains = {{ "dead.example" }}
}}
source "dkim" {{
    dkim {{
        domains = {{ "tenant.platform.example" }}
        selectors = {{ "s1", "dead", "fail", "test" }}
        fields = {{ "subject" }}
        max_age = 10m
    }}
    domains = {{ "dkim.example" }}
}}
source "twice" {{
    dkim {{ domains = {{ "tenant.platform.example" }} max_uses = 2 }}
    domains = {{ "twice.example" }}
    remove_signatures = {{ "tenant.platform.example" }}
}}
source "both" {{
    dkim {{ domains = {{ "tenant.platform.example" }} fields = {{ "to" }} }}
    dkim {{ domains = {{ "*.platform.example" }} selectors = {{ "s1" }} }}
    domains = {{ "both.example" }}
}}
source "secret" {{
    secret_header "X-Secret" {{ value = {{ "{SECRET}", "{NEXT_SECRET}" }} }}
    remove = {{ "X-Platform-*" }}
    domains = {{ "secret.example" }}
}}
source "parents" {{
    login = {{ "relay-user" }}
    domains = {{ "strict.example", "*.strict.example", "mixed.example",
        "*.mixed.example" }}
}}
source "watched" {{
    mode = observe
    login = {{ "relay-user" }}
    domains = {{ "watched.example" }}
}}
'''

BODY = b"Hello,\r\n\r\nthis is a text.\r\n"


def fields(domain, extra=(), subject=b" an offer"):
    return [(b"Date", b" Mon, 23 Nov 2026 09:00:00 +0000"),
            (b"From", b" Sales <sales@" + domain + b">"),
            (b"To", b" someone@example.org"),
            (b"Subject", subject)] + list(extra)


def changed(edits):
    """(name, instance) of each field that is taken out, in order."""
    found = []
    for command, data in edits:
        if command == b"m":
            index, = struct.unpack("!I", data[:4])
            name, value = data[4:].split(b"\0")[:2]
            assert value == b"", value
            found.append((name, index))
    return found


class SourcesTest(unittest.TestCase):
    build = None

    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "key")
            subprocess.run(["openssl", "genrsa", "-traditional", "-out", path,
                            "2048"], check=True, capture_output=True)
            public = subprocess.run(
                ["openssl", "rsa", "-in", path, "-pubout"], check=True,
                capture_output=True, text=True).stdout
            with open(path, "rb") as stream:
                cls.key = stream.read()
        record = "v=DKIM1; p=" + "".join(public.splitlines()[1:-1])
        keys = "._domainkey.tenant.platform.example"
        cls.dns = DnsServer({
            "_spf.platform.example": [
                ("TXT", "v=spf1 exists:%{i}._ok.platform.example -all")],
            "203.0.113.7._ok.platform.example": [("A", "127.0.0.2")],
            "_more.platform.example": [
                ("TXT", ["v=spf1 ip6:2001:db8:5", "::/48 -all"])],
            "_late.platform.example": "SERVFAIL",
            "_dead.platform.example": "SILENCE",
            "s1" + keys: [("TXT", record), ],
            "fail" + keys: "SERVFAIL",
            "test" + keys: [("TXT", "t=y; " + record[len("v=DKIM1; "):])],
        })
        cls.service = Service(cls.build)
        cls.service.configure(SOURCES, 'dns { servers = "127.0.0.1@'
                              f'{cls.dns.port}" timeout = 2s }}\n')
        os.chmod(cls.service.config, 0o600)
        cls.records = {}
        for domain in ("spf", "late", "dead", "dkim", "twice", "both",
                       "secret", "watched"):
            cls.service.generate(domain + ".example", "ed25519")
            cls.records.update(cls.service.records(domain + ".example"))
        # One key of each domain is for subdomains, or none is.
        cls.service.generate("strict.example", "ed25519", "--strict")
        cls.service.generate("mixed.example", "ed25519", "--strict")
        cls.service.generate("mixed.example", "rsa2048")
        for domain in ("strict.example", "mixed.example"):
            cls.records.update(cls.service.records(domain))
        cls.service.start()

    @classmethod
    def tearDownClass(cls):
        status = cls.service.stop()
        text = cls.service.log_text()
        cls.dns.close()
        for word in ("Sanitizer", "runtime error", SECRET, NEXT_SECRET):
            assert word not in text, text
        assert status == 0, (status, text)
        cls.service.finish()

    def message(self, block, body=BODY, address=OUTSIDE, login=None,
                sender="<bounce@example.net>"):
        with mc.MilterClient(self.service.socket) as client:
            return client.message(block, body, address, login,
                                  sender=sender)

    def assert_signed(self, block, edits, reply, body=BODY):
        """Signed, and right for what is left of the message."""
        self.assertEqual(reply[0], b"a", reply)
        gone = set()
        for name, instance in changed(edits):
            at = [i for i, (other, _) in enumerate(block)
                  if other.lower() == name.lower()][instance - 1]
            gone.add(at)
        left = [field for i, field in enumerate(block) if i not in gone]
        inserted = mc.inserted(edits)
        self.assertEqual(len(inserted), 1, edits)
        for _, name, value in inserted:
            left.insert(0, (name, value.replace(b"\n", b"\r\n")))
        text = b"".join(n + b":" + v + b"\r\n" for n, v in left)
        self.assertTrue(dkim.DKIM(text + b"\r\n" + body).verify(
            dnsfunc=lambda name, timeout=5:
            self.records[name.decode().rstrip(".")].encode()))
        return left

    def assert_refused(self, edits, reply, code="550 5.7.1"):
        self.assertEqual((reply[0], mc.inserted(edits)), (b"y", []), reply)
        text = reply[1].decode()
        self.assertTrue(text.startswith(code), text)
        # But for the author's domain, which has the words.
        text = re.sub("mail from [^ ]*", "mail", text)
        for word in ("spf", "dkim", "secret", "source", "factor"):
            self.assertNotIn(word, text.lower())

    def upstream(self, block, selector=b"s1", body=BODY, names=None):
        """The block with a signature of the platform on top."""
        text = b"".join(n + b":" + v + b"\r\n" for n, v in block)
        signature = dkim.sign(
            text + b"\r\n" + body, selector, b"tenant.platform.example",
            self.key, include_headers=names or [b"from", b"subject", b"to",
                                               b"date"])
        name, value = signature.rstrip(b"\r\n").split(b":", 1)
        return [(name, value)] + block

    def asked(self):
        """How many queries so far; one that nobody answers is repeated late."""
        return sum(n for name, n in self.dns.queries.items()
                   if name != "_dead.platform.example")

    def test_spf(self):
        block = fields(b"spf.example", [(b"X-Tenant", b" ours")])
        for address in (INSIDE, INSIDE6):
            edits, reply = self.message(block, address=address)
            self.assert_signed(block, edits, reply)
        edits, reply = self.message(block, address=OUTSIDE)
        self.assert_refused(edits, reply)
        other = fields(b"spf.example", [(b"X-Tenant", b" theirs")])
        edits, reply = self.message(other, address=INSIDE)
        self.assert_refused(edits, reply)

    def test_spf_is_remembered(self):
        block = fields(b"spf.example", [(b"X-Tenant", b" ours")])
        edits, reply = self.message(block, address=INSIDE)
        before = self.asked()
        for _ in range(5):
            edits, reply = self.message(block, address=INSIDE)
            self.assert_signed(block, edits, reply)
        self.assertEqual(self.asked(), before)

    def test_cheap_failure_asks_nothing(self):
        block = fields(b"late.example", [(b"X-Tenant", b" theirs")])
        before = self.dns.queries["_late.platform.example"]
        edits, reply = self.message(block, address=INSIDE)
        self.assert_refused(edits, reply)
        self.assertEqual(self.dns.queries["_late.platform.example"], before)

    def test_dns_failure_defers(self):
        for domain in (b"late.example", b"dead.example"):
            block = fields(domain, [(b"X-Tenant", b" ours")])
            edits, reply = self.message(block, address=LATE)
            self.assert_refused(edits, reply, "451 4.4.3")

    def test_a_dead_lookup_holds_nobody_up(self):
        """Many wait for the dead one, and others are served meanwhile."""
        block = fields(b"dead.example", [(b"X-Tenant", b" ours")])
        replies = []
        threads = [threading.Thread(target=lambda: replies.append(
            self.message(block, address=LATE)[1])) for _ in range(8)]
        for thread in threads:
            thread.start()
        good = fields(b"spf.example", [(b"X-Tenant", b" ours")])
        edits, reply = self.message(good, address=INSIDE)
        self.assert_signed(good, edits, reply)
        for thread in threads:
            thread.join()
        self.assertEqual(len(replies), 8)
        for reply in replies:
            self.assertTrue(reply[1].startswith(b"451 4.4.3"), reply)

    def test_dkim(self):
        block = self.upstream(fields(b"dkim.example"))
        edits, reply = self.message(block)
        self.assert_signed(block, edits, reply)

    def test_dkim_forgeries(self):
        plain = fields(b"dkim.example")
        signed = self.upstream(plain)
        lacking = self.upstream(plain, names=[b"from", b"to", b"date"])
        testing = self.upstream(plain, b"test")
        unknown = self.upstream(plain, b"s2")
        cases = ((plain, BODY), (signed, BODY + b"pay here\r\n"),
                 (lacking, BODY), (testing, BODY), (unknown, BODY),
                 (signed[:4] + [(b"Subject", b" another")], BODY))
        for block, body in cases:
            edits, reply = self.message(block, body)
            self.assert_refused(edits, reply)

    def test_the_way_is_asked_for_only_if_it_decides(self):
        """A null sender and a subdomain that no source names."""
        before = self.asked()
        for domain, sender in ((b"nobody.example", "<>"),
                               (b"sub.spf.example", "<b@esp.example>")):
            edits, reply = self.message(fields(domain), sender=sender)
            self.assertEqual((edits, reply[0]), ([], b"a"))
        edits, reply = self.message(fields(b"sub.spf.example"),
                                    sender="<b@spf.example>")
        self.assert_refused(edits, reply)
        self.assertEqual(self.asked(), before)
        block = fields(b"sub.spf.example")
        for sender in ("<>", "<b@bounce.spf.example>"):
            edits, reply = self.message(block, address=INSIDE, sender=sender)
            self.assert_refused(edits, reply)
            # It may have come by the source whose DNS does not answer.
            edits, reply = self.message(block, sender=sender)
            self.assert_refused(edits, reply, "451 4.4.3")
        # Nor is it known who sent what has no clear author.
        block = fields(b"x.example>, <y@y.example")
        edits, reply = self.message(block, address=INSIDE)
        self.assert_refused(edits, reply)
        edits, reply = self.message(block)
        self.assert_refused(edits, reply, "451 4.4.3")

    def test_a_malformed_field_leaves_no_question_open(self):
        """Proven: on_fault; unproven: on_mismatch; DNS late: tempfail."""
        for name in (b"X\x80Y", b"X Y"):
            extra = [(b"X-Tenant", b" ours"), (name, b" x")]
            for domain, address, code in (
                    (b"spf.example", INSIDE, "550 5.6.0"),
                    (b"spf.example", OUTSIDE, "550 5.7.1"),
                    (b"late.example", LATE, "451 4.4.3"),
                    (b"dkim.example", OUTSIDE, "550 5.7.1")):
                edits, reply = self.message(fields(domain, extra),
                                            address=address)
                self.assert_refused(edits, reply, code)
            # Such a message has no signature that verifies.
            block = self.upstream(fields(b"dkim.example")) + [(name, b" x")]
            edits, reply = self.message(block)
            self.assert_refused(edits, reply)

    def test_a_fault_uses_no_signature_up(self):
        block = self.upstream(fields(b"dkim.example", subject=b" faulty"))
        edits, reply = self.message(block + [(b"X-Note", b" \x07")])
        self.assert_refused(edits, reply, "550 5.6.0")
        edits, reply = self.message(block)
        self.assert_signed(block, edits, reply)

    def test_dkim_without_dns_defers(self):
        block = self.upstream(fields(b"dkim.example"), b"fail")
        edits, reply = self.message(block)
        self.assert_refused(edits, reply, "451 4.4.3")

    def test_dkim_replay(self):
        # RSA gives the same signature for the same fields and second.
        block = self.upstream(fields(b"dkim.example", subject=b" once"))
        edits, reply = self.message(block)
        self.assert_signed(block, edits, reply)
        for extra in ([], [(b"X-N", b" 2")]):
            edits, reply = self.message(block + extra)
            self.assert_refused(edits, reply)

    def test_dkim_uses_and_removal(self):
        """Two uses; the platform's signature is taken out, others not."""
        other = (b"DKIM-Signature", b" v=1; a=rsa-sha256; d=other.example; "
                 b"s=x; h=from; bh=x; b=x")
        block = self.upstream(fields(b"twice.example"))
        block = [block[0], other] + block[1:] + [block[0]]
        for _ in range(2):
            edits, reply = self.message(block)
            left = self.assert_signed(block, edits, reply)
            self.assertEqual(changed(edits), [(b"DKIM-Signature", 3),
                                              (b"DKIM-Signature", 1)])
            self.assertIn(other, left)
        edits, reply = self.message(block)
        self.assert_refused(edits, reply)

    def test_one_signature_for_two_rules(self):
        """Is used once, and a refused replay uses nothing."""
        block = self.upstream(fields(b"both.example"))
        edits, reply = self.message(block)
        self.assert_signed(block, edits, reply)
        for _ in range(2):
            edits, reply = self.message(block)
            self.assert_refused(edits, reply)

    def test_secret(self):
        for secret in (SECRET, NEXT_SECRET):
            block = fields(b"secret.example", [
                (b"X-Platform-Id", b" 1"), (b"X-SECRET", b" " +
                                            secret.encode()),
                (b"X-Other", b" 1"), (b"x-platform-id", b" 2")])
            edits, reply = self.message(block)
            left = self.assert_signed(block, edits, reply)
            self.assertEqual(changed(edits), [
                (b"x-platform-id", 2), (b"X-SECRET", 1),
                (b"X-Platform-Id", 1)])
            self.assertEqual(left[-1][0], b"X-Other")

    def test_wrong_secret(self):
        for values in ([], [SECRET[:-1]], [SECRET + "0"], [SECRET, SECRET],
                       [SECRET.upper()], [""]):
            block = fields(b"secret.example", [
                (b"X-Secret", b" " + value.encode()) for value in values])
            edits, reply = self.message(block)
            self.assert_refused(edits, reply)

    def test_secret_never_leaves(self):
        """Mail of nobody's source passes, but not with our secret."""
        block = fields(b"nobody.example", [
            (b"X-Secret", b" " + SECRET.encode()), (b"X-Platform-Id", b" 1"),
            (b"x-secret", b" guess")])
        edits, reply = self.message(block)
        self.assertEqual(reply[0], b"a", reply)
        self.assertEqual(changed(edits), [(b"x-secret", 2),
                                          (b"X-Secret", 1)])
        self.assertEqual(mc.inserted(edits), [])

    def test_too_many_secrets(self):
        """What cannot be taken out as a whole does not go on."""
        block = fields(b"nobody.example", [(b"X-Secret", b" a")] * 1001)
        edits, reply = self.message(block)
        self.assertEqual(edits, [])
        self.assertTrue(reply[1].startswith(b"552 5.3.4"), reply)

    def test_observe(self):
        for login in ("relay-user", "other", None):
            block = fields(b"watched.example")
            edits, reply = self.message(block, login=login)
            self.assertEqual((edits, reply[0]), ([], b"a"))
        text = self.service.log_text()
        self.assertIn("action=signed observed=true", text)
        self.assertIn("action=rejected observed=true", text)

    def test_strict_keys(self):
        """A key with t=s signs for its own domain alone."""
        for domain, algorithms in ((b"strict.example", 1),
                                   (b"mixed.example", 2),
                                   (b"a.b.mixed.example", 1)):
            block = fields(domain)
            edits, reply = self.message(block, login="relay-user")
            self.assertEqual(reply[0], b"a", reply)
            self.assertEqual(len(mc.inserted(edits)), algorithms, domain)
        self.assert_signed(block, edits, reply)
        self.assertIn("t=s", " ".join(self.records.values()))
        edits, reply = self.message(fields(b"a.strict.example"),
                                    login="relay-user")
        self.assertEqual(mc.inserted(edits), [])
        self.assertTrue(reply[1].startswith(b"451 4.7.5"), reply)

    def test_two_tenants_in_one_session(self):
        """A use, an answer, a secret of one message is not of the next."""
        client = mc.MilterClient(self.service.socket)
        self.addCleanup(client.sock.close)
        client.connect(OUTSIDE)
        ours = self.upstream(fields(b"dkim.example", subject=b" session"))
        for block, code in ((ours, b"a"), (fields(b"dkim.example"), b"y"),
                            (fields(b"secret.example", [
                                (b"X-Secret", b" " + SECRET.encode())]),
                             b"a"),
                            (fields(b"secret.example"), b"y"),
                            (fields(b"spf.example", [
                                (b"X-Tenant", b" ours")]), b"y")):
            _, reply = client.message(block, BODY, connect=False)
            self.assertEqual(reply[0], code, reply)


if __name__ == "__main__":
    SourcesTest.build = sys.argv.pop(1)
    unittest.main(verbosity=2)
