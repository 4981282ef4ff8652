#!/bin/bash
# SPDX-License-Identifier: ISC
#
# A source with a login: the SMTP AUTH name and the organization must agree.

# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"

milter_configure
cat >>"$MILTER_CONF" <<CONF
source "salesforce by login" {
    header "X-SFDC-LK" { value = { "$OUR_ORG" } compare = salesforce-id }
    login = { "sfdc-relay" }
    domains = { "xn--bcher-kva.example" }
}
CONF
e2e_start postfix

BUCHER=xn--bcher-kva.example

message both --org "$OUR_ORG" --domain "$BUCHER"
deliver both --address "$STRANGER" --login sfdc-relay
check "login and organization: signed" arrives_signed both "$BUCHER"

message no-login --org "$OUR_ORG" --domain "$BUCHER"
deliver no-login --address "$STRANGER"
check "organization without login: refused" is_refused no-login

message other-login --org "$OUR_ORG" --domain "$BUCHER"
deliver other-login --address "$STRANGER" --login somebody
check "organization with another login: refused" is_refused other-login

message other-org --org "$OTHER_ORG" --domain "$BUCHER"
deliver other-org --address "$STRANGER" --login sfdc-relay
check "login with another organization: refused" is_refused other-org

e2e_finish
