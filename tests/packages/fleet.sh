# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# Stages of debian.sh: a fresh root, and over it three machines on a network of
# their own, a server of PostgreSQL and two relay hosts.  docs/fleet.md is obeyed
# there, word for word, until both hosts sign with the same keys and these have
# lived through their whole life.
#
# What is no part of the page: Postfix, a name server (at db1, too), the sources
# and times in countersign.conf, and files that a person copies.

DB1=10.53.0.21
declare -A MACHINES NSPAWNS

machine_fleet()
{
	check "a fresh machine for a fleet" fleet_root_made
}

# All is downloaded, nothing of it installed.
fleet_root_made()
{
	local needed=(dbus iproute2 openssl procps python3-dkim python3-dnspython
	    python3-nacl systemd systemd-sysv)

	repository_made
	in_root "export DEBIAN_FRONTEND=noninteractive
	apt-get -q update
	apt-get -q install -y --no-install-recommends ${needed[*]}
	apt-get -q install -y -d --no-install-recommends countersign-fleet \
	    postfix
	apt-get -q install -y -d --no-install-recommends knot postgresql
	rm /usr/sbin/policy-rc.d
	! dpkg -s countersign && ! dpkg -s postgresql"
}

# -- The machines -------------------------------------------------------------

# fleet_boot NAME: a machine over the root, which gets none of its changes.
fleet_boot()
{
	local name=$1 changes=$SCRATCH/machines/$1

	mkdir -p "$changes"/{upper/etc,work,root}
	echo "$name" >"$changes/upper/etc/hostname"
	tr -d - </proc/sys/kernel/random/uuid >"$changes/upper/etc/machine-id"
	(
		packages_enter_groups "$BASHPID" "$name"
		# The mount ends with the machine.
		# shellcheck disable=SC2016
		exec unshare --mount bash -c 'mount -t overlay overlay -o \
		    "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" "$2/root" &&
		    shift 2 && exec "$@"' bash "$SCRATCH/root" "$changes" \
		    "${NSPAWN[@]}" -D "$changes/root"
	) </dev/null >"$SCRATCH/$name.log" 2>&1 &
	NSPAWNS[$name]=$!
}

fleet_halt()
{
	local name

	for name in "${!NSPAWNS[@]}"; do
		packages_halt "${NSPAWNS[$name]}" "$name"
	done
}

# at NAME COMMANDS: on that machine.
at()
{
	MACHINE=${MACHINES[$1]} in_machine "$2"
}

# put NAME FILE: standard input into a file of that machine.
put()
{
	at "$1" "base64 -d >'$2' <<<$(base64 -w 0)"
}

# tested NAME COMMANDS: with what the tests of the packages share.
tested()
{
	at "$1" ". dist/debian/tests/lib.sh
DNS_ADDRESS=$DB1
$2"
}

# db1 is also the switch.
fleet_network()
{
	local name hosts i=10 db=${MACHINES[db1]}

	hosts="$DB1 db1 ns.example.com
10.53.0.11 relay1
10.53.0.12 relay2"
	at db1 "ip link add br0 type bridge
	ip address add $DB1/24 dev br0
	ip link set br0 up" || return 1
	for name in relay1 relay2; do
		i=$((i + 1))
		ip link add "$name" netns "$db" type veth peer name eth0 \
		    netns "${MACHINES[$name]}" || return 1
		at db1 "ip link set $name master br0 up" &&
		    at "$name" "ip address add 10.53.0.$i/24 dev eth0
		ip link set eth0 up
		echo 'nameserver $DB1' >/etc/resolv.conf" || return 1
	done
	for name in db1 relay1 relay2; do
		at "$name" "printf '%s\n' '127.0.0.1 localhost' \
		    '$hosts' >/etc/hosts" || return 1
	done
}

# As administrators have them, before they come to the page.
fleet_installed()
{
	local name

	at db1 "apt-get -q install -y --no-install-recommends knot postgresql" &&
	    tested db1 dns_start || return 1
	for name in relay1 relay2; do
		at "$name" "apt-get -q install -y --no-install-recommends \
		    countersign-fleet postfix
		! systemctl is-enabled countersign-fleet" &&
		    at db1 "cat /etc/knot/countersign.tsig" |
		    put "$name" /root/tsig || return 1
		tested "$name" "TSIG=/root/tsig TIMES='ttl = 1s
		signature_lifetime = 60s
		queue_lifetime = 5s
		retain = 5s
		revoke_for = 5s
		every = 180s'
		postfix_start
		echo '127.0.0.1 localhost relay.example.net
		$DB1 db1' >/etc/hosts
		countersign_configure" || return 1
	done
}

