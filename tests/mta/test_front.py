# SPDX-License-Identifier: ISC
"""The front's callbacks, seen from the MTA's side of the milter protocol.

Usage: test_front.py BUILD-DIRECTORY
The daemon runs for real, with its signers and a key store in a scratch
directory; signatures are checked by python3-dkim.
"""

import os
import signal
import re
import subprocess
import sys
import threading
import unittest

import dkim

import milterclient as mc
from service import Service

ORG = "00D1U0000013lbu"
OTHER_ORG = "00D2w00000AbCdE"
PROVIDER = "13.108.238.1"

SOURCES = f'''
source "salesforce" {{
    header "X-SFDC-LK" {{ value = {{ "{ORG}" }} compare = salesforce-id }}
    header "X-SFDCOrgRelay" {{
        value = {{ "{ORG}" }} compare = salesforce-id optional = true
    }}
    header "X-SFDC-TLS-NoRelay" {{ compare = absent }}
    networks = {{ "13.108.238.0/24" }}
    domains = {{ "example.com", "*.example.com" }}
}}
source "login" {{
    login = {{ "relay-user" }}
    domains = {{ "login.example" }}
    on_fault = pass
}}
source "held" {{
    login = {{ "relay-user" }}
    domains = {{ "held.example" }}
    on_mismatch = "quarantine"
}}
source "stolen" {{
    login = {{ "relay-user" }}
    domains = {{ "stolen.example" }}
}}
source "keyless" {{
    login = {{ "relay-user" }}
    domains = {{ "keyless.example" }}
}}
source "keyless but optional" {{
    login = {{ "relay-user" }}
    domains = {{ "optional.example" }}
    on_no_key = "pass"
}}
'''

BODY = b"Hello,\r\n\r\n this  is \t text. \r\n\r\n\r\n"


def fields(author=b"sales@example.com", org=ORG, extra=()):
    block = [(b"Date", b" Mon, 23 Nov 2026 09:00:00 +0000"),
             (b"From", b" Sales <" + author + b">"),
             (b"To", b" someone@example.org"),
             (b"Message-ID", b" <1@example.com>"),
             (b"Subject", b" =?UTF-8?Q?offer?=\r\n and more "),
             (b"MIME-Version", b" 1.0"),
             (b"Content-Type", b" text/plain;\r\n\tcharset=us-ascii")]
    if org is not None:
        block.append((b"X-SFDC-LK", b" " + org.encode()))
    return block + list(extra)


def wire(block, edits, body=BODY):
    """The message as it leaves the MTA, its new fields on top."""
    block = list(block)
    for index, name, value in mc.inserted(edits):
        assert index == 0, index
        block.insert(0, (name, value.replace(b"\n", b"\r\n")))
    return b"".join(n + b":" + v + b"\r\n" for n, v in block) + b"\r\n" + body


def selectors(edits):
    """Those of the signatures that were added."""
    return {re.search(rb"\bs=([^;\s]+)", value).group(1).decode()
            for _, _, value in mc.inserted(edits)}


