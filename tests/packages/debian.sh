#!/bin/bash
# SPDX-License-Identifier: ISC
#
# usage: debian.sh SUITE
#
# Builds the packages on a fresh Debian with ./run deb, also those of a version
# before, and runs dist/debian/tests with them on another fresh machine, which
# systemd-nspawn boots without a network.  On suites after Debian 12, only those
# of installation, first mail, services, sealed keys, Prometheus, setup and the
# fleet are run.
#
# The version before is the last commit whose milter began as root, without
# units for the signers.  Where git does not have it, as in a shallow clone, it
# is this tree, and the name of the case says so.
#
#   PACKAGES         a directory with packages, instead of building them
#   PACKAGES_STAGES  some of the stages: builder machine booted, and
#                    builder machine_setup booted_setup for the test setup,
#                    builder machine_sendmail booted_sendmail for the same
#                    with Sendmail; builder_only machine_fleet network_fleet
#                    for docs/fleet.md with three machines, as with the name
#                    SUITE-fleet in ./run
#   PACKAGES_TESTS   some of the tests of the stage booted

SUITE=${1:?usage: debian.sh SUITE}
# shellcheck source=tests/packages/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/packages/sendmail.sh
. "$(dirname "$0")/sendmail.sh"
# shellcheck source=tests/packages/fleet.sh
. "$(dirname "$0")/fleet.sh"

OLD=0.0.9~
case $SUITE in
bookworm)	TESTS=(install first-mail services sealed logrotate prometheus
		    rotation upgrade remove purge) ;;
*)		TESTS=(install first-mail services sealed prometheus) ;;
esac
[ -z "${PACKAGES_TESTS:-}" ] || read -ra TESTS <<<"$PACKAGES_TESTS"

builder_only()
{
	check "builds packages that lintian accepts" in_root "./run deb"
	keep_packages
}

builder()
{
	builder_only
	[ "$SUITE" = bookworm ] || return 0
	check "a lost symbol fails the build" lost_symbol
	build_before
}

build_before()
{
	local commit tree=/root/countersign from="this very tree, for git has no"

	if commit=$(commit_before); then
		tree=/root/before from="commit ${commit::7}"
	else
		from+=" commit with the units of old"
	fi
	check "builds a version before: $from" tree_before "$commit" "$tree"
	keep_packages "$tree"
}

# The parent of the commit that gave the signers a socket.
commit_before()
{
	local added

	added=$(git -C "$E2E_TOP" log --diff-filter=A --format=%H -n 1 -- \
	    dist/systemd/countersign-signer.socket 2>/dev/null) &&
	    [ -n "$added" ] &&
	    git -C "$E2E_TOP" rev-parse --verify --quiet "$added^{commit}~1"
}

tree_before()
{
	if [ -n "$1" ]; then
		mkdir "$ROOT$2"
		git -C "$E2E_TOP" archive "$1" | tar -C "$ROOT$2" -xf - ||
		    return 1
	fi
	in_root "cd $2; ./run deb $OLD"
}

