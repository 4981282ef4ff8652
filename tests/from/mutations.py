# SPDX-License-Identifier: ISC
"""Values of From made from others, the same ones for the same seed."""

import random

PIECES = [
    b'"', b'(', b')', b'<', b'>', b'@', b',', b';', b':', b'\\', b'[', b']',
    b'.', b' ', b"'", b'=', b'?', b'\t', b'\r\n ', b'\x01', b'\x0b', b'\x7f',
    b'\xc3\xbc', b'\xff', b'\xc2\xa0', b'\xe3\x80\x82', b'\xc2\xad',
    b'a', b'A B', b'd.example', b'@e.example', b'x@f.example',
    b'<y@g.example>', b'"z@h.example"', b'(w@i.example)', b'\\"', b'\\(',
    b'=?utf-8?q?=40?=', b'=?utf-8?q?=3Cv=40j.example=3E?=',
    b'=?utf-8?b?dUBrLmV4YW1wbGU=?=', b'=?utf-8?q?=22?=', b'=?utf-8?q?',
    b'?=', b'mailto:', b'@[192.0.2.1]', b'\xef\xbc\xa0', b'..',
]


def mutate(choice, value, others):
    kind = choice.randrange(6)
    start = choice.randrange(len(value) + 1)
    end = min(len(value), start + choice.randrange(1, 8))
    if kind <= 2:
        return value[:start] + choice.choice(PIECES) + value[start:]
    if kind == 3:
        return value[:start] + value[end:]
    if kind == 4:
        return value[:start] + choice.choice(PIECES) + value[end:]
    other = choice.choice(others)
    return value[:start] + other[choice.randrange(len(other) + 1):]


def mutations(values, count, seed):
    choice = random.Random(seed)
    made = []
    while len(made) < count:
        value = choice.choice(values)
        for _ in range(choice.randrange(1, 5)):
            value = mutate(choice, value, values)
        if len(value) < 300:
            made.append(value)
    return made
