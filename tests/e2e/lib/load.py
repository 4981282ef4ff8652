#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""load.py PORT ADDRESS MESSAGES REPLIES [STOP]: send under disturbance.

Sends MESSAGES messages of our organization over four connections at a time,
each to a recipient of its own, and writes a line "NAME CODE TIME BEGAN" to
REPLIES for each: the code of the reply that ended its transaction, or 0 when
the connection was lost before a reply, when that was, and when the message
began.  Nothing is sent twice.

With STOP it ends as soon as that file exists, and sends at most 20 messages a
second over each connection.
"""

import os
import queue
import sys
import threading
import time
import types

from salesforce import message
from send import Client, Refused

OPTIONS = {'eight': False, 'smtputf8': False, 'bdat': False, 'name': None,
           'login': None, 'helo': 'smtp.example.net', 'tls': None,
           'auth': None}


def connect(port, address):
    client = Client(port, timeout=60)
    client.hello(types.SimpleNamespace(address=address, **OPTIONS))
    return client


def send_all(port, address, numbers, replies, stop):
    client = None
    while not (stop and os.path.exists(stop)):
        if stop:
            time.sleep(0.05)
        try:
            number = numbers.get_nowait()
        except queue.Empty:
            return
        code, began = 0, time.time()
        try:
            client = client or connect(port, address)
            octets = message('00D1U0000013lbu', serial=number)
            code = client.message('service@example.com',
                                  f'load-{number}@sink.example.net',
                                  octets,
                                  types.SimpleNamespace(**OPTIONS))['code']
        except Refused as refused:
            client, code = None, refused.args[0]['code']
        except OSError:
            client = None
        replies.append((number, code, time.time(), began))


def main():
    port, address, count = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    stop = sys.argv[5] if len(sys.argv) > 5 else None
    numbers, replies = queue.Queue(), []
    for number in range(count):
        numbers.put(number)
    threads = [threading.Thread(target=send_all,
                                args=(port, address, numbers, replies,
                                      stop))
               for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with open(sys.argv[4], 'w', encoding='ascii') as f:
        for number, code, when, began in sorted(replies):
            f.write(f'load-{number} {code} {when:.3f} {began:.3f}\n')
    if len(replies) != count - numbers.qsize():
        sys.exit(f'{len(replies)} of {count} messages have a reply')


if __name__ == '__main__':
    main()
