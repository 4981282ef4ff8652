#!/bin/bash
# SPDX-License-Identifier: ISC
#
# usage: world.sh postfix|sendmail JSON FAULT...
#
# An MTA, its next hop, keys and a configuration on a small file system, in
# namespaces as of an end-to-end test; then faults.py.

faults_mta=$1
# shellcheck disable=SC2034
case $faults_mta in
postfix)	E2E_PRIVATE=(postfix) ;;
*)		E2E_PRIVATE=(sendmail-bin sendmail-cf) ;;
esac
# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/../e2e/lib/harness.sh"
# shellcheck source=tests/e2e/lib/sendmail.sh
[ "$faults_mta" != sendmail ] || . "$E2E_LIB/sendmail.sh"

SMALL=$SCRATCH/small
KEYDIR=$SMALL/keys

# Postfix says by XCLIENT whose mail it is; Sendmail's clients are all
# 127.0.0.1.
networks()
{
	if [ "$faults_mta" = postfix ]; then
		echo "{ \"$1\" }"
	else
		echo '{ "127.0.0.0/8" }'
	fi
}

faults_conf()
{
	cat <<-CONF
	socket = "$(milter_socket)"
	$(milter_socket_rights)
	keydir = "$KEYDIR"
	counts_dir = "$SMALL/counts"
	audit_file = "$SMALL/log/audit.json"
	host = "test"
	user = "$(milter_user)"
	keys_user = "$(milter_keys_user)"
	signers = 2
	dns { servers = { "127.0.0.1@5353" } timeout = 3s }
	source "header" {
	    header "X-SFDC-LK" { value = { "$OUR_ORG" } }
	    networks = $(networks 13.110.0.0/16)
	    domains = { "example.com" }
	    ceilings { messages_per_hour = 10000000 }
	}
	source "own" {
	    networks = $(networks 10.0.0.0/8)
	    trust_network = true
	    domains = { "own.example" }
	}
	source "spf" {
	    header "X-SFDC-LK" { value = { "$OUR_ORG" } }
	    spf = { "platform.example" }
	    domains = { "spf.example" }
	}
	source "dkim" {
	    dkim { domains = { "platform.example" } selectors = { "tenant" } }
	    domains = { "dkim.example" }
	}
	CONF
}

mkdir -p "$SMALL" "$SCRATCH/milter"
# The size of a small disk; it is memory only while it is full.
mount -t tmpfs -o size=96m tmpfs "$SMALL" || die "no tmpfs"
mkdir -m 0755 "$KEYDIR" "$SMALL/counts" "$SMALL/log"
chown "$(milter_user):" "$SCRATCH/milter" "$SMALL/counts" "$SMALL/log"
chown "$(milter_keys_user):" "$KEYDIR"
chmod 0700 "$KEYDIR"
faults_conf >"$MILTER_CONF"
for domain in example.com:both own.example:both spf.example:rsa2048 \
    dkim.example:ed25519; do
	countersign_key generate "${domain%:*}" --algorithm "${domain#*:}" &&
	    countersign_key activate --force "${domain%:*}" || die "no keys"
done >"$SCRATCH/milter/keys.log"
"$E2E_BUILD/countersign-milter" -c "$MILTER_CONF" -n \
    >"$SCRATCH/milter/check.log" 2>&1 ||
    die "the milter finds faults: $(cat "$SCRATCH/milter/check.log")"
sink_start
# shellcheck disable=SC2034
SENDMAIL_TRAFFIC=
# Shorter waits for a milter that does not answer, or a fault would take minutes.
mta_start "$faults_mta" 'milter_connect_timeout = 10s' \
    'milter_command_timeout = 10s' 'milter_content_timeout = 30s'
if [ "$faults_mta" = postfix ]; then
	POSTFIX_FLUSH="$POSTFIX/usr/sbin/postqueue -c $SCRATCH/postfix/etc -f"
	[ -z "$POSTFIX" ] || POSTFIX_FLUSH="env \
	    LD_LIBRARY_PATH=$POSTFIX/usr/lib/postfix $POSTFIX_FLUSH"
	export POSTFIX_FLUSH
fi
"$PYTHON" "$E2E_TOP/tests/faults/faults.py" "$faults_mta" "$SCRATCH" \
    "${@:2}"
