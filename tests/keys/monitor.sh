#!/bin/sh
# SPDX-License-Identifier: ISC
#
# list --monitor: the status that a monitoring system gets for each state of
# the store, and that what rotation saw in DNS is remembered for it.
# shellcheck source=tests/keys/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/keys/zone.sh
. "$(dirname "$0")/zone.sh"

folder=$keydir/example.com

# monitor STATUS SECONDS WORDS [ARGUMENTS]: that status then, and a first line
# that has the words and performance data.
monitor()
{
	want=$1
	words=$3
	ahead=$2
	shift 3
	checks=$((checks + 1))
	at_work list --monitor "$@"
	[ "$status" -eq "$want" ] ||
	    fail "list --monitor, $ahead s after: exit $status, want $want"
	head -1 "$out" >"$scratch/first"
	says "$scratch/first" "^COUNTERSIGN $words.* | domains="
}

begin()
{
	rm -rf "$keydir"
	mkdir -m 0700 "$keydir"
	: >"$records"
	configure update
	done_at 0 add example.com
	done_at 3600 rotate
	first=$(selector_of 1 example.com)
	second=$(selector_of 2 example.com)
}

# The store is empty, unreadable, or was never rotated.
configure update
monitor 0 0 'OK - no problems in 0 domains'
says "$out" 'domains=0 warnings=0;0 criticals=0;;0$'
checks=$((checks + 1))
"$COUNTERSIGN_KEY" -c "$conf" -k "$scratch/none" list --monitor >"$out" \
    2>"$err"
[ $? -eq 3 ] || fail "no key directory: not UNKNOWN"
says "$out" '^COUNTERSIGN UNKNOWN - '
says "$err" "$scratch/none"
checks=$((checks + 1))
"$COUNTERSIGN_KEY" -c "$scratch/none" list --monitor --json >"$out" 2>"$err"
[ $? -eq 3 ] || fail "no configuration: not UNKNOWN"
says "$out" '^{"status": "unknown", "error": "'

# The timer: three hours, and seven days.
begin
monitor 0 7200 'OK - no problems in 1 domain'
says "$out" ' last_run=3600s;10800;604800$'
monitor 0 14399 'OK'
monitor 1 14400 'WARNING - 1 problem in 1 domain: all domains: .*last ran at 2026-11-23T10:00:00Z'
monitor 2 $((3600 + 7 * day)) "CRITICAL - .*countersign-rotate.timer"
done_at 14400 rotate example.com
monitor 1 14400 'WARNING - .*last ran at'
done_at 14400 rotate
monitor 0 14401 'OK'

# Who rotates by hand is not told to.
configure update 'automatic = off'
monitor 0 $((3600 + 7 * day)) 'OK'

# A record that is gone: what rotation saw stays until a run sees it right.
begin
sed -i "/^$second\\./d" "$records"
sed -i "s/^\($first\\.[^ ]*\tv=DKIM1\).*/\1; k=rsa; p=AAAA/" "$records"
sed -i 's/publish = .*/publish = manual/; /tsig_key = /d; /update_server/d' \
    "$conf"
ends_at 1 7200 rotate
monitor 2 7300 "CRITICAL - 2 problems in 1 domain: example.com $first: signs, but.* \[record\]"
says "$out" "^CRITICAL example.com $first since 2026-11-23T11:00:00Z: .* \[record\]$"
says "$out" "^WARNING example.com $second since 2026-11-23T11:00:00Z: publish its record.* \[new-record\]$"
ends_at 1 10000 rotate
monitor 2 10100 'CRITICAL'
says "$out" "^CRITICAL example.com $first since 2026-11-23T11:00:00Z: "
configure update
at_work rotate
: >"$records"
ends_at 3 10200 rotate
says "$out" "$first  waiting for you: its record had vanished.* \[record-vanished\]$"
done_at 10260 rotate
monitor 0 10300 'OK'
[ ! -e "$folder/troubles" ] || fail "troubles stay"

# Publication fails from one day on: first a reserve is missing, and when the
# key that signs should end, that is critical.
begin
sed -i "/^$second /d" "$folder/state"
rm -f "$folder/$second.pem"
sed -i "/^$second\\./d" "$records"
sed -i 's/hmac-sha256:test:/hmac-sha256:other:/' "$scratch/tsig"
ends_at 1 7200 rotate
monitor 1 7260 'WARNING - 1 problem in 1 domain: example.com .*NOTAUTH'
ends_at 1 $((2 * day)) rotate
monitor 1 $((2 * day)) 'WARNING - 2 problems in 1 domain: example.com '
says "$out" '^WARNING example.com: no verified rsa-sha256 key is in reserve'
ends_at 1 $((84 * day)) rotate
monitor 2 $((84 * day)) 'CRITICAL - 2 problems in 1 domain: example.com '
sed -i 's/hmac-sha256:other:/hmac-sha256:test:/' "$scratch/tsig"
done_at $((84 * day + 60)) rotate
done_at $((84 * day + 3600)) rotate
monitor 0 $((84 * day + 3600)) 'OK'

# No key signs; a state that cannot be read hides no other domain.
begin
done_at 3600 add second.example
done_at 7200 rotate
done_at 7200 retire example.com "$first" --force
rm -f "$folder/$second.pem"
monitor 2 7300 'CRITICAL - .*example.com: no rsa-sha256 key signs' example.com
echo nonsense >>"$keydir/second.example/state"
monitor 2 7300 'CRITICAL - .* in 2 domains'
says "$out" '^CRITICAL second.example: .*/state: line 4: '
says "$out" '^CRITICAL example.com: no rsa-sha256 key signs'
monitor 2 7300 'CRITICAL - 1 problem in 1 domain: third.example: ' third.example

# What is left of a file of troubles is no reason to forget the others.
begin
echo nonsense >"$folder/troubles"
chmod 0640 "$folder/troubles"
monitor 2 7200 'CRITICAL - 1 problem .*/troubles: line 1: '
done_at 7200 rotate
monitor 0 7200 'OK'

echo "$checks checks"
