#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Keys behind CNAMEs, whose selectors are used again.  The file of a key that
# was being made when its writer was killed gives way; any other file is kept.
# The state alone decides which it is: whatever the log says changes nothing.
# shellcheck source=tests/keys/lib.sh
. "$(dirname "$0")/lib.sh"

cat >"$scratch/conf" <<EOF
keydir = "$keydir"
dns { servers = { "127.0.0.1@1" } timeout = 1s }
rotation {
	servers = { "127.0.0.1@1" }
	check_resolvers = none
	cname_zone = "dkim.example.net"
	algorithm = rsa2048
}
source "ours" {
	networks = { "127.0.0.1/32" }
	trust_network = true
	domains = { "a.example" }
}
EOF
folder=$keydir/a.example
first=$folder/countersign-r1.pem
second=$folder/countersign-r2.pem
third=$folder/countersign-r3.pem

# rewrite TEXT: what every line of the log says was done.
rewrite()
{
	sed -i "s/^\\([^ ]* [^ ]*\\) [^ ]* .*/\\1 countersign-r1 $1/" \
	    "$folder/log"
}

# alter HOW: what was done to the log.
alter()
{
	case $1 in
	kept)	;;
	removed)	rm "$folder/log" ;;
	emptied)	: >"$folder/log" ;;
	blanked)	sed -i 's/.*//' "$folder/log" ;;
	garbled)	sed -i 's/ /_/g' "$folder/log" ;;
	generated)	rewrite 'generated rsa2048' ;;
	generate)	rewrite 'generate: rsa2048' ;;
	unfinished)	rewrite 'unfinished: its file may be removed' ;;
	freed)	rewrite 'free for another key: gone' ;;
	free)	rewrite 'free: another key may have it' ;;
	active)	rewrite 'active_from 2026-11-23T09:00:00Z' ;;
	activate)	rewrite 'activate: signs from 2026-11-23T09:00:00Z' ;;
	retired)	rewrite 'retire: stops signing at 2026-11-23T09:00:00Z' ;;
	esac
}
ways='kept removed emptied blanked garbled generated generate unfinished
    freed free active activate retired'

# restore NAME: the folder as it was kept under that name.
restore()
{
	rm -rf "$folder"
	cp -a "$scratch/$1" "$folder"
}

# Every key file has its line in the state, and every line its file; no key is
# unfinished.
no_orphans()
{
	checks=$((checks + 1))
	says_not "$folder/state" 'unfinished='
	sed '1d; s/ .*//' "$folder/state" | sort >"$scratch/lines"
	for pem in "$folder"/*.pem; do
		basename "$pem" .pem
	done | sort >"$scratch/files"
	cmp -s "$scratch/lines" "$scratch/files" || {
		diff "$scratch/lines" "$scratch/files" >&2
		fail "lines and files of keys differ"
	}
}

# keeps HOW FILE: there is no key for the first slot, and its file stays.
keeps()
{
	key -c "$scratch/conf" add a.example
	[ "$status" -eq 1 ] || fail "$1: exit $status"
	says "$out" 'key countersign-r1 has a key file but is not in the state file: restore'
	cmp -s "$first" "$2" || fail "$1: the key file was removed"
}

expect 0 -c "$scratch/conf" add a.example
[ -f "$first" ] || fail "no key in the first slot"
[ -f "$second" ] || fail "no key in reserve"
no_orphans
cp -a "$folder" "$scratch/made"
expect 0 -c "$scratch/conf" activate a.example countersign-r1 --force
cp -a "$folder" "$scratch/active"
(umask 0377; openssl genrsa 2048 2>/dev/null >"$scratch/other.pem")
# No key after these is one of them.
if [ -f "$KILLAT" ]; then
	use_pool
	pooled=$KEYPOOL_LIBRARY
fi

# The state is lost, or has lost the line: nobody can tell what the key was.
for before in made active; do
	for how in $ways; do
		restore $before
		alter "$how"
		rm "$folder/state"
		keeps "no state, log $how" "$scratch/$before/countersign-r1.pem"
		restore $before
		alter "$how"
		sed -i 2d "$folder/state"
		keeps "no line, log $how" "$scratch/$before/countersign-r1.pem"
	done
done

# Entered, as the message says.
expect 0 -c "$scratch/conf" adopt a.example
expect 0 -c "$scratch/conf" add a.example
cmp -s "$first" "$scratch/made/countersign-r1.pem" || fail "it was replaced"
no_orphans

# The writer was killed before the key was finished: the state says so.
restore made
rm "$second"
sed -i '/^countersign-r2 /d; /^countersign-r1 /s/ proof=/ unfinished=yes&/' \
    "$folder/state"
cp -a "$folder" "$scratch/cut"
expect 0 list a.example
says_not "$out" 'countersign-r1'
for how in $ways; do
	restore cut
	alter "$how"
	expect 0 -c "$scratch/conf" add a.example
	cmp -s "$first" "$scratch/cut/countersign-r1.pem" &&
	    fail "log $how: the leftover did not give way"
	[ ! -e "$third" ] || fail "log $how: another slot was taken"
	no_orphans
done

# The same state, but that key has signed, or the file is another key's: so
# the state is an old one.
for how in $ways; do
	restore cut
	alter "$how"
	(umask 0137; : >"$folder/countersign-r1.used")
	keeps "it has signed, log $how" "$scratch/cut/countersign-r1.pem"
	restore cut
	alter "$how"
	rm -f "$first"
	cp -p "$scratch/other.pem" "$first"
	keeps "another key, log $how" "$scratch/other.pem"
done

# Killed at each call that changes a file: the next run leaves the first slot
# with a key, and nothing else.
if [ -f "$KILLAT" ]; then
	# add_at N: killed at that call; 0 for none.  The subshell keeps the
	# shell's word on the death out.
	add_at()
	{
		(LD_PRELOAD=$KILLAT:$KEYPOOL_LIBRARY KILLAT_MODE=kill \
		    KILLAT_N=$1 "$COUNTERSIGN_KEY" -c "$scratch/conf" \
		    -k "$keydir" add a.example; exit $?) >"$out" 2>"$err"
		status=$?
	}
	n=0
	while :; do
		n=$((n + 1))
		rm -rf "$folder"
		add_at $n
		[ "$status" -ne 0 ] || break
		[ "$status" -eq 137 ] || fail "exit $status at call $n"
		[ ! -e "$folder/log" ] || alter active
		add_at 0
		[ "$status" -eq 0 ] || fail "exit $status after call $n"
		[ -f "$first" ] || fail "no key after call $n"
		[ ! -e "$third" ] || fail "another slot after call $n"
		no_orphans
	done
	[ "$n" -gt 10 ] || fail "only $n calls: not preloaded?"
fi
done_testing
