#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Alarms of ceilings, which the front appends to a file: notify_hook is told of
# each at once and only once, again an hour later if there is another one, and
# never that it has ended; and nothing in the file does more than that.
# shellcheck source=tests/keys/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/keys/zone.sh
. "$(dirname "$0")/zone.sh"

counts=$scratch/counts
alarms=$counts/alarms
notices=$scratch/notices
notified=$keydir/notified
mkdir "$counts" "$notices"

cat >"$scratch/tell" <<EOF
#!/bin/sh
[ ! -e "$scratch/broken" ] || exit 1
cat >"$notices/last"
printf '%s\n' "\$*" >>"$scratch/list"
EOF
chmod 0755 "$scratch/tell"
: >"$scratch/list"

configure update "notify_hook = \"$scratch/tell\""
cat >>"$conf" <<EOF
counts_dir = "$counts"
source "desk" {
	login = { "desk" }
	domains = { "example.com" }
	ceilings { messages_per_hour = 5 unusual = 5 }
}
source "hr ü" {
	login = { "hr" }
	domains = { "*.hr.example.com", "example.com" }
	ceilings { recipients_per_day = 7 }
}
source "free" {
	login = { "free" }
	domains = { "example.com" }
}
EOF

# alarm SECONDS CEILING SOURCE: a line of that time.
alarm()
{
	printf '%s %s 5 4c2Xyz1 %s\n' "$(date -u -d "@$((epoch + $1))" \
	    +%Y-%m-%dT%H:%M:%SZ)" "$2" "$3" >>"$alarms"
}

# told SECONDS WANT: what a run at that time tells, as "EVENT SEVERITY DOMAIN".
told()
{
	ahead=$1
	at_work rotate
	checks=$((checks + 1))
	got=$(tr '\n' ';' <"$scratch/list" | sed 's/;$//')
	[ "$got" = "$2" ] || fail "$1 s after: told \"$got\", want \"$2\""
	: >"$scratch/list"
}

# lists WANT: the problems of the last notice, by source.
lists()
{
	checks=$((checks + 1))
	got=$(jq -r '.problems[] | select(.trouble == "ceiling") |
	    "\(.news) \(.severity) \(.domain) \(.text |
	    capture("^source \"(?<s>.*)\" (was|had)").s)"' <"$notices/last" |
	    tr '\n' ';' | sed 's/;$//')
	[ "$got" = "$1" ] || fail "lists \"$got\", want \"$1\""
}

# monitored WANT: the problems of monitoring that are about this.
monitored()
{
	checks=$((checks + 1))
	at_work list --monitor --json
	got=$(jq -r '.problems[] | select(.trouble == "ceiling" or
	    .trouble == "notification") | "\(.severity) \(.trouble)"' <"$out" |
	    tr '\n' ';' | sed 's/;$//')
	[ "$got" = "$1" ] || fail "--monitor: \"$got\", want \"$1\""
}

# advance DAYS: to a quiet day, after a run whose notices do not matter.
from=0
advance()
{
	from=$((from + $1 * day))
	ahead=$((from - 60))
	at_work rotate
	: >"$scratch/list"
	told "$from" ''
}

# A domain in order, and no file yet.
ahead=0
at_work add example.com
for hours in 1 2 3 4 26; do
	ahead=$((hours * 3600))
	at_work rotate
done
advance 3
monitored ''

# Told at once and once; again after an hour, whatever else was told that day.
alarm $((from + 60)) messages_per_hour desk
told $((from + 3600)) 'new critical example.com'
lists 'new critical example.com desk'
jq -r '.problems[0].text' <"$notices/last" >"$out"
says "$out" '^source "desk" was over messages_per_hour = 5, last at 20[^ ]*Z with message 4c2Xyz1: is its account abused[?] '
monitored 'critical ceiling'
at_work list --monitor
says "$out" '^CRITICAL example.com since 20.*: source "desk" was over .* \[ceiling\]$'
told $((from + 3660)) ''
alarm $((from + 3700)) messages_per_hour desk
told $((from + 7200)) 'new critical example.com'
told $((from + 7260)) ''
says "$notified" '^told .* critical ceiling example.com - -$'

