#!/bin/sh
# SPDX-License-Identifier: ISC
#
# countersign-doctor ping: sockets, users, exit statuses.  That it reaches our
# own milter is checked with tests/e2e/doctor-postfix.sh.
. "$(dirname "$0")/lib.sh"

socket=$scratch/socket
conf=$scratch/countersign.conf

# A milter that answers each connection the same, until it is killed; it leaves
# its process id behind when it listens.
milter()
{
	rm -f "$socket" "$scratch/listens"
	python3 - "$socket" "$scratch/listens" "$1" <<'EOT' &
import os, socket, sys
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o600)
listener.listen(8)
open(sys.argv[2], "w").close()
while True:
    connection, _ = listener.accept()
    connection.recv(17)
    connection.sendall(bytes.fromhex(sys.argv[3]))
    connection.close()
EOT
	dns_pid=$!
	while [ ! -f "$scratch/listens" ]; do
		kill -0 "$dns_pid" || fail "no milter"
		sleep 0.05
	done
}

expect 1 /dev/null ping --socket "unix:$socket"
says "$err" "^countersign-doctor: $socket: No such file or directory$"
expect 1 /dev/null ping --socket inet:8891
says "$err" 'not the name of a socket; write unix:PATH or inet:PORT@HOST$'
milter 0000000d4f000000060000001100000000
expect 0 /dev/null ping --socket "unix:$socket"
says "$out" "^unix:$socket: the milter answers$"
expect 0 /dev/null ping --socket "$socket" --user "$(id -un)"

# As another user, with that user's rights.
if [ "$(id -u)" -eq 0 ]; then
	chmod 0711 "$scratch"
	expect 1 /dev/null ping --socket "unix:$socket" --user daemon
	says "$err" "$socket: Permission denied$"
	chgrp daemon "$socket"
	chmod 0660 "$socket"
	expect 0 /dev/null ping --socket "unix:$socket" --user daemon
fi
expect 1 /dev/null ping --socket "unix:$socket" --user no-such-user
says "$err" 'user no-such-user: no such user$'

# The socket of the configuration.
printf 'socket = "unix:%s"\nkeydir = "%s/keys"\n' "$socket" "$scratch" >"$conf"
expect 0 /dev/null ping -c "$conf"
printf 'sockett = "x"\n' >"$conf"
"$COUNTERSIGN_DOCTOR" ping -c "$conf" >"$out" 2>"$err"
[ $? -eq 1 ] || fail "a wrong configuration"
says "$err" "^$conf:1: unknown option \"sockett\""
says "$err" 'give the socket with --socket$'
expect 2 /dev/null ping -c "$conf" --socket "unix:$socket"
expect 2 /dev/null ping operand
expect 2 /dev/null ping --json
says "$err" 'ping: this command does not have --json: see '

# Somebody else on the socket.
kill "$dns_pid"
milter 3232302072656c61792e6578616d706c65
expect 1 /dev/null ping --socket "unix:$socket"
says "$err" 'what answers there is not a milter$'
done_testing
