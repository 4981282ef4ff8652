# SPDX-License-Identifier: ISC
# shellcheck shell=sh
#
# Checks of what a program printed, for the tests of one program: standard
# output in $out, standard error in $err, and how many checks in $checks.

# shellcheck disable=SC2154
fail()
{
	echo "FAIL: $*" >&2
	echo "-- stdout" >&2
	cat "$out" >&2
	echo "-- stderr" >&2
	cat "$err" >&2
	exit 1
}

# says FILE PATTERN: the file has a line of that basic regular expression.
says()
{
	checks=$((checks + 1))
	grep -q -e "$2" "$1" || fail "no '$2' in $1"
}

says_not()
{
	checks=$((checks + 1))
	! grep -q -e "$2" "$1" || fail "there is '$2' in $1"
}

done_testing()
{
	echo "$checks checks"
	exit 0
}
