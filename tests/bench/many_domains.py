#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""many_domains.py KEYDIR MODEL COUNT PARENT: a store of many domains.

Each of d0.PARENT, d1.PARENT, ... gets two keys that were just generated: both
copies of the one of the domain MODEL, as making keys is not what is measured.
"""

import glob
import os
import sys


def main():
    keydir, model, count, parent = sys.argv[1:5]
    owner = os.stat(keydir)
    with open(glob.glob(f'{keydir}/{model}/*.pem')[0], 'rb') as f:
        pem = f.read()
    with open(f'{keydir}/{model}/state', encoding='ascii') as f:
        head, line = f.read().splitlines()
    fields = line.split(' ')
    state = head + '\n' + ''.join(
        ' '.join([selector] + fields[1:]) + '\n'
        for selector in ('20260101r1', '20260101r2'))

    def write(path, octets, mode):
        with open(path, 'wb') as f:
            f.write(octets)
            os.fchown(f.fileno(), owner.st_uid, owner.st_gid)
            os.fchmod(f.fileno(), mode)

    for i in range(int(count)):
        folder = f'{keydir}/d{i}.{parent}'
        os.mkdir(folder, 0o700)
        os.chown(folder, owner.st_uid, owner.st_gid)
        for selector in ('20260101r1', '20260101r2'):
            write(f'{folder}/{selector}.pem', pem, 0o400)
        write(f'{folder}/state', state.encode(), 0o640)


if __name__ == '__main__':
    main()
