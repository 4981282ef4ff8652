# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# ./run faults: what is broken while mail flows, with Postfix and Sendmail at
# the same time.  To be sourced by ./run, after packages.sh.

FAULT_MTAS=(postfix sendmail)

faults_known()
{
	PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 tests/faults/faultlist.py
}

# faults_chosen FAULT...: those, or all, in the order of the list.
faults_chosen()
{
	local fault known

	mapfile -t known < <(faults_known)
	[ $# -gt 0 ] || set -- "${known[@]}"
	for fault; do
		[[ " ${known[*]} " = *" $fault "* ]] || {
			echo "./run faults: $fault: unknown; one of:" \
			    "${known[*]}" >&2
			return 2
		}
		echo "$fault"
	done
}

# faults_run RESULTS FAULT...: all faults with each MTA.
faults_run()
{
	local results=$1 mta pids=() status

	shift
	for mta in "${FAULT_MTAS[@]}"; do
		tests/faults/world.sh "$mta" "$results/$mta.json" "$@" \
		    >"$results/$mta.out" &
		pids+=("$!")
	done
	for mta in "${FAULT_MTAS[@]}"; do
		status=0
		wait "${pids[0]}" || status=$?
		pids=("${pids[@]:1}")
		cat "$results/$mta.out"
		count_cases "$results/$mta.out" "faults $mta" "$status"
	done
}

# faults [FAULT...]
faults()
{
	local results chosen private
	# For count_cases and verdict of ./run.
	# shellcheck disable=SC2034
	local passed=0 failed=0 failures=()

	chosen=$(faults_chosen "$@") || return 2
	mapfile -t chosen <<<"$chosen"
	need_root faults
	build_all || {
		echo "0 passed, 1 failed"
		return 1
	}
	results=$(mktemp -d) || return 1
	E2E_UNPACKED=$results/unpacked
	export E2E_UNPACKED
	mapfile -t private < <(packages_private postfix sendmail-bin \
	    sendmail-cf)
	if packages_unpack "$E2E_UNPACKED" "${private[@]}"; then
		progress "${#chosen[@]} faults of ${FAULT_SECONDS:-60} s," \
		    "with ${FAULT_MTAS[*]}"
		faults_run "$results" "${chosen[@]}"
		/usr/bin/python3 tests/faults/table.py build/faults.json \
		    "$results"/*.json || fail "faults" "no table"
	else
		fail "faults" "an MTA is missing"
	fi
	rm -rf "$results"
	verdict
}
