#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The keys of a stream on three hosts: what happens to a stream reaches the
# others, and nothing else changes there; a push of such a state that is killed
# leaves no key to another stream.
# shellcheck source=tests/keys/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/keys/zone.sh
. "$(dirname "$0")/zone.sh"
# shellcheck source=tests/keys/followers.sh
. "$(dirname "$0")/followers.sh"
# shellcheck source=tests/keys/calls.sh
. "$(dirname "$0")/calls.sh"

# source_of STREAM: one source of example.com that signs with it; "": default.
source_of()
{
	sed -i '/^source /,/^}/d' "$conf"
	cat >>"$conf" <<-END
	source "ours" {
		networks = { "192.0.2.1" }
		trust_network = true
		domains = { "example.com" }
		${1:+keys = "$1"}
	}
	END
}

# in_stream STATE: selectors and streams of keys that are finished.
in_stream()
{
	sed -n '/ unfinished=/d
	    s/^\([^ ]*\) .* stream=\([^ ]*\).*/\1 \2/p' "$1" | sort
}

mkdir -m 0700 "$first"
on_first
source_of desk
at 0 0 add example.com
at 0 3600 rotate
follows second third
for host in second third; do
	says "$scratch/$host/example.com/state" '^countersign-keys 3$'
	says "$scratch/$host/example.com/state" \
	    '^desk-2026[0-9]*r1 .* active_from=.* stream=desk'
done
says "$first/hosts" '^key example.com desk-'

# A stream is stolen: the others go on everywhere.
at 1 7200 compromise example.com --stream desk
for host in second third; do
	state=$scratch/$host/example.com/state
	says "$state" '^desk-2026[0-9]*r1 .* retire_at=.* compromised=yes'
	grep -v ' stream=' "$state" >"$scratch/default"
	says_not "$scratch/default" ' retire_at=\| compromised='
done
at 0 7300 rotate
says "$first/example.com/state" '^desk-2026[0-9]*r1 .* revoked='
follows second third

# A push to a host that had the state before the stream.
rm -rf "$scratch/kept"
cp -a "$second" "$scratch/kept"
at 0 $((92 * day)) rotate
in_stream "$first/example.com/state" >"$scratch/streams"
for mode in kill half; do
	first_call
	while :; do
		next_call
		rm -rf "$second"
		cp -a "$scratch/kept" "$second"
		echo "export KILLAT_MODE=$mode KILLAT_N=$n" >"$scratch/strike"
		at_work sync second
		rm "$scratch/strike"
		[ "$status" -ne 0 ] || break
		whole second
		in_stream "$second/example.com/state" |
		    comm -23 - "$scratch/streams" >"$scratch/other"
		[ ! -s "$scratch/other" ] ||
		    fail "another stream after call $n: $(cat "$scratch/other")"
		at 0 $((92 * day)) sync second
		follows second
	done
	last_call "$mode" 5
done

# It is removed there as here; what is left has no streams.
source_of ''
at 0 $((93 * day)) domain remove example.com --stream desk
says "$third/example.com/state" '^desk-.* retire_at=.* ending=yes'
follows second third
at 0 $((110 * day)) rotate
at 0 $((150 * day)) rotate
at 0 $((151 * day)) rotate
follows second third
[ -z "$(find "$second" "$third" -name 'desk-*.pem')" ] ||
    fail "a private key of the stream is left"
! grep -q '^desk-' "$records" || fail "a record of the stream is left"
done_testing
