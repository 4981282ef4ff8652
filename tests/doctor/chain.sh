#!/bin/bash
# SPDX-License-Identifier: ISC
#
# countersign-doctor without a command: a whole installation in which each thing
# is broken in turn.  The finding must be there, with its id; the command that is
# printed below it is run, twice, and then nothing may be wrong.
#
# All of it has its own /etc, network and processes.  The milter, the keys and
# DNS are real; systemctl is a script that keeps the properties of units in files
# and starts the milter.

if [ -z "${CHAIN_INSIDE:-}" ]; then
	[ "$(id -u)" -eq 0 ] || { echo "needs root"; exit 77; }
	namespaces=(--net --mount --pid --fork --mount-proc --kill-child)
	unshare "${namespaces[@]}" true 2>/dev/null ||
	    { echo "no namespaces here"; exit 77; }
	CHAIN_INSIDE=1 exec unshare "${namespaces[@]}" \
	    --propagation private "$0"
fi

# shellcheck source=tests/doctor/lib.sh
. "$(dirname "$0")/lib.sh"

export LC_ALL=C
chmod 0711 "$scratch"
programs=$(dirname "$COUNTERSIGN_DOCTOR")
keydir=$scratch/keys
conf=/etc/countersign/countersign.conf
units=$scratch/units
mkdir "$scratch/etc" "$scratch/sbin" "$scratch/log" "$units"

# -- The machine ------------------------------------------------------------

cp -a /etc/. "$scratch/etc"
mount --bind "$scratch/etc" /etc || fail "no /etc of our own"
mount -t tmpfs none /run || fail "no /run of our own"
mount --bind "$scratch/sbin" /usr/local/sbin || fail "no programs of our own"
export PATH=/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin
# A copy of each: the build may be where other users cannot read.
for program in doctor front key milter signer; do
	cp "$programs/countersign-$program" /usr/local/sbin/
done
COUNTERSIGN_DOCTOR=/usr/local/sbin/countersign-doctor
ip link set lo up
for user in countersign countersign-keys; do
	useradd --system --no-create-home --shell /usr/sbin/nologin "$user" \
	    2>"$err" || [ $? -eq 9 ] || fail "useradd $user"
done
mkdir -p /etc/countersign/conf.d
install -d -o countersign -g countersign /run/countersign

# systemctl: each property of a unit is a file in $units/UNIT.
cat >/usr/local/sbin/systemctl <<'EOT'
#!/bin/bash
[ ! -e "$UNITS/offline" ] || { echo "not booted with systemd" >&2; exit 1; }

set_all()
{
	local unit=$1 pair

	shift
	for pair; do
		[ ! -d "$UNITS/$unit" ] ||
		    echo "${pair#*=}" >"$UNITS/$unit/${pair%%=*}"
	done
}

# get UNIT PROPERTY: $value, without a process: a report wants some hundred.
get()
{
	value=
	[ -e "$UNITS/$1/$2" ] || return 1
	IFS= read -r -d "" value <"$UNITS/$1/$2" || :
	value=${value%$'\n'}
}

# is UNIT PROPERTY VALUE
is()
{
	get "$1" "$2" && [ "$value" = "$3" ]
}

is_milter()
{
	[ "$1" = countersign-milter.service ]
}

start()
{
	set_all "$1" ActiveState=active Result=success
	! is_milter "$1" || [ -e "$UNITS/pid" ] ||
	    "$UNITS/../milter" start
}

stop()
{
	set_all "$1" ActiveState=inactive
	! is_milter "$1" || [ ! -e "$UNITS/pid" ] || "$UNITS/../milter" stop
}

command=$1
shift
case $command in
show)
	properties=$3
	shift 3
	first=yes
	for unit; do
		[ -n "$first" ] || echo
		first=
		if [ ! -d "$UNITS/$unit" ]; then
			echo LoadState=not-found
			echo ActiveState=inactive
			continue
		fi
		for property in ${properties//,/ }; do
			! get "$unit" "$property" || echo "$property=$value"
		done
	done ;;
start)
	if is "$1" Result start-limit-hit; then
		echo "Start request repeated too quickly." >&2
		exit 1
	fi
	start "$1" ;;
restart)
	stop "$1"
	start "$1" ;;
try-restart)
	if is "$1" ActiveState active; then
		stop "$1"
		start "$1"
	fi ;;
