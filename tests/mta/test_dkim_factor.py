#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""What the dkim factor takes for proof of the tenant, and what it does not.

usage: test_dkim_factor.py BUILD
"""

import itertools
import os
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from unittest import mock

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


def signed(block, domain, selector, key, body=BODY, names=None, age=0,
           canonicalization=(b"relaxed", b"simple")):
    """The block with a signature on top, made age seconds ago."""
    text = b"".join(n + b":" + v + b"\r\n" for n, v in block)
    now = time.time()
    with mock.patch("dkim.time.time", lambda: now - age):
        signature = dkim.sign(text + b"\r\n" + body, selector, domain, key,
                              canonicalize=canonicalization,
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
    address = "192.0.2.1"
    options = ""

    @classmethod
    def sources(cls):
        """Called when the domains have keys: the sources."""
        raise NotImplementedError

    @classmethod
    def resolver(cls):
        """The port of the server that the service asks."""
        return cls.dns.port

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.key, cls.record = make_key(cls.folder.name, "platform")
        cls.dns = DnsServer({})
        cls.service = Service(cls.build)
        options = cls.options + 'dns { servers = "127.0.0.1@' \
            f'{cls.resolver()}" timeout = 10s }}\n'
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
            return client.message(block, body, address=self.address)

    def assert_signed(self, block, body=BODY):
        """Taken for the tenant's: the edits."""
        edits, reply = self.message(block, body)
        self.assertEqual((reply[0], len(mc.inserted(edits))), (b"a", 1),
                         (reply, self.service.log_text()[-2000:]))
        return edits

    def assert_refused(self, block, outcome, field="", code="550 5.7.1"):
        before = len(self.service.log_text())
        edits, reply = self.message(block)
        line = self.service.log_text()[before:]
        self.assertEqual((reply[0], mc.inserted(edits)), (b"y", []), line)
        self.assertTrue(reply[1].decode().startswith(code), reply)
        self.assertIn(f"dkim{field}:{outcome}", line)


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
            self.assert_refused(second, "own-key")
        self.assertIn("made with one of our own keys", self.service.log_text())

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
                own), "own-key")

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
        self.assert_refused(second, "own-key")


