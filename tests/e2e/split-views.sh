#!/bin/bash
# SPDX-License-Identifier: ISC
#
# A zone in two views of BIND: this host sees a key's record, the world does
# not.  A validating resolver outside, Unbound with DNS over TLS, tells, and no
# key signs until the world sees it.  An answer counts only if the resolver's
# certificate has its name and comes from a CA that is trusted here.

# shellcheck disable=SC2034
E2E_PRIVATE=(bind9 unbound)
# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"

NAMED=$E2E_UNPACKED/bind9/usr/sbin/named
[ ! -x /usr/sbin/named ] || NAMED=/usr/sbin/named
UNBOUND=$E2E_UNPACKED/unbound/usr/sbin/unbound
[ ! -x /usr/sbin/unbound ] || UNBOUND=/usr/sbin/unbound

# The server of the zone, and the resolver, whose address is the world's.
SERVER=127.0.0.11 RESOLVER=127.0.0.21
RESOLVER_NAME=dns.resolver.example
VIEWS=$SCRATCH/views
OUT=$SCRATCH/run.log
MILTER_PORT=8891

# -- Servers -----------------------------------------------------------------

zone_file()
{
	cat <<-ZONE
	\$ORIGIN example.com.
	\$TTL 1
	@ SOA ns hostmaster $(date +%s) 3600 600 86400 1
	@ NS ns
	ns A $SERVER
	ZONE
}

named_conf()
{
	cat <<-CONF
	options {
	    directory "$VIEWS";
	    pid-file "$VIEWS/named.pid";
	    session-keyfile "$VIEWS/session.key";
	    listen-on port 53 { $SERVER; };
	    listen-on-v6 { none; };
	    recursion no;
	    dnssec-validation no;
	};
	controls { };
	key "update" {
	    algorithm hmac-sha256;
	    secret "$(head -c 32 /dev/urandom | base64)";
	};
	view "world" {
	    match-clients { $RESOLVER; };
	    zone "example.com" { type primary; file "world.zone"; };
	};
	view "inside" {
	    zone "example.com" {
	        type primary;
	        file "inside.zone";
	        allow-update { key "update"; };
	    };
	};
	CONF
}

named_start()
{
	mkdir -p "$VIEWS"
	zone_file >"$VIEWS/world.zone"
	zone_file >"$VIEWS/inside.zone"
	named_conf >"$VIEWS/named.conf"
	sed -n '/^key/,/^};/p' "$VIEWS/named.conf" >"$VIEWS/update.key"
	chgrp "$(id -gn "$(milter_keys_user)")" "$VIEWS/update.key"
	chmod 0640 "$VIEWS/update.key"
	# BIND listens at addresses that an interface has.
	ip addr add "$SERVER/32" dev lo
	"$NAMED" -g -c "$VIEWS/named.conf" >"$VIEWS/named.log" 2>&1 &
	wait_for 60 test -s "$VIEWS/named.pid"
}

# What the server shows inside is shown to the world.
publish_to_the_world()
{
	countersign_key show example.com --json |
	    "$PYTHON" "$E2E_LIB/zone.py" >"$SCRATCH/records"
	cat <(zone_file) "$SCRATCH/records" >"$VIEWS/world.zone"
	kill -HUP "$(cat "$VIEWS/named.pid")"
}

# A CA, and a certificate of it for the resolver.
make_certificates()
{
	(
		cd "$VIEWS" || exit 1
		openssl req -x509 -newkey ec -pkeyopt \
		    ec_paramgen_curve:prime256v1 -nodes -days 2 \
		    -subj '/CN=a CA' -keyout ca.key -out ca.pem &&
		openssl req -newkey ec -pkeyopt \
		    ec_paramgen_curve:prime256v1 -nodes \
		    -subj "/CN=$RESOLVER_NAME" -keyout tls.key -out tls.csr &&
		openssl x509 -req -in tls.csr -CA ca.pem -CAkey ca.key \
		    -CAcreateserial -days 2 -out tls.pem -extfile \
		    <(echo "subjectAltName = DNS:$RESOLVER_NAME")
	) >"$SCRATCH/openssl.log" 2>&1
}

resolver_start()
{
	cat >"$VIEWS/unbound.conf" <<-CONF
	server:
	    directory: "$VIEWS"
	    pidfile: ""
	    chroot: ""
	    username: ""
	    do-daemonize: no
	    use-syslog: no
	    interface: $RESOLVER@53
	    interface: $RESOLVER@853
	    tls-port: 853
	    tls-service-key: "$VIEWS/tls.key"
	    tls-service-pem: "$VIEWS/tls.pem"
	    outgoing-interface: $RESOLVER
	    access-control: 127.0.0.0/8 allow
	    do-not-query-localhost: no
	    module-config: "iterator"
	stub-zone:
	    name: "example.com"
	    stub-addr: $SERVER
	CONF
	"$UNBOUND" -d -c "$VIEWS/unbound.conf" >"$VIEWS/unbound.log" 2>&1 &
	echo $! >"$VIEWS/unbound.pid"
	# shellcheck disable=SC2016
	wait_for 60 bash -c ': </dev/tcp/$1/853' - "$RESOLVER"
}

