#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""A way to a DNS server on loopback on which answers take longer.

usage: slow.py PORT MS

Queries over UDP are passed on to that port, and each answer comes so many
milliseconds later.  The port to ask is printed.
"""

import heapq
import selectors
import socket
import sys
import time

MAX_LEN = 65535
BUFFER = 1 << 20


class Slow:
    def __init__(self, port, seconds):
        self.seconds = seconds
        self.front, self.back = (socket.socket(
            socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
        self.front.bind(("127.0.0.1", 0))
        self.back.connect(("127.0.0.1", port))
        self.selector = selectors.DefaultSelector()
        for sock, take in ((self.front, self.ask), (self.back, self.answer)):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
            sock.setblocking(False)
            self.selector.register(sock, selectors.EVENT_READ, take)
        self.number = 0
        self.askers = {}        # number -> address, ID of the query
        self.answers = []       # time, address, answer; the next one first

    def ask(self):
        query, address = self.front.recvfrom(MAX_LEN)
        self.number = (self.number + 1) % 65536
        self.askers[self.number] = address, query[:2]
        self.back.send(self.number.to_bytes(2, "big") + query[2:])

    def answer(self):
        answer = self.back.recv(MAX_LEN)
        address, ident = self.askers.pop(int.from_bytes(answer[:2], "big"))
        heapq.heappush(self.answers, (time.monotonic() + self.seconds,
                                      address, ident + answer[2:]))

    def run(self):
        while True:
            wait = max(0, self.answers[0][0] - time.monotonic()) \
                if self.answers else None
            for key, _ in self.selector.select(wait):
                key.data()
            while self.answers and self.answers[0][0] <= time.monotonic():
                _, address, answer = heapq.heappop(self.answers)
                self.front.sendto(answer, address)


if __name__ == "__main__":
    slow = Slow(int(sys.argv[1]), int(sys.argv[2]) / 1000)
    print(slow.front.getsockname()[1], flush=True)
    slow.run()
