#!/bin/bash
# SPDX-License-Identifier: ISC
#
# docs/dns/delegated-zone.md, word for word: the keys are in a zone of their
# own in BIND, delegated by a zone in Knot DNS that takes no updates.

# shellcheck disable=SC2034
E2E_PRIVATE=(bind9 knot libfaketime unbound)
# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"
# shellcheck source=tests/e2e/lib/howto.sh
. "$E2E_LIB/howto.sh"
# shellcheck source=tests/e2e/lib/howto_servers.sh
. "$E2E_LIB/howto_servers.sh"

do_copy()
{
	cp /etc/bind/countersign.key "$HOWTO/work" && howto_run "$1"
}

# parent LINE...: the zone example.com, with these lines, is soon seen by all.
serial=1
parent()
{
	serial=$((serial + 1))
	howto_zone example.com '@ NS ns1' 'ns1 A 192.0.2.53' "$@" |
	    sed "/SOA/s/ 1 / $serial /" >/var/lib/knot/example.com.zone
	knotc -b zone-reload example.com
	sleep 2
}

do_delegate()
{
	cp "$1" "$HOWTO/delegation"
	parent "$(cat "$1")"
}

fault_delegation()
{
	parent
	howto_publish
	parent "$(cat "$HOWTO/delegation")"
}

fault_dead()
{
	: >/etc/bind/named.conf.local
	rndc reconfig
	countersign-key check example.com
}

howto_machine 192.0.2.53 192.0.2.54
howto_knot_start 192.0.2.53
howto_zone example.net '@ NS ns1.example.com.' 'ns.keys A 192.0.2.54' \
    >/var/lib/knot/example.net.zone
printf '%s\n' zone: '  - domain: example.com' '  - domain: example.net' \
    >>/etc/knot/knot.conf
knotc reload
parent
howto_bind_start 192.0.2.54
howto_resolver example.com=192.0.2.53 example.net=192.0.2.53

howto_page dns/delegated-zone
howto_life 192.0.2.54
howto_rights 192.0.2.54 _domainkey.example.com
howto_faults
e2e_finish
