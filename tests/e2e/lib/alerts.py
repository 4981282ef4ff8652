# SPDX-License-Identifier: ISC
"""Raise each alert of dist/prometheus by a fault, and ask each query of the
dashboard, with a milter, keys, a name server, Prometheus and its node exporter
of our own.

usage: alerts.py BUILD-DIRECTORY SOURCE-ROOT RESULTS

RESULTS gets a line "ok NAME" or "failed NAME" for each.  Programs are found by
PATH; the port 53 and those of Prometheus are those of a network of the test's
own.  FAKETIME_LIBRARY is libfaketime.

Times in the rules are shortened; everything else of them is as it is.
"""

import base64
import contextlib
import http.client
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

build, root, results = sys.argv[1:]
sys.path.insert(0, os.path.join(root, "tests/mta"))
import milterclient as mc  # noqa: E402
from service import Service  # noqa: E402

LIMIT = 180         # seconds until a failure
PROMETHEUS, EXPORTER, METRICS = 9090, 9100, 9749
DOMAINS = ("desk", "lost", "gone", "bad", "old", "todo")
SOURCES = """
source "desk" { login = "desk" domains = "desk.example" }
source "spf" {
    spf = "spf.example" login = "spf" domains = "desk.example"
}
source "keyless" {
    login = "keyless" domains = "keyless.example" on_no_key = pass
}
source "small" {
    login = "small" domains = "desk.example"
    ceilings { messages_per_hour = 20 }
}
"""
SHORT = [           # what the rules have, and what takes its place
    (r"(?m)^(        for: )\S+$", r"\g<1>2s"),
    (r"\[(?:5m)\]", "[10s]"),
    (r"\[(?:15m|1h)\]", "[30s]"),
    (r"> 2 \* 60$", "> 40"),
    (r"> 3 \* 3600$", "> 60"),
    (r"> 2 \* 86400$", "> 5"),
]


def say(text):
    print(f"{time.strftime('%T')} {text}", flush=True)


def wait(what, condition, limit=LIMIT):
    end = time.monotonic() + limit
    while not (found := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"not within {limit} s: {what}")
        time.sleep(0.3)
    return found


