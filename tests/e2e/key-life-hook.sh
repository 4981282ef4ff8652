#!/bin/bash
# SPDX-License-Identifier: ISC
#
# The whole life of keys as in key-life, with the records published by the
# example hook program that maintains a part of a zone file.  The keys are
# sealed, and only the signers have what opens them.

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

KEK=$SCRATCH/kek
mkdir "$KEK"
(umask 077; openssl rand -base64 32 >"$KEK/countersign.kek")
# shellcheck disable=SC2034
MILTER_BY=(env CREDENTIALS_DIRECTORY="$KEK")

store_sealed()
{
	CREDENTIALS_DIRECTORY=$KEK countersign_key seal
}

# All key files that rotation does not remove meanwhile.
all_sealed()
{
	local file line n=0

	for file in "$KEYDIR"/example.com/*.pem; do
		line=$(head -n 1 "$file") || continue
		[[ $line == "countersign-sealed 1 "* ]] || return 1
		n=$((n + 1))
	done
	[ "$n" -ge 2 ]
}

# As the rotation was: without the credential.
cannot_unseal()
{
	! countersign_key unseal && all_sealed
}

zone_include_make
life_policy "publish = hook" "hook = \"$HOOK\""
cluster_start example.com example.net
zone_include_serve
check "the store is sealed before it has keys" store_sealed
check "keys are made and published" life_add example.com
check "they are sealed, by who cannot open them" all_sealed
life_begin
life_to_its_end
check "so are those that were made since" cannot_unseal
life_end
check "by the hook" grep -q "publish: hook $HOOK: done" \
    "$KEYDIR/example.com/log"

e2e_finish
