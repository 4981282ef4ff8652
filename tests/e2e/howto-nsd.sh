#!/bin/bash
# SPDX-License-Identifier: ISC
#
# docs/dns/nsd.md, word for word: a hook writes a zone of the keys, which NSD
# loads when it has changed.

# shellcheck disable=SC2034
E2E_PRIVATE=(libfaketime nsd unbound)
# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"
# shellcheck source=tests/e2e/lib/howto.sh
. "$E2E_LIB/howto.sh"
# shellcheck source=tests/e2e/lib/howto_servers.sh
. "$E2E_LIB/howto_servers.sh"

# What systemd does, as its units say.
watch_path()
{
	local path before='' now

	path=$(sed -n 's/^PathChanged=//p' \
	    /etc/systemd/system/countersign-nsd.path)
	# The unpacked NSD is not in /usr/sbin.
	sed -n 's,^ExecStart=/usr/s*bin/,,p' \
	    /etc/systemd/system/countersign-nsd.service >"$HOWTO/unit"
	while [ ! -e "$HOWTO/disabled" ]; do
		now=$(stat -c '%i %y' "$path")
		[ "$now" = "$before" ] || bash -e "$HOWTO/unit"
		before=$now
		sleep 0.2
	done
}

do_units()
{
	watch_path >"$HOWTO/units.log" 2>&1 &
}

do_delegate()
{
	{ howto_zone example.com '@ NS ns1' 'ns1 A 192.0.2.53'; cat "$1"; } |
	    sed "/SOA/s/ 1 / 2 /" >/etc/nsd/example.com
	nsd-control reload example.com
}

fault_rights()
{
	chown root /var/lib/countersign/zones/example.com.lock
	howto_publish
	chown countersign-keys /var/lib/countersign/zones/example.com.lock
}

fault_load()
{
	touch "$HOWTO/disabled"
	sleep 1
	howto_publish
	countersign-key check example.com
}

howto_machine 192.0.2.53
install -d /etc/nsd /etc/systemd/system
howto_zone example.com '@ NS ns1' 'ns1 A 192.0.2.53' >/etc/nsd/example.com
printf '%s\n' zone: '	name: example.com' '	zonefile: example.com' |
    howto_nsd_start 192.0.2.53
howto_resolver example.com=192.0.2.53

howto_page dns/nsd
howto_life 192.0.2.53
howto_faults
e2e_finish
