#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Keys of OpenDKIM, of rspamd, and single ones, good and bad.
. "$(dirname "$0")/lib.sh"

src=$scratch/src
mkdir "$src" "$src/dkim" || exit 1
umask 077

# The keys: each named for what it is.
openssl genrsa -out "$src/pkcs8.pem" 2048 2>"$err" &&
    openssl rsa -in "$src/pkcs8.pem" -traditional -out "$src/pkcs1.pem" \
    2>"$err" &&
    openssl genrsa -out "$src/other.pem" 2048 2>"$err" &&
    openssl genrsa -out "$src/short.pem" 1024 2>"$err" &&
    openssl genrsa -3 -out "$src/small.pem" 2048 2>"$err" &&
    openssl genpkey -algorithm ed25519 -out "$src/ed25519.pem" &&
    openssl genpkey -algorithm ec -pkeyopt ec_paramgen_curve:P-256 \
    -out "$src/ec.pem" &&
    openssl rsa -in "$src/pkcs8.pem" -traditional -aes128 -passout pass:x \
    -out "$src/encrypted1.pem" 2>"$err" &&
    openssl pkcs8 -topk8 -in "$src/pkcs8.pem" -passout pass:x \
    -out "$src/encrypted8.pem" 2>"$err" &&
    openssl pkey -in "$src/pkcs8.pem" -pubout -out "$src/public.pem" ||
    fail "openssl"
head -c 3000 /dev/urandom >"$src/garbage.pem"
: >"$src/empty.pem"
head -c 700 "$src/pkcs8.pem" >"$src/cut.pem"
{ head -c 200 "$src/pkcs8.pem"; printf '\0'; } >"$src/nul.pem"
head -c 20000 /dev/zero | tr '\0' A >"$src/large.pem"
mkfifo "$src/fifo.pem" || exit 1
ln -s pkcs8.pem "$src/link.pem"
ln -s link2.pem "$src/link2.pem"
sed 's/$/\r/' "$src/pkcs8.pem" >"$src/crlf.pem"
cp "$src/pkcs8.pem" "$src/loose.pem" && chmod 644 "$src/loose.pem"

# The primes of a faulty library: k * M + (65537^a mod M).
/usr/bin/python3 - "$src/roca.cnf" <<'PYTHON' || fail "python3"
import random, sys
random.seed(1)
primes = [p for p in range(2, 702) if all(p % q for q in range(2, p))]
m = 1
for p in primes:
    m *= p
def prime(a):
    while True:
        p = random.getrandbits(54) * m + pow(65537, a, m)
        if p.bit_length() == 1024 and p >> 1022 == 3 and \
            all(pow(b, p - 1, p) == 1 for b in (2, 3, 5, 7)):
            return p
p, q, e = prime(12345), prime(54321), 65537
d = pow(e, -1, (p - 1) * (q - 1))
with open(sys.argv[1], "w") as f:
    f.write("asn1 = SEQUENCE:key\n[key]\nversion = INTEGER:0\n")
    for name, value in (("n", p * q), ("e", e), ("d", d), ("p", p),
        ("q", q), ("dp", d % (p - 1)), ("dq", d % (q - 1)),
        ("qi", pow(q, -1, p))):
        f.write("%s = INTEGER:%#x\n" % (name, value))
PYTHON
openssl asn1parse -genconf "$src/roca.cnf" -out "$src/roca.der" \
    >/dev/null 2>"$err" &&
    openssl rsa -inform DER -in "$src/roca.der" -out "$src/roca.pem" \
    2>"$err" || fail "openssl"

# row RESULT DOMAIN SELECTOR: the table has it.
row()
{
	says "$out" "^$2 *$3 .*  $1"
}

# All that is in the store, to the nanosecond.
tree()
{
	find "$keydir" -printf '%p %i %s %m %T@\n' | sort
}

