#!/bin/bash
# SPDX-License-Identifier: ISC
#
# Faults during rotation: the run names the server or file at fault, mail is
# still signed, and after the fault is fixed the next run continues.

# shellcheck disable=SC2034
E2E_PRIVATE=(knot postfix unbound libfaketime)
# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"
# shellcheck source=tests/e2e/lib/dns_cluster.sh
. "$E2E_LIB/dns_cluster.sh"

OUT=$SCRATCH/run.log
FAKETIME=$(find "$E2E_UNPACKED" /usr/lib -name libfaketime.so.1 2>/dev/null |
    head -1)

# policy [LINE...]: the section rotation; later lines win over these.
policy()
{
	local line every=90d server=$PRIMARY key=hmac-sha256

	for line; do
		local "${line%%=*}=${line#*=}"
	done
	milter_configure "rotation {
	    every = $every
	    publish = update
	    update_server = \"$server\"
	    tsig_key = \"$CLUSTER/$key.key\"
	    queue_lifetime = 1d
	    ttl = 1s
	    check_resolvers = none
	}"
}

# run STATUS PATTERN COMMAND...: exit status and a line of output.
run()
{
	local want=$1 pattern=$2 status=0

	shift 2
	countersign_key "$@" >"$OUT" 2>&1 || status=$?
	cat "$OUT"
	[ "$status" -eq "$want" ] || {
		echo "exit $status, want $want"
		return 1
	}
	grep -q -e "$pattern" "$OUT" || {
		echo "no '$pattern'"
		return 1
	}
}

run_at()
{
	local offset=$1 status=0

	shift
	export LD_PRELOAD=$FAKETIME FAKETIME=$offset
	run "$@" || status=$?
	unset LD_PRELOAD FAKETIME
	return "$status"
}

# due STATUS PATTERN: the keys in reserve begin to sign, and new ones are made,
# and published if that can be done.
due()
{
	local status=0

	policy every=1s "${due_policy[@]}"
	run "$1" "$2" rotate example.com || status=$?
	policy "${due_policy[@]}"
	return "$status"
}

# due_then STATUS PATTERN: what the next run says.  In the first, a key that
# signs for longer than a second may have signed for too long.
due_then()
{
	policy every=1s
	countersign_key rotate example.com >"$OUT" 2>&1
	policy
	run "$1" "$2" rotate example.com
}

keys()
{
	countersign_key list "${2:-example.com}" --json | "$PYTHON" -c '
import json, sys
print(*sorted(key["selector"] for key in json.load(sys.stdin)
              if key["status"] == sys.argv[1]))' "$1"
}

has_keys()
{
	[ "$(keys "$1" "${3:-example.com}" | wc -w)" -eq "$2" ]
}

# Everything is as it should be, after as many runs as verification takes.
recovers()
{
	local i

	for ((i = 0; i < 20; i++)); do
		countersign_key rotate example.com >"$OUT" 2>&1 &&
		    has_keys active 2 && has_keys standby 2 && return 0
		sleep 0.5
	done
	cat "$OUT"
	return 1
}

messages=0
signed()
{
	messages=$((messages + 1))
	message "mail-$messages" --org "$OUR_ORG"
	deliver "mail-$messages" --address "$PROVIDER_ADDRESS"
	arrives_signed "mail-$messages"
}

mount -t tmpfs -o size=4m,mode=0700 tmpfs "$(mkdir -p "$KEYDIR" &&
    echo "$KEYDIR")" || die "no tmpfs"
due_policy=()
policy
mkdir -p "$SCRATCH/dns"
echo 20 >"$SCRATCH/dns/nx.example.negative"
cluster_start example.com example.net late.example nx.example
cp "$CLUSTER/hmac-sha256.key" "$CLUSTER/other-secret.key"
sed -i 's|secret ".*"|secret "'"$(cluster_secret)"'"|' \
    "$CLUSTER/other-secret.key"
sed 's/update-hmac-sha256/nobody/' "$CLUSTER/hmac-sha256.key" \
    >"$CLUSTER/other-name.key"
