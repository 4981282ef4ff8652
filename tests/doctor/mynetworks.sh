#!/bin/sh
# SPDX-License-Identifier: ISC
#
# countersign-doctor: networks of platforms in mynetworks, which a source names,
# an SPF record has, or that are known; and silence of DNS.  postconf is a script
# that prints what the test wants.
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/doctor/fakes.sh
. "$here/fakes.sh"

# networks LIST [LIST-OF-SUBMISSION]: what mynetworks is.
networks()
{
	postfix "mynetworks = $1"
	echo 'submission inet n - n - - smtpd' >>"$fake/services"
	[ $# -lt 2 ] ||
	    echo "submission/inet/mynetworks = $2" >"$fake/overrides"
}

# found STATE WORDS...: the findings are these, each STATE, of main.cf, in order.
found()
{
	state=$1
	shift
	checks=$((checks + 1))
	"$COUNTERSIGN_DOCTOR" -c "$conf" --json >"$out" 2>"$err"
	jq -r '.findings[] | select(.id == "mynetworks") |
	    "\(.subject)|\(.state)|\(.text)|\(.fix)"' "$out" >"$scratch/found"
	[ "$(wc -l <"$scratch/found")" -eq $# ] ||
	    fail "$*: $(cat "$scratch/found")"
	n=0
	for words; do
		n=$((n + 1))
		sed -n "${n}p" "$scratch/found" | grep -q "^mynetworks|$state|$words" ||
		    fail "want $state: $words: $(cat "$scratch/found")"
	done
}

spf='_spf.platform.example'
zone=$scratch/zone
{
	echo "$spf TXT v=spf1 include:a.platform.example include:b.platform.example -all"
	echo 'a.platform.example TXT v=spf1 ip4:198.51.100.16/28 +ip6:2001:db8:7::/48 ~all'
	echo 'b.platform.example TXT v=spf1 exists:%{i}.hosts.platform.example ?all'
	echo '203.0.113.8.hosts.platform.example A 127.0.0.2'
	echo 'example.com TXT v=spf1 ip4:192.0.2.0/24 -all'
	echo 'silent.example SERVFAIL'
} >"$zone"
start_dns "$zone"

# platform [OPTIONS]: those of the source.
platform()
{
	configure "login = { \"tenant\" } $*
domains = { \"example.com\", \"*.example.com\" }" \
	    "dns { servers = { \"$server\" } }"
}

# What is in no platform's hands.
platform "spf = { \"$spf\" }"
networks '127.0.0.0/8, [::1]/128 10.0.0.0/8 hash:/etc/postfix/networks'
found well '127.0.0.0/8, '
networks '127.0.0.0/8 192.0.2.0/24 !198.51.100.0/24'
found well '127.0.0.0/8 192.0.2.0/24'

# By the SPF record that the source names: a host of it, a part of a block, a
# network around one, IPv6, and a host that only "exists:" finds.
for network in 198.51.100.17 198.51.100.16/29 198.51.0.0/16 \
    '[2001:db8:7:1::]/64' 203.0.113.8/32; do
	networks "127.0.0.0/8, $network"
	case $network in
	*:*)	escaped='\[2001:db8:7:1::\]/64' ;;
	*)	escaped=$network ;;
	esac
	found problem "mynetworks has $escaped, a network in the SPF record $spf of source \"platform\": every customer .*postconf -e 'mynetworks = 127.0.0.0/8'"
done

# All commands give the same list, so that both can be run.
networks '198.51.100.17, 127.0.0.0/8 40.92.0.0/15 203.0.113.9'
found problem "mynetworks has 198.51.100.17, .*'mynetworks = 127.0.0.0/8, 203.0.113.9'" \
    "mynetworks has 40.92.0.0/15, a network of Microsoft 365: .*'mynetworks = 127.0.0.0/8, 203.0.113.9'"

# A platform that no source names, by what is known of it.
networks '127.0.0.0/8 13.110.6.0/24'
found problem 'mynetworks has 13.110.6.0/24, a network of Salesforce: '

# By the networks of the source.
platform 'networks = { "198.51.100.0/24" }'
networks '127.0.0.0/8 198.51.0.0/16'
found problem 'mynetworks has 198.51.0.0/16, a network of the platform of source "platform": '

# A preset that names the record.
configure 'preset = "google-dkim" tenant = { "example.com" }
dkim { selectors = { "google" } }
domains = { "example.com", "*.example.com" }' \
    "dns { servers = { \"$server\" } }" "preset_dir = \"$here/../../presets\""
echo '_spf.google.com TXT v=spf1 ip4:198.18.5.0/24 ~all' >>"$zone"
networks '127.0.0.0/8 198.18.0.0/16'
found problem 'mynetworks has 198.18.0.0/16, a network in the SPF record _spf.google.com of source "platform": '

# Without the presets, their error is no command, although it begins with one.
sed -i '/^preset_dir/s,=.*,= "/nonexistent",' "$conf"
"$COUNTERSIGN_DOCTOR" -c "$conf" --json >"$out" 2>"$err"
json 'any("install countersign again" in f["text"] for f in j["findings"])'
json 'all(f["fix"] is None for f in j["findings"] if f["id"] == "config-error")'

# The record of an own domain names own servers.
platform 'spf = { "example.com" }'
networks '127.0.0.0/8 192.0.2.0/24'
found well '127.0.0.0/8 192.0.2.0/24'

# One service has a list of its own.
platform "spf = { \"$spf\" }"
networks 127.0.0.0/8 '127.0.0.0/8, 198.51.100.0/24'
"$COUNTERSIGN_DOCTOR" -c "$conf" --json >"$out" 2>"$err"
json 'any(f["id"] == "mynetworks" and f["subject"] == "submission/inet" and
    f["state"] == "problem" and "postconf -P" in f["fix"] for f in j["findings"])'

# DNS does not answer: unknown, unless all is known without it.
platform 'spf = { "silent.example" }'
networks '127.0.0.0/8 203.0.113.0/24'
found unknown 'Whether mynetworks has networks of a platform is not known: DNS does not answer about the SPF record silent.example\.|null'
networks '127.0.0.0/8 10.0.0.0/8'
found well '127.0.0.0/8'

# A list that is too long for a command still has its problems, without one.
many=$(seq -f '10.%.0f.0.0/16' -s ' ' 0 126)
networks "$many 13.110.0.0/16"
found problem 'mynetworks has 13.110.0.0/16, .*postconf -e'
networks "$many 13.110.0.0/16 127.0.0.1"
found problem 'mynetworks has 13.110.0.0/16, .*|null$'
# One that is not read to its end is not said to be well.
networks "$many 10.200.0.0/16 127.0.0.1"
found unknown 'Whether mynetworks has .* not known: only its first 128 items were read\..*|null$'
done_testing
