# SPDX-License-Identifier: ISC
"""usage: verify.py MESSAGE KEY NAME

MESSAGE has a DKIM signature that verifies with KEY, base64, served as NAME;
with one more octet in the body it does not.
"""

import sys

import dkim

message = open(sys.argv[1], 'rb').read()
key = open(sys.argv[2], 'rb').read()
name = sys.argv[3].encode()


def txt(query, timeout=5):
    return b'v=DKIM1; p=' + key if query.rstrip(b'.') == name else None


if not dkim.verify(message, dnsfunc=txt):
    sys.exit('the signature does not verify')
if dkim.verify(message + b'x', dnsfunc=txt):
    sys.exit('a changed body verifies')