# Wrong usage.
expect 2 import
expect 2 import opendkim
expect 2 import nonsense x
says "$err" 'opendkim, rspamd or pem'
expect 2 import rspamd a b
expect 2 import pem example.com s1
expect 2 import pem example..com s1 "$src/pkcs8.pem"
expect 2 import pem example.com ../s1 "$src/pkcs8.pem"
expect 2 import pem example.com s1 "$src/pkcs8.pem" --at now
expect 1 import opendkim "$src/none"
expect 1 import opendkim "$src"
says "$err" 'a directory, not a file'
expect 1 import opendkim /dev/zero
expect 1 import opendkim "$src/fifo.pem"
expect 1 import rspamd /dev/zero
expect 1 import opendkim csl:a,b
says "$err" 'only file: and refile:'
expect 1 import opendkim "$src/empty.pem"
says "$err" 'no key to import was found'
[ "$(ls -A "$keydir")" = "" ] || fail "a refused command left something"

# One key; then the same again, and another of its selector.
expect 0 import pem example.com One "$src/pkcs8.pem" --dry-run
row 'would be imported' example.com one
[ "$(ls -A "$keydir")" = "" ] || fail "--dry-run left something"
expect 0 import pem Example.COM One "$src/pkcs8.pem"
row imported example.com one
says "$out" '^#source "example.com" {'
says "$keydir/example.com/state" \
    '^one algorithm=rsa-sha256 generated=20[^ ]*Z public=[^ ]* proof=[^ ]*$'
says "$keydir/example.com/log" 'one import: rsa-sha256 of 2048 bits from '
mode=$(stat -c %a "$keydir/example.com/one.pem")
[ "$mode" = 400 ] || fail "mode $mode"
openssl pkey -in "$src/pkcs8.pem" -pubout >"$scratch/want"
openssl pkey -in "$keydir/example.com/one.pem" -pubout >"$scratch/got"
cmp -s "$scratch/want" "$scratch/got" || fail "another key was stored"
tree >"$scratch/before"
for file in pkcs8 pkcs1 crlf link; do
	expect 0 import pem example.com one "$src/$file.pem"
	row 'already present' example.com one
done
expect 1 import pem example.com one "$src/other.pem"
row 'refused: .*another key with this selector' example.com one
expect 1 import pem example.com one "$src/ed25519.pem"
row 'refused: .*another key with this selector' example.com one
tree | cmp -s - "$scratch/before" || fail "the store was changed"

# What cannot be compared is not called another key.
folder=$keydir/example.com
chmod 440 "$folder/one.pem"
expect 1 import pem example.com one "$src/pkcs8.pem"
row 'refused: .*one.pem: mode 0440' example.com one
chmod 400 "$folder/one.pem"
mv "$folder/one.pem" "$scratch/one.pem"
expect 1 import pem example.com one "$src/pkcs8.pem"
row 'refused: .*one.pem: no such file' example.com one
cp -p "$folder/state" "$scratch/state"
sed 's/ public=/ removed=2026-01-01T00:00:00Z&/' "$scratch/state" >"$folder/state"
expect 1 import pem example.com one "$src/pkcs8.pem"
row 'refused: the store had a key with this selector' example.com one
cp -p "$scratch/state" "$folder/state"
mv "$scratch/one.pem" "$folder/one.pem"
tree >"$scratch/before"

# refused FILE WHY: not even with --force.
refused()
{
	expect 1 import pem example.com x "$src/$1.pem" --force
	row "refused: .*$2" example.com x
	says_not "$out" 'BEGIN'
}
refused short 'RSA under 2048 bits'
refused ec 'neither an RSA nor an Ed25519'
refused encrypted1 'encrypted: decrypt it first'
refused encrypted8 'encrypted: decrypt it first'
refused public 'a public key'
refused garbage 'not a private key in PEM'
refused empty 'not a private key in PEM'
refused cut 'not a private key in PEM'
refused nul 'a NUL octet'
refused large 'over 16 KiB'
refused fifo 'not a regular file'
refused link2 'Too many levels'
refused none 'No such file'
tree | cmp -s - "$scratch/before" || fail "the store was changed"

