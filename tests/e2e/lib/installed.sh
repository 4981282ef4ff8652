# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# A mail server at its usual place, as if its package were installed: in the
# mount namespace of the test, /usr, /etc and the folders of /var that it uses
# get a layer above them, so nothing outside is changed.

# installed_layer PACKAGE...: the files of unpacked packages, and room to write.
installed_layer()
{
	local layers=$SCRATCH/layers package usr='' etc='' directory

	mkdir -p "$layers" && mount -t tmpfs none "$layers" || die "no tmpfs"
	for package; do
		[ ! -d "$E2E_UNPACKED/$package/usr" ] ||
		    usr+=$E2E_UNPACKED/$package/usr:
		[ ! -d "$E2E_UNPACKED/$package/etc" ] ||
		    etc+=$E2E_UNPACKED/$package/etc:
	done
	for directory in etc var/lib var/spool run usr; do
		mkdir -p "$layers/$directory/up" "$layers/$directory/work"
		case $directory in
		usr) installed_mount "$usr" "$directory" "$layers/usr" ;;
		etc) installed_mount "$etc" "$directory" "$layers/etc" ;;
		*) installed_mount '' "$directory" "$layers/$directory" ;;
		esac
	done
	mount --bind "$SCRATCH/resolv.conf" /etc/resolv.conf &&
	    mount --bind "$SCRATCH/hosts" /etc/hosts || die "no names"
}

installed_mount()
{
	mount -t overlay none -o \
	    "lowerdir=$1/$2,upperdir=$3/up,workdir=$3/work" "/$2" ||
	    die "no layer above /$2"
}

# installed_user NAME...: system users, each with a group of its own.
installed_user()
{
	local name

	for name; do
		getent group "$name" >/dev/null || groupadd --system "$name"
		getent passwd "$name" >/dev/null ||
		    useradd --system --no-create-home -d /nonexistent \
		    -g "$name" -s /usr/sbin/nologin "$name"
	done
}

# Postfix as Debian sets it up, on port 25.
installed_postfix()
{
	installed_layer postfix
	installed_user postfix countersign countersign-keys
	getent group postdrop >/dev/null || groupadd --system postdrop
	mkdir -p /var/lib/postfix /var/spool/postfix
	chown postfix: /var/lib/postfix
	cp /usr/share/postfix/master.cf.dist /etc/postfix/master.cf
	cat >/etc/postfix/main.cf
	touch /etc/aliases
	installed_quick
	postfix check >>"$SCRATCH/postfix.log" 2>&1 &&
	    postfix start >>"$SCRATCH/postfix.log" 2>&1 ||
	    die "Postfix did not start: $(tail -3 "$SCRATCH/postfix.log")"
}

# Postfix waits until a file is two seconds old before it reads it.  For the
# tests, files are always old: postconf, which writes them, comes first in PATH.
installed_quick()
{
	mkdir -p "$SCRATCH/bin"
	cat >"$SCRATCH/bin/postconf" <<-'SCRIPT'
	#!/bin/sh
	/usr/sbin/postconf "$@"
	status=$?
	touch -c -d '1 minute ago' /etc/postfix/main.cf /etc/postfix/master.cf
	exit "$status"
	SCRIPT
	chmod +x "$SCRATCH/bin/postconf"
	PATH=$SCRATCH/bin:$PATH
	postconf -n >/dev/null
}
