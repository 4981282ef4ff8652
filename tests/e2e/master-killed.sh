#!/bin/bash
# SPDX-License-Identifier: ISC
#
# The master is killed under load: its children end, mail gets a temporary
# failure, and everything works again after a restart.

# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"
# shellcheck source=tests/e2e/lib/load.sh
. "$E2E_LIB/load.sh"

milter_configure
e2e_start postfix

children_gone()
{
	! pgrep -x 'countersign-.*'
}

load_start 1000
load_under_way
kill -KILL "$(milter_pid)"
# The front lets messages under way end, for up to 10 s, after up to 5 s that
# libmilter takes to stop listening.
check "master killed: its children end" wait_for 60 children_gone
milter_start
survives "master killed"

e2e_finish
