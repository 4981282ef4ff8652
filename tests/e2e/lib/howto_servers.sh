# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# Name servers as Debian sets them up, for how-to pages: running under their
# accounts, with the files of configuration that the pages change.  To be
# sourced after howto.sh.

# howto_bind_start ADDRESS [LINE...]: lines are options.
howto_bind_start()
{
	install -d -o bind -g bind /run/named /var/lib/bind /var/lib/bind/cache
	install -d /etc/bind
	: >/etc/bind/named.conf.local
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

# howto_knot_start ADDRESS
howto_knot_start()
{
	install -d -o knot -g knot /run/knot /var/lib/knot
	install -d /etc/knot
	cat >/etc/knot/knot.conf <<-CONF
	server:
	    rundir: /run/knot
	    user: knot:knot
	    listen: $1@53
	log:
	  - target: stderr
	    any: info
	database:
	    storage: /var/lib/knot
	template:
	  - id: default
	    storage: /var/lib/knot
	    file: "%s.zone"
	CONF
	howto_start knot knotd
	wait_for 10 knotc status || die "knotd does not start"
}
