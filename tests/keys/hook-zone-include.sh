#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The example of a hook program that keeps a part of a zone file.
. "$(dirname "$0")/lib.sh"

conf=$scratch/conf
zones=$scratch/zones
hook=$scratch/hook-zone-include
file=$zones/example.com
mkdir "$conf" "$zones"
sed "s,/etc/countersign,$conf," \
    "$(dirname "$0")/../../keys/examples/hook-zone-include" >"$hook"
chmod +x "$hook"

# hook STATUS ARGUMENTS: with the environment that hooks have.
hook()
{
	want=$1
	shift
	checks=$((checks + 1))
	env -i PATH="$PATH" COUNTERSIGN_DOMAIN=example.com "$hook" "$@" \
	    >"$out" 2>"$err"
	status=$?
	[ "$status" -eq "$want" ] || fail "$*: exit $status, want $want"
	[ "$want" -eq 0 ] || [ -s "$err" ] || fail "$*: failed without a word"
}

# reloads N: the server was told so often.
reloads()
{
	checks=$((checks + 1))
	[ "$(wc -l <"$scratch/reloads")" -eq "$1" ] || fail "not $1 reloads"
}

hook 1 add a._domainkey.example.com v=DKIM1 60
says "$err" 'conf: cannot be read'
cat >"$conf/hook-zone-include.conf" <<EOT
file=$zones/\$COUNTERSIGN_DOMAIN
reload()
{
	[ ! -e $scratch/stuck ] || return 1
	echo "\$COUNTERSIGN_DOMAIN" >>$scratch/reloads
}
EOT
: >"$scratch/reloads"

long=$(printf 'v=DKIM1; p=%0400d' 0)
hook 0 add A._domainkey.Example.com "$long" 3600
says "$file" '^a\._domainkey\.example\.com\. 3600 IN TXT "v=DKIM1; p=0*" "0*"$'
[ "$(stat -c %a "$file")" = 644 ] || fail "the server cannot read it"
joined=$(sed 's/^[^"]*"//; s/"$//; s/" "//g' "$file")
[ "$joined" = "$long" ] || fail "the value is another: $joined"
awk -F'"' '{ for (i = 2; i < NF; i += 2) if (length($i) > 255) exit 1 }' \
    "$file" || fail "a string over 255 octets"
reloads 1

# So already; and another TTL is no other record.
hook 0 add a._domainkey.example.com "$long" 3600
reloads 1
hook 0 add a._domainkey.example.com. "$long" 60
[ "$(wc -l <"$file")" -eq 1 ] || fail "there twice"
says "$file" ' 60 IN TXT'
reloads 2

# Records of others stay: another name, another value, other text.
echo '; ours' >>"$file"
hook 0 add b._domainkey.example.com 'v=DKIM1; p=' 60
hook 0 add a._domainkey.example.com 'v=DKIM1; p=' 60
hook 0 remove a._domainkey.example.com "$long" 60
[ "$(wc -l <"$file")" -eq 3 ] || fail "not three lines"
says "$file" '^; ours'
says "$file" '^a\._domainkey.* "v=DKIM1; p="$'
hook 0 remove a._domainkey.example.com 'v=DKIM1; p=' 60
hook 0 remove a._domainkey.example.com 'v=DKIM1; p=' 60
hook 0 remove b._domainkey.example.com 'v=DKIM1; p=' 60
[ "$(cat "$file")" = '; ours' ] || fail "something is left"
reloads 7

# What a zone file would take for something else.
# shellcheck disable=SC2016
odd='a\b"c;d $x `y`'
hook 0 add a._domainkey.example.com "$odd" 60
says "$file" 'TXT "a\\\\b\\"c;d \$x `y`"$'
hook 0 remove a._domainkey.example.com "$odd" 60

# A reload that failed is made up for, though the file is right.
: >"$scratch/stuck"
hook 75 add a._domainkey.example.com v=DKIM1 60
says "$err" 'its reload failed'
hook 75 add a._domainkey.example.com v=DKIM1 60
rm "$scratch/stuck"
reloads 9
hook 0 add a._domainkey.example.com v=DKIM1 60
reloads 10

hook 1 add 'a b' v=DKIM1 60
hook 1 add 'a;b' v=DKIM1 60
hook 1 add a.example "$(printf 'a\nb')" 60
hook 1 add a.example '' 60
hook 1 add a.example v=DKIM1 1h
hook 1 replace a.example v=DKIM1 60
hook 1 add a.example v=DKIM1
says "$err" 'usage'
reloads 10
[ -z "$(find "$zones" -name '*.new.*')" ] || fail "a temporary file is left"

# Many at once: none is lost.
pids=
for i in 1 2 3 4 5 6 7 8; do
	env -i PATH="$PATH" COUNTERSIGN_DOMAIN=example.com \
	    "$hook" add "s$i._domainkey.example.com" v=DKIM1 60 &
	pids="$pids $!"
done
for pid in $pids; do
	wait "$pid" || fail "one of many failed"
done
[ "$(grep -c '^s[1-8]\.' "$file")" -eq 8 ] || fail "one of many is lost"
# Run by root, it makes nothing that the owner of the directory cannot change.
if [ "$(id -u)" -eq 0 ]; then
	chmod 0711 "$scratch"
	chown -R nobody "$zones" "$scratch/reloads"
	hook 0 add t._domainkey.example.com v=DKIM1 60
	[ -z "$(find "$zones" ! -user nobody)" ] || fail "a file is root's"
	chown root "$file.lock"
	hook 1 add u._domainkey.example.com v=DKIM1 60
	says "$err" 'user nobody cannot write them'
fi
done_testing
