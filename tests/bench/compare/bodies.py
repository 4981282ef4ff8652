# SPDX-License-Identifier: ISC
"""Bodies of messages for the comparison: base64 in lines of 76 octets."""

import base64
import os
import random

LINE = 57       # octets that make a line of 76


def body(octets):
    source = random.Random(octets)
    lines, length = [], 0
    while length < octets:
        lines.append(base64.b64encode(source.randbytes(LINE)) + b"\r\n")
        length += len(lines[-1])
    return b"".join(lines)


def write(folder, sizes):
    """A file for each size; returns their paths."""
    paths = {}
    for octets in sizes:
        paths[octets] = os.path.join(folder, f"body-{octets}")
        with open(paths[octets], "wb") as file:
            file.write(body(octets))
    return paths
