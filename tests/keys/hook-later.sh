#!/bin/sh
# SPDX-License-Identifier: ISC
#
# A hook that says later: three tries, then the key waits for the next run,
# and only after a day is it a failure.
# shellcheck source=tests/keys/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/keys/zone.sh
. "$(dirname "$0")/zone.sh"

KILLAT_HASTE=$scratch/pauses
export KILLAT_HASTE
state=$keydir/example.com/state
mv "$scratch/hook" "$scratch/work"
cat >"$scratch/hook" <<END
#!/bin/sh
[ "\$1" != batch ] || exit 64
echo "\$1 \$2" >>"$scratch/calls"
status=\$(cat "$scratch/status")
[ \$status -eq 0 ] || { echo "limit of requests" >&2; exit \$status; }
exec "$scratch/work" "\$@"
END
chmod 0755 "$scratch/hook"

# answer STATUS: from now on.
answer()
{
	echo "$1" >"$scratch/status"
	: >"$scratch/calls"
	: >"$scratch/pauses"
}

# calls N: so many since then.
calls()
{
	checks=$((checks + 1))
	[ "$(wc -l <"$scratch/calls")" -eq "$1" ] || fail "not $1 calls"
}

# Three tries with their pauses; then it waits, and the state says since when.
configure hook
answer 75
done_at 0 add example.com
first=$(selector_of 1 example.com)
second=$(selector_of 2 example.com)
calls 6
says "$out" "$first  waiting until 2026-.*: put off by the hook; every run tries again, and from then on it counts as a failure: hook $scratch/hook: exit status 75: limit of requests"
says_not "$out" 'gone or was never published'
printf "30\n90\n30\n90\n" | cmp -s - "$scratch/pauses" || fail "other pauses"
since=$(value_of delayed "$first" example.com)
[ -n "$since" ] || fail "not delayed"
[ "$since" = "$(value_of delayed "$second" example.com)" ] ||
    fail "the second key is not delayed"
[ -z "$(value_of published "$first" example.com)" ] || fail "published"
log_words generate delay

# Later runs do not begin the time again, nor log it again.
done_at 3600 rotate
done_at $((day - 1)) rotate
says "$out" "$first  waiting until .*: "
[ "$since" = "$(value_of delayed "$first" example.com)" ] || fail "begins again"
[ "$(grep -c " $first delay: " "$keydir/example.com/log")" -eq 1 ] ||
    fail "not one line in the log"

# The day is over.
ends_at 1 $day rotate
says "$out" "$first  FAILED: put off by the hook since $since, in every run: hook .*: exit status 75"
says_not "$out" 'gone or was never published'

# What somebody must fix is a failure at once, and tried once.
answer 1
ends_at 1 $((day + 60)) rotate
says "$out" "$first  FAILED: hook .*: exit status 1: limit of requests"
says_not "$out" 'gone or was never published'
calls 2

# It works again: the time goes, and begins anew for the next change.
answer 0
done_at $((day + 120)) rotate
says "$out" "$first  published"
says_not "$state" 'delayed='
done_at $((day + 7200)) rotate
says "$out" "$first  activated"
answer 75
done_at $((92 * day)) rotate
says "$out" '  waiting until .*: put off'
says "$out" "$second  activated"
answer 0
done_at $((92 * day + 60)) rotate
done_at $((92 * day + 7200)) rotate
answer 75
done_at $((110 * day)) rotate
says "$out" "$first  waiting until .*: put off by the hook"
[ "$(value_of delayed "$first" example.com)" != "$since" ] ||
    fail "the old time is back"

# A clock that was ahead does not prolong it.
sed -i "s/\\(delayed=\\)[^ ]*/\\12036-01-01T00:00:00Z/" "$state"
done_at $((110 * day + 60)) rotate
says_not "$state" 'delayed=2036'

# removals N: so many calls since then, each to remove the record of the first
# so that an empty one can take its place, and the key is not revoked.
removals()
{
	calls "$1"
	[ "$(grep -c "^remove $first\._domainkey\.example\.com$" \
	    "$scratch/calls")" -eq "$1" ] || fail "another change"
	[ -z "$(value_of revoked "$first" example.com)" ] || fail "revoked"
}

# To a person who asks for a change, it is a failure at once; and so it is for
# a compromised key, whose record must go.
answer 75
ends_at 1 $((110 * day + 120)) revoke example.com "$first" --force
says "$out" "$first  FAILED: hook $scratch/hook: exit status 75: limit of requests"
removals 3
sed -i "/^$first /s/ record=\\| absent=/ compromised=yes&/" "$state"
answer 75
ends_at 1 $((110 * day + 180)) rotate
says "$out" "$first  FAILED: hook $scratch/hook: exit status 75: limit of requests"
removals 3
done_testing