enable)
	if [ "$1" = --now ]; then
		shift
		start "$1"
	fi
	set_all "$1" UnitFileState=enabled ;;
reset-failed)
	if is "$1" ActiveState inactive; then
		echo "Unit $1 not loaded." >&2
		exit 1
	fi
	! is "$1" ActiveState failed ||
	    set_all "$1" ActiveState=inactive Result=success
	set_all "$1" NRestarts=0 ;;
daemon-reload)
	for folder in "$UNITS"/*.*; do
		unit=$(basename "$folder")
		set_all "$unit" NeedDaemonReload=no
		more=$(sed -n 's/^ReadWritePaths=//p' \
		    "/etc/systemd/system/$unit.d"/*.conf 2>/dev/null |
		    tr '\n' ' ')
		set_all "$unit" "ReadWritePaths=-$LOG $more"
		more=$(sed -n 's/^BindPaths=//p' \
		    "/etc/systemd/system/$unit.d"/*.conf 2>/dev/null)
		set_all "$unit" "BindPaths=/var/lib/x:/var/lib/x:rbind $more"
	done ;;
*)
	echo "systemctl $command: not known here" >&2
	exit 1 ;;
esac
exit 0
EOT
# The milter, as systemd would start and stop it.
cat >"$scratch/milter" <<EOT
#!/bin/bash
case \$1 in
start)
	[ ! -e "$units/few-files" ] || ulimit -n 512
	countersign-milter -f >>"$scratch/milter.log" 2>&1 </dev/null &
	echo \$! >"$units/pid"
	for i in {1..200}; do
		countersign-doctor ping >/dev/null 2>&1 && exit 0
		sleep 0.05
	done
	echo "the milter does not start" >&2
	tail -20 "$scratch/milter.log" >&2
	exit 1 ;;
stop)
	pid=\$(cat "$units/pid")
	kill "\$pid"
	for i in {1..400}; do
		kill -0 "\$pid" 2>/dev/null || break
		sleep 0.05
	done
	rm -f "$units/pid" ;;
esac
EOT
# Its environment is not ours.
sed -i "s,\$UNITS,$units,g; s,\$LOG,$scratch/log," /usr/local/sbin/systemctl
chmod 0755 /usr/local/sbin/systemctl "$scratch/milter"

# unit NAME STATE UNIT-FILE-STATE
unit()
{
	mkdir -p "$units/$1"
	echo loaded >"$units/$1/LoadState"
	echo "$2" >"$units/$1/ActiveState"
	echo "$3" >"$units/$1/UnitFileState"
	echo success >"$units/$1/Result"
	echo no >"$units/$1/NeedDaemonReload"
	echo 0 >"$units/$1/NRestarts"
	echo 1000000 >"$units/$1/ExecMainStartTimestampMonotonic"
	echo strict >"$units/$1/ProtectSystem"
	echo "-$scratch/log" >"$units/$1/ReadWritePaths"
	echo /var/lib/x:/var/lib/x:rbind >"$units/$1/BindPaths"
}
unit countersign-milter.service active enabled
unit countersign-signer.socket active enabled
unit countersign-signer.service inactive static
unit countersign-rotate.timer active enabled
unit countersign-rotate.service inactive static
echo countersign >"$units/countersign-milter.service/User"
echo countersign >"$units/countersign-milter.service/RuntimeDirectory"
echo countersign-keys >"$units/countersign-signer.service/User"
echo /run/root >"$units/countersign-signer.service/RootDirectory"

# -- DNS, keys, configuration -----------------------------------------------

zone=$scratch/zone
mkdir "$zone"
mkfifo "$zone/port"
printf '%s\t%s\n' _dmarc.example.com 'v=DMARC1; p=reject; rua=mailto:d@example.com' \
    example.com 'v=spf1 -all' >"$zone/records"
head -c 32 /dev/urandom | base64 >"$zone/secret"
/usr/bin/python3 "$here/../keys/authority.py" "$zone" &
dns_pid=$!
read -r port <"$zone/port"
printf 'hmac-sha256:test:%s\n' "$(cat "$zone/secret")" >/etc/countersign/tsig
chown root:countersign-keys /etc/countersign/tsig
chmod 0640 /etc/countersign/tsig

# configure [MORE [ROTATION]]: more of the configuration, and of that section.
configure()
{
	rm -f /etc/countersign/conf.d/*
	cat >"$conf" <<EOT
keydir = "$keydir"
dns { servers = { "127.0.0.1@$port" } }
rotation {
	publish = update
	tsig_key = "/etc/countersign/tsig"
	update_server = "127.0.0.1@$port"
	servers = { "127.0.0.1@$port" }
	check_resolvers = none
	algorithm = rsa2048
	ttl = 1s
	${2:-}
}
source "ours" {
	networks = { "10.0.0.0/8" }
	trust_network = true
	domains = { "example.com", "*.example.com" }
}
include "/etc/countersign/conf.d/*.conf"
${1:-}
EOT
	chown root:root "$conf"
	chmod 0644 "$conf"
}

# Replies are awaited, so that a problem is not only late.
configure
install -d -o countersign-keys -g countersign-keys -m 0700 "$keydir"
countersign-key add example.com >"$out" 2>"$err" || fail "no keys"
sed -n '2,$s/ .*//p' "$keydir/example.com/state" >"$scratch/selectors"
while read -r selector; do
	countersign-key activate example.com "$selector" --force \
	    >"$out" 2>"$err" || fail "no key signs"
