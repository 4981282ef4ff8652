# SPDX-License-Identifier: ISC
#
# A DNS server for tests of the commands that publish, to be sourced after
# lib.sh: authority.py, and a configuration for it in $scratch/conf.  RSA keys
# are taken from a pool.

: "${KILLAT:?names the preloaded library}"
[ -f "$KILLAT" ] || { echo "no $KILLAT: sanitizers are on"; exit 77; }
preload=$KILLAT:$KEYPOOL_LIBRARY
export KEYPOOL="$scratch/pool"
mkdir "$KEYPOOL"
for number in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
	openssl genrsa -out "$KEYPOOL/$number.pem" 2048 2>/dev/null || exit 1
done
zone=$scratch/zone
records=$zone/records
conf=$scratch/conf
day=86400

mkdir "$zone" "$scratch/disclosed"
start_authority "$zone"
(umask 077; printf 'hmac-sha256:test:%s\n' "$(cat "$zone/secret")" \
    >"$scratch/tsig")

# The zone changes by a program, too.
cat >"$scratch/hook" <<EOF
#!/bin/sh
[ "\$1" != batch ] || exit 64
{
	flock 9
	{
		awk -F'\t' -v name="\$2" '\$1 != name' "$records"
		[ "\$1" = remove ] || printf '%s\t%s\n' "\$2" "\$3"
	} >"$records.new"
	mv "$records.new" "$records"
} 9>"$zone/lock"
EOF
chmod 0755 "$scratch/hook"

# configure WAY [MORE]: hook or update, and more of the section; $resolvers,
# or nobody, sees records from outside.
configure()
{
	case $1 in
	hook)	means="hook = \"$scratch/hook\"" ;;
	update)	means="tsig_key = \"$scratch/tsig\"
	update_server = \"127.0.0.1@$port\"" ;;
	esac
	cat >"$conf" <<EOF
dns {
	servers = { "127.0.0.1@$port" }
}
rotation {
	publish = $1
	$means
	algorithm = rsa2048
	servers = { "127.0.0.1@$port" }
	check_resolvers = ${resolvers:-none}
	queue_lifetime = 5d
	ttl = 1s
	disclose = "$scratch/disclosed"
	${2:-}
}
EOF
}

# The clock of the helper stands, so that nothing depends on how long a test
# takes: this many seconds after that.
ahead=0
epoch=1795424400

# at_work ARGUMENTS: run the helper at that time; status in $status.
at_work()
{
	LD_PRELOAD=$preload KILLAT_TIME=$((epoch + ahead)) "$COUNTERSIGN_KEY" \
	    -c "$conf" -k "$keydir" "$@" >"$out" 2>"$err"
	status=$?
}

# done_at SECONDS ARGUMENTS: it succeeds at that time.
done_at()
{
	ahead=$1
	shift
	checks=$((checks + 1))
	at_work "$@"
	[ "$status" -eq 0 ] || fail "$*, $ahead s after: exit $status"
}

# end_of: the end that a run has come to, whatever selectors it has chosen:
# the keys and their times, and what kind of records DNS has.
end_of()
{
	sed '1d; s/^[^ ]* //; s/ public=[^ ]*/ public/
	    s/ took_over_from=[^ ]*/ took_over/' "$keydir"/*/state | sort
	sed 's/.*; p=$/empty/; s/.*; p=.*/full/' "$records" | sort
}

# Each key that DNS should have is there with the record it should have, and
# nothing else is; each key that may sign has its private key, but that of
# which the file is $lost.
zone_is_right()
{
	checks=$((checks + 1))
	for state in "$keydir"/*/state; do
		domain=${state%/state}
		domain=${domain##*/}
		while read -r selector _; do
			[ "$selector" != countersign-keys ] || continue
			published=$(value_of published "$selector" "$domain")
			revoked=$(value_of revoked "$selector" "$domain")
			removed=$(value_of removed "$selector" "$domain")
			want=full
			[ -z "$revoked" ] || want=empty
			[ -z "$removed" ] || want=none
			[ -n "$published$revoked" ] || want=none
			name="$selector._domainkey.$domain"
			got=$(awk -F'\t' -v name="$name" '$1 == name {
			    print $2 ~ /p=$/ ? "empty" : "full" }' \
			    "$records")
			[ "${got:-none}" = "$want" ] ||
			    fail "$name: ${got:-none}, want $want"
			[ -n "$removed" ] || [ "$selector" = "${lost:-}" ] ||
			    openssl pkey -in "${state%/*}/$selector.pem" \
			    -noout 2>"$err" || fail "$name: no private key"
		done <"$state"
	done
}

# ends_at STATUS SECONDS ARGUMENTS: run it so long after, as at_work does.
ends_at()
{
	want=$1 ahead=$2
	shift 2
	checks=$((checks + 1))
	at_work "$@"
	[ "$status" -eq "$want" ] ||
	    fail "$*, $ahead s after: exit $status, want $want"
}
