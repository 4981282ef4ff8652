#!/bin/bash
# SPDX-License-Identifier: ISC
#
# usage: release.sh SOURCE
#
# dist/release.sh in clones: the same octets wherever it runs, a name by what
# CHANGES.md says, signatures that GnuPG verifies, and a refusal of what would
# not be what it says.

set -eu
source=$1
[ -e "$source/.git" ] || { echo "not a clone: there is no commit"; exit 77; }
scratch=$(mktemp -d)
trap 'gpgconf --kill all 2>/dev/null || true; rm -rf "$scratch"' EXIT
GNUPGHOME=$scratch/gnupg
export GNUPGHOME
git config --global --get-all safe.directory 2>/dev/null | grep -qxF '*' ||
    export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*'

say()
{
	echo "release.sh: $*" >&2
	exit 1
}

# release CLONE [ARGUMENT...]: its output is on $scratch/out.
release()
{
	local clone=$1

	shift
	(cd "$scratch/$clone" && dist/release.sh --no-build "$@") \
	    >"$scratch/out" 2>&1
}

# made CLONE: the archives and signatures there, with their sums.
made()
{
	[ ! -e "$scratch/$1/build-release" ] ||
	    (cd "$scratch/$1/build-release" && find . -type f -exec sha256sum {} +) |
	    sort
}

# refused TEXT CLONE [ARGUMENT...]: it says so, and leaves no archive.
refused()
{
	local text=$1 before

	shift
	before=$(made "$1")
	if release "$@"; then
		say "not refused: $text"
	fi
	grep -q -- "$text" "$scratch/out" || {
		cat "$scratch/out"
		say "does not say: $text"
	}
	[ "$(made "$1")" = "$before" ] || say "$text: left an archive"
}

# change FILE COMMAND: by sed, in the first clone.
change()
{
	sed -i "$2" "$scratch/one/$1"
}

commit()
{
	git -C "$scratch/one" -c user.name=a -c user.email=a@example.com \
	    commit -q --allow-empty -am "$1"
}

git clone -q "$source" "$scratch/one"
change CHANGES.md "0,/^## .*/s//## Unreleased/"
commit 'a snapshot'
git clone -q "$scratch/one" "$scratch/two"
release one || { cat "$scratch/out"; say "failed"; }
(umask 077; cd "$scratch/two" && TZ=Asia/Tokyo LC_ALL=C.UTF-8 \
    dist/release.sh --no-build >"$scratch/out")
cmp "$scratch"/one/build-release/*.tar.gz "$scratch"/two/build-release/*.tar.gz
(cd "$scratch/one/build-release" && sha256sum --quiet -c ./*.sha256)
tar -tvzf "$scratch"/one/build-release/*.tar.gz >"$scratch/list"
grep -q '^-rwxr-xr-x root/root .*/run$' "$scratch/list" || say "no run in it"
! grep -qv ' root/root ' "$scratch/list" || say "a user's name in it"
ls "$scratch"/one/build-release/countersign-*-????????-????????.tar.gz

refused 'unknown option' one --signed
refused 'nothing: not a commit' one nothing
echo >>"$scratch/one/README.md"
refused 'changes that are not committed' one
git -C "$scratch/one" checkout -q README.md

# A release has its version, here 7.8.9, in each file that HACKING.md lists.
change CHANGES.md "0,/^## .*/s//## 7.8.9, 2026-11-27/"
commit 'a heading'
refused 'CHANGES.md: "7.8.9, 2026-11-27" on top' one
while IFS='|' read -r file complaint command; do
	[ -z "$complaint" ] || refused "$file: $complaint" one
	change "$file" "$command"
	commit "$file"
done <<'END'
meson.build||3s/'.*'/'7.8.9'/
dist/debian/changelog|its first entry is not of 7.8.9|1s/(.*)/(7.8.9-1)/
dist/rpm/countersign.spec|it is not of 7.8.9|s/^Version: .*/Version: 7.8.9/
README.md|it is not of 7.8.9|s/^This is version [^ ,]*[0-9]/This is version 7.8.9/
SECURITY.md|it does not support the 7.x series|s/ the [0-9.x]* series/ the 7.x series/
tests/formats/meson.build|it has no 7.8|s/'0.1'/&, '7.8'/
END
version=7.8.9

mkdir -m 700 "$GNUPGHOME"
refused 'nobody@example.com: cannot sign' one --sign nobody@example.com
gpg --batch --quiet --passphrase '' --quick-generate-key \
    'Test <test@example.com>' ed25519 sign never 2>"$scratch/gpg.log"
release one --sign test@example.com || { cat "$scratch/out"; say "failed"; }
for file in "countersign-$version.tar.gz" "countersign-$version.tar.gz.sha256"; do
	gpg --quiet --verify "$scratch/one/build-release/$file.asc" \
	    "$scratch/one/build-release/$file" 2>>"$scratch/gpg.log"
done

# Without a signature, that of another archive must not stay beside it.
release one || { cat "$scratch/out"; say "failed"; }
[ -e "$scratch/one/build-release/countersign-$version.tar.gz" ] ||
    say "no archive"
[ -z "$(find "$scratch/one/build-release" -name '*.asc' -o -name '*.new')" ] ||
    say "a signature stays"
(cd "$scratch/one/build-release" && sha256sum --quiet -c ./*.sha256)
echo "the same twice, and signed"
