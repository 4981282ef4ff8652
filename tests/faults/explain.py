# SPDX-License-Identifier: ISC
"""Says from the log of the service why mail was still deferred."""

import collections
import re

REASONS = 5
LINES = 12


def without_ids(line):
    """A line about a message, without what only that message has."""
    line = re.sub(r"^\S+ (countersign-\w+)\[\d+\]: ", r"\1: ", line)
    return re.sub(r' (qid|bh|elapsed_ms)=("[^"]*"|\S*)', "",
                  " " + line).strip()


def why_deferred(text):
    """Lines: the most common reasons, and the last that are not of mail."""
    lines = text.splitlines()
    reasons = collections.Counter(
        without_ids(line) for line in lines if " action=tempfailed " in line)
    others = [line for line in lines
              if " action=" not in line and not line.endswith("[signed]")]
    return [f"log: {count} times: {reason}"
            for reason, count in reasons.most_common(REASONS)] + \
        [f"log: {line}" for line in others[-LINES:]]
