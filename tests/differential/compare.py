#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""compare.py [options] PEER...: sign and verify as others do.

Each message is signed by ours and by one of the peers in turn, with each
algorithm and canonicalization in turn.  Half of them are changed then, perhaps
in a way that the canonicalization forgives.  Ours and all peers verify those of
ours; ours, and the peer itself, those of a peer.  All must say the same, and
that a message which was not changed passes.

A difference that is explained (explained.py) is counted by its reason; each
other is printed with its seed, kept in the directory of --keep, and ends in exit
status 1.

Messages are made from a seed: the same seed and number give the same ones.  A
run by all peers can be interrupted: how far it was is in the directory of --keep.
"""

import argparse
import collections
import json
import multiprocessing
import os
import random
import subprocess
import sys
import tempfile
import time

import explained
import messages

HERE = os.path.dirname(os.path.abspath(__file__))
CANONS = ['relaxed/relaxed', 'simple/simple', 'relaxed/simple',
          'simple/relaxed']
ALGORITHMS = ['rsa-sha256', 'rsa-sha256', 'ed25519-sha256']


def command_of(name, builddir, npm):
    return {
        'ours': [os.path.join(builddir, 'ours')],
        'opendkim': [os.path.join(builddir, 'opendkim')],
        'dkimpy': ['/usr/bin/python3', os.path.join(HERE, 'dkimpy.py')],
        'Mail::DKIM': ['/usr/bin/perl', os.path.join(HERE, 'maildkim.pl')],
        'mailauth': ['node', os.path.join(npm or '', 'mailauth.js')],
    }[name]


class Peer:
    """A program that signs and verifies; see requests.h."""

    def __init__(self, name, command, keys):
        self.name = name
        self.process = subprocess.Popen(command + [keys],
                                        stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)

    def ask(self, operation, octets):
        self.process.stdin.write(b'%s %d\n' % (operation.encode(),
                                               len(octets)) + octets)
        self.process.stdin.flush()

    def answer(self):
        line = self.process.stdout.readline().split()
        if len(line) != 2:
            sys.exit(f'{self.name} has ended')
        text = self.process.stdout.read(int(line[1]))
        result = line[0].decode()
        # Some say that a message without signature has failed.
        return {'none': 'fail'}.get(result, result), text.decode('latin-1')

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def make_keys(directory):
    def run(*command):
        return subprocess.run(command, check=True, capture_output=True).stdout

    def public(pem, skip):
        der = run('openssl', 'pkey', '-in', pem, '-pubout', '-outform', 'DER')
        return subprocess.run(['base64', '-w0'], input=der[skip:], check=True,
                              capture_output=True).stdout.decode()

    def secret(pem):
        der = run('openssl', 'pkey', '-in', pem, '-outform', 'DER')
        return subprocess.run(['base64', '-w0'], input=der[-32:], check=True,
                              capture_output=True).stdout

    def write(name, octets):
        with open(os.path.join(directory, name), 'wb') as f:
            f.write(octets)

    rsa = os.path.join(directory, 'rsa-sha256.pem')
    ed25519 = os.path.join(directory, 'ed25519-sha256.pem')
    # Small, since dkimpy calculates in Python.
    run('openssl', 'genpkey', '-algorithm', 'RSA', '-pkeyopt',
        'rsa_keygen_bits:1024', '-out', rsa)
    run('openssl', 'genpkey', '-algorithm', 'ED25519', '-out', ed25519)
    write('rsa-sha256.txt', f'v=DKIM1; k=rsa; p={public(rsa, 0)}\n'.encode())
    write('ed25519-sha256.txt',
          f'v=DKIM1; k=ed25519; p={public(ed25519, 12)}\n'.encode())
    write('ed25519-sha256.seed', secret(ed25519))


class Comparison:
    def __init__(self, options, keys):
        self.options = options
        self.counts = collections.Counter()
        self.peers = {name: Peer(name, command_of(
            name, options.builddir, options.npm), keys)
            for name in ['ours'] + options.peers}

    def verdicts(self, names, octets):
        for name in names:
            self.peers[name].ask('verify', octets)
        return {name: self.peers[name].answer() for name in names}

    def difference(self, case, found):
        reason = explained.reason(case, found)
        if reason:
            self.counts['explained: ' + reason] += 1
            return
        self.counts['different'] += 1
        print(f'not ok {case.number}, signed by {case.signer}, '
              f'{case.algorithm} {case.canons}, '
              f'{"changed" if case.is_changed else "unchanged"}: ' +
              '; '.join(f'{name} {result} ({text.strip()[:80]})'
                        for name, (result, text) in found.items()),
              flush=True)
        path = os.path.join(self.options.keep, f'{case.number}.eml')
        with open(path, 'wb') as f:
            f.write(case.octets)

    def compare(self, number, signer, names):
        self.counts['messages'] += 1
        rng = random.Random(f'{self.options.seed}/{number}/{signer}')
        case = explained.Case(number, signer, rng.choice(ALGORITHMS),
                              rng.choice(CANONS))
        if not explained.can_sign(signer, case.algorithm):
            case.algorithm = 'rsa-sha256'
        message = messages.message(rng)
        peer = self.peers[signer]
        peer.ask(f'sign:{case.algorithm}:{case.canons}', message)
        result, text = peer.answer()
        case.octets = message
        if result != 'signed':
            self.difference(case, {signer: (result, text)})
            return
        case.octets = (b'DKIM-Signature:' + text.encode('latin-1') + b'\r\n' +
                       message)
        if rng.random() < 0.5:
            changed = messages.changed(rng, case.octets)
            case.is_changed = changed != case.octets
            case.octets = changed
        found = self.verdicts(names, case.octets)
        self.counts[f'{signer}: {found["ours"][0]}'] += 1
        self.counts['verifications'] += len(names)
        if len({result for result, _ in found.values()}) > 1 or (
                not case.is_changed and found['ours'][0] != 'pass'):
            self.difference(case, found)

    def restore(self, path):
        """The first number that an earlier run has not compared, or None."""
        if not path or not os.path.exists(path):
            return None
        with open(path, encoding='ascii') as f:
            saved = json.load(f)
        self.counts.update(saved['counts'])
        return saved['next']

    def save(self, path, number):
        with open(path + '.new', 'w', encoding='ascii') as f:
            json.dump({'next': number, 'counts': self.counts}, f)
        os.replace(path + '.new', path)

    def run(self, numbers, path):
        for number in numbers:
            self.compare(number, 'ours', list(self.peers))
            peer = self.options.peers[number % len(self.options.peers)]
            for signer in ([peer] if self.options.in_turn
                           else self.options.peers):
                self.compare(number, signer, ['ours', signer])
            with self.options.done.get_lock():
                self.options.done.value += 1
            if path:
                self.save(path, number + self.options.jobs)
        for peer in self.peers.values():
            peer.end()


def saved_path(options, share):
    """Where a share is saved, so that a run can be interrupted; None: not."""
    if options.in_turn:
        return None
    return os.path.join(options.keep, f'{options.seed}.{options.messages}.'
                        f'{share}of{options.jobs}.json')


def run_share(options, keys, share, result):
    path = saved_path(options, share)
    comparison = Comparison(options, keys)
    first = comparison.restore(path) or share
    with options.done.get_lock():
        options.done.value += (first - share) // options.jobs
    comparison.run(range(first, options.messages, options.jobs), path)
    result.put(comparison.counts)


def show_progress(options, started):
    done = options.done.value
    print(f'# {time.time() - started:4.0f}s  {done} of {options.messages} '
          'messages', file=sys.stderr, flush=True)


def run_shares(options, keys):
    result = multiprocessing.Queue()
    shares = [multiprocessing.Process(target=run_share,
                                      args=(options, keys, i, result))
              for i in range(options.jobs)]
    started = time.time()
    for share in shares:
        share.start()
    while any(share.is_alive() for share in shares):
        for share in shares:
            share.join(10 / len(shares))
        show_progress(options, started)
    if any(share.exitcode != 0 for share in shares):
        sys.exit('a part has ended early')
    return sum((result.get() for _ in shares), collections.Counter())


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.partition('\n')[0])
    parser.add_argument('--messages', type=int, default=2000)
    parser.add_argument('--seed', default='1')
    parser.add_argument('--jobs', type=int, default=os.cpu_count())
    parser.add_argument('--builddir', required=True)
    parser.add_argument('--npm', help='directory with mailauth')
    parser.add_argument('--keep', required=True)
    parser.add_argument('--in-turn', action='store_true',
                        help='each message signed by one peer, not by all')
    parser.add_argument('peers', nargs='+')
    options = parser.parse_args()
    options.done = multiprocessing.Value('i')
    return options


def main():
    options = parse_options()
    os.makedirs(options.keep, exist_ok=True)
    with tempfile.TemporaryDirectory() as keys:
        make_keys(keys)
        counts = run_shares(options, keys)
    for what, n in sorted(counts.items()):
        print(f'{n:9}  {what}')
    print(f'seed {options.seed}: {options.messages} messages, '
          f'{counts["verifications"]} verifications, '
          f'{counts["different"]} differences without explanation')
    print(f'{counts["messages"] - counts["different"]} passed, '
          f'{counts["different"]} failed')
    for share in range(options.jobs):
        path = saved_path(options, share)
        if path and os.path.exists(path):
            os.unlink(path)
    sys.exit(1 if counts['different'] else 0)


if __name__ == '__main__':
    main()
