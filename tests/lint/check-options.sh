#!/bin/sh
# SPDX-License-Identifier: ISC
#
# usage: check-options.sh PRINT_OPTIONS PAGE
#
# countersign.conf(5) must describe the options in the configuration's schema,
# and no others.  In the page, an option is an ".It Ic NAME", or one of several
# in ".It Ic NAME , NAME", below ".Ss Options outside of sections" or ".Ss
# Section PATH".  The text must give its default, or say that it is required,
# and say when a change takes effect: on reload, on restart or in the next run.

set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$1" | sort >"$work/schema"
awk '
	/^\.S[sh] / { prefix = ""; inside = 0 }
	/^\.Ss Options outside of sections/ { inside = 1 }
	/^\.Ss Section / {
		inside = 1
		for (i = 3; i <= NF; i++)
			prefix = prefix $i "/"
	}
	inside && (/^\.It Ic / || continued) {
		for (i = continued ? 1 : 3; i <= NF; i++)
			if ($i != "," && $i != "\\")
				print prefix $i
		continued = $NF == "\\"
	}
' "$2" | sort >"$work/page"

if ! diff -u "$work/schema" "$work/page" >"$work/diff"; then
	echo "schema (-) and $2 (+) differ:"
	grep '^[-+][^-+]' "$work/diff"
	exit 1
fi

awk '
	function check() {
		if (name != "" && (text !~ /[Dd]efault|required/ ||
		    text !~ /reload|restart|next run/)) {
			print FILENAME ": " name \
			    ": default, or reload, restart or next run, is not said"
			bad = 1
		}
		name = ""
	}
	/^\.S[sh] / { check(); inside = /Options outside|Section / }
	/^\.It / { check() }
	/^\.It Ic / && inside { name = $3; text = "" }
	{ text = text " " $0 }
	END { check(); exit bad }
' "$2"
