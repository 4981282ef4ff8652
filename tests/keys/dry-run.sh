#!/bin/sh
# SPDX-License-Identifier: ISC
#
# --dry-run of every command leaves the store as it is, to the time stamp, and
# waits for nobody who works on the domain.
# shellcheck source=tests/keys/lib.sh
. "$(dirname "$0")/lib.sh"

# No DNS server is there: what needs one says so.
cat >"$scratch/conf" <<EOF
keydir = "$keydir"
dns { servers = { "127.0.0.1@1" } timeout = 1s }
rotation {
	servers = { "127.0.0.1@1" }
	check_resolvers = none
	disclose = "$scratch"
	metrics_file = "$scratch/metrics"
}
source "ours" {
	networks = { "127.0.0.1/32" }
	trust_network = true
	domains = { "a.example" }
}
EOF
openssl genpkey -algorithm rsa >"$scratch/new.pem" 2>/dev/null ||
    fail "no key to import"
chmod 600 "$scratch/new.pem"

tree()
{
	find "$keydir" -printf '%p %i %s %m %T@\n' | sort
	find "$scratch" -maxdepth 1 | sort
}

# dry STATUS COMMAND...: that exit status, and nothing has moved.
dry()
{
	want=$1
	shift
	checks=$((checks + 1))
	: >"$scratch/after"
	tree >"$scratch/before"
	key -c "$scratch/conf" -w 0 "$@" --dry-run
	tree >"$scratch/after"
	[ "$status" -eq "$want" ] ||
	    fail "$* --dry-run: exit $status, want $want"
	cmp -s "$scratch/before" "$scratch/after" ||
	    fail "$* --dry-run: $(diff "$scratch/before" "$scratch/after")"
}

each()
{
	dry 0 add a.example
	dry 0 generate a.example
	dry 0 import pem a.example new "$scratch/new.pem"
	dry 3 publish a.example
	dry 3 activate a.example r
	dry 0 activate a.example r --force
	dry 3 rotate --no-progress
	dry 0 retire a.example r --force
	dry 0 revoke a.example e --force
	dry 0 remove a.example e --force
	dry 1 compromise a.example r
}

expect 0 generate a.example --selector r
expect 0 generate a.example --selector e --algorithm ed25519
rm "$keydir/a.example/.lock"
each

: >"$keydir/a.example/.lock"
chmod 600 "$keydir/a.example/.lock"
flock "$keydir/a.example/.lock" sleep 60 &
holder=$!
trap 'kill $holder; rm -rf "$scratch"' EXIT
while flock -n "$keydir/a.example/.lock" true; do
	sleep 0.1
done
each
expect 1 -c "$scratch/conf" -w 0 activate a.example r --force
kill $holder
wait $holder 2>/dev/null
trap 'rm -rf "$scratch"' EXIT
done_testing
