#!/bin/bash
# SPDX-License-Identifier: ISC
#
# countersign-doctor setup when something fails: Postfix has an error or cannot
# reload, its user cannot reach the milter, a service does not start, a disk is
# full.  After each failure, Postfix and the services are as before, mail flows,
# and the message says what to do; then the next run does it.

# shellcheck disable=SC2034
E2E_PRIVATE=(knot postfix sasl2-bin)
# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"
# shellcheck source=tests/e2e/lib/tls.sh
. "$E2E_LIB/tls.sh"
# shellcheck source=tests/e2e/lib/sasl.sh
. "$E2E_LIB/sasl.sh"
# shellcheck source=tests/e2e/lib/setup.sh
. "$E2E_LIB/setup.sh"
# shellcheck source=tests/e2e/lib/setup_units.sh
. "$E2E_LIB/setup_units.sh"

OURS='{ unix:countersign/milter.sock, default_action=tempfail }'
PACKED='{unix:countersign/milter.sock,default_action=tempfail}'
SERVICE=127.0.0.1:$POSTFIX_PORT/inet
SOCKET_FOLDER=$SCRATCH/postfix/queue/countersign
MILTER_CONF=$SCRATCH/etc/countersign.conf

# Small disks of their own.
for folder in etc setup postfix/etc; do
	mkdir -p "$SCRATCH/$folder"
	mount -t tmpfs -o size=256k,mode=0755 tmpfs "$SCRATCH/$folder" ||
	    die "no tmpfs"
done
# No milter from the start, as smtpd goes on with the main.cf that it read.
setup_machine "smtpd_milters ="
postfix_postconf -X smtpd_milters
units_machine || die "no private folders for systemd"
cp "$POSTFIX_MAIN" "$SCRATCH/main.cf.before"
cp "$MILTER_CONF" "$SCRATCH/conf.before"
echo "ReadWritePaths=-$SOCKET_FOLDER" >"$UNITS/writable"

mails=0
flows()
{
	mails=$((mails + 1))
	mail "mail$BASHPID-$mails"
	arrives_unsigned "mail$BASHPID-$mails"
}

# new STATUS [OPTION...]: set the source of this test up.
new()
{
	local wanted=$1

	shift
	setup_new "$@" --apply >"$SCRATCH/new.out"
	cat "$DOCTOR_OUT"
	[ "$(cat "$SCRATCH/status")" -eq "$wanted" ]
}

main_is_as_before()
{
	cmp "$SCRATCH/main.cf.before" "$POSTFIX_MAIN"
}

conf_is_as_before()
{
	cmp "$SCRATCH/conf.before" "$MILTER_CONF" &&
	    [ ! -e "$SCRATCH/etc/conf.d" ]
}

is_as_before()
{
	main_is_as_before && all_units_are 'disabled stopped' && flows
}

is_done()
{
	[ "$(setting smtpd_milters)" = "$OURS" ] &&
	    all_units_are 'enabled running' && flows
}

undo()
{
	doctor_any setup --undo --postfix "$POSTFIX_ETC"
	cat "$DOCTOR_OUT"
	is_as_before && conf_is_as_before
}

# Run the commands that the last run printed.
as_printed()
{
	local commands

	commands=$(sed -n 's/^    \(post.*\)/\1/p' "$DOCTOR_OUT")
	[ -n "$commands" ] && bash -ec "$commands"
}

# -- Postfix -----------------------------------------------------------------

already_wrong()
{
	echo 'postfix: fatal: bad numerical value' >"$FAIL/postfix-check"
	new 1 && said 'Postfix is not attached, because its configuration' \
	    'already has an error: postfix -c' 'bad numerical value' \
	    'fix that, then run setup again' && is_as_before
}
check "Postfix has an error already: it is left alone" already_wrong
rm -f "$FAIL/postfix-check"

cannot_reload_once()
{
	echo 'postfix: fatal: no' >"$FAIL/postfix-reload"
	: >"$FAIL/once"
	new 1 && said 'setting smtpd_milters back' \
	    'Postfix works as before, without the milter' && is_as_before
}
check "a reload fails: Postfix and services are as before" cannot_reload_once

