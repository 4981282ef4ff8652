#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""key_changes.py DIRECTORY DOMAIN REPLIES PLANNED COMMAND: signatures follow
the key store.

The keys of DOMAIN come on standard input, as countersign-key list --json
prints them.  Each message of DIRECTORY must have a signature of each key that
was active when it was sent, and none of any other; dkimpy must accept each.

A message's keys are chosen between its begin and its answer, which REPLIES
has: before its body is read, so that its signatures may be younger (t=) than
the choice.  A change of the store may be used 10 s later, when the store is
looked at again; it is made at the end of a command, which took COMMAND seconds
at most.  The change at the time PLANNED, in seconds since 1970, is used in that
second: the store knew of it before.
"""

import datetime
import glob
import itertools
import json
import os
import sys

import without_requests  # noqa: F401
import dkim

from verify import alone, tag

RECHECK = 10

# The clock of whole seconds turns with a tick of the kernel, of 10 ms at most.
TICK = 0.01


def seconds(text):
    if text is None:
        return None
    return int(datetime.datetime.fromisoformat(
        text.replace('Z', '+00:00')).timestamp())


class Keys:
    """When each selector signs, and the latest that a change was used."""

    def __init__(self, keys, planned, command):
        self.times = {key['selector']: (seconds(key['active_from']),
                                        seconds(key['retire_at']))
                      for key in keys if key['active_from'] is not None}
        self.planned = planned
        # The state has whole seconds.
        self.unseen = RECHECK + command + 1
        self.latest = {change: 0 for change in itertools.chain(
            *self.times.values()) if change is not None}

    def is_late(self, change, begin):
        self.latest[change] = max(self.latest[change], begin - change)
        allowed = TICK if change == self.planned else self.unseen
        return begin - change > allowed

    def faults(self, used, begin, answered):
        """What is wrong with the selectors used for a message."""
        for selector in used - self.times.keys():
            yield f'unknown key {selector}'
        for selector, (start, end) in self.times.items():
            if selector in used:
                if answered < start:
                    yield f'{selector} {start - answered:.1f} s too early'
                if end is not None and begin >= end and \
                        self.is_late(end, begin):
                    yield f'{selector} {begin - end:.3f} s too late'
            elif begin >= start and (end is None or answered < end) and \
                    self.is_late(start, begin):
                yield f'no {selector} after {begin - start:.3f} s'


def judge(octets, domain, keys, began, answered):
    selectors = []
    for field, message in alone(octets):
        selectors.append(tag(field, b's'))
        if tag(field, b'd') != domain or not dkim.DKIM(message).verify():
            yield f'bad signature of {selectors[-1]}'
    if not selectors:
        yield 'no signature'
        return
    if len(selectors) != len(set(selectors)):
        yield 'two signatures of one key'
    yield from keys.faults(set(selectors), began, answered)


def spans(path):
    """When each message began and was answered, by its name."""
    with open(path, encoding='ascii') as f:
        return {name: (float(began), float(answered))
                for name, _, answered, began in map(str.split, f)}


def main():
    folder, domain, replies, planned, command = sys.argv[1:]
    keys = Keys(json.load(sys.stdin), int(planned), int(command))
    times = spans(replies)
    files = glob.glob(os.path.join(folder, '*.eml'))
    bad = not files
    for path in files:
        name = os.path.basename(path).split('.')[0]
        with open(path, 'rb') as f:
            for fault in judge(f.read(), domain, keys, *times[name]):
                print(f'{name}: {fault}')
                bad = True
    print(f'{len(files)} messages; seconds until a change was used by all:',
          ', '.join(f'{late:.1f}' +
                    (' (planned)' if change == keys.planned else '')
                    for change, late in sorted(keys.latest.items())))
    sys.exit(1 if bad else 0)


if __name__ == '__main__':
    main()
