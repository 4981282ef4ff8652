# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# A private Postfix: own configuration, queue and log, on a high loopback
# port.  It relays for every address, because its one client is the test,
# whatever that claims to be by XCLIENT; see main.cf below.  Its accounts are the ones it was installed with, else two that every
# Debian has and that nothing else uses.

POSTFIX=$E2E_UNPACKED/postfix
[ -x /usr/lib/postfix/sbin/master ] && POSTFIX=
POSTFIX_PORT=10587
# Further lines of master.cf.
POSTFIX_SERVICES=

# postfix_start [SETTING...]: with further main.cf lines.
postfix_start()
{
	local directory=$SCRATCH/postfix setting

	export MTA_PORT=$POSTFIX_PORT
	mkdir -p "$directory/etc" "$directory/queue" "$directory/data"
	{
		postfix_main_cf
		for setting; do
			echo "$setting"
		done
	} | postfix_last_wins >"$directory/etc/main.cf"
	postfix_master_cf >"$directory/etc/master.cf"
	chown "$(postfix_owner)" "$directory/data"
	postfix_command check && postfix_command start ||
	    die "Postfix did not start"
	wait_for 60 port_open "$POSTFIX_PORT" || die "Postfix does not answer"
}

postfix_command()
{
	local library=${POSTFIX:+$POSTFIX/usr/lib/postfix}

	env ${library:+LD_LIBRARY_PATH="$library"} \
	    "$POSTFIX/usr/sbin/postfix" -c "$SCRATCH/postfix/etc" "$@" \
	    >>"$SCRATCH/postfix/command.log" 2>&1
}

postfix_queue_empty()
{
	[ -z "$(find "$SCRATCH"/postfix/queue/{maildrop,incoming,active} \
	    "$SCRATCH"/postfix/queue/{deferred,corrupt,hold} -type f)" ]
}

# Try the deferred ones again now.
postfix_flush()
{
	local library=${POSTFIX:+$POSTFIX/usr/lib/postfix}

	env ${library:+LD_LIBRARY_PATH="$library"} \
	    "$POSTFIX/usr/sbin/postqueue" -c "$SCRATCH/postfix/etc" -f
}

postfix_stop()
{
	local pid

	pid=$(tr -d ' ' 2>/dev/null <"$SCRATCH/postfix/queue/pid/master.pid")
	[ -z "$pid" ] || stop_by_pid "$pid"
}

postfix_last_wins()
{
	awk -F ' *= *' '{ line[$1] = $0 } END { for (i in line) print line[i] }'
}

postfix_owner()
{
	if getent passwd postfix >/dev/null; then
		echo postfix
	else
		echo uucp
	fi
}

postfix_group()
{
	if getent group postdrop >/dev/null; then
		echo postdrop
	else
		echo voice
	fi
}

postfix_main_cf()
{
	cat <<-CONF
	compatibility_level = 3.6
	queue_directory = $SCRATCH/postfix/queue
	data_directory = $SCRATCH/postfix/data
	command_directory = $POSTFIX/usr/sbin
	daemon_directory = $POSTFIX/usr/lib/postfix/sbin
	shlib_directory = $POSTFIX/usr/lib/postfix
	meta_directory = $POSTFIX/etc/postfix
	sendmail_path = $POSTFIX/usr/sbin/sendmail
	newaliases_path = $POSTFIX/usr/bin/newaliases
	mailq_path = $POSTFIX/usr/bin/mailq
	import_environment = MAIL_CONFIG TZ LANG=C LD_LIBRARY_PATH
	mail_owner = $(postfix_owner)
	setgid_group = $(postfix_group)
	maillog_file = $SCRATCH/postfix/mail.log
	maillog_file_prefixes = $SCRATCH
	myhostname = relay.example.net
	mydestination =
	alias_maps =
	alias_database =
	local_recipient_maps =
	inet_interfaces = 127.0.0.1
	inet_protocols = ipv4
	mynetworks = 0.0.0.0/0 [::]/0
	smtpd_authorized_xclient_hosts = 127.0.0.1
	smtpd_peername_lookup = no
	smtpd_tls_security_level = none
	smtpd_error_sleep_time = 0
	smtpd_client_connection_count_limit = 0
	relayhost = [127.0.0.1]:$SINK_PORT
	smtp_host_lookup = native
	disable_dns_lookups = yes
	smtp_tls_security_level = none
	message_size_limit = 0
	mailbox_size_limit = 0
	queue_run_delay = 5s
	minimal_backoff_time = 5s
	smtpd_milters = unix:$SCRATCH/milter/socket
	milter_default_action = tempfail
	milter_protocol = 6
	CONF
}

postfix_master_cf()
{
	cat <<-CONF
	127.0.0.1:$POSTFIX_PORT inet n - n - - smtpd
	$POSTFIX_SERVICES
	pickup unix n - n 60 1 pickup
	cleanup unix n - n - 0 cleanup
	qmgr unix n - n 300 1 qmgr
	rewrite unix - - n - - trivial-rewrite
	bounce unix - - n - 0 bounce
	defer unix - - n - 0 bounce
	trace unix - - n - 0 bounce
	verify unix - - n - 1 verify
	flush unix n - n 1000? 0 flush
	proxymap unix - - n - - proxymap
	smtp unix - - n - - smtp
	relay unix - - n - - smtp
	showq unix n - n - - showq
	error unix - - n - - error
	retry unix - - n - - error
	discard unix - - n - - discard
	anvil unix - - n - 1 anvil
	tlsmgr unix - - n 1000? 1 tlsmgr
	scache unix - - n - 1 scache
	postlog unix-dgram n - n - 1 postlogd
	CONF
}
