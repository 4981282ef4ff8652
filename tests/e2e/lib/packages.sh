# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# Debian packages: what is missing is installed, and said; what would start a
# service is unpacked instead.  The lists are in tests/packages.txt.

packages_of()
{
	local group

	for group; do
		awk -v group="$group" '$1 == group { print $2 }' \
		    "$E2E_TOP/tests/packages.txt"
	done
}

packages_missing()
{
	local package

	for package; do
		[ "$(dpkg-query -W -f '${db:Status-Status}' "$package" \
		    2>/dev/null)" = installed ] || echo "$package"
	done
}

# packages_install PACKAGE...: those that are missing.
packages_install()
{
	local missing package

	command -v apt-get >/dev/null || {
		echo "no apt-get here: install these yourself: $*" >&2
		return 1
	}
	mapfile -t missing < <(packages_missing "$@" |
	    while read -r package; do
		packages_absent "$package" || echo "$package"
	    done)
	[ ${#missing[@]} -eq 0 ] && return 0
	if [ "$(id -u)" -ne 0 ]; then
		echo "root is needed to install: ${missing[*]}" >&2
		return 1
	fi
	progress "installing ${missing[*]}"
	packages_apt install -y --no-install-recommends "${missing[@]}"
}

# Run apt-get quietly; package lists are fetched when it fails without.
packages_apt()
{
	local log apt=(env DEBIAN_FRONTEND=noninteractive apt-get -q
	    -o DPkg::Lock::Timeout=600)

	log=$(mktemp) || return 1
	if ! "${apt[@]}" "$@" >"$log" 2>&1 && {
	    ! "${apt[@]}" update >"$log" 2>&1 ||
	    ! "${apt[@]}" "$@" >"$log" 2>&1; }
	then
		echo "apt-get $* failed:" >&2
		tail -5 "$log" >&2
		rm -f "$log"
		return 1
	fi
	rm -f "$log"
}

# packages_download DIRECTORY PACKAGE...: into that folder; those that are in
# this distribution are left in $downloaded.
packages_download()
{
	local directory=$1 package

	shift
	downloaded=("$@")
	mkdir -p "$directory" || return 1
	# One call for all takes far less time than one for each.
	(cd "$directory" && packages_apt download "$@") && return 0
	downloaded=()
	for package; do
		if packages_absent "$package"; then
			progress "$package: not in this distribution"
		else
			downloaded+=("$package")
		fi
	done
	[ ${#downloaded[@]} -lt $# ] || return 1
	[ ${#downloaded[@]} -eq 0 ] || (cd "$directory" &&
	    packages_apt download "${downloaded[@]}")
}

# packages_unpack DIRECTORY PACKAGE...: each into DIRECTORY/PACKAGE.  The
# libraries that they need are ordinary packages and get installed; not those
# of web pages.
packages_unpack()
{
	local directory=$1 package deb missing=() downloaded libraries=()

	shift
	for package; do
		[ -d "$directory/$package" ] || missing+=("$package")
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	progress "unpacking privately: ${missing[*]}"
	packages_download "$directory/deb" "${missing[@]}" || return 1
	for package in "${downloaded[@]}"; do
		deb=$(echo "$directory/deb/${package}_"*.deb)
		dpkg -x "$deb" "$directory/$package" &&
		    packages_relocate "$directory/$package" || return 1
		mapfile -t -O ${#libraries[@]} libraries < <(
		    dpkg-deb -f "$deb" Depends | tr ',' '\n' |
		    sed -n '/^ *libjs-/d; s/^ *\(lib[^ |(]*\).*/\1/p')
	done
	[ ${#libraries[@]} -eq 0 ] || packages_install "${libraries[@]}"
}

# packages_absent PACKAGE: whether it may be missing and apt does not have it.
# A package that others only refer to has no description, but no error either.
packages_absent()
{
	packages_of optional extra | grep -qx "$1" &&
	    [ -z "$(apt-cache show "$1" 2>/dev/null)" ]
}

# packages_relocate DIRECTORY: Debian's Postfix calls some scripts of its own
# by their installed names, since 3.10 for every start.
packages_relocate()
{
	local script

	for script in "$1"/usr/lib/postfix/sbin/post-install \
	    "$1"/usr/lib/postfix/configure-instance.sh; do
		[ ! -f "$script" ] || sed -i \
		    "s,\(^\|[[:blank:]]\)\(/usr/lib/postfix/[a-z]\),\1$1\2,g" \
		    "$script" || return 1
	done
}

# packages_newest PROGRAM: of the versions of PostgreSQL that are installed.
packages_newest()
{
	compgen -G "/usr/lib/postgresql/*/bin/$1" | tail -n 1
}

# packages_private PACKAGE...: those whose program is not installed here.
packages_private()
{
	local package program

	for package; do
		case $package in
		bind9)		program=/usr/sbin/named ;;
		krb5-admin-server) program=/usr/sbin/kadmin.local ;;
		krb5-kdc)	program=/usr/sbin/krb5kdc ;;
		knot)		program=/usr/sbin/knotd ;;
		libfaketime)
			program=$(compgen -G \
			    '/usr/lib/*/faketime/libfaketime.so.1') ;;
		logrotate)	program=/usr/sbin/logrotate ;;
		nsd)		program=/usr/sbin/nsd ;;
		opendkim)	program=/usr/sbin/opendkim ;;
		opendmarc)	program=/usr/sbin/opendmarc ;;
		openssh-server)	program=/usr/sbin/sshd ;;
		pdns-server)	program=/usr/sbin/pdns_server ;;
		postgresql-client-*) program=$(packages_newest psql) ;;
		postgresql-*)	program=$(packages_newest postgres) ;;
		prometheus)	program=/usr/bin/prometheus ;;
		prometheus-node-exporter)
			program=/usr/bin/prometheus-node-exporter ;;
		postfix)	program=/usr/lib/postfix/sbin/master ;;
		rspamd)		program=/usr/bin/rspamadm ;;
		sasl2-bin)	program=/usr/sbin/saslpasswd2 ;;
		sendmail-bin)	program=/usr/libexec/sendmail/sendmail ;;
		sendmail-cf)	program=/usr/share/sendmail/cf/m4/cf.m4 ;;
		unbound)	program=/usr/sbin/unbound ;;
		*)		program= ;;
		esac
		[ -e "$program" ] || echo "$package"
	done
}
