#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The commands that change keys and DNS are killed at system calls that change
# a file (calls.sh says which), in the midst of writes, and have a disk that is
# full from such a call on.  A program or a server that changes the zone has
# done so when the next such call comes, so some of these kills are between the
# change in DNS and that of the state.  Whatever was done by then: the same
# command again comes to the end to which it comes without a kill.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/calls.sh"
. "$(dirname "$0")/zone.sh"

keep()
{
	rm -rf "$scratch/kept"
	mkdir "$scratch/kept"
	cp -a "$keydir" "$scratch/kept/keys"
	cp "$records" "$scratch/kept/records"
}

back()
{
	rm -rf "$keydir" "$scratch/disclosed"
	mkdir "$scratch/disclosed"
	cp -a "$scratch/kept/keys" "$keydir"
	cp "$scratch/kept/records" "$records"
}

# struck MODE N ARGUMENTS: a run that is struck at call N; false when it was
# over before.
struck()
{
	mode=$1
	n=$2
	shift 2
	# The subshell keeps the shell's word on the death out of the log.
	(LD_PRELOAD=$preload KILLAT_MODE=$mode KILLAT_N=$n \
	    KILLAT_TIME=$((epoch + ahead)) "$COUNTERSIGN_KEY" -c "$conf" \
	    -k "$keydir" "$@"; exit $?) >"$out" 2>"$err"
	status=$?
	case $mode,$status in
	full,1|kill,137|half,137)	return 0 ;;
	*,0)	return 1 ;;
	*)	fail "$*: exit $status at call $n ($mode)" ;;
	esac
}

# crash SECONDS ARGUMENTS: at that time, in each of $modes.
# Leaves what comes of it without a kill.
crash()
{
	keep
	done_at "$@"
	zone_is_right
	end_of >"$scratch/want"
	[ "$#" -ne 2 ] || says_not "$out" ' 0 changed'
	shift
	for mode in $modes; do
		first_call
		while :; do
			next_call
			back
			struck $mode $n "$@" || break
			[ $mode != full ] || says_room "$*"
			at_work "$@"
			# The stream was revoked: rotation does the rest.
			[ "$status:$1:${4:-}" != '3:compromise:desk' ] || {
				says "$err" 'already done'
				at_work rotate
			}
			[ "$status" -eq 0 ] ||
			    fail "$*: exit $status after call $n ($mode)"
			end_of >"$scratch/got"
			cmp -s "$scratch/want" "$scratch/got" || {
				diff "$scratch/want" "$scratch/got" >&2
				fail "$*: another end after call $n ($mode)"
			}
			zone_is_right
			[ -z "$(find "$keydir"/*/ "$scratch/disclosed" \
			    -name '.new')" ] || fail "left: .new"
		done
		last_call "$way: $*: $mode" 3
	done
	back
	done_at "$ahead" "$@"
}

# A full disk is told of, by report or complaint.
says_room()
{
	checks=$((checks + 1))
	cat "$out" "$err" >"$scratch/said"
	grep -q 'No space left on device' "$scratch/said" ||
	    fail "$1: not a word on the full disk at call $n"
}

empty()
{
	rm -rf "$keydir"
	mkdir -m 0700 "$keydir"
	: >"$records"
}

# The whole life of keys, each step of it killed.
life()
{
	empty
	done_at 0 generate example.com --algorithm rsa2048
	modes='kill'
	crash 60 add example.com
	modes='kill half full'
	crash 3600 rotate
	cp -a "$keydir" "$scratch/young"
	cp "$records" "$scratch/young.records"
	modes='kill'
	crash $((91 * day)) rotate
	modes='kill full'
	crash $((120 * day)) rotate
	modes='kill'
	crash $((160 * day)) rotate
	crash $((161 * day)) rotate
	[ -n "$(ls "$scratch/disclosed")" ] || fail "nothing was disclosed"
	log_words generate unused publish seen verify activate retire revoke \
	    remove destroy
}

# The same by UPDATE, where a record changes.
life_by_update()
{
	empty
	done_at 0 generate example.com --algorithm rsa2048
	done_at 0 generate example.com --algorithm rsa2048
	modes='kill'
	crash 60 rotate
	done_at 3600 rotate
	done_at $((91 * day)) rotate
	crash $((120 * day)) rotate
	crash $((160 * day)) rotate
}

# What people do, on keys that have just begun.
commands()
{
	rm -rf "$keydir"
	cp -a "$scratch/young" "$keydir"
	cp "$scratch/young.records" "$records"
	active=$(selector_of 1 example.com)
	standby=$(selector_of 2 example.com)
	keep
	cp -a "$scratch/kept" "$scratch/begun"
	for arguments in "compromise example.com $active" \
	    "revoke example.com $standby --force" \
	    "remove example.com $standby --force" \
	    "retire example.com $active --force" \
	    "activate example.com $standby --at 2030-01-01T00:00:00Z"; do
		rm -rf "$scratch/kept"
		cp -a "$scratch/begun" "$scratch/kept"
		back
		# shellcheck disable=SC2086
		crash $((2 * day)) $arguments
	done
	# The thief has deleted the file.
	rm -rf "$scratch/kept"
	cp -a "$scratch/begun" "$scratch/kept"
	back
	rm -f "$keydir/example.com/$active.pem"
	lost=$active
	crash $((2 * day)) compromise example.com "$active"
	lost=
	empty
	done_at 0 generate example.com --algorithm rsa2048 --selector s1
	crash 60 publish example.com
}

# What people do with one stream of a domain.
streams()
{
	cat >>"$conf" <<-END
	source "desk" {
		networks = { "192.0.2.1" }
		trust_network = true
		domains = { "example.com" }
		keys = "desk"
	}
	END
	rm -rf "$keydir"
	cp -a "$scratch/young" "$keydir"
	cp "$scratch/young.records" "$records"
	crash $((2 * day)) rotate
	done_at $((2 * day + 3600)) rotate
	done_at $((2 * day + 3700)) rotate
	crash $((3 * day)) compromise example.com --stream desk
	done_at $((3 * day + 3600)) rotate
	sed -i '/keys = "desk"/d' "$conf"
	crash $((4 * day)) domain remove example.com --stream desk
	crash $((20 * day)) rotate
	crash $((80 * day)) rotate
}

way=hook
configure hook
life
modes='kill'
commands
streams
way=update
configure update
life_by_update
done_testing
