#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""any_signed.py DIRECTORY DOMAIN NUMBER: so many messages of load.py are there,
and each has at least one signature for DOMAIN; all its signatures verify by dkimpy.
"""

import glob
import os
import sys

import without_requests  # noqa: F401
import dkim

from verify import alone, tag


def faults(octets, domain):
    signatures = list(alone(octets))
    if not any(tag(field, b'd') == domain for field, _ in signatures):
        yield 'not signed'
    for _, message in signatures:
        if not dkim.DKIM(message).verify():
            yield 'bad signature'


def main():
    files = glob.glob(os.path.join(sys.argv[1], 'load-*.eml'))
    bad = not files or len(files) != int(sys.argv[3])
    for path in files:
        with open(path, 'rb') as f:
            for fault in faults(f.read(), sys.argv[2]):
                print(f'{os.path.basename(path)}: {fault}')
                bad = True
    print(f'{len(files)} messages, {sys.argv[3]} were sent')
    sys.exit(1 if bad else 0)


if __name__ == '__main__':
    main()
