# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# What ./run differential does.  To be sourced by ./run, after packages.sh.

# mailauth comes from npm, into the build directory.
differential_npm()
{
	command -v npm >/dev/null || {
		echo "./run differential needs node and npm for mailauth;" \
		    "without it: ./run differential --debian" >&2
		return 1
	}
	mkdir -p build/differential/npm &&
	    cp tests/differential/package.json \
	    tests/differential/package-lock.json \
	    tests/differential/mailauth.js build/differential/npm &&
	    npm --prefix build/differential/npm ci --silent
}

# differential [--debian] [MESSAGES [SEED]]
differential()
{
	local peers=(opendkim dkimpy Mail::DKIM) options=() messages seed

	if [ "${1:-}" = --debian ]; then
		shift
		options+=(--in-turn)
	else
		options+=(--npm build/differential/npm)
		peers+=(mailauth)
	fi
	messages=${1:-50000}
	seed=${2:-1}
	[[ $messages =~ ^[1-9][0-9]{0,7}$ && $# -le 2 ]] || {
		echo "usage: ./run differential [--debian] [MESSAGES [SEED]]" >&2
		return 2
	}
	build_all || return 1
	ninja -C build tests/differential/opendkim >build/ninja.log 2>&1 || {
		tail -5 build/ninja.log >&2
		return 1
	}
	[ ${#peers[@]} -eq 3 ] || differential_npm || return 1
	progress "signing $messages messages, and verifying with ${peers[*]}"
	/usr/bin/python3 tests/differential/compare.py --builddir \
	    build/tests/differential --keep build/differential \
	    --messages "$messages" --seed "$seed" "${options[@]}" "${peers[@]}"
}
