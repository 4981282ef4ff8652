#!/bin/bash
# SPDX-License-Identifier: ISC
#
# usage: rpm.sh     called by ./run test packages rpm
#
# Builds the rpms, and installs, upgrades and removes them with Debian's rpm.
# The root is that of this machine, below a file system in memory that takes all
# changes.  The macros of the scriptlets are those of dist/rpm, not those of
# Fedora, and a package that is only called postfix takes Postfix's place.
#
#   RPMS  a directory with rpms, instead of building them

SUITE=rpm
# shellcheck source=tests/bare/lib.sh
. "$(dirname "$0")/../bare/lib.sh"

packages_built()
{
	[ -n "${RPMS:-}" ] || {
		RPMS=$SCRATCH/rpms
		mkdir "$SCRATCH/build"
		"$E2E_TOP/dist/rpm/build.sh" "$SCRATCH/build" "$RPMS" || return 1
	}
	mkdir "$SCRATCH/packages"
	find "$RPMS" -name '*.rpm' -not -name '*.src.rpm' \
	    -exec cp -t "$SCRATCH/packages" {} +
}

# This machine, but without Postfix and without countersign.
machine_made()
{
	local changes=$SCRATCH/changes

	mkdir "$changes" && mount -t tmpfs tmpfs "$changes" &&
	    mkdir "$changes"/{upper,work,root} || return 1
	ROOT=$changes/root
	mount -t overlay overlay \
	    -o "lowerdir=/,upperdir=$changes/upper,workdir=$changes/work" \
	    "$ROOT" && mount -t proc proc "$ROOT/proc" &&
	    mount -t tmpfs tmpfs "$ROOT/run" && mkdir -p "$ROOT/rpms" \
	    "$ROOT/root/countersign" || return 1
	cp "$SCRATCH"/packages/*.rpm "$ROOT/rpms"
	rm -rf "$ROOT"/var/spool/postfix "$ROOT"/{etc,run,var/lib}/countersign*
	sed -i '/^postfix:/d; /^countersign/d' \
	    "$ROOT"/etc/{passwd,group,shadow,gshadow}
	echo /usr/lib64 >"$ROOT/etc/ld.so.conf.d/lib64.conf"
	in_root "cat >/tmp/postfix.spec <<-'SPEC'
	Name: postfix
	Version: 1
	Release: 1
	Summary: A name
	License: none
	BuildArch: noarch
	%description
	A name.
	%pre
	getent group postfix || groupadd --system postfix
	%install
	mkdir -p %{buildroot}/var/spool/postfix
	%files
	/var/spool/postfix
	SPEC
	rpmbuild -bb --define '_rpmdir /tmp' /tmp/postfix.spec"
}

# Only what says nothing went well.
installed()
{
	in_root 'rpm -i --nodeps /rpms/*.rpm 2>&1 | tee /tmp/said
	! grep -iE "fail|error|warning|scriptlet|unknown" /tmp/said || exit 1
	getent passwd countersign countersign-keys
	stat -c "%n %U %G %a" /var/log/countersign \
	    /var/lib/countersign/keys /etc/countersign/countersign.conf \
	    >/tmp/made
	diff /tmp/made - <<-MADE
	/var/log/countersign countersign countersign 750
	/var/lib/countersign/keys countersign-keys countersign-keys 700
	/etc/countersign/countersign.conf root root 644
	MADE
	! find /etc/systemd -name "countersign*" | grep . || exit 1
	ldconfig
	countersign-milter -n
	countersign-doctor --version
	countersign-fleet -V
	! ldd /usr/sbin/countersign-metrics | grep "not found" || exit 1
	[ ! -e /var/spool/postfix ]'
}

postfix_comes()
{
	in_root 'rpm -i --nodeps /tmp/noarch/postfix-*.rpm
	stat -c "%U %G %a" /var/spool/postfix/countersign |
	    grep -x "countersign postfix 2750"'
}

# The same version again, as rpm sees an upgrade.
upgraded()
{
	in_root 'echo "# changed" >>/etc/countersign/countersign.conf
	rpm -U --nodeps --force /rpms/*.rpm
	tail -n 1 /etc/countersign/countersign.conf | grep -x "# changed"
	! find /etc/systemd -name "countersign*" | grep . || exit 1
	[ "$(rpm -qa | grep -c "^countersign-")" -eq 2 ]'
}

removed()
{
	in_root 'countersign-key generate example.com
	find /var/lib/countersign/keys -type f | xargs sha256sum >/tmp/sums
	grep "\.pem" /tmp/sums
	touch /var/log/countersign/audit.json
	mkdir -p /etc/postfix
	echo "smtpd_milters = unix:countersign/milter.sock" \
	    >/etc/postfix/main.cf
	rpm -e --nodeps countersign-fleet countersign libdkimsig \
	    libdkimsig-devel 2>&1 |
	    tee /tmp/said
	grep "main.cf still names the milter" /tmp/said
	sha256sum -c /tmp/sums
	[ -f /var/log/countersign/audit.json ]
	grep -x "# changed" /etc/countersign/countersign.conf.rpmsave
	! ls /usr/sbin/countersign-* /usr/lib64/libdkimsig* || exit 1'
}

if [ -z "${RPM_INSIDE:-}" ]; then
	[ "$(id -u)" -eq 0 ] || die "root is needed, for mounts"
	SCRATCH=$(mktemp -d "${TMPDIR:-/tmp}/countersign-rpm.XXXXXXXX") ||
	    exit 1
	export SCRATCH
	trap bare_remove EXIT
	RPM_INSIDE=1 unshare --mount --pid --fork --kill-child bash "$0"
	status=$?
	cat "$SCRATCH/report"
	exit "$status"
fi
check "the rpms are built" packages_built
check "a machine with rpm, and without Postfix" machine_made
check "installed: accounts, folders, and nothing is enabled" installed
check "Postfix that comes later has a folder for the socket" postfix_comes
check "upgraded: a changed configuration is kept" upgraded
check "removed: keys, logs and configuration are kept" removed
bare_finish
