#!/bin/bash
# SPDX-License-Identifier: ISC
#
# usage: check-shell.sh SOURCE_ROOT
#
# No shell script causes a warning of shellcheck.  It is skipped if
# SHELLCHECK_BY says who else does it: .ci/run does, as ./run analyze runs this
# with a newer shellcheck.

set -u
cd "$1" || exit 1
[ -z "${SHELLCHECK_BY:-}" ] || {
	echo "left to $SHELLCHECK_BY"
	exit 77
}
mapfile -t scripts < <(
	find .ci run tests milter keys lib man dist -type f -size -200k \
	    -not -path '*/corpus/*' -not -path 'tests/vectors/*' -print0 |
	    xargs -0 awk 'FNR == 1 && /^#!.*\/(ba)?sh/ { print FILENAME }'
)
[ "${#scripts[@]}" -gt 5 ] || exit 1
printf '%s\0' "${scripts[@]}" | xargs -0 -n 8 -P "$(nproc)" \
    shellcheck -x -P SCRIPTDIR -S warning
