#!/bin/sh
# SPDX-License-Identifier: ISC
#
# todo: what waits for a person, by contact, with the lines to enter in DNS:
# from the first record to the removal of an old one, and CNAMEs.
# shellcheck source=tests/keys/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/keys/zone.sh
. "$(dirname "$0")/zone.sh"

# by_hand MORE: records are published by hand.
by_hand()
{
	configure hook "$1"
	sed -i 's/publish = .*/publish = manual/; /	hook = /d' "$conf"
}

# todo STATUS SECONDS [ARGUMENTS]: that status then.
todo()
{
	want=$1 ahead=$2
	shift 2
	checks=$((checks + 1))
	at_work todo "$@"
	[ "$status" -eq "$want" ] ||
	    fail "todo $*, $ahead s after: exit $status, want $want"
}

# items FILTER: what jq makes of todo --json.
items()
{
	at_work todo --json
	jq -r "$1" <"$out"
}

# publish_all DOMAIN...: as a person does who takes the values from todo.
publish_all()
{
	items '.[] | select(.action == "add-record") |
	    .record.name + "\t" + .record.value' >>"$records"
}

by_hand 'contact = "ops@example.net"
	domain "news.example.com" { contact = "dns@customer.example" }'
todo 0 0
says "$out" '^Nothing to do\.$'
[ "$(items length)" -eq 0 ] || fail "todo --json: not empty"

# What add prints is what todo prints later, for people and for programs.
done_at 0 add third.example --json
[ "$(jq -r '.[0].records | map(.type + " " + .hosts[0].host) | join(", ")' \
    <"$out")" = "$(selector_of 1 third.example | sed 's/.*/TXT &._domainkey/'), \
$(selector_of 2 third.example | sed 's/.*/TXT &._domainkey/')" ] ||
    fail "add --json: records"
[ "$(jq -c '.[0].records' <"$out")" = \
    "$(items '[.[].record]' | jq -c .)" ] || fail "add and todo differ"
rm -rf "$keydir/third.example"

# Two records a domain wait at once, though rotation has not run yet; the host
# name is relative to each zone that it may be in.
done_at 0 add example.com
grep '^    \|^[^ ]' "$out" | sed -n '/host/,/^[^ ]* IN TXT/p' >"$scratch/added"
# So do publish and show.
for command in publish show; do
	at_work $command example.com
	grep '^    \|^[^ ]' "$out" | sed -n '/host/,/^[^ ]* IN TXT/p' \
	    >"$scratch/shown"
	checks=$((checks + 1))
	while IFS= read -r line; do
		grep -q -F -x -e "$line" "$scratch/shown" ||
		    fail "add: $line: not in $command"
	done <"$scratch/added"
	says "$out" 'signs next\b'
	says "$out" 'in reserve\b'
done
at_work publish example.com --json
[ "$(jq -c '.[0].records' <"$out")" = "$(items '[.[].record]' | jq -c .)" ] ||
    fail "publish --json: records"
done_at 0 add news.example.com
first=$(selector_of 1 example.com)
second=$(selector_of 2 example.com)
todo 3 60
[ "$(grep '^Contact: ' "$out" | tr '\n' ' ')" = \
    'Contact: dns@customer.example Contact: ops@example.net ' ] ||
    fail "contacts"
[ "$(sed -n '/^Contact: ops/,$p' "$out" | grep -c '^news')" -eq 0 ] ||
    fail "a domain of another contact"
says "$out" "^    host    $first._domainkey.news  in the zone example.com$"
says "$out" "^    or      $first._domainkey  in the zone news.example.com$"
says "$out" '^    TTL     1$'
checks=$((checks + 1))
while IFS= read -r line; do
	grep -q -F -x -e "$line" "$out" || fail "add: $line: not in todo"