# weak FILE WHY: only with --force, and then the table says so.
weak()
{
	expect 1 import pem weak.example "$1" "$src/$1.pem"
	row "refused: .*$2.*--force" weak.example "$1"
	expect 0 import pem weak.example "$1" "$src/$1.pem" --force
	row "imported; warning: .*$2" weak.example "$1"
	expect 0 import pem weak.example "$1" "$src/$1.pem"
	row 'already present' weak.example "$1"
}
weak small 'exponent is under 65537'
weak roca 'ROCA'
expect 0 import pem weak.example loose "$src/loose.pem"
row 'imported; warning: .*users other than its owner' weak.example loose

# An interrupted import left a key file: the same key takes it over.
cp "$keydir/example.com/one.pem" "$keydir/example.com/left.pem"
expect 1 import pem example.com left "$src/other.pem"
says "$out" 'never overwritten'
expect 0 import pem example.com left "$src/pkcs8.pem"
row imported example.com left

# OpenDKIM's tables, with what they may have, in both kinds of line end.
base64=$(grep -v -e '-----' "$src/pkcs8.pem" | tr -d '\n')
oneline=$(tr -d '\n' <"$src/pkcs1.pem")
cp "$src/ed25519.pem" "$src/tpl.example.pem"
cat >"$src/KeyTable" <<EOF
# NAME DOMAIN:SELECTOR:KEY
one    one.example:s1:$src/pkcs8.pem
two    one.example:s2:./pkcs1.pem	# relative, and a comment
ed     ed.example:S3:../src/ed25519.pem
inline in.example:s4:$base64
pem    in.example:s5:$oneline
short  bad.example:s6:$src/short.pem
gone   bad.example:s7:$src/none.pem
dir    bad.example:s8:$src
zero   bad.example:s9:/dev/zero
tpl    %:s10:$src/%.pem
unused %:s11:$src/%.pem
junk   bad.example:s12:not-a-key
name   bad..example:s13:$src/pkcs8.pem
sel    bad.example:s_14:$src/pkcs8.pem
lacking
also:lacking x:y
EOF
cat >"$src/SigningTable" <<EOF
*@one.example one
*@one.example two
*@tpl.example tpl:i=%
*@*.ed.example ed
joe@in.example inline
.in.example pem
*@mail*.example unused
* one
*@none.example none
alone
EOF
check_tables()
{
	for good in 'one.example s1' 'one.example s2' 'ed.example s3' \
	    'in.example s4' 'in.example s5' 'tpl.example s10'; do
		# shellcheck disable=SC2086
		row "$1" $good
	done
	says "$out" '^bad.example  *s6 .*RSA under 2048'
	says "$out" '^bad.example  *s7 .*KeyTable:8: .*No such file'
	says "$out" '^bad.example  *s8 .*a directory'
	says "$out" '^bad.example  *s9 .*not a regular file'
	says "$out" '^bad.example  *s12 .*neither a path nor'
	says "$out" '^- .*KeyTable:14: bad..example: '
	says "$out" '^bad.example  *- .*KeyTable:15: s_14: not a selector'
	says "$out" '^[^ ]*KeyTable:12: key unused .*no sender'
	says "$out" '^[^ ]*KeyTable:16: expected a name'
	says "$out" '^[^ ]*KeyTable:17: expected a name'
	says_not "$out" 'SigningTable:5: '
	says "$out" '^#    authors   = { "joe@in.example", "\*@\*.in.example" }'
	says "$out" '^#    authors   = { "\*@\*.ed.example" }'
	says "$out" '^[^ ]*SigningTable:7: senders \*@mail\*'
	says "$out" '^[^ ]*SigningTable:8: senders \*: .* also_sign = "one.ex'
	says "$out" '^[^ ]*SigningTable:9: key none is not in the KeyTable'
	says "$out" '^[^ ]*SigningTable:10: expected a pattern'
	says "$out" '^#    domains   = { "\*.ed.example", "ed.example" }'
	says "$out" '^#    domains   = { "in.example", "\*.in.example" }'
	[ "$(grep -c '^#source "one.example"' "$out")" = 1 ] ||
	    fail "a source is not proposed once"
	says_not "$out" "$(printf %.60s "$base64" | tr + .)"
}
tree >"$scratch/before"
expect 1 import opendkim "$src/KeyTable" "refile:$src/SigningTable" --dry-run
check_tables 'would be imported'
tree | cmp -s - "$scratch/before" || fail "--dry-run changed something"
expect 1 import opendkim "file:$src/KeyTable" "refile:$src/SigningTable"
check_tables imported
tree >"$scratch/before"
sed -i 's/$/\r/' "$src/KeyTable" "$src/SigningTable"
expect 1 import opendkim "$src/KeyTable" "$src/SigningTable"
check_tables 'already present'
expect 1 import opendkim "$src/KeyTable" "$src/SigningTable" --json
/usr/bin/python3 - "$out" <<'PYTHON' || fail "--json"
import json, sys
got = json.load(open(sys.argv[1]))
count = lambda result: sum(k["result"] == result for k in got["keys"])
assert count("present") == 6 and count("imported") == 0, got["keys"]
assert count("refused") == 7 and not got["dry_run"]
assert sum(note["not_imported"] for note in got["unmapped"]) == 3
sources = {s["domains"][0]: s for s in got["sources"]}
assert sources["*.ed.example"]["domains"][1:] == ["ed.example"]
assert sources["*.ed.example"]["parent"] == "ed.example"
assert sources["*.ed.example"]["authors"] == ["*@*.ed.example"]
assert sources["in.example"]["authors"] == \
    ["joe@in.example", "*@*.in.example"]
