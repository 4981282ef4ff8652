# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# A signed zone at four name servers of different kinds: one is the primary,
# signs the zone and takes UPDATE with TSIG; the others follow it by NOTIFY and
# zone transfer.  A validating resolver asks all four.  To be sourced after
# dns_cluster.sh, pdns.sh and life.sh, with bind9, knot, nsd, unbound and
# PowerDNS's two packages in E2E_PRIVATE.
#
#	bind	127.0.0.11	BIND
#	nsd	127.0.0.12	NSD, which takes no updates: never the primary
#	knot	127.0.0.13	Knot DNS
#	pdns	127.0.0.14	PowerDNS
#		127.0.0.1	the resolver,
#		127.0.0.21	also as one outside

FOUR_DOMAIN=example.com
FOUR_KINDS=(bind nsd knot pdns)
# Of the TSIG key for updates, as countersign-key takes it.
FOUR_TSIG_KEY=$SCRATCH/update.key
declare -A FOUR_ADDRESS=([bind]=127.0.0.11 [nsd]=127.0.0.12 [knot]=127.0.0.13
    [pdns]=127.0.0.14)

# four_program PACKAGE PATH: the installed program, or the unpacked one.
four_program()
{
	[ -x "$2" ] && echo "$2" || echo "$E2E_UNPACKED/$1$2"
}

four_keys()
{
	four_secret_update=$(cluster_secret)
	four_secret_transfer=$(cluster_secret)
	(umask 077 && four_key update >"$FOUR_TSIG_KEY")
	cluster_key_rights "$FOUR_TSIG_KEY"
}

# four_key NAME: the form of BIND.
four_key()
{
	local secret=four_secret_$1

	cat <<-KEY
	key "$1" {
	        algorithm hmac-sha256;
	        secret "${!secret}";
	};
	KEY
}

four_secondaries()
{
	local kind

	for kind in "${FOUR_KINDS[@]}"; do
		[ "$kind" = "$FOUR_PRIMARY" ] || echo "$kind"
	done
}

four_zone_file()
{
	local kind

	cat <<-ZONE
	\$ORIGIN $FOUR_DOMAIN.
	\$TTL 1
	@ SOA ns-$FOUR_PRIMARY hostmaster 1 2 1 86400 1
	ZONE
	for kind in "${FOUR_KINDS[@]}"; do
		echo "@ NS ns-$kind"
		echo "ns-$kind A ${FOUR_ADDRESS[$kind]}"
	done
}

# -- BIND --------------------------------------------------------------------

four_bind_zone()
{
	local kind

	if [ "$FOUR_PRIMARY" != bind ]; then
		cat <<-CONF
		zone "$FOUR_DOMAIN" {
		    type secondary;
		    file "zone";
		    primaries { ${FOUR_ADDRESS[$FOUR_PRIMARY]} key transfer; };
		};
		CONF
		return
	fi
	cat <<-CONF
	dnssec-policy "short" {
	    keys { csk lifetime unlimited algorithm ecdsap256sha256; };
	    dnskey-ttl 1;
	    max-zone-ttl 1;
	    publish-safety 1;
	    retire-safety 1;
	    zone-propagation-delay 1;
	};
	zone "$FOUR_DOMAIN" {
	    type primary;
	    file "zone";
	    dnssec-policy "short";
	    update-policy {
	        grant update subdomain _domainkey.$FOUR_DOMAIN. TXT;
	    };
	    allow-transfer { key transfer; };
	    notify explicit;
	    also-notify {
	$(for kind in $(four_secondaries); do
		echo "        ${FOUR_ADDRESS[$kind]} key transfer;"
	done)
	    };
	};
	CONF
}

four_bind_conf()
{
	cat <<-CONF
	options {
	    directory "$SCRATCH/bind";
	    pid-file none;
	    session-keyfile "$SCRATCH/bind/session.key";
	    managed-keys-directory "$SCRATCH/bind";
	    listen-on port 53 { ${FOUR_ADDRESS[bind]}; };
	    listen-on-v6 { none; };
	    notify-source ${FOUR_ADDRESS[bind]};
	    transfer-source ${FOUR_ADDRESS[bind]};
	    notify-delay 0;
	    notify-rate 1000;
	    serial-query-rate 1000;
	    recursion no;
	    dnssec-validation no;
	};
	controls { };
	CONF
	four_key update
	four_key transfer
	four_bind_zone
}

four_bind_start()
{
	[ "$FOUR_PRIMARY" != bind ] || four_zone_file >"$SCRATCH/bind/zone"
	four_bind_conf >"$SCRATCH/bind/named.conf"
	# BIND listens at addresses that an interface has.
	ip addr add "${FOUR_ADDRESS[bind]}/32" dev lo
	"$(four_program bind9 /usr/sbin/named)" -g \
	    -c "$SCRATCH/bind/named.conf" >>"$SCRATCH/bind/named.log" 2>&1 &
	echo $! >"$SCRATCH/bind/pid"
}

# -- NSD ---------------------------------------------------------------------