class FrontTest(unittest.TestCase):
    build = None
    service = None
    records = {}

    @classmethod
    def setUpClass(cls):
        cls.service = Service(cls.build)
        cls.service.configure(SOURCES)
        for domain in ("example.com", "login.example", "held.example"):
            cls.service.generate(domain)
            cls.records.update(cls.service.records(domain))
        cls.service.start()

    @classmethod
    def tearDownClass(cls):
        status = cls.service.stop()
        text = cls.service.log_text()
        for word in ("Sanitizer", "runtime error"):
            assert word not in text, text
        assert status == 0, (status, text)
        assert not os.path.exists(cls.service.socket)
        cls.service.finish()

    def client(self, **options):
        client = mc.MilterClient(self.service.socket, **options)
        self.addCleanup(client.sock.close)
        return client

    def assert_signed(self, block, edits, reply, sdid, body=BODY):
        self.assertEqual(reply[0], b"a", reply)
        self.assertEqual(len(mc.inserted(edits)), 2, edits)
        message = wire(block, edits, body)
        verifier = dkim.DKIM(message)
        algorithms = set()
        for index in range(2):
            self.assertTrue(verifier.verify(
                idx=index, dnsfunc=lambda name, timeout=5:
                self.records[name.decode().rstrip(".")].encode()))
            self.assertEqual(verifier.domain, sdid)
            algorithms.add(verifier.signature_fields[b"a"])
        self.assertEqual(algorithms, {b"rsa-sha256", b"ed25519-sha256"})

    def assert_reply(self, reply, code, words=""):
        self.assertEqual(reply[0], b"y", reply)
        text = reply[1].rstrip(b"\0").decode()
        self.assertTrue(text.startswith(code), text)
        self.assertIn(words, text)

    def test_signs_our_tenant(self):
        block = fields()
        edits, reply = self.client().message(block, BODY, PROVIDER)
        self.assert_signed(block, edits, reply, b"example.com")

    def test_signs_eighteen_character_header(self):
        block = fields(org=ORG + "EAK")
        edits, reply = self.client().message(block, BODY, PROVIDER)
        if reply[0] == b"a":
            self.assert_signed(block, edits, reply, b"example.com")
        else:
            self.assert_reply(reply, "550 5.7.1")

    def test_parent_domain_keys(self):
        block = fields(author=b"x@mail.example.com")
        edits, reply = self.client().message(block, BODY, PROVIDER)
        self.assert_signed(block, edits, reply, b"example.com")

    def test_empty_body(self):
        block = fields()
        edits, reply = self.client().message(block, b"", PROVIDER)
        self.assert_signed(block, edits, reply, b"example.com", b"")

    def test_large_body(self):
        body = (b"0123456789 " * 90 + b"\r\n") * 2000
        block = fields()
        edits, reply = self.client().message(block, body, PROVIDER)
        self.assert_signed(block, edits, reply, b"example.com", body)

    def test_refuses_other_tenant(self):
        for block in (fields(org=OTHER_ORG), fields(org=None),
                      fields(org=ORG.swapcase()),
                      fields(org=OTHER_ORG, extra=[(b"Subject", b" x")]),
                      fields(extra=[(b"X-SFDC-LK", b" " + ORG.encode())]),
                      fields(org=None, extra=[
                          (b"X-SFDC-X-LK", b" " + ORG.encode())]),
                      fields(extra=[(b"X-SFDC-TLS-NoRelay", b" 1")]),
                      fields(extra=[(b"X-SFDCOrgRelay", b" " +
                                     OTHER_ORG.encode())])):
            edits, reply = self.client().message(block, BODY, PROVIDER)
            self.assertEqual(edits, [])
            self.assert_reply(reply, "550 5.7.1", "QUEUEID")
            self.assertNotIn(ORG.encode(), reply[1])

    def test_refuses_other_network(self):
        edits, reply = self.client().message(fields(), BODY, "192.0.2.1")
        self.assertEqual(edits, [])
        self.assert_reply(reply, "550 5.7.1")
        edits, reply = self.client().message(fields(), BODY, None)
        self.assert_reply(reply, "550 5.7.1")

    def test_passes_nobodys_mail(self):
        for author in (b"x@example.net", b"x@notexample.com",
                       b"x@example.com.example.net"):
            edits, reply = self.client().message(
                fields(author=author), BODY, PROVIDER)
            self.assertEqual((edits, reply[0]), ([], b"a"))

    def test_passes_what_has_no_author_domain(self):
        for author in (b"", b"sales"):
            edits, reply = self.client().message(
                fields(author=author), BODY, PROVIDER)
            self.assertEqual((edits, reply[0]), ([], b"a"))
        block = [f for f in fields() if f[0] != b"From"]
        edits, reply = self.client().message(block, BODY, PROVIDER)
        self.assertEqual((edits, reply[0]), ([], b"a"))

    def test_login_is_of_one_message(self):
        client = self.client()
        block = fields(author=b"x@login.example", org=None)
        edits, reply = client.message(block, BODY, login="relay-user")
        self.assert_signed(block, edits, reply, b"login.example")
        edits, reply = client.message(block, BODY, connect=False)
        self.assertEqual(edits, [])
        self.assert_reply(reply, "550 5.7.1")
        edits, reply = client.message(block, BODY, login="Relay-User",
                                      connect=False)
        self.assert_reply(reply, "550 5.7.1")

    def test_header_is_of_one_message(self):
        client = self.client()
        edits, reply = client.message(fields(), BODY, PROVIDER)
        self.assert_signed(fields(), edits, reply, b"example.com")
        edits, reply = client.message(fields(org=None), BODY, connect=False)
        self.assertEqual(edits, [])
        self.assert_reply(reply, "550 5.7.1")
        edits, reply = client.message(fields(), BODY, connect=False)
        self.assert_signed(fields(), edits, reply, b"example.com")

    def test_abort_leaves_nothing(self):
        client = self.client()
        client.connect(PROVIDER)
        client.mail(login="relay-user")
        for name, value in fields():
            client.header(name, value)
        client.abort()
        edits, reply = client.message(fields(org=None), BODY, connect=False)
        self.assert_reply(reply, "550 5.7.1")

    def test_no_key(self):
        edits, reply = self.client().message(
            fields(author=b"x@keyless.example", org=None), BODY,
            login="relay-user")
        self.assertEqual(edits, [])
        self.assert_reply(reply, "451 4.7.5", "keyless.example")
        edits, reply = self.client().message(
            fields(author=b"x@optional.example", org=None), BODY,
            login="relay-user")
        self.assertEqual((edits, reply[0]), ([], b"a"))

    def test_quarantine(self):
        block = fields(author=b"x@held.example", org=None)
        edits, reply = self.client().message(block, BODY)
        self.assertEqual([edit[0] for edit in edits], [b"q"])
        self.assertIn(reply[0], (b"a", b"c"))
        edits, reply = self.client(
            actions=mc.ALL_ACTIONS & ~mc.QUARANTINE).message(block, BODY)
        self.assertEqual(edits, [])
        self.assert_reply(reply, "451 4.3.0")

    def test_limits_only_for_our_mail(self):
        many = [(b"X-Filler", b" x")] * 1001
        edits, reply = self.client().message(
            fields(extra=many), BODY, PROVIDER)
        self.assertEqual(edits, [])
        self.assert_reply(reply, "552 5.3.4", "1000 fields")
        helps = [(b"List-Help", b" x")] * 256
        edits, reply = self.client().message(
            fields(extra=helps), BODY, PROVIDER)
        self.assertEqual(edits, [])
        self.assert_reply(reply, "552 5.3.4", "256 signed fields")
        edits, reply = self.client().message(
            many + fields(author=b"x@example.net"), BODY, PROVIDER)
        self.assertEqual((edits, reply[0]), ([], b"a"))
        edits, reply = self.client().message(
            many + fields(org=OTHER_ORG), BODY, PROVIDER)
        self.assert_reply(reply, "550 5.7.1")
        big = [(b"X-Big", b" " + b"x" * 65000)] * 5
        edits, reply = self.client().message(
            fields(extra=big), BODY, PROVIDER)
        self.assert_reply(reply, "552 5.3.4", "262144 octets")

    def test_proven_mail_with_a_fault_is_not_sent_unsigned(self):
        for body in (b"a\nb\r\n", b"a\rb\r\n", b"a\0b\r\n", b"a\r"):
            edits, reply = self.client().message(fields(), body, PROVIDER)
            self.assertEqual(edits, [], body)
            self.assert_reply(reply, "550 5.6.0", "example.com")
        for extra in ((b"Subject", b" another"), (b"To", b" a@b.example"),
                      (b"Message-ID", b" <2@example.com>"),
                      (b"X-Note", b" a\x07b"), (b"X\x80Y", b" x"),
                      (b"X Y", b" x")):
            edits, reply = self.client().message(fields(extra=[extra]), BODY,
                                                 PROVIDER)
            self.assertEqual(edits, [], extra)
            self.assert_reply(reply, "550 5.6.0", "example.com")
            # No proof: the fault is of no importance.
            edits, reply = self.client().message(
                fields(org=OTHER_ORG, extra=[extra]), BODY, PROVIDER)
            self.assert_reply(reply, "550 5.7.1", "example.com")
            edits, reply = self.client().message(
                fields(author=b"x@nobody.example", extra=[extra]), BODY,
                PROVIDER)
            self.assertEqual((edits, reply[0]), ([], b"a"), extra)

    def test_on_fault_of_a_source(self):
        block = fields(author=b"x@login.example", org=None,
                       extra=[(b"Subject", b" another")])
        edits, reply = self.client().message(block, BODY, login="relay-user")
        self.assertEqual((edits, reply[0]), ([], b"a"))

    def test_signs_fields_that_may_be_repeated(self):
        block = fields(extra=[(b"MIME-Version", b" 1.0"),
                              (b"References", b" <0@example.com>"),
                              (b"In-Reply-To", b" <0@example.com>"),
                              (b"References", b" <00@example.com>"),
                              (b"In-Reply-To", b" <0@example.com>")])
        edits, reply = self.client().message(block, BODY, PROVIDER)
        self.assert_signed(block, edits, reply, b"example.com")

    def test_negotiation_saves_round_trips(self):
        client = self.client()
        for bit in (mc.NR_HDR, mc.NR_BODY, mc.NR_MAIL, mc.NR_CONN,
                    mc.NR_HELO, mc.NORCPT, mc.NODATA, mc.NOUNKNOWN,
                    mc.HDR_LEADSPC):
            self.assertTrue(client.protocol & bit, hex(bit))
        self.assertFalse(client.protocol & mc.NR_EOH)
        # The login comes with macros that every message has, so that a
        # message without one cannot inherit that of the message before.
        self.assertIn("{auth_authen}", client.macros_wanted[mc.STAGE_MAIL])
        self.assertIn("{mail_addr}", client.macros_wanted[mc.STAGE_MAIL])
        self.assertFalse(client.actions & (mc.CHGBODY | mc.DELRCPT |
                                           mc.ADDRCPT | mc.CHGFROM))

    def test_poor_mta(self):
        block = fields()
        for protocol in (0, mc.ALL_PROTOCOL & ~mc.HDR_LEADSPC):
            client = self.client(actions=mc.ADDHDRS, protocol=protocol)
            edits, reply = client.message(block, BODY, PROVIDER)
            values = [value for _, _, value in mc.inserted(edits)]
            self.assertFalse(any(v.startswith(b" ") for v in values))
            edits = [(c, d.replace(b"DKIM-Signature\0",
                                   b"DKIM-Signature\0 ", 1))
                     for c, d in edits]
            self.assert_signed(block, edits, reply, b"example.com")

    def test_mta_without_header_edits(self):
        with self.assertRaises(mc.Lost):
            self.client(actions=mc.CHGBODY)

    def test_garbage_harms_nobody(self):
        for data in (b"\0\0\0\0", b"\xff" * 64, b"\0\0\0\1Z" * 20,
                     b"\0\0\0\5L\0\0\0\0"):
            client = self.client()
            client.sock.sendall(data)
            client.sock.close()
        self.test_signs_our_tenant()

    def test_many_at_once(self):
        failures = []

        def run(count):
            try:
                client = mc.MilterClient(self.service.socket)
                for number in range(count):
                    ours = number % 3 != 0
                    block = fields(org=ORG if ours else OTHER_ORG)
                    edits, reply = client.message(
                        block, BODY * (number + 1), PROVIDER,
                        connect=number == 0)
                    if ours:
                        self.assert_signed(block, edits, reply,
                                           b"example.com",
                                           BODY * (number + 1))
                    else:
                        self.assertEqual(edits, [])
                        self.assert_reply(reply, "550 5.7.1")
                client.sock.close()
            except BaseException as error:
                failures.append(repr(error))

        threads = [threading.Thread(target=run, args=(20,))
                   for _ in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])

    def test_reload(self):
        block = fields(author=b"x@new.example", org=None)
        self.service.generate("new.example")
        self.records.update(self.service.records("new.example"))
        edits, reply = self.client().message(block, BODY, login="new-user")
        self.assertEqual((edits, reply[0]), ([], b"a"))
        # An answer to its first field says that the message has begun.
        held = self.client(protocol=mc.ALL_PROTOCOL & ~mc.NR_HDR)
        held.connect()
        held.mail(login="new-user")
        self.assertEqual(held.header(*block[0])[0], b"c")
        self.service.configure(SOURCES + '''
            source "new" { login = { "new-user" }
                domains = { "new.example" } }''')
        self.service.reload()
        self.service.wait_for(
            lambda: "configuration reloaded" in self.service.log_text())
        edits, reply = self.client().message(block, BODY, login="new-user")
        self.assert_signed(block, edits, reply, b"new.example")
        for name, value in block[1:]:
            held.header(name, value)
        self.assertEqual(held.end_of_headers()[0], b"a")

        self.service.configure("source \"broken\" { }")
        self.service.reload()
        self.service.wait_for(
            lambda: "keeping the old configuration" in self.service.log_text())
        edits, reply = self.client().message(block, BODY, login="new-user")
        self.assert_signed(block, edits, reply, b"new.example")
        self.service.configure(SOURCES)

    def test_secrets_of_a_faulty_file_are_not_logged(self):
        secret = "S3cr3t-0123456789abcdef"
        faults = (
            f'value = {{ "{secret}", "{secret}" }}',
            f'value = "{secret} "',
            f'value = "{secret}\u00e4"',
            f'value "{secret}"',
            f'{secret}',
            f'value = "{secret}',
        )
        for n, fault in enumerate(faults, 1):
            self.service.configure(
                f'source "s{n}" {{ login = a domains = "example.com"\n'
                f'secret_header "X-Key" {{ {fault} }} }}')
            before = self.service.log_text().count(
                "keeping the old configuration")
            self.service.reload()
            self.service.wait_for(
                lambda: self.service.log_text().count(
                    "keeping the old configuration") > before)
        self.service.configure(SOURCES)
        self.assertNotIn("S3cr3t", self.service.log_text())

    def test_signers_killed(self):
        block = fields()
        for _ in range(3):
            for pid in self.service.pids("signer"):
                os.kill(pid, signal.SIGKILL)
            edits, reply = self.client().message(block, BODY, PROVIDER)
            if reply[0] != b"a":
                self.assertEqual(edits, [])
                self.assert_reply(reply, "451 4.3.0")
            else:
                self.assert_signed(block, edits, reply, b"example.com")
        self.service.wait_for(lambda: self.client().message(
            block, BODY, PROVIDER)[1][0] == b"a")

    def replace_stolen_keys(self, old, new):
        """The new ones sign as well, and then the old ones stop."""
        self.service.configure(SOURCES, 'dns { servers = "127.0.0.1@1" }')
        self.service.run_key("activate", "--force", "stolen.example", *new)
        # No server answers here, which compromise reports by its status.
        subprocess.run([self.service.key, "-c", self.service.config,
                        "compromise", "stolen.example", *old],
                       capture_output=True, check=False)
        self.service.configure(SOURCES)
        # New signers read the state at once; old ones would in ten seconds.
        for pid in self.service.pids("signer"):
            os.kill(pid, signal.SIGKILL)
        self.service.wait_for(lambda: self.client().message(
            fields(), BODY, PROVIDER)[1][0] == b"a")

    def test_key_compromised_during_a_message(self):
        """The old key was chosen for it, and the new one signs it."""
        block = fields(author=b"x@stolen.example", org=None)
        self.service.generate("stolen.example")
        old = {name.split(".")[0]
               for name in self.service.records("stolen.example")}
        self.service.run_key("generate", "stolen.example",
                             "--algorithm", "both")
        self.records.update(self.service.records("stolen.example"))
        new = {name.split(".")[0]
               for name in self.service.records("stolen.example")} - old
        edits, reply = self.client().message(block, BODY, login="relay-user")
        self.assertEqual(selectors(edits), old)
        held = self.client()
        held.connect()
        held.mail(login="relay-user")
        for name, value in block:
            held.header(name, value)
        self.assertEqual(held.end_of_headers()[0], b"c")
        self.replace_stolen_keys(old, new)
        held.body(BODY)
        edits, reply = held.end()
        self.assert_signed(block, edits, reply, b"stolen.example")
        self.assertEqual(selectors(edits), new)

    def test_one_log_line_a_message(self):
        self.client().message(fields(), BODY, PROVIDER)
        client = self.client()
        client.connect(PROVIDER)
        client.mail()
        for name, value in fields():
            client.header(name, value)
        client.end_of_headers(queue_id="ONLYONE")
        client.body(BODY)
        client.end(queue_id="ONLYONE")
        self.service.wait_for(
            lambda: "qid=ONLYONE" in self.service.log_text())
        lines = [line for line in self.service.log_text().splitlines()
                 if "qid=ONLYONE" in line]
        self.assertEqual(len(lines), 1)
        for word in ("action=signed", "client=13.108.238.1",
                     "author=example.com", "source=salesforce",
                     "factors=networks:holds,header/X-SFDC-LK:holds,",
                     "/rsa-sha256,example.com/", "/ed25519-sha256",
                     "bh=", "elapsed_ms="):
            self.assertIn(word, lines[0])

    def test_lines_of_front_and_signer_match(self):
        body = b"a body of its own: %d\r\n" % os.getpid()
        client = self.client()
        client.connect(PROVIDER)
        client.mail()
        for name, value in fields():
            client.header(name, value)
        client.end_of_headers(queue_id="MATCH")
        client.body(body)
        client.end(queue_id="MATCH")
        self.service.wait_for(
            lambda: "qid=MATCH" in self.service.log_text())
        text = self.service.log_text()
        front = re.search(r"qid=MATCH .*author=(\S+) .*signatures=(\S+) "
                          r".*bh=(\S+)", text)
        self.assertEqual(front.group(1), "example.com")
        signed = re.findall(r"signed d=(\S+) s=(\S+) a=(\S+) bh=(\S+)",
                            text)
        self.assertEqual(
            sorted("/".join(found[:3]) for found in signed
                   if found[3] == front.group(3)),
            sorted(front.group(2).split(",")))


if __name__ == "__main__":
    FrontTest.build = sys.argv.pop(1)
    unittest.main(verbosity=2)