assert sources["one.example"]["authors"] == []
assert sources["one.example"]["also_sign"] == []
assert sources["one.example"]["keyless"] is None
assert all(k["will_be_revoked"] == (k["result"] != "refused")
    for k in got["keys"])
PYTHON
expect 1 import opendkim "$src/KeyTable"
says "$out" 'the SigningTable is not given: give it, too, or import its key'
tree | cmp -s - "$scratch/before" || fail "the second run changed something"

# opendkim.conf: the usual one, and one with tables, an included file and
# paths that are relative to it.
cat >"$src/opendkim.conf" <<EOF
# A comment
Syslog		yes
Socket		inet:8891@localhost
DOMAIN		conf.example, Conf2.example	# two
Selector	Mail
KeyFile		$src/pkcs8.pem
SubDomains	yes
EOF
expect 0 import opendkim "$src/opendkim.conf" --dry-run
row 'would be imported' conf.example mail
row 'would be imported' conf2.example mail
says "$out" '^#    domains   = { "conf.example", "\*.conf.example" }'
expect 0 import opendkim "$src/opendkim.conf"
row imported conf.example mail
says "$out" 'Warning: rotation will revoke these keys'
says "$out" 'set "automatic = false" for the domain'
says "$out" '^  Mail._domainkey.conf.example$'
says "$out" '^  Mail._domainkey.Conf2.example$'
says_not "$out" '^  and'
expect 2 import opendkim "$src/opendkim.conf" x y
expect 1 import opendkim "$src/opendkim.conf" "$src/SigningTable"
says "$err" 'opendkim.conf: this is opendkim.conf, which names its SigningTable'
expect 1 import opendkim "$src/SigningTable"
says "$err" 'SigningTable: this is a SigningTable: give opendkim.conf, or'
expect 1 import opendkim "$src/pkcs8.pem"
says "$err" "this is a key: use 'import pem"
echo "Mode v" >"$src/verify.conf"
expect 1 import opendkim "$src/verify.conf"
says "$out" 'verify.conf:1: Mode v: this OpenDKIM only verifies'
says "$err" 'no key to import was found'
printf 'Socket local:/x\n' >"$src/none.conf"
expect 1 import opendkim "$src/none.conf"
says "$out" 'none.conf: names no key: neither KeyTable nor Domain'
mkdir "$src/more" || exit 1
cat >"$src/more/opendkim.conf" <<EOF
include	tables.inc
EOF
cat >"$src/more/tables.inc" <<EOF
KeyTable	file:keytable
multipleSignatures	Yes
SigningTable	refile:signingtable
EOF
cp "$src/ed25519.pem" "$src/more/key.pem"
cat >"$src/more/keytable" <<EOF
hoster	hoster.example:h:./key.pem
own	tenant.example:t:./key.pem
gone	gone.example:g:./none.pem
EOF
cat >"$src/more/signingtable" <<EOF
*@third.example	hoster
*@tenant.example	own
*@tenant.example	hoster
*@*.far.example	own
*@*.hoster.example	hoster
*@gone.example	gone
EOF
expect 1 import opendkim "$src/more/opendkim.conf"
row imported hoster.example h
row imported tenant.example t
row refused gone.example g
says "$out" '^# third.example has no key of its own: its mail is deferred.'
says "$out" "^# '.*countersign-key.* add third.example'\\."
says "$out" "for each of them; or for far.example, and add that"
says "$out" '^# hoster.example is in domains because its key signs'
says "$out" '^# authors keeps these senders from writing as hoster.example'
says "$out" '^#    authors   = { "\*@\*.hoster.example" }'
says "$out" '^#    also_sign = { "tenant.example" }'
says "$out" 'signingtable:6: senders gone.example: no source is proposed'
says_not "$out" '^#source "gone.example"'
says_not "$out" 'only the first one signs'

