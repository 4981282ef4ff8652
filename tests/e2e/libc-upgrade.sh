#!/bin/bash
# SPDX-License-Identifier: ISC
#
# The C library is upgraded under load, as apt does it: each of its files is
# replaced by rename.  The processes that run go on, a reload works, and a signer
# and a front that are started afterwards have the new library.

# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"
# shellcheck source=tests/e2e/lib/load.sh
. "$E2E_LIB/load.sh"

LIBC=$(ldd "$E2E_BUILD/countersign-front" |
    sed -n 's,.* => \(/[^ ]*/libc\.so\.6\) .*,\1,p')
LIBS=$(readlink -f "$(dirname "$LIBC")")

# The files of the C library, which are all in one folder.
libc_files()
{
	dpkg -L libc6 | sed -n 's,.*/\([^/]*\.so[.0-9]*\)$,\1,p' | sort -u |
	    while read -r name; do
		[ -f "$SCRATCH/lib.old/$name" ] && echo "$name"
	    done
}

# A folder of links to the libraries of the machine, with copies of those files.
private_libraries()
{
	local name

	mkdir "$SCRATCH/lib" "$SCRATCH/lib.old" || return 1
	mount --bind "$LIBS" "$SCRATCH/lib.old" || return 1
	ln -s "$SCRATCH"/lib.old/* "$SCRATCH/lib/" || return 1
	libc_files >"$SCRATCH/files"
	while read -r name; do
		rm "$SCRATCH/lib/$name" &&
		    cp -L "$SCRATCH/lib.old/$name" "$SCRATCH/lib/$name" ||
		    return 1
	done <"$SCRATCH/files"
	mount --bind "$SCRATCH/lib" "$LIBS"
}

upgrade()
{
	local name

	while read -r name; do
		cp -L "$SCRATCH/lib.old/$name" "$LIBS/$name.dpkg-new" &&
		    mv "$LIBS/$name.dpkg-new" "$LIBS/$name" || return 1
	done <"$SCRATCH/files"
}

# inode_in_use PID: that of the C library of a process.
inode_in_use()
{
	awk '$6 ~ /\/libc\.so\.6$/ { print $5; exit }' "/proc/$1/maps"
}

# has_library PID old|new: old is one whose file has no name any more.
has_library()
{
	local inode now

	inode=$(inode_in_use "$1")
	now=$(stat -c %i "$LIBC")
	[ -n "$inode" ] || return 1
	case $2 in
	old)	[ "$inode" != "$now" ] ;;
	new)	[ "$inode" = "$now" ] ;;
	esac
}

all_have()
{
	local pid

	for pid in $(milter_children front) $(milter_children signer); do
		has_library "$pid" "$1" || return 1
	done
}

# The one that has the place of a killed process.
another_has_new()
{
	local pid

	for pid in $(milter_children "$1"); do
		has_library "$pid" new && return 0
	done
	return 1
}

private_libraries || die "no private copy of the C library"
milter_configure "audit_file = \"$SCRATCH/milter/audit\""
e2e_start postfix
check "all processes have the library" all_have new

load_start 600
load_under_way
before=$(milter_children front)
check "the C library is upgraded" upgrade
check "all processes go on with the old library" all_have old
mv "$SCRATCH/milter/audit" "$SCRATCH/milter/audit.1"
check "a reload works" milter_reload
is_the_same()
{
	[ "$(milter_children front)" = "$before" ] && all_have old
}
check "no process was replaced" is_the_same
milter_kill signer one
check "a new signer has the new library" wait_for 60 another_has_new signer
survives "C library upgraded"
check "the front was not replaced" test "$(milter_children front)" = "$before"
check "the new audit file is written" test -s "$SCRATCH/milter/audit"
milter_kill front all
check "a new front has the new library" wait_for 60 another_has_new front
check "it works" works_again

e2e_finish
