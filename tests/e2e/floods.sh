#!/bin/bash
# SPDX-License-Identifier: ISC
#
# Accounts that are abused: their mail is genuine, and proves its source, so only
# ceilings notice that there is too much of it.
#
# The Zendesk flood of January 2026: strangers opened tickets in the name of a
# victim, and the desks answered each of them.  Here the platform has a queue of
# its own, which tries again what was deferred.
#
# The spam run: one text to very many.
#
# Of the attack no more than the ceiling may be signed, and of the honest mail of
# the same account each message must be.

# shellcheck disable=SC2034
E2E_PRIVATE=(knot postfix sasl2-bin)
# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"
# shellcheck source=tests/e2e/lib/tls.sh
. "$E2E_LIB/tls.sh"
# shellcheck source=tests/e2e/lib/sasl.sh
. "$E2E_LIB/sasl.sh"

PLATFORM_PORT=10588
DOMAINS=(desk.example tickets.example shop.example)
COUNTS=$SCRATCH/milter/counts

configure()
{
	milter_configure "counts_dir = \"$COUNTS\""
	mkdir -m 0750 "$COUNTS"
	chown "$(milter_user)" "$COUNTS"
	cat >>"$MILTER_CONF" <<-'CONF'
	source "desk" {
	    preset   = zendesk
	    tenant   = "a1b2c3d"
	    login    = { "desk@relay.example.net" }
	    domains  = { "desk.example" }
	    ceilings { messages_per_recipient_per_day = 5  action = tempfail }
	}
	source "tickets" {
	    preset   = zendesk
	    tenant   = "a1b2c3d"
	    login    = { "tickets@relay.example.net" }
	    domains  = { "tickets.example" }
	    ceilings { messages_per_recipient_per_day = 5 }
	}
	source "shop" {
	    login    = { "shop@relay.example.net" }
	    domains  = { "shop.example" }
	    ceilings { recipients_per_body = 10  action = tempfail }
	}
	CONF
}

# The platform is a service of the same Postfix: it passes mail on through the
# milter, logged in as the desk.  Only flushing lets it try again.
start()
{
	local settings

	milter_keys "${DOMAINS[@]}"
	dns_start "${DOMAINS[@]}"
	sink_start
	milter_start
	tls_make
	sasl_make desk tickets shop
	mapfile -t settings < <(tls_postfix; sasl_postfix)
	POSTFIX_SERVICES="127.0.0.1:$PLATFORM_PORT inet n - n - - smtpd
	    -o smtpd_milters=
	    -o content_filter=platform:[127.0.0.1]:$POSTFIX_PORT
platform unix - - n - 4 smtp
	    -o smtp_tls_security_level=encrypt
	    -o smtp_sasl_auth_enable=yes
	    -o smtp_sasl_password_maps=static:desk@relay.example.net:secret
	    -o smtp_sasl_security_options=noanonymous"
	mta_start postfix "${settings[@]}" "queue_run_delay = 1h" \
	    "minimal_backoff_time = 1h" "smtpd_hard_error_limit = 1000"
}

# from SOURCE RESULT [OPTION...] COUNT RECIPIENT...: as this account, directly;
# the result is what flood.py says.
from()
{
	local source=$1 wanted=$2 result

	shift 2
	result=$("$PYTHON" "$E2E_LIB/flood.py" --port "$MTA_PORT" --tls "$TLS" \
	    --login "$source" --domain "$source.example" "$@") || return 1
	echo "$result"
	[ "$result" = "$wanted" ]
}

# by_platform COUNT RECIPIENT...: the desk's, through its queue.
by_platform()
{
	"$PYTHON" "$E2E_LIB/flood.py" --port "$PLATFORM_PORT" \
	    --domain desk.example "$@"
}

# arrived PATTERN: the number of messages for such recipients.
arrived()
{
	find "$SCRATCH/sink/mail" -name "$1.*.eml" | wc -l
}

has_arrived()
{
	[ "$(arrived "$1")" -eq "$2" ]
}

# deferrals RECIPIENT: how often a message for it was not passed on.
deferrals()
{
	grep -c "to=<$1@.*status=deferred" "$SCRATCH/postfix/mail.log"
}

# The queue rests, and so often in all a message was not passed on.
has_deferred()
{
	[ "$(deferrals "$1")" -eq "$2" ] &&
	    [ -z "$(find "$SCRATCH"/postfix/queue/{incoming,active} -type f)" ]
}

