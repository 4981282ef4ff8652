#!/bin/bash
# SPDX-License-Identifier: ISC
#
# The author of a message, through a real Postfix: malformed From fields in
# which receivers find our domain, and subdomains that no source names.  Postfix
# does not rewrite From, as for all remote clients.

# shellcheck disable=SC2034
E2E_PRIVATE=(knot postfix)
# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"

SRS="SRS0=1a2b=3c=evil.example=x@example.com"

milter_configure
e2e_start postfix "local_header_rewrite_clients =" \
    "sender_canonical_classes = envelope_sender" \
    "sender_canonical_maps = texthash:$SCRATCH/srs"
echo "x@evil.example $SRS" >"$SCRATCH/srs"
mkdir -p "$SCRATCH/mail"

# from NAME FROM... : a message with these From fields.
from()
{
	local name=$1 author

	shift
	{
		for author; do
			printf 'From: %b\r\n' "$author"
		done
		printf '%s\r\n' "To: someone@example.org" "Subject: an offer" \
		    "Date: Mon, 23 Nov 2026 08:00:44 +0000" \
		    "Message-ID: <$name@example.com>" "" "Hello."
	} >"$SCRATCH/mail/$name.eml"
}

# One after another: from elsewhere, and from a platform whose tenant did not
# prove itself.
forged=0
while read -r author; do
	forged=$((forged + 1))
	for client in "$STRANGER" "$PROVIDER_ADDRESS"; do
		name=forged-$forged-${client//./-}
		from "$name" "$author"
		deliver "$name" --address "$client" --from ceo@example.com
		check "$author from $client: refused" is_refused "$name"
	done
done <<'LIST'
CEO <ceo@example.com>
ceo@example.com <ceo@example.com>
CEO [Example] <ceo@example.com>
=?utf-8?q?ceo?=@example.com
CEO <ceo@example.com>>
CEO <<ceo@example.com>>
Team: ceo@example.com;
CEO; <ceo@example.com>
CEO: <ceo@example.com>
<ceo@example.com> CEO
CEO <ceo@example.com> .
<ceo@example.com>, x@evil.example
x@evil.example, CEO <ceo@example.com>
CEO <ceo@example.com
CEO <ceo.@example.com>
<mailto:ceo@example.com>
\xfcber <ceo@example.com>
CEO <ceo@example\xe3\x80\x82com>
a@sub.example.com, b@example.com
LIST

genuine=0
while read -r author; do
	genuine=$((genuine + 1))
	name=genuine-$genuine
	from "$name" "$author"
	deliver "$name" --address "$OWN_ADDRESS"
	check "$author from our own: signed" arrives_signed "$name"
done <<'LIST'
sales@example.com <sales@example.com>
"jane@customer.example" <support@example.com>
One <one@example.com>, Two <two@example.com>
Team: one@example.com, two@example.com;
LIST

# Proven, but two From fields are never signed.
from two-fields a@example.com a@example.com
deliver two-fields --address "$OWN_ADDRESS"
check "two From fields from our own: refused" \
    reply_is two-fields 550 '5\.6\.0'
from two-fields-forged a@example.com x@evil.example
deliver two-fields-forged --address "$STRANGER"
check "two From fields from elsewhere: refused" is_refused two-fields-forged

# Nobody here is concerned.
from mentioned '"ceo@example.com via DocuSign" <dse@docusign.example>'
deliver mentioned --address "$STRANGER" --from dse@docusign.example
check "our address in a name: passes" arrives_unsigned mentioned
from several 'a@one.example, b@two.example'
deliver several --address "$STRANGER" --from a@one.example
check "two authors from elsewhere: passes" arrives_unsigned several

# A subdomain that no source names.
arrives_from()
{
	arrives_unsigned "$1" && cat "$SCRATCH/sink/mail/$1.1.json" &&
	    grep -q "\"from\": \"$2\"" "$SCRATCH/sink/mail/$1.1.json"
}

CEO='CEO <ceo@mail.example.com>'
for name in bounce bounce-of-ours named srs-seen srs service; do
	from "$name" "$CEO"
done
deliver bounce --address "$STRANGER" --from ''
check "bounce of another host: passes" arrives_from bounce ''
deliver bounce-of-ours --address "$OWN_ADDRESS" --from ''
check "the same from our own hosts: refused" is_refused bounce-of-ours
deliver service --address "$STRANGER" --from b@esp.example
check "a service of ours: passes" arrives_from service b@esp.example
deliver named --address "$STRANGER" --from ceo@example.com
check "our own MAIL FROM: refused" is_refused named
deliver srs-seen --address "$STRANGER" --from "$SRS"
check "MAIL FROM was rewritten before: refused" is_refused srs-seen
# Rewritten after the milter has seen it: only "*.example.com" helps.
deliver srs --address "$STRANGER" --from x@evil.example
check "MAIL FROM is rewritten later: passes" arrives_from srs "$SRS"

sed -i 's/domains = { "example.com"/&, "*.example.com"/' "$MILTER_CONF"
milter_reload
from srs-named "$CEO"
deliver srs-named --address "$STRANGER" --from x@evil.example
check "... and is refused with the subdomains named" is_refused srs-named
from bounce-named "$CEO"
deliver bounce-named --address "$STRANGER" --from ''
check "... and so are bounces" is_refused bounce-named

e2e_finish
