#!/bin/bash
# SPDX-License-Identifier: ISC
#
# Records are published by UPDATE with TSIG, one change at a time: what a change
# does, what it leaves alone, and the message for each kind of refusal.

# shellcheck disable=SC2034
E2E_PRIVATE=(knot unbound)
# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"
# shellcheck source=tests/e2e/lib/dns_cluster.sh
. "$E2E_LIB/dns_cluster.sh"

PUBLISHCASE=$E2E_BUILD/tests/keys/publishcase
NAME=s._domainkey.example.com
ONE='v=DKIM1; h=sha256; p=b25l'
TWO='v=DKIM1; h=sha256; p=dHdv'
LONG="v=DKIM1; p=$(printf '%0600d' 0)"

# records NAME TYPE TEXT...: exactly these are at the primary.
records()
{
	"$PYTHON" - "$PRIMARY" "$@" <<-'PYTHON'
	import sys
	import dns.message, dns.query
	server, name, kind, *wanted = sys.argv[1:]
	answer = dns.query.tcp(dns.message.make_query(name, kind), server,
	                       timeout=5)
	rdatas = [rdata for rrset in answer.answer for rdata in rrset]
	if kind == "TXT":
	    assert all(len(text) <= 255 for rdata in rdatas
	               for text in rdata.strings)
	    found = [b"".join(rdata.strings).decode() for rdata in rdatas]
	else:
	    found = [str(rdata) for rdata in rdatas]
	print(found)
	sys.exit(sorted(found) != sorted(wanted))
	PYTHON
}

# at SERVER COMMAND...: another server is asked.
at()
{
	local PRIMARY=$1

	shift
	"$@"
}

# change RESULT TEXT OPTION... DOMAIN NAME FROM TO: it ends so, with an account
# in which the text is.
change()
{
	local result=$1 text=$2 output

	shift 2
	output=$(timeout 120 "$PUBLISHCASE" "$@") || return 1
	echo "$output"
	[[ $output == "$result: "*"$text"* ]]
}

# with KEY RESULT TEXT NAME FROM TO: at the primary, with this key file.
with()
{
	change "$2" "$3" -s "$PRIMARY" -k "$CLUSTER/$1" example.com "$4" \
	    "$5" "$6"
}

# ours RESULT TEXT FROM TO
ours()
{
	with hmac-sha256.key "$1" "$2" "$NAME" "$3" "$4"
}

serial()
{
	cluster_command 1 zone-read example.com @ SOA | awk '{ print $7 }'
}

# unchanged COMMAND...: the zone is the same afterwards.
unchanged()
{
	local before

	before=$(serial)
	"$@" && [ "$(serial)" = "$before" ]
}

# key FILE NAME ALGORITHM SECRET
key()
{
	(umask 077 && echo "$3:$2:$4" >"$CLUSTER/$1")
}

secret_of()
{
	sed -n 's/.*secret "\(.*\)";/\1/p' "$CLUSTER/$1.key"
}

