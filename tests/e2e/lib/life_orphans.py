#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""life_orphans.py DOMAIN KEYDIR LIST <ZONE: nothing is there without a key.

LIST is a file with what "countersign-key list --json DOMAIN" prints, and ZONE
is what "knotc zone-read" prints of its zone.  Each record below _domainkey,
and each private key file, must belong to a key that is not removed or
destroyed; each key that may sign must have its file; nothing is left of a
write that was killed.
"""

import json
import os
import sys


def records(lines, domain):
    """The selectors that the zone has TXT records of."""
    end = f'._domainkey.{domain}.'
    for line in lines:
        fields = line.split()
        names = [field for field in fields[:2] if field.endswith(end)]
        if names and 'TXT' in fields[:5]:
            yield names[0][:-len(end)]


def faults(domain, folder, keys, zone):
    living = {key['selector'] for key in keys if key['status'] != 'removed'}
    for selector in sorted(set(records(zone, domain)) - living):
        yield f'DNS has a record of {selector}, which is no key'
    files = os.listdir(folder)
    private = {name[:-4] for name in files if name.endswith('.pem')}
    destroyed = {key['selector'] for key in keys
                 if key['status'] == 'removed'}
    for selector in sorted(private - living - destroyed):
        yield f'{selector}.pem is there without a key'
    used = {name[:-5] for name in files if name.endswith('.used')}
    for selector in sorted(used - private):
        yield f'{selector}.used is there without a key file'
    for key in keys:
        if key['status'] in ('generated', 'published', 'standby', 'scheduled',
                             'active') and key['selector'] not in private:
            yield f'{key["selector"]} is {key["status"]} without its file'
    for name in files:
        if name.endswith('.new'):
            yield f'{name} is left'
    with open(os.path.join(folder, 'state'), encoding='ascii') as state:
        if ' unfinished=' in state.read():
            yield 'a step is unfinished'


def main():
    domain, keydir, listing = sys.argv[1:]
    with open(listing, encoding='ascii') as f:
        keys = [key for key in json.load(f) if key['domain'] == domain]
    zone = sys.stdin.read().splitlines()
    found = sorted(set(records(zone, domain)))
    bad = list(faults(domain, os.path.join(keydir, domain), keys, zone))
    for fault in bad:
        print(fault)
    print(f'{len(keys)} keys, {len(found)} of them in DNS')
    sys.exit(1 if bad or not found else 0)


if __name__ == '__main__':
    main()
