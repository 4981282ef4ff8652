#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""direct_send.py PORT TLS-FOLDER KEY-FOLDER MAIL-FOLDER

Send mail as Exchange Online passes it on for our tenant: mail of mailboxes, and
mail of strangers with our From that the tenant took without a login (Direct
Send) and only relayed.  Both have the tenant's signature, organization and
secret.  As platforms.py, of whose kinds those named mailbox-N are honest.
"""

import sys

from platforms import GUID, MICROSOFT, SECRET, Sender, microsoft

AUTH_AS = "X-MS-Exchange-CrossTenant-AuthAs"
FROM_ENTITY = "X-MS-Exchange-CrossTenant-FromEntityHeader"
ORIGIN = "X-MS-Exchange-CrossTenant-OriginalAttributedTenantConnectingIp"
HONEST = 5      # messages of mailboxes, a preset


def relayed(stamps):
    """What shows that the tenant only relayed it: lists of 2021 to 2025."""
    return stamps + [
        (FROM_ENTITY, "HybridOnPrem"),
        (ORIGIN, "TenantId=" + GUID + "; Ip=[198.51.100.77]; Helo=[vps]")]


def kinds(domain, proof, secret):
    """Name of each kind of message, and what is special in it."""
    internal = microsoft(domain, GUID)
    anonymous = microsoft(domain, GUID, internal=False)
    fields = {f"mailbox-{i}": internal + [(FROM_ENTITY, "Hosted")]
              for i in range(HONEST)}
    fields.update({
        "direct-send": relayed(anonymous),
        "direct-send-forged-above": relayed([(AUTH_AS, "Internal")] +
                                            anonymous),
        "direct-send-forged-below": relayed(anonymous +
                                            [(AUTH_AS, "Internal")]),
        "direct-send-other-case": relayed(anonymous + [
            (AUTH_AS.lower(), "Internal")]),
        "direct-send-like-it": relayed(anonymous + [
            (AUTH_AS + "-2", "Internal")]),
        "direct-send-no-field": relayed([field for field in anonymous
                                         if field[0] != AUTH_AS]),
    })
    return {name: {"fields": listed + secret, **proof}
            for name, listed in fields.items()}


def main():
    port, tls, keys, mail = sys.argv[1:]
    sender = Sender((int(port),), tls, keys, mail)
    for preset, proof, secret in (
            ("m365-dkim", {"signature": "contoso.onmicrosoft.com"}, []),
            ("m365-header", {}, []),
            ("m365-secret", {}, [("X-Our-Secret", SECRET)])):
        for kind, special in kinds(preset + ".example", proof,
                                   secret).items():
            sender.send(preset, MICROSOFT, kind, special)


if __name__ == "__main__":
    main()
