# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# The machine for pages of docs that are about mail: Postfix and our programs
# are where packages have them, with /var/spool and /var/log of the test's own
# besides what howto.sh makes private.  /usr is an overlay, so programs that
# were unpacked are found at their usual paths, and nothing outside is changed.
# systemctl is that of howto_systemctl.  To be sourced after howto.sh, with
# postfix and knot in E2E_PRIVATE.
#
#	howto_mail_machine DOMAIN...	keys for these sign, and are in DNS
#	howto_mail_start		Postfix and the milter
#	howto_mail_again		the same, with a fresh configuration
#
# Postfix is installed like Debian's, with its smtpd in the chroot, and relays
# everything to the sink.  XCLIENT is allowed from our own addresses, so that tests can
# send as a platform does.

# shellcheck source=tests/e2e/lib/tls.sh
. "$E2E_LIB/tls.sh"
# shellcheck source=tests/e2e/lib/howto_systemctl.sh
. "$E2E_LIB/howto_systemctl.sh"

SINK_PORT=2525
HOWTO_TIMES=("ttl = 1s" "check_resolvers = none")
MTA=howto_postfix
MAIL_LOG=/var/log/mail.log

# Zones in which nothing stays in a cache.
dns_zone()
{
	{
		howto_zone "$1" '@ NS ns' 'ns A 127.0.0.1'
		cat "$SCRATCH/dns/$1"
	} >"$SCRATCH/dns/zone.$1"
}

# Unpacked packages and our own installation, over /usr.
howto_overlay()
{
	local lower=$HOWTO/installed/usr package

	meson install -C "$E2E_BUILD" --no-rebuild --quiet \
	    --destdir "$HOWTO/installed" >"$HOWTO/install.log" 2>&1 || return 1
	for package in "${E2E_PRIVATE[@]}"; do
		package=$E2E_UNPACKED/$package/usr
		[ ! -d "$package" ] || lower=$lower:$package
	done
	mount -t overlay overlay -o "lowerdir=$lower:/usr" /usr
}

howto_mail_private()
{
	howto_private && umount /usr/local/share && howto_overlay &&
	    mount -t tmpfs -o mode=0755 tmpfs /var/spool &&
	    mkdir "$SCRATCH/log" && mount --bind "$SCRATCH/log" /var/log ||
	    return 1
	howto_accounts postfix postdrop opendkim _rspamd
	getent passwd alice >/dev/null ||
	    echo 'alice:x:8890:8890::/nonexistent:/bin/false' >>/etc/passwd
	hash -r
}

# What the packages of Postfix would do.
howto_postfix_install()
{
	mkdir -p /etc/postfix/sasl /var/lib/postfix /var/spool/postfix
	chown postfix /var/lib/postfix
	[ -z "$POSTFIX" ] || cp -a "$POSTFIX/etc/postfix/." /etc/postfix/
	cp /usr/share/postfix/main.cf.dist /etc/postfix/main.cf.proto
	cp /usr/share/postfix/master.cf.dist /etc/postfix/master.cf.proto
	howto_postfix_configure
	install -d -o countersign -g postfix -m 0750 \
	    /var/spool/postfix/countersign
}

# A reload only sends a signal: in pages, it ends when the ports of all services
# are there, as it seems to a person who types the next command.
howto_postfix_command()
{
	cat >"$HOWTO/bin/postfix" <<-'SCRIPT'
	#!/bin/bash
	/usr/sbin/postfix "$@" || exit
	[ "${1:-}" = reload ] || exit 0
	for service in $(postconf -M | sed -n 's/^\([^ ]*\)  *inet .*/\1/p'); do
	        port=${service##*:}
	        case $port in *[!0-9]*) continue ;; esac
	        listens=":$(printf %04X "$port") 0*:0000 0A "
	        for ((i = 0; i < 600; i++)); do
	                ! cat /proc/net/tcp /proc/net/tcp6 |
	                    grep -q "$listens" || break
	                sleep 0.1
	        done
	done
	SCRIPT
	chmod 0755 "$HOWTO/bin/postfix"
}

