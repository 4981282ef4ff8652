#!/bin/bash
# SPDX-License-Identifier: ISC
#
# Signing keys are compromised while mail flows: the reserve keys take over, the
# old records are revoked, and mail sent after the end of the command verifies.

# shellcheck disable=SC2034
E2E_PRIVATE=(knot postfix unbound)
# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"
# shellcheck source=tests/e2e/lib/dns_cluster.sh
. "$E2E_LIB/dns_cluster.sh"
# shellcheck source=tests/e2e/lib/life.sh
. "$E2E_LIB/life.sh"

keys()
{
	countersign_key list example.com --json | "$PYTHON" -c '
import json, sys
print(*sorted(key["selector"] for key in json.load(sys.stdin)
              if key["status"] == sys.argv[1]))' "$1"
}

# compromise: the command, and when it had ended.
compromise()
{
	echo "$old" >"$LIFE_COMPROMISED"
	countersign_key compromise example.com >"$SCRATCH/compromise.log" 2>&1
	status=$?
	cat "$SCRATCH/compromise.log"
	date +%s.%N >"$SCRATCH/ended"
	return "$status"
}

reserve_signs()
{
	[ "$(keys active)" = "$reserve" ]
}

is_told()
{
	[ "$(grep -c 'no longer signs' "$SCRATCH/compromise.log")" -eq 2 ] &&
	    [ "$(grep -c 'caches may hold the old record until' \
	    "$SCRATCH/compromise.log")" -eq 2 ]
}

revoked()
{
	local selector

	for selector in $old; do
		cluster_command "$1" zone-read example.com \
		    "$selector._domainkey" TXT | grep 'p="$' || return 1
	done
}

# signatures N SELECTOR...: at least, by each.
signatures()
{
	local selector n=$1

	shift
	for selector; do
		[ "$(grep -c "signed d=example.com s=$selector " \
		    "$MILTER_LOG")" -ge "$n" ] || return 1
	done
}

# A signature by a revoked key, made when it should not have been.
late()
{
	awk -v ended="$(cat "$SCRATCH/ended")" \
	    '/ is compromised$/ && $1 > ended' "$LIFE_REPORT"
}

none_is_late()
{
	late
	[ -z "$(late)" ]
}

LIFE_EVERY=1h
life_policy "publish = update" "update_server = \"$PRIMARY\"" \
    "tsig_key = \"$CLUSTER/hmac-sha512.key\""
cluster_start example.com example.net
check "keys are made and published" life_add example.com
life_begin
old=$(keys active) reserve=$(keys standby)
# shellcheck disable=SC2086
check "which is needed for nothing yet" wait_for 60 signatures 50 $old
check "the keys are compromised" compromise
check "what is exposed, and until when, is told" is_told
check "the reserve signs at once" reserve_signs
for server in 1 2 3; do
	check "server $server shows the old keys revoked" \
	    wait_for 60 revoked $server
done
check "there is a new reserve" wait_for 60 life_both standby
# shellcheck disable=SC2086
check "mail flows on" wait_for 60 signatures 100 $reserve
life_end
check "what was sent after the command verifies" none_is_late

e2e_finish
