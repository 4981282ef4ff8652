#!/bin/bash
# SPDX-License-Identifier: ISC
#
# countersign-doctor setup at a terminal and without one: questions, answers
# that cannot be used, the end of input, a refusal; options that nothing good
# comes of.  Nothing may be changed by any of these.
. "$(dirname "$0")/lib.sh"

if [ "$(id -u)" -ne 0 ]; then
	echo "setup is for root" >&2
	exit 77
fi
conf=$scratch/etc/countersign.conf
presets=$here/../../presets
mkdir "$scratch/etc"
chmod 0711 "$scratch"
cat >"$conf" <<CONF
preset_dir = "$presets"
keydir = "$scratch/keys"
host = "test"
user = "daemon"
keys_user = "backup"
CONF
cp "$conf" "$scratch/before"

# What every question gets its answer from.
TENANT='? Your organization id'
LOGIN='? The user that it logs in as'
DOMAINS='? Your domains'
PUBLISH='? How do key records get into DNS'
YES='? Do all this? [y/N]'

unchanged()
{
	checks=$((checks + 1))
	cmp -s "$scratch/before" "$conf" || fail "$1: the file was changed"
	[ "$(ls "$scratch/etc")" = countersign.conf ] ||
	    fail "$1: there are new files: $(ls "$scratch/etc")"
	[ ! -e "$scratch/keys" ] || fail "$1: there are keys"
}

# setup STATUS OPTION...
setup()
{
	local wanted=$1

	shift
	expect "$wanted" /dev/null setup -c "$conf" --mta none \
	    --ledger "$scratch/setup.json" "$@"
}

# talk NAME STATUS [OPTION...]: with the script on standard input.
talk()
{
	name=$1
	status=$2
	shift 2
	checks=$((checks + 1))
	cat >"$scratch/script"
	/usr/bin/python3 "$here/dialogue.py" "$status" "$out" \
	    "$scratch/script" "$COUNTERSIGN_DOCTOR" setup -c "$conf" \
	    --ledger "$scratch/setup.json" --mta none --no-color "$@" ||
	    fail "$name"
}

