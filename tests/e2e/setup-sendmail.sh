#!/bin/bash
# SPDX-License-Identifier: ISC
#
# countersign-doctor setup, from a Sendmail that has another milter to a signed
# mail: the lines for sendmail.mc are shown, pasted and checked, each mistake in
# them is named, and --undo waits until they are gone.  Sendmail is at its usual
# place, on port 25.

# shellcheck disable=SC2034
E2E_PRIVATE=(knot sasl2-bin sendmail-bin sendmail-cf)
# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"
# shellcheck source=tests/e2e/lib/installed.sh
. "$E2E_LIB/installed.sh"
# shellcheck source=tests/e2e/lib/sendmail.sh
. "$E2E_LIB/sendmail.sh"
# shellcheck source=tests/e2e/lib/tls.sh
. "$E2E_LIB/tls.sh"
# shellcheck source=tests/e2e/lib/sasl.sh
. "$E2E_LIB/sasl.sh"
# shellcheck source=tests/e2e/lib/setup.sh
. "$E2E_LIB/setup.sh"

MC=/etc/mail/sendmail.mc
CF=/etc/mail/sendmail.cf
PID_FILE=/run/sendmail.pid
PROGRAM=/usr/libexec/sendmail/sendmail
SOCKET=/run/countersign/milter.sock
MILTER_PORT=
SETUP_MTA=()
export MTA=sendmail MTA_PORT=25

