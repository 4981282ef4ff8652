#!/bin/sh
# SPDX-License-Identifier: ISC
#
# countersign-doctor explain: the decision factor by factor, what would have
# to be otherwise, signing, and secrets that stay secret.
. "$(dirname "$0")/lib.sh"

: "${COUNTERSIGN_KEY:?names the countersign-key that makes the keys}"
keydir=$scratch/keys
conf=$scratch/conf
mail=$scratch/mail
signed=$scratch/signed
umask 027
mkdir -m 0700 "$keydir" || exit 1
key()
{
	"$COUNTERSIGN_KEY" -k "$keydir" "$@" >"$out" 2>"$err" || fail "key $*"
}
for domain in example.com platform.example; do
	key generate "$domain" --algorithm both
	key activate --force "$domain"
done

# configure TEXT: the configuration; message: on standard input to $mail.
configure()
{
	{
		echo "keydir = \"$keydir\""
		cat
	} >"$conf"
}
explain_of()
{
	message=$1
	want=$2
	shift 2
	expect "$want" "$message" explain -c "$conf" "$@"
}
explain()
{
	explain_of "$mail" "$@"
}

cat >"$mail" <<'EOT'
From: Joe <joe@example.com>
To: a@example.org
X-Org: abc
X-Secret: open-sesame-and-close
Subject: hi

hello
EOT
configure <<'EOT'
source "platform" {
    networks = { "192.0.2.0/24" }
    ptr = { "*.platform.example" }
    helo = { "*.platform.example" }
    tls = "TLSv1.2"
    cert_cn = { "relay.platform.example" }
    cert_issuer = { "Big CA" }
    login = { "tenant" }
    daemon = { "10026" }
    envelope = { "*@bounce.platform.example" }
    header "X-Org" { value = { "abc" } }
    secret_header "X-Secret" { value = { "open-sesame-and-close" } }
    domains = { "example.com" }
}
source "ours" {
    networks = { "10.0.0.0/8" }
    trust_network = true
    domains = { "*.example.com", "example.com" }
}
source "others" {
    networks = { "10.0.0.0/8" }
    trust_network = true
    domains = { "example.net" }
}
EOT
all="--client 192.0.2.1 --client-name a.platform.example
    --helo b.platform.example --tls TLSv1.3 --cert-cn relay.platform.example
    --login tenant --daemon 10026 --from <x@bounce.platform.example>"

# All factors hold: signed by both keys.
# shellcheck disable=SC2086
explain 0 $all --cert-issuer 'Big CA'
says "$out" '^source "platform" (line 2): all factors hold$'
says "$out" '^source "ours" (line [0-9]*): does not hold$'
says "$out" '^source "others" (line [0-9]*): not for this domain$'
says "$out" '^decision: sign (source "platform")$'
says "$out" '  key      d=example.com s=[0-9]*r1 a=rsa-sha256$'
says "$out" '  key      d=example.com s=[0-9]*e1 a=ed25519-sha256$'
says "$out" '  signs    from from subject subject to to'
says "$out" '  removes  X-Secret (a secret)$'
says_not "$out" 'sesame'
says_not "$out" '  needs'
# shellcheck disable=SC2086
explain 0 $all --cert-issuer 'Big CA' --json
says_not "$out" 'sesame'
json 'j["action"] == "sign" and j["source"] == "platform" and j["needs"] == []'
json '[f["holds"] for f in j["sources"][0]["factors"]] == [True] * 11'
json 'len(j["signatures"]) == 2 and j["removed_fields"] == ["X-Secret"]'
json 'j["sources"][0]["factors"][0]["required"] == "192.0.2.0/24"'
json 'j["sources"][0]["factors"][0]["found"] == "192.0.2.1"'

