#!/bin/bash
# SPDX-License-Identifier: ISC
#
# usage: rotate.sh [DOMAINS]
#
# What a run of rotate over many domains costs, 10,000 by default: against a
# Knot primary that takes updates, two secondaries, and a resolver, all on this
# machine and so part of the time.  The keys are made beforehand, but for the
# last run, which makes one for each of 200 domains.

# shellcheck disable=SC2034
E2E_PRIVATE=(knot unbound)
# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/../e2e/lib/harness.sh"
# shellcheck source=tests/e2e/lib/dns_cluster.sh
. "$E2E_LIB/dns_cluster.sh"

DOMAINS=${1:-10000}
OUT=$SCRATCH/rotate.log

policy()
{
	milter_configure "rotation {
	    every = $1
	    algorithm = rsa2048
	    publish = update
	    update_server = \"$PRIMARY\"
	    tsig_key = \"$CLUSTER/hmac-sha256.key\"
	    queue_lifetime = 1d
	    ttl = 1s
	    check_resolvers = none
	}"
}

# measured TITLE [DOMAIN...]: one run of rotate, and what it took.
measured()
{
	local title=$1

	shift
	"$PYTHON" - "$title" "$OUT" "$E2E_BUILD/countersign-key" \
	    -c "$MILTER_CONF" rotate "$@" <<-'PYTHON'
	import os
	import resource
	import subprocess
	import sys
	import time
	begun = time.monotonic()
	with open(sys.argv[2], 'w') as out:
	    status = subprocess.call(sys.argv[3:], stdout=out, stderr=out)
	took = time.monotonic() - begun
	usage = resource.getrusage(resource.RUSAGE_CHILDREN)
	with open(sys.argv[2]) as out:
	    last = out.read().splitlines()[-1]
	print(f'{sys.argv[1]:34} {took:8.1f} s {usage.ru_utime + usage.ru_stime:8.1f} s'
	      f' {usage.ru_maxrss / 1024:6.1f} MB  exit {status}  {last}')
	PYTHON
}

policy 90d
cluster_start many.example
progress "making a store of $DOMAINS domains, with two keys each"
"$E2E_BUILD/countersign-key" -k "$KEYDIR" generate model.example \
    --selector one >/dev/null || die "no key"
"$PYTHON" "$(dirname "$0")/many_domains.py" "$KEYDIR" model.example \
    "$DOMAINS" many.example || die "no store"
rm -rf "$KEYDIR/model.example"

echo "# $DOMAINS domains, two keys each, four server addresses asked a key"
printf '%-34s %10s %10s %9s\n' RUN TIME CPU MEMORY
measured "records published"
sleep 3
measured "records seen"
sleep 3
measured "verified, activated"
measured "nothing due"
echo garbage >>"$KEYDIR/d$((DOMAINS / 2)).many.example/state"
measured "nothing due, one domain damaged"
policy 20s
sleep 20
chosen=()
for ((i = 0; i < 200 && i < DOMAINS / 2; i++)); do
	chosen+=("d$i.many.example")
done
measured "${#chosen[@]} changed, new keys made" "${chosen[@]}"
