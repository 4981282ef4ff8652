# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# Tests of packages: like those on bare machines (tests/bare/lib.sh), but with
# any number of stages, each with a fresh root, and machines that systemd boots.
#
# A test sources this file, defines a function for each stage, and calls
# packages_main with their names.  A stage whose name begins with booted runs
# outside, with the root of the stage before it, booted by systemd-nspawn:
# in_machine runs commands there.  A stage whose name begins with network boots
# machines itself, over that root.

# shellcheck source=tests/bare/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../bare/lib.sh"

# packages_main STAGE...
packages_main()
{
	local stage status=0

	if [ -n "${BARE_STAGE:-}" ]; then
		packages_inside
	fi
	[ "$(id -u)" -eq 0 ] || die "root is needed, for debootstrap and chroot"
	SCRATCH=$(mktemp -d "${TMPDIR:-/tmp}/countersign-packages.XXXXXXXX") ||
	    exit 1
	export SCRATCH
	trap bare_remove EXIT
	for stage; do
		if [[ $stage == booted* ]]; then
			(packages_boot "$stage") || status=$?
		elif [[ $stage == network* ]]; then
			("$stage") || status=$?
		else
			rm -rf --one-file-system "$SCRATCH/root"
			packages_stage "$stage" || status=$?
		fi
		[ "$status" -eq 0 ] || break
	done
	[ "$status" -ne 0 ] || bare_finish
	cat "$SCRATCH/report"
	exit "$status"
}

packages_stage()
{
	local status=0

	BARE_STAGE=$1 unshare --mount --ipc --uts --pid --fork --kill-child \
	    bash "$0" "$SUITE" &
	# shellcheck disable=SC2064
	trap "kill -KILL $!; exit 1" INT TERM
	wait $! || status=$?
	trap - INT TERM
	return "$status"
}

# Inside: as in tests/bare, with a network.
packages_inside()
{
	ROOT=$SCRATCH/root
	mkdir -p "$ROOT"
	mount --bind "$ROOT" "$ROOT" &&
	    mount -o remount,bind,dev,exec,suid "$ROOT" || exit 1
	bare_prepare
	mount -t proc proc "$ROOT/proc" || exit 1
	"$BARE_STAGE"
	exit
}

# Calls that a real machine has, but that nspawn forbids by default.
LANDLOCK="landlock_create_ruleset landlock_add_rule landlock_restrict_self"
NSPAWN=(systemd-nspawn --quiet --register=no --keep-unit
    --system-call-filter="$LANDLOCK" --private-network --boot --console=pipe)

# Boot the root, run the tests, power off.
packages_boot()
{
	local stage=$1 nspawn status=0

	ROOT=$SCRATCH/root
	(
		packages_enter_groups "$BASHPID"
		exec "${NSPAWN[@]}" -D "$ROOT"
	) </dev/null >"$SCRATCH/boot.log" 2>&1 &
	nspawn=$!
	# shellcheck disable=SC2064
	trap "packages_halt $nspawn" EXIT
	check "systemd boots" wait_for 120 packages_is_up "$nspawn"
	MACHINE=$(packages_leader "$nspawn")
	"$stage"
}

# The control groups of this machine.  Otherwise all machines that run at the
# same time would share those of their units: systemd cannot kill what is left
# in a group in which there are processes of another machine, and waits for them.
# packages_groups [NAME]: if a test has several machines, that of this one.
packages_groups()
{
	local name=${SCRATCH##*/}${1:+.$1} mounted options path type

	while read -r mounted type options; do
		case $type,$options in
		cgroup2,*)
			path=$(sed -n 's/^0:://p' /proc/self/cgroup) ;;
		cgroup,*name=systemd*)
			path=$(sed -n 's/^[0-9]*:name=systemd://p' \
			    /proc/self/cgroup) ;;
		*)	continue ;;
		esac
		echo "${mounted%/}/${path#/}" | sed "s,/*\$,/$name,"
	done < <(awk '{ print $2, $3, $4 }' /proc/mounts)
}

# packages_enter_groups PID [NAME]
packages_enter_groups()
{
	local group

	for group in $(packages_groups "${2:-}"); do
		mkdir -p "$group"
		echo "$1" >"$group/cgroup.procs"
	done
}

packages_remove_groups()
{
	local group

	for group in $(packages_groups "$@"); do
		find "$group" -depth -type d -exec rmdir {} + 2>/dev/null
	done
}

# The machine's process 1, as soon as nspawn has made it.
packages_leader()
{
	grep -o '[0-9]\+' "/proc/$1/task/$1/children"
}

packages_is_up()
{
	MACHINE=$(packages_leader "$1") || return 1
	case $(in_machine "systemctl is-system-running") in
	running|degraded)	return 0 ;;
	*)			return 1 ;;
	esac
}

# packages_halt PID [NAME]
packages_halt()
{
	local i

	# For nspawn, an orderly shutdown.
	kill -TERM "$1" 2>/dev/null
	for ((i = 0; i < 200; i++)); do
		kill -0 "$1" 2>/dev/null || break
		sleep 0.1
	done
	kill -KILL "$1" 2>/dev/null
	wait "$1"
	packages_remove_groups "${2:-}"
}

# in_machine COMMANDS: as in_root, in the machine that runs.
in_machine()
{
	nsenter --target "$MACHINE" --mount --uts --ipc --net --pid --root \
	    --wd /usr/bin/env -i HOME=/root LC_ALL=C.UTF-8 \
	    TERM=dumb DEBIAN_FRONTEND=noninteractive \
	    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
	    bash -ec "cd /root/countersign
$1" </dev/null
}
