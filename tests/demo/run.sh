# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# The command ./run demo.  To be sourced by it.

# demo [record|draw]
demo()
{
	local recording=(/usr/bin/python3 tests/demo/recording.py)

	case ${1:-} in
	"")
		demo_prepare && tests/demo/demo.sh ;;
	record)
		demo_prepare && "${recording[@]}" record docs/demo.cast \
		    ./run demo && demo draw ;;
	draw)
		"${recording[@]}" draw docs/demo.cast docs/demo.svg ;;
	*)
		echo "usage: ./run demo [record|draw]" >&2
		return 2 ;;
	esac
}

demo_prepare()
{
	need_root demo && install_groups build test extra && build
}
