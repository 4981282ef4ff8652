#!/bin/sh
# SPDX-License-Identifier: ISC
#
# activate and retire.
. "$(dirname "$0")/lib.sh"

status_of()
{
	"$COUNTERSIGN_KEY" -k "$keydir" list example.com |
	    awk -v s="$1" '$2 == s { print $4 }'
}

expect 0 generate example.com --algorithm both
rsa=$(selector_of 1 example.com)
ed=$(selector_of 2 example.com)

expect 0 activate --force example.com
says "$out" "$rsa  activated: signs from 20"
says "$out" "$ed  activated: signs from 20"
says "$out" 'DNS was NOT checked'
[ "$(status_of "$rsa")" = active ] || fail "$rsa is not active"
says "$keydir/example.com/log" "$rsa activate: signs from 20.*: requested (forced, not checked in DNS)\$"

# One key of each algorithm: what is in reserve never signs beside it.
expect 0 generate two.example --algorithm both
expect 0 generate two.example --algorithm both
expect 0 activate --force two.example
[ "$(grep -c 'activated' "$out")" -eq 2 ] || fail "more than two keys"
first=$(selector_of 1 two.example) third=$(selector_of 3 two.example)
[ "$("$COUNTERSIGN_KEY" -k "$keydir" list two.example |
    grep -c ' active ')" -eq 2 ] || fail "the reserve signs"
says "$out" "$first  activated"
cp "$keydir/two.example/state" "$scratch/before"
expect 0 activate --force two.example
says "$out" 'already active'
cmp -s "$scratch/before" "$keydir/two.example/state" || fail "changed"
# It signs when it is named, or when no other does.
expect 0 activate --force two.example "$third"
expect 0 generate next.example --algorithm ed25519 --selector a
expect 0 generate next.example --algorithm ed25519 --selector b
expect 0 activate --force next.example
expect 0 retire next.example a --force
expect 0 activate --force next.example
says "$out" 'b  activated'

# Again: nothing to do, nothing written.
cp "$keydir/example.com/state" "$scratch/before"
expect 0 activate --force example.com
says "$out" 'already active'
expect 0 activate --force example.com "$rsa"
cmp -s "$scratch/before" "$keydir/example.com/state" || fail "changed"

# By a time to come.
expect 0 generate example.com --algorithm ed25519 --selector later
expect 0 activate --force --at 2099-01-01T00:00:00Z example.com later
[ "$(status_of later)" = scheduled ] || fail "later is not scheduled"
expect 0 activate --force example.com later
[ "$(status_of later)" = active ] || fail "later is not active"

# The last RSA key, and the last key, are kept.
expect 1 retire example.com "$rsa"
says "$err" 'last active RSA key'
says "$err" "no other is verified yet: '.* rotate example.com'"
expect 0 retire example.com "$ed"
[ "$(status_of "$ed")" = retired ] || fail "$ed is not retired"
expect 0 retire example.com "$ed"
says "$out" 'already retired'
expect 0 retire example.com later
expect 1 retire example.com "$rsa"
says "$err" 'last active key: .*deferred or leaves unsigned'
[ "$(status_of "$rsa")" = active ] || fail "$rsa was retired"
expect 1 activate --force example.com "$ed"
says "$err" 'retired'
expect 0 retire example.com "$rsa" --force
[ "$(status_of "$rsa")" = retired ] || fail "$rsa is not retired"
says "$keydir/example.com/log" "$rsa retire: stops signing at 20.*: requested (forced)\$"
expect 1 activate --force example.com
says "$err" 'no key that could sign'

# Retired at a time: active until then.
expect 0 generate example.com --selector a
expect 0 generate example.com --selector b
expect 0 activate --force example.com a b
expect 0 retire example.com a --at 2099-01-01T00:00:00Z
[ "$(status_of a)" = active ] || fail "a is not active"
says "$keydir/example.com/state" '^a .* retire_at=2099-01-01T00:00:00Z public='

# The last key is also the one beside which the others are to retire.
expect 1 retire example.com b
says "$err" 'b is the last active key'
expect 1 retire example.com b --at 2098-12-31T23:59:59Z
[ "$(status_of b)" = active ] || fail "b was retired"
expect 0 generate example.com --selector c
expect 0 activate --force example.com c --at 2099-01-01T00:00:00Z
expect 0 retire example.com b

# Ed25519 alone is warned of; a key that cannot be read is not activated.
expect 0 generate ed.example --algorithm ed25519 --selector e
expect 0 activate --force ed.example
says "$err" 'no RSA key is active'
expect 0 generate bad.example --algorithm ed25519 --selector e
rm -f "$keydir/bad.example/e.pem"
expect 1 activate --force bad.example
says "$err" 'e.pem: no such file'
log_words generate activate retire
done_testing
