# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# The pages of docs as scripts: what a page tells its reader to enter is entered
# here, word for word.  To be sourced after harness.sh, for pages of docs/dns
# with libfaketime, unbound and the page's name servers in E2E_PRIVATE; for
# pages about mail, howto_mail.sh has the rest.
#
# /etc, /run, /var/lib and /usr/local/share are the test's own, programs that
# were unpacked are found by PATH, and the addresses of the pages belong to the
# loopback: 192.0.2.25 is the mail host, others are name servers.  All packets
# between them come from the mail host's address, unless a server sets it.
#
# A test calls howto_machine, prepares the server that the page presumes, and
# calls
#	howto_page dns/bind	the page up to its first fault
#	howto_life SERVER...	the life of keys to its end
#	howto_faults		the rest of the page
# For a block "do=NAME" the test has a function do_NAME, which is given the
# block's file, and for "fault=NAME" a function fault_NAME, whose output must
# have the block in it.

HOWTO=$SCRATCH/howto
HOWTO_OUT=$HOWTO/out
HOWTO_KEYDIR=/var/lib/countersign/keys
HOWTO_ROTATIONS=$HOWTO/rotations.log
HOWTO_ALGORITHMS=2	# so many have a key each
HOWTO_END_CLOCK=+70s	# for the end of keys; none: they are compromised
# Lives of seconds.
HOWTO_TIMES=("every = 12s" "ttl = 1s" "retain = 1s" "revoke_for = 2s"
    "signature_lifetime = 1s" "queue_lifetime = 1s")

# shellcheck source=tests/e2e/lib/rotations.sh
. "$E2E_LIB/rotations.sh"

# -- The machine -------------------------------------------------------------

