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
done_testing
