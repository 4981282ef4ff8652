# SPDX-License-Identifier: ISC
"""Many connections to a milter in one thread: those that do nothing, those that
do what they should not, and honest ones, whose messages are timed."""

import random
import selectors
import socket
import struct
import time

FINAL = b"cartdys"
SECONDS_TO_ANSWER = 60


def packet(command, data=b""):
    return struct.pack("!I", len(data) + 1) + command + data


NEGOTIATION = packet(b"O", struct.pack("!III", 6, 0x1ff, 0x1fffff))
QUIT = packet(b"Q")
CLIENT = (packet(b"C", b"client.example\0004\0\x19127.0.0.1\0") +
          packet(b"H", b"client.example\0"))
MAIL = packet(b"M", b"<bounce@example.com>\0")
FIELDS = b"".join(packet(b"L", name + b"\0" + value + b"\0") for name, value in (
    (b"From", b" someone@example.com"), (b"To", b" to@example.org"),
    (b"Subject", b" overload"), (b"Date", b" Fri, 27 Nov 2026 12:00:00 +0000"),
    (b"Message-ID", b" <1@example.com>")))
LINE = b"All work and no play makes a dull message of two kibibytes.\r\n"
BODY = packet(b"B", LINE * 34)
CHUNK = packet(b"B", LINE * 1000)
HEADER = packet(b"D", b"Ni\0Q1\0") + packet(b"N")
END = packet(b"D", b"Ei\0Q1\0") + packet(b"E")


class Connection:
    """One connection: what it has to send, and the packets that it gets."""

    def __init__(self, crowd):
        self.crowd = crowd
        self.out, self.got = b"", b""
        self.is_open = True
        self.negotiated = False
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.setblocking(False)
        self.connect(time.monotonic() + SECONDS_TO_ANSWER)
        crowd.selector.register(self.sock, selectors.EVENT_READ, self)

    def connect(self, end):
        while True:
            try:
                self.sock.connect(self.crowd.path)
                return
            except BlockingIOError:
                # The queue of the listener is full.
                if time.monotonic() > end:
                    raise
                self.crowd.turn()

    def close(self):
        if self.is_open:
            self.is_open = False
            self.crowd.selector.unregister(self.sock)
            self.sock.close()

    def send(self, data):
        self.out += data
        self.flush()

    def flush(self):
        try:
            while self.out and self.is_open:
                self.out = self.out[self.sock.send(self.out):]
        except BlockingIOError:
            pass
        except OSError:
            self.lost()
            return
        if self.is_open:
            self.crowd.selector.modify(
                self.sock, selectors.EVENT_READ |
                (selectors.EVENT_WRITE if self.out else 0), self)

    def readable(self):
        try:
            piece = self.sock.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            piece = b""
        if not piece:
            self.lost()
            return
        self.got += piece
        while len(self.got) >= 5:
            length = struct.unpack("!I", self.got[:4])[0]
            if len(self.got) < 4 + length:
                return
            command, data = self.got[4:5], self.got[5:4 + length]
            self.got = self.got[4 + length:]
            if command == b"O":
                self.negotiated = True
            self.gets(command, data)

    def lost(self):
        self.close()
        self.ended()

    # What kinds of connections do.
    def gets(self, command, data):
        pass

    def ended(self):
        self.crowd.nclosed += 1

    def tick(self, now):
        pass


class Silent(Connection):
    """Never says a word."""


class Idle(Connection):
    """Negotiates, as an MTA between two messages."""

    def __init__(self, crowd):
        super().__init__(crowd)
        self.send(NEGOTIATION)


