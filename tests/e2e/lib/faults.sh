# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# Faults of an installation: made by a command, named by countersign-doctor,
# repaired by the command that it prints.
#
# A fault is one case: before it, the doctor finds no problem with that id;
# after the command, it does; after the printed commands, run by a shell as they
# are printed, twice, it does not.  Then the files are as they were before.

# fault_begin FILE...: the files that faults change.
fault_begin()
{
	FAULT_FILES=("$@")
	FAULT_SAVED=$SCRATCH/saved
	local file

	for file; do
		mkdir -p "$FAULT_SAVED$(dirname "$file")" &&
		    cp -p "$file" "$FAULT_SAVED$file" ||
		    die "cannot save $file"
	done
	fault_doctor
	"$PYTHON" "$E2E_LIB/faults.py" none <"$SCRATCH/doctor.json" ||
	    die "the installation has problems before any fault"
}

fault_doctor()
{
	"$E2E_BUILD/countersign-doctor" "$@" --json >"$SCRATCH/doctor.json" \
	    2>"$SCRATCH/doctor.err"
	[ $? -le 3 ] && [ ! -s "$SCRATCH/doctor.err" ] || {
		cat "$SCRATCH/doctor.err"
		return 1
	}
}

# fault ID NAME COMMAND...: the command breaks it, the doctor's repairs it.
fault()
{
	check "$1: $2" fault_case repaired "$@"
}

# ... that only a person can repair: the doctor prints no command.
fault_for_person()
{
	check "$1: $2, named" fault_case named "$@"
}

# fault_after COMMAND...: what the next fault needs undone when it is over.
fault_after()
{
	FAULT_AFTER+=("$*")
}

fault_case()
{
	local want=$1 id=$2 status

	shift 3
	"$@" || { echo "the fault cannot be made: $*"; return 1; }
	fault_try "$want" "$id"
	status=$?
	fault_restore
	return "$status"
}

fault_try()
{
	local fix=$SCRATCH/fix

	fault_doctor || return 1
	"$PYTHON" "$E2E_LIB/faults.py" "$1" "$2" \
	    <"$SCRATCH/doctor.json" >"$fix" || { cat "$fix"; return 1; }
	[ "$1" = repaired ] || return 0
	# Safe to repeat, so it is.
	if ! { sh -e "$fix" && sh -e "$fix"; } >"$SCRATCH/fix.log" 2>&1; then
		echo "the printed command fails:"
		cat "$fix" "$SCRATCH/fix.log"
		return 1
	fi
	fault_doctor || return 1
	"$PYTHON" "$E2E_LIB/faults.py" gone "$2" <"$SCRATCH/doctor.json" || {
		echo "after:"
		cat "$fix"
		return 1
	}
}

fault_restore()
{
	local file command

	for file in "${FAULT_FILES[@]}"; do
		cmp -s "$FAULT_SAVED$file" "$file" ||
		    cp -p "$FAULT_SAVED$file" "$file"
	done
	for command in "${FAULT_AFTER[@]}"; do
		$command >>"$SCRATCH/restore.log" 2>&1
	done
	FAULT_AFTER=()
}
FAULT_AFTER=()
