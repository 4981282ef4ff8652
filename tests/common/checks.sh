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

# schema_of PROGRAM ARGUMENTS: which schema of docs/schema its JSON has.
schema_of()
{
	schema=$1
	shift
	asks=" $* "
	while [ $# -gt 0 ]; do
		case $1 in
		-c|-k|-w|--config|--dns|--log|--since) shift ;;
		-*) ;;
		*) break ;;
		esac
		[ $# -eq 0 ] || shift
	done
	case $schema-${1:-} in
	key-list|key-sync|key-check|key-todo|key-show|key-export|key-import|\
	key-generate|doctor-?*)
		schema=$schema-$1 ;;
	key-*)
		schema=key-steps ;;
	esac
	case $schema$asks in
	key-list*" --fleet "*) schema=key-list-fleet ;;
	key-list*" --monitor "*) schema=key-monitor ;;
	key-sync*" --status "*) schema=key-sync-status ;;
	key-generate*" --dry-run "*) schema=key-generate-dry-run ;;
	key-generate*) schema=key-show ;;
	doctor-summary*|doctor-compare*) ;;
	doctor" "*) schema=doctor-findings ;;
	esac
}

# as_schema PROGRAM ARGUMENTS: if they ask for JSON, what it printed is as
# docs/schema has it.
as_schema()
{
	case " $* " in
	*" --json "*) ;;
	*) return ;;
	esac
	checks=$((checks + 1))
	schema_of "$@"
	/usr/bin/python3 "$(dirname "$0")/../common/schema.py" "$schema" \
	    "$out" >&2 || fail "$*: not as docs/schema/$schema.json"
}

done_testing()
{
	echo "$checks checks"
	exit 0
}
