# SPDX-License-Identifier: ISC
#
# usage: zsh -f complete.zsh COMPLETION WORD...
#
# Print what the completion offers for the last word, one per line; FILES and
# FOLDERS stand for names of files and folders.

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
