#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""life_records.py DOMAIN SERVER... <LIST: what each server has of each key.

LIST is what "countersign-key list --json" prints.  A removed key must have
no record, a revoked one an empty p=, any other that was published its key.
"""

import json
import sys

import without_requests  # noqa: F401
import dns.message
import dns.query


def texts(server, name):
    question = dns.message.make_query(name, 'TXT')
    answer = dns.query.udp(question, server, timeout=5)
    return [b''.join(rdata.strings).decode()
            for rrset in answer.answer for rdata in rrset]


def wanted(key, found):
    if key['status'] == 'removed':
        return found == []
    if key['published'] is None:
        return True
    if len(found) != 1:
        return False
    return found[0].endswith('p=') == (key['status'] == 'revoked')


def main():
    domain, good, count = sys.argv[1], True, 0
    for key in json.load(sys.stdin):
        for server in sys.argv[2:]:
            found = texts(server, f'{key["selector"]}._domainkey.{domain}')
            count += 1
            if not wanted(key, found):
                print(f'{server}: {key["selector"]} is {key["status"]}: '
                      f'{found}')
                good = False
    print(f'{count} records looked at')
    sys.exit(0 if good and count > 0 else 1)


if __name__ == '__main__':
    main()
