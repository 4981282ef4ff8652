#!/bin/bash
# SPDX-License-Identifier: ISC
#
# The main job, shown: Salesforce-shaped mail goes through a private Postfix
# to a sink, and what arrives is judged there by three foreign verifiers.

# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/e2e/lib/harness.sh"

rows=()
wrong=0

# trial WANTED NAME WHAT: judge a delivered message, keep a row of the table.
trial()
{
	local wanted=$1 name=$2 what=$3 judgement right=yes answer

	case $wanted in
	signed)
		judgement=$(arrives_signed "$name" 2>&1) || right=NO ;;
	refused)
		judgement=$(is_refused "$name" 2>&1) || right=NO ;;
	unsigned)
		judgement=$(arrives_unsigned "$name" 2>&1) || right=NO ;;
	esac
	[ $right = yes ] || wrong=$((wrong + 1))
	answer=$(sed 's/.*"code": \([0-9]*\), "text": "\([^ "]*\).*/\1 \2/' \
	    "$SCRATCH/mail/$name.reply")
	rows+=("$(printf '%-42s %-10s %-9s %s' "$what" "$answer" "$wanted" \
	    "$right")")
	grep -E '(rsa|ed25519)-sha256: ' <<<"$judgement" |
	    sed "s/^/$name: /" >>"$SCRATCH/verdicts"
	[ $right = yes ] || printf '%s\n' "$judgement" >>"$SCRATCH/verdicts"
	progress "$what: $wanted, as it must be: $right"
}

progress "scratch directory $SCRATCH"
milter_configure
# The organization may send as this address only.
sed -i '/^source "salesforce production"/a\    authors = { "service@example.com" }' \
    "$MILTER_CONF"
progress "keys for example.com: RSA and Ed25519"
milter_keys example.com
dns_start example.com
progress "knot serves the key records"
sink_start
milter_start
progress "the milter runs"
mta_start postfix
progress "Postfix runs on 127.0.0.1:$MTA_PORT"

message ours --org "$OUR_ORG"
deliver ours --address "$PROVIDER_ADDRESS"
trial signed ours "our organization $OUR_ORG"

message other --org "$OTHER_ORG"
deliver other --address "$PROVIDER_ADDRESS"
trial refused other "another organization, same provider pool"

message author --org "$OUR_ORG" --local ceo
deliver author --address "$PROVIDER_ADDRESS"
trial refused author "our organization, but as ceo@example.com"

message duplicate --org "$OUR_ORG" --org-fields 2
deliver duplicate --address "$PROVIDER_ADDRESS"
trial refused duplicate "our organization's field twice"

message missing --org "$OUR_ORG" --org-fields 0
deliver missing --address "$PROVIDER_ADDRESS"
trial refused missing "no organization's field"

message outside --org "$OUR_ORG"
deliver outside --address "$STRANGER"
trial refused outside "our organization's field, not the provider"

message nobody --domain example.org
deliver nobody --address "$STRANGER" --from service@example.org
trial unsigned nobody "example.org, which is nobody's source"

echo
printf '%-42s %-10s %-9s %s\n' message answer expected right
printf '%s\n' "${rows[@]}"
echo
echo "The verifiers at the far end, each asked about each signature alone, and"
echo "each of them having refused a copy with one octet changed:"
sed 's/^/  /' "$SCRATCH/verdicts"
echo
echo "How the milter put it:"
grep -F 'action=' "$MILTER_LOG" | sed 's/^/  /'
echo
if [ "$wrong" -eq 0 ]; then
	echo "verdict: all ${#rows[@]} messages were treated as they must be"
else
	echo "verdict: $wrong of ${#rows[@]} messages were treated wrongly"
fi
[ "$wrong" -eq 0 ]
