#!/bin/bash
# SPDX-License-Identifier: ISC
#
# usage: check-units.sh UNITS SOURCE_ROOT MILTER KEY [FLEET]
#
# systemd accepts the units without a warning and rates their exposure as low;
# each unit that is named exists.  The files for sysusers.d and tmpfiles.d work,
# and create the users and folders that the units name.  systemd need not be
# running; without its tools, the test is skipped.

set -u
export LC_ALL=C
units=$1 source=$2
milter=$(realpath "$3") key=$(realpath "$4")
fleet=${5:+$(realpath "$5")}
command -v systemd-analyze >/dev/null || exit 77
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
bad=0

complain()
{
	echo "$*"
	bad=1
}

# Use the programs of this build instead of the installed ones.
cd "$work" || exit 1
for unit in "$units"/*.service "$units"/*.timer "$units"/*.socket; do
	sed -e "s,=/[^ ]*/countersign-milter\>,=$milter,g" \
	    -e "s,=/[^ ]*/countersign-key\>,=$key,g" \
	    -e "s,=/[^ ]*/countersign-fleet\>,=$fleet,g" "$unit" \
	    >"$(basename "$unit")"
done
grep -h '@[A-Z]*@' ./*.service && complain "something was not filled in"

# Warnings do not change the exit status.
systemd-analyze verify --man=no ./*.service ./*.timer ./*.socket \
    >verify 2>&1 ||
    complain "systemd-analyze verify failed"
grep -E 'countersign' verify && complain "systemd-analyze verify complains"
# The highest exposure that is allowed, times ten: what reads mail or talks to
# name servers needs a network; what has the keys has nothing.
while read -r limit unit; do
	[ -n "$unit" ] || continue
	systemd-analyze security --offline=true --threshold="$limit" \
	    "./$unit.service" >security 2>&1 || {
		tail -1 security
		complain "$unit: too exposed"
	}
	echo "$unit.service"
done <<-LIMITS >limited
	${fleet:+11 countersign-fleet}
	${fleet:+11 countersign-fleet-watch}
	11 countersign-milter
	11 countersign-notify
	11 countersign-rotate
	30 countersign-rotate-failed
	3 countersign-signer
LIMITS
printf '%s\n' *.service | sort | diff <(sort limited) - ||
    complain "units without a limit"
while IFS=: read -r unit name; do
	[ -f "$name" ] || complain "$unit: there is no $name"
done < <(sed -n 's/^OnFailure=//p' ./*.service | sed 's/^/OnFailure:/')
for unit in *.timer; do
	[ -f "${unit%.timer}.service" ] || complain "$unit: no service"
done

# The programs have the commands and options that the units use.
"$key" help >help || complain "countersign-key help fails"
sed -n "s,^ExecStart=$key ,,p" ./*.service | while read -r command options
do
	grep -q -e "countersign-key $command\>" help ||
	    echo "$command: no command of countersign-key"
	for option in $options; do
		grep -q -e "$option\>" help ||
		    echo "$option: no option of countersign-key"
	done
done >unknown
[ -s unknown ] && complain "$(cat unknown)"

# Create the users, then their folders.
sysusers=$source/dist/systemd/countersign.sysusers.conf
tmpfiles=$source/dist/systemd/countersign.tmpfiles.conf
for user in $(sed -n 's/^\(User\|SupplementaryGroups\|SocketGroup\)=//p' \
    ./*.service ./*.socket) \
    $(awk '$1 == "d" { print $4, $5 }' "$tmpfiles"); do
	[ "$user" = root ] || grep -q "^u $user " "$sysusers" ||
	    complain "$user: not in $sysusers"
done
if [ "$(id -u)" -eq 0 ] && command -v systemd-sysusers >/dev/null &&
    command -v systemd-tmpfiles >/dev/null; then
	mkdir -p root/etc
	systemd-sysusers --root="$work/root" "$sysusers" >made 2>&1 ||
	    complain "sysusers: $(cat made)"
	systemd-tmpfiles --root="$work/root" --create "$tmpfiles" \
	    >made 2>&1 || complain "tmpfiles: $(cat made)"
	[ ! -s made ] || complain "tmpfiles: $(cat made)"
	for folder in run/countersign run/countersign-signer \
	    var/lib/countersign/keys var/log/countersign; do
		[ -d "root/$folder" ] || complain "$folder was not made"
	done
	uid=$(awk -F: '$1 == "countersign-keys" { print $3 }' root/etc/passwd)
	[ "$(stat -c '%u %a' root/var/lib/countersign/keys)" = "$uid 700" ] ||
	    complain "the key store belongs to somebody else"
	uid=$(awk -F: '$1 == "countersign" { print $3 }' root/etc/passwd)
	for folder in run/countersign=755 var/log/countersign=750; do
		[ "$(stat -c '%u %a' "root/${folder%=*}")" = \
		    "$uid ${folder#*=}" ] ||
		    complain "$folder: belongs to somebody else"
	done
	"$key" -k "$work/root/var/lib/countersign/keys" list >made 2>&1 ||
	    complain "no key store: $(cat made)"
fi
exit "$bad"
