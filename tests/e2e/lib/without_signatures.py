#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""without_signatures.py SENT ARRIVED: print the message ARRIVED without the
DKIM-Signature fields that SENT already had.
"""

import re
import sys


def signatures(octets):
    header = octets.partition(b"\r\n\r\n")[0] + b"\r\n"
    return re.findall(rb"(?im)^dkim-signature:.*\r\n(?:[ \t].*\r\n)*", header)


with open(sys.argv[1], "rb") as stream:
    sent = signatures(stream.read())
with open(sys.argv[2], "rb") as stream:
    arrived = stream.read()
for field in sent:
    if field not in arrived:
        sys.exit("a signature that was sent has been changed")
    arrived = arrived.replace(field, b"", 1)
sys.stdout.buffer.write(arrived)
