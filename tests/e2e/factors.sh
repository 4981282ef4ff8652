#!/bin/bash
# SPDX-License-Identifier: ISC
#
# Factors that need a real MTA: what Postfix reports about the client's name,
# HELO, TLS and certificate, about its own service and about the envelope; and
# what is done with a message of a source.

# shellcheck disable=SC2034
E2E_PRIVATE=(knot postfix sasl2-bin)
# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"
# shellcheck source=tests/e2e/lib/tls.sh
. "$E2E_LIB/tls.sh"
# shellcheck source=tests/e2e/lib/sasl.sh
. "$E2E_LIB/sasl.sh"

NAMED_PORT=10588
ADDRESS=198.51.100.7

# source_for NAME: a source for NAME.example, its factors from standard input.
source_for()
{
	echo "source \"$1\" {"
	cat
	echo "    domains = { \"$1.example\" }"
	echo "}"
	NAMES+=("$1.example")
}

NAMES=()
milter_configure "log_format = json" "audit_file = \"$SCRATCH/milter/audit\""
# Read from a document, not a pipe, so that NAMES is kept.
while read -r name factors; do
	source_for "$name" <<<"$factors" >>"$MILTER_CONF"
done <<'SOURCES'
ptr ptr = { "*.platform.example" } header "X-T" { value = ours }
helo helo = { "mx*.platform.example" } login = "ours@relay.example.net"
tls tls = TLSv1.2 login = "ours@relay.example.net"
cert cert_cn = { "mail.platform.example" } header "X-T" { value = ours }
issuer cert_cn = { "mail.*.example" } cert_issuer = { "Test *" } header "X-T" { value = ours }
daemon daemon = { "named", "2525" }
port daemon = { "10588" }
envelope login = "ours@relay.example.net" envelope = { "*@bounces.example", "<>" }
bounce networks = 198.51.100.0/24 tenant = "00D4x000004z0H4EAI" salesforce_bounce = required
edits login = "ours@relay.example.net" remove = { "X-Internal-*" } remove_signatures = { "old.example" } sign_headers = { "-message-id", "+x-kept" }
rate login = "ours@relay.example.net" ceilings { messages_per_hour = 2 }
observed mode = observe login = "ours@relay.example.net"
fragile login = "ours@relay.example.net" on_fragile = reject
also login = "ours@relay.example.net" also_sign = { "edits.example" }
SOURCES

milter_keys "${NAMES[@]}"
dns_start "${NAMES[@]}"
sink_start
milter_start
tls_make
sasl_make ours theirs
mapfile -t settings < <(tls_postfix; sasl_postfix)
POSTFIX_SERVICES="127.0.0.1:$NAMED_PORT inet n - n - - smtpd
    -o milter_macro_daemon_name=named"
mta_start postfix "${settings[@]}"

# mail NAME DOMAIN [FIELD...]
mail()
{
	local name=$1 domain=$2 field

	shift 2
	mkdir -p "$SCRATCH/mail"
	{
		for field; do
			printf '%s\r\n' "$field"
		done
		printf 'From: Service <service@%s>\r\n' "$domain"
		printf 'To: customer@example.org\r\n'
		printf 'Date: Mon, 23 Nov 2026 08:00:44 +0000\r\n'
		printf 'Subject: %s\r\nMessage-ID: <%s@x.example>\r\n' \
		    "$name" "$name"
		printf '\r\nHello\r\n'
	} >"$SCRATCH/mail/$name.eml"
}

OURS=(--address "$ADDRESS" --name mx1.platform.example
    --helo mx1.platform.example --tls "$TLS" --certificate provider)
LOGIN=(--auth ours@relay.example.net)

# good NAME DOMAIN OPTION...: such mail is signed.
good()
{
	local name=$1 domain=$2

	shift 2
	deliver "$name" "$@"
	check "$name: signed" arrives_signed "$name" "$domain"
}

# bad NAME OPTION...: such mail is refused.
bad()
{
	local name=$1

	shift
	deliver "$name" "$@"
	check "$name: refused" is_refused "$name"
}

