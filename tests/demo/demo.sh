#!/bin/bash
# SPDX-License-Identifier: ISC
#
# The main job, shown: Salesforce-shaped mail goes through a private Postfix
# to a sink, and what arrives is judged there by three foreign verifiers.
# Meanwhile, keys live through their whole life.  What a reader may want to see
# afterwards stays in $E2E_BUILD/demo.

# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/../e2e/lib/harness.sh"
# shellcheck source=tests/demo/dns.sh
. "$E2E_TOP/tests/demo/dns.sh"

KEPT=$E2E_BUILD/demo
EVERY=30	# seconds for which a key signs
LIFETIME=4	# seconds in which a signature is verified
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
	    sed 's/: /\n    /' >>"$SCRATCH/verdicts"
	[ $right = yes ] || printf '%s\n' "$judgement" >>"$SCRATCH/verdicts"
	progress "$what: $wanted, as it must be: $right"
}

configure()
{
	milter_configure "audit_file = \"$SCRATCH/milter/audit.json\"" \
	    "rotation {
    every = ${EVERY}s
    publish = update
    update_server = 127.0.0.1
    tsig_key = \"$DEMO_DNS/tsig.key\"
    ttl = 1s
    signature_lifetime = 2s
    queue_lifetime = 1s
    retain = 1s
    revoke_for = 2s
    check_resolvers = none
}"
	# The organization may send as this address only.
	sed -i '/^source "salesforce production"/a\    authors = { "service@example.com" }' \
	    "$MILTER_CONF"
}

keys_are_active()
{
	[ "$(countersign_key list example.com --json |
	    jq '[.[] | select(.status == "active")] | length')" = 2 ]
}

trials()
{
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
}

# log_line ACTION: the first such line of the milter's log, folded.
log_line()
{
	grep -m 1 -F "action=$1" "$MILTER_LOG" | fold -s -w 94 | sed 's/^/  /'
}

show_trials()
{
	echo
	printf '%-42s %-10s %-9s %s\n' message answer expected right
	printf '%s\n' "${rows[@]}"
	echo
	echo "The verifiers at the far end, each asked about each signature alone,"
	echo "and each of them having refused a copy with one octet changed:"
	sed 's/^/  /' "$SCRATCH/verdicts"
	echo
	echo "How the milter put it: a message signed, and one refused"
	log_line signed
	log_line rejected
}

# Keys change from now on, and mail follows when the trials are over.
fast_motion_start()
{
	"$PYTHON" "$E2E_TOP/tests/demo/fast_motion.py" "$POSTFIX_PORT" \
	    "$PROVIDER_ADDRESS" "$SCRATCH/sink/mail" "$LIFETIME" \
	    "$SCRATCH/fast.go" "$SCRATCH/fast.report" \
	    "$KEYDIR/example.com/log" "$E2E_BUILD/countersign-key" \
	    -c "$MILTER_CONF" rotate --no-progress >"$SCRATCH/fast.out" 2>&1 &
	fast_pid=$!
}

# What happened until now, and then each step when it happens.
fast_motion_show()
{
	echo
	echo "The life of keys in fast motion: a key signs for $EVERY seconds," \
	    "instead of 90 days"
	touch "$SCRATCH/fast.go"
	tail -n +1 -f --pid "$fast_pid" "$SCRATCH/fast.out"
	wait "$fast_pid"
}

keep()
{
	rm -rf "$KEPT"
	mkdir -p "$KEPT" || return 1
	"$E2E_BUILD/countersign-doctor" report -c "$MILTER_CONF" --since 1h \
	    --html "$KEPT/report.html" >"$SCRATCH/report.log" 2>&1 || {
		cat "$SCRATCH/report.log"
		return 1
	}
	cp "$MILTER_LOG" "$SCRATCH/milter/audit.json" "$KEPT"
	cp "$KEYDIR/example.com/log" "$KEPT/keys.log"
	cp "$(sink_file ours)" "$KEPT/signed.eml"
	# The mail is made up: whoever called sudo may read it.
	chmod -R u=rwX,go=rX "$KEPT"
	[ -z "${SUDO_UID:-}" ] || chown -R "$SUDO_UID" "$KEPT"
}

verdict()
{
	echo
	if [ "$wrong" -eq 0 ]; then
		echo "verdict: all ${#rows[@]} messages were treated as they must be"
	else
		echo "verdict: $wrong of ${#rows[@]} messages were treated wrongly"
	fi
}

progress "scratch directory $SCRATCH"
configure
demo_dns_start
progress "knot serves example.com, and takes its key records by DNS update"
countersign_key add example.com >"$SCRATCH/add.log" 2>&1 || [ $? -eq 3 ] ||
    die "no keys: $(cat "$SCRATCH/add.log")"
progress "keys for example.com: RSA and Ed25519, two each, published"
fast_motion_start
sink_start
milter_start
progress "the milter runs"
mta_start postfix
progress "Postfix runs on 127.0.0.1:$MTA_PORT"
wait_for 60 keys_are_active || die "no key is active: $(cat "$SCRATCH/fast.out")"
progress "the name server has the records: the keys sign"
trials
show_trials
fast=0
fast_motion_show || fast=1
keep || fast=1
verdict
echo "report:  ${KEPT#"$E2E_TOP"/}/report.html, for a browser; the logs and a" \
    "signed message are beside it"
[ "$wrong" -eq 0 ] && [ "$fast" -eq 0 ]
