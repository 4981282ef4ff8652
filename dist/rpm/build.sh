#!/bin/bash
# SPDX-License-Identifier: ISC
#
# usage: build.sh SCRATCH OUTPUT     called by ./run rpm
#
# Builds source and binary rpms of this tree with Debian's rpmbuild into OUTPUT,
# a directory that is emptied first, and checks what is in them.  Dependencies
# are not checked, as no package here has Fedora's name.

set -eu -o pipefail
cd "$(dirname "$0")/../.."
scratch=$1 output=$2
: "${E2E_STARTED:=$(date +%s)}"

progress()
{
	printf '# %3ds  %s\n' $(($(date +%s) - E2E_STARTED)) "$*" >&2
}

fail()
{
	echo "$*" >&2
	exit 1
}

run()
{
	"$@" >>"$scratch/log" 2>&1 || {
		tail -40 "$scratch/log" >&2
		fail "$* failed"
	}
}

version=$(sed -n "s/^  version: '\(.*\)',$/\1/p" meson.build)
grep -qx "Version:  *$version" dist/rpm/countersign.spec ||
    fail "dist/rpm/countersign.spec has another version than meson.build"

mkdir -p "$scratch/SOURCES"
tar --exclude='./build*' --exclude=./.git \
    --transform "s,^\.,countersign-$version," -czf \
    "$scratch/SOURCES/countersign-$version.tar.gz" .
cp dist/systemd/countersign.sysusers.conf "$scratch/SOURCES"
progress "building rpms of version $version"
run rpmbuild --load dist/rpm/macros.debian --define "_topdir $scratch" \
    --define "_unpackaged_files_terminate_build 1" --nodeps -ba dist/rpm/countersign.spec
rpms=("$scratch"/RPMS/*/*.rpm)
[ ${#rpms[@]} -eq 4 ] || fail "not four packages: ${rpms[*]}"

# package NAME: its file.
package()
{
	echo "$scratch"/RPMS/*/"$1-$version"-*.rpm
}

# is NAME QUERY WANTED: what rpm answers about that package.
is()
{
	local found

	# shellcheck disable=SC2086
	found=$(rpm -qp $2 "$(package "$1")" 2>"$scratch/rpm.log") ||
	    fail "$(cat "$scratch/rpm.log")"
	[ "$found" = "$3" ] || fail "$1: rpm -qp $2: $found, want: $3"
}

# contents NAME: the files in that package.
contents()
{
	rpm -qpl "$(package "$1")" 2>"$scratch/rpm.log" ||
	    fail "$(cat "$scratch/rpm.log")"
}

# has NAME FILE...
has()
{
	local file

	contents "$1" >"$scratch/files"
	shift
	for file; do
		grep -Fqx "$file" "$scratch/files" || fail "$file: not packaged"
	done
}

# Each file that meson installs is in one package.  rpmbuild has found files
# that are in none; this is to find what was installed, but removed again.
has_all_that_is_installed()
{
	local name license=/usr/share/doc/countersign/LICENSE

	python3 -c 'import json, sys
print(*sorted(set(json.load(sys.stdin).values())), sep="\n")' \
	    <"$scratch/installed.json" |
	    grep -vx "$license" >"$scratch/installed"
	for name in countersign countersign-fleet libdkimsig \
	    libdkimsig-devel; do
		contents "$name"
	done | grep -v '^/usr/lib/\.build-id' | sort >"$scratch/packaged"
	uniq -d "$scratch/packaged" >"$scratch/twice"
	[ ! -s "$scratch/twice" ] ||
	    fail "in two packages: $(cat "$scratch/twice")"
	grep -vFx -f "$scratch/packaged" "$scratch/installed" \
	    >"$scratch/missing" || [ ! -s "$scratch/missing" ] ||
	    fail "comparing with what was installed failed"
	[ ! -s "$scratch/missing" ] ||
	    fail "installed, but not packaged: $(cat "$scratch/missing")"
	progress "$(wc -l <"$scratch/installed") files are installed, all" \
	    "are packaged"
}

progress "checking what is in them"
is countersign "--configfiles" "/etc/countersign/countersign.conf
/etc/logrotate.d/countersign"
has_all_that_is_installed
has countersign \
    /usr/sbin/countersign-{milter,front,signer,key,doctor,metrics} \
    /usr/lib/systemd/system/countersign-{milter,signer,rotate}.service \
    /usr/lib/systemd/system/countersign-{signer.socket,rotate.timer} \
    /usr/lib/{sysusers,tmpfiles}.d/countersign.conf \
    /usr/lib/systemd/system-preset/90-countersign.preset \
    /usr/share/bash-completion/completions/countersign-key \
    /var/log/countersign
has countersign-fleet /usr/sbin/countersign-fleet \
    /usr/lib/systemd/system/countersign-fleet.service \
    /usr/lib/systemd/system/countersign-fleet-watch.{service,timer} \
    /usr/share/countersign/schema/0001.sql
has libdkimsig /usr/lib64/libdkimsig.so.0
has libdkimsig-devel /usr/include/dkimsig.h /usr/lib64/pkgconfig/dkimsig.pc

# Each scriptlet is a valid program of its interpreter, which rpm starts with
# the number of versions that will be installed.
# scriptlets NAME SCRIPTLET...
scriptlets()
{
	local name=$1 scriptlet file

	shift
	for scriptlet; do
		file=$scratch/scriptlet.$name.$scriptlet
		rpm -qp --qf "[%{$scriptlet}\n]" "$(package "$name")" \
		    >"$file" 2>"$scratch/rpm.log"
		grep -q . "$file" || fail "$name, $scriptlet: no scriptlet"
		! grep -n '%[a-z{]' "$file" ||
		    fail "$name, $scriptlet: a macro that is not defined"
		shellcheck -s sh "$file"
	done
}
scriptlets countersign prein postin preun postun triggerscripts
scriptlets countersign-fleet postin preun postun
is countersign "--qf [%{triggername}\n]" postfix
# Nothing is started or enabled by an installation.
! grep -nE 'systemctl +(start|enable|restart)|enable --now' \
    "$scratch"/scriptlet.*.{prein,postin,triggerscripts} ||
    fail "an installation starts services"

progress "hardening"
for name in countersign countersign-fleet libdkimsig; do
	rpm2cpio "$(package "$name")" | (cd "$scratch" && run cpio -idm --quiet)
done
tests/lint/check-hardening.py --cet --fortified \
    "$scratch"/usr/sbin/countersign-* "$scratch"/usr/lib64/libdkimsig.so.0

progress "rpmlint"
rpmlint -c dist/rpm/rpmlint.toml dist/rpm/countersign.spec "${rpms[@]}" |
    tee "$scratch/rpmlint"
grep -q ' 0 errors, 0 warnings' "$scratch/rpmlint" ||
    fail "rpmlint: fix this, or say in dist/rpm/rpmlint.toml why it is right"
rm -rf "$output"
mkdir "$output"
mv "${rpms[@]}" "$scratch"/SRPMS/*.rpm "$output"
progress "packages are in $output/"
