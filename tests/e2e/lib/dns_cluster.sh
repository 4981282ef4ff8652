# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# A zone's servers as they are in life: a Knot primary that takes UPDATE with
# TSIG and hands its changes to two secondaries, and a caching resolver that
# asks all three.  To be sourced after harness.sh, with unbound in E2E_PRIVATE.
#
#	127.0.0.11		primary, ns1
#	127.0.0.12		secondary, ns2
#	127.0.0.13 and ::1	secondary, ns3
#	127.0.0.1		resolver

CLUSTER=$SCRATCH/cluster
UNBOUND=$E2E_UNPACKED/unbound
[ -x /usr/sbin/unbound ] && UNBOUND=

# shellcheck disable=SC2034
PRIMARY=127.0.0.11

cluster_secret()
{
	head -c 32 /dev/urandom | base64
}

# cluster_key_rights FILE...: TSIG keys are for who runs rotation, if there is
# such a user here.
cluster_key_rights()
{
	if [ "$(id -u)" -eq 0 ] && declare -F milter_keys_user >/dev/null; then
		chgrp "$(id -gn "$(milter_keys_user)")" "$@" && chmod 0640 "$@"
	else
		chmod 0600 "$@"
	fi
}

# The TSIG key files that countersign-key takes: $CLUSTER/ALGORITHM.key.
cluster_keys()
{
	local algorithm secret

	mkdir -p "$CLUSTER"
	for algorithm in hmac-sha256 hmac-sha512; do
		secret=$(cluster_secret)
		(umask 077 && cat >"$CLUSTER/$algorithm.key") <<-KEY
		key "update-$algorithm" {
		        algorithm $algorithm;
		        secret "$secret";
		};
		KEY
		cluster_key_rights "$CLUSTER/$algorithm.key"
		cat >>"$CLUSTER/keys" <<-CONF
		  - id: update-$algorithm
		    algorithm: $algorithm
		    secret: $secret
		CONF
	done
	cat >>"$CLUSTER/keys" <<-CONF
	  - id: transfer
	    algorithm: hmac-sha512
	    secret: $(cluster_secret)
	CONF
}

# cluster_zone_file DOMAIN: its servers, and the lines of $SCRATCH/dns/DOMAIN.
# The negative TTL is 1 s, or that of $SCRATCH/dns/DOMAIN.negative.
cluster_zone_file()
{
	local negative=1 ttl=

	if [ -e "$SCRATCH/dns/$1.negative" ]; then
		negative=$(cat "$SCRATCH/dns/$1.negative")
		ttl="$negative "
	fi
	cat <<-ZONE
	\$ORIGIN $1.
	\$TTL 1
	@ ${ttl}SOA ns1 hostmaster 1 2 1 86400 $negative
	@ NS ns1
	@ NS ns2
	@ NS ns3
	ns1 A 127.0.0.11
	ns2 A 127.0.0.12
	ns3 A 127.0.0.13
	ns3 AAAA ::1
	ZONE
	[ ! -e "$SCRATCH/dns/$1" ] || cat "$SCRATCH/dns/$1"
}

# cluster_conf N: head of the configuration of server N.
cluster_conf()
{
	local listen="127.0.0.1$1@53"

	[ "$1" -ne 3 ] || listen="[ $listen, ::1@53 ]"
	cat <<-CONF
	server:
	    rundir: $CLUSTER/$1
	    listen: $listen
	log:
	  - target: stderr
	    any: info
	database:
	    storage: $CLUSTER/$1
	key:
	$(cat "$CLUSTER/keys")
	remote:
	  - id: primary
	    address: 127.0.0.11@53
	    key: transfer
	  - id: secondary2
	    address: 127.0.0.12@53
	    key: transfer
	  - id: secondary3
	    address: 127.0.0.13@53
	    key: transfer
	acl:
	  - id: update
	    key: [ update-hmac-sha256, update-hmac-sha512 ]
	    action: update
	  - id: transfer
	    key: transfer
	    action: [ transfer, notify ]
	zone:
	CONF
}

