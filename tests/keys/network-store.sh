#!/bin/sh
# SPDX-License-Identifier: ISC
#
# A store on a network file system is not written to; what reads it goes on.
# shellcheck source=tests/keys/lib.sh
. "$(dirname "$0")/lib.sh"

: "${KILLAT:?names the preloaded library}"
[ -f "$KILLAT" ] || { echo "no $KILLAT: sanitizers are on"; exit 77; }

# on TYPE STATUS ARGUMENTS: the store is on a file system of that number.
on()
{
	number=$1 want=$2
	shift 2
	checks=$((checks + 1))
	LD_PRELOAD=$KILLAT KILLAT_FSTYPE=$number "$COUNTERSIGN_KEY" \
	    -c "$scratch/conf" -k "$keydir" "$@" >"$out" 2>"$err"
	status=$?
	[ "$status" -eq "$want" ] || fail "$* on $number: exit $status"
}

echo 'rotation { publish = manual check_resolvers = none }' >"$scratch/conf"
expect 0 generate example.com --algorithm ed25519 --selector s1
expect 0 generate example.com --algorithm rsa2048 --selector s2
while read -r number name; do
	cp -a "$keydir" "$scratch/kept"
	for command in 'generate example.org' 'generate example.com' \
	    'activate --force example.com s2' 'rotate'; do
		# shellcheck disable=SC2086 # a command and its operands
		on "$number" 1 $command
		says "$err" "^countersign-key: $keydir: is on a network file system ($name)"
		says "$err" 'move the key directory to a local file system'
	done
	diff -r "$scratch/kept" "$keydir" >&2 || fail "$name: changed"
	rm -rf "$scratch/kept"
	for command in list 'list example.com' 'show example.com'; do
		# shellcheck disable=SC2086
		on "$number" 0 $command
		[ ! -s "$err" ] || fail "$name: $command complains"
	done
done <<END
0x6969		NFS
0xff534d42	CIFS
0xfe534d42	SMB
0x517b		SMB
0xc36400	Ceph
0x5346414f	AFS
0x73757245	Coda
0x564c		NCP
END

# ext4, XFS, tmpfs, overlayfs, ZFS, and one that nobody knows.
for number in 0xef53 0x58465342 0x01021994 0x794c7630 0x2fc12fc1 0x12345; do
	on $number 0 generate example.com --algorithm ed25519
done
done_testing
