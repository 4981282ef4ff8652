#!/bin/bash
# SPDX-License-Identifier: ISC
#
# Blanks after the colon of a header field: simple canonicalization signs them
# as they are, so they must reach the milter and the receiver unchanged.

# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"

milter_configure 'signature { canonicalization = "simple/simple" }'
e2e_start postfix
mkdir "$SCRATCH/mail"

# subject_with NAME BLANKS: a message with just that between colon and text.
subject_with()
{
	{
		printf 'From:%sservice@example.com\r\n' "$2"
		printf 'Subject:%sone blank more or less\r\n' "$2"
		printf 'Date:%sMon, 23 Nov 2026 08:00:44 +0000\r\n' "$2"
		printf 'To:%scustomer@example.org\r\n\r\nHello.\r\n' "$2"
	} >"$SCRATCH/mail/$1.eml"
	deliver "$1" --address "$OWN_ADDRESS"
}

arrives_with()
{
	arrives_signed "$1" &&
	    grep -q "^Subject:$2one blank" "$(sink_file "$1")"
}

subject_with none ''
check "no blank" arrives_with none ''
subject_with one ' '
check "one blank" arrives_with one ' '
subject_with two '  '
check "two blanks" arrives_with two '  '
subject_with tab $'\t'
check "a tab" arrives_with tab $'\t'
subject_with mixed $' \t '
check "blank, tab, blank" arrives_with mixed $' \t '
subject_with fold $'\r\n '
check "folded at once" arrives_signed fold

e2e_finish
