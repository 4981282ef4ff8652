#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The example of a notify_hook that sends mail: to an SMTP server, or by the
# sendmail command if nothing listens; and that no notice adds header fields,
# recipients or options.
# shellcheck source=tests/keys/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/keys/zone.sh
. "$(dirname "$0")/zone.sh"

here=$(dirname "$0")
hook=$scratch/notify-mail
mail=$scratch/mail
settings=$scratch/notify-mail.conf
mkdir "$mail"
sed "s,/etc/countersign/,$scratch/," "$here/../../keys/examples/notify-mail" \
    >"$hook"
chmod 0755 "$hook"

# Two ports that are free: one for the server, one where nothing listens.
ports=$(/usr/bin/python3 -c 'import socket
sockets = [socket.socket() for _ in range(2)]
for s in sockets:
    s.bind(("127.0.0.1", 0))
print(*[s.getsockname()[1] for s in sockets])')
smtp=${ports% *}
dead=${ports#* }
/usr/bin/python3 "$here/../e2e/lib/sink.py" "$smtp" "$mail" &
sink=$!
trap 'kill $server $sink; rm -rf "$scratch"' EXIT
for _ in 1 2 3 4 5 6 7 8 9 10; do
	/usr/bin/python3 -c "import socket
socket.create_connection(('127.0.0.1', $smtp))" 2>/dev/null && break
	sleep 1
done

# settings PORT: use that one.
settings()
{
	cat >"$settings" <<EOF
[mail]
port = $1
from = dkim@host.example.com
to = postmaster@host.example.com
sendmail = $scratch/sendmail
EOF
}

# tell STATUS CONTACT DOMAIN TEXT: a notice, as JSON strings, for the hook
# alone.
tell()
{
	checks=$((checks + 1))
	rm -f "$mail"/*
	cat >"$scratch/notice" <<EOF
{"event": "new", "severity": "critical", "domain": $3, "contact": $2,
"time": "2026-11-23T09:00:00Z", "omitted": 3, "problems": [
{"domain": $3, "selector": null, "trouble": "lookup", "severity": "warning",
"news": "new", "since": null, "first_told": null, "needs_person": false,
"text": $4, "todo": []}]}
EOF
	env -i PATH="$PATH" "$hook" new critical - <"$scratch/notice" >"$out" \
	    2>"$err"
	status=$?
	[ "$status" -eq "$1" ] || fail "$2: exit $status, want $1"
}

# decoded NAME: that message as a reader sees it.
decoded()
{
	/usr/bin/python3 -c 'import email, email.policy, sys
m = email.message_from_binary_file(open(sys.argv[1], "rb"),
    policy=email.policy.default)
for name, value in m.items():
    print(f"{name}: {value}")
print()
print(m.get_content(), end="")' "$mail/$1.1.eml" >"$out"
}

# The whole way: records to enter arrive as they must be entered.
settings "$smtp"
configure update "notify_hook = \"$hook\"
	domain \"example.com\" {
		publish = manual
		contact = \"dns+1@customer.example\"
	}"
done_at 0 add example.com
cp "$out" "$scratch/added"
ends_at 3 60 rotate
decoded dns+1
says "$out" '^Subject: DKIM keys: WARNING: example.com: 2 problems$'
says "$out" '^To: dns+1@customer.example$'
says "$out" '^From: dkim@host.example.com$'
says "$out" '^Auto-Submitted: auto-generated$'
says "$out" "^New: WARNING: example.com, key $(selector_of 1 example.com) (new-record)"
says "$out" '^    TTL     1$'
checks=$((checks + 1))
grep '^v=DKIM1\|^    host ' "$scratch/added" >"$scratch/lines"
[ "$(wc -l <"$scratch/lines")" -eq 4 ] || fail "add prints other lines"
while IFS= read -r line; do
	grep -q -F -x -e "$line" "$out" || fail "not in the mail: $line"
done <"$scratch/lines"

# Nobody in particular, and the test.
rm -f "$mail"/*
done_at 60 notify --test
decoded postmaster
says "$out" '^Subject: DKIM keys: test$'
tell 0 null null '"a text"'
decoded postmaster
says "$out" '^Subject: DKIM keys: CRITICAL: several domains or all: 4 problems$'
says "$out" '^New: WARNING: all domains (lookup)$'
says "$out" '^    a text$'
says "$out" '^3 more: '

# Nothing gets into the header, and a line in a text ends no line.
tell 0 '"dns@customer.example"' '"a\r\nBcc: x@evil.example"' \
    '"a\r\n.\r\nMAIL FROM:<x>\u001b[2J"'
[ "$(find "$mail" -name '*.eml' | wc -l)" -eq 1 ] || fail "several mails"
decoded dns
says "$out" '^Subject: DKIM keys: CRITICAL: a??Bcc: x@evil.example: 4 problems$'
says_not "$out" '^Bcc:'
says "$out" '^    a??.??MAIL FROM:<x>?\[2J$'
for contact in '"dns@customer.example\r\nBcc: x@evil.example"' \
    '"a@b.example,x@evil.example"' '"-f@evil.example"' '"a b@example.com"' \
    '"<a@b.example>"' '"a@b.example "' '"\u00e4@b.example"'; do
	tell 1 "$contact" null '"a text"'
	says "$err" '^notify-mail: contact: not a mail address: '
	[ -z "$(ls "$mail")" ] || fail "$contact: mail"
done

# Nothing listens: the sendmail command.
cat >"$scratch/sendmail" <<EOF
#!/bin/sh
printf '%s\n' "\$*" >"$scratch/given"
cat >"$mail/given.1.eml"
EOF
chmod 0755 "$scratch/sendmail"
settings "$dead"
tell 0 '"dns@customer.example"' null '"a text"'
says "$scratch/given" '^-i -f dkim@host.example.com -- dns@customer.example$'
decoded given
says "$out" '^To: dns@customer.example$'
says "$out" '^    a text$'
echo 'exit 75' >"$scratch/sendmail"
sed -i '1i #!/bin/sh' "$scratch/sendmail"
tell 1 '"dns@customer.example"' null '"a text"'
says "$err" '^notify-mail: nothing listens at 127.0.0.1, and .*/sendmail: exit status 75$'
# As systemd runs it.
checks=$((checks + 1))
setpriv --no-new-privs "$hook" new critical - <"$scratch/notice" >"$out" 2>"$err"
[ $? -eq 1 ] || fail "confined: exit status"
says "$err" ': exit status 75, .*NoNewPrivileges.*: name an MTA as server in '
rm "$scratch/sendmail"
tell 1 '"dns@customer.example"' null '"a text"'
says "$err" '^notify-mail: nothing listens .*No such file'

# What it cannot use.
checks=$((checks + 3))
echo '{' | "$hook" new critical - 2>"$err" && fail "half a notice"
says "$err" '^notify-mail: standard input is not a notice: '
"$hook" new 2>"$err" </dev/null && fail "no arguments"
says "$err" '^notify-mail: usage: '
echo 'nonsense' >"$settings"
tell 1 null null '"a text"'
says "$err" "^notify-mail: $settings: "

done_testing
