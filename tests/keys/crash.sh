#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The helper is killed at its system calls that change a file (calls.sh says
# which), and in the midst of writes.  After each: the store is read, no key is
# lost or half-written, and the same command succeeds when it is run again.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/calls.sh"

: "${KILLAT:?names the preloaded library}"
[ -f "$KILLAT" ] || { echo "no $KILLAT: sanitizers are on"; exit 77; }
pristine=$scratch/pristine
use_pool
pooled=$KEYPOOL_LIBRARY

# killed MODE N ARGUMENTS: run with a kill at call N; true while it was
# killed.
killed()
{
	mode=$1
	n=$2
	shift 2
	# The subshell keeps the shell's word on the death out of the log.
	(LD_PRELOAD=$KILLAT:$KEYPOOL_LIBRARY KILLAT_MODE=$mode KILLAT_N=$n \
	    "$COUNTERSIGN_KEY" -k "$keydir" "$@"; exit $?) \
	    >"$out" 2>"$err"
	status=$?
	[ "$status" -eq 137 ] && return 0
	[ "$status" -eq 0 ] || fail "$*: exit $status at call $n ($mode)"
	return 1
}

# Every key of the state is there and whole; what was there before still is.
check_store()
{
	checks=$((checks + 1))
	if [ -f "$keydir/example.com/state" ]; then
		expect 0 show example.com
	fi
	for pem in "$keydir"/example.com/*.pem; do
		[ -f "$pem" ] || continue
		openssl pkey -in "$pem" -noout 2>/dev/null ||
		    fail "half-written: $pem"
	done
	for pem in "$pristine"/example.com/*.pem; do
		[ -f "$pem" ] || continue
		cmp -s "$pem" "$keydir/example.com/${pem##*/}" ||
		    fail "lost or changed: $pem"
	done
}

# Every key file has its line in the state, and none is unfinished.
check_orphans()
{
	says_not "$keydir/example.com/state" ' unfinished='
	for pem in "$keydir"/example.com/*.pem; do
		selector=$(basename "$pem" .pem)
		says "$keydir/example.com/state" "^$selector "
	done
}

# crash_all ARGUMENTS: from the pristine store, in each of $modes.
crash_all()
{
	for mode in $modes; do
		first_call
		while :; do
			next_call
			rm -rf "$keydir"
			cp -a "$pristine" "$keydir"
			killed $mode $n "$@" || break
			check_store
			expect 0 "$@"
			check_store
			check_orphans
			[ ! -e "$keydir/.new" ] || fail "left: .new"
			[ ! -e "$keydir/example.com/.new" ] ||
			    fail "left: example.com/.new"
		done
		last_call "$*: $mode" 5
	done
}

cp -a "$keydir" "$pristine"
modes='kill'
crash_all generate example.com --algorithm both
modes="kill half"
crash_all generate example.com --algorithm ed25519

rm -rf "$keydir"
cp -a "$pristine" "$keydir"
expect 0 generate example.com --algorithm ed25519 --selector s1
expect 0 generate example.com --algorithm ed25519 --selector s2
rm -rf "$pristine"
cp -a "$keydir" "$pristine"
crash_all generate example.com --algorithm ed25519
(umask 077; openssl genpkey -algorithm ed25519 -out "$scratch/key.pem")
crash_all import pem example.com imported "$scratch/key.pem"
crash_all activate --force example.com
expect 0 activate --force example.com s1 s2
rm -rf "$pristine"
cp -a "$keydir" "$pristine"
crash_all retire example.com s1
done_testing
