#!/bin/bash
# SPDX-License-Identifier: ISC
#
# The EchoSpoofing campaign of 2024, against every preset: another tenant of the
# same platform sends mail with our From, from the right address, with the right
# certificate and HELO.  None of it may be signed; the same mail from our tenant
# must be signed.
#
# With Postfix, XCLIENT comes first, then STARTTLS and AUTH; the name in AUTH
# contains the realm.

# shellcheck disable=SC2034
E2E_PRIVATE=(knot postfix sasl2-bin)
# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"
# shellcheck source=tests/e2e/lib/tls.sh
. "$E2E_LIB/tls.sh"
# shellcheck source=tests/e2e/lib/sasl.sh
. "$E2E_LIB/sasl.sh"
# shellcheck source=tests/e2e/lib/platforms.sh
. "$E2E_LIB/platforms.sh"

PRESETS=(salesforce-auth salesforce-header salesforce-dkim m365-dkim
    m365-header m365-secret google-dkim google-secret zendesk servicenow
    successfactors generic-auth generic-mtls)
MTLS_PORT=10588
SECRET=0123456789abcdef0123456789abcdef

# What each source says besides its preset and its domain.
source_of()
{
	case $1 in
	salesforce-auth)
		echo 'tenant = "00D1U0000013lbuUAA" login = { "ours@relay.example.net" }'
		;;
	salesforce-header)
		echo 'tenant = "00D1U0000013lbu" remove = { "X-SFDC*" }' ;;
	salesforce-dkim)
		echo 'tenant = { "00D1U0000013lbu", "salesforce-dkim.example" }'
		echo 'dkim { selectors = { "platform" } }'
		echo 'remove_signatures = { "salesforce-dkim.example" }' ;;
	m365-dkim)
		echo 'tenant = { "contoso.onmicrosoft.com" }'
		echo 'remove_signatures = { "*.onmicrosoft.com" }' ;;
	m365-header)
		echo 'tenant = { "m365-header.example",'
		echo '    "3A1B2C3D-0000-1111-2222-333344445555" }'
		echo 'preset_options = require_internal' ;;
	m365-secret | google-secret)
		echo "secret_header \"X-Our-Secret\" { value = \"$SECRET\" }" ;;
	google-dkim)
		echo 'tenant = "google-dkim.example"'
		echo 'dkim { selectors = { "platform" } }'
		echo 'remove_signatures = { "google-dkim.example" }' ;;
	zendesk)
		echo 'tenant = "a1b2c3d" login = { "ours@relay.example.net" }' ;;
	servicenow | successfactors | generic-auth)
		echo 'login = { "ours@relay.example.net" }' ;;
	generic-mtls)
		echo 'daemon = "ours-mtls"' ;;
	esac
}

configure()
{
	local preset

	milter_configure
	for preset in "${PRESETS[@]}"; do
		echo "source \"$preset\" { preset = $preset"
		echo "    domains = { \"$preset.example\" }"
		source_of "$preset"
		echo "}"
	done >>"$MILTER_CONF"
	chgrp "$(id -gn "$(milter_user)")" "$MILTER_CONF"
	chmod 0640 "$MILTER_CONF"
}

# A key of the platform with which it signs for us, in two zones.
publish()
{
	platform_key own salesforce-dkim.example || die "no key"
	platform_key own google-dkim.example
	platform_zones
}

start()
{
	local settings preset domains=()

	for preset in "${PRESETS[@]}"; do
		domains+=("$preset.example")
	done
	milter_keys "${domains[@]}"
	publish
	dns_start "${domains[@]}" "${PLATFORM_ZONES[@]}"
	sink_start
	milter_start
	tls_make
	sasl_make ours theirs
	echo "$(tls_fingerprint provider) OK" >"$TLS/allowed"
	mapfile -t settings < <(tls_postfix; sasl_postfix)
	POSTFIX_SERVICES="127.0.0.1:$MTLS_PORT inet n - n - - smtpd
	    -o milter_macro_daemon_name=ours-mtls
	    -o smtpd_client_restrictions=check_ccert_access,texthash:$TLS/allowed,reject
	    -o smtpd_delay_reject=yes"
	mta_start postfix "${settings[@]}"
}

configure
start
mkdir -p "$SCRATCH/mail"
"$PYTHON" "$E2E_LIB/platforms.py" "$MTA_PORT" "$MTLS_PORT" "$TLS" \
    "$SCRATCH/platform" "$SCRATCH/mail" >"$SCRATCH/mail/names" ||
    die "not all was sent"

# Refused by us, and nothing arrives; where a certificate is what is wrong, by
# Postfix, which alone sees its fingerprint.
is_turned_away()
{
	local words="not authorized to send mail from"

	case $1 in
	generic-mtls-other-tenant | generic-mtls-untrusted)
		words="Access denied" ;;
	esac
	cat "$SCRATCH/mail/$1.reply"
	grep -q "\"code\": 55[04], .*$words" "$SCRATCH/mail/$1.reply" &&
	    [ ! -e "$SCRATCH/sink/mail/$1.1.eml" ]
}

forgeries=0
while read -r name; do
	case $name in
	*-ours)
		check "$name: signed, and verified" \
		    arrives_signed "$name" "${name%-ours}.example"
		;;
	*)
		forgeries=$((forgeries + 1))
		check "$name: refused" is_turned_away "$name"
		;;
	esac
done <"$SCRATCH/mail/names"

# Each of ours has been waited for, so what else there is has arrived.
no_forgery_signed()
{
	local signed

	postfix_queue_empty || { echo "the queue is not empty"; return 1; }
	signed=$(grep -l '^DKIM-Signature:' "$SCRATCH"/sink/mail/*.eml | wc -l)
	echo "$signed messages are signed"
	[ "$signed" -eq ${#PRESETS[@]} ] && [ "$(sink_count)" -eq "$signed" ]
}

# No recipient may learn a secret, and no internal field may leave.
nothing_leaks()
{
	! grep -il "X-Our-Secret\|$SECRET" "$SCRATCH"/sink/mail/*.eml &&
	    ! grep -i "^X-SFDC" \
		"$SCRATCH/sink/mail/salesforce-header-ours.1.eml" &&
	    ! grep "$SECRET" "$MILTER_LOG" "$SCRATCH"/mail/*.reply
}

check "$forgeries forgeries, none signed, none arrived" no_forgery_signed
check "no secret and no internal field leaves" nothing_leaks

e2e_finish
