#!/bin/bash
# SPDX-License-Identifier: ISC
#
# docs/dns/cname.md, word for word: a customer's domain, in Knot DNS, has CNAMEs
# into a zone of ours, in BIND.

# shellcheck disable=SC2034
E2E_PRIVATE=(bind9 knot libfaketime unbound)
# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"
# shellcheck source=tests/e2e/lib/howto.sh
. "$E2E_LIB/howto.sh"
# shellcheck source=tests/e2e/lib/howto_servers.sh
. "$E2E_LIB/howto_servers.sh"

HOWTO_RECORDS=example.com.dkim.example.net

do_copy()
{
	cp /etc/bind/countersign.key "$HOWTO/work" && howto_run "$1"
}

# customer FILE: enters these CNAMEs.
serial=1
customer()
{
	serial=$((serial + 1))
	{
		howto_zone example.com '@ NS ns1' 'ns1 A 192.0.2.99'
		cat "$1"
	} | sed "/SOA/s/ 1 / $serial /" >/var/lib/knot/example.com.zone
	knotc -b zone-reload example.com
	sleep 2
}

do_customer()
{
	cp "$1" "$HOWTO/cnames"
	customer "$1"
}

fault_missing()
{
	grep -v r3 "$HOWTO/cnames" >"$HOWTO/some"
	customer "$HOWTO/some"
	countersign-key check example.com
}

fault_target()
{
	sed '/^countersign-r3/s/dkim.example.net/dkim.example.org/' \
	    "$HOWTO/cnames" >"$HOWTO/some"
	customer "$HOWTO/some"
	countersign-key check example.com
}

howto_machine 192.0.2.53 192.0.2.99
howto_knot_start 192.0.2.99
printf '%s\n' zone: '  - domain: example.com' '  - domain: example.net' \
    >>/etc/knot/knot.conf
knotc reload
howto_zone example.net '@ NS ns1.example.com.' 'ns1 A 192.0.2.53' \
    'dkim NS ns1' >/var/lib/knot/example.net.zone
knotc -b zone-reload example.net
customer /dev/null
howto_bind_start 192.0.2.53
howto_resolver example.com=192.0.2.99 example.net=192.0.2.99

howto_page dns/cname
howto_life 192.0.2.53
howto_faults
e2e_finish
