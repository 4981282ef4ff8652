# SPDX-License-Identifier: ISC
"""How other programs read a From field: the domains that each one finds.

A reader takes a list of values, as octets with folds taken out, and returns
for each the list of raw domains, as octets.  One that is not on this machine
is None in readers().

Python's email      email.utils with and without its strict mode, and the
                    addresses that email.policy.default finds; "decoded" is
                    what is left of encoded words by decode_header() first
Mail::DKIM          message_originator, and all that Mail::Address finds
OpenDMARC           the program with -t, and what libopendmarc makes of the
                    domain that it found
rspamd              parse_mail_address() in rspamadm
"""

import ctypes
import email
import email.header
import email.policy
import email.utils
import os
import re
import shutil
import subprocess
import sys
import tempfile
import warnings

HERE = os.path.dirname(os.path.abspath(__file__))
FIELD = b'From: %s\r\nDate: Thu, 26 Nov 2026 12:00:00 +0000\r\n\r\nbody\r\n'
CHUNK = 400     # messages for one run of a program


def after_at(address):
    """Of the text of an address, or nothing."""
    name, at, domain = address.rpartition('@')
    return [domain.encode('utf-8', 'surrogateescape')] if at and domain else []


def read_utils(text):
    """email.utils in each of its modes."""
    found = []
    modes = [{}]
    if getattr(email.utils, 'supports_strict_parsing', False):
        modes = [{'strict': True}, {'strict': False}]
    for mode in modes:
        for _, address in ([email.utils.parseaddr(text, **mode)] +
                           email.utils.getaddresses([text], **mode)):
            found += after_at(address)
    return found


def read_policy(value):
    """The parser of email.policy.default, which fails on some."""
    found = []
    for policy in (email.policy.default, email.policy.SMTPUTF8):
        try:
            message = email.message_from_bytes(FIELD % value, policy=policy)
            addresses = message['From'].addresses
        except Exception:       # whatever its bugs raise
            continue
        for address in addresses:
            if address.domain:
                found.append(address.domain.encode('utf-8',
                                                   'surrogateescape'))
    return found


def as_text(value):
    return value.decode('utf-8', 'surrogateescape')


def python(values):
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        return [read_utils(as_text(value)) + read_policy(value)
                for value in values]


def read_decoded(value):
    try:
        text = str(email.header.make_header(email.header.decode_header(
            as_text(value))))
        return read_utils(text)
    except Exception:
        return []


def decoded(values):
    """Python's email, encoded words decoded first."""
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        return [read_decoded(value) for value in values]


def frame(values):
    return b''.join(b'%d\n%s' % (len(value), value) for value in values)


def unframe(output):
    """One line for a value, raw domains between tabs."""
    lines = output.split(b'\n')[:-1]
    return [[domain for domain in line.split(b'\t') if domain]
            for line in lines]


def mail_dkim(values):
    result = subprocess.run(['perl', os.path.join(HERE, 'readers.pl')],
                            input=frame(values), stdout=subprocess.PIPE,
                            check=True)
    found = unframe(result.stdout)
    assert len(found) == len(values)
    return found


class Rspamd:
    def __init__(self, program, libraries=None):
        self.program = program
        self.environment = dict(os.environ)
        if libraries:
            self.environment['LD_LIBRARY_PATH'] = libraries

    def version(self):
        out = subprocess.run([self.program, '--version'],
                             env=self.environment, stdout=subprocess.PIPE,
                             check=True).stdout.decode()
        return re.search(r'[0-9]+\.[0-9.]+', out).group()

    def __call__(self, values):
        with tempfile.NamedTemporaryFile() as listed:
            listed.write(frame(values))
            listed.flush()
            result = subprocess.run(
                [self.program, 'lua', '-b', os.path.join(HERE, 'readers.lua'),
                 '-a', listed.name], env=self.environment,
                stdout=subprocess.PIPE, check=True)
        found = unframe(result.stdout)
        assert len(found) == len(values), (len(found), len(values))
        return found


