#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""usage: check-width.py SOURCE_ROOT

No line of C is wider than 80 columns, with tabs of 8.

The function that measures is tested first.
"""

import pathlib
import sys

TREES = ['lib', 'milter', 'keys', 'doctor', 'tests']
MAX = 80


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
            faults += [f'{path.relative_to(root)}:{number}: wider than {MAX} '
                       'columns: wrap it'
                       for number in wide(path.read_text(encoding='utf-8'))]
    if faults or nfiles < 500:
        sys.exit('\n'.join(faults) or f'only {nfiles} files were found')
    print(f'{nfiles} files')


main()
