#!/bin/bash
# SPDX-License-Identifier: ISC
#
# docs/dns/knot.md, word for word: Knot DNS takes updates, and the key can
# change nothing but TXT records at and below _domainkey.

# shellcheck disable=SC2034
E2E_PRIVATE=(knot libfaketime unbound)
# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"
# shellcheck source=tests/e2e/lib/howto.sh
. "$E2E_LIB/howto.sh"
# shellcheck source=tests/e2e/lib/howto_servers.sh
. "$E2E_LIB/howto_servers.sh"

fault_acl()
{
	sed -i.right 's/owner-name: .*/owner-name: other/' /etc/knot/knot.conf
	knotc reload
	howto_publish
	mv /etc/knot/knot.conf.right /etc/knot/knot.conf
	knotc reload
}

fault_clock()
{
	howto_clock +400s
	howto_publish
}

howto_machine 192.0.2.53
howto_zone example.com '@ NS ns1' 'ns1 A 192.0.2.53' >"$HOWTO/example.com"
howto_knot_start 192.0.2.53
install -o knot -g knot "$HOWTO/example.com" /var/lib/knot/example.com.zone
howto_resolver example.com=192.0.2.53

howto_page dns/knot
howto_life 192.0.2.53
howto_rights 192.0.2.53 example.com
howto_faults
e2e_finish
