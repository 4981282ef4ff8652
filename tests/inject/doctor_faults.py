# SPDX-License-Identifier: ISC
"""countersign-doctor with a call that fails: explain and verify.

It says the same as without the fault and exits with the same status, or with 1
and a message; what it says is never wrong, and it changes nothing.
"""

import subprocess

from failing import NONE, Failat, Wrong, check_end

CONFIGURATION = """
keydir = "{folder}/keys"
source "ours" {{
	networks = {{ "127.0.0.0/8" }}
	trust_network = true
	domains = {{ "example.com" }}
}}
"""
MAIL = """\
Date: Mon, 23 Nov 2026 09:00:00 +0000
From: Joe <joe@example.com>
To: a@example.org
Subject: hi

hello
"""


class Doctor:
    """A message that is read."""

    statuses = (1,)

    def __init__(self, build, folder):
        self.build, self.folder = build, folder
        self.failat = Failat(build, "countersign-doctor", folder)
        self.mail = folder / "mail"
        self.mail.write_text(MAIL)
        self.configuration = folder / "conf"
        self.configuration.write_text(CONFIGURATION.format(folder=folder))
        (folder / "keys").mkdir(mode=0o700)
        self.key("generate", "example.com", "--algorithm", "ed25519",
                 "--selector", "s1")
        self.key("activate", "example.com", "s1", "--force")
        self.arguments = self.set_up()
        status, self.wanted, stderr, _ = self.strike(NONE)
        if status != 0:
            raise Wrong(f"without a fault: exit status {status}: {stderr}")

    def finish(self):
        """Nothing runs."""

    def key(self, *arguments):
        return subprocess.run(
            [self.build / "countersign-key", "-k", self.folder / "keys",
             *arguments], check=True, capture_output=True, text=True).stdout

    def set_up(self):
        return ["explain", "-c", self.configuration, "--client", "127.0.0.1"]

    def strike(self, fault):
        return self.failat.run(
            fault, [self.build / "countersign-doctor", *self.arguments],
            stdin=self.mail)

    def count(self):
        return self.strike(NONE)[3].counts

    def run(self, fault):
        status, stdout, stderr, report = self.strike(fault)
        if report.struck is None:
            return None
        said = check_end(status, stderr, report, self.statuses)
        if status == 0 and not self.is_same(stdout):
            raise Wrong(f"succeeds and prints {stdout!r}, not "
                        f"{self.wanted!r}")
        return said

    def is_same(self, stdout):
        """It may say that it does not know the keys, and why."""
        return stdout == self.wanted or (
            "  but      the keys are unknown, because this user cannot read "
            f"the key store: {self.folder}/keys: " in stdout and
            stdout.startswith(self.wanted[:self.wanted.index("  key  ")]))


class Verify(Doctor):
    """A signed message, by a key in a file."""

    def set_up(self):
        signed = subprocess.run(
            [self.build / "countersign-doctor", *super().set_up(),
             "--sign"], check=True, capture_output=True, text=True,
            stdin=self.mail.open(encoding="ascii")).stdout
        self.mail.write_text(signed)
        records = self.folder / "records"
        shown = self.key("show", "example.com").split("\n")
        value = next(line for line in shown if line.startswith("v=DKIM1"))
        records.write_text(f"s1._domainkey.example.com {value}\n")
        return ["verify", "--key-file", records]

    def is_same(self, stdout):
        """It says how long ago that was, and how long it holds."""
        def lines(text):
            return [line for line in text.split("\n")
                    if not line.startswith(("  signed at ", "  expires "))]
        return lines(stdout) == lines(self.wanted)


SCENARIOS = {"explain": Doctor, "verify": Verify}
