#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""zone.py: key records as zone-file lines, from countersign-key show --json.

The records come on standard input, the lines go to standard output.
"""

import json
import sys

for record in json.load(sys.stdin):
    print(record['zone_line'])
