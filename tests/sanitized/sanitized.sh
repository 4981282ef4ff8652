# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# Builds with the sanitizers of gcc, and what ./run test sanitized does.  To be
# sourced by ./run and .ci/run.

# sanitized_setup FOLDER SANITIZERS: a build directory.  The compiler need not
# take its time; it also takes some code for wrong that is not.
sanitized_setup()
{
	local linker=bfd

	# It takes a quarter of the time of the other one.
	[ ! -x /usr/bin/ld.gold ] || linker=gold
	CC=gcc CC_LD=$linker meson setup "$1" -Dtests=enabled \
	    -Doptimization=1 -Dc_args=-g1 "-Db_sanitize=$2"
}

# What programs that were built so read.
sanitized_export()
{
	export ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1
	export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
	export TSAN_OPTIONS="halt_on_error=1:suppressions=$E2E_TOP/tests/tsan.suppressions"
}

# sanitized [SUITE...]: all tests of meson that execute programs, or those of
# these suites, with AddressSanitizer and UndefinedBehaviorSanitizer.
sanitized()
{
	local folder=build-sanitized passed=0 failed=0 failures=()
	local options=("${@/#/--suite=}")

	need_root "test sanitized"
	install_groups build test extra || return 1
	[ -f "$folder/build.ninja" ] ||
	    sanitized_setup "$folder" address,undefined >"$folder.log" 2>&1 || {
		cat "$folder.log" >&2
		return 1
	}
	progress "ninja -C $folder"
	ninja -C "$folder" >"$folder.log" 2>&1 || {
		tail -40 "$folder.log" >&2
		return 1
	}
	rm -f "$folder.log"
	sanitized_export
	[ $# -gt 0 ] || options=(--no-suite=lint)
	meson_tests "$folder" "${options[@]}"
	verdict
}
