#!/bin/bash
# SPDX-License-Identifier: ISC
#
# usage: instructions.sh PROGRAM
#
# How many instructions a message takes in the front, by valgrind: what eleven
# messages take less what one takes, by ten, for three sizes.

set -u
export LC_ALL=C
program=$1

# count OCTETS TIMES: instructions of a run.
count()
{
	valgrind --tool=callgrind --callgrind-out-file=/dev/null \
	    "$program" "$@" 2>&1 | sed -n 's/^.*Collected : \([0-9]*\).*/\1/p'
}

for octets in 2048 51200 1048576; do
	one=$(count "$octets" 1)
	eleven=$(count "$octets" 11)
	if [ -z "$one" ] || [ -z "$eleven" ]; then
		echo "instructions.sh: valgrind counts nothing" >&2
		exit 1
	fi
	printf '%8d octets: %10d instructions a message\n' "$octets" \
	    $(((eleven - one) / 10))
done
