# SPDX-License-Identifier: ISC
"""Metrics: what countersign-metrics shows is what was sent, in both formats and
in the textfile, over a restart of the front and a reload; and clients that
send little, or nonsense, or many at once, change nothing.

Usage: test_metrics.py BUILD-DIRECTORY
"""

import collections
import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import unittest

import milterclient as mc
from service import Service

OPENMETRICS = "application/openmetrics-text"
LIMIT = 10          # seconds for a request; SERVER_LIMIT_MS
CLIENTS = 16        # SERVER_CLIENTS

# An odd name: what has a meaning in the formats, and a letter that is not
# ASCII.
ODD = 'shop \\"x\\" \\\\ ä'
ODD_NAME = 'shop "x" \\ ä'
SOURCES = f'''
source "desk" {{
    login = "desk"
    domains = "desk.example"
    ceilings {{ messages_per_hour = 100 }}
}}
source "{ODD}" {{ login = "shop" domains = "shop.example" }}
source "late" {{ login = "late" domains = "late.example" mode = observe }}
source "other" {{ login = "other" domains = "other.example" }}
'''
NO_CEILINGS = SOURCES.replace("ceilings { messages_per_hour = 100 }", "")
NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"')
NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")
SUFFIXES = {"counter": ("_total",), "gauge": ("",),
            "histogram": ("_bucket", "_sum", "_count")}


def labels_of(text):
    """{a="b",c="d"} as pairs, sorted."""
    found, rest = [], text
    while rest:
        match = LABEL.match(rest)
        assert match, text
        value = re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1],
                       match[2])
        found.append((match[1], value))
        rest = rest[match.end():]
        assert not rest or rest[0] == ",", text
        rest = rest[1:]
    assert len({name for name, _ in found}) == len(found), text
    return tuple(sorted(found))


