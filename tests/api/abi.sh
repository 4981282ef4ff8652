#!/bin/sh
# SPDX-License-Identifier: ISC
#
# usage: abi.sh LIBRARY ABI [--record HEADERS]
#
# The binary interface of the library is the one in the file ABI: functions,
# their parameters and versions, and the members of structs in the header.
# Programs that were built with an older libdkimsig.so.0 rely on it.  --record
# writes the file, with types that are private to the library left out.

set -eu
library=$1 abi=$2

if [ "${3-}" = --record ]; then
	abidw --no-corpus-path --no-comp-dir-path --no-show-locs \
	    --drop-private-types --drop-undefined-syms --no-elf-needed \
	    --exported-interfaces-only --headers-dir "$4" \
	    --out-file "$abi" "$library"
	exit
fi
command -v abidiff >/dev/null || {
	echo "no abidiff: install abigail-tools"
	exit 77
}
readelf -S "$library" | grep -q '\.debug_info' || {
	echo "$library has no debugging information"
	exit 77
}
# compare ABI: with the library's own.
compare()
{
	abidiff "$1" "$library"
}

compare "$abi" || {
	echo "The binary interface has changed: HACKING.md says what to do."
	exit 1
}
echo "the same binary interface"

# It would be noticed that a member or a function is new.
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
sed "/<data-member/{N;N;/name='lifetime'/d}" "$abi" >"$scratch/member.abi"
sed "/<elf-symbol name='dkimsig_txt_quote'/d" "$abi" >"$scratch/function.abi"
for other in member function; do
	! cmp -s "$abi" "$scratch/$other.abi" || exit 1
	if compare "$scratch/$other.abi" >"$scratch/out"; then
		echo "A new $other is not noticed."
		exit 1
	fi
	grep -q "lifetime\|dkimsig_txt_quote" "$scratch/out"
done
