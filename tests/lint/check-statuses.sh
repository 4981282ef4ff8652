#!/bin/sh
# SPDX-License-Identifier: ISC
#
# usage: check-statuses.sh PRINT_STATUSES PAGE
#
# The words for the status of a key must be those in the list after "The status
# is the same word in" in countersign-key(8), in the same order.

set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$1" >"$work/words"
sed -n '/^The status is the same word in$/,/^\.El$/s/^\.It Cm //p' "$2" \
    >"$work/page"
if ! diff -u "$work/words" "$work/page" >"$work/diff"; then
	echo "statuses (-) and $2 (+) differ:"
	grep '^[-+][^-+]' "$work/diff"
	exit 1
fi
[ -s "$work/words" ] || { echo "no words"; exit 1; }
