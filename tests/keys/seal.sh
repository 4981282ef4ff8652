#!/bin/sh
# SPDX-License-Identifier: ISC
#
# countersign-key seal and unseal: a whole life of a sealed store, what goes
# wrong with its KEK, and kills at each system call that changes a file.
# shellcheck source=tests/keys/lib.sh
. "$(dirname "$0")/lib.sh"

one=$scratch/one
two=$scratch/two
none=$scratch/none
mkdir -m 0700 "$one" "$two" "$none"
umask 077
openssl rand -base64 32 >"$one/countersign.kek"
openssl rand -base64 32 >"$two/countersign.kek"
umask 022

# with FOLDER: its credentials, from now on.
with()
{
	CREDENTIALS_DIRECTORY=$1
	export CREDENTIALS_DIRECTORY
}

# sealed NUMBER: so many key files are sealed, and all others are not.
sealed()
{
	nsealed=0
	for pem in "$keydir"/*/*.pem; do
		case $(head -n 1 "$pem") in
		'countersign-sealed 1 '*)	nsealed=$((nsealed + 1)) ;;
		'-----BEGIN PRIVATE KEY-----')	;;
		*)	fail "$pem is neither" ;;
		esac
		[ "$(stat -c %a "$pem")" = 400 ] || fail "mode of $pem"
	done
	checks=$((checks + 1))
	[ "$nsealed" -eq "$1" ] || fail "$nsealed sealed files, want $1"
}

with "$none"
expect 0 generate example.com --algorithm ed25519 --selector a
expect 0 generate example.com --algorithm rsa2048 --selector b
expect 0 generate example.org --algorithm ed25519 --selector c
cp -a "$keydir/example.com/b.pem" "$scratch/b.pem"

# Without a KEK nothing is changed.
expect 1 seal
says "$err" 'this process has no KEK: see SEALED KEYS in'
[ ! -e "$keydir/seal" ] || fail "seal was written"
with "$one"
expect 0 seal --dry-run
says "$out" '^3 keys of 2 domains to be converted, 0 already sealed$'
[ ! -e "$keydir/seal" ] || fail "seal was written by a dry run"
sealed 0
chmod 0444 "$one/countersign.kek"
key seal
[ "$status" -eq 1 ] || fail "a KEK that all can read: $status"
says "$err" 'mode 0444, so others can read this KEK: chmod 0400'
chmod 0400 "$one/countersign.kek"

# An old key without a proof gets one.
sed -i 's/ proof=[^ ]*//' "$keydir/example.org/state"
expect 0 seal
says "$out" '^KEK [0-9a-f]\{16\} opens this store; new keys are sealed'
says "$out" '^example.com: 2 keys sealed$'
says "$out" '^3 keys of 2 domains sealed, 0 already sealed$'
says "$keydir/example.org/state" ' proof=[^ ]*$'
says "$keydir/example.com/log" ' b seal: its file is sealed$'
sealed 3
expect 0 seal
says "$out" '^0 keys of 0 domains sealed, 3 already sealed$'

# From birth, whoever makes them; who has no KEK can do all but unseal.
with "$none"
expect 0 generate example.com --algorithm ed25519 --selector d
(umask 077; openssl genpkey -algorithm ed25519 -out "$scratch/key.pem")
expect 0 import pem example.net e "$scratch/key.pem"
expect 0 import pem example.net e "$scratch/key.pem"
says "$out" 'already'
sealed 5
expect 0 activate --force example.com a
expect 0 show example.com
expect 1 unseal
says "$err" 'has no KEK'
sealed 5
mv "$keydir/example.com/d.pem" "$scratch/d.pem"
cp -p "$keydir/example.com/a.pem" "$keydir/example.com/d.pem"
key activate --force example.com d
[ "$status" -eq 1 ] || fail "the file of another key: $status"
says "$err" 'd.pem: damaged, or the sealed file of another key'
mv -f "$scratch/d.pem" "$keydir/example.com/d.pem"
expect 0 activate --force example.com d

# The wrong KEK.
with "$two"
expect 1 unseal
says "$err" 'is sealed with KEK [0-9a-f]\{16\}, but this process has KEK '
expect 1 seal
says "$err" 'but this process has KEK '

# A new KEK: first beside the old one, then alone.
with "$one"
expect 0 seal --new-kek "$two/countersign.kek"
says "$out" '^KEK [0-9a-f]\{16\} or [0-9a-f]\{16\} opens this store'
with "$two"
expect 0 seal
says "$out" '^KEK [0-9a-f]\{16\} opens this store'
with "$one"
expect 1 unseal
with "$two"
expect 0 unseal
says "$out" '^5 keys of 3 domains unsealed, 0 already unsealed$'
says "$out" '^the store is no longer sealed$'
sealed 0
[ ! -e "$keydir/seal" ] || fail "seal is left"
cmp -s "$keydir/example.com/b.pem" "$scratch/b.pem" || fail "b is changed"
expect 0 unseal
says "$out" '^0 keys of 0 domains unsealed, 5 already unsealed$'

# A store that is half sealed, and one whose state is lost.
with "$one"
expect 0 seal
cp -p "$scratch/b.pem" "$keydir/example.com/b.pem"
sealed 4
expect 0 seal
says "$out" '^1 key of 1 domain sealed, 4 already sealed$'
mv "$keydir/example.net/state" "$scratch/state"
key unseal
[ "$status" -eq 1 ] || fail "without a state: $status"
says "$err" 'example.net/state: no such file, but key files (e)'
[ -e "$keydir/seal" ] || fail "seal is gone, but a key is sealed"
mv "$scratch/state" "$keydir/example.net/state"
expect 0 unseal
says "$out" '^1 key of 1 domain unsealed, 4 already unsealed$'

# The keys of a host in a fleet are sealed with the store, or nobody could open
# them once it is unsealed.
mkdir -m 0700 "$keydir/.fleet"
(umask 077; openssl genpkey -algorithm ed25519 -out "$scratch/host.key"
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 \
    -out "$scratch/wrap.key")
for name in host.key wrap.key; do
	install -m 0400 "$scratch/$name" "$keydir/.fleet/$name"
done
expect 0 seal --dry-run
says "$out" '^host.key of this host.s fleet: to be converted$'
expect 0 seal
for name in host.key wrap.key; do
	says "$out" "^$name of this host.s fleet: sealed\$"
	says "$keydir/.fleet/$name" '^countersign-sealed 1 '
	[ "$(stat -c %a "$keydir/.fleet/$name")" = 400 ] || fail "mode: $name"
done
cp -p "$keydir/.fleet/host.key" "$scratch/sealed.key"
cp -pf "$keydir/.fleet/wrap.key" "$keydir/.fleet/host.key"
key unseal
[ "$status" -eq 1 ] || fail "the key of another name: $status"
says "$err" 'fleet/host.key: cannot be opened: damaged, or the sealed file of'
[ -e "$keydir/seal" ] || fail "seal is gone, but a key of the host is sealed"
cp -pf "$scratch/sealed.key" "$keydir/.fleet/host.key"
expect 0 unseal
for name in host.key wrap.key; do
	cmp -s "$keydir/.fleet/$name" "$scratch/$name" || fail "$name changed"
done
rm -rf "$keydir/.fleet"

# The file with the KEK, by the configuration.
cat >"$scratch/conf" <<EOF
keydir = "$keydir"
kek_file = "$two/countersign.kek"
source "ours" {
	networks = { "127.0.0.1/32" }
	trust_network = true
	domains = { "example.com" }
}
EOF
with "$none"
expect 0 -c "$scratch/conf" seal
expect 0 -c "$scratch/conf" list
expect 0 -c "$scratch/conf" unseal

# -- Kills -----------------------------------------------------------------

: "${KILLAT:?names the preloaded library}"
[ -f "$KILLAT" ] || done_testing
with "$one"
rm -rf "$keydir/example.net" "$keydir/example.org"
rm "$keydir"/example.com/[bd].*
sed -i '/^[bd] /d' "$keydir/example.com/state"
expect 0 generate example.com --algorithm ed25519 --selector f

# kill_all COMMAND FROM: at each call, from that store.  Then the command is run
# again, and all is unsealed; each key is as it was.
kill_all()
{
	for mode in kill half; do
		n=0
		while :; do
			n=$((n + 1))
			rm -rf "$keydir"
			cp -a "$2" "$keydir"
			# The subshell keeps the shell's word out of the log.
			(LD_PRELOAD=$KILLAT KILLAT_MODE=$mode KILLAT_N=$n \
			    "$COUNTERSIGN_KEY" -k "$keydir" "$1"
			    exit $?) >"$out" 2>"$err"
			[ $? -eq 137 ] || break
			expect 0 "$1"
			[ ! -e "$keydir/example.com/.new" ] || fail "left .new"
			if [ "$1" = seal ]; then
				sealed 2
				expect 0 unseal
			fi
			sealed 0
			for selector in a f; do
				cmp -s "$scratch/plain/$selector.pem" \
				    "$keydir/example.com/$selector.pem" ||
				    fail "$selector is another key"
			done
		done
		[ "$n" -gt 5 ] || fail "$1: only $n calls: not preloaded?"
		echo "$1: $mode: killed at each of $((n - 1)) calls"
	done
}

cp -a "$keydir/example.com" "$scratch/plain"
cp -a "$keydir" "$scratch/unsealed"
kill_all seal "$scratch/unsealed"
rm -rf "$keydir"
cp -a "$scratch/unsealed" "$keydir"
expect 0 seal
cp -a "$keydir" "$scratch/sealed"
kill_all unseal "$scratch/sealed"
done_testing