four_nsd_conf()
{
	cat <<-CONF
	server:
	    ip-address: ${FOUR_ADDRESS[nsd]}
	    zonesdir: "$SCRATCH/nsd"
	    database: ""
	    xfrdfile: "$SCRATCH/nsd/xfrd.state"
	    zonelistfile: "$SCRATCH/nsd/zone.list"
	    xfrdir: "$SCRATCH/nsd"
	    pidfile: ""
	    username: ""
	    chroot: ""
	    xfrd-reload-timeout: 0
	remote-control:
	    control-enable: no
	key:
	    name: transfer
	    algorithm: hmac-sha256
	    secret: "$four_secret_transfer"
	zone:
	    name: $FOUR_DOMAIN
	    zonefile: zone
	    outgoing-interface: ${FOUR_ADDRESS[nsd]}
	    allow-notify: ${FOUR_ADDRESS[$FOUR_PRIMARY]} NOKEY
	    allow-notify: ${FOUR_ADDRESS[$FOUR_PRIMARY]} transfer
	    request-xfr: ${FOUR_ADDRESS[$FOUR_PRIMARY]} transfer
	CONF
}

four_nsd_start()
{
	four_nsd_conf >"$SCRATCH/nsd/nsd.conf"
	"$(four_program nsd /usr/sbin/nsd)" -d -c "$SCRATCH/nsd/nsd.conf" \
	    >>"$SCRATCH/nsd/nsd.log" 2>&1 &
	echo $! >"$SCRATCH/nsd/pid"
}

# -- Knot DNS ----------------------------------------------------------------

four_knot_zone()
{
	if [ "$FOUR_PRIMARY" != knot ]; then
		cat <<-CONF
		  - domain: $FOUR_DOMAIN
		    storage: $SCRATCH/knot
		    file: zone
		    zonefile-load: none
		    zonefile-sync: -1
		    master: $FOUR_PRIMARY
		    acl: transfer
		CONF
		return
	fi
	cat <<-CONF
	  - domain: $FOUR_DOMAIN
	    storage: $SCRATCH/knot
	    file: zone
	    zonefile-load: whole
	    zonefile-sync: -1
	    journal-content: changes
	    acl: [ update, transfer ]
	    notify: [ $(four_secondaries | paste -sd,) ]
	    dnssec-signing: on
	    dnssec-policy: short
	CONF
}

four_knot_conf()
{
	local kind

	cat <<-CONF
	server:
	    rundir: $SCRATCH/knot
	    listen: ${FOUR_ADDRESS[knot]}@53
	log:
	  - target: stderr
	    any: info
	database:
	    storage: $SCRATCH/knot
	key:
	  - id: update
	    algorithm: hmac-sha256
	    secret: $four_secret_update
	  - id: transfer
	    algorithm: hmac-sha256
	    secret: $four_secret_transfer
	remote:
	$(for kind in bind nsd pdns; do
		cat <<-REMOTE
		  - id: $kind
		    address: ${FOUR_ADDRESS[$kind]}@53
		    key: transfer
		    via: ${FOUR_ADDRESS[knot]}
		REMOTE
	done)
	acl:
	  - id: update
	    key: update
	    action: update
	  - id: transfer
	    key: transfer
	    action: [ transfer, notify ]
	policy:
	  - id: short
	    algorithm: ecdsap256sha256
	    single-type-signing: on
	    dnskey-ttl: 1
	    propagation-delay: 1
	zone:
	CONF
	four_knot_zone
}

four_knot_start()
{
	[ "$FOUR_PRIMARY" != knot ] || four_zone_file >"$SCRATCH/knot/zone"
	four_knot_conf >"$SCRATCH/knot/knot.conf"
	"$KNOT/usr/sbin/knotd" -c "$SCRATCH/knot/knot.conf" \
	    >>"$SCRATCH/knot/knotd.log" 2>&1 &
	echo $! >"$SCRATCH/knot/pid"
}

# -- PowerDNS ----------------------------------------------------------------

four_pdns_zone()
{
	local directory=$SCRATCH/pdns kind addresses=()

	pdns_key "$directory" update hmac-sha256 "$four_secret_update" &&
	    pdns_key "$directory" transfer hmac-sha256 \
	    "$four_secret_transfer" || return
	if [ "$FOUR_PRIMARY" != pdns ]; then
		pdns_secondary "$directory" "$FOUR_DOMAIN" \
		    "${FOUR_ADDRESS[$FOUR_PRIMARY]}" transfer
		return
	fi
	four_zone_file >"$directory/zone"
	for kind in $(four_secondaries); do
		addresses+=("${FOUR_ADDRESS[$kind]}")
	done
	pdns_zone "$directory" "$FOUR_DOMAIN" "$directory/zone" &&
	    pdns_updates "$directory" "$FOUR_DOMAIN" update &&
	    pdns_transfers "$directory" "$FOUR_DOMAIN" transfer \
	    "${addresses[@]}" &&
	    pdns_util "$directory" secure-zone "$FOUR_DOMAIN" &&
	    pdns_util "$directory" rectify-zone "$FOUR_DOMAIN"
}

