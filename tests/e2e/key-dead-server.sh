#!/bin/bash
# SPDX-License-Identifier: ISC
#
# A month in which one secondary is dead and another refuses all queries: keys
# are rotated and withdrawn on time, which is reported all the time, and private
# keys are kept until the zone has expired at these servers.  A compromised key
# is replaced.  Then both come back.

# shellcheck disable=SC2034
E2E_PRIVATE=(knot postfix unbound libfaketime)
# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"
# shellcheck source=tests/e2e/lib/dns_cluster.sh
. "$E2E_LIB/dns_cluster.sh"
# shellcheck source=tests/e2e/lib/zone_include.sh
. "$E2E_LIB/zone_include.sh"

OUT=$SCRATCH/run.log
FAKETIME_LIBRARY=$(find "$E2E_UNPACKED" /usr/lib -name libfaketime.so.1 \
    2>/dev/null | head -1)

# The clock of the servers is right, so TSIG is no way to publish.
publish_by_hook()
{
	zone_include_make
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
	# Every domain of a source has keys, or monitoring would say so.
	sed -i 's/, "xn--bcher-kva.example"//' "$MILTER_CONF"
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

# right_at SERVER...: they have the records that the keys should have.
right_at()
{
	countersign_key list example.com --json |
	    "$PYTHON" "$E2E_LIB/life_records.py" example.com "$@"
}

# month FROM TO STEP [STATUS]: rotation every STEP hours.  After each run the
# primary has what the keys should have, a key signs, and monitoring has that
# status, or a worse one.
month()
{
	local hour status

	for ((hour = $1; hour <= $2; hour += $3)); do
		at "$hour" rotate || true
		at "$hour" list example.com --json &&
		    "$PYTHON" "$E2E_LIB/life_records.py" example.com \
		    127.0.0.11 <"$OUT" >"$SCRATCH/records.log" &&
		    grep -q '"rsa-sha256", "status": "active"' "$OUT" || {
			echo "hour $hour:"
			cat "$SCRATCH/records.log" "$OUT"
			return 1
		}
		[ $# -ge 4 ] || continue
		status=0
		at "$hour" list --monitor || status=$?
		[ "$status" -ge "$4" ] && [ "$status" -le 2 ] || {
			echo "hour $hour: exit $status"
			cat "$OUT"
			return 1
		}
	done
}

# Each key took over when the one before had signed for 6 days; each private
# key was destroyed a day after its record was removed, when the zone expired at
# the servers that do not answer; all within the 12 hours between two runs.
on_time()
{
	"$PYTHON" - "$KEYDIR/example.com/log" <<-'PYTHON'
	import datetime, re, sys
	HOUR, DAY, times = 3600, 86400, {}
	for line in open(sys.argv[1], encoding='utf-8'):
	    when, _, selector, step = line.split()[:4]
	    when = datetime.datetime.fromisoformat(when.replace('Z', '+00:00'))
	    times.setdefault(step, {})[selector] = when.timestamp()
	gaps = []
	for kind in 're':
	    begun = sorted(when for selector, when in times['activate:'].items()
	                   if re.search(kind + r'\d+$', selector))
	    gaps += [('active', b - a, 6 * DAY)
	             for a, b in zip(begun, begun[1:])]
	gaps += [('kept', when - times['remove:'][selector], DAY)
	         for selector, when in times['destroy:'].items()]
	bad = [(what, took / HOUR) for what, took, want in gaps
	       if not want <= took <= want + 12.5 * HOUR]
	print(*((what, took / HOUR) for what, took, _ in gaps))
	sys.exit(f'late or early, hours: {bad}' if bad or len(gaps) < 14 else 0)
	PYTHON
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
	wait_for 60 cluster_serves 2 example.com &&
	    wait_for 60 cluster_serves 3 example.com
}

publish_by_hook
cluster_start example.com example.net
zone_include_serve
at 0 add example.com
check "the servers have the records" wait_for 60 right_at 127.0.0.11 \
    127.0.0.12 127.0.0.13 ::1
for hour in 1 2 3; do
	at $hour rotate || true
done
check "keys are verified at all servers" month 4 6 1 0
check "which is said" at 6 check example.com
check "and monitored" at 6 list --monitor
cluster_server_stop 2
refuse
check "both fail: a key signs" month 8 29 3 0
check "it is a trouble after a day" says 32 \
    'name server ns[23].*and 2 more.*new keys wait for it until' rotate
check "that monitoring shows" says 32 'given no answer' list --monitor
check "the first days go by" month 34 106 3 1
check "rotation goes on without both" says 108 \
    'rotation goes on without it' rotate
# Without a verified key in reserve that is critical: a key signs for 6 days.
check "the month goes by" month 116 728 12 1
check "three keys of each algorithm came to their end" ended 6
check "all on time" on_time
check "monitoring names a server to the end" says 730 \
    'name server ns[23].*given no answer' list --monitor
check "so does check" says 730 \
    'refused.*no longer waited for\|REFUSED.*no longer waited for' \
    check example.com
check "and has nothing against it" at 730 check example.com
check "a compromised key" says 732 'revoked at' compromise example.com
check "is replaced and revoked" says 732 'revoked' list example.com
check "new keys follow" month 734 752 6
check "both come back" come_back
check "and count again" month 754 756 1
check "nothing is reported" says_nothing_of 758 'given no answer' rotate
check "or remembered" bash -c "! [ -e '$KEYDIR/servers' ]"
check "all servers have the same" wait_for 60 right_at 127.0.0.11 \
    127.0.0.12 127.0.0.13 ::1

e2e_finish
