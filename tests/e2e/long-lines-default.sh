#!/bin/bash
# SPDX-License-Identifier: ISC
#
# What Postfix does by default to a line of more than 998 octets: smtp(8) splits
# it on delivery, after the milter, which breaks every signature.  The remedy is
# smtp_line_length_limit = 0, or a sender that sends shorter lines.

# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"

milter_configure
e2e_start postfix
mkdir "$SCRATCH/mail"
"$PYTHON" "$E2E_LIB/shapes.py" "$SCRATCH/mail" >/dev/null

is_broken()
{
	reply_is "$1" 250 && file=$(sink_file "$1") || return 1
	grep -q '^DKIM-Signature:' "$file" || return 1
	# A line of exactly 998 and CR, then the rest after a blank.
	grep -q "^x\{998\}"$'\r'"\$" "$file" && grep -q '^ x' "$file" &&
	    ! "$PYTHON" "$E2E_LIB/verify.py" "$file" example.com \
	    rsa-sha256 ed25519-sha256
}

deliver line-of-998 --address "$OWN_ADDRESS"
check "a line of 998 octets is left alone" arrives_signed line-of-998
deliver line-of-999 --address "$OWN_ADDRESS"
check "a line of 999 octets is broken after signing" is_broken line-of-999

e2e_finish
