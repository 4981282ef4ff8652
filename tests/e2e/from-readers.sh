#!/bin/bash
# SPDX-License-Identifier: ISC
#
# Whoever another program takes for the author of a message, the library does,
# too: Python's email, Mail::DKIM, OpenDMARC and rspamd read the shapes of
# tests/from/shapes.tsv and some thousand values made from them.  A reader
# that the distribution does not have is skipped by name.

# shellcheck disable=SC2034
E2E_PRIVATE=(opendmarc rspamd)
# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"

"$PYTHON" "$E2E_TOP/tests/from/check.py" \
    "$E2E_BUILD/tests/from/from_lists" live "$E2E_UNPACKED" 3000
