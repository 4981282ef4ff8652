#!/usr/bin/python3
# SPDX-License-Identifier: ISC
#
# usage: dns.py RECORDS PORTFILE
#
# Answers DNS questions on a loopback port of its own, written to PORTFILE.
# RECORDS has lines "name TYPE text": TXT with its text, or SERVFAIL.  Any
# other name does not exist.

import os
import socket
import struct
import sys

TXT = 16
NXDOMAIN = 3
SERVFAIL = 2


def read_records(path):
    records = {}
    with open(path, encoding="ascii") as lines:
        for line in lines:
            name, kind, text = line.rstrip("\n").split(" ", 2)
            records.setdefault(name.lower(), []).append((kind, text))
    return records


def read_name(packet, at):
    labels = []
    while packet[at]:
        labels.append(packet[at + 1:at + 1 + packet[at]].decode("ascii"))
        at += 1 + packet[at]
    return ".".join(labels).lower(), at + 1


def txt_data(text):
    raw = text.encode("ascii")
    pieces = [raw[i:i + 255] for i in range(0, len(raw), 255)] or [b""]
    return b"".join(bytes([len(piece)]) + piece for piece in pieces)


def answer(packet, records):
    name, at = read_name(packet, 12)
    kind = struct.unpack("!H", packet[at:at + 2])[0]
    question = packet[12:at + 4]
    found = records.get(name, [])
    code = 0 if found else NXDOMAIN
    if any(kind == "SERVFAIL" for kind, _ in found):
        code, found = SERVFAIL, []
    datas = [txt_data(text) for _, text in found] if kind == TXT else []
    head = packet[:2] + struct.pack("!HHHHH", 0x8580 | code, 1, len(datas),
                                    0, 0)
    return head + question + b"".join(
        b"\xc0\x0c" + struct.pack("!HHIH", TXT, 1, 60, len(data)) + data
        for data in datas)


def main():
    records = read_records(sys.argv[1])
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("127.0.0.1", 0))
    with open(sys.argv[2] + ".new", "w", encoding="ascii") as out:
        out.write(str(udp.getsockname()[1]))
    os.rename(sys.argv[2] + ".new", sys.argv[2])
    while True:
        packet, peer = udp.recvfrom(4096)
        udp.sendto(answer(packet, records), peer)


main()
