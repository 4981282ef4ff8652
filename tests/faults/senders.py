# SPDX-License-Identifier: ISC
"""Twenty clients that send at the same time, and try again like an MTA.

Each message has an id, which is also its recipient.  What is deferred, or
loses its connection, is sent again until it is accepted or refused for good.
"""

import hashlib
import heapq
import os
import sys
import threading
import time
import traceback
import types

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "e2e", "lib"))
# pylint: disable=wrong-import-position
from send import Client, Refused

SENDERS = 20
PER_CONNECTION = 5      # messages
# Seconds between two messages of a sender.
PAUSE = float(os.environ.get("FAULT_PAUSE", "0.1"))
RETRY_AFTER = 0.7       # seconds, doubled each time up to RETRY_MOST
RETRY_MOST = 3.0
TIMEOUT = 60            # seconds without a reply
OPTIONS = {"eight": True, "smtputf8": False, "bdat": False, "name": None,
           "login": None, "helo": "smtp.example.net", "tls": None,
           "auth": None}


class Sent:
    """A message, and what became of it."""

    def __init__(self, kind, octets):
        self.kind = kind
        self.length = len(octets)
        self.digest = hashlib.sha256(octets).hexdigest()
        self.octets = octets
        self.attempts = 0
        self.is_accepted = False
        self.refusal = None
        self.replies = []       # of failed attempts: code and text


class Sender(threading.Thread):
    """One client: its messages have no other."""

    def __init__(self, number, load):
        super().__init__(daemon=True)
        self.number, self.load = number, load
        self.waiting = []       # (when, id), deferred
        self.client, self.kind, self.left = None, None, 0
        self.count = 0

    def run(self):
        try:
            self.send_all()
        except Exception:   # pylint: disable=broad-except
            self.load.broken.append(traceback.format_exc())

    def send_all(self):
        while True:
            now = time.monotonic()
            if self.waiting and self.waiting[0][0] <= now:
                ident = heapq.heappop(self.waiting)[1]
            elif now < self.load.until:
                ident = self.create()
            elif self.waiting and not self.load.is_given_up:
                time.sleep(0.05)
                continue
            else:
                break
            self.attempt(ident, self.load.sent[ident])
            time.sleep(PAUSE)
        self.disconnect()

    def create(self):
        # All messages of a connection are of one kind: one client's.
        kinds = self.load.kinds
        kind = kinds[(self.number + self.count // PER_CONNECTION) %
                     len(kinds)]
        ident = f"{self.load.name}-{self.number}-{self.count}"
        self.count += 1
        self.load.sent[ident] = Sent(kind, kind.message(ident))
        return ident

    def disconnect(self):
        if self.client is not None:
            try:
                self.client.socket.close()
                self.client.file.close()
            except OSError:
                pass
            self.client = None

    def connect(self, kind):
        if self.client is not None and self.kind is kind and self.left > 0:
            self.left -= 1
            return
        self.disconnect()
        self.client = Client(self.load.port, timeout=TIMEOUT)
        self.client.hello(types.SimpleNamespace(
            address=kind.address if self.load.has_xclient else None,
            **OPTIONS))
        self.kind, self.left = kind, PER_CONNECTION - 1

    def attempt(self, ident, sent):
        sent.attempts += 1
        try:
            self.connect(sent.kind)
            reply = self.client.message(
                sent.kind.sender, ident + "@sink.example.net", sent.octets,
                types.SimpleNamespace(**OPTIONS))
        except Refused as refused:
            reply = refused.args[0]
        except OSError as error:
            reply = {"code": 0, "text": f"{type(error).__name__}: {error}"}
        code = reply["code"]
        if 200 <= code < 300:
            sent.is_accepted, sent.octets = True, None
            return
        # A milter that failed in a session is not asked again in it.
        self.disconnect()
        sent.replies.append(f"{code} {reply['text']}")
        if code >= 500:
            sent.refusal = sent.replies[-1]
            return
        after = min(RETRY_AFTER * 2 ** (sent.attempts - 1), RETRY_MOST)
        heapq.heappush(self.waiting, (time.monotonic() + after, ident))


class Load:
    """All senders for a time, and then until nothing waits any more."""

    def __init__(self, name, port, kinds, seconds, has_xclient):
        self.name, self.port, self.kinds = name, port, kinds
        self.has_xclient = has_xclient
        self.until = time.monotonic() + seconds
        self.is_given_up = False
        self.sent = {}
        self.broken = []        # why a sender gave up
        self.senders = [Sender(number, self) for number in range(SENDERS)]
        for sender in self.senders:
            sender.start()

    def wait(self, seconds):
        """Until each message is accepted or refused; what went wrong."""
        until = time.monotonic() + seconds
        for sender in self.senders:
            sender.join(max(0, until - time.monotonic()))
        self.is_given_up = True
        for sender in self.senders:
            sender.join(2 * TIMEOUT)
        left = sum(not sent.is_accepted and not sent.refusal
                   for sent in self.sent.values())
        return self.broken + ([f"{left} messages are still deferred after "
                               f"{seconds} s"] if left else [])
