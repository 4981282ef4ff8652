#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""key_changes.py DIRECTORY DOMAIN PLANNED: signatures follow the key store.

The keys of DOMAIN come on standard input, as countersign-key list --json
prints them.  Each message of DIRECTORY, at the time of its signatures (t=),
must have one of each key that was active then, and none of any other; dkimpy
must accept each.

The time is that of the message's begin; its keys are chosen up to 2 s later.
A change of the store may be used another 10 s later, when the store is looked
at again; but not that at the time PLANNED, in seconds since 1970, of which
the store knew before.
"""

import datetime
import glob
import itertools
import json
import os
import sys

import dkim

from verify import alone, tag

UNSEEN, UNDER_WAY = 12, 2


def seconds(text):
    if text is None:
        return None
    return int(datetime.datetime.fromisoformat(
        text.replace('Z', '+00:00')).timestamp())


class Keys:
    """When each selector signs, and the latest that a change was used."""

    def __init__(self, keys, planned):
        self.times = {key['selector']: (seconds(key['active_from']),
                                        seconds(key['retire_at']))
                      for key in keys if key['active_from'] is not None}
        self.planned = planned
        self.latest = {change: 0 for change in itertools.chain(
            *self.times.values()) if change is not None}

    def grace(self, change):
        return UNDER_WAY if change == self.planned else UNSEEN

    def is_late(self, change, time):
        self.latest[change] = max(self.latest[change], time - change)
        return time - change > self.grace(change)

    def faults(self, used, time):
        """What is wrong with the selectors used at a time."""
        for selector in used - self.times.keys():
            yield f'unknown key {selector}'
        for selector, (start, end) in self.times.items():
            if selector in used:
                if time + UNDER_WAY < start:
                    yield f'{selector} {start - time} s too early'
                if end is not None and time >= end and \
                        self.is_late(end, time):
                    yield f'{selector} {time - end} s too late'
            elif time >= start and \
                    (end is None or time + UNDER_WAY < end) and \
                    self.is_late(start, time):
                yield f'no {selector} after {time - start} s'


def judge(octets, domain, keys):
    selectors, times = [], set()
    for field, message in alone(octets):
        selectors.append(tag(field, b's'))
        times.add(int(tag(field, b't')))
        if tag(field, b'd') != domain or not dkim.DKIM(message).verify():
            yield f'bad signature of {selectors[-1]}'
    if not selectors:
        yield 'no signature'
        return
    if len(selectors) != len(set(selectors)):
        yield 'two signatures of one key'
    yield from keys.faults(set(selectors), min(times))


def main():
    keys = Keys(json.load(sys.stdin), int(sys.argv[3]))
    files = glob.glob(os.path.join(sys.argv[1], '*.eml'))
    bad = not files
    for path in files:
        with open(path, 'rb') as f:
            for fault in judge(f.read(), sys.argv[2], keys):
                print(f'{os.path.basename(path)}: {fault}')
                bad = True
    print(f'{len(files)} messages; seconds until a change was used by all:',
          ', '.join(f'{late}{" (planned)" if change == keys.planned else ""}'
                    for change, late in sorted(keys.latest.items())))
    sys.exit(1 if bad else 0)


if __name__ == '__main__':
    main()
