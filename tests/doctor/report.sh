#!/bin/sh
# SPDX-License-Identifier: ISC
#
# countersign-doctor report: a page of mail and keys, whose every text may have
# come from an attacker; figures, the file, and what is wrong with options.
. "$(dirname "$0")/lib.sh"

log=$scratch/audit.json
conf=$scratch/conf
page=$scratch/page.html
# Of this user: a process that has given up root cannot look for its leaks.
printf 'user = "%s"\nkeys_user = "%s"\naudit_file = "%s"\nkeydir = "%s"\n%s\n' \
    "$(id -un)" "$(id -un)" "$log" "$scratch/keys" \
    'source "s" { login = a  domains = example.com }' >"$conf"
mkdir -m 700 "$scratch/keys"

# decision SECONDS-AGO MEMBERS: members of the JSON object.
decision()
{
	echo "{\"time\": \"$(date -u -d "$1 seconds ago" +%Y-%m-%dT%H:%M:%S.000Z)\", $2}" >>"$log"
}

# read_page [SOURCE MESSAGES]...: the page is sound; its text is on $text then.
text=$scratch/text
read_page()
{
	checks=$((checks + 1))
	python3 "$here/report_page.py" "$page" "$@" >"$text" ||
	    fail "the page is not sound"
}

for since in 0s 1 x 2026-11-23 -1d; do
	expect 2 /dev/null report -c "$conf" --html "$page" "--since=$since"
	says "$err" 'not a span of time: use 12h, 7d or 30d'
done
expect 2 /dev/null report -c "$conf"
says "$err" 'say where the page goes: --html FILE$'
expect 2 /dev/null report -c "$conf" --html "$page" more
says "$err" 'too many operands'
[ ! -e "$page" ] || fail "a page in spite of an error"

# No mail yet.
: >"$log"
expect 0 /dev/null report -c "$conf" --html "$page"
says "$out" "^$page: written\$"
read_page
says "$text" '^The logs have no message of this period\.$'
says "$text" '^There was no key in this period\.$'
[ "$(stat -c %a "$page")" = 640 ] || fail "mode $(stat -c %a "$page")"

# Figures: a message each minute for eleven hours, none for two, and then more,
# so that no span of the tests ends near one.
python3 -c '
import json, time
now = int(time.time())
for minute in [*range(1, 661), *range(780, 1320)]:
    print(json.dumps({
        "time": time.strftime("%Y-%m-%dT%H:%M:%S.000Z",
                              time.gmtime(now - 60 * minute)),
        "qid": "A", "action": "signed", "author": "example.com",
        "source": "s", "client": "192.0.2.1", "elapsed_ms": 1, "hops": 1}))
' >>"$log"
decision 100 '"qid": "B", "action": "rejected", "author": "example.com", "source": "s", "client": "192.0.2.66", "reason": "another tenant", "cause": "factor", "elapsed_ms": 1, "hops": 1'
decision 90 '"qid": "C", "action": "passed", "author": "other.example", "client": "192.0.2.7", "reason": "no source", "cause": "no-source", "elapsed_ms": 1, "hops": 1'
decision 8000000 '"qid": "OLD", "action": "signed", "source": "old", "elapsed_ms": 1, "hops": 1'
expect 0 /dev/null report -c "$conf" --html "$page"
read_page s 1,201 'no source: mail of others' 1 192.0.2.66 1 \
    example.com 1,201 example.com 1
says "$text" '^another tenant'
says_not "$text" 'OLD\|other\.example'
expect 0 /dev/null report -c "$conf" --html "$page" --since 12h
read_page s 661
expect 0 /dev/null report -c "$conf" --html "$page" --since 200d
read_page s 1,201 old 1

# Observed mail is told apart.
: >"$log"
decision 5 '"qid": "D", "action": "rejected", "observed": true, "source": "s", "elapsed_ms": 1, "hops": 1'
expect 0 /dev/null report -c "$conf" --html "$page"
read_page
says "$text" '^1 of these messages were only observed'

# Attacks, in each text that a stranger can write.
: >"$log"
n=0
for attack in '<script>alert(1)</script>' '</title><script>' \
    '\"><img src=x onerror=alert(1)>' "' onmouseover='a" '--><!--' ']]>' \
    '&lt;b&gt;&amp;&#60;' '\u202egnp.exe' '\u2066a\u2069' '\u200b\ufeff\u00ad' \
    'e\u0301\u0300\u0302' '\u0000' '\u001b[2J\u0007' '\u2028\u2029' \
    '\ue000\uffff\ufffe' '\udb40\udc41' '\ud83d\ude00' '\u05d0\u05d1' \
    '{{7*7}}' 'javascript:alert(1)' '</style><style>*{display:none}' \
    '\u00a0\u3000\u115f\u3164\u2800' '%s%n%d'; do
	n=$((n + 1))
	decision $((n * 3)) "\"qid\": \"$attack\", \"action\": \"rejected\", \"author\": \"$attack\", \"source\": \"$attack\", \"client\": \"$attack\", \"reason\": \"$attack\", \"list_id\": \"$attack\", \"elapsed_ms\": 1, \"hops\": 1"
