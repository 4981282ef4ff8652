#!/bin/sh
# SPDX-License-Identifier: ISC
#
# A name server that gives no usable answer is waited for only for so long, and
# never keeps a key that was verified once from taking over.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/zone.sh"

hour=3600
folder=$keydir/example.com
other=$scratch/other
first_server=$server first_port=$port

# start_other: the second server, which has what the first one has.
start_other()
{
	rm -rf "$other"
	mkdir "$other"
	cp "$zone/secret" "$other/secret"
	start_authority "$other"
	rm "$other/records"
	ln -s "$records" "$other/records"
	other_server=$server other_port=$port
	server=$first_server port=$first_port
	trap 'kill $first_server $other_server; rm -rf "$scratch"' EXIT
}

# begin MORE: a key that signs, and one in reserve, at both servers.
begin()
{
	rm -f "$other/manner" "$zone/manner"
	configure update "every = 2d revoke_for = 1d retain = 1h
	    signature_lifetime = 1h $1"
	sed -i "s/^\(	servers = { \"127.0.0.1@$port\)\" }\$/\1\", \"127.0.0.1@$other_port\" }/" "$conf"
	sed -i "2s/, .*/ }/; s/queue_lifetime = 5d/queue_lifetime = 1h/" "$conf"
	rm -rf "$keydir"
	mkdir -m 0700 "$keydir"
	: >"$records"
	done_at 0 add example.com
	done_at $hour rotate
	done_at $((2 * hour)) rotate
	first=$(selector_of 1 example.com)
	second=$(selector_of 2 example.com)
	has_time active_from "$first"
	has_time verified "$second"
}

# has_time NAME SELECTOR, has_no_time NAME SELECTOR
has_time()
{
	checks=$((checks + 1))
	[ -n "$(value_of "$1" "$2" example.com)" ] ||
	    fail "$2 at $ahead s: no $1"
}

has_no_time()
{
	checks=$((checks + 1))
	[ -z "$(value_of "$1" "$2" example.com)" ] ||
	    fail "$2 at $ahead s: $1"
}

# runs FROM TO: rotate every two hours; the last status in $status.
runs()
{
	at=$1
	while [ "$at" -le "$2" ]; do
		ahead=$((at * hour))
		at_work rotate
		at=$((at + 2))
	done
}

start_other

# The last one answers for the zone, but not for the records of keys.
for manner in refused servfail lame closed txt-servfail; do
	begin ''
	if [ $manner = closed ]; then
		kill "$other_server"
	else
		echo $manner >"$other/manner"
	fi
	runs 4 24
	says_not "$out" 'given no answer'
	says "$keydir/servers" ' example.com 127.0.0.1@'"$other_port"'$'

	# It is a trouble after a day.
	runs 26 30
	[ "$status" -ne 0 ] || fail "$manner: a dead server is no trouble"
	says "$out" "name server 127.0.0.1@$other_port has given no answer for \
zone example.com since 20[^ ]*: new keys wait for it until 20"
	says "$out" "'servers'"
	[ $manner != txt-servfail ] || says "$out" '(last seen: SERVFAIL)'
	at_work list --monitor
	says "$out" "127.0.0.1@$other_port has given no answer"

	# The reserve takes over when it is due, but no key is verified.
	runs 32 60
	has_time active_from "$second"
	third=$(selector_of 3 example.com)
	has_no_time seen "$third"
	at_work check example.com
	[ "$status" -ne 0 ] || fail "$manner: check does not wait"

	# Then it is not waited for any more.
	runs 62 80
	says "$out" "example.com since 20[^ ]*: rotation goes on without it"
	has_time verified "$third"
	at_work check example.com
	[ "$status" -eq 0 ] || fail "$manner: check: exit $status"
	says "$out" 'no longer waited for'
	at_work check --json example.com
	says "$out" '"silent_since": "20[^ ]*", "excepted": true'

	# The first key ends; its file is kept until the zone has expired.
	runs 82 96
	has_time removed "$first"
	says "$out" "$first .*may come back with its record until the zone"
	[ -f "$folder/$first.pem" ] || fail "$manner: destroyed too early"
	runs 98 110
	[ ! -f "$folder/$first.pem" ] || fail "$manner: not destroyed"
	[ $manner != closed ] || start_other
done

# If all answer for the zone, but none for the records of keys, nothing goes on.
begin ''
echo txt-servfail >"$other/manner"
echo txt-servfail >"$zone/manner"
runs 4 80
says "$out" "since 20[^ ]*: no server of the zone answers for the records of \
keys, so no key is verified or starts to sign: repair it"
says_not "$out" 'goes on without it'
has_no_time active_from "$second"
rm "$zone/manner"
runs 82 90
says "$out" "since 20[^ ]*: rotation goes on without it"
has_time active_from "$second"

# A server that comes back counts at once, by what it shows.
begin ''
echo refused >"$other/manner"
runs 4 80
rm "$other/records"
awk '/^nothing/' "$records" >"$other/records"
rm "$other/manner"
runs 82 82
[ ! -e "$keydir/servers" ] || fail "a server that answers is silent"
says "$out" 'absent'
says_not "$out" 'given no answer'
rm "$other/records"
ln -s "$records" "$other/records"
runs 84 84
says_not "$out" 'absent'

# One that fails for some records only is waited for: it is not dead.
begin ''
runs 4 6
echo txt-refused >"$other/manner"
runs 8 12
rm "$other/manner"
runs 14 14
echo txt-refused >"$other/manner"
runs 16 18
says "$keydir/servers" ' 2 example.com 127.0.0.1@'"$other_port"'$'

# If none answers, nothing is counted: the network of this host may be down.
begin ''
echo refused >"$other/manner"
echo refused >"$zone/manner"
runs 4 30
[ ! -e "$keydir/servers" ] || fail "counts while no server answers"

# It may always be waited for.
begin 'unreachable_after = never'
echo refused >"$other/manner"
runs 4 90
says "$out" 'given no answer .*: new keys wait for it: repair it'
has_no_time seen "$(selector_of 3 example.com)"

# A damaged file is named and replaced, and counting starts again.
echo nonsense >"$keydir/servers"
runs 92 92
says "$err" '/servers: line 1: .*starts again'
says "$keydir/servers" '^countersign-servers 1$'
says_not "$out" 'given no answer'
# A dry run counts nothing.
cp "$keydir/servers" "$scratch/kept"
ahead=$((94 * hour))
at_work rotate --dry-run
cmp -s "$keydir/servers" "$scratch/kept" || fail "a dry run counts"

# With a dead server, a compromised key is replaced and revoked at once.
begin ''
echo silent >"$other/manner"
done_at $((4 * hour)) compromise example.com
has_time revoked "$first"
has_time active_from "$second"
done_testing