class World:
    """All that runs, and what happens to it."""

    def __init__(self):
        self.service = Service(build)
        self.directory = tempfile.mkdtemp(prefix="alerts.")
        os.chmod(self.directory, 0o755)
        self.textfiles = self.path("textfiles")
        os.mkdir(self.textfiles)
        self.secret = base64.b64encode(os.urandom(32)).decode()
        self.tsig = self.path("tsig.key")
        with open(self.tsig, "w", encoding="ascii") as file:
            os.chmod(self.tsig, 0o600)
            file.write(f"hmac-sha256:update:{self.secret}\n")
        self.sections = ""      # of single domains
        self.children = {}
        self.is_over = threading.Event()

    def path(self, name):
        return os.path.join(self.directory, name)

    # -- Programs ------------------------------------------------------------

    def run(self, name, *arguments, **options):
        with open(self.path(name + ".log"), "ab") as log:
            self.children[name] = subprocess.Popen(
                arguments, stdout=log, stderr=log, **options)

    def finish(self):
        self.is_over.set()
        for child in self.children.values():
            with contextlib.suppress(OSError):
                child.send_signal(signal.SIGCONT)
                child.terminate()
                child.wait(30)
        self.service.stop()

    def dns_start(self):
        zones = [f"{name}.example" for name in (*DOMAINS, "spf")]
        for zone in zones:
            with open(self.path(zone), "w", encoding="ascii") as file:
                file.write(f"$ORIGIN {zone}.\n$TTL 1\n"
                           "@ SOA ns hostmaster 1 3600 600 86400 1\n"
                           "@ NS ns\nns A 127.0.0.1\n"
                           '@ TXT "v=spf1 ip4:192.0.2.0/24 -all"\n')
        with open(self.path("knot.conf"), "w", encoding="ascii") as file:
            os.chmod(file.name, 0o600)
            file.write(
                f"server:\n  rundir: {self.directory}\n"
                "  listen: 127.0.0.1@53\n"
                f"database:\n  storage: {self.directory}\n"
                "key:\n  - id: update\n    algorithm: hmac-sha256\n"
                f"    secret: {self.secret}\n"
                "acl:\n  - id: update\n    key: update\n    action: update\n"
                f"template:\n  - id: default\n    storage: {self.directory}\n"
                '    acl: update\n    file: "%s"\n'
                "zone:\n" + "".join(f"  - domain: {z}\n" for z in zones))
        self.run("knot", "knotd", "-c", self.path("knot.conf"))
        wait("a name server", lambda: self.dig("spf.example"))

    @staticmethod
    def dig(name):
        return subprocess.run(
            ["dig", "+short", "+tries=1", "+time=1", "@127.0.0.1", name,
             "TXT"], capture_output=True, check=False).stdout

    def configure(self):
        self.service.configure(SOURCES, f"""
            dns {{ servers = "127.0.0.1" timeout = 1s }}
            metrics {{
                listen = "inet:{METRICS}@127.0.0.1"
                textfile = "{self.textfiles}/countersign-milter.prom"
            }}
            rotation {{
                metrics_file = "{self.textfiles}/countersign-keys.prom"
                publish = update update_server = "127.0.0.1"
                tsig_key = "{self.tsig}"
                servers = "127.0.0.1" check_resolvers = none
                every = 90d ttl = 1s retain = 1s revoke_for = 1s
                signature_lifetime = 1s queue_lifetime = 1s
                algorithm = rsa2048
                {self.sections}
            }}""")

    def key(self, *arguments, shift=None):
        environment = dict(os.environ)
        if shift:
            environment.update(LD_PRELOAD=os.environ["FAKETIME_LIBRARY"],
                               FAKETIME=shift)
        done = subprocess.run(
            [self.service.key, "-c", self.service.config, *arguments],
            capture_output=True, text=True, check=False, env=environment)
        say(f"{' '.join(arguments)}: {done.returncode}\n{done.stdout}"
            f"{done.stderr}")
        return done.stdout

    def keys(self, domain):
        done = subprocess.run(
            [self.service.key, "-c", self.service.config, "list", "--json",
             domain], capture_output=True, text=True, check=True)
        return json.loads(done.stdout)

    def rotate(self, **options):
        self.key("rotate", "--no-progress", **options)

    def all_have_reserves(self):
        self.rotate()
        return all(sorted(key["status"] for key in self.keys(
            name + ".example")) == ["active", "standby"] for name in DOMAINS)

    def prometheus_start(self):
        with open(os.path.join(root, "dist/prometheus/countersign.yml"),
                  encoding="utf-8") as file:
            rules = file.read()
        for pattern, short in SHORT:
            rules, n = re.subn(pattern, short, rules, flags=re.M)
            assert n > 0, pattern
        with open(self.path("rules.yml"), "w", encoding="utf-8") as file:
            file.write(rules)
        with open(self.path("prometheus.yml"), "w", encoding="ascii") as file:
            file.write(
                "global:\n  scrape_interval: 1s\n  evaluation_interval: 1s\n"
                "rule_files: [rules.yml]\nscrape_configs:\n"
                "  - job_name: countersign\n    static_configs:\n"
                f"      - targets: ['127.0.0.1:{METRICS}']\n"
                "  - job_name: node\n    static_configs:\n"
                f"      - targets: ['127.0.0.1:{EXPORTER}']\n")
        self.exporter_start()
        self.run("prometheus", "prometheus",
                 f"--config.file={self.path('prometheus.yml')}",
                 f"--storage.tsdb.path={self.path('data')}",
                 f"--web.listen-address=127.0.0.1:{PROMETHEUS}")
        wait("both targets", lambda: len(self.query("up == 1")) == 2)

    def exporter_start(self):
        self.run("exporter", "prometheus-node-exporter",
                 f"--web.listen-address=127.0.0.1:{EXPORTER}",
                 "--collector.disable-defaults", "--collector.textfile",
                 f"--collector.textfile.directory={self.textfiles}")

    # -- What Prometheus says ------------------------------------------------

    @staticmethod
    def ask(path, **arguments):
        connection = http.client.HTTPConnection("127.0.0.1", PROMETHEUS,
                                                timeout=60)
        try:
            connection.request("GET", path + "?" +
                               urllib.parse.urlencode(arguments))
            response = connection.getresponse()
            if response.status == 503:      # it still starts
                return None
            answer = json.loads(response.read())
        except OSError:
            return None
        finally:
            connection.close()
        assert answer["status"] == "success", answer
        return answer["data"]

    def query(self, text):
        data = self.ask("/api/v1/query", query=text)
        return [] if data is None else data["result"]

    def firing(self, name=None):
        return [alert for alert in self.ask("/api/v1/alerts")["alerts"]
                if alert["state"] == "firing" and
                name in (None, alert["labels"]["alertname"])]

    # -- Mail ----------------------------------------------------------------

    def send(self, login, domain="desk.example"):
        with contextlib.suppress(OSError, mc.Lost), \
                mc.MilterClient(self.service.socket, timeout=60) as client:
            client.message([(b"From", f" a@{domain}".encode()),
                            (b"To", b" b@example.org")], b"Hello\r\n",
                           f"192.0.2.{random.randrange(1, 255)}", login)

    def keep_sending(self, is_over, *arguments):
        while not is_over.is_set() and not self.is_over.is_set():
            self.send(*arguments)
            time.sleep(0.1)

    @contextlib.contextmanager
    def traffic(self, *arguments, n=1):
        is_over = threading.Event()
        senders = [threading.Thread(target=self.keep_sending, args=(
            is_over, *arguments)) for _ in range(n)]
        for sender in senders:
            sender.start()
        try:
            yield
        finally:
            is_over.set()
            for sender in senders:
                sender.join()


