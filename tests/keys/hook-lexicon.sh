#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The example of a hook program that uses lexicon, against what answers as
# Cloudflare, Route 53 and Hetzner do.  The names of these are fixed in lexicon,
# so it runs with its own network, hosts file and authority for certificates.

if [ -z "${LEXICON_INSIDE:-}" ]; then
	command -v lexicon >/dev/null || { echo "no lexicon here"; exit 77; }
	/usr/bin/python3 -c 'import boto3' 2>/dev/null ||
	    { echo "no boto3 here"; exit 77; }
	unshare --net --mount true 2>/dev/null ||
	    { echo "no namespaces here"; exit 77; }
	LEXICON_INSIDE=1 exec unshare --net --mount --propagation private "$0"
fi

# shellcheck source=tests/keys/lib.sh
. "$(dirname "$0")/lib.sh"

here=$(dirname "$0")
conf=$scratch/conf
api=$scratch/api
hook=$scratch/hook-lexicon
records=$api/records.json
mkdir "$conf" "$api" "$scratch/bin"
sed "s,/etc/countersign,$conf," "$here/../../keys/examples/hook-lexicon" \
    >"$hook"
# Keeps what lexicon was given.
cat >"$scratch/bin/lexicon" <<EOT
#!/bin/sh
{ echo "\$*"; env; } >>$scratch/given
exec $(command -v lexicon) "\$@"
EOT
chmod +x "$hook" "$scratch/bin/lexicon"

# A network with nothing but the three, and what tells whether anything is
# fetched.
ip link set lo up
echo '127.0.0.1 api.cloudflare.com route53.amazonaws.com dns.hetzner.com
127.0.0.1 publicsuffix.org raw.githubusercontent.com localhost' \
    >"$scratch/hosts"
mount --bind "$scratch/hosts" /etc/hosts
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test \
    -keyout "$api/key.pem" -out "$api/cert.pem" -addext \
    'subjectAltName=DNS:api.cloudflare.com,DNS:route53.amazonaws.com,DNS:dns.hetzner.com,DNS:publicsuffix.org' \
    2>"$err" || fail openssl
mount --bind "$api/cert.pem" /etc/ssl/certs/ca-certificates.crt

/usr/bin/python3 "$here/lexiconapi.py" "$api" &
server=$!
trap 'kill $server; rm -rf "$scratch"' EXIT
for _ in $(seq 100); do
	[ -e "$api/ready" ] && break
	sleep 0.1
done

name=s._domainkey.example.com
long=$(printf 'v=DKIM1; k=rsa; p=%0400d' 7)

# hook STATUS ARGUMENTS
hook()
{
	want=$1
	shift
	checks=$((checks + 1))
	# A busy machine may take longer than a provider may; rotate would run the
	# hook again, too.
	for _ in 1 2 3; do
		env -i PATH="$scratch/bin:$PATH" \
		    LEXICON_CLOUDFLARE_AUTH_TOKEN=wrong \
		    "$hook" "$@" >"$out" 2>"$err"
		status=$?
		grep -q 'no answer of the provider' "$err" || break
	done
	[ "$status" -eq "$want" ] || fail "$*: exit $status, want $want"
	[ "$want" -eq 0 ] || [ "$(wc -l <"$err")" -eq 1 ] ||
	    fail "$*: not one line of error"
	says_not "$err" secret
}

