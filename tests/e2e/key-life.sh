#!/bin/bash
# SPDX-License-Identifier: ISC
#
# Whole lives of keys, from add to the removal of the private key, under a
# policy of seconds, while mail flows through Postfix and the milter: every
# message is signed by both algorithms, and verifies when it arrives and until
# its signature expires.  The records go by UPDATE to a primary with two
# secondaries.

# shellcheck disable=SC2034
E2E_PRIVATE=(knot postfix unbound)
# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"
# shellcheck source=tests/e2e/lib/dns_cluster.sh
. "$E2E_LIB/dns_cluster.sh"

LIFETIME=20	# seconds for which a signature is looked at
REPORT=$SCRATCH/life.report
STOP=$SCRATCH/life.stop
ROTATIONS=$SCRATCH/rotations.log

rotate_once()
{
	countersign_key rotate >>"$ROTATIONS" 2>&1
	echo "exit $?" >>"$ROTATIONS"
}

# As the timer does it, but every second.
rotate_forever()
{
	while [ ! -e "$SCRATCH/rotate.stop" ]; do
		rotate_once
		sleep 1
	done
}

count_keys()
{
	countersign_key list example.com --json | "$PYTHON" -c '
import json, sys
print(sum(key["status"] == sys.argv[1] and key["algorithm"] == sys.argv[2]
          for key in json.load(sys.stdin)))' "$1" "$2"
}

# keys_are STATUS ALGORITHM AT_LEAST
keys_are()
{
	[ "$(count_keys "$1" "$2")" -ge "$3" ]
}

both_sign()
{
	keys_are active rsa-sha256 1 && keys_are active ed25519-sha256 1
}

both_in_reserve()
{
	keys_are standby rsa-sha256 1 && keys_are standby ed25519-sha256 1
}

destroyed()
{
	[ "$(grep -c 'destroy: ' "$KEYDIR/example.com/log")" -ge "$1" ]
}

milter_configure "rotation {
    signature_lifetime = ${LIFETIME}s
    every = 30s
    publish = update
    update_server = \"$PRIMARY\"
    tsig_key = \"$CLUSTER/hmac-sha512.key\"
    retain = 5s
    revoke_for = 5s
    queue_lifetime = 5s
    ttl = 1s
}"
cluster_start example.com example.net

added()
{
	countersign_key add example.com || [ $? -eq 3 ]
}

check "keys are made and published" added
cat "$SCRATCH"/*.log >/dev/null 2>&1
rotate_forever &
rotator=$!
check "they are verified and sign" wait_for 60 both_sign
sink_start
milter_start
mta_start postfix
progress "mail flows"
"$PYTHON" "$E2E_LIB/life_mail.py" "$MTA_PORT" "$PROVIDER_ADDRESS" \
    "$SCRATCH/sink/mail" "$LIFETIME" "$STOP" "$REPORT" \
    >"$SCRATCH/life.log" 2>&1 &
mailer=$!
check "keys are in reserve" wait_for 60 both_in_reserve
check "two keys of each algorithm live to their end" \
    wait_for 300 destroyed 4
touch "$STOP"
status=0
wait "$mailer" || status=$?
touch "$SCRATCH/rotate.stop"
wait "$rotator"

mail_is_faultless()
{
	grep FAULT "$REPORT"
	tail -3 "$SCRATCH/life.log"
	[ "$status" -eq 0 ]
}

# What is removed is nowhere any more, and what signs is everywhere.
records_are_right()
{
	countersign_key list example.com --json |
	    "$PYTHON" "$E2E_LIB/life_records.py" example.com \
	    127.0.0.11 127.0.0.12 127.0.0.13 ::1
}

rotations_are_fine()
{
	! grep -E 'FAILED|exit [12]' "$ROTATIONS"
}

check "every message signed, every signature verified" mail_is_faultless
sed 's/^/#   /' "$REPORT" | tail -12
check "DNS has what the state says" records_are_right
check "no run of rotate failed" rotations_are_fine
check "the log has the evidence" grep -q \
    'verify: a signature of it verifies with the published record' \
    "$KEYDIR/example.com/log"
check "a reserve is still there" both_in_reserve

e2e_finish
