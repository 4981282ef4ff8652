#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""shapes.py DIRECTORY: write one message of every ugly shape.

DIRECTORY gets SHAPE.eml, and the line "SHAPE OPTIONS" on standard output,
OPTIONS being those of send.py that the shape needs.  The author domain is
example.com, but for the shape "internationalized-domain".  What is ugly about
a header is so in fields that get signed, not in others alone.
"""

import os
import sys

HEADER = (b'Date: Mon, 23 Nov 2026 08:00:44 +0000\r\n'
          b'From: Example Service <service@example.com>\r\n'
          b'To: customer@example.org\r\n'
          b'Message-ID: <1@example.com>\r\n'
          b'Subject: an ugly shape\r\n')
BODY = b'Dear customer,\r\n\r\nall is well.\r\n'


def with_fields(fields, body=BODY):
    return HEADER + fields + b'\r\n' + body


def with_body(body):
    return with_fields(b'', body)


def with_subject(subject, fields):
    return with_fields(fields).replace(b' an ugly shape', b' ' + subject, 1)


def big_body(octets):
    """Distinct lines, so that no piece can be taken for another."""
    line = b'%08d ' + b'countersign ' * 5 + b' \t\r\n'
    return b''.join(line % i for i in range(octets // 72))


UMLAUT = 'Grüße'.encode()

SHAPES = {
    'ordinary': with_body(BODY),
    'empty-body': with_body(b''),
    'body-of-blank-lines': with_body(b'\r\n' * 7),
    'body-of-blanks': with_body(b' \t \r\n\t\r\n'),
    'trailing-blank-lines': with_body(BODY + b'\r\n' * 5),
    'no-final-line-end': with_body(b'Dear customer,\r\nthe end'),
    'trailing-blanks': with_body(b'one \r\ntwo\t\r\nthree \t \r\n \t\r\nfour  '
                                 b'five\t\tsix \t seven\r\n\tindented\r\n'),
    'line-of-998': with_body(b'x' * 998 + b'\r\n'),
    'line-of-999': with_body(b'x' * 999 + b'\r\nend\r\n'),
    'line-of-70000': with_body(b'word ' * 14000 + b'\r\nend\r\n'),
    'header-line-of-998': with_subject(
        b'y' * 989, b'X-Long: ' + b'y' * 990 + b'\r\n'),
    '8bit-body': with_fields(
        b'MIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\n'
        b'Content-Transfer-Encoding: 8bit\r\n', UMLAUT * 20 + b'\r\n'),
    '8bit-header': with_subject(
        UMLAUT + b' \xff\xfe', b'X-Greeting: ' + UMLAUT + b' \xff\xfe\r\n'),
    'smtputf8': with_body(BODY).replace(
        b'Example Service <', UMLAUT + b' <').replace(
        b'an ugly shape', '件名 και θέμα'.encode()),
    'internationalized-domain': with_body(BODY).replace(
        b'<service@example.com>', '<größe@bücher.example>'.encode()),
    'folded-fields': with_subject(
        b'one\r\n two\r\n\tthree\r\n \t four \r\n  five',
        b'Cc:\r\n one@example.org,\r\n\ttwo@example.org\r\n'
        b'Reply-To: \r\n\treply@example.com\r\n'
        b'References: <1@x>\r\n \t \r\n <2@x>\r\n'),
    'empty-fields': with_subject(
        b'', b'Cc: \r\nReply-To: \t \r\nIn-Reply-To:\r\nX-Empty:\r\n'),
    'repeated-fields': with_fields(
        b'List-Id: 1\r\nComments: a\r\nList-Id: 2\r\nX-Again: 1\r\n'
        b'list-id: 3\r\nLIST-ID: 2\r\nX-Again: 2\r\nComments: b\r\n'),
    'blanks-before-colon': with_fields(
        b'Cc : one@example.org\r\nReply-To \t: reply@example.com\r\n'
        b'X-Blank : value\r\n'),
    'blanks-after-colon': with_fields(
        b'Cc:one@example.org\r\nReply-To:  reply@example.com\r\n'
        b'In-Reply-To:\t<1@x>\r\nReferences: \t  <1@x>\r\n'
        b'X-None:value\r\nX-Many:     value\r\n'),
    'no-blank-after-subject': with_body(BODY).replace(
        b'Subject: an', b'Subject:an').replace(b'To: ', b'To:   '),
    'no-recipient-field': with_body(BODY).replace(
        b'To: customer@example.org\r\n', b''),
    '500-fields': with_fields(
        b''.join(b'List-Post: %d\r\nX-Field-%d: %d\r\n' % (i, i, i * i)
                 for i in range(100)) +
        b''.join(b'X-Field-%d: %d\r\n' % (i, i) for i in range(100, 395))),
    'header-of-60-kilobytes': with_fields(
        b'References: <%s@x>\r\n' % b'@x>\r\n <'.join([b'z' * 70] * 300) +
        b''.join(b'X-Block-%d: %s\r\n' % (i, b'\r\n '.join([b'z' * 70] * 28))
                 for i in range(18))),
    'dot-stuffed': with_body(b'.\r\n..\r\n...\r\n.dot\r\n .\r\nend.\r\n.\r\n'),
    'body-of-25-megabytes': with_body(big_body(25 * 1024 * 1024)),
}

OPTIONS = {
    '8bit-body': '--8bitmime',
    '8bit-header': '--8bitmime',
    'smtputf8': '--smtputf8',
    'internationalized-domain': '--smtputf8',
    'no-final-line-end': '--bdat',
}


def main():
    for shape, octets in SHAPES.items():
        with open(os.path.join(sys.argv[1], shape + '.eml'), 'wb') as f:
            f.write(octets)
        print(shape, OPTIONS.get(shape, ''))


if __name__ == '__main__':
    main()
