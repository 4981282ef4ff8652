#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Owners, modes, links and damage: each is refused, with the path and the
# command that fixes it.
. "$(dirname "$0")/lib.sh"

expect 0 generate example.com --algorithm ed25519 --selector s1
folder=$keydir/example.com

# uses STATUS: all that is read of a key, its file too.
uses()
{
	expect "$1" activate --force --dry-run example.com s1
}

# loose PATH MODE: with that mode it is refused; the command in the message
# fixes it.
loose()
{
	chmod "$2" "$1"
	uses 1
	says "$err" "^countersign-key: $1: mode 0$2, owner [^ ]*, want mode"
	fix=$(sed 's/.*: \(chmod .*\)/\1/' "$err")
	$fix || fail "the command does not work: $fix"
	uses 0
}

loose "$keydir" 770
loose "$keydir" 701
loose "$folder" 720
loose "$folder" 755
loose "$folder/state" 660
loose "$folder/state" 644
loose "$folder/s1.pem" 440
loose "$folder/s1.pem" 600

if [ "$(id -u)" -eq 0 ]; then
	chown -R 4321 "$keydir"
	for path in "$folder" "$folder/state" "$folder/s1.pem"; do
		chown 65534 "$path"
		uses 1
		says "$err" "$path: .*mode 0[0-7]*, owner [^ ]*, want owner 4321"
		fix=$(sed 's/.*: \(chown .*\)/\1/' "$err")
		$fix || fail "the command does not work: $fix"
		uses 0
	done
	chown -R 0 "$keydir"
fi

# Symbolic links below the key directory.
mv "$folder/s1.pem" "$scratch/s1.pem"
ln -s "$scratch/s1.pem" "$folder/s1.pem"
uses 1
says "$err" 's1.pem: is a symbolic link'
rm "$folder/s1.pem"
mv "$scratch/s1.pem" "$folder/s1.pem"
mv "$folder/state" "$scratch/state"
ln -s "$scratch/state" "$folder/state"
expect 1 list example.com
says "$err" 'state: is a symbolic link'
rm "$folder/state"
mkfifo -m 0640 "$folder/state"
expect 1 list example.com
says "$err" 'state: not a regular file'
rm "$folder/state"
mv "$scratch/state" "$folder/state"
mv "$folder" "$scratch/folder"
ln -s "$scratch/folder" "$folder"
expect 1 show example.com
says "$err" 'example.com: is a symbolic link or a file'
expect 1 generate example.com --algorithm ed25519
rm "$folder"
mv "$scratch/folder" "$folder"
ln -s /dev/null "$folder/log2"
mv "$folder/log" "$scratch/log"
ln -s "$scratch/log" "$folder/log"
expect 1 activate --force example.com
says "$err" 'log: not a regular file'
rm "$folder/log"
mv "$scratch/log" "$folder/log"
expect 0 show example.com

# A damaged state: the line is named, and nothing writes over it.
cp "$folder/state" "$scratch/state"
sed 's/=ed25519-sha256/=ed25519/' "$scratch/state" >"$folder/state"
cp "$folder/state" "$scratch/damaged"
for command in "list example.com" "show example.com" \
    "activate --force example.com" "retire example.com s1" \
    "generate example.com --algorithm ed25519"; do
	expect 1 $command
	says "$err" 'example.com/state: line 2: value of algorithm= .*: fix it'
done
cmp -s "$scratch/damaged" "$folder/state" || fail "written over"
[ "$(ls "$folder"/*.pem)" = "$folder/s1.pem" ] || fail "a key was left"
cp "$scratch/state" "$folder/state"

# A state that was lost is told, not taken for a domain without keys.
rm "$folder/state"
expect 1 list
says "$err" 'example.com/state: no such file.*: restore it from a backup'
cp "$scratch/state" "$folder/state"
chmod 640 "$folder/state"
expect 0 list

# Key files that are not what the state says.
bad_key()
{
	chmod 600 "$folder/s1.pem"
	cat >"$folder/s1.pem"
	chmod 400 "$folder/s1.pem"
	expect 1 activate --force example.com
	says "$err" "s1.pem: $1"
}
echo nonsense | bad_key 'not an unencrypted PKCS#8' || exit 1
openssl genrsa -traditional 2048 2>/dev/null |
    bad_key 'not an unencrypted PKCS#8' || exit 1
openssl genpkey -algorithm ed25519 -aes128 -pass pass:x 2>/dev/null |
    bad_key 'not an unencrypted PKCS#8' || exit 1
openssl genpkey -algorithm rsa 2>/dev/null | bad_key 'not an Ed25519 key' ||
    exit 1
openssl genpkey -algorithm x25519 2>/dev/null | bad_key 'not an Ed25519 key' ||
    exit 1
head -c 20000 /dev/zero | bad_key 'larger than 16384' || exit 1
# Its record is known nevertheless.
expect 0 show example.com
# Another key, which is good: the records in DNS are not its own.
openssl genpkey -algorithm ed25519 2>/dev/null |
    bad_key 'not the key that the state file has for this selector' || exit 1
sed -i 's/ed25519-sha256 \(.*\) public=[^ ]*/rsa-sha256 \1/' "$folder/state"
openssl genpkey -algorithm rsa -pkeyopt rsa_keygen_bits:1024 2>/dev/null |
    bad_key 'RSA key has fewer than 2048 or more than 8192 bits' || exit 1
done_testing
