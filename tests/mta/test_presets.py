#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Each preset: a whole message of ours that is signed, and eight that are not.

The messages are synthetic, but have the fields of public samples: what the
platform writes, in its order.  Each of the eight differs from ours in one
thing, which another customer of the platform, or a stranger, could do; the log
names the factor that it fails.

usage: test_presets.py BUILD
"""

import os
import sys
import unittest

import milterclient as mc
from test_dkim_factor import BODY, PRESETS, ServiceTest, signed

ORG, THEIR_ORG = b"00D5f000001AbCd", b"00D7Q00000BcXyZ"
GUID = b"3a1b2c3d-0000-1111-2222-333344445555"
THEIR_GUID = b"99999999-0000-1111-2222-333344445555"
SECRET = b"0123456789abcdef0123456789abcdef"
LOGIN, THEIR_LOGIN = "ours@relay.example.net", "theirs@relay.example.net"

PLATFORM, OUTSIDE = "203.0.113.7", "198.51.100.77"
HIGH_RISK = "40.95.1.1"
SPF = "v=spf1 ip4:203.0.113.0/24 ip4:40.95.0.0/16 -all"


# -- Messages, as lists of fields

def common(preset):
    """What every message has."""
    domain = preset.encode() + b".example"
    return [(b"Date", b" Mon, 23 Nov 2026 09:00:00 +0000"),
            (b"From", b" Service <service@" + domain + b">"),
            (b"To", b" customer@example.org"),
            (b"Message-ID", b" <1@" + domain + b">"),
            (b"Subject", b" your invoice"),
            (b"MIME-Version", b" 1.0"),
            (b"Content-Type", b" text/plain; charset=us-ascii")]


def salesforce(preset):
    """As Email Relay sends it: linux-erofs, 1 April 2026."""
    return common(preset) + [
        (b"X-SFDC-LK", b" " + ORG),
        (b"X-SFDC-User", b" 0056e00000EKg1f"),
        (b"X-Sender", b" postmaster@salesforce.com"),
        (b"X-mail_abuse_inquiries",
         b" https://www.salesforce.com/company/legal/abuse"),
        (b"X-SFDC-ORGTYPE", b" ACTIVE"),
        (b"X-SFDCOrgRelay", b" " + ORG),
        (b"X-SFDC-Binding", b" 1WrIRBV94myi25uB"),
        (b"X-SFDC-EmailCategory", b" quickActionEmail"),
        (b"X-SFDC-Interface", b" internal"),
        (b"X-SFDCRelayAddr", b" relay.example.net"),
        (b"X-SFDCRelayPort", b" 587"),
        (b"X-SFDCTLS", b" 0")]


def microsoft(preset):
    """As Exchange Online sends mail of a mailbox: lists of 2019 to 2025."""
    return common(preset) + [
        (b"X-MS-Exchange-SenderADCheck", b" 1"),
        (b"X-OriginatorOrg", b" " + preset.encode() + b".example"),
        (b"X-MS-Exchange-CrossTenant-AuthAs", b" Internal"),
        (b"X-MS-Exchange-CrossTenant-AuthSource",
         b" AM0PR08MB1234.eurprd08.prod.outlook.com"),
        (b"X-MS-Exchange-CrossTenant-fromentityheader", b" Hosted"),
        (b"X-MS-Exchange-CrossTenant-id", b" " + GUID),
        (b"X-MS-Exchange-Transport-CrossTenantHeadersStamped",
         b" DB9PR08MB8357")]


def google(preset):
    """As Google's outbound gateway sends it."""
    return common(preset) + [
        (b"X-Google-Smtp-Source", b" AGHT+IE1x"),
        (b"X-Received", b" by 2002:a05:6402:1d4a:b0:5c9 with SMTP id dz10")]


def zendesk(preset):
    return common(preset) + [
        (b"X-Mailer", b" Zendesk Mailer"),
        (b"X-Zendesk-From-Account-Id", b" a1b2c3d")]


