#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""faults.py MTA FOLDER JSON FAULT...: each fault in turn, under load.

FOLDER is that of an end-to-end test, in which tests/faults/world.sh has
started everything but the service and its name server.  FAULT_SECONDS is how
long each fault lasts, and FAULT_PAUSE how long a sender waits after a message.
Prints a case for each fault, and writes the figures to JSON.
"""

import json
import os
import subprocess
import sys
import time

from explain import why_deferred
from faultlist import FAULTS
from mail import DKIM, DOMAINS, KINDS, PLATFORM, PLATFORM_RECORD
from nameserver import NameServer
from oracle import BAD, Oracle
from senders import Load
from supervised import Supervised
from waiting import wait_for

DRAIN = 180         # seconds until all mail must be accepted after a fault
DELIVERY = 120      # ... and delivered after that
DNS_PORT = 5353
SPF = "v=spf1 ip4:198.51.100.0/24 ip4:127.0.0.0/8 -all"


class World:
    """What a fault can harm, and how the load reaches the service."""

    def __init__(self, mta, folder):
        self.mta, self.folder = mta, folder
        build = os.environ["E2E_BUILD"]
        self.small = os.path.join(folder, "small")
        self.keydir = os.path.join(self.small, "keys")
        self.audit = os.path.join(self.small, "log", "audit.json")
        self.config = os.path.join(folder, "milter", "countersign.conf")
        self.mail = os.path.join(folder, "sink", "mail")
        self.port = int(os.environ["MTA_PORT"])
        self.seconds = int(os.environ.get("FAULT_SECONDS", "60"))
        address = os.path.join(folder, "milter", "socket") \
            if mta == "postfix" else ("127.0.0.1", 8891)
        self.service = Supervised(build, folder, self.config, address)
        self.records = {}
        for domain in DOMAINS:
            shown = subprocess.run(
                [os.path.join(build, "countersign-key"), "-c", self.config,
                 "show", domain, "--json"], check=True,
                capture_output=True).stdout
            self.records.update((record["name"], record["value"])
                                for record in json.loads(shown))
        self.dns = NameServer({
            PLATFORM: [("TXT", SPF)],
            f"tenant._domainkey.{PLATFORM}": [("TXT", PLATFORM_RECORD)]},
            DNS_PORT)
        self.wait_for = wait_for

    def is_delivered(self, load):
        names = {name.rsplit(".", 2)[0] for name in os.listdir(self.mail)
                 if name.endswith(".eml")}
        return all(ident in names for ident, sent in load.sent.items()
                   if sent.is_accepted)

    def flush(self):
        """Tell a Postfix to try now what it could not deliver."""
        command = os.environ.get("POSTFIX_FLUSH")
        if command:
            subprocess.run(command.split(), check=False)

    def explain(self, since, asked):
        """Why mail was deferred after a fault; since: a place in the log."""
        return why_deferred(self.service.log_text(since)) + [
            f"name server: {self.dns.mode}, {self.dns.asked - asked} queries"]

    def one(self, name):
        """A fault: its counts, and what is wrong."""
        fault = FAULTS[name](self)
        if os.path.exists(self.audit):
            os.truncate(self.audit, 0)
        fault.begin()
        kinds = [kind for kind in KINDS
                 if name != "clock-jumps" or kind is not DKIM]
        began = time.monotonic()
        load = Load(name, self.port, kinds, self.seconds,
                    self.mta == "postfix")
        while (left := load.until - time.monotonic()) > 0:
            fault.strike(left)
        fault.repair()
        repaired, since = time.monotonic(), self.service.log_size()
        asked = self.dns.asked
        found = load.wait(DRAIN)
        if found:
            found += self.explain(since, asked)
        recovered = time.monotonic() - repaired
        try:
            self.flush()
            wait_for("all mail to be delivered",
                     lambda: self.is_delivered(load), DELIVERY)
            self.service.wait_ready()
        except AssertionError as error:
            found.append(str(error))
        row, examples = Oracle(DOMAINS, self.records).judge(load.sent,
                                                            self.mail)
        fault.end()
        if self.dns.broken:
            found.append("the name server of the test failed: " +
                         self.dns.broken.pop())
        if fault.acted == 0:
            found.append("nothing was done: this proves nothing")
        if row["at once"] + row["deferred"] == 0:
            found.append("no mail was sent")
        row.update(fault=name, mta=self.mta, acted=fault.acted,
                   seconds=round(time.monotonic() - began, 1),
                   recovered=round(recovered, 1))
        return row, found + examples


def main():
    mta, folder, path, names = sys.argv[1], sys.argv[2], sys.argv[3], \
        sys.argv[4:]
    world = World(mta, folder)
    world.service.start()
    rows, failures = [], 0
    for number, name in enumerate(names, 1):
        row, found = world.one(name)
        rows.append(row)
        is_bad = bool(found) or any(row[column] for column in BAD)
        failures += is_bad
        print(f"{'not ok' if is_bad else 'ok'} {number} - {mta}: {name}: "
              f"{row['sent']} sent, {row['deferred']} deferred, "
              f"{row['delivered']} delivered, in {row['seconds']} s",
              flush=True)
        for line in "\n".join(found).splitlines():
            print(f"#   {line}", flush=True)
        with open(path, "w", encoding="utf-8") as file:
            json.dump(rows, file, indent=1)
            file.write("\n")
    world.service.stop()
    print(f"1..{len(names)}")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
