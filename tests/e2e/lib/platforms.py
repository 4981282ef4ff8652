#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""platforms.py PORT MTLS-PORT TLS-FOLDER KEY-FOLDER MAIL-FOLDER

Send mail as each platform does that there is a preset for: as our tenant of
it, and as another one who forges our From, from the same host, with the same
certificate and the same HELO.  NAME.eml and NAME.reply go into MAIL-FOLDER;
NAME is PRESET-ours, or PRESET-KIND for each kind of forgery.  The names are
printed, a line each.
"""

import json
import os
import smtplib
import ssl
import sys
import time

import without_requests  # noqa: F401
import dkim

OURS = "00D1U0000013lbu"
THEIRS = "00D7Q00000BcXyZ"
SECRET = "0123456789abcdef0123456789abcdef"
GUID = "3a1b2c3d-0000-1111-2222-333344445555"

SALESFORCE = "13.110.209.7"
MICROSOFT = "40.107.22.52"
GOOGLE = "209.85.220.41"
OTHER = "198.51.100.77"


def salesforce(org):
    """What Email Relay stamps."""
    return [("X-SFDC-LK", org), ("X-SFDCOrgRelay", org),
            ("X-SFDC-Binding", "1WrIRBV94myi25uB")]


def microsoft(domain, guid, internal=True):
    """What Exchange Online stamps."""
    return [("X-OriginatorOrg", domain),
            ("X-MS-Exchange-CrossTenant-Id", guid),
            ("X-MS-Exchange-CrossTenant-AuthAs",
             "Internal" if internal else "Anonymous")]


THEIR_GUID = "99999999-0000-1111-2222-333344445555"

# Preset: client address, and for each kind of message what is special in it:
# header fields, (d=, key) of a platform's signature, login, port, envelope.
PLATFORMS = {
    "salesforce-auth": (SALESFORCE, {
        "ours": {"fields": salesforce(OURS), "login": "ours"},
        "other-tenant": {"fields": salesforce(THEIRS), "login": "theirs"},
        "their-login": {"fields": salesforce(OURS), "login": "theirs"},
        "their-fields": {"fields": salesforce(THEIRS), "login": "ours"},
        "no-login": {"fields": salesforce(OURS)},
        "clear": {"fields": salesforce(OURS), "login": "ours",
                  "clear": True},
        "both-fields": {"fields": salesforce(OURS) + salesforce(THEIRS),
                        "login": "ours"},
        "their-bounce": {"fields": salesforce(OURS), "login": "ours",
                         "sender": "a=b.example__x@c.7q-bcxyza1w.na1.bnc"
                                   ".salesforce.com"},
    }),
    "salesforce-header": (SALESFORCE, {
        "ours": {"fields": salesforce(OURS)},
        "other-tenant": {"fields": salesforce(THEIRS)},
        "no-fields": {},
        "decoy": {"fields": [("X-SFDC-X-LK", OURS)]},
        "both-fields": {"fields": salesforce(OURS) + salesforce(THEIRS)},
        "lower-case": {"fields": salesforce(OURS.lower())},
        "no-relay": {"fields": salesforce(OURS) +
                     [("X-SFDC-TLS-NoRelay", "1")]},
        "outside": {"fields": salesforce(OURS), "address": OTHER},
    }),
    "salesforce-dkim": (SALESFORCE, {
        "ours": {"fields": salesforce(OURS), "signature": "own"},
        "other-tenant": {"fields": salesforce(THEIRS),
                         "signature": "theirs"},
        "their-signature": {"fields": salesforce(OURS),
                            "signature": "theirs"},
        "no-signature": {"fields": salesforce(OURS)},
        "broken-signature": {"fields": salesforce(OURS),
                             "signature": "own", "breaks": True},
    }),
    "m365-dkim": (MICROSOFT, {
        "ours": {"signature": "contoso.onmicrosoft.com"},
        "other-tenant": {"signature": "fabrikam.onmicrosoft.com"},
        "no-signature": {},
        "outside": {"signature": "contoso.onmicrosoft.com",
                    "address": OTHER},
        "broken-signature": {"signature": "contoso.onmicrosoft.com",
                             "breaks": True},
    }),
    "m365-header": (MICROSOFT, {
        "ours": {"fields": microsoft("m365-header.example", GUID)},
        "other-tenant": {"fields": microsoft("evil.example", THEIR_GUID)},
        "their-guid": {"fields": microsoft("m365-header.example",
                                           THEIR_GUID)},
        "relayed": {"fields": microsoft("m365-header.example", GUID, False)},
        "both-fields": {"fields": microsoft("m365-header.example", GUID) +
                        microsoft("evil.example", THEIR_GUID)},
    }),
    "m365-secret": (MICROSOFT, {
        "ours": {"fields": [("X-Our-Secret", SECRET)]},
        "other-tenant": {"fields": microsoft("evil.example", THEIR_GUID)},
        "wrong-secret": {"fields": [("X-Our-Secret", SECRET[:-1] + "0")]},
        "both-secrets": {"fields": [("X-Our-Secret", SECRET)] * 2},
        "outside": {"fields": [("X-Our-Secret", SECRET)],
                    "address": OTHER},
        "high-risk-pool": {"fields": [("X-Our-Secret", SECRET)],
                           "address": "40.95.1.1"},
    }),
    "google-dkim": (GOOGLE, {
        "ours": {"signature": "own"},
        "other-tenant": {"signature": "theirs"},
        "no-signature": {},
        "outside": {"signature": "own", "address": OTHER},
        "broken-signature": {"signature": "own", "breaks": True},
    }),
    "google-secret": (GOOGLE, {
        "ours": {"fields": [("X-Our-Secret", SECRET)]},
        "other-tenant": {},
        "outside": {"fields": [("X-Our-Secret", SECRET)],
                    "address": OTHER},
        "empty-secret": {"fields": [("X-Our-Secret", "")]},
    }),
    "zendesk": (OTHER, {
        "ours": {"fields": [("X-Zendesk-From-Account-Id", "a1b2c3d")],
                 "login": "ours"},
        "other-tenant": {"fields": [("X-Zendesk-From-Account-Id",
                                     "d3c2b1a")], "login": "theirs"},
        "their-login": {"fields": [("X-Zendesk-From-Account-Id",
                                    "a1b2c3d")], "login": "theirs"},
    }),
    "servicenow": (OTHER, {
        "ours": {"login": "ours"},
        "other-tenant": {"login": "theirs"},
        "no-login": {},
        "clear": {"login": "ours", "clear": True},
    }),
    "successfactors": (OTHER, {
        "ours": {"login": "ours"},
        "other-tenant": {"login": "theirs"},
        "no-login": {},
        "clear": {"login": "ours", "clear": True},
    }),
    "generic-auth": (OTHER, {
        "ours": {"login": "ours"},
        "other-tenant": {"login": "theirs"},
        "no-login": {},
        "clear": {"login": "ours", "clear": True},
    }),
    "generic-mtls": (OTHER, {
        "ours": {"certificate": "provider", "mtls": True},
        "other-tenant": {"certificate": "other", "mtls": True},
        "untrusted": {"certificate": "untrusted", "mtls": True},
        "main-port": {"certificate": "provider"},
    }),
}


# What each platform's h= has, as public samples show it.
SIGNED = {
    "salesforce-dkim": [b"Date", b"From", b"To", b"Subject",
                        b"MIME-Version", b"Content-Type"],
    "m365-dkim": [b"From", b"Date", b"Subject", b"Message-ID",
                  b"Content-Type", b"MIME-Version",
                  b"X-MS-Exchange-SenderADCheck"],
    "google-dkim": [b"content-transfer-encoding", b"content-type",
                    b"mime-version", b"message-id", b"date", b"subject",
                    b"cc", b"to", b"from", b"from", b"to", b"cc", b"subject",
                    b"date", b"message-id", b"reply-to", b"content-type"],
}


class Sender:
    """Messages to one Postfix, each in a session of its own."""

    host = "127.0.0.1"
    selector = b"platform"

    def __init__(self, ports, tls, keys, mail):
        self.ports, self.tls, self.keys, self.mail = ports, tls, keys, mail

    def domain(self, preset):
        """The one of the source with that preset."""
        return preset + ".example"

    def login(self, name):
        """Of us or of another tenant: user and password."""
        return name + "@relay.example.net", "secret"

    def build(self, preset, kind, special):
        """The octets of a message."""
        domain = self.domain(preset)
        fields = [("Date", time.strftime("%a, %d %b %Y %H:%M:%S +0000",
                                         time.gmtime())),
                  ("From",
                   f"Service <service@{special.get('author', domain)}>"),
                  ("To", "customer@example.org"),
                  ("Subject", f"your invoice, {kind}"),
                  ("Message-ID", f"<{kind}@{domain}>"),
                  ("MIME-Version", "1.0"),
                  ("Content-Type", "text/plain; charset=us-ascii")]
        fields += special.get("fields", [])
        text = "".join(f"{name}: {value}\r\n" for name, value in fields)
        octets = (text + "\r\nplease pay\r\n").encode()
        if "signature" in special:
            octets = self.sign(octets, special["signature"], domain, preset)
        if special.get("breaks"):
            octets += b"to this account\r\n"
        return octets

    def sign(self, octets, who, domain, preset):
        """As the platform signs for a tenant, or for another one."""
        sdid = {"own": domain, "theirs": "evil.example"}.get(who, who)
        with open(os.path.join(self.keys, who + ".key"), "rb") as stream:
            key = stream.read()
        return dkim.sign(octets, self.selector, sdid.encode(), key,
                         canonicalize=(b"relaxed", b"simple"),
                         include_headers=SIGNED[preset]) + octets

    def session(self, address, special):
        """A client that the milter sees at the platform's address."""
        port = self.ports[1 if special.get("mtls") else 0]
        client = smtplib.SMTP(self.host, port, timeout=60,
                              local_hostname="mx1.platform.example")
        client.ehlo()
        code, text = client.docmd("XCLIENT", f"ADDR={address} "
                                  "NAME=mx1.platform.example")
        if code != 220:
            raise smtplib.SMTPResponseException(code, text)
        client.ehlo()
        if not special.get("clear"):
            self.starttls(client, special.get("certificate", "provider"))
        if "login" in special:
            client.login(*self.login(special["login"]))
        return client

    def starttls(self, client, certificate):
        """The certificate is the provider's, which all tenants share."""
        context = ssl.create_default_context(
            cafile=os.path.join(self.tls, "ca.pem"))
        context.check_hostname = False
        path = os.path.join(self.tls, certificate)
        context.load_cert_chain(path + ".pem", path + ".key")
        client.starttls(context=context)
        client.ehlo()

    def send(self, preset, address, kind, special):
        """One message; its reply is kept."""
        name = f"{preset}-{kind}"
        octets = self.build(preset, kind, special)
        with open(os.path.join(self.mail, name + ".eml"), "wb") as stream:
            stream.write(octets)
        sender = special.get("sender", "service@" + self.domain(preset))
        reply = {"file": name, "stage": "data"}
        try:
            client = self.session(special.get("address", address), special)
            try:
                client.sendmail(sender, [name + "@sink.example.net"], octets)
                reply.update(code=250, text="2.0.0")
            finally:
                client.close()
        except smtplib.SMTPRecipientsRefused as error:
            code, text = next(iter(error.recipients.values()))
            reply.update(stage="rcpt", code=code, text=text.decode())
        except smtplib.SMTPResponseException as error:
            reply.update(code=error.smtp_code,
                         text=error.smtp_error.decode())
        with open(os.path.join(self.mail, name + ".reply"), "w",
                  encoding="utf-8") as stream:
            stream.write(json.dumps(reply) + "\n")
        print(name, flush=True)


def main():
    port, mtls_port, tls, keys, mail = sys.argv[1:]
    sender = Sender((int(port), int(mtls_port)), tls, keys, mail)
    for preset, (address, kinds) in PLATFORMS.items():
        for kind, special in kinds.items():
            sender.send(preset, address, kind, special)


if __name__ == "__main__":
    main()
