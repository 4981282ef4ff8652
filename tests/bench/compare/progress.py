# SPDX-License-Identifier: ISC
"""What goes on, on stderr."""

import sys


def progress(text):
    print(f"# {text}", file=sys.stderr, flush=True)
