#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""untouched.py SENT ARRIVED: nothing but one Received field was added."""

import sys

from verify import split


def main():
    with open(sys.argv[1], 'rb') as f:
        sent = f.read()
    with open(sys.argv[2], 'rb') as f:
        fields, rest = split(f.read())
    if not fields or not fields[0].startswith(b'Received:'):
        sys.exit('no Received field at the top')
    if b''.join(fields[1:]) + rest != sent:
        sys.exit('the message is not the one that was sent')


if __name__ == '__main__':
    main()
