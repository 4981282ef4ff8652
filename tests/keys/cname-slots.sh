#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Three selectors behind CNAMEs take turns.  After a compromise, one that has
# been revoked for longer than caches keep it is taken before its time; a fourth
# that earlier versions used stays in use.  The zone that the CNAMEs point to is
# changed, but its name server cannot be asked here.
# shellcheck source=tests/keys/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/keys/zone.sh
. "$(dirname "$0")/zone.sh"

folder=$keydir/example.com
state=$folder/state
past=2026-10-01T09:00:00Z

# is SELECTOR TIMES: what the state says of the key from then on.
is()
{
	sed -i "s/^\(countersign-$1 .* generated=\)[^ ]* .*\(public=[^ ]*\).*/\1$past $2 \2 ${3:-} record=countersign-$1._domainkey.example.com.dkim.example/" "$state"
	sed -i 's/  */ /g' "$state"
}

# emptied SELECTOR: DNS has an empty p= for it.
emptied()
{
	sed -i "s/^\(countersign-$1[^\t]*\tv=DKIM1\).*/\1; k=rsa; p=/" \
	    "$records"
}

signs="published=$past seen=$past verified=$past active_from=$past"
begin()
{
	rm -rf "$keydir"
	mkdir -m 0700 "$keydir"
	: >"$records"
	configure update
	sed -i 's/^\tttl = .*/&\n\tcname_zone = "dkim.example"/; /disclose/d' \
	    "$conf"
	at_work add example.com
	is r1 "$signs retire_at=$past revoked=2026-11-20T09:00:00Z"
	emptied r1
	is r2 "$signs"
	at_work rotate
	says "$state" '^countersign-r3 '
	is r3 "$signs"
}

# No selector is free: nothing is taken before its time.
ahead=0
begin
is r2 "$signs retire_at=$past revoked=2026-11-23T08:59:00Z"
emptied r2
at_work rotate
says "$out" '^example.com  -  waiting: .*all 3 selectors for rsa2048 keys behind CNAMEs are in use'
says_not "$out" 'waiting for you.*selectors'
says_not "$state" '^countersign-r4 '
cp "$state" "$scratch/before"

# The key that signed is compromised: the slot that was revoked first is taken.
is r2 "$signs retire_at=$past revoked=2026-11-23T08:59:00Z" compromised=yes
says "$state" '^countersign-r2 .*compromised=yes'
at_work rotate
says "$out" 'countersign-r1  removed: '
says "$out" 'countersign-r1  destroyed: '
says "$out" 'countersign-r1  generated: '
says "$folder/log" 'countersign-r1 free: '
says "$out" 'countersign-r1  published: '
[ -z "$(value_of removed countersign-r1 example.com)" ] ||
    fail "the new key is removed"
says "$records" '^countersign-r1\._domainkey\.example\.com\.dkim\.example.*p=MII'
[ -z "$(value_of fresh countersign-r1 example.com)" ] ||
    fail "the selector counts as fresh"
checks=$((checks + 2))

# But not within the TTL after it was revoked: caches have the old record.
begin
sed -i 's/\tttl = 1s/\tttl = 2h/' "$conf"
for slot in r1 r2; do
	is $slot "$signs retire_at=$past revoked=2026-11-23T08:59:00Z" \
	    compromised=yes
	emptied $slot
done
at_work rotate
says "$out" 'all 3 selectors for rsa2048 keys behind CNAMEs are in use'

# A fourth that was in use goes on, and is taken again when it is free.
begin
sed -i 's/^countersign-r1 /countersign-r4 /; s/=countersign-r1/=countersign-r4/' \
    "$state"
mv "$folder/countersign-r1.pem" "$folder/countersign-r4.pem"
at_work list example.com
says "$out" 'countersign-r4'
is r2 "$signs retire_at=$past revoked=2026-11-23T08:59:00Z"
at_work rotate
says "$state" '^countersign-r1 '
rm -f "$folder/countersign-r4.pem" "$folder/countersign-r1.pem"
sed -i '/^countersign-r1 /d' "$state"
is r1 "$signs retire_at=$past revoked=2026-11-23T08:59:00Z"
is r4 "$signs retire_at=$past revoked=$past removed=$past"
sed -i 's/^countersign-r4 \(.*\)/countersign-r4 \1\ncountersign-r1 \1/
    ' "$state"
is r1 "$signs retire_at=$past revoked=2026-11-23T08:59:00Z"
at_work rotate
says "$out" 'countersign-r4  generated: '
done_testing
