#!/bin/sh
# SPDX-License-Identifier: ISC
#
# countersign-doctor verify: verdicts, causes, keys, output, exit statuses.
. "$(dirname "$0")/lib.sh"

keys=$scratch/keys
python3 - "$vectors/lieser-dkim_verifier/dns.json" >"$keys" <<'EOT'
import json, sys
for name, text in json.load(open(sys.argv[1])).items():
    print(name, text)
EOT
good=$vectors/lieser-dkim_verifier/top/rfc8463-A.3.eml
bad=$scratch/bad
verify()
{
	want=$1
	message=$2
	shift 2
	expect "$want" "$message" verify --key-file "$keys" "$@"
}

# Right ones: both algorithms.
verify 0 "$good"
says "$out" '^line ends: LF, converted to CRLF'
says "$out" '^author domain: football.example.com$'
says "$out" '^signature 1 of 2 (field 1): pass'
says "$out" '^signature 2 of 2 (field 2): pass'
says "$out" 'd=football.example.com s=brisbane a=ed25519-sha256 c=relaxed/relaxed'
says "$out" '  signed at  2018-06-10T13:38:29Z, .* ago$'
says "$out" '  expires    never (no x=)'
says "$out" '  key        brisbane._domainkey.football.example.com: ed25519, 256 bits$'
says "$out" '  key        test._domainkey.football.example.com: rsa, 1024 bits$'
says "$out" '  aligned    yes, strict and relaxed'
says "$out" '  signed     from, to, subject, date, message-id, from (no field), '
sed 's/$/\r/' "$good" >"$scratch/crlf"
verify 0 "$scratch/crlf" --json
json 'j["line_ends"] == "crlf" and j["author_domain"] == "football.example.com"'
json '[s["result"] for s in j["signatures"]] == ["pass", "pass"]'
json 'j["signatures"][1]["key"]["bits"] == 1024'
json 'j["signatures"][0]["aligned"] == {"strict": True, "relaxed": True}'

# Changed ones: the cause is named, of body and header alike.
{ cat "$good"; printf -- '--\nlist footer\n'; } >"$bad"
verify 1 "$bad"
says "$out" ': fail, the body was changed$'
says "$out" '  body       a footer was appended: 2 lines (17 octets) after line 5 of'
says "$out" '  header     as it was signed'
sed 's/^Subject: /&[list] /' "$good" >"$bad"
verify 1 "$bad" --json
json 'all(s["causes"][0]["code"] == "text-prepended" for s in j["signatures"])'
json 'all("Is dinner ready?" in s["causes"][0]["text"] for s in j["signatures"])'
json 'all(s["body"] == "unchanged" and s["header"] == "changed" for s in j["signatures"])'
sed 's/^Joe\.$/Jim./; s/dinner/supper/' "$good" >"$bad"
verify 1 "$bad"
says "$out" '  body       changed; no known change fits'
says "$out" '  header     changed; no known change fits'

# One of two passes.
sed '1,/^DKIM-Signature.*rsa/s/brisbane/nosuch/' "$good" >"$bad"
verify 0 "$bad"
says "$out" '^signature 1 of 2 (field 1): permerror, there is no key record'
says "$out" 'nosuch._domainkey.football.example.com: no TXT record'

# Keys.
with_key()
{
	printf '%s\n' "$2" >"$keys.one"
	expect "$1" "$good" verify --key-file "$keys.one" --json
}
name=test._domainkey.football.example.com
with_key 1 "$name v=DKIM1; p="
json 'j["signatures"][1]["causes"][0]["code"] == "record-revoked"'
with_key 1 "$name v=DKIM1; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQ=="
json 'j["signatures"][1]["causes"][0]["code"] == "record-truncated"'
with_key 1 "$name.football.example.com v=DKIM1; p=AA=="
json 'j["signatures"][1]["causes"][0]["code"] == "record-elsewhere"'
with_key 1 "test.football.example.com v=DKIM1; p=AA=="
json '"at test.football.example.com" in j["signatures"][1]["causes"][0]["text"]'
with_key 1 "test.domainkey.football.example.com v=DKIM1; p=AA=="
json '"underscore" in j["signatures"][1]["causes"][0]["text"]'
with_key 1 "football.example.com v=DKIM1; p=AA=="
json '"the domain itself" in j["signatures"][1]["causes"][0]["text"]'
with_key 1 "football.example.com v=spf1 exp=p=.example.com -all"
json 'not j["signatures"][1]["causes"]'
grep "^$name" "$keys" >"$keys.two"
echo "$name v=spf1 -all" >>"$keys.two"
expect 1 "$good" verify --key-file "$keys.two"
says "$out" 'record     there are 2 TXT records at this name, and 1 of them is a key'
sed "s/^$name v=DKIM1;/& t=y:s;/" "$keys" >"$keys.flags"
expect 0 "$good" verify --key-file "$keys.flags"
says "$out" 'rsa, 1024 bits, t=y (testing: .*), t=s (not for subdomains)'

# A signature that nobody can read.
{ printf 'DKIM-Signature: v=1; nonsense\033[31m\n'; cat "$good"; } >"$bad"
verify 0 "$bad"
says "$out" 'signature 1 of 3 (field 1): permerror, the signature field'

