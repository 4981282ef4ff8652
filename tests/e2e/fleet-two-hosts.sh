#!/bin/bash
# SPDX-License-Identifier: ISC
#
# A fleet of two hosts, each in a network of its own, whose keys come from
# PostgreSQL: mail is signed with each new key, while one host is cut off, and
# while the standby takes over from the primary.  ./run test fleet has five
# hosts, and more that fails.

# shellcheck disable=SC2034
E2E_PRIVATE=(knot postfix unbound)
# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"

UNBOUND=$E2E_UNPACKED/unbound
[ -x /usr/sbin/unbound ] && UNBOUND=

two_hosts()
{
	mkdir "$SCRATCH/five" && chmod 0711 "$SCRATCH/five" || return 1
	TMPDIR=$SCRATCH/five "$PYTHON" "$E2E_TOP/tests/fleet/five.py" \
	    "$E2E_BUILD" "$KNOT/usr/sbin" "$UNBOUND/usr/sbin/unbound" \
	    "$SCRATCH/five" --hosts 2 host-cut-off failover \
	    2>"$SCRATCH/five.err" || {
		tail -20 "$SCRATCH/five.err"
		return 1
	}
}

check "two hosts sign all mail, cut off, and after a failover" two_hosts

e2e_finish
