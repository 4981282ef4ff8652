# SPDX-License-Identifier: ISC
"""The table of From shapes, its columns, and what the library says of values.

tests/from/shapes.tsv has a line for each shape, with these columns between
tabs.  A line that begins with "#" is a comment.

name        of the shape, unique
value       of the field after the colon, with \\r, \\n, \\t, \\\\ and \\xNN
authors     domains with commas between
mentions    the same
unreadable  "unreadable" or "-"
python, mail_dkim, opendmarc, rspamd
            what each reader finds, written by record.py; an octet that is no
            visible character as \\xNN, "-" for nothing

An empty list is "-".
"""

import os
import re
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
TABLE = os.path.join(HERE, 'shapes.tsv')
COLUMNS = ['name', 'value', 'authors', 'mentions', 'unreadable']
READERS = ['python', 'mail_dkim', 'opendmarc', 'rspamd']


def unescape(text):
    """Octets of an escaped text."""
    def octet(match):
        name = match.group(1)
        if name[0] == 'x':
            return chr(int(name[1:], 16))
        return {'r': '\r', 'n': '\n', 't': '\t', '\\': '\\'}[name]
    return re.sub(r'\\(x[0-9a-f]{2}|[rnt\\])', octet, text).encode('latin-1')


def escape(octets):
    out = ''
    for octet in octets:
        if octet == 0x5c:
            out += '\\\\'
        elif 0x20 <= octet < 0x7f:
            out += chr(octet)
        else:
            out += {9: '\\t', 10: '\\n', 13: '\\r'}.get(octet,
                                                      '\\x%02x' % octet)
    return out


def as_list(text):
    return [] if text == '-' else text.split(',')


def from_list(names):
    """Each once, in order."""
    return ','.join(dict.fromkeys(names)) or '-'


def load(path=TABLE):
    """The comments at the top, and the shapes as dictionaries."""
    comments, shapes = [], []
    with open(path, encoding='ascii') as table:
        for line in table:
            line = line.rstrip('\n')
            if line.startswith('#'):
                comments.append(line)
                continue
            shapes.append(dict(zip(COLUMNS + READERS, line.split('\t'))))
    return comments, shapes


def unfold(value):
    return re.sub(rb'\r\n(?=[ \t])', b'', value)


def frame(values):
    return b''.join(b'%d\n%s' % (len(value), value) for value in values)


class Library:
    """What the library says, by the program from_lists."""

    def __init__(self, program):
        self.program = program

    def run(self, values, *options):
        result = subprocess.run([self.program, *options],
                                input=frame(values), stdout=subprocess.PIPE,
                                check=True)
        return result.stdout.decode('ascii').split('\n')[:-1]

    def lists(self, values):
        """Tuples: is valid, authors, mentions, is unreadable."""
        found = []
        for line in self.run(values):
            valid, authors, mentions, unreadable = line.split('\t')
            found.append((valid == 'valid',
                          authors.split(',') if authors else [],
                          mentions.split(',') if mentions else [],
                          unreadable != ''))
        return found

    def names(self, raw):
        """Of each raw name, the domains that it may be."""
        return [line.split(',') if line else []
                for line in self.run([name.strip() for name in raw], '-n')]


def covers(authors, name):
    """Whether a name is among the authors.

    What has a label that no name can have is only good for the organization
    above, so another author there is as good.
    """
    if name in authors or '?' not in name:
        return name in authors
    known = name.rpartition('?.')[2]
    return '.' not in known or any(
        author == known or author.endswith('.' + known) for author in authors)


def missing(library, found, lists):
    """Names that readers found and the library did not.

    found   for each value, the raw names of one reader
    lists   for each value, the domains that count
    """
    raw = sorted({name for names in found for name in names})
    forms = dict(zip(raw, library.names(raw)))
    return [sorted({form for name in names for form in forms[name]
                    if not covers(known, form)})
            for names, known in zip(found, lists)]
