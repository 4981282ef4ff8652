#!/bin/bash
# SPDX-License-Identifier: ISC
#
# docs/dns/bind.md, word for word: BIND takes updates, and the key can change
# nothing but TXT records at and below _domainkey.

# shellcheck disable=SC2034
E2E_PRIVATE=(bind9 libfaketime unbound)
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

fault_rights()
{
	chmod 0600 /etc/countersign/tsig.key
	howto_publish
	chmod 0640 /etc/countersign/tsig.key
}

fault_grant()
{
	sed -i.right 's/subdomain _domainkey/subdomain other/' \
	    /etc/bind/named.conf.local
	rndc reconfig
	howto_publish
	mv /etc/bind/named.conf.local.right /etc/bind/named.conf.local
	rndc reconfig
}

fault_secret()
{
	tsig-keygen -a hmac-sha256 countersign >/etc/countersign/tsig.key
	howto_publish
}

howto_machine 192.0.2.53
howto_zone example.com '@ NS ns1' 'ns1 A 192.0.2.53' >"$HOWTO/example.com"
howto_bind_start 192.0.2.53
install -o bind -g bind "$HOWTO/example.com" /var/lib/bind/example.com
howto_resolver example.com=192.0.2.53

howto_page dns/bind
howto_life 192.0.2.53
howto_rights 192.0.2.53 example.com
howto_faults
e2e_finish