cluster_key_rights "$CLUSTER"/*.key
countersign_key add example.com >"$OUT" 2>&1
check "to begin with" recovers
sink_start
milter_start
mta_start postfix
check "mail is signed" signed

fault()
{
	progress "$1"
	title=$1
}

# fixed: what each fault ends with.
fixed()
{
	check "$title: mail is signed meanwhile" signed
	due_policy=()
	policy
	"$@"
	check "$title: goes on when fixed" recovers
	check "$title: mail is signed after" signed
}

fault "wrong TSIG secret"
due_policy=(key=other-secret)
check "$title: is told" due 1 'server 127.0.0.11: .*BADSIG: .*compare tsig_key'
fixed true

fault "unknown TSIG key"
due_policy=(key=other-name)
check "$title: is told" due 1 \
    'server 127.0.0.11: .*does not have this key, .*: compare tsig_key'
fixed true

# A server that answers every update in one way.
answer_update()
{
	mkdir -p "$SCRATCH/answer"
	"$PYTHON" "$E2E_LIB/answer_update.py" 127.0.0.20 \
	    "$CLUSTER/hmac-sha256.key" "$@" >"$SCRATCH/answer/log" 2>&1 &
	echo $! >"$SCRATCH/answer/pid"
	wait_for 60 bash -c ': </dev/tcp/127.0.0.20/53' ||
	    die "the server that refuses did not start"
	due_policy=(server=127.0.0.20)
}
answer_end()
{
	stop_by_pid "$(cat "$SCRATCH/answer/pid")"
	rm -f "$SCRATCH/answer/pid"
}

fault "REFUSED"
answer_update REFUSED
check "$title: is told" due 1 \
    'server 127.0.0.20: REFUSED for the update .*allow the key in tsig_key'
fixed answer_end

fault "SERVFAIL for an update"
answer_update SERVFAIL
check "$title: is told" due 1 \
    'server 127.0.0.20: SERVFAIL for the update of zone example.com: see the'
fixed answer_end

fault "an answer that is not signed"
answer_update NOERROR unsigned
check "$title: is told" due 1 \
    'server 127.0.0.20: .*not signed, so anybody may have sent it'
fixed answer_end

fault "a TSIG key that all can read"
due_policy=(key=hmac-sha512)
chmod 0644 "$CLUSTER/hmac-sha512.key"
check "$title: is told" due 1 \
    'mode 0644 lets everyone use it: chown root:.*; chmod 0640'
fixed cluster_key_rights "$CLUSTER/hmac-sha512.key"

fault "a TSIG key that only root can read"
due_policy=(key=hmac-sha512)
chmod 0600 "$CLUSTER/hmac-sha512.key"
check "$title: is told" due 1 \
    "user $(milter_keys_user) cannot read it: chown root:.*; chmod 0640"
fixed cluster_key_rights "$CLUSTER/hmac-sha512.key"

fault "no server takes updates"
due_policy=(server=127.0.0.99)
check "$title: is told" due 1 'server 127.0.0.99: .*check that it is running'
fixed true

fault "the primary is dead"
cluster_server_stop 1
reserve=$(keys standby)
check "$title: is told" due 1 'server 127.0.0.11: .*check that it is running'
# What was verified before takes over; nothing else is.
reserve_signs()
{
	[ "$(keys active)" = "$reserve" ] && has_keys standby 0
}
check "$title: the reserve takes over" reserve_signs
fixed cluster_server_start 1

fault "SERVFAIL of one secondary"
expire()
{
	cluster_command 2 -b zone-freeze example.com &&
	    cluster_command 2 -b -f zone-purge +expire example.com
	run 0 'ns2.example.com (127.0.0.12) .*SERVFAIL' rotate example.com
}
unexpire()
{
	cluster_command 2 -b zone-thaw example.com >/dev/null
	cluster_command 2 zone-retransfer example.com >/dev/null
	wait_for 60 cluster_serves 2 example.com
}
check "$title: is told" wait_for 60 expire
tail -3 "$OUT" | sed 's/^/#   /'
fixed unexpire

fault "one secondary lags"
cluster_lag 2 example.com
check "$title: is told" due_then 0 'ns2.example.com (127.0.0.12) absent'
sleep 2
active=$(keys active)
not_verified()
{
	run 0 'ns2.example.com (127.0.0.12) absent' rotate example.com &&
	    has_keys standby 0
}
check "$title: nothing is verified" not_verified
same_keys_sign()
{
	policy every=1s
	run 0 'ns2.example.com (127.0.0.12) absent' rotate example.com
	policy
	[ "$(keys active)" = "$active" ]
}
check "$title: nothing is activated" same_keys_sign
by_hand()
{
	local selectors

	read -ra selectors <<<"$(keys published)"
	run 3 'absent' activate example.com "${selectors[@]}"
}
check "$title: nor by hand" by_hand
fixed cluster_catch_up 2 example.com

fault "one secondary is dead"
cluster_server_stop 3
reserve=$(keys standby)
check "$title: is told" due_then 0 'ns3.example.com (127.0.0.13) silent'
check "$title: the reserve takes over" reserve_signs
fixed cluster_server_start 3
wait_for 60 cluster_serves 3 example.com

fault "a record altered at one server"
selector=$(keys active | tr ' ' '\n' | grep r)
altered()
{
	cluster_command 3 zone-begin example.com &&
	    cluster_command 3 zone-unset example.com \
	    "$selector._domainkey" TXT &&
	    cluster_command 3 zone-set example.com "$selector._domainkey" 1 \
	    TXT '"v=DKIM1; k=rsa; h=sha256; p=AAAA"' &&
	    cluster_command 3 zone-commit example.com
}
check "$title: done" altered
check "$title: is told" run 1 \
    'signs, but not every server has its correct record: .*ns3.example.com (127.0.0.13) wrong' \
    rotate example.com
check "$title: check says so, too" run 1 '127.0.0.13\] .*wrong' \
    check example.com
repair()
{
	cluster_command 3 zone-retransfer example.com >/dev/null
	wait_for 60 countersign_key check example.com
}
fixed repair

fault "somebody else's record at the name"
others()
{
	local selector

	selector=$(date -u +%Y%m%d)r99
	countersign_key generate example.com --selector "$selector" &&
	    cluster_change 1 example.com zone-set "$selector._domainkey" 1 \
	    TXT '"not ours"' &&
	    run 1 'not ours and left unchanged: "not ours"' publish \
	    example.com "$selector" &&
	    cluster_command 1 zone-read example.com "$selector._domainkey" |
	    grep 'not ours' &&
	    countersign_key remove --force example.com "$selector"
}
check "$title: is not touched" others
cluster_change 1 example.com zone-unset "$(date -u +%Y%m%d)r99._domainkey" \
    TXT >/dev/null 2>&1
countersign_key remove --force example.com "$(date -u +%Y%m%d)r99" \
    >/dev/null 2>&1
check "$title: goes on when fixed" recovers

fault "the clock differs from that of the server"
check "$title: is told" run_at -1h 1 'BADTIME: the clocks' add late.example
after_time()
{
	countersign_key rotate late.example >/dev/null
	wait_for 60 late_signs
}
late_signs()
{
	run 0 . rotate late.example && has_keys active 2 late.example
}
check "$title: goes on when fixed" after_time

fault "the clock is set back"
before=$(keys active)
check "$title: is told" run_at -3h 1 \
    'a recorded time lies in the future: check the clock' \
    rotate example.com
same_as_before()
{
	[ "$(keys active)" = "$before" ]
}
check "$title: the same keys sign" same_as_before
fixed true

fault "NXDOMAIN is cached"
asked()
{
	"$PYTHON" - "$1" <<-'PYTHON'
	import sys
	import dns.message, dns.query, dns.rcode
	query = dns.message.make_query(
	    sys.argv[1] + '._domainkey.nx.example', 'TXT')
	answer = dns.query.udp(query, '127.0.0.1', timeout=5)
	print(dns.rcode.to_text(answer.rcode()))
	sys.exit(not answer.answer)
	PYTHON
}
nxdomain_waits()
{
	countersign_key generate nx.example --selector one >/dev/null &&
	    ! asked one && countersign_key publish nx.example one &&
	    wait_for 60 run 0 'waiting until' rotate nx.example &&
	    has_keys standby 0 nx.example && has_keys active 0 nx.example &&
	    ! asked one
}
check "$title: the key is not used" nxdomain_waits
nxdomain_ends()
{
	countersign_key rotate nx.example >/dev/null
	keys active nx.example | grep -q one
}
check "$title: it is, when no cache has it" wait_for 60 nxdomain_ends
check "$title: and the resolver has the record by then" asked one

fault "the disk is full"
dd if=/dev/zero of="$KEYDIR/.fill" bs=4k >/dev/null 2>&1
check "$title: is told" due 1 'No space left on device'
fixed rm -f "$KEYDIR/.fill"

fault "the key directory cannot be written"
mount -o remount,ro "$KEYDIR"
check "$title: is told" due 1 'Read-only file system'
fixed mount -o remount,rw "$KEYDIR"

fault "a damaged state file of another domain"
cp -p "$KEYDIR/late.example/state" "$SCRATCH/state"
echo garbage >>"$KEYDIR/late.example/state"
check "$title: is told" run 1 'late.example/state: line [0-9]*: .*fix it' \
    rotate
check "$title: the others go on" grep -q ' 1 failed' "$OUT"
restore()
{
	cat "$SCRATCH/state" >"$KEYDIR/late.example/state"
}
fixed restore

fault "kill -9 at any moment"
killed=0
for ((i = 1; i <= 40; i++)); do
	policy every=1s
	"$E2E_BUILD/countersign-key" -c "$MILTER_CONF" rotate \
	    >/dev/null 2>&1 &
	pid=$!
	sleep "0.$(printf '%03d' $((RANDOM % 600)))"
	kill -KILL $pid 2>/dev/null && killed=$((killed + 1))
	wait $pid 2>/dev/null
done
echo "#   $killed of 40 runs killed"
check "$title: mail is signed" signed
fixed true

e2e_finish
