# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# Part of container.sh: two hosts of a fleet in containers, with PostgreSQL over
# TLS.  Each host has a volume, and a container with countersign-fleet; the
# second one has a milter, too, which signs with the keys of the first.

# fleet_host NAME: its volume, and its configuration with the certificate as
# Kubernetes mounts both.
fleet_host()
{
	local name=$1 folder=$SCRATCH/$1 database

	database="host=127.0.0.1 dbname=postgres user=$name"
	database+=" target_session_attrs=read-write sslmode=verify-full"
	database+=" sslrootcert=/etc/countersign/ca.crt"
	database+=" sslcert=/etc/countersign/$name.crt"
	database+=" sslkey=/etc/countersign/$name.key"
	mkdir -p "$folder/conf.new"
	cp "$SCRATCH/tls/ca.crt" "$SCRATCH/tls/$name".{crt,key} \
	    "$folder/conf.new" &&
	    cat >"$folder/conf.new/countersign.conf" <<-CONF
	socket    = "inet:$PORT@0.0.0.0"
	keydir    = "/var/lib/countersign/keys"
	keys_user = "countersign"
	source "own servers" {
	    networks      = { "10.0.0.0/8" }
	    trust_network = true
	    domains       = { "example.com" }
	}
	metrics { listen = "inet:9749@127.0.0.1" }
	fleet {
	    host     = "$name"
	    database = "$database"
	}
	CONF
	volume "$folder/conf"
	# The image has these folders, and an empty volume begins with them.
	cp -a "$BOX/rootfs/var/lib/countersign" "$folder/state"
}

fleet_prepare()
{
	TMPDIR=$SCRATCH "$PYTHON" tests/packages/database.py "$SCRATCH" \
	    "$SCRATCH/tls" 8891 relay1 relay2 >"$SCRATCH/database.log" 2>&1 &
	wait_for 120 test -e "$SCRATCH/tls/ready" || {
		cat "$SCRATCH/database.log"
		return 1
	}
	fleet_host relay1 && fleet_host relay2 &&
	    cp -r "$BOX/rootfs/tmp/store/example.com" \
	    "$SCRATCH/relay1/state/keys" &&
	    chown -R 8891:8891 "$SCRATCH/relay1/state/keys"
}

# fleet_run BOX HOST COMMAND...: a container of that host.
fleet_run()
{
	local name=$1 host=$2

	shift 2
	mkdir -p "$BOX/$name"
	jq --arg host "$SCRATCH/$host" '.process.args = $ARGS.positional |
	    .root.path = "../rootfs" | .mounts |= map(
	    if .destination == "/etc/countersign" then
	        .source = $host + "/conf"
	    elif .destination == "/var/lib/countersign" then
	        .source = $host + "/state"
	    elif .destination == "/keys" then empty
	    else . end)' "$BOX/config.json" --args -- "$@" \
	    >"$BOX/$name/config.json" || return 1
	crun_box run --bundle "$BOX/$name" "$name" >"$BOX/$name.log" 2>&1 &
}

# fleet_in BOX COMMAND...: as inside does it.
fleet_in()
{
	local name=$1

	shift
	jq '.process | .args = $ARGS.positional' "$BOX/$name/config.json" \
	    --args -- "$@" >"$BOX/$name/process.json" &&
	    crun_box exec --process "$BOX/$name/process.json" "$name"
}

fleet_said()
{
	grep -F "[$2]" "$BOX/$1.log"
}

# fleet_mirrors HOST: its countersign-fleet runs.
fleet_mirrors()
{
	fleet_run "$1" "$1" countersign-fleet -f
	wait_for 60 fleet_said "$1" fleet-ready && return 0
	cat "$BOX/$1.log"
	return 1
}

# fleet_listed EXPRESSION
fleet_listed()
{
	fleet_in relay1 countersign-key fleet list --json | jq -r "$1"
}

fleet_begins()
{
	fleet_mirrors relay1 && fleet_in relay1 countersign-key fleet init &&
	    fleet_in relay1 countersign-key fleet enter
}

fleet_grows()
{
	local fingerprint

	fleet_mirrors relay2 || return 1
	fleet_in relay2 countersign-key fleet init \
	    --members "$(fleet_listed .members)" \
	    --change "$(fleet_listed .change)" >"$SCRATCH/joined" || return 1
	cat "$SCRATCH/joined"
	fingerprint=$(sed -n \
	    's/^relay2: waiting: \([0-9a-f ]*[0-9a-f]\).*/\1/p' \
	    "$SCRATCH/joined")
	fleet_in relay1 countersign-key fleet admit relay2 "$fingerprint"
}

# The keys of both hosts are the same.
fleet_is_mirrored()
{
	local host

	for host in relay1 relay2; do
		fleet_in "$host" countersign-key list --json |
		    jq -S '[.[] | [.domain, .selector, .status]]' \
		    >"$SCRATCH/$host.keys" || return 1
	done
	cat "$SCRATCH/relay2.keys"
	[ "$(grep -c active "$SCRATCH/relay2.keys")" -eq 2 ] &&
	    cmp "$SCRATCH/relay1.keys" "$SCRATCH/relay2.keys"
}

fleet_mail_is_signed()
{
	fleet_run milter relay2 countersign-milter -f
	wait_for 60 fleet_in milter countersign-doctor ping || {
		cat "$BOX/milter.log"
		return 1
	}
	mail fleet
	arrives_signed fleet
}

# None runs as root here, either, and all are told to end.
fleet_ends()
{
	local name

	for name in milter relay2 relay1; do
		crun_box kill "$name" TERM || return 1
	done
	wait_for 60 fleet_has_ended
}

fleet_has_ended()
{
	[ "$(crun_box list -q | wc -l)" -eq 0 ]
}

fleet_cases()
{
	check "a database, and two volumes for a fleet" fleet_prepare
	check "a container begins the fleet with its keys" fleet_begins
	check "another one is admitted" fleet_grows
	check "and mirrors the keys" wait_for 60 fleet_is_mirrored
	check "a milter signs with the mirrored keys" fleet_mail_is_signed
	check "its metrics are read" wait_for 60 mail_is_counted
	check "all end" fleet_ends
}
