#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The CNAMEs of a domain are checked as a set from the first day, whoever uses
# them already, and one that is missing or wrong is told with the line that
# cures it; our own record behind it is then neither blamed nor published
# again.  The zone of the domain has two servers, at port 53, so this runs with a
# network of its own.

if [ -z "${CNAMES_INSIDE:-}" ]; then
	unshare --net true 2>/dev/null ||
	    { echo "no namespaces here"; exit 77; }
	CNAMES_INSIDE=1 exec unshare --net "$0"
fi
ip link set lo up

# shellcheck source=tests/keys/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/keys/zone.sh
. "$(dirname "$0")/zone.sh"

hour=3600
folder=$keydir/example.com
ours=$server ourport=$port
domain=_domainkey.example.com
tab=$(printf '\t')

# The servers of the domain, which say the same unless a test lets them differ.
for n in 1 2; do
	mkdir "$scratch/ns$n"
	cp "$zone/secret" "$scratch/ns$n/secret"
	echo "127.0.0.$n" >"$scratch/ns$n/listen"
	start_authority "$scratch/ns$n"
	servers="${servers:-} $server"
done
trap 'kill $ours $servers; rm -rf "$scratch"' EXIT
# The resolver is ours, and must know them.
kill "$ours"
echo 127.0.0.1 127.0.0.2 >"$zone/servers"
rm "$zone/port"
start_authority "$zone"
ours=$server
trap 'kill $ours $servers; rm -rf "$scratch"' EXIT
port=${port:-$ourport}

# has SERVERS SELECTOR [VALUE]: what these servers have at the selector's name,
# by default the right CNAME; "-" for nothing.
has()
{
	for n in $1; do
		file=$scratch/ns$n/records
		grep -v "^countersign-$2\\.$domain$tab" "$file" >"$file.new"
		value=${3:-CNAME countersign-$2.$domain.dkim.example}
		[ "$value" = - ] ||
		    printf '%s\t%s\n' "countersign-$2.$domain" "$value" \
		    >>"$file.new"
		mv "$file.new" "$file"
	done
}

# line_of SELECTOR: the line of a zone file that its text must have.
line_of()
{
	echo "countersign-$1.$domain. 1 IN CNAME countersign-$1.$domain.dkim.example."
}