# Each factor that does not hold is named, and what it needs; what no option
# says is not taken for missing in the message.
explain 1
word='needs   '
for pair in networks:client ptr:client-name helo:helo tls:tls \
    cert_cn:cert-cn cert_issuer:cert-issuer login:login daemon:daemon \
    envelope:from; do
	factor=${pair%:*}
	option=${pair#*:}
	says "$out" "^  ?      $factor: not given: --$option\$"
	says "$out" "^  $word by source \"platform\": $factor: give --$option, which must be "
	word='and     '
done
says "$out" '^  holds  header X-Org$'
says "$out" '^decision: reject (source "platform": networks: not given: --client)$'
says "$out" '^  or       by source "ours": networks: give --client, which must be 10.0.0.0/8$'
says_not "$out" 'removes'
for why in 'client address is unknown' 'client has no verified host name' \
    'client sent no' 'client did not' 'MTA did not' \
    'envelope sender is empty' 'is missing'; do
	says_not "$out" "$why"
done
explain 1 --client 192.0.2.1 --client-name x.example --helo x.example \
    --tls none --cert-cn x --cert-issuer x --login '' --daemon 25 --from x@y
word='needs   '
for factor in ptr helo tls cert_cn cert_issuer login daemon envelope; do
	case $factor in
	ptr)		why="client host name does not match the source" ;;
	helo)		why="HELO name does not match the source" ;;
	tls)		why="client did not use TLS" ;;
	cert_cn)	why="common name of the client certificate does \
not match the source" ;;
	cert_issuer)	why="issuer of the client certificate does not \
match the source" ;;
	login)		why="client did not log in" ;;
	daemon)		why="service that received the message is not one \
of the source's" ;;
	envelope)	why="envelope sender does not match the source" ;;
	esac
	says "$out" "^  fails  $factor: $why\$"
	says "$out" "^  $word by source \"platform\": $factor: must be "
	word='and     '
done
says_not "$out" 'not given'
explain 1 --client 192.0.2.1 --json
json 'j["decision_reason"] == "source \"platform\": ptr: not given: --client-name"'
json 'j["sources"][0]["factors"][0]["missing_option"] is None'
json 'j["sources"][0]["factors"][1]["missing_option"] == "--client-name"'
explain 1 --client 2001:db8::1 --tls TLSv1.1 --login somebody --json
json '[f["outcome"] for f in j["sources"][0]["factors"] if f["factor"] in
    ("networks", "tls", "login")] == ["differs"] * 3'
json 'j["sources"][0]["factors"][6]["found"] == "somebody"'
json 'j["decision"] == "reject" and j["action"] == "reject"'
sed 's/^X-Org: .*/X-Org: abd\nX-Org: \x1b[31m/; s/open-.*/guess-guess-guess/' \
    "$mail" >"$mail.bad"
explain_of "$mail.bad" 1
says "$out" '^  fails  header X-Org: appears more than once'
says "$out" 'found     "abd" and ".x1b\[31m"'
says "$out" '^  and      by source "platform": header X-Org: must appear exactly once'
says "$out" '^  fails  secret_header X-Secret: value is not the source.s secret'
says_not "$out" 'guess'
says_not "$out" 'sesame'
says_not "$out" "$(printf '\033')"

# Signed, as it would go on: without the secret, with its own line ends, and
# what is signed verifies.
# shellcheck disable=SC2086
explain 0 $all --cert-issuer 'Big CA' --sign
cp "$out" "$signed"
says_not "$signed" 'X-Secret'
says_not "$signed" "$(printf '\r')"
"$COUNTERSIGN_KEY" -k "$keydir" show example.com --json | python3 -c '
import json, sys
for key in json.load(sys.stdin):
    print(key["name"], key["value"])' >"$scratch/records"
expect 0 "$signed" verify --key-file "$scratch/records" --json
json '[s["result"] for s in j["signatures"]] == ["pass", "pass"]'
sed 's/$/\r/' "$mail" >"$mail.crlf"
explain_of "$mail.crlf" 0 --client 10.1.1.1 --sign
cp "$out" "$signed"
[ "$(grep -c "$(printf '\r')\$" "$signed")" -eq "$(wc -l <"$signed")" ] ||
    fail "not all line ends are CRLF"
