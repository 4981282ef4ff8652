#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""answer_update.py ADDRESS KEYFILE RCODE [unsigned]: a server that refuses.

It has no record at any name, and answers each UPDATE with RCODE, signed with
the key of KEYFILE (as tsig-keygen writes it) unless told otherwise.
"""

import re
import socket
import socketserver
import struct
import sys
import threading

import without_requests  # noqa: F401
import dns.flags
import dns.message
import dns.opcode
import dns.rcode
import dns.tsigkeyring


def keyring(path):
    with open(path, encoding='ascii') as f:
        text = f.read()
    name = re.search(r'key "(.*?)"', text)[1]
    return dns.tsigkeyring.from_text({
        name: (re.search(r'algorithm (\S+);', text)[1],
               re.search(r'secret "(.*?)"', text)[1])})


def answer(wire, keys, rcode, is_signed):
    request = dns.message.from_wire(wire, keyring=keys)
    response = dns.message.make_response(request)
    response.flags |= dns.flags.AA
    if request.opcode() == dns.opcode.UPDATE:
        response.set_rcode(rcode)
        if not is_signed:
            response.tsig = None
    return response.to_wire()


def serve_udp(sock, make):
    while True:
        wire, peer = sock.recvfrom(65535)
        sock.sendto(make(wire), peer)


def main():
    address, keys = sys.argv[1], keyring(sys.argv[2])
    rcode = dns.rcode.from_text(sys.argv[3])
    is_signed = len(sys.argv) < 5

    def make(wire):
        return answer(wire, keys, rcode, is_signed)

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            size = struct.unpack('!H', self.rfile.read(2))[0]
            wire = make(self.rfile.read(size))
            self.wfile.write(struct.pack('!H', len(wire)) + wire)

    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind((address, 53))
    threading.Thread(target=serve_udp, args=(udp, make),
                     daemon=True).start()
    socketserver.ThreadingTCPServer.allow_reuse_address = True
    with socketserver.ThreadingTCPServer((address, 53), Handler) as server:
        server.serve_forever()


if __name__ == '__main__':
    main()
