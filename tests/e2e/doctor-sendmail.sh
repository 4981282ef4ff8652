#!/bin/bash
# SPDX-License-Identifier: ISC
#
# Broken installations with Sendmail, as doctor-postfix.sh has them with
# Postfix.  Sendmail itself is not started: it reads each repaired
# configuration once.

# shellcheck disable=SC2034
E2E_PRIVATE=(knot sendmail-bin sendmail-cf)
# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"
# shellcheck source=tests/e2e/lib/installed.sh
. "$E2E_LIB/installed.sh"
# shellcheck source=tests/e2e/lib/faults.sh
. "$E2E_LIB/faults.sh"

SOCKET=/run/countersign/milter.sock
MC=/etc/mail/sendmail.mc
MILTER_CONF=/etc/countersign/countersign.conf
KEYDIR=/var/lib/countersign/keys

# The last line is our milter, with these settings.
sendmail_mc()
{
	cat <<-MC
	include(\`/usr/share/sendmail/cf/m4/cf.m4')dnl
	OSTYPE(\`debian')dnl
	FEATURE(\`no_default_msa')dnl
	DAEMON_OPTIONS(\`Name=MTA, Addr=127.0.0.1, Port=25')dnl
	MAILER(\`smtp')dnl
	INPUT_MAIL_FILTER(\`other', \`S=inet:8899@127.0.0.1, F=T')dnl
	INPUT_MAIL_FILTER(\`countersign', \`${1-S=unix:$SOCKET, F=T, T=S:30s;R:30s}')dnl
	MC
}

sendmail_cf()
{
	m4 "$MC" >/etc/mail/sendmail.cf 2>"$SCRATCH/m4.log" ||
	    { cat "$SCRATCH/m4.log"; return 1; }
}

# Sendmail reads it; in test mode it ends at the end of its input.
sendmail_valid()
{
	/usr/libexec/sendmail/sendmail -C /etc/mail/sendmail.cf -bt \
	    </dev/null
}

installed_layer sendmail-bin sendmail-cf
installed_user smmta smmsp countersign countersign-keys
install -d /etc/mail /etc/countersign /var/lib/countersign
install -d -o countersign -g countersign -m 0755 /run/countersign
install -d -o countersign-keys -g countersign-keys -m 0700 "$KEYDIR"
sendmail_mc >"$MC"
sendmail_cf || die "no sendmail.cf"
# shellcheck disable=SC2329
milter_socket()
{
	echo "unix:$SOCKET"
}
# shellcheck disable=SC2329
milter_ready()
{
	[ -S "$SOCKET" ]
}
mkdir -p "$SCRATCH/milter"
cat >"$MILTER_CONF" <<CONF
socket = "unix:$SOCKET"
source "platform" {
    networks = { "13.110.0.0/16" }
    login = { "tenant" }
    domains = { "example.com" }
}
CONF
milter_keys example.com
milter_start
fault_begin "$MC" /etc/mail/sendmail.cf

# A test message, first from where no source allows it.
loop_says()
{
	fault_doctor --loop --dns 127.0.0.1 && jq -e --arg state "$1" \
	    --arg text "$2" '[.findings[] | select(.id == "loop")] |
	    length == 1 and .[0].state == $state and
	    (.[0].text | contains($text))' "$SCRATCH/doctor.json" ||
	    { jq '.findings[] | select(.id == "loop")' "$SCRATCH/doctor.json"
	    return 1; }
}
# Nothing is left of its queue, and nothing is in the real one.
loop_leaves_nothing()
{
	[ -z "$(find /run /var/spool -name 'countersign-doctor.*' \
	    -o -name '[qd]f*')" ]
}
cp "$MC" "$SCRATCH/mc"
check "with a dead milter, a test message is deferred" loop_says problem \
    'Please try again later'
sed -i '/(.other/d' "$MC"
sendmail_cf
check "a test message is refused as forged" loop_says note \
    'not authorized to send mail from example.com'
cp "$MILTER_CONF" "$SCRATCH/conf"
cat >>"$MILTER_CONF" <<CONF
source "this host" {
    networks = { "127.0.0.1" }
    trust_network = true
    domains = { "example.com" }
}
CONF
milter_reload
check "a test message is signed, and DNS is silent" loop_says unknown \
    'DNS does not answer'
dns_start example.com
check "a test message is signed, and verifies" loop_says well \
    'the signature is valid'
check "nothing is left of it" loop_leaves_nothing
sed -i '/countersign/d' "$MC"
sendmail_cf
check "without the milter there is no test" loop_says unknown \
    'Sendmail does not use our milter'
cp "$SCRATCH/mc" "$MC"
cp "$SCRATCH/conf" "$MILTER_CONF"
sendmail_cf
milter_reload
stop_by_pid "$(cat "$SCRATCH/dns/pid")"
rm "$SCRATCH/dns/pid"

# Our milter with other settings, or with a command that changes sendmail.mc.
with()
{
	sendmail_mc "$1" >"$MC"
	sendmail_cf
}
edit()
{
	sed -i "$1" "$MC"
	sendmail_cf
}
check "Sendmail reads the configuration" sendmail_valid
fault sendmail-milter "no milter" edit '/countersign/d'
sendmail_mc | sed /countersign/d >"$MC"
sendmail_cf && fault_doctor && "$PYTHON" "$E2E_LIB/faults.py" repaired \
    sendmail-milter <"$SCRATCH/doctor.json" | sh -e 2>"$SCRATCH/fix.log"
check "Sendmail reads the repaired configuration" sendmail_valid
fault sendmail-milter "our milter with another socket" \
    with 'S=unix:/run/other, F=T'
# shellcheck disable=SC2016
other='INPUT_MAIL_FILTER(`late'\'', `S=inet:8898@127.0.0.1, F=T'\'')dnl'
fault sendmail-order "another milter after ours" edit "\$a $other"
fault_for_person sendmail-order "the order in an option" \
    edit "\$a define(\`confINPUT_MAIL_FILTERS', \`countersign,other')dnl"
fault sendmail-flag "mail passes without our milter" with "S=unix:$SOCKET"
fault sendmail-flag "mail is refused without our milter" \
    with "S=unix:$SOCKET, F=R, T=S:9s"
fault_for_person sendmail-milters "a milter that is not defined" \
    edit "\$a define(\`confINPUT_MAIL_FILTERS', \`nobody,other,countersign')dnl"
fault_after chmod 0755 /run/countersign
fault sendmail-folder "others can write to the folder" \
    chmod 0777 /run/countersign
stop_milter()
{
	milter_stop
	rm -f "$SOCKET"
}
fault_for_person sendmail-socket "the milter does not run" stop_milter
e2e_finish
