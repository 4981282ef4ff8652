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

# The example looks for its settings in /etc/countersign.
HOOK=$SCRATCH/hook/hook-zone-include
RECORDS=$SCRATCH/hook/example.com
mkdir -p "$SCRATCH/hook" "$SCRATCH/dns"
sed "s,/etc/countersign,$SCRATCH/hook," \
    "$E2E_TOP/keys/examples/hook-zone-include" >"$HOOK"
chmod 0755 "$HOOK"
: >"$RECORDS"
echo "\$INCLUDE $RECORDS" >"$SCRATCH/dns/example.com"
cat >"$HOOK.conf" <<EOT
file=$SCRATCH/hook/\$COUNTERSIGN_DOMAIN
zone=$CLUSTER/1/zone.\$COUNTERSIGN_DOMAIN
reload()
{
	serial=\$(awk '\$2 == "SOA" { print \$5 }' "\$zone")
	sed -i "/ SOA /s/ \$serial / \$((serial + 1)) /" "\$zone"
	$KNOT/usr/sbin/knotc -b -s $CLUSTER/1/knot.sock \\
	    zone-reload "\$COUNTERSIGN_DOMAIN"
}
EOT

life_policy "publish = hook" "hook = \"$HOOK\""
cluster_start example.com example.net
check "keys are made and published" life_add example.com
life_begin
life_to_its_end
life_end
check "by the hook" grep -q "publish: hook $HOOK: done" \
    "$KEYDIR/example.com/log"

e2e_finish