done
long=$(printf '%0700d' 0 | tr 0 x)
decision 2 "\"qid\": \"$long\", \"action\": \"rejected\", \"author\": \"$long\", \"source\": \"$long\", \"reason\": \"$long\", \"elapsed_ms\": 1, \"hops\": 1"
printf '%s countersign-milter[1]: qid="\\xff\\xc0\\x80\\xed\\xa0\\x80<i>" action=rejected source="\\xf4\\x90\\x80\\x80" reason="\\xe2\\x80\\xae" elapsed_ms=1 hops=1\n' \
    "$(date -u +%Y-%m-%dT%H:%M:%SZ)" >>"$log"
expect 0 /dev/null report -c "$conf" --html "$page"
read_page '<script>alert(1)</script>' 1 '[U+202E]gnp.exe' 1 \
    '"><img src=x onerror=alert(1)>' 1 '&lt;b&gt;&amp;&#60;' 1
says "$text" '\[0xFF\]\[0xC0\]\[0x80\]\[0xED\]'
says_not "$page" '<script'

# Text of keys, from another countersign-key.
mkdir "$scratch/bin"
cp "$COUNTERSIGN_DOCTOR" "$scratch/bin/countersign-doctor"
LD_LIBRARY_PATH=$(dirname "$COUNTERSIGN_DOCTOR")/lib/dkimsig
COUNTERSIGN_DOCTOR=$scratch/bin/countersign-doctor
export LD_LIBRARY_PATH
# keys TEXT: what it prints.
keys()
{
	printf '#!/bin/sh\ncat <<"END"\n%s\nEND\n' "$1" >"$scratch/bin/countersign-key"
	chmod 755 "$scratch/bin/countersign-key"
	expect 0 /dev/null report -c "$conf" --html "$page"
	read_page
}
keys '[{"domain": "<b>", "selector": "\u202e", "algorithm": "rsa-sha256", "status": "</svg>", "compromised": true, "generated": "2026-01-01T00:00:00Z", "active_from": "2026-02-01T00:00:00Z", "retire_at": "2026-03-01T00:00:00Z", "revoked": "2026-04-01T00:00:00Z", "alarm": "\"><img>"}]'
says "$text" '^<b>\[U+202E\]rsa-sha256</svg> compromised2026-01-01 00:00'
keys '[{}, 7, {"domain": 7, "generated": "yesterday", "removed": null}]'
# Removed before the period: not shown.
keys '[{"domain": "gone.example", "selector": "s", "removed": "2020-01-01T00:00:00Z"}]'
says_not "$text" 'gone\.example'
for text_of in '' '{}' 'x' '[' '"[]"'; do
	keys "$text_of"
	says "$text" '^The keys could not be listed: '
done
# Some could not be listed: the others are shown, and why is said.
cat >"$scratch/bin/countersign-key" <<'END'
#!/bin/sh
echo '[{"domain": "left.example", "selector": "s1"}]'
echo '/keys/<i>: broken' >&2
exit 1
END
expect 0 /dev/null report -c "$conf" --html "$page"
read_page
says "$text" '^left\.example'
says "$text" '^The list is incomplete: countersign-key: exit status 1: /keys/<i>: broken$'
many=$(python3 -c 'import json; print(json.dumps([{"domain": "d%d.example" % i, "selector": "s"} for i in range(250)]))')
keys "$many"
says "$text" '^50 more keys are not shown: countersign-key list has all\.$'

# The file: the old page or the new one.
before=$(cat "$page")
ln -s "$page" "$scratch/link"
expect 1 /dev/null report -c "$conf" --html "$scratch/link"
says "$err" 'is a symbolic link: name a regular file'
expect 1 /dev/null report -c "$conf" --html "$scratch"
says "$err" 'is a directory'
expect 1 /dev/null report -c "$conf" --html "$scratch/none/page"
says "$err" 'cannot write: No such file'
[ "$before" = "$(cat "$page")" ] || fail "another page"
for left in "$page".?????? "$scratch"/link.??????; do
	[ ! -e "$left" ] || fail "left: $left"
done

# Logs of another host: no name of this one, and no keys.
expect 0 /dev/null report --log "$scratch/nothing" --html "$page"
read_page
says "$text" '^Signed mail$'
done_testing
