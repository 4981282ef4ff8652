# SPDX-License-Identifier: ISC
#
# usage: zsh -f complete.zsh COMPLETION WORD...
#
# What the completion offers at the last word, one a line; FILES and FOLDERS
# for names of these.

compadd()
{
	shift
	print -l -- "$@"
}

_files()
{
	[[ ${1:-} = -/ ]] && print FOLDERS || print FILES
}

completion=$1
shift
words=("$@")
CURRENT=$#words
. $completion
