#!/bin/bash
# SPDX-License-Identifier: ISC
#
# docs/dns/hidden-primary.md, word for word: updates go to a BIND that no NS
# record names, and keys sign when NSD, which is public, has their records.

# shellcheck disable=SC2034
E2E_PRIVATE=(bind9 libfaketime nsd unbound)
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

# with SCRIPT FILE COMMAND...: with what sed makes of the file.
with()
{
	sed -i.right "$1" "$2"
	rndc reconfig
	"${@:3}"
	mv "$2.right" "$2"
	rndc reconfig
}

fault_query()
{
	with 's/ 192.0.2.25;//' /etc/bind/named.conf.local howto_publish
}

fault_server()
{
	with '/update_server/d' /etc/countersign/countersign.conf howto_publish
}

publish_and_check()
{
	howto_publish
	countersign-key check example.com
}

fault_transfer()
{
	with 's/also-notify.*//; s/allow-transfer.*/allow-transfer { none; };/' \
	    /etc/bind/named.conf.local publish_and_check
}

howto_machine 192.0.2.10 192.0.2.53
howto_bind_start 192.0.2.10 'notify-source 192.0.2.10;' 'notify-delay 1;'
howto_zone example.com '@ NS ns1' 'ns1 A 192.0.2.53' >/var/lib/bind/example.com
chown bind:bind /var/lib/bind/example.com
howto_nsd_start 192.0.2.53 <<CONF
zone:
	name: example.com
	zonefile: example.com
	allow-notify: 192.0.2.10 NOKEY
	request-xfr: 192.0.2.10 NOKEY
	outgoing-interface: 192.0.2.53
CONF
howto_resolver example.com=192.0.2.53

howto_page dns/hidden-primary
howto_life 192.0.2.53 192.0.2.10
howto_rights 192.0.2.10 example.com
howto_faults
e2e_finish
