#!/bin/bash
# SPDX-License-Identifier: ISC
#
# usage: check-shell.sh SOURCE_ROOT [OPTION OF SHELLCHECK]...
#
# No shell script causes a warning of shellcheck, and no file that scripts
# source.  It is skipped if SHELLCHECK_BY says who else does it: .ci/run does, as
# ./run analyze runs this with a newer shellcheck.

set -u
cd "$1" || exit 1
shift
options=("$@")
[ -z "${SHELLCHECK_BY:-}" ] || {
	echo "left to $SHELLCHECK_BY"
	exit 77
}

# begin YES: the shell files that begin with "#!", or with 0 those that do not.
begin()
{
	find .ci run tests milter keys lib man dist -type f -size -200k \
	    -not -path '*/corpus/*' -not -path 'tests/vectors/*' -print0 |
	    xargs -0 awk -v yes="$1" 'FNR == 1 {
		if (/^#!.*\/(ba)?sh/)
			is_wanted = yes
		else
			is_wanted = !yes && /^# / && FILENAME ~ /\.sh$/
		if (is_wanted)
			print FILENAME
		nextfile
	    }'
}

# lint EXCLUDED FILE...: EXCLUDED are the checks to leave out.
lint()
{
	local excluded=$1

	shift
	printf '%s\0' "$@" | xargs -0 -n 8 -P "$(nproc)" \
	    shellcheck "${options[@]}" -x -P SCRIPTDIR -S warning \
	    -e "$excluded"
}

bad=0
mapfile -t scripts < <(begin 1)
mapfile -t sourced < <(begin 0)
[ "${#scripts[@]}" -gt 5 ] && [ "${#sourced[@]}" -gt 5 ] || exit 1
lint "" "${scripts[@]}" || bad=1
# They share variables with those who source them.
lint SC2034,SC2154 "${sourced[@]}" || bad=1
exit "$bad"
