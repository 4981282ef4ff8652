#!/bin/bash
# SPDX-License-Identifier: ISC
#
# usage: example.sh PAGE LIBRARY SANITIZERS COMPILER...
#
# The program in the EXAMPLES of dkimsig(3) compiles without a warning as it
# stands there and is that of docs/examples; what it signs, and what the example
# in Python signs, is verified by dkimpy.

set -eu
page=$1 library=$2 sanitizers=$3
shift 3
here=$(dirname "$0")
examples=$here/../../docs/examples
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE/p' "$page" |
    sed -n '/^\.Bd -literal/,/^\.Ed/p' | sed '/^\.[BE]d/d; s/\\e/\\/g' \
    >"$scratch/example.c"
# Without what only the page, or only the file, has at its top.
sed '1,/^ \*\/$/d' "$examples/sign.c" | sed 1d |
    diff -u "$scratch/example.c" -

flags=(-std=c11 -Wall -Wextra -Werror "-I$here/../../lib/dkimsig")
if [ "$sanitizers" != none ]; then
	flags+=("-fsanitize=$sanitizers")
fi
"$@" -o "$scratch/example" "${flags[@]}" "$scratch/example.c" "$library" \
    -lcrypto

openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 \
    -out "$scratch/key.pem" 2>"$scratch/genpkey.log"
openssl pkey -in "$scratch/key.pem" -pubout -outform DER |
    openssl base64 -A >"$scratch/key.b64"

# A field with folds, an 8-bit body, blanks at ends, empty lines at the end.
printf '%s\r\n' 'Received: by a.example' 'From: "A" <a@Example.com>' \
    'Subject: one' '	two' 'To: b@example.net' '' 'A  body ' '' \
    'with lines' '' '' >"$scratch/message"
LD_LIBRARY_PATH=$(dirname "$library") \
    "$scratch/example" s1 "$scratch/key.pem" \
    <"$scratch/message" >"$scratch/field"
cat "$scratch/field" "$scratch/message" >"$scratch/signed"
cat "$scratch/field"

/usr/bin/python3 "$here/verify.py" "$scratch/signed" "$scratch/key.b64" \
    s1._domainkey.example.com

# Python itself has no sanitizer, which a library with one needs.
if [ "$sanitizers" = none ]; then
	LD_LIBRARY_PATH=$(dirname "$library") /usr/bin/python3 \
	    "$examples/sign.py" example.com s1 "$scratch/key.pem" \
	    <"$scratch/message" >"$scratch/field"
	cat "$scratch/field" "$scratch/message" >"$scratch/signed"
	cat "$scratch/field"
	/usr/bin/python3 "$here/verify.py" "$scratch/signed" \
	    "$scratch/key.b64" s1._domainkey.example.com
fi
