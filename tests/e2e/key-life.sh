#!/bin/bash
# SPDX-License-Identifier: ISC
#
# The whole life of keys, from add to the removal of the private key, with
# lifetimes of seconds, while mail flows through Postfix and the milter.  Every
# message is signed with both algorithms, and verifies from its arrival until
# its signature expires.  The records are published by UPDATE to a primary with
# two secondaries.

# shellcheck disable=SC2034
E2E_PRIVATE=(knot postfix unbound)
# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"
# shellcheck source=tests/e2e/lib/dns_cluster.sh
. "$E2E_LIB/dns_cluster.sh"
# shellcheck source=tests/e2e/lib/life.sh
. "$E2E_LIB/life.sh"

life_policy "publish = update" "update_server = \"$PRIMARY\"" \
    "tsig_key = \"$CLUSTER/hmac-sha512.key\""
cluster_start example.com example.net
check "keys are made and published" life_add example.com
life_begin
life_to_its_end
life_end

e2e_finish
