#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""dkimpy.py DIRECTORY: dkimpy behind the protocol of compare.py."""

import os
import sys

import dkim

DOMAIN = b'example.com'


def read(name):
    with open(os.path.join(sys.argv[1], name), 'rb') as f:
        return f.read()


def record(name, timeout=5):
    name = name if isinstance(name, bytes) else name.encode()
    selector, _, rest = name.decode('ascii', 'replace').partition('.')
    if rest.rstrip('.') != '_domainkey.example.com' or '/' in selector:
        return None
    try:
        return read(selector + '.txt').strip()
    except OSError:
        return None


def verify(octets):
    if dkim.DKIM(octets).verify(dnsfunc=record):
        return b'pass', b''
    return b'fail', b''


def sign(operation, octets):
    algorithm, canons = operation.split(b':')[1:]
    key = read(algorithm.decode() + '.pem')
    if algorithm == b'ed25519-sha256':
        key = read('ed25519-sha256.seed')
    signer = dkim.DKIM(octets, signature_algorithm=algorithm)
    field = signer.sign(algorithm, DOMAIN, key,
                        canonicalize=tuple(canons.split(b'/')))
    return b'signed', field.partition(b':')[2].removesuffix(b'\r\n')


def answer(operation, octets):
    try:
        if operation == b'verify':
            return verify(octets)
        return sign(operation, octets)
    except Exception as error:      # whatever it trips over is an answer
        what = b'fail' if operation == b'verify' else b'refused'
        text = f'{type(error).__name__}: {error}'
        return what, text.encode('utf-8', 'replace')


def main():
    while line := sys.stdin.buffer.readline():
        operation, length = line.split()
        result, text = answer(operation, sys.stdin.buffer.read(int(length)))
        sys.stdout.buffer.write(b'%s %d\n%s' % (result, len(text), text))
        sys.stdout.buffer.flush()


if __name__ == '__main__':
    main()
