#!/bin/bash
# SPDX-License-Identifier: ISC
#
# countersign-doctor setup dies while it runs another program, or that program
# does: postconf, postfix, systemctl, countersign-key.  Mail always flows, the
# next run goes on, and --undo goes back.  KILLS=20 does it at that many of these
# programs in each way, not only at two.  At the end, the ledger is damaged.

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
# shellcheck source=tests/e2e/lib/setup_units.sh
. "$E2E_LIB/setup_units.sh"

OURS='{ unix:countersign/milter.sock, default_action=tempfail }'
MILTER_CONF=$SCRATCH/etc/countersign.conf
: "${KILLS:=2}"		# in each case

mkdir -p "$SCRATCH/etc"
# No milter from the start, as smtpd goes on with the main.cf that it read.
setup_machine "smtpd_milters ="
postfix_postconf -X smtpd_milters
units_machine || die "no private folders for systemd"
cp "$POSTFIX_MAIN" "$SCRATCH/main.cf.before"
cp "$MILTER_CONF" "$SCRATCH/conf.before"
echo "$E2E_BUILD/tests/keys/libkillat.so" >"$STRIKE/library"

mails=0
flows()
{
	mails=$((mails + 1))
	mail "mail$BASHPID-$mails"
	arrives_unsigned "mail$BASHPID-$mails"
}

is_done()
{
	[ "$(setting smtpd_milters)" = "$OURS" ] &&
	    all_units_are 'enabled running' &&
	    countersign_key list example.com >/dev/null
}

is_undone()
{
	cmp "$SCRATCH/main.cf.before" "$POSTFIX_MAIN" &&
	    cmp "$SCRATCH/conf.before" "$MILTER_CONF" &&
	    [ ! -e "$SCRATCH/etc/conf.d" ] && [ ! -e "$DROPIN" ] &&
	    all_units_are 'disabled stopped'
}

run_new()
{
	setup_new --apply >/dev/null
}

run_undo()
{
	doctor_any setup --undo --postfix "$POSTFIX_ETC"
}

new()
{
	run_new && is_done || { cat "$DOCTOR_OUT"; return 1; }
}

undo()
{
	run_undo && is_undone || { cat "$DOCTOR_OUT"; return 1; }
}

# How many programs each of them runs.
rm -f "$STRIKE/count"
new || die "setup does not work"
NEW_CALLS=$(cat "$STRIKE/count")
rm "$STRIKE/count"
undo || die "--undo does not work"
UNDO_CALLS=$(cat "$STRIKE/count")
progress "setup runs $NEW_CALLS programs, --undo $UNDO_CALLS"

# struck MODE CALL INSIDE COMMAND: the command, whose CALLth program is struck;
# mail flows afterwards.
struck()
{
	echo "$1" >"$STRIKE/mode"
	echo "$2" >"$STRIKE/at"
	echo "$3" >"$STRIKE/inside"
	rm -f "$STRIKE/count"
	"$4" 2>/dev/null || :
	rm "$STRIKE/at"
	flows || { cat "$DOCTOR_OUT"; return 1; }
}

# at_calls MODE CALLS STEP: STEP with the number of a call, KILLS of them all
# over a run.
at_calls()
{
	local mode=$1 calls=$2 step=$3 i at

	for ((i = 0; i < KILLS; i++)); do
		at=$(((2 * i + 1) * calls / (2 * KILLS) + 1))
		"$step" "$mode" "$at" $((i % 7 + 1)) || {
			echo "$mode at $at: $(tail -1 "$STRIKE/log")"
			return 1
		}
	done
}

goes_on()
{
	undo && struck "$1" "$2" "$3" run_new && new && flows
}

goes_back()
{
	undo && struck "$1" "$2" "$3" run_new && undo && flows
}

undo_goes_on()
{
	new && struck "$1" "$2" "$3" run_undo && undo && flows
}

for mode in setup child both inside; do
	check "$mode killed: the next run goes on" \
	    at_calls "$mode" "$NEW_CALLS" goes_on
	check "$mode killed: --undo goes back" \
	    at_calls "$mode" "$NEW_CALLS" goes_back
	check "$mode killed during --undo: it is repeated" \
	    at_calls "$mode" "$UNDO_CALLS" undo_goes_on
done

# Each program that changes something, at each of its changes.
inside_each()
{
	local call name i

	undo || return 1
	for name in postconf countersign-key; do
		for i in 1 2 3 4 5 6; do
			undo && no_keys || return 1
			call=$(last_call "$name")
			[ -n "$call" ] || return 1
			undo && no_keys || return 1
			goes_on inside "$call" "$i" || return 1
		done
	done
}

# Neither here nor in DNS, which only keeps what its files say.
no_keys()
{
	rm -rf "$KEYDIR"
	# As the package makes it.
	install -d -o "$(milter_keys_user)" -m 0700 "$KEYDIR" || return 1
	stop_by_pid "$(cat "$SCRATCH/dns/pid")"
	"$KNOT/usr/sbin/knotd" -c "$SCRATCH/dns/knot.conf" \
	    >>"$SCRATCH/dns/knotd.log" 2>&1 &
	echo $! >"$SCRATCH/dns/pid"
	wait_for 60 port_open 53
}

# last_call NAME: of a whole run.
last_call()
{
	rm -f "$STRIKE/count"
	: >"$STRIKE/names"
	new >&2 || return 1
	grep -nx "$1" "$STRIKE/names" | tail -1 | cut -d: -f1
	rm "$STRIKE/names"
}
check "killed inside of what changes files" inside_each

# -- A ledger that a lost disk has damaged -------------------------------------

# Nothing is done with half a record; what to do is said, and works.
half_written()
{
	local half

	new || return 1
	cp "$SETUP_LEDGER" "$SCRATCH/whole.json"
	half=$(($(stat -c %s "$SETUP_LEDGER") / 2))
	for size in 0 1 "$half"; do
		truncate -s "$size" "$SETUP_LEDGER"
		doctor 1 setup --undo --postfix "$POSTFIX_ETC" &&
		    said "setup.json:" 'restore the file, or remove it' &&
		    doctor 1 setup --postfix "$POSTFIX_ETC" --apply &&
		    is_done && flows || return 1
		cp "$SCRATCH/whole.json" "$SETUP_LEDGER"
	done
	# What a killed run leaves beside it does not matter.
	head -c "$half" "$SCRATCH/whole.json" >"$SCRATCH/setup/.setup.json.setup"
	undo && [ ! -e "$SCRATCH/setup/.setup.json.setup" ] && flows
}
check "a ledger that is cut is not used" half_written

removed()
{
	new && rm "$SETUP_LEDGER" &&
	    doctor 0 setup --undo --postfix "$POSTFIX_ETC" &&
	    said 'There is nothing to undo.' && is_done && flows &&
	    doctor 0 setup --postfix "$POSTFIX_ETC" --apply &&
	    said 'Everything is as it should be.' &&
	    cp "$SCRATCH/whole.json" "$SETUP_LEDGER" && undo
}
check "without the ledger, all goes on" removed

# In each of 12 checks, and at 6 changes of 2 programs.
# Those that were planned, and the last call of countersign-key six times: that
# of postconf mostly reads, and changes no file.
were_struck()
{
	sort -k2,2 -k3 "$STRIKE/log" | uniq -c -f1
	[ "$(wc -l <"$STRIKE/log")" -ge $((12 * KILLS + 6)) ]
}
check "programs were killed" were_struck
[ ! -e "$STRIKE/log" ] || progress "$(wc -l <"$STRIKE/log") were killed"
e2e_finish
