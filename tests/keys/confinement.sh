#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Started as root, the command becomes the owner of the keys; what it runs can
# gain no privileges, and gets neither its files, nor its environment, nor
# signals that are ignored.
# shellcheck source=tests/keys/lib.sh
. "$(dirname "$0")/lib.sh"

[ "$(id -u)" -eq 0 ] || { echo "needs root"; exit 77; }
# shellcheck source=tests/keys/zone.sh
. "$(dirname "$0")/zone.sh"

owner=daemon
uid=$(id -u "$owner")
said=$scratch/said
chmod 0711 "$scratch"
chown -R "$owner" "$keydir" "$KEYPOOL"
mkdir -m 1777 "$said"

# A hook that tells what it is given; and what its parent is.  The shell has
# the descriptor of this file, too.
cat >"$scratch/hook" <<EOF
#!/bin/sh
[ "\$1" != batch ] || exit 64
set -- /proc/\$\$/fd/*
for fd; do
	[ -e "\$fd" ] && [ "\$(readlink "\$fd")" != "\$0" ] &&
	    echo "fd \${fd##*/}" >>"$said/list"
done
sed -n 's/^\(Uid\|NoNewPrivs\|SigIgn\|SigBlk\|CapEff\):/& /p' \\
    /proc/self/status >>"$said/list"
sed -n 's/^\(Uid\|NoNewPrivs\|CapEff\):/parent &/p' \\
    /proc/\$PPID/status >>"$said/list"
tr '\0' '\n' </proc/\$\$/environ | sed 's/=.*//; s/^/env /' >>"$said/list"
cat /proc/\$PPID/environ >/dev/null 2>&1 && echo 'parent is open' >>"$said/list"
exit 0
EOF
chmod 0755 "$scratch/hook"

# Such as a caller leaves: signals that are ignored, an open file, a secret.
trap '' INT QUIT TERM USR1
exec 8<"$scratch/tsig"
SECRET_TOKEN=x
export SECRET_TOKEN

# has_said N PATTERN: the hook, in so many lines.
has_said()
{
	checks=$((checks + 1))
	n=$(grep -c -x -E -e "$2" "$said/list")
	[ "$n" -eq "$1" ] || { cat "$said/list"; fail "$n lines: $2"; }
}

# was_confined MORE: each of the programs that have run, with no variable but
# PATH and MORE.
was_confined()
{
	[ -s "$said/list" ] || fail "the hook was not run"
	runs=$(grep -c '^NoNewPrivs' "$said/list")
	has_said "$runs" 'NoNewPrivs:.*1'
	has_said "$runs" 'parent NoNewPrivs:.*1'
	# Two are of the C library alone, which ignores them so.
	has_said "$runs" 'SigIgn:.*0000000(000000000|180000000)'
	has_said "$runs" 'SigBlk:.*0000000000000000'
	has_said "$runs" 'CapEff:.*0000000000000000'
	has_said "$runs" 'parent CapEff:.*0000000000000000'
	has_said "$runs" "Uid:.*$uid.*$uid.*$uid.*$uid"
	has_said "$runs" "parent Uid:.*$uid.*$uid.*$uid.*$uid"
	has_said "$((3 * runs))" 'fd [012]'
	has_said "$((3 * runs))" 'fd .*'
	has_said 0 'parent is open'
	has_said "$runs" 'env PATH'
	grep '^env' "$said/list" | grep -v -x -E "env (PATH|$1)" >&2 &&
	    fail "another variable"
	rm "$said/list"
}

configure hook "notify_hook = \"$scratch/hook\""
at_work add example.com
was_confined COUNTERSIGN_DOMAIN
says "$keydir/example.com/log" '^[^ ]* root [^ ]* generate: '
wrong=$(find "$keydir" ! -user "$owner")
[ -z "$wrong" ] || fail "not the owner's: $wrong"

done_at 0 notify --test
was_confined none

# A program that is to reach another host, at the end of a command that reads
# the files of root before.
configure hook "sync_hosts = { \"second\" }
	sync_command = { \"$scratch/hook\", HOST }"
openssl genrsa -out "$scratch/other.pem" 2048 2>/dev/null
chmod 0600 "$scratch/other.pem"
at_work import pem example.net s1 "$scratch/other.pem"
[ -f "$keydir/example.net/s1.pem" ] || fail "not imported"
was_confined none
wrong=$(find "$keydir" ! -user "$owner")
[ -z "$wrong" ] || fail "not the owner's: $wrong"

# A file that only root may write.
mkdir -m 0700 "$scratch/zones"
done_at 0 export example.com --output "$scratch/zones/new"
[ -s "$scratch/zones/new" ] || fail "nothing is exported"
done_testing
