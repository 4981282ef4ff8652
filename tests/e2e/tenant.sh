#!/bin/bash
# SPDX-License-Identifier: ISC
#
# The main purpose: mail of our organization is signed, mail of another one in
# the same provider pool is refused, and mail that no source claims passes
# unsigned.

# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"

milter_configure
e2e_start postfix

message ours --org "$OUR_ORG"
deliver ours --address "$PROVIDER_ADDRESS"
check "our organization: signed" arrives_signed ours

message ours-long --org "$("$PYTHON" "$E2E_LIB/salesforce.py" --long-id)"
deliver ours-long --address "$PROVIDER_ADDRESS"
check "our organization, id with 18 characters: signed" \
    arrives_signed ours-long

message other --org "$OTHER_ORG"
deliver other --address "$PROVIDER_ADDRESS"
check "another organization: refused" is_refused other

message case-folded --org "${OUR_ORG,,}"
deliver case-folded --address "$PROVIDER_ADDRESS"
check "our id in lower case: refused" is_refused case-folded

message duplicate --org "$OUR_ORG" --org-fields 2
deliver duplicate --address "$PROVIDER_ADDRESS"
check "the org field twice: refused" is_refused duplicate

message missing --org "$OUR_ORG" --org-fields 0
deliver missing --address "$PROVIDER_ADDRESS"
check "no org field: refused" is_refused missing

message outside --org "$OUR_ORG"
deliver outside --address "$STRANGER"
check "our id from outside the provider: refused" is_refused outside

message nobody --org "$OTHER_ORG" --domain example.org
deliver nobody --address "$PROVIDER_ADDRESS" --from service@example.org
check "nobody's source: passes unsigned" arrives_unsigned nobody

message session-ours --org "$OUR_ORG"
message session-other --org "$OTHER_ORG"
message session-ours-again --org "$OUR_ORG"
"$PYTHON" "$E2E_LIB/send.py" --port "$MTA_PORT" \
    --address "$PROVIDER_ADDRESS" "$SCRATCH"/mail/session-{ours,other}.eml \
    "$SCRATCH/mail/session-ours-again.eml" >"$SCRATCH/mail/session.replies"
for name in session-ours session-other session-ours-again; do
	grep "/$name.eml" "$SCRATCH/mail/session.replies" \
	    >"$SCRATCH/mail/$name.reply"
done
check "one session, ours: signed" arrives_signed session-ours
check "one session, then another organization: refused" \
    is_refused session-other
check "one session, then ours again: signed" arrives_signed session-ours-again

e2e_finish
