#!/bin/bash
# SPDX-License-Identifier: ISC
#
# Keys are pushed by the default sync_command to a real sshd, set up with the
# lines of countersign-key(8), by the users that the packages make.  The other
# host is a mount namespace with /etc/countersign, /var/lib and a sshd of its
# own.

# shellcheck disable=SC2034
E2E_PRIVATE=(openssh-server)
# shellcheck source=tests/e2e/lib/harness.sh
. "$(dirname "$0")/lib/harness.sh"
# shellcheck source=tests/e2e/lib/howto.sh
. "$E2E_LIB/howto.sh"

PORT=2222
KEYS=/var/lib/countersign/keys
OTHER=$SCRATCH/other		# files of the other host
PAGE=$SCRATCH/page
SSHD=/usr/sbin/sshd
[ -x "$SSHD" ] || SSHD=$E2E_UNPACKED/openssh-server/usr/sbin/sshd
MANPAGE=$E2E_TOP/man/countersign-key.8

# block FIRST: the lines of the page's display that begins with this line.
block()
{
	awk -v first="$1" '
	    !shown && index($0, first) == 1 { shown = inside = 1 }
	    /^\.Ed/ { inside = 0 }
	    inside' "$MANPAGE"
}

# accounts: as systemd-sysusers makes them, and sshd's own.
accounts()
{
	local name id=8800 nologin=/usr/sbin/nologin

	for name in countersign countersign-keys sshd; do
		id=$((id + 1))
		sed -i "/^$name:/d" /etc/passwd /etc/group /etc/shadow
		echo "$name:x:$id:" >>/etc/group
		echo "$name:x:$id:$id::/:$nologin" >>/etc/passwd
		echo "$name:*:20000::::::" >>/etc/shadow
	done
}

conf()
{
	cat <<-CONF
	socket = "unix:/var/lib/countersign/socket"
	host   = "$1"
	$2
	CONF
}

# as_keys COMMAND...: as the timer would, on the host that rotates.
as_keys()
{
	(cd / && setpriv --reuid countersign-keys --regid countersign-keys \
	    --clear-groups env -i PATH=/usr/local/sbin:/usr/bin:/bin "$@")
}

key()
{
	as_keys countersign-key "$@"
}

# fails_with STATUS TEXT COMMAND...
fails_with()
{
	local want=$1 text=$2 status=0 output

	shift 2
	output=$("$@" 2>&1) || status=$?
	printf '%s\n' "$output"
	[ "$status" -eq "$want" ] && grep -q "$text" <<<"$output"
}

# In the namespace of the other host.
other()
{
	nsenter --mount --target "$(cat "$OTHER/pid")" "$@"
}

same_state()
{
	cmp "$KEYS/example.com/state" <(other cat "$KEYS/example.com/state")
}

has_files()
{
	[ "$(other find "$KEYS/example.com" -name '*.pem' -perm 0400 \
	    -user countersign-keys | wc -l)" -eq "$1" ]
}

runs_only_receive()
{
	local output

	output=$(as_keys ssh -oBatchMode=yes mx2 id </dev/null 2>&1)
	printf '%s\n' "$output"
	! grep -q 'uid=' <<<"$output"
}

# The other host, until its sshd ends.
cat >"$SCRATCH/other.sh" <<SH
set -e
mount -t tmpfs -o mode=0755 tmpfs /var/lib
mount --bind "$OTHER/etc" /etc/countersign
install -d /var/lib/countersign
install -d -m 0700 -o countersign-keys -g countersign-keys "$KEYS"
exec "$SSHD" -D -e -f "$OTHER/sshd_config"
SH

howto_private || die "no private /etc, /run and /var/lib here"
accounts
mount -t tmpfs -o mode=0755 tmpfs /usr/local/sbin || die "no /usr/local/sbin"
install -m 0755 "$E2E_BUILD/countersign-key" /usr/local/sbin
mkdir -p "$OTHER/etc" "$PAGE" /run/sshd /etc/ssh/ssh_config.d
rm -f /etc/ssh/ssh_config.d/*
echo 'Include /etc/ssh/ssh_config.d/*.conf' >/etc/ssh/ssh_config
install -d /etc/countersign /var/lib/countersign
install -d -m 0700 -o countersign-keys -g countersign-keys "$KEYS"
conf mx1 'sync_hosts = { "mx2" }' >/etc/countersign/countersign.conf
sed -i 's/^sync_hosts/rotation { sync_hosts/; /sync_hosts/s/$/ }/' \
    /etc/countersign/countersign.conf
conf mx2 'follower = yes' >"$OTHER/etc/countersign.conf"

# The host that rotates, as the page says.
block '# ssh-keygen' | sed 's/^# //' >"$PAGE/key.sh"
check "the page makes a key for ssh" sh -e "$PAGE/key.sh"
block 'Host mx2' | sed "s/HostName .*/HostName 127.0.0.1/
    s/Port .*/Port $PORT/" >/etc/ssh/ssh_config.d/countersign.conf
check "and its configuration" grep -q "Port $PORT" \
    /etc/ssh/ssh_config.d/countersign.conf

# The other host.
ssh-keygen -q -t ed25519 -N '' -f "$OTHER/host_key"
block '# usermod' | sed 's/^# //' >"$PAGE/shell.sh"
{
	cat <<-CONF
	ListenAddress 127.0.0.1
	Port $PORT
	HostKey $OTHER/host_key
	PidFile none
	CONF
	for path in "$E2E_UNPACKED"/openssh-server/usr/lib/openssh/sshd-*; do
		case $path in
		*/sshd-session)	echo "SshdSessionPath $path" ;;
		*/sshd-auth)	echo "SshdAuthPath $path" ;;
		esac
	done
	block 'Match User countersign-keys'
} >"$OTHER/sshd_config"
block 'restrict,command=' | sed "s,/usr/sbin/,/usr/local/sbin/,
    s|ssh-ed25519 .*|$(cat /etc/countersign/sync_key.pub)|" \
    >"$OTHER/etc/sync_authorized_keys"
chmod 0644 "$OTHER/etc/sync_authorized_keys"
unshare --mount sh "$SCRATCH/other.sh" 2>"$OTHER/sshd.log" &
echo $! >"$OTHER/pid"
check "sshd starts" wait_for 60 port_open $PORT

check "the first key is made, but the host key of the other is not known" \
    fails_with 1 'mx2: keys not pushed: /usr/bin/ssh: .*verification failed' \
    key generate example.com --algorithm ed25519
sed "s|^|mx2 |; s| [^ ]*\$||" "$OTHER/host_key.pub" \
    >/etc/countersign/sync_known_hosts
check "without a shell there, it fails" fails_with 1 \
    'mx2: keys not pushed' key sync
check "the page gives it one" sh -e "$PAGE/shell.sh"
check "keys are pushed" fails_with 0 '^mx2: 1 domain changed, 0 failed$' \
    key sync
check "the other host has them" same_state
check "and the key file, for nobody else to read" has_files 1
check "it has proved that it can sign" fails_with 0 '^mx2: last complete' \
    key sync --status
check "a key that is made by hand is pushed" key generate example.com \
    --algorithm ed25519
check "with its file" has_files 2
check "as its state" same_state
check "this key can do nothing else there" runs_only_receive

stop_by_pid "$(cat "$OTHER/pid")"
check "a host that is down is named" fails_with 1 \
    'mx2: keys not pushed: /usr/bin/ssh: .*[Cc]onnection refused' key sync

e2e_finish
