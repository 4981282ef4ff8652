#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The command for the day on which a key is stolen keeps its word: given again,
# with servers that are dead, on a full disk, with a locked store.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/zone.sh"

folder=$keydir/example.com

# begin WAY: a key that signs, and one in reserve.
begin()
{
	configure "$@"
	rm -rf "$keydir"
	mkdir -m 0700 "$keydir"
	: >"$records"
	done_at 0 add example.com
	done_at 3600 rotate
	first=$(selector_of 1 example.com)
	second=$(selector_of 2 example.com)
}

# at STATUS SECONDS ARGUMENTS
at()
{
	want=$1
	ahead=$2
	shift 2
	checks=$((checks + 1))
	at_work "$@"
	[ "$status" -eq "$want" ] ||
	    fail "$*, $ahead s after: exit $status, want $want"
}

# Keys in reserve take over before DNS is queried: the keys of both algorithms,
# although no server answers any more, and none without a successor.
begin update
sed -i 's/algorithm = rsa2048/algorithm = both/' "$conf"
done_at 3700 rotate
done_at 3800 rotate
done_at 7300 rotate
[ "$("$COUNTERSIGN_KEY" -k "$keydir" list example.com |
    grep -Ec ' (active|standby) ')" -eq 4 ] || fail "no reserve of both kinds"
sed -i "/servers = /s/127.0.0.1@$port/127.0.0.1@1/" "$conf"
at_work compromise example.com
sed -n '/ compromise: /,$p' "$folder/log" >"$scratch/log"
[ "$(grep -c ' compromise: ' "$scratch/log")" -eq 2 ] || fail "not both"
[ "$(grep -c ' activate: .*: the previous key is compromised$' \
    "$scratch/log")" -eq 2 ] || fail "the reserve does not take over"
says_not "$scratch/log" ' retire: .*: it is compromised$'

# A dry run shows the whole way, also what a run would wait for: signers of a
# key that has signed need seconds to change to the next one.
begin update
(umask 0137; : >"$folder/$first.used")
touch -d "@$((epoch + 7000))" "$folder/$first.used"
cp "$folder/state" "$scratch/state"
done_at 7199 compromise example.com --dry-run
says "$out" "  $second  to be activated: "
says "$out" "  $first  to be revoked: it is compromised$"
says "$out" "  -  to be generated: "
says_not "$out" "FAILED"
cmp -s "$folder/state" "$scratch/state" || fail "the state was changed"

# Given again, it does not burn the key that took over.
begin update
done_at 7200 compromise example.com
[ "$(value_of took_over_from "$second" example.com)" = "$first" ] ||
    fail "the state does not say that $second took over"
[ -n "$(value_of revoked "$first" example.com)" ] || fail "not revoked"
cp "$folder/state" "$scratch/state"
for later in 7201 $((7200 + day - 1)); do
	at 3 "$later" compromise example.com
	says "$err" "nothing to do.*$second took over from $first at 2026-11-23T"
	says "$err" "$first at .*, which was revoked at 2026-11-23T"
	says "$err" "'.*countersign-key -c .* compromise example.com $second'"
	[ "$(wc -l <"$err")" -eq 1 ] || fail "not one line"
	cmp -s "$folder/state" "$scratch/state" || fail "the state was changed"
done
at 3 7202 compromise example.com --json
cmp -s "$folder/state" "$scratch/state" || fail "the state was changed"

# A day later it is for the key that signs then; who insists names it.
done_at 7300 rotate
third=$(selector_of 3 example.com)
cp -a "$keydir" "$scratch/insist"
cp "$records" "$scratch/insist.records"
done_at $((7200 + day)) compromise example.com
[ -n "$(value_of compromised "$second" example.com)" ] || fail "a day later"
rm -rf "$keydir"
mv "$scratch/insist" "$keydir"
cp "$scratch/insist.records" "$records"
done_at 7400 compromise example.com "$second"
[ -n "$(value_of revoked "$second" example.com)" ] || fail "not insisted"
[ "$(value_of took_over_from "$third" example.com)" = "$second" ] ||
    fail "$third did not take over"

# Cut off before it was revoked: it goes on with that key.
begin hook
mv "$scratch/hook" "$scratch/hook.good"
printf '#!/bin/sh\nexit 1\n' >"$scratch/hook"
chmod 755 "$scratch/hook"
at 1 7200 compromise example.com
mv "$scratch/hook.good" "$scratch/hook"
done_at 7260 compromise example.com
[ -n "$(value_of revoked "$first" example.com)" ] || fail "not gone on"
[ -z "$(value_of compromised "$second" example.com)" ] || fail "burnt"