done <"$scratch/selectors"
systemctl start countersign-milter.service || fail "no milter"
trap 'kill $dns_pid; [ ! -e "$units/pid" ] || "$scratch/milter" stop; umount /etc /usr/local/sbin
    rm -rf "$scratch"' EXIT

nfixed=2

# -- Checks -----------------------------------------------------------------

# doctor: run it; its JSON in $out, its exit status in $status.
doctor()
{
	"$COUNTERSIGN_DOCTOR" "$@" --json >"$out" 2>"$err"
	status=$?
	as_schema doctor "$@" --json
	[ ! -s "$err" ] || fail "words on standard error"
}

# problems: the ids of all problems that there are, sorted, on one line.
problems()
{
	jq -r '.findings[] | select(.state == "problem") | .id' "$out" |
	    sort -u | tr '\n' ' '
}

all_is_well()
{
	checks=$((checks + 1))
	doctor
	[ "$(problems)" = "" ] || fail "$1: problems are left: $(problems)"
	[ "$status" -eq 0 ] || fail "$1: exit status $status"
}

# has ID [STATE]: there is such a finding.
has()
{
	checks=$((checks + 1))
	doctor
	jq -e --arg id "$1" --arg state "${2:-problem}" 'any(.findings[];
	    .id == $id and .state == $state)' "$out" >/dev/null ||
	    fail "$1: there is no such ${2:-problem}"
	[ "${2:-problem}" != problem ] || [ "$status" -eq 1 ] ||
	    fail "$1: exit status $status"
}

# fixed ID WHAT [alone]: WHAT has been broken, so ID is a problem; what is printed
# to fix it does, even if it is done twice.  Then nothing is wrong; "alone": this
# is not, but other things may be.
fixed()
{
	local fix

	has "$1"
	fix=$(jq -r --arg id "$1" '.findings[] | select(.id == $id and
	    .state == "problem") | .fix // empty' "$out")
	[ -n "$fix" ] || fail "$1: no command ($2)"
	echo "# $2: $1"
	echo "#     ${fix//$'\n'/$'\n'#     }"
	sh -c "$fix" >"$out" 2>"$err" || fail "$1: the command fails: $fix"
	sh -c "$fix" >"$out" 2>"$err"
	nfixed=$((nfixed + 1))
	if [ "${3:-}" = alone ]; then
		doctor
		[[ " $(problems)" != *" $1 "* ]] || fail "$2: $1 remains"
	else
		all_is_well "$2"
	fi
}

# mended ID WHAT COMMAND [STATE]: the same for what a person must do.
mended()
{
	has "$1" "${4:-problem}"
	echo "# $2: $1"
	eval "$3"
	all_is_well "$2"
	! jq -e --arg id "$1" --arg state "${4:-problem}" 'any(.findings[];
	    .id == $id and .state == $state)' "$out" >/dev/null ||
	    fail "$2: $1 remains"
}

reload()
{
	kill -HUP "$(cat "$units/pid")"
}

# The units do not know where the keys are.
doctor
jq -r '.findings[] | select(.id == "unit-path") | .fix // empty' "$out" \
    >"$scratch/fix"
