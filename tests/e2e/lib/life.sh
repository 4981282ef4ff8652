# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# What the tests of the lives of keys share: a policy of seconds, rotation as
# the timer runs it, but every second, and mail that flows meanwhile.  To be
# sourced after dns_cluster.sh.  A test calls life_policy, cluster_start,
# life_add, life_begin, most of them life_to_its_end, and life_end.

LIFE_LIFETIME=20	# seconds for which a signature is looked at
LIFE_EVERY=30s
LIFE_PATIENCE=600	# seconds in which two keys of each algorithm end
LIFE_RECORDS=example.com	# the records are at names under _domainkey of it
LIFE_SERVERS=(127.0.0.11 127.0.0.12 127.0.0.13 ::1)	# which have them
LIFE_RESOLVERS=none	# of the world outside
LIFE_DEFER=	# not empty: a message may be deferred
LIFE_COMPROMISED=$SCRATCH/life.compromised
LIFE_REPORT=$SCRATCH/life.report
LIFE_ROTATIONS=$SCRATCH/rotations.log
LIFE_EXCUSE=	# runs of rotation that complain of it may fail

# shellcheck source=tests/e2e/lib/rotations.sh
. "$E2E_LIB/rotations.sh"

# life_policy LINE...: the lines say how records are published.
life_policy()
{
	local line

	milter_configure "rotation {
    signature_lifetime = ${LIFE_LIFETIME}s
    every = $LIFE_EVERY
    retain = 5s
    revoke_for = 5s
    queue_lifetime = 5s
    ttl = 1s
    check_resolvers = $LIFE_RESOLVERS
$(for line; do echo "    $line"; done)
}"
}

# life_add DOMAIN: keys are made; they need not be in DNS yet.
life_add()
{
	countersign_key add "$1" >"$SCRATCH/add.log" 2>&1 || [ $? -eq 3 ] || {
		cat "$SCRATCH/add.log"
		return 1
	}
}

life_rotate()
{
	rotations_run "$LIFE_ROTATIONS" "$SCRATCH/rotation.log" \
	    countersign_key rotate
}

# What else happens after each run; a test may have its own.
life_after_rotation()
{
	:
}

life_rotate_forever()
{
	while [ ! -e "$SCRATCH/rotate.stop" ]; do
		life_rotate
		life_after_rotation
		sleep 1
	done
}

life_runs()
{
	[ "$(grep -c '^run at ' "$LIFE_ROTATIONS")" -ge "$1" ]
}

# A run that begins now is over.
life_let_rotate()
{
	wait_for 60 life_runs $(($(grep -c '^run at ' "$LIFE_ROTATIONS") + 2))
}

# life_count STATUS ALGORITHM: keys of example.com.
life_count()
{
	countersign_key list example.com --json | "$PYTHON" -c '
import json, sys
print(sum(key["status"] == sys.argv[1] and key["algorithm"] == sys.argv[2]
          for key in json.load(sys.stdin)))' "$1" "$2"
}

# life_both STATUS: there is a key of each algorithm in it.
life_both()
{
	[ "$(life_count "$1" rsa-sha256)" -ge 1 ] &&
	    [ "$(life_count "$1" ed25519-sha256)" -ge 1 ]
}

# No run lets a key sign whose record is not in DNS.
life_none_signs()
{
	local i

	for i in 1 2 3; do
		life_rotate
		[ "$(life_count active rsa-sha256)" -eq 0 ] &&
		    [ "$(life_count active ed25519-sha256)" -eq 0 ] ||
			return 1
	done
}

# life_ended N: so many keys came to their end.
life_ended()
{
	[ "$(grep -c 'destroy: ' "$KEYDIR/example.com/log")" -ge "$1" ]
}

# Rotation, the milter and mail.
life_begin()
{
	life_rotate_forever &
	life_rotator=$!
	check "they are verified and sign" wait_for 60 life_both active
	sink_start
	milter_start
	mta_start postfix
	progress "mail flows"
	"$PYTHON" "$E2E_LIB/life_mail.py" "$MTA_PORT" "$PROVIDER_ADDRESS" \
	    "$SCRATCH/sink/mail" "$LIFE_LIFETIME" "$SCRATCH/life.stop" \
	    "$LIFE_REPORT" "$LIFE_COMPROMISED" ${LIFE_DEFER:+defer} \
	    >"$SCRATCH/life.log" 2>&1 &
	life_mailer=$!
	check "keys are in reserve" wait_for 60 life_both standby
}

life_to_its_end()
{
	check "two keys of each algorithm live to their end" \
	    wait_for "$LIFE_PATIENCE" life_ended 4
}

life_mail_is_faultless()
{
	grep FAULT "$LIFE_REPORT"
	tail -3 "$SCRATCH/life.log"
	[ "$life_mail_status" -eq 0 ]
}

# What is removed is nowhere any more, and what signs is everywhere.
life_records_are_right()
{
	countersign_key list example.com --json |
	    "$PYTHON" "$E2E_LIB/life_records.py" "$LIFE_RECORDS" \
	    "${LIFE_SERVERS[@]}"
}

# Secondaries, and a person, may be a run behind.
life_records_become_right()
{
	local i

	for ((i = 0; i < 10; i++)); do
		life_records_are_right >/dev/null 2>&1 && return
		life_rotate
		life_after_rotation
	done
	life_records_are_right
}

life_rotations_are_fine()
{
	rotations_are_fine "$LIFE_ROTATIONS" "$LIFE_EXCUSE"
}

# Mail ends, and all is looked at.  Where names recur the next key may have to
# wait for one.
life_end()
{
	check "a reserve is still there" wait_for 200 life_both standby
	touch "$SCRATCH/life.stop"
	life_mail_status=0
	wait "$life_mailer" || life_mail_status=$?
	touch "$SCRATCH/rotate.stop"
	wait "$life_rotator"
	check "every message signed, every signature verified" \
	    life_mail_is_faultless
	sed -n 's/^[0-9]* messages, /#   &/p' "$LIFE_REPORT"
	sed -n 's/ signed [0-9]*$/&/p' "$LIFE_REPORT" | sort -V | paste -sd, |
	    sed 's/^/#   /; s/,/, /g'
	check "DNS has what the state says" life_records_become_right
	check "no run of rotate failed" life_rotations_are_fine
	check "the log has the evidence" grep -q 'verify: a signature made with it '\
'verifies with the published record' "$KEYDIR/example.com/log"
}
