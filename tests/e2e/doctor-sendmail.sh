#!/bin/bash
# SPDX-License-Identifier: ISC
#
# Broken installations with Sendmail, as doctor-postfix.sh has them with
# Postfix.

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
PID_FILE=/var/run/sendmail/mta/sendmail.pid
PROGRAM=/usr/libexec/sendmail/sendmail
MILTER_CONF=/etc/countersign/countersign.conf
KEYDIR=/var/lib/countersign/keys

# The last line is our milter, with these settings.
sendmail_mc()
{
	cat <<-MC
	include(\`/usr/share/sendmail/cf/m4/cf.m4')dnl
	OSTYPE(\`debian')dnl
	define(\`confPID_FILE', \`$PID_FILE')dnl
	define(\`SMTP_MAILER_LL', \`2040')dnl
	define(\`confSERVER_CERT', \`/etc/mail/relay.pem')dnl
	define(\`confSERVER_KEY', \`/etc/mail/relay.pem')dnl
	define(\`confCACERT', \`/etc/mail/relay.pem')dnl
	TRUST_AUTH_MECH(\`PLAIN LOGIN')dnl
	FEATURE(\`access_db')dnl
	FEATURE(\`no_default_msa')dnl
	DAEMON_OPTIONS(\`Name=MTA, Addr=127.0.0.1, Port=25')dnl
	MAILER(\`smtp')dnl
	INPUT_MAIL_FILTER(\`other', \`S=inet:8899@127.0.0.1, F=T')dnl
	INPUT_MAIL_FILTER(\`countersign', \`${1-S=unix:$SOCKET, F=T, T=S:30s;R:2m;E:5m}')dnl
	MC
}

# Made, and read by the Sendmail that runs.
sendmail_cf()
{
	m4 "$MC" >/etc/mail/sendmail.cf 2>"$SCRATCH/m4.log" ||
	    { cat "$SCRATCH/m4.log"; return 1; }
	service sendmail restart
}

# Sendmail reads it; in test mode it ends at the end of its input.
sendmail_valid()
{
	"$PROGRAM" -C /etc/mail/sendmail.cf -bt \
	    </dev/null
}

installed_layer sendmail-bin sendmail-cf
installed_user smmta smmsp countersign countersign-keys
install -d /etc/mail /etc/countersign /var/lib/countersign "${PID_FILE%/*}"
install -d -m 0700 /var/spool/mqueue
openssl req -x509 -newkey rsa:2048 -nodes -days 30 \
    -subj /CN=relay.example.net -keyout "$SCRATCH/key" \
    -out "$SCRATCH/cert" 2>/dev/null &&
    cat "$SCRATCH/key" "$SCRATCH/cert" >/etc/mail/relay.pem &&
    chmod 0600 /etc/mail/relay.pem || die "no certificate"
echo 'Connect:127.0.0.1 RELAY' >/etc/mail/access
echo '# none' >/etc/mail/relay-domains
install -d -o countersign -g countersign -m 0755 /run/countersign
install -d -o countersign-keys -g countersign-keys -m 0700 "$KEYDIR"
# The script of the package, for what is used here; it returns when Sendmail has
# written its process id, which it does after it has read its settings.
install -d /etc/init.d
cat >/etc/init.d/sendmail <<SH
#!/bin/sh
if pid=\$(head -n 1 $PID_FILE 2>/dev/null); then
	kill "\$pid"
	while kill -0 "\$pid" 2>/dev/null; do sleep 0.1; done
fi
$PROGRAM -bd >>$SCRATCH/sendmail.log 2>&1 || exit
while [ ! -s $PID_FILE ]; do sleep 0.1; done
SH
chmod 0755 /etc/init.d/sendmail
sendmail_mc >"$MC"
sendmail_cf || die "Sendmail did not start"
makemap hash /etc/mail/access </etc/mail/access || die "no access table"
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
    cert_cn = { "*.platform.example" }
    domains = { "example.com" }
}
CONF
milter_keys example.com
milter_start
fault_begin "$MC" /etc/mail/sendmail.cf /etc/mail/access \
    /etc/mail/relay-domains

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
fault_for_person sendmail-order "our milter on two lines" \
    edit "s/(.countersign', /(\`countersign',\\n/; \$a $other"
fault_for_person sendmail-order "the order in an option" \
    edit "\$a define(\`confINPUT_MAIL_FILTERS', \`countersign,other')dnl"
fault sendmail-flag "mail passes without our milter" with "S=unix:$SOCKET"
fault sendmail-flag "mail is refused without our milter" \
    with "S=unix:$SOCKET, F=R, T=S:9s"
# With it, Sendmail would not start.
edit_only()
{
	sed -i "$1" "$MC" && m4 "$MC" >/etc/mail/sendmail.cf 2>/dev/null
}
fault_for_person sendmail-milters "a milter that is not defined" \
    edit_only "\$a define(\`confINPUT_MAIL_FILTERS', \`nobody,other,countersign')dnl"
fault_after chmod 0755 /run/countersign
fault sendmail-folder "others can write to the folder" \
    chmod 0777 /run/countersign
fault_after chmod 0755 /run/countersign
fault_for_person sendmail-folder "the folder is for the files of all" \
    chmod 1777 /run/countersign

# How long Sendmail waits, and for whom it has milters.
fault sendmail-timeouts "our milter has no time" \
    with "S=unix:$SOCKET, F=T, T=S:30s;R:2s"
fault_for_person sendmail-service "a service with other milters" \
    edit 's/Port=25/&, InputMailFilters=other/'
second='DAEMON_OPTIONS(`Name=second, Addr=127.0.0.1, Port=587, I=other'\'')dnl'
one_service()
{
	edit "/^DAEMON_OPTIONS/a $second" && fault_doctor &&
	    jq -e '[.findings[] | select(.id == "sendmail-service" and
	    .state == "note")] | length == 1 and .[0].subject == "second"' \
	    "$SCRATCH/doctor.json"
}
check "sendmail-service: one of two, noted" one_service
fault_restore

