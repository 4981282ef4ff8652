# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# Runs of rotation: a file has the output of each between a line "run at TIME,
# N s" and a line "exit STATUS".  Exit status 3 is none of a failure: something
# is not yet done.

# rotations_run FILE OUTPUT COMMAND...: a run; the file OUTPUT has what it
# prints, and FILE gets that, too.
rotations_run()
{
	local file=$1 output=$2 begun=$SECONDS time status=0

	shift 2
	time=$(date +%T)
	"$@" >"$output" 2>&1 || status=$?
	rotations_note "$file" "$time" $((SECONDS - begun)) "$output" "$status"
}

# rotations_note FILE TIME SECONDS OUTPUT STATUS: a run that is over.
rotations_note()
{
	{
		echo "run at $2, $3 s"
		cat "$4"
		echo "exit $5"
	} >>"$1"
}

# rotations_failed FILE [EXCUSE]: print the runs that failed, with what came
# before the next one.  A run may fail that complains of EXCUSE on standard
# error.  A key that signs for seconds may be overdue, if this and the five runs
# before took ten seconds: the machine is busy.
rotations_failed()
{
	awk -v excuse="${2:-}" '
	    function end() {
	        if ((is_wrong || (has_failed && !is_overdue)) && !is_excused)
	            printf "%s", run
	        run = ""
	        is_wrong = has_failed = is_overdue = is_excused = 0
	    }
	    function is_busy(  i, sum) {
	        for (i = n; i > n - 6; i--)
	            sum += took[i]
	        return sum >= 10
	    }
	    /^run at / { end(); took[++n] = $4 }
	    { run = run $0 "\n" }
	    /^countersign-key: / && excuse != "" && index($0, excuse) {
	        is_excused = 1
	    }
	    /^exit [12]$/ { has_failed = 1 }
	    /FAILED/ {
	        if (/ \[overdue\]$/ && is_busy())
	            is_overdue = 1
	        else
	            is_wrong = 1
	    }
	    END { end() }' "$1"
}

# rotations_are_fine FILE [EXCUSE]: none failed; else print those that did.
rotations_are_fine()
{
	local failed

	failed=$(rotations_failed "$@")
	[ -z "$failed" ] || {
		echo "$(grep -c '^run at ' <<<"$failed") of" \
		    "$(grep -c '^run at ' "$1") runs failed:"
		echo "$failed"
		return 1
	}
}
