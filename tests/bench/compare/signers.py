# SPDX-License-Identifier: ISC
"""The milters that are compared, each with its socket, key and log file."""

import base64
import os
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "..", "mta"))
# pylint: disable=wrong-import-position
from service import Service
import processes

SOURCE = '''
source "salesforce" {
    networks = { "127.0.0.1" }
    header "X-SFDC-LK" { value = { "00D1U0000013lbu" } }
    domains = { "example.com", "*.example.net" }
}
'''


class Milter:
    """A program that listens on a socket in a folder of its own."""

    PATIENCE = 60   # seconds until it listens

    def __init__(self, folder, key, algorithm):
        self.folder = os.path.join(folder, f"{self.NAME}-{algorithm}")
        os.mkdir(self.folder)
        self.key, self.algorithm = key, algorithm
        self.path = os.path.join(self.folder, "socket")
        self.socket = "unix:" + self.path
        self.process = None

    def file(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def run(self, *command, **options):
        with open(os.path.join(self.folder, "log"), "ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log,
                                            **options)
        deadline = time.monotonic() + self.PATIENCE
        while not self.listens():
            if self.process.poll() is not None or \
                    time.monotonic() > deadline:
                with open(os.path.join(self.folder, "log"),
                          encoding="utf-8", errors="replace") as file:
                    sys.exit(f"{self.NAME} does not start: "
                             + file.read()[-2000:])
            time.sleep(0.02)

    def seed(self):
        """A file with the 32 octets of an Ed25519 key in base64."""
        der = subprocess.run(["openssl", "pkey", "-in", self.key[1],
                              "-outform", "DER"], check=True,
                             capture_output=True).stdout
        return self.file("seed", base64.b64encode(der[-32:]).decode() + "\n")

    def listens(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            try:
                probe.connect(self.path)
            except OSError:
                return False
        return True

    def pids(self):
        return processes.family(self.process.pid)

    def stop(self):
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None


class Countersign(Milter):
    """Ours; its key is used by all others."""

    NAME = "countersign"
    ALGORITHMS = ("rsa2048", "ed25519", "both")

    def __init__(self, build, algorithm):
        self.service = Service(build)
        self.service.configure(SOURCE)
        self.service.generate("example.com", algorithm)
        self.folder = self.service.directory
        self.algorithm = algorithm
        self.path = self.service.socket
        self.socket = "unix:" + self.path
        self.process = None
        folder = os.path.join(self.service.keydir, "example.com")
        self.keys = {name.rsplit(".", 1)[0]: os.path.join(folder, name)
                     for name in sorted(os.listdir(folder))
                     if name.endswith(".pem")}
        self.records = self.service.records("example.com")

    def start(self):
        self.run(self.service.milter, "-c", self.service.config, "-f")

    def stop(self):
        super().stop()
        self.service.finish()


class OpenDkim(Milter):
    """It logs by syslog alone, so its log is switched off."""

    NAME = "OpenDKIM"
    ALGORITHMS = ("rsa2048", "ed25519")

    def start(self):
        name = {"rsa2048": "rsa-sha256",
                "ed25519": "ed25519-sha256"}[self.algorithm]
        conf = self.file("opendkim.conf", f'''
Socket                  local:{self.path}
Domain                  example.com
Selector                {self.key[0]}
KeyFile                 {self.key[1]}
SignatureAlgorithm      {name}
Canonicalization        relaxed/relaxed
Mode                    s
OversignHeaders         From
InternalHosts           127.0.0.1
RequireSafeKeys         false
Background              no
Syslog                  no
''')
        self.run("opendkim", "-f", "-x", conf)


class Rspamd(Milter):
    """With nothing but dkim_signing, which it does fastest so.

    The proxy itself scans (self_scan), which saves a worker, in one process for
    each CPU; no rules, statistics or other modules are loaded.  Neither more or
    fewer processes, nor Hyperscan, nor a buffered log made it faster.
    """

    NAME = "rspamd"
    ALGORITHMS = ("rsa2048", "ed25519")

    def start(self):
        key = self.key[1] if self.algorithm == "rsa2048" else self.seed()
        suffixes = self.file("tld", "com\nnet\norg\n")
        conf = self.file("rspamd.conf", f'''
options {{
    pidfile = false; rundir = "{self.folder}"; tempdir = "{self.folder}";
    filters = "dkim"; disable_hyperscan = true;
    url_tld = "{suffixes}";
    dns {{ nameserver = ["127.0.0.1:9"]; timeout = 1s; retransmits = 1; }}
}}
logging {{ type = "file"; filename = "{self.folder}/log"; level = "info"; }}
worker "rspamd_proxy" {{
    bind_socket = "{self.path} mode=0666"; milter = true; count = {os.cpu_count()};
    timeout = 60s;
    upstream "local" {{ default = true; self_scan = true; }}
}}
modules {{ path = "/usr/share/rspamd/plugins/dkim_signing.lua"; }}
dkim_signing {{
    sign_networks = "127.0.0.0/8"; use_domain = "header";
    allow_hdrfrom_mismatch = true; allow_username_mismatch = true;
    sign_local = true; try_fallback = false; use_esld = false;
    domain {{ example.com {{ selector = "{self.key[0]}"; path = "{key}"; }} }}
}}
metric {{ actions {{ reject = 1000; }} }}
''')
        self.run("rspamd", "-f", "-i", "-c", conf, "-u", "root", "-g", "root")


class DkimpyMilter(Milter):
    """In Python; it logs by syslog alone."""

    NAME = "dkimpy-milter"
    ALGORITHMS = ("rsa2048", "ed25519")

    def start(self):
        key = f"Selector {self.key[0]}\nKeyFile {self.key[1]}"
        if self.algorithm == "ed25519":
            key = (f"SelectorEd25519 {self.key[0]}\n"
                   f"KeyFileEd25519 {self.seed()}")
        conf = self.file("dkimpy-milter.conf", f'''
Socket local:{self.path}
Domain example.com
{key}
Canonicalization relaxed/relaxed
Mode s
InternalHosts 127.0.0.1
UserID root
PidFile {self.folder}/pid
Syslog no
''')
        self.run("/usr/bin/python3", "/usr/bin/dkimpy-milter", conf)


class Null(Milter):
    """The floor: all that libmilter does, and one field."""

    NAME = "nullmilter"
    ALGORITHMS = ("rsa2048", "ed25519", "both")
    SIGNS = False

    def __init__(self, build, folder, key, algorithm):
        super().__init__(folder, key, algorithm)
        self.program = os.path.join(build, "tests", "bench", "nullmilter")

    def start(self):
        self.run(self.program, self.socket,
                 *([self.key[1]] if self.SIGNS else []))


class NullSigning(Null):
    """The floor with one RSA signature."""

    NAME = "nullmilter+rsa"
    ALGORITHMS = ("rsa2048",)
    SIGNS = True


PEERS = (OpenDkim, Rspamd, DkimpyMilter)
