#!/bin/bash
# SPDX-License-Identifier: ISC
#
# docs/dns/split-views.md, word for word: two views of BIND show one zone of
# keys, and a resolver outside, with DNS over TLS, must see it.

# shellcheck disable=SC2034
E2E_PRIVATE=(bind9 libfaketime unbound)
# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"
# shellcheck source=tests/e2e/lib/howto.sh
. "$E2E_LIB/howto.sh"
# shellcheck source=tests/e2e/lib/howto_servers.sh
. "$E2E_LIB/howto_servers.sh"

OUTSIDE=9.9.9.9

do_copy()
{
	cp /etc/bind/countersign.key "$HOWTO/work" && howto_run "$1"
}

# parent VIEW [LINE...]
parent()
{
	howto_zone example.com '@ NS ns1' 'ns1 A 192.0.2.53' "${@:2}" |
	    sed "/SOA/s/ 1 / $(date +%s) /" >"/var/lib/bind/example.com.$1"
}

do_delegate()
{
	sleep 1
	parent inside "$(cat "$1")" && parent outside "$(cat "$1")" &&
	    rndc reload
}

# rotate_until TEXT: said by a run of rotation.
rotate_until()
{
	local i

	for ((i = 0; i < 20; i++)); do
		howto_rotate 2>&1 | grep -F "$1" && return
		sleep 1
	done
}

fault_view()
{
	cp /etc/bind/named.conf.local /etc/bind/named.conf.right
	sed -i '/in-view/s/.*/type primary; file "empty";/' \
	    /etc/bind/named.conf.local
	howto_zone _domainkey.example.com '@ NS ns1.example.com.' \
	    >/var/lib/bind/cache/empty
	rndc reconfig
	howto_publish
	rotate_until 'does not see it, so it does not sign'
	cp /etc/bind/named.conf.right /etc/bind/named.conf.local
	rndc reconfig
}

fault_resolver()
{
	howto_stop outside
	howto_publish
	rotate_until 'answers, so it does not sign'
}

# A certificate for it that this host trusts.
certificate()
{
	(
		cd "$HOWTO/outside" || exit 1
		openssl req -x509 -newkey ec -pkeyopt \
		    ec_paramgen_curve:prime256v1 -nodes -days 2 \
		    -subj '/CN=a CA' -keyout ca.key -out ca.pem &&
		openssl req -newkey ec -pkeyopt \
		    ec_paramgen_curve:prime256v1 -nodes \
		    -subj '/CN=dns.quad9.net' -keyout tls.key -out tls.csr &&
		openssl x509 -req -in tls.csr -CA ca.pem -CAkey ca.key \
		    -CAcreateserial -days 2 -out tls.pem -extfile \
		    <(echo 'subjectAltName = DNS:dns.quad9.net') &&
		install -m 0644 ca.pem \
		    "/etc/ssl/certs/$(openssl x509 -hash -noout -in ca.pem).0"
	) >"$HOWTO/openssl.log" 2>&1
}

outside_start()
{
	mkdir -p "$HOWTO/outside"
	certificate || die "no certificate: see $HOWTO/openssl.log"
	ip addr add "$OUTSIDE/32" dev lo
	cat >"$HOWTO/outside/unbound.conf" <<-CONF
	server:
	    directory: "$HOWTO/outside"
	    pidfile: ""
	    chroot: ""
	    username: ""
	    do-daemonize: no
	    use-syslog: no
	    interface: $OUTSIDE@853
	    tls-port: 853
	    tls-service-key: "$HOWTO/outside/tls.key"
	    tls-service-pem: "$HOWTO/outside/tls.pem"
	    outgoing-interface: $OUTSIDE
	    access-control: 0.0.0.0/0 allow
	    module-config: "iterator"
	stub-zone:
	    name: "example.com"
	    stub-addr: 192.0.2.53
	CONF
	howto_start outside unbound -d -c "$HOWTO/outside/unbound.conf"
}

howto_machine 192.0.2.53
install -d /var/lib/bind
parent inside
parent outside
howto_bind_start 192.0.2.53
howto_resolver example.com=192.0.2.53
outside_start

howto_page dns/split-views
howto_life 192.0.2.53
howto_rights 192.0.2.53 _domainkey.example.com
howto_faults
e2e_finish
