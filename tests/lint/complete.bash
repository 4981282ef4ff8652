#!/bin/bash
# SPDX-License-Identifier: ISC
#
# usage: complete.bash COMPLETION WORD...
#
# Print what the completion offers for the last word, one per line; FILES and
# FOLDERS stand for names of files and folders.

# Print FILES and FOLDERS instead of names.
compgen()
{
	case $1 in
	-d)	echo FOLDERS ;;
	-f)	echo FILES ;;
	*)	builtin compgen "$@" ;;
	esac
}

completion=$1
shift
# shellcheck source=/dev/null
. "$completion"
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_countersign_key "$1"
[ "${#COMPREPLY[@]}" -eq 0 ] || printf '%s\n' "${COMPREPLY[@]}"
