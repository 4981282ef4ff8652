# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# Mail under load while something is disturbed: nothing unsigned may arrive,
# and what was accepted must arrive.

REPLIES=$SCRATCH/replies

# load_start MESSAGES [STOP]: in the background; until the file STOP exists.
load_start()
{
	local messages=$1

	shift
	"$PYTHON" "$E2E_LIB/load.py" "$MTA_PORT" "$PROVIDER_ADDRESS" \
	    "$messages" "$REPLIES" "$@" >"$SCRATCH/load.log" 2>&1 &
	load_pid=$!
}

load_running()
{
	kill -0 "$load_pid" 2>/dev/null
}

load_arrives()
{
	find "$SCRATCH/sink/mail" -name 'load-*.eml' | grep -q .
}

# Mail flows, so that the disturbance disturbs something.
load_under_way()
{
	wait_for 60 load_arrives || die "no message of the load arrives"
}

load_is_complete()
{
	cat "$SCRATCH/load.log"
	[ "$load_status" -eq 0 ]
}

# Wait for the end of the load and of the deliveries.
load_end()
{
	load_status=0
	wait "$load_pid" || load_status=$?
	check "the load ran to its end" load_is_complete
	wait_for 60 "${MTA}_queue_empty"
	awk '{ n[$2]++ } END { for (code in n) printf "#   %d messages " \
	    "answered %s\n", n[code], code }' "$REPLIES"
}

none_unsigned()
{
	"$PYTHON" "$E2E_LIB/all_signed.py" "$SCRATCH/sink/mail" example.com
}

none_lost()
{
	local name code status=0

	while read -r name code _; do
		if [ "$code" = 250 ] &&
		    [ ! -e "$SCRATCH/sink/mail/$name.1.eml" ]; then
			echo "$name was accepted and did not arrive"
			status=1
		fi
	done <"$REPLIES"
	return $status
}

none_twice()
{
	! find "$SCRATCH/sink/mail" -name 'load-*.[2-9].eml' | grep .
}

# Nothing but acceptance and temporary failure; 0 is a lost connection.
none_refused()
{
	! grep -vE ' (250|4[0-9][0-9]|0) ' "$REPLIES"
}

all_accepted()
{
	! grep -v ' 250 ' "$REPLIES"
}

# After the disturbance a message is accepted again, and signed.
works_again()
{
	local i

	for ((i = 0; i < 20; i++)); do
		message "after-$i" --org "$OUR_ORG"
		deliver "after-$i" --address "$PROVIDER_ADDRESS"
		reply_is "after-$i" 250 >/dev/null && {
			arrives_signed "after-$i"
			return
		}
		sleep 0.5
	done
	return 1
}

# survives SUBJECT: the cases after a crash.
survives()
{
	load_end
	check "$1: no unsigned mail" none_unsigned
	check "$1: no lost mail" none_lost
	check "$1: no mail twice" none_twice
	check "$1: nothing refused for good" none_refused
	check "$1: works again" works_again
}
