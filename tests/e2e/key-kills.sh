#!/bin/bash
# SPDX-License-Identifier: ISC
#
# Rotation is killed at random moments while keys change and mail flows, and so
# are the commands that add domains, and signers.  Keys go on with their lives;
# nothing is left over in DNS or in the store, and no signature fails.
#
#   KILLS   how many runs are killed, by default 20
#   SEED    of the random moments; printed, to repeat a run

# shellcheck disable=SC2034
E2E_PRIVATE=(knot postfix unbound)
# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"
# shellcheck source=tests/e2e/lib/dns_cluster.sh
. "$E2E_LIB/dns_cluster.sh"
# shellcheck source=tests/e2e/lib/life.sh
. "$E2E_LIB/life.sh"

KILLS=${KILLS:-20}
SEED=${SEED:-$((RANDOM * 32768 + RANDOM))}
# Whose mail flows, and others, so that there is more to do.
DOMAINS=(example.com one.example two.example three.example)

# What a run can change: the store, and the zones.
snapshot()
{
	{
		cat "$KEYDIR"/*/state "$KEYDIR"/*/log
		ls -R "$KEYDIR"
		cluster_command 1 zone-status +serial
	} 2>/dev/null | cksum
}

# microseconds
now()
{
	echo "${EPOCHREALTIME/[.,]/}"
}

# strike COMMAND [ARGUMENT...]: a run that is killed at a random moment, unless
# it has ended before.  A run has up to twice as long as those took that changed
# something, and more from kill to kill; runs with nothing to do are shorter, so
# most of them end.  Status 137 if it was killed.
killed=0 runs=0 striking=0
declare -A usual=([add]=500000 [rotate]=200000)
strike()
{
	local before begun limit status=0

	before=$(snapshot)
	limit=$((RANDOM * 32768 + RANDOM))
	limit=$((limit % (2 * usual[$1]) / 1000 + 1))
	begun=$(now)
	timeout --foreground -s KILL "$((limit / 1000)).$(printf '%03d' \
	    $((limit % 1000)))" "$E2E_BUILD/countersign-key" \
	    -c "$MILTER_CONF" "$@" >"$SCRATCH/rotation.log" 2>&1 || status=$?
	begun=$(($(now) - begun))
	rotations_note "$LIFE_ROTATIONS" "$(date +%T)" $((begun / 1000000)) \
	    "$SCRATCH/rotation.log" "$status"
	runs=$((runs + 1))
	if [ "$status" -eq 137 ]; then
		killed=$((killed + 1))
		[ "$(snapshot)" = "$before" ] || striking=$((striking + 1))
		usual[$1]=$((usual[$1] * 5 / 4))
	else
		[ "$(snapshot)" = "$before" ] ||
		    usual[$1]=$(((3 * usual[$1] + begun) / 4))
	fi
	return $status
}

# A domain is added, by as many tries as it takes.
add_killed()
{
	local i

	for ((i = 0; i < 100; i++)); do
		added=0
		strike add "$1" || added=$?
		[ $added -eq 137 ] || break
	done
}

no_orphans()
{
	countersign_key list "$1" --json >"$SCRATCH/list.json" &&
	    cluster_command 1 zone-read "$1" |
	    "$PYTHON" "$E2E_LIB/life_orphans.py" "$1" "$KEYDIR" \
	    "$SCRATCH/list.json"
}

# A key of each algorithm signs, another is in reserve.
complete()
{
	countersign_key list "$1" --json | "$PYTHON" -c '
import json, sys
keys = [(key["status"], key["algorithm"]) for key in json.load(sys.stdin)]
sys.exit(any((status, algorithm) not in keys
             for status in ("active", "standby")
             for algorithm in ("rsa-sha256", "ed25519-sha256")))'
}

LIFE_EVERY=20s
LIFE_DEFER=1
life_policy "publish = update" "update_server = \"$PRIMARY\"" \
    "tsig_key = \"$CLUSTER/hmac-sha256.key\""
cluster_start "${DOMAINS[@]}" example.net
check "keys are made and published" life_add example.com
life_begin

# The loop below is the only one that rotates: it must get along by itself.
touch "$SCRATCH/rotate.stop"
wait "$life_rotator"
rm "$SCRATCH/rotate.stop"
ended=$(grep -c ' destroy: ' "$KEYDIR/example.com/log")
RANDOM=$SEED
progress "killing, SEED=$SEED"
# They are added one after the other, so that their keys change at other times.
next=1 signers=0
while [ "$killed" -lt "$KILLS" ] || [ "$next" -lt ${#DOMAINS[@]} ]; do
	if [ "$next" -lt ${#DOMAINS[@]} ] &&
	    [ $((killed * 8)) -ge $((KILLS * (next - 1))) ]; then
		add_killed "${DOMAINS[next]}"
		check "${DOMAINS[next]} is added" test "$added" -eq 0
		next=$((next + 1))
	fi
	strike rotate || true
	[ $((killed / 10)) -le "$signers" ] || {
		milter_kill signer one
		signers=$((signers + 1))
	}
	sleep 0.05
done
echo "#   SEED=$SEED: of $runs runs $killed were killed, $striking of these" \
    "after a change; $signers signers killed"
life_rotate_forever &
life_rotator=$!

check "keys go on to their end" wait_for 600 life_ended $((ended + 4))
for domain in "${DOMAINS[@]}"; do
	check "$domain: keys sign and are in reserve" \
	    wait_for 200 complete "$domain"
done
life_end
for domain in "${DOMAINS[@]}"; do
	check "$domain: nothing is left over" no_orphans "$domain"
done

e2e_finish
