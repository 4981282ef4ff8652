#!/bin/sh
# SPDX-License-Identifier: ISC
#
# A record that the zone's servers show, and a resolver outside does not: its
# key is not verified and does not begin; the one that signs goes on.  A second
# DNS server is the resolver.
# shellcheck source=tests/keys/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/keys/zone.sh
. "$(dirname "$0")/zone.sh"

inside=$server inside_port=$port
world=$scratch/outside
mkdir "$world"
touch "$world/asked"
start_authority "$world"
outside=$server outside_port=$port
port=$inside_port
trap 'kill $inside $outside; rm -rf "$scratch"' EXIT
folder=$keydir/example.com
hour=3600

# begin RESOLVERS: two keys, in DNS and not verified.
begin()
{
	rm -rf "$keydir"
	mkdir -m 0700 "$keydir"
	: >"$records"
	: >"$world/records"
	: >"$world/asked"
	resolvers=$1
	configure update
	if [ -n "$1" ]; then
		done_at 0 add example.com
	else
		sed -i /check_resolvers/d "$conf"
		ends_at 3 0 add example.com
	fi
	first=$(selector_of 1 example.com)
	second=$(selector_of 2 example.com)
}

# let_in: what the servers show is seen outside, too.
let_in()
{
	cp "$records" "$world/records.new"
	mv "$world/records.new" "$world/records"
}

# none STATE-WORD: no key has that time.
none()
{
	grep -q " $1=" "$folder/state" && fail "a key has $1"
}

# both_signs SECONDS: the first signs then, the second is in reserve.
starts_at()
{
	done_at "$1" rotate
	says "$out" "$first  activated"
	[ -n "$(value_of verified "$second" example.com)" ] ||
	    fail "no reserve"
}

at_outside="{ \"127.0.0.1@$outside_port\" }"
text='every name server has its record, but'

# -- The servers are private, and nobody is named ----------------------------

begin ''
says "$out" '  -  waiting for you: all name servers have private addresses.*in the section rotation.*check_resolvers = none there'
says_not "$out" 'will be signed from'
ends_at 3 $hour rotate
none verified
says "$out" '  -  waiting for you: all name servers have private addresses'
[ "$(grep -c 'private addresses' "$out")" -eq 1 ] || fail "told twice"
ends_at 1 $hour list --monitor
says "$out" 'private addresses'
ends_at 3 $hour check --wait
says "$out" 'not yet: all name servers have private addresses'
at_work check --json
[ "$(jq -r '.[0].keys[0].outside.verdict' <"$out")" = 'private-servers' ] ||
    fail "check --json: outside"
# By the man page, and by force.
ends_at 3 $hour activate example.com "$first"
says "$out" 'must not sign: in the section rotation, set check_resolvers'
none active_from
checks=$((checks + 1))
at_work activate --force example.com "$first"
[ "$status" -eq 0 ] || fail "activate --force: exit $status"
# It goes on, though nobody knows what is outside.
ends_at 3 $((2 * hour)) rotate
none retire_at
says "$out" '  -  waiting for you: all name servers have private addresses'
resolvers=none
configure update
done_at $((3 * hour)) rotate
[ -n "$(value_of verified "$second" example.com)" ] || fail "none: no reserve"
resolvers=
# By hand, too.
rm -rf "$keydir"
mkdir -m 0700 "$keydir"
: >"$records"
means=
configure manual
sed -i /check_resolvers/d "$conf"
ends_at 3 0 add example.com
says "$out" '  -  waiting for you: all name servers have private addresses'

# -- The resolver does not have it -------------------------------------------

begin "$at_outside"
# While a server lacked the record it was not asked.
[ ! -s "$world/asked" ] || fail "asked too early"
done_at 60 rotate
none verified
says "$world/asked" "^$first._domainkey.example.com\$"
says "$out" "$first  waiting until [^ ]*: $text a resolver of check_resolvers does not see it, so it does not sign: 127.0.0.1@$outside_port absent"
ends_at 3 60 check
says "$out" "^    inside   127.0.0.1@$port  *right "
says "$out" "^    outside  127.0.0.1@$outside_port  *absent "
says "$out" "$first: .*does not see its record; this may take until "
says "$out" "$first: .*not yet: a resolver of check_resolvers does not see"
at_work check --json
[ "$(jq -r '.[0].keys[0].outside | .verdict + " " + .resolvers[0].verdict' \
    <"$out")" = 'contradicts absent' ] || fail "check --json: outside"
