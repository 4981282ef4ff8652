#!/bin/bash
# SPDX-License-Identifier: ISC
#
# usage: check-completion.sh COUNTERSIGN-KEY BASH-COMPLETION ZSH-COMPLETION
#
# The completions offer the commands and options of "countersign-key help", and
# the domains and selectors in the key directory.  If there is no zsh, only
# that of bash is tested.

set -u
export LC_ALL=C
key=$(realpath "$1")
declare -A completions=([bash]=$(realpath "$2") [zsh]=$(realpath "$3"))
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
bad=0
shells=(bash)
command -v zsh >/dev/null && shells+=(zsh)

# check WANTED WORD...: compare what is offered for the last word.
check()
{
	local wanted got shell

	wanted=$(tr ' ' '\n' <<<"$1" | grep . | sort)
	shift
	for shell in "${shells[@]}"; do
		case $shell in
		bash)	got=$("$here/complete.bash" "${completions[bash]}" \
			    "$key" "$@") ;;
		zsh)	got=$(zsh -f "$here/complete.zsh" \
			    "${completions[zsh]}" "$key" "$@") ;;
		esac
		[ "$(sort <<<"$got")" = "$wanted" ] && continue
		printf '%s: %s\n-- wanted\n%s\n-- offered\n%s\n' "$shell" \
		    "$*" "$wanted" "$got"
		bad=1
	done
}

shellcheck -S warning "${completions[bash]}" || bad=1
"$key" help >"$work/wrapped" || exit 1
# A synopsis on one line, not wrapped.
awk '{ printf "%s%s", /^           / || NR == 1 ? "" : "\n", $0 }
    END { print "" }' "$work/wrapped" >"$work/help"
commands=$(sed -n 's/^  *countersign-key \([a-z-]*\).*/\1/p' "$work/help" |
    sort -u | tr '\n' ' ')
common='-c -k -w'
check "$commands" ''
check "$common" -
# Our completion for bash drops what does not fit the word; zsh does so itself.
shells_of_all=("${shells[@]}")
shells=(bash)
check generate gen
shells=("${shells_of_all[@]}")

# Every option of every command, also after an operand.
for command in $commands; do
	options=$(sed -n "s/^  *countersign-key $command\>//p" "$work/help" |
	    grep -o -e '\[--[a-z-]*' | tr -d '[' | sort -u | tr '\n' ' ')
	[ "$command" = help ] && options=
	check "$common $options" "$command" -
	check "$common $options" "$command" a.example -
done

kinds=$(sed -n 's/^KIND is \([^;]*\);.*/\1/p' "$work/help" |
    sed 's/([^)]*)//; s/,/ /g; s/ or / /')
check "$kinds" generate --algorithm ''

# Domains and selectors in the directory of -k, and in that of a configuration.
store=$work/store
mkdir -m 0700 "$store"
for selector in one two gone; do
	"$key" -k "$store" generate a.example --algorithm ed25519 \
	    --selector $selector >/dev/null || bad=1
done
"$key" -k "$store" generate b.example --algorithm ed25519 \
    --selector three >/dev/null || bad=1
mkdir "$store/empty.example"
sed -i '/^gone /s/ public=/ removed=2001-01-01T00:00:00Z&/' \
    "$store/a.example/state"
echo "keydir = \"$store\" # here" >"$work/conf"
for option in -k "-c"; do
	where=$store
	[ "$option" = -c ] && where=$work/conf
	check 'a.example b.example' $option "$where" show ''
	check 'one two' $option "$where" show a.example ''
	check 'three' $option "$where" show --json b.example ''
	check '' $option "$where" show c.example ''
	check '' $option "$where" show a.example one ''
	check 'one two' $option "$where" activate a.example one ''
	check 'one two' $option "$where" retire --at = \
	    2030-01-01T00:00:00Z a.example ''
done
check 'a.example b.example' --keydir = "$store" show ''
check 'a.example b.example' show --config "$work/conf" ''
check '' -k "$work/none" show ''
check '' -k "$store" generate a.example --selector ''
check FOLDERS -k ''
check FILES show -c ''
check '' nonsense ''
check '' help ''

# A command with several forms, and forms of options for later versions.
cat >"$work/countersign-key" <<'HELP'
#!/bin/sh
cat <<EOT
usage: countersign-key [-c FILE] [-k KEYDIR] COMMAND ...
       countersign-key import opendkim KEYTABLE [SIGNINGTABLE] | rspamd FILE | pem DOMAIN SELECTOR FILE [--force]
       countersign-key check [DOMAIN ...] [--wait[=DURATION]]
       countersign-key export [DOMAIN ...] [--output FILE]
EOT
HELP
chmod +x "$work/countersign-key"
key=$work/countersign-key
check 'opendkim rspamd pem' import ''
check FILES import opendkim ''
check FILES import opendkim a ''
check '' import opendkim a b ''
check 'a.example b.example' -k "$store" import pem ''
check 'one two' -k "$store" import pem a.example ''
check FILES import pem a.example one ''
check '--force -c -k' import pem -
check '--wait -c -k' check a.example -
check 'a.example b.example' -k "$store" check --wait = 5m a.example ''
check 'a.example b.example' -k "$store" check --wait ''
check FILES export --output ''
check 'a.example b.example' -k "$store" export --output x ''
exit "$bad"
