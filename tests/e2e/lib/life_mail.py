#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""life_mail.py PORT ADDRESS SINK LIFETIME STOP REPORT COMPROMISED [DEFER]

Mail while keys change.

Sends a message of our organization five times a second until there is a file
STOP.  Each must be accepted, arrive in the folder SINK with an RSA and an
Ed25519 signature, and verify by dkimpy at once, in the middle and near the
end of its LIFETIME in seconds.  Mail::DKIM, which knows RSA only, must agree
at once and near the end; some are also judged by the other verifiers.
What does not verify when its lifetime is over, because this machine was too
busy to look before, is no fault.  REPORT gets a line a fault, and at the end a
summary; exit status 0 if there was no fault.  That a signature by one of the
selectors in the file COMPROMISED does not verify is no fault, but told, with
the time at which it was sent.  With DEFER, messages may be deferred.
"""

import collections
import os
import sys
import time
import types

import without_requests  # noqa: F401
import dkim

from salesforce import message
from send import Client, Refused
from verify import alone, by_mail_dkim, is_good, judge, tag

INTERVAL = 0.2
ALL_VERIFIERS_EVERY = 25
ARRIVAL = 60
# Messages of several programs are told apart by it.
NAME = os.environ.get('LIFE_NAME', 'life')
OPTIONS = {'eight': False, 'smtputf8': False, 'bdat': False, 'name': None,
           'login': None, 'helo': 'smtp.example.net', 'tls': None,
           'auth': None}


class Mail:
    def __init__(self, number, path, begun, lifetime):
        self.number, self.path, self.begun = number, path, begun
        self.octets, self.looks, self.end = None, 0, begun + lifetime
        self.ages = [0, lifetime / 2, lifetime - 3]


class Life:
    def __init__(self, argv):
        self.port, self.address, self.sink = int(argv[1]), argv[2], argv[3]
        self.lifetime, self.stop = float(argv[4]), argv[5]
        self.report = open(argv[6], 'w', encoding='ascii', buffering=1)
        self.compromised = argv[7]
        self.may_defer, self.deferred = len(argv) > 8, 0
        self.client, self.faults, self.verified = None, 0, 0
        self.agreed = 0
        self.too_late = 0
        self.sent, self.pending = 0, collections.deque()
        self.selectors = collections.Counter()

    def fault(self, text):
        self.faults += 1
        now = time.strftime('%H:%M:%S')
        self.report.write(f'{now} FAULT {text}\n')

    def connect(self):
        client = Client(self.port, timeout=60)
        client.hello(types.SimpleNamespace(address=self.address, **OPTIONS))
        return client

    def send(self):
        name = f'{NAME}-{self.sent}'
        octets = message('00D1U0000013lbu', serial=self.sent)
        begun = time.time()
        try:
            self.client = self.client or self.connect()
            code = self.client.message(
                'service@example.com', f'{name}@sink.example.net', octets,
                types.SimpleNamespace(**OPTIONS))['code']
        except Refused as error:
            self.client, code = None, error.args[0]['code']
        except OSError as error:
            self.client, code = None, str(error)
        if self.may_defer and str(code).startswith('4'):
            self.deferred += 1
        elif code != 250:
            self.fault(f'{name}: answered {code}')
        else:
            self.pending.append(
                Mail(self.sent, os.path.join(self.sink, f'{name}.1.eml'),
                     begun, self.lifetime))
        self.sent += 1

    def read(self, mail):
        try:
            with open(mail.path, 'rb') as f:
                mail.octets = f.read()
        except FileNotFoundError:
            return False
        found = []
        for field, _ in alone(mail.octets):
            found.append(tag(field, b'a'))
            self.selectors[tag(field, b's')] += 1
        if sorted(found) != ['ed25519-sha256', 'rsa-sha256']:
            self.fault(f'life-{mail.number}: signed by {found}')
        return True

    def is_compromised(self, selector):
        try:
            with open(self.compromised, 'rb') as f:
                return selector.encode() in f.read().split()
        except FileNotFoundError:
            return False

    def does_not_verify(self, mail, field, text):
        now, selector = time.time(), tag(field, b's')
        if self.is_compromised(selector):
            self.report.write(f'{mail.begun:.1f} life-{mail.number}: '
                              f'{selector} is compromised\n')
        elif now > mail.end:
            self.too_late += 1
        else:
            self.fault(f'life-{mail.number}: {selector}: {text} after '
                       f'{now - mail.begun:.1f} s')

    def ask_mail_dkim(self, mail, field, octets):
        verdict = by_mail_dkim(octets)
        if verdict == 'pass':
            self.agreed += 1
        else:
            self.does_not_verify(mail, field, f'Mail::DKIM: {verdict}')

    def look(self, mail):
        for field, octets in alone(mail.octets):
            try:
                good = dkim.DKIM(octets).verify()
            except dkim.DKIMException as error:
                good = False
                self.report.write(f'dkimpy: {error}\n')
            if good:
                self.verified += 1
            else:
                self.does_not_verify(mail, field, 'dkimpy: does not verify')
                if self.is_compromised(tag(field, b's')):
                    continue
            if mail.looks != 1 and tag(field, b'a') == 'rsa-sha256':
                self.ask_mail_dkim(mail, field, octets)
            if mail.number % ALL_VERIFIERS_EVERY == 0:
                verdicts = judge(octets)
                if not is_good(verdicts):
                    self.does_not_verify(mail, field, verdicts)
        mail.looks += 1

    def look_after(self):
        for mail in list(self.pending):
            age = time.time() - mail.begun
            if mail.octets is None and not self.read(mail):
                if age > ARRIVAL:
                    self.fault(f'life-{mail.number}: did not arrive')
                    self.pending.remove(mail)
                continue
            if age >= mail.ages[mail.looks]:
                self.look(mail)
                if mail.looks == len(mail.ages):
                    self.pending.remove(mail)
                    os.unlink(mail.path)

    def run(self):
        next_time = time.time()
        while not os.path.exists(self.stop):
            self.send()
            self.look_after()
            next_time = max(next_time + INTERVAL, time.time())
            time.sleep(max(0, next_time - time.time()))
        while self.pending:
            self.look_after()
            time.sleep(INTERVAL)
        self.report.write(f'{self.sent} messages, {self.verified} '
                          f'verifications by dkimpy, {self.agreed} by '
                          f'Mail::DKIM, {self.faults} faults, '
                          f'{self.too_late} looks too late, '
                          f'{self.deferred} messages deferred\n')
        for selector, count in sorted(self.selectors.items()):
            self.report.write(f'{selector} signed {count}\n')
        if self.too_late > self.sent:
            self.fault('too many looks were too late to tell anything')
        return 0 if self.faults == 0 and self.sent > 0 else 1


if __name__ == '__main__':
    sys.exit(Life(sys.argv).run())
