#!/bin/sh
# SPDX-License-Identifier: ISC
#
# list: the table for people, its width, its order and what it leaves out.
# shellcheck source=tests/keys/lib.sh
. "$(dirname "$0")/lib.sh"

long=a-domain-with-a-very-long-name.and-a-subdomain.example.org
configuration=$scratch/conf
printf 'keydir = "%s"\n' "$keydir" >"$configuration"

expect 0 list
says "$out" 'no keys yet: create some with'
expect 0 generate example.com --algorithm both
expect 0 generate "$long"
expect 0 activate example.com --force
expect 0 generate example.com --selector spare
first=$(selector_of 1 example.com)

# What signs comes first, and a long name has a line of its own.
key -c "$configuration" list
fits 80
says "$out" '^DOMAIN  *SELECTOR  *KIND  *STATUS  *AGE  *LEFT  *USED$'
says "$out" "^example.com  *$first  *rsa  *active  *[0-9]*s  *\(89\|90\)d  *-$"
says "$out" "^$long$"
says "$out" '^  *[0-9]*r1  *rsa  *generated  *[0-9]*s  *-  *-$'
awk '$1 == "example.com" { print $4 }' "$out" >"$scratch/got"
printf '%s\n' active active generated | cmp -s - "$scratch/got" ||
    fail "another order"

# Times of all sizes.
touch -d '3 hours ago' "$keydir/example.com/$first.used"
chmod 0640 "$keydir/example.com/$first.used"
sed -i "/^$first /s/generated=[^ ]*/generated=2020-01-01T00:00:00Z/
    /^$first /s/active_from=[^ ]*/active_from=2020-01-01T00:00:00Z/" \
    "$keydir/example.com/state"
key -c "$configuration" list example.com
fits 80
says "$out" "^example.com  *$first  *rsa  *active  *[0-9]\{4,\}d  *overdue  *3h$"
says "$out" '^    has signed for longer than it should$'

# A removed key is left out until it is asked for; programs get it.
sed -i "/^spare /s/\$/ removed=2026-01-01T00:00:00Z/
    /^spare /s/generated=\([^ ]*\)\(.*\) removed=\([^ ]*\)/generated=\1 removed=\3\2/" \
    "$keydir/example.com/state"
key -c "$configuration" list example.com
says_not "$out" spare
key -c "$configuration" list example.com --removed
says "$out" ' spare  *rsa  *removed '
key -c "$configuration" list example.com --json
says "$out" '"selector": "spare"'

# A wider terminal gives a long name its room; a narrow one wraps the text.
on_terminal 120 list
fits 120
says "$out" "^$long  *[0-9]*r1  *rsa  *generated"
on_terminal 80 list
fits 80
says "$out" "^$long$"
on_terminal 40 list example.com
says "$out" '^    has signed for longer than it should$'

echo "$checks checks"
