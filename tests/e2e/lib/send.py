#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""send.py [options] FILE...: send messages by SMTP, octet for octet.

Each FILE is one message with CRLF line ends, sent to the recipient
STEM@sink.example.net, STEM being the file's name without its suffix.  DATA
cannot say that the last line has no CRLF; BDAT, with --bdat, can.

Prints a line of JSON for each message: file, stage, code, text.  The reply
is that of the stage at which the transaction ended ("data" is the end of
the message).  Exit status 0 unless the conversation itself broke down.
"""

import argparse
import base64
import json
import os
import re
import socket
import ssl
import sys


class Refused(Exception):
    """A reply that ends the transaction."""


class Client:
    def __init__(self, port, timeout=120):
        self.socket = socket.create_connection(('127.0.0.1', port), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.file = self.socket.makefile('rb')
        self.expect('banner', None)

    def expect(self, stage, command, wanted='2'):
        """Send a command, return (code, text); Refused for another class."""
        if command is not None:
            self.socket.sendall(command + b'\r\n')
        lines = []
        while True:
            line = self.file.readline().decode('utf-8', 'replace')
            if not line:
                raise ConnectionError(f'connection lost at {stage}')
            lines.append(line[4:].rstrip())
            if line[3:4] != '-':
                break
        reply = {'stage': stage, 'code': int(line[:3]),
                 'text': ' '.join(lines)}
        if line[0] != wanted:
            raise Refused(reply)
        return reply

    def hello(self, options):
        """Become another client, by XCLIENT, and say hello."""
        hello = b'EHLO ' + options.helo.encode()
        address, attributes = options.address, []
        if address:
            if ':' in address:
                address = 'IPV6:' + address
            attributes.append('ADDR=' + address)
        if options.name:
            attributes.append('NAME=' + options.name)
        if options.login:
            attributes.append('LOGIN=' + options.login)
        if attributes:
            self.expect('ehlo', b'EHLO test.example.net')
            self.expect('xclient', ' '.join(['XCLIENT'] + attributes).encode())
        self.expect('ehlo', hello)
        if options.tls:
            self.starttls(options.tls, options.certificate)
            self.expect('ehlo', hello)
        if options.auth:
            plain = f'\0{options.auth}\0secret'.encode()
            self.expect('auth', b'AUTH PLAIN ' + base64.b64encode(plain))

    def starttls(self, folder, certificate):
        self.expect('starttls', b'STARTTLS')
        context = ssl.create_default_context(
            cafile=os.path.join(folder, 'ca.pem'))
        context.check_hostname = False
        if certificate:
            context.load_cert_chain(
                os.path.join(folder, certificate + '.pem'),
                os.path.join(folder, certificate + '.key'))
        self.socket = context.wrap_socket(self.socket)
        self.file = self.socket.makefile('rb')

    def data(self, octets):
        self.expect('data', b'DATA', '3')
        if not octets.endswith(b'\r\n'):
            octets += b'\r\n'
        self.socket.sendall(re.sub(rb'(?m)^\.', b'..', octets))
        return self.expect('data', b'.')

    def bdat(self, octets):
        self.socket.sendall(b'BDAT %d LAST\r\n' % len(octets) + octets)
        return self.expect('data', None)

    def message(self, sender, recipient, octets, options):
        """One transaction; returns the reply that ended it."""
        mail = f'MAIL FROM:<{sender}>'
        if options.eight or options.smtputf8:
            mail += ' BODY=8BITMIME'
        if options.smtputf8:
            mail += ' SMTPUTF8'
        try:
            self.expect('mail', mail.encode())
            self.expect('rcpt', f'RCPT TO:<{recipient}>'.encode())
            return (self.bdat if options.bdat else self.data)(octets)
        except Refused as refused:
            reply = refused.args[0]
            self.expect('rset', b'RSET')
            return reply


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument('--port', type=int, required=True)
    parser.add_argument('--address', help='client address, by XCLIENT')
    parser.add_argument('--login', help='authenticated name, by XCLIENT')
    parser.add_argument('--name', help='client name, by XCLIENT')
    parser.add_argument('--tls', help='STARTTLS, with the CA of this folder')
    parser.add_argument('--certificate', help='the one to show, without .pem')
    parser.add_argument('--auth', help='log in by SMTP AUTH as this user')
    parser.add_argument('--helo', default='smtp.example.net')
    parser.add_argument('--from', dest='sender',
                        default='service@example.com')
    parser.add_argument('--8bitmime', dest='eight', action='store_true')
    parser.add_argument('--smtputf8', action='store_true')
    parser.add_argument('--bdat', action='store_true')
    parser.add_argument('files', nargs='+')
    return parser.parse_args()


def main():
    options = arguments()
    client = Client(options.port)
    client.hello(options)
    for path in options.files:
        with open(path, 'rb') as f:
            octets = f.read()
        stem = os.path.splitext(os.path.basename(path))[0]
        reply = client.message(options.sender, f'{stem}@sink.example.net',
                               octets, options)
        print(json.dumps({'file': path, **reply}), flush=True)
    client.expect('quit', b'QUIT')


if __name__ == '__main__':
    try:
        main()
    except (OSError, Refused) as error:
        sys.exit(f'send.py: {error}')
