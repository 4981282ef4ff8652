#!/bin/bash
# SPDX-License-Identifier: ISC
#
# usage: analyze.sh [all] [TOOL...] [FILE...]     called by ./run analyze
#
# Static analysis by the tools of Debian 13, on whatever Debian this is.  They
# are unpacked into a root, in which nothing is configured or started; there they
# see the tree read-only, without a network.  run.py says what they do.
#
#   ANALYZE_ROOT  a folder for that root, kept and used again
#   BARE_MIRROR   where packages come from, default deb.debian.org
#   TMPDIR        where the root is made otherwise: 1.2 GB

set -u
E2E_TOP=$(cd "$(dirname "$0")/../.." && pwd)
: "${E2E_STARTED:=$(date +%s)}"
: "${BARE_MIRROR:=http://deb.debian.org/debian}"
export E2E_STARTED E2E_TOP

progress()
{
	printf '# %3ds  %s\n' $(($(date +%s) - E2E_STARTED)) "$*" >&2
}

# shellcheck source=tests/e2e/lib/packages.sh
. "$E2E_TOP/tests/e2e/lib/packages.sh"

# make_root DIRECTORY: with the compiler, libraries, and tools of analysis.
make_root()
{
	local packages

	[ ! -e "$1/build" ] || return 0
	progress "unpacking the tools of Debian 13"
	mapfile -t packages < <(packages_of build analysis)
	mmdebstrap --quiet --variant=extract --include='?essential' \
	    --include="$(IFS=,; echo "${packages[*]}")" \
	    trixie "$1" "$BARE_MIRROR" >"$1.log" 2>&1 || {
		tail -n 20 "$1.log" >&2
		return 1
	}
	# What the packages' scripts would have done, as far as it is needed.
	ln -s mawk "$1/usr/bin/awk" && ldconfig -r "$1" &&
	    mkdir -p "$1/tree" "$1/build"
}

# In namespaces of its own: the mounts end with it.
inside()
{
	local root=$1

	shift
	mount --bind "$E2E_TOP" "$root/tree" &&
	    mount -o remount,bind,ro "$root/tree" &&
	    mount -t proc proc "$root/proc" || return 1
	exec chroot "$root" /usr/bin/env -i CC=gcc HOME=/root LC_ALL=C.UTF-8 \
	    "E2E_STARTED=$E2E_STARTED" PATH=/usr/sbin:/usr/bin \
	    /usr/bin/python3 -B /tree/tests/analyze/run.py "$@"
}

# Run this script again, in namespaces.
if [ "${1:-}" = --inside ]; then
	shift
	inside "$@"
	exit 1
fi

mapfile -t packages < <(packages_of analyze)
packages_install "${packages[@]}" || exit 1
scratch=$(mktemp -d "${TMPDIR:-/tmp}/countersign-analyze.XXXXXXXX") || exit 1
trap 'rm -rf --one-file-system "$scratch"' EXIT
root=${ANALYZE_ROOT:-$scratch/root}
mkdir -p "$root" && make_root "$root" || {
	echo "0 passed, 1 failed"
	exit 1
}
unshare --mount --pid --net --fork --kill-child "$0" --inside "$root" "$@"
