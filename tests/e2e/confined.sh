#!/bin/bash
# SPDX-License-Identifier: ISC
#
# The milter that starts as root works with few of root's rights: these
# capabilities, no new privileges, and file systems that are read-only except
# for its own folders.

# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"

rights=-all,+dac_read_search,+kill,+setgid,+setuid

# shellcheck disable=SC2016
MILTER_BY=(unshare --mount sh -c '
	mount --bind "$0" "$0" && mount -o remount,bind,ro / && exec "$@"
	' "$SCRATCH" setpriv --bounding-set "$rights" --no-new-privs)

milter_configure "audit_file = \"$SCRATCH/milter/audit\""
e2e_start postfix

signs()
{
	message "$1" --org "$OUR_ORG"
	deliver "$1" --address "$PROVIDER_ADDRESS"
	arrives_signed "$1"
}

has_rights()
{
	[ "$(sed -n 's/^CapBnd:\t//p' "/proc/$(milter_pid)/status")" != \
	    "$(sed -n 's/^CapBnd:\t//p' /proc/self/status)" ] &&
	    grep -q '^NoNewPrivs:	1' "/proc/$(milter_pid)/status"
}

# The signer that is there now is none of those.
new_signer()
{
	local pid

	for pid in $(milter_children signer); do
		[[ " $1 " != *" $pid "* ]] && return 0
	done
	return 1
}

check "it has less rights than we" has_rights
check "it signs" signs first
before=$(milter_children signer | tr '\n' ' ')
milter_kill signer all
check "a dead signer is replaced" wait_for 60 new_signer "$before"
check "it signs after that" signs second
echo 'signature { canonicalization = "simple/simple" }' >>"$MILTER_CONF"
check "it reloads" milter_reload
signs_simply()
{
	signs third && grep -q 'c=simple/simple' "$(sink_file third)"
}
check "it signs as the new file says" signs_simply
kill -TERM "$(milter_pid)"
ended()
{
	! kill -0 "$(milter_pid)"
}
check "it stops" wait_for 60 ended
check "the audit file was written" test -s "$SCRATCH/milter/audit"
rm -f "$SCRATCH/milter/pid"

e2e_finish
