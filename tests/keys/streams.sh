#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The keys of a stream live, are replaced and end by themselves: what happens to
# one stream does not touch the other keys of the domain.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/zone.sh"

folder=$keydir/example.com

# sources STREAM...: for each stream a source of example.com; "-": default keys.
sources()
{
	sed -i '/^source /,/^}/d' "$conf"
	for stream in "$@"; do
		keys="keys = \"$stream\""
		[ "$stream" != - ] || keys=
		cat >>"$conf" <<-EOF2
		source "of $stream" {
			networks = { "192.0.2.1" }
			trust_network = true
			domains = { "example.com" }
			$keys
		}
		EOF2
	done
}

# keys_of STREAM: the selectors of its keys, in order; "-": of default keys.
keys_of()
{
	if [ "$1" = - ]; then
		sed '1d; / stream=/d; s/ .*//' "$folder/state"
	else
		sed -n "s/^\\([^ ]*\\) .* stream=$1.*/\\1/p" "$folder/state"
	fi
}

# nth N STREAM
nth()
{
	keys_of "$2" | sed -n "$1p"
}

# first_line: of the state
first_line()
{
	sed -n 1p "$folder/state"
}

# begin STREAM...: each has a key that signs, and one in reserve.
begin()
{
	configure update
	sources "$@"
	rm -rf "$keydir"
	mkdir -m 0700 "$keydir"
	: >"$records"
	done_at 0 add example.com
	done_at 3600 rotate
	done_at 3700 rotate
}

# A domain without streams gets those that sources name later.
begin -
[ "$(first_line)" = 'countersign-keys 2' ] || fail "another format"
[ "$(keys_of - | wc -l)" -eq 2 ] || fail "not two default keys"
grep -v '^countersign' "$folder/state" >"$scratch/before"
sources - desk
ahead=4000
at_work list --monitor
[ "$status" -eq 2 ] || fail "no key of a named stream: exit $status"
says "$out" 'CRITICAL example.com: no rsa-sha256 key of stream desk signs'
says "$out" 'mail of example.com from the sources that name it is not signed'
done_at 4000 rotate --dry-run
says "$out" "to be generated: rsa2048 for stream desk"
says_not "$out" 'signs'
done_at 4000 rotate
[ "$(first_line)" = 'countersign-keys 3' ] || fail "not the new format"
desk=$(nth 1 desk)
echo "$desk" | grep -Eq '^desk-2026[0-9]{4}r1$' ||
    fail "the selector does not name its stream: $desk"
done_at 8000 rotate
done_at 12000 rotate
[ -n "$(value_of active_from "$(nth 1 desk)" example.com)" ] ||
    fail "the stream does not sign"
[ "$(keys_of desk | wc -l)" -eq 2 ] || fail "no reserve in the stream"
grep -v 'stream=\|^countersign' "$folder/state" >"$scratch/after"
cmp -s "$scratch/before" "$scratch/after" || fail "default keys have changed"
done_at 12000 list --monitor
zone_is_right

# The list and JSON show it; check and show name it.
done_at 12000 list
says "$out" '^DOMAIN  *STREAM  *SELECTOR'
says "$out" "^example.com  *desk  *$(nth 1 desk)  *rsa  *active"
says "$out" "^example.com  *-  *$(nth 1 -)  *rsa  *active"
fits 80
done_at 12000 list --json
says "$out" "\"selector\": \"$(nth 1 desk)\", \"stream\": \"desk\""
says "$out" "\"selector\": \"$(nth 1 -)\", \"stream\": null"
done_at 12000 check
says "$out" "$(nth 1 desk) of stream desk: active"
done_at 12000 check --json
says "$out" "{\"selector\": \"$(nth 1 desk)\", \"stream\": \"desk\""
done_at 12000 show example.com "$(nth 1 desk)"
says "$out" "key $(nth 1 desk) (rsa-sha256, 2048 bits, stream desk), active"

# A stolen stream is revoked, and nothing else.
cp -a "$keydir" "$scratch/good"
cp "$records" "$scratch/good.records"
cp "$folder/state" "$scratch/state"
first=$(nth 1 desk)
second=$(nth 2 desk)
grep -v 'stream=desk' "$folder/state" >"$scratch/before"
grep -v '^desk-' "$records" >"$scratch/before.records"
done_at 13000 compromise example.com --stream desk
says "$out" "^example.com: key $first of stream desk"
says "$out" '^  no longer signs'
says "$out" '^  revoked at '
says_not "$out" "example.com  $(nth 1 -)"
[ "$(value_of took_over_from "$second" example.com)" = "$first" ] ||
    fail "the reserve of the stream did not take over"