howto_private()
{
	local path

	# What lies there would be hidden.
	for path in "$E2E_TOP" "$E2E_BUILD" "$SCRATCH" "$E2E_UNPACKED"; do
		case $(readlink -f "$path") in
		/etc/* | /run/* | /var/lib/* | /usr/local/share/*)
			die "$path: this test hides /etc, /run, /var/lib and" \
			    "/usr/local/share" ;;
		esac
	done
	mkdir -p "$HOWTO"/{bin,real,etc,pages,work} &&
	    cp -a /etc/. "$HOWTO/etc" || return 1
	rm -f "$HOWTO/etc/resolv.conf" "$HOWTO/etc/hosts"
	cp "$SCRATCH/resolv.conf" "$SCRATCH/hosts" "$HOWTO/etc"
	mount --bind "$HOWTO/etc" /etc &&
	    mount -t tmpfs -o mode=0755 tmpfs /run &&
	    mount -t tmpfs -o mode=0755 tmpfs /var/lib &&
	    mount -t tmpfs -o mode=0755 tmpfs /usr/local/share
}

# Ours as they are installed, where all users may read them, but with the clock
# of howto_clock.
howto_programs()
{
	local faketime

	faketime=$(find "$E2E_UNPACKED" /usr/lib -name libfaketime.so.1 \
	    2>/dev/null | head -1)
	install -m 0644 "$faketime" "$HOWTO/bin/libfaketime.so.1" &&
	    install -m 0755 "$E2E_BUILD/countersign-key" "$HOWTO/real" &&
	    install -d /usr/local/share/doc/countersign/examples &&
	    install -m 0755 "$E2E_TOP"/keys/examples/hook-* \
	    /usr/local/share/doc/countersign/examples || return 1
	cat >"$HOWTO/bin/countersign-key" <<-SCRIPT
	#!/bin/sh
	if [ -e "$HOWTO/clock" ]; then
	        export LD_PRELOAD="$HOWTO/bin/libfaketime.so.1"
	        export FAKETIME="\$(cat "$HOWTO/clock")"
	fi
	exec "$HOWTO/real/countersign-key" "\$@"
	SCRIPT
	chmod 0755 "$HOWTO/bin/countersign-key"
}

# howto_clock OFFSET: countersign-key's clock is wrong by that from now on.
howto_clock()
{
	echo "$1" >"$HOWTO/clock"
}

# howto_accounts [NAME...]: those that the packages would make, and these, where
# they are missing.
howto_accounts()
{
	local name id=8800

	for name in countersign countersign-keys bind knot nsd pdns "$@"; do
		id=$((id + 1))
		getent group "$name" >/dev/null ||
		    echo "$name:x:$id:" >>/etc/group
		getent passwd "$name" >/dev/null || echo \
		    "$name:x:$id:$(getent group "$name" | cut -d: -f3)::/:/bin/false" \
		    >>/etc/passwd
	done
}

howto_conf()
{
	cat <<-CONF
	socket     = "unix:/var/lib/countersign/socket"
	keydir     = "$HOWTO_KEYDIR"
	preset_dir = "$E2E_TOP/presets"
	host       = "mail"

	source "our servers" {
	    networks      = { "10.0.0.0/8" }
	    trust_network = true
	    domains       = { "example.com" }
	}

	CONF
}

# howto_address ADDRESS...: these are here, and asked from the mail host's.
howto_address()
{
	local address

	for address; do
		ip addr add "$address/32" dev lo &&
		    ip route change local "$address" dev lo proto kernel \
		    scope host src 192.0.2.25 table local || return 1
	done
}

# howto_resolver ZONE=ADDRESS...: the mail host's.
howto_resolver()
{
	local zone

	mkdir -p "$HOWTO/resolver"
	# Nobody is asked outside.
	printf '. NS nowhere.\nnowhere. A 127.0.0.99\n' >"$HOWTO/resolver/hints"
	{
		cat <<-CONF
		server:
		    directory: "$HOWTO/resolver"
		    pidfile: ""
		    chroot: ""
		    username: ""
		    do-daemonize: no
		    use-syslog: no
		    interface: 127.0.0.1@53
		    access-control: 127.0.0.0/8 allow
		    do-not-query-localhost: no
		    module-config: "iterator"
		    root-hints: "$HOWTO/resolver/hints"
		CONF
		for zone; do
			printf 'stub-zone:\n name: "%s"\n stub-addr: %s\n' \
			    "${zone%=*}" "${zone#*=}"
		done
	} >"$HOWTO/resolver/unbound.conf"
	unbound -d -c "$HOWTO/resolver/unbound.conf" \
	    >"$SCRATCH/howto/resolver.log" 2>&1 &
	wait_for 60 port_open 53 || die "the resolver did not start"
}

# howto_machine ADDRESS...: all of it; name servers are at these addresses.
howto_machine()
{
	PATH=$(echo "$HOWTO/bin" "$E2E_UNPACKED"/*/usr/{sbin,bin} |
	    tr ' ' :):$PATH
	howto_private && howto_accounts && howto_programs ||
	    die "no private /etc, /run, /var/lib and /usr/local/share here"
	install -d /etc/countersign /var/lib/countersign
	install -d -m 0700 -o countersign-keys -g countersign-keys \
	    "$HOWTO_KEYDIR"
	howto_conf >/etc/countersign/countersign.conf
	howto_address 192.0.2.25 "$@" || die "no addresses"
}

# howto_zone ZONE [LINE...]: a zone file, all short-lived.
howto_zone()
{
	local line

	cat <<-ZONE
	\$ORIGIN $1.
	\$TTL 1
	@ SOA ns1.example.com. hostmaster.example.com. 1 3600 600 86400 1
	ZONE
	shift
	for line; do
		echo "$line"
	done
}

# howto_start NAME COMMAND...: a server, its log in $HOWTO/NAME.log.
howto_start()
{
	mkdir -p "$SCRATCH/$1"
	"${@:2}" >>"$HOWTO/$1.log" 2>&1 &
	echo $! >"$SCRATCH/$1/pid"
}

# howto_stop NAME
howto_stop()
{
	stop_by_pid "$(cat "$SCRATCH/$1/pid")"
	rm -f "$SCRATCH/$1/pid"
}

# howto_answers ADDRESS ZONE: there is a server with that zone.
howto_answers()
{
	[ -n "$(dig +short +tries=1 +time=1 "@$1" "$2" SOA 2>/dev/null)" ]
}

# -- The page ----------------------------------------------------------------

# In the shell, for commands of the page.
howto_run()
{
	(cd "$HOWTO/work" && timeout 180 bash -euo pipefail "$1") >"$HOWTO_OUT" 2>&1
}

# The command of block $1 until it shows block $2.
howto_until()
{
	local i

	for ((i = 0; i < 30; i++)); do
		howto_run "$1"
		"$PYTHON" "$E2E_LIB/howto.py" match "$2" "$HOWTO_OUT" \
		    >"$HOWTO/differs" && return
		sleep 1
	done
	cat "$HOWTO/differs"
	return 1
}

