#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""salesforce.py [options]: write a message as Salesforce Email Relay shapes it.

The header block has the fields, order and folding of real relayed mail; all
ids are made up.  An org id has 15 characters; the form with 18 appends one
character for each five, whose bits say which of the five are upper case.
"""

import argparse
import sys

HEADER = '''\
Received: from [10.224.205.92] ([10.224.205.92:41198] helo=na247.example.org)
	by mx2.example.org (envelope-from <service@{domain}>)
	(ecelerity 4.7.0.20112 r(msys-ecelerity:x/4.7/sb1)) with ESMTPS
	id FA/5C-36148-CF43DC96; Mon, 23 Nov 2026 08:00:44 +0000
Date: Mon, 23 Nov 2026 08:00:44 +0000 (GMT)
From: Example Service <{local}@{domain}>
To: {to}
Message-ID: <d_rMO000000{serial}0TCTM2J00loEVDwndQfigB8rc9Ozi4Q@sfdc.net>
Subject: =?UTF-8?Q?RE:_Request_{serial}_from_cus?=
 =?UTF-8?Q?tomer?=
MIME-Version: 1.0
Content-Type: multipart/alternative; 
	boundary="----=_Part_290_1908080714.1775056124148"
'''

PLATFORM = '''\
X-SFDC-User: 0056e00000EKg1f
X-Sender: postmaster@salesforce.com
X-mail_abuse_inquiries: https://www.salesforce.com/company/legal/abuse
X-SFDC-ORGTYPE: ACTIVE
X-SFDC-CORRELATION-ID: 0003cniipmogj54m
'''

RELAY = '''\
X-SFDC-Binding: 1WrIRBV94myi25uB
X-SFDC-EmailCategory: quickActionEmail
X-SFDC-EntityId: 500Kd0000300s0L
X-SFDC-Interface: internal
X-SFDC-Restrict: ^(.*)
X-SFDCRelayAddr: relay.example.net
X-SFDCRelayPort: 25
X-SFDCTLS: 3
'''

BODY = '''\
------=_Part_290_1908080714.1775056124148
Content-Type: text/plain; charset=UTF-8
Content-Transfer-Encoding: quoted-printable

Dear customer,

your request {serial} was closed=2E

ref:!{org}!500Kd0000300s0L:ref
------=_Part_290_1908080714.1775056124148
Content-Type: text/html; charset=UTF-8
Content-Transfer-Encoding: quoted-printable

<html><body><p>Dear customer,</p><p>your request was closed=2E</p>
</body></html>
------=_Part_290_1908080714.1775056124148--
'''


def long_id(org):
    """The form with 18 characters of an id with 15."""
    suffix = ''
    for i in range(0, 15, 5):
        bits = sum(1 << j for j in range(5) if org[i + j].isupper())
        suffix += 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345'[bits]
    return org + suffix


def message(org, domain='example.com', to='customer@example.org',
            org_fields=1, serial=1, local='service'):
    """The octets; org_fields is how often X-SFDC-LK occurs."""
    values = {'org': org, 'domain': domain, 'to': to, 'serial': serial,
              'local': local}
    text = (HEADER + f'X-SFDC-LK: {org}\n' * org_fields + PLATFORM +
            f'X-SFDCOrgRelay: {org}\n' + RELAY + '\n' + BODY)
    return text.format(**values).replace('\n', '\r\n').encode()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--org', default='00D1U0000013lbu')
    parser.add_argument('--domain', default='example.com')
    parser.add_argument('--local', default='service',
                        help='of the address in From')
    parser.add_argument('--org-fields', type=int, default=1)
    parser.add_argument('--serial', type=int, default=1)
    parser.add_argument('--long-id', action='store_true',
                        help='only print the form with 18 characters')
    options = parser.parse_args()
    if options.long_id:
        print(long_id(options.org))
        return
    sys.stdout.buffer.write(message(
        options.org, options.domain, org_fields=options.org_fields,
        serial=options.serial, local=options.local))


if __name__ == '__main__':
    main()
