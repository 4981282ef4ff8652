#!/bin/bash
# SPDX-License-Identifier: ISC
#
# usage: complete.bash COMPLETION WORD...
#
# What the completion offers at the last word, one a line; FILES and FOLDERS
# for names of these.

# Bash does not know the name of a file that is to be made up here.
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
