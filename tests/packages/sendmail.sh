# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# Stages of debian.sh: a fresh machine with Sendmail and a name server, and on
# it, three commands to the first signed mail.

machine_sendmail()
{
	check "a fresh machine, with Sendmail and a name server" \
	    signing_machine_made sendmail
}

booted_sendmail()
{
	check "test setup-sendmail" in_machine \
	    "dist/debian/tests/setup-sendmail"
}
