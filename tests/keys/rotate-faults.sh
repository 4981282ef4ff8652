#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Many domains, and what goes wrong with some: the others are worked on, and
# the exit status and the summary tell.  Two runs at once do not collide.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/zone.sh"

domains='a.example b.example c.example d.example e.example'
configure hook
for domain in $domains; do
	done_at 0 add $domain
done
cp -a "$keydir" "$scratch/added"
cp "$records" "$scratch/added.records"

back()
{
	rm -rf "$keydir"
	cp -a "$scratch/added" "$keydir"
	cp "$scratch/added.records" "$records"
}

# signs DOMAIN: some key of it does.
signs()
{
	grep -q ' active_from=' "$keydir/$1/state"
}

# fails_alone DOMAIN WORDS: rotation fails for it, saying so, and for no other.
fails_alone()
{
	ahead=3600
	checks=$((checks + 1))
	at_work rotate
	[ "$status" -eq 1 ] || fail "$1: exit $status, want 1"
	says "$out" "^$1 .*FAILED.*$2"
	says "$out" '5 domains: 4 changed in .* 1 failed'
	for domain in $domains; do
		[ "$domain" = "$1" ] || signs "$domain" ||
		    fail "$domain: stopped by $1"
	done
	! signs "$1" || fail "$1: signs"
}

# fails_once: only one step failed, and the run went on with what is left.
fails_once()
{
	checks=$((checks + 1))
	[ "$(grep -c FAILED "$out")" -eq 1 ] || fail "more than one failure"
}

# A damaged state is not touched.
echo nonsense >>"$keydir/c.example/state"
cp "$keydir/c.example/state" "$scratch/damaged"
fails_alone c.example "state: line 4: "
cmp -s "$scratch/damaged" "$keydir/c.example/state" || fail "it was touched"

back
chmod 0777 "$keydir/b.example"
fails_alone b.example 'mode 0777'

back
: >"$keydir/d.example/state"
fails_alone d.example 'the file is empty'

