#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Three hosts with the keys of one store, without a database: the one that
# rotates pushes states and private keys to the two others.
# shellcheck source=tests/keys/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/keys/zone.sh
. "$(dirname "$0")/zone.sh"

# shellcheck source=tests/keys/followers.sh
. "$(dirname "$0")/followers.sh"

mkdir -m 0700 "$first"
on_first

# Nothing to push, and then the first keys: an empty store becomes a follower's.
at 0 0 rotate
at 0 0 add example.com
follows second third
touch "$down/second"
at 1 5 add example.org
says "$err" 'second: keys not pushed: .*No route to host'
says "$err" "did not reach the others: the next 'countersign-key .* rotate' pushes it, or do it at once with 'countersign-key .* sync'"
follows third
rm "$down/second"
at 0 10 sync
says "$out" '^second: 1 domain changed, 0 failed$'
says "$out" '^third: 0 domains changed, 0 failed$'
follows second third
says "$second/example.com/log" ' receive: taken from first.example$'
at 0 20 sync
says "$out" '^second: 0 domains changed, 0 failed$'
at 0 20 sync --status
says "$out" '^second: last complete push 20'

# What other hosts lack of a domain that cannot be read is not known.
cp -p "$first/example.org/state" "$scratch/state"
echo x >>"$first/example.org/state"
at 1 20 sync --status
says "$err" '/example.org/state'
cp -p "$scratch/state" "$first/example.org/state"
at 0 20 sync --status
at 0 20 sync --json second
says "$out" '{"host": "second", "taken": 0, "failed": 0, "error": null}'
at 2 20 sync fourth
says "$err" 'fourth is not in sync_hosts'
at 0 3600 rotate
follows second third
selector=$(selector_of 1 example.com)
says "$second/example.com/state" "^$selector .* active_from="
says "$first/hosts" "^key example.com $selector "

# A key that a host does not have does not sign; the old one goes on.
touch "$down/third"
at 1 7200 rotate
says "$err" 'third: keys not pushed: .*exit status 255: connect to host third: No route'
at 1 7200 sync --json
says "$out" '"host": "third", "taken": 0, "failed": 0, "error": ".*No route to host"'
rm -rf "$third"		# it is installed again, and empty
rm "$first/hosts"	# nothing is known of what it had
at 1 $((91 * day)) rotate
says "$out" 'does not start to sign, as a host of sync_hosts does not have it: third: pushes fail since 20'
says "$first/example.com/state" "^$selector .* active_from="
says_not "$first/example.com/state" "^$selector .* retire_at="
follows second
ends_at 1 $((91 * day)) list --monitor
says "$out" 'WARNING all domains: third of sync_hosts: keys cannot be pushed to it'
at 3 $((91 * day)) sync --status
says "$out" "^  example.com $selector: does not have the key since 20"
at 3 $((91 * day)) sync --status --json
says "$out" "\"domain\": \"example.com\", \"selector\": \"$selector\", \"lacks\": \"key\""
rm "$down/third"
at 0 $((91 * day + 60)) rotate
says "$first/example.com/state" "^$selector .* retire_at="
follows second third
next=$(selector_of 2 example.com)
says "$third/example.com/state" "^$next .* active_from="

# A host that was away when a key stopped may have signed on: its record stays
# until the host has been told, and then for as long as mail is on its way.
on_first
cp -a "$third" "$scratch/kept-third"
touch "$down/third"
at 1 $((182 * day)) rotate
says "$first/example.com/state" "^$next .* retire_at="
at 1 $((210 * day)) rotate
says "$out" "$next .* its record must stay, as a host of sync_hosts may still sign"
says_not "$first/example.com/state" "^$next .* revoked="
touch -d "@$((epoch + 205 * day))" "$third/example.com/$next.used"
chmod 0640 "$third/example.com/$next.used"
rm "$down/third"
at 0 $((211 * day)) rotate
says_not "$first/example.com/state" "^$next .* revoked="
at 0 $((216 * day)) rotate
says_not "$first/example.com/state" "^$next .* revoked="
at 0 $((218 * day)) rotate
says "$first/example.com/state" "^$next .* revoked="
follows second third
says "$second/example.com/log" ' destroy: its file is removed, as on first.example$'

# After a compromise nothing waits for a host that cannot be reached.
active=$(sed -n "s/^\\([^ ]*\\) algorithm=rsa.* active_from=[^ ]* public.*/\\1/p" "$first/example.org/state" | tail -1)
touch "$down/third"
at 1 $((219 * day)) compromise example.org
says "$err" "third was not reached (last: 20.*), so it STILL SIGNS with the exposed key $active: stop its milter"
says "$second/example.org/state" "^$active .* retire_at=.* compromised=yes"
says_not "$second/example.org/state" "^$active .* revoked="
follows second
# Its signers have had the time to notice.
at 1 $((219 * day + 20)) rotate
says "$first/example.org/state" "^$active .* revoked="
follows second
ends_at 2 $((219 * day + 20)) list --monitor
says "$out" "^CRITICAL example.org $active.*: is compromised, and a host of sync_hosts may still sign with it"
rm "$down/third"
at 0 $((219 * day + 60)) rotate
follows second third
ends_at 0 $((219 * day + 60)) list --monitor