# configure: the sources, with a proof, are a configuration.
configure()
{
	{
		printf 'keydir = "%s"\n' "$keydir"
		sed -n 's/^#\(source\|    \|}\)/\1/p' "$out" |
		    sed 's/# or another proof//'
	} >"$scratch/sources.conf"
	"$COUNTERSIGN_KEY" -c "$scratch/sources.conf" list >"$scratch/list" \
	    2>"$err" || fail "the sources: $(cat "$err")"
	checks=$((checks + 1))
}
configure
says "$scratch/sources.conf" 'also_sign = { "hoster.example" }'
cp "$src/more/signingtable" "$src/more/all"

# Single addresses: a source is for these only, unless another line is for all
# of the domain.
cat >"$src/more/signingtable" <<EOF
Support@tenant.example	own
news*@tenant.example	own
(a|b)@tenant.example	own
ceo@tenant.example	own
ceo@tenant.example	hoster
joe@hoster.example	hoster
*@hoster.example	hoster
jim@third.example	hoster
[a-z]*@fourth.example	hoster
root@*			own
EOF
expect 1 import opendkim "$src/more/opendkim.conf"
says "$out" '^#source "tenant.example" {'
says "$out" '^#    authors   = { "support@tenant.example", "news\*@tenant.example" }'
says "$out" '^#source "tenant.example 2" {'
says "$out" '^#    authors   = { "ceo@tenant.example" }'
says "$out" '^#    authors   = { "jim@third.example" }'
says_not "$out" '^#    authors .*hoster.example'
says_not "$out" '^#source "fourth.example"'
says "$out" 'signingtable:3: senders (a|b)@tenant.example: a regular expression'
says "$out" 'signingtable:9: senders \[a-z\]\*@fourth.example: a regular expr'
says "$out" 'signingtable:10: senders root@\*: in authors .* root@DOMAIN'
says "$out" 'signingtable:10: senders root@\*: a source cannot have such'
configure
i=0
while [ "$i" -lt 1000 ]; do
	i=$((i + 1))
	echo "user$i@tenant.example own"
done >"$src/more/signingtable"
expect 1 import opendkim "$src/more/opendkim.conf"
says "$out" '^#                  .*"user1000@tenant.example" }'
awk '/^#/ && length($0) > 80 { bad = 1 } END { exit bad }' "$out" ||
    fail "a source has long lines"
