#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Commands in an order in which nobody should give them: what cannot be is
# refused with a reason, what is so already is no error, and nothing that is
# said is wrong.
. "$(dirname "$0")/lib.sh"

# Records are published by hand.
start_authority "$scratch"
cat >"$scratch/conf" <<CONF
keydir = "$keydir"
dns { servers = { "127.0.0.1@$port" } }
rotation {
	servers = { "127.0.0.1@$port" }
	check_resolvers = none
	automatic = off
}
CONF

# do_ STATUS ARGUMENTS: with the configuration.
do_()
{
	want=$1
	shift
	expect "$want" -c "$scratch/conf" "$@"
}

new()
{
	do_ 0 generate example.com --algorithm rsa2048 --selector "$1"
}

# A key that never signed: revoked, removed, and nothing but that.
new r1
do_ 0 revoke example.com r1
do_ 0 revoke example.com r1
says "$out" 'r1  revoked: already done'
key -c "$scratch/conf" remove example.com r1
[ "$status" -eq 3 ] || fail "remove before its time: exit $status"
says "$out" 'its record must show that it is revoked until then'
do_ 0 remove example.com r1 --force
do_ 0 remove example.com r1
says "$out" 'r1  removed: already done'
do_ 1 activate example.com r1 --force
do_ 1 publish example.com r1
says "$err" 'cannot be published again'
do_ 1 generate example.com --algorithm rsa2048 --selector R1
says "$err" 'selector r1 was used before'

# Removed without having been revoked: nothing of it is exposed.
new r2
do_ 0 remove example.com r2
key -c "$scratch/conf" compromise example.com r2
[ "$status" -eq 3 ] || fail "compromise of a removed key: exit $status"
says "$out" '^  removed at .*; caches may hold the old record'
says_not "$out" EXPOSED

# One that is to sign does not lose its record; the last one does not retire.
new r3
do_ 0 activate example.com r3 --force --at 2999-01-01T00:00:00Z
do_ 1 revoke example.com r3
do_ 1 remove example.com r3 --force
says "$err" 'key r3 signs, or is scheduled to: retire it first'
do_ 0 activate example.com r3 --force
do_ 0 activate example.com r3
says "$out" 'r3  activated: is already active'
do_ 1 retire example.com r3
says "$err" 'r3 is the last active key'
do_ 0 retire example.com r3 --force
do_ 0 retire example.com r3
says "$out" 'is already retired'
do_ 1 activate example.com r3 --force
says "$err" 'key r3 is already retired at that time'
do_ 1 compromise example.com
says "$err" 'no key signs: name the selectors'

do_ 0 generate example.org --algorithm rsa2048 --selector s1
do_ 0 revoke example.org s1
do_ 3 compromise example.org --all
says "$err" 'nothing to do, already done: all keys are revoked'
done_testing
