#!/bin/bash
# SPDX-License-Identifier: ISC
#
# The right tenant, and the wrong address: two attacks of the last years as they
# were run, against sources with "authors".
#
# Hosted identities, CVE-2024-7208 (VU#244112): an authenticated user of a
# shared relay sends as another identity that is hosted there.  Its login proves
# the tenant, and From has another address of the same domain, or of another
# domain there.
#
# BodySnatcher, CVE-2025-12420: an attacker acts as any user of a ServiceNow
# instance, and its workflows send mail, so the instance's own login is used.
#
# Of the attack no message may be signed or arrive; of the honest tenants each
# message must be signed.

# shellcheck disable=SC2034
E2E_PRIVATE=(knot postfix sasl2-bin)
# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"
# shellcheck source=tests/e2e/lib/tls.sh
. "$E2E_LIB/tls.sh"
# shellcheck source=tests/e2e/lib/sasl.sh
. "$E2E_LIB/sasl.sh"

milter_configure
cat >>"$MILTER_CONF" <<'CONF'
source "desk" {
    login    = { "desk@relay.example.net" }
    domains  = { "desk.example", "corp.example" }
    authors  = { "support@desk.example", "*@corp.example",
                 "!ceo@corp.example" }
}
source "shop" {
    login    = { "shop@relay.example.net" }
    domains  = { "desk.example" }
    authors  = { "shop@desk.example", "rückgabe@desk.example" }
}
source "servicenow" {
    preset   = "servicenow"
    login    = { "instance@relay.example.net" }
    domains  = { "now.example" }
    authors  = { "it-service@now.example" }
    envelope = { "*@now.example", "<>" }
}
CONF
milter_keys desk.example corp.example now.example
dns_start desk.example corp.example now.example
sink_start
milter_start
tls_make
sasl_make desk shop instance
mapfile -t settings < <(tls_postfix; sasl_postfix)
mta_start postfix "${settings[@]}" "smtputf8_enable = no" \
    "local_header_rewrite_clients ="
mkdir -p "$SCRATCH/mail"

# send_as NAME LOGIN SENDER FROM: over TLS, after AUTH, from the platform.
send_as()
{
	local name=$1 login=$2 sender=$3

	{
		printf 'From: %b\r\n' "$4"
		printf '%s\r\n' "To: someone@example.org" "Subject: an offer" \
		    "Date: Mon, 23 Nov 2026 08:00:44 +0000" \
		    "Message-ID: <$name@platform.example>" "" "Please pay."
	} >"$SCRATCH/mail/$name.eml"
	deliver "$name" --address 198.51.100.77 --tls "$TLS" \
	    --certificate provider --auth "$login@relay.example.net" \
	    --from "$sender"
}

# A line for each: login, envelope sender, From.
attacks=0
while IFS='|' read -r login sender author; do
	attacks=$((attacks + 1))
	send_as "attack-$attacks" "$login" "$sender" "$author"
	check "$login as $author: refused" is_refused "attack-$attacks"
done <<'LIST'
desk|desk@desk.example|Shop <shop@desk.example>
desk|shop@desk.example|shop@desk.example
desk|support@desk.example|CEO <ceo@corp.example>
desk|ceo@corp.example|CEO@Corp.Example
desk|support@desk.example|"CEO <ceo@corp.example>" <hr@corp.example>
desk|support@desk.example|"shop@desk.example" <support@desk.example>
desk|support@desk.example|support@desk.example (shop@desk.example)
desk|support@desk.example|=?utf-8?q?shop=40desk=2Eexample?= <support@desk.example>
desk|support@desk.example|=?utf-8?b?c2hvcEBkZXNrLmV4YW1wbGU=?= <support@desk.example>
desk|support@desk.example|shop@desk.example <support@desk.example>
desk|support@desk.example|support@desk.example, shop@desk.example
desk|support@desk.example|Team: support@desk.example, shop@desk.example;
desk|support@desk.example|<shop><support@desk.example>
desk|support@desk.example|shop support@desk.example
desk|support@desk.example|"shop"@desk.example
desk|support@desk.example|"sh\\\\op"@desk.example
desk|support@desk.example|shop (x) @desk.example
desk|support@desk.example|<@desk.example:support@desk.example>
desk|support@desk.example|Shop <shop@desk.example> <support@desk.example>
shop|shop@desk.example|Support <support@desk.example>
shop|shop@desk.example|Rueckgabe <ruckgabe@desk.example>
shop|shop@desk.example|CEO <ceo@corp.example>
shop|ceo@corp.example|HR <hr@corp.example>
instance|it-service@now.example|Admin <admin@now.example>
instance|it-service@now.example|"Jane Doe (CFO) jane.doe@now.example" <it-service@now.example>
instance|it-service@now.example|it-service@now.example, admin@now.example
instance|it-service@now.example|it-service@desk.example
instance|x@attacker.example|IT <it-service@now.example>
LIST

honest=0
while IFS='|' read -r login sender domain author; do
	honest=$((honest + 1))
	send_as "honest-$honest" "$login" "$sender" "$author"
	check "$login as $author: signed" \
	    arrives_signed "honest-$honest" "$domain"
done <<'LIST'
desk|support@desk.example|desk.example|Support <support@desk.example>
desk|support@desk.example|desk.example|support@desk.example <support@desk.example>
desk|support@desk.example|desk.example|"'support@desk.example'" <Support@Desk.Example>
desk|support@desk.example|desk.example|Desk, Inc. <support@desk.example>
desk|support@desk.example|desk.example|"jane@customer.example via Desk" <support@desk.example>
desk|hr@corp.example|corp.example|HR <hr@corp.example>
desk||corp.example|=?utf-8?q?J=C3=BCrgen?= <j.m@corp.example>
shop|shop@desk.example|desk.example|"Shop" <shop@desk.example>
shop|shop@desk.example|desk.example|rückgabe@desk.example
shop|shop@desk.example|desk.example|ru\xcc\x88ckgabe@desk.example
instance|it-service@now.example|now.example|IT Service <it-service@now.example>
instance||now.example|IT Service <it-service@now.example>
LIST

# Each of the honest ones has been waited for.
none_slipped_through()
{
	postfix_queue_empty || { echo "the queue is not empty"; return 1; }
	echo "$(sink_count) messages arrived"
	[ "$(sink_count)" -eq "$honest" ]
}
check "$attacks attacks, none signed, none arrived" none_slipped_through

# The log names an address only where it was refused.
names_addresses()
{
	grep -q 'author_address=ceo@corp.example' "$MILTER_LOG" &&
	    grep -q 'author_address=admin@now.example' "$MILTER_LOG" &&
	    ! grep 'action=signed.*author_address=' "$MILTER_LOG"
}
check "the log names refused addresses, and no others" names_addresses

e2e_finish
