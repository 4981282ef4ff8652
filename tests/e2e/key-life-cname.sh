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

# enter FILE: what the owner of the domain does: lines of a zone file, as they
# were printed.
enter()
{
	local name ttl kind target

	cluster_command 1 zone-begin example.com
	while read -r name ttl kind target; do
		if [ "$ttl" = IN ]; then
			kind=CNAME ttl=1 target=${target#CNAME }
		else
			kind=${target%% *} target=${target#* }
		fi
		cluster_command 1 zone-set example.com "$name" "$ttl" "$kind" \
		    "$target" || return 1
	done <"$1"
	cluster_command 1 zone-commit example.com
}

# Three of the six that add prints.
set_half()
{
	grep ' IN CNAME ' "$SCRATCH/add.log" >"$SCRATCH/aliases"
	[ "$(wc -l <"$SCRATCH/aliases")" -eq 6 ] || return 1
	sed -n 'p;n' "$SCRATCH/aliases" >"$SCRATCH/half"
	enter "$SCRATCH/half"
}

# told N: rotate tells so many CNAMEs, and nothing is wrong with our records; the
# lines to enter are in $SCRATCH/lines.
told()
{
	life_rotate
	grep ' waiting for you: the CNAME in the zone of the domain ' \
	    "$SCRATCH/rotation.log" | sed 's/.* has to enter: //
	    s/ (host .*//' >"$SCRATCH/lines"
	[ "$(wc -l <"$SCRATCH/lines")" -eq "$1" ] &&
	    ! grep -E 'FAILED|  published: ' "$SCRATCH/rotation.log"
}

enter_lines()
{
	enter "$SCRATCH/lines"
}

# All tell the same, with the exit statuses of those who are not content.
all_tell()
{
	local status=0

	countersign_key todo >"$SCRATCH/todo.log" 2>&1 || status=$?
	[ "$status" -eq 3 ] || return 1
	grep ' IN CNAME ' "$SCRATCH/todo.log" | sort >"$SCRATCH/todo.lines"
	sed 's/ [0-9]* IN / IN /' "$SCRATCH/lines" | sort |
	    cmp - "$SCRATCH/todo.lines" || return 1
	status=0
	countersign_key list --monitor >"$SCRATCH/monitor.log" 2>&1 ||
	    status=$?
	# Keys live for so short a time here that each end is near.
	case $status in
	1|2)	;;
	*)	return 1 ;;
	esac
	grep -q 'the CNAME in the zone of the domain' "$SCRATCH/monitor.log" ||
	    return 1
	status=0
	countersign_key check example.com >"$SCRATCH/check.log" 2>&1 ||
	    status=$?
	[ "$status" -ne 0 ] && grep -q ': the CNAME in the zone of the domain' \
	    "$SCRATCH/check.log"
}

# Nobody uses the third selector yet.
delete_third()
{
	cluster_command 1 zone-begin example.com
	cluster_command 1 zone-unset example.com countersign-r3._domainkey CNAME
	cluster_command 1 zone-commit example.com
}

told_as()
{
	told 1 && grep -q "countersign-r3  .* zone of the domain $1;" \
	    "$SCRATCH/rotation.log"
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
LIFE_PATIENCE=900
life_policy "publish = update" "update_server = \"$PRIMARY\"" \
    "tsig_key = \"$CLUSTER/hmac-sha256.key\"" "cname_zone = \"dkim.example\""
cluster_start example.com example.net dkim.example
check "keys are made and published" life_add example.com
check "none signs without its CNAME" life_none_signs
check "half of the CNAMEs are set" set_half
check "the other half is told on the first day" wait_for 60 told 3
check "by everybody" all_tell
check "the lines are entered as they are" enter_lines
check "and then all is well" wait_for 60 told 0
check "a server does not hear of changes" cluster_lag 2 example.com
check "a CNAME is deleted" delete_third
check "it is told where it is missing" wait_for 60 told_as \
    'is missing at some of its name servers'
check "the server hears of it" cluster_catch_up 2 example.com
check "then it is told as missing" wait_for 60 told_as 'is missing'
check "by everybody" all_tell
check "its line is entered" enter_lines
check "and all is well again" wait_for 60 told 0
before=$(serial)
life_begin
life_to_its_end
check "a name is taken again" wait_for 900 names_recur
signatures=$(signatures)
check "and its new key signs" wait_for 60 more_signatures
life_end
check "the domain was not touched" untouched
check "when it was free for long enough" \
    grep -q ' free: ' "$KEYDIR/example.com/log"

e2e_finish
