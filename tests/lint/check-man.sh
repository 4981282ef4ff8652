#!/bin/bash
# SPDX-License-Identifier: ISC
#
# usage: check-man.sh FOLDER
#
# Every manual page passes mandoc's lint, is listed in meson.build, and refers
# only to pages of this project that exist.  Every preset is described in
# countersign.conf(5), installed and tested.

set -u
cd "$1" || exit 1
bad=0
pages=(*.[1-9])

mandoc -T lint -W warning "${pages[@]}" || bad=1
for page in "${pages[@]}"; do
	grep -qF "'$page'" meson.build || {
		echo "$page: not in man/meson.build"
		bad=1
	}
	while read -r name section; do
		[ -f "$name.$section" ] || {
			echo "$page: there is no $name($section)"
			bad=1
		}
	done < <(sed -n 's/^\.Xr \(countersign[^ ]*\|dkimsig\) \([1-9]\).*/\1 \2/p' \
	    "$page")
done
for file in ../presets/*.conf; do
	name=$(basename "$file" .conf)
	grep -q "^\.It Cm .*\<$name\>" countersign.conf.5 || {
		echo "countersign.conf.5: does not tell of preset $name"
		bad=1
	}
	grep -qF "'$name.conf'" ../presets/meson.build || {
		echo "$name: not in presets/meson.build"
		bad=1
	}
	grep -qF "{ \"$name\"," ../tests/unit/config/test_preset.c || {
		echo "$name: not in test_preset.c"
		bad=1
	}
done
exit "$bad"
