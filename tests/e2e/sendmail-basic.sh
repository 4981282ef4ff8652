#!/bin/bash
# SPDX-License-Identifier: ISC
#
# Mail is signed or refused as in tenant.sh, with Sendmail as the MTA.  Sendmail
# does not have XCLIENT, so this host is the provider.

# shellcheck disable=SC2034
E2E_PRIVATE=(knot sendmail-bin sendmail-cf)
# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"
# shellcheck source=tests/e2e/lib/sendmail.sh
. "$E2E_LIB/sendmail.sh"

milter_configure "source \"a provider on this host\" {
    header \"X-SFDC-LK\" { value = { \"$OUR_ORG\" } }
    networks = { \"127.0.0.0/8\" }
    domains = { \"example.com\" }
}"
cat >>"$MILTER_CONF" <<CONF
source "own programs" {
    networks = { "127.0.0.0/8" }
    trust_network = true
    domains = { "xn--bcher-kva.example" }
}
CONF
e2e_start sendmail

message ours --org "$OUR_ORG"
deliver ours
check "our organization: signed" arrives_signed ours

message other --org "$OTHER_ORG"
deliver other
check "another organization: refused" is_refused other

message duplicate --org "$OUR_ORG" --org-fields 2
deliver duplicate
check "the org field twice: refused" is_refused duplicate

message missing --org "$OUR_ORG" --org-fields 0
deliver missing
check "no org field: refused" is_refused missing

message nobody --domain example.org
deliver nobody --from service@example.org
check "nobody's source: passes unsigned" arrives_unsigned nobody

# Shapes that Sendmail delivers as it got them.
"$PYTHON" "$E2E_LIB/shapes.py" "$SCRATCH/mail" >"$SCRATCH/shapes"
for shape in ordinary empty-body body-of-blank-lines trailing-blanks \
    8bit-body folded-fields repeated-fields blanks-after-colon 500-fields \
    dot-stuffed; do
	options=$(sed -n "s/^$shape //p" "$SCRATCH/shapes")
	sed -i 's/@example\.com>/@xn--bcher-kva.example>/' \
	    "$SCRATCH/mail/$shape.eml"
	# shellcheck disable=SC2086
	deliver "$shape" $options
	check "$shape" arrives_signed "$shape" xn--bcher-kva.example
done

e2e_finish