class ResolverTest(ServiceTest):
    """Names in forged messages keep nobody from being judged."""
    domains = ("any.example", "named.example")

    @classmethod
    def sources(cls):
        for domain in cls.domains:
            cls.dns.zone["s1._domainkey.tenant-" + domain] = \
                [("TXT", cls.record)]
        return """
source "any" {
    dkim { domains = { "tenant-any.example" } max_uses = 50 }
    domains = { "any.example" }
}
source "named" {
    dkim {
        domains = { "tenant-named.example" }
        selectors = { "s1" }
        max_uses = 50
    }
    domains = { "named.example" }
}"""

    def forge(self, author, sdids, selectors):
        """A message with a bogus signature for each d= and s=."""
        signature = (b" v=1; a=rsa-sha256; c=relaxed/simple; d=%s; s=%s; "
                     b"t=" + str(int(time.time())).encode() +
                     b"; h=from:to:subject:date; bh=%s; b=AAAA")
        return [(b"DKIM-Signature", signature % (
            sdid, selector, b"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="))
            for sdid in sdids for selector in selectors] + fields(author)

    def honest(self, author, subject):
        return signed(fields(author, subject), b"tenant-" + author, b"s1",
                      self.key)

    def test_other_names_are_never_asked(self):
        """Not those of strangers, nor of selectors that no rule names."""
        sdids = [b"a%d.attacker.test" % i for i in range(8)]
        for i in range(8):
            for name in (f"s1._domainkey.a{i}.attacker.test",
                         f"a{i}._domainkey.tenant-named.example"):
                self.dns.zone[name] = "SILENCE"
        self.assert_refused(self.forge(b"any.example", sdids, [b"s1"]),
                            "absent")
        self.assert_refused(self.forge(
            b"named.example", [b"tenant-named.example"],
            [b"a%d" % i for i in range(8)]), "absent")
        asked = [name for name in self.dns.queries if "attacker" in name or
                 name.startswith("a")]
        self.assertEqual(asked, [])

    def test_bogus_above_the_genuine_one(self):
        for author in (b"any.example", b"named.example"):
            bogus = self.forge(author, [b"tenant-" + author], [b"s1"] * 8)
            block = self.honest(author, b" below")
            self.assert_signed(bogus[:8] + block)
            self.assertEqual(self.dns.queries[
                "s1._domainkey.tenant-" + author.decode()], 1)
            # Others above it are no limit.
            bogus = self.forge(author, [b"attacker.test"], [b"s1"] * 300)
            self.assert_signed(bogus[:300] + block)

    def hold_up(self):
        """A message whose keys the server does not answer for: a thread."""
        selectors = [b"x%d" % self.count.__next__() for _ in range(8)]
        for selector in selectors:
            self.dns.zone[selector.decode() +
                          "._domainkey.tenant-any.example"] = "SILENCE"
        block = self.forge(b"any.example", [b"tenant-any.example"],
                           selectors)
        replies = []
        thread = threading.Thread(
            target=lambda: replies.append(self.message(block)))
        thread.start()
        return thread, replies

    count = itertools.count()

    def test_one_deadline_for_all_keys(self):
        begin = time.monotonic()
        thread, replies = self.hold_up()
        thread.join()
        took = time.monotonic() - begin
        self.assertTrue(replies[0][1][1].startswith(b"451 4.4.3"), replies)
        # Each alone would take 10 seconds.
        self.assertLess(took, 40)
        asked = [name for name in self.dns.queries if name.startswith("x")]
        self.assertEqual(len(asked), 8)

    def test_silence_blinds_nobody(self):
        """The server is silent about some names, and answers others."""
        for i in range(3):
            threads = [self.hold_up() for _ in range(4)]
            for thread, _ in threads:
                thread.join()
            # Each has a name that was not asked before.
            selector = b"h%d" % i
            self.dns.zone[selector.decode() +
                          "._domainkey.tenant-any.example"] = \
                [("TXT", self.record)]
            self.assert_signed(signed(
                fields(b"any.example", selector), b"tenant-any.example",
                selector, self.key))

    def test_silence_holds_nobody_up(self):
        """What waits for the server takes no room from other questions."""
        front, = self.service.pids("front")
        idle = len(os.listdir(f"/proc/{front}/fd"))
        threads = [self.hold_up()[0] for _ in range(8)]
        # A socket for each of 64 questions, and for each of 8 messages.
        self.service.wait_for(
            lambda: len(os.listdir(f"/proc/{front}/fd")) >= idle + 64)
        selector = b"w"
        self.dns.zone[selector.decode() +
                      "._domainkey.tenant-any.example"] = \
            [("TXT", self.record)]
        self.assert_signed(signed(
            fields(b"any.example", selector), b"tenant-any.example",
            selector, self.key))
        for thread in threads:
            thread.join()


PRESETS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..",
                       "..", "presets")
ORGANIZATION = b"00D5f000001AbCd"


class Platform:
    """A preset, and how its platform signs, as public samples show it."""

    def __init__(self, name, domain, sdid, selector, names, leaves_out,
                 max_uses, max_age, extra=()):
        self.name, self.domain, self.sdid = name, domain, sdid
        self.selector, self.names = selector, names
        self.leaves_out = leaves_out
        self.max_uses, self.max_age = max_uses, max_age
        self.extra = list(extra)

    def block(self, subject, without=()):
        """A reply, with each field that such mail has as a rule."""
        return [field for field in [
            (b"Date", b" Mon, 23 Nov 2026 09:00:00 +0000"),
            (b"From", b" Sales <sales@" + self.domain + b">"),
            (b"To", b" a@example.org, b@example.org"),
            (b"Cc", b" c@example.org"),
            (b"Subject", subject),
            (b"Message-ID", b" <1@" + self.domain + b">"),
            (b"In-Reply-To", b" <0@example.org>"),
            (b"References", b" <0@example.org>"),
            (b"MIME-Version", b" 1.0"),
            (b"Content-Type", b" text/plain; charset=us-ascii"),
            (b"Content-Transfer-Encoding", b" 7bit")] + self.extra
            if field[0].lower() not in without]


