#!/bin/bash
# SPDX-License-Identifier: ISC
#
# Broken installations with Postfix: each is made by commands on a real Postfix
# at its usual place, countersign-doctor names the fault, and the command that
# it prints, run as it is printed, repairs it.

# shellcheck disable=SC2034
E2E_PRIVATE=(knot postfix)
# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"
# shellcheck source=tests/e2e/lib/installed.sh
. "$E2E_LIB/installed.sh"
# shellcheck source=tests/e2e/lib/faults.sh
. "$E2E_LIB/faults.sh"

OURS='{ unix:countersign/milter.sock, default_action=tempfail }'
QUEUE=/var/spool/postfix

installed_postfix <<CONF
compatibility_level = 3.6
myhostname = relay.example.net
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
maillog_file = /var/log/doctor-postfix.log
maillog_file_prefixes = /var/log
mynetworks = 127.0.0.0/8
smtpd_milters = $OURS
non_smtpd_milters = $OURS
authorized_submit_users = root
smtpd_forbid_bare_newline = normalize
smtpd_tls_chain_files = /etc/postfix/relay.pem
smtpd_tls_security_level = may
smtpd_tls_ask_ccert = yes
smtpd_tls_CAfile = /etc/postfix/relay.pem
smtpd_sasl_auth_enable = yes
CONF
openssl req -x509 -newkey rsa:2048 -nodes -days 30 \
    -subj /CN=relay.example.net -keyout /etc/postfix/key \
    -out /etc/postfix/cert 2>/dev/null &&
    cat /etc/postfix/key /etc/postfix/cert >/etc/postfix/relay.pem ||
    die "no certificate"

MILTER_CONF=/etc/countersign/countersign.conf
KEYDIR=/var/lib/countersign/keys
install -d /etc/countersign /var/lib/countersign
install -d -o countersign -g postfix -m 0750 "$QUEUE/countersign"
install -d -o countersign-keys -g countersign-keys -m 0700 "$KEYDIR"
# shellcheck disable=SC2329
milter_socket()
{
	echo "unix:$QUEUE/countersign/milter.sock"
}
# shellcheck disable=SC2329
milter_ready()
{
	[ -S "$QUEUE/countersign/milter.sock" ]
}
mkdir -p "$SCRATCH/milter"
cat >"$MILTER_CONF" <<CONF
socket_group = "postfix"
socket = "$(milter_socket)"
source "platform" {
    networks = { "13.110.0.0/16" }
    login = { "tenant" }
    cert_cn = { "*.platform.example" }
    domains = { "example.com" }
}
CONF
milter_keys example.com
milter_start
fault_begin /etc/postfix/main.cf /etc/postfix/master.cf "$MILTER_CONF"

set_main()
{
	postconf -e "$@"
}

# A service for mail that a content filter gives back.
filter()
{
	postconf -e 'content_filter = smtp:[127.0.0.1]:10024'
	postconf -M "127.0.0.1:10025/inet=127.0.0.1:10025 inet n - n - - \
smtpd -o content_filter= -o mynetworks=127.0.0.0/8 $*"
}

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
# As Debian has it in main.cf.
origin=$(postconf -xh myorigin)
echo "$origin" >"$SCRATCH/mailname"
set_main "myorigin = $SCRATCH/mailname"
check "the origin is in a file" loop_says well 'the signature is valid'
set_main "myorigin = $origin"
set_main 'smtpd_milters ='
check "without the milter there is no test" loop_says unknown \
    'no service of Postfix has our milter'
set_main "smtpd_milters = $OURS"
cp "$SCRATCH/conf" "$MILTER_CONF"
milter_reload
stop_by_pid "$(cat "$SCRATCH/dns/pid")"
rm "$SCRATCH/dns/pid"

# The milters, their order, and what happens without them.
fault postfix-milter "no milter" set_main 'smtpd_milters ='
fault postfix-milter "only another milter" \
    set_main 'smtpd_milters = inet:127.0.0.1:8899'
other='{ inet:127.0.0.1:8899, connect_timeout=1s }'
fault milter-order "another milter after ours" \
    set_main "smtpd_milters = $OURS, $other"
fault milter-order "another milter after ours, in a parameter" \
    set_main "own = $OURS $other" 'smtpd_milters = $own'