done <"$scratch/added"
says "$scratch/added" '^    host    '
says "$out" '^v=DKIM1; k=rsa; .*p='
says "$out" '^"v=DKIM1; k=rsa; .*p=.*"$'
says "$out" '^  signs:       none$'
says "$out" '^  in reserve:  none$'
says "$out" '^  (rsa-sha256, signs next)'
# Only values are longer than a terminal is wide.
checks=$((checks + 1))
grep -v '^v=DKIM1\|^"\|^[^ ]* IN TXT ' "$out" | grep '.\{81\}' && fail "a line is too long"
[ "$(grep -c '^"' "$out")" -eq 8 ] || fail "strings"
checks=$((checks + 1))
grep '^"' "$out" | grep '.\{258\}' && fail "a string is too long"
[ "$(items '[.[].action] | unique | join(" ")')" = add-record ] ||
    fail "actions"
[ "$(items '[.[] | select(.domain == "example.com").role] | join(", ")')" = \
    'signs next, in reserve' ] || fail "roles"
[ "$(items '[.[].record.strings | join("")] == [.[].record.value]')" = true ] ||
    fail "strings are not the value"
[ "$(items '[.[].contact] | unique | join(" ")')" = \
    'dns@customer.example ops@example.net' ] || fail "contacts in JSON"
todo 3 60 example.com
says_not "$out" 'news.example.com'

# Once the records are there, nothing is left to do.
publish_all
at_work rotate
todo 0 120
ahead=7200
at_work rotate
todo 0 7200

# A record that is gone: it is critical, and the record is printed again.
cp "$records" "$scratch/right"
sed -i "/^$first\\._domainkey\\.example\\.com/d" "$records"
ends_at 1 7300 rotate
todo 3 7300
says "$out" "^  CRITICAL: Publish the record of key $first$"
says "$out" '^  (rsa-sha256, signs)'
# On a terminal, texts are wrapped; values are not.
configuration=$conf
on_terminal 80 -k "$keydir" todo
grep -v '^v=DKIM1\|^"\|^[^ ]* IN TXT ' "$out" >"$scratch/texts"
cp "$scratch/texts" "$out"
fits 80
says "$out" '^    signs, but not every server has its correct record: '
[ "$(items '.[0] | .trouble + " " + .severity + " " + .record.type')" = \
    'record critical TXT' ] || fail "a record that is gone: JSON"
cp "$scratch/right" "$records"
at_work rotate
todo 0 7300

# The old key: its record is revoked, then removed.
ahead=$((100 * day))
at_work rotate
publish_all
for ahead in $((100 * day + 3600)) $((101 * day)) $((115 * day)); do
	at_work rotate
done
todo 3 $((115 * day))
says "$out" "^  Give an empty p= to, or remove, the record of key $first$"
[ "$(items '.[] | select(.domain == "example.com" and
    .action == "revoke-record") | .role + ": " + .record.value')" = \
    'no longer signs: v=DKIM1; k=rsa; h=sha256; p=' ] || fail "a record to revoke"
items '.[] | select(.action == "revoke-record") |
    .record.name + "\t" + .record.value' >"$scratch/revoked"
cut -f 1 "$scratch/revoked" >"$scratch/names"
grep -v -F -f "$scratch/names" "$records" >"$scratch/rest"
cat "$scratch/rest" "$scratch/revoked" >"$records"
at_work rotate
todo 0 $((116 * day))
ahead=$((150 * day))
at_work rotate
todo 3 $((150 * day))
says "$out" "^  Remove the record of key $first$"

# A key that is compromised, and a domain that cannot be read.
ahead=$((150 * day + 60))
at_work compromise example.com "$second"
todo 3 $((150 * day + 60)) example.com
says "$out" "^  CRITICAL: Give an empty p= to, or remove, the record of key $second$"
echo nonsense >>"$keydir/news.example.com/state"
todo 3 $((150 * day + 60)) news.example.com
says "$out" '^  CRITICAL: Look after the domain$'
says "$out" '/news.example.com/state: line '

# The hook fails: that is not for the customer, but it is said.
rm -rf "$keydir"
mkdir -m 0700 "$keydir"
: >"$records"
configure hook
at_work add example.com
sed -i 's,^{$,exit 1; {,' "$scratch/hook"
ends_at 1 60 rotate
todo 0 60
says "$out" '^Nothing to do\.$'
says "$out" "^'.*countersign-key .*list --monitor'$"

# CNAMEs: the one that is missing is asked for, with its target; not the record
# behind it, which is ours.
rm -rf "$keydir"
mkdir -m 0700 "$keydir"
: >"$records"
configure update 'cname_zone = "dkim.example.net"'
at_work add example.com --json
[ "$(jq -r '[.[0].records[].type] | unique | join(" ")' <"$out")" = CNAME ] ||
    fail "add --json: CNAMEs"
todo 3 60
says "$out" '^  Publish the CNAME of key countersign-r1$'
says "$out" '^    unless it exists, which DNS does not tell: '
says "$out" '^    host    countersign-r1._domainkey  in the zone example.com$'
says "$out" '^    target  .*\.dkim\.example\.net\.$'
[ "$(items '[.[] | .action + " " + .record.type] | unique | join(", ")')" = \
    'add-cname CNAME' ] || fail "CNAMEs in JSON"

done_testing