# One sample of 2020: c=relaxed/simple, and this h=.
SALESFORCE = Platform(
    "salesforce-dkim", b"sf.example", b"sf.example", b"sfdc1",
    [b"Date", b"From", b"To", b"Subject", b"MIME-Version", b"Content-Type"],
    [b"cc", b"content-transfer-encoding", b"message-id", b"in-reply-to",
     b"references"], 1, 900, [(b"X-SFDC-LK", b" " + ORGANIZATION)])
# Some ten samples of 2019 to 2024.
MICROSOFT = Platform(
    "m365-dkim", b"ms.example", b"contoso.onmicrosoft.com", b"selector1",
    [b"From", b"Date", b"Subject", b"Message-ID", b"Content-Type",
     b"MIME-Version", b"X-MS-Exchange-SenderADCheck"],
    [b"to", b"cc", b"content-transfer-encoding", b"in-reply-to",
     b"references"], 50, 1800, [(b"X-MS-Exchange-SenderADCheck", b" 1")])
# A sample of 9 October 2026; those of April to June have no Content-Type.
GOOGLE = Platform(
    "google-dkim", b"gg.example", b"gg.example", b"google",
    [b"content-transfer-encoding", b"content-type", b"mime-version",
     b"references", b"in-reply-to", b"message-id", b"date", b"subject",
     b"cc", b"to", b"from", b"sender", b"from", b"to", b"cc", b"subject",
     b"date", b"message-id", b"reply-to", b"content-type"], [], 50, 1800)
PLATFORMS = (SALESFORCE, MICROSOFT, GOOGLE)

# What is signed here where it is there: each may change what is read.
ADDED = [(b"Reply-To", b" evil@evil.test"), (b"Sender", b" evil@evil.test"),
         (b"List-Unsubscribe", b" <https://evil.test/>"),
         (b"List-Unsubscribe-Post", b" List-Unsubscribe=One-Click"),
         (b"List-Post", b" <mailto:evil@evil.test>"),
         (b"Content-Type", b" multipart/mixed; boundary=evil"),
         (b"MIME-Version", b" 1.0"), (b"Content-ID", b" <evil>"),
         (b"Content-Disposition", b" attachment"),
         (b"Resent-From", b" evil@evil.test"), (b"Subject", b" pay here"),
         (b"Date", b" Tue, 24 Nov 2026 09:00:00 +0000"),
         (b"Message-ID", b" <2@evil.test>"), (b"To", b" d@evil.test"),
         (b"Cc", b" d@evil.test"), (b"In-Reply-To", b" <3@evil.test>"),
         (b"References", b" <3@evil.test>"),
         (b"Content-Transfer-Encoding", b" base64")]


