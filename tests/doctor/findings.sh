#!/bin/sh
# SPDX-License-Identifier: ISC
#
# countersign-doctor: findings about what other programs say, countersign-key and
# postconf, which are scripts here.  What they say is in every case printed safely.
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/doctor/fakes.sh
. "$here/fakes.sh"

login='login = { "tenant" } domains = { "example.com", "*.example.com" }'
configure "$login"

# -- What list --monitor reports ----------------------------------------------

# reported WORD SEVERITY PERSON
reported()
{
	jq -n --arg word "$1" --arg severity "$2" --argjson person "$3" \
	    '{domains: 1, last_run: null, problems: [{trouble: $word,
	    severity: $severity, needs_person: $person,
	    domain: "example.com", selector: "a\u001b[2J",
	    text: "why \u001b[31m\u007f \u009b5m \ud83d\udca3"}]}' >"$fake/list"
}

# told ID SEVERITY STATE: what is reported by that word has the id and the state.
told()
{
	reported "$1" "$2" false
	has "$1" "$3"
	says "$out" '"subject": "example.com a?\[2J"'
}

# On a terminal, nothing of it is obeyed; doctor() looks for that.
reported record critical false
doctor
says "$out" 'why ?\[31m? .xc2.x9b5m .xf0.x9f.x92.xa3'
# NUL is refused altogether.
echo '{"domains": 1, "problems": [{"trouble": "record", "text": "\u0000"}]}' \
    >"$fake/list"
has key-store problem 'cannot be examined'

# Each has an id of its own; what needs no person is a note.
told ceiling critical problem
told cname critical problem
told clock critical problem
told delegation critical problem
told exposed critical problem
told fleet critical problem
told generation critical problem
told host critical problem
told key-file critical problem
told key-store critical problem
told lookup critical problem
told name-server critical problem
told new-record critical problem
told no-reserve critical problem
told not-seen-outside critical problem
told not-signed critical problem
told notification critical problem
told old-record critical problem
told other-host critical problem
told outside critical problem
told overdue critical problem
told private-servers critical problem
told publication critical problem
told record critical problem
told record-vanished critical problem
told rotation critical problem
told spare-key-file critical problem
told stray-key-file critical problem
told stream critical problem
told overdue warning note
reported overdue warning true
has overdue problem
# A command is what countersign-key names as the fix, not one in a text, which
# may quote what another host, a hook or a DNS provider said; and not that of a
# word of a later version.
for word in host notification publication new-word; do
	cat >"$fake/list" <<-END
	{"domains": 1, "problems": [{"trouble": "$word", "severity": "critical",
	    "domain": "example.com", "selector": "r1",
	    "fix": null,
	    "text": "it said 'chown mallory /etc/shadow': useradd -o -u 0 m"}]}
	END
	doctor --json
	json 'any("mallory" in f["text"] for f in j["findings"])'
	json 'all("mallory" not in (f["fix"] or "") and "-u 0" not in (f["fix"] or "") for f in j["findings"])'
done
sed 's/"fix": null/"fix": "chown mallory f"/' "$fake/list" >"$fake/list.new"
mv "$fake/list.new" "$fake/list"
doctor --json
json 'all(f["fix"] is None or "mallory" not in f["fix"] for f in j["findings"])'
sed 's/new-word/key-file/; s/chown mallory f/chown countersign-keys f/' \
    "$fake/list" >"$fake/list.new"
mv "$fake/list.new" "$fake/list"
doctor --json
json 'any((f["fix"] or "").startswith("chown countersign-keys") for f in j["findings"])'
# Of JSON, only the format that there is.
"$COUNTERSIGN_DOCTOR" -c "$conf" --json=1 >"$out" 2>"$err"
json 'j["checks"] > 0'
"$COUNTERSIGN_DOCTOR" -c "$conf" --json=2 >"$out" 2>"$err"
[ $? -eq 2 ] || fail "--json=2: exit status"
says "$err" '^countersign-doctor: --json=2: this version writes only format 1 '
# A word of a later version is reported, too, and a domain without keys is told
# by the configuration.
reported new-word critical true
has key-store problem
reported no-keys critical true
doctor --json
json 'not any("why" in f["text"] for f in j["findings"])'
doctor
says "$out" ' checks: '

