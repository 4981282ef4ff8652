#!/bin/bash
# SPDX-License-Identifier: ISC
#
# The name servers that the tests of keys use behave as these tests expect.

# shellcheck disable=SC2034
E2E_PRIVATE=(knot postfix unbound)
# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"
# shellcheck source=tests/e2e/lib/dns_cluster.sh
. "$E2E_LIB/dns_cluster.sh"

# shows SERVER TEXT: a TXT record at x.example.com.
shows()
{
	"$PYTHON" - "$1" "$2" <<-'PYTHON'
	import sys
	import dns.message, dns.query
	query = dns.message.make_query('x.example.com', 'TXT')
	answer = dns.query.udp(query, sys.argv[1], timeout=5)
	found = [str(rdata) for rrset in answer.answer for rdata in rrset]
	sys.exit(found != ([f'"{sys.argv[2]}"'] if sys.argv[2] else []))
	PYTHON
}

everywhere()
{
	local server

	for server in 127.0.0.11 127.0.0.12 127.0.0.13 ::1 127.0.0.1; do
		wait_for 60 shows $server "$1" || {
			echo "$server does not show '$1'"
			return 1
		}
	done
}

set_text()
{
	cluster_command 1 zone-begin example.com &&
	    { cluster_command 1 zone-unset example.com x TXT || true; } &&
	    cluster_command 1 zone-set example.com x 1 TXT "\"$1\"" &&
	    cluster_command 1 zone-commit example.com
}

cluster_start example.com example.net

check "no record at first" everywhere ""
check "a change at the primary" set_text one
check "is at every server and the resolver" everywhere one
check "a secondary is made to lag" cluster_lag 2 example.com
check "a second change" set_text two
check "is at the other" wait_for 60 shows 127.0.0.13 two
check "but not at the one that lags" shows 127.0.0.12 one
check "which catches up" cluster_catch_up 2 example.com
check "so that it is everywhere" everywhere two
check "a record altered at one server" cluster_change 3 example.com \
    zone-set x 1 TXT '"three"'
check "is not what the others have" shows 127.0.0.12 two
cluster_server_stop 3
check "a server that is stopped does not answer" \
    bash -c "! (: </dev/tcp/127.0.0.13/53) 2>/dev/null"

e2e_finish
