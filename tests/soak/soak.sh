# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# ./run soak: very many messages, and what they leave behind.  To be sourced by
# ./run.

# soak [MESSAGES] | record | chart
soak()
{
	# For count_cases and verdict of ./run.
	# shellcheck disable=SC2034
	local passed=0 failed=0 failures=() messages=${1:-1000000} status=0 out

	case $messages in
	record)
		/usr/bin/python3 tests/soak/chart.py docs --record \
		    build/soak.json
		return ;;
	chart)
		/usr/bin/python3 tests/soak/chart.py docs
		return ;;
	esac
	[[ $messages =~ ^[1-9][0-9]{4,7}$ ]] || {
		echo "./run soak: $messages: not a number of messages from" \
		    "10000 to 99999999" >&2
		return 2
	}
	build_all || {
		echo "0 passed, 1 failed"
		return 1
	}
	out=$(mktemp) || return 1
	progress "$messages messages"
	# It ends by itself on INT, and reports what was sent.
	trap : INT
	/usr/bin/python3 tests/soak/soak.py build build/soak.json \
	    "$messages" >"$out" || status=$?
	trap - INT
	cat "$out"
	count_cases "$out" soak "$status"
	rm -f "$out"
	verdict
}
