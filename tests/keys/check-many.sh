#!/bin/sh
# SPDX-License-Identifier: ISC
#
# check over several domains: what a person must do comes first, then what
# waits, then what is in order; --problems prints only the first, and counts
# the rest; nothing but a name or a value is wider than a terminal.
# shellcheck source=tests/keys/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/keys/zone.sh
. "$(dirname "$0")/zone.sh"

configuration=$conf
long=a-domain-with-a-very-long-name.and-a-subdomain.example.org

# order: the domains as they are printed.
order()
{
	grep -v '^ ' "$out" | sed -n 's/^\([a-z.-]*\): .*/\1/p' | tr '\n' ' '
}

# without KEY: the record of that key is gone from DNS.
without()
{
	grep -v "^$1\\._domainkey\\.$2	" "$records" >"$records.new"
	mv "$records.new" "$records"
}

configure hook
for domain in broken.example damaged.example right.example "$long"; do
	done_at 0 add "$domain"
done
done_at 10 rotate
done_at 7200 rotate
done_at 7200 add fresh.example
sed -i 's/publish = .*/publish = manual/; /	hook = /d' "$conf"
done_at 7200 add hand.example
configure hook 'domain "hand.example" { publish = manual }'

# All is in order, or on its way.
done_at 7300 check right.example
says_not "$out" 'needs\? you'
ends_at 3 7300 check
[ "$(order | wc -w)" -eq 6 ] || fail "order: $(order)"
[ "$(order | cut -d' ' -f1)" = hand.example ] || fail "first: $(order)"
says "$out" '^1 of 6 domains needs you; 0 wait; 5 are in order$'
says "$out" "^    'countersign-key -c $conf -k $keydir show hand.example [0-9]*r1' prints the record"

# A record that is gone, a state that cannot be read, a file that is damaged.
signs=$(selector_of 1 broken.example)
without "$signs" broken.example
echo nonsense >>"$keydir/damaged.example/state"
chmod 0644 "$keydir/$long/$(selector_of 2 "$long").pem"
without '[0-9a-z]*' fresh.example
ends_at 1 7300 check
# fresh.example was published a moment ago: nobody has to do anything.
[ "$(order | tr ' ' '\n' | sed -n '5,6p' | tr '\n' ' ')" = \
    'fresh.example right.example ' ] || fail "order: $(order)"
says "$out" '^4 of 6 domains need you; 1 waits; 1 is in order$'
says "$out" ': seen, not yet: no server has its record; this may take until 20'

# Only what needs a person, and of its keys only those.
ends_at 1 7300 check --problems
[ "$(order | wc -w)" -eq 4 ] || fail "problems: $(order)"
says "$out" "^  $signs: active, WRONG: no server has its record"
says_not "$out" ": standby, right"
says_not "$out" 'right.example\|fresh.example\|^  note\|^  fine'
says "$out" '^4 of 6 domains need you; 1 waits; 1 is in order$'
says "$out" "^2 others have warnings, which 'countersign-key check' prints"
at_work check --problems --json
[ "$(jq -r '[.[].needs_person] | unique | @csv' <"$out")" = true ] ||
    fail "--json: others"
[ "$(jq -r '.[] | select(.domain == "broken.example").keys | length' \
    <"$out")" -eq 1 ] || fail "--json: other keys"
# Nobody is needed: that is what the exit status says, too.
done_at 7300 check --problems right.example fresh.example
says "$out" '^0 of 2 domains need you; 1 waits; 1 is in order$'
ends_at 3 7300 check fresh.example
# An hour later somebody is.
ends_at 3 $((7200 + 3600)) check --problems fresh.example
says "$out" '^1 of 1 domain needs you; 0 wait; 0 are in order$'

# On terminals of all widths.
LD_PRELOAD=$preload KILLAT_TIME=$((epoch + 7300))
export LD_PRELOAD KILLAT_TIME
for columns in 80 100 140; do
	for arguments in --problems broken.example "$long"; do
		on_terminal $columns -k "$keydir" check $arguments
		# Without the line of progress, and names of any length.
		sed -i 's/.*\x1b\[K//' "$out"
		grep -v '^ *[^ ]*$' "$out" >"$scratch/texts"
		cp "$scratch/texts" "$out"
		fits $columns
		says "$out" '^  warning: dmarc:'
		says "$out" "'v=DMARC1; p=none; rua=mailto:...'"
		says "$out" "^    inside   127.0.0.1@$port  *right    v=DKIM1; k=rsa; .*\.\.\.$"
	done
done
# A wider one shows more of the record.
says "$out" '  right    v=DKIM1; k=rsa; h=sha256; p=MIIBIjAN.*\.\.\.$'

# The keys of a domain are in that order, too: a damaged one in reserve comes
# before one that signs.
[ "$(sed -n "s/^  \([0-9a-z]*\): [a-z]*, [a-zA-Z]*: .*/\1/p
    s/^  \([0-9a-z]*\): [a-z]*, WRONG: cannot sign:\$/\1/p" "$out" |
    tr '\n' ' ')" = "$(selector_of 2 "$long") $(selector_of 1 "$long") " ] ||
    fail "order of keys"
# A line to enter in DNS stays in one piece, though it is longer than that.
unset LD_PRELOAD KILLAT_TIME
rm -rf "$keydir"
mkdir -m 0700 "$keydir"
configure update 'cname_zone = "dkim.example.net"'
at_work add cname.example
LD_PRELOAD=$preload KILLAT_TIME=$epoch
export LD_PRELOAD KILLAT_TIME
on_terminal 80 -k "$keydir" check
says "$out" "^    'countersign-r1._domainkey.cname.example. IN CNAME countersign-r1._domainkey.cname.example.dkim.example.net.'\$"
unset LD_PRELOAD KILLAT_TIME
done_testing
