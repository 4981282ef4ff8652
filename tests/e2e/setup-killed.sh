#!/bin/bash
# SPDX-License-Identifier: ISC
#
# countersign-doctor setup is killed at one of its changes of files; KILLS=100
# does it at all of them.  The next run goes on, or --undo goes back.

# shellcheck disable=SC2034
E2E_PRIVATE=(knot postfix sasl2-bin)
# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"
# shellcheck source=tests/e2e/lib/tls.sh
. "$E2E_LIB/tls.sh"
# shellcheck source=tests/e2e/lib/sasl.sh
. "$E2E_LIB/sasl.sh"
# shellcheck source=tests/e2e/lib/setup.sh
. "$E2E_LIB/setup.sh"

OURS='{ unix:countersign/milter.sock, default_action=tempfail }'
SETUP_STEPS=70		# changes of files in a run, about
UNDO_STEPS=24
: "${KILLS:=1}"		# in each case

# The milter runs with another configuration at the socket that setup names, so
# that a single run goes to the end; keys are there, because making them takes
# long and is tested elsewhere.
# No milter from the start, as smtpd goes on with the main.cf that it read.
setup_machine "smtpd_milters ="
postfix_postconf -X smtpd_milters
cp "$POSTFIX_MAIN" "$SCRATCH/main.cf.before"
cp "$MILTER_CONF" "$SCRATCH/conf.before"
setup_new --apply >/dev/null || die "the first setup failed"
milter_start
setup_new --apply >/dev/null || die "the second setup failed"
cp -a "$SCRATCH/milter/conf.d" "$SCRATCH/conf.d.after"
cp "$POSTFIX_MAIN" "$SCRATCH/main.cf.after"

# Everything but keys, and the directory of the running milter's socket.
is_undone()
{
	cmp "$SCRATCH/main.cf.before" "$POSTFIX_MAIN" &&
	    cmp "$SCRATCH/conf.before" "$MILTER_CONF" &&
	    [ ! -e "$SCRATCH/milter/conf.d" ] && [ -z "$(setting smtpd_milters)" ]
}

is_done()
{
	diff -r "$SCRATCH/conf.d.after" "$SCRATCH/milter/conf.d" &&
	    [ "$(setting smtpd_milters)" = "$OURS" ]
}

undo()
{
	local status=0

	doctor_any setup --undo --postfix "$POSTFIX_ETC" || status=$?
	# The directory of the socket is left, as the milter uses it.
	[ "$status" -eq 0 ] || [ "$status" -eq 3 ]
}

# killed N COMMAND...: at its Nth change of a file.
killed()
{
	local n=$1 status=0

	shift
	KILLAT_N=$n KILLAT_MODE=kill LD_PRELOAD=$E2E_BUILD/tests/keys/libkillat.so \
	    "$@" >/dev/null || status=$?
	[ "$status" -lt 128 ] || echo "killed at step $n" >>"$SCRATCH/kills"
}

doctor_new()
{
	doctor_any setup --platform salesforce-auth \
	    --tenant 00D1U0000013lbu --login sfdc-relay@relay.example.net \
	    --domain example.com --publish update:127.0.0.1 \
	    --tsig-key "$SCRATCH/setup/given.key" --check-resolvers none \
	    --postfix "$POSTFIX_ETC" --apply
}

# at_steps STEPS COMMAND...: called with the number of a step, KILLS of them all
# over a run.
at_steps()
{
	local steps=$1 i

	shift

	for ((i = 0; i < KILLS; i++)); do
		"$@" $(((2 * i + 1) * steps / (2 * KILLS))) || return 1
	done
}

goes_on()
{
	undo && is_undone || { echo "$1: not undone"; return 1; }
	killed "$1" doctor_new
	setup_new --apply && is_done
}
check "killed at any step, the next run goes on" at_steps "$SETUP_STEPS" goes_on

goes_back()
{
	undo && is_undone || { echo "$1: not undone"; return 1; }
	killed "$1" doctor_new
	undo && is_undone
}
check "killed at any step, --undo goes back" at_steps "$SETUP_STEPS" goes_back

undo_goes_on()
{
	setup_new --apply >/dev/null && is_done ||
	    { echo "$1: not done"; return 1; }
	killed "$1" doctor_any setup --undo --postfix "$POSTFIX_ETC"
	undo && is_undone
}
check "--undo killed at any step is repeated" at_steps "$UNDO_STEPS" undo_goes_on

# Otherwise, nothing of this has been tested.
were_killed()
{
	cat "$SCRATCH/kills"
	[ "$(wc -l <"$SCRATCH/kills")" -ge $((2 * KILLS)) ]
}
check "the runs were killed" were_killed
e2e_finish
