#!/bin/bash
# SPDX-License-Identifier: ISC
#
# One signed message is replayed to millions, as it happened to Proton in 2021
# and to PayPal in 2025: the keys of its stream are revoked at once.  The copies
# verify no more; the mail of other sources, and new mail of that one, does.

# shellcheck disable=SC2034
E2E_PRIVATE=(knot postfix unbound)
# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"
# shellcheck source=tests/e2e/lib/dns_cluster.sh
. "$E2E_LIB/dns_cluster.sh"
# shellcheck source=tests/e2e/lib/life.sh
. "$E2E_LIB/life.sh"

# in_stream STREAM STATUS ALGORITHM: selectors; "": of default keys.
in_stream()
{
	countersign_key list example.com --json | "$PYTHON" -c '
import json, sys
stream, status, algorithm = sys.argv[1:]
print(*sorted(key["selector"] for key in json.load(sys.stdin)
              if (key["stream"] or "") == stream and key["status"] == status
              and algorithm in (key["algorithm"], "")))' "$@"
}

# Each stream has, of each algorithm, a key that signs, and one in reserve.
all_are_ready()
{
	local algorithm status stream

	countersign_key rotate >"$SCRATCH/rotation.log" 2>&1
	for stream in '' desk; do
		for status in active standby; do
			for algorithm in rsa-sha256 ed25519-sha256; do
				[ -n "$(in_stream "$stream" "$status" \
				    "$algorithm")" ] || return 1
			done
		done
	done
}

# signed_by NAME SELECTOR...: the message has a signature by each, and no other.
signed_by()
{
	local name=$1 got

	shift
	got=$(sed -n 's/.*[ ;\t]s=\([^;]*\);.*/\1/p' "$(sink_file "$name")" |
	    sort | tr '\n' ' ')
	echo "$got"
	[ "$got" = "$(printf '%s\n' "$@" | sort | tr '\n' ' ')" ]
}

# verifies NAME: what arrived does so now, for whoever gets a copy of it.
verifies()
{
	"$PYTHON" "$E2E_LIB/verify.py" "$(sink_file "$1")" example.com \
	    rsa-sha256 ed25519-sha256
}

verifies_no_more()
{
	! verifies "$1" >/dev/null
}

# The platform sends with keys of its own stream.
LIFE_EVERY=1h
life_policy "publish = update" "update_server = \"$PRIMARY\"" \
    "tsig_key = \"$CLUSTER/hmac-sha512.key\""
sed -i '/^source "salesforce production"/,/^}/s/^ *domains = /    keys = "desk"\n&/' \
    "$MILTER_CONF"
cluster_start example.com example.net
check "keys of both streams are made and published" life_add example.com
check "they sign, and others are in reserve" wait_for 60 all_are_ready
sink_start
milter_start
mta_start postfix

# shellcheck disable=SC2207
ours=($(in_stream '' active '')) desk=($(in_stream desk active ''))
# shellcheck disable=SC2207
reserve=($(in_stream desk standby ''))
message replayed --org "$OUR_ORG"
deliver replayed --address "$PROVIDER_ADDRESS"
check "a message of the platform is signed" arrives_signed replayed
check "with keys of its stream alone" signed_by replayed "${desk[@]}"
message own --org "$OTHER_ORG"
deliver own --address 10.1.2.3
check "one of our own servers is signed" arrives_signed own
check "with default keys alone" signed_by own "${ours[@]}"
check "copies of the first verify" verifies replayed

check "the stream is compromised" \
    countersign_key compromise example.com --stream desk
check "copies of the message verify no more" wait_for 60 verifies_no_more \
    replayed
check "mail of our own servers still does" verifies own
check "the reserve of the stream signs, and nothing else has changed" \
    test "$(in_stream desk active '') / $(in_stream '' active '')" = \
    "${reserve[*]} / ${ours[*]}"

# The command has waited until every signer has seen the new state.
message later --org "$OUR_ORG"
deliver later --address "$PROVIDER_ADDRESS"
check "new mail of the platform is signed and verifies" arrives_signed later
check "with the keys that took over" signed_by later "${reserve[@]}"
message ours-later --org "$OTHER_ORG"
deliver ours-later --address 10.1.2.3
check "so does mail of our own servers" arrives_signed ours-later
check "with the keys that it had" signed_by ours-later "${ours[@]}"

e2e_finish