def servicenow(preset):
    """linux-kernel, 15 March 2024."""
    return common(preset) + [
        (b"X-ServiceNow-Generated", b" true"),
        (b"X-ServiceNow-Source", b" Notification-0123456789abcdef"),
        (b"X-ServiceNow-SysEmail-Version", b" 2")]


# -- How a variant differs from our message

class Mail:
    """A message, and the session in which it comes."""

    def __init__(self, preset, block, session):
        self.preset, self.block = preset, block
        self.address = session.get("address", PLATFORM)
        self.tls = session.get("tls", "TLSv1.3")
        self.login = session.get("login")
        self.daemon = session.get("daemon", "smtpd")
        self.sender = "<service@" + preset + ".example>"
        self.sdid = self.body = self.names = None
        self.age = 0


def session(**changes):
    """Another client, or another login."""
    return lambda mail: vars(mail).update(changes)


def put(name, value):
    """The first field of that name gets another value."""
    def change(mail):
        at = [n.lower() for n, _ in mail.block].index(name.lower())
        mail.block[at] = (name, value)
    return change


def add(name, value):
    return lambda mail: mail.block.append((name, value))


def drop(name):
    def change(mail):
        mail.block = [field for field in mail.block
                      if field[0].lower() != name.lower()]
    return change


def both(*changes):
    return lambda mail: [change(mail) for change in changes] and None


SECOND_FROM = ("a second From", add(b"From", b" ceo@evil.example"), "")
CLEAR = ("in clear", session(tls=None), "tls:absent")
OLD_TLS = ("TLS 1.1", session(tls="TLSv1.1"), "tls:differs")
LOGINS = [
    ("no login", session(login=None), "login:absent"),
    ("another tenant's login", session(login=THEIR_LOGIN), "login:differs"),
    ("a login in other case", session(login=LOGIN.upper()), "login:differs"),
    ("a login without the realm", session(login="ours"), "login:differs"),
]
LOGGED_IN = LOGINS + [
    ("a longer login", session(login=LOGIN + ".example"), "login:differs"),
    CLEAR, OLD_TLS, SECOND_FROM]
BOUNCE = "<service=x.example__abc@k0.%s.na1.bnc.salesforce.com>"
LK, RELAY = b"X-SFDC-LK", b"X-SFDCOrgRelay"
TWO_KEYS = ("two X-SFDC-LK", add(LK, b" " + THEIR_ORG),
            "header/X-SFDC-LK:repeated")
STAMPS = [
    ("another organization", put(LK, b" " + THEIR_ORG),
     "header/X-SFDC-LK:differs"),
    TWO_KEYS,
    ("the id in other case", put(LK, b" " + ORG.lower()),
     "header/X-SFDC-LK:differs"),
    ("a field of a template", both(drop(LK), add(b"X-SFDC-X-LK",
                                                 b" " + ORG)),
     "header/X-SFDC-LK:absent"),
    ("relayed for another organization", put(RELAY, b" " + THEIR_ORG),
     "header/X-SFDCOrgRelay:differs"),
    ("not meant for a relay", add(b"X-SFDC-TLS-NoRelay", b" 1"),
     "header/X-SFDC-TLS-NoRelay:forbidden"),
]
OUT = ("from elsewhere", session(address=OUTSIDE), "spf:differs")
POOL = ("from the pool of high risk", session(address=HIGH_RISK),
        "networks:differs")
AUTH_AS = b"X-MS-Exchange-CrossTenant-AuthAs"
DIRECT_SEND = ("Direct Send", put(AUTH_AS, b" Anonymous"),
               "header/X-MS-Exchange-CrossTenant-AuthAs:differs")
NO_AUTH_AS = ("nothing says who sent it", drop(AUTH_AS),
              "header/X-MS-Exchange-CrossTenant-AuthAs:absent")
FORGED_AUTH_AS = ("Direct Send with a forged field", both(
    put(AUTH_AS, b" Anonymous"), add(AUTH_AS, b" Internal")),
    "header/X-MS-Exchange-CrossTenant-AuthAs:repeated")
