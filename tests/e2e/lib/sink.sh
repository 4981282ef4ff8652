# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# The far end: an SMTP server that keeps each message octet for octet.

SINK_PORT=10025

# sink_start: messages go to $SCRATCH/sink/mail/LOCALPART.N.eml.
sink_start()
{
	mkdir -p "$SCRATCH/sink/mail"
	"$PYTHON" "$E2E_LIB/sink.py" "$SINK_PORT" "$SCRATCH/sink/mail" \
	    >"$SCRATCH/sink/sink.log" 2>&1 &
	echo $! >"$SCRATCH/sink/pid"
	wait_for 60 port_open "$SINK_PORT" || die "the sink did not start"
}

# sink_file LOCALPART: the message for that recipient, waited for.
sink_file()
{
	wait_for 60 test -f "$SCRATCH/sink/mail/$1.1.eml" || {
		echo "nothing arrived for $1" >&2
		return 1
	}
	echo "$SCRATCH/sink/mail/$1.1.eml"
}

sink_count()
{
	find "$SCRATCH/sink/mail" -name '*.eml' | wc -l
}