expect 0 "$signed" verify --key-file "$scratch/records" --json
json '[s["result"] for s in j["signatures"]] == ["pass", "pass"]'
explain 1 --sign
says "$err" 'not signed: source "platform": networks: not given: --client'
[ -s "$out" ] && fail "a message that is not signed is printed"

# No key; a store that cannot be read; its fault is named.
sed 's/@example.com/@sub.example.com/' "$mail" >"$mail.sub"
explain_of "$mail.sub" 0 --client 10.1.1.1
says "$out" '  key      d=example.com '
sed 's/@example.com/@example.net/' "$mail" >"$mail.net"
explain_of "$mail.net" 1 --client 10.1.1.1
says "$out" '^decision: tempfail'
says "$out" '^  needs    by source "others": an active key for example.net'
chmod 0777 "$keydir"
explain 0 --client 10.1.1.1
says "$out" 's=unknown'
says "$out" 'the keys are unknown, because this user cannot read the key store: .*0777'
explain 1 --client 10.1.1.1 --sign
says "$err" 'not signed: .*mode 0777'
chmod 0700 "$keydir"

# Nobody's domain, no author, a message that must not be signed.
sed 's/@example.com/@example.org/' "$mail" >"$mail.org"
explain_of "$mail.org" 1 --client 10.1.1.1
says "$out" '^decision: pass unsigned (no source for this author domain)$'
says "$out" '^  needs    a source with example.org in its domains$'
sed '/^From/d' "$mail" >"$mail.none"
explain_of "$mail.none" 1 --client 10.1.1.1
says "$out" '^author domain: none (no From field)$'
says "$out" '^  needs    one From field'

# Several authors, uncertain ones, mentions, claims through our SPF.
from()
{
	sed "s/^From:.*/From: $1/" "$mail" >"$mail.from"
	shift
	explain_of "$mail.from" "$@"
}
from 'a@example.org, b@example.com' 1 --client 10.1.1.1
says "$out" '^author domains: example.org, example.com (From names several domains)$'
says "$out" '^decision: reject (source "[a-z]*": claimed, but From names several domains)$'
says "$out" '^  needs    one From field with addresses of one domain'
says "$out" 'claimed, but cannot be proven'
from '"x@example.org" <b@example.com>' 0 --client 10.1.1.1
says "$out" '^author domain: example.com$'
says "$out" '^only mentioned: example.org$'
from 'b@' 1
says "$out" '^author domain: none (From has an address whose domain is not certain)$'
from 'b@mail.example.net' 1 --client 10.1.1.1 --from '<b@example.net>'
says "$out" '^decision: reject (source .*would pass DMARC by our SPF record)$'
says "$out" '^  needs    a source with mail.example.net in its domains$'
says "$out" 'not for this domain, but the message came by its route'
from 'a@example.org, "c@example.info" <b@example.com>' 1 --json
json 'j["author_domain"] is None and j["from_fields"] == 1'
json '[a["domain"] for a in j["authors"]] == ["example.org", "example.com"]'
json 'j["mentioned"] == ["example.info"] and j["author_uncertain"] is False'
json 'j["source_match"] == "named" and j["claimed_domain"] == "example.com"'
json 'j["author_error"] == "From names several domains"'
json 'all(s["came_by_route"] is False for s in j["sources"])'
json '[s["allows_author"] for s in j["sources"]] == [True, True, False]'

sed 's/^To:/no field here\n&/' "$mail" >"$mail.line"
explain_of "$mail.line" 1
says "$out" '^line 2 is not a header field: the body begins there$'
sed 's/^Subject:/Subject: one\n&/' "$mail" >"$mail.twice"
explain_of "$mail.twice" 1 --client 10.1.1.1
says "$out" '^decision: reject (not safe to sign: '
says "$out" '^  needs    a message without this problem: not safe'