ANOTHER = b"X-Our-Secret"
SECRETS = [
    ("no secret", drop(ANOTHER), "secret_header/X-Our-Secret:absent"),
    ("another secret", put(ANOTHER, b" " + SECRET[:-1] + b"0"),
     "secret_header/X-Our-Secret:differs"),
    ("the secret twice", add(ANOTHER, b" " + SECRET),
     "secret_header/X-Our-Secret:repeated"),
]
NO_SIGNATURE = ("no signature", session(sdid=""), "dkim:absent")
THEIR_SIGNATURE = ("another tenant's signature", session(
    sdid=b"evil.example"), "dkim:absent")
BROKEN = ("another body", session(body=b"pay to this account\r\n"),
          "dkim:invalid")
OLD = ("an old signature", session(age=3600), "dkim:too-old")
REPLY_TO = ("a Reply-To that is not signed",
            add(b"Reply-To", b" evil@evil.example"),
            "dkim/reply-to:incomplete")

# Preset: its sample, the session, what the source says besides, and the eight.
SAMPLES = {
    "salesforce-auth": (salesforce, {"login": LOGIN}, f"""
        tenant = "{ORG.decode()}" login = "{LOGIN}" """,
        LOGINS[:2] + [STAMPS[0], TWO_KEYS, STAMPS[3], STAMPS[5], CLEAR, (
            "another organization's bounce address",
            session(sender=BOUNCE % "7q-bcxyza1w"),
            "salesforce_bounce:differs")]),
    "salesforce-header": (salesforce, {}, f"""
        tenant = "{ORG.decode()}" preset_options = require_tls """,
        STAMPS + [OUT, CLEAR]),
    "salesforce-dkim": (salesforce, {}, f"""
        tenant = {{ "{ORG.decode()}", "salesforce-dkim.example" }}
        dkim {{ selectors = {{ "platform" }} }} """,
        [STAMPS[0], TWO_KEYS, OUT, NO_SIGNATURE, THEIR_SIGNATURE, BROKEN,
         OLD, REPLY_TO]),
    "m365-dkim": (microsoft, {}, """
        tenant = "contoso.onmicrosoft.com"
        preset_options = require_internal """,
        [NO_SIGNATURE, THEIR_SIGNATURE, BROKEN, OLD, OUT, POOL, DIRECT_SEND,
         FORGED_AUTH_AS]),
    "m365-header": (microsoft, {}, f"""
        tenant = {{ "m365-header.example", "{GUID.decode()}" }}
        preset_options = require_internal """,
        [("another tenant", put(b"X-OriginatorOrg", b" evil.example"),
          "header/X-OriginatorOrg:differs"),
         ("two tenants", add(b"X-OriginatorOrg", b" evil.example"),
          "header/X-OriginatorOrg:repeated"),
         ("another tenant's id", put(b"X-MS-Exchange-CrossTenant-id",
                                     b" " + THEIR_GUID),
          "header/X-MS-Exchange-CrossTenant-Id:differs"),
         OUT, POOL, DIRECT_SEND, NO_AUTH_AS, FORGED_AUTH_AS]),
    "m365-secret": (lambda preset: microsoft(preset) + [
        (ANOTHER, b" " + SECRET)], {}, f"""
        secret_header "X-Our-Secret" {{ value = "{SECRET.decode()}" }}
        preset_options = require_internal """,
        SECRETS + [OUT, POOL, DIRECT_SEND, NO_AUTH_AS, FORGED_AUTH_AS]),
    "google-dkim": (google, {}, """
        tenant = "google-dkim.example"
        dkim { selectors = { "platform" } } """,
        [NO_SIGNATURE, THEIR_SIGNATURE, BROKEN, OLD, OUT, (
            "the shared default signature",
            session(sdid=b"google-dkim-example.20260101.gappssmtp.com"),
            "dkim:absent"), (
            "a Sender that is not signed",
            add(b"Sender", b" evil@evil.example"),
            "dkim/sender:incomplete"), (
            "another subject", session(names=[
                b"from", b"to", b"date", b"message-id", b"content-type",
                b"mime-version"]), "dkim/subject:incomplete")]),
    "google-secret": (lambda preset: google(preset) + [
        (ANOTHER, b" " + SECRET)], {}, f"""
        secret_header "X-Our-Secret" {{ value = "{SECRET.decode()}" }} """,
        SECRETS + [
            OUT, ("an empty secret", put(ANOTHER, b""),
                  "secret_header/X-Our-Secret:differs"),
            ("more behind the secret", put(ANOTHER, b" " + SECRET + b" x"),
             "secret_header/X-Our-Secret:differs"),
            ("the secret in another field", both(drop(ANOTHER), add(
                b"X-Our-Secret-2", b" " + SECRET)),
             "secret_header/X-Our-Secret:absent"), SECOND_FROM]),
    "zendesk": (zendesk, {"login": LOGIN}, f"""
        tenant = "a1b2c3d" login = "{LOGIN}" """,
        LOGINS[:3] + [
            ("another account", put(b"X-Zendesk-From-Account-Id",
                                    b" d3c2b1a"),
             "header/X-Zendesk-From-Account-Id:differs"),
            ("two accounts", add(b"X-Zendesk-From-Account-Id", b" d3c2b1a"),
             "header/X-Zendesk-From-Account-Id:repeated"),
            ("no account", drop(b"X-Zendesk-From-Account-Id"),
             "header/X-Zendesk-From-Account-Id:absent"),
            CLEAR, OLD_TLS]),
    "servicenow": (servicenow, {"login": LOGIN}, f'login = "{LOGIN}"',
                   LOGGED_IN),
    "successfactors": (common, {"login": LOGIN}, f'login = "{LOGIN}"',
                       LOGGED_IN),
    "generic-auth": (common, {"login": LOGIN}, f'login = "{LOGIN}"',
                     LOGGED_IN),
    "generic-mtls": (common, {"daemon": "ours"}, 'daemon = "ours"', [
        ("another service", session(daemon="theirs"), "daemon:differs"),
        ("no service", session(daemon=None), "daemon:absent"),
        ("a service in other case", session(daemon="Ours"),
         "daemon:differs"),
        ("a longer name", session(daemon="ours2"), "daemon:differs"),
        ("a login instead", both(session(daemon="smtpd"),
                                 session(login="ours")), "daemon:differs"),
        CLEAR, OLD_TLS, SECOND_FROM]),
}

