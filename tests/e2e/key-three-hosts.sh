#!/bin/bash
# SPDX-License-Identifier: ISC
#
# Three hosts sign with the same keys, without a database: one rotates, and
# pushes keys to the two others.  Mail flows through all three while keys change
# twice, while one host cannot be reached, and through a compromise; a program
# stands in for ssh.

# shellcheck disable=SC2034
E2E_PRIVATE=(knot postfix unbound)
# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"
# shellcheck source=tests/e2e/lib/dns_cluster.sh
. "$E2E_LIB/dns_cluster.sh"
# shellcheck source=tests/e2e/lib/life.sh
. "$E2E_LIB/life.sh"

OTHERS=(second third)
declare -A PORTS=([second]=10588 [third]=10589)

cat >"$SCRATCH/reach" <<EOF
#!/bin/sh
[ ! -e "$SCRATCH/\$1.away" ] || { echo "\$1: no route to host" >&2; exit 255; }
exec "$E2E_BUILD/countersign-key" -c "$SCRATCH/\$1/countersign.conf" receive
EOF
chmod 0755 "$SCRATCH/reach"

# other_configure HOST: as the first one, but it follows.
other_configure()
{
	mkdir -p "$SCRATCH/$1"
	chown "$(milter_user)" "$SCRATCH/$1"
	install -d -m 0700 -o "$(milter_keys_user)" "$SCRATCH/keys-$1"
	sed "s,$SCRATCH/milter/socket,$SCRATCH/$1/socket,
	    s,$KEYDIR,$SCRATCH/keys-$1,
	    s,^host = .*,host = \"$1\"," "$MILTER_CONF" \
	    >"$SCRATCH/$1/countersign.conf"
	echo 'follower = yes' >>"$SCRATCH/$1/countersign.conf"
}

other_start()
{
	"$E2E_BUILD/countersign-milter" -c "$SCRATCH/$1/countersign.conf" -f \
	    >"$SCRATCH/$1/milter.log" 2>&1 &
	wait_for 60 test -S "$SCRATCH/$1/socket"
}

# other_mail HOST: mail through its milter.
other_mail()
{
	LIFE_NAME=$1 "$PYTHON" "$E2E_LIB/life_mail.py" "${PORTS[$1]}" \
	    "$PROVIDER_ADDRESS" "$SCRATCH/sink/mail" "$LIFE_LIFETIME" \
	    "$SCRATCH/life.stop" "$SCRATCH/$1.report" "$LIFE_COMPROMISED" \
	    >"$SCRATCH/$1.log" 2>&1 &
	mailers[$1]=$!
}

other_is_faultless()
{
	local status=0

	wait "${mailers[$1]}" || status=$?
	grep FAULT "$SCRATCH/$1.report"
	tail -3 "$SCRATCH/$1.log"
	return "$status"
}

# changes N: each algorithm has changed its key so often.
changes()
{
	[ "$(grep -c ' retire: ' "$KEYDIR/example.com/log")" -ge $((2 * $1)) ]
}

active()
{
	countersign_key list example.com --json | "$PYTHON" -c '
import json, sys
print(*sorted(key["selector"] for key in json.load(sys.stdin)
              if key["status"] == "active"))'
}

# signs LOG SELECTOR...: each of them has signed there.
signs()
{
	local log=$1 selector

	shift
	for selector; do
		grep -q "signed d=example.com s=$selector " "$log" || return 1
	done
}

# waiting: the keys that waited for the host that was away.
waiting()
{
	awk '/FAILED: does not start to sign, as a host/ { print $2 }' \
	    "$LIFE_ROTATIONS" | sort -u
}

is_waiting()
{
	[ -n "$(waiting)" ]
}

# Keys that all hosts got before may have begun to sign.
waiting_do_not_sign()
{
	[ -z "$(comm -12 <(active | tr ' ' '\n' | sort) <(waiting))" ] &&
	    life_both active
}

waiting_signed()
{
	local selector

	for selector in $(waiting); do
		signs "$SCRATCH/milter/milter.log" "$selector" || return 1
	done
}

same_state()
{
	cmp "$KEYDIR/example.com/state" "$SCRATCH/keys-$1/example.com/state"
}

no_key_is_readable()
{
	[ -z "$(find "$SCRATCH"/keys* -name '*.pem' -perm /0377)" ] &&
	    [ -z "$(find "$SCRATCH"/keys* -name '*.pem' \
	    ! -user "$(milter_keys_user)")" ]
}

declare -A mailers
LIFE_EVERY=20s
life_policy "publish = update" "update_server = \"$PRIMARY\"" \
    "tsig_key = \"$CLUSTER/hmac-sha512.key\"" \
    "sync_hosts = { \"second\", \"third\" }" \
    "sync_command = { \"$SCRATCH/reach\", HOST }"
POSTFIX_SERVICES=
for host in "${OTHERS[@]}"; do
	other_configure "$host"
	POSTFIX_SERVICES+="127.0.0.1:${PORTS[$host]} inet n - n - - smtpd
    -o smtpd_milters=unix:$SCRATCH/$host/socket
"
done
cluster_start example.com example.net
check "keys are made and published" life_add example.com
check "and pushed" countersign_key sync
for host in "${OTHERS[@]}"; do
	check "$host has them" same_state "$host"
	check "$host starts" other_start "$host"
done
life_begin
for host in "${OTHERS[@]}"; do
	other_mail "$host"
done
check "keys change twice" wait_for 200 changes 2

# Runs that cannot reach it fail, whenever they began.
LIFE_EXCUSE='third: no route to host'
touch "$SCRATCH/third.away"
check "a host cannot be reached, and a new key waits for it" \
    wait_for 60 is_waiting
check "the old keys sign on" waiting_do_not_sign
rm "$SCRATCH/third.away"
check "it is back, and keys change" wait_for 60 waiting_signed

check "from now on keys sign for longer" sed -i 's/ every = .*/ every = 1h/' \
    "$MILTER_CONF"
check "so rotation changes none" life_let_rotate
check "keys are in reserve" wait_for 60 life_both standby
active >"$LIFE_COMPROMISED"
check "the keys that sign are compromised" countersign_key compromise \
    example.com
new=$(active)
for host in milter "${OTHERS[@]}"; do
	log=$SCRATCH/$host/milter.log
	# shellcheck disable=SC2086
	check "others sign: $host" wait_for 60 signs "$log" $new
done
life_end
for host in "${OTHERS[@]}"; do
	check "$host: every message signed, every signature verified" \
	    other_is_faultless "$host"
done
check "no key is readable by others" no_key_is_readable

e2e_finish
