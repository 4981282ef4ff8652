#!/bin/sh
# SPDX-License-Identifier: ISC
#
# A source names a domain that has no keys: -n, the log at the start, and
# monitoring say so.  A parent's keys sign for subdomains.
# shellcheck source=tests/keys/lib.sh
. "$(dirname "$0")/lib.sh"

: "${COUNTERSIGN_MILTER:?names the countersign-milter to test}"
conf=$scratch/conf

# configure MODE: a source that is in that mode, and one more.
configure()
{
	cat >"$conf" <<EOF
socket = "unix:$scratch/none/milter.sock"
keydir = "$keydir"
user = "$(id -un)"
keys_user = "$(id -un)"
dns { servers = { "127.0.0.1@1" } }
rotation { servers = { "127.0.0.1@1" } algorithm = rsa2048 }
source "shop" {
	mode = $1
	networks = { "192.0.2.0/24" }
	trust_network = true
	domains = { "shop.example", "*.shop.example", "a.shop.example",
	    "other.example", "*.other.example" }
	also_sign = { "loop.example" }
}
source "again" {
	networks = { "192.0.2.0/24" }
	trust_network = true
	domains = { "shop.example", "*.shop.example" }
}
EOF
}

# keyless DOMAIN ...: those that -n warns of; it ends well nevertheless.
keyless()
{
	checks=$((checks + 1))
	"$COUNTERSIGN_MILTER" -n -c "$conf" >"$out" 2>"$err" ||
	    fail "-n: exit $?"
	got=$(sed -n 's/.* names \([^,]*\), which has no keys in .*/\1/p' \
	    "$err" | tr '\n' ' ')
	[ "$got" = "$*${*:+ }" ] || fail "-n: $got, want $*"
}

# monitored DOMAIN ...: those that are critical for that reason.
monitored()
{
	checks=$((checks + 1))
	key -c "$conf" list --monitor --json
	got=$(awk -F'"' '/"trouble": "no-keys", "severity": "critical"/ {
	    print $4 }' "$out" | tr '\n' ' ')
	[ "$got" = "$*${*:+ }" ] || fail "--monitor: $got, want $*"
}

configure sign
keyless shop.example a.shop.example other.example loop.example
says "$err" "^$conf:7: warning: source \"shop\" names shop.example, .*countersign-key -c $conf add shop.example'"
monitored a.shop.example loop.example other.example shop.example
key -c "$conf" list --monitor
[ "$status" -eq 2 ] || fail "--monitor: exit $status"
says "$out" '^CRITICAL shop.example: source "shop" on line 7 '

# The start says it in one line; it fails later, for want of a folder.
checks=$((checks + 1))
"$COUNTERSIGN_MILTER" -f -c "$conf" >"$out" 2>"$err" && fail "it started"
says "$err" "4 domains of sources have no keys in $keydir, .*: shop.example, a.shop.example, other.example, loop.example"

# What has keys is left out, and what is below it.
expect 0 -c "$conf" generate shop.example
keyless other.example loop.example
monitored loop.example other.example
expect 0 -c "$conf" generate other.example
expect 0 -c "$conf" generate loop.example
keyless
monitored

# Keys of a parent sign only if the source names the parent, too.
cat >>"$conf" <<EOF
source "hr" {
	login = { "hr" }
	domains = { "hr.shop.example", "*.it.shop.example" }
	also_sign = { "www.loop.example" }
}
source "sales" {
	login = { "sales" }
	domains = { "other.example", "sales.other.example",
	    "*.sales.other.example" }
}
EOF
keyless hr.shop.example '*.it.shop.example' www.loop.example
says "$err" "names hr.shop.example, .*'countersign-key -c $conf add hr.shop.example'"
says "$err" 'names [*].it.shop.example, .* names "it.shop.example": add it to domains'
monitored '*.it.shop.example' hr.shop.example www.loop.example
expect 0 -c "$conf" generate hr.shop.example
expect 0 -c "$conf" generate a.it.shop.example
expect 0 -c "$conf" generate www.loop.example
keyless
rm -r "$keydir/hr.shop.example" "$keydir/a.it.shop.example" \
    "$keydir/www.loop.example"
configure sign

# A lost state is reported as that.
rm "$keydir/other.example/state"
monitored
says "$out" '"domain": "other.example", .*"trouble": "key-store"'
rm -r "$keydir/other.example"
keyless other.example

# Where the key directory is mounted, keys are put into the volume.
mount_it()
{
	sed -i "s|^keydir = .*|&\nkeydir_mounted = true\nstate_dir = $scratch/uses|" \
	    "$conf"
}
mount_it
keyless other.example
says "$err" 'is not signed: put them into the volume that is mounted at keydir$'
# A volume for all domains, and one for each: both with the link of Kubernetes,
# without links beside it.
mkdir "$keydir/..v1" "$keydir/..v1/other.example"
: >"$keydir/..v1/other.example/state"
ln -s ..v1 "$keydir/..data"
keyless
rm "$keydir/..data"
keyless other.example
mkdir "$keydir/other.example"
mv "$keydir/..v1/other.example" "$keydir/other.example/..v2"
ln -s ..v2 "$keydir/other.example/..data"
keyless
rm -r "$keydir/other.example" "$keydir/..v1"
keyless other.example
# With -k, keys are made there.
key -c "$conf" list --monitor
says "$out" "is not signed: create them with 'countersign-key -c $conf -k $keydir add other.example'"
if [ "$(id -u)" -eq 0 ]; then
	# Without -k, which names an ordinary directory.
	"$COUNTERSIGN_KEY" -c "$conf" list --monitor >"$out"
	says "$out" 'is not signed: put them into the volume that is mounted at keydir'
	"$COUNTERSIGN_KEY" -c "$conf" list other.example >"$out" 2>"$err"
	says "$err" 'no keys for other.example in this volume: put its state and key files into it'
	mkdir "$scratch/empty"
	sed -i "s|^keydir = .*|keydir = $scratch/empty|" "$conf"
	"$COUNTERSIGN_KEY" -c "$conf" list >"$out"
	says "$out" 'no keys in this volume: put some into it'
fi

# What only observes signs nothing.
configure observe
keyless
monitored
done_testing
