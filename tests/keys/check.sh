#!/bin/sh
# SPDX-License-Identifier: ISC
#
# check: what it says of records that are right, missing, late or wrong, and
# that no answer of DNS reaches the terminal as it came.
. "$(dirname "$0")/lib.sh"

# The servers end with their standard input, however this ends.
mkfifo "$scratch/stdin" "$scratch/stdout" || exit 1
/usr/bin/python3 "$(dirname "$0")/check_world.py" "$scratch" \
    <"$scratch/stdin" >"$scratch/stdout" &
exec 3>"$scratch/stdin"
read -r one two silent <"$scratch/stdout" || exit 1

# configure PORT ...: the servers of the zone.
configure()
{
	servers=
	for port; do
		servers="$servers${servers:+, }\"127.0.0.1@$port\""
	done
	cat >"$scratch/conf" <<EOF
keydir = "$keydir"
dns { servers = { "127.0.0.1@$one" } }
rotation { servers = { $servers } check_resolvers = none }
source "ours" {
	networks = { "127.0.0.1/32" }
	trust_network = true
	domains = { "example.com" }
}
EOF
}

# serve N: server N has the records on standard input, and what all share.
serve()
{
	{
		cat <<-'EOF'
		example.com SOA ns1.example.com 60
		example.com NS ns1.example.com
		example.com MX 10 mail.example.com
		example.com TXT v=spf1 -all
		EOF
		cat
	} >"$scratch/new"
	mv "$scratch/new" "$scratch/zone.$1"
}

# both: both servers have the records on standard input.
both()
{
	cat >"$scratch/both"
	serve 1 <"$scratch/both"
	serve 2 <"$scratch/both"
}

# check STATUS ARGUMENTS: run it, and want that exit status, its words on
# standard output alone, and nothing there that a terminal acts upon.
check()
{
	want=$1
	shift
	checks=$((checks + 1))
	"$COUNTERSIGN_KEY" -c "$scratch/conf" check "$@" >"$out" 2>"$err"
	status=$?
	[ "$status" -eq "$want" ] ||
	    fail "check $*: exit $status, want $want"
	[ ! -s "$err" ] || fail "check $*: words on standard error"
	! LC_ALL=C tr -d '\n' <"$out" | LC_ALL=C grep -q '[^ -~]' ||
	    fail "check $*: octets that are not printable"
}

# json STATUS EXPRESSION: the same with --json, of which a Python expression
# on d, the only domain, is true.
json()
{
	check "$1" --json example.com
	/usr/bin/python3 -c '
import json, sys
d, = json.load(open(sys.argv[1]))
sys.exit(not eval(f"({sys.argv[2]})"))' "$out" "$2" || fail "not so: $2"
}

expect 0 generate example.com --algorithm ed25519 --selector s1
at=s1._domainkey.example.com
value=$(grep '^v=DKIM1' "$out")
dmarc='_dmarc.example.com TXT v=DMARC1; p=reject'
right="$at TXT $value
$dmarc"
other="v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
configure "$one" "$two"

# Not published yet.
both <<EOF
$dmarc
EOF
check 3 example.com
says "$out" '^example.com: not yet$'
says "$out" "^    inside   127.0.0.1@$one  *absent"
says "$out" "^    inside   127.0.0.1@$two  *absent   -$"
says "$out" 's1: generated, not yet: no server has its record'
json 3 'd["keys"][0]["verdict"] == "not-yet"'

# Published at a name to which the form added the zone.
both <<EOF
$at.example.com TXT $value
$dmarc
EOF
check 3 example.com
says "$out" "warning: place: $at: a key is at $at.example.com"

# On its way, then there.
serve 1 <<EOF
$right
EOF
check 3 example.com
says "$out" 'not every server has its record yet'
says "$out" "127.0.0.1@$one .* right .*v=DKIM1"
says "$out" "127.0.0.1@$two .* absent"
both <<EOF
$right
EOF
check 0 example.com
says "$out" '^example.com: right$'
check 0
says "$out" '^example.com: right$'
json 0 'd["keys"][0]["expected"] == d["keys"][0]["servers"][1]["record"]'

# One that waits until it is right, and says once what for.
serve 2 <<EOF
$dmarc
EOF
"$COUNTERSIGN_KEY" -c "$scratch/conf" check --wait=2m example.com \
    >"$out" 2>"$err" &
waiting=$!
for _ in $(seq 600); do
	[ ! -s "$err" ] || break
	sleep 0.1
done
serve 2 <<EOF
$right
EOF
wait "$waiting" || fail "--wait: exit $?"
says "$err" "waiting for 1 of 1 records: s1: not every server has its record yet: 127.0.0.1@$two absent"
[ "$(wc -l <"$err")" -eq 1 ] || fail "--wait: more than one line"
says "$out" '^example.com: right$'

# The time is over.
serve 2 <<EOF
$dmarc
EOF
"$COUNTERSIGN_KEY" -c "$scratch/conf" check --wait=1s example.com \
    >"$out" 2>"$err"
