# SPDX-License-Identifier: ISC
"""The MTA's side of the milter protocol, version 6, as one connection.

Only what the tests send and expect; a packet is a 32-bit length, a command
octet and data.  Names follow libmilter's mfdef.h.
"""

import socket
import struct

ADDHDRS, CHGBODY, ADDRCPT, DELRCPT = 0x01, 0x02, 0x04, 0x08
CHGHDRS, QUARANTINE, CHGFROM, ADDRCPT_PAR, SETSYMLIST = (
    0x10, 0x20, 0x40, 0x80, 0x100)
ALL_ACTIONS = 0x1ff

NOCONNECT, NOHELO, NOMAIL, NORCPT, NOBODY, NOHDRS, NOEOH = (
    0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40)
NR_HDR, NOUNKNOWN, NODATA, SKIP, RCPT_REJ = 0x80, 0x100, 0x200, 0x400, 0x800
NR_CONN, NR_HELO, NR_MAIL, NR_RCPT, NR_DATA, NR_UNKN, NR_EOH, NR_BODY = (
    0x1000, 0x2000, 0x4000, 0x8000, 0x10000, 0x20000, 0x40000, 0x80000)
HDR_LEADSPC = 0x100000
ALL_PROTOCOL = 0x1fffff

STAGE_MAIL = 2
BODY_CHUNK = 65535
FINAL_REPLIES = b"cartdys"


class Lost(Exception):
    """The milter closed the connection."""


class MilterClient:
    """One connection; replies are (command, data) pairs."""

    def __init__(self, path, actions=ALL_ACTIONS, protocol=ALL_PROTOCOL,
                 timeout=30):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(timeout)
        self.sock.connect(path)
        self.leading_space = False
        self.octets = 0     # sent so far
        self.protocol = 0
        self.actions = 0
        self.macros_wanted = {}
        self.address = ""
        self.negotiate(actions, protocol)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.sock.close()

    def send(self, command, data=b""):
        self.sock.sendall(struct.pack("!I", len(data) + 1) + command + data)
        self.octets += 5 + len(data)

    def _exactly(self, count):
        data = b""
        while len(data) < count:
            piece = self.sock.recv(count - len(data))
            if not piece:
                raise Lost()
            data += piece
        return data

    def receive(self):
        length, = struct.unpack("!I", self._exactly(4))
        packet = self._exactly(length)
        return packet[:1], packet[1:]

    def negotiate(self, actions, protocol):
        self.send(b"O", struct.pack("!III", 6, actions, protocol))
        command, data = self.receive()
        assert command == b"O", (command, data)
        _, self.actions, self.protocol = struct.unpack("!III", data[:12])
        rest = data[12:]
        while rest:
            stage, = struct.unpack("!I", rest[:4])
            names, _, rest = rest[4:].partition(b"\0")
            self.macros_wanted[stage] = names.decode().split()
        self.leading_space = bool(self.protocol & HDR_LEADSPC)

    def macros(self, command, values):
        if values:
            flat = b"".join(k.encode() + b"\0" + v.encode() + b"\0"
                            for k, v in values.items())
            self.send(b"D", command + flat)

    def step(self, command, data, no_command, no_reply):
        """Send one command as the MTA would; the reply, or None."""
        if self.protocol & no_command:
            return None
        self.send(command, data)
        if self.protocol & no_reply:
            return None
        return self.receive()

    def connect(self, address="192.0.2.1", macros=None):
        self.macros(b"C", macros or {})
        self.address = address or ""
        if address is None:
            data = b"localhost\0U"
        else:
            family = b"6" if ":" in address else b"4"
            text = ("IPv6:" + address) if family == b"6" else address
            data = (b"client.example\0" + family + struct.pack("!H", 25) +
                    text.encode() + b"\0")
        return self.step(b"C", data, NOCONNECT, NR_CONN)

    def mail(self, sender="<bounce@example.net>", login=None,
             recipients=("to@example.org",)):
        self.step(b"H", b"client.example\0", NOHELO, NR_HELO)
        values = {"{mail_addr}": sender.strip("<>"),
                  "{client_addr}": self.address,
                  **({"{auth_authen}": login} if login else {})}
        self.macros(b"M", {name: value for name, value in values.items()
                           if name in self.macros_wanted.get(
                               STAGE_MAIL, ("{auth_authen}",
                                            "{mail_addr}"))})
        reply = self.step(b"M", sender.encode() + b"\0", NOMAIL, NR_MAIL)
        for recipient in recipients:
            self.step(b"R", b"<" + recipient.encode() + b">\0", NORCPT,
                      NR_RCPT)
        self.step(b"T", b"", NODATA, NR_DATA)
        return reply

    def header(self, name, value):
        """value: all that stands after the colon, CRLF-folded."""
        if not self.leading_space and value.startswith(b" "):
            value = value[1:]
        data = name + b"\0" + value.replace(b"\r\n", b"\n") + b"\0"
        return self.step(b"L", data, NOHDRS, NR_HDR)

    def end_of_headers(self, queue_id="QUEUEID"):
        self.macros(b"N", {"i": queue_id} if queue_id else {})
        return self.step(b"N", b"", NOEOH, NR_EOH)

    def body(self, body):
        for i in range(0, len(body), BODY_CHUNK):
            self.step(b"B", body[i:i + BODY_CHUNK], NOBODY, NR_BODY)

    def end(self, queue_id="QUEUEID"):
        """End of message: the edits, then the final reply."""
        self.macros(b"E", {"i": queue_id} if queue_id else {})
        self.send(b"E")
        edits = []
        while True:
            command, data = self.receive()
            if command in FINAL_REPLIES:
                return edits, (command, data)
            if command != b"p":
                edits.append((command, data))

    def abort(self):
        self.send(b"A")

    def quit(self):
        self.send(b"Q")

    def message(self, fields, body, address="192.0.2.1", login=None,
                connect=True, sender="<bounce@example.net>"):
        """A whole message: (edits, final reply)."""
        if connect:
            self.connect(address)
        self.mail(sender, login)
        for name, value in fields:
            reply = self.header(name, value)
            if reply is not None and reply[0] != b"c":
                return [], reply
        reply = self.end_of_headers()
        if reply[0] != b"c":
            return [], reply
        self.body(body)
        return self.end()


def inserted(edits):
    """The (index, name, value) of each inserted field."""
    found = []
    for command, data in edits:
        if command == b"i":
            index, = struct.unpack("!I", data[:4])
            name, value = data[4:].split(b"\0")[:2]
            found.append((index, name, value))
    return found