four_pdns_start()
{
	pdns_make "$SCRATCH/pdns" "${FOUR_ADDRESS[pdns]}" \
	    gsqlite3-dnssec=yes "query-local-address=${FOUR_ADDRESS[pdns]}" \
	    xfr-cycle-interval=1 &&
	    pdns_start "$SCRATCH/pdns" &&
	    four_pdns_zone >"$SCRATCH/pdns/util.log" 2>&1 ||
	    die "PowerDNS: no zone: $(tail -n 3 "$SCRATCH/pdns/util.log")"
}

# -- All ---------------------------------------------------------------------

# four_ask ADDRESS TYPE [OPTION...]: the answer for the apex, short.
four_ask()
{
	dig +short +time=2 +tries=1 "${@:3}" "@$1" "$FOUR_DOMAIN" "$2"
}

# Whether a server has the signed zone.
four_serves()
{
	four_ask "${FOUR_ADDRESS[$1]}" SOA +dnssec | grep -q '^SOA '
}

# The resolver trusts the keys that the primary has made.
four_resolver_conf()
{
	local kind

	cat <<-CONF
	server:
	    directory: "$SCRATCH/resolver"
	    pidfile: ""
	    chroot: ""
	    username: ""
	    do-daemonize: no
	    use-syslog: no
	    interface: 127.0.0.1@53
	    interface: 127.0.0.21@53
	    access-control: 127.0.0.0/8 allow
	    do-not-query-localhost: no
	    module-config: "validator iterator"
	    val-log-level: 2
	    prefetch: no
	    serve-expired: no
	    root-hints: "$SCRATCH/resolver/hints"
	    local-zone: "example.net." static
	CONF
	four_ask "${FOUR_ADDRESS[$FOUR_PRIMARY]}" DNSKEY |
	    sed "s/^257 .*/    trust-anchor: \"$FOUR_DOMAIN. DNSKEY &\"/"
	printf 'stub-zone:\n    name: "%s"\n' "$FOUR_DOMAIN"
	for kind in "${FOUR_KINDS[@]}"; do
		echo "    stub-addr: ${FOUR_ADDRESS[$kind]}"
	done
}

four_validates()
{
	dig +time=2 +tries=1 +adflag @127.0.0.21 "$FOUR_DOMAIN" SOA |
	    grep -q '^;; flags:.* ad[ ;]'
}

# four_start PRIMARY: all of it.
four_start()
{
	local kind

	FOUR_PRIMARY=$1
	four_keys
	mkdir -p "$SCRATCH/resolver" "${FOUR_KINDS[@]/#/$SCRATCH/}"
	for kind in "$FOUR_PRIMARY" $(four_secondaries); do
		"four_${kind}_start"
		wait_for 60 four_serves "$kind" ||
		    die "$kind does not serve the zone"
	done
	# Nobody else is asked.
	printf '. NS nowhere.\nnowhere. A 127.0.0.99\n' \
	    >"$SCRATCH/resolver/hints"
	four_resolver_conf >"$SCRATCH/resolver/unbound.conf"
	"$UNBOUND/usr/sbin/unbound" -d -c "$SCRATCH/resolver/unbound.conf" \
	    >>"$SCRATCH/resolver/unbound.log" 2>&1 &
	echo $! >"$SCRATCH/resolver/pid"
	wait_for 60 four_validates || die "the resolver does not validate"
}

# -- The life of keys --------------------------------------------------------

# four_steps N WORD...: each of these steps was taken for so many keys.
four_steps()
{
	local step n=$1 status=0

	shift
	for step; do
		[ "$(grep -c " $step: " "$KEYDIR/$FOUR_DOMAIN/log")" -ge "$n" ] || {
			echo "fewer than $n: $step"
			status=1
		}
	done
	return $status
}

four_seen_outside()
{
	grep -q ' verify: ' "$KEYDIR/$FOUR_DOMAIN/log" &&
	    ! grep ' verify: ' "$KEYDIR/$FOUR_DOMAIN/log" |
	    grep -v '; outside: 127.0.0.21 right'
}

four_no_person_needed()
{
	! grep -B5 '^exit 3$' "$LIFE_ROTATIONS"
}

# four_life PRIMARY LIVES: so many keys of each algorithm live to their end
# while mail flows.
four_life()
{
	local primary=${FOUR_ADDRESS[$1]} keys=$((2 * $2))

	LIFE_SERVERS=("${FOUR_ADDRESS[@]}")
	LIFE_RESOLVERS='{ "127.0.0.21" }'
	life_policy "publish = update" "update_server = \"$primary\"" \
	    "tsig_key = \"$FOUR_TSIG_KEY\""
	progress "$1 is the primary"
	four_start "$1"
	check "keys are made and published" life_add "$FOUR_DOMAIN"
	life_begin
	check "$2 keys of each algorithm live to their end" \
	    wait_for $((450 + 150 * $2)) life_ended $keys
	check "each took every step" four_steps $keys generate publish seen \
	    verify activate retire revoke remove destroy
	life_end
	check "none was verified that the resolver outside did not see" \
	    four_seen_outside
	check "no run needed a person" four_no_person_needed
}
