#!/bin/sh
# SPDX-License-Identifier: ISC
#
# countersign-doctor ping: sockets, users, exit statuses.  That it reaches our
# own milter is checked with tests/e2e/doctor-postfix.sh.
. "$(dirname "$0")/lib.sh"

socket=$scratch/socket
conf=$scratch/countersign.conf

# What listens and never answers; ping waits for it while all else is tested.
python3 - "$scratch/silent" "$scratch/silent-listens" <<'EOT' &
import socket, sys, time
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen(8)
open(sys.argv[2], "w").close()
kept = []
while True:
    kept.append(listener.accept())
EOT
silent_pid=$!
trap 'kill "$silent_pid"; [ -z "$dns_pid" ] || kill "$dns_pid"
    rm -rf "$scratch"' EXIT
while [ ! -e "$scratch/silent-listens" ]; do
	kill -0 "$silent_pid" || fail "no server"
	sleep 0.05
done
"$COUNTERSIGN_DOCTOR" ping --socket "unix:$scratch/silent" \
    >"$scratch/silent.out" 2>"$scratch/silent.err" &
waiting=$!

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
says "$err" "^countersign-doctor: $socket: No such file or directory; start the milter, or correct the path: \"socket\" in countersign.conf says where it listens$"
expect 1 /dev/null ping --socket "unix:$scratch/none/socket"
says "$err" "none/socket: No such file or directory; start the milter, "
: >"$socket"
expect 1 /dev/null ping --socket "unix:$socket"
says "$err" "$socket: not a socket; correct the path, or move that file away and restart the milter$"
rm "$socket"
python3 -c 'import socket, sys
socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$socket"
expect 1 /dev/null ping --socket "unix:$socket"
says "$err" "$socket: Connection refused; no program listens there: start the milter, and if that fails, read its log$"
port=$(python3 -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])')
expect 1 /dev/null ping --socket "inet:$port@127.0.0.1"
says "$err" "127.0.0.1, port $port: Connection refused; no program listens there: "
expect 1 /dev/null ping --socket inet:no-such-port@127.0.0.1
says "$err" '127.0.0.1, port no-such-port: .*; give an address and a number, such as inet:8891@127.0.0.1$'
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
	says "$err" "$socket: Permission denied; user daemon may not write to the socket: set socket_group to a group of that user, socket_mode to 0660, and restart the milter$"
	chmod 0700 "$scratch"
	expect 1 /dev/null ping --socket "unix:$socket" --user daemon
	says "$err" "$socket: Permission denied; user daemon may not enter $scratch: give it access to that folder, by group and mode$"
	chmod 0711 "$scratch"
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
says "$err" 'what answers there is not a milter; another program has that socket: correct "socket", or stop that program$'

# A milter that hangs up.
kill "$dns_pid"
milter ''
expect 1 /dev/null ping --socket "unix:$socket"
says "$err" 'the connection was closed without an answer; the milter has just ended or takes no connections: read its log$'

# The one that never answers.
wait "$waiting"
[ $? -eq 1 ] || fail "silence: exit status"
[ "$(wc -l <"$scratch/silent.err")" -eq 1 ] || fail "silence: one line"
says "$scratch/silent.err" '/silent: connected, but there was no answer in time; the milter hangs or is overloaded, or a firewall drops packets: read its log, then restart it$'
done_testing
