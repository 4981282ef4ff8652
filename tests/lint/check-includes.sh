#!/bin/bash
# SPDX-License-Identifier: ISC
#
# usage: check-includes.sh SOURCE_ROOT
#
# Who may include whom.  A rule holds for what a file includes and for what
# the headers of this project that it includes include in turn, named by
# their folder: lib/dkimsig.h.  System headers keep their names.

set -u
export LC_ALL=C
cd "$1" || exit 1

libc='(assert|ctype|errno|inttypes|limits|std[a-z]+|string|strings|time)\.h'
trees='sys/(queue|tree|types|cdefs)\.h'
private_keys='openssl/(bio|core.*|decoder|dsa|ec|evp|pem|pkcs.*|provider|rsa|store|x509.*)\.h'
mail='libmilter/.*|unbound\.h|milter/(config|facts|policy|message).*'
# The front and the doctor use messages, and not the other way round.
users_of_message='milter/(callbacks|control|front.*|listener|message_log|reply|signpool|snapshot|explain|doctor|storepool)\.h'

# FILES, as a pattern of names; only or never; WHICH headers; why.
rules=(
	# The library does no input or output, asks no DNS and reads no clock.
	"lib/dkimsig.h	only	std(bool|def|int)\.h"
	"lib/*	only	(assert|limits|std(arg|bool|def|int|io|lib)|string|strings)\.h|$trees|openssl/.*|idn2\.h|lib/.*"
	# The key store and its helper know nothing of mail and milter, but
	# for the configuration file, in which the helper finds the store.
	"keys/*	never	libmilter/.*|unbound\.h|milter/(?!(config|duration|user_file|user_name)\.h).*"
	# What is said of a domain asks DNS by the caller's function alone.
	"keys/advice*	only	$libc|arpa/inet\.h|ldns/ldns\.h|lib/dkimsig\.h|keys/(advice(_private)?|dmarc|json|txt)\.h"
	"keys/txt.*	only	$libc|ldns/ldns\.h|keys/txt\.h"
	"keys/dmarc.*	only	$libc|lib/dkimsig\.h|keys/dmarc\.h"
	"keys/monotonic.*	only	$libc|keys/monotonic\.h"
	# A program is run without a word about keys.
	"keys/program.*	never	openssl/.*|lib/.*|milter/.*|keys/(?!(monotonic|program)\.h).*"
	"keys/queue_lifetime.*	never	openssl/.*|lib/.*|milter/.*"
	"keys/rotation_policy.*	only	$libc|$trees|openssl/types\.h|lib/dkimsig\.h|milter/config\.h|keys/(keystore|lifecycle|rotation_policy)\.h"
	# Nor has what asks DNS servers a private key to hand; the lower half
	# of it knows no key store either.
	"keys/dns_*	never	$private_keys|milter/.*"
	"keys/dns_address.*	only	$libc|sys/socket\.h|netinet/in\.h|(arpa/inet|netdb)\.h|keys/dns_address\.h"
	"keys/dns_query.*	only	$libc|sys/socket\.h|ldns/ldns\.h|keys/dns_(address|query|transport)\.h"
	"keys/dns_transport.*	only	$libc|sys/socket\.h|(poll|unistd)\.h|ldns/ldns\.h|keys/(dns_(address|query|transport)|monotonic)\.h"
	# A proof is between a key, a record and the library alone.
	"keys/proof.*	only	$libc|$trees|openssl/.*|lib/dkimsig\.h|keys/(keystore|proof)\.h"
	# What is read from other signers changes nothing by itself: the
	# readers of tables know no key and no store.
	"keys/import_@(file|lines|opendkim|plan|rspamd|ucl).*	only	$libc|$trees|sys/stat\.h|(fcntl|glob|unistd)\.h|lib/dkimsig\.h|keys/import_(file|lines|opendkim|plan|rspamd|ucl)\.h"
	"keys/import_pem.*	only	$libc|openssl/.*|keys/import_pem\.h"
	"keys/weak.*	only	$libc|openssl/.*|keys/weak\.h"
	# The front has no key, and no means to use one.
	"milter/answers.*	never	keys/.*|$private_keys|libmilter/.*"
	"milter/audit.*	never	keys/.*|openssl/.*|$mail"
	"milter/callbacks.*	never	keys/.*|$private_keys"
	"milter/config*	never	keys/.*|openssl/.*|libmilter/.*"
	"milter/control.*	never	keys/.*|$private_keys"
	"milter/counters.*	never	keys/.*|$private_keys"
	"milter/dns*	only	$libc|$trees|(fcntl|poll|pthread|unbound|unistd)\.h|milter/dns(_answer|_context)?\.h"
	"milter/facts.*	never	keys/.*|$private_keys|libmilter/.*"
	"milter/front*	never	keys/.*|$private_keys"
	"milter/logline.*	only	$libc|milter/(log|logline)\.h"
	"milter/message@(|_author|_private|_sign).*	never	keys/.*|$private_keys|libmilter/.*|$users_of_message"
	"milter/message_log.*	never	keys/.*|libmilter/.*"
	"milter/ours.*	never	keys/.*|openssl/.*|libmilter/.*|unbound\.h|milter/ipc\.h|$users_of_message"
	"milter/rate.*	only	$libc|pthread\.h|milter/rate\.h"
	"milter/replay.*	only	$libc|pthread\.h|openssl/sha\.h|milter/replay\.h"
	"milter/reply.*	never	keys/.*|$private_keys"
	"milter/sign_service.*	only	$libc|lib/dkimsig\.h"
	"milter/signpool.*	never	keys/.*|openssl/.*|$mail"
	"milter/snapshot.*	never	keys/.*|$private_keys"
	"milter/spfcache.*	only	$libc|$trees|pthread\.h|lib/dkimsig\.h|milter/(config|facts|spfcache)\.h"
	"milter/coverage.*	only	$libc|milter/coverage\.h"
	"milter/upstream.*	only	$libc|openssl/sha\.h|lib/dkimsig\.h|milter/(asked|coverage|dns|upstream)\.h"
	# The signer, which has the keys, reads neither mail nor configuration.
	"milter/signer*	never	$mail"
	"milter/sign_request.*	never	$mail"
	"milter/keycache.*	never	$mail"
	"milter/ownkeys.*	never	$mail"
	"milter/ratelimit.*	never	$mail"
	"milter/sandbox*	never	$mail"
	# The master starts and replaces the others, and forwards.
	"milter/@(background|child|introduce|main|master|master_internal|reload).*	never	keys/.*|openssl/.*|unbound\.h|libmilter/.*|milter/(callbacks|control|dns|facts|front|message|policy).*"
	# The decision is pure: facts in, decision out.
	"milter/policy*	only	$libc|$trees|lib/dkimsig\.h|milter/(asked|config|facts|factors|policy(_private)?)\.h"
	"milter/factors.*	only	$libc|$trees|lib/dkimsig\.h|milter/(asked|config|facts|factors|network|pattern|policy|salesforce_id|salesforce_bounce)\.h"
	"milter/organization.*	only	$libc|libpsl\.h|lib/dkimsig\.h|milter/organization\.h"
	"milter/pattern.*	only	$libc|milter/pattern\.h"
	"milter/salesforce_bounce.*	only	$libc|milter/salesforce_(bounce|id)\.h"
	# SPF asks DNS by the caller's function, and does nothing else.
	"milter/spf.*	only	$libc|milter/(dns|spf)\.h"
	"milter/spf_*	only	$libc|(sys/socket|arpa/inet)\.h|lib/dkimsig\.h|milter/(dns|spf|spf_[a-z]+)\.h"
	# A diagnosis knows the message and the library, and nothing of mail
	# systems; what is printed is made elsewhere.
	"milter/diagnose*	never	keys/.*|libmilter/.*|unbound\.h|milter/(config|facts|policy|message|print|report).*"
	"milter/body_*	never	keys/.*|openssl/.*|libmilter/.*|milter/(config|facts|policy|message).*"
	"milter/header_*	never	keys/.*|libmilter/.*|milter/(config|facts|policy|message).*"
	# An explanation decides nothing by itself.
	"milter/explain*	never	keys/.*|libmilter/.*|unbound\.h|milter/(factors|message_private)\.h"
	"milter/storepool.*	never	$mail|milter/signpool\.h"
	# What the processes share belongs to none of them.
	"milter/ipc.*	only	(?!libmilter|openssl|unbound|keys/|milter/).*|milter/(ipc|wire)\.h"
	"milter/wire.*	only	$libc|milter/wire\.h"
	# Nobody outside the library sees more of it than its header.
	"keys/*	never	lib/(?!dkimsig\.h).*"
	"milter/*	never	lib/(?!dkimsig\.h).*"
)

