#!/bin/bash
# SPDX-License-Identifier: ISC
#
# usage: check-names.sh BUILDDIR
#
# The programs contain the library with its hidden functions.  None of its names
# may be defined elsewhere, because the linker would silently use the other
# function.

set -u
export LC_ALL=C
cd "$1" || exit 1

# names ARCHIVE...: the functions and data that the archives define.
names()
{
	local archive

	for archive; do
		nm --defined-only --extern-only "$archive" |
		    awk 'NF == 3 { print $3 }'
	done | sort -u
}

scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
names lib/dkimsig/libdkimsig-static.a >"$scratch/ours"
mapfile -t others < <(find . -name '*.a' ! -path './tests/*' \
    ! -name 'libdkimsig-static.a')
names "${others[@]}" >"$scratch/others"
[ "$(wc -l <"$scratch/ours")" -gt 100 ] &&
    [ "$(wc -l <"$scratch/others")" -gt 100 ] || {
	echo "the libraries of this build were not found"
	exit 1
}
comm -12 "$scratch/ours" "$scratch/others" >"$scratch/both"
[ ! -s "$scratch/both" ] || {
	echo "defined in lib/ and elsewhere:" && cat "$scratch/both"
	exit 1
}
