#!/bin/sh
# SPDX-License-Identifier: ISC
#
# countersign-key generate: keys of each kind, their files and selectors.
. "$(dirname "$0")/lib.sh"

mode_of() { stat -c %a "$1"; }

# Owner-only modes whatever the umask is.
umask 000
expect 0 generate example.com
says "$out" 'generated key 20[0-9]\{6\}r1 (rsa-sha256, 2048 bits)'
says "$out" '_domainkey.example.com. IN TXT ( "v=DKIM1; k=rsa; h=sha256; p='
says "$out" 'activate example.com 20[0-9]\{6\}r1$'
umask 777
expect 0 generate other.example --algorithm ed25519
umask 022
for domain in example.com other.example; do
	[ "$(mode_of "$keydir/$domain")" = 700 ] || fail "folder mode"
	[ "$(mode_of "$keydir/$domain/state")" = 640 ] || fail "state mode"
	[ "$(mode_of "$keydir/$domain/log")" = 640 ] || fail "log mode"
	for pem in "$keydir/$domain"/*.pem; do
		[ "$(mode_of "$pem")" = 400 ] || fail "mode of $pem"
		openssl pkey -in "$pem" -noout -check >"$out" 2>"$err" ||
		    fail "openssl does not read $pem"
		head -n 1 "$pem" | grep -q '^-----BEGIN PRIVATE KEY-----$' ||
		    fail "$pem is not PKCS#8"
	done
done

# Each kind; the counter goes on.
expect 0 generate example.com --algorithm=both
says "$out" 'generated key 20[0-9]\{6\}r2 (rsa-sha256, 2048 bits)'
says "$out" 'generated key 20[0-9]\{6\}e1 (ed25519-sha256, 256 bits)'
expect 0 --algorithm rsa3072 generate example.com
says "$out" 'r3 (rsa-sha256, 3072 bits)'

# A selector of one's own, in small letters.
expect 0 generate example.com --selector Mail.S1 --algorithm ed25519
says "$out" 'host *mail.s1._domainkey  in the zone example.com$'
expect 1 generate example.com --selector mail.s1 --algorithm ed25519
says "$err" 'cannot be reused'

# A file that the state does not have counts as used, and stays as it is.
echo orphan >"$keydir/example.com/orphan.pem"
chmod 400 "$keydir/example.com/orphan.pem"
checks=$((checks + 1))
key generate example.com --selector orphan --algorithm ed25519
[ "$status" -eq 1 ] || fail "a file that the state does not know: $status"
says "$err" 'orphan.pem: already exists and is never overwritten'
says "$err" 'key files that are not in its state file: orphan: .*adopt example.com'
[ "$(wc -l <"$err")" -eq 2 ] || fail "more than the warning and the error"
[ "$(cat "$keydir/example.com/orphan.pem")" = orphan ] || fail "overwritten"
day=$(sed -n '2s/r1 .*//p' "$keydir/example.com/state")
today=$(date -u +%Y%m%d)
echo orphan >"$keydir/example.com/${today}e2.pem"
expect 0 generate example.com --algorithm ed25519
[ "$day" != "$today" ] || says "$out" 'generated key 20[0-9]\{6\}e3 '

# The selector of a removed key is not used again.
mkdir -m 0700 "$keydir/gone.example"
printf 'countersign-keys 2\n%se1 algorithm=ed25519-sha256 removed=%s\n' \
    "$(date -u +%Y%m%d)" 2026-01-01T00:00:00Z >"$keydir/gone.example/state"
chmod 640 "$keydir/gone.example/state"
expect 0 generate gone.example --algorithm ed25519
says_not "$out" 'e1 (ed25519'

# An internationalised name is kept as A-labels.
expect 0 generate bücher.EXAMPLE. --algorithm ed25519
[ -d "$keydir/xn--bcher-kva.example" ] || fail "no A-label folder"

# The private key is shown nowhere.
secret=$(sed -n 2p "$keydir/other.example/"*.pem | cut -c 25-60)
expect 0 generate secret.example --algorithm ed25519
secret=$(sed -n 2p "$keydir/secret.example/"*.pem | cut -c 25-60)
cat "$out" "$err" "$keydir/secret.example/log" "$keydir/secret.example/state" \
    >"$scratch/all"
says_not "$scratch/all" "$secret"
says "$keydir/secret.example/log" \
    '^20[0-9T:-]*Z [^ ]* 20[0-9]\{6\}e1 generate: ed25519$'
# Lines of keys that were removed long ago make room, but not too early.
expect 0 generate many.example --selector kept
{
	cat "$keydir/many.example/state"
	for i in $(seq 1 600); do
		when=2020-01-01T00:00:00Z
		[ "$i" -le 300 ] || when=$(date -u +%Y-%m-%dT%H:%M:%SZ)
		echo "20200101r$i algorithm=rsa-sha256" \
		    "generated=2019-01-01T00:00:00Z" \
		    "retire_at=2019-06-01T00:00:00Z removed=$when"
	done
	echo "byhand algorithm=rsa-sha256 generated=2019-01-01T00:00:00Z" \
	    "retire_at=2019-06-01T00:00:00Z removed=2020-01-01T00:00:00Z"
} >"$scratch/many"
cat "$scratch/many" >"$keydir/many.example/state"
expect 0 generate many.example --algorithm ed25519
[ "$(grep -c '' "$keydir/many.example/state")" -eq 502 ] ||
    fail "not 500 keys are left, and the new one"
says "$keydir/many.example/state" '^kept '
says "$keydir/many.example/state" '^byhand '
says_not "$keydir/many.example/state" '^20200101r1 '
says "$keydir/many.example/state" '^20200101r600 '

log_words generate
done_testing