class OpenDmarc:
    def __init__(self, program):
        self.program = program
        self.library = ctypes.CDLL('libopendmarc.so.2')
        self.library.opendmarc_policy_connect_init.restype = ctypes.c_void_p
        self.library.opendmarc_policy_connect_init.argtypes = [
            ctypes.c_char_p, ctypes.c_int]
        self.library.opendmarc_policy_connect_shutdown.argtypes = [
            ctypes.c_void_p]
        self.library.opendmarc_policy_store_from_domain.argtypes = [
            ctypes.c_void_p, ctypes.c_char_p]
        self.library.opendmarc_policy_fetch_from_domain.argtypes = [
            ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t]

    def version(self):
        out = subprocess.run([self.program, '-V'], stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, check=False).stdout
        return re.search(rb'v([0-9.]+)', out).group(1).decode()

    def looked_up(self, domain):
        """The domain whose record libopendmarc would ask for."""
        context = self.library.opendmarc_policy_connect_init(b'192.0.2.1', 0)
        found = ctypes.create_string_buffer(1024)
        if self.library.opendmarc_policy_store_from_domain(
                context, domain) == 0:
            self.library.opendmarc_policy_fetch_from_domain(
                context, found, len(found))
        self.library.opendmarc_policy_connect_shutdown(context)
        return [found.value] if found.value else []

    def read_some(self, folder, values):
        names = []
        for number, value in enumerate(values):
            names.append(os.path.join(folder, str(number)))
            with open(names[-1], 'wb') as message:
                message.write((FIELD % value).replace(b'\r\n', b'\n'))
        # By lines, so that what it adds comes before what it says of it; and
        # without a network, so that its DNS queries fail at once.
        out = subprocess.run(['unshare', '-n', 'stdbuf', '-oL', self.program,
                              '-vvv', '-t', ','.join(names)],
                             stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, check=False).stdout
        found = [[] for _ in values]
        pending = []
        for line in out.split(b'\n'):
            match = re.match(rb'.*header\.from=(.*)\'$', line)
            if match:
                pending = [match.group(1)]
            match = re.match(rb'opendmarc: \S*/(\d+): mlfi_eom', line)
            if match:
                for domain in pending:
                    found[int(match.group(1))] = [domain] + \
                        self.looked_up(domain)
                pending = []
        return found

    def __call__(self, values):
        # A header of one line, as the program's test mode reads it.
        values = [re.sub(rb'[\r\n]', b' ', value) for value in values]
        found = []
        with tempfile.TemporaryDirectory() as folder:
            for start in range(0, len(values), CHUNK):
                found += self.read_some(folder, values[start:start + CHUNK])
        return found


def program(unpacked, package, path):
    """Where a program is: on the machine, or unpacked from its package."""
    found = shutil.which(os.path.basename(path), path='/usr/sbin:/usr/bin')
    if found:
        return found, None
    path = os.path.join(unpacked or '', package, path)
    if unpacked and os.path.exists(path):
        return path, os.path.join(unpacked, package, 'usr/lib', package)
    return None, None


def readers(unpacked=None):
    """All readers by name, with what version they are."""
    result = {'python': (python, sys.version.split()[0])}
    perl = subprocess.run(
        ['perl', '-MMail::DKIM', '-MMail::Address', '-e',
         'print "$Mail::DKIM::VERSION, $Mail::Address::VERSION"'],
        stdout=subprocess.PIPE, check=True).stdout.decode()
    result['mail_dkim'] = (mail_dkim, perl)
    path, _ = program(unpacked, 'opendmarc', 'usr/sbin/opendmarc')
    if path:
        reader = OpenDmarc(path)
        result['opendmarc'] = (reader, reader.version())
    else:
        result['opendmarc'] = (None, None)
    path, libraries = program(unpacked, 'rspamd', 'usr/bin/rspamadm')
    if path:
        reader = Rspamd(path, libraries)
        result['rspamd'] = (reader, reader.version())
    else:
        result['rspamd'] = (None, None)
    return result
