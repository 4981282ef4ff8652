#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""usage: check-words.py SOURCE_ROOT

Find words that must not appear in texts for operators: the messages of the
programs (their string literals), manual pages and their examples, README and
the like, ./run, units, completions and presets.  Comments in C are not
checked.

A phrase may continue in the next line or literal.  First, the check is tested
with such words in each kind of file.
"""

import pathlib
import re
import sys
import tempfile

WORDS = re.compile(r'\b(how-?manieth|anew|mend(s|ed|ing)?|needless(ly)?'
                   r'|is\s+none\s+that|is\s+there\s+twice)\b', re.IGNORECASE)
LITERAL = r'"(?:[^"\\\n]|\\.)*"'
GAP = r'(?:\s|\\\n)*'
C_TOKEN = re.compile(r"/\*.*?\*/|//[^\n]*|'(?:[^'\\\n]|\\.)*'"
                     rf'|(?P<message>{LITERAL}(?:{GAP}{LITERAL})*)', re.DOTALL)
TEXTS = ['*.md', 'docs/**/*.md', 'run', 'man/*.[1-9]', 'man/examples/*',
         'dist/**/*', 'presets/*.conf']
PROGRAMS = ['lib', 'milter', 'keys', 'doctor']

PLANTED = [
    ('keys/a.c', 'warnx("%d faults: mend them", n);', 'mend'),
    ('keys/b/c.c', 'x("the name is "\n\t    "there twice");',
     'is there twice'),
    ('lib/d.h', '#define WHY\t"is none "\t\\\n\t"that is allowed"',
     'is none that'),
    ('milter/e.c', '\'"\'; /* " */ x("Needless"); \'"\';', 'Needless'),
    ('milter/f.c', '/* "anew" */ \'a\'; // mend\nx("recommend \\"amends");',
     None),
    ('doctor/l.h', 'x("one\\nmend\\n");', 'mend'),
    ('man/g.8', 'A file that\n.Em is none\nthat we want.', 'is none that'),
    ('man/h.5', 'The how-manieth.', 'how-manieth'),
    ('man/i.3', 'Needs a recommendation, amended.', None),
    ('man/examples/j.conf', '# The domain is there\n# twice.',
     'is there twice'),
    ('README.md', 'This is mended.', 'mended'),
    ('docs/dns/m.md', 'Run it anew.', 'anew'),
    ('dist/systemd/k.service', 'Description=begin anew', 'anew'),
    ('run', 'echo needlessly', 'needlessly'),
]


def messages(path):
    """Each text of a file, with the number of its first line."""
    text = path.read_text(encoding='utf-8')
    if path.suffix not in ('.c', '.h'):
        # A phrase continues across a macro or the mark of a comment.
        yield 1, re.sub(r'(?m)^(\.[A-Z][a-z]|#) ', '', text)
        return
    for token in C_TOKEN.finditer(text):
        if token['message']:
            joined = re.sub(rf'"({GAP})"', newlines, token['message'])
            yield (1 + text.count('\n', 0, token.start()),
                   re.sub(r'\\.', ' ', joined))


def newlines(gap):
    return '\n' * gap[1].count('\n')


def files(root):
    for pattern in TEXTS:
        yield from root.glob(pattern)
    for folder in PROGRAMS:
        yield from root.glob(f'{folder}/**/*.[ch]')


def findings(root):
    """(file, line, word) of each word found, and the number of files."""
    found = []
    read = [path for path in sorted(files(root)) if path.is_file()]
    for path in read:
        for first, text in messages(path):
            for word in WORDS.finditer(text):
                line = first + text.count('\n', 0, word.start())
                found.append((str(path.relative_to(root)), line,
                              re.sub(r'\s+', ' ', word[0])))
    return found, len(read)


def bites():
    """Whether the planted words are found, each in its file, and no others."""
    with tempfile.TemporaryDirectory() as scratch:
        root = pathlib.Path(scratch)
        for name, text, _ in PLANTED:
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding='utf-8')
        found = {(name, word) for name, _, word in findings(root)[0]}
    wanted = {(name, word) for name, _, word in PLANTED if word}
    for name, word in wanted - found:
        print(f'{name}: a planted "{word}" was not found')
    for name, word in found - wanted:
        print(f'{name}: "{word}" was found, and is not there')
    return found == wanted


def main():
    good = bites()
    found, nfiles = findings(pathlib.Path(sys.argv[1]))
    for name, line, word in found:
        print(f'{name}:{line}: "{word}": say it in plainer words')
    if nfiles < 300:
        print(f'only {nfiles} files were read')
    return 0 if good and not found and nfiles >= 300 else 1


if __name__ == '__main__':
    sys.exit(main())
