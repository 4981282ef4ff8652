#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Records that stand in DNS otherwise than we would write them, or not at all
# though a program said so, or still though they should be gone: rotation goes
# by what DNS shows.
# shellcheck source=tests/keys/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/keys/zone.sh
. "$(dirname "$0")/zone.sh"

name=_domainkey.example.com
folder=$keydir/example.com

# A hook that keeps to its contract to the letter: one record of a name, and
# others stay.  It says how it was called.
cat >"$scratch/exact" <<END
#!/bin/sh
[ "\$1" != batch ] || exit 64
echo "\$1 \$2" >>"$scratch/calls"
{
	flock 9
	{
		awk -F'\t' -v name="\$2" -v value="\$3" \
		    '!(\$1 == name && \$2 == value)' "$records"
		[ "\$1" = remove ] || printf '%s\t%s\n' "\$2" "\$3"
	} >"$records.new"
	mv "$records.new" "$records"
} 9>"$zone/lock"
END
printf '#!/bin/sh\n[ "$1" != batch ] || exit 64\nexit 0\n' >"$scratch/liar"
chmod 0755 "$scratch/exact" "$scratch/liar"

# begin WAY: without keys and records.
begin()
{
	rm -rf "$keydir" "$scratch/disclosed"
	mkdir -m 0700 "$keydir" "$scratch/disclosed"
	: >"$records"
	: >"$scratch/calls"
	configure "$1"
}

# hook_is PROGRAM
hook_is()
{
	sed -i "s,hook = .*,hook = \"$scratch/$1\"," "$conf"
}

# by_hand: from now on.
by_hand()
{
	sed -i 's/publish = .*/publish = manual/; /hook = /d' "$conf"
}

# import_old: a key that another signer used, with the record it wrote.
import_old()
{
	openssl genrsa -out "$scratch/old.pem" 2048 2>"$err" || fail genrsa
	old="v=DKIM1; h=sha256; k=rsa; p=$(openssl pkey \
	    -in "$scratch/old.pem" -pubout -outform DER | base64 -w0)"
	printf 'old.%s\t%s\n' "$name" "$old" >"$records"
	done_at 0 import pem example.com old "$scratch/old.pem"
}

# the_old_record_alone: it stands as it did, and no other at its name.
the_old_record_alone()
{
	checks=$((checks + 1))
	grep "^old\\." "$records" >"$out"
	printf 'old.%s\t%s\n' "$name" "$old" | cmp -s - "$out" ||
	    fail "the record of another signer was changed"
}

for way in hook update; do
	begin "$way"
	[ "$way" = update ] || hook_is exact
	import_old
	done_at 60 rotate
	the_old_record_alone
	says_not "$scratch/calls" 'old\.'
	done_at 7200 rotate
	says "$out" 'old  activated'
	the_old_record_alone
	done_at 14400 rotate
	done_at $((91 * day)) rotate
	the_old_record_alone
	done_at $((110 * day)) rotate
	says "$out" 'old  revoked'
	[ "$(grep -c '^old\.' "$records")" -eq 1 ] ||
	    fail "$way: not one record of a revoked key"
	says "$records" '^old\..*; p=$'
	done_at $((141 * day)) rotate
	says_not "$records" '^old\.'
	done_at $((142 * day)) rotate
	says "$out" 'old  destroyed: .*disclosed'
	[ -f "$scratch/disclosed/old.$name.pem" ] || fail "$way: not disclosed"
done

# A record of somebody else at the name: the hook was not run.
begin hook
hook_is exact
import_old
sed -i 's/p=.*/p=AAAA/' "$records"
ends_at 1 60 rotate
says "$out" 'old  FAILED: the hook was not run: .*wrong'
says_not "$scratch/calls" 'old\.'

