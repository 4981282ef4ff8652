#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Two hosts with copies of one store: only the one that rotates changes keys
# and records, until the other one takes over.
# shellcheck source=tests/keys/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/keys/zone.sh
. "$(dirname "$0")/zone.sh"

first=$scratch/first second=$scratch/second

# on HOST [MORE]: what follows is run there, with its copy of the store.
on()
{
	configure update
	printf 'host = "%s.example"\n%s\n' "$1" "${2:-}" >>"$conf"
	keydir=$scratch/$1
}

# refused STATUS ARGUMENTS: with that exit status and one line of error; neither
# store nor DNS is changed.
refused()
{
	unchanged "$@"
	[ "$(wc -l <"$err")" -eq 1 ] || fail "$*: not one line of error"
}

# unchanged STATUS ARGUMENTS: the same without an error.
unchanged()
{
	want=$1
	shift
	rm -rf "$scratch/kept"
	cp -a "$keydir" "$scratch/kept"
	cp "$records" "$scratch/records"
	ends_at "$want" "$ahead" "$@"
	diff -r "$scratch/kept" "$keydir" >&2 || fail "$*: changed the store"
	cmp -s "$records" "$scratch/records" || fail "$*: changed DNS"
}

mkdir -m 0700 "$first"
on first
unchanged 0 list
done_at 0 add example.com
says "$first/rotator" '^host [0-9a-f]\{64\} first.example$'
done_at 3600 rotate
selector=$(selector_of 1 example.com)
[ -n "$(value_of active_from "$selector" example.com)" ] ||
    fail "the first host signs with nothing"

# A copy signs on, and changes nothing.
cp -a "$first" "$second"
on second
ahead=$((60 * day))
for command in 'add example.com' 'add example.org' 'generate example.com' \
    'publish example.com' 'activate example.com' 'activate example.com --force' \
    'rotate' 'rotate example.com' 'rotate --dry-run' \
    "retire example.com $selector" "revoke example.com $selector" \
    "remove example.com $selector" 'compromise example.com' \
    'domain remove example.com' 'domain keep example.com' 'adopt example.com' \
    'import pem example.com s /none'; do
	# shellcheck disable=SC2086
	refused 3 $command
	says "$err" ": first.example rotates these keys, so nothing was changed here: run ${command%% *} on first.example, or, if that host no longer rotates them, run 'countersign-key -c $conf -k $second take-over' here first\$"
done
for command in 'list' 'list example.com' 'show example.com' 'check' 'export'; do
	# shellcheck disable=SC2086
	unchanged 0 $command
done
ends_at 2 "$ahead" list --monitor
says "$out" '^CRITICAL all domains: first.example rotates these keys, and this host has a copy'
at_work list --monitor --json
says "$out" '"trouble": "other-host", "severity": "critical"'

# Where that is intended, it is no problem; a missing timer is none either.
on second 'follower = yes'
refused 3 rotate
says "$err" ': this host is a follower (follower = yes in .*), so nothing was changed: run rotate on first.example$'
ahead=3700
at_work list --monitor
[ "$status" -eq 0 ] || fail "a follower: list --monitor: exit $status"
refused 1 take-over --yes
says "$err" 'follower = yes: this host must not rotate keys'
# No store becomes a follower's, whatever is lost.
rm "$second/rotator" "$second/store-id"
refused 3 rotate
says "$err" 'run rotate on the host that rotates these keys$'
cp -a "$first/rotator" "$first/store-id" "$second"
on first 'follower = yes'
ends_at 2 3700 list --monitor
says "$out" 'CRITICAL all domains: no host rotates these keys: it was this one'

# take-over asks, or wants to be told.
on second
refused_take()
{
	ends_at 3 3700 take-over
	says "$err" "^$second: first.example rotates these keys"
	says "$err" '^Its last run over all domains, as far as this copy knows, ended at 20'
	says "$err" 'systemctl disable --now countersign-rotate.timer'
	says "$err" "$1"
	says "$second/rotator" ' first.example$'
}
refused_take 'give --yes if no other host rotates these keys' </dev/null
for answer in y no '' 'yes please'; do
	checks=$((checks + 1))
	echo "$answer" >"$scratch/answer"
	LD_PRELOAD='' script -qec "$COUNTERSIGN_KEY -c $conf -k $second take-over" \
	    /dev/null <"$scratch/answer" >"$out"
	[ $? -eq 3 ] || fail "take-over, answer '$answer'"
	says "$out" 'not confirmed: nothing was changed'
	says "$second/rotator" ' first.example$'