# At port 854 a server that greets with a line.
something_else_start()
{
	"$PYTHON" -c 'import socketserver, sys
class Greeting(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.sendall(b"220 something else\r\n")
socketserver.TCPServer((sys.argv[1], 854), Greeting).serve_forever()' \
	    "$RESOLVER" >"$VIEWS/greeting.log" 2>&1 &
	# shellcheck disable=SC2016
	wait_for 60 bash -c ': </dev/tcp/$1/854' - "$RESOLVER"
}

# -- Rotation ----------------------------------------------------------------

# policy [RESOLVER]: who is asked outside.
policy()
{
	milter_configure "dns { servers = { \"$SERVER\" } }" "rotation {
	    publish = update
	    update_server = \"$SERVER\"
	    tsig_key = \"$VIEWS/update.key\"
	    servers = { \"$SERVER\" }
	    queue_lifetime = 1d
	    ttl = 1s
	    ${1:+check_resolvers = { \"$1\" \}}
	}"
}

# run STATUS PATTERN COMMAND...: exit status and a line of output.
run()
{
	local want=$1 pattern=$2 status=0

	shift 2
	SSL_CERT_FILE=${CA-$VIEWS/ca.pem} countersign_key "$@" >"$OUT" 2>&1 ||
	    status=$?
	cat "$OUT"
	[ "$status" -eq "$want" ] && grep -q -- "$pattern" "$OUT"
}

nothing_happened()
{
	! grep -E 'verify:|activate:' "$KEYDIR/example.com/log"
}

signs()
{
	run 0 . rotate && grep -q 'activate: ' "$KEYDIR/example.com/log"
}

check "a name server with two views" named_start
check "a CA and a certificate" make_certificates
check "a resolver outside, with TLS" resolver_start

TLS=$RESOLVER@853#$RESOLVER_NAME
policy
check "private servers, nobody asked: told with the option" \
    run 3 'rotation, set check_resolvers' add example.com
sleep 3
check "and no key is verified" run 3 'private addresses' rotate
check "that is so" nothing_happened

silent='no resolver of check_resolvers answers'
policy "$TLS"
CA=/dev/null check "a CA that is not trusted: no answer" \
    run 0 "$silent.*its certificate is not trusted" rotate
policy "$RESOLVER@853#dns.other.example"
check "a certificate with another name: no answer" \
    run 0 "$silent.*its certificate has another name" rotate
policy "$RESOLVER@53#$RESOLVER_NAME"
check "DNS without TLS: no answer" run 0 "$silent.*no answer" rotate
check "a server of something else" something_else_start
policy "$RESOLVER@854#$RESOLVER_NAME"
check "no TLS at all: no answer" run 0 "$silent.*no TLS" rotate
check "no key was verified" nothing_happened

for way in "$RESOLVER" "$TLS"; do
	policy "$way"
	check "$way: the world does not see the record" \
	    run 0 "does not see it, so it does not sign: .* absent" rotate
	check "$way: check shows both" \
	    run 3 "^    outside  .*$RESOLVER" check example.com
	check "$way: inside it is right" \
	    grep -q "^    inside .*$SERVER\]*  *right" "$OUT"
	check "$way: outside it is absent" \
	    grep -q "^    outside .*$RESOLVER.*absent" "$OUT"
	check "$way: nobody activates it" \
	    run 3 'must not sign' activate example.com
done
check "still no key was verified" nothing_happened

check "the records get into the other view" publish_to_the_world
check "the world sees them: the first key signs" wait_for 60 signs
check "with the evidence in the log" grep -q \
    "verify: .*; outside: $RESOLVER_NAME ($RESOLVER@853) right" \
    "$KEYDIR/example.com/log"
# The resolver may have cached that a record was not there, for a second.
check "check is content" wait_for 60 run 0 "right" check example.com

zone_file >"$VIEWS/world.zone"
check "the world loses them" kill -HUP "$(cat "$VIEWS/named.pid")"
told()
{
	run 1 'FAILED: signs, and every name server has its record' rotate
}
check "the key goes on, and it is told" wait_for 60 told
check "no key retired" bash -c "! grep -q ' retire: ' \
    '$KEYDIR/example.com/log'"

stop_by_pid "$(cat "$VIEWS/unbound.pid")"
stop_by_pid "$(cat "$VIEWS/named.pid")"
e2e_finish
