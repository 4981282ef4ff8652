# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# Bare machines for tests: a root made by debootstrap, entered by chroot in
# namespaces of its own.  What is mounted and what runs there ends with them,
# and nothing outside is changed.
#
#   BARE_MIRROR  where packages come from, default deb.debian.org
#   BARE_ROOTS   a folder in which SUITE.tar is kept, and used again
#   BARE_KEEP    when set, the scratch directory is kept
#   TMPDIR       where roots are made: 1 GB each
#
# A test sources this file, and defines with_network and without_network:
# they are called inside, $ROOT being mounted, one after the other.  The
# report is like that of tests/e2e.

BARE_LIB=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
E2E_TOP=$(cd "$BARE_LIB/../.." && pwd)
: "${E2E_STARTED:=$(date +%s)}"
: "${BARE_MIRROR:=http://deb.debian.org/debian}"
export E2E_STARTED BARE_MIRROR

# shellcheck source=tests/e2e/lib/common.sh
. "$E2E_TOP/tests/e2e/lib/common.sh"
# shellcheck source=tests/e2e/lib/packages.sh
. "$E2E_TOP/tests/e2e/lib/packages.sh"

# The namespaces of a stage; the second has no network but a loopback.
bare_stage()
{
	local status=0 namespaces=(unshare --mount --ipc --uts --pid --fork
	    --kill-child)

	[ "$1" = with_network ] || namespaces+=(--net)
	BARE_STAGE=$1 "${namespaces[@]}" bash "$0" "$SUITE" &
	# shellcheck disable=SC2064
	trap "kill -KILL $!; exit 1" INT TERM
	wait $! || status=$?
	trap - INT TERM
	return "$status"
}

# Outside: both stages, the sums, and nothing is left.
bare_enter()
{
	local mapped status=0

	[ "$(id -u)" -eq 0 ] || die "root is needed, for debootstrap and chroot"
	mapfile -t mapped < <(packages_of bare)
	packages_install "${mapped[@]}" || exit 1
	SCRATCH=$(mktemp -d "${TMPDIR:-/tmp}/countersign-bare.XXXXXXXX") ||
	    exit 1
	export SCRATCH
	trap bare_remove EXIT
	bare_stage with_network && bare_stage without_network || status=$?
	cat "$SCRATCH/report" 2>/dev/null
	[ "$status" -eq 0 ] || bare_last_lines
	[ "$status" -eq 0 ] && ! grep -q '^not ok' "$SCRATCH/report"
	exit
}

bare_remove()
{
	[ -z "${BARE_KEEP:-}" ] || {
		progress "kept: $SCRATCH"
		return
	}
	rm -rf --one-file-system "$SCRATCH" && progress "$SCRATCH removed"
}

bare_last_lines()
{
	local log

	for log in "$SCRATCH"/*.log "$SCRATCH"/root/var/log/{mail,syslog}.log
	do
		[ -s "$log" ] || continue
		echo "# last lines of $log" >&2
		tail -n 20 "$log" | sed 's/^/#   /' >&2
	done
}

# bare_make DIRECTORY: the root of a fresh machine.
bare_make()
{
	local tar=${BARE_ROOTS:+$BARE_ROOTS/$SUITE.tar}

	if [ -n "$tar" ] && [ -f "$tar" ]; then
		tar -C "$1" -xf "$tar" || die "$tar: cannot be unpacked"
		return
	fi
	progress "$SUITE: debootstrap"
	debootstrap --variant=minbase "$SUITE" "$1" "$BARE_MIRROR" \
	    >"$SCRATCH/debootstrap.log" 2>&1 || die "debootstrap failed"
	[ -z "$tar" ] || tar -C "$1" -cf "$tar" . ||
	    die "$tar: cannot be written"
}

# The tree as it is, without what was built of it.
bare_copy_tree()
{
	mkdir -p "$ROOT/root/countersign"
	tar -C "$E2E_TOP" --exclude='./build*' --exclude=./.git -cf - . |
	    tar -C "$ROOT/root/countersign" -xf -
}

# A fresh machine with the tree, on which no package starts a service.
bare_prepare()
{
	bare_make "$ROOT"
	# An installed machine has one; debootstrap makes none.
	[ -s "$ROOT/etc/machine-id" ] ||
	    tr -d - </proc/sys/kernel/random/uuid >"$ROOT/etc/machine-id"
	cp /etc/resolv.conf "$ROOT/etc/resolv.conf"
	printf '#!/bin/sh\nexit 101\n' >"$ROOT/usr/sbin/policy-rc.d"
	chmod 0755 "$ROOT/usr/sbin/policy-rc.d"
	bare_copy_tree
}

# Inside: the root becomes a mount, as unshare in it wants one, and may have
# devices wherever it lies.
bare_inside()
{
	ROOT=$SCRATCH/root
	mkdir -p "$ROOT"
	mount --bind "$ROOT" "$ROOT" &&
	    mount -o remount,bind,dev,exec,suid "$ROOT" || exit 1
	if [ "$BARE_STAGE" = with_network ]; then
		bare_prepare
	else
		ip link set lo up || exit 1
	fi
	mount -t proc proc "$ROOT/proc" || exit 1
	"$BARE_STAGE"
	exit
}

# in_root COMMANDS: by bash, in the copy of the tree, as root of a login.
in_root()
{
	chroot "$ROOT" /usr/bin/env -i HOME=/root LC_ALL=C.UTF-8 TERM=dumb \
	    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
	    bash -ec "cd /root/countersign
$1" </dev/null
}

# check NAME COMMAND...: one case; its output is shown when it fails, and then
# nothing after it can be right.
check()
{
	local name=$1 number

	shift
	number=$(($(grep -c . "$SCRATCH/report" 2>/dev/null) + 1))
	progress "$SUITE: $name"
	if "$@" >"$SCRATCH/case.log" 2>&1; then
		echo "ok $number - $name" >>"$SCRATCH/report"
		return
	fi
	{
		echo "not ok $number - $name"
		tail -n 30 "$SCRATCH/case.log" | sed 's/^/#   /'
	} >>"$SCRATCH/report"
	exit 1
}

bare_finish()
{
	echo "1..$(grep -c '^ok' "$SCRATCH/report")" >>"$SCRATCH/report"
}
