#!/bin/bash
# SPDX-License-Identifier: ISC
#
# Keys change while mail flows: first they are activated and retired at once,
# then at a planned time.  The running milter follows without a signal, within
# 10 s, or in the planned second.  No message is lost, unsigned, or delivered
# twice.

# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"
# shellcheck source=tests/e2e/lib/load.sh
. "$E2E_LIB/load.sh"

STOP=$SCRATCH/load.stop

slowest=0

# key ARGUMENT...: the seconds that the slowest took are in $slowest.
key()
{
	local began=$SECONDS

	countersign_key "$@" >>"$SCRATCH/keys.log" 2>&1 ||
	    die "$*: $(tail -1 "$SCRATCH/keys.log")"
	# Whole seconds, of which a part may be cut off.
	[ $((SECONDS - began + 1)) -le "$slowest" ] ||
	    slowest=$((SECONDS - began + 1))
}

# pair COMMAND NAME [OPTION...]: for the two keys of that name.
pair()
{
	key "$1" example.com "$2-r" "$2-e" "${@:3}"
}

retire_pair()
{
	key retire example.com "$1-r" "${@:2}"
	key retire example.com "$1-e" "${@:2}"
}

# newest_has NAME...: the message that came last is signed by the keys of these
# names, and by no other.
newest_has()
{
	local newest

	newest=$(find "$SCRATCH/sink/mail" -name 'load-*.eml' \
	    -printf '%T@ %p\n' | sort -n | tail -1 | cut -d' ' -f2)
	[ "$(grep -oE '\bs=[a-z]+-[re]' "$newest" | sort)" = \
	    "$(printf 's=%s\n' "${@/%/-e}" "${@/%/-r}" | sort)" ]
}

milter_configure
mkdir -p "$SCRATCH/dns"
for name in first second third; do
	key generate example.com --algorithm rsa2048 --selector $name-r
	key generate example.com --algorithm ed25519 --selector $name-e
done
countersign_key show example.com --json |
    "$PYTHON" "$E2E_LIB/zone.py" >"$SCRATCH/dns/example.com"
pair activate first --force
dns_start example.com
sink_start
milter_start
mta_start postfix

load_start 100000 "$STOP"
check "mail is signed by the first keys" wait_for 60 newest_has first
pair activate second --force
check "new keys sign" wait_for 60 newest_has first second
retire_pair first
check "retired keys do not" wait_for 60 newest_has second
planned=$(($(date +%s) + 15))
at=$(date -u -d "@$planned" +%FT%TZ)
pair activate third --force --at "$at"
retire_pair second --at "$at"
check "keys are handed over at a planned time" \
    wait_for 60 newest_has third
touch "$STOP"
load_end

keys_are_followed()
{
	countersign_key list example.com --json | "$PYTHON" \
	    "$E2E_LIB/key_changes.py" "$SCRATCH/sink/mail" example.com \
	    "$REPLIES" "$planned" "$slowest" >"$SCRATCH/changes" || {
		cat "$SCRATCH/changes"
		return 1
	}
}

check "key changes: every message accepted" all_accepted
check "key changes: every message signed, by the keys of its time" \
    keys_are_followed
sed 's/^/#   /' "$SCRATCH/changes" | tail -1
check "key changes: no lost mail" none_lost
check "key changes: no mail twice" none_twice

e2e_finish
