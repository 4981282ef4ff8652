#!/bin/sh
# SPDX-License-Identifier: ISC
#
# _domainkey is delegated as a zone of its own to a server that does not answer
# for it: that is named, with what to do, by everybody.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/zone.sh"

hour=3600
dead='_domainkey.example.com is delegated as a zone of its own to name servers that do not answer for it (ns.gone.example), so nobody sees a key: fix these servers, or the NS records at _domainkey.example.com in the zone example.com'

# named FILE: it is named there once for the domain, and nothing else is blamed.
named()
{
	checks=$((checks + 1))
	[ "$(grep -c -F "$dead" "$1")" -eq 1 ] || fail "no dead delegation"
	says_not "$1" 'not every server shows\|SERVFAIL'
}

configure update
# A new domain.
echo _domainkey.example.com ns.gone.example >"$zone/delegated"
at_work add example.com
ends_at 3 60 rotate
says "$out" 'example.com  -  waiting for you: _domainkey'
named "$out"

# One that signs.
rm "$zone/delegated"
at_work rotate
done_at $hour rotate
done_at $((2 * hour)) rotate
echo _domainkey.example.com ns.gone.example >"$zone/delegated"
ends_at 3 $((3 * hour)) rotate
named "$out"
ends_at 2 $((3 * hour)) list --monitor
says "$out" '^CRITICAL example.com: _domainkey.example.com is delegated'
ends_at 3 $((3 * hour)) todo
says "$out" '_domainkey.example.com is delegated as a zone of its own'
ends_at 1 $((3 * hour)) check example.com
says "$out" '  _domainkey.example.com is delegated as a zone of its own'
rm "$zone/delegated"
done_at $((4 * hour)) rotate
ends_at 0 $((4 * hour)) list --monitor
done_testing
