# SPDX-License-Identifier: ISC
"""Hosts of a fleet that rotate keys: a database, a DNS server, and one clock
that a test moves."""

import os
import pwd
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
AUTHORITY = os.path.join(HERE, "..", "keys", "authority.py")

import test_daemon as td  # noqa: E402

LIMIT_S = 300
LEASE_S, GRACE_S = 600, 310
UPDATE_S = 18
HOUR, DAY = 3600, 86400
HINT_S = 2   # in which a daemon looks at the database at most once


class Clock:
    """All programs that are started from now on have it."""

    def __init__(self, folder):
        self.path = folder + "/clock"
        self.ahead = 0
        self.file = open(self.path, "wb")   # noqa: SIM115
        self.move(0)
        os.chmod(self.path, 0o644)
        os.environ["LD_PRELOAD"] = \
            td.copy_for_others(td.BUILD + "/tests/fleet/libskew.so")
        os.environ["SKEW_FILE"] = self.path
        # libskew.so comes before the library of a sanitizer.
        os.environ["ASAN_OPTIONS"] = "verify_asan_link_order=0:" + \
            os.environ.get("ASAN_OPTIONS", "")

    def move(self, seconds):
        self.ahead += seconds
        self.file.seek(0)
        self.file.write(struct.pack("=q", self.ahead))
        self.file.flush()

    def close(self):
        del os.environ["LD_PRELOAD"], os.environ["SKEW_FILE"]
        self.file.close()


class KeyPool:
    """Programs that are started from now on take RSA keys from it: to make
    some takes most of their time.  With a sanitizer, they make them."""

    def __init__(self, folder):
        library = td.BUILD + "/tests/keys/libkeypool.so"
        self.before = os.environ["LD_PRELOAD"]
        if not os.path.exists(library):
            return
        pool = os.path.join(folder, "pool")
        shutil.copytree(os.path.join(HERE, "..", "keys", "pool"), pool)
        with open(pool + "/next", "wb"):
            pass
        for path, mode in ("", 0o755), ("/next", 0o666):
            os.chmod(pool + path, mode)
        os.environ["KEYPOOL"] = pool
        os.environ["LD_PRELOAD"] += ":" + td.copy_for_others(library)

    def close(self):
        os.environ["LD_PRELOAD"] = self.before
        os.environ.pop("KEYPOOL", None)


class Zone:
    """A DNS server that takes updates; records are name -> values."""

    def __init__(self, folder):
        self.folder = folder + "/zone"
        os.mkdir(self.folder, 0o755)
        os.mkfifo(self.folder + "/port")
        self.clear()
        with open(self.folder + "/secret", "w", encoding="ascii") as file:
            file.write("c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0\n")
        self.tsig = folder + "/tsig"
        with open(self.tsig, "w", encoding="ascii") as file:
            file.write("hmac-sha256:test:c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0\n")
        os.chmod(self.tsig, 0o400)
        if os.getuid() == 0:
            os.chown(self.tsig, pwd.getpwnam(td.USER).pw_uid, -1)
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", sys.executable, AUTHORITY,
             self.folder])
        with open(self.folder + "/port", encoding="ascii") as file:
            self.port = int(file.readline())

    def records(self):
        found = {}
        with open(self.folder + "/records", encoding="ascii") as file:
            for line in file:
                name, value = line.rstrip("\n").split("\t")
                found.setdefault(name, []).append(value)
        return found

    def make_hook(self, path, knows_batch=False):
        """A program that changes the zone, as the user of the hosts."""
        refusal = "" if knows_batch else '[ "$1" != batch ] || exit 64'
        os.chmod(self.folder, 0o777)
        with open(path, "w", encoding="ascii") as file:
            file.write(f"""#!/bin/sh
echo "$1" >>{self.folder}/starts
{refusal}
records={self.folder}/records
change() {{
    awk -F'\\t' -v name="$2" '$1 != name' $records >$records.new
    [ "$1" = remove ] || printf '%s\\t%s\\n' "$2" "$3" >>$records.new
    mv $records.new $records
}}
[ "$1" = batch ] || {{ change "$@"; exit; }}
n=0
while read -r what name ttl value; do
    change "$what" "$name" "$value"
    n=$((n + 1))
    echo ok $n
done
""")
        os.chmod(path, 0o755)

    def starts(self):
        """How the hook was called."""
        try:
            with open(self.folder + "/starts", encoding="ascii") as file:
                return file.read().split()
        except FileNotFoundError:
            return []

    def add(self, name, value):
        with open(self.folder + "/records", "a", encoding="ascii") as file:
            file.write(f"{name}\t{value}\n")

    def clear(self):
        with open(self.folder + "/records", "w", encoding="ascii"):
            pass

    def close(self):
        self.process.kill()
        self.process.wait(LIMIT_S)


