# SPDX-License-Identifier: ISC
"""usage: check.py FROM_LISTS table | live UNPACKED [COUNT [SEED]]

table   the library says of each shape what the table says, and has as an
        author all that the readers found when they were recorded
live    the same with the readers that are on this machine or in UNPACKED, for
        the shapes and for COUNT values made from them

The output is TAP.
"""

import sys

import mutations
import readers
import shapes


class Report:
    def __init__(self):
        self.count = self.failed = 0

    def case(self, name, faults):
        self.count += 1
        self.failed += bool(faults)
        print(f'{"not ok" if faults else "ok"} {self.count} - {name}')
        for fault in faults[:10]:
            print(f'# {fault}')
        sys.stdout.flush()

    def end(self):
        print(f'1..{self.count}')
        return 1 if self.failed else 0


def as_text(names):
    return ','.join(names) or '-'


def uncovered(library, values, lists, found):
    """What a reader found that is no author, as text."""
    missed = shapes.missing(library, found, lists)
    return [f'{shapes.escape(value)}: {as_text(names)} is not in '
            f'{as_text(known)}'
            for value, names, known in zip(values, missed, lists) if names]


def check_lists(report, table, values, lists):
    faults = []
    for shape, (_, authors, mentions, unreadable) in zip(table, lists):
        for column, is_now in (
                ('authors', as_text(authors)),
                ('mentions', as_text(mentions)),
                ('unreadable', 'unreadable' if unreadable else '-')):
            if shape[column] != is_now:
                faults.append(f'{shape["name"]}: {column} {is_now}, '
                              f'not {shape[column]}')
    report.case(f'the lists of {len(values)} shapes', faults)


def check_table(report, library):
    _, table = shapes.load()
    values = [shapes.unescape(shape['value']) for shape in table]
    lists = library.lists(values)
    authors = [known for _, known, _, _ in lists]
    check_lists(report, table, values, lists)
    for name in shapes.READERS:
        found = [[shapes.unescape(domain) for domain in
                  shapes.as_list(shape[name])] for shape in table]
        report.case(f'authors have what {name} found when recorded',
                    uncovered(library, values, authors, found) or
                    ([] if any(found) else [f'{name} found nothing']))


def check_decoded(report, library, values):
    """In a valid field an encoded word is a mention at the most."""
    values = [value for value, lists in zip(values, library.lists(values))
              if not lists[0]]
    authors = [known for _, known, _, _ in library.lists(values)]
    report.case(f'authors have what {len(values)} invalid shapes say after '
                'their encoded words were decoded',
                uncovered(library, values, authors, readers.decoded(values)))


def check_live(report, library, unpacked, count, seed):
    _, table = shapes.load()
    shaped = list(dict.fromkeys(
        shapes.unfold(shapes.unescape(shape['value'])) for shape in table))
    # Milters get values up to the first NUL, so none is in what is made.
    made = list(dict.fromkeys(
        shapes.unfold(value).translate(bytes.maketrans(b'\r\n', b'  '), b'\0')
        for value in mutations.mutations(shaped, count, seed)))
    for name, (reader, version) in readers.readers(unpacked).items():
        if reader is None:
            report.case(f'{name} # SKIP not in this distribution', [])
            continue
        for values, kind in ((shaped, 'shapes'), (made, 'mutations')):
            authors = [known for _, known, _, _ in library.lists(values)]
            found = reader(values)
            report.case(
                f'authors have what {name} {version} finds in {len(values)} '
                f'{kind}', uncovered(library, values, authors, found) or
                ([] if any(found) else [f'{name} finds nothing']))
    check_decoded(report, library, shaped)


def main():
    library = shapes.Library(sys.argv[1])
    report = Report()
    if sys.argv[2] == 'table':
        check_table(report, library)
    else:
        count = int(sys.argv[4]) if len(sys.argv) > 4 else 3000
        seed = int(sys.argv[5]) if len(sys.argv) > 5 else 1
        check_live(report, library, sys.argv[3], count, seed)
    return report.end()


sys.exit(main())
