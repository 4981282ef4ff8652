#!/bin/bash
# SPDX-License-Identifier: ISC
#
# usage: check-symbols.sh SYMBOLS PAGE HEADER
#
# The functions that the library exports are those in NAME, SYNOPSIS and
# DESCRIPTION of dkimsig(3), the errors in the header are those in RETURN
# VALUES, and the limits have the same values.

set -u
export LC_ALL=C
symbols=$1 page=$2 header=$3
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
bad=0

# same WHAT: compare the files wanted and there.
same()
{
	sort -u "$scratch/there" |
	    diff -u --label wanted --label "$1" "$scratch/wanted" - || bad=1
}

section()
{
	sed -n "/^\.Sh $1/,/^\.Sh/p" "$page"
}

sed -n 's/^[[:blank:]]*\(dkimsig_[a-z0-9_]*\);$/\1/p' "$symbols" |
    sort >"$scratch/wanted"
section NAME | sed -n 's/^\.Nm \(dkimsig_[a-z0-9_]*\).*/\1/p' \
    >"$scratch/there"
same NAME
section SYNOPSIS | sed -n 's/^\.F[no] \(dkimsig_[a-z0-9_]*\).*/\1/p' \
    >"$scratch/there"
same SYNOPSIS
section DESCRIPTION | sed -n 's/^\.Fn \(dkimsig_[a-z0-9_]*\).*/\1/p' \
    >"$scratch/there"
same DESCRIPTION

grep -o '^	DKIMSIG_E_[A-Z]*' "$header" | tr -d '\t' | sort \
    >"$scratch/wanted"
section 'RETURN VALUES' | sed -n 's/^\.It Dv //p' >"$scratch/there"
same 'RETURN VALUES'

sed -n 's/^#define \(DKIMSIG_MAX_[A-Z]*\)[[:blank:]]*\([0-9]*\).*/\1 \2/p' \
    "$header" | sort >"$scratch/wanted"
sed -n 's/^\.It Dv \(DKIMSIG_MAX_[A-Z]*\) Ta \([0-9]*\) Ta .*/\1 \2/p' \
    "$page" >"$scratch/there"
same Limits

# The declarations in SYNOPSIS are those in the header.
# CC may be several words, as in "ccache gcc".
# shellcheck disable=SC2086
${CC:-cc} -E -P "$header" | tr -s ' \t\n' ' ' | tr ';' '\n' |
    grep -o '[^{}]*dkimsig_[a-z0-9_]*(.*)' | tr -d ' ' |
    sed 's/^extern//; s/^_Bool/bool/' | sort >"$scratch/wanted"
section SYNOPSIS | awk '
	/^\.Ft / { sub(/^\.Ft /, ""); type = $0 }
	/^\.Fn / {
		name = $2
		sub(/^\.Fn [^ ]* /, "")
		gsub(/"/, "")
		print type name "(" $0 ")"
	}
	/^\.Fo / { line = type $2 "("; comma = "" }
	/^\.Fa / {
		sub(/^\.Fa /, "")
		gsub(/"/, "")
		line = line comma $0
		comma = ","
	}
	/^\.Fc/ { print line ")" }
' | tr -d ' ' >"$scratch/there"
same 'declarations in SYNOPSIS'
exit "$bad"