# What is fragile; observing.
configure <<'EOT'
on_fragile = reject
source "ours" {
    networks = { "10.0.0.0/8" }
    trust_network = true
    domains = { "example.com" }
}
EOT
{ cat "$mail"; printf '\303\274\n'; } >"$mail.8bit"
explain_of "$mail.8bit" 1 --client 10.1.1.1
says "$out" '^decision: reject'
says "$out" '^  needs    by source "ours": a message without this problem: an 8-bit body'
configure <<'EOT'
mode = observe
source "ours" {
    networks = { "10.0.0.0/8" }
    trust_network = true
    domains = { "example.com" }
}
EOT
explain 1 --client 10.1.1.1
says "$out" '^decision: observe: it would be signed, but passes'
says "$out" '  key      d=example.com '
says "$out" '  needs    by source "ours": another mode than observe in the conf'
explain 1 --client 10.1.1.1 --json
json 'j["action"] == "sign" and j["observed"] and j["signatures"] == []'
explain 1 --client 10.1.1.1 --sign
says "$err" 'not signed: mode = observe'
explain 1 --client 192.0.2.1
says "$out" '^decision: observe: it would be rejected, but nothing is done to it (source "ours": networks: '

# Replay: how long, and in which fields a copy can differ.  replay OPTIONS FILE:
# of a source with these options.
replay()
{
	configure <<EOT
$2
source "ours" {
    networks = { "10.0.0.0/8" }
    trust_network = true
    domains = { "example.com" }
    $1
}
EOT
	explain_of "$3" 0 --client 10.1.1.1 --json
	cp "$out" "$scratch/json"
	explain_of "$3" 0 --client 10.1.1.1
	cp "$out" "$scratch/text"
	cp "$scratch/json" "$out"
}
{
	grep -v '^Date:\|^Message-ID:\|^To:' "$mail" | sed '/^$/,$d'
	printf 'Date: Fri, 27 Nov 2026 10:00:00 +0000\n'
	printf 'Message-ID: <1@example.com>\nTo: b@example.org\n\nhello\n'
} >"$mail.whole"
replay '' '' "$mail.whole"
json 'j["replay"] == {"seconds": 604800, "long": False, "open": []}'
says "$scratch/text" '^  replay   copies can be sent to anyone for 7 days$'
[ "$(grep -c '^  replay' "$scratch/text")" -eq 1 ] || fail "more about replay"
replay '' 'signature { expire = 30d }' "$mail.whole"
json 'j["replay"]["long"] and j["replay"]["seconds"] == 2592000'
says "$scratch/text" ' for 30 days, which is long: see expire$'
replay 'expire = 1h' 'signature { expire = 30d }' "$mail.whole"
json 'j["replay"]["seconds"] == 3600 and not j["replay"]["long"]'
replay '' 'signature { expire = 0 }' "$mail.whole"
json 'j["replay"]["long"] and j["replay"]["seconds"] is None'
says "$scratch/text" ' for as long as the key is in DNS, which is long: see expire$'
replay 'sign_headers = { "-to", "-date", "-reply-to" }' '' "$mail.whole"
json '[(o["field"], o["opening"]) for o in j["replay"]["open"]] == [
    ("To", "is not signed"), ("Date", "is not signed"),
    ("Reply-To", "can be added")]'
says "$scratch/text" '^  replay   To is not signed: a copy can be addressed to anyone$'
says "$scratch/text" '^  replay   Reply-To can be added: answers to a copy can be led elsewhere$'
replay 'guard = { "-reply-to", "+message-id" }
    oversign = { "-date", "-message-id" }' '' "$mail.whole"
json '[(o["field"], o["opening"]) for o in j["replay"]["open"]] == [
    ("Date", "can be added a second time"), ("Reply-To", "can be added")]'
grep -v '^To:' "$mail.whole" >"$mail.noto"
replay '' '' "$mail.noto"
json '[(o["field"], o["opening"]) for o in j["replay"]["open"]] == [
    ("To", "can be added")]'
replay 'guard = "+to"' '' "$mail.noto"
json 'j["replay"]["open"] == []'
replay '' 'signature { oversign = false }' "$mail.whole"
json '[o["opening"] for o in j["replay"]["open"]] == [
    "can be added a second time", "can be added", "can be added a second time",
    "can be added a second time", "can be added", "can be added a second time"]'
