#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""filter.py PORT NEXT-PORT: a content filter that sends each message on with a
field of its own, and changes nothing else.
"""

import smtplib
import sys

import sink


class Session(sink.Session):
    def take(self, sender, recipients, octets):
        with smtplib.SMTP('127.0.0.1', self.server.next_port) as client:
            client.sendmail(sender, recipients,
                            b'X-Scanned: yes\r\n' + octets)


def main():
    with sink.Server(('127.0.0.1', int(sys.argv[1])), Session) as server:
        server.next_port = int(sys.argv[2])
        server.serve_forever()


if __name__ == '__main__':
    main()
