#!/bin/bash
# SPDX-License-Identifier: ISC
#
# usage: check-names.sh BUILDDIR PROGRAM...
#
# The programs contain the library with its hidden functions.  None of its names
# may be defined elsewhere, because the linker would silently use the other
# function.  For the same reason, no name of ours may be one that a shared library
# of a program has, such as json_string() of jansson.

set -u
export LC_ALL=C
cd "$1" || exit 1
shift

# names ARCHIVE...: the functions and data that the archives define.
names()
{
	local archive

	for archive; do
		nm --defined-only --extern-only "$archive" |
		    awk 'NF == 3 { print $3 }'
	done | sort -u
}

# exported LIBRARY...: the same of shared libraries, without versions.
exported()
{
	local library

	for library; do
		nm --dynamic --defined-only "$library" |
		    awk 'NF == 3 { sub(/@.*/, "", $3); print $3 }'
	done | sort -u
}

scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
names lib/dkimsig/libdkimsig-static.a >"$scratch/ours"
mapfile -t others < <(find doctor keys lib milter -name '*.a' \
    ! -path 'lib/dkimsig/*')
names "${others[@]}" >"$scratch/others"
mapfile -t libraries < <(ldd "$@" | awk '$3 ~ /^\// { print $3 }' | sort -u)
exported "${libraries[@]}" >"$scratch/libraries"
[ "$(wc -l <"$scratch/ours")" -gt 100 ] &&
    [ "$(wc -l <"$scratch/others")" -gt 100 ] &&
    grep -qx json_string "$scratch/libraries" &&
    grep -qx strlcpy "$scratch/libraries" || {
	echo "the libraries of this build were not found"
	exit 1
}
comm -12 "$scratch/ours" "$scratch/others" >"$scratch/both"
[ ! -s "$scratch/both" ] || {
	echo "defined in lib/ and elsewhere:" && cat "$scratch/both"
	exit 1
}
# milter/front/gate.c and workers.c: libmilter must call ours.
on_purpose=(accept pthread_create)
for name in "${on_purpose[@]}"; do
	nm --dynamic --defined-only ./countersign-front | grep -qw "T $name" || {
		echo "countersign-front has no $name() for libmilter"
		exit 1
	}
done
sort -u "$scratch/ours" "$scratch/others" | comm -12 - "$scratch/libraries" |
    grep -vxF "$(printf '%s\n' "${on_purpose[@]}")" >"$scratch/both"
[ ! -s "$scratch/both" ] || {
	echo "defined here and in a shared library:" && cat "$scratch/both"
	exit 1
}
