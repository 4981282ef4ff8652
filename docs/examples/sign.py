#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Sign a message with libdkimsig, called through ctypes.

    sign.py DOMAIN SELECTOR KEYFILE <MESSAGE

Prints the DKIM-Signature field to put on top of the message, whose lines end
with CRLF.  The library makes the block to sign and the field; the private key
stays with openssl(1), as it would with any other holder of keys.

Sign only what you know to be yours: DOMAIN must be the author domain, which
dkimsig_authors_domain() finds in the From field as all receivers read it.
"""

import ctypes
import subprocess
import sys
import time

RSA_SHA256, RELAXED = 0, 1      # enum dkimsig_algorithm, enum dkimsig_canon

lib = ctypes.CDLL("libdkimsig.so.0")
lib.dkimsig_strerror.restype = ctypes.c_char_p
lib.dkimsig_signature_block.restype = ctypes.c_void_p


class Sigspec(ctypes.Structure):
    """struct dkimsig_sigspec of dkimsig.h, in its order."""

    _fields_ = [
        ("sdid", ctypes.c_char_p),
        ("selector", ctypes.c_char_p),
        ("auid", ctypes.c_char_p),
        ("algorithm", ctypes.c_int),
        ("header_canon", ctypes.c_int),
        ("body_canon", ctypes.c_int),
        ("timestamp", ctypes.c_int64),
        ("lifetime", ctypes.c_int64),
        ("sign", ctypes.c_void_p),
        ("nsign", ctypes.c_size_t),
        ("oversign", ctypes.c_void_p),
        ("noversign", ctypes.c_size_t),
        ("guard", ctypes.c_void_p),
        ("nguard", ctypes.c_size_t),
        ("no_oversign", ctypes.c_bool),
    ]


def check(error):
    if error != 0:
        sys.exit(lib.dkimsig_strerror(error).decode())


def header_fields(header):
    """The fields with their folds; each ends with CRLF."""
    field = b""
    for line in header.splitlines(keepends=True):
        if field and not line.startswith((b" ", b"\t")):
            yield field
            field = b""
        field += line
    yield field


def main():
    domain, selector, keyfile = sys.argv[1:]
    header, _, body = sys.stdin.buffer.read().partition(b"\r\n\r\n")
    signer = ctypes.c_void_p()
    check(lib.dkimsig_signer_new(ctypes.byref(signer), None))
    for field in header_fields(header + b"\r\n"):
        name, _, value = field.removesuffix(b"\r\n").partition(b":")
        check(lib.dkimsig_signer_header(
            signer, name, ctypes.c_size_t(len(name)),
            value, ctypes.c_size_t(len(value))))
    check(lib.dkimsig_signer_end_headers(signer))
    check(lib.dkimsig_signer_body(signer, body, ctypes.c_size_t(len(body))))
    check(lib.dkimsig_signer_end(signer))

    spec = Sigspec(sdid=domain.encode(), selector=selector.encode(),
                   algorithm=RSA_SHA256, header_canon=RELAXED,
                   body_canon=RELAXED, timestamp=int(time.time()))
    signature, length = ctypes.c_void_p(), ctypes.c_size_t()
    check(lib.dkimsig_signature_new(ctypes.byref(signature), signer,
                                    ctypes.byref(spec)))
    block = ctypes.string_at(
        lib.dkimsig_signature_block(signature, ctypes.byref(length)),
        length.value)
    raw = subprocess.run(["openssl", "dgst", "-sha256", "-sign", keyfile],
                         input=block, stdout=subprocess.PIPE,
                         check=True).stdout
    value = ctypes.c_char_p()
    check(lib.dkimsig_signature_field(
        signature, raw, ctypes.c_size_t(len(raw)), ctypes.byref(value),
        ctypes.byref(length)))
    sys.stdout.buffer.write(
        b"DKIM-Signature:" + ctypes.string_at(value, length.value) + b"\r\n")
    lib.dkimsig_signature_free(signature)
    lib.dkimsig_signer_free(signer)


main()