explain_of "$mail.whole" 1 --client 192.0.2.1 --json
json 'j["replay"] is None'

# It is so: a copy with another field on top passes if, and only if, that field
# was reported.
for lists in '' 'sign_headers = { "-to", "-date", "-reply-to" }' \
    'oversign = { "-cc", "-message-id" }' 'guard = { "-subject", "+date" }'; do
	replay "$lists" '' "$mail.whole"
	open=$(python3 -c '
import json, sys
print(*[o["field"] for o in json.load(open(sys.argv[1]))["replay"]["open"]])
' "$scratch/json")
	explain_of "$mail.whole" 0 --client 10.1.1.1 --sign
	cp "$out" "$signed"
	for name in To Cc Date Subject Reply-To Message-ID; do
		{
			printf '%s: other\n' "$name"
			cat "$signed"
		} >"$mail.copy"
		case " $open " in
		*" $name "*) want=0 ;;
		*)	want=1 ;;
		esac
		expect "$want" "$mail.copy" verify --key-file "$scratch/records"
	done
done


# DKIM2: the chain, and what the source's edits break in it.
configure <<'EOT'
source "ours" {
    networks = { "10.0.0.0/8" }
    trust_network = true
    domains = { "example.com" }
    remove = { "X-Org", "Feedback-ID" }
}
EOT
{
	printf 'DKIM2-Signature: i=1; m=1; d=platform.example\n'
	printf 'Feedback-ID: 1\n'
	cat "$mail"
} >"$mail.dkim2"
explain_of "$mail.dkim2" 0 --client 10.1.1.1
says "$out" '^  DKIM2    1 hop, the last by platform.example; broken: no Message-Instance with m=1$'
says "$out" '^  removes  Feedback-ID (as the source says), which breaks DKIM2 signatures$'
says "$out" '^  removes  X-Org (as the source says)$'
explain_of "$mail.dkim2" 0 --client 10.1.1.1 --json
json 'j["dkim2"]["hops"] == 1 and j["dkim2"]["domain"] == "platform.example"'
json 'j["removed_from_dkim2"] == ["Feedback-ID"]'
explain 0 --client 10.1.1.1 --json
json 'j["dkim2"] is None and j["removed_from_dkim2"] == []'

# The man page's example, with the source of docs/install.md and mail of that
# platform, is signed.
tree=$(dirname "$0")/../..
{
	printf 'preset_dir = "%s"\n' "$(realpath "$tree/presets")"
	sed -n '/^source "salesforce production" {/,/^}/p' "$tree/docs/install.md"
} | configure
sed 's/^X-Org: .*/X-SFDC-LK: 00D1U0000013lbu/' "$mail" >"$mail.sfdc"
example=$(sed -n '/^\$ countersign-doctor explain --/,/^\.Ed/p' \
    "$tree/man/countersign-doctor.8" | sed 's/\\e$//' | tr '\n' ' ' |
    sed -n 's/^[$] countersign-doctor explain \([^<]*\)< mail.*/\1/p')
[ -n "$example" ] || fail "the man page has no example"
# shellcheck disable=SC2086
explain_of "$mail.sfdc" 0 $example
says "$out" '^decision: sign (source "salesforce production"'

# What DNS says: SPF, and a signature that the platform made, with its own key,
# or that we made before.
sed 's/@example.com/@platform.example/' "$mail" >"$mail.platform"
ours=$keydir
theirs=$scratch/theirs
: >"$scratch/zone"
for keydir in "$ours" "$theirs"; do
	if [ "$keydir" = "$theirs" ]; then
		mkdir -m 0700 "$theirs" || exit 1
		key generate platform.example --algorithm rsa2048 \
		    --selector platform
		key activate --force platform.example
	fi
	configure <<'EOT'
