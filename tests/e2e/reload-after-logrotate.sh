#!/bin/bash
# SPDX-License-Identifier: ISC
#
# logrotate(8) renames the audit file, and somebody the file of alarms; after a
# reload the front, in its cell, makes both again.

# shellcheck disable=SC2034
E2E_PRIVATE=(knot postfix logrotate)
# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"

LOGROTATE=/usr/sbin/logrotate
[ -x "$LOGROTATE" ] || LOGROTATE=$E2E_UNPACKED/logrotate$LOGROTATE
AUDIT=$SCRATCH/audit/audit
COUNTS=$SCRATCH/counts

mkdir "$(dirname "$AUDIT")" "$COUNTS"
chown "$(milter_user)" "$(dirname "$AUDIT")" "$COUNTS"
milter_configure "audit_file = \"$AUDIT\"" "counts_dir = \"$COUNTS\""
sed -i '/trust_network/a ceilings { recipients_per_hour = 1 \
    recipients_per_day = 2 }' "$MILTER_CONF"
e2e_start postfix

# The file of dist, with the path, the user and the master of this test.
USER=$(milter_user)
GROUP=$(id -gn "$USER")
sed -e "s,/var/log/countersign/audit.json,$AUDIT," \
    -e "s,countersign countersign,$USER $GROUP," \
    -e '/if \[/,/fi$/d' -e "/postrotate/a kill -HUP $(milter_pid)" \
    "$E2E_TOP/dist/logrotate/countersign" >"$SCRATCH/logrotate.conf"

# sends NAME: a message of our own servers, to a recipient of that name.
sends()
{
	message "$1"
	deliver "$1" --address "$OWN_ADDRESS"
	arrives_signed "$1"
}

# has FILE LINES: the file has so many lines.
has()
{
	[ "$(wc -l <"$1")" -eq "$2" ]
}

check "a message is signed" sends one
check "a second one is over a ceiling" sends two
check "the audit file has both" has "$AUDIT" 2
check "there is an alarm" has "$COUNTS/alarms" 1
before=$(milter_reloads)
check "logrotate runs" "$LOGROTATE" --force --state "$SCRATCH/state" \
    "$SCRATCH/logrotate.conf"
mv "$COUNTS/alarms" "$COUNTS/alarms.1"
check "the milter reloads" wait_for 60 milter_reloaded "$before"
check "a third message is over another one" sends three
check "the old audit file is as it was" has "$AUDIT.1" 2
check "the new one has the third message" has "$AUDIT" 1
check "a new file of alarms was made" has "$COUNTS/alarms" 1
milter_stop
check "the counts are written at the end" test -s "$COUNTS/counts"

e2e_finish
