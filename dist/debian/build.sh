#!/bin/bash
# SPDX-License-Identifier: ISC
#
# usage: build.sh SCRATCH OUTPUT [VERSION]     called by ./run deb
#
# Builds source and binary packages of this tree into OUTPUT, a directory that
# is emptied first, and checks them with lintian: an error or a warning without
# an override fails.  The tree itself is left unchanged.

set -eu
cd "$(dirname "$0")/../.."
scratch=$1 output=$2 version=${3:-}
: "${E2E_STARTED:=$(date +%s)}"

progress()
{
	printf '# %3ds  %s\n' $(($(date +%s) - E2E_STARTED)) "$*" >&2
}

run()
{
	"$@" >>"$scratch/log" 2>&1 || {
		echo "$* failed:" >&2
		tail -40 "$scratch/log" >&2
		exit 1
	}
}

tree=$scratch/countersign
mkdir "$tree"
tar --exclude='./build*' --exclude=./.git -cf - . | tar -C "$tree" -xf -
cp -r dist/debian "$tree/debian"
[ -z "$version" ] ||
    sed -i "1s/(.*)/($version)/" "$tree/debian/changelog"
version=$(cd "$tree" && dpkg-parsechangelog -S Version)
progress "building packages of version $version"
(cd "$tree" && run dpkg-buildpackage -us -uc)
progress "lintian"
lintian --allow-root --fail-on error,warning --info "$scratch"/*.changes
progress "hardening"
for package in countersign countersign-fleet libdkimsig0; do
	dpkg-deb -x "$scratch/${package}_"*.deb "$scratch/unpacked"
done
tests/lint/check-hardening.py --cet --fortified \
    "$scratch"/unpacked/usr/sbin/countersign-* \
    "$scratch"/unpacked/usr/lib/*/libdkimsig.so.0
rm -rf "$output"
mkdir "$output"
find "$scratch" -maxdepth 1 -type f -not -name log \
    -exec mv -t "$output" {} +
progress "packages are in $output/"
