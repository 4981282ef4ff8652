#!/bin/bash
# SPDX-License-Identifier: ISC
#
# Direct Send, abused since May 2025: strangers hand mail with our From to our own
# tenant of Microsoft 365, without a login, and the tenant passes it on with its
# signature, its organization and the secret of its rule.  With require_internal
# none of it may be signed, and all mail of mailboxes must be.

# shellcheck disable=SC2034
E2E_PRIVATE=(knot postfix)
# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"
# shellcheck source=tests/e2e/lib/tls.sh
. "$E2E_LIB/tls.sh"
# shellcheck source=tests/e2e/lib/platforms.sh
. "$E2E_LIB/platforms.sh"

DOMAINS=(m365-dkim.example m365-header.example m365-secret.example)
SECRET=0123456789abcdef0123456789abcdef

configure()
{
	milter_configure
	cat >>"$MILTER_CONF" <<-CONF
	source "by signature" {
	    preset = m365-dkim
	    tenant = { "contoso.onmicrosoft.com" }
	    remove_signatures = { "*.onmicrosoft.com" }
	    preset_options = require_internal
	    domains = { "m365-dkim.example" }
	}
	source "by header" {
	    preset = m365-header
	    tenant = { "m365-header.example",
	        "3a1b2c3d-0000-1111-2222-333344445555" }
	    preset_options = require_internal
	    domains = { "m365-header.example" }
	}
	source "by secret" {
	    preset = m365-secret
	    secret_header "X-Our-Secret" { value = "$SECRET" }
	    preset_options = require_internal
	    domains = { "m365-secret.example" }
	}
	CONF
	chgrp "$(id -gn "$(milter_user)")" "$MILTER_CONF"
	chmod 0640 "$MILTER_CONF"
}

start()
{
	local settings

	milter_keys "${DOMAINS[@]}"
	platform_zones
	dns_start "${DOMAINS[@]}" "${PLATFORM_ZONES[@]}"
	sink_start
	milter_start
	tls_make
	mapfile -t settings < <(tls_postfix)
	mta_start postfix "${settings[@]}"
}

configure
start
mkdir -p "$SCRATCH/mail"
"$PYTHON" "$E2E_LIB/direct_send.py" "$MTA_PORT" "$TLS" "$SCRATCH/platform" \
    "$SCRATCH/mail" >"$SCRATCH/mail/names" || die "not all was sent"

honest=0
attacks=0
while read -r name; do
	case $name in
	*-mailbox-*)
		honest=$((honest + 1))
		check "$name: signed, and verified" \
		    arrives_signed "$name" "${name%-mailbox-*}.example"
		;;
	*)
		attacks=$((attacks + 1))
		check "$name: refused" is_refused "$name"
		;;
	esac
done <"$SCRATCH/mail/names"

# Each of ours has been waited for, so what else there is has arrived.
only_mailboxes_signed()
{
	local signed

	postfix_queue_empty || { echo "the queue is not empty"; return 1; }
	signed=$(grep -l '^DKIM-Signature:.*' "$SCRATCH"/sink/mail/*.eml | wc -l)
	echo "$honest of mailboxes, $attacks of strangers, $signed signed"
	[ "$honest" -eq 15 ] && [ "$attacks" -eq 18 ] &&
	    [ "$signed" -eq "$honest" ] && [ "$(sink_count)" -eq "$honest" ]
}

check "all mail of mailboxes and none of strangers is signed" \
    only_mailboxes_signed

e2e_finish