howto_block()
{
	local file=$1 what=$2 value=$3

	case $what in
	file)	cat "$file" >"$value" ;;
	append)	cat "$file" >>"$value" ;;
	run)	howto_run "$file" || {
			cat "$HOWTO_OUT"
			return 1
		} ;;
	wait)	howto_until "$file" "${file%/*}/$((${file##*/} + 1))" ;;
	shows)	"$PYTHON" "$E2E_LIB/howto.py" match "$file" "$HOWTO_OUT" ;;
	do)	"do_$value" "$file" ;;
	fault)	"fault_$value" >"$HOWTO_OUT" 2>&1
		"$PYTHON" "$E2E_LIB/howto.py" match "$file" "$HOWTO_OUT" ;;
	log)	howto_log "$file" "$value" ;;
	esac && howto_check_configuration "$value"
}

# The mail that the page speaks of is sent; what the log says of it since then
# has block $1 in it.
howto_log()
{
	local before i

	before=$(wc -l <"$MAIL_LOG")
	"mail_$2" >"$HOWTO/mail.out" 2>&1 || {
		cat "$HOWTO/mail.out"
		return 1
	}
	for ((i = 0; i < 50; i++)); do
		tail -n +$((before + 1)) "$MAIL_LOG" >"$HOWTO_OUT"
		"$PYTHON" "$E2E_LIB/howto.py" match "$1" "$HOWTO_OUT" \
		    >"$HOWTO/differs" && return
		sleep 0.1
	done
	cat "$HOWTO/differs"
	return 1
}

