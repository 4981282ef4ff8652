# SPDX-License-Identifier: ISC
"""A server that speaks the protocol of PostgreSQL, and answers what a test
wants: what no PostgreSQL would, but whoever answers in its place can.

Only what libpq needs: version 3.0, on a Unix socket, without passwords.
"""

import os
import socket
import struct
import threading

TEXT, BYTEA, INT8 = 25, 17, 20
SYSTEM = "7000000000000000001"


def message(kind, body=b""):
    return kind + struct.pack("!I", len(body) + 4) + body


def number(value):
    """A bigint in binary."""
    return struct.pack("!q", value)


def row(values):
    """Octets, or None."""
    body = struct.pack("!H", len(values))
    for value in values:
        body += b"\xff\xff\xff\xff" if value is None else \
            struct.pack("!I", len(value)) + value
    return message(b"D", body)


def columns(count, is_binary=True):
    body = struct.pack("!H", count)
    for i in range(count):
        body += b"c%d\0" % i + struct.pack("!IHIhih", 0, 0, BYTEA, -1, -1,
                                           1 if is_binary else 0)
    return message(b"T", body)


def rows(values, is_binary=True):
    """All that a SELECT gives: a list of rows, of one column or more."""
    return columns(len(values[0]) if values else 1, is_binary) + \
        b"".join(map(row, values)) + message(b"C", b"SELECT 1\0")


def failure(**fields):
    """An error with these fields, such as C=the SQLSTATE, M=the text."""
    return message(b"E", b"".join(
        name.encode() + text.encode() + b"\0"
        for name, text in fields.items()) + b"\0")


class Silence(Exception):
    """Raised by an answer: send these octets, and nothing more."""


class Server:
    """Calls answer(statement) for each statement, which returns octets, or
    None for what is usual."""

    def __init__(self, folder, answer):
        self.folder, self.answer = folder, answer
        self.statements = []
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(folder + "/.s.PGSQL.5432")
        os.chmod(folder + "/.s.PGSQL.5432", 0o777)
        self.listener.listen()
        threading.Thread(target=self.accept, daemon=True).start()

    def conninfo(self):
        return f"host={self.folder} dbname=x user=x"

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def accept(self):
        while True:
            try:
                conn = self.listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=self.serve, args=(conn,),
                             daemon=True).start()

    def serve(self, conn):
        with conn, conn.makefile("rb") as file:
            try:
                self.greet(conn, file)
                self.talk(conn, file)
            except (BrokenPipeError, ConnectionResetError, struct.error):
                return
            except Silence as silence:
                conn.sendall(silence.args[0])
                file.read()

    @staticmethod
    def read(file):
        kind = file.read(1)
        size = struct.unpack("!I", file.read(4))[0]
        return kind, file.read(size - 4)

    @staticmethod
    def greet(conn, file):
        file.read(struct.unpack("!I", file.read(4))[0] - 4)
        conn.sendall(
            message(b"R", struct.pack("!I", 0)) + b"".join(
                message(b"S", name + b"\0" + value + b"\0")
                for name, value in (
                    (b"server_version", b"15.0"),
                    (b"client_encoding", b"UTF8"),
                    (b"in_hot_standby", b"off"),
                    (b"default_transaction_read_only", b"off"))) +
            message(b"K", bytes(8)) + message(b"Z", b"I"))

    def usual(self, statement):
        if "pg_control_system" in statement:
            return rows([[SYSTEM.encode()]], False)
        return message(b"C", b"SET\0")

    def reply(self, statement):
        self.statements.append(statement)
        answer = self.answer(statement)
        return self.usual(statement) if answer is None else answer

    def talk(self, conn, file):
        known, bound = {}, ""
        while True:
            kind, body = self.read(file)
            if kind == b"Q":
                conn.sendall(self.reply(body.rstrip(b"\0").decode()) +
                             message(b"Z", b"I"))
            elif kind == b"P":
                name, statement = body.split(b"\0")[:2]
                known[name] = statement.decode()
                conn.sendall(message(b"1"))
            elif kind == b"B":
                bound = known[body.split(b"\0")[1]]
                conn.sendall(message(b"2"))
            elif kind == b"E":
                conn.sendall(self.reply(bound))
            elif kind == b"S":
                conn.sendall(message(b"Z", b"I"))
            elif kind == b"X":
                return