talk 'all answers, and no' 3 <<SCRIPT
? Which platform sends mail
? salesforce-auth
? Number or name:
> salesforce-auth
$TENANT
> 00D1U0000013lbu
$LOGIN
> sfdc@relay.example.net
$DOMAINS
> example.com, *.example.com  example.net
$PUBLISH
>
? +source "salesforce-auth" {
? +    login   = { "sfdc@relay.example.net" }
? +    domains = { "example.com", "*.example.com", "example.net" }
? +    publish  = manual
$YES
> no
? Nothing was changed.
SCRIPT
unchanged 'no'

# By number; empty, unknown and impossible answers are asked for again.
number=$(ls "$presets" | sed -n 's/\.conf$//p' | grep -nx salesforce-auth)
talk 'wrong answers' 3 <<SCRIPT
? Number or name:
>
? An answer is needed here
? Number or name:
> 0
? There is no such platform.
? Number or name:
> 99
? There is no such platform.
? Number or name:
> ../salesforce-auth
? There is no such platform.
? Number or name:
> ${number%%:*}
$TENANT
> "; }
? It cannot have a quote
$TENANT
> 00D1U0000013lbu
$LOGIN
> ,
$LOGIN
> \${file}
? It cannot have a quote
$LOGIN
> sfdc@relay.example.net
$DOMAINS
> example.com
$PUBLISH
> perhaps
? Answer manual, update or hook.
$PUBLISH
> hook
? The program
> bin/true
? Give the whole path
? The program
> $scratch/none
? There is no file $scratch/none.
? The program
> /bin/true
? hook     = "/bin/true"
$YES
> maybe
? Nothing was changed.
SCRIPT
unchanged 'wrong answers'

echo 'hmac-sha256:k:c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0IQ==' \
    >"$scratch/tsig.key"
chmod 0600 "$scratch/tsig.key"
talk 'update, no server' 3 --platform salesforce-auth \
    --tenant 00D1U0000013lbu --login sfdc@relay.example.net \
    --domain example.com <<SCRIPT
$PUBLISH
> update
? The address of the name server
>
? The file with the TSIG key
> tsig.key
? Give the whole path
? The file with the TSIG key
> $scratch/tsig.key
? (it holds a secret and is not shown)
? publish  = update
? tsig_key = "$scratch/etc/tsig.key"
$YES
^D
? Nothing was changed.
SCRIPT
unchanged 'update'
says_not "$out" 'update_server'
says_not "$out" 'c2VjcmV0'

# A value that the configuration refuses.
talk 'a wrong tenant' 1 --platform salesforce-auth --publish manual \
    --login sfdc@relay.example.net <<SCRIPT
$TENANT
> 00D1U0000013lbuXXX
$DOMAINS
> example.com
? has a wrong checksum
? nothing was changed
SCRIPT
unchanged 'a wrong tenant'

talk 'end of input' 1 <<SCRIPT
? Number or name:
^D
? no answer; nothing was changed
SCRIPT
unchanged 'end of input'
talk 'end of input, later' 1 --platform salesforce-auth <<SCRIPT
$TENANT
> 00D1U0000013lbu
$LOGIN
^D
? no answer; nothing was changed
SCRIPT
talk 'Ctrl-C' 130 --platform salesforce-auth <<SCRIPT
$TENANT
^C
SCRIPT
talk 'Ctrl-C at the yes' 130 --platform salesforce-auth --publish manual \
    --tenant 00D1U0000013lbu --login sfdc@relay.example.net \
    --domain example.com <<SCRIPT
$YES
^C
SCRIPT
unchanged 'Ctrl-C'

# Options that describe a source ask for its platform.
talk 'a domain alone' 1 --domain example.com <<SCRIPT
? Number or name:
> zendesk
^D
SCRIPT

# -- Without a terminal ------------------------------------------------------

setup 2 --apply --domain example.com
says "$err" '--platform is missing'
setup 2 --apply --publish 'sometimes'
says "$err" '--publish sometimes: write manual, update, update:SERVER or'
setup 2 --apply --publish 'update:'
says "$err" '--publish update:: write manual'
setup 2 --apply --check-resolvers 9.9.9.9
says "$err" '--check-resolvers is written with the way of publication'
setup 2 --publish manual --tsig-key "$scratch/tsig.key"
says "$err" '--tsig-key is for updates'

# source OPTION VALUE [STATUS]: an otherwise good source with one more option.
source_with()
{
	checks=$((checks + 1))
	"$COUNTERSIGN_DOCTOR" setup -c "$conf" --mta none \
	    --ledger "$scratch/setup.json" --platform salesforce-auth \
	    --tenant 00D1U0000013lbu --login sfdc@relay.example.net \
	    --publish manual --apply "$1" "$2" >"$out" 2>"$err" </dev/null
	status=$?
	[ "$status" -eq "$3" ] ||
	    fail "$1 $2: exit $status, want $3: $(cat "$out" "$err")"
	unchanged "$1 $2"
}

newline=$(printf 'a\nb')
label=$(printf '%063d' 0 | tr 0 a)
long=$label.$label.$label.$label
for value in 'a"b.example' "$newline" 'a\b' 'a${b}' ''; do
	source_with --domain "$value" 2
	says "$err" '--domain: the value is empty, or has a quote'
	source_with --tenant "$value" 2
	says "$err" '--tenant: the value is empty, or has a quote'
done
source_with --name ../escape 2
says "$err" '--name: use up to 64 letters'
source_with --name .hidden 2
source_with --name socket 2
source_with --name "$(printf '%065d' 0)" 2
for value in ../../etc -x 'a b.example' 'a/b.example' .example.com \
    a..example "$long" '*' '*.*.example' "a;b.example"; do
	source_with --domain "$value" 1
	says "$err" 'nothing was changed'
done
source_with --domain com 1

# Only keys of a domain that the source names sign for all subdomains.
source_with --domain '*.sub.example.net' 2
says "$err" "--domain [*].sub.example.net: give --domain sub.example.net, too"
for name in sub.example.net example.net; do
	checks=$((checks + 1))
	"$COUNTERSIGN_DOCTOR" setup -c "$conf" --mta none \
	    --ledger "$scratch/setup.json" --platform salesforce-auth \
	    --tenant 00D1U0000013lbu --login sfdc@relay.example.net \
	    --publish manual --domain '*.sub.example.net' \
	    --domain "$name" >"$out" 2>"$err" </dev/null
	says "$out" 'Nothing was changed'
done
# A parent's keys do not sign for a source that does not name the parent.
mkdir -p "$scratch/keys/example.net"
echo >"$scratch/keys/example.net/state"
source_plans()
{
	"$COUNTERSIGN_DOCTOR" setup -c "$conf" --mta none \
	    --ledger "$scratch/setup.json" --platform generic-auth \
	    --login hr@relay.example.net --publish manual "$@" \
	    >"$out" 2>"$err" </dev/null
}
source_plans --domain hr.example.net --domain '*.hr.example.net'
says "$out" '^keys of hr.example.net (new)'
source_plans --domain hr.example.net --domain example.net
says_not "$out" '^keys of'
rm -r "$scratch/keys"

# A secret is made up, and not shown.
for field in X-Key 'X Key' 'X-Key: a'; do
	checks=$((checks + 1))
	"$COUNTERSIGN_DOCTOR" setup -c "$conf" --mta none \
	    --ledger "$scratch/setup.json" --platform google-secret \
	    --secret-header "$field" --domain example.com --publish manual \
	    >"$out" 2>"$err" </dev/null
	status=$?
	unchanged "$field"
	[ "$field" = X-Key ] || {
		[ "$status" -eq 1 ] || fail "$field: exit $status"
		continue
	}
	[ "$status" -eq 3 ] || fail "secret: exit $status: $(cat "$err")"
	says "$out" 'google-secret.conf (new) (root:[a-z]*, mode 0640)$'
	says "$out" '^(it holds a secret and is not shown)$'
	says "$out" 'let a rule at google-secret add the field X-Key'
	cat "$err" >>"$out"
	says_not "$out" '[0-9a-f]\{32\}'
done

# What a new source has is not ignored where there is none.
for option in "--platform x" "--tenant x" "--login x" "--daemon x" \
    "--selector x" "--domain a.example" "--secret-header X" \
    "--publish manual" "--tsig-key /x" "--check-resolvers none"; do
	for what in --enforce --undo; do
		# shellcheck disable=SC2086
		"$COUNTERSIGN_DOCTOR" setup -c "$conf" $what $option \
		    >"$out" 2>"$err" </dev/null
		status=$?
		checks=$((checks + 1))
		[ "$status" -eq 2 ] || fail "$what $option: exit status"
		says "$err" "setup: ${option% *} is for a new source: "
	done
done

# Without presets, it says where they were sought.
sed '/preset_dir/d' "$scratch/before" >"$conf"
cp "$conf" "$scratch/before"
"$COUNTERSIGN_DOCTOR" setup -c "$conf" --ledger "$scratch/setup.json" \
    --mta none --platform salesforce-auth >"$out" 2>"$err" </dev/null
checks=$((checks + 1))
if [ -s "$err" ] && grep -q 'there are no presets' "$err"; then
	says "$err" 'name their directory with preset_dir in'
	says "$err" '^  /etc/countersign/presets$'
else
	says "$err" 'needs --tenant'	# they are installed here
fi
unchanged 'no presets'

done_testing
