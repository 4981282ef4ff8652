#!/bin/bash
# SPDX-License-Identifier: ISC
#
# The whole life of keys as in key-life, with the records published by the
# example hook program that maintains a part of a zone file.

# shellcheck disable=SC2034
E2E_PRIVATE=(knot postfix unbound)
# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"
# shellcheck source=tests/e2e/lib/dns_cluster.sh
. "$E2E_LIB/dns_cluster.sh"
# shellcheck source=tests/e2e/lib/life.sh
. "$E2E_LIB/life.sh"
# shellcheck source=tests/e2e/lib/zone_include.sh
. "$E2E_LIB/zone_include.sh"

zone_include_make
life_policy "publish = hook" "hook = \"$HOOK\""
cluster_start example.com example.net
zone_include_serve
check "keys are made and published" life_add example.com
life_begin
life_to_its_end
life_end
check "by the hook" grep -q "publish: hook $HOOK: done" \
    "$KEYDIR/example.com/log"

e2e_finish