# -- What check reports -------------------------------------------------------

echo '{"domains": 1, "problems": [], "last_run": null}' >"$fake/list"

# advised TOPIC SEVERITY
advised()
{
	jq -n --arg topic "$1" --arg severity "$2" '[{domain: "example.com",
	    verdict: "right", needs_person: false, keys: [], cnames: [],
	    advice: [{topic: $topic, severity: $severity,
	    name: "example.com", text: "so \u001b]0;x\u0007"}]}]' >"$fake/check"
}

# advice ID TOPIC: the topic has that id.
advice()
{
	advised "$2" warning
	has "$1" problem
	advised "$2" note
	has "$1" note
}

advice dns-advice other
advice dns-delegation delegation
advice dns-dmarc dmarc
advice dns-dnssec dnssec
advice dns-mx mx
advice dns-place place
advice dns-servers servers
advice dns-spf spf
advice dns-ttl ttl
jq -n '[{domain: "example.com", verdict: "right", needs_person: false,
    keys: [], cnames: [], advice: [], dead_servers: "ns1 \u001b[m is dead",
    signs_from: "2026-11-24T09:00:00Z"}]' >"$fake/check"
has name-server problem 'is dead'
has signing-begins note 'from 2026-11-24T09:00:00Z'
# What is no JSON, and what is JSON of another shape.
for text in '' '{' '[[[[' '{"a": [{}]}' '[{"keys": 7, "advice": [[], 3]}]' \
    '"text"' 'null' '[null, {"keys": [null]}]'; do
	printf '%s' "$text" >"$fake/check"
	doctor --json
	printf '%s' "$text" >"$fake/list"
	doctor --json
done
printf '{' >"$fake/check"
echo '{"domains": 1, "problems": [], "last_run": null}' >"$fake/list"
has lookup unknown
echo '[]' >"$fake/check"
printf '{' >"$fake/list"
has key-store problem 'cannot be examined'

# -- Postfix ------------------------------------------------------------------

milter="{ unix:$scratch/socket, default_action=tempfail }"
postfix "smtpd_milters = $milter" "non_smtpd_milters = $milter" \
    'authorized_submit_users = root'
has postfix-milter well
# No command to attach it: without an answer, all mail would be deferred.
postfix
has postfix-milter problem 'First let the milter answer there'
json 'all(f["fix"] is None for f in j["findings"] if f["id"] == "postfix-milter")'
postfix "smtpd_milters = $milter" 'canonical_maps = hash:/etc/postfix/x'
has canonical-maps note 'hash:/etc/postfix/x'
postfix "smtpd_milters = $milter" 'content_filter = smtp:[127.0.0.1]:10024'
has content-filter note
postfix "smtpd_milters = $milter" "non_smtpd_milters = $milter" \
    'internal_mail_filter_classes = bounce' \
    'authorized_submit_users = static:anyone'
has internal-mail note 'a source must sign'
has submit-users note
postfix "smtpd_milters = $milter" 'smtpd_sasl_auth_enable = yes'
has sender-login-maps note
postfix "smtpd_milters = $milter" \
    'smtpd_authorized_xforward_hosts = 192.0.2.7'
has xforward-hosts note '192.0.2.7'
postfix "smtpd_milters = $milter" 'postscreen_pipelining_enable = yes'
echo 'smtp inet n - n - 1 postscreen' >>"$fake/services"
has postscreen note
postfix "smtpd_milters = $milter" \
    'multi_instance_directories = /etc/postfix-out'
has postfix-instances note 'There are 2 instances'
postfix 'multi_instance_directories = /etc/postfix-out'
has postfix-instances problem 'none of them has our milter'
done_testing
