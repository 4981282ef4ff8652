#!/bin/bash
# SPDX-License-Identifier: ISC
#
# docs/dns/lexicon.md, word for word: records are published through the HTTP
# interface of PowerDNS by the lexicon command.

# shellcheck disable=SC2034
E2E_PRIVATE=(libfaketime pdns-server pdns-backend-sqlite3 unbound)
# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"
# shellcheck source=tests/e2e/lib/howto.sh
. "$E2E_LIB/howto.sh"
# shellcheck source=tests/e2e/lib/howto_servers.sh
. "$E2E_LIB/howto_servers.sh"

command -v lexicon >/dev/null || {
	echo "1..0 # SKIP no lexicon in this distribution"
	exit 0
}

# Each change starts lexicon three times, so there are few of them.  The clock
# stays right: libfaketime and waiting for other changes do not go together.
HOWTO_TIMES[0]="every = 40s"
HOWTO_TIMES+=("algorithm = rsa2048")
HOWTO_ALGORITHMS=1
HOWTO_END_CLOCK=

conf=/etc/countersign/hook-lexicon.conf

fault_token()
{
	sed -i.right 's/2Y7y/2y7y/' "$conf"
	chgrp countersign-keys "$conf"
	howto_publish
	mv "$conf.right" "$conf"
}

fault_rights()
{
	chmod 0644 "$conf"
	howto_publish
}

howto_machine 192.0.2.53
howto_pdns_start 192.0.2.53 webserver=yes webserver-address=192.0.2.53 \
    webserver-allow-from=192.0.2.0/24 api=yes api-key=2Y7yKkzVvtfpIFrQ
howto_zone example.com '@ NS ns1' 'ns1 A 192.0.2.53' >"$HOWTO/example.com"
pdnsutil load-zone example.com "$HOWTO/example.com" >"$HOWTO/load.log" 2>&1
howto_resolver example.com=192.0.2.53

howto_page dns/lexicon
howto_life 192.0.2.53
howto_faults
e2e_finish