# -- The page -----------------------------------------------------------------

# in_order NAME FILE: its commands, as root, where the files were copied to.
in_order()
{
	at "$1" "cd /root
$(cat "$2")" >"$SCRATCH/out" 2>&1 || {
		cat "$SCRATCH/out"
		return 1
	}
	cat "$SCRATCH/out"
}

# listed EXPRESSION: of what countersign-key fleet list --json prints on relay1.
listed()
{
	at relay1 "countersign-key fleet list --json" | jq -r "$1"
}

do_on-db1()
{
	at relay1 "cat /usr/share/countersign/schema/0001.sql" |
	    put db1 /tmp/0001.sql && put db1 /tmp/block <"$1" &&
	    at db1 "cd /tmp
	su postgres -s /bin/bash -c 'bash -euo pipefail /tmp/block'"
}

do_certificates()
{
	local name

	at db1 "mkdir -p /root/ca" && put db1 /root/ca/block <"$1" &&
	    at db1 "cd /root/ca
	bash -euo pipefail block" || return 1
	for name in relay1 relay2; do
		at db1 "tar -C /root/ca -cf - ca.crt $name.crt $name.key" |
		    put "$name" /root/certificates.tar &&
		    at "$name" "tar -C /root -xf /root/certificates.tar" || return 1
	done
}

do_pg-hba()
{
	put db1 /root/hba <"$1" && at db1 "cat /root/hba >>/etc/postgresql/*/main/pg_hba.conf"
}

do_postgresql-conf()
{
	put db1 /root/conf <"$1" && at db1 "cat /root/conf >>/etc/postgresql/*/main/postgresql.conf
	cd /root/ca
	for data in /var/lib/postgresql/*/main; do
		install -o postgres -m 0644 ca.crt db1.crt \$data/
		install -o postgres -m 0600 db1.key \$data/
	done
	systemctl restart postgresql"
}

# FINGERPRINT was read on relay2.
do_on-relay1()
{
	sed -i "s/FINGERPRINT/${FINGERPRINT:-none}/" "$1"
	in_order relay1 "$1"
}

do_on-relay2()
{
	if grep -q DIGEST "$1"; then
		fleet_prepare_relay2 || return 1
		sed -i "s/DIGEST/$(listed .members)/
		s/NUMBER/$(listed .change)/" "$1"
		in_order relay2 "$1" && FINGERPRINT=$(sed -n \
		    's/^relay2: waiting: \([0-9a-f ]*[0-9a-f]\).*/\1/p' "$SCRATCH/out") &&
		    [ -n "$FINGERPRINT" ]
		return
	fi
	# A host that was just admitted takes its keys first.
	wait_for 300 fleet_is_whole && in_order relay2 "$1"
}

do_on-both()
{
	in_order relay1 "$1" && in_order relay2 "$1"
}

# What the page says in words: its own certificate, and section.
fleet_prepare_relay2()
{
	at relay2 "cd /root
	install -m 0644 ca.crt relay2.crt /etc/countersign/
	install -o countersign-keys -m 0600 relay2.key /etc/countersign/" &&
	    sed 's/relay1/relay2/g' "$SCRATCH/section" |
	    put relay2 /root/section && at relay2 "cat /root/section >>/etc/countersign/countersign.conf
	countersign-milter -n"
}

# Both hosts have confirmed all rows; while there are none, that is number 0.
fleet_is_whole()
{
	listed '.cursor as $rows | [.hosts[] | select(.confirmed == $rows)] |
	    length' | grep -x 2
}

# fleet_block FILE WHAT VALUE
fleet_block()
{
	case $2 in
	append)	cp "$1" "$SCRATCH/section"
		put relay1 /root/section <"$1" && at relay1 "cat /root/section >>'$3'" ;;
	do)	"do_$3" "$1" ;;
	run)	in_order relay1 "$1" ;;
	not-run) return 0 ;;
	*)	return 1 ;;
	esac
}

