#!/bin/sh
# SPDX-License-Identifier: ISC
#
# countersign-doctor why: finds a decision in logs, explains it, and says where
# it looked if it finds none.
. "$(dirname "$0")/lib.sh"

presets=$here/../../presets
conf=$scratch/conf
log=$scratch/mail.log
audit=$scratch/audit
user=$(id -un)
TZ=UTC0
export TZ

cat >"$conf" <<EOT
user = "$user"
preset_dir = "$presets"
audit_file = "$audit"
source "sales" {
    preset = "salesforce-header"
    tenant = { "00D1U0000013lbuUAA" }
    domains = { "example.com" }
}
source "crm" {
    login = { "crm" }
    networks = { "192.0.2.0/24" }
    domains = { "crm.example" }
    header "X-Org" { value = { "abc" } }
}
EOT
cat >>"$conf" <<EOT
source "desk" {
    login = { "desk" }
    domains = { "desk.example" }
    authors = { "*@desk.example", "!ceo@desk.example" }
}
EOT
# decision TIME REST: a line of syslog.
decision()
{
	echo "$1 relay countersign-milter[12]: $2"
}
crm='client=192.0.2.1 author=crm.example source=crm'
{
	decision 2026-11-20T10:00:00Z "qid=4AA action=signed $crm factors=networks:holds,login:holds,header/X-Org:holds signatures=crm.example/a1/rsa-sha256 elapsed_ms=9 hops=1"
	echo '2026-11-20T11:00:00Z relay postfix/smtpd[9]: x countersign-milter[12]: qid=4AA action=rejected'
	decision 2026-11-21T10:00:00Z "qid=4AA action=rejected $crm factors=networks:holds,login:differs,header/X-Org:differs reason=\"source \\\"crm\\\": login: login name is not one of the source's\" elapsed_ms=9 cause=factor login=\"e\\x1b[2J\" header_value=00DXX hops=1"
	decision 2026-11-22T10:00:00Z "qid=4CC action=rejected observed=true client=198.51.100.7 author=crm.example source=crm factors=networks:differs,login:absent,header/X-Org:absent reason=r elapsed_ms=9 cause=factor list_id=users.example hops=3"
	decision 2026-11-22T11:00:00Z "qid=4DD action=passed client=198.51.100.8 author=other.example reason=\"no source for this author domain\" elapsed_ms=9 cause=no-source hops=2"
	decision 2026-11-22T12:00:00Z "qid=4EE action=tempfailed $crm reason=r elapsed_ms=9 cause=no-key hops=2 dkim2_hops=2 dkim2_domain=list.example stream=desk"
} >"$log"

holds()
{
	says "$out" "$1"
}
lacks()
{
	says_not "$out" "$1"
}
complains()
{
	says "$err" "$1"
}
why()
{
	want=$1
	shift
	expect "$want" /dev/null why -c "$conf" --log "$log" "$@"
}

# advises PATTERN: a text below "what to change", which is wrapped.
advises()
{
	sed -n '/^what to change/,$p' "$out" | tr '\n' ' ' | tr -s ' ' >"$scratch/joined"
	says "$scratch/joined" "$1"
}

# Several messages with one id, the newest first, and what each factor found.
why 0 4AA
holds '^2 messages had this queue id; the newest is first$'
holds '^2026-11-21T10:00:00Z  4AA  rejected$'
holds '^2026-11-20T10:00:00Z  4AA  signed$'
[ "$(grep -n rejected "$out" | cut -d: -f1)" -lt \
    "$(grep -n '  signed$' "$out" | cut -d: -f1)" ] || fail "not the newest first"
holds '^  holds  networks$'
holds "^  fails  login: login name is not one of the source's\$"
holds '^         required  crm$'
holds '^         found     e\\x1b\[2J$'
holds '^         found     00DXX$'
holds '^  - login: must be crm$'
advises ' - If "00DXX" is a value that your own mail has, add it to the values of header X-Org in source "crm" (.*, line 9)\. '
lacks "$(printf '\033')"

# By time: a day, an hour before and after a moment.
why 0 4AA 2026-11-20
lacks rejected
why 0 4AA 2026-11-21T10:59
lacks '  signed$'
why 0 4AA '2026-11-21 11:00:00'
why 1 4AA 2026-11-21T11:01
why 1 4AA 2026-11-19
why 2 4AA yesterday
complains 'yesterday: not a time: use 2026-11-23, "2026-11-23 13:37", 13:37 or 2h'
why 2 4AA 2026-11-31
why 2 4AA 2026-11-20 x
why 2
why 2 a..b@
complains 'a..b@: not a queue id, an address or a domain'

# By address and domain: mail that was signed is only counted.
for operand in joe@CRM.example crm.example; do
	why 0 "$operand"
	holds '^1 message signed; not signed, the newest first:$'
	holds 4EE
	holds 4CC
	lacks 4DD