# As an administrator has it who relays for Salesforce, with a filter that is
# not there.
sendmail_mc()
{
	cat <<-MC
	include(\`/usr/share/sendmail/cf/m4/cf.m4')dnl
	OSTYPE(\`linux')dnl
	define(\`confDOMAIN_NAME', \`relay.example.net')dnl
	define(\`confSERVICE_SWITCH_FILE', \`/etc/mail/service.switch')dnl
	define(\`confPID_FILE', \`$PID_FILE')dnl
	define(\`QUEUE_DIR', \`$SCRATCH/sendmail/queue')dnl
	define(\`STATUS_FILE', \`$SCRATCH/sendmail/status')dnl
	define(\`HELP_FILE', \`')dnl
	undefine(\`ALIAS_FILE')dnl
	define(\`confDONT_PROBE_INTERFACES', \`True')dnl
	define(\`confTO_IDENT', \`0')dnl
	define(\`confQUEUE_LA', \`10000')dnl
	define(\`confREFUSE_LA', \`10000')dnl
	define(\`confBIND_OPTS', \`-DNSRCH -DEFNAMES')dnl
	define(\`SMART_HOST', \`relay:[127.0.0.1]')dnl
	define(\`RELAY_MAILER_ARGS', \`TCP \$h $SINK_PORT')dnl
	TRUST_AUTH_MECH(\`PLAIN LOGIN')dnl
	define(\`confAUTH_MECHANISMS', \`PLAIN LOGIN')dnl
	define(\`confCACERT_PATH', \`/mnt')dnl
	define(\`confCACERT', \`/mnt/ca.pem')dnl
	define(\`confSERVER_CERT', \`/mnt/server.pem')dnl
	define(\`confSERVER_KEY', \`/mnt/server.key')dnl
	FEATURE(\`nocanonify')dnl
	FEATURE(\`accept_unresolvable_domains')dnl
	FEATURE(\`no_default_msa')dnl
	DAEMON_OPTIONS(\`Name=MTA, Family=inet, Addr=127.0.0.1, Port=25')dnl
	INPUT_MAIL_FILTER(\`other', \`S=inet:9@127.0.0.1')dnl
	MAILER(\`smtp')dnl
	MC
}

# The lines that setup prints, as a person runs or pastes them.
printed()
{
	sed -n "s/^    //; /^$1/p" "$DOCTOR_OUT"
}
run_printed()
{
	sh -e <<<"$(printed 'm4 \|kill ')" && wait_for 60 port_open 25 &&
	    wait_for 60 has_read
}
# Sendmail has written its process id again, so it has read sendmail.cf.
has_read()
{
	[ "$PID_FILE" -nt "$CF" ]
}

# with EDIT: another sendmail.mc, made into a sendmail.cf that Sendmail reads.
with()
{
	sed -i "$1" "$MC" && m4 "$MC" >"$CF" 2>"$SCRATCH/m4.log" &&
	    kill -HUP "$(head -n 1 "$PID_FILE")" && wait_for 60 has_read
}

mkdir -p "$SCRATCH/setup"
setup_dns
sink_start
tls_make
chmod 0600 "$TLS/server.key"
mount --bind "$TLS" /mnt || die "no bind mount on /mnt"
sasl_make sfdc-relay
installed_layer sendmail-bin sendmail-cf
sasl_sendmail
installed_user smmta smmsp
# Here a signal restarts it, as without init scripts.
rm -f /etc/init.d/sendmail
install -d /etc/mail
install -d -m 0700 "$SCRATCH/sendmail/queue"
install -d -o "$(milter_user)" -m 0755 /run/countersign
echo 'hosts files' >/etc/mail/service.switch
sendmail_mc >"$MC"
m4 "$MC" >"$CF" 2>"$SCRATCH/m4.log" || die "no sendmail.cf"
"$PROGRAM" -bd -q5s >"$SCRATCH/sendmail/sendmail.log" 2>&1
wait_for 60 port_open 25 || die "Sendmail did not start"
cp "$PID_FILE" "$SCRATCH/sendmail/pid"
setup_conf
cp "$MILTER_CONF" "$SCRATCH/conf.before"
cp "$MC" "$SCRATCH/mc.before"
# shellcheck disable=SC2329
milter_ready()
{
	test -S "$SOCKET"
}

shows()
{
	setup_new || return 1
	said 'when the milter runs' "S=unix:$SOCKET, F=T" \
	    "m4 $MC" 'Nothing was changed.' &&
	    cmp "$MC" "$SCRATCH/mc.before" && [ ! -e "$KEYDIR" ]
}
check "without --apply, it only shows" shows

# F=T defers all mail without the milter, so the line is not given yet.
waits_for_milter()
{
	setup_new --apply || return 1
	said 'start the milter' 'the milter does not answer the user root' \
	    'run setup again' && ! said INPUT_MAIL_FILTER &&
	    countersign_key list example.com
}
check "keys are made, and Sendmail waits for the milter" waits_for_milter

milter_start
gives_lines()
{
	doctor 3 setup --apply &&
	    said "add this line at its end, after all other filters" \
	    "INPUT_MAIL_FILTER(\`countersign', \`S=unix:$SOCKET, F=T" &&
	    cmp "$MC" "$SCRATCH/mc.before"
}
check "the line for sendmail.mc is shown" gives_lines
mail before
check "before it is there: arrives unsigned" arrives_unsigned before

pasted()
{
	printed INPUT_MAIL_FILTER >>"$MC" && doctor 3 setup --apply &&
	    said "$MC was changed after sendmail.cf was made of it"
}
check "only pasted: sendmail.cf is not made yet" pasted
makes()
{
	run_printed && doctor 0 setup --apply && said 'Sendmail has the milter'
}
check "after the printed commands, it is there" makes
grep '^O InputMailFilters=other, countersign$' "$CF" ||
    die "another order: $(grep '^O InputMail' "$CF")"

mail observed
check "observed: arrives unsigned" arrives_unsigned observed
enforces()
{
	doctor 3 setup --enforce --wait=100s &&
	    said 'salesforce-auth: signs from now on' 'pkill -HUP' \
	    'Sendmail has the milter' && milter_reload
}
check "--enforce --wait: verified, then signing" enforces
mail signed
check "signed: two signatures for three verifiers" arrives_signed signed
message forged --org "$OTHER_ORG"
deliver forged --tls "$TLS" --auth sfdc-relay@relay.example.net
check "another organization: refused" is_refused forged

# Each mistake in sendmail.cf.
cp "$MC" "$SCRATCH/mc.good"
fault()
{
	with "$1" && shift && doctor 3 setup --apply && said "$@" &&
	    cp "$SCRATCH/mc.good" "$MC" && with ''
}
check "no F=T is named" fault 's/, F=T, T=S/, T=S/' \
    'write F=T: without it, mail is not signed'
check "F=R is named" fault 's/, F=T, T=S/, F=R, T=S/' \
    'write F=T instead of F=R' 'refused for good'
check "another socket is named" fault "s,S=unix:$SOCKET,S=unix:/run/x," \
    "write S=unix:$SOCKET instead of S=unix:/run/x"
# shellcheck disable=SC2016
check "a filter after ours is named" fault \
    '$aINPUT_MAIL_FILTER(`late'\'', `S=inet:8@127.0.0.1'\'')dnl' \
    'move the line of the filter countersign to the end: late comes after it'
# shellcheck disable=SC2016
check "a filter after ours, in an order of its own, is named" fault \
    '$adefine(`confINPUT_MAIL_FILTERS'\'', `countersign,other'\'')dnl' \
    'write the filter countersign last in confINPUT_MAIL_FILTERS: other comes'
check "a filter that is only defined is named" fault \
    's/^INPUT_MAIL_FILTER(`countersign/MAIL_FILTER(`countersign/' \
    'the filter countersign is defined, but not used'
check "a service with other filters is named" fault \
    's/Addr=127.0.0.1, Port=25/&, InputMailFilters=other/' \
    'the service MTA has filters of its own' \
    'add countersign at the end of InputMailFilters=other'
open_folder()
{
	chmod 0777 /run/countersign && doctor 3 setup --apply &&
	    said 'chmod go-w /run/countersign' && chmod 0755 /run/countersign
}
check "a folder that others can write to is named" open_folder
folder_of_all()
{
	chmod 1777 /run/countersign && doctor 3 setup --apply &&
	    said 'put it into a folder of its own' && ! said 'chmod ' &&
	    chmod 0755 /run/countersign
}
check "a folder for the files of all is named" folder_of_all
not_read()
{
	echo '# by hand' >>"$CF" && doctor 3 setup --apply &&
	    said 'Sendmail has not read sendmail.cf since' && run_printed &&
	    doctor 0 setup --apply && [ "$(tail -n 1 "$CF")" = '# by hand' ]
}
check "a sendmail.cf that is not in use is named" not_read

# Two MTAs, or not the one that was named.  Of Postfix, there is only what says
# its settings.
both()
{
	cat >/usr/sbin/postconf <<-'SH'
	#!/bin/sh
	case "$*" in *-M*|*-P*) exit ;; esac
	echo 'config_directory = /etc/postfix'
	echo 'queue_directory = /var/spool/postfix'
	echo 'mail_version = 3.7.0'
	echo 'mail_owner = daemon'
	SH
	chmod 0755 /usr/sbin/postconf || return 1
	doctor 0 setup --apply && said 'Sendmail has the milter' &&
	    with '/(.countersign/d' && doctor 1 setup --apply &&
	    said 'Postfix and Sendmail are both installed' &&
	    doctor 3 setup --mta sendmail --apply &&
	    said 'add this line at its end' || return 1
	rm /usr/sbin/postconf
	cp "$SCRATCH/mc.good" "$MC" && with ''
}
check "two MTAs: the one that has the milter, else --mta" both
named()
{
	doctor 1 setup --mta postfix --apply &&
	    said 'there is no Postfix on this machine' &&
	    doctor 0 setup --mta none --apply && mv "$CF" "$CF.away" || return 1
	doctor 1 setup --mta sendmail --apply &&
	    said 'there is no Sendmail on this machine' &&
	    doctor 1 setup --apply && said 'there is no Postfix or Sendmail'
	set -- $?
	mv "$CF.away" "$CF"
	return "$1"
}
check "no MTA, or not that one: named" named

# The services go on while Sendmail has the milter.
undo_waits()
{
	doctor 1 setup --undo && said 'Sendmail still has the milter' &&
	    [ -e "$SCRATCH/milter/conf.d/salesforce-auth.conf" ] &&
	    sed -i '/(.countersign/d' "$MC" && m4 "$MC" >"$CF" 2>/dev/null &&
	    doctor 1 setup --undo && said 'may still have the milter' &&
	    ! said "m4 $MC" && run_printed && doctor 3 setup --undo &&
	    said 'keys of example.com and their records stay' &&
	    cmp "$MILTER_CONF" "$SCRATCH/conf.before" &&
	    [ ! -e "$SCRATCH/milter/conf.d" ]
}
check "--undo waits until Sendmail has lost the milter" undo_waits
milter_stop
mail undone
check "undone: arrives unsigned, without the milter" arrives_unsigned undone

e2e_finish
