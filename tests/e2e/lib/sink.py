#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""sink.py PORT DIRECTORY: keep every message that arrives by SMTP.

Each recipient gets a file LOCALPART.N.eml with the exact octets, dots
unstuffed and nothing else done, and LOCALPART.N.json with the envelope; N is
the first number from 1 that is free.  A file appears whole, by rename.
The recipient unknown-user is refused.
"""

import json
import os
import re
import socketserver
import sys
import threading

naming = threading.Lock()


def keep(directory, recipient, sender, octets):
    name = re.sub(r'[^A-Za-z0-9.+_-]', '_', recipient.rpartition('@')[0])
    envelope = json.dumps({'from': sender, 'to': recipient})
    with naming:
        number = 1
        while os.path.exists(os.path.join(directory, f'{name}.{number}.eml')):
            number += 1
        path = os.path.join(directory, f'{name}.{number}')
        for suffix, data in ('.json', envelope.encode()), ('.eml', octets):
            with open(path + '.new', 'wb') as f:
                f.write(data)
            os.rename(path + '.new', path + suffix)


class Session(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def say(self, *lines):
        for line in lines[:-1]:
            self.wfile.write(f'{line[:3]}-{line[4:]}\r\n'.encode())
        self.wfile.write(f'{lines[-1]}\r\n'.encode())

    def data(self):
        body = bytearray()
        while (line := self.rfile.readline()) != b'.\r\n':
            if not line:
                raise ConnectionError('end of input inside a message')
            body += line[1:] if line.startswith(b'.') else line
        return bytes(body)

    def take(self, sender, recipients, octets):
        for recipient in recipients:
            keep(self.server.directory, recipient, sender, octets)

    def handle(self):
        sender, recipients = '', []
        self.say('220 sink.example.net ESMTP')
        while line := self.rfile.readline():
            line = line.decode('utf-8', 'replace').strip()
            verb = line[:4].upper()
            path = re.search(r'<(.*?)>', line)
            if verb == 'EHLO':
                self.say('250 sink.example.net', '250 PIPELINING',
                         '250 8BITMIME', '250 SMTPUTF8',
                         '250 ENHANCEDSTATUSCODES')
            elif verb == 'MAIL' and path:
                sender, recipients = path[1], []
                self.say('250 2.1.0 Ok')
            elif verb == 'RCPT' and path and path[1].startswith(
                    'unknown-user@'):
                self.say('550 5.1.1 No such user')
            elif verb == 'RCPT' and path:
                recipients.append(path[1])
                self.say('250 2.1.5 Ok')
            elif verb == 'DATA' and recipients:
                self.say('354 Go on')
                self.take(sender, recipients, self.data())
                self.say('250 2.0.0 Kept')
            elif verb in ('RSET', 'NOOP', 'HELO'):
                self.say('250 2.0.0 Ok')
            elif verb == 'QUIT':
                self.say('221 2.0.0 Bye')
                return
            else:
                self.say('500 5.5.1 What?')


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128


def main():
    with Server(('127.0.0.1', int(sys.argv[1])), Session) as server:
        server.directory = sys.argv[2]
        server.serve_forever()


if __name__ == '__main__':
    main()
