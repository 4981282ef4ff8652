# SPDX-License-Identifier: ISC
"""Compares what was sent with what arrived.

A message arrives as it was sent, below the fields that the MTA and the milter
put on top.  Each key type of its author domain must have signed it, and
dkimpy, which has no code of ours, must accept each signature.
"""

import collections
import glob
import hashlib
import os
import re
import sys
import types

import dkim

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "e2e", "lib"))
# pylint: disable=wrong-import-position
from verify import alone, split, tag

ALGORITHMS = {"rsa2048": ["rsa-sha256"], "ed25519": ["ed25519-sha256"],
              "both": ["ed25519-sha256", "rsa-sha256"]}
COLUMNS = ("sent", "at once", "deferred", "retried", "delivered", "twice",
           "unsigned", "altered", "lost")
# Columns in which any number but 0 is a failure.
BAD = ("twice", "unsigned", "altered", "lost")
EXAMPLES = 5


def common_replies(all_sent):
    """Why messages were deferred, the most common first."""
    replies = collections.Counter(
        re.sub(r" *\(\w+\)$", "", reply)
        for sent in all_sent for reply in sent.replies)
    return dict(replies.most_common(EXAMPLES))


class Oracle:
    """domains: what each signs with; records: name to key record."""

    def __init__(self, domains, records):
        self.domains, self.records = domains, records

    def record(self, name, **_):
        return self.records.get(name.decode().rstrip("."), "").encode()

    def verifies(self, field, message):
        # The clock of the signature, which a test may have set wrong.
        now = int(tag(field, b"t") or 0) + 1
        dkim.time = types.SimpleNamespace(time=lambda: now)
        try:
            return dkim.DKIM(message).verify(dnsfunc=self.record)
        except Exception:   # pylint: disable=broad-except
            return False    # whatever it trips over is no valid signature

    def is_signed(self, octets, domain):
        """By each kind of key, and every signature of the domain is good."""
        good = [tag(field, b"a") for field, message in alone(octets)
                if tag(field, b"d") == domain and
                self.verifies(field, message)]
        return sorted(good) == ALGORITHMS[self.domains[domain]]

    def is_unaltered(self, octets, sent):
        """Only fields on top were added."""
        own = octets[-sent.length:]
        if hashlib.sha256(own).hexdigest() != sent.digest:
            return False
        fields, rest = split(octets[:-sent.length] + b"X: y\r\n\r\n")
        return rest == b"\r\n" and all(
            re.match(rb"(?i)(received|dkim-signature|x):", field)
            for field in fields)

    def judge_one(self, ident, sent, files, row, found):
        def count(column, why):
            row[column] += 1
            found.append(f"{ident} ({sent.kind.name}): {column}: {why}")

        row["at once"] += sent.is_accepted and sent.attempts == 1
        row["deferred"] += sent.attempts > 1 or bool(sent.replies)
        row["retried"] += sent.attempts - 1
        row["delivered"] += bool(files)
        if not files:
            if sent.refusal:
                count("lost", "refused: " + sent.refusal)
            elif sent.is_accepted:
                count("lost", "accepted and not delivered")
            else:
                count("lost", f"deferred {sent.attempts} times, last: "
                      f"{sent.replies[-1] if sent.replies else 'nothing'}")
        if len(files) > 1:
            count("twice", f"{len(files)} copies")
        for path in files:
            with open(path, "rb") as file:
                octets = file.read()
            if not self.is_unaltered(octets, sent):
                count("altered", path)
            elif not self.is_signed(octets, sent.kind.domain):
                count("unsigned", path)

    def judge(self, all_sent, folder):
        """The counts of a fault, and its first failures."""
        row, found = dict.fromkeys(COLUMNS, 0), []
        row["sent"] = len(all_sent)
        row["replies"] = common_replies(all_sent.values())
        for ident, sent in all_sent.items():
            files = glob.glob(os.path.join(folder, f"{ident}.*.eml"))
            before = len(found)
            self.judge_one(ident, sent, files, row, found)
            if len(found) == before:    # what failed is kept, to be read
                for path in files:
                    os.unlink(path)
                    os.unlink(path[:-3] + "json")
        return row, found[:EXAMPLES]
