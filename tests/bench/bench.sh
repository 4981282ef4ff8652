# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# What ./run bench does, by its first argument.  No result counts as too slow.
# To be sourced by ./run, after packages.sh.

# Show a command, then run it.
bench_run()
{
	echo "\$ $*"
	"$@"
}

bench_machine()
{
	echo "# $(openssl version); $(nproc) CPUs," \
	    "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1)"
}

# bench_domains NUMBER...: whether these are numbers of domains.
bench_domains()
{
	local number

	for number; do
		[[ $number =~ ^[1-9][0-9]{0,7}$ ]] || {
			echo "./run bench: $number: not a number of domains" >&2
			return 1
		}
	done
}

# bench_peers SCRIPT JSON [ARGUMENT...]: with other signers, which are unpacked
# only.
bench_peers()
{
	local script=$1 json=$2 peers status packages

	shift 2
	if [ "$(id -u)" -ne 0 ]; then
		echo "./run bench needs root, for a mount namespace with the" \
		    "other signers; try: sudo ./run bench" >&2
		return 1
	fi
	build_all && install_groups bench || return 1
	peers=$(mktemp -d "${TMPDIR:-/tmp}/countersign-peers.XXXXXX") ||
	    return 1
	mapfile -t packages < <(packages_of peers)
	packages_unpack "$peers" "${packages[@]}" postfix &&
	    rm -rf "$peers/deb" &&
	    bench_run /usr/bin/python3 "tests/bench/compare/$script" build \
	    "$peers" "$json" "$@"
	status=$?
	rm -rf "$peers"
	return "$status"
}

# bench_compare JSON [OPTION...]
bench_compare()
{
	local json=$1 option

	shift
	for option; do
		case $option in
		--quick|--markdown|--postfix) ;;
		*)
			echo "./run bench: $option: unknown; see ./run help" >&2
			return 2 ;;
		esac
	done
	bench_peers compare.py "$json" "$@"
}

bench_many_domains()
{
	[ $# -gt 0 ] || set -- 1 10000 1000000
	bench_domains "$@" || return 2
	bench_peers domains.py build/bench-domains.json "$@"
}

# bench_record: the figures that docs/ shows.
bench_record()
{
	bench_compare build/bench.json "$@" &&
	    bench_run cp build/bench.json docs/bench.json && bench_chart
}

# bench_chart: draw docs/bench.svg, and fill in the tables of
# docs/performance.md, from docs/bench.json.
bench_chart()
{
	/usr/bin/python3 tests/bench/compare/chart.py docs
}

bench_start()
{
	[ $# -gt 0 ] || set -- 1 10000 1000000
	bench_domains "$@" || return 2
	build_all || return 1
	bench_machine
	bench_run /usr/bin/python3 tests/bench/start.py build "$@"
}

bench_rotate()
{
	local status=0 number

	[ $# -gt 0 ] || set -- 10000
	bench_domains "$@" || return 2
	build_all || return 1
	bench_machine
	for number; do
		bench_run tests/bench/rotate.sh "$number" || status=1
	done
	return "$status"
}

# bench_fleet [DOMAINS [FOLDER]]
bench_fleet()
{
	local private named=/usr/sbin/named

	[ $# -gt 0 ] || set -- 100000
	bench_domains "$1" || return 2
	build_all || return 1
	mapfile -t private < <(packages_private bind9)
	packages_unpack build/unpacked "${private[@]}" || return 1
	[ -x "$named" ] || named=build/unpacked/bind9/usr/sbin/named
	bench_machine
	bench_run /usr/bin/python3 tests/fleet/scale.py build "$named" \
	    build/bench-fleet.json "$@"
}

bench()
{
	case ${1:-} in
	start)	shift; bench_start "$@" ;;
	domains) shift; bench_many_domains "$@" ;;
	rotate)	shift; bench_rotate "$@" ;;
	library)
		build_all && bench_machine &&
		    bench_run build/tests/bench/speed ;;
	fleet)	shift; bench_fleet "$@" ;;
	body)
		shift
		build_all && bench_machine >&2 && build/tests/bench/body "$@" ;;
	memory)
		build_all && bench_machine &&
		    bench_run /usr/bin/python3 tests/bench/memory.py build ;;
	instructions)
		build_all && install_groups bench &&
		    bench_run /usr/bin/python3 tests/bench/instructions.py \
		    build/tests/bench/instructions \
		    tests/bench/instructions.budget ;;
	day)
		build_all &&
		    bench_run /usr/bin/python3 tests/bench/rotation_day.py \
		    build/countersign-key build/tests/keys/libkillat.so \
		    build/tests/keys/libkeypool.so "${2:-10000}" "${3:-1}" ;;
	postfix)
		shift
		bench_compare build/bench-postfix.json --postfix "$@" ;;
	record)	shift; bench_record "$@" ;;
	*)	bench_compare build/bench.json "$@" ;;
	esac
}
