#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""usage: check-width.py SOURCE_ROOT

No line of C is wider than 80 columns, with tabs of 8, and no C file of the
product is longer than 500 lines, so that it has one subject.

The function that measures is tested first.
"""

import pathlib
import sys

TREES = ['lib', 'milter', 'keys', 'doctor', 'tests']
MAX = 80
MAX_LINES = 500


def wide(text):
    """The numbers of the lines that are too wide."""
    return [number for number, line in enumerate(text.splitlines(), 1)
            if len(line.expandtabs(8)) > MAX]


def try_measure():
    for line, is_wide in [('x' * 80, False), ('x' * 81, True),
                          ('\t' * 9 + 'x' * 8, False),
                          ('\t' * 9 + 'x' * 9, True),
                          ('1234567\t' + 'x' * 73, True)]:
        if wide('a\n' + line + '\n') != ([2] if is_wide else []):
            sys.exit(f'check-width: wrong about {line!r}')


def main():
    try_measure()
    root = pathlib.Path(sys.argv[1])
    faults = []
    nfiles = 0
    for tree in TREES:
        for path in sorted(root.glob(f'{tree}/**/*.[ch]')):
            nfiles += 1
            name = path.relative_to(root)
            text = path.read_text(encoding='utf-8')
            faults += [f'{name}:{number}: wider than {MAX} columns: wrap it'
                       for number in wide(text)]
            nlines = text.count('\n')
            if nlines > MAX_LINES and path.suffix == '.c' and tree != 'tests':
                faults.append(f'{name}: {nlines} lines, over {MAX_LINES}: '
                              'give a part a file of its own')
    if faults or nfiles < 500:
        sys.exit('\n'.join(faults) or f'only {nfiles} files were found')
    print(f'{nfiles} files')


main()