# The folder of a header's name, seen from a file: its own folder first.
declare -A included
resolve()
{
	local dir

	for dir in "${1%/*}" lib keys milter; do
		if [ -f "$dir/$2" ]; then
			echo "$dir/$2"
			return
		fi
	done
	echo "$2"
}

# The headers that a file includes, with those of the project's followed.
collect()
{
	local name header

	while read -r name; do
		header=$(resolve "$1" "$name")
		[ -n "${included[$header]:-}" ] && continue
		included[$header]=$1
		[ -f "$header" ] && collect "$header"
	done < <(sed -n 's/^#[ \t]*include[ \t]*[<"]\([^>"]*\)[>"].*/\1/p' "$1")
}

declare -A headers
for file in lib/*.[ch] keys/*.[ch] milter/*.[ch]; do
	included=()
	collect "$file"
	headers[$file]=$(for header in "${!included[@]}"; do
		echo "$header ${included[$header]}"
	done)
done

bad=0
for rule in "${rules[@]}"; do
	IFS=$'\t' read -r pattern kind which <<<"$rule"
	invert=()
	[ "$kind" = only ] && invert=(-v)
	for file in "${!headers[@]}"; do
		# shellcheck disable=SC2053
		[[ $file == $pattern && -n ${headers[$file]} ]] || continue
		while read -r header by; do
			echo "$file: must not include $header (by $by)"
			bad=1
		done < <(grep -P "${invert[@]}" "^($which) " \
		    <<<"${headers[$file]}")
	done
done
[ "${#headers[@]}" -gt 50 ] || bad=1
exit "$bad"
