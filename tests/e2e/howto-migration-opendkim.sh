#!/bin/bash
# SPDX-License-Identifier: ISC
#
# docs/migration/opendkim.md word for word, with the real OpenDKIM: its keys are
# imported, ours observes behind it, signs in its place, and gives way again;
# of a stream of mail all that time, no message leaves unsigned.

# shellcheck disable=SC2034
E2E_PRIVATE=(knot postfix opendkim)
# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"
# shellcheck source=tests/e2e/lib/howto.sh
. "$E2E_LIB/howto.sh"
# shellcheck source=tests/e2e/lib/howto_mail.sh
. "$E2E_LIB/howto_mail.sh"
# shellcheck source=tests/e2e/lib/migration.sh
. "$E2E_LIB/migration.sh"
MTA_PORT=25

opendkim_install()
{
	install -d -o opendkim -g postfix -m 0750 /var/spool/postfix/opendkim
	mkdir -p /etc/opendkim
	echo 'mail._domainkey.example.com example.com:mail:/etc/dkimkeys/mail' \
	    >/etc/opendkim/keytable
	echo '*@example.com mail._domainkey.example.com' \
	    >/etc/opendkim/signingtable
	chown -R opendkim /etc/dkimkeys
	chmod 0600 /etc/dkimkeys/mail
	cat >/etc/opendkim.conf <<-CONF
	Syslog no
	UMask 000
	UserID opendkim
	Mode s
	Canonicalization relaxed/relaxed
	OversignHeaders From
	InternalHosts 10.0.0.0/8
	KeyTable /etc/opendkim/keytable
	SigningTable refile:/etc/opendkim/signingtable
	Socket local:/var/spool/postfix/opendkim/opendkim.sock
	CONF
}

mail_observe()
{
	send_ours observe
}

mail_both()
{
	send_ours both
}

# From here on, a stream of mail.
do_attach()
{
	stream_start && bash -e "$1"
}

# A day later: no connection is left that uses what is stopped.
do_stop()
{
	stream_end && bash -e "$1"
}

do_attach_theirs()
{
	stream_start && bash -e "$1"
}

do_stop_ours()
{
	stream_end && bash -e "$1"
}

# Mail that nobody proves, which the old signer let through.
mail_after()
{
	send_ours after && message forged && deliver forged
}

howto_mail_machine
migration_key /etc/dkimkeys/mail
opendkim_install
dns_start example.com
systemctl start opendkim
postconf -e 'smtpd_milters = unix:opendkim/opendkim.sock'
systemctl start postfix
send_ours before
check "OpenDKIM signs" signed before 1

howto_page migration/opendkim
check "both have signed, when both did" signed both 2
check "then ours alone" signed after 1
check "mail that nobody proves is refused" reply_is forged 550 '5\.7\.1'
send_ours back
check "OpenDKIM signs again" signed back 1
howto_mail_finish