[ "$(grep -c '^printf' "$scratch/fix")" -eq 2 ] || fail "unit-path"
sh "$scratch/fix" && sh "$scratch/fix" || fail "unit-path: its command fails"
cat "$scratch/fix"
all_is_well "the installation"
doctor
jq -e '.checks == (.findings | length) and .problems == 0 and .complete' \
    "$out" >/dev/null || fail "the sums are wrong"

# The configuration.
chmod 0664 $conf
fixed config-owner "others can write the configuration"
chown daemon $conf
fixed config-owner "the configuration is not root's"
chmod 0600 $conf
fixed config-readable "the milter cannot read the configuration"
echo >/etc/countersign/conf.d/a.conf
chmod 0666 /etc/countersign/conf.d/a.conf
fixed config-error "others can write an included file"
chmod 0777 /etc/countersign/conf.d
fixed config-error "others can write the included directory"
chmod 0711 /etc/countersign/conf.d
fixed config-readable "the milter cannot search the included directory"
chmod 0700 /etc/countersign/conf.d
fixed config-readable "the milter cannot enter the included directory"
rm /etc/countersign/conf.d/a.conf
# A person's home is not opened to others.
checks=$((checks + 1))
mount -t tmpfs -o mode=0755 none /home
install -d -m 0700 /home/admin
cp "$conf" /home/admin/mine.conf
countersign-milter -n -c /home/admin/mine.conf >"$out" 2>"$err"
says "$err" 'user countersign cannot enter the directory /home/admin: keep files for other users elsewhere, such as in /etc/countersign$'
umount /home
configure 'sockett = "x"'
mended config-error "an unknown option" configure
mv $conf $conf.old
mended config-file "no configuration" "mv $conf.old $conf"
configure 'mode = observe'
has sources note
configure 'source "other" { networks = { "10.0.0.0/8" } trust_network = true
    domains = { "example.com" } }'
has source-overlap note
configure 'source "more" { login = { "a" } domains = { "more.example" } }'
has config-warning note
configure 'source "salesforce" { networks = { "13.110.0.0/16" }
    trust_network = true domains = { "example.com", "*.example.com" } }'
mended trusted-platform "trust in a platform" configure
configure "user = \"countersign-keys\""
mended separate-users "one user for mail and keys" configure
configure 'user = "mailer"'
fixed user "the user of the milter does not exist" alone
configure
configure 'source "new" { networks = { "10.0.0.0/8" } trust_network = true
    domains = { "example.net", "*.example.net" } }'
printf '%s\t%s\n' _dmarc.example.net 'v=DMARC1; p=reject; rua=mailto:d@example.net' \
    example.net 'v=spf1 -all' >>"$zone/records"
fixed no-keys "a domain without keys"
configure
chmod 0644 /etc/countersign/tsig
fixed publication "all can read the key for updates"
chown daemon /etc/countersign/tsig
fixed publication "the key for updates is another user's"
printf '#!/bin/sh\nexit 0\n' >/etc/countersign/notify
chmod 0644 /etc/countersign/notify
configure '' 'notify_hook = "/etc/countersign/notify"'
fixed publication "the program that tells people cannot be run"
configure

# Before there is a source, nothing is to be started or attached.
"$scratch/milter" stop
echo inactive >"$units/countersign-milter.service/ActiveState"
sed '/^source/,/^}/d' "$conf" >"$scratch/empty.conf"
cp "$scratch/empty.conf" "$conf"
has sources
[ "$(problems)" = "sources " ] || fail "without a source: $(problems)"
jq -e '[.findings[] | select(.id == "service-running" and .state == "note")] |
    length == 1' "$out" >/dev/null || fail "without a source: services"
configure
systemctl start countersign-milter.service
all_is_well "a source again"

