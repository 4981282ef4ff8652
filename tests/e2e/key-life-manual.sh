#!/bin/bash
# SPDX-License-Identifier: ISC
#
# The whole life of keys as in key-life, with the records published by a person
# who follows the instructions of rotate.

# shellcheck disable=SC2034
E2E_PRIVATE=(knot postfix unbound)
# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"
# shellcheck source=tests/e2e/lib/dns_cluster.sh
. "$E2E_LIB/dns_cluster.sh"
# shellcheck source=tests/e2e/lib/life.sh
. "$E2E_LIB/life.sh"

DONE=$SCRATCH/person
mkdir -p "$DONE"

# change COMMAND SELECTOR [TTL TXT STRING...]: at the primary, or die.
change()
{
	local command=$1 selector=$2

	shift 2
	cluster_change 1 example.com "$command" "$selector._domainkey" "$@" \
	    >>"$DONE/log" 2>&1 || echo "FAILED: $command $selector" >&2
}

# The strings of a key's record.
strings()
{
	countersign_key show example.com "$1" |
	    sed -n 's/^.* IN TXT ( \(.*\) )$/\1/p'
}

set_record()
{
	local strings

	strings=$(strings "$1")
	[ -n "$strings" ] || echo "FAILED: no record of $1" >&2
	change zone-set "$1" 1 TXT "$strings"
}

# An RSA key's record gets an empty p= first, an Ed25519 key's goes at once:
# both ways are right.
revoke_record()
{
	local strings

	strings=$(strings "$1")
	change zone-unset "$1" TXT
	[[ $1 == *e* ]] ||
	    change zone-set "$1" 1 TXT "${strings%%p=*}p=\""
}

# person SELECTOR WHAT
person()
{
	[ ! -e "$DONE/$1.$2" ] || return 0
	touch "$DONE/$1.$2"
	case $2 in
	publish)	set_record "$1" ;;
	revoke)		revoke_record "$1" ;;
	remove)		change zone-unset "$1" TXT ;;
	esac
}

life_after_rotation()
{
	local selector what

	while read -r selector what; do
		person "$selector" "$what"
	done < <(sed -n \
	    -e 's/^example.com  \([^ ]*\)  waiting for you: publish .*/\1 publish/p' \
	    -e 's/^example.com  \([^ ]*\)  waiting for you: no mail .*/\1 revoke/p' \
	    -e 's/^example.com  \([^ ]*\)  waiting for you: has been revoked .*/\1 remove/p' \
	    "$SCRATCH/rotation.log") 2>>"$LIFE_ROTATIONS"
}

# told SELECTOR WHAT: the person was told so of such a key.
told()
{
	[ -n "$(find "$DONE" -name "$1.$2")" ]
}

life_policy "publish = manual"
cluster_start example.com example.net
check "keys are made" life_add example.com
check "their records are printed" \
    grep -q '^20[0-9]*r1\._domainkey\.example\.com\. IN TXT ( "' \
    "$SCRATCH/add.log"
check "none signs without its record" life_none_signs
life_begin
life_to_its_end
life_end
check "records were revoked" told '*r1' revoke
check "and removed" told '*r1' remove
check "or removed at once" told '*e1' revoke

e2e_finish
