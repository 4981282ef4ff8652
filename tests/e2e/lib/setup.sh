# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# What the tests of countersign-doctor setup share: a Postfix without our
# milter, a name server that takes updates, and a configuration that only says
# what is different on a machine of a test.  To be sourced after tls.sh and
# sasl.sh.

POSTFIX_ETC=$SCRATCH/postfix/etc
POSTFIX_MAIN=$POSTFIX_ETC/main.cf
SETUP_LEDGER=$SCRATCH/setup/setup.json
# Which MTA setup is told to use.
SETUP_MTA=(--postfix "$POSTFIX_ETC")
DOCTOR_OUT=$SCRATCH/doctor.out

# setup_machine SETTING...: of main.cf.
setup_machine()
{
	local settings

	export MTA=postfix
	setup_programs
	setup_dns
	setup_conf
	sink_start
	tls_make
	sasl_make sfdc-relay
	mapfile -t settings < <(tls_postfix; sasl_postfix
	    printf '%s\n' "$@")
	postfix_start "${settings[@]}"
}

# postconf and postfix in PATH, wherever they are unpacked.
setup_programs()
{
	local name

	mkdir -p "$SCRATCH/bin" "$SCRATCH/setup"
	for name in postconf postfix; do
		cat >"$SCRATCH/bin/$name" <<-SH
		#!/bin/sh
		LD_LIBRARY_PATH=${POSTFIX:+$POSTFIX/usr/lib/postfix}
		export LD_LIBRARY_PATH
		exec "$POSTFIX/usr/sbin/$name" "\$@"
		SH
		chmod 0755 "$SCRATCH/bin/$name"
	done
	PATH=$SCRATCH/bin:$PATH
}

postfix_postconf()
{
	"$SCRATCH/bin/postconf" -c "$POSTFIX_ETC" "$@"
}

# setting NAME: as main.cf has it.
setting()
{
	postfix_postconf -h "$1"
}

# Where setup puts the socket.
milter_ready()
{
	test -S "$SCRATCH/postfix/queue/countersign/milter.sock"
}

setup_dns()
{
	local directory=$SCRATCH/dns secret

	secret=$(head -c 32 /dev/urandom | base64)
	mkdir -p "$directory/storage"
	echo 'relay A 127.0.0.1' >"$directory/example.net"
	: >"$directory/example.com"
	dns_zone example.net
	dns_zone example.com
	sed -i 's/ 60$/ 1/; s/TTL 60/TTL 1/' "$directory"/zone.*
	cat >"$directory/knot.conf" <<-CONF
	server:
	    rundir: $directory
	    listen: 127.0.0.1@53
	log:
	  - target: stderr
	    any: info
	database:
	    storage: $directory/storage
	key:
	  - id: countersign
	    algorithm: hmac-sha256
	    secret: $secret
	acl:
	  - id: countersign
	    key: countersign
	    action: update
	template:
	  - id: default
	    storage: $directory
	    zonefile-load: whole
	    journal-content: none
	    zonefile-sync: -1
	zone:
	  - domain: example.net
	    file: zone.example.net
	  - domain: example.com
	    file: zone.example.com
	    acl: countersign
	CONF
	echo "hmac-sha256:countersign:$secret" >"$SCRATCH/setup/given.key"
	chmod 0600 "$SCRATCH/setup/given.key"
	"$KNOT/usr/sbin/knotd" -c "$directory/knot.conf" \
	    >"$directory/knotd.log" 2>&1 &
	echo $! >"$directory/pid"
	wait_for 60 port_open 53 || die "knot did not start"
}

# Where a test's machine differs from one with the package.
setup_conf()
{
	mkdir -p "$SCRATCH/milter"
	chmod 0755 "$SCRATCH/milter"
	cat >"$MILTER_CONF" <<-CONF
	preset_dir = "$E2E_TOP/presets"
	keydir = "$KEYDIR"
	host = "test"
	user = "$(milter_user)"
	keys_user = "$(milter_keys_user)"
	CONF
	cat >>"$MILTER_CONF" <<-'CONF'
	dns {
	    servers = { "127.0.0.1" }
	}
	CONF
}

# doctor STATUS COMMAND...: its exit status is that, and what it said is in
# DOCTOR_OUT.
doctor()
{
	local wanted=$1 status=0

	shift
	doctor_any "$@" || status=$?
	cat "$DOCTOR_OUT"
	[ "$status" -eq "$wanted" ]
}

doctor_any()
{
	local command=$1

	shift
	"${SETUP_DOCTOR:-$E2E_BUILD/countersign-doctor}" "$command" -c "$MILTER_CONF" \
	    --ledger "$SETUP_LEDGER" "$@" >"$DOCTOR_OUT" 2>&1 </dev/null
}

# said TEXT...: the last run said all of that.
said()
{
	local text

	for text; do
		grep -qF -e "$text" "$DOCTOR_OUT" || {
			echo "not said: $text"
			return 1
		}
	done
}

# setup_new [OPTION...]: the source of these tests; nothing is left to do
# but for a person.  The exit status is in $SCRATCH/status.
setup_new()
{
	local status=0

	doctor_any setup --platform salesforce-auth \
	    --tenant 00D1U0000013lbu --login sfdc-relay@relay.example.net \
	    --domain example.com --publish update:127.0.0.1 \
	    --tsig-key "$SCRATCH/setup/given.key" --check-resolvers none \
	    "${SETUP_MTA[@]}" "$@" || status=$?
	cat "$DOCTOR_OUT"
	echo "$status" >"$SCRATCH/status"
	[ "$status" -eq 0 ] || [ "$status" -eq 3 ]
}

# Nothing was changed.
is_untouched()
{
	cmp "$SCRATCH/main.cf.before" "$POSTFIX_MAIN" &&
	    cmp "$SCRATCH/conf.before" "$MILTER_CONF" &&
	    [ ! -e "$SCRATCH/milter/conf.d" ] && [ ! -e "$KEYDIR" ]
}

# mail NAME: of our organization, as Email Relay sends it.
mail()
{
	message "$1" --org "$OUR_ORG"
	deliver "$1" --tls "$TLS" --auth sfdc-relay@relay.example.net
}
