#!/bin/bash
# SPDX-License-Identifier: ISC
#
# docs/dns/powerdns.md, word for word: PowerDNS takes updates, and the key can
# change nothing but TXT records at and below _domainkey.

# shellcheck disable=SC2034
E2E_PRIVATE=(libfaketime pdns-server pdns-backend-sqlite3 unbound)
# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"
# shellcheck source=tests/e2e/lib/howto.sh
. "$E2E_LIB/howto.sh"
# shellcheck source=tests/e2e/lib/howto_servers.sh
. "$E2E_LIB/howto_servers.sh"

# Changes that the script forbids are left out of an update without a word.
HOWTO_REFUSED=

do_restart()
{
	howto_stop pdns
	howto_pdns_run
}

# with SCRIPT FILE COMMAND: what sed makes of the file counts until the end.
with()
{
	sed -i.right "$1" "$2"
	do_restart
	"$3"
	mv "$2.right" "$2"
	do_restart
}

fault_refused()
{
	with 's/=yes/=no/' /etc/powerdns/pdns.d/countersign.conf howto_publish
}

publish_and_check()
{
	howto_publish
	countersign-key check example.com
}

fault_script()
{
	with 's/_domainkey/other/' /etc/powerdns/countersign.lua \
	    publish_and_check
}

fault_key()
{
	sed -i 's/:countersign:/:other:/' /etc/countersign/tsig.key
	howto_publish
}

howto_machine 192.0.2.53
howto_pdns_start 192.0.2.53
howto_zone example.com '@ NS ns1' 'ns1 A 192.0.2.53' >"$HOWTO/example.com"
pdnsutil load-zone example.com "$HOWTO/example.com" >"$HOWTO/load.log" 2>&1
pdnsutil set-kind example.com primary
howto_resolver example.com=192.0.2.53

howto_page dns/powerdns
howto_life 192.0.2.53
howto_rights 192.0.2.53 example.com
howto_faults
e2e_finish