class Parser:
    """A strict reader of one of the formats: values by (name, labels)."""

    def __init__(self, text, is_openmetrics):
        self.is_openmetrics = is_openmetrics
        self.types, self.helps, self.units = {}, {}, {}
        self.values, self.closed = {}, set()
        self.family = None
        assert text.endswith("\n") and "\n\n" not in text
        lines = text[:-1].split("\n")
        if is_openmetrics:
            assert lines.pop() == "# EOF"
        for line in lines:
            if line.startswith("# "):
                self.comment(*line.split(" ", 3)[1:])
            else:
                self.sample(line)
        for name in self.types:
            assert name in self.helps, name
        self.check_histograms()

    def begin(self, name):
        if name == self.family:
            return
        assert NAME.fullmatch(name) and name not in self.closed, name
        if self.family is not None:
            self.closed.add(self.family)
        self.family = name

    def comment(self, kind, name, text):
        self.begin(name)
        target = {"HELP": self.helps, "TYPE": self.types,
                  "UNIT": self.units}[kind]
        assert name not in target and text, name
        target[name] = text
        if kind == "TYPE":
            assert text in SUFFIXES
            if text == "counter":
                assert name.endswith("_total") != self.is_openmetrics
        if kind == "UNIT":
            assert self.is_openmetrics and name.endswith("_" + text)

    def sample(self, line):
        name = NAME.match(line)[0]
        rest = line[len(name):]
        labels = ()
        if rest.startswith("{"):
            end = rest.rindex("} ")
            labels, rest = labels_of(rest[1:end]), rest[end + 1:]
        assert rest.startswith(" ") and NUMBER.fullmatch(rest[1:]), line
        kind = self.types[self.family]
        suffixes = SUFFIXES[kind]
        if kind == "counter" and not self.is_openmetrics:
            suffixes = ("",)
        assert name in [self.family + suffix for suffix in suffixes], line
        assert (name, labels) not in self.values, line
        self.values[name, labels] = float(rest[1:])

    def check_histograms(self):
        for family, kind in self.types.items():
            if kind != "histogram":
                continue
            counts = [(float(dict(labels)["le"]), value) for (name, labels),
                      value in self.values.items()
                      if name == family + "_bucket"]
            assert counts == sorted(counts), counts
            assert [n for _, n in counts] == sorted(n for _, n in counts)
            assert counts[-1] == (float("inf"),
                                  self.values[family + "_count", ()])
            assert len(counts) > 10

    def get(self, name, **labels):
        return self.values.get((name, tuple(sorted(labels.items()))))

    def messages(self):
        """(source, decision, reason, observed) to number, without zeros."""
        return {tuple(dict(labels)[key] for key in
                      ("source", "decision", "reason", "observed")): value
                for (name, labels), value in self.values.items()
                if name == "countersign_messages_total" and value > 0}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class MetricsTest(unittest.TestCase):
    build = None

    @classmethod
    def setUpClass(cls):
        """Keys are made once, because that takes long."""
        cls.keys = Service(cls.build)
        cls.addClassCleanup(cls.keys.finish)
        cls.keys.configure(SOURCES)
        for name in ("desk", "shop", "late", "other"):
            cls.keys.generate(name + ".example")

    def setUp(self):
        self.service = Service(self.build)
        self.addCleanup(self.service.finish)
        self.port = free_port()
        self.textfile = os.path.join(self.service.directory, "ours.prom")
        self.sent = collections.Counter()
        self.configure()
        shutil.copytree(self.keys.keydir, self.service.keydir,
                        dirs_exist_ok=True)

    def configure(self, sources=SOURCES, more=""):
        self.service.configure(sources, (
            f'metrics {{ listen = "inet:{self.port}@127.0.0.1" '
            f'textfile = "{self.textfile}" {more} }}'))

    def start(self):
        self.service.start()
        self.service.wait_for(self.answers)

    def answers(self):
        try:
            self.scrape()
        except OSError:
            return False
        return True

    def request(self, method="GET", path="/metrics", **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port,
                                                timeout=60)
        try:
            connection.request(method, path, headers=headers)
            response = connection.getresponse()
            return response.status, response.headers, response.read().decode()
        finally:
            connection.close()

    def scrape(self, accept=None):
        headers = {} if accept is None else {"Accept": accept}
        status, fields, text = self.request(**headers)
        self.assertEqual(status, 200)
        is_openmetrics = OPENMETRICS in fields["Content-Type"]
        self.assertEqual(fields["Content-Type"], (
            OPENMETRICS + "; version=1.0.0; charset=utf-8" if is_openmetrics
            else "text/plain; version=0.0.4; charset=utf-8"))
        return Parser(text, is_openmetrics)

    def send(self, login, domain, source, decision, reason, observed="false"):
        """Send a message, and note what it should count as."""
        with mc.MilterClient(self.service.socket) as client:
            client.connect()
            client.mail(login=login)
            client.header(b"From", f" a@{domain}".encode())
            command, _ = client.end_of_headers()
            if command == b"c":
                client.body(b"Hello\r\n")
                client.end()
        self.sent[source, decision, reason, observed] += 1

    def send_all(self):
        for _ in range(3):
            self.send("desk", "desk.example", "desk", "signed", "none")
        self.send("shop", "shop.example", ODD_NAME, "signed", "none")
        self.send("shop", "desk.example", "desk", "rejected", "factor")
        self.send("none", "free.example", "", "passed", "no-source")
        self.send("late", "late.example", "late", "signed", "none", "true")
        self.send("other", "other.example", "other", "signed", "none")

    def check(self, page):
        self.assertEqual(page.messages(), self.sent)
        signed = sum(n for (_, decision, _, observed), n in self.sent.items()
                     if (decision, observed) == ("signed", "false"))
        for algorithm in ("rsa-sha256", "ed25519-sha256"):
            self.assertEqual(page.get("countersign_signatures_total",
                                      algorithm=algorithm), signed)
        self.assertEqual(page.get(
            "countersign_message_duration_seconds_count"),
            sum(self.sent.values()))
        self.assertEqual(page.get(
            "countersign_message_duration_seconds_sum") > 0,
            bool(self.sent))
        self.assertGreaterEqual(page.get(
            "countersign_sign_request_duration_seconds_count"), signed)

    def test_counts(self):
        self.start()
        self.send_all()
        text = self.scrape("text/plain")
        opened = self.scrape(
            OPENMETRICS + ";version=1.0.0;q=0.6,text/plain;q=0.5")
        self.check(text)
        self.check(opened)
        self.assertFalse(text.is_openmetrics)
        self.assertTrue(opened.is_openmetrics)
        self.assertEqual(text.helps.keys() - opened.helps.keys(), {
            name + "_total" for name in opened.helps.keys() -
            text.helps.keys()})
        self.assertEqual(text.values.keys(), opened.values.keys())
        # All sources are there from the beginning.
        self.assertEqual(text.get(
            "countersign_messages_total", source="late", decision="signed",
            reason="none", observed="false"), 0)
        self.assertEqual(text.get("countersign_sign_requests_active"), 0)
        self.promtool(self.request()[2])
        self.service.wait_for(lambda: self.ceiling() == (3, 100), 60)
        self.stop()

    def ceiling(self):
        """How much of the ceiling of "desk" is used, and its limit."""
        page = self.scrape()
        return tuple(page.get("countersign_ceiling_" + name, source="desk",
                              ceiling="messages_per_hour")
                     for name in ("used", "limit"))

    def test_ceiling_removed(self):
        """A ceiling that the configuration does not have is not shown."""
        self.start()
        self.send("desk", "desk.example", "desk", "signed", "none")
        self.service.wait_for(lambda: self.ceiling() == (1, 100), 60)
        self.configure(NO_CEILINGS)
        self.reload()
        self.assertEqual(self.ceiling(), (None, None))
        self.check(self.scrape())
        self.configure()
        self.reload()
        self.service.wait_for(lambda: self.ceiling() == (0, 100), 60)
        self.configure(SOURCES.replace('source "desk"', 'source "new"'))
        self.reload()
        self.assertEqual(self.ceiling(), (None, None))
        self.stop()

    def read_file(self):
        try:
            with open(self.textfile, encoding="utf-8") as file:
                return Parser(file.read(), False)
        except FileNotFoundError:
            return None

    def promtool(self, text):
        program = os.environ.get("PROMTOOL", shutil.which("promtool"))
        if program is None:
            return
        done = subprocess.run([program, "check", "metrics"], input=text,
                              capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_signers(self):
        """Requests under way, and signers that were started again."""
        self.start()
        self.service.wait_for(lambda: len(self.service.pids("signer")) == 2)
        signers = self.service.pids("signer")
        for pid in signers:
            os.kill(pid, signal.SIGSTOP)
        sender = threading.Thread(target=self.send, args=(
            "desk", "desk.example", "desk", "signed", "none"))
        sender.start()
        self.service.wait_for(lambda: self.scrape().get(
            "countersign_sign_requests_active") == 1)
        page = self.scrape()
        self.assertEqual(page.get("countersign_mta_connections"), 1)
        self.assertEqual(page.messages(), {})
        for pid in signers:
            os.kill(pid, signal.SIGCONT)
        sender.join()
        self.service.wait_for(lambda: self.scrape().get(
            "countersign_mta_connections") == 0)
        page = self.scrape()
        self.check(page)
        self.assertEqual(page.get("countersign_sign_requests_active"), 0)
        os.kill(signers[0], signal.SIGKILL)
        self.service.wait_for(lambda: self.scrape().get(
            "countersign_process_restarts_total", process="signer") == 1)
        self.stop()

    def test_dns_failures(self):
        """With a server that does not answer, each lookup counts."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
            silent.bind(("127.0.0.1", 0))
            port = silent.getsockname()[1]
            self.configure(f"""
                dns {{ servers = "127.0.0.1@{port}" timeout = 1s }}
                source "spf" {{ spf = "spf.example" login = "spf"
                    domains = "a.example" }}""")
            self.start()
            with mc.MilterClient(self.service.socket) as client:
                client.connect()
                client.mail(login="spf")
                client.header(b"From", b" a@a.example")
                client.end_of_headers()
        self.sent["spf", "tempfailed", "dns", "false"] = 1
        page = self.scrape()
        self.assertEqual(page.messages(), self.sent)
        failed = page.get("countersign_dns_lookups_total", result="failed")
        self.assertGreaterEqual(failed, 1)
        self.assertEqual(page.get("countersign_dns_lookups_total",
                                  result="answered"), 0)
        count = "countersign_dns_lookup_duration_seconds_"
        self.assertEqual(page.get(count + "count"), failed)
        self.assertGreaterEqual(page.get(count + "sum"), 0.9)
        self.stop()

    def test_front_killed(self):
        """Counts outlive the front, and a source that comes later counts."""
        self.start()
        self.send_all()
        front, = self.service.pids("front")
        os.kill(front, signal.SIGKILL)
        self.service.wait_for(lambda: self.service.pids("front") not in
                              ([], [front]))
        self.service.wait_for(self.service.listens)
        self.send_all()
        page = self.scrape()
        self.check(page)
        self.assertEqual(page.get("countersign_process_restarts_total",
                                  process="front"), 1)
        self.stop()

    def start_as_systemd(self):
        """Start the service; returns the descriptor that it gives to keep."""
        path = os.path.join(self.service.directory, "notify")
        notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(notify.close)
        notify.bind(path)
        notify.settimeout(60)
        self.service.by = ["env", "NOTIFY_SOCKET=" + path]
        self.start()
        kept = []
        while not kept:
            text, kept, _, _ = socket.recv_fds(notify, 1000, 1)
        self.assertEqual(text, b"FDSTORE=1\nFDNAME=meters")
        self.addCleanup(os.close, kept[0])
        return kept

    def test_kept_by_systemd(self):
        """A service that is started again goes on with what systemd kept."""
        kept = self.start_as_systemd()
        self.send_all()
        self.service.wait_for(lambda: self.ceiling() == (3, 100), 60)
        self.stop()
        # Only for this test, another process can open it for writing.
        os.fchmod(kept[0], 0o600)
        self.service.by = [
            "sh", "-c", f"exec 3<>/proc/{os.getpid()}/fd/{kept[0]}; "
            'LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=meters exec "$@"',
            "sh"]
        self.configure(NO_CEILINGS)
        self.start()
        os.fchmod(kept[0], 0o400)
        self.check(self.scrape())
        self.assertEqual(self.ceiling(), (None, None))
        self.send_all()
        self.check(self.scrape())
        self.stop()

    def test_too_large(self):
        """With a table that is full to the brim, the log says what to do."""
        kept, = self.start_as_systemd()
        self.service.wait_for(lambda: self.read_file() is not None, 60)
        with open(self.textfile, "rb") as file:
            before = file.read()
        # Behind its first number, which says how it is made.
        os.pwrite(kept, os.urandom(os.fstat(kept).st_size - 8), 8)
        self.assertEqual(self.request()[0], 503)
        too_large = "metrics are larger than 4194304 octets, so "
        self.assertIn(too_large + "nothing is shown: lower metrics_sources, "
                      "stop the service and start it again",
                      self.service.log_text())
        line = (too_large + "the textfile is not replaced: lower "
                "metrics_sources, stop the service and start it again "
                "[metrics-too-large]")
        self.service.wait_for(lambda: line in self.service.log_text(), 60)
        self.assertNotIn("out of memory", self.service.log_text())
        with open(self.textfile, "rb") as file:
            self.assertEqual(file.read(), before)
        self.send("desk", "desk.example", "desk", "signed", "none")
        self.stop()

    def test_reload(self):
        """Sources keep their numbers; those beyond metrics_sources are
        other."""
        self.configure(more="metrics_sources = 3")
        self.start()
        self.send("desk", "desk.example", "desk", "signed", "none")
        self.configure(SOURCES.replace('source "desk"', 'source "new"')
                       .replace("\nsource", "\n# another\nsource"),
                       "metrics_sources = 3")
        self.reload()
        self.send("desk", "desk.example", "other", "signed", "none")
        self.check(self.scrape())
        # Also a ceiling of the fourth source, which nobody would see.
        line = ('metrics do not show the ceilings of 1 source, such as "new": '
                'raise metrics_sources [ceilings-not-shown]')
        self.assertEqual(self.service.log_text().count("ceilings-not"), 1)
        self.assertIn(line, self.service.log_text())
        self.configure(more="metrics_sources = 3")
        self.reload()
        self.send("desk", "desk.example", "desk", "signed", "none")
        self.check(self.scrape())
        self.assertEqual(self.service.log_text().count("ceilings-not"), 1)
        self.stop()

    def test_ceilings_not_shown(self):
        """Told at the start, and only of ceilings that metrics could show."""
        source = ('source "{0}" {{ login = "{0}" domains = "{0}.example" '
                  'ceilings {{ {1} = 9 }} }}\n')
        ceilings = ("messages_per_hour", "recipients_per_hour",
                    "recipients_per_body", "recipients_per_day")
        self.configure("".join(source.format("abcd"[i], ceilings[i])
                               for i in range(4)), "metrics_sources = 1")
        self.start()
        self.assertIn('metrics do not show the ceilings of 2 sources, such as '
                      '"d": raise metrics_sources', self.service.log_text())
        self.assertEqual(self.service.log_text().count("ceilings-not"), 1)
        self.stop()

    def reload(self):
        before = self.service.log_text().count("configuration reloaded")
        self.service.reload()
        self.service.wait_for(lambda: self.service.log_text().count(
            "configuration reloaded") == before + 1)

    def test_turned_on_and_off(self):
        """By a reload, without a restart of the front."""
        self.service.configure(SOURCES)
        self.service.start()
        self.send("desk", "desk.example", "desk", "signed", "none")
        self.assertEqual(self.service.pids("metrics"), [])
        front = self.service.pids("front")
        self.configure()
        self.reload()
        self.service.wait_for(self.answers)
        self.send_all()
        self.check(self.scrape())
        self.port = free_port()
        self.configure()
        self.reload()
        self.service.wait_for(self.answers)
        self.check(self.scrape())
        # This process has written it when it began.
        self.service.wait_for(lambda: self.read_file() is not None and
                              self.read_file().messages() == self.sent, 60)
        self.check(self.read_file())
        self.assertEqual(os.stat(self.textfile).st_mode & 0o777, 0o644)
        self.service.configure(SOURCES)
        self.reload()
        self.service.wait_for(lambda: not self.service.pids("metrics"))
        self.assertEqual(self.service.pids("front"), front)
        self.stop()

    def test_socket(self):
        """A Unix socket that another process left behind is replaced."""
        path = os.path.join(self.service.directory, "metrics.sock")
        with socket.socket(socket.AF_UNIX) as old:
            old.bind(path)
        self.service.configure(SOURCES, f'metrics {{ listen = "unix:{path}" }}')
        self.service.start()

        def ask():
            with socket.socket(socket.AF_UNIX) as client:
                try:
                    client.connect(path)
                    client.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
                except OSError:
                    return b""
                return client.makefile("rb").read()

        self.service.wait_for(lambda: ask().startswith(b"HTTP/1.0 200 ") or
                              ask().startswith(b"HTTP/1.1 200 "))
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o660)
        self.stop()
        self.assertFalse(os.path.exists(path))

    def test_port_in_use(self):
        """Mail does not depend on metrics."""
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", self.port))
            taken.listen()
            self.service.start()
            self.service.wait_for(lambda: "[metrics-socket-unusable]" in
                                  self.service.log_text())
            self.send("desk", "desk.example", "desk", "signed", "none")
        self.assertIn("it is in use: each milter of a host needs its own "
                      "metrics { listen }", self.service.log_text())
        self.service.wait_for(lambda: "metrics: restarting in 60000 ms" in
                              self.service.log_text())
        self.stop()

    def test_wrong_places(self):
        """What is there is left alone: a file where the socket should be, and
        what a link in place of the textfile leads to."""
        path = os.path.join(self.service.directory, "metrics.sock")
        other = os.path.join(self.service.directory, "other")
        for name in (path, other):
            with open(name, "w", encoding="ascii") as file:
                file.write("precious")
        os.symlink(other, self.textfile)

        def configure(where):
            self.service.configure(SOURCES, (
                f'metrics {{ listen = "{where}" '
                f'textfile = "{self.textfile}" }}'))
        configure(f"unix:{path}")
        self.service.start()
        self.service.wait_for(lambda: "[metrics-socket-unusable]" in
                              self.service.log_text())
        self.assertIn("what is there is not a socket: remove it",
                      self.service.log_text())
        configure(f"inet:{self.port}@127.0.0.1")
        self.service.reload()
        self.service.wait_for(lambda: self.answers() and
                              "[metrics-file-unusable]" in
                              self.service.log_text())
        self.send("desk", "desk.example", "desk", "signed", "none")
        for name in (path, other):
            with open(name, encoding="ascii") as file:
                self.assertEqual(file.read(), "precious")
        self.assertTrue(os.path.islink(self.textfile))
        self.stop()

    def test_requests(self):
        """What is not a request for metrics gets a short answer."""
        self.start()
        status, fields, _ = self.request("POST")
        self.assertEqual((status, fields["Allow"]), (405, "GET, HEAD"))
        self.assertEqual(self.request(path="/")[0], 404)
        self.assertEqual(self.request(path="/metrics?x=1")[0], 200)
        status, fields, text = self.request("HEAD")
        self.assertEqual((status, text), (200, ""))
        self.assertGreater(int(fields["Content-Length"]), 1000)
        self.stop()

    def test_hostile_clients(self):
        """Slow, many, or sending nonsense: each is ended in time, and a
        client that asks properly is served then."""
        self.start()
        metrics, = self.service.pids("metrics")
        begin = time.monotonic()
        slow = [self.open() for _ in range(CLIENTS)]
        crowd = slow + [self.open() for _ in range(10)]
        for number, client in enumerate(crowd):
            self.try_send(client, b"GET /met" if client in slow else [
                b"", b"\0\xff" * 400 + b"\r\n\r\n",
                b"GET /metrics HTTP/1.1\r\nX: " + b"a" * 100000,
                b"\r\n" * 2000, b"GET / HTTP/9.9\r\n\r\n",
                b"POST /metrics HTTP/1.1\r\nHost: a\r\n"
                b"Content-Length: 9999999999999\r\n\r\nx",
            ][number % 6])
        is_over = threading.Event()

        def drip():
            while not is_over.wait(0.5):
                for client in crowd:
                    self.try_send(client, b"x")

        dripping = threading.Thread(target=drip)
        dripping.start()
        self.addCleanup(dripping.join)
        self.addCleanup(is_over.set)
        # It waits for its turn: until the first of them have had LIMIT.
        self.check(self.scrape())
        self.assertLess(time.monotonic() - begin, 3 * LIMIT + 30)
        is_over.set()
        dripping.join()
        for client in slow:
            client.settimeout(60)
            self.assertEqual(self.last_octet(client), b"")
        for client in crowd:
            client.close()
        self.assertEqual(self.service.pids("metrics"), [metrics])
        with open(f"/proc/{metrics}/status", encoding="ascii") as file:
            peak = int(re.search(r"VmHWM:\s+(\d+) kB", file.read())[1])
        with open(os.path.join(self.build, "countersign-metrics"),
                  "rb") as file:
            is_sanitized = b"__asan" in file.read()
        # A sanitizer has memory of its own.
        self.assertTrue(peak < 100000 or is_sanitized, peak)
        self.send_all()
        self.check(self.scrape())
        self.stop()

    def open(self):
        client = socket.create_connection(("127.0.0.1", self.port), 60)
        self.addCleanup(client.close)
        return client

    @staticmethod
    def last_octet(client):
        try:
            return client.recv(1)
        except ConnectionError:
            return b""

    @staticmethod
    def try_send(client, octets):
        client.settimeout(0.1)
        try:
            client.send(octets)
        except OSError:
            pass

    def stop(self):
        self.assertEqual(self.service.stop(), 0)
        text = self.service.log_text()
        for word in ("Sanitizer", "runtime error", "Bad system call"):
            self.assertNotIn(word, text)


if __name__ == "__main__":
    MetricsTest.build = sys.argv.pop(1)
    unittest.main(verbosity=2)
