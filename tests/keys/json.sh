#!/bin/sh
# SPDX-License-Identifier: ISC
#
# --json: each command that has it prints one JSON value, whose members the
# man page names, and which tells what the table does.
. "$(dirname "$0")/lib.sh"
man=$(dirname "$0")/../../man/countersign-key.8

start_authority "$scratch"
cat >"$scratch/conf" <<CONF
keydir = "$keydir"
dns { servers = { "127.0.0.1@$port" } }
rotation { servers = { "127.0.0.1@$port" } check_resolvers = none }
CONF

# json STATUS EXPRESSION ARGUMENTS: run with --json, and want that status, an
# array or object d of which the Python expression is true, and members that the man page
# has.
json()
{
	want=$1
	expression=$2
	shift 2
	checks=$((checks + 1))
	key -c "$scratch/conf" "$@" --json
	[ "$status" -eq "$want" ] || fail "$*: exit $status, want $want"
	/usr/bin/python3 - "$out" "$man" "$expression" <<-'PYTHON' ||
	import json, re, sys
	with open(sys.argv[1]) as text:
	    d = json.load(text)
	with open(sys.argv[2]) as page:
	    words = set(re.findall(r"\w+", page.read()))
	names = set()
	def collect(value):
	    if isinstance(value, dict):
	        names.update(value)
	        value = list(value.values())
	    if isinstance(value, list):
	        for one in value:
	            collect(one)
	collect(d)
	if names - words:
	    sys.exit(f"not in the man page: {names - words}")
	if not isinstance(d, (list, dict)) or not eval(f"({sys.argv[3]})"):
	    sys.exit(f"not so: {sys.argv[3]}")
	PYTHON
	    fail "$*: the JSON"
}

json 0 'd == []' list
json 0 'd == []' export
json 0 'd[0]["kind"] == "rsa4096"' generate a.example --algorithm rsa4096 \
    --dry-run
json 0 '[k["bits"] for k in d] == [2048, 256]' generate a.example \
    --algorithm both
json 3 '[(s["step"], s["result"]) for s in d[0]["steps"]] ==
    2 * [("unused", "done")] + 2 * [("publish", "action-needed")]' publish a.example
json 0 'all(k["status"] == "generated" for k in d)' list a.example
json 0 'all(k["strings"] and k["cname_owner"] is None for k in d)' \
    show a.example
json 0 'len(d) == 2 and d[0]["ttl"] == 3600' export

# What is wrong with a domain, as in the text.
json 0 'd["status"] == "ok" and d["domains"] == 1 and not d["problems"]' \
    list --monitor
json 0 'd[0]["steps"][1]["step"] == "activate"' activate a.example --force
json 0 'd["status"] == "ok"' list --monitor

# A key signs since years, and has no successor.
selector=$(selector_of 1 a.example)
sed -i "/^$selector /s/=20[^ ]*Z/=2020-01-01T00:00:00Z/g" \
    "$keydir/a.example/state"
json 2 '[(k["domain"], k["selector"], k["trouble"], k["severity"])
    for k in d["problems"]] == [
    (None, None, "rotation", "critical"),
    ("a.example", None, "no-reserve", "critical"),
    ("a.example", "'$selector'", "overdue", "critical")] and
    d["last_run"] is None' list --monitor
key -c "$scratch/conf" list a.example
says "$out" "^a.example  *$selector  *rsa  *active .* overdue "
[ "$(grep -A1 " $selector " "$out" | tail -n 1)" = \
    "    has signed for longer than it should" ] || fail "no text below its row"

json 0 'd[0]["steps"][0]["step"] == "retire"' retire a.example "$selector" \
    --force --dry-run
json 1 'd[0]["steps"] == []' revoke a.example "$selector"
json 1 'd[0]["verdict"] and d[0]["keys"][0]["servers"]' check a.example
json 1 '"failed" in [s["result"] for s in d[0]["steps"]]' rotate a.example --dry-run
json 0 'len(d[0]["steps"]) == 2' add a.example --dry-run

# Why it waits: a key that never signed has no mail under way.
json 0 'd[0]["selector"] == "old"' generate b.example --algorithm ed25519 \
    --selector old
json 0 'd[0]["steps"][0]["result"] == "done"' revoke b.example old
json 3 'd[0]["steps"][0]["text"].startswith("its record must show that it "
    "is revoked until then")' remove b.example old
done_testing
