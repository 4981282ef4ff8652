# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# A private Knot DNS on 127.0.0.1, port 53 of the test's own network.

KNOT=$E2E_UNPACKED/knot
[ -x /usr/sbin/knotd ] && KNOT=

# dns_start DOMAIN...: a zone each, with the records of $SCRATCH/dns/DOMAIN.
dns_start()
{
	local directory=$SCRATCH/dns domain

	mkdir -p "$directory/storage"
	# The zone of this host and of the recipients.
	echo 'relay A 127.0.0.1' >"$directory/example.net"
	set -- example.net "$@"
	{
		cat <<-CONF
		server:
		    rundir: $directory
		    listen: 127.0.0.1@53
		log:
		  - target: stderr
		    any: info
		database:
		    storage: $directory/storage
		template:
		  - id: default
		    storage: $directory
		    zonefile-load: whole
		    journal-content: none
		zone:
		CONF
		for domain; do
			printf '  - domain: %s\n    file: zone.%s\n' \
			    "$domain" "$domain"
		done
	} >"$directory/knot.conf"
	for domain; do
		dns_zone "$domain"
	done
	"$KNOT/usr/sbin/knotd" -c "$directory/knot.conf" \
	    >"$directory/knotd.log" 2>&1 &
	echo $! >"$directory/pid"
	wait_for 60 port_open 53 || die "knot did not start"
}

# The zone file of a domain: SOA, NS and the key records.
dns_zone()
{
	{
		echo "\$ORIGIN $1."
		echo "\$TTL 60"
		echo '@ SOA ns hostmaster 1 3600 600 86400 60'
		echo '@ NS ns'
		echo 'ns A 127.0.0.1'
		cat "$SCRATCH/dns/$1"
	} >"$SCRATCH/dns/zone.$1"
}