# Postfix may have loaded the milter: the services go on.
cannot_reload()
{
	rm -f "$FAIL/once"
	echo 'postfix: fatal: no' >"$FAIL/postfix-reload"
	new 1 && said 'smtpd_milters is in main.cf as before, but Postfix' \
	    "when that is fixed: postfix -c $POSTFIX_ETC reload" &&
	    main_is_as_before && all_units_are 'enabled running' && flows
}
check "no reload works: main.cf is as before" cannot_reload
rm -f "$FAIL/postfix-reload"
check "then --undo" undo

wrong_value()
{
	echo 'postconf: fatal: open main.cf.tmp: no' >"$FAIL/postconf-e"
	new 1 && said 'open main.cf.tmp: no' && is_as_before
}
check "main.cf cannot be written" wrong_value
rm -f "$FAIL/postconf-e"

unreachable()
{
	undo || return 1
	mkdir "$SOCKET_FOLDER"
	chown "$(milter_user)" "$SOCKET_FOLDER"
	chmod 0700 "$SOCKET_FOLDER"
	new 1 && said "does not answer the user $(postfix_owner)" \
	    'Permission denied' 'with a folder that has its group and the mode' \
	    'then run setup again' && is_as_before
}
check "the user of Postfix cannot reach the milter" unreachable
rm -rf "$SOCKET_FOLDER"

# -- Services ----------------------------------------------------------------

no_start()
{
	undo || return 1
	echo 'Job for the milter failed.' \
	    >"$FAIL/systemctl-start-$MILTER_UNIT"
	new 1 && said 'systemctl start countersign-milter.service: ' \
	    'Job for the milter failed.' \
	    'see: journalctl -u countersign-milter.service' \
	    'files and services are as they were' &&
	    is_as_before && conf_is_as_before
}
check "a service does not start" no_start
rm -f "$FAIL/systemctl-start-$MILTER_UNIT"

no_enable()
{
	echo 'Failed to enable unit: no' \
	    >"$FAIL/systemctl-enable-countersign-rotate.timer"
	new 1 && said 'systemctl enable countersign-rotate.timer: ' \
	    'Failed to enable unit: no' &&
	    ! grep 'journalctl' "$DOCTOR_OUT" &&
	    is_as_before && conf_is_as_before
}
check "a service cannot be enabled" no_enable
rm -f "$FAIL/systemctl-enable-countersign-rotate.timer"

works()
{
	new 0 && is_done
}
check "then it works" works

# A second source, while mail goes through the milter.
second()
{
	setup_new --platform salesforce-header --name second --apply >/dev/null
	cat "$DOCTOR_OUT"
	[ "$(cat "$SCRATCH/status")" -eq "$1" ]
}

no_second()
{
	echo 'keeping the old configuration' \
	    >"$FAIL/systemctl-reload-$MILTER_UNIT"
	second 1 && said 'systemctl reload countersign-milter.service: ' \
	    'files and services are as they were' &&
	    [ ! -e "$SCRATCH/etc/conf.d/second.conf" ] && is_done
}
check "the milter does not take a second source" no_second
rm -f "$FAIL/systemctl-reload-$MILTER_UNIT"

second_works()
{
	second 0 && [ -e "$SCRATCH/etc/conf.d/second.conf" ] && is_done &&
	    second 0 && said 'Everything is as it should be' &&
	    new 0 && said 'Everything is as it should be'
}
check "then it does, and both can be repeated" second_works

stopped_since()
{
	systemctl stop "$MILTER_UNIT"
	doctor 3 setup --postfix "$POSTFIX_ETC" &&
	    said "unit $MILTER_UNIT: enabled, stopped -> enabled, running" &&
	    doctor 0 setup --postfix "$POSTFIX_ETC" --apply && is_done
}
check "a milter that was stopped is started" stopped_since

# -- What others do meanwhile --------------------------------------------------

broken_conf()
{
	echo 'nonsense = 1' >"$SCRATCH/etc/conf.d/third.conf"
	doctor 1 setup --postfix "$POSTFIX_ETC" --apply &&
	    said 'has errors: fix these first' || return 1
	postfix_postconf -e "smtpd_milters=$OURS, inet:127.0.0.1:9"
	doctor 1 setup --undo --postfix "$POSTFIX_ETC" &&
	    said 'it is unknown whether ours is among them' &&
	    [ "$(setting smtpd_milters)" = 'inet:127.0.0.1:9' ] &&
	    all_units_are 'enabled running' || return 1
	postfix_postconf -X smtpd_milters
	"$SCRATCH/bin/postfix" -c "$POSTFIX_ETC" reload
	doctor_any setup --undo --postfix "$POSTFIX_ETC"
	cat "$DOCTOR_OUT"
	said 'conf.d is left' && rm -r "$SCRATCH/etc/conf.d" && undo
}
check "--undo with a configuration that has errors" broken_conf

