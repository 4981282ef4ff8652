#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""mail.py NAME CLIENT PORT: send a message of example.com to alice from the
address CLIENT, and print the reply to it, or an earlier refusal.

mail.py --arrived NAME: print it as it stands in her mailbox, with CRLF.
"""

import mailbox
import smtplib
import sys

MESSAGE = """\
From: Sales <sales@example.com>
To: alice@relay.example.net
Subject: {name}
Date: Thu, 26 Nov 2026 12:00:00 +0000
Message-ID: <{name}@example.com>

A line,
  and another.
"""


def send(name, client, port):
    with smtplib.SMTP(client, port, source_address=(client, 0)) as smtp:
        smtp.ehlo("client.example.com")
        code, text = smtp.mail("sales@example.com")
        if code == 250:
            code, text = smtp.rcpt("alice@relay.example.net")
        if code == 250:
            code, text = smtp.data(MESSAGE.format(name=name))
    print(code, text.decode())


def arrived(name):
    for message in mailbox.mbox("/var/mail/alice"):
        if message["Subject"] == name:
            octets = message.as_bytes(unixfrom=False)
            sys.stdout.buffer.write(octets.replace(b"\n", b"\r\n"))
            return 0
    print(name, "has not arrived", file=sys.stderr)
    return 1


if __name__ == "__main__":
    if sys.argv[1] == "--arrived":
        sys.exit(arrived(sys.argv[2]))
    send(sys.argv[1], sys.argv[2], int(sys.argv[3]))
