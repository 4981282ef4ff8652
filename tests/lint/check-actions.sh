#!/bin/sh
# SPDX-License-Identifier: ISC
#
# usage: check-actions.sh PRINT_ACTIONS CONF.5 MILTER.8 DOCTOR.8
#
# The programs and their pages use the same words for what can be done with a
# message: on_mismatch in countersign.conf(5), and action in
# countersign-milter(8) and countersign-doctor(8).

set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# words PAGE FIRST LAST SED: the words of a page between the lines that match
# FIRST and LAST, reduced by the sed command, sorted.
words()
{
	sed -n "/^$2\$/,/$3/p" "$1" | sed -n "$4" | tr ' ' '\n' |
	    grep -E '^[a-z]+$' | sort -u
}

same()
{
	if ! diff -u "$work/want" "$work/page" >"$work/diff"; then
		echo "words of the program (-) and of $1 (+) differ:"
		grep '^[-+][^-+]' "$work/diff"
		exit 1
	fi
}

"$1" >"$work/words"
[ -s "$work/words" ] || { echo "no words"; exit 1; }

cut -d ' ' -f 1 "$work/words" | grep -vx sign | sort >"$work/want"
words "$2" '\.It Ic on_mismatch' '^\.It Ic on_no_key' 's/^\.Cm //p' \
    >"$work/page"
same "$2"

cut -d ' ' -f 2 "$work/words" | sort >"$work/want"
words "$3" '\.It Cm action' '^\.It Cm observed' 's/^\.Cm //p' >"$work/page"
same "$3"

cut -d ' ' -f 1 "$work/words" | sort >"$work/want"
words "$4" '\.Li action' '^\.Li action_reason' 's/^\.Pq //p' >"$work/page"
same "$4"
