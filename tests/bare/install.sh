#!/bin/bash
# SPDX-License-Identifier: ISC
#
# usage: install.sh SUITE
#
# Obeys the five steps of docs/install.md, block by block as they stand there,
# on a fresh Debian with its Postfix, in its chroot, until a signed mail has
# arrived and a foreign verifier has passed it.  Debian 13 takes the way without
# systemd.
# Then Sendmail takes Postfix's place.  Both ways are in countersign-milter(8).
# What is no part of the steps: the MTAs' own settings, DNS, and the mail.

SUITE=${1:?usage: install.sh SUITE}
# shellcheck source=tests/bare/lib.sh
. "$(dirname "$0")/lib.sh"

case $SUITE in
bookworm)	BY=systemd ;;
*)		BY=cron ;;
esac
SENDMAIL=(sendmail-bin sendmail-cf sendmail-base sensible-mda procmail m4 make)
SOCKET=var/spool/postfix/countersign/milter.sock

# block HEADING LANGUAGE NUMBER: a code block below a heading of the page.
block()
{
	awk -v heading="$1" -v fence="\`\`\`$2" -v number="$3" '
		!inside && /^#/ { below = $0 ~ "^#+ " heading "$" }
		!below { next }
		/^```/ && inside { inside = wanted = 0; next }
		/^```/ { inside = 1; wanted = $0 == fence && ++n == number }
		/^```/ { next }
		wanted { print; found = 1 }
		END { exit !found }' "$E2E_TOP/docs/install.md" || {
		echo "docs/install.md: no block $3 below \"$1\"" >&2
		return 1
	}
}

# obey HEADING NUMBER: the commands of such a block.
obey()
{
	local commands

	commands=$(block "$1" sh "$2") && echo "$commands" &&
	    in_root "$commands"
}

# manual SUBSECTION NUMBER: a display there in countersign-milter(8).
manual()
{
	local text

	text=$(awk -v heading=".Ss $1" -v number="$2" '
		/^\.S[hs] / { below = $0 == heading }
		/^\.Ed/ { wanted = 0 }
		wanted { print; found = 1 }
		/^\.Bd/ && below { wanted = ++n == number }
		END { exit !found }' "$E2E_TOP/man/countersign-milter.8") || {
		echo "countersign-milter(8): no display $2 below \"$1\"" >&2
		return 1
	}
	sed -e 's/^# //' -e 's/\\e/\\/g' -e 's/\\(ga/`/g' \
	    -e "s/\\\\(aq/'/g" <<<"$text"
}

# obey_manual SUBSECTION NUMBER: the commands of such a display.
obey_manual()
{
	local commands

	commands=$(manual "$1" "$2") && echo "$commands" &&
	    in_root "$commands"
}

with_network()
{
	check "a bare machine with Postfix, of $SUITE" bare_with_postfix
	if [ "$BY" = systemd ]; then
		check "step 1: builds and installs" obey "1[.].*" 1
	else
		check "step 1: builds and installs" build_without_systemd
	fi
	check "each program starts" programs_start
	check "the library is found by other programs" library_is_found
}

bare_with_postfix()
{
	local packages=(postfix knot python3-dkim python3-dnspython
	    python3-nacl)

	# In place of the systemd that such a machine runs.
	[ "$BY" = cron ] || packages+=(systemd-standalone-sysusers
	    systemd-standalone-tmpfiles)
	[ "$BY" = cron ] ||
	    install -m 0755 "$BARE_LIB/systemctl" "$ROOT/usr/local/bin/"
	echo relay.example.net >"$ROOT/etc/mailname"
	in_root "export DEBIAN_FRONTEND=noninteractive
	apt-get -q update
	apt-get -q install -y --no-install-recommends ${packages[*]}
	dpkg-query -W gcc meson 2>/dev/null && exit 1
	# For later, when there is no network.
	apt-get -q install -y -d --no-install-recommends ${SENDMAIL[*]}
	useradd --create-home alice
	install -m 0640 -o alice -g mail /dev/null /var/mail/alice
	postconf -e myhostname=relay.example.net myorigin=relay.example.net \
	    mydestination=relay.example.net inet_protocols=ipv4 \
	    'mynetworks=127.0.0.0/8 10.0.0.0/8' \
	    maillog_file=/var/log/mail.log
	newaliases"
}

build_without_systemd()
{
	local commands

	commands=$(block "1[.].*" sh 1 | sed -n '1s/ -Dsystemd=true//p') &&
	    [ -n "$commands" ] && echo "$commands" && in_root "$commands" &&
	    obey_manual "Without systemd" 1
}

