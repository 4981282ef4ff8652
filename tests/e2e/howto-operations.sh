#!/bin/bash
# SPDX-License-Identifier: ISC
#
# docs/operations word for word, in Debian's Postfix with its chroot: what is
# signed, refused and let through by the services that the pages set up, what
# monitoring says, and that a restored store signs.

# shellcheck disable=SC2034
E2E_PRIVATE=(knot postfix sasl2-bin logrotate)
# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"
# shellcheck source=tests/e2e/lib/howto.sh
. "$E2E_LIB/howto.sh"
# shellcheck source=tests/e2e/lib/howto_mail.sh
. "$E2E_LIB/howto_mail.sh"
MTA_PORT=10025
CONF=/etc/countersign/countersign.conf

# -- The machine: our servers relay at port 10025 ----------------------------

relay()
{
	cat >/etc/countersign/conf.d/our-servers.conf <<-CONF
	source "our servers" {
	    networks      = { "10.0.0.0/8" }
	    trust_network = true
	    domains       = { "example.com" }
	}
	CONF
	cat /usr/local/share/doc/countersign/examples/master.cf \
	    >>/etc/postfix/master.cf
	postconf -P '10025/inet/milter_default_action=tempfail'
	howto_mail_reload
}

again()
{
	howto_mail_again
	relay
}

# send NAME PORT [OPTION...]: a message of example.com.
send()
{
	local port=$2

	message "$1" --serial "$RANDOM" && "$PYTHON" "$E2E_LIB/send.py" \
	    --port "$port" "${@:3}" "$SCRATCH/mail/$1.eml" \
	    >"$SCRATCH/mail/$1.reply"
}

queue_id()
{
	sed -n 's/.* qid=\([0-9A-F]*\) .*/\1/p' \
	    "$MAIL_LOG" | tail -1
}

# The commands of a block with a queue id of today; what they print is shown.
with_queue_id()
{
	sed "s/4C1D2/$(queue_id)/" "$1" >"$HOWTO/with-id.sh"
	howto_run "$HOWTO/with-id.sh"
	[ $? -le 1 ]
}

# -- A mail was refused ------------------------------------------------------

do_why()
{
	send refused 10025 && with_queue_id "$1"
}

do_explain()
{
	send held 10025 && reply_is held 250 &&
	    with_queue_id "$1"
}

# -- Monitoring --------------------------------------------------------------

# What is not well is no failure of the command.
do_monitor()
{
	howto_run "$1"
	[ $? -le 2 ] || return 1
	cat "$HOWTO_OUT"
	grep -qE '^COUNTERSIGN (OK|WARNING|CRITICAL)' "$HOWTO_OUT"
}

do_chain()
{
	howto_run "$1"
	case $? in
	0 | 1 | 3) jq -e . "$HOWTO_OUT" ;;
	*)	cat "$HOWTO_OUT"; return 1 ;;
	esac
}

do_status()
{
	do_chain "$1"
}

test_arrived()
{
	grep -rl '^Subject: DKIM keys: test' "$SCRATCH/sink"
}

# -- Backup ------------------------------------------------------------------

signing_key()
{
	find "$HOWTO_KEYDIR/example.com" -name '*r1.pem'
}

# As on another host.
do_take_over()
{
	sed -i 's/^host .*/host = "new"/' "$CONF"
	howto_run "$1" && grep -q 'rotates' "$HOWTO_OUT"
}

fault_lost_key()
{
	rm "$(signing_key)"
	countersign-key list --monitor
}

do_restore_key()
{
	sed "s/20261127r1/$(tar -tf "$HOWTO/work/countersign.tar.gz" |
	    sed -n 's,.*/example\.com/\(.*r1\)\.pem,\1,p')/" "$1" >"$HOWTO/restore.sh"
	howto_run "$HOWTO/restore.sh" && [ -s "$(signing_key)" ]
}

do_dry_run()
{
	howto_run "$1"
	[ $? -le 3 ] && ! grep -q '^usage' "$HOWTO_OUT"
}

# -- Upgrade, uninstall ------------------------------------------------------

