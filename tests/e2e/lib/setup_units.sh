# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# For tests of countersign-doctor setup on a host that systemd runs: a stand-in
# for systemctl, which starts the real milter, and programs that fail or die at
# a wish.  To be sourced after setup.sh; setup_machine comes first.
#
# Programs look into these folders and files, because setup gives them no
# environment:
#	$UNITS/UNIT.enabled, .running	what is so
#	$FAIL/PROGRAM-VERB[-UNIT]	fails with this text on standard error
#	$FAIL/once			... and then not again
#	$STRIKE/at, mode, inside	see strike()

UNITS=$SCRATCH/units
FAIL=$SCRATCH/fail
STRIKE=$SCRATCH/strike
# shellcheck disable=SC2034
DROPIN=/etc/systemd/system/countersign-milter.service.d
MILTER_UNIT=countersign-milter.service
# Where countersign-doctor finds our other programs.
SETUP_PROGRAMS=$SCRATCH/programs

# Only this test sees them.
units_machine()
{
	local name

	mkdir -p "$UNITS" "$FAIL" "$STRIKE" "$SETUP_PROGRAMS" /run/systemd \
	    /etc/systemd/system || return 1
	mount -t tmpfs tmpfs /run/systemd && mkdir /run/systemd/system &&
	    mount -t tmpfs tmpfs /etc/systemd/system || return 1
	ln -s "$E2E_BUILD/countersign-front" "$E2E_BUILD/countersign-signer" \
	    "$E2E_BUILD/countersign-milter" "$SETUP_PROGRAMS"
	cp "$E2E_BUILD/countersign-doctor" "$SETUP_PROGRAMS"
	units_wrap "$SETUP_PROGRAMS/countersign-key" <<-SH
	exec "$E2E_BUILD/countersign-key" "\$@"
	SH
	# shellcheck disable=SC2034
	SETUP_DOCTOR=$SETUP_PROGRAMS/countersign-doctor
	for name in postconf postfix; do
		units_wrap "$SCRATCH/bin/$name" <<-SH
		LD_LIBRARY_PATH=${POSTFIX:+$POSTFIX/usr/lib/postfix}
		export LD_LIBRARY_PATH
		exec "$POSTFIX/usr/sbin/$name" "\$@"
		SH
	done
	units_wrap "$SCRATCH/bin/systemctl" <<-SH
	$(declare -p E2E_BUILD SCRATCH UNITS MILTER_UNIT MILTER_CONF MILTER_LOG)
	$(declare -f wait_for stop_by_pid milter_pid milter_stop milter_reloads \
	    milter_reloaded milter_reload)
	. "$E2E_LIB/setup_systemctl.sh"
	SH
}

# units_wrap FILE: a program that may fail or die, and else does what standard
# input says.
units_wrap()
{
	{
		echo '#!/bin/bash'
		declare -p FAIL STRIKE
		declare -f strike wrapped_fails
		cat <<-'SH'
		strike
		wrapped_fails "$@"
		SH
		cat
	} >"$1"
	chmod 0755 "$1"
}

# As the Nth program that setup runs, N in $STRIKE/at, do what the mode says:
# "setup" kills setup and goes on, "child" is killed itself, "both", or
# "inside" at a change of a file, whose number is in $STRIKE/inside.
strike()
{
	local n=1

	[ ! -e "$STRIKE/count" ] || n=$(($(cat "$STRIKE/count") + 1))
	echo "$n" >"$STRIKE/count"
	[ ! -e "$STRIKE/names" ] || echo "${0##*/}" >>"$STRIKE/names"
	[ -e "$STRIKE/at" ] && [ "$n" -eq "$(cat "$STRIKE/at")" ] || return 0
	echo "$n ${0##*/} $(cat "$STRIKE/mode")" >>"$STRIKE/log"
	case $(cat "$STRIKE/mode") in
	setup)	kill -KILL "$PPID" ;;
	child)	kill -KILL $$ ;;
	both)	kill -KILL "$PPID" $$ ;;
	inside)	export LD_PRELOAD KILLAT_N KILLAT_MODE=kill
		KILLAT_N=$(cat "$STRIKE/inside")
		LD_PRELOAD=$(cat "$STRIKE/library") ;;
	esac
}

# The verb is the first argument that is not an option, or an option's value.
wrapped_fails()
{
	local verb name=${0##*/}

	while [ $# -gt 0 ]; do
		case $1 in
		-c)	shift 2; continue ;;
		-e|-X)	verb=${1#-}; break ;;
		-*)	shift; continue ;;
		*)	verb=$1; break ;;
		esac
	done
	for name in "$name-${verb:-}" "$name-${verb:-}-${*: -1}"; do
		[ -e "$FAIL/$name" ] || continue
		cat "$FAIL/$name" >&2
		[ ! -e "$FAIL/once" ] || rm -f "$FAIL/$name"
		exit 1
	done
}

# units_are STATE UNIT...: "enabled running", "disabled stopped", ...
units_are()
{
	local wanted=$1 unit state

	shift
	for unit; do
		state=disabled
		[ ! -e "$UNITS/$unit.enabled" ] || state=enabled
		if [ -e "$UNITS/$unit.running" ]; then
			state="$state running"
		else
			state="$state stopped"
		fi
		[ "$state" = "$wanted" ] || {
			echo "$unit: $state, not $wanted"
			return 1
		}
	done
}

all_units_are()
{
	units_are "$1" countersign-signer.socket $MILTER_UNIT \
	    countersign-rotate.timer
}
