#!/bin/bash
# SPDX-License-Identifier: ISC
#
# Forged messages have signatures whose keys are at a DNS server that does not
# answer.  With unbound between this server and the milter, genuine mail is
# still decided in time.  tests/mta/test_dkim_factor.py tests this without
# unbound.

# shellcheck disable=SC2034
E2E_PRIVATE=(unbound)
# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"

UNBOUND=/usr/sbin/unbound
[ -x "$UNBOUND" ] || UNBOUND=$E2E_UNPACKED/unbound$UNBOUND

for case in other_names_are_never_asked bogus_above_the_genuine_one \
    one_deadline_for_all_keys silence_blinds_nobody; do
	check "${case//_/ }" "$PYTHON" "$E2E_LIB/hostile_names.py" \
	    "$E2E_BUILD" "$UNBOUND" "UnboundTest.test_$case"
done
e2e_finish
