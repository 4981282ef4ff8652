#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""platform_page.py HOST:PORT TLS-FOLDER KEY-FOLDER MAIL-FOLDER LOGIN SELECTOR
                    NAME PRESET KIND...

Send mail to a service of Postfix that a page of docs/platforms has set up for
example.com: as the platform sends it for us (KIND ours), or for a tenant who
forges our From; see platforms.py.  KIND other-author is ours, but with a From
that is not.  LOGIN is our user.  NAME-KIND.eml and NAME-KIND.reply go into
MAIL-FOLDER.
"""

import sys

import platforms


class PageSender(platforms.Sender):
    """Sends for the domain of the pages."""

    def __init__(self, service, tls, keys, mail, login, selector):
        self.host, _, port = service.partition(":")
        super().__init__((int(port), int(port)), tls, keys, mail)
        self.user, self.selector = login, selector.encode()

    def domain(self, _preset):
        return "example.com"

    def login(self, name):
        user = self.user if name == "ours" else name
        return user + "@relay.example.net", "secret"

    def send_as(self, name, preset, kind):
        """One message, under a name of its own."""
        address, kinds = platforms.PLATFORMS[preset]
        special = dict(kinds["ours"], author="elsewhere.example") \
            if kind == "other-author" else kinds[kind]
        platforms.SIGNED.setdefault(name, platforms.SIGNED.get(preset))
        self.send(name, address, kind, special)


def main():
    *where, login, selector, name, preset = sys.argv[1:9]
    sender = PageSender(*where, login, selector)
    for kind in sys.argv[9:]:
        sender.send_as(name, preset, kind)


if __name__ == "__main__":
    main()