# keep_packages [TREE]
keep_packages()
{
	mkdir -p "$SCRATCH/packages"
	cp "$ROOT${1:-/root/countersign}"/build-deb/*.deb "$SCRATCH/packages"
}

# The package of the library is compared with its list of symbols.
lost_symbol()
{
	in_root 'mkdir /tmp/lost
	cp -r . /tmp/lost/tree
	cp -r dist/debian /tmp/lost/tree/debian
	cd /tmp/lost/tree
	mkdir -p debian/libdkimsig0/DEBIAN
	dpkg-deb -x build-deb/libdkimsig0_*.deb debian/libdkimsig0
	dpkg-gensymbols -c4 -plibdkimsig0 -Pdebian/libdkimsig0
	echo " dkimsig_signer_lost@DKIMSIG_0 0.1.0" >>debian/libdkimsig0.symbols
	! dpkg-gensymbols -c4 -plibdkimsig0 -Pdebian/libdkimsig0
	rm -r /tmp/lost'
}

# All that the tests need is installed or downloaded.
machine()
{
	check "a fresh machine with a name server" machine_made
}

# The packages, where apt finds them.
repository_made()
{
	mkdir -p "$ROOT/root/repository"
	cp "$SCRATCH"/packages/*.deb "$ROOT/root/repository"
	(cd "$SCRATCH/packages" && dpkg-scanpackages -m . \
	    >"$ROOT/root/repository/Packages" 2>/dev/null)
	echo 'deb [trusted=yes] file:/root/repository ./' \
	    >"$ROOT/etc/apt/sources.list.d/countersign.list"
	echo relay.example.net >"$ROOT/etc/mailname"
}

machine_made()
{
	local needed=(curl dbus debconf dpkg-dev gcc iproute2 knot libc6-dev
	    libdkimsig-dev logrotate pkgconf procps python3-dkim
	    python3-dnspython python3-nacl systemd systemd-sysv)
	# For the test of rotation, which starts them itself.
	local servers=(bind9 krb5-admin-server krb5-kdc unbound)

	[ "$SUITE" != bookworm ] ||
	    needed+=("${servers[@]}" bind9-dnsutils ca-certificates krb5-user
	    openssh-client openssh-server openssl)

	repository_made
	in_root "export DEBIAN_FRONTEND=noninteractive
	apt-get -q update
	apt-get -q install -y --no-install-recommends ${needed[*]}
	apt-get -q install -y -d --no-install-recommends countersign postfix \
	    prometheus prometheus-node-exporter
	ln -s /dev/null /etc/systemd/system/named.service
	ln -s /dev/null /etc/systemd/system/unbound.service
	ln -s /dev/null /etc/systemd/system/krb5-kdc.service
	ln -s /dev/null /etc/systemd/system/krb5-admin-server.service
	rm /usr/sbin/policy-rc.d
	! dpkg -s countersign"
}

# On a machine without Postfix; what is in tmpfiles.d works there, too.
installed_quietly()
{
	in_machine 'apt-get -q install -y --no-install-recommends countersign \
	    2>&1 | tee /tmp/installed
	grep "^Setting up countersign" /tmp/installed
	! grep -iwE "fail(ed|ure)?|errors?|warning|unknown|invalid" \
	    /tmp/installed || exit 1
	systemd-tmpfiles --create countersign.conf
	! systemd-tmpfiles --create 2>&1 | grep -E "countersign|postfix" ||
	    exit 1
	! getent group postfix || exit 1
	[ ! -e /var/spool/postfix ]'
}

booted()
{
	local name

	check "apt installs countersign without a complaint" \
	    installed_quietly
	check "a Postfix that comes later has a folder for the socket" \
	    in_machine "! dpkg -s postfix
	apt-get -q install -y --no-install-recommends postfix
	stat -c '%U %G %a' /var/spool/postfix/countersign |
	    grep -x 'countersign postfix 2750'"
	for name in "${TESTS[@]}"; do
		check "test $name" in_machine "dist/debian/tests/$name"
	done
}

# From here to the first signed mail, in three commands.
machine_setup()
{
	check "a fresh machine, with Postfix and a name server" \
	    signing_machine_made postfix
}

# signing_machine_made MTA: all that its way to signed mail needs, and the
# package downloaded, not installed.
signing_machine_made()
{
	local needed=("$1" dbus debconf iproute2 knot libcryptx-perl
	    libmail-dkim-perl libsasl2-modules libsasl2-modules-db
	    opendkim-tools openssl procps python3-dkim python3-dnspython
	    python3-nacl sasl2-bin systemd systemd-sysv)

	repository_made
	in_root "export DEBIAN_FRONTEND=noninteractive
	apt-get -q update
	apt-get -q install -y --no-install-recommends ${needed[*]}
	apt-get -q install -y -d --no-install-recommends countersign
	rm /usr/sbin/policy-rc.d
	! dpkg -s countersign"
}

booted_setup()
{
	check "test setup" in_machine "dist/debian/tests/setup"
}

if [ -n "${PACKAGES:-}" ]; then
	builder_only()
	{
		mkdir "$SCRATCH/packages" && cp "$PACKAGES"/*.deb "$_"
	}
	builder()
	{
		builder_only
	}
fi
STAGES=(builder machine booted machine_setup booted_setup machine_sendmail
    booted_sendmail machine_fleet network_fleet)
[ -z "${PACKAGES_STAGES:-}" ] || read -ra STAGES <<<"$PACKAGES_STAGES"
packages_main "${STAGES[@]}"