cluster_conf_zone()
{
	if [ "$1" -eq 1 ]; then
		cat <<-CONF
		  - domain: $2
		    storage: $CLUSTER/1
		    file: zone.$2
		    zonefile-load: whole
		    zonefile-sync: -1
		    journal-content: changes
		    acl: [ update, transfer ]
		    notify: [ secondary2, secondary3 ]
		CONF
	else
		cat <<-CONF
		  - domain: $2
		    storage: $CLUSTER/$1
		    file: zone.$2
		    zonefile-load: none
		    zonefile-sync: -1
		    journal-content: none
		    master: primary
		    acl: transfer
		CONF
	fi
}

# cluster_server_start N
cluster_server_start()
{
	"$KNOT/usr/sbin/knotd" -c "$CLUSTER/$1/knot.conf" \
	    >>"$CLUSTER/$1/knotd.log" 2>&1 &
	echo $! >"$CLUSTER/$1/pid"
	wait_for 60 cluster_command "$1" status || die "server $1: no start"
}

# cluster_server_stop N: it answers nothing more.
cluster_server_stop()
{
	stop_by_pid "$(cat "$CLUSTER/$1/pid")"
	rm -f "$CLUSTER/$1/pid"
}

# cluster_command N COMMAND...: of knotc, to server N.
cluster_command()
{
	local server=$1

	shift
	"$KNOT/usr/sbin/knotc" -s "$CLUSTER/$server/knot.sock" "$@"
}

# cluster_change N DOMAIN COMMAND...: zone-set or zone-unset at one server.
cluster_change()
{
	local server=$1 domain=$2 command=$3

	shift 3
	cluster_command "$server" zone-begin "$domain" >/dev/null &&
	    cluster_command "$server" "$command" "$domain" "$@" &&
	    cluster_command "$server" zone-commit "$domain" >/dev/null
}

# cluster_lag N DOMAIN, cluster_catch_up N DOMAIN: a secondary that gets no
# changes for a while.
cluster_lag()
{
	cluster_command "$1" -b zone-freeze "$2" >/dev/null
}

cluster_catch_up()
{
	cluster_command "$1" -b zone-thaw "$2" >/dev/null &&
	    cluster_command "$1" zone-refresh "$2" >/dev/null
}

cluster_serves()
{
	cluster_command "$1" zone-read "$2" @ SOA | grep -q SOA
}

resolver_conf()
{
	local domain

	cat <<-CONF
	server:
	    directory: "$CLUSTER/resolver"
	    pidfile: ""
	    chroot: ""
	    username: ""
	    do-daemonize: no
	    use-syslog: no
	    interface: 127.0.0.1@53
	    access-control: 127.0.0.0/8 allow
	    do-not-query-localhost: no
	    module-config: "iterator"
	    prefetch: no
	    serve-expired: no
	    root-hints: "$CLUSTER/resolver/hints"
	CONF
	for domain; do
		printf 'stub-zone:\n    name: "%s"\n' "$domain"
		printf '    stub-addr: 127.0.0.1%d\n' 1 2 3
	done
}

resolver_start()
{
	mkdir -p "$CLUSTER/resolver"
	# Nobody is asked outside.
	printf '. NS nowhere.\nnowhere. A 127.0.0.99\n' \
	    >"$CLUSTER/resolver/hints"
	resolver_conf "$@" >"$CLUSTER/resolver/unbound.conf"
	"$UNBOUND/usr/sbin/unbound" -d -c "$CLUSTER/resolver/unbound.conf" \
	    >"$CLUSTER/resolver/unbound.log" 2>&1 &
	echo $! >"$CLUSTER/resolver/pid"
	wait_for 60 port_open 53 || die "the resolver did not start"
}

# cluster_start DOMAIN...: all of it, with a zone for each domain.
cluster_start()
{
	local server domain

	cluster_keys
	for server in 1 2 3; do
		mkdir -p "$CLUSTER/$server"
		{
			cluster_conf $server
			for domain; do
				cluster_conf_zone $server "$domain"
			done
		} >"$CLUSTER/$server/knot.conf"
	done
	for domain; do
		cluster_zone_file "$domain" >"$CLUSTER/1/zone.$domain"
	done
	for server in 1 2 3; do
		cluster_server_start $server
	done
	for domain; do
		for server in 1 2 3; do
			wait_for 60 cluster_serves $server "$domain" ||
			    die "server $server does not serve $domain"
		done
	done
	resolver_start "$@"
}

cluster_stop()
{
	local pidfile

	for pidfile in "$CLUSTER"/*/pid; do
		[ ! -s "$pidfile" ] || stop_by_pid "$(cat "$pidfile")"
	done
}