fault milter-order "another milter after ours, at one service" \
    postconf -P "smtp/inet/smtpd_milters=unix:countersign/milter.sock,\
inet:127.0.0.1:8899"
fault milter-default-action "mail passes without our milter" \
    set_main 'smtpd_milters = unix:countersign/milter.sock' \
    'milter_default_action = accept'
fault milter-default-action "mail is refused without our milter" \
    set_main 'smtpd_milters = { unix:countersign/milter.sock, '\
'connect_timeout=9s, default_action=reject }'
fault milter-protocol "an old protocol" set_main 'milter_protocol = 2'
fault milters-disabled "no_milters" set_main \
    'receive_override_options = no_milters, no_header_body_checks'
fault milters-disabled "no_milters at one service" \
    postconf -P smtp/inet/receive_override_options=no_milters
fault milter-chroot "an absolute path in the chroot" \
    set_main "smtpd_milters = unix:$QUEUE/countersign/milter.sock"
leave_chroot()
{
	postconf -F smtp/inet/chroot=n
	postconf -e 'smtpd_milters = unix:/countersign/milter.sock'
}
fault milter-chroot "a path of the chroot outside of it" leave_chroot
fault local-mail "an absolute path in the chroot of cleanup" \
    set_main "non_smtpd_milters = unix:$QUEUE/countersign/milter.sock"
fault_for_person proxy-filter "a filter before the queue" \
    set_main 'smtpd_proxy_filter = 127.0.0.1:10024'
fault_for_person postfix-milters-syntax "a brace that is not closed" \
    set_main 'smtpd_milters = { unix:countersign/milter.sock'

# The socket.
folder=$QUEUE/countersign
fault milter-socket "the group of the socket" \
    chgrp countersign "$folder/milter.sock"
fault milter-socket "the mode of the socket" \
    chmod 0600 "$folder/milter.sock"
fault milter-socket "the group of its folder" chgrp root "$folder"
fault milter-socket "the mode of its folder" chmod 0700 "$folder"
fault_after chmod 0755 "$QUEUE"
fault_for_person milter-socket "the mode of a folder above" \
    chmod 0700 "$QUEUE"
fault_after chgrp postfix "$folder"
fault_after chmod 0750 "$folder"
fault socket-group "no socket_group" \
    sed -i '/^socket_group/d' "$MILTER_CONF"
fault socket-group "another socket_group" \
    sed -i 's/^socket_group.*/socket_group = "daemon"/' "$MILTER_CONF"

# Mail that passes twice.
fault reinjection "mail of a filter passes our milter again" filter
canonical_filter()
{
	filter -o smtpd_milters=
	postconf -e 'sender_canonical_maps = static:nobody@example.org'
}
fault reinjection-rewrites "mail of a filter is rewritten" \
    canonical_filter

# What is changed in signed mail.
fault 8bit-downgrade "8BITMIME is not used" set_main \
    'smtp_discard_ehlo_keywords = 8bitmime, dsn'
fault 8bit-downgrade "8BITMIME is not used by one service" \
    postconf -P relay/unix/smtp_discard_ehlo_keywords=8BITMIME
fault line-length "short lines" set_main 'smtp_line_length_limit = 512'
fault line-length "short lines of one service" \
    postconf -P relay/unix/smtp_line_length_limit=80
fault_for_person generic-maps "addresses change at delivery" \
    set_main 'smtp_generic_maps = inline:{ @example.com=@example.org }'
subject_check()
{
	echo '/^Subject:/ REPLACE Subject: changed' >/etc/postfix/checks
	postconf -e 'smtp_header_checks = regexp:/etc/postfix/checks'
}
fault_for_person delivery-header-checks "Subject changes at delivery" \
    subject_check
fault_for_person delivery-body-checks "the body changes at delivery" \
    set_main 'smtp_body_checks = regexp:/etc/postfix/checks'
signature_check()
{
	echo '/^DKIM-Signature:/ IGNORE' >/etc/postfix/checks
	postconf -e 'milter_header_checks = regexp:/etc/postfix/checks'
}
fault_for_person milter-header-checks "our signature is removed" \
    signature_check

