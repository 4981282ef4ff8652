# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# Sending messages and judging what came of them.

# message NAME [OPTION...]: make $SCRATCH/mail/NAME.eml by salesforce.py.
message()
{
	local name=$1

	shift
	mkdir -p "$SCRATCH/mail"
	"$PYTHON" "$E2E_LIB/salesforce.py" "$@" >"$SCRATCH/mail/$name.eml"
}

# deliver NAME [OPTION...]: send it; the reply goes to $SCRATCH/mail/NAME.reply.
deliver()
{
	local name=$1

	shift
	"$PYTHON" "$E2E_LIB/send.py" --port "$MTA_PORT" "$@" \
	    "$SCRATCH/mail/$name.eml" >"$SCRATCH/mail/$name.reply"
}

# reply_is NAME CODE [STATUS]: how the message was answered.
reply_is()
{
	local reply=$SCRATCH/mail/$1.reply

	cat "$reply"
	grep -q "\"code\": $2, \"text\": \"${3:-}" "$reply"
}

# Judged by the three verifiers: signed for DOMAIN by both algorithms.
arrives_signed()
{
	local name=$1 domain=${2:-example.com} file

	reply_is "$name" 250 && file=$(sink_file "$name") &&
	    "$PYTHON" "$E2E_LIB/verify.py" "$file" "$domain" \
	    rsa-sha256 ed25519-sha256
}

# judge_signed: arrives_signed for many, by one start of the verifiers, which is
# what takes longest; lines on standard input have a NAME and a DOMAIN each.
# was_judged NAME has the verdict.
judge_signed()
{
	local name domain file

	while read -r name domain; do
		! file=$(sink_file "$name") || echo "$file $domain"
	done | "$PYTHON" "$E2E_LIB/verify.py" - rsa-sha256 ed25519-sha256
}

was_judged()
{
	local verdict=$SCRATCH/sink/mail/$1.1.eml.verdict

	reply_is "$1" 250 && cat "$verdict" &&
	    [ "$(tail -1 "$verdict")" = good ]
}

# It arrives with nothing added but the MTA's own Received field.
arrives_unsigned()
{
	local name=$1 file

	reply_is "$name" 250 && file=$(sink_file "$name") || return 1
	"$PYTHON" "$E2E_LIB/untouched.py" "$SCRATCH/mail/$name.eml" "$file"
}

# Refused as not ours, and nothing arrives.
is_refused()
{
	reply_is "$1" 550 '5\.7\.1' || return 1
	wait_for 60 "${MTA}_queue_empty" || return 1
	[ ! -e "$SCRATCH/sink/mail/$1.1.eml" ]
}
