#!/bin/sh
# SPDX-License-Identifier: ISC
#
# usage: exports.sh LIBRARY HEADER SYMBOLS COMPILER...
#
# What the shared library exports, what the version script names and what the
# header declares are the same functions.

set -eu
export LC_ALL=C
library=$1 header=$2 symbols=$3
shift 3
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

nm -D --defined-only "$library" |
    awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' |
    sort >"$scratch/exported"
sed -n 's/^[[:blank:]]*\([a-z0-9_]*\);$/\1/p' "$symbols" |
    sort >"$scratch/listed"
# Comments are gone after the preprocessor, and system headers by name.
"$@" -E -P "$header" | grep -o 'dkimsig_[a-z0-9_]*(' | tr -d '(' |
    sort >"$scratch/declared"

test -s "$scratch/declared"
diff -u "$scratch/declared" "$scratch/listed"
diff -u "$scratch/listed" "$scratch/exported"
