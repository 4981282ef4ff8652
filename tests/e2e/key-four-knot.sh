#!/bin/bash
# SPDX-License-Identifier: ISC
#
# The whole life of keys as in key-four-servers, with Knot DNS as the primary.

# shellcheck disable=SC2034
E2E_PRIVATE=(bind9 knot nsd pdns-backend-sqlite3 pdns-server postfix unbound)
# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"
# shellcheck source=tests/e2e/lib/dns_cluster.sh
. "$E2E_LIB/dns_cluster.sh"
# shellcheck source=tests/e2e/lib/pdns.sh
. "$E2E_LIB/pdns.sh"
# shellcheck source=tests/e2e/lib/life.sh
. "$E2E_LIB/life.sh"
# shellcheck source=tests/e2e/lib/four_servers.sh
. "$E2E_LIB/four_servers.sh"

four_life knot "${LIVES:-1}"

e2e_finish
