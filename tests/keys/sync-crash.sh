#!/bin/sh
# SPDX-License-Identifier: ISC
#
# A push of keys to another host is killed at system calls that change a file
# (calls.sh says which), and in the midst of writes, on either side.  The other
# host always has whole keys, which nobody else can read, and its state names
# none that is not there; the next push completes it.
# shellcheck source=tests/keys/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/keys/calls.sh
. "$(dirname "$0")/calls.sh"
# shellcheck source=tests/keys/zone.sh
. "$(dirname "$0")/zone.sh"
# shellcheck source=tests/keys/followers.sh
. "$(dirname "$0")/followers.sh"

# strike SIDE MODE N: a push that is struck at call N on that side; false if it
# was over before.
strike()
{
	rm -f "$scratch/strike"
	echo $((epoch + ahead)) >"$scratch/time"
	case $1 in
	receive)
		echo "export KILLAT_MODE=$2 KILLAT_N=$3" >"$scratch/strike"
		at_work sync
		rm "$scratch/strike"
		[ "$status" -ne 0 ]
		return ;;
	esac
	# The subshell keeps the shell's word on the death out of the log.
	(LD_PRELOAD=$preload KILLAT_MODE=$2 KILLAT_N=$3 \
	    KILLAT_TIME=$((epoch + ahead)) "$COUNTERSIGN_KEY" -c "$conf" \
	    -k "$keydir" sync; exit $?) >"$out" 2>"$err"
	status=$?
	[ "$status" -eq 137 ]
}

# safe: what a host has at any moment.
safe()
{
	whole second
	for state in "$second"/*/state; do
		[ -e "$state" ] || continue
		domain=${state%/state}
		LD_PRELOAD=$preload KILLAT_TIME=$((epoch + ahead)) \
		    "$COUNTERSIGN_KEY" -k "$second" list \
		    "${domain##*/}" --json >"$scratch/listed" ||
		    fail "second: list fails after call $n"
		grep -q '"status": "active"' "$scratch/listed" || [ "$1" = new ] ||
		    fail "second: nothing signs after call $n"
	done
}

# crash KIND: from what is now on both hosts; new: the other one is empty.
crash()
{
	rm -rf "$scratch/kept"
	mkdir "$scratch/kept"
	cp -a "$first" "$scratch/kept/first"
	[ ! -e "$second" ] || cp -a "$second" "$scratch/kept/second"
	for side in receive push; do
		for mode in kill half; do
			first_call
			while :; do
				next_call
				rm -rf "$first" "$second"
				cp -a "$scratch/kept/first" "$first"
				[ "$1" = new ] ||
				    cp -a "$scratch/kept/second" "$second"
				strike $side $mode $n || break
				safe "$1"
				at 0 "$ahead" sync
				follows second
				says_not "$second/example.com/state" unfinished
				[ -z "$(find "$second" -name .new)" ] ||
				    fail "left: .new"
			done
			last_call "$1: $side: $mode" 5
		done
	done
	follows second
}

mkdir -m 0700 "$first"
on_first
sed -i 's/"second", "third"/"second"/' "$conf"
at 0 0 add example.com
at 0 3600 rotate
rm -rf "$second"
crash new
# Rotation of an hour before has pushed; now a key starts, and one comes.
sed -i '/sync_hosts/d' "$conf"
touch "$down/second"
at 0 $((91 * day)) rotate
at 0 $((91 * day + 7200)) rotate
on_first
sed -i 's/"second", "third"/"second"/' "$conf"
rm "$down/second"
ahead=$((91 * day + 7200))
crash change
# A key is removed and destroyed.
sed -i '/sync_hosts/d' "$conf"
at 0 $((120 * day)) rotate
at 0 $((160 * day)) rotate
at 0 $((161 * day)) rotate
on_first
sed -i 's/"second", "third"/"second"/' "$conf"
ahead=$((161 * day))
crash removal
done_testing