mail ptr-ours ptr.example "X-T: ours"
good ptr-ours ptr.example "${OURS[@]}"
mail ptr-other ptr.example "X-T: ours"
bad ptr-other --address "$ADDRESS" --name mx1.elsewhere.example
mail ptr-unknown ptr.example "X-T: ours"
bad ptr-unknown --address "$ADDRESS"
mail ptr-header ptr.example "X-T: theirs"
bad ptr-header "${OURS[@]}"

mail helo-ours helo.example
good helo-ours helo.example "${OURS[@]}" "${LOGIN[@]}"
mail helo-other helo.example
bad helo-other --helo a.elsewhere.example "${LOGIN[@]}"

mail tls-ours tls.example
good tls-ours tls.example "${OURS[@]}" "${LOGIN[@]}"
mail tls-none tls.example
bad tls-none "${LOGIN[@]}"

mail cert-ours cert.example "X-T: ours"
good cert-ours cert.example "${OURS[@]}"
mail cert-none cert.example "X-T: ours"
bad cert-none --address "$ADDRESS" --tls "$TLS"
mail cert-untrusted cert.example "X-T: ours"
bad cert-untrusted --address "$ADDRESS" --tls "$TLS" --certificate untrusted
mail cert-other cert.example "X-T: ours"
bad cert-other --address "$ADDRESS" --tls "$TLS" --certificate other
mail cert-clear cert.example "X-T: ours"
bad cert-clear --address "$ADDRESS"
mail issuer-other issuer.example "X-T: ours"
bad issuer-other --address "$ADDRESS" --tls "$TLS" --certificate second
mail issuer-ours issuer.example "X-T: ours"
good issuer-ours issuer.example "${OURS[@]}"

mail daemon-main daemon.example
bad daemon-main "${OURS[@]}"
mail port-main port.example
bad port-main "${OURS[@]}"
main_port=$MTA_PORT
MTA_PORT=$NAMED_PORT
mail daemon-named daemon.example
good daemon-named daemon.example "${OURS[@]}"
mail port-named port.example
good port-named port.example "${OURS[@]}"
MTA_PORT=$main_port

mail envelope-ours envelope.example
good envelope-ours envelope.example "${LOGIN[@]}" --from a@bounces.example
mail envelope-null envelope.example
good envelope-null envelope.example "${LOGIN[@]}" --from ''
mail envelope-other envelope.example
bad envelope-other "${LOGIN[@]}" --from a@elsewhere.example

mail bounce-ours bounce.example
good bounce-ours bounce.example --address "$ADDRESS" \
    --from a=b.example__x@r.4x-4z0h4eai.na150.bnc.salesforce.com
mail bounce-other bounce.example
bad bounce-other --address "$ADDRESS" \
    --from a=b.example__x@r.8d-3trx3eag.um8.bnc.salesforce.com
mail bounce-none bounce.example
bad bounce-none --address "$ADDRESS" --from a@bounce.example

# -- What is done with a message ------------------------------------------

OLD="DKIM-Signature: v=1; a=rsa-sha256; d=old.example; s=a; h=from; bh=x; b=x"
KEEP="DKIM-Signature: v=1; a=rsa-sha256; d=kept.example; s=a; h=from; bh=x; b=x"
mail edits edits.example "$OLD" "X-Internal-A: 1" "X-Kept: 1" "$KEEP" "$OLD" \
    "x-internal-a: 2" "X-Internal-B: 3" "$OLD" "X-Kept: 2"
deliver edits "${LOGIN[@]}"

