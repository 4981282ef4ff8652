# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# Stages of debian.sh: a fresh machine with Sendmail and a name server, and on
# it, three commands to the first signed mail.

machine_sendmail()
{
	check "a fresh machine, with Sendmail and a name server" \
	    sendmail_machine_made
}

sendmail_machine_made()
{
	local needed=(dbus debconf iproute2 knot libcryptx-perl libmail-dkim-perl
	    libsasl2-modules libsasl2-modules-db opendkim-tools openssl procps
	    python3-dkim python3-dnspython python3-nacl sasl2-bin sendmail
	    systemd systemd-sysv)

	repository_made
	in_root "export DEBIAN_FRONTEND=noninteractive
	apt-get -q update
	apt-get -q install -y --no-install-recommends ${needed[*]}
	apt-get -q install -y -d --no-install-recommends countersign
	rm /usr/sbin/policy-rc.d
	! dpkg -s countersign"
}

booted_sendmail()
{
	check "test setup-sendmail" in_machine \
	    "dist/debian/tests/setup-sendmail"
}
