#!/bin/bash
# SPDX-License-Identifier: ISC
#
# The hook that updates DNS with GSS-TSIG, against BIND and an MIT KDC: what it
# changes and leaves alone, and what it says of each way to be refused.  BIND
# is also asked what it answers for a frozen zone.

# shellcheck disable=SC2034
E2E_PRIVATE=(bind9 krb5-admin-server krb5-kdc)
# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"

PUBLISHCASE=$E2E_BUILD/tests/keys/publishcase
REALM=EXAMPLE.COM
NAME=s._domainkey.example.com
ONE='v=DKIM1; h=sha256; p=b25l'
TWO='v=DKIM1; h=sha256; p=dHdv'
LONG="v=DKIM1; p=$(printf '%0600d' 0)"
GSS=$SCRATCH/gss
HOOK=$GSS/hook-nsupdate-gss
mkdir -p "$GSS/kdc" "$GSS/named" "$GSS/conf"
# Where Debian's are installed, the unpacked ones are not there.
unpacked()
{
	[ -x "$2" ] && echo "$2" || echo "$E2E_UNPACKED/$1$2"
}
NAMED=$(unpacked bind9 /usr/sbin/named)
KDC=$(unpacked krb5-kdc /usr/sbin/krb5kdc)
KDB=$(unpacked krb5-kdc /usr/sbin/kdb5_util)
KADMIN=$(unpacked krb5-admin-server /usr/sbin/kadmin.local)
MODULES=$(echo "${KDC%/usr/sbin/krb5kdc}"/usr/lib/*/krb5/plugins/kdb)

echo '127.0.0.1 ns1.example.com kdc.example.com localhost' \
    >>"$SCRATCH/hosts"

# The KDC.
cat >"$GSS/krb5.conf" <<CONF
[libdefaults]
	default_realm = $REALM
	dns_lookup_kdc = false
	dns_lookup_realm = false
	dns_canonicalize_hostname = false
	rdns = false
[realms]
	$REALM = {
		kdc = 127.0.0.1:8088
	}
[domain_realm]
	.example.com = $REALM
CONF
cat >"$GSS/kdc.conf" <<CONF
[kdcdefaults]
	kdc_listen = 127.0.0.1:8088
	kdc_tcp_listen = 127.0.0.1:8088
[realms]
	$REALM = {
		database_name = $GSS/kdc/principal
		key_stash_file = $GSS/kdc/stash
		acl_file = $GSS/kdc/acl
	}
[dbmodules]
	db_module_dir = $MODULES
[logging]
	kdc = FILE:$GSS/kdc.log
CONF
export KRB5_CONFIG=$GSS/krb5.conf KRB5_KDC_PROFILE=$GSS/kdc.conf

kdc_start()
{
	"$KDC" -n >>"$GSS/kdc.log" 2>&1 &
	echo $! >"$GSS/kdc/pid"
	wait_for 60 port_open 8088
}

kdc_stop()
{
	stop_by_pid "$(cat "$GSS/kdc/pid")"
}

{
	"$KDB" create -s -P password -r "$REALM"
	for principal in countersign other DNS/ns1.example.com; do
		"$KADMIN" -q "addprinc -randkey $principal"
		"$KADMIN" -q "ktadd -k $GSS/${principal%%/*}.keytab $principal"
	done
} >"$GSS/kadmin.log" 2>&1 || die "no KDC: see $GSS/kadmin.log"
chmod 0600 "$GSS"/*.keytab
kdc_start || die "the KDC does not start: see $GSS/kdc.log"

# BIND, which lets the principal change TXT records below _domainkey alone.
cat >"$GSS/named.conf" <<CONF
options {
	directory "$GSS/named";
	pid-file "$GSS/named/named.pid";
	session-keyfile "$GSS/named/session.key";
	managed-keys-directory "$GSS/named";
	listen-on { 127.0.0.1; };
	listen-on-v6 { none; };
	recursion no;
	tkey-gssapi-keytab "$GSS/DNS.keytab";
};
key "update" {
	algorithm hmac-sha256;
	secret "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0";
};
key "control" {
	algorithm hmac-sha256;
	secret "Y29udHJvbGNvbnRyb2xjb250cm9s";
};
controls { inet 127.0.0.1 port 9953 allow { 127.0.0.1; } keys { control; }; };
zone "example.com" {
	type primary;
	file "example.com";
	update-policy {
		grant "countersign\\@$REALM" subdomain _domainkey.example.com. TXT;
		grant update subdomain _domainkey.example.com. TXT;
	};
};
CONF
cat >"$GSS/named/example.com" <<ZONE
\$TTL 5
@ SOA ns1 hostmaster 1 60 60 86400 5
@ NS ns1
ns1 A 127.0.0.1
other._domainkey TXT "somebody else's"
ZONE
cat >"$GSS/rndc.conf" <<CONF
key "control" {
	algorithm hmac-sha256;
	secret "Y29udHJvbGNvbnRyb2xjb250cm9s";
};
options { default-key "control"; default-server 127.0.0.1; default-port 9953; };
CONF
(umask 077 && echo 'hmac-sha256:update:c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0' \
    >"$GSS/update.key")

named_start()
{
	"$NAMED" -g -c "$GSS/named.conf" >>"$GSS/named.log" 2>&1 &
	echo $! >"$GSS/named/pid"
	wait_for 60 port_open 53
}
named_start || die "named does not start: see $GSS/named.log"

sed "s,/etc/countersign,$GSS/conf," \
    "$E2E_TOP/keys/examples/hook-nsupdate-gss" >"$HOOK"
chmod 0755 "$HOOK"

# settings KEYTAB [LINE]: whose keytab.
settings()
{
	cat >"$GSS/conf/hook-nsupdate-gss.conf" <<-CONF
	export KRB5_CONFIG=$KRB5_CONFIG
	principal=$1@$REALM
	keytab=$GSS/$1.keytab
	${2:-}
	CONF
}

# hook STATUS TEXT ARGUMENTS: it ends so, and TEXT is what it says.
hook()
{
	local status=0 want=$1 text=$2 output

	shift 2
	output=$(env -i PATH="$PATH" COUNTERSIGN_DOMAIN=example.com \
	    timeout 100 "$HOOK" "$@" 2>&1) || status=$?
	echo "$status: $output"
	[[ $status -eq $want && $output == *"$text"* ]]
}

# has NAME VALUE...: exactly these, each of strings of at most 255 octets.
has()
{
	"$PYTHON" - "$@" <<-'PYTHON'
	import sys
	import dns.message, dns.query
	name, *wanted = sys.argv[1:]
	answer = dns.query.tcp(dns.message.make_query(name, "TXT"),
	                       "127.0.0.1", timeout=5)
	found = [(b"".join(rdata.strings).decode(), rrset.ttl)
	         for rrset in answer.answer for rdata in rrset]
	print(found)
	sys.exit(sorted(text for text, _ in found) != sorted(wanted))
	PYTHON
}

# frozen TEXT: what an update with TSIG gets then.
frozen()
{
	local output

	output=$("$PUBLISHCASE" -a 127.0.0.1 -s 127.0.0.1 -k "$GSS/update.key" \
	    example.com "frozen._domainkey.example.com" - "$ONE")
	echo "$output"
	[[ $output == *"$1"* ]]
}

rndc_do()
{
	"$(unpacked bind9-utils /usr/sbin/rndc)" -c "$GSS/rndc.conf" "$@"
}

settings countersign
check "a record is added" hook 0 "" add "$NAME" "$ONE" 60
check "and is there" has "$NAME" "$ONE"
check "again: nothing else" hook 0 "" add "$NAME" "$ONE" 60
check "it is one record" has "$NAME" "$ONE"
check "a value of many strings" hook 0 "" add "$NAME" "$LONG" 60
check "is whole, beside the other" has "$NAME" "$ONE" "$LONG"
check "it alone is removed" hook 0 "" remove "$NAME" "$LONG" 60
check "the other stays" has "$NAME" "$ONE"
check "what is not there is removed: no error" hook 0 "" remove "$NAME" \
    "$TWO" 60
check "beside somebody's record" hook 0 "" add other._domainkey.example.com \
    "$ONE" 60
check "which stays" has other._domainkey.example.com "$ONE" "somebody else's"
settings countersign 'server=ns1.example.com
zone=example.com'
check "server and zone by name" hook 0 "" remove "$NAME" "$ONE" 60
check "it is gone" has "$NAME"
check "outside of _domainkey" hook 1 REFUSED add s.example.com "$ONE" 60

printf '%s\n' "add $NAME 60 $ONE" "add s.example.com 60 $ONE" \
    "remove other._domainkey.example.com 60 $ONE" "add a b c" >"$GSS/lines"
tickets()
{
	grep -c 'AS_REQ.* ISSUE: ' "$GSS/kdc.log"
}
batch()
{
	local output

	output=$(env -i PATH="$PATH" "$HOOK" batch <"$GSS/lines" 2>&1 |
	    tee "$GSS/answers" | cut -d' ' -f1,2 | paste -sd,)
	cat "$GSS/answers"
	[ "$output" = "ok 1,failed 2,ok 3,failed 4" ]
}
before=$(tickets)
check "a batch" batch
check "with one ticket" test "$(tickets)" -eq $((before + 1))
check "its first line is done" has "$NAME" "$ONE"
check "and its third" has other._domainkey.example.com "somebody else's"

settings other
check "a principal without the right" hook 1 REFUSED add "$NAME" "$TWO" 60
settings nobody
check "a keytab that is not there" hook 1 "cannot be read" add "$NAME" \
    "$TWO" 60
cp "$GSS/other.keytab" "$GSS/nobody.keytab"
check "a principal that does not exist" hook 1 "nobody" add "$NAME" "$TWO" 60
settings countersign
chmod 0644 "$GSS/countersign.keytab"
check "a keytab that all may read" hook 1 "chmod 0640" add "$NAME" "$TWO" 60
chmod 0640 "$GSS/countersign.keytab"
check "one that the group may read" hook 0 "" add "$NAME" "$TWO" 60
check "not a name" hook 1 "not a name" add 'a b' "$TWO" 60
check "not a value" hook 1 "not printable" add "$NAME" "$(printf 'a\nb')" 60
check "not a TTL" hook 1 "not a TTL" add "$NAME" "$TWO" 1h
check "not a verb" hook 1 "neither add nor remove" replace "$NAME" "$TWO" 60
check "no ticket is left" test -z "$(find /tmp "${TMPDIR:-/tmp}" -maxdepth 2 \
    -name ticket 2>/dev/null)"

check "a frozen zone" rndc_do freeze example.com
check "is named by update" frozen "rndc thaw"
check "and by the hook" hook 1 REFUSED add "$NAME" "$LONG" 60
check "thawed" rndc_do thaw example.com
check "it takes updates again" frozen "accepted"

stop_by_pid "$(cat "$GSS/named/pid")"
check "no name server: later" hook 75 nsupdate add "$NAME" "$LONG" 60
kdc_stop
check "no KDC: later" hook 75 KDC add "$NAME" "$LONG" 60
e2e_finish
