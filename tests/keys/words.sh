#!/bin/sh
# SPDX-License-Identifier: ISC
#
# What people read when something went wrong is in their words, and names what
# to do: no report has the name of a step of the program.
# shellcheck source=tests/keys/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/keys/zone.sh
. "$(dirname "$0")/zone.sh"

folder=$keydir/example.com

# plain: the report has no step in the words of the program.
plain()
{
	checks=$((checks + 1))
	! grep -E '^[a-z0-9.-]+  [^ ]+  (generate|look|unused|publish|seen|unseen|verify|activate|retire|revoke|remove|destroy|give-up) (done|due|waiting|to do|FAILED)' \
	    "$out" || fail "a step by its name"
	says_not "$out" 'it was so already\|to do:'
}

# begin WAY: a key that signs, and one in reserve.
begin()
{
	configure "$1"
	rm -rf "$keydir"
	mkdir -m 0700 "$keydir"
	: >"$records"
	done_at 0 add example.com
	plain
	done_at 10 rotate
	plain
	done_at 7200 rotate
	plain
	first=$(selector_of 1 example.com)
	second=$(selector_of 2 example.com)
}

# without SELECTOR: its record is gone.
without()
{
	grep -v "^$1\\._domainkey" "$records" >"$records.new"
	mv "$records.new" "$records"
}

# A record that vanished is put back, and a person is told, once.
for way in update hook; do
	begin $way
	without "$first"
	ends_at 3 7300 rotate
	plain
	says "$out" "$first  waiting for you: its record had vanished from every name server, and was published again: mail signed with it failed until now: find out who removed the record"
	says "$folder/log" "$first publish: its record had vanished from every name server: "
	zone_is_right
	ends_at 1 7300 list --monitor
	says "$out" '^WARNING example.com .*had vanished'
	at_work list --monitor --json
	[ "$(jq -r '.problems[].trouble' <"$out")" = record-vanished ] ||
	    fail "another trouble"
	done_at 10900 rotate
	done_at 10900 list --monitor
done
# That of a key in reserve is no harm done.
without "$second"
ahead=14500
at_work rotate
plain
says_not "$out" vanished

# A provider's form that changes capitals.
begin update
sed -i "/^$first/s/p=.*/\\L&/" "$records"
ends_at 1 7300 check
says "$out" "^    inside   127.0.0.1@$port  *wrong    case$"
says "$out" "$first: active, WRONG: .*capitals changed to small letters"
# It is as good as another key: the reserve takes over.
ends_at 1 7300 rotate
plain
says "$out" "$first  FAILED: mail signed with it fails .* so $second takes over: .* wrong (case)"

# An old key of which nothing is left: how to let it go.
begin update
done_at $((90 * day)) rotate
plain
done_at $((90 * day + 7200)) rotate
plain
sed -i 's/ public=[^ ]*//' "$folder/state"
rm "$folder/$first.pem"
ends_at 1 $((130 * day)) rotate
plain
says "$out" "$first  FAILED: .*$first.pem: no such file: restore it from a backup; if there is none, remove the record yourself, then run 'countersign-key -c $conf -k $keydir remove example.com $first --force'"
done_at $((130 * day)) remove example.com "$first" --force
at_work rotate
plain
says_not "$out" "$first.pem"
done_testing
