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

# pause SECONDS: without a process, as waiting is what these tests do most: nobody
# writes to this pipe.
pause()
{
	[ -p "$SCRATCH/pause" ] || mkfifo "$SCRATCH/pause" || return 1
	! read -r -t "$1" <>"$SCRATCH/pause"
}

# wait_for SECONDS COMMAND...: until the command succeeds, without its words.
wait_for()
{
	local end=$((SECONDS + $1)) soon=$((SECONDS + 2)) between=0.1

	shift
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$end" ] || return 1
		pause "$between"
		# What is not done at once is looked at less often.
		[ "$SECONDS" -lt "$soon" ] || between=0.3
	done
}
