#!/bin/bash
# SPDX-License-Identifier: ISC
#
# Local mail and bounces with Sendmail: what its sendmail command hands to the
# daemon passes the filter, what the daemon writes itself does not, and the next
# host can sign that.  See docs/operations/bounces.md.

# shellcheck disable=SC2034
E2E_PRIVATE=(knot postfix sendmail-bin sendmail-cf)
# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"
# shellcheck source=tests/e2e/lib/sendmail.sh
. "$E2E_LIB/sendmail.sh"
HOST=relay.example.net

milter_configure
cat >>"$MILTER_CONF" <<'CONF'
source "bounces" {
    networks      = { "127.0.0.1" }
    trust_network = true
    envelope      = { "<>" }
    authors       = { "MAILER-DAEMON@relay.example.net" }
    domains       = { "relay.example.net" }
}
source "this host" {
    networks = { "127.0.0.1" }
    daemon   = { "local" }
    authors  = { "cron@local.example" }
    domains  = { "local.example" }
}
CONF
milter_keys $HOST local.example
dns_start $HOST local.example
sink_start
milter_start

# The submission agent: it has a configuration and a queue of its own, and gives
# its mail to the daemon.
submit_configure()
{
	local directory=$SCRATCH/submit

	mkdir -p "$directory/queue"
	chown "$(postfix_owner)" "$directory/queue"
	chmod 0700 "$directory/queue"
	echo 'hosts files' >"$directory/service.switch"
	cat >"$directory/submit.mc" <<-MC
	VERSIONID(\`a test')
	OSTYPE(\`linux')
	define(\`confCF_VERSION', \`Submit')
	define(\`__OSTYPE__', \`')
	define(\`confDOMAIN_NAME', \`$HOST')
	define(\`confSERVICE_SWITCH_FILE', \`$directory/service.switch')
	define(\`MSP_QUEUE_DIR', \`$directory/queue')
	define(\`STATUS_FILE', \`$directory/status')
	define(\`confTIME_ZONE', \`USE_TZ')
	define(\`confDONT_INIT_GROUPS', \`True')
	define(\`confRUN_AS_USER', \`$(postfix_owner)')
	define(\`confTRUSTED_USER', \`$(postfix_owner)')
	define(\`confDONT_PROBE_INTERFACES', \`True')
	define(\`confBIND_OPTS', \`-DNSRCH -DEFNAMES')
	define(\`confDELIVERY_MODE', \`i')
	define(\`confDONT_BLAME_SENDMAIL', \`GroupWritableDirPathSafe,GroupWritableIncludeFileSafe')
	define(\`confQUEUE_LA', \`10000')
	define(\`RELAY_MAILER_ARGS', \`TCP \$h $SENDMAIL_PORT')
	FEATURE(\`nocanonify')
	FEATURE(\`msp', \`[127.0.0.1]')
	MC
	m4 -D_CF_DIR_="$SENDMAIL_CF/" "$SENDMAIL_CF/m4/cf.m4" \
	    "$directory/submit.mc" >"$directory/submit.cf" \
	    2>"$directory/m4.log" || die "m4: $(cat "$directory/m4.log")"
}

# submit AUTHOR SENDER RECIPIENT: as the sendmail command does.
submit()
{
	printf '%s\n' "From: $1" "To: $3@sink.example.net" 'Subject: done' '' \
	    'all done' | "$SENDMAIL" -Ac -C "$SCRATCH/submit/submit.cf" \
	    -f "$2" "$3@sink.example.net" >>"$SCRATCH/submit/submit.log" 2>&1
}

# decided QUEUE: how many decisions there are about mail of that author.
decided()
{
	grep -c " action=$1 .* author=$2 " "$MILTER_LOG"
}

is_decided()
{
	[ "$(decided "$1" "$2")" -ge 1 ]
}

# refuses AUTHOR SENDER DOMAIN SOURCE: the daemon does not take it.
refuses()
{
	submit "$1" "$2" forged
	wait_for 60 grep -q " action=rejected .* author=$3 source=\"\\?$4" \
	    "$MILTER_LOG" || return 1
	[ -z "$(find "$SCRATCH/sink/mail" -name 'forged.*')" ]
}

cron_is_signed()
{
	local file

	submit cron@local.example cron@local.example cron &&
	    file=$(sink_file cron) &&
	    "$PYTHON" "$E2E_LIB/verify.py" "$file" local.example \
	    rsa-sha256 ed25519-sha256 &&
	    grep -q ' client=127\.0\.0\.1 author=local\.example ' "$MILTER_LOG"
}

# The sink refuses the recipient, so the daemon writes a bounce.
bounce_of()
{
	message unknown-user --domain elsewhere.example
	deliver unknown-user --from "$1@sink.example.net" &&
	    sink_file "$1" >/dev/null || return 1
	cat "$(sink_file "$1")" &&
	    grep -q '^From: .*MAILER-DAEMON@' "$(sink_file "$1")"
}

bounce_is_unsigned()
{
	bounce_of plain && ! grep -qi '^DKIM-Signature' "$(sink_file plain)" &&
	    [ "$(decided '[a-z]*' "$HOST")" -eq 0 ]
}

bounce_is_signed()
{
	bounce_of returned && "$PYTHON" "$E2E_LIB/verify.py" \
	    "$(sink_file returned)" "$HOST" rsa-sha256 ed25519-sha256
}

submit_configure
SENDMAIL_MC="DAEMON_OPTIONS(\`Name=local, Family=inet, Addr=127.0.0.1, Port=10589')"
mta_start sendmail
check "a bounce of Sendmail passes no filter" bounce_is_unsigned
SENDMAIL_PORT=10589
submit_configure
check "mail of the sendmail command is signed" cron_is_signed
check "but not with another author" refuses ceo@local.example \
    cron@local.example local.example 'this host'
check "nor at relay.example.net, with a sender" refuses \
    MAILER-DAEMON@$HOST cron@local.example $HOST bounces
check "nor there, as a bounce of another author" refuses ceo@$HOST '<>' \
    $HOST bounces
stop_by_pid "$(cat "$SCRATCH/sendmail/pid")"

# The next host is a Postfix with the same filter.  It refuses the recipient as
# the sink did, and Sendmail has none.
SINK_ONLY=$SINK_PORT
mta_start postfix "myhostname = next.example.net" \
    "smtpd_milters = inet:127.0.0.1:$MILTER_PORT" \
    "smtpd_recipient_restrictions = check_recipient_access inline:{unknown-user@sink.example.net=REJECT}"
SENDMAIL_MC=
SENDMAIL_PORT=10590
SINK_PORT=$POSTFIX_PORT
mta_start sendmail
SINK_PORT=$SINK_ONLY
check "the next host signs a bounce of Sendmail" bounce_is_signed

e2e_finish
