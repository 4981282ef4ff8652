#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Key files that the state does not know are reported, and entered when somebody
# says so: as keys that have signed until then, or as new ones.
# shellcheck source=tests/keys/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/keys/zone.sh
. "$(dirname "$0")/zone.sh"

folder=$keydir/example.com
hint="countersign-key -c $conf -k $keydir adopt example.com'"

begin()
{
	rm -rf "$keydir"
	mkdir -m 0700 "$keydir"
	: >"$records"
	configure "${1:-update}" "${2:-}"
	done_at 0 add example.com
	done_at 3600 rotate
	first=$(selector_of 1 example.com)
	second=$(selector_of 2 example.com)
	(umask 0137; : >"$folder/$first.used")
	touch -d "@$((epoch + 7000))" "$folder/$first.used"
}

# The state is lost: everything says how to go on.
begin
rm "$folder/state"
for command in list rotate check 'retire example.com x'; do
	# shellcheck disable=SC2086 # a command and its operands
	ends_at 1 7200 $command
	cat "$out" "$err" >"$scratch/all"
	says "$scratch/all" "no such file, but key files ($first, $second): .*$hint"
done
at_work list --monitor
[ "$status" -eq 2 ] || fail "list --monitor: exit $status"
says "$out" "^CRITICAL example.com: .*$hint"
done_at 7200 adopt example.com --dry-run
[ ! -e "$folder/state" ] || fail "a dry run writes the state"

# They have signed until now, and their records go in time.
done_at 7200 adopt example.com
says "$out" "^example.com  $first  done: entered as a key that has signed"
says "$folder/log" " $second adopt: "
[ "$(value_of retire_at "$first" example.com)" = 2026-11-23T11:00:00Z ] ||
    fail "it does not stop"
[ "$(value_of active_from "$first" example.com)" = 2026-11-23T10:56:40Z ] ||
    fail "its last use is not known"
done_at 7200 adopt example.com
says "$err" 'nothing to do'
at_work rotate
third=$(selector_of 3 example.com)
[ "$third" != "$first" ] && [ "$third" != "$second" ] || fail "no new selector"
done_at $((11 * day)) rotate
says_not "$out" 'revoked'
done_at $((13 * day)) rotate
says "$out" "$first  revoked"
says "$out" "$second  revoked"
done_at $((44 * day)) rotate
says "$out" "$first  removed"
zone_is_right

# As new keys, their records are verified, and one signs again.
begin
rm "$folder/state"
done_at 7200 adopt example.com --keep "$first"
says "$out" "entered as a new key"
[ -z "$(value_of active_from "$first" example.com)" ] || fail "it signs at once"
at_work rotate
ends_at 3 10800 rotate
[ -n "$(value_of active_from "$first" example.com)" ] || fail "it does not sign"
done_at 10800 adopt example.com --keep
at_work list --monitor
done_at 14400 rotate
done_at 14400 list --monitor
says "$out" 'OK - no problems'

# One line is lost: rotation goes on, with an alarm that names the file.
begin
sed -i "/^$second /d" "$folder/state"
ends_at 3 7200 rotate
says "$out" "waiting for you: key files .*: $second: .*$hint"
ends_at 1 7300 list --monitor
says "$out" "^WARNING example.com since 2026-11-23T11:00:00Z: key files .*$second"
at_work list --monitor --json
says "$out" '"trouble": "stray-key-file"'
at_work check
says "$out" "  key files that are not in the state file: $second: "
at_work generate example.com
says "$err" "warning: example.com has key files .*: $second: .*adopt example.com'"
at_work add example.com
says "$err" "warning: example.com has key files .*: $second: "
ends_at 1 7300 adopt example.com "$first"
says "$err" "key $first has no key file that is not in the state"
ends_at 1 7300 adopt example.com "$second" nonsense
says_not "$folder/state" "^$second "
done_at 7300 adopt example.com "$second"
at_work rotate
says_not "$out" 'key files'

# A strict key, an Ed25519 key, a damaged file.
begin update
done_at 7200 generate example.com --algorithm ed25519 --selector edkey
done_at 7200 generate example.com --strict --selector strictkey
done_at 7200 publish example.com
rm "$folder/state"
chmod 600 "$folder/$second.pem"
echo damaged >"$folder/$second.pem"
chmod 400 "$folder/$second.pem"
ends_at 1 7300 adopt example.com
says "$err" "$second.pem"
says "$folder/state" '^edkey algorithm=ed25519-sha256 '
says "$folder/state" '^strictkey .*strict=yes'
says_not "$folder/state" "^$first .*strict=yes"
says_not "$folder/state" "^$second "

# Nothing to adopt, no domain.
ends_at 1 7300 adopt none.example
says "$err" 'no keys for none.example'
[ ! -e "$keydir/none.example" ] || fail "a folder was made"
done_testing
