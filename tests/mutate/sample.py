# SPDX-License-Identifier: ISC
"""
Samples of mutants.

A mutant's place in a sample depends on the seed, its file and its function
alone: after a change elsewhere, a sample still has mostly the same mutants.
Files are drawn in proportion to their lines, operators with the same chance.
"""

import bisect
import collections
import hashlib
import math

import operators

# key: the same as long as its function is.
Drawn = collections.namedtuple("Drawn", "key file mutant line old new")


def functions(text):
    """(start, text) of each function."""
    found = []
    for function in operators.FUNCTION.finditer(operators.without(text)):
        found.append((function.start(),
                      text[function.start():function.end()]))
    return found


def identify(name, text, mutants):
    """Each mutant of a file, with a key."""
    inside = functions(text)
    starts = [start for start, _ in inside]
    times = collections.Counter()
    for mutant in mutants:
        start, function = inside[bisect.bisect(starts, mutant.start) - 1]
        line, old, new = operators.changed_lines(text, mutant)
        what = (name, function, mutant.start - start, mutant.operator,
                mutant.new)
        times[what] += 1
        key = hashlib.sha256(repr((what, times[what])).encode()).hexdigest()
        yield Drawn(key, name, mutant, line, old, new)


def rank(seed, key, weight):
    """The lower, the sooner drawn: a random time, at a rate of weight."""
    octets = hashlib.sha256(f"{seed} {key}".encode()).digest()[:8]
    chance = (int.from_bytes(octets, "big") + 1) / 2.0 ** 64
    return -math.log(chance) / weight


def draw(seed, texts):
    """All mutants but idle ones, in the order of a sample."""
    ranked = []
    for name, text in texts.items():
        mutants = operators.mutants(text)
        kinds = collections.Counter(m.operator for m in mutants)
        for drawn in identify(name, text, mutants):
            weight = text.count("\n") / len(kinds) / \
                kinds[drawn.mutant.operator]
            if not operators.is_idle(text, drawn.mutant):
                ranked.append((rank(seed, drawn.key, weight), drawn))
    return [drawn for _, drawn in sorted(ranked)]
