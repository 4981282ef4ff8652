#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""flood.py [options] COUNT RECIPIENT...: send so many messages in one session.

The recipients are those of each message, at sink.example.net; "%d" in them is
the number of the message, from 1.  Prints how many messages were accepted and
how many were deferred as too much mail; with any other reply, it fails.
"""

import argparse
import os
import smtplib
import ssl
import time


def session(options):
    """A client, logged in over TLS if there is a login."""
    client = smtplib.SMTP("127.0.0.1", options.port, timeout=60,
                          local_hostname="out.platform.example")
    client.ehlo()
    if options.login:
        context = ssl.create_default_context(
            cafile=os.path.join(options.tls, "ca.pem"))
        context.check_hostname = False
        client.starttls(context=context)
        client.ehlo()
        client.login(options.login + "@relay.example.net", "secret")
    return client


def build(options, number, recipients):
    """The octets of a message."""
    body = options.body or f"We have received your request {number}."
    fields = [("Date", time.strftime("%a, %d %b %Y %H:%M:%S +0000",
                                     time.gmtime())),
              ("From", f"Support <support@{options.domain}>"),
              ("To", ", ".join(recipients)),
              ("Subject", f"[Request received] {number}"),
              ("Message-ID",
               f"<{number}.{time.time_ns()}@{options.domain}>"),
              ("X-Zendesk-From-Account-Id", "a1b2c3d")]
    text = "".join(f"{name}: {value}\r\n" for name, value in fields)
    return f"{text}\r\n{body}\r\n".encode()


def is_accepted(client, options, number):
    """Send a message; False if it was deferred."""
    recipients = [name.replace("%d", str(number)) + "@sink.example.net"
                  for name in options.recipients]
    try:
        client.sendmail("support@" + options.domain, recipients,
                        build(options, number, recipients))
    except smtplib.SMTPDataError as error:
        if error.smtp_code == 451 and error.smtp_error.startswith(
                b"4.7.1 too much mail"):
            return False
        raise
    return True


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--domain", required=True, help="of From")
    parser.add_argument("--login", help="log in as this user, over TLS")
    parser.add_argument("--tls", help="the folder of the CA")
    parser.add_argument("--body", help="the same for all messages")
    parser.add_argument("count", type=int)
    parser.add_argument("recipients", nargs="+")
    options = parser.parse_args()
    client = session(options)
    accepted = sum(is_accepted(client, options, i + 1)
                   for i in range(options.count))
    client.quit()
    print(f"{accepted} accepted, {options.count - accepted} deferred")


if __name__ == "__main__":
    main()