# A server that says nothing: nor is it then.
begin hook
hook_is exact
sed -i "s/^\tservers = .*/\tservers = { \"127.0.0.1@$port\", \"127.0.0.1@1\" }/" "$conf"
sed -i "1,/^}/s/, \"127.0.0.1@1\"//" "$conf"
at_work add example.com
says "$out" 'waiting for you: the hook was not run: .*silent'
[ ! -s "$scratch/calls" ] || fail "called, though a server was silent"

# It says done, and nothing is: what waits becomes a failure, and a key
# that signs without a record is a failure, each time.
begin hook
hook_is liar
done_at 0 add example.com
done_at 600 rotate
for hours in 2 24 240; do
	ends_at 1 $((hours * 3600)) rotate
	says "$out" 'FAILED: its record is gone or was never published in'
done
begin hook
done_at 0 add example.com
done_at 3600 rotate
hook_is liar
: >"$records"
for days in 2 3; do
	ends_at 1 $((days * day)) rotate
	says "$out" "$(selector_of 1 example.com)  FAILED: signs, but"
done

# One server lacks the record of the key that signs, and the other is silent.
sed -i "s/^\tservers = .*/\tservers = { \"127.0.0.1@$port\", \"127.0.0.1@1\" }/" "$conf"
sed -i "1,/^}/s/, \"127.0.0.1@1\"//" "$conf"
ends_at 1 $((4 * day)) rotate
says "$out" 'FAILED: signs, but.*silent.*absent'
# Such a key does not take over, either.
ends_at 1 $((4 * day)) compromise example.com "$(selector_of 1 example.com)"
says "$out" 'STILL SIGNS'

# Its hook says that the record is removed, and it is not: the private key is
# kept, and nobody is told it, until the record is gone.
begin hook
done_at 0 add example.com
done_at 3600 rotate
first=$(selector_of 1 example.com)
done_at $((91 * day)) rotate
done_at $((92 * day)) rotate
hook_is liar
cp "$records" "$scratch/records"
done_at $((110 * day)) rotate
says "$out" "$first  revoked"
done_at $((141 * day)) rotate
says "$out" "$first  removed"
for days in 142 150; do
	ends_at 1 $((days * day)) rotate
	says "$out" "$first  FAILED: its record is still in DNS"
	[ -f "$folder/$first.pem" ] || fail "the private key is gone"
	[ -z "$(ls "$scratch/disclosed")" ] || fail "a live key is disclosed"
done
sed -i "/^$first\\./d" "$records"
sed -i "s/^\tservers = .*/\tservers = { \"127.0.0.1@$port\", \"127.0.0.1@1\" }/" "$conf"
sed -i "1,/^}/s/, \"127.0.0.1@1\"//" "$conf"
at_work rotate
says "$out" "$first  waiting until 20.*may come back with its record.*silent"
[ -f "$folder/$first.pem" ] || fail "the private key is gone"
# Then the zone has expired there, but the server still counts.
ends_at 1 $((152 * day)) rotate
says "$out" "$first  waiting for you: not disclosed: .*silent"
[ -f "$folder/$first.pem" ] || fail "the private key is gone"
[ -z "$(ls "$scratch/disclosed")" ] || fail "disclosed too early"
sed -i 's/, "127.0.0.1@1"//' "$conf"
at_work rotate
says "$out" "$first  destroyed"
[ -f "$scratch/disclosed/$first.$name.pem" ] || fail "not disclosed"

# So it is with a stolen key that is not revoked in truth.
begin hook
done_at 0 add example.com
done_at 3600 rotate
first=$(selector_of 1 example.com)
hook_is liar
ahead=7200
at_work compromise example.com "$first"
says "$folder/state" "^$first .* compromised"
ends_at 1 10800 rotate
says "$out" "$first  FAILED: .* DNS does not show it as revoked: .*wrong"

