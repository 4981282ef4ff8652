#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Keys behind CNAMEs, whose selectors come again: the file of a key that was
# cut off while it was made gives way, that of a key in use never does.
# shellcheck source=tests/keys/lib.sh
. "$(dirname "$0")/lib.sh"

cat >"$scratch/conf" <<EOF
keydir = "$keydir"
dns { servers = { "127.0.0.1@1" } timeout = 1s }
rotation {
	servers = { "127.0.0.1@1" }
	cname_zone = "dkim.example.net"
	algorithm = rsa2048
}
source "ours" {
	networks = { "127.0.0.1/32" }
	trust_network = true
	domains = { "a.example" }
}
EOF
folder=$keydir/a.example
first=$folder/countersign-r1.pem

expect 0 -c "$scratch/conf" add a.example
[ -f "$first" ] || fail "no key in the first slot"

# Cut off before the state was written, and before the log was.
cp -p "$first" "$scratch/leftover"
rm "$folder/state"
expect 0 -c "$scratch/conf" add a.example
cmp -s "$first" "$scratch/leftover" && fail "the leftover did not give way"
rm "$folder/state" "$folder/log"
cp -p "$first" "$scratch/leftover"
expect 0 -c "$scratch/conf" add a.example
cmp -s "$first" "$scratch/leftover" && fail "the leftover did not give way"

# In use, and the state is lost.
expect 0 -c "$scratch/conf" activate a.example countersign-r1 --force
cp -p "$first" "$scratch/in-use"
mv "$folder/state" "$scratch/state"
key -c "$scratch/conf" add a.example
[ "$status" -eq 1 ] || fail "add without the state: exit $status"
says "$out" 'countersign-r1, which was in use, but the state lacks it: restore'
cmp -s "$first" "$scratch/in-use" || fail "a key in use was overwritten"

# Moved away, as the message says.
mv "$first" "$scratch/away"
expect 0 -c "$scratch/conf" add a.example
[ -f "$first" ] || fail "no key in the first slot again"
done_testing
