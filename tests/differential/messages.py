# SPDX-License-Identifier: ISC
"""Ugly messages, and changes to signed ones, made from a seed.

All have CRLF line ends and a header that each reader takes for the same fields:
what is not so is the subject of other tests, since a milter does not sign it.
"""

import re

WORDS = ['a', 'of', 'mail', 'Zürich', 'signature', 'x' * 40, '=', '=3D', '.',
         'b=', ';', ':', '"', '(', '\\', '<', '日本', '--', 'From', '>From']
BLANKS = ['', ' ', '\t', '  ', ' \t ', '\t\t', ' ' * 20]
FOLDS = ['\r\n ', '\r\n\t', ' \r\n ', '\t\r\n\t ', '\r\n  \t']
NAMES = ['Subject', 'To', 'Cc', 'Date', 'Reply-To', 'Message-ID', 'MIME-Version',
         'Content-Type', 'Content-Transfer-Encoding', 'In-Reply-To',
         'References', 'List-Id', 'List-Unsubscribe', 'X-Mailer', 'Received',
         'Comments', 'Sender', 'X-Empty', 'Precedence', 'Resent-To']


def cased(rng, name):
    return rng.choice([name, name, name, name.lower(), name.upper()])


def text(rng, words):
    """Words and blanks, in one line."""
    return ''.join(rng.choice(WORDS) + rng.choice(BLANKS)
                   for _ in range(rng.randrange(words)))


def field(rng, name):
    pieces = [rng.choice(BLANKS), text(rng, 6)]
    for _ in range(rng.choice([0, 0, 0, 1, 2, 5])):
        # A line of blanks alone is obsolete syntax: readers end there.
        pieces += [rng.choice(FOLDS), rng.choice(WORDS), text(rng, 5)]
    if rng.random() < 0.1:
        pieces.append(rng.choice(BLANKS))
    return cased(rng, name) + ':' + ''.join(pieces) + '\r\n'


def author(rng):
    name = rng.choice(['', 'Example ', '"Example, Inc." ', 'Müller  \t',
                       'A\r\n B ', '=?utf-8?q?=C3=BC?=\r\n\t'])
    return (cased(rng, 'From') + ':' + rng.choice([' ', '', '\t', '  ']) + name +
            rng.choice(['<a@example.com>', '<a.b@example.com>']) + '\r\n')


def header(rng):
    names = [rng.choice(NAMES) for _ in range(rng.choice([0, 3, 8, 20, 60]))]
    names += ['Date', 'Message-ID', 'Subject', 'To']
    fields = [field(rng, name) for name in names] + [author(rng)]
    rng.shuffle(fields)
    return ''.join(fields)


def line(rng):
    kind = rng.random()
    if kind < 0.2:
        return ''
    if kind < 0.3:
        return rng.choice(BLANKS)
    if kind < 0.35:
        return 'long ' * rng.randrange(400)
    if kind < 0.4:
        return '.' * rng.randrange(4) + text(rng, 2)
    return rng.choice(BLANKS) + text(rng, 12)


def body(rng):
    lines = [line(rng) for _ in range(rng.choice([0, 1, 2, 5, 20, 200]))]
    octets = '\r\n'.join(lines).encode()
    if rng.random() < 0.05:
        octets += bytes(rng.randrange(128, 256) for _ in range(50))
    # Only BDAT and files can do without a final line end.
    if octets and rng.random() < 0.97:
        octets += b'\r\n'
    return octets + b'\r\n' * rng.choice([0, 0, 0, 1, 2, 7])


def message(rng):
    return header(rng).encode() + b'\r\n' + body(rng)


# -- Changes, of which some are none to a canonicalization. -----------------

def at_random(rng, octets, pattern, to):
    """Replace one of the matches, or none if there is none."""
    found = list(re.finditer(pattern, octets))
    if not found:
        return octets
    match = rng.choice(found)
    return octets[:match.start()] + to + octets[match.end():]


def change_blanks(rng, octets):
    return at_random(rng, octets, rb'(?<=[^\r\n \t])[ \t]+(?=[^\r\n \t])',
                     rng.choice([b' ', b'\t', b'  \t']))


def change_octet(rng, octets):
    return at_random(rng, octets, rb'(?<=[a-z])[a-z](?=[a-z])',
                     rng.choice([b'q', b'E', b'7']))


def change_line_end(rng, octets):
    return at_random(rng, octets, rb'(?<=[^\r\n:])\r\n(?=[^\r\n])',
                     rng.choice([b' \r\n', b'\t\r\n']))


def change_fold(rng, octets):
    return at_random(rng, octets, rb'\r\n[ \t]+(?=[^\r\n \t])',
                     rng.choice([b'\r\n ', b' ', b'\r\n\t\t']))


def change_case(rng, octets):
    names = list(re.finditer(rb'(?m)^[A-Za-z-]+(?=:)',
                             octets.partition(b'\r\n\r\n')[0]))
    match = rng.choice(names)
    return (octets[:match.start()] + match[0].swapcase() +
            octets[match.end():])


def fields_of(octets):
    top, _, rest = octets.partition(b'\r\n\r\n')
    return re.findall(rb'(?s)[^\r].*?\r\n(?![ \t])', top + b'\r\n'), rest


def change_order(rng, octets):
    fields, rest = fields_of(octets)
    i = rng.randrange(len(fields))
    fields.insert(rng.randrange(len(fields)), fields.pop(i))
    return b''.join(fields) + b'\r\n' + rest


def change_number(rng, octets):
    """A further field, or one less."""
    fields, rest = fields_of(octets)
    i = rng.randrange(len(fields))
    if rng.random() < 0.5:
        is_signature = fields[i].lower().startswith(b'dkim-signature')
        fields[i] = b'X-Other: 1\r\n' if is_signature else fields[i] * 2
    elif not fields[i].lower().startswith((b'from', b'dkim-signature')):
        del fields[i]
    return b''.join(fields) + b'\r\n' + rest


def change_end(rng, octets):
    return octets + rng.choice([b'\r\n', b'\r\n\r\n', b' \r\n', b'\t\r\n',
                                b'more\r\n', b'\r\n \r\n'])


CHANGES = [change_blanks, change_octet, change_line_end, change_fold,
           change_case, change_order, change_number, change_end]


def changed(rng, octets):
    for _ in range(rng.choice([1, 1, 2, 3])):
        octets = rng.choice(CHANGES)(rng, octets)
    return octets