class Honest(Connection):
    """Sends a message every so many seconds, in the steps of Postfix."""

    def __init__(self, crowd, every=1.0):
        super().__init__(crowd)
        self.every = every
        self.next = time.monotonic() + random.random() * every
        self.began = None
        self.is_known = self.is_signed = self.in_body = False
        self.send(NEGOTIATION)

    def tick(self, now):
        if self.began is None and self.negotiated and now >= self.next and \
                not self.crowd.is_ending:
            self.began, self.is_signed, self.in_body = now, False, False
            self.next = now + self.every
            self.send((b"" if self.is_known else CLIENT) + MAIL + FIELDS +
                      HEADER)
            self.is_known = True

    def gets(self, command, data):
        if command == b"i" and b"DKIM-Signature" in data:
            self.is_signed = True
        if self.began is None or command not in (b"c", b"a", b"r", b"t", b"y"):
            return
        if command == b"c" and not self.in_body:
            self.in_body = True
            self.send(BODY + END)
            return
        self.crowd.times.append(time.monotonic() - self.began)
        if command == b"t" or command == b"y":
            self.crowd.ndeferred += 1
        else:
            self.crowd.nsigned += self.is_signed
        self.began = None

    def ended(self):
        super().ended()
        self.crowd.nlost += 1


class Slow(Connection):
    """Begins a message, and goes on with an octet a second."""

    def __init__(self, crowd):
        super().__init__(crowd)
        self.rest = packet(b"L", b"X-Slow\0" + b"x" * 1000 + b"\0")
        self.next = time.monotonic() + random.random()
        self.send(NEGOTIATION + CLIENT + MAIL + self.rest[:1])
        self.rest = self.rest[1:]

    def tick(self, now):
        if now >= self.next and self.is_open:
            self.next = now + 1
            self.send(self.rest[:1])
            self.rest = self.rest[1:]


class Endless(Connection):
    """A message with a body that does not end."""

    def __init__(self, crowd):
        super().__init__(crowd)
        self.octets = 0
        self.next = 0.0
        self.send(NEGOTIATION + CLIENT + MAIL + FIELDS + HEADER)

    def tick(self, now):
        if now >= self.next and self.is_open and not self.out:
            self.next = now + 0.1
            self.octets += len(CHUNK)
            self.send(CHUNK)


class Garbage(Connection):
    """Sends anything; when it is thrown out, another one comes."""

    def __init__(self, crowd):
        super().__init__(crowd)
        self.until = time.monotonic() + 1
        self.send(random.choice((
            random.randbytes(random.randint(1, 300)),
            struct.pack("!I", random.randint(2, 64)) + random.randbytes(80),
            NEGOTIATION + packet(bytes([random.randrange(256)]),
                                 random.randbytes(9)))))

    def tick(self, now):
        if now >= self.until:
            self.crowd.replace(self)

    def ended(self):
        self.until = time.monotonic() + 0.05


class Crowd:
    """All of them, and what came of it."""

    def __init__(self, path):
        self.path = path
        self.selector = selectors.DefaultSelector()
        self.members = []
        self.is_ending = False
        self.times = []
        self.nsigned = self.ndeferred = self.nlost = 0
        self.nclosed = self.ngarbage = 0

    def add(self, kind, number):
        for _ in range(number):
            self.members.append(kind(self))
            if len(self.members) % 50 == 0:
                self.turn(0)

    def replace(self, member):
        member.close()
        self.ngarbage += 1
        self.members[self.members.index(member)] = type(member)(self)

    def turn(self, timeout=0.01):
        for key, events in self.selector.select(timeout):
            member = key.data
            if events & selectors.EVENT_READ:
                member.readable()
            if events & selectors.EVENT_WRITE and member.is_open:
                member.flush()

    def tick(self):
        now = time.monotonic()
        for member in list(self.members):
            if type(member).tick is not Connection.tick:
                member.tick(now)

    def run(self, seconds, every_second=lambda: None):
        end = time.monotonic() + seconds
        following = 0.0
        while (now := time.monotonic()) < end:
            self.turn()
            self.tick()
            if now >= following:
                following = now + 1
                every_second()

    def finish(self):
        """Let honest messages end; True if they do."""
        self.is_ending = True
        end = time.monotonic() + SECONDS_TO_ANSWER
        while time.monotonic() < end:
            self.turn()
            if not any(isinstance(member, Honest) and
                       member.began is not None and member.is_open
                       for member in self.members):
                return True
        return False

    def close(self):
        for member in self.members:
            member.close()
        self.members = []

    def percentile(self, part):
        times = sorted(self.times)
        return times[min(len(times) - 1, int(len(times) * part))] \
            if times else 0.0