# What is changed in signed mail.
fault sendmail-line-length "short lines" edit 's/`2040/`512/'
fault sendmail-line-length "short lines to the smart host" \
    edit "/^OSTYPE/a define(\`RELAY_MAILER_LL', \`512')dnl"
fault sendmail-8bit "the eighth bit is taken" \
    edit "/^OSTYPE/a define(\`confSEVEN_BIT_INPUT', \`True')dnl"
fault_for_person sendmail-8bit "the eighth bit is taken by a mailer" \
    edit "/^OSTYPE/a define(\`SMTP_MAILER_FLAGS', \`7')dnl"

# Whom Sendmail trusts.
access()
{
	echo "$1" >>/etc/mail/access
	makemap hash /etc/mail/access </etc/mail/access
}
fault sendmail-relay "the platform is in the access table" \
    access 'Connect:13.110.208	RELAY'
fault sendmail-relay "the platform is in the access table, in short" \
    access '13 RELAY'
relay_domains()
{
	echo 13.110.1.2 >>/etc/mail/relay-domains
}
fault sendmail-relay "the platform is in relay-domains" relay_domains

# What sources need.
fault_for_person sendmail-tls "no certificate" edit '/confSERVER/d'
fault_for_person sendmail-tls "no STARTTLS" edit 's/Port=25/&, M=S/'
fault_for_person sendmail-client-certificates "no authority" \
    edit '/confCACERT/d'
fault_for_person sendmail-login "logins may not relay" edit '/^TRUST_AUTH/d'
fault_for_person sendmail-login "no logins" edit 's/Port=25/&, M=A/'

# From sendmail.mc to the Sendmail that runs.
changed_mc()
{
	touch "$MC"
}
fault_after cp -p "$FAULT_SAVED$MC" "$MC"
fault sendmail-stale "sendmail.cf is not made" changed_mc
changed_cf()
{
	echo '# by hand' >>/etc/mail/sendmail.cf
}
fault sendmail-stale "sendmail.cf is not read" changed_cf
# shellcheck disable=SC2329
not_made()
{
	! grep 'm4\|make' "$SCRATCH/fix"
}
check "sendmail-stale: what stands in sendmail.cf alone is kept" not_made
stop_sendmail()
{
	stop_by_pid "$(head -n 1 "$PID_FILE")"
}
fault sendmail-running "Sendmail does not run" stop_sendmail

stop_milter()
{
	milter_stop
	rm -f "$SOCKET"
}
fault_for_person sendmail-socket "the milter does not run" stop_milter
fault_for_person sendmail-milter "no milter, and none that would answer" \
    edit '/countersign/d'
e2e_finish