programs_start()
{
	in_root '! ldconfig -p | grep libdkimsig || exit 1
	countersign-milter -V
	countersign-key --version
	countersign-doctor --version
	countersign-metrics 2>&1 | grep "^usage: countersign-metrics "
	countersign-front 2>&1 | grep "^usage: countersign-front "
	countersign-signer 2>&1 | grep "^usage: countersign-signer "'
}

library_is_found()
{
	# shellcheck disable=SC2016
	in_root 'ldconfig
	gcc -o /tmp/consumer tests/api/consumer.c \
	    $(pkg-config --cflags --libs dkimsig)
	/tmp/consumer
	rm /tmp/consumer'
}

without_network()
{
	hostname relay.example.net
	ip addr add 10.20.30.40/8 dev lo
	echo 'nameserver 127.0.0.1' >"$ROOT/etc/resolv.conf"
	echo '127.0.0.1 localhost relay.example.net' >"$ROOT/etc/hosts"
	chroot "$ROOT" /usr/bin/python3 \
	    /root/countersign/tests/bare/syslog.py /var/log/syslog.log &
	check "Postfix runs before" in_root "postfix start"
	check "DNS has the domain" dns_start

	check "step 2: makes the folder" obey "2[.].*" 1
	block "2[.].*" "" 1 \
	    >"$ROOT/etc/countersign/countersign.conf"
	# Its name server is on loopback.
	sed -i "s/^rotation {/&\n    check_resolvers = none/" \
	    "$ROOT/etc/countersign/countersign.conf"
	check "step 2: the page's configuration has no fault" obey "2[.].*" 2
	check "step 3: makes keys" obey "3[.].*" 1
	check "step 3: publishes their records by hand" dns_publish
	check "step 3: all name servers have them" obey "3[.].*" 2
	if [ "$BY" = systemd ]; then
		check "step 4: the service starts" obey "4[.].*" 1
	else
		check "step 4: the milter starts" obey_manual "Without systemd" 2
		check "step 4: cron's lines work" cron_lines
	fi
	check "step 4: the milter is ready when the command ends" \
	    in_root "test -S /$SOCKET"
	check "step 4: the keys become active" wait_for 90 keys_active
	check "step 5: Postfix takes the lines" obey "5[.].*" 1
	check "step 5: the lines shown are those installed" lines_are_shown
	check "mail of our servers is accepted" mail_is_accepted ours \
	    10.20.30.40 10025
	check "it arrives with two signatures that verify" arrives_signed ours
	check "forged mail is refused" mail_is_refused forged 127.0.0.1 10025
	check "mail from a list passes the MX, unsigned" \
	    arrives_unsigned list 127.0.0.1 25
	check "Sendmail takes Postfix's place" sendmail_installed
	check "Sendmail: the manual's configuration has no fault" sendmail_configured
	[ "$BY" = cron ] || check "Sendmail: no folder is for Postfix" \
	    sendmail_only
	check "Sendmail: makes the folder" obey_manual Sendmail 3
	check "Sendmail: the milter starts" in_root "countersign-milter"
	check "Sendmail: takes the line" sendmail_start
	check "Sendmail: mail of our servers is accepted" mail_is_accepted more \
	    10.20.30.40 25
	check "Sendmail: it arrives with two signatures that verify" \
	    arrives_signed more
	bare_finish
}

# The authority for example.com; nothing may be cached for over a second.
dns_start()
{
	mkdir -p "$ROOT/var/lib/bare"
	cat >"$ROOT/var/lib/bare/knot.conf" <<-CONF
	server:
	    rundir: /var/lib/bare
	    listen: 127.0.0.1@53
	database:
	    storage: /var/lib/bare
	template:
	  - id: default
	    storage: /var/lib/bare
	    zonefile-load: whole
	    journal-content: none
	zone:
	  - domain: example.com
	  - domain: example.net
	CONF
	dns_zone example.com >"$ROOT/var/lib/bare/example.com.zone"
	dns_zone example.net >"$ROOT/var/lib/bare/example.net.zone"
	echo 'relay A 127.0.0.1' >>"$ROOT/var/lib/bare/example.net.zone"
	in_root "knotd -d -c /var/lib/bare/knot.conf" &&
	    wait_for 60 in_root ": </dev/tcp/127.0.0.1/53"
}

dns_zone()
{
	cat <<-ZONE
	\$ORIGIN $1.
	\$TTL 1
	@ SOA ns hostmaster $(date +%s) 3600 600 86400 1
	@ NS ns
	ns A 127.0.0.1
	@ A 127.0.0.1
	ZONE
}