[ "$(grep -c '^#source' "$out")" = 1 ] || fail "more than one source"
configure
mv "$src/more/all" "$src/more/signingtable"

sed -i /multiple/d "$src/more/tables.inc"
expect 1 import opendkim "$src/more/opendkim.conf"
says "$out" 'signingtable:3: senders tenant.example: their key here was not'

# Tables that are no text.
printf 'a b:c:/d\0e\n\033[31m b.example:c:/d\n' >"$src/odd"
expect 1 import opendkim "$src/odd"
says "$out" 'odd:1: contains a control character'
says "$out" 'odd:2: contains a control character'
printf 'a a.example:a:/no\302\23331mfile\n' >"$src/odd"
expect 1 import opendkim "$src/odd"
says "$out" '/no??31mfile'
expect 1 import opendkim "$src/garbage.pem"
echo 'a a.example:a:/proc/kmsg' >"$src/kernel"
expect 1 import opendkim "$src/kernel"
says "$out" 'not a private key in PEM'

# rspamd: a section, maps, and domains by their files.
cp "$src/pkcs8.pem" "$src/dkim/file.example.dkim.key"
cp "$src/other.pem" "$src/dkim/map.example.mapped.key"
cp "$src/pkcs1.pem" "$src/dkim/file.example.unused.key"
printf '# map\nmap.example mapped\n*.x.example y\n' >"$src/selectors"
printf 'path.example "%s"\n' "$src/ed25519.pem" >"$src/paths"
cat >"$src/dkim_signing.conf" <<EOF
# comment
enabled = true; /* another
*/
selector = "dkim";
path = "$src/dkim/\$domain.\$selector.key";
selector_map = "map://$src/selectors";
path_map = [ "$src/paths", "$src/none" ];
sign_headers = '(o)from:(x)to';
.include "x.conf"
domain {
	section.example {
		selectors [
			{ path: "$src/pkcs8.pem"; selector: "a" },
			{ selector: b, path: "$src/ed25519.pem" }
		]
	}
	"plain.example" { path = "$src/other.pem", selector = c }
}
use_redis = true
EOF
check_rspamd()
{
	for good in 'file.example dkim' 'map.example mapped' \
	    'path.example dkim' 'section.example a' 'section.example b' \
	    'plain.example c'; do
		# shellcheck disable=SC2086
		row "$1" $good
	done
	says "$out" 'dkim_signing.conf:9: a macro'
	says "$out" 'selectors:3: \*.x.example: a pattern'
	says "$out" 'dkim_signing.conf:7: map .*none: No such file'
	says "$out" 'use_redis: the keys are not in files'
	says_not "$out" unused
}
expect 1 import rspamd "$src/dkim_signing.conf"
check_rspamd imported
sed -i 's/$/\r/' "$src/dkim_signing.conf" "$src/selectors" "$src/paths"
expect 1 import rspamd "$src/dkim_signing.conf"
check_rspamd 'already present'
secret=$(sed -n 2p "$src/ed25519.pem")
for name in file map path section plain; do
	says "$out" "^#source \"$name.example\" {"
