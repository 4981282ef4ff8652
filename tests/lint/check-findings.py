#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""usage: check-findings.py SOURCE_ROOT

Each id of a finding in doctor/chain is explained once in countersign-doctor(8),
section FINDINGS, and each id that is explained there is in the code.  The lists
there are sorted.

In the code, an id is the second argument of findings_add(): a string, one of two
strings, or something whose name is or ends with "id".  That comes from a string that is
passed to a function of the same file, or from a table; either way it is the
only thing in the room that is written like an id.

A test produces a finding with each id, in another state than well: it names it
behind one of the words of TEST.  UNTESTED has those that no test can produce.
"""

import pathlib
import re
import sys

ID = r'"([a-z0-9]+(?:-[a-z0-9]+)*)"'
CALL = re.compile(r'findings_add\(\s*[\w&>.-]+,\s*([^,]+),')
# What is passed on: the argument after the findings, or a member of a table.
PASSED = re.compile(r'\bfindings,\s*' + ID + '|' + r'\.id = ' + ID)
# How tests say that there is a finding: tests/doctor/chain.sh, findings.sh,
# mynetworks.sh, and tests/e2e/lib/faults.sh.
TEST = re.compile(r'^\s*(?:fixed|mended|fault|fault_for_person|told|advice) '
                  r'([a-z0-9-]+) '
                  r'|^\s*has ([a-z0-9-]+)(?: (?!well)|$)'
                  r'|(?:\.id ==|"id"\] ==) "([a-z0-9-]+)"', re.M)
UNTESTED = {
    'clock-synchronized': 'the kernel has one clock for all, which a test '
                          'must not touch',
    'refusals': 'only if no process can be started',
}


def tested_in(text):
    """The ids that a test wants to be found."""
    return {word for match in TEST.findall(text) for word in match if word}


def ids_in(text):
    """The ids in a file, and what findings_add() gets that is none."""
    ids, strange = set(), []
    for match in CALL.finditer(text):
        argument = match[1].strip()
        literals = re.findall(ID, argument)
        ids.update(literals)
        if not literals and not re.search(r'\bid$', argument):
            strange.append(argument)
    ids |= {one or other for one, other in PASSED.findall(text)}
    return ids, strange


def explained_in(page):
    """The ids that the page explains, one list for each area."""
    section = page[page.index('.Ss FINDINGS'):]
    section = section[:section.index('\n.Ss ', 5)]
    return [re.findall(r'^\.It Li ([^ \n]+)$', part, re.M)
            for part in section.split('.El')]


def try_reader():
    ids, strange = ids_in('findings_add(findings, "a-b", X,\n'
                          'findings_add(f,\n    "c", X, findings_add(f, id, '
                          'findings_add(&x->y, word, '
                          'findings_add(f, b ? "g" : "h-i", '
                          'add(chain, findings, "d-e", { .id = "f" }')
    if ids != {'a-b', 'c', 'd-e', 'f', 'g', 'h-i'} or strange != ['word']:
        sys.exit(f'check-findings: the reader found {ids} and {strange}')
    tested = tested_in('fixed a-b "x"\n\thas c\nhas d note\nhas e well\n'
                       'jq \'select(.id == "f")\n# has g note\n'
                       'fault h "x"\nhas i unknown "well"\n')
    if tested != {'a-b', 'c', 'd', 'f', 'h', 'i'}:
        sys.exit(f'check-findings: the reader found tests of {tested}')


def main():
    try_reader()
    root = pathlib.Path(sys.argv[1])
    faults, used = [], set()
    for path in sorted((root / 'doctor/chain').glob('*.c')):
        ids, strange = ids_in(path.read_text(encoding='utf-8'))
        used |= ids
        faults += [f'{path.name}: {what} is no id' for what in strange]
    page = (root / 'man/countersign-doctor.8').read_text(encoding='utf-8')
    lists = explained_in(page)
    explained = [name for names in lists for name in names]
    for names in lists:
        if names != sorted(names):
            faults.append(f'countersign-doctor.8: not sorted: {names}')
    faults += [f'countersign-doctor.8: explains {name} twice'
               for name in set(explained) if explained.count(name) > 1]
    faults += [f'{name}: not in countersign-doctor.8, FINDINGS'
               for name in sorted(used - set(explained))]
    faults += [f'{name}: explained, but not in doctor/chain'
               for name in sorted(set(explained) - used)]
    tested = set()
    for pattern in ('doctor/*.sh', 'e2e/doctor-*.sh'):
        for path in (root / 'tests').glob(pattern):
            tested |= tested_in(path.read_text(encoding='utf-8'))
    faults += [f'{name}: no test produces such a finding'
               for name in sorted(used - tested - set(UNTESTED))]
    faults += [f'{name}: UNTESTED, but a test names it'
               for name in sorted(tested & set(UNTESTED))]
    if faults or len(used) < 10:
        sys.exit('\n'.join(faults) or f'only {len(used)} ids were found')
    print(f'{len(used)} findings')


main()