# As the administrator would: the lines that the command shows.
dns_publish()
{
	dns_zone example.com >"$ROOT/var/lib/bare/example.com.zone"
	in_root 'countersign-key show example.com --json |
	    /usr/bin/python3 tests/e2e/lib/zone.py \
	    >>/var/lib/bare/example.com.zone
	grep -c DKIM1 /var/lib/bare/example.com.zone
	knotc -c /var/lib/bare/knot.conf zone-reload example.com'
}

# The milter of the line @reboot does not take the socket of the one that
# runs; the hourly line runs as its user.
cron_lines()
{
	local lines user command

	lines=$(manual "Without systemd" 3) || return 1
	read -r _ user command < <(grep '^@reboot' <<<"$lines")
	[ "$user" = root ] && in_root "test -x $command" || return 1
	read -r _ _ _ _ _ user command < <(grep '^17 ' <<<"$lines")
	[ "$user" = countersign-keys ] && hourly "$user" "$command"
}

hourly()
{
	in_root "setpriv --reuid=$1 --regid=$1 --init-groups $2 ||
	    [ \$? -eq 3 ]"
}

# By the commands of step 4, given again and again as the timer does.
keys_active()
{
	obey "4[.].*" 2 >"$SCRATCH/rotate.log" 2>&1
	cat "$SCRATCH/rotate.log"
	[ "$(grep -cw active "$SCRATCH/rotate.log")" -eq 2 ]
}

lines_are_shown()
{
	block "5[.].*" "" 1 >"$SCRATCH/shown" &&
	    grep -v -e '^#' -e '^$' "$E2E_TOP/man/examples/master.cf" |
	    diff "$SCRATCH/shown" -
}

# mail NAME CLIENT PORT: to alice, of example.com.
mail()
{
	in_root "/usr/bin/python3 tests/bare/mail.py $1 $2 $3"
}

mail_is_accepted()
{
	mail "$@" | tee "$SCRATCH/reply" && grep -q '^250 ' "$SCRATCH/reply"
}

mail_is_refused()
{
	mail "$@" | tee "$SCRATCH/reply" &&
	    grep -q '^550 5\.7\.1 ' "$SCRATCH/reply"
}

# arrived NAME: as it stands in alice's mailbox.
arrived()
{
	in_root "/usr/bin/python3 tests/bare/mail.py --arrived $1" \
	    >"$SCRATCH/$1.eml" && cp "$SCRATCH/$1.eml" "$ROOT/tmp/$1.eml"
}

arrives_signed()
{
	wait_for 60 arrived "$1" &&
	    [ "$(grep -ci '^DKIM-Signature:' "$SCRATCH/$1.eml")" -eq 2 ] &&
	    in_root "dkimverify --index 0 </tmp/$1.eml
	    dkimverify --index 1 </tmp/$1.eml
	    countersign-doctor verify </tmp/$1.eml"
}

arrives_unsigned()
{
	mail_is_accepted "$@" && wait_for 60 arrived "$1" &&
	    ! grep -i '^DKIM-Signature:' "$SCRATCH/$1.eml"
}

sendmail_installed()
{
	in_root "postfix stop
	export DEBIAN_FRONTEND=noninteractive
	apt-get -q install -y --no-download --no-install-recommends \
	    ${SENDMAIL[*]}"
}

# Nothing in tmpfiles.d is about Postfix, which this machine may not have.
sendmail_only()
{
	in_root "! grep -r postfix /usr/local/lib/tmpfiles.d"
}

sendmail_configured()
{
	local conf=$ROOT/etc/countersign/countersign.conf

	{
		manual Sendmail 1
		sed '/^socket/d' "$conf"
	} >"$SCRATCH/conf" && cp "$SCRATCH/conf" "$conf" &&
	    in_root "countersign-milter -n"
}

sendmail_start()
{
	manual Sendmail 2 >"$SCRATCH/filter" || return 1
	# However busy the machine is that the test runs on.
	printf 'define(`%s'\'', `10000'\'')\n' confQUEUE_LA confREFUSE_LA \
	    confDELAY_LA >>"$SCRATCH/filter"
	sed -i -e "/^MAILER_DEFINITIONS/{
		e cat '$SCRATCH/filter'
	}" -e '/^DAEMON_OPTIONS/s/127\.0\.0\.1/0.0.0.0/' \
	    "$ROOT/etc/mail/sendmail.mc"
	echo relay.example.net >"$ROOT/etc/mail/local-host-names"
	in_root "make -C /etc/mail
	grep '^Xcountersign, ' /etc/mail/sendmail.cf
	/usr/libexec/sendmail/sendmail -bd -q1m" &&
	    wait_for 60 in_root ": </dev/tcp/10.20.30.40/25"
}

if [ -n "${BARE_STAGE:-}" ]; then
	bare_inside
else
	bare_enter
fi
