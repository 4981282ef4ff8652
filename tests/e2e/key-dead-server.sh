#!/bin/bash
# SPDX-License-Identifier: ISC
#
# Two weeks in which one secondary is dead and another refuses all queries: keys
# are rotated and withdrawn on time, and a compromised one is replaced.  Then
# both come back.

# shellcheck disable=SC2034
E2E_PRIVATE=(knot postfix unbound libfaketime)
# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"
# shellcheck source=tests/e2e/lib/dns_cluster.sh
. "$E2E_LIB/dns_cluster.sh"

OUT=$SCRATCH/run.log
FAKETIME_LIBRARY=$(find "$E2E_UNPACKED" /usr/lib -name libfaketime.so.1 \
    2>/dev/null | head -1)
HOOK=$SCRATCH/hook/hook-zone-include
RECORDS=$SCRATCH/hook/example.com

# The clock of the servers is right, so TSIG is no way to publish.
publish_by_hook()
{
	mkdir -p "$SCRATCH/hook" "$SCRATCH/dns"
	sed "s,/etc/countersign,$SCRATCH/hook," \
	    "$E2E_TOP/keys/examples/hook-zone-include" >"$HOOK"
	chmod 0755 "$HOOK"
	: >"$RECORDS"
	echo "\$INCLUDE $RECORDS" >"$SCRATCH/dns/example.com"
	cat >"$HOOK.conf" <<-EOT
	file=$SCRATCH/hook/\$COUNTERSIGN_DOMAIN
	zone=$CLUSTER/1/zone.\$COUNTERSIGN_DOMAIN
	reload()
	{
		serial=\$(awk '\$2 == "SOA" { print \$5 }' "\$zone")
		sed -i "/ SOA /s/ \$serial / \$((serial + 1)) /" "\$zone"
		$KNOT/usr/sbin/knotc -b -s $CLUSTER/1/knot.sock \\
		    zone-reload "\$COUNTERSIGN_DOMAIN"
	}
	EOT
	milter_configure "rotation {
	    every = 6d
	    publish = hook
	    hook = \"$HOOK\"
	    signature_lifetime = 1d
	    queue_lifetime = 1d
	    retain = 2d
	    revoke_for = 2d
	    ttl = 1s
	    check_resolvers = none
	}"
}

# at HOUR COMMAND...: at that hour of the month.
at()
{
	local hour=$1 status=0

	shift
	LD_PRELOAD=$FAKETIME_LIBRARY FAKETIME=+${hour}h \
	    "$E2E_BUILD/countersign-key" -c "$MILTER_CONF" "$@" >"$OUT" 2>&1 ||
	    status=$?
	return $status
}

# month FROM TO: rotation every three hours, and after each run the primary has
# what the keys should have.
month()
{
	local hour

	for ((hour = $1; hour <= $2; hour += 3)); do
		at "$hour" rotate || true
		at "$hour" list example.com --json || return
		"$PYTHON" "$E2E_LIB/life_records.py" example.com 127.0.0.11 \
		    <"$OUT" >"$SCRATCH/records.log" || {
			echo "hour $hour:"
			cat "$SCRATCH/records.log"
			return 1
		}
		"$PYTHON" -c '
import json, sys
print("hour", sys.argv[1])
sys.exit(not any(key["status"] == "active" and
                 key["algorithm"] == "rsa-sha256"
                 for key in json.load(sys.stdin)))' "$hour" <"$OUT" ||
		    return
	done
}

# says HOUR PATTERN COMMAND...: a line of its output.
says()
{
	local hour=$1 pattern=$2

	shift 2
	at "$hour" "$@" || true
	cat "$OUT"
	grep -q -e "$pattern" "$OUT"
}

says_nothing_of()
{
	! says "$@"
}

# ended N: so many private keys were destroyed.
ended()
{
	[ "$(grep -c 'destroy: ' "$KEYDIR/example.com/log")" -ge "$1" ]
}

refuse()
{
	cluster_server_stop 3
	cp "$CLUSTER/3/knot.conf" "$CLUSTER/3/knot.conf.kept"
	sed -i '/^zone:/,$d' "$CLUSTER/3/knot.conf"
	cluster_server_start 3
}

come_back()
{
	cluster_server_stop 3
	cp "$CLUSTER/3/knot.conf.kept" "$CLUSTER/3/knot.conf"
	cluster_server_start 3
	cluster_server_start 2
	wait_for 20 cluster_serves 2 example.com &&
	    wait_for 20 cluster_serves 3 example.com
}

publish_by_hook
cluster_start example.com example.net
at 0 add example.com
at 1 rotate || true
at 2 rotate || true
at 3 rotate || true
check "keys are verified at all servers" month 4 6
check "which is said" at 6 check example.com
cluster_server_stop 2
refuse
check "both fail: a key signs" month 8 30
check "it is a trouble after a day" says 32 \
    'name server ns[23].*and 2 more.*new keys wait for it until' rotate
check "that monitoring shows" says 32 'given no answer' list --monitor
check "the month goes by" month 34 380
check "keys were rotated and destroyed" ended 2
check "without both servers" says 380 'rotation goes on without it' rotate
check "check says so" says 380 'refused.*no longer waited for\|REFUSED.*no longer waited for' \
    check example.com
check "and has nothing against it" at 380 check example.com
check "a compromised key" says 382 'revoked at' compromise example.com
check "is replaced and revoked" says 382 'revoked' list example.com
check "new keys follow" month 384 400
check "both come back" come_back
check "and count again" month 402 404
check "nothing is reported" says_nothing_of 406 'given no answer' rotate
check "or remembered" bash -c "! [ -e '$KEYDIR/servers' ]"
check "all servers have the same" bash -c "
    '$E2E_BUILD/countersign-key' -c '$MILTER_CONF' list example.com --json |
    '$PYTHON' '$E2E_LIB/life_records.py' example.com 127.0.0.11 127.0.0.12 \
    127.0.0.13 ::1"

e2e_finish
