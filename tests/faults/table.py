#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""table.py JSON PART...: join the figures of the MTAs, and show them."""

import json
import sys

from oracle import COLUMNS


def main():
    rows = []
    for path in sys.argv[2:]:
        with open(path, encoding="utf-8") as file:
            rows += json.load(file)
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        json.dump(rows, file, indent=1)
        file.write("\n")
    names = ("fault", "mta", *COLUMNS, "recovered")
    cells = [names] + [[str(row[name]) for name in names] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells)]
    for line in cells:
        print("  ".join(cell.ljust(width) if i < 2 else cell.rjust(width)
                        for i, (cell, width) in enumerate(zip(line, widths))))
    print("recovered: seconds from the repair until nothing was deferred")


if __name__ == "__main__":
    main()
