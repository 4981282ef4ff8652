# SPDX-License-Identifier: ISC
# shellcheck shell=sh
#
# A DNS server for tests of the commands that publish, to be sourced after
# lib.sh: authority.py, and a configuration for it in $scratch/conf.  RSA keys
# are taken from a pool.

: "${KILLAT:?names the preloaded library}"
[ -f "$KILLAT" ] || { echo "no $KILLAT: sanitizers are on"; exit 77; }
preload=$KILLAT:$KEYPOOL_LIBRARY
use_pool
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
	as_schema key "$@"
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

# is_whole FILE: whether it has a private key, or the same octets as a file of
# that name that had one.  To compare is much cheaper than to start openssl.
is_whole()
{
	cmp -s "$1" "$scratch/whole/${1##*/}" || {
		mkdir -p "$scratch/whole" &&
		    openssl pkey -in "$1" -noout 2>"$err" &&
		    cp -f "$1" "$scratch/whole"
	}
}

# Each key that DNS should have is there with the record it should have; each
# key that may sign has its private key, but that of which the file is $lost.
zone_is_right()
{
	checks=$((checks + 1))
	for state in "$keydir"/*/state; do
		domain=${state%/state}
		domain=${domain##*/}
		awk -v domain="$domain" -v lost="${lost:-}" '
		FILENAME == ARGV[1] {
			split($0, words, "\t")
			kind = words[2] ~ /p=$/ ? "empty" : "full"
			kinds[words[1]] = kinds[words[1]] kind
			next
		}
		$1 == "countersign-keys" { next }
		{
			want = / published=[^ ]/ ? "full" : "none"
			if (/ revoked=[^ ]/)
				want = "empty"
			if (/ removed=[^ ]/)
				want = "none"
			else if ($1 != lost)
				keys = keys $1 "\n"
			name = $1 "._domainkey." domain
			got = name in kinds ? kinds[name] : "none"
			if (got != want)
				wrong = wrong name ": " got ", want " want "\n"
		}
		END {
			printf "%s", wrong == "" ? keys : wrong
			exit (wrong != "")
		}' "$records" "$state" >"$scratch/should" ||
		    fail "$(cat "$scratch/should")"
		while read -r selector; do
			is_whole "${state%/*}/$selector.pem" ||
			    fail "$domain: $selector: no private key"
		done <"$scratch/should"
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
