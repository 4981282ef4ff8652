# SPDX-License-Identifier: ISC
# shellcheck shell=sh
#
# At which calls of a program a test strikes it, to be sourced: at every third,
# from the first, second and third on by turns; with COUNTERSIGN_EVERY=1 in the
# environment, as './run test slow' has it, at each.

every=${COUNTERSIGN_EVERY:-3}
series=0

# first_call: to be followed by next_call, for $n.
first_call()
{
	n=$((series % every + 1 - every))
	series=$((series + 1))
}

next_call()
{
	n=$((n + every))
}

# last_call WHAT LEAST: no call had that number; that of the last one that was
# struck must not be lower than LEAST.
last_call()
{
	[ "$((n - every))" -ge "$2" ] ||
	    fail "$1: fewer than $n calls: not preloaded?"
	echo "$1: struck at calls up to $((n - every)), each $every apart"
}