# Alignment.
sed 's/^From: .*/From: joe@example.net/' "$good" >"$bad"
verify 1 "$bad"
says "$out" 'no: not the author'
sed 's/^From: .*/From: joe@example.com/' "$good" >"$bad"
verify 1 "$bad" --json
json 'j["signatures"][0]["aligned"] == {"strict": False, "relaxed": True}'
sed 's/^From: .*/From: joe@bowls.example.com/' "$good" >"$bad"
verify 1 "$bad" --json
json 'j["signatures"][0]["aligned"] == {"strict": False, "relaxed": None}'
sed 's/^From: .*/From: a@example.com, b@example.net/' "$good" >"$bad"
verify 1 "$bad"
says "$out" 'author domain: none (more than one author domain)'

# Nothing from the message reaches the terminal as it stands.
esc=$(printf '\033')
{
	printf 'Subject: \033]0;owned\007\n'
	sed 's/^Subject: /&\x1b[31m /' "$good"
	printf 'footer \033[2J\n'
} >"$bad"
verify 1 "$bad"
says_not "$out" "$esc"
says "$out" 'x1b'
verify 1 "$bad" --json
says_not "$out" "$esc"
json 'len(j["signatures"]) == 2'
TERM=xterm verify 1 "$bad" --no-color
says_not "$out" "$esc"

# No signature at all; input that is no message; limits.
printf 'From: a@example.com\n\nhi\n' >"$bad"
verify 1 "$bad"
says "$out" '^no DKIM-Signature field$'
: >"$bad"
verify 1 "$bad" --json
json 'j["signatures"] == [] and j["author_domain"] is None'
head -c 67108865 /dev/zero >"$bad"
verify 1 "$bad"
says "$err" 'more than 64 MiB'

# A DKIM2 chain is named, hop by hop, and what is wrong with its form.
{
	printf 'DKIM2-Signature: i=2; m=1; t=1; d=List.example; s=x:rsa-sha256:A;\n'
	printf 'DKIM2-Signature: i=1; m=1; t=1;\n\td=a.example; s=x:rsa-sha256:A;\n'
	printf 'Message-Instance: m=1; h=sha256:AA==:AA==;\n'
	cat "$good"
} >"$bad"
verify 0 "$bad"
says "$out" '^DKIM2: 2 hops, 1 instance of the message (not verified, '
says "$out" '^  hop 1      d=a.example m=1 (field 2)$'
says "$out" '^  hop 2      d=list.example m=1 (field 1)$'
says_not "$out" '  chain '
verify 0 "$bad" --json
json 'j["dkim2"]["hops"] == 2 and j["dkim2"]["error"] is None'
json '[s["d"] for s in j["dkim2"]["signatures"]] == ["list.example", "a.example"]'
json 'j["dkim2"]["signatures"][1] == {"field": 1, "i": 1, "m": 1, "d": "a.example"}'
sed '/^DKIM2-Signature: i=1/,/a.example/d' "$bad" >"$bad.gap"
verify 0 "$bad.gap"
says "$out" '^DKIM2: 2 hops, '
says "$out" '^  chain      broken: no DKIM2-Signature with i=1$'
says_not "$out" '^  hop 1 '
verify 0 "$good" --json
json 'j["dkim2"] is None'

# Usage.
expect 0 /dev/null --version
says "$out" '^countersign-doctor [0-9]'
expect 0 /dev/null help
says "$out" 'usage: countersign-doctor'
expect 2 /dev/null nonsense
expect 2 /dev/null verify --nonsense
expect 2 /dev/null verify operand
expect 2 /dev/null verify --key-file "$keys" --dns 127.0.0.1
expect 1 /dev/null verify --key-file /nonexistent
"$COUNTERSIGN_DOCTOR" verify --key-file "$keys" <"$good" >/dev/full 2>"$err"
[ $? -eq 1 ] || fail "a full standard output is not noticed"

# The manual has the options that the program has.
"$COUNTERSIGN_DOCTOR" help | grep -o -e '--[a-z-]*' | sort -u >"$scratch/has"
grep -o 'Fl -[a-z-]*' "$here/../../man/countersign-doctor.8" |
    sed 's/Fl /-/' | grep -v -e '^--help$' -e '^--config$' | sort -u >"$scratch/manual"
cmp -s "$scratch/has" "$scratch/manual" || fail "options: program and manual"

# Keys out of DNS.
sed 's/ / TXT /' "$keys" >"$scratch/records"
echo 'fails._domainkey.football.example.com SERVFAIL' >>"$scratch/records"
start_dns "$scratch/records"
expect 0 "$good" verify --dns "$server"
says "$out" '^signature 2 of 2 (field 2): pass'
sed 's/s=brisbane/s=fails/; s/s=test/s=nosuch/' "$good" >"$bad"
expect 3 "$bad" verify --dns "$server"
says "$out" 'fails._domainkey.football.example.com: DNS did not answer'
says "$out" 'nosuch._domainkey.football.example.com: no TXT record'
expect 1 "$good" verify --dns not.an.address
done_testing
