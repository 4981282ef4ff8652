#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Run as root on another user's store: all that is made belongs to that user,
# who can then work with it himself; a third one cannot.
. "$(dirname "$0")/lib.sh"

[ "$(id -u)" -eq 0 ] || { echo "needs root"; exit 77; }
command -v setpriv >/dev/null || { echo "needs setpriv"; exit 77; }
chmod 711 "$scratch"
# A copy of program and library: the build may be where others cannot read.
cp "$COUNTERSIGN_KEY" "$scratch/countersign-key"
cp "$(dirname "$COUNTERSIGN_KEY")"/../lib/libdkimsig.so.0 "$scratch/"
chmod 755 "$scratch/countersign-key" "$scratch/libdkimsig.so.0"
chown 4321:4322 "$keydir"

expect 0 generate example.com --algorithm ed25519 --selector s1
expect 0 activate --force example.com
wrong=$(find "$keydir" ! -uid 4321 -o ! -gid 4322)
[ "$wrong" = "" ] || fail "not the owner's: $wrong"

COUNTERSIGN_KEY=$scratch/countersign-key
as()
{
	uid=$1
	shift
	setpriv --reuid "$uid" --regid 4322 --clear-groups \
	    env LD_LIBRARY_PATH="$scratch" "$COUNTERSIGN_KEY" -k "$keydir" "$@" >"$out" 2>"$err"
	status=$?
	checks=$((checks + 1))
}
as 4321 generate example.com --algorithm ed25519 --selector s2
[ "$status" -eq 0 ] || fail "the owner cannot generate"
as 4321 activate --force example.com
[ "$status" -eq 0 ] || fail "the owner cannot activate"
expect 0 show example.com s2
chmod 750 "$keydir"
as 4323 list
[ "$status" -eq 1 ] || fail "a third user can list"
says "$err" 'owner 4321, but this process is user 4323'
wrong=$(find "$keydir" ! -uid 4321 -o ! -gid 4322)
[ "$wrong" = "" ] || fail "not the owner's: $wrong"
done_testing