# A server is dead: the exact command that insists is told, and it works.
begin update
rm -f "$folder/$second.pem"
sed -i "/^$second /d" "$folder/state"
sed -i "/^$second\\./d" "$records"
sed -i "s/127.0.0.1@$port\" }/127.0.0.1@$port\", \"127.0.0.1@1\" }/" "$conf"
at 1 7200 compromise example.com
third=$(selector_of 2 example.com)
says "$out" "STILL SIGNS: key $third could take over, but not every server"
says "$out" '127.0.0.1@1 silent'
says "$out" "^  '.*countersign-key -c $conf .*activate example.com $third --force', then" ||
    exit 1
at 1 7201 rotate
says "$out" "$first  FAILED: .* still signs: .*activate example.com $third --force'"
done_at 7202 activate example.com "$third" --force
[ "$(value_of took_over_from "$third" example.com)" = "$first" ] ||
    fail "by force it does not take over"
# A stolen key does not sign beside one that was never verified.
done_at 7202 compromise example.com
says "$out" '^  no longer signs'
says "$out" '^  revoked at '
[ -n "$(value_of revoked "$first" example.com)" ] || fail "not revoked"
[ -z "$(value_of compromised "$third" example.com)" ] || fail "burnt"

# Whoever retires it by hand is not told to keep its record.
begin update
sed -i -E "/^$first /s/( absent=|\$)/ compromised=yes\1/" "$folder/state"
sed -i "s/127.0.0.1@$port\" }/127.0.0.1@$port\", \"127.0.0.1@1\" }/" "$conf"
done_at 7200 activate example.com "$second" --force
done_at 7201 retire example.com "$first"
says "$out" "$first  retired: .*; as it is compromised, it is revoked next"
says_not "$out" 'must stay in DNS'
at_work rotate
[ -n "$(value_of revoked "$first" example.com)" ] || fail "not revoked"

# The same by rotation.
begin update
done_at 7200 generate example.com --algorithm rsa2048 --selector forced
done_at 7200 activate example.com forced --force
cp "$folder/state" "$scratch/state"
sed -E "/^$second /d; /^$first /s/( absent=|\$)/ compromised=yes\1/" \
    "$scratch/state" >"$folder/state"
at_work rotate
[ -n "$(value_of revoked "$first" example.com)" ] || fail "it signs beside"
[ -z "$(value_of retire_at forced example.com)" ] || fail "the forced one ends"

# Problems of other domains, and of the same domain but of other keys, do not
# make it a failure: 0, and 3 when the domain still needs a person.
begin update
for domain in b.example c.example; do
	done_at 3600 add $domain
	done_at 5000 rotate $domain
	chmod 0644 "$keydir/$domain"/*.pem
done
at 1 7200 rotate
says "$out" '^c.example .*FAILED'
cp -a "$keydir" "$scratch/others"
done_at 7200 compromise example.com
says "$out" '^  revoked at '
rm -rf "$keydir"
mv "$scratch/others" "$keydir"
done_at 7200 generate example.com --selector another
chmod 0644 "$folder/another.pem"
at 3 7200 compromise example.com
says "$out" '^  no longer signs'
says "$out" '^  revoked at '
says "$out" 'another  FAILED: will not be able to sign'

# On a full disk that is said, and nothing else.
begin update
for n in 1 2 3 4 5 6; do
	rm -rf "$scratch/full"
	cp -a "$keydir" "$scratch/full"
	ahead=7200
	KILLAT_MODE=full KILLAT_N=$n LD_PRELOAD=$preload \
	    KILLAT_TIME=$((epoch + ahead)) "$COUNTERSIGN_KEY" -c "$conf" \
	    -k "$scratch/full" compromise example.com >"$out" 2>"$err"
	status=$?
	checks=$((checks + 1))
	[ "$status" -eq 1 ] || fail "full at call $n: exit $status"
	says "$err" 'No space left on device'
	[ "$(wc -l <"$err")" -eq 1 ] || fail "not one line at call $n"
	says_not "$out" 'SIGNS\|EXPOSED\|no longer signs'
done

# So it is with a store that another process writes to.
(flock 9; exec sleep 600) 9<>"$folder/.lock" >/dev/null 2>&1 &
holder=$!
until ! flock -n "$folder/.lock" true; do :; done
cp "$folder/state" "$scratch/state"
at 1 7200 -w 0 compromise example.com
kill "$holder"
wait "$holder" 2>/dev/null
says "$err" "example.com/.lock: locked by .*process.*: try again"
[ "$(wc -l <"$err")" -eq 1 ] || fail "not one line"
[ ! -s "$out" ] || fail "more than that"
cmp -s "$folder/state" "$scratch/state" || fail "the state was changed"
log_words
done_testing
