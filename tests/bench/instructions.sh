#!/bin/bash
# SPDX-License-Identifier: ISC
#
# usage: instructions.sh PROGRAM
#
# How many instructions a message takes in the front, by valgrind: what eleven
# messages take less what one takes, by ten, for three sizes, and for a header of
# 1,000 fields.

set -u
export LC_ALL=C
program=$1

# count OCTETS FIELDS TIMES: instructions of a run.
count()
{
	valgrind --tool=callgrind --callgrind-out-file=/dev/null \
	    "$program" "$@" 2>&1 | sed -n 's/^.*Collected : \([0-9]*\).*/\1/p'
}

for message in '2048 10' '51200 10' '1048576 10' '2048 1000'; do
	read -r octets fields <<<"$message"
	one=$(count "$octets" "$fields" 1)
	eleven=$(count "$octets" "$fields" 11)
	if [ -z "$one" ] || [ -z "$eleven" ]; then
		echo "instructions.sh: valgrind counts nothing" >&2
		exit 1
	fi
	printf '%8d octets, %4d fields: %10d instructions a message\n' \
	    "$octets" "$fields" \
	    $(((eleven - one) / 10))
done
