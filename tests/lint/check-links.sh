#!/bin/bash
# SPDX-License-Identifier: ISC
#
# usage: check-links.sh MILTER FRONT SIGNER METRICS KEY DOCTOR [FLEET]
#
# The shared libraries that each program needs, and those that it must not have:
# a process that does not read mail, DNS or the configuration is not linked
# with a library that does.

set -u
export LC_ALL=C

# PROGRAM, libraries that it needs, libraries that it must not need.  A program
# that reads the configuration needs libpsl.
rules=(
	"milter	psl seccomp	milter unbound ldns crypto ssl pq"
	"front	psl crypto milter unbound	ldns ssl pq"
	"signer	crypto seccomp	milter unbound ldns psl ssl jansson pq"
	"metrics	microhttpd seccomp	milter unbound ldns crypto ssl psl jansson pq"
	"key	psl crypto ldns ssl	milter unbound seccomp pq"
	"doctor	psl crypto unbound jansson	milter ldns ssl seccomp pq"
)
[ $# -ne 7 ] ||
	rules+=("fleet	pq psl crypto ssl seccomp	milter unbound ldns jansson")

bad=0
complain()
{
	echo "$*"
	bad=1
}

# needs LIBRARIES LIBRARY
needs()
{
	grep -qE "\[lib$2(-[0-9.]+)?\.so[.0-9]*\]" <<<"$1"
}

[ $# -eq ${#rules[@]} ] || complain "$# programs, but ${#rules[@]} rules"
for rule in "${rules[@]}"; do
	IFS=$'\t' read -r name wanted unwanted <<<"$rule"
	program=$1
	shift
	[ "${program##*/}" = "countersign-$name" ] ||
	    complain "$program: is not countersign-$name"
	libraries=$(readelf -d "$program" | grep -F '(NEEDED)')
	for library in $wanted; do
		needs "$libraries" "$library" ||
		    complain "$program: is not linked with lib$library"
	done
	for library in $unwanted; do
		! needs "$libraries" "$library" ||
		    complain "$program: must not be linked with lib$library"
	done
done
exit "$bad"