source "platform itself" {
    networks = { "127.0.0.1/32" }
    trust_network = true
    domains = { "platform.example" }
}
EOT
	explain_of "$mail.platform" 0 --client 127.0.0.1 --sign
	cp "$out" "$signed.$(basename "$keydir")"
	"$COUNTERSIGN_KEY" -k "$keydir" show platform.example --json |
	    python3 -c '
import json, sys
for key in json.load(sys.stdin):
    print(key["name"], "TXT", key["value"])' >>"$scratch/zone"
done
keydir=$ours
mv "$signed.theirs" "$signed"
sed 's/^From: .*/From: joe@example.com/' "$signed" >"$mail.forged"
sed 's/^To: /Sender: joe@example.net\nTo: /' "$signed" >"$mail.added"
echo 'spf.platform.example TXT v=spf1 ip4:192.0.2.0/24 -all' >>"$scratch/zone"
echo 'late.platform.example SERVFAIL' >>"$scratch/zone"
start_dns "$scratch/zone"
configure <<'EOT'
source "first" {
    login = { "tenant" }
    domains = { "platform.example" }
}
source "platform" {
    spf = { "spf.platform.example" }
    dkim {
        domains = { "platform.example" }
        selectors = { "platform", "*r1" }
        uncovered = { "cc" }
    }
    domains = { "platform.example" }
    remove_signatures = { "platform.example" }
}
source "forged" {
    dkim { domains = { "platform.example" } selectors = { "platform" } }
    domains = { "example.com" }
}
EOT
explain_of "$signed" 0 --client 192.0.2.7 --dns "$server"
says "$out" '^source "platform" (line [0-9]*): all factors hold$'
says "$out" 'found     spf.platform.example: '
says "$out" 'found     d=platform.example s=platform: the signature is valid, '
says "$out" ' that covers every field that is signed here, except cc; at most [0-9]* seconds old$'
says "$out" '  removes  DKIM-Signature (as the source says)$'
# A signature of ours is no proof, and one that leaves a field out is none.
explain_of "$signed.keys" 1 --client 192.0.2.7 --dns "$server"
says "$out" '^  fails  dkim: the signature was made with one of our own keys'
says "$out" 'a signature made by the platform, not by this milter'
explain_of "$mail.added" 1 --client 192.0.2.7 --dns "$server"
says "$out" '^  fails  dkim sender: is not covered by the signature$'
says "$out" ' seconds old, does not cover sender$'
# A source that needs no DNS decides, and the others are still explained.
explain_of "$signed" 0 --client 192.0.2.7 --dns "$server" --login tenant --json
json 'j["source"] == "first"'
json '[s["holds"] for s in j["sources"][:2]] == [True, True]'
explain_of "$signed" 1 --client 198.51.100.1 --dns "$server"
says "$out" '^  fails  spf: client address is not in the source.s SPF records'
explain_of "$mail.forged" 1 --client 192.0.2.7 --dns "$server"
says "$out" '^  fails  dkim: no signature verifies'
says "$out" 'the signature does not match'
configure <<'EOT'
source "late" {
    spf = { "late.platform.example" }
    login = { "tenant" }
    domains = { "example.com" }
}
EOT
explain 3 --client 192.0.2.7 --login tenant --dns "$server"
says "$out" '^  ?      spf: SPF record cannot be looked up now'
says "$out" '^decision: tempfail'
says "$out" '^  needs    by source "late": spf: DNS must answer$'
explain 1 --client 192.0.2.7 --dns "$server"

# A stream: only its keys sign, and other keys never take their place.
state=$keydir/example.com/state
sed -i -e '1s/2$/3/' -e '/ algorithm=ed25519-sha256 /s/ proof=/ stream=desk&/' \
    "$state" || fail "no stream"
cat >"$mail" <<'EOT'
From: Joe <joe@example.com>

