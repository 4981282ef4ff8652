#!/bin/bash
# SPDX-License-Identifier: ISC
#
# countersign-doctor in hostile surroundings: log files with control characters,
# NUL, octets that are not UTF-8 and lines of 1 MB, links and FIFOs among them, a
# postconf that prints such things, and messages and replies of the kind.  No
# command may crash, hang, or print anything but ASCII without controls.
# shellcheck disable=SC2154
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/doctor/fakes.sh
. "$here/fakes.sh"

logs=$scratch/logs
audit=$logs/audit.log
mkdir "$logs"
chmod 0755 "$logs"
export TZ=UTC0
# As another user, why cannot look for leaks in itself.
ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
export ASAN_OPTIONS
configure 'login = { "tenant" } domains = { "example.com", "*.example.com" }' \
    "audit_file = \"$audit\""
now=$(date -u +%Y-%m-%dT%H:%M:%SZ)

# safe STATUS... -- ARGUMENTS: one of these statuses, in time, and ASCII only.
# The input is standard input.
safe()
{
	local statuses=()

	while [ "$1" != -- ]; do
		statuses+=("$1")
		shift
	done
	shift
	checks=$((checks + 1))
	timeout -k 1 60 "$COUNTERSIGN_DOCTOR" "$@" >"$out" 2>"$err"
	status=$?
	[[ " ${statuses[*]} " = *" $status "* ]] ||
	    fail "$*: exit status $status, want ${statuses[*]}"
	! LC_ALL=C grep -qa '[^ -~]' "$out" || fail "$*: controls in the output"
	! LC_ALL=C grep -qa '[^ -~]' "$err" || fail "$*: controls in an error"
}

# line QID TEXT: a decision that contains the text, raw, in each place.
line()
{
	printf '%s relay countersign-milter[1]: qid=%s action=rejected client=%s author=example.com source="%s" factors=login:differs reason="%s" elapsed_ms=1 cause=factor login="%s" other_signatures="%s" list_id="%s" hops=1 way="%s"\n' \
	    "$now" "$1" "$2" "$2" "$2" "$2" "$2" "$2" "$2"
}

all_commands()
{
	local given=("$@")

	safe 0 1 -- why -c "$conf" "${given[@]}" 4HOSTILE
	safe 0 1 -- why -c "$conf" --json "${given[@]}" 4HOSTILE
	safe 0 1 -- why -c "$conf" "${given[@]}" example.com
	safe 0 1 -- summary -c "$conf" "${given[@]}"
	safe 0 1 -- summary -c "$conf" --json "${given[@]}"
	safe 0 1 -- compare -c "$conf" "${given[@]}"
	safe 0 1 -- compare -c "$conf" --json "${given[@]}"
}

# -- What is written in logs --------------------------------------------------

escape=$'\033[2J\033]0;x\a\b\177\302\233m\233m'
megabyte=$(head -c 1000000 /dev/zero | tr '\0' A)
{
	line 4HOSTILE "$escape"
	line 4HOSTILE '\x1b[2J\x07\xc2\x9b5m\x'
	line 4HOSTILE $'\xff\xfe\xc0\x80\xed\xa0\x80\xf4\x90\x80\x80'
	line 4HOSTILE "$(head -c 7000 /dev/zero | tr '\0' '\033')"
	line 4HOSTILE "$megabyte"
	printf '%s relay countersign-milter[1]: qid=4HOSTILE\0 action=rejected\0 reason=\0\033[m\n' "$now"
	printf '%s relay countersign-milter[1]: %s\n' "$now" "$megabyte"
	printf '{"time":"%s","qid":"4HOSTILE","action":"rejected","author":"example.com","reason":"\\u001b[2J\\u009bm\\u0000","client":"\033"}\n' "$now"
	printf '{"qid":"4HOSTILE","action":7,"reason":[[[[[[[[[[{\n'
	printf '{"time":"%s","qid":"4HOSTILE","action":"rejected","reason":"%s"}\n' "$now" "$megabyte"
	head -c 100000 /dev/urandom
	echo
	line 4PLAIN plain
	printf 'no newline at the end, and %s' "$escape"
} >"$logs/given.log"
chmod 0644 "$logs/given.log"
all_commands --log "$logs/given.log"
safe 0 -- why -c "$conf" --log "$logs/given.log" 4PLAIN
safe 0 -- why -c "$conf" --log "$logs/given.log" 4HOSTILE
says "$out" '.x1b.2J'
# Compressed rubbish, and a file that is not what its name says.
gzip -c "$logs/given.log" | head -c 2000 >"$logs/cut.log.gz"
cp "$logs/given.log" "$logs/false.log.gz"
all_commands --log "$logs/cut.log.gz" --log "$logs/false.log.gz"

