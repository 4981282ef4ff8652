# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# A private PowerDNS with a database of SQLite.  To be sourced after harness.sh,
# with pdns-server and pdns-backend-sqlite3 in E2E_PRIVATE.  The server lives in
# a directory: its database, its log, and its process id in DIRECTORY/pid.
#
#	pdns_make "$SCRATCH/pdns" 127.0.0.14	configuration and database
#	pdns_start "$SCRATCH/pdns"
#	pdns_key "$SCRATCH/pdns" update hmac-sha256 "$secret"
#	pdns_zone "$SCRATCH/pdns" example.com zonefile
#	pdns_updates "$SCRATCH/pdns" example.com update
#	pdns_transfers "$SCRATCH/pdns" example.com transfer 127.0.0.12
#	pdns_secondary "$SCRATCH/pdns" example.net 127.0.0.11 transfer
#	pdns_util "$SCRATCH/pdns" list-zone example.com

PDNS_SERVER=$E2E_UNPACKED/pdns-server
[ -x /usr/sbin/pdns_server ] && PDNS_SERVER=

# The backend and its schema are unpacked even beside an installed server.
PDNS_BACKEND=$E2E_UNPACKED/pdns-backend-sqlite3/usr

# pdns_conf DIRECTORY ADDRESS [SETTING...]: caches are short, and nothing asks
# outside.
pdns_conf()
{
	local directory=$1 address=$2 setting

	shift 2
	cat <<-CONF
	module-dir=$(echo "$PDNS_BACKEND"/lib/*/pdns)
	launch=gsqlite3
	gsqlite3-database=$directory/pdns.sqlite3
	socket-dir=$directory
	local-address=$address
	local-port=53
	security-poll-suffix=
	resolver=127.0.0.1
	primary=yes
	secondary=yes
	xfr-cycle-interval=5
	cache-ttl=1
	negquery-cache-ttl=1
	query-cache-ttl=1
	zone-cache-refresh-interval=0
	zone-metadata-cache-ttl=0
	dnsupdate=yes
	allow-axfr-ips=
	only-notify=
	disable-syslog=yes
	CONF
	for setting; do
		echo "$setting"
	done
}

# pdns_make DIRECTORY ADDRESS [SETTING...]: a later setting of a name counts.
pdns_make()
{
	mkdir -p "$1" &&
	    pdns_conf "$@" >"$1/pdns.conf" &&
	    "$PYTHON" -c 'import sqlite3, sys
sqlite3.connect(sys.argv[1]).executescript(open(sys.argv[2]).read())' \
	    "$1/pdns.sqlite3" \
	    "$PDNS_BACKEND/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql"
}

# pdns_start DIRECTORY
pdns_start()
{
	local address

	address=$(sed -n 's/^local-address=//p' "$1/pdns.conf" | tail -1)
	[ "$address" = 127.0.0.1 ] || ip addr add "$address/32" dev lo \
	    2>/dev/null
	"$PDNS_SERVER/usr/sbin/pdns_server" --config-dir="$1" --daemon=no \
	    --guardian=no --write-pid=no >>"$1/pdns.log" 2>&1 &
	echo $! >"$1/pid"
	wait_for 60 pdns_control "$1" rping || die "no PowerDNS: see $1/pdns.log"
}

# pdns_stop DIRECTORY
pdns_stop()
{
	[ -s "$1/pid" ] || return 0
	stop_by_pid "$(cat "$1/pid")"
	rm -f "$1/pid"
}

# pdns_util DIRECTORY COMMAND...: of pdnsutil.
pdns_util()
{
	"$PDNS_SERVER/usr/bin/pdnsutil" --config-dir="$1" "${@:2}"
}

# pdns_control DIRECTORY COMMAND...: of pdns_control.
pdns_control()
{
	"$PDNS_SERVER/usr/bin/pdns_control" --config-dir="$1" "${@:2}"
}

# pdns_key DIRECTORY NAME ALGORITHM SECRET
pdns_key()
{
	pdns_util "$1" import-tsig-key "$2" "$3" "$4"
}

# pdns_zone DIRECTORY DOMAIN FILE: a zone that it is primary for.
pdns_zone()
{
	pdns_util "$1" load-zone "$2" "$3" &&
	    pdns_util "$1" set-kind "$2" primary
}

# pdns_updates DIRECTORY DOMAIN KEY...: who may update; secondaries are told.
pdns_updates()
{
	pdns_util "$1" set-meta "$2" ALLOW-DNSUPDATE-FROM 0.0.0.0/0 ::/0 &&
	    pdns_util "$1" set-meta "$2" TSIG-ALLOW-DNSUPDATE "${@:3}" &&
	    pdns_util "$1" set-meta "$2" SOA-EDIT-DNSUPDATE INCREASE &&
	    pdns_util "$1" set-meta "$2" NOTIFY-DNSUPDATE 1
}

# pdns_transfers DIRECTORY DOMAIN KEY SECONDARY...: who may transfer, with which
# key, and is notified.
pdns_transfers()
{
	pdns_util "$1" set-meta "$2" TSIG-ALLOW-AXFR "$3" &&
	    pdns_util "$1" set-meta "$2" ALSO-NOTIFY "${@:4}"
}

# pdns_secondary DIRECTORY DOMAIN PRIMARY KEY: a zone that it transfers.
pdns_secondary()
{
	pdns_util "$1" create-secondary-zone "$2" "$3" &&
	    pdns_util "$1" activate-tsig-key "$2" "$4" secondary &&
	    pdns_control "$1" retrieve "$2"
}
