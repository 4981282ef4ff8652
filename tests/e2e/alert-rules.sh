#!/bin/bash
# SPDX-License-Identifier: ISC
#
# The alerts of dist/prometheus: promtool accepts them, and each waits as long,
# and has the labels and texts, that tests/alerts/alerts.yml says.  Raising them
# by faults takes minutes: alerts.sh.

# shellcheck disable=SC2034
E2E_PRIVATE=(prometheus)
# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"
PATH=$(echo "$E2E_UNPACKED"/*/usr/bin | tr ' ' :):$PATH
RULES=$E2E_TOP/dist/prometheus/countersign.yml
CASES=$E2E_TOP/tests/alerts/alerts.yml

# A rule that waits for longer than it should is noticed.
one_waits_longer()
{
	mkdir -p "$SCRATCH/tests/alerts" "$SCRATCH/dist/prometheus"
	# Those of that rule, the first one, are enough.
	awk '/^  - name:/ && n++ { exit } { print }' "$CASES" \
	    >"$SCRATCH/tests/alerts/alerts.yml"
	sed '0,/for: 2m/s//for: 3m/' "$RULES" \
	    >"$SCRATCH/dist/prometheus/countersign.yml"
	! promtool test rules "$SCRATCH/tests/alerts/alerts.yml"
}

check "promtool accepts the rules" promtool check rules "$RULES"
check "each alert has its time, labels and texts" \
    promtool test rules "$CASES"
check "and the cases notice a change" one_waits_longer
e2e_finish
