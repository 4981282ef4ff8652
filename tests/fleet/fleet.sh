# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# ./run test fleet: the tests of meson of the fleet's rooms, the worlds of its model
# that take minutes, and five hosts in a network of their own, while things
# break.  To be sourced by ./run.

# five_hosts RESULTS FAULT...: in namespaces of their own.
five_hosts()
{
	local results=$1 private knot=/usr/sbin unbound=/usr/sbin/unbound
	local status=0

	shift
	mapfile -t private < <(packages_private knot unbound)
	packages_unpack "$results/unpacked" "${private[@]}" || return 1
	[ -x "$knot/knotd" ] || knot=$results/unpacked/knot/usr/sbin
	[ -x "$unbound" ] || unbound=$results/unpacked/unbound/usr/sbin/unbound
	mkdir "$results/scratch" && chmod 0711 "$results" "$results/scratch"
	PYTHONDONTWRITEBYTECODE=1 unshare --mount --net --pid --fork \
	    --kill-child --mount-proc /usr/bin/python3 tests/fleet/five.py \
	    build "$knot" "$unbound" "$results/scratch" "$@" &
	# unshare ignores these; killed, it takes all along.
	# shellcheck disable=SC2064
	trap "kill -KILL $!; exit 1" INT TERM
	wait $! || status=$?
	trap - INT TERM
	return "$status"
}

# fleet_tests [FAULT...]
fleet_tests()
{
	local results status=0
	# For count_cases and verdict of ./run.
	# shellcheck disable=SC2034
	local passed=0 failed=0 failures=()

	need_root "test fleet"
	build_all || {
		echo "0 passed, 1 failed"
		return 1
	}
	[ $# -gt 0 ] || meson_tests build --suite={signed,epochs,kept} \
	    --suite={database,mirror,writing,membership,recovery,fleet}
	results=$(mktemp -d) || return 1
	if [ $# -eq 0 ]; then
		progress "the model"
		tests/fleet/model/test_model.py cc long >"$results/model.out" ||
		    status=$?
		count_cases "$results/model.out" "model" "$status"
		status=0
	fi
	progress "five hosts: ${*:-all faults}"
	five_hosts "$results" "$@" >"$results/five.out" 2>"$results/five.err" ||
	    status=$?
	cat "$results/five.out"
	count_cases "$results/five.out" "five hosts" "$status"
	if [ "$status" -eq 0 ]; then
		rm -rf "$results"
	else
		tail -20 "$results/five.err" >&2
		progress "kept: $results"
	fi
	verdict
}
