# SPDX-License-Identifier: ISC
"""What is between a host and its database, and loses an answer: the statement
was carried out, and the host does not know.
"""

import os
import socket
import threading

READY = b"Z\x00\x00\x00\x05"   # the server has answered it all
NAME = "/.s.PGSQL.5432"


class Losing:
    """A socket in a folder of its own, in place of that of the server."""

    def __init__(self, folder, server):
        self.folder, self.server = folder, server
        self.statement = None
        self.is_lost = threading.Event()
        os.mkdir(folder, 0o755)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(folder + NAME)
        os.chmod(folder + NAME, 0o777)
        self.listener.listen(8)
        threading.Thread(target=self.accept, daemon=True).start()

    def lose(self, statement):
        """The answer to the next statement with this text, and the connection
        with it."""
        self.is_lost.clear()
        self.statement = statement.encode()

    def accept(self):
        while True:
            client = self.listener.accept()[0]
            server = socket.socket(socket.AF_UNIX)
            server.connect(self.server + NAME)
            is_last = threading.Event()
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=self.copy, daemon=True, args=(
                    source, sink, is_last, source is server)).start()

    def copy(self, source, sink, is_last, is_answer):
        """Until one end closes, or the answer that is lost is complete."""
        try:
            while octets := source.recv(65536):
                if is_answer and is_last.is_set():
                    if READY not in octets[-6:]:
                        continue
                    self.is_lost.set()
                    break
                self.note(octets, is_last)
                sink.sendall(octets)
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        source.close()

    def note(self, octets, is_last):
        if self.statement is not None and self.statement in octets:
            self.statement = None
            is_last.set()
