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
	wait_for 60 rndc status || die "named does not start"
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
	wait_for 60 knotc status || die "knotd does not start"
}

# howto_pdns_start ADDRESS [SETTING...]: with a database of SQLite.
howto_pdns_start()
{
	local backend=$E2E_UNPACKED/pdns-backend-sqlite3/usr

	install -d -o pdns -g pdns /run/pdns /var/lib/powerdns
	install -d /etc/powerdns/pdns.d
	cat >/etc/powerdns/pdns.conf <<-CONF
	module-dir=$(echo "$backend"/lib/*/pdns)
	launch=gsqlite3
	gsqlite3-database=/var/lib/powerdns/pdns.sqlite3
	include-dir=/etc/powerdns/pdns.d
	local-address=$1
	primary=yes
	security-poll-suffix=
	setgid=pdns
	setuid=pdns
	socket-dir=/run/pdns
	zone-cache-refresh-interval=0
	$(printf '%s\n' "${@:2}")
	CONF
	"$PYTHON" -c 'import sqlite3, sys
sqlite3.connect(sys.argv[1]).executescript(open(sys.argv[2]).read())' \
	    /var/lib/powerdns/pdns.sqlite3 \
	    "$backend/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql"
	chown pdns:pdns /var/lib/powerdns/pdns.sqlite3
	howto_pdns_run
}

howto_pdns_run()
{
	howto_start pdns pdns_server --guardian=no --daemon=no \
	    --disable-syslog --write-pid=no
	wait_for 60 pdns_control rping || die "PowerDNS does not start"
}

# howto_nsd_start ADDRESS: zones are on standard input.
howto_nsd_start()
{
	install -d -o nsd -g nsd /run/nsd /var/lib/nsd
	install -d /etc/nsd
	cat >/etc/nsd/nsd.conf <<-CONF
	server:
	    ip-address: $1
	    username: nsd
	    zonesdir: /etc/nsd
	    pidfile: ""
	    xfrdir: /var/lib/nsd
	    zonelistfile: /var/lib/nsd/zone.list
	    logfile: ""
	remote-control:
	    control-enable: yes
	    control-interface: /run/nsd/nsd.ctl
	CONF
	cat >>/etc/nsd/nsd.conf
	howto_start nsd nsd -d
	wait_for 60 nsd-control status || die "NSD does not start"
}