# The milter in master.cf, by hand.
by_hand()
{
	new 0 || return 1
	postfix_postconf -P "$SERVICE/smtpd_milters=$PACKED"
	doctor 1 setup --undo --postfix "$POSTFIX_ETC" &&
	    all_units_are 'enabled running' &&
	    said 'which setup did not put there' \
	    "postconf -c $POSTFIX_ETC -P $SERVICE/smtpd_milters=" || return 1
	as_printed && postfix -c "$POSTFIX_ETC" reload && undo
}
check "--undo prints how to take the milter out by hand" by_hand
postfix_postconf -PX "$SERVICE/smtpd_milters"

# -- What is only shown --------------------------------------------------------

# The rest is done; with what was shown, nothing is left.
shown()
{
	cp "$POSTFIX_MAIN" "$SCRATCH/main.cf.shown"
	new 3 && said "main.cf is not changed: $1" \
	    "    smtpd_milters = $OURS" \
	    "  and then: postfix -c $POSTFIX_ETC reload" &&
	    cmp "$SCRATCH/main.cf.shown" "$POSTFIX_MAIN" &&
	    all_units_are 'enabled running' && flows || return 1
	new 3 && said "main.cf is not changed: $1" 'There is nothing else to do.' ||
	    return 1
	cp "$SCRATCH/main.cf.shown" "$POSTFIX_MAIN.new"
	sed -n 's/^    \(smtpd_milters = .*\)/\1/p' "$DOCTOR_OUT" \
	    >>"$POSTFIX_MAIN.new"
	cat "$POSTFIX_MAIN.new" >"$(readlink -f "$POSTFIX_MAIN")"
	postfix -c "$POSTFIX_ETC" reload && new 0 &&
	    said 'Everything is as it should be' && is_done || return 1
	# It is looked at, not believed.
	chmod 0700 "$SOCKET_FOLDER"
	new 1 && said 'Postfix has the milter in smtpd_milters, but it' \
	    'Permission denied' || return 1
	chmod 2750 "$SOCKET_FOLDER"
	doctor 1 setup --undo --postfix "$POSTFIX_ETC" &&
	    said 'which setup did not put there' \
	    'take the milter out of main.cf, where that comes from:' &&
	    all_units_are 'enabled running' && flows || return 1
	cp "$SCRATCH/main.cf.shown" "$POSTFIX_MAIN.new"
	cat "$POSTFIX_MAIN.new" >"$(readlink -f "$POSTFIX_MAIN")"
	rm "$POSTFIX_MAIN.new"
	postfix -c "$POSTFIX_ETC" reload
	doctor_any setup --undo --postfix "$POSTFIX_ETC"
	all_units_are 'disabled stopped' && conf_is_as_before && flows
}

is_link()
{
	mv "$POSTFIX_MAIN" "$SCRATCH/main.cf.real"
	ln -s "$SCRATCH/main.cf.real" "$POSTFIX_MAIN"
	shown 'it is a symbolic link' && [ -L "$POSTFIX_MAIN" ]
}
check "main.cf is a symbolic link" is_link
rm "$POSTFIX_MAIN" && cp "$SCRATCH/main.cf.before" "$POSTFIX_MAIN"

is_managed()
{
	sed -i '1i # Ansible managed' "$POSTFIX_MAIN"
	shown 'a comment in it says that another program writes it'
}
check "main.cf is written by Ansible" is_managed
cp "$SCRATCH/main.cf.before" "$POSTFIX_MAIN"

is_in_git()
{
	mkdir "$POSTFIX_ETC/.git"
	shown 'it is in a repository of a version control system'
}
check "main.cf is in a repository" is_in_git
rmdir "$POSTFIX_ETC/.git"

is_read_only()
{
	chmod 0444 "$POSTFIX_MAIN"
	shown 'it is read-only for its owner'
}
check "main.cf is read-only" is_read_only
chmod 0644 "$POSTFIX_MAIN"
cp "$SCRATCH/main.cf.before" "$POSTFIX_MAIN"

