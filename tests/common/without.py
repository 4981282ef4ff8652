#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Execute a program as on a kernel that lacks something.

usage: without.py landlock|seccomp COMMAND...

A seccomp filter makes the calls that begin its use fail.
"""

import ctypes
import errno
import os
import struct
import sys

LANDLOCK_CREATE_RULESET = 444   # on all architectures
SECCOMP, PRCTL = 317, 157       # on amd64
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP = 38, 22

LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06
NUMBER, ARGUMENT = 0, 16        # where they are in struct seccomp_data
ALLOW = 0x7fff0000


def fail(error):
    return (RETURN, 0, 0, 0x00050000 | error)


FILTERS = {
    "landlock": [
        (LOAD, 0, 0, NUMBER),
        (EQUAL, 0, 1, LANDLOCK_CREATE_RULESET),
        fail(errno.ENOSYS),
        (RETURN, 0, 0, ALLOW),
    ],
    "seccomp": [
        (LOAD, 0, 0, NUMBER),
        (EQUAL, 0, 1, SECCOMP),
        fail(errno.ENOSYS),
        (EQUAL, 0, 3, PRCTL),
        (LOAD, 0, 0, ARGUMENT),
        (EQUAL, 0, 1, PR_SET_SECCOMP),
        fail(errno.EINVAL),
        (RETURN, 0, 0, ALLOW),
    ],
}


def restrict(program):
    """For this process and what it executes."""
    libc = ctypes.CDLL(None, use_errno=True)
    code = b"".join(struct.pack("HBBI", *line) for line in program)
    buffer = ctypes.create_string_buffer(code)
    fprog = struct.pack("HxxxxxxP", len(program), ctypes.addressof(buffer))
    for arguments in ((PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
                      (PR_SET_SECCOMP, 2, fprog, 0, 0)):
        if libc.prctl(*arguments) != 0:
            sys.exit("prctl: " + os.strerror(ctypes.get_errno()))


restrict(FILTERS[sys.argv[1]])
os.execv(sys.argv[2], sys.argv[2:])