POLICY = """
dns {{ servers = {{ "127.0.0.1@{port}" }} }}
rotation {{
    publish = update
    tsig_key = "{tsig}"
    update_server = "127.0.0.1@{port}"
    servers = {{ "127.0.0.1@{port}" }}
    check_resolvers = none
    algorithm = rsa2048
    queue_lifetime = 6h
    signature_lifetime = 1d
    every = 7d
    retain = 1d
    revoke_for = 1d
    ttl = 60s
}}
"""


class Key:
    """What a state says of a key."""

    def __init__(self, line):
        words = line.split(" ")
        self.selector = words[0]
        self.values = dict(word.split("=", 1) for word in words[1:])

    def __getattr__(self, name):
        return self.values.get(name)


class Host(td.Host):
    def key(self, *args, **env):
        """countersign-key: exit status, output and errors together."""
        done = subprocess.run(
            [td.KEY, "-c", self.folder + "/conf", *args], text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            timeout=LIMIT_S, check=False, env={**os.environ, **env})
        return done.returncode, done.stdout

    def was_struck(self, is_done):
        """Whether the daemon was killed while a command ran: if that failed,
        it may still be about to end."""
        try:
            self.process.wait(0 if is_done else 10)
        except subprocess.TimeoutExpired:
            return False
        return True

    def state(self, domain):
        """The text of a state; "" if there is none."""
        try:
            with open(f"{self.keydir}/{domain}/state",
                      encoding="ascii") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def keys(self, domain):
        return [Key(line) for line in self.state(domain).splitlines()[1:]]

    def files(self, domain):
        """The selectors that have a private key."""
        try:
            return {name[:-4] for name in os.listdir(f"{self.keydir}/{domain}")
                    if name.endswith(".pem")}
        except FileNotFoundError:
            return set()

    def has_all_files(self, domain):
        """Each key that is not removed has a private key."""
        return {key.selector for key in self.keys(domain)
                if not key.removed} <= self.files(domain)


