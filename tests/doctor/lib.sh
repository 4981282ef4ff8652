# SPDX-License-Identifier: ISC
# shellcheck shell=sh
#
# What the tests of countersign-doctor share.  The caller's environment names
# the program in COUNTERSIGN_DOCTOR.

set -u

: "${COUNTERSIGN_DOCTOR:?names the countersign-doctor to test}"
here=$(cd "$(dirname "$0")" && pwd)
vectors=$here/../vectors
scratch=$(mktemp -d "${TMPDIR:-/tmp}/countersign-doctor.XXXXXX") || exit 1
dns_pid=
# shellcheck disable=SC2154
trap '[ -z "$dns_pid" ] || kill "$dns_pid"; rm -rf "$scratch"' EXIT
out=$scratch/out
err=$scratch/err
checks=0

# shellcheck source=tests/common/checks.sh
. "$here/../common/checks.sh"

# expect STATUS MESSAGE ARGUMENTS: want that exit status of the program with
# the message as its input.  What fails altogether says why on one line.
expect()
{
	want=$1
	message=$2
	shift 2
	checks=$((checks + 1))
	"$COUNTERSIGN_DOCTOR" "$@" <"$message" >"$out" 2>"$err"
	status=$?
	as_schema doctor "$@"
	[ "$status" -eq "$want" ] ||
	    fail "countersign-doctor $*: exit $status, want $want"
	lines=$(wc -l <"$err")
	[ "$lines" -le 1 ] || fail "$*: $lines lines of error"
}

# json EXPRESSION: true of the JSON on stdout, named j.
json()
{
	checks=$((checks + 1))
	python3 -c '
import json, sys
j = json.load(open(sys.argv[1]))
sys.exit(not eval(sys.argv[2]))' "$out" "$1" || fail "json: $1"
}

# start_dns RECORDS: a server of these, its address in $server.
start_dns()
{
	python3 "$here/../common/zonefile.py" "$1" "$scratch/port" &
	dns_pid=$!
	while [ ! -f "$scratch/port" ]; do
		kill -0 "$dns_pid" || fail "no DNS server"
		sleep 0.05
	done
	server=127.0.0.1@$(cat "$scratch/port")
}