# tells SELECTOR TEXT: rotate, check, todo and monitoring tell the same.
tells()
{
	ends_at 3 "$ahead" rotate
	says "$out" "countersign-$1  waiting for you: the CNAME in the zone of the domain $2"
	says "$out" "$(line_of "$1" | sed 's/[.]/[.]/g') (host countersign-$1._domainkey in the zone example.com): ns[12]"
	says_not "$out" 'FAILED'
	says_not "$out" 'published: '
	checks=$((checks + 1))
	[ "$(grep -c 'waiting for you: ' "$out")" -eq "${3:-1}" ] ||
	    fail "$1: it is not the only one told"
	at_work check example.com
	[ "$status" -ne 0 ] || fail "$1: check: exit 0"
	says "$out" "countersign-$1: [a-zA-Z ]*: the CNAME in the zone of the domain $2"
	at_work check --json example.com
	[ "$(jq -r "[.[].cnames[] | select(.verdict != \"right\").selector] |
	    index(\"countersign-$1\") != null" <"$out")" = true ] ||
	    fail "$1: check --json"
	ends_at 3 "$ahead" todo
	says "$out" "^countersign-$1.$domain. IN CNAME countersign-$1.$domain.dkim.example.\$"
	says "$out" "^    host    countersign-$1._domainkey  in the zone example.com\$"
	at_work list --monitor
	[ "$status" -eq "${4:-1}" ] ||
	    fail "$1: list --monitor: exit $status, want ${4:-1}"
	says "$out" "countersign-$1.*: the CNAME in the zone of the domain $2"
}

# all_is_well: nobody has to do anything.
all_is_well()
{
	ends_at 0 "$ahead" rotate
	ends_at 0 "$ahead" check example.com
	ends_at 0 "$ahead" todo
	ends_at 0 "$ahead" list --monitor
}

# published: how often the log says so.
published()
{
	grep -c ' publish: ' "$folder/log"
}

configure update 'cname_zone = "dkim.example"'
sed -i '/algorithm = /d; /disclose = /d' "$conf"
done_at 0 add example.com
grep ' IN CNAME ' "$out" >"$scratch/added"
[ "$(wc -l <"$scratch/added")" -eq 6 ] || fail "add: not six CNAMEs"
before=$(published)

# Half of them are entered: the others are told on the first day, and nobody
# says that our records are not there.
for slot in r1 e1 r2; do
	has '1 2' $slot
done
ahead=600
for missing in e2 r3 e3; do
	tells $missing 'is missing; ' 3
done
at_work rotate --json
[ "$(jq -r '[.. | objects | select(.trouble? == "cname") | .selector] |
    sort | join(" ")' <"$out")" = \
    'countersign-e2 countersign-e3 countersign-r3' ] || fail "rotate --json"
# In a text that fits, that one is no key's.
at_work todo
says "$out" '^  Publish the CNAME of selector countersign-r3$'
says "$out" '^  (rsa-sha256, for a later key)$'
says "$out" '^  Publish the CNAME of key countersign-e2$'

# Run after run: no step, and no line in the log.
ahead=700
at_work rotate
lines=$(wc -l <"$folder/log")
for ahead in 800 900 1000; do
	at_work rotate
	says_not "$out" 'published: \|nothing to change'
	says "$out" '^1 domain: nothing changed, 1 waiting for you'
done
[ "$(published)" -eq "$before" ] || fail "published again"
[ "$(wc -l <"$folder/log")" -eq "$lines" ] || fail "the log grows"

# The lines, entered as they are.
at_work todo
grep '^countersign.* IN CNAME ' "$out" >"$scratch/lines"
[ "$(wc -l <"$scratch/lines")" -eq 3 ] || fail "todo: not three lines"
while read -r name _ kind target; do
	for n in 1 2; do
		printf '%s\t%s %s\n' "${name%.}" "$kind" "${target%.}" \
		    >>"$scratch/ns$n/records"
	done
done <"$scratch/lines"
ahead=1200
at_work rotate
ahead=$((3 * hour))
at_work rotate
at_work rotate
all_is_well
for slot in r1 e1; do
	[ -n "$(value_of active_from countersign-$slot example.com)" ] ||
	    fail "$slot does not sign"
done
[ "$(published)" -eq "$before" ] || fail "published again at the end"

# One that no key uses is deleted.
ahead=$((day + 3 * hour))
has '1 2' r3 -
tells r3 'is missing; no key uses it yet'
has '1 2' r3
all_is_well
# At one server only.
has 2 e3 -
tells e3 'is missing at some of its name servers; '
says "$out" 'ns2.example.com (127.0.0.2) CNAME absent, ns1'
has 2 e3
# Another target, a doubled zone, and a record in its place.
has '1 2' r3 'CNAME lost.example.org'
tells r3 'has another target; '
has '1 2' r3 "CNAME countersign-r3.$domain.dkim.example.example.com"
tells r3 'has a target to which the zone was added: '
has '1 2' r3 'v=DKIM1; p='
tells r3 'is missing, and another record is in its place'
has '1 2' r3
all_is_well

# That of a reserve: it cannot sign, which is critical when its turn is near.
has '1 2' r2 -
tells r2 'is missing; the key cannot sign without it' 2
says "$out" 'no verified rsa-sha256 key is in reserve'
ahead=$((86 * day))
tells r2 'is missing; the key cannot sign without it' 2 2
has '1 2' r2
at_work rotate
ahead=$((86 * day + 3 * hour))
at_work rotate
all_is_well

# That of a key that signs: mail fails, but not for want of our record.
before=$(published)
has '1 2' r1 -
tells r1 'is missing; the key signs, so its mail fails' 1 2
says "$out" 'the record that it should lead to is right'
[ "$(published)" -eq "$before" ] || fail "published though it was there"
# If our record is gone, too, it is published again.
grep -v '^countersign-r1' "$records" >"$records.new"
mv "$records.new" "$records"
at_work rotate
says "$out" 'countersign-r1  published: '
says "$records" '^countersign-r1'
at_work rotate
says_not "$out" 'published: '
has '1 2' r1
all_is_well

# A fourth that is in use is checked; when its key has ended it is not.
sed -i 's/^countersign-r2 /countersign-r4 /; s/=countersign-r2/=countersign-r4/' \
    "$folder/state"
mv "$folder/countersign-r2.pem" "$folder/countersign-r4.pem"
sed -i 's/^countersign-r2/countersign-r4/' "$records"
at_work rotate
says "$out" 'countersign-r4  waiting for you: the CNAME .* is missing'
says "$out" "$(line_of r4 | sed 's/[.]/[.]/g')"
has '1 2' r4
at_work rotate
says_not "$out" 'waiting for you: '
done_at "$ahead" retire example.com countersign-r4
at_work rotate
has '1 2' r4 -
at_work rotate
says_not "$out" 'countersign-r4  waiting'

# Servers that do not answer tell nothing, and so nothing is told.
echo silent >"$scratch/ns1/manner"
echo silent >"$scratch/ns2/manner"
at_work rotate
says_not "$out" 'CNAME in the zone of the domain'
done_testing
