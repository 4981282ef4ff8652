#!/bin/bash
# SPDX-License-Identifier: ISC
#
# usage: release.sh [--sign KEYID] [--no-build] [COMMIT]
#
# Make the archive of a release from a commit, by default HEAD, in
# build-release/, with its SHA-256 and, with --sign, signatures by that key of
# GnuPG.  The archive has the octets that anyone else gets from that commit:
# times are those of the commit, and no name of a user is in it.  It is built,
# and the library tested, as it stands there.  If something fails, build-release/
# is as it was; without --sign, no signature of an earlier archive stays there.
#
# CHANGES.md says what it is: "## 1.0.0, 2026-11-27" on top is a release, whose
# version must be in the other files that HACKING.md lists; "## Unreleased" is a
# snapshot, named by the day and the commit.

set -euo pipefail
cd "$(dirname "$0")/.."
commit=HEAD key='' builds=true
while [ $# -gt 0 ]; do
	case $1 in
	--sign)
		[ $# -gt 1 ] || { echo "release: --sign KEYID" >&2; exit 2; }
		key=$2
		shift ;;
	--no-build) builds=false ;;
	-*)	echo "release: $1: unknown option" >&2; exit 2 ;;
	*)	commit=$1 ;;
	esac
	shift
done

fail()
{
	echo "release: $*" >&2
	exit 1
}

# content FILE: as the commit has it.
content()
{
	git show "$commit:$1" || fail "$commit has no $1"
}

# has FILE COMMAND COMPLAINT: this command of sed prints something of the file.
has()
{
	[ -n "$(content "$1" | sed -n "$2")" ] || fail "$1: $3"
}

id=$(git rev-parse --verify --quiet "$commit^{commit}") ||
    fail "$commit: not a commit"
commit=$id
[ -z "$(git status --porcelain --untracked-files=no)" ] ||
    fail "there are changes that are not committed: commit them, or they will be missing"
version=$(content meson.build | sed -n "s/^ *version: '\([^']*\)',$/\1/p")
heading=$(content CHANGES.md | sed -n 's/^## //p' | head -1)
case $heading in
Unreleased)
	day=$(TZ=UTC git show -s --format=%cd --date=format-local:%Y%m%d "$id")
	name=countersign-$version-$day-${id:0:8} ;;
"$version, "????-??-??)
	name=countersign-$version
	has dist/debian/changelog "1s/^countersign (${version}[-)]/&/p" \
	    "its first entry is not of $version"
	has dist/rpm/countersign.spec "s/^Version: *$version$/&/p" \
	    "it is not of $version"
	has README.md "s/^This is version $version\\>/&/p" \
	    "it is not of $version"
	has SECURITY.md "s/ the ${version%%.*}\\.x series/&/p" \
	    "it does not support the ${version%%.*}.x series"
	has tests/formats/meson.build "s/'${version%.*}'/&/p" \
	    "it has no ${version%.*}: make that by ./run formats ${version%.*}" ;;
*)	fail "CHANGES.md: \"$heading\" on top: write \"$version, YYYY-MM-DD\", the version of meson.build with the day, or \"Unreleased\"" ;;
esac

out=build-release
mkdir -p "$out"
archive=$name.tar.gz
files=("$archive" "$archive.sha256")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch" "$out/$archive"*.new' EXIT
git -c tar.umask=0022 archive --format=tar --prefix="$name/" "$id" |
    gzip -9n >"$out/$archive.new"

if $builds; then
	tar -xzf "$out/$archive.new" -C "$scratch"
	echo "# builds it"
	meson setup "$scratch/build" "$scratch/$name" -Dwerror=true \
	    -Dtests=enabled >"$scratch/log" 2>&1 &&
	    ninja -C "$scratch/build" >>"$scratch/log" 2>&1 &&
	    meson test -C "$scratch/build" --suite dkimsig \
	    >>"$scratch/log" 2>&1 || {
		tail -40 "$scratch/log"
		fail "the archive cannot be built"
	}
fi

sha256sum <"$out/$archive.new" | sed "s/-$/$archive/" \
    >"$out/$archive.sha256.new"
if [ -n "$key" ]; then
	for file in "${files[@]}"; do
		gpg --batch --yes --local-user "$key" --armor --detach-sign \
		    --output "$out/$file.asc.new" "$out/$file.new" ||
		    fail "$key: cannot sign"
	done
fi
for file in "${files[@]}"; do
	rm -f "$out/$file.asc"
	mv "$out/$file.new" "$out/$file"
	[ -z "$key" ] || mv "$out/$file.asc.new" "$out/$file.asc"
done
cat "$out/$archive.sha256"
echo "$out/$archive: $(git show -s --format='%h of %cd' --date=short "$id")"