class Results:
    def __init__(self, path):
        self.file = open(path, "w", encoding="ascii")
        self.alerts = set()

    def add(self, name, call, *arguments, **labels):
        try:
            call(*arguments, **labels)
            result = "ok"
        except AssertionError as error:
            say(f"{name}: {error}")
            result = "failed"
        say(f"{result} {name}")
        self.file.write(f"{result} {name}\n")
        self.file.flush()


def fires(world, name, **labels):
    """The alert fires, with these labels, and texts without faults."""
    def found():
        return [alert for alert in world.firing(name)
                if labels.items() <= alert["labels"].items()]
    for text in wait(f"{name} {labels}", found)[0]["annotations"].values():
        assert text and not re.search(r"error|<no value>|\{\{|%!", text,
                                      re.I), text


def ends(world, name):
    wait(f"{name} ends", lambda: not world.firing(name))


# -- Faults: each with the alerts that it raises -----------------------------

def dns_hangs(world, results):
    knot = world.children["knot"]
    knot.send_signal(signal.SIGSTOP)
    with world.traffic("spf", n=2):
        results.add("the name server hangs: CountersignMailDeferred", fires,
                    world, "CountersignMailDeferred")
        results.add("and CountersignDnsFailing", fires, world,
                    "CountersignDnsFailing")
    knot.send_signal(signal.SIGCONT)
    results.add("and both end with it", ends, world,
                "CountersignMailDeferred")


def no_key(world, results):
    with world.traffic("keyless", "keyless.example"):
        results.add("a domain has no key: CountersignMailUnsigned", fires,
                    world, "CountersignMailUnsigned")


def forgeries(world, results):
    with world.traffic("stranger", n=2):
        results.add("forgeries arrive: CountersignMailRefused", fires, world,
                    "CountersignMailRefused")


def slow_signers(world, results):
    is_over = threading.Event()

    def stop_and_go():
        while not is_over.is_set():
            for pause, sent in ((1.7, signal.SIGSTOP), (0.2, signal.SIGCONT)):
                for pid in world.service.pids("signer"):
                    with contextlib.suppress(OSError):
                        os.kill(pid, sent)
                time.sleep(pause)

    thread = threading.Thread(target=stop_and_go)
    thread.start()
    with world.traffic("desk", n=8):
        results.add("signers hardly run: CountersignSignersBusy", fires,
                    world, "CountersignSignersBusy")
        results.add("and CountersignSigningSlow", fires, world,
                    "CountersignSigningSlow")
        is_over.set()
        thread.join()
    results.add("and both end with it", ends, world, "CountersignSignersBusy")


def signer_dies(world, results):
    def kill_again():
        for pid in world.service.pids("signer"):
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        return world.firing("CountersignRestarts")

    wait("CountersignRestarts", kill_again)
    results.add("signers die: CountersignRestarts", fires, world,
                "CountersignRestarts")


def ceiling(world, results):
    for _ in range(18):
        world.send("small")
    results.add("much mail: CountersignCeilingNear", fires, world,
                "CountersignCeilingNear")
    for _ in range(10):
        world.send("small")
    results.add("and more: CountersignCeilingReached", fires, world,
                "CountersignCeilingReached")


def selector(world, domain, status):
    return [key["selector"] for key in world.keys(domain)
            if key["status"] == status][0]


