#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Whoever steals a key may delete or damage its file as well.  What the state
# has of it is enough to replace, revoke, check, and remove it.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/zone.sh"

folder=$keydir/example.com

# record_of SELECTOR: full, empty or none, as the server has it.
record_of()
{
	awk -F'\t' -v name="$1._domainkey.example.com" '
	    $1 == name { got = $2 ~ /p=$/ ? "empty" : "full" }
	    END { print got == "" ? "none" : got }' "$records"
}

# has SELECTOR WANT
has()
{
	checks=$((checks + 1))
	[ "$(record_of "$1")" = "$2" ] ||
	    fail "record of $1: $(record_of "$1"), want $2"
}

# begin WAY: a key that signs, and one in reserve.
begin()
{
	configure "$1"
	rm -rf "$keydir"
	mkdir -m 0700 "$keydir"
	: >"$records"
	done_at 0 add example.com
	done_at 3600 rotate
	first=$(selector_of 1 example.com)
	second=$(selector_of 2 example.com)
}

# A key file that is gone, cut off, or another key's.
harm()
{
	pem=$folder/$2.pem
	case $1 in
	deleted)
		rm -f "$pem"
		;;
	cut)
		chmod 600 "$pem"
		head -c 300 "$pem" >"$scratch/cut"
		cat "$scratch/cut" >"$pem"
		chmod 400 "$pem"
		;;
	other)
		rm -f "$pem"
		(umask 0377; openssl genrsa -out "$pem" 2048 2>/dev/null)
		;;
	esac
}

for way in update hook; do
	for how in deleted cut other; do
		begin $way
		harm $how "$first"
		done_at 7200 compromise example.com "$first"
		says "$out" "^  revoked at "
		says_not "$out" 'EXPOSED'
		has "$first" empty
		has "$second" full
		at_work check example.com
		says "$out" "^  $first: compromised, .*revoked\|^  $first: revoked, "
		says "$out" "^    inside   .*  revoked  "
		done_at $((40 * day)) rotate
		says "$out" "$first  removed"
		has "$first" none
	done
done

# A key in reserve is withdrawn by hand.
begin update
harm deleted "$second"
at_work check example.com
[ "$status" -eq 1 ] || fail "check: exit $status"
says "$out" "$second: .*cannot sign: .*$second.pem: no such file"
done_at 7200 revoke example.com "$second" --force
has "$second" empty
done_at 7200 remove example.com "$second" --force
has "$second" none
has "$first" full
log_words generate revoke remove

# By hand too, a key whose record nobody would ask for again is not marked as
# removed while the record is there, not even by force.
begin update
sed -i 's/publish = .*/publish = manual/; /tsig_key = /d; /update_server/d' \
    "$conf"
harm deleted "$second"
ends_at 3 7200 remove example.com "$second" --force
says "$out" "$second  waiting for you: remove the record at $second\._domainkey"
[ -z "$(value_of removed "$second" example.com)" ] || fail "marked as removed"
ends_at 1 7300 rotate
says "$out" "$second  FAILED: will not be able to sign"
sed -i "/^$second\\./d" "$records"
done_at 7400 remove example.com "$second" --force
[ -n "$(value_of removed "$second" example.com)" ] || fail "not removed"
ahead=7500
at_work rotate
says_not "$out" "$second"
# While its file is there, rotation asks on.
begin update
sed -i 's/publish = .*/publish = manual/; /tsig_key = /d; /update_server/d' \
    "$conf"
done_at 7200 remove example.com "$second" --force
ends_at 1 $((7200 + day)) rotate
says "$out" "$second  FAILED: its record is still in DNS"

# A hook says that it has removed the record, which is still there: it is asked
# for until it is gone, whether the file was lost before or after.
cp "$scratch/hook" "$scratch/honest"
for when in before after; do
	begin hook
	[ $when = after ] || harm deleted "$second"
	cat >"$scratch/hook" <<-END
	#!/bin/sh
	[ "\$1" != batch ] || exit 64
	[ "\$1" = remove ] || exec "$scratch/honest" "\$@"
	END
	done_at 7200 remove example.com "$second" --force
	[ $when = before ] || harm deleted "$second"
	has "$second" full
	says "$folder/state" "^$second .* unconfirmed=yes"
	for later in 1 2; do
		ends_at 1 $((7200 + later * day)) rotate
		says "$out" "$second  FAILED: its record is still in DNS: remove it"
	done
	cp "$scratch/honest" "$scratch/hook"
	sed -i "/^$second\\./d" "$records"
	done_at $((7200 + 3 * day)) rotate
	says "$out" "$second  destroyed: its record is gone; the private key was lost before"
	says_not "$folder/state" 'unconfirmed='
	ahead=$((7200 + 4 * day))
	at_work rotate
	says_not "$out" "$second"
done
done_testing
