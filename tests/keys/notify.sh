#!/bin/sh
# SPDX-License-Identifier: ISC
#
# notify_hook: who is told what and when, by runs of rotation; that a hook that
# fails or hangs is bounded, seen, and tried again; and that neither a kill nor
# a lost file nor a clock repeats notices or loses them.
# shellcheck source=tests/keys/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/keys/zone.sh
. "$(dirname "$0")/zone.sh"

notices=$scratch/notices
notified=$keydir/notified

# The hook keeps each notice in a file, with a line in the list: its arguments
# and its contact.
cat >"$scratch/tell" <<EOF
#!/bin/sh
[ ! -e "$scratch/broken" ] || { cat "$scratch/broken" >&2; exit 1; }
[ ! -e "$scratch/slow" ] || exec sleep 1000
n=\$(ls "$notices" | wc -l)
cat >"$notices/\$n"
contact=\$(jq -r '.contact // "-"' <"$notices/\$n") || exit 1
printf '%s\n' "\$contact" >>"$scratch/tried"
! grep -q -x -F -e "\$contact" "$scratch/refused" || exit 1
printf '%s\n' "\$* \$contact" >>"$scratch/list"
[ ! -e "$scratch/kill" ] || kill -9 \$PPID
EOF
chmod 0755 "$scratch/tell"