# settled RECIPIENT ARRIVED DEFERRALS
settled()
{
	wait_for 60 has_deferred "$1" "$3" || true
	echo "$1: $(arrived "$1") arrived, $(deferrals "$1") deferrals"
	has_deferred "$1" "$3" && has_arrived "$1" "$2"
}

# alarms SOURCE CEILING: it was told once, in the log and in the file.
is_told_once()
{
	grep "ALARM: source \"$1\"" "$MILTER_LOG"
	grep " $1$" "$COUNTS/alarms"
	[ "$(grep -c "ALARM: source \"$1\".* is over $2 " "$MILTER_LOG")" -eq 1 ] &&
	    [ "$(grep -c "ALARM: source \"$1\"" "$MILTER_LOG")" -eq 1 ] &&
	    [ "$(grep -cE "^20[^ ]*Z $2 [0-9]+ [0-9A-Za-z]+ $1$" \
		"$COUNTS/alarms")" -eq 1 ] &&
	    [ "$(grep -c " $1$" "$COUNTS/alarms")" -eq 1 ]
}

# Counts begin at 0 at 00:00 UTC, so a test must not run into it.
is_far_from_midnight()
{
	[ $(($(date +%s) % 86400)) -lt $((86400 - 120)) ]
}

wait_for 130 is_far_from_midnight || die "the clock stands still"
configure
start

# -- The flood -------------------------------------------------------------

check "the platform answers 20 tickets to a victim" by_platform 20 desk-victim
check "5 of them are signed, 15 wait" settled desk-victim 5 15
check "it answers 20 customers" by_platform 20 desk-customer%d
check "each of the answers arrives" wait_for 60 has_arrived "desk-customer*" 20
check "it answers the victim and a bystander" \
    by_platform 1 desk-victim desk-bystander
check "that waits for both" settled desk-bystander 0 1

postfix_flush
check "tried again: nothing more is signed" settled desk-victim 5 32
postfix_flush
check "tried once more: nothing more is signed" settled desk-victim 5 48

check "with action = alarm, all 20 to a victim are signed" \
    from tickets "20 accepted, 0 deferred" 20 tickets-victim

milter_stop
milter_start
postfix_flush
check "after a restart: nothing more is signed" settled desk-victim 5 64
check "what was deferred did not count for the bystander" \
    from desk "5 accepted, 1 deferred" 6 desk-bystander
check "after a restart, the alarm is not repeated" \
    from tickets "3 accepted, 0 deferred" 3 tickets-victim
check "all mail with action = alarm arrives" \
    wait_for 60 has_arrived tickets-victim 23

# -- Signed, and then deferred by the next host ----------------------------

stop_by_pid "$(cat "$SCRATCH/sink/pid")"
check "two messages while the next host is down" \
    from desk "2 accepted, 0 deferred" 2 desk-later
check "they wait" settled desk-later 0 2
postfix_flush
check "they wait again" settled desk-later 0 4
sink_start
postfix_flush
check "they arrive" wait_for 60 has_arrived desk-later 2
check "they have counted once" from desk "3 accepted, 1 deferred" 4 desk-later

# -- The spam run ----------------------------------------------------------

check "one text to 40: 10 get it" from shop "5 accepted, 15 deferred" \
    --body "Buy now." 20 shop-spammed-a%d shop-spammed-b%d
check "again: no more get it" from shop "0 accepted, 20 deferred" \
    --body "Buy now." 20 shop-spammed-b%d
check "orders of the same shop are signed" \
    from shop "20 accepted, 0 deferred" 20 shop-customer%d

# -- All of it -------------------------------------------------------------

check "the desk's alarm" is_told_once desk messages_per_recipient_per_day
check "the alarm of the tickets" \
    is_told_once tickets messages_per_recipient_per_day
check "the shop's alarm" is_told_once shop recipients_per_body

only_the_flood_waits()
{
	local waiting

	waiting=$(find "$SCRATCH"/postfix/queue/{active,deferred} -type f | wc -l)
	echo "$waiting messages wait, $(sink_count) have arrived"
	# 5, 20, 5 and 5 of the desk; 23; 10 and 20 of the shop.
	[ "$waiting" -eq 16 ] && [ "$(sink_count)" -eq 88 ]
}
check "the rest has arrived" wait_for 60 only_the_flood_waits

for domain in "${DOMAINS[@]}"; do
	check "$domain: each message is signed" \
	    "$PYTHON" "$E2E_LIB/all_signed.py" "$SCRATCH/sink/mail" "$domain" \
	    "${domain%.example}-*"
done

e2e_finish