# Each file of ours must be right as soon as the page has it written.
howto_check_configuration()
{
	[[ $1 != /etc/countersign/*.conf ]] || "$E2E_BUILD/countersign-milter" \
	    -n -c /etc/countersign/countersign.conf
}

# The next block.
howto_next()
{
	local number line what value

	read -r number line what value <<<"${howto_todo[0]}"
	howto_todo=("${howto_todo[@]:1}")
	[ "$what" != not-run ] || return 0
	check "$howto_name.md:$line: $what ${value#-}" \
	    howto_block "$HOWTO/pages/$number" "$what" "$value"
}

# howto_page NAME: docs/NAME.md up to its first fault.
howto_page()
{
	howto_name=${1##*/}
	mapfile -t howto_todo < <("$PYTHON" "$E2E_LIB/howto.py" split \
	    "$E2E_TOP/docs/$1.md" "$HOWTO/pages" "${HOWTO_TIMES[@]}")
	[ ${#howto_todo[@]} -gt 0 ] || die "docs/$1.md: no blocks"
	while [[ ${howto_todo[0]:-fault} != *fault* ]]; do
		howto_next
	done
}

howto_faults()
{
	check "the page says how it fails" \
	    test "$(grep -c ' fault ' <<<"${howto_todo[*]}")" -gt 0
	while [ ${#howto_todo[@]} -gt 0 ]; do
		howto_next
	done
}

# -- Rotation ----------------------------------------------------------------

# As the timer does it, with the user's rights alone.
howto_rotate()
{
	setpriv --reuid countersign-keys --regid countersign-keys \
	    --init-groups countersign-key rotate "$@"
}

howto_log_has()
{
	local step

	for step; do
		grep -q " $step: " "$HOWTO_KEYDIR/example.com/log" || {
			echo "no step $step in the log"
			return 1
		}
	done
}

# A key of each algorithm is used now, as signers note it.  The page waits for
# one of them.
howto_use()
{
	local selector

	howto_rotate_until signing || return 1
	for selector in $(countersign-key list example.com --json | jq -r '
	    [.[] | select(.status == "active")] | group_by(.algorithm) |
	    .[][0].selector'); do
		install -m 0640 -o countersign-keys -g countersign-keys \
		    /dev/null "$HOWTO_KEYDIR/example.com/$selector.used" &&
		    echo "$selector" >>"$HOWTO/used" || return 1
	done
}

# The log has this step of those that were used.
howto_used_did()
{
	local selector

	while read -r selector; do
		grep -q " $selector $1: " "$HOWTO_KEYDIR/example.com/log" ||
		    return 1
	done <"$HOWTO/used"
}

howto_is_retired()
{
	howto_used_did retire
}

howto_is_destroyed()
{
	howto_used_did destroy
}

# howto_all STATUS: there is a key of each algorithm in it.
howto_all()
{
	countersign-key list example.com --json | jq -e '[.[] |
	    select(.status == "'"$1"'").algorithm] | unique |
	    length == '$HOWTO_ALGORITHMS
}

howto_is_signing()
{
	howto_all active
}

howto_is_reserve()
{
	howto_all standby
}

# howto_rotate_until STATE: howto_is_STATE.
howto_rotate_until()
{
	local end=$((SECONDS + 300))

	while [ $SECONDS -lt $end ]; do
		rotations_run "$HOWTO_ROTATIONS" "$HOWTO_OUT" howto_rotate
		"howto_is_$1" >/dev/null && return
		sleep 0.5
	done
	countersign-key list example.com
	tail -12 "$HOWTO_ROTATIONS"
	return 1
}

howto_records_are_right()
{
	countersign-key list example.com --json |
	    "$PYTHON" "$E2E_LIB/life_records.py" \
	    "${HOWTO_RECORDS:-example.com}" "$@"
}

howto_compromise()
{
	local selector

	while read -r selector; do
		countersign-key compromise example.com "$selector" ||
		    [ $? -eq 3 ] || return 1
	done <"$HOWTO/used"
}

# The keys that sign now go on, so that those in reserve stay there.
howto_slow_down()
{
	sed -i 's/^    every = .*/    every = 1h/' \
	    /etc/countersign/countersign.conf &&
	    grep -q '^    every = 1h$' /etc/countersign/countersign.conf
}

# howto_life SERVER...: the whole life of keys; these servers show the records.
# After the last signature, signers may have used a key for another minute:
# TSIG lets the clock be wrong by that.
howto_life()
{
	check "a key of each algorithm signs" howto_use
	check "the next ones take over" howto_rotate_until retired
	check "and sign for longer" howto_slow_down
	check "with others in reserve" howto_rotate_until reserve
	if [ -n "$HOWTO_END_CLOCK" ]; then
		howto_clock "$HOWTO_END_CLOCK"
	else
		check "the first ones are compromised" howto_compromise
	fi
	check "the first ones come to their end" howto_rotate_until destroyed
	check "with all steps" howto_log_has publish verify activate retire \
	    revoke remove destroy
	check "no run failed" rotations_are_fine "$HOWTO_ROTATIONS"
	check "the name servers show what the state says" \
	    wait_for 60 howto_records_are_right "$@"
}

# howto_update SERVER LINE...: an update with the page's key.
howto_update()
{
	local key=(-k /etc/countersign/tsig.key)

	# The form of one line is an option of nsupdate.
	! grep -q '^hmac-' "${key[1]}" || key=(-y "$(cat "${key[1]}")")
	printf '%s\n' "server $1" "${@:2}" send | nsupdate "${key[@]}" 2>&1
}

# howto_rights SERVER ZONE: the key may change TXT records at and below
# _domainkey, and nothing else.
howto_rights()
{
	check "the key may change TXT records below _domainkey" \
	    howto_update "$1" "zone $2" \
	    'update add x._domainkey.example.com 1 TXT "x"' \
	    'update delete x._domainkey.example.com TXT'
	check "but no other type" howto_refused "$@" \
	    'update add x._domainkey.example.com 1 CNAME www'
	[ "$2" != example.com ] || {
		check "no other name" howto_refused "$@" \
		    'update add www.example.com 1 TXT "x"'
		check "nor the domain itself" howto_refused "$@" \
		    'update delete example.com NS'
	}
}

# The server refuses it, or ignores it as PowerDNS does.
howto_refused()
{
	local before after output

	before=$(dig +short "@$1" "$2" SOA)
	output=$(howto_update "$1" "zone $2" "$3")
	after=$(dig +short "@$1" "$2" SOA)
	echo "$before; $output; $after"
	[ -n "$before" ] && [ "$after" = "$before" ] &&
	    grep -qE "${HOWTO_REFUSED-update failed: (REFUSED|NOTAUTH)}" \
	    <<<"$output"
}

# howto_publish: a new key gets its record, or not.
howto_publish()
{
	countersign-key generate example.com >/dev/null
	countersign-key publish example.com
}
