#!/bin/bash
# SPDX-License-Identifier: ISC
#
# The alerts of dist/prometheus, against Debian's Prometheus and node exporter:
# with shortened times, each is raised by a real fault of mail or keys, after
# none fired while all was well; and each query of the dashboard has data.
# tests/e2e/lib/alerts.py has the faults.

# shellcheck disable=SC2034
E2E_PRIVATE=(knot libfaketime prometheus prometheus-node-exporter)
# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"
PATH=$(echo "$E2E_UNPACKED"/*/usr/{sbin,bin} | tr ' ' :):$PATH
RESULTS=$SCRATCH/alerts/results

mkdir "$SCRATCH/alerts"
FAKETIME_LIBRARY=$(find "$E2E_UNPACKED" /usr/lib -name libfaketime.so.1 \
    2>/dev/null | head -n 1)
export FAKETIME_LIBRARY
TMPDIR=$SCRATCH/alerts "$PYTHON" "$E2E_LIB/alerts.py" "$E2E_BUILD" \
    "$E2E_TOP" "$RESULTS" >"$SCRATCH/alerts/alerts.log" 2>&1
check "all faults were made" test $? -eq 0
while read -r result name; do
	check "$name" test "$result" = ok
done <"$RESULTS"
e2e_finish