def key_faults(world, results):
    """One run of rotation sees all of these."""
    world.sections = "".join(
        f'domain "{name}.example" {{ publish = manual {more} }}\n'
        for name, more in (("gone", ""), ("bad", ""), ("todo", ""),
                           ("old", "every = 10s")))
    world.configure()
    for name in os.listdir(folder := os.path.join(
            world.service.keydir, "lost.example")):
        if name.endswith(".pem"):
            os.unlink(os.path.join(folder, name))
    gone = selector(world, "gone.example", "active")
    subprocess.run(
        ["nsupdate", "-y", f"hmac-sha256:update:{world.secret}"], text=True,
        input="server 127.0.0.1\nzone gone.example\nupdate delete "
        f"{gone}._domainkey.gone.example TXT\nsend\n", check=True)
    world.key("compromise", "bad.example",
              selector(world, "bad.example", "active"))
    world.key("generate", "todo.example")
    world.rotate()
    for name, why, labels in (
            ("CountersignKeysDoNotSign", "key files are lost", {}),
            ("CountersignRecordFault", "a record is removed",
             {"trouble": "record"}),
            ("CountersignKeyExposed", "a key is compromised", {}),
            ("CountersignRotationFailing", "all of this", {}),
            ("CountersignKeysNeedYou", "a person has to publish", {})):
        results.add(f"{why}: {name}", fires, world, name, **labels)


def no_successor(world, results):
    """Its reserve has taken over, and nobody publishes another one."""
    def is_alone():
        world.rotate()
        return "standby" not in [key["status"] for key in
                                 world.keys("old.example")]
    wait("the reserve takes over", is_alone)
    world.rotate()
    results.add("no successor: CountersignKeyOld", fires, world,
                "CountersignKeyOld")
    world.rotate(shift="+26h")
    results.add("for a day: CountersignReserveMissing", fires, world,
                "CountersignReserveMissing")
    # With the right time again.
    world.rotate()


def no_rotation(world, results):
    results.add("rotation does not run: CountersignRotationOld", fires, world,
                "CountersignRotationOld")


def no_exporter(world, results):
    """The numbers in files are gone, while all else is well."""
    world.children["exporter"].terminate()
    world.children["exporter"].wait(30)
    results.add("the node exporter ends: CountersignTextfileGone", fires,
                world, "CountersignTextfileGone")
    results.add("and CountersignRotationGone", fires, world,
                "CountersignRotationGone")
    world.exporter_start()
    results.add("it starts again: CountersignTextfileGone ends", ends, world,
                "CountersignTextfileGone")


def stopped(world, results):
    world.service.stop()
    results.add("the milter is stopped: CountersignDown", fires, world,
                "CountersignDown", instance=f"127.0.0.1:{METRICS}")
    results.add("and its file: CountersignTextfileOld", fires, world,
                "CountersignTextfileOld")
    world.service.start()
    results.add("it starts again: CountersignDown ends", ends, world,
                "CountersignDown")


# -- The dashboard -----------------------------------------------------------

def has_data(world, text):
    for name, value in (("$__rate_interval", "5m"), ("$instance", ".*"),
                        ("$host", ".*")):
        text = text.replace(name, value)
    assert "$" not in text, text
    found = wait(text, lambda: world.query(text), 30)
    assert not any(item["value"][1] == "NaN" for item in found), (text, found)


def dashboard(world, results):
    with open(os.path.join(root, "dist/grafana/countersign.json"),
              encoding="utf-8") as file:
        board = json.load(file)
    for panel in board["panels"]:
        for target in panel.get("targets", []):
            results.add(f"panel {panel['title']}, query {target['refId']}",
                        has_data, world, target["expr"])
    for variable in board["templating"]["list"]:
        if variable["type"] == "query":
            metric = re.match(r"label_values\((\w+), instance\)",
                              variable["query"]["query"])[1]
            results.add(f"variable {variable['name']}", lambda name=metric:
                        wait(name, lambda: world.ask(
                            "/api/v1/label/instance/values",
                            **{"match[]": name}), 30))


def abort(world):
    """A message that the MTA gives up."""
    with mc.MilterClient(world.service.socket) as client:
        client.connect()
        client.mail(login="desk")
        client.header(b"From", b" a@desk.example")
        client.abort()


def main():
    world, outcome = World(), Results(results)
    try:
        world.dns_start()
        world.configure()
        for name in DOMAINS:
            world.key("add", name + ".example")
        wait("all domains have a reserve", world.all_have_reserves)
        world.service.start()
        world.prometheus_start()
        with world.traffic("desk"), world.traffic("spf"):
            time.sleep(15)
            world.rotate()
            outcome.add("no alert while all is well", wait, "no alert",
                        lambda: not world.firing())
            abort(world)
            for fault in (dns_hangs, no_key, forgeries, slow_signers,
                          signer_dies, ceiling, key_faults, no_successor):
                fault(world, outcome)
            dashboard(world, outcome)
            no_rotation(world, outcome)
        no_exporter(world, outcome)
        stopped(world, outcome)
    finally:
        world.finish()


main()