# Managed since: --undo does not edit it either.
managed_since()
{
	new 0 || return 1
	sed -i '1i # Managed by Puppet' "$POSTFIX_MAIN"
	doctor 1 setup --undo --postfix "$POSTFIX_ETC" &&
	    said 'main.cf is not changed: a comment in it' \
	    '    smtpd_milters' 'and run this again' &&
	    [ "$(setting smtpd_milters)" = "$OURS" ] &&
	    all_units_are 'enabled running' && flows || return 1
	cp "$SCRATCH/main.cf.before" "$POSTFIX_MAIN"
	undo
}
check "--undo of a main.cf that is managed since" managed_since

# A service with milters of its own: the printed commands work.
own_milters()
{
	local other='{inet:127.0.0.1:9,default_action=accept}'

	postfix_postconf -P "$SERVICE/smtpd_milters=$other"
	new 3 && said "the service $SERVICE in master.cf has milters of its own" &&
	    as_printed &&
	    postfix_postconf -P "$SERVICE/smtpd_milters" |
	    grep -F "$other,$PACKED" && flows && new 0 || return 1
	postfix_postconf -PX "$SERVICE/smtpd_milters"
	postfix -c "$POSTFIX_ETC" reload && undo
}
check "a service has milters of its own" own_milters

several()
{
	postfix_postconf -e "multi_instance_directories=$SCRATCH/other"
	MAIL_CONFIG=$POSTFIX_ETC doctor_any setup --platform salesforce-auth \
	    --tenant 00D1U0000013lbu --login sfdc-relay@relay.example.net \
	    --domain example.com
	cat "$DOCTOR_OUT"
	said 'there are several instances of Postfix: name the directory'
}
check "several instances: one must be named" several
cp "$SCRATCH/main.cf.before" "$POSTFIX_MAIN"

# Postfix already has the milter, at its usual socket: it stays where it is.
keeps_socket()
{
	postfix_postconf -e smtpd_milters=unix:/run/countersign/milter.sock
	setup_new >/dev/null
	cat "$DOCTOR_OUT"
	! grep -q 'socket.conf' "$DOCTOR_OUT"
}
check "a socket that Postfix uses is kept" keeps_socket
cp "$SCRATCH/main.cf.before" "$POSTFIX_MAIN"

# -- Other places --------------------------------------------------------------

elsewhere()
{
	rm -f "$UNITS/writable" "$UNITS/reread"
	new 0 && said "file $DROPIN/setup.conf (new)" &&
	    grep -qx "ReadWritePaths=-$SOCKET_FOLDER" "$DROPIN/setup.conf" &&
	    [ -e "$UNITS/reread" ] && is_done &&
	    new 0 && said 'Everything is as it should be' || return 1
	rm "$UNITS/reread"
	undo && [ ! -e "$DROPIN" ] && [ -e "$UNITS/reread" ]
}
check "the unit may write to another queue directory" elsewhere
echo "ReadWritePaths=-$SOCKET_FOLDER" >"$UNITS/writable"

# -- Full disks ----------------------------------------------------------------

# fill FOLDER PAGES: no more than these are free.
fill()
{
	dd if=/dev/zero of="$SCRATCH/$1/.fill" bs=4096 2>/dev/null
	truncate -s "-$(($2 * 4096))" "$SCRATCH/$1/.fill"
}

# mail flows whatever is full, and when there is room again, all is done.
full_setup()
{
	local pages status

	for pages in 0 1 2 3 4; do
		undo >/dev/null || { echo "not undone before $pages"; return 1; }
		fill "$1" "$pages"
		new 0 >/dev/null
		status=$(cat "$SCRATCH/status")
		echo "$1: $pages pages: status $status"
		cat "$DOCTOR_OUT" >>"$SCRATCH/full.log"
		[ "$status" -eq 0 ] || {
			said 'No space left on device' && is_as_before ||
			    return 1
		}
		flows && rm "$SCRATCH/$1/.fill" && new 0 && is_done ||
		    return 1
	done
}

full_undo()
{
	local pages status

	for pages in 0 1 2 3; do
		new 0 >/dev/null && is_done || return 1
		fill "$1" "$pages"
		status=0
		doctor_any setup --undo --postfix "$POSTFIX_ETC" || status=$?
		echo "$1: $pages pages: status $status"
		[ "$status" -eq 0 ] || said 'No space left on device' ||
		    return 1
		flows && rm "$SCRATCH/$1/.fill" && undo || return 1
	done
}
for folder in etc setup postfix/etc; do
	check "no room in $folder: setup" full_setup "$folder"
	check "no room in $folder: --undo" full_undo "$folder"
done

e2e_finish
