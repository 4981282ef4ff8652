#!/bin/sh
# SPDX-License-Identifier: ISC
#
# A disk that fills up at each system call: a clear error, the keys of the
# state as they were, no key without its line in the state.  If there was room
# for the line of an unfinished key, the next run takes it out.
. "$(dirname "$0")/lib.sh"

# A file size limit of nothing, which every build can have.
expect 0 generate example.com --algorithm ed25519 --selector s1
cp "$keydir/example.com/state" "$scratch/state"
(
	ulimit -f 0
	"$COUNTERSIGN_KEY" -k "$keydir" generate example.com \
	    --algorithm ed25519
) 2>&1 | cat >"$err"
says "$err" 'cannot write: File too large'
cmp -s "$scratch/state" "$keydir/example.com/state" || fail "state changed"
[ "$(ls "$keydir"/example.com/*.pem | wc -l)" -eq 1 ] || fail "a key was left"

[ -f "${KILLAT:-}" ] || { echo "without the preloaded library"; done_testing; }
cp -a "$keydir" "$scratch/pristine"
for command in "generate example.com --algorithm ed25519" \
    "activate --force example.com" "generate new.example --algorithm ed25519"; do
	n=0
	while :; do
		n=$((n + 1))
		rm -rf "$keydir"
		cp -a "$scratch/pristine" "$keydir"
		LD_PRELOAD=$KILLAT KILLAT_MODE=full KILLAT_N=$n \
		    "$COUNTERSIGN_KEY" -k "$keydir" $command \
		    >"$out" 2>"$err"
		status=$?
		[ "$status" -ne 0 ] || break
		checks=$((checks + 1))
		[ "$status" -eq 1 ] || fail "$command: exit $status"
		[ "$(wc -l <"$err")" -eq 1 ] || fail "not one line of error"
		says "$err" 'No space left on device'
		# Only when the state was replaced already may it be new.
		if ! grep -q 'state: replaced, but' "$err"; then
			sed '/ unfinished=yes /d' \
			    "$keydir/example.com/state" |
			    cmp -s "$scratch/state" - ||
			    fail "$command: state changed at call $n"
			[ "$(find "$keydir" -name '*.pem' | wc -l)" -eq 1 ] ||
			    fail "$command: a key was left at call $n"
		fi
		expect 0 show example.com
		expect 0 $command
		case $command in
		generate*)	! grep -q ' unfinished=' "$keydir"/*/state ||
				    fail "$command: unfinished after $n" ;;
		esac
	done
	[ "$n" -gt 3 ] || fail "$command: only $n calls"
	echo "$command: full at each of $((n - 1)) calls"
done
done_testing