# begin [MORE]: an empty store and nothing told; example.com by hand, with a
# contact of its own.
begin()
{
	# What was told before is as it is described.
	[ ! -s "$notices/0" ] || /usr/bin/python3 \
	    "$(dirname "$0")/../common/schema.py" key-notice "$notices"/* \
	    >&2 || fail "not as docs/schema/key-notice.json"
	rm -rf "$keydir" "$notices" "$scratch/broken" "$scratch/slow" \
	    "$scratch/kill"
	mkdir -m 0700 "$keydir"
	mkdir "$notices"
	: >"$records"
	: >"$scratch/list"
	: >"$scratch/refused"
	: >"$scratch/tried"
	configure update "notify_hook = \"$scratch/tell\"
	contact = \"ops@example.net\"
	${1:-}
	domain \"example.com\" {
		publish = manual
		contact = \"dns@customer.example\"
	}"
}

# told WANT: these notices since then, as "EVENT SEVERITY DOMAIN CONTACT; ...",
# in alphabetical order.
told()
{
	checks=$((checks + 1))
	got=$(sort "$scratch/list" | tr '\n' ';' | sed 's/;$//; s/;/; /g')
	[ "$got" = "$1" ] || fail "$ahead s after: told \"$got\", want \"$1\""
	: >"$scratch/list"
}

# last FILTER: what jq makes of the last notice.
last()
{
	number=$(($(find "$notices" -type f | wc -l) - 1))
	jq -r "$1" <"$notices/$number"
}

# run SECONDS: a run at that time, whatever its status.
run()
{
	ahead=$1
	at_work rotate
}

# publish_all: as somebody does who takes values from the last notice.
publish_all()
{
	last '.problems[].todo[] | select(.action == "add-record").record |
	    .name + "\t" + .value' >>"$records"
}

# Nothing is wrong: nobody is told, and the mark of a run is gone.
begin
run 0
[ "$status" -eq 0 ] || fail "an empty store: exit $status"
told ''
says "$notified" "^hook ops@example.net $scratch/tell$"
says_not "$notified" '^begun '

# Records to enter: the domain's contact gets both in one notice, with what
# "todo" prints; an hour later nothing, and the day after a reminder.
done_at 0 add example.com
run 60
told 'new warning example.com dns@customer.example'
[ "$(last '[.problems[] | .news + " " + .trouble + " " + (.first_told // "-")] |
    unique | join(", ")')" = 'new new-record -' ] || fail "problems"
at_work todo --json
[ "$(jq -c '[.[].record]' <"$out")" = \
    "$(last '[.problems[].todo[].record]' | jq -c .)" ] ||
    fail "not the records of todo"
says "$notified" '^told .* warning new-record example.com .* dns@customer.example$'
run 3660
told ''

# They are there: the next day, that is told once.
publish_all
first=$(selector_of 1 example.com)
second=$(selector_of 2 example.com)
run 7200
told ''
run $day
told 'ended ok example.com dns@customer.example'
[ "$(last '[.problems[] | .news + " " + (.text // "-")] | unique | join(" ")')" = \
    'ended -' ] || fail "not the end"
says_not "$notified" '^told '
run $((2 * day))
told ''

# Warnings: reminders after 1, 3 and 7 days, then weekly.  With the third one,
# the record goes to the general contact, too, who was told from the first day
# that no key is in reserve.
cp "$records" "$scratch/right"
sed -i "/^$second\\./d" "$records"
from=$((2 * day + 3600))
run $from
told 'new warning example.com dns@customer.example; new warning example.com ops@example.net'
for days in 1 2 3 4 5 6 7 8 9 10 11 12 13 14; do
	run $((from + days * day - 3600))
	told ''
	run $((from + days * day))
	case $days in
	1 | 3)	told 'reminder warning example.com dns@customer.example; reminder warning example.com ops@example.net' ;;
	7)	told 'new warning example.com ops@example.net; reminder warning example.com dns@customer.example' ;;
	8 | 10)	told 'reminder warning example.com ops@example.net' ;;
	14)	told 'reminder warning example.com dns@customer.example; reminder warning example.com ops@example.net' ;;
	*)	told '' ;;
	esac
done

# Critical: at once, to both, though they had their notice of the day.
from=$((from + 14 * day))
cp "$records" "$scratch/less"
sed -i "/^$first\\./d" "$records"
run $((from + 3600))
told 'new critical example.com dns@customer.example; new critical example.com ops@example.net'
[ "$(last '.problems[0] | .trouble + " " + .severity + " " + .news')" = \
    'record critical new' ] || fail "what is critical is not first"
run $((from + 7200))
told ''
cp "$scratch/right" "$records"
run $((from + 10800))
told ''
run $((from + day + 3600))
told 'ended ok example.com dns@customer.example; ended ok example.com ops@example.net'

# A hook that fails: rotation says so, list --monitor too, and the next run
# tries again.
echo 'no route to 127.0.0.1' >"$scratch/broken"
cp "$scratch/less" "$records"
from=$((from + 3 * day))
ends_at 1 $from rotate
says "$err" 'cannot tell dns@customer.example: notify_hook .*: exit status 1: no route to 127.0.0.1'
told ''
says "$notified" '^contact .* dns@customer.example .*exit status 1: no route'
at_work list --monitor
says "$out" '^WARNING all domains: people cannot be told of problems: dns@customer.example and 1 more: '
ends_at 1 $((from + 3600)) rotate
rm "$scratch/broken"
run $((from + 7200))
told 'new warning - ops@example.net; new warning example.com dns@customer.example'
grep -h -c '"notification"' "$notices"/* | grep -q -v '^0$' ||
    fail "not the failure"
at_work list --monitor
says_not "$out" 'cannot be told'
run $((from + 7200 + day))
told 'reminder warning - ops@example.net; reminder warning example.com dns@customer.example'

# One that hangs is killed, and hides nothing else that the run does.
cp "$scratch/right" "$records"
: >"$scratch/slow"
from=$((from + 3 * day))
ends_at 1 $from rotate
says "$err" 'cannot tell dns@customer.example: notify_hook .*: killed after 60 s'
says "$out" '^1 domain: '
[ "$(cat "$keydir/last-run")" = "$(date -u -d @$((epoch + from)) +%FT%TZ)" ] ||
    fail "last-run"
rm "$scratch/slow"
run $((from + 3600))
told 'ended ok example.com dns@customer.example; new warning - ops@example.net'
run $((from + 3600 + day))
told 'ended ok - ops@example.net'

# Killed between the hook and the state: one notice is repeated.
cp "$scratch/less" "$records"
: >"$scratch/kill"
from=$((from + 3 * day))
(run $from; exit "$status") 2>/dev/null
[ $? -eq 137 ] || fail "not killed"
told 'new warning example.com dns@customer.example'
rm "$scratch/kill"
ends_at 0 $((from + 60)) notify
told 'new warning example.com dns@customer.example; new warning example.com ops@example.net'
ends_at 0 $((from + 120)) notify
told ''

# A run that was killed before: the failed unit tells that it had no end.
from=$((from + day))
sed -i "2i begun $(date -u -d @$((epoch + from - 3600)) +%FT%TZ)" "$notified"
ends_at 0 $((from + 60)) notify
told 'new warning - ops@example.net; reminder warning example.com dns@customer.example'
[ "$(last '[.problems[].trouble] | unique | join(" ")')" = \
    'no-reserve rotation' ] || fail "not the run"
says "$notified" '^failed .* did not get to its end: '
ends_at 0 $((from + 120)) notify
told ''
at_work list --monitor
says "$out" '^WARNING all domains since .*did not get to its end'
run $((from + 3600))
told ''
says_not "$notified" '^failed '
run $((from + day + 60))
told 'reminder warning - ops@example.net'

# Of a run that told everything itself, the failed unit tells nothing more.
printf '# %s\n' nothing >"$scratch/metrics.d"
sed -i "s,parallel = .*,,; s,^rotation {,&\n	metrics_file = \"$scratch/metrics.d/file\"," "$conf"
from=$((from + 2 * day))
ends_at 1 $from rotate
told 'new warning - ops@example.net; reminder warning example.com dns@customer.example'
[ "$(jq -r '.problems[0].text' "$notices"/* | grep -c 'metrics.d')" -eq 1 ] ||
    fail "not why rotation failed"
ends_at 0 $((from + 60)) notify
told ''
sed -i '/metrics_file/d' "$conf"

# The clock was ahead, or the file is damaged: reminders go on, without a flood.
from=$((from + 3 * day))
run $from
: >"$scratch/list"
sed -i '/^told\|^contact/s/20[0-9][0-9]-/2099-/g' "$notified"
run $((from + 3600))
told ''
run $((from + 3600 + day))
told 'reminder warning example.com dns@customer.example; reminder warning example.com ops@example.net'
echo nonsense >>"$notified"
run $((from + 2 * day))
told 'new warning example.com dns@customer.example; new warning example.com ops@example.net'
says "$err" '/notified: line [0-9]*: '
run $((from + 2 * day + 3600))
told ''

# It cannot be written: people are told in one hour of the day.
rm "$notified"
mkdir "$notified"
run $((from + 20 * day))
[ "$status" -eq 1 ] || fail "the file cannot be written: exit $status"
told ''
hour=$((((epoch + from) % day) / 3600))
run $((from + 20 * day + (8 - hour) * 3600))
told 'new warning - ops@example.net; new warning example.com dns@customer.example'
rmdir "$notified"

# --dry-run runs and writes nothing; --test runs the hook.
done_at $((from + 21 * day)) notify --dry-run
says "$out" '^would tell dns@customer.example: new warning example.com: 1 problem$'
told ''
[ ! -e "$notified" ] || fail "a dry run writes"
done_at $((from + 21 * day)) notify --test
told 'test ok - ops@example.net'
[ "$(last '.problems | length')" -eq 0 ] || fail "a test has problems"
run $((from + 21 * day))
: >"$scratch/list"

# The configuration has errors: the program of the last run tells that.
cp "$conf" "$scratch/good"
echo 'nonsense' >>"$conf"
ends_at 1 $((from + 21 * day + 60)) rotate >"$scratch/ignored" 2>&1 || :
at_work notify
told 'new critical - ops@example.net'
last '.problems[0].text' >"$scratch/text"
says "$scratch/text" 'cannot be read or has errors, so no keys are rotated'
at_work notify
told ''
cp "$scratch/good" "$conf"
run $((from + 21 * day + 120))
run $((from + 22 * day + 180))
told 'reminder warning - ops@example.net; reminder warning example.com dns@customer.example'

# Another host rotates: that is told, and nothing else; a follower tells nothing.
sed -i '1i host = "other"' "$conf"
ends_at 3 $((from + 23 * day + 3600)) rotate
told 'new critical - ops@example.net'
[ "$(last '.problems[].trouble')" = other-host ] || fail "another trouble"
ends_at 3 $((from + 23 * day + 7200)) rotate
told ''
sed -i '1i follower = yes' "$conf"
ends_at 3 $((from + 33 * day)) rotate
ends_at 3 $((from + 33 * day)) notify
told ''

# Contacts for whom the hook fails do not keep others from being told: three
# failures end a run, and those come last in the next one.
sections=
for name in a b c d e; do
	sections="$sections
	domain \"$name.example\" {
		publish = manual
		contact = \"$name@example.org\"
	}"
done
begin "$sections"
for name in a b c d e; do
	done_at 0 add $name.example
	[ $name = e ] || echo "$name@example.org" >>"$scratch/refused"
done
run 60
told ''
[ "$(tr '\n' ' ' <"$scratch/tried")" = \
    'a@example.org b@example.org c@example.org ' ] || fail "tried"
says "$err" 'notices: 3 failed, [0-9]* left for the next run'
: >"$scratch/tried"
run 3660
told 'new warning - ops@example.net; new warning e.example e@example.org'
[ "$(sort "$scratch/tried" | tr '\n' ' ')" = \
    'a@example.org b@example.org d@example.org e@example.org ops@example.net ' ] ||
    fail "tried in the second run"

# A hook that others could change is not run.
chmod 0777 "$scratch/tell"
: >"$scratch/tried"
run 7260
[ "$status" -eq 1 ] || fail "an unsafe hook: exit $status"
[ ! -s "$scratch/tried" ] || fail "an unsafe hook is run"
says "$err" "notify_hook $scratch/tell: "
at_work list --monitor
says "$out" "people cannot be told of problems: notify_hook $scratch/tell: "
checks=$((checks + 1))
"$COUNTERSIGN_MILTER" -n -c "$conf" >"$out" 2>&1
says "$out" "warning: notify_hook $scratch/tell: "

done_testing