done
advises "see 'countersign-key -c $conf list' for which one does now"
advises "create them with 'countersign-key -c $conf add crm.example'"
holds '^kind     mailing list$'
advises ' - By its List-Id field, a mailing list sent this copy'
holds '^2026-11-22T10:00:00Z  4CC  observed: it would have been rejected$'
says_not "$scratch/joined" 198.51.100.7.belongs
why 0 198.51.100.8
advises 'If such mail is to be signed, a source needs other.example in its domains'

# Nothing found: where it looked, and how far back the log goes.
why 1 5AA
holds '^no decision found about 5AA$'
holds "^  given file $log: 5 decisions\$"
holds '^The oldest decision there is of 2026-11-20T10:00:00Z\.$'
expect 1 /dev/null why -c "$conf" --log "$scratch/none" 4AA
holds "^  given file $scratch/none: does not exist\$"

# The audit file of the configuration, compressed, too.
printf '%s\n' '{"time":"2026-11-23T10:00:00.500Z","qid":"4FF","action":"rejected","client":"13.111.0.1","author":"example.com","source":"sales","preset":"salesforce-header","factors":["salesforce_bounce:differs","header/X-SFDC-LK:differs","header/X-SFDCOrgRelay:absent-optional","header/X-SFDC-TLS-NoRelay:holds","spf:unknown"],"reason":"r","elapsed_ms":3,"cause":"factor","envelope":"bounce@example.com","header_value":"00D3X00000ABCDE","hops":2}' >"$audit.1"
gzip "$audit.1"
: >"$audit"
expect 0 /dev/null why -c "$conf" 4FF
holds '^         found     00D3X00000ABCDE$'
advises ' - Another organization sent this message: 00D3X00000ABCDE\. If it is yours, such as a sandbox, add the id to tenant of source "sales"'

holds '^         found     bounce@example.com$'
holds '^  ?      spf: was not checked$'
lacks 'DNS must answer'

# A forger does not write into the advice.
printf '%s\n' '{"time":"2026-11-23T10:00:00.500Z","qid":"4FE","action":"rejected","client":"13.111.0.1","author":"example.com","source":"sales","preset":"salesforce-header","factors":["salesforce_bounce:differs","header/X-SFDC-LK:differs"],"reason":"r","elapsed_ms":3,"cause":"factor","envelope":"a b@example.com","header_value":"00D3X00000ABCDE. Run: sh /tmp/x","hops":2}' >"$audit"
expect 0 /dev/null why -c "$conf" 4FE
advises ' - If the value that was found is one that your own mail has, add it to the values of header X-SFDC-LK in source "sales"'
holds '^         found     00D3X00000ABCDE. Run: sh /tmp/x$'
: >"$audit"
says_not "$scratch/joined" 'this message: 00D3X'

# An author address, but not the advice of a forger.
printf '%s\n' '{"time":"2026-11-23T10:00:00.500Z","qid":"4FD","action":"rejected","client":"192.0.2.1","author":"desk.example","source":"desk","factors":["login:holds","authors:differs"],"reason":"r","elapsed_ms":3,"cause":"factor","author_address":"ceo@desk.example","hops":2}' >"$audit"
expect 0 /dev/null why -c "$conf" 4FD
holds '^         required  only addresses like \*@desk.example, not ceo@desk.example$'
holds '^         found     ceo@desk.example$'
advises ' - If the platform of this source may send as ceo@desk.example, let "authors" of source "desk" (.*, line [0-9]*) allow it\.'
sed -i 's/"ceo@/"ceo. Run: sh @/' "$audit"
expect 0 /dev/null why -c "$conf" 4FD
advises ' may send as the address that was found, let "authors" of '
: >"$audit"

# DKIM2.
why 0 4EE
holds '^DKIM2 by *list.example$'
why 0 --json 4EE
json 'j["decisions"][0]["dkim2_hops"] == 2'
json 'j["decisions"][0]["dkim2_domain"] == "list.example"'
json 'j["decisions"][0]["stream"] == "desk"'

# JSON.
why 0 --json 4AA
json 'j["qid"] == "4AA" and len(j["decisions"]) == 2'
json '[d["action"] for d in j["decisions"]] == ["rejected", "signed"]'
json 'j["decisions"][0]["factors"][1]["found"] == "e\x1b[2J"'
json 'j["decisions"][0]["factors"][1]["required"] == "crm"'
json 'j["decisions"][0]["kind"] == "platform"'
json 'j["decisions"][0]["dkim2_hops"] is None'
json 'j["places"][0]["decisions"] == 5 and j["older"] == 0'
why 1 --json 4ZZ
json 'j["decisions"] == []'

# The source has changed since: no value is shown beside another factor.
sed -i 's/login = { "crm" }/cert_cn = { "crm.example" }/' "$conf"
why 0 4AA
lacks required
advises 'The factors of this source have changed since'
# Without a configuration, a log can be read all the same, by another user than
# root: the process cannot look for its leaks then.
ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
export ASAN_OPTIONS
"$COUNTERSIGN_DOCTOR" why -c "$scratch/none" 4AA >"$out" 2>"$err" &&
    fail "no configuration: exit 0"
complains '^countersign-doctor: .*/none: 1 error$'
expect 0 /dev/null why --log "$log" 4AA
holds '^  fails  login: '

done_testing