# The files of the key store.
chmod 0755 "$keydir"
fixed key-mode "all can read the key directory"
chmod 0777 "$keydir/example.com"
fixed key-mode "all can write the folder of a domain"
chmod 0644 "$keydir"/example.com/*.pem
fixed key-mode "all can read private keys"
for n in 1 2 3 4 5 6 7 8 9; do
	touch "$keydir/example.com/$n.pem"
done
chown countersign-keys "$keydir"/example.com/*.pem
chmod 0666 "$keydir"/example.com/*
has key-mode
fix=$(jq -r '.findings[] | select(.id == "key-mode") | .fix' "$out")
rm "$keydir"/example.com/[1-9].pem
sh -c "$fix" >"$out" 2>"$err" || fail "key-mode: $fix"
nfixed=$((nfixed + 1))
all_is_well "many files that all can read"

# What opens sealed keys.
kek=${keydir%/*}/kek
openssl rand -base64 32 >"$kek"
chmod 0400 "$kek"
chown --reference="$keydir" "$kek"
cp "$conf" "$scratch/unsealed.conf"
printf 'kek_file = "%s"\n' "$kek" >>"$conf"
"$COUNTERSIGN_KEY" -c "$conf" seal >"$out" 2>"$err" || fail "seal: $(cat "$err")"
has sealed-keys note
[ -z "$(problems)" ] || fail "sealed keys: $(problems)"
mv "$kek" "$kek.away"
has sealed-keys problem
mv "$kek.away" "$kek"
# Credentials, by what systemd-creds(1) writes first: encrypted by the key of
# the host, by none, by a TPM2, by both.
cp "$conf" "$scratch/sealed.conf"
sed -i '/^kek_file = /d' "$conf"
has sealed-keys unknown
credential=/etc/credstore.encrypted/countersign.kek
mkdir -p "${credential%/*}"
while read -r state beginning; do
	# shellcheck disable=SC2059
	printf "$(sed 's/../\\x&/g' <<<"$beginning")%0200d" 0 |
	    base64 >"$credential"
	has sealed-keys "$state"
	jq -e --arg file "$credential" 'any(.findings[];
	    .id == "sealed-keys" and .subject == $file)' "$out" >/dev/null ||
	    fail "sealed-keys is not about the credential"
done <<-KINDS
note 5a1c6a86df9d4096b1d5a65e0862f19a
note 058469daf6f54324800549da0f8ea2fb
well 0c7cc07b117645919c4b0bea08bc20fe
well 93a894094874449090caf2fc93cab553
KINDS
rm -r "${credential%/*}"
cp "$scratch/sealed.conf" "$conf"
"$COUNTERSIGN_KEY" -c "$conf" unseal >"$out" 2>"$err" || fail "unseal"
cp "$scratch/unsealed.conf" "$conf"
all_is_well "keys that are not sealed"
chown -R root "$keydir"
fixed key-owner "a key store that root restored"
chown root "$keydir"/example.com/state
fixed key-owner "a state that root restored"
chmod 0700 "$scratch"
fixed key-directory "the owner cannot enter the directory above"
chmod 0711 "$scratch"
mv "$keydir" "$keydir.old"
has key-directory
# No new keys, which would have to be published, while the old may come back.
[[ " $(problems)" != *" no-keys "* ]] || fail "keys for a missing store"
fixed key-directory "no key directory" alone
has no-keys
rm -r "$keydir"
# Never created, and neither was what is above it.
configure
sed -i "s,^keydir = .*,keydir = \"$scratch/new/below/keys\"," "$conf"
fixed key-directory "no directory above the key directory" alone
[ "$(stat -c %U:%a "$scratch/new/below/keys")" = countersign-keys:700 ] ||
    fail "the new key directory"
rm -r "$scratch/new"
configure
# On a file system that is not mounted: a directory in its place hides the keys.
echo "$keydir.old $keydir none bind 0 0" >>/etc/fstab
fixed key-directory "a file system without its mount point"
umount "$keydir"
fixed key-directory "a file system that is not mounted"
umount "$keydir"
# One in the other, which fstab(5) need not have first.
sed -i "s,^keydir = .*,keydir = \"$scratch/outer/in/keys\"," "$conf"
mkdir "$scratch/volume"
printf '%s none bind 0 0\n' "$keydir.old $scratch/outer/in/keys" \
    "$scratch/volume $scratch/outer/" >>/etc/fstab
fixed key-directory "two file systems that are not mounted" alone
mountpoint -q "$scratch/outer" || fail "the outer file system"
umount "$scratch/outer/in/keys" "$scratch/outer"
sed -i '/outer/d' /etc/fstab
rm -r "$scratch/outer" "$scratch/volume"
configure
sed -i '$d' /etc/fstab
rmdir "$keydir"
ln -s "$scratch/nowhere" "$keydir"
mended key-directory "a symbolic link to nowhere" \
    'rm "$keydir"; mv "$keydir.old" "$keydir"'
mv "$keydir" "$keydir.old"
touch "$keydir"
mended key-directory "a file, no directory" \
    'rm "$keydir"; mv "$keydir.old" "$keydir"'
mv "$keydir/example.com/state" "$scratch/state"
ln -s "$scratch/state" "$keydir/example.com/state"
mended key-file-type "a symbolic link in the key store" \
    'rm "$keydir/example.com/state"; mv "$scratch/state" "$keydir/example.com/"'

# The keys and DNS.
key=$(find "$keydir/example.com" -name '*.pem' | head -1)
mv "$key" "$scratch/key"
mended key-file "the file of a key is lost" 'mv "$scratch/key" "$key"'
cp -p "$keydir/example.com/state" "$scratch/state"
sed -i '3s/generated=20[0-9][0-9]/generated=2099/' \
    "$keydir/example.com/state"
mended clock "a time in the future" \
    'cp -p "$scratch/state" "$keydir/example.com/state"' note
cp "$zone/records" "$scratch/records"
grep -v '_domainkey.example.com' "$scratch/records" >"$zone/new"
mv "$zone/new" "$zone/records"
fixed key-record "the records of keys are gone"
# Rotation has made another key, too.
cp "$zone/records" "$scratch/records"
printf servfail >"$zone/manner"
has key-record unknown
jq -e 'all(.findings[]; .id != "key-record" or .fix == null)' "$out" \
    >/dev/null || fail "a server that fails: rotation does not help"
rm "$zone/manner"
grep -v '_dmarc.example.com' "$scratch/records" >"$zone/new"
mv "$zone/new" "$zone/records"
mended dns-dmarc "no DMARC record" 'cp "$scratch/records" "$zone/records"'
sed 's/p=reject/p=reject; adkim=s/' "$scratch/records" >"$zone/records"
mended dns-dmarc "strict alignment, and mail of subdomains" \
    'cp "$scratch/records" "$zone/records"'
sed 's/-all/+all/' "$scratch/records" >"$zone/records"
mended dns-spf "an SPF record for everybody" \
    'cp "$scratch/records" "$zone/records"'

# An address that the world sees is in no SPF record.
ip address add 203.0.113.5/32 dev lo
has spf-host note
says "$out" 'Mail from 203.0.113.5 .* result fail .* add ip4:203.0.113.5'
sed 's/v=spf1 -all/v=spf1 ip4:203.0.113.5 -all/' "$scratch/records" \
    >"$zone/records"
has spf-host well
ip address del 203.0.113.5/32 dev lo
cp "$scratch/records" "$zone/records"

# The services.
for name in milter.service signer.socket rotate.timer; do
	echo disabled >"$units/countersign-$name/UnitFileState"
	fixed service-enabled "$name is not started at boot"
	echo inactive >"$units/countersign-$name/ActiveState"
	[ $name != milter.service ] || "$scratch/milter" stop
	fixed service-running "$name does not run"
	echo inactive >"$units/countersign-$name/ActiveState"
	echo disabled >"$units/countersign-$name/UnitFileState"
	[ $name != milter.service ] || "$scratch/milter" stop
	fixed service-running "$name is not started, now and at boot"
	echo failed >"$units/countersign-$name/ActiveState"
	echo start-limit-hit >"$units/countersign-$name/Result"
	[ $name != milter.service ] || "$scratch/milter" stop
	fixed service-running "$name has failed"
done
echo failed >"$units/countersign-rotate.service/ActiveState"
echo exit-code >"$units/countersign-rotate.service/Result"
fixed rotation-failed "the last rotation failed"
echo yes >"$units/countersign-milter.service/NeedDaemonReload"
has service-changed note
sh -c "$(jq -r '.findings[] | select(.id == "service-changed") | .fix' \
    "$out")" 2>"$err" || fail "service-changed"
doctor
! jq -e 'any(.findings[]; .id == "service-changed")' "$out" >/dev/null ||
    fail "service-changed remains"
echo 3 >"$units/countersign-milter.service/NRestarts"
awk '{ printf "%.0f\n", $1 * 1000000 }' /proc/uptime \
    >"$units/countersign-milter.service/ExecMainStartTimestampMonotonic"
mended service-restarts "the milter was started again" \
    'systemctl reset-failed countersign-milter.service'
echo mailer >"$units/countersign-milter.service/User"
mended unit-user "the unit has another user" \
    'echo countersign >"$units/countersign-milter.service/User"'
mv "$units/countersign-rotate.timer" "$scratch/timer"
mended service-unit "no timer" 'mv "$scratch/timer" "$units/countersign-rotate.timer"'
# The same file again is another one, as after an upgrade.
cp /usr/local/sbin/countersign-front /usr/local/sbin/new
mv /usr/local/sbin/new /usr/local/sbin/countersign-front
fixed old-program "the front is not the one on disk"

# The front may open few files.
touch "$units/few-files"
systemctl restart countersign-milter.service || fail "no milter"
mended open-files "the front may open 512 files" 'rm "$units/few-files"
    systemctl restart countersign-milter.service'

# Without systemd.
touch "$units/offline"
all_is_well "without systemd"
"$scratch/milter" stop
fixed milter-answers "the milter does not run"
master=$(pgrep -x countersign-mil) || fail "no master"
kill "$master"
while kill -0 "$master" 2>/dev/null; do
	sleep 0.05
done
rm "$units/offline"
systemctl start countersign-milter.service || fail "no milter"
all_is_well "with systemd again"

# Files that are written.
configure "audit_file = \"$scratch/log/audit/audit.log\""
reload
fixed audit-file "no directory for the audit file"
touch "$scratch/log/audit/audit.log"
chown root "$scratch/log/audit/audit.log"
chmod 0600 "$scratch/log/audit/audit.log"
fixed audit-file "the audit file is root's"
rm "$scratch/log/audit/audit.log"
chown root "$scratch/log/audit"
fixed audit-file "the audit file cannot be created"
chown countersign "$scratch/log/audit"
rm "$scratch/log/audit/audit.log"
# The front's user may put a link there: root must not follow it.
ln -s "$scratch/secret" "$scratch/log/audit/audit.log"
has audit-file
jq -e 'all(.findings[]; .id != "audit-file" or .fix == null)' "$out" \
    >/dev/null || fail "a command for a link"
mended audit-file "a link to another file" \
    "rm $scratch/log/audit/audit.log"
[ ! -e "$scratch/secret" ] || fail "a file was made at the end of a link"
install -o countersign -m 0640 /dev/null "$scratch/log/audit/audit.log"
configure "audit_file = \"$scratch/other/audit.log\""
install -d -o countersign "$scratch/other"
fixed audit-file "the unit may not write there"
# Counts for ceilings, in the place of the unit and in another one.
ceilings='source "desk" { login = desk domains = { "example.com" }
    ceilings { unusual = 5 } }'
configure "counts_dir = \"$scratch/log/counts/desk\"
$ceilings"
fixed counts-dir "no directory for counts"
chown root "$scratch/log/counts/desk"
fixed counts-dir "the directory for counts is root's"
configure "counts_dir = \"$scratch/third/counts\"
$ceilings"
install -d -o countersign "$scratch/third/counts"
fixed counts-dir "the unit may not write counts there"
configure '' 'metrics_file = "'"$scratch"'/log/metrics/keys.prom"'
fixed metrics-file "no directory for metrics"
configure
# A disk that is nearly full, and one that has no more inodes.
mkdir "$scratch/log/small"
mount -t tmpfs -o "size=1m,nr_inodes=50,uid=$(id -u countersign)" none \
    "$scratch/log/small" || fail "no small disk"
configure "audit_file = \"$scratch/log/small/audit.log\""
reload
all_is_well "a small disk"
head -c 1040000 /dev/zero >"$scratch/log/small/fill"
mended disk-space "a full disk" 'rm "$scratch/log/small/fill"'
for n in $(seq 50); do
	: 2>/dev/null >"$scratch/log/small/$n"
done
mended disk-space "no inodes" 'rm "$scratch"/log/small/[0-9]*'
configure
systemctl restart countersign-milter.service || fail "no milter"
umount "$scratch/log/small" || fail "the small disk is in use"
touch -d '2 days' "$conf"
mended clock-behind "a file of the future" 'touch "$conf"'
echo "# $nfixed faults were fixed by the command that was printed"
[ "$nfixed" -ge 30 ] || fail "only $nfixed commands"

# Mail of the last day.
configure "audit_file = \"$scratch/log/audit/audit.log\""
decided()
{
	printf '{"time":"%s","qid":"%s","action":"%s","author":"example.com","reason":"%s"}\n' \
	    "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$1" "$2" "$3" \
	    >>"$scratch/log/audit/audit.log"
}
for n in 1 2 3; do
	decided "R$n" rejected "the client did not log in"
done
decided T1 tempfailed "no key"
has refused-mail note
says "$out" '"subject": "3 messages"'
says "$out" 'countersign-doctor why R[123]'
for n in 0 1 2 3 4 5 6 7 8 9; do
	decided "O$n" rejected "reason $n"
done
has deferred-mail problem
says "$out" '"subject": "2 messages"'
says "$out" "'countersign-doctor summary --since 1d' counts them"
mended deferred-mail "mail was deferred" ': >"$scratch/log/audit/audit.log"'

# A mounted key store: its owner is root, and last uses are elsewhere.
configure "keydir_mounted = true
state_dir = \"$scratch/uses\""
cp -a "$keydir" "$keydir.old"
chown -R root:countersign-keys "$keydir"
find "$keydir" -type d -exec chmod 0750 {} +
find "$keydir" -type f -exec chmod 0440 {} +
fixed state-directory "no directory for last uses" alone
has key-store well
rm -r "$keydir"
mv "$keydir.old" "$keydir"
configure

# Text: no line is longer than a terminal, but for commands, which have lines of
# their own; only problems, if that is wanted.
chmod 0666 "$conf"
"$COUNTERSIGN_DOCTOR" >"$out" 2>"$err"
[ $? -eq 1 ] || fail "text: exit status"
says "$out" '^problem: configuration: /etc/countersign/countersign.conf'
says "$out" '^    fix:$'
says "$out" '^        chmod go-w /etc/countersign/countersign.conf$'
says "$out" '^note: '
says "$out" '^[0-9]* checks: 1 problem, '
grep -v '^        ' "$out" | awk 'length > 80 { exit 1 }' ||
    fail "a line of more than 80 columns"
"$COUNTERSIGN_DOCTOR" --problems >"$out" 2>"$err"
[ $? -eq 1 ] || fail "--problems: exit status"
says "$out" '^problem: '
says_not "$out" '^note: '
chmod 0644 "$conf"

# Somebody else can look, too, but not at everything.
setpriv --reuid nobody --regid nogroup --clear-groups "$COUNTERSIGN_DOCTOR" \
    --json >"$out" 2>"$err"
[ $? -eq 3 ] || fail "as nobody: exit status"
[ "$(problems)" = "" ] || fail "as nobody: $(problems)"
jq -e 'any(.findings[]; .id == "key-directory" and .state == "unknown")' \
    "$out" >/dev/null || fail "as nobody: the key store"

# Sendmail, if there is no Postfix: who rewrites, and what cannot be read.
if ! command -v postconf >/dev/null; then
	mkdir -p /etc/mail
	printf 'V10/Berkeley\nDMexample.org\n' >/etc/mail/sendmail.cf
	has sendmail-rewrites note
	rm /etc/mail/sendmail.cf
	mkdir /etc/mail/sendmail.cf
	has sendmail-config
	rmdir /etc/mail/sendmail.cf
fi

# A machine where nothing is installed.
"$scratch/milter" stop
touch "$units/offline"
mv /etc/countersign /etc/elsewhere
has config-file
jq -e 'all(.findings[]; .state != "problem" or .id == "config-file" or
    .area == "Postfix" or .area == "Sendmail")' "$out" >/dev/null ||
    fail "more problems than that nothing is installed"
"$COUNTERSIGN_DOCTOR" -c /nonexistent >"$out" 2>"$err"
[ $? -eq 1 ] || fail "/nonexistent: exit status"
"$COUNTERSIGN_DOCTOR" --json >/dev/full 2>"$err"
[ $? -eq 1 ] || fail "output to a full disk: exit status"
"$COUNTERSIGN_DOCTOR" --client 192.0.2.1 >"$out" 2>"$err"
[ $? -eq 2 ] || fail "an option of another command: exit status"
says "$err" 'no command: this command does not have --client'

done_testing
