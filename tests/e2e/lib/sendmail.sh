# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# A private Sendmail: own configuration, queue and log, on a high loopback
# port, with the milter as its filter, over TCP: Sendmail refuses a unix socket
# below a directory that everybody may write to, as /tmp.  It knows no XCLIENT, so its clients are
# all 127.0.0.1.

# Further lines of the m4 file.
SENDMAIL_MC=
# Where all traffic is logged; empty: nowhere.
SENDMAIL_TRAFFIC=$SCRATCH/sendmail/smtp.log
SENDMAIL_PORT=10588
# shellcheck disable=SC2034
MILTER_PORT=8891
SENDMAIL=$E2E_UNPACKED/sendmail-bin/usr/libexec/sendmail/sendmail
SENDMAIL_CF=$E2E_UNPACKED/sendmail-cf/usr/share/sendmail/cf
if [ -x /usr/libexec/sendmail/sendmail ]; then
	SENDMAIL=/usr/libexec/sendmail/sendmail
	SENDMAIL_CF=/usr/share/sendmail/cf
fi

sendmail_start()
{
	local directory=$SCRATCH/sendmail

	export MTA_PORT=$SENDMAIL_PORT
	mkdir -p "$directory/queue"
	chmod 0700 "$directory/queue"
	echo 'hosts files' >"$directory/service.switch"
	sendmail_mc >"$directory/sendmail.mc"
	m4 -D_CF_DIR_="$SENDMAIL_CF/" "$SENDMAIL_CF/m4/cf.m4" \
	    "$directory/sendmail.mc" >"$directory/sendmail.cf" \
	    2>"$directory/m4.log" || die "m4: $(cat "$directory/m4.log")"
	"$SENDMAIL" -C "$directory/sendmail.cf" -bD -q5s \
	    ${SENDMAIL_TRAFFIC:+-X "$SENDMAIL_TRAFFIC"} \
	    >"$directory/sendmail.log" 2>&1 &
	echo $! >"$directory/pid"
	wait_for 60 port_open "$SENDMAIL_PORT" || die "Sendmail did not start"
}

sendmail_queue_empty()
{
	[ -z "$(find "$SCRATCH/sendmail/queue" -type f)" ]
}

# The relay goes to the sink, names are taken as they are, and addresses in
# the header are left alone: what Sendmail rewrites, it rewrites after us.
sendmail_mc()
{
	local directory=$SCRATCH/sendmail

	cat <<-MC
	VERSIONID(\`a test')
	OSTYPE(\`linux')
	define(\`confDOMAIN_NAME', \`relay.example.net')
	define(\`confSERVICE_SWITCH_FILE', \`$directory/service.switch')
	define(\`confPID_FILE', \`$directory/sendmail.pid')
	define(\`QUEUE_DIR', \`$directory/queue')
	define(\`STATUS_FILE', \`$directory/status')
	define(\`HELP_FILE', \`')
	undefine(\`ALIAS_FILE')
	define(\`confDEF_USER_ID', \`$(postfix_owner)')
	define(\`confDONT_PROBE_INTERFACES', \`True')
	define(\`confTO_IDENT', \`0')
	define(\`confTO_ICONNECT', \`30s')
	dnl Mail is taken and delivered however busy the machine is.
	define(\`confQUEUE_LA', \`10000')
	define(\`confREFUSE_LA', \`10000')
	define(\`confBIND_OPTS', \`-DNSRCH -DEFNAMES')
	define(\`confDONT_BLAME_SENDMAIL', \`GroupWritableDirPathSafe,GroupWritableIncludeFileSafe')
	define(\`SMART_HOST', \`relay:[127.0.0.1]')
	define(\`RELAY_MAILER_ARGS', \`TCP \$h $SINK_PORT')
	FEATURE(\`nocanonify')
	FEATURE(\`accept_unresolvable_domains')
	FEATURE(\`accept_unqualified_senders')
	FEATURE(\`promiscuous_relay')
	FEATURE(\`no_default_msa')
	DAEMON_OPTIONS(\`Name=MTA, Family=inet, Addr=127.0.0.1, Port=$SENDMAIL_PORT')
	$SENDMAIL_MC
	INPUT_MAIL_FILTER(\`countersign', \`S=$(milter_socket), F=T, T=S:30s;R:30s')
	MAILER(\`smtp')
	MC
}
