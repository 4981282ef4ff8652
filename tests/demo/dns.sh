# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# The demo's name server: Knot on 127.0.0.1, which takes UPDATE with TSIG for
# example.com, and has the zone of this host and of the recipients.  Nothing is
# cached for longer than a second.

DEMO_DNS=$SCRATCH/dns

demo_dns_zone()
{
	cat <<-ZONE
	\$ORIGIN $1.
	\$TTL 1
	@ SOA ns hostmaster 1 3600 600 86400 1
	@ NS ns
	ns A 127.0.0.1
	relay A 127.0.0.1
	ZONE
}

demo_dns_conf()
{
	cat <<-CONF
	server:
	    rundir: $DEMO_DNS
	    listen: 127.0.0.1@53
	log:
	  - target: stderr
	    any: info
	database:
	    storage: $DEMO_DNS/storage
	key:
	  - id: update
	    algorithm: hmac-sha256
	    secret: $1
	acl:
	  - id: update
	    key: update
	    action: update
	template:
	  - id: default
	    storage: $DEMO_DNS
	    file: zone.%s
	    zonefile-load: whole
	    zonefile-sync: -1
	    journal-content: changes
	zone:
	  - domain: example.net
	  - domain: example.com
	    acl: update
	CONF
}

# The server, and the file of the TSIG key, $DEMO_DNS/tsig.key.
demo_dns_start()
{
	local secret domain

	secret=$(head -c 32 /dev/urandom | base64)
	mkdir -p "$DEMO_DNS/storage"
	for domain in example.com example.net; do
		demo_dns_zone "$domain" >"$DEMO_DNS/zone.$domain"
	done
	(umask 077 && echo "hmac-sha256:update:$secret" >"$DEMO_DNS/tsig.key" &&
	    demo_dns_conf "$secret" >"$DEMO_DNS/knot.conf")
	chown "$(milter_keys_user)" "$DEMO_DNS/tsig.key"
	"$KNOT/usr/sbin/knotd" -c "$DEMO_DNS/knot.conf" \
	    >"$DEMO_DNS/knotd.log" 2>&1 &
	echo $! >"$DEMO_DNS/pid"
	wait_for 30 port_open 53 || die "knot did not start"
}
