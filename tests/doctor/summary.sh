#!/bin/sh
# SPDX-License-Identifier: ISC
#
# countersign-doctor summary and compare: spans of time, what is wrong with
# options, logs that have nothing, and text from a log on a terminal.
# tests/mta/test_doctor.py compares their figures with what the milter did.
. "$(dirname "$0")/lib.sh"

log=$scratch/mail.log
conf=$scratch/conf
: >"$log"
# Of this user: a process that has given up root cannot look for its leaks.
printf 'user = "%s"\nsource "s" { login = a  domains = example.com }\n' \
    "$(id -un)" >"$conf"
# decision SECONDS-AGO REST
decision()
{
	echo "$(date -u -d "$1 seconds ago" +%Y-%m-%dT%H:%M:%SZ) countersign-milter[1]: $2" >>"$log"
}

for command in summary compare; do
	expect 1 /dev/null "$command" -c "$conf" --log "$log"
	says "$out" '^no message: '
	expect 1 /dev/null "$command" -c "$conf" --log "$scratch/none" --json
	json 'j["messages"] == 0 and j["places"][0]["state"] == "missing"'
	for since in 0s 1 x 2026-11-23 -1d; do
		expect 2 /dev/null "$command" -c "$conf" --log "$log" "--since=$since"
		says "$err" 'not a span of time: use 12h, 1d or 7d'
	done
	expect 2 /dev/null "$command" -c "$conf" --log "$log" more
	says "$err" 'too many operands'
	expect 1 /dev/null "$command" -c "$conf" --log "$scratch"
	says "$out" '^not read: given file .*: not a regular file$'
done

decision 100000 'qid=OLD action=signed author=a.example source=s elapsed_ms=1 hops=1'
decision 50 'qid="\x1b[2J" action=rejected author="\x1b[3J.example" source="\x1b[4J" reason="\x1b[5J" elapsed_ms=1 cause=factor other_signatures="x\x1b[6J" list_id="\x1b[7J" hops=1'
decision 40 'qid=NEW action=passed author=b.example reason="no source" elapsed_ms=1 cause=no-source other_signatures=b.example hops=1'
escape=$(printf '\033')

expect 0 /dev/null summary -c "$conf" --log "$log"
says "$out" '^2 messages$'
says_not "$out" "$escape"
says "$out" '^\\x1b\[4J  *0  *1  *0  *0  *0$'
expect 0 /dev/null summary -c "$conf" --log "$log" --since 7d
says "$out" '^3 messages$'
expect 0 /dev/null summary -c "$conf" --log "$log" --json
json 'j["messages"] == 2 and j["sources"][0]["name"] in ("", "\x1b[4J")'

expect 0 /dev/null compare -c "$conf" --log "$log"
says_not "$out" "$escape"
says "$out" '^       1  NEW              b\.example$'
says "$out" '^No message had an aligned signature when it came'
expect 0 /dev/null compare -c "$conf" --log "$log" --since 7d --json
json 'j["messages"] == 2 and j["no_source"] == 1'
json '[u["name"] for u in j["unnamed"]] == ["b.example"]'

# Hundreds of names: the rest is one row, and counted.
i=0
while [ "$i" -lt 150 ]; do
	i=$((i + 1))
	echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) countersign-milter[1]: qid=M action=signed author=d$i.example source=many elapsed_ms=1 hops=1"
done >"$log"
expect 0 /dev/null summary -c "$conf" --log "$log"
says "$out" '^(others)  *130 '
expect 0 /dev/null summary -c "$conf" --log "$log" --json
json 'len(j["domains"]) == 101 and j["domains"][100]["name"] is None'
json 'sum(d["messages"] for d in j["domains"]) == 150'

i=0
while [ "$i" -lt 25 ]; do
	i=$((i + 1))
	echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) countersign-milter[1]: qid=M action=rejected author=a.example source=many reason=no elapsed_ms=1 cause=factor list_id=l$i.example hops=1"
done >"$log"
expect 0 /dev/null summary -c "$conf" --log "$log"
says "$out" '^ *1  M  *l4\.example$'
says_not "$out" 'l5\.example'
says "$out" '^          and other mailing lists$'

# A name that comes after very many others, and more often, is the first.
i=0
while [ "$i" -lt 2000 ]; do
	i=$((i + 1))
	[ "$i" -le 1500 ] || [ $((i % 10)) -ne 0 ] ||
		echo "TIME countersign-milter[1]: qid=B action=rejected author=big.example source=many reason=no elapsed_ms=1 hops=1"
	echo "TIME countersign-milter[1]: qid=M action=rejected author=d$i.example source=many reason=no elapsed_ms=1 hops=1"
done | sed "s/^TIME/$(date -u +%Y-%m-%dT%H:%M:%SZ)/" >"$log"
expect 0 /dev/null summary -c "$conf" --log "$log" --json
json 'j["domains"][0]["name"] == "big.example"'
json '48 <= j["domains"][0]["messages"] <= 50'
json 'len(j["domains"]) == 101'
json 'sum(d["rejected"] for d in j["domains"]) == 2050'
done_testing
