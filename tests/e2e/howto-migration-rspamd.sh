#!/bin/bash
# SPDX-License-Identifier: ISC
#
# docs/migration/rspamd.md word for word, with the real rspamd, which goes on
# filtering: its keys are imported, ours observes behind it, signs in its place,
# and gives way again; of a stream of mail all that time, no message leaves
# unsigned.

# shellcheck disable=SC2034
E2E_PRIVATE=(knot postfix rspamd)
# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"
# shellcheck source=tests/e2e/lib/howto.sh
. "$E2E_LIB/howto.sh"
# shellcheck source=tests/e2e/lib/howto_mail.sh
. "$E2E_LIB/howto_mail.sh"
# shellcheck source=tests/e2e/lib/migration.sh
. "$E2E_LIB/migration.sh"
MTA_PORT=25

# As Debian has it, but without what needs Redis or other hosts: one process
# that filters and signs.
rspamd_install()
{
	[ ! -d "$E2E_UNPACKED/rspamd" ] ||
	    cp -a "$E2E_UNPACKED/rspamd/etc/rspamd" /etc/
	mkdir -p /etc/rspamd/{local.d,override.d}
	install -d -o _rspamd -g _rspamd /run/rspamd /var/lib/rspamd \
	    /var/log/rspamd
	chown -R _rspamd: /var/lib/rspamd/dkim
	cat >/etc/rspamd/local.d/dkim_signing.conf <<-CONF
	sign_networks = "10.0.0.0/8";
	use_domain = "header";
	domain {
	    example.com {
	        selector = "mail";
	        path = "/var/lib/rspamd/dkim/mail.key";
	    }
	}
	CONF
	cat >/etc/rspamd/local.d/options.inc <<-CONF
	filters = "dkim";
	disable_hyperscan = yes;
	url_tld = "/etc/rspamd/tld";
	dns { nameserver = ["127.0.0.1"]; timeout = 1s; retransmits = 1; }
	CONF
	# Thousands of suffixes take half a minute.
	printf '%s\n' com net example >/etc/rspamd/tld
	echo 'milter = yes; upstream "local" { default = yes; self_scan = yes; }' \
	    >/etc/rspamd/local.d/worker-proxy.inc
	echo 'enabled = false;' |
	    tee /etc/rspamd/local.d/worker-{normal,controller,fuzzy}.inc \
	    /etc/rspamd/local.d/{rbl,surbl,fuzzy_check,phishing,greylist}.conf \
	    /etc/rspamd/local.d/{asn,spf,dmarc,arc,neural,history_redis}.conf \
	    >/dev/null
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

# rspamd starts its processes again, so mail may be deferred for a moment;
# nothing is lost, and nothing leaves unsigned.
do_reload()
{
	stream_end && bash -e "$1"
}

do_back()
{
	bash -e "$1" && stream_start
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
migration_key /var/lib/rspamd/dkim/mail.key
rspamd_install
dns_start example.com
systemctl start rspamd || die "rspamd does not start: $(tail "$MAIL_LOG")"
postconf -e 'smtpd_milters = inet:127.0.0.1:11332'
systemctl start postfix
send_ours before
check "rspamd signs" signed before 1

howto_page migration/rspamd
check "both have signed, when both did" signed both 2
check "then ours alone" signed after 1
check "mail that nobody proves is refused" reply_is forged 550 '5\.7\.1'
send_ours back
check "rspamd signs again" signed back 1
howto_mail_finish
