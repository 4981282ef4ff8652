#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""usage: check-heads.py SOURCE_ROOT

Each .c file of the programs and the library begins with a comment of at least
MIN lines of text, and each room has one header whose first line says what the
room is for.  lib/dkimsig is an exception: its dkimsig.h is installed and has
an introduction.

The function that reads these comments is tested first.
"""

import pathlib
import re
import sys

TREES = ['lib', 'milter', 'keys', 'doctor']
MIN = 3
HEAD = re.compile(r'/\* SPDX-License-Identifier: ISC \*/\n\n/\*\n(.*?)\n \*/\n',
                  re.DOTALL)
SPDX = '/* SPDX-License-Identifier: ISC */\n\n'


def head(text):
    """The lines of a file's first comment that are not empty."""
    found = HEAD.match(text)
    lines = found[1].split('\n') if found else []
    return [line for line in (line.lstrip(' *') for line in lines) if line]


def try_reader():
    for text, want in [
            (SPDX + '/*\n * a\n *\n * b\n * c\n */\n\n#include "a.h"\n', 3),
            (SPDX + '/*\n * a\n *\n * b\n */\n\n/*\n * c\n */\n', 2),
            (SPDX + '#include "a.h"\n\n/*\n * a\n * b\n * c\n */\n', 0),
            ('/*\n * a\n * b\n * c\n */\n', 0)]:
        if len(head(text)) != want:
            sys.exit(f'check-heads: {len(head(text))} lines in {text!r}')


def main():
    try_reader()
    root = pathlib.Path(sys.argv[1])
    faults = []
    nfiles = 0
    rooms = {}
    for tree in TREES:
        for path in sorted(root.glob(f'{tree}/**/*.[ch]')):
            name = path.relative_to(root)
            lines = head(path.read_text(encoding='utf-8'))
            room = rooms.setdefault(str(name.parent), [])
            if path.suffix == '.h':
                if lines and lines[0].startswith(f'Room {name.parent}: '):
                    room.append(name)
                continue
            nfiles += 1
            if len(lines) < MIN:
                faults.append(f'{name}: {len(lines)} lines of text in its '
                              f'head: write {MIN} to 20: subject, RFC '
                              'sections, approach, what may fail')
    del rooms['lib/dkimsig']
    faults += [f'{room}: {len(names)} headers begin with "Room {room}: ": '
               'its main header says so, and no other'
               for room, names in rooms.items() if len(names) != 1]
    if faults or nfiles < 200:
        sys.exit('\n'.join(faults) or f'only {nfiles} files were found')
    print(f'{nfiles} files, {len(rooms)} rooms')


main()
