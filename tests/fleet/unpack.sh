#!/bin/bash
# SPDX-License-Identifier: ISC
#
# Unpack PostgreSQL privately, into BUILD/unpacked.
# usage: unpack.sh BUILD
set -u
E2E_TOP=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=tests/e2e/lib/common.sh
. "$E2E_TOP/tests/e2e/lib/common.sh"
# shellcheck source=tests/e2e/lib/packages.sh
. "$E2E_TOP/tests/e2e/lib/packages.sh"

mapfile -t packages < <(packages_of private optional | grep '^postgresql-')
exec 9>>"$1/unpacked.lock" && flock 9 &&
    packages_unpack "$1/unpacked" "${packages[@]}"