class PresetTest(ServiceTest):
    """Signatures as the platforms make them, under their presets."""
    domains = ("sf.example", "ms.example", "gg.example")
    address = "203.0.113.7"
    options = f'preset_dir = "{os.path.realpath(PRESETS)}"\n'

    @classmethod
    def sources(cls):
        for platform in PLATFORMS:
            cls.dns.zone[b"._domainkey.".join(
                (platform.selector, platform.sdid)).decode()] = \
                [("TXT", cls.record)]
        cls.dns.zone.update({
            "_spf.salesforce.com": [
                ("TXT", "v=spf1 exists:%{i}._spf.mta.salesforce.com -all")],
            f"{cls.address}._spf.mta.salesforce.com": [("A", "127.0.0.2")],
            **{name: [("TXT", "v=spf1 ip4:203.0.113.0/24 -all")]
               for name in ("spf.protection.outlook.com",
                            "_spf.google.com")}})
        return f"""
source "sf" {{
    preset = salesforce-dkim
    tenant = {{ "{ORGANIZATION.decode()}", "sf.example" }}
    dkim {{ selectors = {{ "sfdc1", "sfdc2" }} }}
    domains = {{ "sf.example" }}
}}
source "ms" {{
    preset = m365-dkim
    tenant = {{ "contoso.onmicrosoft.com" }}
    domains = {{ "ms.example" }}
}}
source "gg" {{
    preset = google-dkim
    tenant = {{ "gg.example" }}
    dkim {{ selectors = {{ "google" }} }}
    domains = {{ "gg.example" }}
}}"""

    def sign(self, platform, block, age=0, names=None):
        return signed(block, platform.sdid, platform.selector, self.key,
                      names=names or platform.names, age=age)

    def test_genuine_mail_is_signed(self):
        for platform in PLATFORMS:
            with self.subTest(platform.name):
                self.assert_signed(self.sign(
                    platform, platform.block(b" genuine")))
                self.assert_signed(self.sign(platform, platform.block(
                    b" short", (b"cc", b"in-reply-to", b"references",
                                b"content-transfer-encoding"))))

    def test_what_is_left_out_is_signed_here(self):
        """... and oversigned, so that nobody alters it after us."""
        for platform in PLATFORMS:
            edits = self.assert_signed(self.sign(
                platform, platform.block(b" covered")))
            value = mc.inserted(edits)[0][2]
            names = value.split(b" h=")[1].split(b";")[0].replace(
                b"\n", b"").replace(b" ", b"").replace(b"\t", b"")
            for name in platform.leaves_out:
                self.assertEqual(names.lower().split(b":").count(name), 2,
                                 (platform.name, name, value))

    def test_altered_fields_are_refused(self):
        for platform in PLATFORMS:
            block = self.sign(platform, platform.block(b" altered"))
            for i, (name, value) in enumerate(block[1:], 1):
                if name.lower() in platform.leaves_out or \
                        name in (b"From", b"X-SFDC-LK"):
                    continue
                with self.subTest(platform.name, name=name):
                    self.assert_refused(
                        block[:i] + [(name, value + b"1")] + block[i + 1:],
                        "invalid")

    def test_added_fields_are_refused(self):
        """Each that the signature could cover, and does not."""
        for platform in PLATFORMS:
            names = {name.lower() for name, _ in ADDED}
            short = platform.block(b" added", names - {
                b"to", b"subject", b"date", b"message-id", b"content-type",
                b"mime-version"})
            for field in ADDED:
                name = field[0].lower()
                if name in platform.leaves_out:
                    continue
                block = self.sign(platform, short)
                # On top, where readers take it for the first one.
                with self.subTest(platform.name, name=name):
                    edits, reply = self.message(
                        block[:1] + [field] + block[1:])
                    self.assertEqual((reply[0], mc.inserted(edits)),
                                     (b"y", []), reply)
                    self.assertTrue(reply[1].startswith(b"550 5.7.1"),
                                    reply)

    def test_uncovered_field_is_named(self):
        block = self.sign(MICROSOFT, MICROSOFT.block(b" named"))
        self.assert_refused(block + [(b"Reply-To", b" evil@evil.test")],
                            "incomplete", "/reply-to")
        # As Google signed until the summer of 2026.
        names = [name for name in GOOGLE.names if name != b"content-type"]
        self.assert_refused(self.sign(GOOGLE, GOOGLE.block(b" older"),
                                      names=names),
                            "incomplete", "/content-type")

    def test_altered_within_leaves_out(self):
        """Nobody vouches for it: max_uses and max_age bound it."""
        for platform in (SALESFORCE, MICROSOFT):
            block = self.sign(platform, platform.block(b" captured"))
            for use in range(platform.max_uses):
                self.assert_signed([
                    (name, value + b"%d" % use)
                    if name.lower() in platform.leaves_out else (name, value)
                    for name, value in block])
            self.assert_refused(block, "replayed")
            old = self.sign(platform, platform.block(b" old"),
                            platform.max_age + 5)
            self.assert_refused(old, "too-old")


if __name__ == "__main__":
    ServiceTest.build = sys.argv.pop(1)
    unittest.main(verbosity=2)
