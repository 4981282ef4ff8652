# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# BIND as Debian sets it up, for how-to pages: /etc/bind/named.conf with the
# files that the pages change.  To be sourced after howto.sh.

# howto_bind_zone ZONE: made by howto_zone in $HOWTO/ZONE, for the page to use.
howto_bind_zone()
{
	install -o bind -g bind "$HOWTO/$1" "/var/lib/bind/$1"
}

# howto_bind_start ADDRESS [LINE...]: lines are options.
howto_bind_start()
{
	install -d -o bind -g bind /run/named /var/lib/bind /var/lib/bind/cache
	install -d /etc/bind
	[ -e /etc/bind/named.conf.local ] || : >/etc/bind/named.conf.local
	cat >/etc/bind/named.conf <<-CONF
	options {
	        directory "/var/lib/bind/cache";
	        listen-on { $1; };
	        listen-on-v6 { none; };
	        recursion no;
	        dnssec-validation no;
	        $(printf '%s\n' "${@:2}")
	};
	include "/etc/bind/named.conf.local";
	CONF
	rndc-confgen -a -u bind >/dev/null 2>&1
	howto_start named named -g -u bind
	wait_for 10 rndc status || die "named does not start"
}
