# SPDX-License-Identifier: ISC
"""usage: record.py UNPACKED

Write into shapes.tsv what the readers find, with their versions.  All readers
are needed: OpenDMARC and rspamd are on this machine, or are unpacked into
UNPACKED/opendmarc and UNPACKED/rspamd.
"""

import sys

import readers
import shapes


def main():
    comments, table = shapes.load()
    values = [shapes.unfold(shapes.unescape(shape['value']))
              for shape in table]
    versions = []
    for name, (reader, version) in readers.readers(sys.argv[1]).items():
        if reader is None:
            sys.exit(f'record.py: there is no {name} here')
        versions.append(f'# {name}: {version}')
        for shape, found in zip(table, reader(values)):
            shape[name] = shapes.from_list(
                shapes.escape(domain).replace(',', '\\x2c')
                for domain in found)
    comments = [line for line in comments
                if line.split(':')[0][2:] not in shapes.READERS]
    with open(shapes.TABLE, 'w', encoding='ascii') as out:
        for line in comments + versions:
            out.write(line + '\n')
        for shape in table:
            out.write('\t'.join(shape[column] for column in
                                shapes.COLUMNS + shapes.READERS) + '\n')


main()
