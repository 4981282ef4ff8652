# SPDX-License-Identifier: ISC
# shellcheck shell=sh
#
# A host that rotates and two that follow it, to be sourced after zone.sh.  A
# program stands in for ssh.

# shellcheck disable=SC2154
first=$scratch/first second=$scratch/second third=$scratch/third
down=$scratch/down		# hosts that cannot be reached have a file there
mkdir "$down"
for host in second third; do
	printf 'host = "%s.example"\nfollower = yes\nkeydir = "%s"\nkeys_user = "%s"\n' \
	    "$host" "$scratch/$host" "$(id -un)" >"$scratch/$host.conf"
done

# What ssh would run, at the same time as the other host.
cat >"$scratch/ssh" <<END
#!/bin/sh
[ ! -e "$down/\$1" ] || { echo "connect to host \$1: No route to host" >&2; exit 255; }
[ ! -e "$scratch/strike" ] || . "$scratch/strike"
exec env LD_PRELOAD="$preload" KILLAT_TIME="\$(cat "$scratch/time")" \
    "$COUNTERSIGN_KEY" -w 5 -c "$scratch/\$1.conf" receive
END
chmod 0755 "$scratch/ssh"

# on_first [MORE]: commands run on the host that rotates.
on_first()
{
	configure hook "sync_hosts = { \"second\", \"third\" }
	sync_command = { \"$scratch/ssh\", HOST }
	${1:-}"
	printf 'host = "first.example"\n' >>"$conf"
	keydir=$first
}

# at STATUS SECONDS ARGUMENTS: on the first host, and the others have the same
# time.
at()
{
	echo $((epoch + $2)) >"$scratch/time"
	ends_at "$@"
}

# follows HOST...: each has what the first host has, safe from other users.
follows()
{
	checks=$((checks + 1))
	for host; do
		for state in "$first"/*/state; do
			domain=${state%/state}
			domain=${domain##*/}
			cmp -s "$state" "$scratch/$host/$domain/state" || {
				diff "$state" "$scratch/$host/$domain/state" >&2
				fail "$host: another state of $domain"
			}
		done
		whole "$host"
		(cd "$first" && find . -name '*.pem' | sort) >"$scratch/want"
		(cd "$scratch/$host" && find . -name '*.pem' | sort) |
		    cmp -s - "$scratch/want" || fail "$host: other key files"
		cmp -s "$first/rotator" "$scratch/$host/rotator" ||
		    fail "$host: another rotator"
	done
}

# whole HOST: its state names no key that is not there, and nobody else may read
# a key.
whole()
{
	checks=$((checks + 1))
	[ -e "$scratch/$1" ] || return 0
	[ -z "$(find "$scratch/$1" -name '*.pem' -perm /0377)" ] ||
	    fail "$1: a key file that others can read"
	[ -z "$(find "$scratch/$1" -type f -perm /0137 ! -name '.*')" ] ||
	    fail "$1: a file with too open a mode"
	for state in "$scratch/$1"/*/state; do
		[ -e "$state" ] || continue
		grep -v -e '^countersign-keys' -e ' removed=' \
		    -e ' unfinished=' "$state" | while read -r selector _; do
			is_whole "${state%state}$selector.pem" || {
				echo "$1: no key $selector"
				break
			}
		done >"$scratch/missing"
		[ ! -s "$scratch/missing" ] || fail "$(cat "$scratch/missing")"
	done
}

