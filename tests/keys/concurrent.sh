#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Writers at the same time: none is lost, none collides; one that cannot have
# the lock says who holds it.
. "$(dirname "$0")/lib.sh"

pids=
for i in 1 2 3 4 5 6 7 8; do
	"$COUNTERSIGN_KEY" -k "$keydir" -w 60 generate example.com \
	    --algorithm ed25519 >"$scratch/out$i" 2>"$scratch/err$i" &
	pids="$pids $!"
done
for pid in $pids; do
	wait "$pid" || fail "a writer failed: $(cat "$scratch"/err*)"
done
expect 0 list example.com
[ "$(wc -l <"$out")" -eq 9 ] || fail "not eight keys"
[ "$(ls "$keydir"/example.com/*.pem | wc -l)" -eq 8 ] || fail "not 8 files"
[ "$(wc -l <"$keydir/example.com/log")" -eq 8 ] || fail "not 8 log lines"
expect 0 show example.com

# The lock is held while flock(1) runs its command.
cat >"$scratch/held.sh" <<'EOF'
"$COUNTERSIGN_KEY" -w 0 -k "$1" generate example.com --algorithm ed25519
EOF
echo 4242 >"$keydir/example.com/.lock"
COUNTERSIGN_KEY=$COUNTERSIGN_KEY flock "$keydir/example.com/.lock" \
    sh "$scratch/held.sh" "$keydir" >"$out" 2>"$err"
[ $? -eq 1 ] || fail "the lock did not hold"
says "$err" 'example.com/.lock: locked by process 4242: try again'
echo nonsense >"$keydir/example.com/.lock"
COUNTERSIGN_KEY=$COUNTERSIGN_KEY flock "$keydir/example.com/.lock" \
    sh "$scratch/held.sh" "$keydir" >"$out" 2>"$err"
says "$err" 'example.com/.lock: locked by another process: try again'
expect 0 list example.com
[ "$(wc -l <"$out")" -eq 9 ] || fail "written without the lock"

# A command that waited for the lock enters the time at which it had it: by an
# earlier one, signers would know too late that a key no longer signs.
after_wait()
{
	rm -f "$scratch/held" "$scratch/freed"
	flock "$keydir/example.com/.lock" sh -c 'touch "$1/held"; sleep 2
	    date -u +%FT%TZ >"$1/freed"' - "$scratch" &
	until [ -e "$scratch/held" ]; do sleep 0.1; done
	expect 0 -w 60 "$@"
	wait "$!"
	when=$(sed -n 's/.*signs from \([0-9TZ:-]*\).*/\1/p
	    s/.*stops signing at \([0-9TZ:-]*\).*/\1/p' "$out")
	[ -n "$when" ] || fail "no time"
	logged=$(tail -n 1 "$keydir/example.com/log" | cut -d ' ' -f 1)
	for time in "$when" "$logged"; do
		checks=$((checks + 1))
		[ "$(printf '%s\n' "$(cat "$scratch/freed")" "$time" | sort |
		    head -n 1)" = "$(cat "$scratch/freed")" ] ||
		    fail "$1: entered $time, freed at $(cat "$scratch/freed")"
	done
}
selector=$(sed -n '2s/^[^ ]* *\([^ ]*\).*/\1/p' "$out")
after_wait activate example.com "$selector" --force
after_wait retire example.com "$selector" --force
done_testing
