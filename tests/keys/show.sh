#!/bin/sh
# SPDX-License-Identifier: ISC
#
# list and show: tables, JSON, and a record that verifies what the key signs.
. "$(dirname "$0")/lib.sh"

expect 0 generate example.com --algorithm both
expect 0 generate example.org --algorithm ed25519 --selector only

expect 0 list
says "$out" '^DOMAIN  *SELECTOR'
[ "$(wc -l <"$out")" -eq 4 ] || fail "list: not all keys"
expect 0 list example.org
[ "$(wc -l <"$out")" -eq 2 ] || fail "list of one domain"
expect 0 list --json
python3 - "$out" <<'EOF' || fail "list --json"
import json, sys
keys = json.load(open(sys.argv[1]))
assert [k["domain"] for k in keys] == ["example.com"] * 2 + ["example.org"]
assert all(k["status"] == "generated" for k in keys)
assert all(k["active_from"] is None for k in keys)
EOF

expect 0 show example.com
says "$out" '(rsa-sha256, 2048 bits), generated'
says "$out" '(ed25519-sha256, 256 bits), generated'
expect 0 show example.org only
says "$out" '^only._domainkey.example.org. IN TXT ( "v=DKIM1; .*" )$'
says_not "$out" PRIVATE

# The shown record, read by another program, verifies a signature that
# openssl makes with the key file.
expect 0 show example.com --json
python3 - "$out" "$keydir/example.com" "$scratch" <<'EOF' || fail "record"
import base64, json, re, subprocess, sys
shown, folder, scratch = sys.argv[1:]
prefix = bytes.fromhex("302a300506032b6570032100")
keys = json.load(open(shown))
assert len(keys) == 2
for key in keys:
    assert key["type"] == "TXT"
    assert "".join(key["strings"]) == key["value"]
    assert all(len(s) <= 255 for s in key["strings"])
    assert re.findall(r'"([^"]*)"', key["zone_line"]) == key["strings"]
    assert key["name"] == key["selector"] + "._domainkey.example.com"
    tags = dict(t.strip().split("=", 1) for t in key["value"].split(";"))
    assert tags["v"] == "DKIM1" and tags["h"] == "sha256"
    assert key["algorithm"] == tags["k"] + "-sha256"
    public = base64.b64decode(tags["p"])
    if tags["k"] == "ed25519":
        assert len(public) == 32
        public = prefix + public
    open(scratch + "/pub.der", "wb").write(public)
    open(scratch + "/msg", "wb").write(b"m" * 32)
    pem = folder + "/" + key["selector"] + ".pem"
    raw = ["-rawin"] + ([] if tags["k"] == "ed25519"
                        else ["-digest", "sha256"])
    subprocess.run(["openssl", "pkeyutl", "-sign", "-inkey", pem, *raw,
                    "-in", scratch + "/msg", "-out", scratch + "/sig"],
                   check=True)
    subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-keyform",
                    "DER", "-inkey", scratch + "/pub.der", *raw, "-in",
                    scratch + "/msg", "-sigfile", scratch + "/sig"],
                   check=True, stdout=subprocess.DEVNULL)
EOF
checks=$((checks + 2))

# A revoked key's record has an empty p=; a removed key is not shown.
sed -i 's/ public=/ revoked=2026-01-01T00:00:00Z&/' \
    "$keydir/example.org/state"
expect 0 show example.org
says "$out" 'p=$'
sed -i 's/ public=/ removed=2026-01-02T00:00:00Z&/' "$keydir/example.org/state"
expect 0 show example.org
[ ! -s "$out" ] || fail "a removed key is shown"

# One damaged domain does not hide the others.
echo damage >"$keydir/example.org/state"
expect 1 list
says "$out" '^example.com .* rsa  *generated '
says "$out" '^example.com .* ed25519  *generated '
says "$err" 'example.org/state: line 1: '
done_testing
