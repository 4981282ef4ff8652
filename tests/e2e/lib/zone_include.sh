# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# The example hook that maintains a part of the zone file of example.com.  To
# be sourced after dns_cluster.sh; zone_include_make comes before cluster_start,
# zone_include_serve after it.  The hook runs as the owner of the keys, who may
# not command the server, so a process of the test reloads the zone for it.

HOOK=$SCRATCH/hook/hook-zone-include
ZONE_INCLUDE=$SCRATCH/hook/example.com

# The example looks for its settings in /etc/countersign.
zone_include_make()
{
	mkdir -p "$SCRATCH/hook" "$SCRATCH/dns"
	sed "s,/etc/countersign,$SCRATCH/hook," \
	    "$E2E_TOP/keys/examples/hook-zone-include" >"$HOOK"
	chmod 0755 "$HOOK"
	: >"$ZONE_INCLUDE"
	echo "\$INCLUDE $ZONE_INCLUDE" >"$SCRATCH/dns/example.com"
	cat >"$HOOK.conf" <<-EOT
	file=$SCRATCH/hook/\$COUNTERSIGN_DOMAIN
	zone=$CLUSTER/1/zone.\$COUNTERSIGN_DOMAIN
	reload()
	{
		serial=\$(awk '\$2 == "SOA" { print \$5 }' "\$zone")
		sed "/ SOA /s/ \$serial / \$((serial + 1)) /" "\$zone" \\
		    >"\$file.zone" && cat "\$file.zone" >"\$zone"
		touch "\$file.reload"
		while [ -e "\$file.reload" ]; do sleep 0.1; done
	}
	EOT
}

zone_include_reload()
{
	while sleep 0.1; do
		[ -e "$ZONE_INCLUDE.reload" ] || continue
		"$KNOT/usr/sbin/knotc" -b -s "$CLUSTER/1/knot.sock" \
		    zone-reload example.com
		rm -f "$ZONE_INCLUDE.reload"
	done >>"$SCRATCH/reload.log" 2>&1
}

zone_include_serve()
{
	chown -R "$(milter_keys_user)" "$SCRATCH/hook" \
	    "$CLUSTER/1/zone.example.com"
	zone_include_reload &
}
