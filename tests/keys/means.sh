#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The TSIG key and the hook are needed in 90 days by the user of the hourly
# unit, so whoever runs whatever command before is told when that user could
# not use them, with the commands that help.
# shellcheck source=tests/keys/lib.sh
. "$(dirname "$0")/lib.sh"

: "${COUNTERSIGN_MILTER:?names the countersign-milter to test}"
[ "$(id -u)" -eq 0 ] || { echo "needs root"; exit 77; }

# Any user and group that are in the database and are not root.
user=nobody
group=$(id -gn "$user")
other=daemon
chmod 0711 "$scratch"
chmod 0700 "$keydir"
conf=$scratch/conf
tsig=$scratch/tsig.key
chown "$user" "$keydir"

configure()
{
	cat >"$conf" <<END
user = "$other"
keys_user = "$user"
keydir = "$keydir"
dns { servers = { "127.0.0.1@1" } }
source "ours" {
	networks = { "127.0.0.1/32" }
	trust_network = true
	domains = { "example.com", "*.example.com", "new.example",
	    "*.new.example" }
}
rotation {
	publish = $1
	${2:-}
	servers = { "127.0.0.1@1" }
}
END
}

# wrong WORDS FIX: every command says that, in one line, and add makes no key.
wrong()
{
	for command in 'add new.example' rotate check \
	    'compromise example.com' 'publish example.com'; do
		# shellcheck disable=SC2086
		key -c "$conf" $command
		[ "$status" -ne 0 ] || fail "$command: no failure"
		says "$err" "^countersign-key: $1.*$2\$"
		[ "$(grep -c "$1" "$err")" -eq 1 ] || fail "$command: twice"
		[ ! -e "$keydir/new.example" ] ||
		    fail "keys were made before the file was looked at"
	done
	checks=$((checks + 1))
	"$COUNTERSIGN_MILTER" -c "$conf" -n >"$out" 2>"$err" ||
	    fail "-n: a warning is no fault"
	says "$err" "^$conf:13: warning: $1.*$2\$"
}

# right: none has a word about it.
right()
{
	"$COUNTERSIGN_MILTER" -c "$conf" -n >"$out" 2>"$err" || fail "-n"
	# One domain never gets keys here, and that is the only warning.
	sed -i '/ names new.example, which has no keys in /d' "$err"
	says_not "$err" warning
	key -c "$conf" check
	says_not "$err" "$tsig"
	says_not "$err" hook
}

configure manual
key -c "$conf" generate example.com
[ "$status" -eq 0 ] || fail generate
configure update "tsig_key = \"$tsig\""
fix="chown root:$group $tsig; chmod 0640 $tsig"
missing="tsig_key $tsig: No such file or directory"
key -c "$conf" add new.example
says "$err" "$missing: create it with 'tsig-keygen -a hmac-sha256 NAME >$tsig'; $fix"
"$COUNTERSIGN_MILTER" -c "$conf" -n >"$out" 2>"$err" || fail "-n"
says "$err" "^$conf:13: warning: $missing: create it, then $fix\$"

# As the tools leave it: for root alone.
(umask 077; echo 'hmac-sha256:update:YQ==' >"$tsig")
wrong "tsig_key $tsig: user $user cannot read it" "$fix"
# The command in the message is the answer, once and for all.
sh -c "$fix"
right

# owners, groups and modes
while read -r owner mode words; do
	chown "$owner" "$tsig"
	chmod "$mode" "$tsig"
	wrong "tsig_key $tsig: $words" "$fix"
done <<END
root:root	0644	mode 0644 lets everyone use it
root:$group	0660	mode 0660 lets its group change it
root:$other	0640	mode 0640 lets group $other read it
$user:$other	0640	mode 0640 lets group $other read it
$other:$group	0640	it belongs to user $other
$user		0604	mode 0604 lets everyone use it
END
for rights in "$user:root 0400" "$user:$group 0440" "root:$group 0640"; do
	chown "${rights% *}" "$tsig"
	chmod "${rights#* }" "$tsig"
	right
done

# A folder on the way.
mkdir -m 0700 "$scratch/closed"
mv "$tsig" "$scratch/closed/tsig.key"
configure update "tsig_key = \"$scratch/closed/tsig.key\""
wrong "tsig_key $scratch/closed/tsig.key: user $user cannot enter the directory" \
    "chmod o+x $scratch/closed"

# The hook.
hook=$scratch/hook
configure hook "hook = \"$hook\""
wrong "hook $hook: No such file or directory" ""
printf '#!/bin/sh\nexit 0\n' >"$hook"
fix="chown root:root $hook; chmod 0755 $hook"
chmod 0644 "$hook"
wrong "hook $hook: owner root, mode 0644: not an executable file" "$fix"
chmod 0700 "$hook"
wrong "hook $hook: owner root, mode 0700: the user who publishes cannot run" \
    "$fix"
chmod 0757 "$hook"
wrong "hook $hook: owner root, mode 0757: others can change it" "$fix"
chown "$other" "$hook"
chmod 0755 "$hook"
wrong "hook $hook: owner $other, mode 0755: its owner could run anything" \
    "$fix"
sh -c "$fix"
right

# Keys that are due before any can be ready.
configure manual "every = 2m"
"$COUNTERSIGN_MILTER" -c "$conf" -n >"$out" 2>"$err" || fail "-n"
says "$err" "^$conf:11: warning: \"every\" (120s) is not longer than \"ttl\""
configure manual "every = 2h"
right

# A configuration with a secret: the front reads it, and nobody else.
cat >>"$conf" <<END
source "secret" {
	secret_header "X-Secret" { value = { "0123456789abcdef" } }
	domains = { "example.com", "*.example.com" }
}
END
fix="chown root:$other $conf; chmod 0640 $conf"
while read -r owner mode words; do
	chown "$owner" "$conf"
	chmod "$mode" "$conf"
	for program in "$COUNTERSIGN_MILTER -n" \
	    "$COUNTERSIGN_KEY list"; do
		checks=$((checks + 1))
		# shellcheck disable=SC2086
		$program -c "$conf" >"$out" 2>"$err" && fail "$owner $mode"
		says "$err" "^$conf: holds a secret_header: $words: $fix\$"
	done
done <<END
root:root	0644	mode 0644 lets everyone use it
root:root	0640	user $other cannot read it
root:$group	0640	mode 0640 lets group $group read it
END
sh -c "$fix"
"$COUNTERSIGN_MILTER" -c "$conf" -n >"$out" 2>"$err" || fail "the fix is none"
# Without a secret everybody may, but the front must.
configure manual ""
chown root:root "$conf"
chmod 0600 "$conf"
"$COUNTERSIGN_MILTER" -c "$conf" -n >"$out" 2>"$err" && fail "-n: unreadable"
says "$err" "^$conf: user $other must be able to read it, because the front reads it.*: $fix\$"
chmod 0644 "$conf"
"$COUNTERSIGN_MILTER" -c "$conf" -n >"$out" 2>"$err" || fail "-n"
done_testing
