# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# Our own programs, run from the build directory.  As root they take the
# accounts they are made for, else two that every Debian has.

# Where the milter listens: by default on a unix socket, or on MILTER_PORT.
MILTER_PORT=
# A command that the milter is started by, for a test that takes rights away.
MILTER_BY=()
MILTER_CONF=$SCRATCH/milter/countersign.conf
MILTER_LOG=$SCRATCH/milter/milter.log
KEYDIR=$SCRATCH/keys

# The ids of the tests: our organization and somebody else's.
# shellcheck disable=SC2034
OUR_ORG=00D1U0000013lbu OTHER_ORG=00D7Q00000BcXyZ
# shellcheck disable=SC2034
PROVIDER_ADDRESS=13.110.209.7 OWN_ADDRESS=10.20.30.40 STRANGER=192.0.2.99

milter_socket()
{
	if [ -n "$MILTER_PORT" ]; then
		echo "inet:$MILTER_PORT@127.0.0.1"
	else
		echo "unix:$SCRATCH/milter/socket"
	fi
}

milter_socket_rights()
{
	[ -n "$MILTER_PORT" ] ||
	    echo "socket_group = \"$(id -gn "$(postfix_owner)")\""
}

milter_ready()
{
	if [ -n "$MILTER_PORT" ]; then
		port_open "$MILTER_PORT"
	else
		test -S "$SCRATCH/milter/socket"
	fi
}

milter_user()
{
	if getent passwd countersign >/dev/null; then
		echo countersign
	else
		echo proxy
	fi
}

milter_keys_user()
{
	if getent passwd countersign-keys >/dev/null; then
		echo countersign-keys
	else
		echo backup
	fi
}

countersign_key()
{
	"$E2E_BUILD/countersign-key" -c "$MILTER_CONF" "$@"
}

# milter_configure [LINE...]: the usual sources; the lines go before them.
milter_configure()
{
	mkdir -p "$SCRATCH/milter" "$KEYDIR"
	chown "$(milter_user)" "$SCRATCH/milter"
	chown "$(milter_keys_user)" "$KEYDIR"
	chmod 0700 "$KEYDIR"
	milter_conf "$@" >"$MILTER_CONF"
}

milter_conf()
{
	local line

	cat <<-CONF
	socket = "$(milter_socket)"
	preset_dir = "$E2E_LIB/../../../presets"
	$(milter_socket_rights)
	keydir = "$KEYDIR"
	host = "test"
	user = "$(milter_user)"
	keys_user = "$(milter_keys_user)"
	CONF
	for line; do
		echo "$line"
	done
	cat <<-CONF
	source "salesforce production" {
	    header "X-SFDC-LK" {
	        value = { "$("$PYTHON" "$E2E_LIB/salesforce.py" --long-id \
		--org "$OUR_ORG")" }
	        compare = salesforce-id
	    }
	    header "X-SFDC-TLS-NoRelay" { compare = absent }
	    networks = { "13.110.0.0/16" }
	    domains = { "example.com" }
	}
	source "own servers" {
	    networks = { "10.0.0.0/8" }
	    trust_network = true
	    domains = { "example.com", "xn--bcher-kva.example" }
	}
	CONF
}

# milter_keys DOMAIN...: an active RSA and Ed25519 key each, and its records
# where dns_start looks for them.
milter_keys()
{
	local domain

	mkdir -p "$SCRATCH/dns"
	for domain; do
		countersign_key generate "$domain" --algorithm both &&
		    countersign_key activate --force "$domain" || die "no keys"
		countersign_key show "$domain" --json |
		    "$PYTHON" "$E2E_LIB/zone.py" >"$SCRATCH/dns/$domain"
	done >"$SCRATCH/keys.log"
}

milter_start()
{
	local milter=$E2E_BUILD/countersign-milter

	"$milter" -c "$MILTER_CONF" -n >"$SCRATCH/milter/check.log" 2>&1 ||
	    die "the milter finds faults: $(cat "$SCRATCH/milter/check.log")"
	"${MILTER_BY[@]}" "$milter" -c "$MILTER_CONF" -f \
	    >>"$MILTER_LOG" 2>&1 &
	echo $! >"$SCRATCH/milter/pid"
	wait_for 60 milter_ready ||
	    die "the milter did not start"
}

milter_pid()
{
	cat "$SCRATCH/milter/pid"
}

milter_stop()
{
	[ -s "$SCRATCH/milter/pid" ] || return 0
	stop_by_pid "$(milter_pid)"
	rm -f "$SCRATCH/milter/pid" "$SCRATCH/milter/socket"
}

# Reloads that had an end, good or bad.
milter_reloads()
{
	grep -cE 'configuration reloaded|keeping the old configuration' "$MILTER_LOG"
}

milter_reloaded()
{
	[ "$(milter_reloads)" -gt "$1" ]
}

# SIGHUP, and wait for what becomes of it: two signals at once are one.
milter_reload()
{
	local before

	before=$(milter_reloads)
	kill -HUP "$(milter_pid)"
	wait_for 60 milter_reloaded "$before"
}

# The processes of the master that run countersign-front or -signer.
milter_children()
{
	pgrep -P "$(milter_pid)" -f "^([^ ]*/)?countersign-$1[: ]"
}

# milter_kill front|signer one|all: kill -9, by the ids the master started.
milter_kill()
{
	local pids

	mapfile -t pids < <(milter_children "$1")
	[ ${#pids[@]} -gt 0 ] || return 0
	if [ "$2" = all ]; then
		kill -KILL "${pids[@]}" 2>/dev/null
	else
		kill -KILL "${pids[RANDOM % ${#pids[@]}]}" 2>/dev/null
	fi
}
