#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""all_signed.py DIRECTORY DOMAIN [PATTERN]: every message there, or for such
recipients, is signed for DOMAIN.

Each needs two signatures that one foreign verifier, dkimpy, accepts; of many
messages of one shape it is enough to ask one.
"""

import glob
import os
import sys

import without_requests  # noqa: F401
import dkim

from verify import alone, tag


def faults(octets, domain):
    count = 0
    for field, message in alone(octets):
        count += 1
        if tag(field, b'd') != domain or not dkim.DKIM(message).verify():
            yield f'bad signature for {tag(field, b"d")}'
    if count != 2:
        yield f'{count} signatures'


def main():
    pattern = sys.argv[3] if len(sys.argv) > 3 else '*'
    files = glob.glob(os.path.join(sys.argv[1], pattern + '.eml'))
    bad = not files
    for path in files:
        with open(path, 'rb') as f:
            for fault in faults(f.read(), sys.argv[2]):
                print(f'{os.path.basename(path)}: {fault}')
                bad = True
    print(f'{len(files)} messages')
    sys.exit(1 if bad else 0)


if __name__ == '__main__':
    main()
