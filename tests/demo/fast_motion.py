#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""fast_motion.py PORT ADDRESS SINK LIFETIME GO REPORT LOG ROTATE...

Keys live through their whole life while mail goes on, and each step is told
when it happens.

Runs the command ROTATE again and again, as the timer does each hour, and prints
what the domain's LOG says of the steps, until the first two keys, a pair, are
gone.  As soon as there is a file GO, life_mail.py sends a message five times a
second, and has each signature verified when it arrives and before its LIFETIME
in seconds ends; faults go to REPORT.  Exit status 0 if there was none.

A life takes over a minute, however short the policy is: signers note the use of
a key once a minute, and rotation allows for that before it revokes one.
"""

import datetime
import os
import pathlib
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / 'e2e/lib'))

from life_mail import Life  # noqa: E402 (its folder is known only now)

LIMIT = 400     # seconds, for a machine that is very busy
# What the log calls a step, what we call it, and what it means.
STEPS = {
    'generate': ('generated', 'an RSA and an Ed25519 key'),
    'publish': ('published', 'their records are in DNS'),
    'verify': ('verified', 'no cache can lack the records: in reserve'),
    'activate': ('active', 'sign all mail from now on'),
    'retire': ('retired', 'sign no longer; mail is in transit'),
    'revoke': ('revoked', 'their records say so, by an empty p='),
    'remove': ('removed', 'their records are gone from DNS'),
    'destroy': ('destroyed', 'the private keys are deleted'),
}


class Keys:
    """What the log tells of the keys, in the order in which it tells it."""

    def __init__(self, log):
        self.log = pathlib.Path(log)
        self.ntold = 0
        self.ndestroyed = 0
        self.begun = None   # the time of the first line

    def news(self):
        """What was not told: (seconds, step) and the pair, or half of it."""
        steps = {}
        lines = self.log.read_text(encoding='utf-8').splitlines()
        for line in lines[self.ntold:]:
            when, _, selector, step = line.split()[:4]
            step = step.rstrip(':')
            # 20261128r3, e3: the same day, and the same turn.
            turn = selector[:8], selector[9:]
            steps.setdefault((step, turn), (when, []))[1].append(selector[8])
            self.ndestroyed += step == 'destroy'
        self.ntold = len(lines)
        for (step, turn), (when, algorithms) in steps.items():
            if step in STEPS:
                yield self.since(when), step, name(turn, algorithms)

    def since(self, when):
        when = datetime.datetime.fromisoformat(when.replace('Z', '+00:00'))
        self.begun = self.begun or when
        return int((when - self.begun).total_seconds())


def name(turn, algorithms):
    day, number = turn
    first, *others = (f'{algorithm}{number}' for algorithm in algorithms)
    return ', '.join([day + first, *others])


def show(keys, mail):
    for seconds, step, pair in keys.news():
        verb, meaning = STEPS[step]
        print(f'  {seconds:4} s  {pair:16}  {verb:9}  {meaning:41}  '
              f'{mail.sent or "":4}', flush=True)


def rotate_to_the_end(keys, mail, command, output):
    """True when a pair lived from its first step to its last."""
    limit = time.monotonic() + LIMIT
    print(f'    time  {"keys":16}  {"are":9}  {"":41}  mail')
    show(keys, mail)
    while keys.ndestroyed < 2:
        if time.monotonic() > limit:
            print(f'no pair of keys came to its end in {LIMIT} s')
            return False
        subprocess.run(command, stdout=output, stderr=subprocess.STDOUT,
                       check=False)
        show(keys, mail)
        time.sleep(0.5)
    return True


def send(mail, go, statuses):
    while not os.path.exists(go):
        time.sleep(0.1)
    begun = time.monotonic()
    statuses.append(mail.run())
    statuses.append(time.monotonic() - begun)


def main():
    port, address, sink, lifetime, go, report, log, *command = sys.argv[1:]
    stop = report + '.stop'
    mail = Life([None, port, address, sink, lifetime, stop, report, os.devnull])
    statuses = []
    sender = threading.Thread(target=send, args=(mail, go, statuses))
    sender.start()
    with open(report + '.rotate', 'wb') as output:
        ended = rotate_to_the_end(Keys(log), mail, command, output)
    for path in stop, go:
        pathlib.Path(path).touch()
    sender.join()
    status, seconds = statuses
    print(f'\n{mail.sent} messages in {seconds:.0f} s, each signed by an RSA and '
          f'an Ed25519 key;\n{mail.verified + mail.agreed} verifications by '
          f'dkimpy and Mail::DKIM passed, {mail.faults} failed')
    if status != 0:
        print(pathlib.Path(report).read_text(encoding='utf-8'))
    return 0 if ended and status == 0 else 1


if __name__ == '__main__':
    sys.exit(main())