hello
EOT
for stream in desk shop; do
	configure <<-EOT
	source "desk" {
	    login = { "tenant" }
	    domains = { "example.com" }
	    keys = $stream
	}
	source "other" {
	    login = { "other" }
	    domains = { "example.com" }
	}
	EOT
	if [ $stream = desk ]; then
		explain 0 --login tenant
		says "$out" '^  stream   desk$'
		says "$out" '^  key      d=example.com s=[0-9]*e1 a=ed25519-sha256$'
		says_not "$out" 'a=rsa-sha256'
		explain 0 --login tenant --json
		json 'j["stream"] == "desk" and [s["a"] for s in j["signatures"]] == ["ed25519-sha256"]'
	else
		explain 1 --login tenant
		says "$out" '^decision: tempfail (source "desk")$'
		says "$out" '^  stream   shop$'
		says "$out" '^  needs    by source "desk": an active key for example.com of stream shop: see'
	fi
	explain 0 --login other
	says_not "$out" '^  stream '
	says_not "$out" 'a=ed25519-sha256'
	says "$out" 'a=rsa-sha256'
done

# Author addresses: those of the source's domains are judged, wherever they are.
configure <<'EOT'
source "desk" {
    login = { "tenant" }
    domains = { "example.com", "*.example.com" }
    authors = { "joe@example.com", "*@desk.example.com", "!ceo@desk.example.com" }
}
EOT
explain 0 --login tenant
says "$out" '^  holds  authors$'
says "$out" '^decision: sign (source "desk")$'
explain 0 --login tenant --json
json '[(f["factor"], f["found"]) for f in j["sources"][0]["factors"]] == [
    ("login", "tenant"), ("authors", "joe@example.com")]'
json 'j["sources"][0]["factors"][1]["required"] == "only addresses like '\
'joe@example.com, *@desk.example.com, not ceo@desk.example.com"'
sed 's/^From:.*/From: "Ann <ann@example.com> of x@customer.example" <joe@example.com>/' \
    "$mail" >"$mail.author"
explain_of "$mail.author" 1 --login tenant
says "$out" '^  fails  authors: an address in From is not one of the source.s$'
says "$out" 'found     joe@example.com and ann@example.com$'
says "$out" '^  needs    by source "desk": authors: must be only addresses like joe@example.com, '
sed 's/^From:.*/From: Joe joe@example.com/' "$mail" >"$mail.author"
explain_of "$mail.author" 1 --login tenant
says "$out" '^  fails  authors: readers may find different addresses in From$'
says "$out" 'found     joe@example.com, and others that readers may find$'
says "$out" '^  needs    by source "desk": authors: From must have a form in which'
sed 's/^From:.*/From: Joe <"j\\oe"@example.com>/' "$mail" >"$mail.author"
explain_of "$mail.author" 1 --login tenant
says "$out" 'found     (uncertain)@example.com'

# Usage.
explain 2 --client nonsense
explain 2 --tls SSLv3
explain 2 --sign --json
explain 2 operand
explain 2 --key-file /dev/null
says "$err" 'explain: this command does not have --key-file: see '
expect 2 /dev/null verify --login tenant
says "$err" 'verify: this command does not have --login: see '
expect 2 /dev/null verify -c "$conf"
says "$err" 'verify: this command does not have --config: see '
"$COUNTERSIGN_DOCTOR" explain -c /nonexistent <"$mail" >"$out" 2>"$err"
[ $? -eq 1 ] || fail "no configuration"
says "$err" '^countersign-doctor: /nonexistent: 1 error$'
says "$err" "^/nonexistent: cannot be read: No such file or directory; let 'countersign-doctor setup' write it, or begin with a copy of /.*/examples/countersign.conf"
"$COUNTERSIGN_DOCTOR" explain --clinet 192.0.2.1 <"$mail" >"$out" 2>"$err"
[ $? -eq 2 ] || fail "--clinet: no usage error"
says "$err" '^countersign-doctor: unknown option --clinet; did you mean --client?$'
"$COUNTERSIGN_DOCTOR" explian <"$mail" >"$out" 2>"$err"
[ $? -eq 2 ] || fail "explian: no usage error"
says "$err" 'explian: unknown command; did you mean "explain"?'
done_testing
