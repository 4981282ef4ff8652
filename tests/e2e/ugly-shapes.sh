#!/bin/bash
# SPDX-License-Identifier: ISC
#
# Messages of unusual forms, signed with relaxed and simple canonicalization,
# are verified at the receiver.  By default, Postfix splits lines of more than
# 998 octets on delivery, after the milter; this is turned off here, and
# long-lines-default.sh tests it.

# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"

milter_configure
e2e_start postfix "smtp_line_length_limit = 0"
mkdir "$SCRATCH/mail"

# shapes CANONICALIZATION [SKIPPED]: all shapes but the one skipped.
shapes()
{
	local canonicalization=$1 skipped=${2:-} shape options domain

	wait_for 60 postfix_queue_empty
	milter_stop
	milter_configure "signature { canonicalization = \"$1\" }"
	milter_start
	"$PYTHON" "$E2E_LIB/shapes.py" "$SCRATCH/mail" >"$SCRATCH/shapes"
	rm -f "$SCRATCH"/sink/mail/*
	while read -r shape options; do
		[ "$shape" = "$skipped" ] && continue
		domain=example.com
		[ "$shape" = internationalized-domain ] &&
		    domain=xn--bcher-kva.example
		# shellcheck disable=SC2086
		deliver "$shape" --address "$OWN_ADDRESS" $options
		echo "$shape $domain"
	done <"$SCRATCH/shapes" >"$SCRATCH/delivered"
	judge_signed <"$SCRATCH/delivered"
	while read -r shape domain; do
		check "$canonicalization: $shape" was_judged "$shape"
	done <"$SCRATCH/delivered"
}

shapes relaxed/relaxed
shapes simple/simple
shapes relaxed/simple body-of-25-megabytes
shapes simple/relaxed body-of-25-megabytes

e2e_finish
