#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Run as root on another user's store: all that is made belongs to that user,
# who can then work with it himself; a third one cannot.
. "$(dirname "$0")/lib.sh"

[ "$(id -u)" -eq 0 ] || { echo "needs root"; exit 77; }
command -v setpriv >/dev/null || { echo "needs setpriv"; exit 77; }
chmod 711 "$scratch"
# A copy of program and library: the build may be where others cannot read.
cp "$COUNTERSIGN_KEY" "$scratch/countersign-key"
cp "$(dirname "$COUNTERSIGN_KEY")"/lib/dkimsig/libdkimsig.so.0 "$scratch/"
chmod 755 "$scratch/countersign-key" "$scratch/libdkimsig.so.0"
chown 4321:4322 "$keydir"

helper=$COUNTERSIGN_KEY
expect 0 generate example.com --algorithm ed25519 --selector s1
expect 0 activate --force example.com
wrong=$(find "$keydir" ! -uid 4321 -o ! -gid 4322)
[ "$wrong" = "" ] || fail "not the owner's: $wrong"

COUNTERSIGN_KEY=$scratch/countersign-key
as()
{
	uid=$1
	shift
	setpriv --reuid "$uid" --regid 4322 --clear-groups \
	    env LD_LIBRARY_PATH="$scratch" "$COUNTERSIGN_KEY" -k "$keydir" "$@" >"$out" 2>"$err"
	status=$?
	checks=$((checks + 1))
}
as 4321 generate example.com --algorithm ed25519 --selector s2
[ "$status" -eq 0 ] || fail "the owner cannot generate"
as 4321 activate --force example.com
[ "$status" -eq 0 ] || fail "the owner cannot activate"
expect 0 show example.com s2
chmod 750 "$keydir"
as 4323 list
[ "$status" -eq 1 ] || fail "a third user can list"
says "$err" 'owner 4321, but this process runs as 4323'
chmod 700 "$keydir"
as 4323 list
[ "$status" -eq 1 ] || fail "a third user can list"
says "$err" 'as user 4323: Permission denied: mode 0700, owner 4321: run it as root or as the owner'
wrong=$(find "$keydir" ! -uid 4321 -o ! -gid 4322)
[ "$wrong" = "" ] || fail "not the owner's: $wrong"

# A store that root restored: whatever is said to do, the signers can read it
# after that.  daemon is a user of every system.
daemon=$(id -u daemon)
printf 'keydir = "%s"\nkeys_user = "daemon"\n' "$keydir" >"$scratch/conf"
restored()
{
	"$helper" -c "$scratch/conf" "$@" >"$out" 2>"$err"
	status=$?
	checks=$((checks + 1))
}
# obeyed: what the last message says is done, with success.
obeyed()
{
	fix=$(sed -n 's/.*: \(chown .*\)/\1/p' "$err")
	[ -n "$fix" ] || fail "no command"
	case $fix in
	*root*|*" 0 "*)	fail "it gives to root: $fix" ;;
	esac
	$fix || fail "the command does not work: $fix"
}
chown -R root "$keydir"
restored list
[ "$status" -eq 1 ] || fail "a store of root: exit $status"
says "$err" "^countersign-key: $keydir: mode 0700, owner root, but the signers run as daemon: chown -R daemon $keydir\$"
obeyed
restored list
[ "$status" -eq 0 ] || fail "the command is not enough"
[ -z "$(find "$keydir" ! -uid "$daemon")" ] || fail "some belong to another"

# Parts of it.
for path in "$keydir/example.com" "$keydir/example.com/state" \
    "$keydir/example.com/s2.pem"; do
	chown root "$path"
	restored activate --force --dry-run example.com s2
	[ "$status" -eq 1 ] || fail "$path of root: exit $status"
	says "$err" "$path: .*mode 0[0-7]*, owner root, want owner daemon: chown "
	obeyed
	restored activate --force --dry-run example.com s2
	[ "$status" -eq 0 ] || fail "the command is not enough"
done

# Where the signers are not known root is no better.
chown root "$keydir"
"$helper" -k "$keydir" list >"$out" 2>"$err" && fail "a key directory of root"
says "$err" "owner daemon, but the key directory belongs to root: everything must belong"
obeyed
restored list
[ "$status" -eq 0 ] || fail "the command is not enough"

# The signers' user says the same of what it cannot read.
chmod 644 "$scratch/conf"
chown -R root "$keydir"
COUNTERSIGN_KEY=$scratch/countersign-key
setpriv --reuid "$daemon" --clear-groups env LD_LIBRARY_PATH="$scratch" \
    "$COUNTERSIGN_KEY" -c "$scratch/conf" list >"$out" 2>"$err" &&
    fail "daemon reads what is root's"
says "$err" "$keydir: cannot open, as user daemon: Permission denied: mode 0700, owner root, want owner daemon: chown -R daemon $keydir\$"
obeyed
done_testing
