#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Options, operands, exit statuses and what is refused.
. "$(dirname "$0")/lib.sh"

expect 0 --version
says "$out" '^countersign-key [0-9]'
expect 0 help
says "$out" 'usage: countersign-key'
expect 0 list
says "$out" 'no keys yet'
expect 0 list --json
python3 -m json.tool "$out" >/dev/null || fail "list --json"

expect 0 list --json=1
says "$out" '^\[\]$'
expect 2 list --json=2
says "$err" '^countersign-key: --json=2: this version writes only format 1 of its JSON: install a version that has the other one, or use --json=1$'
expect 2 list --json=

expect 2 nonsense
expect 2 generate
says "$err" 'too few operands'
expect 2 generate a.example b.example
expect 2 generate --nonsense example.com
says "$err" "^countersign-key: unknown option --nonsense: see 'countersign-key help'$"
expect 2 list --mointor
says "$err" '^countersign-key: unknown option --mointor; did you mean --monitor?$'
expect 2 list -w
says "$err" '^countersign-key: option -w needs a value: see '
expect 2 generate example.com --monitor
says "$err" 'generate: this command does not have --monitor: usage: '
expect 2 list --wait=1h --json
says "$err" 'list: this command does not have --wait: '
expect 2 -k '' list
says "$err" '^[^:]*: -k: empty name: '
expect 2 --config= list
says "$err" '^[^:]*: -c: empty name: '
expect 2 retire example.com
expect 2 -w x list
expect 2 generate example.com --algorithm rsa1024
says "$err" 'rsa2048 rsa3072'
expect 2 generate example.com --selector '../x'
says "$err" 'not a selector'
expect 2 generate example.com --selector a --algorithm both
for domain in '' com ../etc a..b 'a b.example' _x.example -a.example \
    /etc/passwd; do
	expect 2 generate "$domain"
	expect 2 show "$domain"
done
long=$(printf '%060d' 0)
expect 2 generate "$long.$long.$long.$long.example"
expect 2 generate "$long.$long.$long.abcdefghijklmnopqrstuvwxyz.example" \
    --selector "$(printf '%063d' 0)"

expect 1 show unknown.example
says "$err" "no keys for unknown.example: create them with 'countersign-key -k $keydir add unknown.example'$"
expect 1 list unknown.example
expect 1 activate --force unknown.example
expect 1 retire unknown.example s1
[ "$(ls -A "$keydir")" = "" ] || fail "a refused command left something"

expect 0 generate example.com --algorithm ed25519
expect 1 show example.com nosuch
expect 1 activate --force example.com nosuch
expect 1 retire example.com nosuch
expect 2 activate --force example.com --at tomorrow
expect 2 activate --force example.com --at 2001-01-01T00:00:00Z
says "$err" 'is in the past'

# Output that cannot be written is no success.
"$COUNTERSIGN_KEY" -k "$keydir" list >/dev/full 2>"$err"
[ $? -eq 1 ] || fail "a full standard output is not noticed"
says "$err" 'what the command did is not undone'
"$COUNTERSIGN_KEY" -k "$keydir" list >&- 2>"$err"
[ $? -eq 1 ] || fail "a closed standard output is not noticed"

# What is said to closed descriptors is not written into the store.
expect 0 generate closed.example --algorithm ed25519 --selector s1
expect 0 activate closed.example --force
cp -R "$keydir/closed.example" "$scratch/before"
"$COUNTERSIGN_KEY" -k "$keydir" retire closed.example s1 <&- >&- 2>&-
[ $? -eq 1 ] || fail "the last key was retired"
rm "$scratch/before/.lock"
diff -r -x .lock "$scratch/before" "$keydir/closed.example" >"$out" ||
    fail "the store was written to"
says_not "$keydir/closed.example/.lock" '[^0-9]'

# No key directory: the message says how to make one.
"$COUNTERSIGN_KEY" -k "$scratch/none" list >"$out" 2>"$err"
[ $? -eq 1 ] || fail "no key directory"
says "$err" "install -d -o countersign-keys .* -m 0700 $scratch/none"
done_testing
