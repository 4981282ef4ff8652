#!/bin/bash
# SPDX-License-Identifier: ISC
#
# PowerDNS as primary and as secondary, beside Knot: updates with TSIG do what
# they do at other servers, and reach the secondaries both ways.

# shellcheck disable=SC2034
E2E_PRIVATE=(knot pdns-server pdns-backend-sqlite3)
# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"
# shellcheck source=tests/e2e/lib/dns_cluster.sh
. "$E2E_LIB/dns_cluster.sh"
# shellcheck source=tests/e2e/lib/pdns.sh
. "$E2E_LIB/pdns.sh"

PUBLISHCASE=$E2E_BUILD/tests/keys/publishcase
PDNS=$SCRATCH/pdns
ADDRESS=127.0.0.14
NAME=s._domainkey
ONE='v=DKIM1; h=sha256; p=b25l'
TWO='v=DKIM1; h=sha256; p=dHdv'
LONG="v=DKIM1; p=$(printf '%0600d' 0)"

# has SERVER DOMAIN TEXT...: exactly these are at the name.
has()
{
	"$PYTHON" - "$1" "$NAME.$2" "${@:3}" <<-'PYTHON'
	import sys
	import dns.message, dns.query
	server, name, *wanted = sys.argv[1:]
	answer = dns.query.tcp(dns.message.make_query(name, "TXT"), server,
	                       timeout=5)
	found = [b"".join(rdata.strings).decode()
	         for rrset in answer.answer for rdata in rrset]
	print(found)
	sys.exit(sorted(found) != sorted(wanted))
	PYTHON
}

# change RESULT SERVER DOMAIN FROM TO
change()
{
	local output try

	# PowerDNS refuses an update for now if another of its threads has locked
	# the database, so the same is tried again, as rotate does.
	for ((try = 0; try < 20; try++)); do
		output=$("$PUBLISHCASE" -a "$2" -s "$2" -t 1 \
		    -k "$CLUSTER/hmac-sha256.key" "$3" "$NAME.$3" "$4" "$5")
		echo "$output"
		[[ $output == "later: "*SERVFAIL* ]] || break
		sleep 0.5
	done
	[[ $output == "$1: "* ]]
}

pdns_begin()
{
	local name algorithm secret

	pdns_make "$PDNS" "$ADDRESS" && pdns_start "$PDNS" || return 1
	while read -r _ _ name; do
		read -r _ algorithm
		read -r _ secret
		pdns_key "$PDNS" "$name" "$algorithm" "$secret" || return 1
	done <"$CLUSTER/keys"
	cluster_zone_file example.org >"$PDNS/example.org" &&
	    pdns_zone "$PDNS" example.org "$PDNS/example.org" &&
	    pdns_updates "$PDNS" example.org update-hmac-sha256 &&
	    pdns_transfers "$PDNS" example.org transfer 127.0.0.12 &&
	    pdns_secondary "$PDNS" example.com 127.0.0.11 transfer
}

# Knot, with PowerDNS as a further secondary, and for a zone of PowerDNS's.
knot_begin()
{
	cluster_keys
	chmod 0600 "$CLUSTER/hmac-sha256.key"
	mkdir -p "$CLUSTER/1" "$CLUSTER/2"
	{
		cluster_conf 1 | sed "s/^acl:/  - id: pdns\n\
    address: $ADDRESS@53\n    key: transfer\nacl:/"
		cluster_conf_zone 1 example.com |
		    sed 's/secondary2, secondary3/pdns/'
	} >"$CLUSTER/1/knot.conf"
	{
		cluster_conf 2 | sed "s/127.0.0.11@53/$ADDRESS@53/"
		cluster_conf_zone 2 example.org
	} >"$CLUSTER/2/knot.conf"
	# PowerDNS does not sign its NOTIFY messages with the key.
	sed -i "s/^zone:/  - id: notify\n    address: 127.0.0.0\/8\n\
    action: notify\nzone:/; s/acl: transfer/acl: [ transfer, notify ]/" \
	    "$CLUSTER/2/knot.conf"
	cluster_zone_file example.com >"$CLUSTER/1/zone.example.com"
	cluster_server_start 1 && cluster_server_start 2
}

check "Knot starts" knot_begin
check "PowerDNS starts, with zones of both kinds" pdns_begin
check "its zone is at Knot" wait_for 60 cluster_serves 2 example.org

check "a record is added" change changed "$ADDRESS" example.org - "$ONE"
check "PowerDNS shows it" has "$ADDRESS" example.org "$ONE"
check "and so does its secondary" wait_for 60 has 127.0.0.12 example.org "$ONE"
check "it is replaced by a long one" change changed "$ADDRESS" example.org \
    "$ONE" "$LONG"
check "PowerDNS shows that" wait_for 60 has "$ADDRESS" example.org "$LONG"
check "and so does its secondary" wait_for 60 has 127.0.0.12 example.org \
    "$LONG"
check "another is not put over it" change conflict "$ADDRESS" example.org \
    - "$TWO"
check "it is removed" change changed "$ADDRESS" example.org "$LONG" -
check "and gone" wait_for 60 has "$ADDRESS" example.org
check "at its secondary, too" wait_for 60 has 127.0.0.12 example.org

check "a change at Knot" change changed 127.0.0.11 example.com - "$ONE"
check "gets to PowerDNS" wait_for 60 has "$ADDRESS" example.com "$ONE"
pdns_stop "$PDNS"
check "a server that is stopped does not answer" \
    bash -c "! (: </dev/tcp/$ADDRESS/53) 2>/dev/null"
pdns_start "$PDNS"
check "started again it does" has "$ADDRESS" example.com "$ONE"
cluster_stop
pdns_stop "$PDNS"

e2e_finish