howto_postfix_configure()
{
	howto_main_cf >/etc/postfix/main.cf
	cp /usr/share/postfix/master.cf.dist /etc/postfix/master.cf
}

howto_main_cf()
{
	cat <<-CONF
	compatibility_level = 3.6
	myhostname = relay.example.net
	myorigin = relay.example.net
	mydestination = relay.example.net
	mynetworks = 127.0.0.0/8 10.0.0.0/8
	inet_interfaces = 127.0.0.1
	inet_protocols = ipv4
	maillog_file = $MAIL_LOG
	alias_maps =
	alias_database =
	local_recipient_maps =
	relayhost = [127.0.0.1]:$SINK_PORT
	smtp_host_lookup = native
	disable_dns_lookups = yes
	smtp_tls_security_level = none
	mailbox_transport = relay
	smtpd_peername_lookup = no
	smtpd_error_sleep_time = 0
	smtpd_client_connection_count_limit = 0
	smtpd_client_message_rate_limit = 0
	smtpd_authorized_xclient_hosts = 127.0.0.1 192.0.2.0/24
	smtpd_tls_cert_file = $TLS/server.pem
	smtpd_tls_key_file = $TLS/server.key
	smtpd_tls_CAfile = $TLS/trusted.pem
	CONF
}

# The configuration that every page presumes.
howto_mail_conf()
{
	cat <<-CONF
	socket       = "unix:/var/spool/postfix/countersign/milter.sock"
	socket_group = "postfix"
	keydir       = "$HOWTO_KEYDIR"
	host         = "mail"

	include "/etc/countersign/conf.d/*.conf"
	CONF
}

# howto_mail_keys DOMAIN...: active ones, and their records in DNS.
howto_mail_keys()
{
	local domain

	for domain; do
		countersign-key generate "$domain" --algorithm both &&
		    countersign-key activate --force "$domain" || return 1
		countersign-key show "$domain" --json |
		    "$PYTHON" "$E2E_LIB/zone.py" >"$SCRATCH/dns/$domain"
	done >"$SCRATCH/keys.log"
}

# howto_mail_machine DOMAIN...
howto_mail_machine()
{
	mkdir -p "$SCRATCH/dns" "$SCRATCH/mail"
	howto_mail_private || die "no private /usr, /etc and /var here"
	install -d -m 0755 /etc/countersign/conf.d /var/lib/countersign
	install -d -m 0700 -o countersign-keys -g countersign-keys \
	    "$HOWTO_KEYDIR"
	howto_mail_conf >/etc/countersign/countersign.conf
	howto_mail_keys "$@" || die "no keys: $(tail "$SCRATCH/keys.log")"
	tls_make
	howto_postfix_install
	sink_start
	howto_systemctl_install
	howto_postfix_command
}

howto_mail_start()
{
	systemctl start postfix && systemctl start countersign-milter ||
	    die "Postfix or the milter does not start"
}

howto_mail_stop()
{
	systemctl stop countersign-milter
	systemctl stop postfix
}

# As before the first page, by reloads.
howto_mail_again()
{
	rm -f /etc/countersign/conf.d/*
	howto_mail_conf >/etc/countersign/countersign.conf
	howto_postfix_configure
	howto_mail_reload
}

howto_mail_reload()
{
	systemctl reload postfix && systemctl reload countersign-milter ||
	    die "Postfix or the milter does not reload"
}

howto_postfix_queue_empty()
{
	[ -z "$(find /var/spool/postfix/{maildrop,incoming,active} \
	    /var/spool/postfix/{deferred,corrupt,hold} -type f)" ]
}

# Before what was started by systemctl is lost.
howto_mail_finish()
{
	howto_mail_stop
	e2e_finish
}
