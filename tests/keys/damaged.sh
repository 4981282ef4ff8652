#!/bin/sh
# SPDX-License-Identifier: ISC
#
# A key that signs and whose mail fails, for its file is damaged or its record
# is another's: the reserve takes over, with an alarm.  Where several files
# cannot be used no reserve is used up: then it is the store that is broken.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/zone.sh"

# begin DOMAIN ...: each has a key that signs, and one in reserve.
begin()
{
	configure update
	rm -rf "$keydir"
	mkdir -m 0700 "$keydir"
	: >"$records"
	ahead=0
	for domain; do
		done_at 0 add "$domain"
	done
	done_at 3600 rotate
	domain=$1
	folder=$keydir/$domain
	first=$(selector_of 1 "$domain")
	second=$(selector_of 2 "$domain")
}

# rotate_at STATUS SECONDS
rotate_at()
{
	ahead=$2
	checks=$((checks + 1))
	at_work rotate
	[ "$status" -eq "$1" ] ||
	    fail "rotate $ahead s after: exit $status, want $1"
}

cut_off()
{
	chmod 600 "$1"
	head -c 100 "$1" >"$scratch/cut"
	cat "$scratch/cut" >"$1"
	chmod 400 "$1"
}

# has_taken_over SELECTOR FROM
has_taken_over()
{
	checks=$((checks + 1))
	[ -n "$(value_of active_from "$1" "$domain")" ] ||
	    fail "$1 does not sign"
	[ -n "$(value_of retire_at "$2" "$domain")" ] || fail "$2 is not retired"
	[ -z "$(value_of revoked "$2" "$domain")" ] || fail "$2 is revoked"
	[ -z "$(value_of took_over_from "$1" "$domain")" ] ||
	    fail "it is no compromise"
}

# The reserve takes over in the next run; the key is retired, not revoked.
for how in cut loose; do
	begin example.com
	case $how in
	cut)	cut_off "$folder/$first.pem" ;;
	loose)	chmod 644 "$folder/$first.pem" ;;
	esac
	at_work list --monitor
	[ "$status" -eq 2 ] || fail "list --monitor: exit $status"
	says "$out" "^CRITICAL example.com $first: should sign but cannot: .*$first.pem: "
	says_not "$out" "$second"
	at_work list example.com
	says "$out" "^example.com  *$first  *rsa  *active "
	[ "$(grep -A1 " $first " "$out" | tail -n 1)" = \
	    "    its file cannot be used" ] || fail "no text below its row"
	rotate_at 1 7200
	says "$out" "$first  FAILED: could not sign, so $second takes over: .*$first.pem: .* \[key-file\]$"
	has_taken_over "$second" "$first"
	rotate_at 0 7300
	rotate_at 0 $((8 * day))
	[ -z "$(value_of revoked "$first" example.com)" ] || fail "too early"
	rotate_at 0 $((20 * day))
	[ -n "$(value_of revoked "$first" example.com)" ] ||
	    fail "not revoked in its time"
done

# A damaged reserve is no reserve; the key that signs is left alone.
begin example.com
cut_off "$folder/$second.pem"
ends_at 1 7100 list --monitor
says "$out" "^WARNING example.com $second: will not be able to sign: .*$second.pem: "
at_work list example.com
[ "$(grep -A1 " $second " "$out" | tail -n 1)" = \
    "    its file cannot be used" ] || fail "no text below the reserve's row"
rotate_at 1 7200
says "$out" "$second  FAILED: will not be able to sign: .*$second.pem: "
says "$out" 'generated'
says "$out" "withdraw it with 'countersign-key -c $conf -k $keydir remove example.com $second'"
done_at 7201 remove example.com "$second"
! grep -q "^$second\\." "$records" || fail "its record is still there"
rotate_at 0 7300
says "$out" "$second  destroyed: .* but not disclosed, because its file is damaged"
[ -z "$(value_of retire_at "$first" example.com)" ] || fail "$first ends"

