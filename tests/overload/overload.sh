# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# What ./run overload does.  To be sourced by ./run, after bench.sh.

overload()
{
	build_all && bench_machine &&
	    /usr/bin/python3 tests/overload/overload.py build
}
