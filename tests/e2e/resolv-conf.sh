#!/bin/bash
# SPDX-License-Identifier: ISC
#
# The host gets other DNS servers while the front runs, which uses them without
# a reload.  resolv.conf is a link, as systemd-resolved makes it.

# shellcheck disable=SC2034
E2E_PRIVATE=(knot)
# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"

# A copy of /etc, to replace files in it.
cp -a /etc "$SCRATCH/etc" && mount --bind "$SCRATCH/etc" /etc ||
    die "cannot use a copy of /etc"

check "the front follows resolv.conf" "$PYTHON" "$E2E_LIB/resolv_conf.py" \
    "$E2E_BUILD" "$SCRATCH/resolve"
e2e_finish
