# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# In the place of systemctl, which the machine of a test does not have: starts,
# stops and reloads by process ids what pages of docs name, and knows what is
# enabled.  Services log into /var/log/mail.log.

# howto_systemctl_install: into $HOWTO/bin, which comes first in PATH.
howto_systemctl_install()
{
	mkdir -p "$HOWTO/bin" "$HOWTO/units"
	{
		echo '#!/bin/bash'
		echo "UNITS=$HOWTO/units"
		declare -f stop_by_pid wait_for
		sed -n '/^#-$/,$p' "$E2E_LIB/howto_systemctl.sh"
	} >"$HOWTO/bin/systemctl"
	chmod 0755 "$HOWTO/bin/systemctl"
	PATH=$HOWTO/bin:$PATH
}

return 0
#-
exec 2>&1
set -u

# The command that a unit runs in the foreground; none: see unit_do.
unit_command()
{
	case $1 in
	countersign-milter) echo countersign-milter -f ;;
	opendkim)	echo opendkim -f -x /etc/opendkim.conf ;;
	rspamd)		echo rspamd -f -u _rspamd -g _rspamd ;;
	*)		echo "$1: no such unit" >&2; return 1 ;;
	esac
}

unit_ready()
{
	case $1 in
	countersign-milter)
		countersign-doctor ping ;;
	opendkim)	test -S "$(sed -n "s/^Socket  *local://p" \
		    /etc/opendkim.conf)" ;;
	rspamd)		(: </dev/tcp/127.0.0.1/11332) ;;
	esac
}

unit_runs()
{
	case $1 in
	postfix)	postfix status ;;
	*)		[ -s "$UNITS/$1.pid" ] &&
			    kill -0 "$(cat "$UNITS/$1.pid")" ;;
	esac 2>/dev/null
}

# An hour has two seconds.
unit_hourly()
{
	while sleep 2; do
		unit_start "$1"
	done >>/var/log/rotate.log 2>&1 </dev/null
}

unit_start()
{
	local command

	! unit_runs "$1" || return 0
	case $1 in
	postfix)	postfix start; return ;;
	*.timer)	unit_hourly "${1%.timer}" &
			echo $! >"$UNITS/$1.pid"
			return ;;
	countersign-rotate)
		setpriv --reuid countersign-keys --regid countersign-keys \
		    --init-groups countersign-key rotate || [ $? -eq 3 ]
		return ;;
	esac
	command=$(unit_command "$1") || return 1
	# shellcheck disable=SC2086
	setsid $command >>/var/log/mail.log 2>&1 </dev/null &
	echo $! >"$UNITS/$1.pid"
	wait_for 60 unit_ready "$1"
}

unit_stop()
{
	case $1 in
	postfix)	postfix stop ;;
	*)		[ ! -s "$UNITS/$1.pid" ] || {
				stop_by_pid "$(cat "$UNITS/$1.pid")"
				rm -f "$UNITS/$1.pid"
			} ;;
	esac
}

unit_reloaded()
{
	[ "$(grep -cE 'configuration reloaded|keeping the old' \
	    /var/log/mail.log)" -gt "$1" ]
}

unit_reload()
{
	local before

	case $1 in
	postfix)	postfix reload; return ;;
	countersign-milter)
		before=$(grep -cE 'configuration reloaded|keeping the old' \
		    /var/log/mail.log)
		kill -HUP "$(cat "$UNITS/$1.pid")" &&
		    wait_for 60 unit_reloaded "$before" ;;
	*)		unit_stop "$1" && unit_start "$1" ;;
	esac
}

# unit_do VERB UNIT
unit_do()
{
	case $1 in
	start)		unit_start "$2" ;;
	stop)		unit_stop "$2" ;;
	restart)	unit_stop "$2"; unit_start "$2" ;;
	try-restart)	! unit_runs "$2" || unit_do restart "$2" ;;
	reload)		unit_reload "$2" ;;
	enable)		touch "$UNITS/$2.enabled" ;;
	disable)	rm -f "$UNITS/$2.enabled" ;;
	is-active)	if unit_runs "$2"; then echo active; else
			    echo inactive; return 3; fi ;;
	*)		echo "systemctl $1: not known here"; return 1 ;;
	esac
}

verb=${1:?}
shift
now=
[ "${1:-}" != --now ] || { now=1; shift; }
status=0
for unit; do
	unit=${unit%.service}
	unit_do "$verb" "$unit" || status=$?
	case $now$verb in
	1enable)	unit_do start "$unit" || status=$? ;;
	1disable)	unit_do stop "$unit" || status=$? ;;
	esac
done
exit $status
