# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# What the end-to-end tests and those of the bare machine share.  E2E_STARTED
# is when the test began, in seconds.

progress()
{
	printf '# %3ds  %s\n' $(($(date +%s) - E2E_STARTED)) "$*" >&2
}

die()
{
	echo "$(basename "$0"): $*" >&2
	exit 1
}

# wait_for SECONDS COMMAND...: until the command succeeds, without its words.
wait_for()
{
	local end=$((SECONDS + $1))

	shift
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.1
	done
}