ends_at 3 60 activate example.com "$first"
says "$out" 'every name server shows its record, but a resolver of check_resolvers does not, so it must not sign'
none active_from
# list shows inside and outside apart, and asks nobody.
listed()
{
	at_work list --json
	[ "$(jq -r ".[] | select(.selector == \"$1\") |
	    \"\(.outside) \(.seen_outside)\"" <"$out")" = "$2" ] ||
	    fail "list --json: not $2"
	at_work list
	fits 80
	says "$out" '^DOMAIN  *SELECTOR  *KIND  *STATUS  *OUTSIDE  *AGE '
	says "$out" "^example.com  *$1  *rsa  *[a-z]*  *${3:-${2%% *}} "
}
listed "$first" 'null null' -
# After an hour it is a trouble.
ends_at 1 $((2 * hour)) rotate
none verified
says "$out" "$first  FAILED: $text a resolver"
ends_at 1 $((2 * hour)) list --monitor
says "$out" "$first: $text a resolver"
listed "$first" 'no null'
says "$out" '^    the name servers have its record, but resolvers outside do not show it$'
# A person may fix it.
let_in
starts_at $((3 * hour))
says "$folder/log" "$first verify: .*; outside: 127.0.0.1@$outside_port right"
says "$folder/log" "$first outside: seen: 127.0.0.1@$outside_port right"
listed "$first" "yes $(date -u -d "@$((epoch + 3 * hour))" +%Y-%m-%dT%H:%M:%SZ)"
done_at $((3 * hour)) list --monitor
done_at $((3 * hour)) check
says "$out" "^    outside  127.0.0.1@$outside_port  *right "

# -- The one that signs goes on, and that is told ----------------------------

: >"$world/records"
ends_at 1 $((4 * hour)) rotate
says "$out" "$first  FAILED: signs, and every name server has its record, but a resolver of check_resolvers does not see it"
none retire_at
says "$folder/log" "$first outside: no longer seen: 127.0.0.1@$outside_port"
listed "$first" 'no null'
ends_at 2 $((4 * hour)) list --monitor --json
[ "$(jq -r "[.problems[] | select(.selector == \"$first\").trouble] | @csv" \
    <"$out")" = '"not-seen-outside"' ] || fail "another trouble"
ends_at 2 $((4 * hour)) list --monitor
ends_at 1 $((4 * hour)) check
says "$out" "$first: active, WRONG: signs; but a resolver of check_resolvers does not see its record"
# Its successor does not begin; what is as it should be again ends it all.
ends_at 1 $((91 * day)) rotate
none retire_at
says "$out" "$second  .*: $text a resolver of check_resolvers"
let_in
done_at $((91 * day + hour)) rotate
says "$out" "$second  activated"

# -- SERVFAIL, and another record --------------------------------------------

begin "$at_outside"
let_in
touch "$world/servfail"
done_at 60 rotate
none verified
says "$out" "127.0.0.1@$outside_port failing (SERVFAIL)"
rm "$world/servfail"
sed 's/p=..../p=MIIC/' "$records" >"$world/records"
done_at 120 rotate
none verified
says "$out" "127.0.0.1@$outside_port wrong"
let_in
starts_at 180

# -- Nobody answers -----------------------------------------------------------

begin "$at_outside"
kill $outside
wait $outside 2>/dev/null
silence="$text no resolver of check_resolvers answers, so it does not sign"
done_at 60 rotate
none verified
says "$out" "$first  waiting until [^ ]*: $silence: 127.0.0.1@$outside_port silent (unreachable"
done_at $((23 * hour)) rotate
says "$out" "$first  waiting until [^ ]*: $silence"
ends_at 1 $((25 * hour)) rotate
says "$out" "$first  FAILED: $silence"
none verified
ends_at 3 $((25 * hour)) check
says "$out" 'not yet: no resolver of check_resolvers answers'
# One that answers is enough.
rm "$world/port"
start_authority "$world"
outside=$server
let_in
resolvers="{ \"127.0.0.1@$port\", \"127.0.0.1@1\" }"
port=$inside_port
configure update
starts_at $((26 * hour))
# In need, one that was once verified is better than one that is known.
kill $outside
wait $outside 2>/dev/null
trap 'kill $inside; rm -rf "$scratch"' EXIT
at_work compromise example.com "$first"
says "$out" "$second  activated"

echo "$checks checks"