[ -n "$(value_of revoked "$first" example.com)" ] || fail "not revoked"
grep -v 'stream=desk' "$folder/state" >"$scratch/after"
cmp -s "$scratch/before" "$scratch/after" || fail "default keys were touched"
grep -v '^desk-' "$records" >"$scratch/after.records"
cmp -s "$scratch/before.records" "$scratch/after.records" ||
    fail "records of default keys were touched"
[ -n "$(nth 3 desk)" ] || fail "no new reserve"
ends_at 3 13001 compromise example.com --stream desk
says "$err" "nothing to do.*$second took over from $first"

# Without --stream, all streams that sign; one that is done is left alone.
done_at 13100 rotate
done_at 17000 rotate
done_at 17100 compromise example.com
says "$err" "nothing to do.*$second took over from $first"
[ -z "$(value_of compromised "$second" example.com)" ] || fail "burnt"
[ -n "$(value_of revoked "$(nth 1 -)" example.com)" ] || fail "default: not"
rm -rf "$keydir"
mv "$scratch/good" "$keydir"
cp "$scratch/good.records" "$records"
cp -a "$keydir" "$scratch/good"
done_at 13000 compromise example.com
says "$out" 'the keys of all streams that sign count as compromised'
for stream in - desk; do
	[ -n "$(value_of revoked "$(nth 1 $stream)" example.com)" ] ||
	    fail "$stream: not revoked"
	[ "$(value_of took_over_from "$(nth 2 $stream)" example.com)" = \
	    "$(nth 1 $stream)" ] || fail "$stream: another took over"
done

# The default keys alone.
rm -rf "$keydir"
cp -a "$scratch/good" "$keydir"
cp "$scratch/good.records" "$records"
done_at 13000 compromise example.com --stream default
[ -n "$(value_of revoked "$(nth 1 -)" example.com)" ] || fail "not revoked"
[ -z "$(value_of compromised "$(nth 1 desk)" example.com)" ] || fail "desk, too"

# Without a reserve in the stream, its key goes on: no other takes its place.
rm -rf "$keydir"
cp -a "$scratch/good" "$keydir"
cp "$scratch/good.records" "$records"
rm -f "$folder/$second.pem"
sed -i "/^$second /d" "$folder/state"
sed -i "/^$second\\./d" "$records"
ends_at 1 13000 compromise example.com --stream desk
says "$out" 'STILL SIGNS: there is no verified key in reserve'
[ -z "$(value_of retire_at "$(nth 1 -)" example.com)" ] || fail "another ends"
done_at 17000 rotate
[ -n "$(value_of revoked "$first" example.com)" ] || fail "not revoked then"

# activate and retire keep to the stream.
rm -rf "$keydir"
cp -a "$scratch/good" "$keydir"
cp "$scratch/good.records" "$records"
ends_at 1 13000 retire example.com "$first"
says "$err" "$first is the last active key of stream desk.*activate example.com $second"
done_at 13000 activate example.com "$second"
done_at 13001 retire example.com "$first"

# generate --stream
done_at 13002 generate example.com --stream desk --algorithm both
[ "$(keys_of desk | wc -l)" -eq 4 ] || fail "not two more keys"
says "$out" 'generated key desk-2026[0-9]*e1 (ed25519-sha256, 256 bits, stream desk)'
other=$(sed -n 's/^\([^ ]*e1\) .* stream=desk.*/\1/p' "$folder/state")
done_at 13002 activate example.com "$other" --force
says_not "$err" 'no RSA key'
ends_at 1 13003 retire example.com "$second"
says "$err" "$second is the last active RSA key of stream desk: "
done_at 13003 retire example.com "$second" --force
done_at 13003 generate example.com --stream desk --algorithm ed25519
done_at 13004 activate example.com "${other%1}2" --force
says "$err" "no RSA key of stream desk is active from then on.*generate example.com --stream desk'"
done_at 13002 generate example.com --stream default --selector mine
[ -z "$(value_of stream mine example.com)" ] || fail "mine is of a stream"
for bad in '' Desk 2a a-b abcdefghijklmnopq; do
	ends_at 2 13002 generate example.com --stream "$bad"
	says "$err" 'not the name of a stream'
done
ends_at 2 13002 list --stream desk
ends_at 2 13002 compromise example.com "$first" --stream desk
says "$err" 'selectors or --stream, not both'
ends_at 1 13002 compromise example.com --stream shop
says "$err" 'no key of stream shop signs'

