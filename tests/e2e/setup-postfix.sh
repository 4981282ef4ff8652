#!/bin/bash
# SPDX-License-Identifier: ISC
#
# countersign-doctor setup, from a Postfix that has another milter to a signed
# mail: what is shown, what is done, in observe mode and then not, and what is
# taken back.  systemd is not needed: the test starts what setup says.

# shellcheck disable=SC2034
E2E_PRIVATE=(knot postfix sasl2-bin)
# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"
# shellcheck source=tests/e2e/lib/tls.sh
. "$E2E_LIB/tls.sh"
# shellcheck source=tests/e2e/lib/sasl.sh
. "$E2E_LIB/sasl.sh"
# shellcheck source=tests/e2e/lib/setup.sh
. "$E2E_LIB/setup.sh"

OTHER='{ inet:127.0.0.1:9, default_action=accept }'
LATER='{ inet:127.0.0.1:10, default_action=accept }'
OURS='{ unix:countersign/milter.sock, default_action=tempfail }'

setup_machine "smtpd_milters = $OTHER"
cp "$POSTFIX_MAIN" "$SCRATCH/main.cf.before"
cp "$MILTER_CONF" "$SCRATCH/conf.before"

asks_for_what_is_missing()
{
	doctor 2 setup --platform salesforce-auth --apply --domain example.com &&
	    said '--platform salesforce-auth needs --tenant, ' \
	    '--platform salesforce-auth needs --login, ' &&
	    doctor 2 setup --platform salesforce-aut --apply &&
	    said 'did you mean "salesforce-auth"?' \
	    'salesforce-header  Salesforce Email Relay, by its header fields'
}
check "what is missing is named" asks_for_what_is_missing

refuses_errors()
{
	doctor 1 setup --platform salesforce-auth --tenant 00D1U0000013lbuXXX \
	    --login sfdc-relay@relay.example.net --domain example.com \
	    --postfix "$POSTFIX_ETC" --apply &&
	    said 'has a wrong checksum' 'nothing was changed' && is_untouched
}
check "an error in the new configuration changes nothing" refuses_errors

shows()
{
	setup_new && is_untouched || return 1
	said '+    mode    = observe' '+    tenant  = { "00D1U0000013lbu" }' \
	    "+include \"$SCRATCH/milter/conf.d/*.conf\"" \
	    "-smtpd_milters = $OTHER" "+smtpd_milters = $OTHER, $OURS" \
	    'keys of example.com (new)' 'Nothing was changed.'
}
check "without --apply, it only shows" shows

# Without systemd, a person starts the milter.
waits_for_milter()
{
	setup_new --apply || return 1
	said 'start the milter' &&
	    cmp "$SCRATCH/main.cf.before" "$POSTFIX_MAIN" &&
	    countersign_key list example.com
}
check "keys are made, and Postfix waits for the milter" waits_for_milter

milter_start
attaches()
{
	doctor 0 setup --postfix "$POSTFIX_ETC" --apply &&
	    [ "$(setting smtpd_milters)" = "$OTHER, $OURS" ] &&
	    [ "$(diff "$SCRATCH/main.cf.before" "$POSTFIX_MAIN" |
	    grep -c '^[<>]')" -eq 2 ] &&
	    cmp "$SCRATCH/main.cf.before" "$POSTFIX_MAIN.before-countersign"
}
check "Postfix is attached, and nothing else of it changed" attaches

repeats()
{
	doctor 0 setup --postfix "$POSTFIX_ETC" --apply &&
	    said 'Everything is as it should be' &&
	    setup_new --apply && said 'Everything is as it should be'
}
check "a second run finds nothing to do" repeats

mail observed
check "observed: arrives unsigned" arrives_unsigned observed

not_yet()
{
	doctor 3 setup --enforce && said 'still observes' ||
	    doctor 0 setup --enforce
}
check "--enforce says if it is too early" not_yet

# The name servers are at 127.0.0.1, where no resolver outside finds them.
hopeless()
{
	local file status

	file=$(grep -rl 'check_resolvers = none' "$SCRATCH/milter"/*.conf \
	    "$SCRATCH/milter/conf.d") || return 1
	cp -p "$file" "$SCRATCH/kept"
	sed -i '/check_resolvers = none/d' "$file"
	doctor 3 setup --enforce --wait=1h && said 'private addresses' \
	    'still observes'
	status=$?
	cp -p "$SCRATCH/kept" "$file"
	return "$status"
}
check "--wait ends at what only a person can end" hopeless

enforces()
{
	doctor 3 setup --enforce --wait=100s &&
	    said 'salesforce-auth: signs from now on' 'pkill -HUP' &&
	    ! grep -q observe "$SCRATCH/milter/conf.d/salesforce-auth.conf" &&
	    milter_reload
}
check "--enforce --wait: verified, then signing" enforces
mail signed
check "signed: two signatures for three verifiers" arrives_signed signed
message forged --org "$OTHER_ORG"
deliver forged --tls "$TLS" --auth sfdc-relay@relay.example.net
check "another organization: refused" is_refused forged

signs_still()
{
	doctor 0 setup --postfix "$POSTFIX_ETC" --apply && setup_new --apply &&
	    ! grep -q observe "$SCRATCH/milter/conf.d/salesforce-auth.conf"
}
check "a repeated setup does not go back to observing" signs_still

# Somebody has appended a milter of their own since.
changed_since()
{
	postfix_postconf -e "smtpd_milters=$OTHER, $OURS, $LATER" &&
	    echo '# mine' >>"$SCRATCH/milter/conf.d/rotation.conf" &&
	    doctor 3 setup --postfix "$POSTFIX_ETC" --undo &&
	    [ "$(setting smtpd_milters)" = "$OTHER, $LATER" ] &&
	    said 'was changed since; only our milter is taken out' \
	    '+# mine' \
	    'keys of example.com and their records stay' &&
	    cmp "$MILTER_CONF" "$SCRATCH/conf.before" &&
	    [ "$(ls "$SCRATCH/milter/conf.d")" = rotation.conf ] &&
	    countersign_key list example.com
}
check "--undo takes back only what is still ours" changed_since
mail undone
check "undone: arrives unsigned" arrives_unsigned undone

e2e_finish