do_leave()
{
	rm /etc/countersign/conf.d/*
	howto_run "$1"
	[ $? -le 3 ] && countersign-key list --json | jq -e 'length > 0'
}

# -- MX, local mail ----------------------------------------------------------

mail_list()
{
	send list 25
}

mail_list-relay()
{
	send list-relay 10025
}

# -- Bounces, local mail -----------------------------------------------------

# local_mail AUTHOR SENDER RECIPIENT: by a user of this host.
local_mail()
{
	printf '%s\n' "From: $1" 'Subject: done' '' 'all done' |
	    sendmail -f "$2" "$3@sink.example.net"
}

# Postfix sends the bounce to the sink, for the sender of the message.
mail_bounce()
{
	send unknown-user 10025 --address 10.20.30.40
}

bounce_is_signed()
{
	local file

	file=$(sink_file service) && grep -q '^From: .*MAILER-DAEMON@' "$file" &&
	    "$PYTHON" "$E2E_LIB/verify.py" "$file" relay.example.net \
	    rsa-sha256 ed25519-sha256
}

mail_forged-author()
{
	local_mail ceo@relay.example.net '' forged
}

mail_forged-sender()
{
	local_mail MAILER-DAEMON@relay.example.net service@example.com forged
}

mail_cron()
{
	local_mail cron@example.com cron@example.com cron
}

mail_other-user()
{
	local_mail ceo@example.com cron@example.com forged
}

# ... although mail that was sent later has.
nothing_forged_arrived()
{
	local_mail a@elsewhere.example a@elsewhere.example later &&
	    sink_file later >/dev/null || return 1
	[ -z "$(find "$SCRATCH/sink/mail" -name 'forged.*')" ]
}

# -- Lists: what a list did to a message -------------------------------------

do_verify()
{
	send copy 10025 --address 10.20.30.40 && sink_file copy || return 1
	cp "$(sink_file copy)" "$HOWTO/work/copy.eml"
	printf '_____\r\nThe list\r\n' >>"$HOWTO/work/copy.eml"
	howto_run "$1"
	[ $? -le 1 ]
}

# What a list with its own address in From sends; and one with the author's.
mail_list-post()
{
	message list-post --domain lists.example.com && "$PYTHON" \
	    "$E2E_LIB/send.py" --port 10028 --from users-bounces@lists.example.com \
	    "$SCRATCH/mail/list-post.eml" >"$SCRATCH/mail/list-post.reply"
}

mail_list-kept-author()
{
	send list-kept-author 10028 --from users-bounces@lists.example.com
}

# -- Content filter ----------------------------------------------------------

mail_filtered()
{
	local file

	send filtered 10025 --address 10.20.30.40 &&
	    file=$(sink_file filtered) &&
	    grep -q '^X-Scanned: yes' "$file" &&
	    arrives_signed filtered
}

login_user()
{
	printf '%s\n' 'pwcheck_method: auxprop' 'auxprop_plugin: sasldb' \
	    'mech_list: PLAIN LOGIN' >/etc/postfix/sasl/smtpd.conf
	install -d /var/spool/postfix/etc
	printf secret | saslpasswd2 -p -c -u relay.example.net \
	    -f /var/spool/postfix/etc/sasldb2 alice
	chown postfix /var/spool/postfix/etc/sasldb2
}

# -- Submission --------------------------------------------------------------

mail_submission()
{
	send submission 587 --tls "$TLS" --auth alice@relay.example.net
}

# -- Without systemd ---------------------------------------------------------

# With debug, it only reads the file.
do_logrotate()
{
	howto_run "$1" && ! grep -i error "$HOWTO_OUT" &&
	    grep "considering log /var/log/countersign/audit.json" "$HOWTO_OUT"
}

howto_mail_machine example.com relay.example.net lists.example.com
dns_start example.com relay.example.net lists.example.com
howto_mail_start
relay

howto_page operations/refused
again
howto_page operations/monitoring
check "the test of notify_hook has arrived" wait_for 60 test_arrived
again
postconf -e 'smtpd_milters = unix:countersign/milter.sock'
systemctl reload postfix
howto_page operations/mx-and-relay
check "the copy from the list arrived as it was" arrives_unsigned list
again
howto_page operations/bounces
check "the bounce is signed, and verifies" bounce_is_signed
check "no forged mail arrived" nothing_forged_arrived
again
howto_page operations/mailing-lists
check "mail of the list is signed" arrives_signed list-post lists.example.com
check "the author's address is refused" reply_is list-kept-author 550
again
"$PYTHON" "$E2E_LIB/filter.py" 10024 10027 >"$SCRATCH/howto/filter.log" 2>&1 &
howto_page operations/content-filter
again
login_user
howto_page operations/submission
check "mail of our users is signed" arrives_signed submission
send no-login 587 --tls "$TLS"
check "but not without a login" reply_is no-login 554
again
# A minimal Debian has no cron, but the page needs one.
mkdir -p /etc/cron.d
howto_page operations/without-systemd
again
howto_page operations/backup
howto_faults
send restored 10025 --address 10.20.30.40
check "the restored store signs" arrives_signed restored
again
postmulti -e init && postmulti -I postfix-out -e create || die "no postmulti"
howto_page operations/instances
again
howto_page operations/upgrade
e2e_finish
