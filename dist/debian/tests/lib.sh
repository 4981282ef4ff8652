# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# What the tests of the packages share.  Sourced in the source tree, as root,
# on a machine that systemd has booted and that may be thrown away.

set -eEu
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
CONF=/etc/countersign/countersign.conf
KEYS=/var/lib/countersign/keys
: "${AUTOPKGTEST_TMP:=$(mktemp -d)}"
# The milter must be able to read a configuration there.
chmod 0755 "$AUTOPKGTEST_TMP"

fail()
{
	echo "FAILED: $*" >&2
	exit 1
}

# The command, and what the services said, if a test ends before its time.
trap 'echo "FAILED: $BASH_COMMAND" >&2
journalctl --no-pager -n 20 -u "countersign-*" >&2' ERR

# wait_for SECONDS COMMAND...
wait_for()
{
	local end=$((SECONDS + $1))

	shift
	until "$@" >"$AUTOPKGTEST_TMP/waited" 2>&1; do
		if [ "$SECONDS" -ge "$end" ]; then
			cat "$AUTOPKGTEST_TMP/waited" >&2
			return 1
		fi
		sleep 0.1
	done
}

# Whether others use this machine, so that times say nothing about us: more
# processes want to run than there are CPUs.
is_busy()
{
	awk -v ncpus="$(nproc)" '{ exit $2 <= ncpus }' /proc/loadavg
}

is_active()
{
	[ "$(systemctl is-active "$1")" = active ]
}

# install VERSION: of the packages that the programs need.  A configuration that
# was changed is kept, which is what dpkg proposes when it asks.
install()
{
	apt-get -q install -y --allow-downgrades --no-install-recommends \
	    -o Dpkg::Options::=--force-confold \
	    "countersign=$1" "libdkimsig0=$1"
}

installed_version()
{
	dpkg-query -W -f '${Version}' countersign
}

# The version of the tree, and the newest one before it; empty if none.
this_version()
{
	dpkg-parsechangelog -l dist/debian/changelog -S Version
}

previous_version()
{
	apt-cache madison countersign | awk '{ print $3 }' |
	    while read -r version; do
		dpkg --compare-versions "$version" ge "$(this_version)" ||
		    echo "$version"
	    done | head -n 1
}

# A name server for example.com that accepts updates, this host's resolver.  At
# another address than that of the loopback, it has other clients.
: "${DNS_ADDRESS:=127.0.0.1}"
dns_start()
{
	local secret

	[ ! -f /etc/knot/countersign.tsig ] || return 0
	secret=$(head -c 32 /dev/urandom | base64)
	cat >/etc/knot/knot.conf <<-CONF
	server:
	    rundir: /run/knot
	    user: knot:knot
	    listen: $DNS_ADDRESS@53
	database:
	    storage: /var/lib/knot
	key:
	  - id: countersign
	    algorithm: hmac-sha256
	    secret: $secret
	acl:
	  - id: countersign
	    key: countersign
	    action: update
	template:
	  - id: default
	    storage: /var/lib/knot
	zone:
	  - domain: example.com
	    acl: countersign
	CONF
	cat >/var/lib/knot/example.com.zone <<-ZONE
	\$ORIGIN example.com.
	\$TTL 1
	@ SOA ns hostmaster 1 3600 600 86400 1
	@ NS ns
	ns A $DNS_ADDRESS
	@ A 127.0.0.1
	ZONE
	chown knot:knot /var/lib/knot/example.com.zone
	systemctl restart knot
	echo "nameserver $DNS_ADDRESS" >/etc/resolv.conf
	echo "hmac-sha256:countersign:$secret" >/etc/knot/countersign.tsig
}

# Postfix with the service of the example, and a mailbox.
postfix_start()
{
	[ ! -d /home/alice ] || return 0
	useradd --create-home alice
	command install -m 0640 -o alice -g mail /dev/null /var/mail/alice
	echo '127.0.0.1 localhost relay.example.net' >/etc/hosts
	postconf -e myhostname=relay.example.net myorigin=relay.example.net \
	    mydestination=relay.example.net inet_protocols=ipv4 \
	    'mynetworks=127.0.0.0/8' maillog_file=/var/log/mail.log
	cat /usr/share/doc/countersign/examples/master.cf \
	    >>/etc/postfix/master.cf
	newaliases
	systemctl restart postfix
}

# What is signed, and how keys are published, with TIMES in section rotation.
countersign_configure()
{
	command install -m 0640 -g countersign-keys \
	    "${TSIG:-/etc/knot/countersign.tsig}" /etc/countersign/tsig.key
	cat >"$CONF" <<-CONF
	socket       = "unix:/var/spool/postfix/countersign/milter.sock"
	socket_group = "postfix"
	source "our servers" {
	    networks      = { "127.0.0.2" }
	    trust_network = true
	    domains       = { "example.com" }
	}
	rotation {
	    publish         = "update"
	    tsig_key        = "/etc/countersign/tsig.key"
	    check_resolvers = none
	    ${TIMES:-}
	}
	CONF
	countersign-milter -n
}

# The milter with keys that sign for example.com.
countersign_start()
{
	countersign_configure
	[ -d "$KEYS/example.com" ] || countersign-key add example.com
	systemctl enable --now countersign-milter countersign-rotate.timer
	wait_for 120 keys_are_active || fail "the keys do not become active"
}

keys_are_active()
{
	systemctl start countersign-rotate
	countersign-key list
	[ "$(countersign-key list | grep -cw active)" -eq 2 ]
}

# All that a first mail needs.
relay_start()
{
	command -v countersign-milter || apt-get -q install -y \
	    --no-install-recommends countersign
	dns_start
	postfix_start
	countersign_start
}

# send NAME CLIENT: prints the reply.
send()
{
	/usr/bin/python3 tests/bare/mail.py "$1" "$2" 10025
}

arrived()
{
	/usr/bin/python3 tests/bare/mail.py --arrived "$1" \
	    >"$AUTOPKGTEST_TMP/$1.eml"
}

# arrives_signed NAME: with two signatures that a foreign verifier passes.
arrives_signed()
{
	local file=$AUTOPKGTEST_TMP/$1.eml

	wait_for 60 arrived "$1" || fail "$1 does not arrive"
	[ "$(grep -ci '^DKIM-Signature:' "$file")" -eq 2 ] ||
	    fail "$1 does not have two signatures"
	dkimverify --index 0 <"$file"
	dkimverify --index 1 <"$file"
	countersign-doctor verify <"$file"
}

# A message is signed, or deferred until it is.
number=0
mail_is_signed()
{
	local reply try

	number=$((number + 1))
	for ((try = 1; ; try++)); do
		[ "$try" -le 100 ] || fail "mail is deferred for ever"
		reply=$(send "signed-$$-$number" 127.0.0.2 2>&1 | tail -n 1) || :
		case $reply in
		250*)	break ;;
		4[0-9][0-9]*) sleep 0.2 ;;
		*)	fail "reply $reply" ;;
		esac
	done
	arrives_signed "signed-$$-$number" >"$AUTOPKGTEST_TMP/verified"
}

# A sum of all keys and of what is known of them.
keys_sum()
{
	(cd "$KEYS" && cat ./*/*.pem ./*/state | sha256sum)
}

# The names of the records in DNS.
record_names()
{
	countersign-key show example.com --json | /usr/bin/python3 -c '
import json, sys
for record in json.load(sys.stdin):
    print(record["name"])'
}
