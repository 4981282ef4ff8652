#!/bin/sh
# SPDX-License-Identifier: ISC
#
# A domain leaves: its keys retire, its records are revoked and removed, and its
# folder is archived; at once if it never signed.
# shellcheck source=tests/keys/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/keys/zone.sh
. "$(dirname "$0")/zone.sh"

folder=$keydir/example.com
archive=$keydir/.archive

begin()
{
	rm -rf "$keydir"
	mkdir -m 0700 "$keydir"
	: >"$records"
	rm -f "$scratch/disclosed"/*
	configure "${1:-update}"
	done_at 0 add example.com
	says "$err" 'warning: no source in .* names example.com'
	done_at 3600 rotate
	first=$(selector_of 1 example.com)
	second=$(selector_of 2 example.com)
}

# signed SECONDS: the first key signed last at that time.
signed()
{
	(umask 0137; : >"$folder/$first.used")
	touch -d "@$((epoch + $1))" "$folder/$first.used"
}

# archived N: the folder is gone, and so many archived ones have state and log
# but no private key.
archived()
{
	checks=$((checks + 1))
	[ ! -e "$folder" ] || fail "the folder is still there"
	count=0
	for kept in "$archive"/example.com.*; do
		[ -f "$kept/state" ] && [ -f "$kept/log" ] ||
		    fail "$kept: no state or no log"
		grep -q ' - archive: ' "$kept/log" || fail "$kept: no log line"
		for pem in "$kept"/*.pem "$kept"/*.used; do
			[ ! -e "$pem" ] || fail "$pem is archived"
		done
		count=$((count + 1))
	done
	[ "$count" -eq "$1" ] || fail "$count archived, want $1"
	[ ! -s "$records" ] || fail "records are left"
}

# A typo: nothing was ever signed, so the domain is gone at once.
for way in update hook; do
	begin $way
	sed -i "s/ active_from=[^ ]*//" "$folder/state"
	done_at 3700 domain remove example.com
	says "$out" "$first  removed: "
	says "$out" "$first  destroyed: .*never signed"
	says "$out" '^example.com  -  archived: .*/.archive/example.com.20261123T100140Z$'
	archived 1
	[ -z "$(ls "$scratch/disclosed")" ] || fail "a key was disclosed"
	[ "$(stat -c %a "$archive")" = 700 ] || fail "mode of the archive"
	done_at 3800 domain remove example.com --json
	says "$out" '"text": "already done"'
	done_at 3900 rotate
	says "$out" '^0 domains'
	# Of the same day: the selector may have been in use.
	done_at 4000 add example.com
	says_not "$folder/state" 'fresh=yes'
	done_at 4000 domain remove example.com
	archived 2
done

# So it is after an hour too, when a key has become active, if one says so.
begin
done_at 3700 domain remove example.com --force --dry-run
says "$out" "$first  to be removed: "
says_not "$folder/state" 'leaving=yes'
done_at 3700 domain remove example.com --force
archived 1

# The keys signed: they stop at once, and the rest takes its time.
begin
signed 7000
ends_at 2 7200 remove example.com
says "$err" "domain remove example.com"
done_at 7200 domain remove example.com
says "$out" "$first  retired: .*its domain is leaving"
says "$out" "$second  removed: .*"
says "$out" '^example.com  -  waiting until 2027-01-04T10:57:41Z:.*to be removed'
[ -e "$folder/$second.pem" ] && fail "the reserve has its file"
at_work list example.com
says_not "$out" ' active '
ends_at 1 7300 add example.com
says "$err" "is to be removed, .*domain keep example.com"
ends_at 1 7300 generate example.com
says "$err" "is to be removed, .*domain keep example.com"
openssl genrsa -out "$scratch/some.pem" 2048 2>/dev/null
ends_at 1 7300 import pem example.com old "$scratch/some.pem"
says "$out" "is to be removed"
done_at 7300 domain remove example.com
done_at 7300 rotate
at_work list --monitor
[ "$status" -eq 0 ] || fail "a domain that leaves is no trouble: $status"
done_at $((11 * day)) rotate
says_not "$out" 'revoked'
done_at $((13 * day)) rotate
says "$out" "$first  revoked"
done_at $((43 * day)) rotate
says "$out" "$first  removed"
done_at $((43 * day + 60)) rotate
says "$out" "$first  destroyed: the private key is disclosed"
archived 1
file=$scratch/disclosed/$first._domainkey.example.com.pem
[ -f "$file" ] || fail "not disclosed"
# For everybody, as a web server shows it.
[ "$(stat -c %a "$file")" = 444 ] || fail "disclosed, and not readable"
openssl pkey -in "$file" -noout || fail "disclosed, and not a whole key"

# Kept after all: new keys are made, and the old ones go their way.
begin
signed 7000
done_at 7200 domain remove example.com
done_at 7300 domain keep example.com
says_not "$folder/state" 'leaving=yes'
done_at 7300 domain keep example.com
says "$err" 'nothing to do'
ends_at 1 7400 add example.com
says "$out" "FAILED: no rsa-sha256 key signs"
done_at 11000 rotate
at_work list example.com
says "$out" ' active '
done_at $((13 * day)) rotate
says "$out" "$first  revoked"

# A source names it.
begin
cat >>"$conf" <<EOF
source "shop" {
	networks = { "192.0.2.0/24" }
	trust_network = true
	domains = { "example.com" }
}
EOF
ends_at 1 7200 domain remove example.com
says "$err" 'source "shop" on line [0-9]* of .* names it'
says_not "$folder/state" 'leaving=yes'
done_at 7200 domain remove example.com --force
archived 1

# By hand, a person removes the records first.
begin
sed -i 's/publish = .*/publish = manual/; /tsig_key = /d; /update_server/d' \
    "$conf"
ends_at 3 7200 domain remove example.com --force
says "$out" "$second  waiting for you: .*is leaving, .*remove its record"
: >"$records"
done_at 7300 rotate
archived 1

# The name servers of a domain that is not ours take no update.
begin
sed -i 's/hmac-sha256:test:/hmac-sha256:other:/' "$scratch/tsig"
ends_at 1 7200 add other.example
: >"$records"
done_at 7300 domain remove other.example
[ ! -e "$keydir/other.example" ] || fail "a domain that is not ours stays"
sed -i 's/hmac-sha256:other:/hmac-sha256:test:/' "$scratch/tsig"

# What the state does not know is not put away.
begin
done_at 7200 domain remove example.com --force --dry-run
(umask 0377; openssl genrsa 2048 2>/dev/null >"$folder/lost.pem")
ends_at 1 7200 domain remove example.com --force
says "$err" 'key file lost.pem is not in the state file: not archived'
[ -f "$folder/lost.pem" ] || fail "the file is gone"
rm -f "$folder/lost.pem"
done_at 7300 rotate
archived 1

# Killed at each call that changes a file: the next run finishes.
begin
cp -a "$keydir" "$scratch/made"
cp "$records" "$scratch/made.records"
n=0
while :; do
	n=$((n + 1))
	rm -rf "$keydir"
	cp -a "$scratch/made" "$keydir"
	cp "$scratch/made.records" "$records"
	(LD_PRELOAD=$preload KILLAT_MODE=kill KILLAT_N=$n \
	    KILLAT_TIME=$((epoch + 7200)) "$COUNTERSIGN_KEY" -c "$conf" \
	    -k "$keydir" domain remove example.com --force; exit $?) \
	    >"$out" 2>"$err"
	status=$?
	[ "$status" -ne 0 ] || break
	[ "$status" -eq 137 ] || fail "exit $status at call $n"
	done_at 7300 domain remove example.com --force
	archived 1
done
[ "$n" -gt 10 ] || fail "only $n calls: not preloaded?"
done_testing
