#!/bin/bash
# SPDX-License-Identifier: ISC
#
# Signers are killed under load, one after another and all at once.

# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"
# shellcheck source=tests/e2e/lib/load.sh
. "$E2E_LIB/load.sh"

milter_configure
e2e_start postfix

load_start 1000
load_under_way
while load_running; do
	sleep 0.3
	milter_kill signer one
	sleep 0.3
	milter_kill signer all
done
survives "signers killed"

e2e_finish
