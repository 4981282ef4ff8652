#!/bin/bash
# SPDX-License-Identifier: ISC
#
# The front is killed repeatedly under load.

# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"
# shellcheck source=tests/e2e/lib/load.sh
. "$E2E_LIB/load.sh"

milter_configure
e2e_start postfix

load_start 1000
load_under_way
while load_running; do
	sleep 0.7
	milter_kill front all
done
survives "front killed"

e2e_finish
