#!/bin/bash
# SPDX-License-Identifier: ISC
#
# A fleet of two hosts, each in a network of its own, with PostgreSQL: one life
# of keys, from their generation by countersign-key rotate to the removal of the
# private keys, while mail flows on both hosts.  When the keys are replaced, one
# host is cut off; then the standby takes over from the primary.  All mail is
# signed, and each signature verifies for its lifetime.  ./run test fleet has
# five hosts, longer lives, and more that fails.

# shellcheck disable=SC2034
E2E_PRIVATE=(knot postfix unbound)
# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"

UNBOUND=$E2E_UNPACKED/unbound
[ -x /usr/sbin/unbound ] && UNBOUND=

# It prints a case for each part of the life, and the plan.
mkdir "$SCRATCH/five" && chmod 0711 "$SCRATCH/five" || exit 1
TMPDIR=$SCRATCH/five "$PYTHON" "$E2E_TOP/tests/fleet/five.py" "$E2E_BUILD" \
    "$KNOT/usr/sbin" "$UNBOUND/usr/sbin/unbound" "$SCRATCH/five" --hosts 2 \
    --short 2>"$SCRATCH/five.err" || {
	cat "$SCRATCH"/five/relay*/mail.log | grep FAULT | sort | head |
	    sed 's/^/#   /'
	tail -20 "$SCRATCH/five.err" | sed 's/^/#   /'
	exit 1
}