# Private keys that are cut short.
back
for pem in "$keydir"/e.example/*.pem; do
	chmod 0600 "$pem"
	echo >"$pem"
	chmod 0400 "$pem"
done
fails_alone e.example '.pem: '

# One key of two that is gone: the other signs, and another is made.
back
rm "$keydir/a.example/$(selector_of 2 a.example).pem"
ahead=3600
at_work rotate
[ "$status" -eq 1 ] || fail "a lost key is told of: exit $status"
fails_once
signs a.example || fail "a.example does not sign"
[ "$(wc -l <"$keydir/a.example/state")" -eq 4 ] ||
    fail "no reserve was made for the lost one"
at_work rotate
[ "$(wc -l <"$keydir/a.example/state")" -eq 4 ] || fail "one a run is made"

# Another writer holds a domain for long.
back
(flock 9; exec sleep 600) 9<>"$keydir/b.example/.lock" >/dev/null 2>&1 &
holder=$!
ahead=3600
until ! flock -n "$keydir/b.example/.lock" true; do :; done
checks=$((checks + 1))
at_work rotate
[ "$status" -eq 3 ] || fail "a domain that is held: exit $status, want 3"
says "$out" '^b.example  -  busy: .*process'
says "$out" '^5 domains: 4 changed in [0-9]* steps.*, 1 busy'
says_not "$out" 'waiting for you\|failed'
kill "$holder"
wait "$holder" 2>/dev/null

# Another run has the store: this one leaves the work to it.
(flock 9; exec sleep 600) 9<>"$keydir/.run" >/dev/null 2>&1 &
holder=$!
until ! flock -n "$keydir/.run" true; do :; done
checks=$((checks + 2))
at_work rotate --json
[ "$status" -eq 3 ] || fail "beside another run: exit $status, want 3"
says "$err" '\.run: locked by process'
[ "$(cat "$out")" = '[]' ] || fail "beside another run: not an empty list"
kill "$holder"
wait "$holder" 2>/dev/null

# Who may not write is told so, and nothing is done in DNS.
if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null; then
	back
	chmod 711 "$scratch"
	cp "$COUNTERSIGN_KEY" "$scratch/countersign-key"
	cp "$(dirname "$COUNTERSIGN_KEY")"/lib/dkimsig/libdkimsig.so.0 "$scratch/"
	chmod 644 "$conf"
	cp "$records" "$scratch/before"
	setpriv --reuid 4321 --regid 4321 --clear-groups env \
	    LD_LIBRARY_PATH="$scratch" "$scratch/countersign-key" -c "$conf" \
	    -k "$keydir" rotate >"$out" 2>"$err"
	[ $? -eq 1 ] || fail "another user rotates"
	[ -s "$err" ] || fail "without a word"
	cmp -s "$scratch/before" "$records" || fail "DNS was changed"
fi

# A key whose file cannot be disclosed, as another has its name, is kept.
back
done_at 60 generate a.example --algorithm ed25519 --selector old
done_at 60 remove a.example old
shown=$scratch/disclosed/old._domainkey.a.example.pem
echo foreign >"$shown"
ahead=3600
at_work rotate a.example
[ "$status" -eq 1 ] || fail "a key that cannot be disclosed: exit $status"
says "$out" 'old  FAILED: .*another file has this name'
fails_once
signs a.example || fail "a.example does not sign: a file stops it"
[ -f "$keydir/a.example/old.pem" ] || fail "destroyed, and not disclosed"
rm "$shown"
cp "$keydir/a.example/old.pem" "$shown"
done_at 3600 rotate a.example
[ ! -e "$keydir/a.example/old.pem" ] || fail "disclosed, and not destroyed"

# Two runs at once: one does it, the other has nothing to do or does not run.
back
done_at 3600 rotate
end_of >"$scratch/want"
for attempt in 1 2 3 4 5; do
	back
	runners=
	for number in 1 2 3; do
		(LD_PRELOAD=$preload KILLAT_TIME=$((epoch + ahead)) \
		    "$COUNTERSIGN_KEY" -c "$conf" -k "$keydir" rotate
		echo $? >"$scratch/status.$number") \
		    >"$scratch/out.$number" 2>"$scratch/err.$number" &
		runners="$runners $!"
	done
	# shellcheck disable=SC2086
	wait $runners
	done=0
	for number in 1 2 3; do
		case $(cat "$scratch/status.$number") in
		0)	done=$((done + 1)) ;;
		3)	says "$scratch/err.$number" 'process' ;;
		*)	cp "$scratch/err.$number" "$err"
			cp "$scratch/out.$number" "$out"
			fail "run $number of $attempt" ;;
		esac
	done
	[ "$done" -gt 0 ] || fail "none of three runs did it"
	end_of >"$scratch/got"
	cmp -s "$scratch/want" "$scratch/got" || fail "another end"
	zone_is_right
done

# A person and the timer at once.
back
done_at 3600 rotate
first=$(selector_of 1 a.example)
cp -a "$keydir" "$scratch/kept"
ahead=$((91 * day))
at_work rotate --dry-run
says "$out" 'to be activated'
diff -r "$scratch/kept" "$keydir" >"$err" || fail "a dry run changed it"
(LD_PRELOAD=$preload KILLAT_TIME=$((epoch + ahead)) "$COUNTERSIGN_KEY" \
    -c "$conf" -k "$keydir" rotate >"$scratch/out.1" 2>&1) &
runner=$!
at_work compromise a.example "$first"
person=$status
wait "$runner"
[ "$person" -eq 0 ] || fail "compromise beside rotation: exit $person"
says "$keydir/a.example/state" "^$first .* compromised"
[ -n "$(value_of revoked "$first" a.example)" ] ||
    fail "the compromised key is not revoked"
signs a.example || fail "nothing signs"
zone_is_right
done_testing
