#!/bin/bash
# SPDX-License-Identifier: ISC
#
# usage: make.sh BUILD VERSION     called by ./run formats
#
# Makes tests/formats/VERSION by the programs in BUILD: what this version
# writes, for later versions to read.  No program writes some files: state.1 and
# countersign.conf are those of 0.1; config, with all options, is that of 1.0, to
# which those that are new must be added by hand: config.py names them.

set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
build=$(cd "$1" && pwd)
folder=$top/tests/formats/$2
export COUNTERSIGN_KEY=$build/countersign-key
export COUNTERSIGN_MILTER=$build/countersign-milter
export KILLAT=$build/tests/keys/libkillat.so
export KEYPOOL_KEYS=$top/tests/keys/pool
export KEYPOOL_LIBRARY=$build/tests/keys/libkeypool.so

mkdir -p "$folder"
sh "$top/tests/keys/make-formats.sh" "$folder"
"$build/tests/formats/test_others" "$folder" make
"$top/tests/formats/make_logs.py" "$build" "$folder"
"$top/tests/formats/names.py" "$top" "$build/tests/lint/print_options" \
    "$build/tests/formats/print_metrics" "$folder" make
"$top/tests/fleet/make_formats.py" "$build" "$folder"
"$top/tests/formats/config.py" "$build/tests/lint/print_options" \
    "$build/tests/formats/print_defaults" "$folder" make
[ -e "$folder/config" ] || cp -r "$top/tests/formats/1.0/config" "$folder"
mkdir -p "$folder/schema"
cp "$top"/docs/schema/*.json "$folder/schema"
for name in state.1 countersign.conf; do
	[ -e "$folder/$name" ] || cp "$top/tests/formats/0.1/$name" "$folder"
done
echo "Add $2 to the lists in tests/formats/meson.build."