# d= of our signature, and its h= (see test_dkim_factor.py), by preset.
SIGNATURES = {
    "salesforce-dkim": (b"salesforce-dkim.example", [
        b"Date", b"From", b"To", b"Subject", b"MIME-Version",
        b"Content-Type"]),
    "m365-dkim": (b"contoso.onmicrosoft.com", [
        b"From", b"Date", b"Subject", b"Message-ID", b"Content-Type",
        b"MIME-Version", b"X-MS-Exchange-SenderADCheck"]),
    "google-dkim": (b"google-dkim.example", [
        b"content-type", b"mime-version", b"message-id", b"date", b"subject",
        b"to", b"from", b"from", b"to", b"subject", b"date", b"message-id",
        b"reply-to", b"content-type"]),
}


class SampleTest(ServiceTest):
    """All presets in one configuration, as their files have them."""
    domains = tuple(preset + ".example" for preset in SAMPLES)
    options = f'preset_dir = "{os.path.realpath(PRESETS)}"\n'

    @classmethod
    def sources(cls):
        for sdid in ("evil.example", "salesforce-dkim.example",
                     "google-dkim.example", "contoso.onmicrosoft.com",
                     "google-dkim-example.20260101.gappssmtp.com"):
            cls.dns.zone["platform._domainkey." + sdid] = \
                [("TXT", cls.record)]
        cls.dns.zone.update({
            "_spf.salesforce.com": [
                ("TXT", "v=spf1 exists:%{i}._spf.mta.salesforce.com -all")],
            f"{PLATFORM}._spf.mta.salesforce.com": [("A", "127.0.0.2")],
            "spf.protection.outlook.com": [("TXT", SPF)],
            "_spf.google.com": [("TXT", SPF)]})
        return "".join(f"""
source "{preset}" {{
    preset = {preset} {says}
    domains = {{ "{preset}.example" }}
}}""" for preset, (_, _, says, _) in SAMPLES.items())

    def finish(self, mail):
        """The fields as they arrive, signed by the platform if it signs."""
        sdid, names = SIGNATURES.get(mail.preset, (None, None))
        if sdid is None or mail.sdid == "":
            return mail.block
        return signed(mail.block, mail.sdid or sdid, b"platform", self.key,
                      names=mail.names or names, age=mail.age)

    def send(self, mail):
        """(whether it is signed, the reply, the lines that the log got)."""
        before = len(self.service.log_text())
        with mc.MilterClient(self.service.socket) as client:
            client.connect(mail.address, {"{daemon_name}": mail.daemon}
                           if mail.daemon else {})
            client.macros(b"H", {"{tls_version}": mail.tls}
                          if mail.tls else {})
            client.step(b"H", b"mx.platform.example\0", mc.NOHELO,
                        mc.NR_HELO)
            client.macros(b"M", {
                "{mail_addr}": mail.sender.strip("<>"),
                "{client_addr}": mail.address,
                **({"{tls_version}": mail.tls} if mail.tls else {}),
                **({"{auth_authen}": mail.login} if mail.login else {})})
            client.step(b"M", mail.sender.encode() + b"\0", mc.NOMAIL,
                        mc.NR_MAIL)
            client.step(b"R", b"<customer@example.org>\0", mc.NORCPT,
                        mc.NR_RCPT)
            client.step(b"T", b"", mc.NODATA, mc.NR_DATA)
            edits, reply = self.content(client, mail)
        return bool(mc.inserted(edits)), reply, \
            self.service.log_text()[before:]

    def content(self, client, mail):
        """Header and body, until the reply: (edits, reply)."""
        for name, value in self.finish(mail):
            reply = client.header(name, value)
            if reply is not None and reply[0] != b"c":
                return [], reply
        reply = client.end_of_headers()
        if reply[0] != b"c":
            return [], reply
        client.body(mail.body or BODY)
        return client.end()

    def sample(self, preset, label):
        """Ours; the subject is its own, so no signature comes twice."""
        make, how, _, _ = SAMPLES[preset]
        mail = Mail(preset, make(preset), how)
        put(b"Subject", b" your invoice: " + label.encode())(mail)
        return mail

    def test_samples_are_signed(self):
        for preset in SAMPLES:
            with self.subTest(preset):
                is_signed, reply, line = self.send(self.sample(preset,
                                                               "ours"))
                self.assertTrue(is_signed, (reply, line))
                self.assertEqual(reply[0], b"a", line)

    def test_variants_are_refused(self):
        for preset, (_, _, _, variants) in SAMPLES.items():
            self.assertEqual(len({label for label, _, _ in variants}), 8,
                             preset)
            for label, change, outcome in variants:
                with self.subTest(preset, variant=label):
                    mail = self.sample(preset, label)
                    change(mail)
                    is_signed, reply, line = self.send(mail)
                    self.assertFalse(is_signed, line)
                    self.assertEqual(reply[0], b"y", (reply, line))
                    self.assertTrue(reply[1].startswith(b"550 5.7.1"), reply)
                    self.assertIn(outcome, line)

    def test_each_preset_has_samples(self):
        names = {name[:-len(".conf")] for name in os.listdir(PRESETS)
                 if name.endswith(".conf")}
        self.assertEqual(names, set(SAMPLES))


if __name__ == "__main__":
    ServiceTest.build = sys.argv.pop(1)
    unittest.main(verbosity=2)