# Whom Postfix trusts.
fault mynetworks "the platform is in mynetworks" \
    set_main 'mynetworks = 127.0.0.0/8, 13.110.208.0/20 [::1]/128'
fault mynetworks "everybody is in mynetworks" \
    set_main 'mynetworks = 127.0.0.0/8 0.0.0.0/0'
fault mynetworks "the platform is in mynetworks of a service" \
    postconf -P smtp/inet/mynetworks=127.0.0.0/8,13.110.0.0/16
fault xclient-hosts "XCLIENT" \
    set_main 'smtpd_authorized_xclient_hosts = 127.0.0.0/8'
fault xclient-hosts "XCLIENT at one service" \
    postconf -P smtp/inet/smtpd_authorized_xclient_hosts=127.0.0.1
fault bare-newline "mail in mail" set_main 'smtpd_forbid_bare_newline = no'

# What sources need.
fault tls "no TLS" set_main 'smtpd_tls_security_level = none'
fault_for_person tls "no certificate" set_main 'smtpd_tls_chain_files ='
fault client-certificates "no certificates of clients" \
    set_main 'smtpd_tls_ask_ccert = no'
fault_for_person client-certificates "no authority" \
    set_main 'smtpd_tls_CAfile ='
fault_for_person sasl "no logins" set_main 'smtpd_sasl_auth_enable = no'

# Postfix itself.
fault_for_person postfix-config "no main.cf" rm /etc/postfix/main.cf
fault_after postfix start
fault postfix-running "Postfix does not run" postfix stop

# Another instance, whose milter may be reached, and whose commands name it.
other=/etc/postfix-out
install -d "$other" /var/spool/postfix-out
install -d -o postfix /var/lib/postfix-out
grep -v -e inet -e '^ ' /etc/postfix/master.cf >"$other/master.cf"
echo '127.0.0.1:10026 inet n - n - - smtpd' >>"$other/master.cf"
{
	cat /etc/postfix/main.cf
	cat <<-CONF
	queue_directory = /var/spool/postfix-out
	data_directory = /var/lib/postfix-out
	multi_instance_name = postfix-out
	multi_instance_enable = yes
	smtpd_milters = { unix:$folder/milter.sock, default_action=tempfail }
	non_smtpd_milters =
	CONF
} | postfix_last_wins >"$other/main.cf"
FAULT_FILES+=("$other/main.cf")
mkdir -p "$FAULT_SAVED$other"
cp -p "$other/main.cf" "$FAULT_SAVED$other/main.cf"
instances()
{
	postconf -e "multi_instance_directories = $other" \
	    'multi_instance_enable = yes' 'multi_instance_wrapper = '\
'${command_directory}/postmulti -p --' &&
	    { [ $# -eq 0 ] || postconf -c "$other" -e "$@"; }
}
fault postfix-running "another instance does not run" instances
fault milter-default-action "another instance passes mail unsigned" \
    instances "smtpd_milters = unix:$folder/milter.sock" \
    'milter_default_action = accept'

# The milter: the last, because nothing starts it again.
stop_milter()
{
	milter_stop
	rm -f "$folder/milter.sock"
}
fault_for_person milter-socket "the milter does not run" stop_milter

# The command makes the folder; to start the milter is left to a person here.
no_folder()
{
	milter_stop
	rm -r "$folder"
}
makes_folder()
{
	no_folder
	fault_doctor
	jq -r '.findings[] | select(.id == "milter-socket") | .fix' \
	    "$SCRATCH/doctor.json" >"$SCRATCH/fix"
	sh "$SCRATCH/fix" && sh "$SCRATCH/fix" && milter_start &&
	    fault_doctor && [ "$(jq -r '.findings[] |
	    select(.id == "milter-socket") | .state' \
	    "$SCRATCH/doctor.json")" = well ]
}
check "milter-socket: no folder, and the command makes it" makes_folder

# The front's user may do this, to have root change another file.
link_socket()
{
	echo secret >"$SCRATCH/secret"
	chmod 0600 "$SCRATCH/secret"
	ln -sf "$SCRATCH/secret" "$folder/milter.sock"
}
fault_for_person milter-socket "a link in place of the socket" link_socket

postfix stop >>"$SCRATCH/postfix.log" 2>&1
e2e_finish