[ $? -eq 3 ] || fail "--wait=1s ended otherwise"
check_usage()
{
	checks=$((checks + 1))
	"$COUNTERSIGN_KEY" -c "$scratch/conf" check "$@" >"$out" 2>"$err"
	[ $? -eq 2 ] || fail "check $*: no usage error"
}
check_usage --wait=soon example.com
check_usage --wait=31d example.com

# A server that says nothing: not yet, and named.
serve 1 <<EOF
$right
EOF
configure "$one" "$silent"
check 3 example.com
says "$out" "127.0.0.1@$silent .* silent  *no answer$"
says "$out" 's1: generated, not yet: not every server answers'
configure "$one" "$two"

# What is wrong with a record that does not sign, or not yet.
serve 2 <<EOF
$at SERVFAIL
$dmarc
EOF
check 3 example.com
says "$out" "127.0.0.1@$two .* failing  *SERVFAIL$"

# Once it signs, what is not right is wrong.
expect 0 activate --force example.com
both <<EOF
$right
EOF
check 0 example.com
says "$out" 's1: active, right: signs$'
serve 2 <<EOF
$dmarc
EOF
check 1 example.com
says "$out" 's1: active, WRONG: .*mail signed with it fails'
both <<EOF
$dmarc
EOF
check 1 example.com
says "$out" 'no server has its record, so mail signed with it fails: publish it again'

# wrong FAULT WORDS: the record on standard input, right at one server, has
# that fault at the other, and WORDS how to fix it.
wrong()
{
	serve 1 <<-EOF
	$right
	EOF
	{
		cat
		echo "$dmarc"
	} >"$scratch/wrong"
	serve 2 <"$scratch/wrong"
	check 1 example.com
	says "$out" "127.0.0.1@$two .* wrong .*$1"
	says "$out" "s1: active, WRONG: .*$2"
	json 1 'd["keys"][0]["servers"][1]["verdict"] == "wrong"'
}
wrong other-key 'other key' <<EOF
$at TXT $other
EOF
wrong several 'remove the other' <<EOF
$at TXT $value
$at TXT $other
EOF
wrong testing t=y <<EOF
$at TXT v=DKIM1; t=y; ${value#v=DKIM1; }
EOF
wrong quoted 'without quotes' <<EOF
$at TXT "$value"
EOF
# A wildcard is no record at the name.
serve 1 <<EOF
$right
EOF
serve 2 <<EOF
*._domainkey.example.com TXT v=spf1 -all
$dmarc
EOF
check 1 example.com
says "$out" "127.0.0.1@$two .* absent  *only a wildcard answers$"
says "$out" 's1: active, WRONG: not every server has its correct record'
json 1 'd["keys"][0]["servers"][1]["reason"] == "only a wildcard answers"'
wrong . . <<EOF
$at CNAME lost.example.org
EOF
json 1 'd["keys"][0]["servers"][1]["record"] == "CNAME lost.example.org"'
wrong not-text . <<EOF
$at TXT $(printf '\033]0;evil\007\033[2J\233\r\377')
EOF
json 1 'd["keys"][0]["servers"][1]["record"] ==
    r"\027]0;evil\007\027[2J\155\013\255"'
wrong several . <<EOF
$(for i in $(seq 100); do echo "$at TXT $i"; done)
$at TXT $value
EOF
json 1 'd["keys"][0]["servers"][1]["records"] == 101'
wrong . . <<EOF
$at TXT $(printf '%060000d' 0)
EOF

# Beyond the keys: no DMARC, a key for any selector.
both <<EOF
$at TXT $value
EOF
check 0 example.com
says "$out" '^  warning: dmarc: _dmarc.example.com: '
json 0 'any(n["topic"] == "dmarc" and n["severity"] == "warning"
    for n in d["advice"])'
both <<EOF
$right
*._domainkey.example.com TXT $other
EOF
check 0 example.com
says "$out" '^  warning: wildcard: '

# A key that was revoked: an empty p= everywhere, or it is wrong.
expect 0 generate example.com --algorithm ed25519 --selector s2
expect 0 activate --force example.com s2
record=$("$COUNTERSIGN_KEY" -k "$keydir" show example.com s2 |
    grep '^v=DKIM1')
expect 0 retire example.com s1
both <<EOF
$right
s2._domainkey.example.com TXT $record
EOF
check 0 example.com
says "$out" 's1: retired, right: no longer signs; its record is still needed'
expect 0 -c "$scratch/conf" revoke --force example.com s1
check 1 example.com
says "$out" 's1: revoked, WRONG: .*publish an empty p='
says "$out" 's2: active, right: signs$'
both <<EOF
$at TXT v=DKIM1; p=
$dmarc
s2._domainkey.example.com TXT $record
EOF
check 0 example.com
says "$out" 's1: revoked, right: revoked$'

# It changes nothing.
cp -r "$keydir" "$scratch/before"
check 0 example.com
diff -r "$keydir" "$scratch/before" >"$out" || fail "the store has changed"
done_testing