# By hand: what is wrong with an old key's record is told until it is fixed.
begin hook
done_at 0 add example.com
done_at 3600 rotate
by_hand
first=$(selector_of 1 example.com)
at_work rotate
ahead=$((91 * day))
at_work rotate
sed -i "s/^\($first\\.[^ ]*\tv=DKIM1\).*/\1; k=rsa; p=AAAA/" "$records"
ends_at 3 $((120 * day)) rotate
says "$out" "$first  waiting for you: .*or remove it.*wrong"
at_work revoke example.com "$first" --force
ends_at 3 $((160 * day)) rotate
says "$out" "$first  waiting for you: .*remove its record.*wrong"

# A successor that is to begin later begins at once when the key before it is
# compromised.
begin hook
done_at 0 add example.com
done_at 3600 rotate
first=$(selector_of 1 example.com)
second=$(selector_of 2 example.com)
done_at $((2 * day)) retire example.com "$first" --force \
    --at "$(date -u -d "@$((epoch + 7 * day))" +%Y-%m-%dT%H:%M:%SZ)"
done_at $((2 * day)) rotate
says "$out" "$second  activated"
done_at $((2 * day)) compromise example.com "$first"
says "$out" "$second  activated: .* is compromised"
says "$out" "$first  revoked"
zone_is_right

# The newer of two that sign has a wrong record: the older signs on.
begin hook
done_at 0 add example.com
done_at 3600 rotate
first=$(selector_of 1 example.com)
second=$(selector_of 2 example.com)
done_at 7200 activate example.com "$second"
sed -i "s/^\($second\\.[^ ]*\tv=DKIM1\).*/\1; k=rsa; p=AAAA/" "$records"
ends_at 1 $((2 * day)) rotate
says "$out" "$second  FAILED: signs, but not every server has its correct record"
says_not "$out" "$first  retire"

# The private key of the one that signs is lost: its successor takes over.
begin hook
done_at 0 add example.com
done_at 3600 rotate
first=$(selector_of 1 example.com)
second=$(selector_of 2 example.com)
rm -f "$folder/$first.pem"
ends_at 1 $((2 * day)) rotate
says "$out" "$first  FAILED: .*$first.pem"
says "$out" "$second  activated"

# A slot is taken again, and that is cut off at any call: the new private key
# never passes for the old one, which would be disclosed.
begin hook
sed -i 's/^\tttl = .*/&\n\tcname_zone = "dkim.example"/' "$conf"
at_work add example.com
past=2026-01-01T00:00:00Z
sed -i "/^countersign-r2 /d
s/^countersign-r1 .*/countersign-r1 algorithm=rsa-sha256 generated=$past \
published=$past seen=$past verified=$past active_from=$past retire_at=$past \
revoked=$past removed=$past record=countersign-r1.$name.dkim.example/" \
    "$folder/state"
rm -f "$folder"/countersign-r?.pem
cp -a "$keydir" "$scratch/kept"
call=0
status=137
while [ "$status" -ge 128 ]; do
	call=$((call + 1))
	rm -rf "$keydir"
	cp -a "$scratch/kept" "$keydir"
	export KILLAT_N="$call" KILLAT_MODE=kill
	ahead=60
	at_work rotate
	unset KILLAT_N KILLAT_MODE
	checks=$((checks + 1))
	[ ! -e "$folder/countersign-r1.pem" ] ||
	    ! grep -q "^countersign-r1 .* removed=$past " "$folder/state" ||
	    fail "cut off at call $call: a new key on an old line"
done
[ "$call" -gt 10 ] || fail "only $call calls that change a file"
[ -e "$folder/countersign-r1.pem" ] || fail "the slot was not taken"

# The record of a key that is given up before it was published is not asked
# for again, nor published.
begin hook
by_hand
done_at 0 generate example.com --selector removed
done_at 0 generate example.com --selector stolen
done_at 0 remove example.com removed --force
at_work compromise example.com stolen
for command in 'add example.com' 'publish example.com'; do
	ahead=10
	at_work $command
	for selector in removed stolen; do
		says_not "$out" "$selector\\._domainkey"
	done
	third=$(selector_of 3 example.com)
	says "$out" "^    host  *$third\\._domainkey  in the zone example.com\$"
done
log_words generate remove compromise
done_testing
