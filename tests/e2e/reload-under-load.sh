#!/bin/bash
# SPDX-License-Identifier: ISC
#
# Reloads under load: good configurations alternate with a faulty one.  No
# message may be affected, and the faulty one must change nothing.

# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"
# shellcheck source=tests/e2e/lib/load.sh
. "$E2E_LIB/load.sh"

milter_configure
e2e_start postfix

load_start 1000
reloads=0
while load_running; do
	milter_configure 'signature { canonicalization = "simple/simple" }'
	milter_reload
	milter_configure 'signature { canonicalization = "relaxed/relaxed" }'
	milter_reload
	echo 'source "faulty" { domain = "example.com" }' >"$MILTER_CONF"
	milter_reload || die "a reload had no end"
	reloads=$((reloads + 3))
done
load_end
echo "#   $reloads reloads"

uses()
{
	message "uses-$1" --org "$OUR_ORG"
	deliver "uses-$1" --address "$PROVIDER_ADDRESS"
	arrives_signed "uses-$1" &&
	    grep -q "c=$2" "$(sink_file "uses-$1")"
}

check "reloads: every message accepted" all_accepted
check "reloads: no unsigned mail" none_unsigned
check "reloads: no lost mail" none_lost
check "a faulty file changes nothing" uses faulty relaxed/relaxed
milter_configure 'signature { canonicalization = "simple/simple" }'
milter_reload
check "a good file is used" uses good simple/simple

e2e_finish