# It gets old: nobody is told that it has ended, and it is forgotten.
told $((from + 3700 + 10799)) ''
monitored 'critical ceiling'
told $((from + 3700 + 10800)) ''
monitored ''
says_not "$notified" 'ceiling'
told $((from + 2 * day)) ''
alarm $((from + 2 * day + 10)) messages_per_hour desk
told $((from + 2 * day + 20)) 'new critical example.com'

# What is unusual is a warning, told as soon; several lines are one problem.
# A source has its first domain, and its name is escaped.
advance 10
alarm $((from + 10)) unusual desk
alarm $((from + 20)) unusual desk
told $((from + 60)) 'new warning example.com'
lists 'new warning example.com desk'
alarm $((from + 70)) recipients_per_day 'hr \xC3\xBC'
alarm $((from + 80)) table_full 'hr \xC3\xBC'
told $((from + 120)) 'new critical -'
lists 'new critical hr.example.com hr \xC3\xBC;new warning hr.example.com hr \xC3\xBC;known warning example.com desk'

# In the second of a run: the next one tells it, and only that one.  A time to
# come waits, too.
advance 10
alarm "$from" messages_per_hour desk
alarm $((from + 600)) messages_per_hour desk
told "$from" ''
told $((from + 1)) 'new critical example.com'
told $((from + 2)) ''
told $((from + 601)) 'new critical example.com'
told $((from + 602)) ''

# The hook fails: it is told by the next run that can, with that failure.
advance 10
alarm $((from + 10)) messages_per_hour desk
: >"$scratch/broken"
told $((from + 60)) ''
rm "$scratch/broken"
told $((from + 3600)) 'new critical -'
lists 'new critical example.com desk'

# Sources that do not exist, or have no ceilings, are left out.
advance 10
alarm $((from + 10)) messages_per_hour other
alarm $((from + 10)) messages_per_hour free
told $((from + 60)) ''
monitored ''

# Lines that are not alarms are counted, and hide no alarm; none is repeated.
advance 10
{
	head -c 5000 /dev/zero | tr '\0' x
	printf '\n\n\0\nSubject: <secret@example.org>\n'
	printf '2026-11-23T09:00:00Z messages_per_hour 5 - a\033[2J\n'
} >>"$alarms"
alarm $((from + 10)) messages_per_hour desk
printf 'half a line' >>"$alarms"
told $((from + 60)) 'new critical -'
says "$notices/last" "$alarms: lines that are not alarms of ceilings: 5: "
says_not "$notices/last" 'secret'
lists 'new critical example.com desk'
monitored 'critical ceiling;warning notification'
rm "$alarms"
told $((from + 3 * day)) 'ended ok -'

# A large file: the end of it counts.
advance 10
head -c 3000000 /dev/zero >"$alarms"
echo >>"$alarms"
alarm $((from + 10)) messages_per_hour desk
told $((from + 60)) 'new critical -'
monitored 'critical ceiling;warning notification'
rm "$alarms"
told $((from + 3 * day)) 'ended ok -'

# Neither a link, a pipe nor a folder is read, and nothing waits for it.
advance 10
alarm $((from + 10)) messages_per_hour desk
mv "$alarms" "$scratch/elsewhere"
ahead=$((from + 60))
ln -s "$scratch/elsewhere" "$alarms"
monitored 'warning notification'
says "$out" 'alarms of ceilings cannot be read: .*/counts/alarms: not a regular file: '
rm "$alarms"
mkfifo "$alarms"
monitored 'warning notification'
rm "$alarms"
mkdir "$alarms"
monitored 'warning notification'
rmdir "$alarms"
mv "$scratch/elsewhere" "$alarms"
monitored 'critical ceiling'

# Many lines of many names are no more problems.
line=$(tail -n 1 "$alarms")
awk -v line="$line" 'BEGIN { for (i = 0; i < 10000; i++) print line i }' \
    >>"$alarms"
monitored 'critical ceiling'

# The directory is not for the owner of the keys.  Root may read all.
if [ "$(id -u)" -ne 0 ]; then
	chmod 0 "$counts"
	monitored 'warning notification'
	says "$out" 'is not in the group that may read this directory'
	chmod 0700 "$counts"
fi

# No directory: nothing was ever written.
rm -r "$counts"
monitored ''
done_testing