howto_page()
{
	local number line what value

	mkdir -p "$SCRATCH/page"
	/usr/bin/python3 "$E2E_TOP/tests/e2e/lib/howto.py" split \
	    "$E2E_TOP/docs/$1.md" "$SCRATCH/page" >"$SCRATCH/blocks" || return 1
	while read -r -u 3 number line what value; do
		echo "# $1.md:$line: $what $value"
		fleet_block "$SCRATCH/page/$number" "$what" "$value" || return 1
	done 3<"$SCRATCH/blocks"
}

page_obeyed()
{
	howto_page fleet
}

# -- What comes of it ---------------------------------------------------------

# More often than systemd starts a unit, which it forgets with this.
rotated()
{
	local name

	for name in relay1 relay2; do
		at "$name" "systemctl reset-failed countersign-rotate
		systemctl start countersign-rotate" || return 1
	done
}

# One of each algorithm.
both_are_active()
{
	local name

	rotated || return 1
	for name in relay1 relay2; do
		[ "$(at "$name" "countersign-key list" | grep -cw active)" \
		    -eq 2 ] || return 1
	done
}

same_keys()
{
	local name

	wait_for 600 both_are_active || return 1
	for name in relay1 relay2; do
		at "$name" "countersign-key list --json" |
		    jq -S '[.[] | [.domain, .selector, .status]]' \
		    >"$SCRATCH/$name.keys" || return 1
	done
	cat "$SCRATCH/relay1.keys"
	diff "$SCRATCH/relay1.keys" "$SCRATCH/relay2.keys"
}

both_sign()
{
	tested relay1 mail_is_signed && tested relay2 mail_is_signed
}

# The first keys end on both hosts, while both sign.
life_is_lived()
{
	local first end=$((SECONDS + 1500)) nmails=0

	first=$(at relay1 "countersign-key list --json" |
	    jq -r '[.[] | select(.status == "active")][0].selector')
	until has_ended "$first"; do
		[ "$SECONDS" -lt "$end" ] || {
			at relay1 "countersign-key list"
			return 1
		}
		rotated && both_sign || return 1
		nmails=$((nmails + 2))
	done
	echo "$first has ended; $nmails messages were signed meanwhile"
}

# has_ended SELECTOR: on both hosts, and its record is not in DNS.
has_ended()
{
	local name

	for name in relay1 relay2; do
		at "$name" "countersign-key list --json" | jq -e \
		    --arg selector "$1" 'all(.[]; .selector != $selector or
		    .status == "removed" or .status == "destroyed")' \
		    >"$SCRATCH/ended" || return 1
	done
	! at db1 "knotc zone-read example.com $1._domainkey TXT"
}

# The units ran as they are, and nothing was refused.
nothing_is_wrong()
{
	local name

	for name in relay1 relay2; do
		at "$name" 'systemctl start countersign-fleet-watch.service
		systemctl is-active countersign-fleet countersign-milter
		! systemctl --failed --plain --no-legend "countersign*" |
		    grep . || exit 1
		! journalctl -o cat --no-pager -u "countersign-*" | grep -E \
		    "\[fleet-(row-ignored|database-refused|alarm)\]" || exit 1' ||
		    return 1
	done
}

without_the_package()
{
	at relay2 "apt-get -q remove -y countersign-fleet
	! pgrep -f '^countersign-fleet'" && tested relay2 mail_is_signed
}

fleet_machines_boot()
{
	local name

	for name in db1 relay1 relay2; do
		fleet_boot "$name"
	done
	for name in db1 relay1 relay2; do
		wait_for 240 packages_is_up "${NSPAWNS[$name]}" || return 1
		MACHINES[$name]=$(packages_leader "${NSPAWNS[$name]}")
	done
}

network_fleet()
{
	trap fleet_halt EXIT
	check "three machines boot" fleet_machines_boot
	check "they have a network" fleet_network
	check "packages are installed on them" fleet_installed
	check "docs/fleet.md is obeyed, to a key of both hosts" page_obeyed
	check "the same keys are active on both hosts" same_keys
	check "both hosts sign with them" both_sign
	check "the keys live through their life" life_is_lived
	check "no unit failed, and no row was ignored" nothing_is_wrong
	check "without the package, mail is still signed" without_the_package
}
