#!/bin/sh
# SPDX-License-Identifier: ISC
#
# A hook that is given the changes of many domains in one start, also when it
# dies in between.
# shellcheck source=tests/keys/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/keys/zone.sh
. "$(dirname "$0")/zone.sh"

KILLAT_HASTE=$scratch/pauses
export KILLAT_HASTE
count=${COUNT:-60}
domains=$(seq -f 'd%g.example' "$count")

# Each change takes effect before its answer is written.  With the file "die"
# it is killed before its third answer, once; "later" and "failed" have names.
cat >"$scratch/hook" <<END_OF_HOOK
#!/usr/bin/python3
import fcntl, os, sys

def change(what, name, ttl, value):
    line = name + "\t" + value + "\n"
    lines = [old for old in open("$records") if old != line]
    if what == "add":
        lines.append(line)
    with open("$records.new", "w") as file:
        file.writelines(lines)
    os.rename("$records.new", "$records")

with open("$scratch/starts", "a") as file:
    print(*sys.argv[1:2], file=file)
lock = open("$zone/lock", "w")
fcntl.flock(lock, fcntl.LOCK_EX)
if sys.argv[1] != "batch":
    sys.exit(1)
for number, line in enumerate(sys.stdin, 1):
    what, name, ttl, value = line.rstrip("\n").split(" ", 3)
    for word in "later", "failed":
        path = "$scratch/" + word
        if os.path.exists(path) and name.endswith(open(path).read()):
            print(word, number, "told to", flush=True)
            break
    else:
        change(what, name, ttl, value)
        if number == 3 and os.path.exists("$scratch/die"):
            os.unlink("$scratch/die")
            os.kill(os.getpid(), 9)
        print("ok", number, flush=True)
END_OF_HOOK
chmod 0755 "$scratch/hook"

# starts MOST: the hook was started at most so often since then, and never for
# a single change.
starts()
{
	checks=$((checks + 1))
	n=$(wc -l <"$scratch/starts")
	[ "$n" -le "$1" ] || fail "$n starts, not $1"
	[ "$n" -gt 0 ] || fail "no start"
	says_not "$scratch/starts" 'add\|remove'
	: >"$scratch/starts"
}

configure hook
for domain in $domains; do
	mkdir -m 0700 "$keydir/$domain"
	echo 'countersign-keys 2' >"$keydir/$domain/state"
done
chmod 0640 "$keydir"/*/state

# A key of each domain.  With a death in between, what has no answer is given
# again, and what was done already is no error.
: >"$scratch/die"
done_at 0 rotate
says "$out" "^$count domains: $count changed"
starts $((count / 4))
[ ! -e "$scratch/die" ] || fail "it did not die"
[ "$(wc -l <"$records")" -eq "$count" ] || fail "not all is published"
zone_is_right

# One says later, another has failed, and no other domain is concerned.
done_at 7200 rotate
printf d7.example >"$scratch/later"
printf d8.example >"$scratch/failed"
: >"$scratch/starts"
ends_at 1 $((91 * day)) rotate
says "$out" '^d7.example .* waiting until .*: put off by the hook.*: later: told to'
says "$out" '^d8.example .* FAILED: hook .*hook: told to'
says "$out" ' 1 failed'
[ "$(grep -c 'FAILED' "$out")" -eq 1 ] || fail "more than one has failed"
starts $((count / 4))

# Records are replaced and removed, too.
rm "$scratch/later" "$scratch/failed"
done_at $((92 * day)) rotate
done_at $((92 * day + 7200)) rotate
: >"$scratch/starts"
done_at $((115 * day)) rotate
[ "$(grep -c '; p=$' "$records")" -eq "$count" ] || fail "not all are revoked"
starts $((count / 3))
done_at $((150 * day)) rotate
[ "$(grep -c '; p=$' "$records")" -eq 0 ] || fail "not all are removed"
zone_is_right
done_testing
