# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# What every end-to-end test shares: a scratch directory, private namespaces,
# the servers' lives, and the report.
#
# A test sources this file; it is then started again, as root, inside mount,
# network, host name and process namespaces of its own.  There the only network
# is a loopback, so no message can leave and no port can be taken; resolv.conf
# names the loopback DNS server; and whatever is left running at the end dies
# with the namespace.  Nothing outside is changed.
#
#   E2E_BUILD     build directory, default TOP/build
#   E2E_UNPACKED  where packages are unpacked, default in the scratch directory
#   E2E_PRIVATE   array of the packages used that are never installed, set
#                 before sourcing; default knot and postfix
#   E2E_KEEP      when set, the scratch directory is kept
#
# The report has a line "ok N - NAME" or "not ok N - NAME" a case and ends with
# the plan "1..N", without which the test did not reach its end.

E2E_LIB=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
E2E_TOP=$(cd "$E2E_LIB/../../.." && pwd)
[ -v E2E_PRIVATE ] || E2E_PRIVATE=(knot postfix)
: "${E2E_BUILD:=$E2E_TOP/build}"
: "${E2E_STARTED:=$(date +%s)}"
export E2E_BUILD E2E_STARTED
PYTHON=/usr/bin/python3
PYTHONDONTWRITEBYTECODE=1
export PYTHONDONTWRITEBYTECODE

# shellcheck source=tests/e2e/lib/common.sh
. "$E2E_LIB/common.sh"
# shellcheck source=tests/e2e/lib/packages.sh
. "$E2E_LIB/packages.sh"
# shellcheck source=tests/e2e/lib/dns.sh
. "$E2E_LIB/dns.sh"
# shellcheck source=tests/e2e/lib/messages.sh
. "$E2E_LIB/messages.sh"
# shellcheck source=tests/e2e/lib/milter.sh
. "$E2E_LIB/milter.sh"
# shellcheck source=tests/e2e/lib/postfix.sh
. "$E2E_LIB/postfix.sh"
# shellcheck source=tests/e2e/lib/sink.sh
. "$E2E_LIB/sink.sh"

# Outside: get the programs, then start the test again in its namespaces.
e2e_enter()
{
	local missing=() status namespaces=(unshare --mount --net --uts --pid
	    --fork --kill-child --mount-proc)

	[ "$(id -u)" -eq 0 ] || die "root is needed: Postfix runs its daemons" \
	    "under several accounts, and the test gets a network of its own"
	SCRATCH=$(mktemp -d "${TMPDIR:-/tmp}/countersign.XXXXXXXX") || exit 1
	chmod 0711 "$SCRATCH"
	: "${E2E_UNPACKED:=$SCRATCH/unpacked}"
	export SCRATCH E2E_UNPACKED

	mapfile -t missing < <(packages_private "${E2E_PRIVATE[@]}")
	packages_unpack "$E2E_UNPACKED" "${missing[@]}" || exit 1
	"${namespaces[@]}" true ||
	    die "private namespaces are not allowed here: run on a machine" \
	    "or in a privileged container"

	# unshare ignores TERM; killed, it takes the whole namespace along.
	"${namespaces[@]}" env E2E_INSIDE=1 bash "$0" "$@" &
	# shellcheck disable=SC2064
	trap "kill -KILL $!; exit 1" INT TERM
	status=0
	wait $! || status=$?
	if [ "$status" -eq 0 ] && [ -z "${E2E_KEEP:-}" ]; then
		rm -rf "$SCRATCH"
		progress "all stopped, $SCRATCH removed"
	else
		e2e_last_lines
	fi
	exit "$status"
}

e2e_last_lines()
{
	local log

	for log in "$SCRATCH"/*/*.log; do
		[ -s "$log" ] || continue
		echo "# last lines of $log" >&2
		tail -n 12 "$log" | sed 's/^/#   /' >&2
	done
	echo "# kept: $SCRATCH" >&2
}

# Inside: the loopback comes up, and names are ours.
e2e_prepare()
{
	ip link set lo up && hostname relay.example.net || exit 1
	echo 'nameserver 127.0.0.1' >"$SCRATCH/resolv.conf"
	echo '127.0.0.1 localhost relay.example.net' >"$SCRATCH/hosts"
	mount --bind "$SCRATCH/resolv.conf" \
	    "$(readlink -f /etc/resolv.conf)" || exit 1
	mount --bind "$SCRATCH/hosts" "$(readlink -f /etc/hosts)" || exit 1
	trap e2e_stop EXIT
	trap 'exit 1' INT TERM
}

e2e_stop()
{
	local status=$? pidfile

	trap - EXIT
	postfix_stop
	milter_stop
	for pidfile in "$SCRATCH"/*/pid; do
		[ -s "$pidfile" ] && stop_by_pid "$(cat "$pidfile")"
	done
	exit "$status"
}

# e2e_start MTA [SETTING...]: everything, the MTA with these settings.
e2e_start()
{
	milter_keys example.com xn--bcher-kva.example
	dns_start example.com xn--bcher-kva.example
	sink_start
	milter_start
	mta_start "$@"
}

# mta_start postfix|sendmail [SETTING...]
mta_start()
{
	MTA=$1
	shift
	"${MTA}_start" "$@"
}

# stop_by_pid PID: TERM, and KILL when that does not help within 15 s;
# libmilter alone takes up to 5 s.
stop_by_pid()
{
	local i

	kill "$1" 2>/dev/null || return 0
	for ((i = 0; i < 300; i++)); do
		kill -0 "$1" 2>/dev/null || return 0
		pause 0.05
	done
	kill -KILL "$1" 2>/dev/null
}

port_open()
{
	(: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

e2e_cases=0
e2e_failures=0

# check NAME COMMAND...: one case; its output is shown when it fails.
check()
{
	local name=$1 output

	shift
	e2e_cases=$((e2e_cases + 1))
	if output=$("$@" 2>&1); then
		echo "ok $e2e_cases - $name"
		e2e_verdicts "$output"
	else
		e2e_failures=$((e2e_failures + 1))
		echo "not ok $e2e_cases - $name"
		printf '%s\n' "$output" | head -20 | sed 's/^/#   /'
	fi
}

# Which verifier judged which signature is part of the result.
e2e_verdicts()
{
	grep -E '^[^ ]+ [^ ]+ (rsa|ed25519)-sha256: ' <<<"$1" | sed 's/^/#   /'
}

# End of the test: the plan and the exit status.
e2e_finish()
{
	echo "1..$e2e_cases"
	[ "$e2e_failures" -eq 0 ]
	exit
}

[ -n "${E2E_INSIDE:-}" ] || e2e_enter "$@"
e2e_prepare
