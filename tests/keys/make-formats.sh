#!/bin/sh
# SPDX-License-Identifier: ISC
#
# usage: make-formats.sh FOLDER
#
# Makes the files of the key store that tests/formats keeps of a version: by
# the commands themselves, in the life of two domains on a host that rotates,
# with a host that is down, a name server that is dead, a stream, notices, a
# compromised key and a removed one; then all private keys are sealed.  The
# environment is that of the tests of keys; ./run formats sets it.
# shellcheck source=tests/keys/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/keys/zone.sh
. "$(dirname "$0")/zone.sh"
# shellcheck source=tests/keys/followers.sh
. "$(dirname "$0")/followers.sh"
to=${1:?usage: make-formats.sh FOLDER}

printf '#!/bin/sh\ncat >/dev/null\n' >"$scratch/tell"
chmod 0755 "$scratch/tell"
mkdir -m 0700 "$first"
on_first "notify_hook = \"$scratch/tell\"
	contact = \"ops@example.net\"
	algorithm = both"
sed -i 's/algorithm = rsa2048//' "$conf"
cat >>"$conf" <<EOF
source "desk" {
	networks = { "192.0.2.1" }
	trust_network = true
	domains = { "example.org" }
	keys = "desk"
}
EOF
touch "$down/third"
at 0 0 rotate
# What both sides of a push say.
sed -i "s|^exec env|tee -a $scratch/sync \| env|; s|receive\$|receive \| tee -a $scratch/sync|" \
    "$scratch/ssh"
at 1 0 add example.com
sort -u "$scratch/sync" >"$scratch/lines"
at 1 10 add example.org
for hour in 1 2 3; do
	echo $((epoch + hour * 3600)) >"$scratch/time"
	ahead=$((hour * 3600))
	at_work rotate
done
at_work sync
selector=$(selector_of 1 example.com)
at_work activate example.com --force
at_work compromise example.com "$selector"
# One server of the zone stops answering, and a record vanishes.
sed -i "s/servers = { \"127.0.0.1@$port\" }\$/servers = { \"127.0.0.1@$port\", \"192.0.2.53\" }/" \
    "$conf"
sed -i '$d' "$records"
ahead=$((100 * day))
echo $((epoch + ahead)) >"$scratch/time"
at_work rotate
umask 077
mkdir "$scratch/kek"
openssl rand -base64 32 >"$scratch/kek/countersign.kek"
CREDENTIALS_DIRECTORY=$scratch/kek
export CREDENTIALS_DIRECTORY
rm -rf "$to/store" "$to/plain"
mkdir -p "$to/store" "$to/plain"
cp "$first"/example.org/*.pem "$to/plain"
"$COUNTERSIGN_KEY" -c "$conf" -k "$keydir" seal >"$out" 2>"$err"
[ $? -eq 0 ] || fail "seal"
(cd "$first" && find . -type f ! -name '.*' ! -name '*.used') | while read -r file; do
	mkdir -p "$to/store/$(dirname "$file")"
	# No program depends on where it was made.
	sed "s|$scratch|/usr/local/libexec|g" "$first/$file" \
	    >"$to/store/$file"
	chmod 0644 "$to/store/$file"
done
cp "$scratch/lines" "$to/sync"
cp "$scratch/kek/countersign.kek" "$to/kek"
chmod -R u+rw,go+r "$to"
"$COUNTERSIGN_KEY" --version >"$to/version"
