#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""What the dkim factor takes for proof of the tenant, and what it does not.

usage: test_dkim_factor.py BUILD
"""

import os
import subprocess
import sys
import tempfile
import unittest

import dkim

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "common"))

import milterclient as mc  # noqa: E402
from dnsserver import DnsServer  # noqa: E402
from service import Service  # noqa: E402

BODY = b"Hello,\r\n\r\nthis is a text.\r\n"
NAMES = [b"from", b"to", b"subject", b"date"]


def make_key(folder, name):
    """(PEM of a private key, text of its record)."""
    path = os.path.join(folder, name)
    subprocess.run(["openssl", "genrsa", "-traditional", "-out", path,
                    "2048"], check=True, capture_output=True)
    with open(path, "rb") as stream:
        return stream.read(), record_of(path)


def record_of(path, *options):
    """The record of the key in a file, as SubjectPublicKeyInfo."""
    public = subprocess.run(
        ["openssl", "rsa", "-in", path, *(options or ("-pubout",))],
        check=True, capture_output=True, text=True).stdout
    return "v=DKIM1; p=" + "".join(public.splitlines()[1:-1])


def fields(domain, subject=b" an offer", extra=()):
    return [(b"Date", b" Mon, 23 Nov 2026 09:00:00 +0000"),
            (b"From", b" Sales <sales@" + domain + b">"),
            (b"To", b" someone@example.org"),
            (b"Subject", subject)] + list(extra)


def signed(block, domain, selector, key, body=BODY, names=None):
    """The block with a signature on top."""
    text = b"".join(n + b":" + v + b"\r\n" for n, v in block)
    signature = dkim.sign(text + b"\r\n" + body, selector, domain, key,
                          include_headers=names or NAMES)
    name, value = signature.rstrip(b"\r\n").split(b":", 1)
    return [(name, value)] + block


def with_ours(block, edits):
    """The block with the fields that were inserted, and no other signature."""
    return [(name, value.replace(b"\n", b"\r\n"))
            for _, name, value in mc.inserted(edits)] + \
        [field for field in block if field[0] != b"DKIM-Signature"]


class ServiceTest(unittest.TestCase):
    """A service whose factors are asked of a DNS server of the test's own."""
    build = None
    domains = ()

    @classmethod
    def sources(cls):
        """Called when the domains have keys: the sources."""
        raise NotImplementedError

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.key, cls.record = make_key(cls.folder.name, "platform")
        cls.dns = DnsServer({})
        cls.service = Service(cls.build)
        options = f'dns {{ servers = "127.0.0.1@{cls.dns.port}" ' \
            'timeout = 10s }\n'
        cls.service.configure("", options)
        cls.own = {}
        for domain in cls.domains:
            cls.service.generate(domain, "rsa2048")
            for name, text in cls.service.records(domain).items():
                cls.dns.zone[name] = [("TXT", text)]
                cls.own.setdefault(domain, []).append(name.split(".")[0])
        cls.service.configure(cls.sources(), options)
        cls.service.start()

    @classmethod
    def tearDownClass(cls):
        status = cls.service.stop()
        text = cls.service.log_text()
        cls.dns.close()
        cls.service.finish()
        cls.folder.cleanup()
        for word in ("Sanitizer", "runtime error"):
            assert word not in text, text
        assert status == 0, (status, text)

    def message(self, block, body=BODY):
        with mc.MilterClient(self.service.socket) as client:
            return client.message(block, body)

    def assert_signed(self, block, body=BODY):
        """Taken for the tenant's: the edits."""
        edits, reply = self.message(block, body)
        self.assertEqual((reply[0], len(mc.inserted(edits))), (b"a", 1),
                         (reply, self.service.log_text()[-2000:]))
        return edits

    def assert_refused(self, block, outcome, code="550 5.7.1", body=BODY):
        before = len(self.service.log_text())
        edits, reply = self.message(block, body)
        line = self.service.log_text()[before:]
        self.assertEqual((reply[0], mc.inserted(edits)), (b"y", []), line)
        self.assertTrue(reply[1].decode().startswith(code), reply)
        self.assertIn("dkim:" + outcome, line)


class OwnSignatureTest(ServiceTest):
    """A signature by a key that is or was ours is no proof."""
    domains = ("own.example", "old.example")

    @classmethod
    def sources(cls):
        for domain in cls.domains:
            for selector in ("platform", "e1"):
                cls.dns.zone[f"{selector}._domainkey.{domain}"] = \
                    [("TXT", cls.record)]
        return "".join(f'''
source "{domain}" {{
    dkim {{
        domains = {{ "{domain}" }}
        selectors = {{ "platform", "alias*", "{cls.own[domain][0]}" }}
        max_uses = 50
    }}
    domains = {{ "{domain}" }}
}}''' for domain in cls.domains)

    def test_own_signature_brings_no_new_one(self):
        """Five generations were made of one message; now there is one."""
        block = signed(fields(b"own.example"), b"own.example", b"platform",
                       self.key)
        second = with_ours(block, self.assert_signed(block))
        self.assertEqual(second[0][0], b"DKIM-Signature")
        self.assertTrue(dkim.DKIM(b"".join(
            n + b":" + v + b"\r\n" for n, v in second) + b"\r\n" +
            BODY).verify(dnsfunc=lambda name, timeout=5: self.dns.zone[
                name.decode().rstrip(".")][0][1].encode()))
        for _ in range(2):
            self.assert_refused(second, "own")
        self.assertIn("made with a key of ours", self.service.log_text())

    def test_platform_signature_below_ours_is_proof(self):
        block = signed(fields(b"own.example", b" both"), b"own.example",
                       b"platform", self.key)
        ours = with_ours(block, self.assert_signed(block))[:1]
        self.assert_signed(ours + block)

    def test_own_key_under_another_selector(self):
        """Published once more, in both forms that a record may have."""
        path = os.path.join(self.service.keydir, "own.example",
                            self.own["own.example"][0] + ".pem")
        with open(path, "rb") as stream:
            own = stream.read()
        own = subprocess.run(["openssl", "rsa", "-traditional"], input=own,
                             check=True, capture_output=True).stdout
        for selector, form in (("alias1", "-pubout"),
                               ("alias2", "-RSAPublicKey_out")):
            self.dns.zone[f"{selector}._domainkey.own.example"] = \
                [("TXT", record_of(path, form))]
            self.assert_refused(signed(
                fields(b"own.example"), b"own.example", selector.encode(),
                own), "own")

    def test_old_key_is_still_ours(self):
        """Retired and replaced, it proves as little as before."""
        block = signed(fields(b"old.example"), b"old.example", b"platform",
                       self.key)
        second = with_ours(block, self.assert_signed(block))
        self.service.run_key("generate", "old.example", "--algorithm",
                             "ed25519")
        self.service.run_key("activate", "--force", "old.example")
        self.service.run_key("retire", "--force", "old.example",
                             self.own["old.example"][0])
        self.assert_refused(second, "own")


if __name__ == "__main__":
    ServiceTest.build = sys.argv.pop(1)
    unittest.main(verbosity=2)
