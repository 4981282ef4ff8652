#!/bin/bash
# SPDX-License-Identifier: ISC
#
# docs/platforms word for word, in Debian's Postfix with its chroot: mail as
# each platform sends it for us is signed, and that of its other customers, who
# forge our From, is refused.

# shellcheck disable=SC2034
E2E_PRIVATE=(knot postfix sasl2-bin)
# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"
# shellcheck source=tests/e2e/lib/howto.sh
. "$E2E_LIB/howto.sh"
# shellcheck source=tests/e2e/lib/howto_mail.sh
. "$E2E_LIB/howto_mail.sh"
# shellcheck source=tests/e2e/lib/platforms.sh
. "$E2E_LIB/platforms.sh"

# As the person who is asked for it would type it; and another customer's user.
do_password()
{
	sed 's/^saslpasswd2 /&-p /' "$1" >"$HOWTO/password.sh"
	printf secret | bash -e "$HOWTO/password.sh" && printf secret |
	    saslpasswd2 -p -c -f /var/spool/postfix/etc/sasldb2 \
	    -u relay.example.net theirs
}

# The certificate that its authority would have put there, and trust in it.
certificate()
{
	local live=/etc/letsencrypt/live/relay.example.net

	mkdir -p "$live" && cp "$TLS/server.key" "$live/privkey.pem" &&
	    cat "$TLS/server.pem" "$TLS/ca.pem" >"$live/fullchain.pem" &&
	    cp "$TLS/ca.pem" "/etc/ssl/certs/$(openssl x509 -hash -noout \
	    -in "$TLS/ca.pem").0"
}

# platform NAME HOST:PORT LOGIN SELECTOR PRESET KIND...: mail of each kind.
platform()
{
	"$PYTHON" "$E2E_LIB/platform_page.py" "$2" "$TLS" "$SCRATCH/platform" \
	    "$SCRATCH/mail" "$3" "$4" "$1" "${@:5}" >>"$SCRATCH/mail/names"
}

# What the pages speak of: mail_NAME is sent where a block says log=NAME.
mail_login()
{
	platform login 127.0.0.1:10025 hr-suite - generic-auth ours no-login
}

mail_login-theirs()
{
	platform login 127.0.0.1:10025 hr-suite - generic-auth other-tenant
}

mail_salesforce()
{
	platform salesforce 127.0.0.1:10025 sfdc-relay - salesforce-auth ours \
	    other-tenant their-login no-login both-fields their-bounce
}

mail_salesforce-their-fields()
{
	platform salesforce 127.0.0.1:10025 sfdc-relay - salesforce-auth \
	    their-fields
}

mail_zendesk()
{
	platform zendesk 127.0.0.1:10025 zendesk - zendesk ours their-login
}

mail_zendesk-other-tenant()
{
	platform zendesk 127.0.0.1:10025 zendesk - zendesk other-tenant
}

mail_servicenow()
{
	platform servicenow 127.0.0.1:10025 servicenow - servicenow ours \
	    no-login
}

mail_servicenow-other-tenant()
{
	platform servicenow 127.0.0.1:10025 servicenow - servicenow \
	    other-tenant
}

mail_microsoft365()
{
	platform microsoft365 192.0.2.26:25 - platform m365-dkim ours \
	    no-signature outside broken-signature other-author
}

mail_microsoft365-other-tenant()
{
	platform microsoft365 192.0.2.26:25 - platform m365-dkim other-tenant
}

mail_microsoft365-secret()
{
	platform microsoft365-secret 192.0.2.26:25 - - m365-secret ours \
	    other-tenant wrong-secret both-secrets outside high-risk-pool \
	    other-author
}

mail_google()
{
	platform google 127.0.0.1:10026 - - google-secret ours outside \
	    empty-secret other-author
}

mail_google-other-tenant()
{
	platform google 127.0.0.1:10026 - - google-secret other-tenant
}

mail_google-dkim()
{
	platform google-dkim 127.0.0.1:10026 - google google-dkim ours \
	    other-tenant no-signature outside broken-signature other-author
}

# Refused by us, or by Postfix who did not let it in.
is_turned_away()
{
	local words="not authorized to send mail from example.com"

	words="$words|Access denied|only mail of example.com is relayed here"
	cat "$SCRATCH/mail/$1.reply"
	grep -qE "\"code\": 55[04], .*($words)" "$SCRATCH/mail/$1.reply" &&
	    [ ! -e "$SCRATCH/sink/mail/$1.1.eml" ]
}

# The platform's own signature, if any, is one more.
is_signed()
{
	local file own

	reply_is "$1" 250 && file=$(sink_file "$1") || return 1
	own=$(grep -ciE '^DKIM-Signature:' "$SCRATCH/mail/$1.eml")
	grep -cE '^DKIM-Signature:' "$file" | grep -qx $((own + 2)) &&
	    "$PYTHON" "$E2E_LIB/without_signatures.py" "$SCRATCH/mail/$1.eml" \
	    "$file" >"$SCRATCH/mail/$1.ours.eml" &&
	    "$PYTHON" "$E2E_LIB/verify.py" "$SCRATCH/mail/$1.ours.eml" \
	    example.com rsa-sha256 ed25519-sha256
}

outcomes()
{
	local name

	while read -r name; do
		case $name in
		*-ours)	check "$name: signed, and verified" is_signed "$name" ;;
		*)	check "$name: refused" is_turned_away "$name" ;;
		esac
	done <"$SCRATCH/mail/names"
	: >"$SCRATCH/mail/names"
}

howto_mail_machine example.com
platform_zones
platform_key own example.com google
dns_start example.com "${PLATFORM_ZONES[@]}"
howto_address 192.0.2.25 192.0.2.26
certificate
howto_mail_start

howto_page platforms/salesforce
outcomes
howto_mail_again
howto_page platforms/login
rm /etc/countersign/conf.d/*
howto_page platforms/zendesk
rm /etc/countersign/conf.d/*
howto_page platforms/servicenow
outcomes
howto_mail_again
howto_page platforms/microsoft365
outcomes
howto_mail_again
howto_page platforms/google
outcomes
check "no secret is in the log" \
    bash -c "! grep 0123456789abcdef0123456789abcdef $MAIL_LOG"
howto_mail_finish