# Keys are taken only by followers, from the store that they follow, and only
# in order.
cp -a "$first" "$scratch/old"
at 0 $((219 * day + 120)) sync
mv "$first" "$scratch/new"
mv "$scratch/old" "$first"
at 1 $((219 * day + 180)) sync
says "$err" 'second: keys not pushed: .*/second/generation: push [0-9]* of term [0-9]* is not later than push'
rm -rf "$first"
mv "$scratch/new" "$first"
sed -i '/follower/d' "$scratch/second.conf"
at 1 $((219 * day + 240)) sync
says "$err" 'second: keys not pushed: .*does not have follower = yes'
echo 'follower = yes' >>"$scratch/second.conf"
mkdir -m 0700 "$scratch/other"
keydir=$scratch/other
at 1 $((219 * day + 240)) add example.net
says "$err" 'second: keys not pushed: .*store-id: not the store that first.example pushes'
at 1 $((219 * day + 240)) sync
says "$err" 'second: keys not pushed: .*store-id: not the store that first.example pushes'
keydir=$first
sed -i 's/^host = .*/host = "first.example"/' "$scratch/second.conf"
at 1 $((219 * day + 300)) sync
says "$err" 'second: keys not pushed: .*this host cannot be told from first.example'
sed -i 's/^host = .*/host = "second.example"/' "$scratch/second.conf"

# A domain that was removed here is removed there.
at 0 $((220 * day)) add example.net
at 0 $((220 * day)) sync
[ -e "$second/example.net/state" ] || fail "example.net was not pushed"
at 0 $((220 * day)) domain remove example.net
at 0 $((220 * day + 3600)) rotate
[ ! -e "$first/example.net" ] || fail "example.net: still there"
[ ! -e "$second/example.net" ] || fail "example.net: still on second"
ls "$third"/.archive/example.net.20* >/dev/null || fail "example.net: not archived"
follows second third

# What is done by hand waits for hosts that were not told, and is pushed.
at 0 $((220 * day + 3600)) generate example.org --selector byhand
follows second third
at 0 $((220 * day + 3600)) publish example.org byhand
ended=$(sed -n "s/^\([^ ]*\) .* active_from=.*/\1/p" "$first/example.org/state" | tail -1)
at 3 $((223 * day)) activate example.org byhand
says "$out" 'a cache may still be without its record'
touch "$down/third"
sed -i '/^key example.org byhand /d' "$first/hosts"
at 3 $((224 * day)) activate example.org byhand
says "$out" "byhand  waiting for you: not every host of sync_hosts has it, so it must not sign: missing on third: push it with 'countersign-key .* sync', or sign without .* activate example.org byhand --force'"
says_not "$first/example.org/state" '^byhand .* active_from='
rm "$down/third"
at 0 $((224 * day)) activate example.org byhand
follows second third
says "$third/example.org/state" '^byhand .* active_from='
touch "$down/third"
at 1 $((224 * day + 60)) retire example.org "$ended"
says "$err" 'third: keys not pushed: .*No route to host'
follows second
for step in revoke remove; do
	at 3 $((250 * day)) $step example.org "$ended"
	says "$out" "$ended  waiting for you: its record must stay, as a host of sync_hosts may still sign with it: third: tell it with 'countersign-key .* sync', or stop its milter and use 'countersign-key .* $step example.org $ended --force'"
	follows second
done
says_not "$first/example.org/state" "^$ended .* re[vm]o[kv]ed="
rm "$down/third"
at 3 $((250 * day)) revoke example.org "$ended"
says "$out" "$ended  waiting for you until .*: mail that it signed may still be in transit until then"
at 0 $((257 * day)) revoke example.org "$ended"
follows second third
at 0 $((257 * day)) remove example.org "$ended" --force
follows second third
says "$third/example.org/state" "^$ended .* removed="

# Another host takes over: pushes of the first one are refused from then on.
at 0 $((258 * day + 3700)) rotate
echo $((epoch + 258 * day + 3800)) >"$scratch/time"
on_first
sed -i 's/^host = .*/host = "second.example"/; s/"second", "third"/"third"/' "$conf"
keydir=$second
cp "$second/rotator" "$scratch/before"
touch "$down/third"
ends_at 1 $((258 * day + 3800)) take-over --yes
says "$out" 'this host (second.example) rotates these keys from now on'
says "$err" 'third: keys not pushed: .*No route to host'
says "$err" "did not reach the others: .*at once with 'countersign-key .* sync'"
says "$second/rotator" ' second.example$'
rm "$down/third"
cp "$scratch/before" "$second/rotator"
ends_at 0 $((258 * day + 3800)) take-over --yes
says "$third/rotator" ' second.example$'
ends_at 0 $((258 * day + 3800)) rotate
on_first
at 1 $((258 * day + 3900)) rotate
says "$err" 'third: keys not pushed: .*another host took over'

# A host that follows says so when nothing is pushed any more.
keydir=$third
conf=$scratch/third.conf
ends_at 1 $((263 * day)) list --monitor
says "$out" 'WARNING all domains since 20.*: no keys were pushed to this host'

# Whoever receives something else ends, though the other host is still there.
checks=$((checks + 1))
mkfifo "$scratch/fifo"
(
	exec 9<>"$scratch/fifo"
	echo 'something else' >&9
	timeout 60 "$COUNTERSIGN_KEY" -c "$scratch/second.conf" receive \
	    <"$scratch/fifo" >"$out" 2>"$err"
)
status=$?
[ "$status" -eq 1 ] || fail "receive: exit $status"
says "$out" '^refused '

# Without a configuration, no host can be reached; the store knows that there are
# some.  Then this host is known by its machine ID.
if [ -s /etc/machine-id ]; then
	conf=$scratch/conf
	on_first
	sed -i '/^host = /d; s/"second", "third"/"third"/' "$conf"
	keydir=$second
	ends_at 0 $((263 * day)) take-over --yes
	checks=$((checks + 1))
	"$COUNTERSIGN_KEY" -k "$keydir" retire --force example.com \
	    "$(sed -n 's/ .*active_from=.*//p' "$second/example.com/state" |
	    tail -n 1)" >"$out" 2>"$err" || fail "retire: exit $?"
	says "$err" 'not pushed to other hosts, as -k without -c reads no configuration'
fi
done_testing
