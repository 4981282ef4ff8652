# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# What the systemctl of setup_units.sh does: units are enabled and run as files
# say, and the milter really runs.  Sourced with what units_machine() puts before
# it.

milter_ready()
{
	"$E2E_BUILD/countersign-doctor" ping -c "$MILTER_CONF"
}

unit_start()
{
	[ "$1" != "$MILTER_UNIT" ] || [ -e "$UNITS/$1.running" ] || {
		setsid "$E2E_BUILD/countersign-milter" -c "$MILTER_CONF" -f \
		    >>"$MILTER_LOG" 2>&1 </dev/null &
		echo $! >"$SCRATCH/milter/pid"
		wait_for 60 milter_ready || {
			milter_stop
			echo "the milter does not start" >&2
			return 1
		}
	}
	touch "$UNITS/$1.running"
}

unit_stop()
{
	[ "$1" != "$MILTER_UNIT" ] || milter_stop
	rm -f "$UNITS/$1.running"
}

# is FILE YES NO: what systemctl says, and its status.
is()
{
	if [ -e "$1" ]; then echo "$2"; else echo "$3"; return 3; fi
}

unit=${2:-}
case $1 in
daemon-reload)	touch "$UNITS/reread" ;;
show)		cat "$UNITS/writable" /etc/systemd/system/*.d/*.conf \
		    2>/dev/null | sed -n 's/^ReadWritePaths=//p' ;;
is-enabled)	is "$UNITS/$unit.enabled" enabled disabled ;;
is-active)	is "$UNITS/$unit.running" active inactive ;;
enable)		touch "$UNITS/$unit.enabled" ;;
disable)	rm -f "$UNITS/$unit.enabled" ;;
start)		unit_start "$unit" ;;
stop)		unit_stop "$unit" ;;
restart)	unit_stop "$unit"; unit_start "$unit" ;;
reload)		milter_reload && tail -n 20 "$MILTER_LOG" |
		    grep -q 'configuration reloaded' ;;
*)		echo "systemctl $1: not known here" >&2; exit 1 ;;
esac
