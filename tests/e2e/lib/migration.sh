# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# Moving from another signer with a stream of mail: from before the page's first
# change to its end, a client sends for our servers, and each message that
# arrives must have a signature that verifies.  To be sourced after
# howto_mail.sh.

STREAM=$SCRATCH/stream

# The key of the other signer, whose record is in DNS.
migration_key()
{
	local file=$1 record

	mkdir -p "$(dirname "$file")" &&
	    openssl genrsa -traditional -out "$file" 2048 2>/dev/null &&
	    record=$(openssl rsa -in "$file" -pubout -outform DER 2>/dev/null |
	    base64 -w 200 | sed 's/.*/"&"/' | tr '\n' ' ') &&
	    echo "mail._domainkey TXT \"v=DKIM1; k=rsa; p=\" $record" \
	    >"$SCRATCH/dns/example.com"
}

# Postfix has a process for each of the four connections: one that is still
# being started when the configuration changes may be lost count of.
stream_flows()
{
	[ "$(tail -n "+$1" "$MAIL_LOG" |
	    grep -oE 'smtpd\[[0-9]+\]: [0-9A-F]+: client=' |
	    cut -d: -f1 | sort -u | wc -l)" -ge 4 ]
}

stream_start()
{
	local before

	rm -rf "$STREAM"
	mkdir -p "$STREAM"
	before=$(wc -l <"$MAIL_LOG")
	"$PYTHON" "$E2E_LIB/load.py" 25 10.20.30.40 1000000 "$STREAM/replies" \
	    "$STREAM/stop" >"$STREAM/log" 2>&1 &
	echo $! >"$STREAM/sender"
	wait_for 60 stream_flows "$before"
}

stream_is_over()
{
	! kill -0 "$(cat "$STREAM/sender")"
}

# Nothing was refused, and all that arrived is signed.
stream_end()
{
	touch "$STREAM/stop"
	wait_for 60 stream_is_over && stream_was_accepted && stream_is_signed
}

stream_was_accepted()
{
	cut -d' ' -f2 "$STREAM/replies" | sort | uniq -c
	[ "$(cut -d' ' -f2 "$STREAM/replies" | sort -u)" = 250 ]
}

stream_has_arrived()
{
	[ "$(find "$SCRATCH/sink/mail" -name 'load-*.eml' | wc -l)" -eq "$1" ]
}

stream_is_signed()
{
	local sent

	sent=$(wc -l <"$STREAM/replies")
	wait_for 60 stream_has_arrived "$sent" || {
		find /var/spool/postfix -type f
		return 1
	}
	"$PYTHON" "$E2E_LIB/any_signed.py" "$SCRATCH/sink/mail" \
	    example.com "$sent" &&
	    find "$SCRATCH/sink/mail" -name 'load-*' -delete
}

# The reports of the observing week, which say that there is another signer.
do_compare()
{
	howto_run "$1"
	cat "$HOWTO_OUT"
	grep -q 'example\.com' "$HOWTO_OUT"
}

# send_ours NAME: a message of our servers; its reply is kept.
send_ours()
{
	message "$1" --serial "$RANDOM" && deliver "$1" --address 10.20.30.40
}

# signed NAME TIMES: it arrived with so many signatures of the selector that
# was imported, and all verify.
signed()
{
	local file algorithms=() i

	file=$(sink_file "$1") || return 1
	[ "$(grep -cE '[ ;]s=mail;' "$file")" -eq "$2" ] || {
		grep -iE -A6 '^dkim-signature' "$file"
		return 1
	}
	for ((i = 0; i < $2; i++)); do
		algorithms+=(rsa-sha256)
	done
	"$PYTHON" "$E2E_LIB/verify.py" "$file" example.com "${algorithms[@]}"
}
