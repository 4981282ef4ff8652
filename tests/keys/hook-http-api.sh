#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The example of a hook program that speaks HTTP, against a server that
# answers as PowerDNS does.
. "$(dirname "$0")/lib.sh"

for tool in curl jq; do
	command -v $tool >/dev/null || exit 77
done
here=$(dirname "$0")
conf=$scratch/conf
records=$scratch/records
hook=$scratch/hook-http-api
mkdir "$conf" "$scratch/bin"
sed "s,/etc/countersign,$conf," "$here/../../keys/examples/hook-http-api" \
    >"$hook"
# Keeps what curl was given, besides its standard input.
cat >"$scratch/bin/curl" <<EOT
#!/bin/sh
{ echo "\$*"; env; } >>$scratch/given
exec $(command -v curl) "\$@"
EOT
chmod +x "$hook" "$scratch/bin/curl"

mkfifo "$scratch/port"
/usr/bin/python3 "$here/powerdns.py" "$scratch" &
server=$!
trap 'kill $server; rm -rf "$scratch"' EXIT
read -r port <"$scratch/port"

hook()
{
	want=$1
	shift
	checks=$((checks + 1))
	env -i PATH="$scratch/bin:$PATH" COUNTERSIGN_DOMAIN=example.com \
	    "$hook" "$@" >"$out" 2>"$err"
	status=$?
	[ "$status" -eq "$want" ] || fail "$*: exit $status, want $want"
	[ "$want" -eq 0 ] || [ -s "$err" ] || fail "$*: failed without a word"
}

# changes N: so many requests changed something.
changes()
{
	checks=$((checks + 1))
	[ "$(wc -l <"$scratch/changes")" -eq "$1" ] || fail "not $1 changes"
}

settings()
{
	printf 'url=http://127.0.0.1:%s/api/v1/servers/localhost\n%s\n' \
	    "$1" "token_file=$scratch/token" >"$conf/hook-http-api.conf"
}

hook 1 add a._domainkey.example.com v=DKIM1 60
says "$err" 'conf: cannot be read'
settings "$port"
hook 1 add a._domainkey.example.com v=DKIM1 60
says "$err" 'has no token'
echo 'secret-token' >"$scratch/token"
chmod 600 "$scratch/token"
: >"$scratch/changes"

long=$(printf 'v=DKIM1; p=%0400d' 0)
hook 0 add A._domainkey.example.com "$long" 3600
changes 1
jq -e --arg value "$long" '.["a._domainkey.example.com."] |
    .ttl == 3600 and (.contents | length) == 1 and
    (.contents[0] | ltrimstr("\"") | rtrimstr("\"") | split("\" \"") |
    join("") == $value and all(length <= 255))' "$records" >"$out" ||
    fail "another record"
hook 0 add a._domainkey.example.com "$long" 3600
changes 1

# What others have there stays.
hook 0 add a._domainkey.example.com 'v=DKIM1; p=' 60
hook 0 remove a._domainkey.example.com "$long" 60
changes 3
jq -e '.["a._domainkey.example.com."].contents == ["\"v=DKIM1; p=\""]' \
    "$records" >"$out" || fail "another record"
hook 0 remove a._domainkey.example.com "$long" 60
changes 3
hook 0 remove a._domainkey.example.com 'v=DKIM1; p=' 60
[ "$(jq -c . "$records")" = '{}' ] || fail "something is left"
# shellcheck disable=SC2016
odd='a\b"c;d $x `y`'
hook 0 add a._domainkey.example.com "$odd" 60
hook 0 add a._domainkey.example.com "$odd" 60
changes 5
# shellcheck disable=SC2016
jq -e '.[].contents == ["\"a\\\\b\\\"c;d $x `y`\""]' "$records" >"$out" ||
    fail "quoted wrongly"
hook 0 remove a._domainkey.example.com "$odd" 60
changes 6

# Faults of the server: what may pass, and what a person must fix.
for status in 429 500 503; do
	echo $status >"$scratch/status"
	hook 75 add a._domainkey.example.com v=DKIM1 60
	says "$err" "status [45]"
done
for status in 302 401 404 422; do
	echo $status >"$scratch/status"
	hook 1 add a._domainkey.example.com v=DKIM1 60
	says "$err" "status [34]"
done
rm "$scratch/status"
echo '<html>' >"$scratch/body"
hook 1 add a._domainkey.example.com v=DKIM1 60
says "$err" 'cannot parse the answer'
rm "$scratch/body"
echo 'another-token' >"$scratch/token"
hook 1 add a._domainkey.example.com v=DKIM1 60
says "$err" 'wrong token'
echo 'a"b' >"$scratch/token"
hook 1 add a._domainkey.example.com v=DKIM1 60
echo 'secret-token' >"$scratch/token"
settings 1
hook 75 add a._domainkey.example.com v=DKIM1 60
says "$err" 'curl: (7)'

settings "$port"
hook 1 add 'a/b' v=DKIM1 60
hook 1 add a.example "$(printf 'a\nb')" 60
hook 1 add a.example v=DKIM1 x
hook 1 other a.example v=DKIM1 60
hook 1 add a.example v=DKIM1
hook 64 batch
changes 6

says "$scratch/given" 'PATCH'
says_not "$scratch/given" 'secret-token'
done_testing