# A stream that no source names is told, kept, and ends when a person says so.
rm -rf "$keydir"
cp -a "$scratch/good" "$keydir"
cp "$scratch/good.records" "$records"
ends_at 1 13000 domain remove example.com --stream desk
says "$err" "a source signs with stream desk"
cmp -s "$folder/state" "$scratch/state" || fail "the state was changed"
ends_at 2 13000 domain remove example.com --stream default
ends_at 1 13000 domain remove example.com --stream shop
says "$err" 'no keys of stream shop'
sed -i 's/algorithm = rsa2048/algorithm = both/' "$conf"
ends_at 3 13000 domain remove example.com --stream desk --force --dry-run
says "$out" 'a source signs with stream desk, which is to be removed'
says_not "$out" 'ed25519-sha256 key of stream desk'
cmp -s "$folder/state" "$scratch/state" || fail "a dry run changed the state"
sed -i 's/algorithm = both/algorithm = rsa2048/' "$conf"
sources -
ends_at 1 13000 list --monitor
says "$out" 'WARNING example.com: no source of example.com signs with stream desk any more'
says "$out" "domain remove example.com --stream desk' \\[stream\\]"
ends_at 3 13000 rotate
says "$out" 'no source of example.com signs with stream desk any more'
done_at 13000 list example.com
says "$out" 'no source signs with its stream'
done_at 13001 domain remove example.com --stream desk
[ -n "$(value_of retire_at "$first" example.com)" ] || fail "it signs on"
[ "$(value_of ending "$first" example.com)" = yes ] || fail "not marked"
[ -z "$(value_of retire_at "$(nth 1 -)" example.com)" ] || fail "another ends"
done_at 13001 domain remove example.com --stream desk
ends_at 1 13002 generate example.com --stream desk
says "$err" "domain keep example.com --stream desk"
cp -a "$keydir" "$scratch/ending"
cp "$records" "$scratch/ending.records"
done_at 13003 domain keep example.com --stream desk
[ -z "$(value_of ending "$first" example.com)" ] || fail "still marked"
done_at 13003 domain keep example.com --stream desk
says "$err" 'stream desk is not to be removed: nothing to do'
rm -rf "$keydir"
mv "$scratch/ending" "$keydir"
mv "$scratch/ending.records" "$records"
done_at $((13000 + 14 * day)) rotate
[ -n "$(value_of revoked "$first" example.com)" ] || fail "not revoked"
done_at $((13000 + 60 * day)) rotate
done_at $((13100 + 60 * day)) rotate
[ -n "$(value_of removed "$first" example.com)" ] || fail "not removed"
[ ! -e "$folder/$first.pem" ] || fail "its private key is still there"
! grep -q '^desk-' "$records" || fail "records of the stream are left"
[ -d "$folder" ] || fail "the domain was archived"
done_at $((13200 + 60 * day)) domain remove example.com --stream desk
says "$out" 'stream desk: already done'
done_at $((13200 + 60 * day)) list --monitor

# Named again, it begins again, with selectors of its own.
sources - desk
at_work rotate
[ "$(keys_of desk | wc -l)" -gt 2 ] || fail "no new key"
[ "$(keys_of desk | sort -u | wc -l)" -eq "$(keys_of desk | wc -l)" ] ||
    fail "a selector was used again"

# A key file whose line was lost says which stream it is of.
rm -rf "$keydir"
cp -a "$scratch/good" "$keydir"
cp "$scratch/good.records" "$records"
sed -i "/^$second /d" "$folder/state"
at_work adopt example.com "$second"
[ "$(value_of stream "$second" example.com)" = desk ] ||
    fail "adopted into another stream"

# If the stream is to be removed, that key ends with it, and none follows.
rm -rf "$keydir"
cp -a "$scratch/good" "$keydir"
cp "$scratch/good.records" "$records"
sed -i "/^$second /d" "$folder/state"
sources -
ends_at 3 13000 domain remove example.com --stream desk
says "$out" "not in the state file.*$second"
done_at 13001 adopt example.com "$second" --keep
[ "$(value_of ending "$second" example.com)" = yes ] || fail "it goes on"
done_at $((13002 + 14 * day)) rotate
done_at $((13002 + 60 * day)) rotate
done_at $((13102 + 60 * day)) rotate
[ "$(keys_of desk | wc -l)" -eq 2 ] || fail "the stream begins again"
! grep -q '^desk-' "$records" || fail "records of the stream are left"

# The domain leaves with all of its streams.
rm -rf "$keydir"
mv "$scratch/good" "$keydir"
cp "$scratch/good.records" "$records"
sources
done_at 13000 domain remove example.com
for stream in - desk; do
	[ -n "$(value_of retire_at "$(nth 1 $stream)" example.com)" ] ||
	    fail "$stream: signs on"
done
log_words
done_testing
