#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""syslog.py FILE: what programs say to syslog(3), a line each, into FILE."""

import os
import socket
import sys


def main():
    log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    log.bind("/dev/log")
    os.chmod("/dev/log", 0o666)
    with open(sys.argv[1], "ab", buffering=0) as file:
        while True:
            file.write(log.recv(65536).rstrip(b"\n\0") + b"\n")


if __name__ == "__main__":
    main()