class RotationCase(td.FleetCase):
    """Each test has a fleet of hosts, which are in it."""

    nhosts = 2

    @classmethod
    def setUpClass(cls):
        cls.common = tempfile.mkdtemp(prefix="countersign.fleet.")
        cls.addClassCleanup(shutil.rmtree, cls.common)
        os.chmod(cls.common, 0o755)
        cls.clock = Clock(cls.common)
        cls.addClassCleanup(cls.clock.close)
        cls.addClassCleanup(KeyPool(cls.common).close)
        cls.zone = Zone(cls.common)
        cls.addClassCleanup(cls.zone.close)
        super().setUpClass()

    def setUp(self):
        super().setUp()
        self.zone.clear()
        for number in range(1, self.nhosts + 1):
            self.add_host(f"relay{number}")
        for host in self.hosts:
            self.polls(host)

    def make_host(self, name):
        """A host that is in no fleet yet."""
        self.sql(f"SELECT countersign.add_host('{name}', '{name}')")
        host = Host(self.folder, name,
                    self.server.conninfo(name, self.database))
        self.hosts.append(host)
        with open(host.folder + "/conf", "a", encoding="ascii") as file:
            file.write(f'host = "{name}"\n' + POLICY.format(
                port=self.zone.port, tsig=self.zone.tsig))
        host.start()
        return host

    def add_host(self, name):
        self.join(self.make_host(name))

    def join(self, host):
        first = self.hosts[0]
        if host is first:
            status, _, err = host.ask("init")
            self.assertEqual(status, 0, err + host.log())
            host.await_line("fleet-database-used")
            return
        status, out, err = host.ask("init", "--members",
                                    first.list()["members"])
        self.assertEqual(status, 0, err + host.log())
        fingerprint = re.match(r"\S+: waiting: (.*)", out).group(1)
        status, _, err = first.ask("admit", host.name, fingerprint)
        self.assertEqual(status, 0, err + first.log())

    def use_hook(self, knows_batch=False):
        """All hosts publish by a program from now on."""
        hook = self.common + "/hook"
        self.zone.make_hook(hook, knows_batch)
        for host in self.hosts:
            with open(host.folder + "/conf", encoding="ascii") as file:
                text = file.read()
            text = text.replace("publish = update", "publish = hook")
            text = re.sub(r"tsig_key = .*\n.*\n", f'hook = "{hook}"\n', text)
            with open(host.folder + "/conf", "w", encoding="ascii") as file:
                file.write(text)

    def restart(self, host):
        host.stop()
        host.start()

    def polls(self, host, number=2):
        for _ in range(number):
            self.clock.move(HINT_S)
            super().polls(host, 1)

    def advance(self, seconds):
        """Time passes; all hosts confirm, and see what others confirm."""
        self.clock.move(seconds)
        for _ in range(2):
            self.clock.move(HINT_S)
            now = self.sql("SELECT clock_timestamp()")
            self.sql("SELECT pg_notify('countersign_change', '1')")
            self.wait_for(lambda now=now: self.sql(
                "SELECT count(*) FROM countersign.host WHERE "
                f"seen > '{now}'") == str(len(self.hosts)),
                          "a host does not look at the database")

    # -- What must be so ---------------------------------------------------

    def wait_for(self, what, text):
        end = time.monotonic() + LIMIT_S
        while not what():
            if time.monotonic() > end:
                self.fail(text() if callable(text) else text)
            time.sleep(0.05)

    def agree(self, domain):
        """All hosts come to the same state, with its private keys."""
        def is_equal():
            first = self.hosts[0]
            return all(host.state(domain) == first.state(domain) and
                       host.has_all_files(domain) for host in self.hosts)

        def show():
            return "\n".join(f"{host.name}: {host.state(domain)}"
                             f"{sorted(host.files(domain))}\n{host.log()}"
                             for host in self.hosts)
        if not is_equal():
            self.sql("SELECT pg_notify('countersign_change', '1')")
        self.wait_for(is_equal, show)
        return self.hosts[0].keys(domain)

    def dns_is_right(self, domain):
        """DNS shows each key as the state says."""
        records = self.zone.records()
        keys = self.hosts[0].keys(domain)
        known = set()
        for key in keys:
            name = f"{key.selector}._domainkey.{domain}"
            known.add(name)
            values = records.get(name, [])
            if key.removed:
                self.assertEqual(values, [], key.selector)
            elif key.revoked:
                self.assertEqual(len(values), 1, key.selector)
                self.assertTrue(values[0].endswith("p="), values)
            elif key.published:
                self.assertEqual(len(values), 1, key.selector)
                self.assertIn(f"p={key.public}", values[0])
        for name in records:
            if name.endswith("._domainkey." + domain):
                self.assertIn(name, known, "a record without a key")

    def no_alarms(self):
        for host in self.hosts:
            for name in ("fleet-row-ignored", "fleet-alarm",
                         "fleet-mirror-failed", "fleet-database-refused"):
                self.assertEqual(host.count(name), 0, host.log())

    def intents(self):
        return self.sql("SELECT host || ' ' || coalesce(outcome, 'open') "
                        "FROM countersign.intent ORDER BY id")
