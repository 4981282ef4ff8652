#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The key directory comes from the configuration when there is no -k.
. "$(dirname "$0")/lib.sh"

cat >"$scratch/good.conf" <<EOF
keydir = "$keydir"
source "ours" {
	networks = { "127.0.0.1/32" }
	trust_network = true
	domains = { "example.com" }
}
EOF
"$COUNTERSIGN_KEY" generate example.com -c "$scratch/good.conf" \
    --algorithm ed25519 --selector s1 >"$out" 2>"$err" || fail "with -c"
says "$out" "countersign-key -c $scratch/good.conf activate example.com s1"
[ -f "$keydir/example.com/s1.pem" ] || fail "not in the keydir of the file"

# A domain that no source names would get keys for nothing: it may be mistyped.
"$COUNTERSIGN_KEY" add exmaple.com -c "$scratch/good.conf" --dry-run \
    >"$out" 2>"$err" || fail "a warning is no failure"
says "$err" "no source in $scratch/good.conf names exmaple.com"
"$COUNTERSIGN_KEY" add example.com -c "$scratch/good.conf" --dry-run \
    >"$out" 2>"$err" || fail "add --dry-run"
says_not "$err" 'no source'

echo 'nonsense = 1' >"$scratch/bad.conf"
"$COUNTERSIGN_KEY" -c "$scratch/bad.conf" list >"$out" 2>"$err"
[ $? -eq 1 ] || fail "a faulty configuration was taken"
says "$err" "bad.conf:1: "
says "$err" 'or name the key directory with -k'
"$COUNTERSIGN_KEY" -c "$scratch/none.conf" list >"$out" 2>"$err"
[ $? -eq 1 ] || fail "no configuration, yet success"

# A command that does not exist.
for name in lst show-all; do
	"$COUNTERSIGN_KEY" "$name" >"$out" 2>"$err"
	[ $? -eq 2 ] || fail "$name: no usage error"
done
says "$err" "show-all: unknown command: see 'countersign-key help'"
"$COUNTERSIGN_KEY" lsit >"$out" 2>"$err"
says "$err" 'lsit: unknown command; did you mean "list"?'

# With -k none is needed, but what is named is read.
expect 0 list
key -c "$scratch/bad.conf" list
[ "$status" -eq 1 ] || fail "a faulty configuration was taken with -k"

# The sample of docs/install.md works as it is, on a machine that has nothing
# else.
sed -n '/^socket  *=/,/^```/p' "$(dirname "$0")/../../docs/install.md" | sed '$d' |
    sed "s,^keydir .*,keydir = \"$scratch/sample/keys\"," >"$scratch/sample.conf"
says "$scratch/sample.conf" '^rotation {'
cat >>"$scratch/sample.conf" <<EOF
user = "$(id -un)"
keys_user = "$(id -un)"
preset_dir = "$(cd "$(dirname "$0")/../../presets" && pwd)"
dns { servers = { "127.0.0.1@1" } }
EOF
"$COUNTERSIGN_MILTER" -n -c "$scratch/sample.conf" >"$out" 2>"$err" ||
    fail "the sample configuration of docs/install.md has faults"
# It has no keys yet: that is the page's next step.
says "$err" "names example.com, which has no keys .*add example.com"
[ "$(wc -l <"$err")" -eq 1 ] ||
    fail "the sample configuration of docs/install.md gives other warnings"
"$COUNTERSIGN_KEY" add -c "$scratch/sample.conf" example.com >"$out" 2>"$err" ||
    fail "the sample configuration of docs/install.md: no keys"
says "$out" '_domainkey.example.com. IN TXT'

# To look first is possible before there is a key directory, and makes none.
sed "s,$keydir,$scratch/none/keys," "$scratch/good.conf" >"$scratch/new.conf"
openssl genpkey -algorithm ed25519 -out "$scratch/s1.pem" 2>/dev/null
for command in 'add example.com' "import pem example.com s1 $scratch/s1.pem"
do
	"$COUNTERSIGN_KEY" -c "$scratch/new.conf" $command --dry-run \
	    >"$out" 2>"$err" || fail "$command --dry-run without a store"
done
[ ! -e "$scratch/none" ] || fail "--dry-run made a directory"
"$COUNTERSIGN_KEY" -c "$scratch/new.conf" generate example.com --dry-run \
    >"$out" 2>"$err"
[ $? -eq 1 ] || fail "generate --dry-run: success without a store"
done_testing
