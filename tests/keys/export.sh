#!/bin/sh
# SPDX-License-Identifier: ISC
#
# export: a fragment of a zone file, read back by a parser of zone files.
. "$(dirname "$0")/lib.sh"

cat >"$scratch/conf" <<CONF
keydir = "$keydir"
rotation {
	ttl = 2h
	domain "b.example" { cname_zone = "dkim.example.net" ttl = 5m }
}
source "ours" {
	networks = { "127.0.0.1/32" }
	trust_network = true
	domains = { "a.example", "b.example" }
}
CONF

# records FILE: name, TTL and joined value of each record.
records()
{
	/usr/bin/python3 - "$1" <<-'PYTHON'
	import sys
	import dns.zone
	zone = dns.zone.from_file(sys.argv[1], origin='.', relativize=False,
	                          check_origin=False)
	for name, ttl, rdata in zone.iterate_rdatas('TXT'):
	    print(name, ttl, b''.join(rdata.strings).decode())
	PYTHON
}

expect 0 -c "$scratch/conf" export
says "$out" '^; DKIM keys'
[ "$(wc -l <"$out")" -eq 1 ] || fail "records of an empty store"

expect 0 generate a.example --algorithm both
expect 0 generate a.example --algorithm rsa4096 --selector long
expect 0 generate a.example --algorithm ed25519 --selector gone
expect 0 generate a.example --algorithm ed25519 --selector old
# The state by hand: one removed, one revoked.
past=2026-01-01T00:00:00Z
ended="active_from=$past retire_at=$past revoked=$past"
sed "/^old /s/ public=/ $ended&/
    /^gone /s/ public=/ $ended removed=$past&/" "$keydir/a.example/state" \
    >"$scratch/state"
cat "$scratch/state" >"$keydir/a.example/state"

expect 0 -c "$scratch/conf" export --output "$scratch/zone"
[ "$(stat -c %a "$scratch/zone")" = 644 ] || fail "mode of the file"
records "$scratch/zone" >"$scratch/records" || fail "no zone file"
[ "$(wc -l <"$scratch/records")" -eq 4 ] || fail "not four records"
says "$scratch/records" '^old._domainkey.a.example. 7200 v=DKIM1.*p=$'
says_not "$scratch/records" '^gone'
"$COUNTERSIGN_KEY" -k "$keydir" show a.example --json |
    /usr/bin/python3 -c 'import json, sys
for key in json.load(sys.stdin):
    print(key["name"] + ".", 7200, key["value"])' |
    sort >"$scratch/want"
sort "$scratch/records" | cmp - "$scratch/want" || fail "not what show has"

expect 0 -c "$scratch/conf" export a.example --json
/usr/bin/python3 -c 'import json, sys
sys.exit(len(json.load(open(sys.argv[1]))) != 4)' "$out" || fail "--json"

# CNAME mode: the record is in our own zone.
expect 0 -c "$scratch/conf" add b.example
says "$out" 'countersign-r1._domainkey.b.example. IN CNAME countersign-r1._domainkey.b.example.dkim.example.net.'
expect 0 -c "$scratch/conf" export b.example
says "$out" '^countersign-e2._domainkey.b.example.dkim.example.net. 300 IN'

# octoDNS: one zone, names in natural order and relative, ";" escaped.
expect 0 generate a.example --algorithm ed25519 --selector s9
expect 0 generate a.example --algorithm ed25519 --selector s10
expect 0 generate a.example --algorithm ed25519 --selector s10b
expect 0 generate a.example --algorithm ed25519 --selector 7s
expect 0 -c "$scratch/conf" export a.example --json
mv "$out" "$scratch/json"
expect 0 -c "$scratch/conf" export a.example --format json
cmp -s "$out" "$scratch/json" || fail "--format json is not --json"
expect 0 -c "$scratch/conf" export a.example --format octodns
/usr/bin/python3 - "$out" "$scratch/json" <<'PYTHON' || fail octodns
import json
import re
import sys

import yaml

records = yaml.safe_load(open(sys.argv[1]))
want = {record["name"].removesuffix(".a.example"): {
            "ttl": 7200, "type": "TXT",
            "value": record["value"].replace(";", "\\;")}
        for record in json.load(open(sys.argv[2]))}
assert records == want, records
natural = sorted(want, key=lambda name: [
    int(part) if part.isdigit() else part
    for part in re.split("([0-9]+)", name)])
assert list(records) == natural, list(records)
assert natural.index("s9._domainkey") < natural.index("s10._domainkey")
PYTHON
expect 0 -c "$scratch/conf" export b.example --format octodns
says "$out" '^"countersign-r1._domainkey.b.example":$'
expect 1 -c "$scratch/conf" export --format octodns --output "$scratch/yaml"
says "$err" 'records of a.example are in zone a.example, those of b.example in dkim.example.net: export the domains of one zone'
[ ! -e "$scratch/yaml" ] || fail "a file of two zones"

# DNSControl: functions of ours read it.
expect 0 -c "$scratch/conf" export --format dnscontrol
/usr/bin/python3 - "$out" "$scratch/json" <<'PYTHON' || fail dnscontrol
import json
import re
import sys

text = open(sys.argv[1]).read()
found = {}
for zone, body in re.findall(r'^D_EXTEND\("([^"]+)",\n(.*?)\n\);$', text,
                             re.DOTALL | re.MULTILINE):
    for line in body.split(",\n"):
        name, value, ttl = re.fullmatch(
            r'  TXT\(("[^"]*"), ("[^"]*"), TTL\((\d+)\)\)', line).groups()
        found[f"{json.loads(name)}.{zone}"] = (json.loads(value), int(ttl))
for record in json.load(open(sys.argv[2])):
    assert found.pop(record["name"]) == (record["value"], 7200)
assert len(found) == 4 and all(
    name.endswith("._domainkey.b.example.dkim.example.net")
    for name in found), found
assert ",\n)" not in text and ", )" not in text
PYTHON
expect 2 -c "$scratch/conf" export --format bind
says "$err" 'use zone, json, octodns or dnscontrol'
expect 2 -c "$scratch/conf" export --format zone --json
says "$err" 'exclude each other'

# Without its private key a key has its record, too.
rm -f "$keydir/a.example/long.pem"
expect 0 -c "$scratch/conf" export --output "$scratch/zone"

# A key of which no record can be made leaves the file as it was.
cp "$scratch/zone" "$scratch/before"
sed -i '/^long /s/ public=[^ ]*/ public=AAAA/' "$keydir/a.example/state"
key -c "$scratch/conf" export --output "$scratch/zone"
[ "$status" -eq 1 ] || fail "a key that cannot be read"
says "$err" 'left unchanged'
cmp -s "$scratch/zone" "$scratch/before" || fail "the file was changed"
ls "$scratch"/zone.* >/dev/null 2>&1 && fail "a temporary file is left"
expect 1 -c "$scratch/conf" export b.example --output "$scratch/no/zone"
says "$err" 'no/zone: cannot write: No such file'

# Only a regular file is replaced.
mkfifo "$scratch/fifo"
ln -s /dev/null "$scratch/link"
for path in "$scratch/fifo" "$scratch/link" "$scratch"; do
	expect 1 -c "$scratch/conf" export b.example --output "$path"
	says "$err" "$path: is .*: name a regular file"
done
[ -p "$scratch/fifo" ] || fail "a FIFO was replaced"
[ -L "$scratch/link" ] || fail "a link was replaced"
done_testing