# settings PROVIDER: in a section of the zone.  The interface of Hetzner that
# lexicon 3.11 has takes strings in quotes, that of today none.
settings()
{
	provider=$1
	cat >"$conf/hook-lexicon.conf" <<EOT
[DEFAULT]
auth_token = $provider-secret
$([ "$provider" != cloudflare ] || echo "zone_id = zone17")
$([ "$provider" != route53 ] || echo "auth_access_key = AKIAKEY
auth_access_secret = aws-secret-of-ours")
$([ "$provider" != hetzner ] || echo "strings = quoted")
[example.com]
provider = $provider
[sub.example.com]
provider = $provider
zone = example.com
EOT
	chmod 0600 "$conf/hook-lexicon.conf"
	rm -f "$api/fault"
	echo '{"cloudflare": [], "route53": [], "hetzner": []}' >"$records"
}

# has JQ: of the provider's records this is true.
has()
{
	checks=$((checks + 1))
	jq -e --arg name "$name" --arg long "$long" ".$provider | $1" \
	    "$records" >"$out" || fail "$provider: not so: $1"
}

# theirs VALUE: somebody puts it at the name.
theirs()
{
	jq --arg name "$name" --arg value "$1" ".$provider += [[90, \$name,
	    \$value, 60], [91, \"other.example.com\", \$value, 60]]" \
	    "$records" >"$records.new" && mv "$records.new" "$records"
}

# requests METHOD N: so many since then.
requests()
{
	checks=$((checks + 1))
	n=$(grep -c " $1 " "$api/requests")
	[ "$n" -eq "$2" ] || fail "$provider: $n requests $1, want $2"
	: >"$api/requests"
}

# The file of settings.
hook 1 add $name v=DKIM1 60
says "$err" 'hook-lexicon.conf: No such file'
settings cloudflare
for mode in 0644 0604 0620; do
	chmod $mode "$conf/hook-lexicon.conf"
	hook 1 add $name v=DKIM1 60
	says "$err" 'others can read or change it: chmod 0640'
done
chmod 0640 "$conf/hook-lexicon.conf"
hook 1 add s.example.org v=DKIM1 60
says "$err" 'no provider for s.example.org'
echo 'auth_token' >>"$conf/hook-lexicon.conf"
hook 1 add $name v=DKIM1 60
says "$err" 'not a section or NAME = VALUE'

for provider in cloudflare hetzner route53; do
	settings $provider
	add=POST
	remove=DELETE
	[ "$provider" != route53 ] || remove=POST
	: >"$api/requests"

	# Ours alone, whole, with its TTL; again, nothing is changed.
	hook 0 add S._domainkey.Example.com. "$long" 3600
	hook 0 add $name "$long" 3600
	requests $add 1
	# shellcheck disable=SC2016
	has 'length == 1 and .[0][1] == $name and .[0][3] == 3600 and
	    (.[0][2] | ltrimstr("\"") | rtrimstr("\"") |
	    split("\" \"") | join("") == $long)'
	[ "$provider" = cloudflare ] || has '.[0][2] |
	    split("\" \"") | length == 2 and all(length <= 257)'
	hook 0 remove $name "$long" 60
	hook 0 remove $name "$long" 60
	requests $remove 1
	has 'length == 0'

	# Beside those of others, which stay, also in DNS below.
	theirs '"v=spf1 -all"'
	hook 0 add $name 'v=DKIM1; p=' 60
	# shellcheck disable=SC2016
	has 'length == 3 and any(.[1] == $name and .[2] == "\"v=spf1 -all\"")'
	hook 0 remove $name 'v=DKIM1; p=' 60
	has 'length == 2 and all(.[2] == "\"v=spf1 -all\"")'
	hook 0 add t._domainkey.sub.example.com v=DKIM1 60
	has 'any(.[1] == "t._domainkey.sub.example.com")'

	# What may pass, and what a person must fix.
	case $provider in
	cloudflare)	passes='GET 429,POST 429,POST 503' stays='GET 404' ;;
	hetzner)	passes='GET 500' stays='GET 401' ;;
	route53)	passes='POST throttle' stays='POST 400' ;;
	esac
	while [ -n "$passes" ]; do
		echo "${passes%%,*}" >"$api/fault"
		hook 75 add $name v=DKIM1 60
		says "$err" "hook-lexicon: $provider: "
		passes=$(echo "$passes" | sed -n 's/^[^,]*,//p')
	done
	echo "$stays" >"$api/fault"
	hook 1 add $name v=DKIM1 60
	# It says that it is done.
	echo "$add lie" >"$api/fault"
	hook 75 add $name v=DKIM1 60
	says "$err" 'says that .* was changed, but does not list it so'
	rm "$api/fault"
	hook 0 add $name v=DKIM1 60
	echo "$remove lie" >"$api/fault"
	hook 75 remove $name v=DKIM1 60
	says "$err" 'does not list it so'
	if [ "$remove" = DELETE ]; then
		echo "DELETE greedy" >"$api/fault"
		hook 1 remove $name v=DKIM1 60
		says "$err" 'removed other records: v=spf1 -all: add them again'
	fi
	sed -i 's/secret/other-secret/; s/AKIAKEY/AKIAOTHER/' \
	    "$conf/hook-lexicon.conf"
	rm -f "$api/fault"
	hook 1 add $name v=DKIM1 60
done

# Providers of their own kind.
settings cloudflare
echo 'POST false' >"$api/fault"
hook 1 add $name v=DKIM1 60
says "$err" 'cloudflare: create: no reason given'
sed -i '/zone_id/d' "$conf/hook-lexicon.conf"
rm "$api/fault"
hook 1 add $name v=DKIM1 60
says "$err" 'No domain found: check zone and credentials, or set zone_id'
# A part of a value is too long for one string, unless it is told.
settings hetzner
sed -i '/^strings/d' "$conf/hook-lexicon.conf"
hook 1 add $name "$long" 60
says "$err" 'hetzner: create: .*422'
kill $server
wait $server
server=
hook 75 add $name v=DKIM1 60
trap 'rm -rf "$scratch"' EXIT

# In a batch, each line has its answer.
/usr/bin/python3 "$here/lexiconapi.py" "$api" &
server=$!
trap 'kill $server; rm -rf "$scratch"' EXIT
sleep 1
settings cloudflare
printf '%s\n' "add $name 60 v=DKIM1; p=a" 'add s.example.org 60 b' 'add' \
    "remove $name 60 v=DKIM1; p=a" "add $name 60 v=DKIM1; p=b" >"$scratch/in"
env -i PATH="$scratch/bin:$PATH" "$hook" batch <"$scratch/in" >"$out" 2>"$err"
cut -d' ' -f1,2 "$out" >"$scratch/answers"
printf '%s\n' 'ok 1' 'failed 2' 'failed 3' 'ok 4' 'ok 5' |
    cmp - "$scratch/answers" || fail "other answers"
has 'length == 1 and .[0][2] == "\"v=DKIM1; p=b\""'
chmod 0644 "$conf/hook-lexicon.conf"
env -i PATH="$scratch/bin:$PATH" "$hook" batch <"$scratch/in" >"$out" 2>"$err"
[ "$(grep -c '^failed . .*chmod 0640' "$out")" -eq 5 ] || fail "not 5 failures"
chmod 0640 "$conf/hook-lexicon.conf"

hook 1 add 'a/b' v=DKIM1 60
hook 1 add a.example.com "$(printf 'a\nb')" 60
hook 1 add a.example.com v=DKIM1 x
hook 1 other a.example.com v=DKIM1 60
hook 1 add a.example.com v=DKIM1
says "$err" 'usage'

# Credentials are neither on the command line nor in the environment, and
# nothing was fetched.
says "$scratch/given" 'TLDEXTRACT_CACHE_PATH='
says "$scratch/given" 'cloudflare create example.com TXT'
says_not "$scratch/given" 'secret'
says_not "$scratch/given" 'LEXICON_'
says_not "$api/requests" 'publicsuffix\|github'
done_testing
