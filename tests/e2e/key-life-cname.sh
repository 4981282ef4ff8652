#!/bin/bash
# SPDX-License-Identifier: ISC
#
# The whole life of keys as in key-life, with the records in a separate zone.
# The domain has only CNAMEs: the lines that add prints are entered once, and
# the domain never changes again.  Names are reused, so a key can get the name
# of an earlier one.

# shellcheck disable=SC2034
E2E_PRIVATE=(knot postfix unbound)
# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"
# shellcheck source=tests/e2e/lib/dns_cluster.sh
. "$E2E_LIB/dns_cluster.sh"
# shellcheck source=tests/e2e/lib/life.sh
. "$E2E_LIB/life.sh"

# What the owner of the domain does.
set_aliases()
{
	local name target n=0

	cluster_command 1 zone-begin example.com
	while read -r name _ _ target; do
		cluster_command 1 zone-set example.com "$name" 1 CNAME \
		    "$target" || return 1
		n=$((n + 1))
	done < <(grep ' IN CNAME ' "$SCRATCH/add.log")
	cluster_command 1 zone-commit example.com
	[ "$n" -eq 6 ]
}

serial()
{
	cluster_command 1 zone-read example.com @ SOA
}

untouched()
{
	[ -n "$before" ] && [ "$(serial)" = "$before" ]
}

key_log()
{
	grep -c "$1" "$KEYDIR/example.com/log"
}

# A second key under one name of each algorithm.
names_recur()
{
	[ "$(key_log 'countersign-r1 activate: ')" -ge 2 ] &&
	    [ "$(key_log 'countersign-e1 activate: ')" -ge 2 ]
}

signatures()
{
	grep -c 'signed d=example.com s=countersign-[re]1 ' "$MILTER_LOG"
}

# The signer must not take it for the key that had the name before.
more_signatures()
{
	[ "$(signatures)" -ge $((signatures + 50)) ]
}

LIFE_RECORDS=example.com.dkim.example
# Three selectors take turns, so each must be free again before its turn comes.
LIFE_EVERY=80s
LIFE_PATIENCE=400
life_policy "publish = update" "update_server = \"$PRIMARY\"" \
    "tsig_key = \"$CLUSTER/hmac-sha256.key\"" "cname_zone = \"dkim.example\""
cluster_start example.com example.net dkim.example
check "keys are made and published" life_add example.com
check "none signs without its CNAME" life_none_signs
check "the CNAMEs are set" set_aliases
before=$(serial)
life_begin
life_to_its_end
check "a name is taken again" wait_for 420 names_recur
signatures=$(signatures)
check "and its new key signs" wait_for 60 more_signatures
life_end
check "the domain was not touched" untouched
check "when it was free for long enough" \
    grep -q ' free: ' "$KEYDIR/example.com/log"

e2e_finish
