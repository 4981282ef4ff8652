#!/bin/bash
# SPDX-License-Identifier: ISC
#
# Every domain that another program takes for a message's author is an author
# for the library, too.  Python's email, Mail::DKIM, OpenDMARC and rspamd read
# the From fields in tests/from/shapes.tsv and some thousand variations of them.
# Readers that the distribution does not have are named and skipped.

# shellcheck disable=SC2034
E2E_PRIVATE=(opendmarc rspamd)
# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"

"$PYTHON" "$E2E_TOP/tests/from/check.py" \
    "$E2E_BUILD/tests/from/from_lists" live "$E2E_UNPACKED" 3000