done
says "$out" 'dkim_signing.conf: use_esld: rspamd signs mail from subdomains'
cat >"$src/single.conf" <<EOF
domain {
	d1.example { path = "$src/pkcs8.pem"; selector = "s" }
	d2.example { path = "$src/other.pem"; selector = "s" }
	d3.example { path = "$src/none.pem"; selector = "s" }
}
EOF
expect 1 import rspamd "$src/single.conf"
row imported d1.example s
row imported d2.example s
says "$out" '^#source "d2.example" {'
says_not "$out" '^#source "d3.example"'
sed -i /d3/d "$src/single.conf"
expect 0 import rspamd "$src/single.conf"
cat >"$src/tables.conf" <<EOF
dkim_signing {
	key_table = "$src/kt";
	signing_table = [ "*@d5.example d5", "*@d6.example d5" ];
}
EOF
echo "d5 d5.example:t:$src/\$selector.pem" >"$src/kt"
cp "$src/pkcs8.pem" "$src/t.pem"
expect 0 import rspamd "$src/tables.conf"
row imported d5.example t
says "$out" '^#    also_sign = { "d5.example" }'
cat >"$src/tables.conf" <<EOF
dkim_signing {
	key_table = "$src/kt";
	signing_table = [ "support@d5.example d5", "jo?@d5.example d5" ];
}
EOF
expect 0 import rspamd "$src/tables.conf"
row 'already present' d5.example t
says "$out" '^#    authors   = { "support@d5.example" }'
says "$out" 'tables.conf:3: senders jo?@d5.example: a regular expression'
cat >"$src/tables.conf" <<EOF
key_table = "$src/kt";
signing_table = "https://maps.example/st";
use_domain_custom = "return function(task) end";
EOF
expect 1 import rspamd "$src/tables.conf"
row 'already present' d5.example t
says "$out" 'tables.conf:2: map https://maps.example/st: not the path of a file'
says "$out" 'tables.conf:3: use_domain_custom: a script chooses the domain'
says "$out" 'tables.conf: signing_table could not be read: no source is prop'
says_not "$out" '^#source'
echo "domain { a.example { path = \"$secret\" } }" >"$src/inline.conf"
expect 1 import rspamd "$src/inline.conf"
says "$out" 'inline.conf:1: a.example: the path of its key does not begin'
says_not "$out" "$secret"
echo "path = \"$secret\"" >"$src/global.conf"
expect 1 import rspamd "$src/global.conf"
says "$out" 'global.conf: the path for all domains does not begin with /'
says_not "$out" "$secret"
echo "path = \"$src/nowhere/\$domain.key\"" >"$src/nowhere.conf"
expect 1 import rspamd "$src/nowhere.conf"
says "$out" "nowhere.conf: cannot list key files $src/nowhere/\*.key: $src/now"
says "$out" 'nowhere/: No such file or directory: domains that only such a'
printf 'dkim_signing { domain { a.example { selectors [ { path: "/x"' \
    >"$src/cut.conf"
expect 1 import rspamd "$src/cut.conf"
says "$out" 'cut.conf:1: a section is not closed'
echo "domain \"a.example\" { path = \"$src/pkcs8.pem\" }" >"$src/names.conf"
expect 1 import rspamd "$src/names.conf"
says "$out" 'names.conf:1: a name without "=" and a value: the rest is'
says "$out" "import the output of 'rspamadm configdump -j dkim_signing' instead"

# Many lines; a key of each tenth is there, the others name no file.
i=0
while [ "$i" -lt 10000 ]; do
	i=$((i + 1))
	case $i in
	*00)	echo "k$i d$i.example:s:$src/ed25519.pem" ;;
	*)	echo "k$i d$i.example:s:$src/none.pem" ;;
	esac
done >"$src/many"
sed 's/^k\([0-9]*\).*/*@d\1.example k\1/' "$src/many" >"$src/senders"
expect 1 import opendkim "$src/many" "$src/senders"
says "$out" '^100 imported, 0 already present, 9900 refused, 9900 not mapped'
says "$out" 'senders:1: senders d1.example: no source is proposed, because'
[ "$(grep -c '^#source' "$out")" = 100 ] || fail "sources without a key"
says "$out" '^  and 80 more: see the table'
says "$err" '9900 keys or lines were not imported'
expect 1 import opendkim "$src/many" "$src/senders"
says "$out" '^0 imported, 100 already present, 9900 refused, 9900 not mapped'
says_not "$out" 'will revoke'

# What was imported is a key like others.
expect 0 show example.com one
says "$out" 'host    one._domainkey  in the zone example.com'
expect 0 list --json
/usr/bin/python3 -m json.tool "$out" >/dev/null || fail "list --json"
log_words import
done_testing
