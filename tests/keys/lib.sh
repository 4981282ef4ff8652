# SPDX-License-Identifier: ISC
# shellcheck shell=sh
#
# What the key store tests share.  The caller's environment names the helper
# program in COUNTERSIGN_KEY and, where needed, the preloaded library that
# kills it in KILLAT.

set -u

: "${COUNTERSIGN_KEY:?names the countersign-key to test}"
scratch=$(mktemp -d "${TMPDIR:-/tmp}/countersign-keys.XXXXXX") || exit 1
trap 'rm -rf "$scratch"' EXIT
keydir=$scratch/keys
mkdir -m 0700 "$keydir" || exit 1
out=$scratch/out
err=$scratch/err
checks=0

# shellcheck source=tests/common/checks.sh
. "$(dirname "$0")/../common/checks.sh"

# key ARGUMENTS: run the helper on the scratch store; status in $status.  It
# preloads the library $pooled, if there is one: see use_pool.
key()
{
	LD_PRELOAD=${pooled:-} "$COUNTERSIGN_KEY" -k "$keydir" "$@" \
	    >"$out" 2>"$err"
	status=$?
	as_schema key "$@"
}

# expect STATUS ARGUMENTS: run it, and want that exit status.  A failure says
# why on one line.
expect()
{
	want=$1
	shift
	checks=$((checks + 1))
	key "$@"
	[ "$status" -eq "$want" ] ||
	    fail "countersign-key $*: exit $status, want $want"
	if [ "$want" -ne 0 ]; then
		lines=$(wc -l <"$err")
		[ "$lines" -eq 1 ] || fail "$*: $lines lines of error"
	fi
}

# use_pool: RSA keys for programs that preload $KEYPOOL_LIBRARY: a copy of those
# in pool/.
use_pool()
{
	export KEYPOOL="$scratch/pool"
	mkdir "$KEYPOOL" && cp "$KEYPOOL_KEYS"/*.pem "$KEYPOOL" || exit 1
}

# start_authority DIRECTORY: a DNS server with an empty zone; its port in
# $port.  The secret of its TSIG key is made if there is none.
start_authority()
{
	mkfifo "$1/port"
	: >"$1/records"
	[ -f "$1/secret" ] ||
	    head -c 32 /dev/urandom | base64 >"$1/secret"
	/usr/bin/python3 "$(dirname "$0")/authority.py" "$1" &
	server=$!
	trap 'kill $server; rm -rf "$scratch"' EXIT
	read -r port <"$1/port"
}

# selector_of N DOMAIN: the selector on line N of its state.
selector_of()
{
	sed -n "$(($1 + 1))s/ .*//p" "$keydir/$2/state"
}

# value_of NAME SELECTOR DOMAIN: what the state says of the key under that
# name; nothing if it does not.
value_of()
{
	sed -n "s/^$2 .* $1=\\([^ ]*\\).*/\\1/p" "$keydir/$3/state"
}

# The logs have each step by one word, whichever command took it.
log_words()
{
	checks=$((checks + 1))
	words='generate|import|unused|publish|delay|seen|unseen|verify|activate'
	words="$words|give-up|retire|compromise|revoke|remove|destroy|recover|free"
	words="$words|leave|keep|archive|adopt|outside"
	cat "$keydir"/*/log >"$scratch/log"
	grep -Ev "^20[0-9T:-]*Z [^ ]+ [a-z0-9.-]+ ($words): ." \
	    "$scratch/log" >&2 && fail "a line in a log has another form"
	for word in "$@"; do
		says "$scratch/log" " $word: "
	done
}

# fits COLUMNS: no line of the output is longer, unless it is a command, which is
# copied in one piece.
fits()
{
	checks=$((checks + 1))
	! grep -E "^.{$(($1 + 1))}" "$out" |
	    grep -v "^ *'countersign-key [^']*'\$" >"$err" ||
	    fail "beyond $1 columns"
}

# on_terminal COLUMNS ARGUMENTS: run it with a terminal of that width and the
# configuration in $configuration.
# shellcheck disable=SC2154
on_terminal()
{
	/usr/bin/python3 - "$COUNTERSIGN_KEY" -c "$configuration" "$@" \
	    >"$out" 2>"$err" <<-'PYTHON' || fail "on a terminal: $*"
	import fcntl, os, pty, struct, sys, termios
	program, options, columns = sys.argv[1], sys.argv[2:4], int(sys.argv[4])
	pid, fd = pty.fork()
	if pid == 0:
	    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
	    os.execv(program, [program] + options + sys.argv[5:])
	text = b""
	while True:
	    try:
	        part = os.read(fd, 65536)
	    except OSError:
	        break
	    if not part:
	        break
	    text += part
	os.waitpid(pid, 0)
	sys.stdout.write(text.decode().replace("\r\n", "\n"))
	PYTHON
}