mkdir -p "$SCRATCH/dns"
cat >"$SCRATCH/dns/example.com" <<-ZONE
alias._domainkey CNAME elsewhere.example.net.
other._domainkey TXT "somebody else's"
two._domainkey TXT "one"
two._domainkey TXT "two"
split._domainkey TXT "v=DKIM1; h=sha2" "56; p=" "b25l"
address._domainkey A 192.0.2.1
odd._domainkey TXT "\027[2J\200"
ZONE
cluster_start example.com example.net
# PUBLISHCASE runs as who runs this.
chgrp "$(id -g)" "$CLUSTER"/*.key && chmod 0600 "$CLUSTER"/*.key

check "a record is added" ours changed \
    "server 127.0.0.11 accepted the update of zone example.com" - "$ONE"
check "and is there" records "$NAME" TXT "$ONE"
check "added again, nothing is changed" unchanged ours "unchanged" \
    "nothing to change" - "$ONE"
check "nor when it is to be replaced by itself" unchanged ours "unchanged" "" \
    "$TWO" "$ONE"
check "another is not put over it" unchanged ours conflict \
    "\"$ONE\": another host or a restored backup may have published it" - "$TWO"
check "nor is it removed for another" unchanged ours conflict "not ours" \
    "$TWO" -
check "it is replaced" ours changed accepted "$ONE" "$TWO"
check "by exactly the other" records "$NAME" TXT "$TWO"
check "a value of many strings" ours changed accepted "$TWO" "$LONG"
check "is in one piece" records "$NAME" TXT "$LONG"
check "and is known again" unchanged ours "unchanged" "" - "$LONG"
check "it is removed" ours changed accepted "$LONG" -
check "and is gone" records "$NAME" TXT
check "removed again, nothing is changed" unchanged ours "unchanged" "" \
    "$LONG" -
check "what is gone is replaced: added" ours changed accepted "$ONE" "$TWO"
check "with hmac-sha512" with hmac-sha512.key changed accepted "$NAME" \
    "$TWO" "$ONE"
check "at the server that the SOA record names" change changed \
    "server 127.0.0.11 accepted" -k "$CLUSTER/hmac-sha256.key" example.com \
    "$NAME" "$ONE" "$TWO"
check "in letters of another case" unchanged with hmac-sha256.key "unchanged" \
    "" "S._DomainKey.Example.COM" - "$TWO"

# Records of others.
rest=_domainkey.example.com
check "somebody's record is named and left" unchanged with hmac-sha256.key \
    conflict "\"somebody else's\"" "other.$rest" "$ONE" "$TWO"
check "of two records none is touched" unchanged with hmac-sha256.key \
    conflict "has 2 TXT records" "two.$rest" one "$TWO"
check "nor at a CNAME" unchanged with hmac-sha256.key conflict \
    "there is a CNAME at alias.$rest" "alias.$rest" - "$ONE"
check "what is not printable is not printed" unchanged with hmac-sha256.key \
    conflict '"?[2J?"' "odd.$rest" - "$ONE"
check "a record in other strings is the same" unchanged with \
    hmac-sha256.key "unchanged" "" "split.$rest" - "$ONE"
check "and is replaced" with hmac-sha256.key changed "" "split.$rest" "$ONE" \
    "$TWO"
check "as a whole" records "split.$rest" TXT "$TWO"
check "beside records of other types" with hmac-sha256.key changed "" \
    "address.$rest" - "$ONE"
check "which are not touched" records "address.$rest" A 192.0.2.1
check "by the removal neither" with hmac-sha256.key changed "" \
    "address.$rest" "$ONE" -
check "so that they stay" records "address.$rest" A 192.0.2.1

# Ways to be refused.
name=update-hmac-sha256
right=$(secret_of hmac-sha256)
key wrong-secret "$name" hmac-sha256 "$(cluster_secret)"
key wrong-name "update-other" hmac-sha256 "$right"
key wrong-algorithm "$name" hmac-sha512 "$right"
key no-base64 "$name" hmac-sha256 "a=b="
key md5 "$name" hmac-md5 "$right"
key transfer transfer hmac-sha512 "$(sed -n '/id: transfer/,$ s/.*secret: //p' \
    "$CLUSTER/keys")"
key open "$name" hmac-sha256 "$right"
chmod 0644 "$CLUSTER/open"
refused()
{
	unchanged with "$1" "$2" "$3" "$NAME" "$TWO" "$ONE"
}
check "a wrong secret" refused wrong-secret failed BADSIG
# Knot says BADKEY in its answer, and only NOTAUTH since 3.4.
check "a wrong name" refused wrong-name failed "does not have this key"
check "a wrong algorithm" refused wrong-algorithm failed \
    "another algorithm for it"
check "a key that may not update" refused transfer failed \
    "does not let it update"
check "a secret that is none" refused no-base64 unusable "base64"
check "an algorithm that is broken" refused md5 unusable \
    "neither hmac-sha256 nor hmac-sha512"
check "a key file that all may read" refused open unusable \
    "chmod 0600 $CLUSTER/open"
check "no key file" refused none unusable "No such file"
# late SECONDS RESULT TEXT
late()
{
	change "$2" "$3" -c "$1" -s "$PRIMARY" \
	    -k "$CLUSTER/hmac-sha256.key" example.com "$NAME" "$TWO" "$ONE"
}
check "a clock that is fast" unchanged late 400 failed BADTIME
check "a clock that is slow" unchanged late -400 failed BADTIME
check "a clock that is a little wrong" late 200 changed accepted
check "the change is at a secondary" wait_for 60 at 127.0.0.12 records \
    "$NAME" TXT "$ONE"
check "a server that is secondary" unchanged change failed \
    "update_server" -s 127.0.0.12 -k "$CLUSTER/hmac-sha256.key" \
    example.com "$NAME" "$ONE" "$TWO"
check "a server that does not have the zone" unchanged change failed \
    "allow this host to query" -s 127.0.0.1 -k "$CLUSTER/hmac-sha256.key" \
    example.com "$NAME" "$ONE" "$TWO"
check "a server that is not there" unchanged change later \
    "check that it is running" -s 127.0.0.99 -k "$CLUSTER/hmac-sha256.key" \
    example.com "$NAME" "$ONE" "$TWO"
check "a server that is no address" change unusable "not ADDRESS" \
    -s ns1.example.com -k "$CLUSTER/hmac-sha256.key" \
    example.com "$NAME" "$ONE" "$TWO"
check "nothing of all this did anything" records "$NAME" TXT "$ONE"
no_secret()
{
	! grep -rqF "$right" "$SCRATCH"/*.log "$CLUSTER"/*/knotd.log
}
check "no secret is in a log" no_secret
cluster_stop

e2e_finish
