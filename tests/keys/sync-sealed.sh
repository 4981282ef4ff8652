#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Keys of hosts that are sealed, each with a KEK of its own: they travel as they
# are, the receiver needs no KEK, and who pushes does.
# shellcheck source=tests/keys/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/keys/zone.sh
. "$(dirname "$0")/zone.sh"
# shellcheck source=tests/keys/followers.sh
. "$(dirname "$0")/followers.sh"

none=$scratch/none
mkdir -m 0700 "$first" "$second" "$none"
for host in one two; do
	mkdir -m 0700 "$scratch/kek-$host"
	(umask 077; openssl rand -base64 32 >"$scratch/kek-$host/countersign.kek")
done
CREDENTIALS_DIRECTORY=$none
export CREDENTIALS_DIRECTORY
on_first

# with FOLDER COMMAND: with the credentials there.
with()
{
	folder=$1
	shift
	CREDENTIALS_DIRECTORY=$folder "$@" >"$out" 2>"$err" ||
	    fail "$*: $(cat "$err")"
}

# sealed FOLDER NUMBER: so many of the key files there are sealed, and no other.
sealed()
{
	checks=$((checks + 1))
	for pem in "$1"/*/*.pem; do
		head -n 1 "$pem"
	done | grep -c '^countersign-sealed 1 ' >"$scratch/count"
	[ "$(cat "$scratch/count")" -eq "$2" ] ||
	    fail "$1: $(cat "$scratch/count") sealed files, want $2"
}

# The follower is sealed before it has a key.
with "$scratch/kek-two" "$COUNTERSIGN_KEY" -c "$scratch/second.conf" seal
at 0 0 add example.com
sealed "$second" 2
sealed "$first" 0
cmp -s "$first/example.com/state" "$second/example.com/state" ||
    fail "another state"
at 0 10 sync
says "$out" '^second: 0 domains changed, 0 failed$'
at 0 10 sync --status
says_not "$out" '^second: .*lack'
says_not "$out" 'does not have the key'
says "$first/hosts" "^key example.com $(selector_of 1 example.com) "
with "$scratch/kek-two" "$COUNTERSIGN_KEY" -c "$scratch/second.conf" \
    unseal --dry-run
says "$out" '^2 keys of 1 domain to be converted, 0 already unsealed$'

# Who pushes needs the KEK; without it, the key is made, and pushed later.
with "$scratch/kek-one" "$COUNTERSIGN_KEY" -k "$first" seal
sealed "$first" 2
at 1 20 add example.org
says "$err" 'has no KEK'
sealed "$first" 4
sealed "$second" 2
CREDENTIALS_DIRECTORY=$scratch/kek-one
at 0 30 sync
says "$out" '^second: 1 domain changed, 0 failed$'
sealed "$second" 4
with "$scratch/kek-two" "$COUNTERSIGN_KEY" -c "$scratch/second.conf" unseal
says "$out" '^4 keys of 2 domains unsealed, 0 already unsealed$'
with "$scratch/kek-one" "$COUNTERSIGN_KEY" -k "$first" unseal
for pem in "$first"/*/*.pem; do
	cmp -s "$pem" "$second${pem#"$first"}" || fail "another key: $pem"
done
done_testing
