#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""verify.py FILE DOMAIN ALGORITHM...: foreign verifiers judge a message.
verify.py - ALGORITHM...: many messages, by one start of the verifiers; lines
on standard input have a FILE and a DOMAIN each.

It must be signed for DOMAIN by each ALGORITHM, and by no other.  Each
DKIM-Signature is judged alone: the other DKIM-Signature fields are taken out,
so that no verifier can answer for one signature with the result of another.
Keys come from DNS.

A verifier that passes everything proves nothing.  So each must also reject a
copy with one octet of the body changed, and one with the From field changed.
What a verifier cannot judge at all (see CANNOT) is said, and counts neither
way; two at least must judge each signature.

Prints a line for each signature: domain, selector, algorithm, and what each
verifier said.  Exit status 0 when all is as it must be.  Of many messages,
what is said goes to FILE.verdict, whose last line is "good" if it is.
"""

import functools
import os
import re
import subprocess
import sys

import without_requests  # noqa: F401
import dkim

PERL = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'verify.pl')


def run(command, octets):
    return subprocess.run(command, input=octets, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)


def by_opendkim(octets):
    done = run(['opendkim-testmsg', '-C'], octets)
    if done.returncode == 0:
        return 'pass'
    said = done.stdout.decode('utf-8', 'replace').strip()
    return said or f'exit status {done.returncode}'


def by_dkimpy(octets):
    try:
        return 'pass' if dkim.DKIM(octets).verify() else 'fail'
    except Exception as error:      # whatever it trips over is a verdict
        return f'{type(error).__name__}: {error}'


@functools.cache
def mail_dkim():
    """Mail::DKIM, started once for all messages: that takes longest."""
    return subprocess.Popen(['/usr/bin/perl', PERL],
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def by_mail_dkim(octets):
    process = mail_dkim()
    process.stdin.write(b'%d\n' % len(octets) + octets)
    process.stdin.flush()
    said = process.stdout.readline().decode('utf-8', 'replace').strip()
    return said or 'no answer'


VERIFIERS = {
    'opendkim': by_opendkim,
    'dkimpy': by_dkimpy,
    'Mail::DKIM': by_mail_dkim,
}


# What a verifier said, by which it shows that it is no judge of this message.
CANNOT = {
    'Mail::DKIM': {
        'unsupported algorithm ed25519-sha256': 'does not know Ed25519',
    },
    'dkimpy': {
        'Unexpected characters in RFC822 header':
            'does not read fields with blanks before the colon',
    },
}


def split(octets):
    """The header fields, each with its CRLF, and the rest from the blank line.
    """
    header, separator, body = octets.partition(b'\r\n\r\n')
    fields = re.findall(rb'(?s)[^\r].*?\r\n(?![ \t])', header + b'\r\n')
    return fields, separator[2:] + body


def is_signature(field):
    return field.lower().startswith(b'dkim-signature:')


def alone(octets):
    """Yield (signature field, message with no other signature)."""
    fields, rest = split(octets)
    for i, field in enumerate(fields):
        if is_signature(field):
            kept = [f for j, f in enumerate(fields)
                    if j == i or not is_signature(f)]
            yield field, b''.join(kept) + rest


def tag(field, name):
    value = field.partition(b':')[2]
    found = re.search(rb'(?:^|;)\s*' + name + rb'\s*=([^;]*)', value)
    return re.sub(rb'\s', b'', found[1]).decode() if found else ''


def tampered(octets):
    """Copies that no verifier may accept, by name."""
    fields, rest = split(octets)
    if len(rest) > 2:
        # A visible octet: blanks may be folded away by the canonicalization.
        at = re.search(rb'[!-~\x80-\xff]', rest)
        at = at.start() if at else None
    else:
        at = None
    if at is None:
        changed = rest + b'tampered\r\n'
    else:
        octet = b'Y' if rest[at:at + 1] == b'X' else b'X'
        changed = rest[:at] + octet + rest[at + 1:]
    yield 'body', b''.join(fields) + changed
    # Into the last From field: the first one to be signed.
    for i in reversed(range(len(fields))):
        if fields[i].lower().startswith(b'from'):
            fields[i] = fields[i][:-2] + b' (x)\r\n'
            break
    yield 'from', b''.join(fields) + rest


def judge_by(name, verify, octets):
    verdict = verify(octets)
    for said, why in CANNOT.get(name, {}).items():
        if said in verdict:
            return f'cannot: {why}'
    if verdict == 'pass':
        for what, copy in tampered(octets):
            if verify(copy) == 'pass':
                return f'accepts a changed {what}: worthless'
    return verdict


def judge(octets):
    return {name: judge_by(name, verify, octets)
            for name, verify in VERIFIERS.items()}


def is_good(verdicts):
    judged = [v for v in verdicts.values() if not v.startswith('cannot: ')]
    return len(judged) >= 2 and all(v == 'pass' for v in judged)


def judge_file(path, domain, algorithms, output):
    """Whether it is signed as it must be."""
    with open(path, 'rb') as f:
        octets = f.read()
    wanted = sorted((domain, a) for a in algorithms)
    found, good = [], True
    for field, message in alone(octets):
        identity = tag(field, b'd'), tag(field, b'a')
        verdicts = judge(message)
        found.append(identity)
        good = good and is_good(verdicts)
        print(identity[0], tag(field, b's'), identity[1], end=': ',
              file=output)
        print('; '.join(f'{k} {v}' for k, v in verdicts.items()), file=output)
    if sorted(found) != wanted:
        print(f'signatures: {found}, wanted: {wanted}', file=output)
        good = False
    return good


def judge_files(lines, algorithms):
    good = True
    for line in lines:
        path, domain = line.split()
        with open(path + '.verdict', 'w', encoding='utf-8') as output:
            if judge_file(path, domain, algorithms, output):
                print('good', file=output)
            else:
                good = False
    return good


def main():
    if sys.argv[1] == '-':
        good = judge_files(sys.stdin, sys.argv[2:])
    else:
        good = judge_file(sys.argv[1], sys.argv[2], sys.argv[3:], sys.stdout)
    sys.exit(0 if good else 1)


if __name__ == '__main__':
    main()