# The two of kept.example and ours stay, the three old ones go, whatever
# stands between them; what our signatures cover is what is left.
edited()
{
	local file

	reply_is edits 250 && file=$(sink_file edits) || return 1
	grep -v '^[[:space:]]' "$file" | tr -d '\r' >"$SCRATCH/edits"
	! grep -i 'x-internal' "$file" || return 1
	! grep 'd=old.example' "$file" || return 1
	[ "$(grep -c 'd=kept.example' "$file")" -eq 1 ] &&
	    [ "$(grep -c '^X-Kept: ' "$file")" -eq 2 ] || return 1
	# The names that our RSA signature covers, unfolded.
	tr -d '\r' <"$file" | awk '/^[ \t]/ { printf "%s", $0; next }
	    { printf "\n%s", $0 }' | tr -d ' \t' |
	    sed -n 's/^DKIM-Signature:.*a=rsa-sha256.*d=edits.example.*;h=\([^;]*\);.*/\1/p' \
	    >"$SCRATCH/names"
	cat "$SCRATCH/names"
	grep -q '^from:from:.*:x-kept:x-kept$\|:x-kept:x-kept:' \
	    "$SCRATCH/names" || return 1
	! grep -i 'message-id' "$SCRATCH/names" || return 1
	sed '/^DKIM-Signature:.*d=kept.example/d' "$file" >"$SCRATCH/kept.eml"
	"$PYTHON" "$E2E_LIB/verify.py" "$SCRATCH/kept.eml" edits.example \
	    rsa-sha256 ed25519-sha256
}
check "fields are taken out from the bottom up" edited

for name in rate-1 rate-2 rate-3 rate-4; do
	mail "$name" rate.example
	deliver "$name" "${LOGIN[@]}"
done
check "the ceiling: first message signed" arrives_signed rate-1 rate.example
check "the ceiling: second message signed" arrives_signed rate-2 rate.example
check "the ceiling: third message waits" reply_is rate-3 451 '4\.7\.1'
check "the ceiling: fourth message waits" reply_is rate-4 451 '4\.7\.1'
one_alarm()
{
	[ "$(grep -c 'ALARM' "$MILTER_LOG")" -eq 1 ]
}
check "one alarm" one_alarm

mail observed-ours observed.example
deliver observed-ours "${LOGIN[@]}"
check "observe: ours passes untouched" arrives_unsigned observed-ours
mail observed-other observed.example
deliver observed-other
check "observe: another's passes untouched" arrives_unsigned observed-other

mail fragile fragile.example
head -c 1200 /dev/zero | tr '\0' x >>"$SCRATCH/mail/fragile.eml"
printf '\r\n' >>"$SCRATCH/mail/fragile.eml"
deliver fragile "${LOGIN[@]}"
check "a long line is refused" reply_is fragile 550 '5\.6\.2'
mail eight fragile.example
printf 'gr\303\274n\r\n' >>"$SCRATCH/mail/eight.eml"
deliver eight "${LOGIN[@]}" --8bitmime
check "8-bit text is refused" reply_is eight 550 '5\.6\.2'

mail also also.example
deliver also "${LOGIN[@]}"
also_signed()
{
	local file

	reply_is also 250 && file=$(sink_file also) || return 1
	[ "$(grep -c '^DKIM-Signature: .*d=also.example' "$file")" -eq 2 ] &&
	    [ "$(grep -c '^DKIM-Signature: .*d=edits.example' "$file")" -eq 2 ]
}
check "also_sign: two domains, two keys each" also_signed

# -- What is said ----------------------------------------------------------

judged()
{
	"$PYTHON" - "$SCRATCH/milter/audit" "$MILTER_LOG" <<'PYTHON'
import json
import sys

with open(sys.argv[1], encoding="ascii") as stream:
    audit = [json.loads(line) for line in stream]
with open(sys.argv[2], encoding="ascii") as stream:
    log = [json.loads(line[line.index("{"):]) for line in stream
           if '{"qid"' in line]
for line in audit:
    assert line.pop("time").startswith("20")
assert len(audit) == len(log) > 30, (len(audit), len(log))
assert audit == log
by_source = {line["source"]: line for line in log}
assert by_source["cert"]["factors"][0].startswith("cert_cn:"), by_source
assert by_source["edits"]["removed_fields"] == 6, by_source["edits"]
assert by_source["observed"]["observed"] is True
assert by_source["fragile"]["action"] == "rejected"
PYTHON
}
check "the log and the audit file say the same, as JSON" judged

# SIGHUP opens the audit file again.
mv "$SCRATCH/milter/audit" "$SCRATCH/milter/audit.1"
kill -HUP "$(milter_pid)"
check "the audit file is opened again" \
    wait_for 60 test -f "$SCRATCH/milter/audit"
mail again helo.example
deliver again "${OURS[@]}" "${LOGIN[@]}"
check "and written to" grep -q '"author":"helo.example"' \
    "$SCRATCH/milter/audit"

e2e_finish
