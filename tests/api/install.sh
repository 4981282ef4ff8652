#!/bin/bash
# SPDX-License-Identifier: ISC
#
# usage: install.sh BUILDDIR SOURCE SANITIZERS COMPILER...
#
# The library installed below a scratch directory is found by pkg-config
# there, and a program that knows nothing else is built and runs with it.  The
# installed programs start without that library: on a machine without
# dpkg-dev meson installs it where Debian's loader does not look.  The links of
# the documents that are installed lead somewhere.

set -eu
builddir=$1 source=$2 sanitizers=$3
top=$(cd "$(dirname "$0")/../.." && pwd)
shift 3
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
root=$scratch/root

meson install -C "$builddir" --no-rebuild --quiet --destdir "$root"
pc=$(find "$root" -name dkimsig.pc)
PKG_CONFIG_PATH=$(dirname "$pc")
PKG_CONFIG_SYSROOT_DIR=$root
export PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR
pkg-config --validate dkimsig
case $(pkg-config --libs dkimsig) in
*crypto*|*idn2*|*bsd*)
	echo "private libraries in: $(pkg-config --libs dkimsig)"
	exit 1 ;;
esac
# How this library was compiled is no concern of a program that uses it.
pkg-config --cflags --libs dkimsig | xargs -n1 >"$scratch/flags"
if grep -v -e '^-I' -e '^-L' -e '^-ldkimsig$' "$scratch/flags"; then
	echo "the flags above are not needed to use the library"
	exit 1
fi

read -ra flags < <(pkg-config --cflags --libs dkimsig)
if [ "$sanitizers" != none ]; then
	flags+=("-fsanitize=$sanitizers")
fi
"$@" -o "$scratch/consumer" "$source" "${flags[@]}"
LD_LIBRARY_PATH=$(dirname "$(find "$root" -name libdkimsig.so)") \
    "$scratch/consumer"

for program in milter front signer key doctor; do
	file=$(find "$root" -type f -name "countersign-$program" -perm -u+x)
	if readelf -d "$file" | grep -F 'NEEDED' | grep -F dkimsig; then
		echo "$file: needs the shared library"
		exit 1
	fi
	# Each says what it is; those that the master starts, by their usage.
	case $program in
	milter)	"$file" -V >"$scratch/said" ;;
	front|signer)	! "$file" 2>"$scratch/said" ;;
	*)	"$file" --version >"$scratch/said" ;;
	esac
	grep -q "countersign-$program" "$scratch/said"
done

# Links between the installed documents lead somewhere.
"$top/dist/doclinks.py" --check "$(dirname "$(find "$root" -name SECURITY.md)")"

# The header is all that is installed of lib/.
find "$root" -name '*.h' -printf '%f\n' | diff - <(echo dkimsig.h)
