#!/bin/bash
# SPDX-License-Identifier: ISC
#
# What Sendmail reports about a certificate, a login and its own service.
# Unlike Postfix, it also reports a certificate that did not verify, which only
# {verify} shows; it has the common name only in {cn_subject}, and encodes names
# ("Test+20CA").

# shellcheck disable=SC2034
E2E_PRIVATE=(knot sasl2-bin sendmail-bin sendmail-cf)
# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"
# shellcheck source=tests/e2e/lib/sendmail.sh
. "$E2E_LIB/sendmail.sh"
# shellcheck source=tests/e2e/lib/tls.sh
. "$E2E_LIB/tls.sh"
# shellcheck source=tests/e2e/lib/sasl.sh
. "$E2E_LIB/sasl.sh"

NAMED_PORT=10589

milter_configure
cat >>"$MILTER_CONF" <<'CONF'
source "certificate" {
    cert_cn = { "mail.platform.example" }
    cert_issuer = { "Test CA" }
    tls = TLSv1.2
    header "X-SFDC-LK" { value = { "00D1U0000013lbu" } }
    domains = { "xn--bcher-kva.example" }
}
source "service" { daemon = { "named" } domains = { "named.example" } }
source "login" { login = { "ours@relay.example.net" } domains = { "login.example" } }
source "port" { daemon = { "10589" } domains = { "port.example" } }
CONF
milter_keys xn--bcher-kva.example named.example port.example login.example
dns_start xn--bcher-kva.example named.example port.example login.example
sink_start
milter_start
tls_make
# Sendmail takes no key that others can read, nor one below a folder that
# others can write: in the test's own file system it is in /mnt.
chmod 0600 "$TLS/server.key"
mount --bind "$TLS" /mnt || die "no bind mount on /mnt"
sasl_make ours theirs
sasl_sendmail
SENDMAIL_MC="TRUST_AUTH_MECH(\`PLAIN LOGIN')
define(\`confAUTH_MECHANISMS', \`PLAIN LOGIN')
define(\`confCACERT_PATH', \`/mnt')
define(\`confCACERT', \`/mnt/ca.pem')
define(\`confSERVER_CERT', \`/mnt/server.pem')
define(\`confSERVER_KEY', \`/mnt/server.key')
DAEMON_OPTIONS(\`Name=named, Family=inet, Addr=127.0.0.1, Port=$NAMED_PORT')"
mta_start sendmail

BUCHER=xn--bcher-kva.example

for name in trusted untrusted other none clear; do
	message "$name" --org "$OUR_ORG" --domain "$BUCHER"
done
deliver trusted --tls "$TLS" --certificate provider
check "a certificate that verified, of that name: signed" \
    arrives_signed trusted "$BUCHER"
deliver untrusted --tls "$TLS" --certificate untrusted
check "that name, but nobody vouches for it: refused" is_refused untrusted
deliver other --tls "$TLS" --certificate other
check "another name: refused" is_refused other
deliver none --tls "$TLS"
check "no certificate: refused" is_refused none
deliver clear
check "no TLS: refused" is_refused clear

message ours --domain login.example
deliver ours --auth ours@relay.example.net
check "our login: signed" arrives_signed ours login.example
message theirs --domain login.example
deliver theirs --auth theirs@relay.example.net
check "another login: refused" is_refused theirs
message nobody --domain login.example
deliver nobody
check "no login: refused" is_refused nobody

for name in named port; do
	message "$name-main" --domain "$name.example"
	message "$name-own" --domain "$name.example"
	deliver "$name-main"
	check "$name: by the main service: refused" is_refused "$name-main"
done
MTA_PORT=$NAMED_PORT
for name in named port; do
	deliver "$name-own"
	check "$name: by its own service: signed" \
	    arrives_signed "$name-own" "$name.example"
done

e2e_finish