done
checks=$((checks + 1))
{ echo yes; sleep 1; } | script -qec \
    "$COUNTERSIGN_KEY -c $conf -k $second take-over" /dev/null >"$out" ||
    fail "take-over: exit $?"
says "$out" 'this host (second.example) rotates these keys from now on'
says "$second/rotator" ' second.example$'
says "$second/log" ' - take-over: second.example rotates these keys; before: first.example$'
done_at 3700 rotate
done_at 3700 take-over
says "$out" 'already rotates these keys'

# A lost file: nobody, until told.
rm "$second/rotator"
refused 3 rotate
says "$err" "^[^ ]* $second/rotator: lost, .*run 'countersign-key .* take-over' first"
ends_at 2 3700 list --monitor
says "$out" '^CRITICAL all domains: the file rotator in the key directory is lost'
done_at 3700 take-over --yes
says "$err" 'which host rotates these keys is not known'
done_at 3700 rotate
printf 'countersign-rotator 1\n' >"$second/rotator"
refused 1 rotate
says "$err" 'rotator: not as countersign-key writes it'
done_at 3700 take-over --yes
done_at 3700 rotate

# Killed at each call that writes, take-over leaves one of the two hosts.
n=0
while :; do
	n=$((n + 1))
	rm -rf "$second"
	cp -a "$first" "$second"
	(KILLAT_MODE=kill KILLAT_N=$n LD_PRELOAD=$KILLAT "$COUNTERSIGN_KEY" \
	    -c "$conf" -k "$second" take-over --yes; exit $?) >"$out" 2>"$err"
	[ $? -eq 137 ] || break
	checks=$((checks + 1))
	says "$second/rotator" '^host [0-9a-f]\{64\} \(first\|second\).example$'
	done_at 3700 take-over --yes
	done_at 3700 rotate
done
[ "$n" -gt 5 ] || fail "take-over: only $n calls: not preloaded?"

# If both hosts rotate nevertheless, a new key whose selector the other one has
# taken is given up for the next one, and a person is told.
for way in update hook; do
	rm -rf "$first" "$second"
	mkdir -m 0700 "$first"
	: >"$records"
	configure $way
	keydir=$first
	done_at 0 add example.com
	done_at 3600 rotate
	cp -a "$first" "$second"
	rm "$second/rotator" "$second/store-id"
	ahead=$((91 * day))
	done_at "$ahead" rotate
	taken=$(selector_of 3 example.com)
	cp "$records" "$scratch/records"
	keydir=$second
	# The pool has another key for each minute.
	ahead=$((91 * day + 300))
	ends_at 3 "$ahead" rotate
	[ "$(selector_of 3 example.com)" = "$taken" ] || fail "no collision"
	says "$out" "$taken  given up: another record is at its name"
	says "$out" "$taken  waiting for you: another host or a restored backup rotates these keys: $taken._domainkey.example.com had a record that this host did not make, .* keep the record"
	says "$second/example.com/log" " $taken give-up: another record"
	grep "^$taken\\." "$scratch/records" >"$scratch/theirs"
	grep "^$taken\\." "$records" | cmp -s - "$scratch/theirs" ||
	    fail "$way: the record of the other host was touched"
	next=$(selector_of 4 example.com)
	grep -q "^$next\\." "$records" || fail "$way: no other key"
	ends_at 2 "$ahead" list --monitor
	says "$out" "CRITICAL example.com $taken: another host or a restored"
	ends_at 3 $((91 * day + 3600)) rotate
	[ ! -e "$second/example.com/$taken.pem" ] || fail "$taken.pem stays"
	done_at $((95 * day)) rotate
	done_at $((95 * day)) list --monitor
done
done_testing
