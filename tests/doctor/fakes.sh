# SPDX-License-Identifier: ISC
# shellcheck shell=sh disable=SC2154
#
# An installation of programs that print what a test wants: postconf and
# countersign-key, beside a copy of countersign-doctor.  What postconf prints is
# in the files main, services and overrides, what countersign-key does in list and
# check, all of them in $fake.  Root runs them as other users.

fake=$scratch/fake
mkdir -p "$fake/bin"
chmod 0755 "$scratch" "$fake" "$fake/bin"
cat >"$fake/bin/postconf" <<EOT
#!/bin/sh
case " \$* " in
*" -M "*)	exec cat "$fake/services" ;;
*" -Px "*)	exec cat "$fake/overrides" ;;
*" -"[xn]*)	exec cat "$fake/main" ;;
*)		echo "\$*: unexpected" >&2; exit 1 ;;
esac
EOT
cat >"$fake/bin/countersign-key" <<EOT
#!/bin/sh
exec cat "$fake/\$1"
EOT
cp "$COUNTERSIGN_DOCTOR" "$fake/bin/countersign-doctor"
COUNTERSIGN_DOCTOR=$fake/bin/countersign-doctor
chmod 0755 "$fake/bin"/*
PATH=$fake/bin:$PATH
export PATH
user=$(id -un)
keys_user=$user
[ "$user" != root ] || { user="daemon"; keys_user="uucp"; }
conf=$scratch/countersign.conf

# postfix [LINE...]: this main.cf, and one service, without anything of its own.
postfix()
{
	printf '%s\n' 'compatibility_level = 3.6' 'mail_version = 3.7.11' \
	    'config_directory = /etc/postfix' "queue_directory = $scratch" \
	    "mail_owner = $user" "$@" >"$fake/main"
	echo 'smtp inet n - n - - smtpd' >"$fake/services"
	: >"$fake/overrides"
}

# configure SOURCE [LINE...]: a configuration with one source, and more.
configure()
{
	{
		printf '%s\n' "keydir = \"$scratch/keys\"" "user = \"$user\"" \
		    "keys_user = \"$keys_user\"" \
		    "socket = \"unix:$scratch/socket\""
		printf 'source "platform" {\n%s\n}\n' "$1"
		shift
		[ $# -eq 0 ] || printf '%s\n' "$@"
	} >"$conf"
	chmod 0644 "$conf"
}

mkdir -m 0700 "$scratch/keys"
[ "$user" = "$keys_user" ] || chown "$keys_user" "$scratch/keys"
echo '{"domains": 1, "problems": [], "last_run": null}' >"$fake/list"
echo '[]' >"$fake/check"
postfix

# doctor: its findings, in $out; all that it prints is ASCII without controls.
doctor()
{
	checks=$((checks + 1))
	"$COUNTERSIGN_DOCTOR" -c "$conf" "$@" >"$out" 2>"$err"
	status=$?
	as_schema doctor "$@"
	[ "$status" -le 3 ] || fail "doctor $*: exit status $status"
	[ ! -s "$err" ] || fail "doctor $*: words on standard error"
	! LC_ALL=C grep -q '[^ -~]' "$out" || fail "doctor $*: control characters"
}

# has ID STATE [TEXT]: there is such a finding.
has()
{
	doctor --json
	jq -e --arg id "$1" --arg state "$2" --arg text "${3:-}" \
	    'any(.findings[]; .id == $id and .state == $state and
	    (.text | contains($text)))' "$out" >/dev/null ||
	    fail "$1: there is no such $2: ${3:-}"
}
