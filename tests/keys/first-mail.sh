#!/bin/sh
# SPDX-License-Identifier: ISC
#
# From add to the first signed mail: a name that nobody used before can only
# be in a cache as not there, so the negative TTL of the zone is all that is
# waited for; any other name waits for the TTL of records.
# shellcheck source=tests/keys/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/keys/zone.sh
. "$(dirname "$0")/zone.sh"

folder=$keydir/example.com
hour=3600
# What is added to each TTL because times are kept in whole seconds.
rounding=2
echo 120 >"$zone/negative"

# begin WAY: without keys; records have a TTL of an hour.
begin()
{
	rm -rf "$keydir"
	mkdir -m 0700 "$keydir"
	: >"$records"
	configure "$1"
	sed -i "s/^\tttl = .*/\tttl = 1h/" "$conf"
}

by_hand()
{
	begin hook
	sed -i 's/publish = .*/publish = manual/; /hook = /d' "$conf"
}

# publish_all: as a person does.
publish_all()
{
	at_work show example.com --json
	jq -r '.[] | .name + "\t" + .value' <"$out" >"$records"
}

# signs_from SECONDS: with the rounding, not a second before, and then.
signs_from()
{
	ahead=$(($1 + rounding - 1))
	at_work rotate
	says_not "$out" 'activated'
	done_at $(($1 + rounding)) rotate
	says "$out" "$(selector_of 1 example.com)  activated"
}

# clock SECONDS: what the clock shows that long after the beginning, with the
# rounding; a minute that has begun counts as the next.
clock()
{
	date -u -d "@$((epoch + $1 + rounding + 59))" +%H:%M
}

for way in update hook; do
	begin "$way"
	done_at 0 add example.com
	says "$out" 'name is free: nothing exists at its name; .* keep this answer for 120 s'
	[ "$(grep -c ' absent=[^ ]* absent_for=120 fresh=yes ' "$folder/state")" -eq 2 ] ||
	    fail "$way: no proof in the state"
	# It stands there before the record is in DNS.
	[ "$(grep -n ' unused: ' "$folder/log" | head -1 | cut -d: -f1)" -lt \
	    "$(grep -n ' publish: ' "$folder/log" | head -1 | cut -d: -f1)" ] ||
	    fail "$way: published before"
	for command in 'rotate' 'check'; do
		ahead=0
		at_work $command
		says "$out" "mail of example.com will be signed from about $(clock 120) UTC on if every name server still shows the record and 'countersign-key -c $conf -k $keydir rotate example.com' runs"
	done
	at_work check --json
	[ "$(jq -r '.[0].signs_from' <"$out")" = \
	    "$(date -u -d "@$((epoch + 120 + rounding))" +%Y-%m-%dT%H:%M:%SZ)" ] ||
	    fail "check --json: signs_from"
	# With no key that signs there is a way to hurry; it is said once.
	ends_at 3 60 activate example.com
	says "$out" "or sign now although some mail may fail until then, .* 'countersign-key -c $conf -k $keydir activate example.com $(selector_of 1 example.com) --force'"
	[ "$(grep -c 'waiting for you' "$out")" -eq 1 ] || fail "the reserve, too"
	signs_from 120
	# Then there is none, nor a word about the first mail.
	ahead=$((121 + rounding))
	at_work check
	says_not "$out" 'be signed from'
	done_at 200 generate example.com --selector third
	done_at 200 rotate
	ends_at 3 201 activate example.com third
	says "$out" 'may still be without its record: wait; other keys sign'
	says_not "$out" '--force'
done

# By hand: add looks before it prints the records.
by_hand
done_at 0 add example.com
says "$out" 'name is free'
says "$out" "from about $(clock 120) UTC on if you publish the records now"
publish_all
done_at 1 check example.com
says "$out" 'UTC on if every name server shows the record now'
ends_at 0 60 rotate
says "$out" "from about $(clock 180) UTC on if every name server still"
signs_from 180

# It was published before DNS could be asked: nobody knows what was there.
by_hand
sed -i 's/127.0.0.1@[0-9]*/127.0.0.1@1/' "$conf"
done_at 0 add example.com
says_not "$out" 'unused'
says "$out" "from about $(clock $hour) UTC on if you publish"
sed -i "s/127.0.0.1@1/127.0.0.1@$port/" "$conf"
publish_all
ends_at 0 60 rotate
signs_from $((60 + hour))

# A wildcard's answer is something.
begin update
printf '*._domainkey.example.com\tv=spf1 -all\n' >"$records"
ahead=0
at_work add example.com
says "$folder/state" ' contested=yes fresh=yes '
says_not "$folder/state" ' absent='
: >"$records"
ahead=60
at_work rotate
signs_from $((60 + hour))

# So is another record at the name, even when it has gone; and a wrong one
# that a person fixed.
by_hand
done_at 0 add example.com
publish_all
cp "$records" "$scratch/right"
sed -i 's/p=.*/p=AAAA/' "$records"
ahead=60
at_work rotate
says "$out" 'no longer seen'
cp "$scratch/right" "$records"
ends_at 0 120 rotate
signs_from $((120 + hour))

# A selector that a person chose may have been used before, though the state
# does not know it.  Only one that was made up for the key is known to be new,
# by the state: whatever the log says changes nothing.
for log in kept emptied 'imported' 'generated rsa2048' 'generate: rsa2048'; do
	begin update
	done_at 0 generate example.com --selector again
	mv "$folder/again.pem" "$scratch"
	sed -i '/^again/d' "$folder/state"
	done_at 10 generate example.com --selector again
	done_at 10 generate example.com
	done_at 10 import pem example.com taken "$KEYPOOL/15.pem"
	fresh=$(selector_of 2 example.com)
	case $log in
	kept)	;;
	emptied)	: >"$folder/log" ;;
	*)	sed -i "s/^\([^ ]* [^ ]* [^ ]*\) .*/\1 $log/" "$folder/log" ;;
	esac
	done_at 20 rotate
	for selector in again taken; do
		says "$folder/state" "^$selector .*published="
		says_not "$folder/state" "^$selector .* absent="
	done
	says "$folder/state" "^$fresh .* absent="
done

# Names behind CNAMEs recur.
begin update
sed -i 's/^\tttl = .*/&\n\tcname_zone = "dkim.example"/' "$conf"
ahead=0
at_work add example.com
says "$folder/state" '^countersign-r1 '
says_not "$folder/state" ' absent='

# The zone's word changes in between: the longer time counts.
begin update
done_at 0 add example.com
echo 300 >"$zone/negative"
done_at 60 rotate
signs_from 300
done_testing
