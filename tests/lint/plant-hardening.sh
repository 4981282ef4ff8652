#!/bin/bash
# SPDX-License-Identifier: ISC
#
# usage: plant-hardening.sh CHECK-HARDENING COMPILER...
#
# check-hardening.py finds each way in which a program is not hardened: the same
# small program is linked with one fault at a time, and at last with none.

set -eu
check=$1
shift
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cat >"$scratch/echo.c" <<'END'
#include <stdio.h>
#include <stdlib.h>

int
main(int argc, char *argv[])
{
	char line[80];

	(void)snprintf(line, argc < 2 ? sizeof(line) : (size_t)atoi(argv[1]),
	    "%s", argv[0]);
	return puts(line) == EOF;
}
END
# shellcheck disable=SC2054
hardened=(-O2 -fPIE -pie -fstack-protector-strong -U_FORTIFY_SOURCE
    -D_FORTIFY_SOURCE=2 -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)

# link FAULT...: the program with these options after the others.
link()
{
	"$compiler" "${options[@]}" "${hardened[@]}" "$@" -w -o "$scratch/echo" \
	    "$scratch/echo.c"
}

# planted WANT FAULT...: that fault is found, and no other.
planted()
{
	local want=$1

	shift
	link "$@"
	if "$check" --fortified "$scratch/echo" >"$scratch/found" ||
	    [ "$(cat "$scratch/found")" != "echo: $want
1 files, 1 faults" ]
	then
		echo "planted $*, want: $want, found:"
		cat "$scratch/found"
		exit 1
	fi
}

compiler=$1
options=("${@:2}")
link
"$check" --fortified "$scratch/echo"
planted "not position independent" -fno-PIE -no-pie
planted "the stack is executable" -Wl,-z,execstack
planted "symbols are bound lazily" -Wl,-z,lazy
planted "no read-only relocations" -Wl,-z,norelro
planted "a path to libraries of its own" -Wl,-rpath,/nowhere
planted "stacks are not guarded" -fno-stack-protector
planted "no checked functions of libc are called" -U_FORTIFY_SOURCE
