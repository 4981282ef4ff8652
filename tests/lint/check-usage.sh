#!/bin/bash
# SPDX-License-Identifier: ISC
#
# usage: check-usage.sh PROGRAM...
#
# What each program prints about its usage has no line of more than 80 columns,
# however it is asked, and stands on standard output if it was asked for.  Pages
# and messages name only commands that it has.

set -u
export LC_ALL=C
top=$(cd "$(dirname "$0")/../.." && pwd)
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
bad=0

complain()
{
	echo "$*"
	bad=1
}

# narrow FILE WHAT: no line is wider than a terminal.
narrow()
{
	expand "$1" | awk -v what="$2" 'length > 80 { print what ": " $0
	    wide = 1 } END { exit wide }' || bad=1
}

# named PROGRAM: its commands in pages, and in messages of all programs.
named()
{
	grep -rhoE "[\`']$1 [a-z][a-z-]*|^\.[A-Z][a-z] $1 [a-z][a-z-]*" \
	    "$top"/*.md "$top"/{docs,man,dist,doctor,keys,lib,milter} |
	    sed 's/.* //' | sort -u
}

for program; do
	name=$(basename "$program")
	# The master starts the others, which have no --help.
	case $name in
	countersign-front | countersign-metrics | countersign-signer)
		"$program" -? >"$scratch/out" 2>&1 </dev/null
		grep -q "^usage: $name " "$scratch/out" ||
		    complain "$name: no usage"
		narrow "$scratch/out" "$name"
		continue ;;
	countersign-fleet | countersign-milter)
		asked=(-h) ;;
	*)	asked=(-h --help help) ;;
	esac
	for option in "${asked[@]}"; do
		"$program" "$option" >"$scratch/out" 2>"$scratch/err" \
		    </dev/null || complain "$name $option: it fails"
		grep -q "^usage: $name " "$scratch/out" ||
		    complain "$name $option: no usage"
		[ ! -s "$scratch/err" ] ||
		    complain "$name $option: words on standard error"
		narrow "$scratch/out" "$name $option"
	done
	for option in -h --version; do
		"$program" "$option" >/dev/full 2>"$scratch/err" \
		    </dev/null && complain "$name $option: not printed, and" \
		    "no error"
		grep -q "standard output" "$scratch/err" ||
		    complain "$name $option: not printed, and not said"
	done
	"$program" --nonsense >"$scratch/out" 2>&1 </dev/null
	[ $? -eq 2 ] || complain "$name --nonsense: exit status"
	narrow "$scratch/out" "$name --nonsense"
	[ "${#asked[@]}" -eq 3 ] || continue
	"$program" help | sed -nE "s/.*$name ([a-z-]+).*/\1/p" | sort -u \
	    >"$scratch/commands"
	named "$name" >"$scratch/named"
	[ "$(wc -l <"$scratch/named")" -gt 5 ] || complain "$name: in no page"
	for word in $(comm -13 "$scratch/commands" "$scratch/named"); do
		complain "$name $word: named in a page or message, but no command"
	done
done
exit "$bad"