# -- Where logs are -----------------------------------------------------------

line 4SECRET secret >"$scratch/secret"
chmod 0600 "$scratch/secret"
line 4PLAIN plain >"$audit"
ln -s "$scratch/secret" "$audit.1"
mkfifo "$audit.2"
mkdir "$audit.3"
ln -s /dev/zero "$audit.4"
ln -s "$audit.5" "$audit.5"
ln "$scratch/secret" "$audit.6"
mkfifo "$audit.7.gz"
touch "$audit."$'\033[2J'
all_commands
safe 0 -- why -c "$conf" 4PLAIN
# A link may lead to a file that only root can read.
rm "$audit.6"
safe 1 -- why -c "$conf" 4SECRET
safe 0 1 3 -- -c "$conf" --json
safe 0 1 3 -- -c "$conf"
rm "$audit"
mkfifo "$audit"
all_commands
safe 0 1 3 -- -c "$conf" --json
rm "$audit"
ln -s /dev/zero "$audit"
all_commands
safe 0 1 3 -- -c "$conf"
rm "$audit"

# -- postconf, and what it names ----------------------------------------------

# hostile WHAT...: the checks of the chain with what postconf prints now.
hostile()
{
	safe 0 1 3 -- -c "$conf" --json
	safe 0 1 3 -- -c "$conf"
}
postfix "smtpd_milters = $escape" "mynetworks = $escape, 13.110.0.0/16" \
    "mail_version = $escape" "content_filter = $escape" \
    "smtpd_authorized_xclient_hosts = $escape"
hostile
postfix "mynetworks = 127.0.0.0/8, \$(touch $scratch/obeyed)'; touch $scratch/obeyed #, 13.110.0.0/16" \
    "smtpd_milters = \`touch $scratch/obeyed\`" \
    "smtpd_authorized_xclient_hosts = ';touch $scratch/obeyed;'"
hostile
postfix "mynetworks = $megabyte" "smtpd_milters = { $megabyte" \
    "multi_instance_directories = $megabyte"
hostile
postfix "smtpd_milters = $(printf '{ %.0s' $(seq 20000))"
hostile
postfix "queue_directory = $escape" "config_directory = $escape" \
    "mail_owner = $escape"
hostile
postfix 'mail_owner = root:root' 'queue_directory = /dev/zero'
hostile
postfix
{
	printf 'smtp inet n - n - - smtpd -o smtpd_milters=%s\n' "$escape"
	printf '\033[2J inet n - n - - smtpd\n\0\0 inet\n'
	printf '%s inet n - n - - smtpd\n' "$megabyte"
	head -c 50000 /dev/urandom
} >"$fake/services"
printf 'smtp/inet/mynetworks = \033[2J\n\233 = \0\n' >"$fake/overrides"
hostile
postfix
head -c 5000000 /dev/zero | tr '\0' '\033' >"$fake/main"
hostile
head -c 100000 /dev/urandom >"$fake/main"
hostile
: >"$fake/main"
hostile
postfix
[ ! -e "$scratch/obeyed" ] || fail "a shell has obeyed"

# -- Messages -----------------------------------------------------------------

{
	printf 'From: "%s" <a@example.com>\r\nReceived: %s\r\n' "$escape" "$escape"
	printf 'DKIM-Signature: v=1; a=rsa-sha256; d=%s; s=%s; h=%s; bh=%s; b=%s\r\n' \
	    "$escape" "$escape" "$escape" "$escape" "$escape"
	printf 'DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=x; h=from;\r\n i=\033[2J@example.com; bh=YQ==; b=YQ==\r\n'
	printf '%s: %s\r\n\r\n%s\0\r\n' "$escape" "$megabyte" "$escape"
} >"$scratch/message"
{
	printf 'From: a@%s.example\r\nFrom: b@example.com\0\r\nSubject: %s' \
	    "$escape" "$megabyte"
	head -c 50000 /dev/urandom
} >"$scratch/other"
printf 'x._domainkey.example.com v=DKIM1; n=\033[2J\302\233; p=\033\n' >"$scratch/keyfile"
for message in "$scratch/message" "$scratch/other" /dev/null; do
	for option in --no-color --json; do
		safe 0 1 3 -- verify "$option" --key-file "$scratch/keyfile" <"$message"
		safe 0 1 3 -- explain "$option" -c "$conf" --login "$escape" \
		    --helo "$escape" --client-name "$escape" --cert-cn "$escape" \
		    --client 192.0.2.1 --from "$escape" <"$message"
	done
done
done_testing
