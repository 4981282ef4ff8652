#!/bin/bash
# SPDX-License-Identifier: ISC
#
# A source with a login: the SMTP AUTH name and the organization must agree.  A
# source for any login is for own people: a platform's login never proves it.

# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"

milter_configure
cat >>"$MILTER_CONF" <<CONF
source "salesforce by login" {
    header "X-SFDC-LK" { value = { "$OUR_ORG" } compare = salesforce-id }
    login = { "sfdc-relay" }
    domains = { "xn--bcher-kva.example" }
}
source "salesforce, second" {
    header "X-SFDC-LK" { value = { "$OUR_ORG" } compare = salesforce-id }
    login = { "sfdc-second" }
    domains = { "example.com" }
}
source "own people" {
    any_login = true
    domains = { "example.com" }
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

message own --org "$OTHER_ORG" --domain example.com
deliver own --address "$STRANGER" --login alice@example.com
check "an own login: signed" arrives_signed own example.com

message platform --org "$OUR_ORG" --domain example.com
deliver platform --address "$STRANGER" --login sfdc-second
check "a platform's login and organization: signed" \
    arrives_signed platform example.com

for login in sfdc-second SFDC-Second sfdc-second@relay.example.net \
    sfdc-relay; do
	name=platform-$(echo "$login" | tr -d @.)
	message "$name" --org "$OTHER_ORG" --domain example.com
	deliver "$name" --address "$STRANGER" --login "$login"
	check "platform's login $login with another organization: refused" \
	    is_refused "$name"
done

message nobody --org "$OTHER_ORG" --domain example.com
deliver nobody --address "$STRANGER"
check "an own address without a login: refused" is_refused nobody

e2e_finish
