# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# The zones of the platforms: SPF records, and keys that they sign with.

# platform_key NAME DOMAIN [SELECTOR]: a key of the platform, and its record.
platform_key()
{
	mkdir -p "$SCRATCH/platform"
	[ -s "$SCRATCH/platform/$1.key" ] ||
	    openssl genrsa -traditional -out "$SCRATCH/platform/$1.key" 2048 \
	    2>/dev/null || return 1
	echo "${3:-platform}._domainkey TXT \"v=DKIM1; p=\" $(
	    openssl rsa -in "$SCRATCH/platform/$1.key" -pubout -outform DER \
		2>/dev/null | base64 -w 200 | sed 's/.*/"&"/' | tr '\n' ' ')" \
	    >>"$SCRATCH/dns/$2"
}

# Zones of platform_zones.
# shellcheck disable=SC2034
PLATFORM_ZONES=(evil.example contoso.onmicrosoft.com fabrikam.onmicrosoft.com
    salesforce.com outlook.com google.com)

platform_zones()
{
	local domain

	platform_key theirs evil.example || die "no key"
	for domain in contoso fabrikam; do
		platform_key "$domain.onmicrosoft.com" \
		    "$domain.onmicrosoft.com"
	done
	{
		echo '_spf TXT "v=spf1 exists:%{i}._spf.mta.salesforce.com -all"'
		echo '13.110.209.7._spf.mta A 127.0.0.2'
	} >"$SCRATCH/dns/salesforce.com"
	echo 'spf.protection TXT "v=spf1 ip4:40.92.0.0/15 ip4:40.107.0.0/16 -all"' \
	    >"$SCRATCH/dns/outlook.com"
	echo '_spf TXT "v=spf1 ip4:209.85.128.0/17 ~all"' \
	    >"$SCRATCH/dns/google.com"
}
