#!/bin/sh
# SPDX-License-Identifier: ISC
#
# What a wildcard answers is no record at the name of a key: keys are published
# in its place, and it may answer again when they are removed.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/zone.sh"

hour=3600

# live: two keys of example.com live to their end; what the wildcard of that
# line has is not touched.
live()
{
	rm -rf "$keydir"
	mkdir -m 0700 "$keydir"
	printf '%s\n' "$1" >"$records"
	done_at 0 add example.com
	at_work check example.com
	says_not "$out" 'remove it'
	done_at $hour rotate
	first=$(selector_of 1 example.com)
	checks=$((checks + 1))
	[ -n "$(value_of active_from "$first" example.com)" ] ||
	    fail "$1: no key signs"
	at_work check example.com
	[ "$status" -eq 0 ] || fail "$1: check: exit $status"
	# It ends, and the wildcard answers in the place of its record.
	done_at $((3 * day)) rotate
	done_at $((4 * day)) rotate
	done_at $((6 * day)) rotate
	done_at $((8 * day)) rotate
	checks=$((checks + 1))
	[ -n "$(value_of removed "$first" example.com)" ] ||
	    fail "$1: not removed"
	[ ! -f "$keydir/example.com/$first.pem" ] || fail "$1: not destroyed"
	says_not "$records" "^$first"
	says "$records" "$(printf '%s' "$1" | sed 's/[*]/[*]/')"
	says_not "$out" 'not ours'
}

tab=$(printf '\t')
for way in update hook; do
	configure $way 'every = 2d retain = 1h revoke_for = 1d
	signature_lifetime = 1h'
	sed -i 's/queue_lifetime = 5d/queue_lifetime = 1h/' "$conf"
	live "*._domainkey.example.com${tab}v=spf1 -all"
	live "*._domainkey.example.com${tab}v=DKIM1; p="
	live "*.example.com${tab}v=spf1 -all"
	live "*.example.com${tab}CNAME www.example.com"
done

# A key that is to be published at a name that a wildcard answers for is absent.
configure update
rm -rf "$keydir"
mkdir -m 0700 "$keydir"
printf '%s\n' "*._domainkey.example.com${tab}v=spf1 -all" >"$records"
ahead=0
at_work generate example.com --selector one
at_work check example.com
says "$out" 'absent .*only a wildcard answers'
says "$out" 'no server has its record'

# A record that is at the name is not touched, though it is the wildcard's.
printf '%s\n' "one._domainkey.example.com${tab}v=spf1 -all" >>"$records"
at_work publish example.com one
[ "$status" -eq 1 ] || fail "publish: exit $status"
says "$out" 'not ours and left unchanged.*another host or a restored backup'
says "$records" "^one._domainkey.example.com${tab}v=spf1 -all"

# A DNAME is named.
printf '%s\n' "_domainkey.example.com${tab}DNAME keys.example.net" >"$records"
at_work publish example.com one
[ "$status" -eq 1 ] || fail "publish below a DNAME: exit $status"
says "$out" 'a DNAME at _domainkey.example.com sends all names below it to keys.example.net'

# So is a CNAME, that is not said to be of no use.
printf '%s\n' "one._domainkey.example.com${tab}CNAME k.example.net" >"$records"
at_work publish example.com one
[ "$status" -eq 1 ] || fail "publish at a CNAME: exit $status"
says "$out" 'there is a CNAME at one._domainkey.example.com: if nobody signs'
done_testing