# Two files of a domain, or such files in two domains: the store is at fault.
begin example.com
chmod 644 "$folder"/*.pem
cp "$folder/state" "$scratch/state"
for when in 7200 $((91 * day)); do
	rotate_at 1 "$when"
	says "$out" '  FAILED: the files of several keys cannot be used, all in this domain: something is wrong with the key store.* \[key-store\]$'
	says "$out" "$first  FAILED: should sign but cannot: .*$first.pem: mode 0644"
	cmp -s "$folder/state" "$scratch/state" || fail "something was rotated"
done
chmod 400 "$folder"/*.pem
rotate_at 0 7200
cmp -s "$folder/state" "$scratch/state" || fail "something was rotated"

begin example.com example.org third.example
cut_off "$folder/$first.pem"
other=$keydir/example.org/$(selector_of 1 example.org).pem
cp -p "$other" "$scratch/other.pem"
cut_off "$other"
cp -a "$keydir" "$scratch/kept"
rotate_at 1 7200
says "$out" 'example.com  -  FAILED: .* in several domains: something is wrong with the key store'
says "$out" 'example.org  -  FAILED: .* in several domains: something is wrong with the key store'
says_not "$out" '^third.example'
diff -r -x .lock -x .run -x troubles -x last-run -x servers "$scratch/kept" "$keydir" >"$err" || fail "something was rotated"
at_work rotate example.com
[ "$status" -eq 1 ] || fail "rotate example.com: exit $status"
says "$out" 'in several domains'
diff -r -x .lock -x .run -x troubles -x last-run -x servers "$scratch/kept" "$keydir" >"$err" || fail "something was rotated"
# One of them is restored: the other is one damaged file.
rm -f "$other"
mv "$scratch/other.pem" "$other"
rotate_at 1 7200
has_taken_over "$second" "$first"
rm -rf "$scratch/kept"

# But a stolen key is replaced even so.
begin example.com
cut_off "$folder/$first.pem"
done_at 7200 generate example.com --selector spare --algorithm rsa2048
cut_off "$folder/spare.pem"
rotate_at 1 7200
says "$out" 'something is wrong with the key store'
at_work compromise example.com "$first"
[ -n "$(value_of revoked "$first" example.com)" ] || fail "not revoked"
[ -n "$(value_of active_from "$second" example.com)" ] ||
    fail "$second did not take over"

# All with the wrong owner, as after a restore.
if [ "$(id -u)" -eq 0 ]; then
	begin example.com example.org
	chown 65534 "$keydir"/*/*.pem
	cp -a "$keydir" "$scratch/kept"
	rotate_at 1 7200
	says "$out" 'something is wrong with the key store'
	says "$out" "$first.pem: mode 0400, owner "
	diff -r -x .lock -x .run -x troubles -x last-run -x servers "$scratch/kept" "$keydir" >"$err" ||
	    fail "something was rotated"
	chown 0 "$keydir"/*/*.pem
	rotate_at 0 7200
	rm -rf "$scratch/kept"
fi

# Every server has another key in the record, or none.
(umask 077; openssl genrsa -out "$scratch/foreign.pem" 2048 2>/dev/null)
foreign=$(openssl pkey -in "$scratch/foreign.pem" -pubout -outform DER |
    base64 -w 0)
for public in "$foreign" ""; do
	begin example.com
	sed -i "/^$first\\./s|p=.*|p=$public|" "$records"
	rotate_at 1 7200
	says "$out" "$first  FAILED: mail signed with it fails because every server has another record, so $second takes over: 127.0.0.1@$port "
	has_taken_over "$second" "$first"
	rotate_at 0 7300
done

# Without a verified reserve it signs on, with an alarm.
begin example.com
sed -i "/^$first\\./s|p=.*|p=|; /^$second\\./d" "$records"
rotate_at 1 7200
says "$out" "$first  FAILED: signs, but not every server has its correct record"
[ -z "$(value_of retire_at "$first" example.com)" ] || fail "$first ends"
done_testing
