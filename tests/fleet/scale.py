#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Measure a fleet with many domains: the first mirror of a host that joins, its
steady state, a step of all keys at once that another host takes, a look at DNS
for all keys, their rotation by this host, and what a row takes in the database.

usage: scale.py BUILD NAMED JSON [DOMAINS [FOLDER]]

Each domain has two RSA keys: one signs and is due, one is in reserve.  A private
PostgreSQL is used, which does not sync; the host does.  Its milter signs all the
time for four clients (tests/bench/load), whose authors are in the domains that
it has; no message may be refused or unsigned.  NAMED is BIND's program.  The
figures are printed and written to JSON.

With FOLDER, that step is left out, and database and store stay in the folder:
with one that has them, the first mirror is left out, too.
"""

import glob
import json
import os
import pwd
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import fleetworld as fw
import pgserver
import scalerotation

BATCH = 10000
STEADY_S = 330      # one look at all states for last uses
CLIENTS, MESSAGES, PAUSE_S = 4, 100, 3
IN_ORDER = 300      # domains of a few pages
DUE = int(time.time()) - 91 * 86400    # when all keys began to sign
TICKS = os.sysconf("SC_CLK_TCK")
USER = pwd.getpwnam("nobody") if os.getuid() == 0 else \
    pwd.getpwuid(os.getuid())


MILTER_USER = "proxy" if os.getuid() == 0 else USER.pw_name
MILTER = """
socket = "unix:{folder}/milter/socket"
user = "{user}"
signers = 1
source "all" {{
    networks = {{ "127.0.0.1" }}
    header "X-SFDC-LK" {{ value = {{ "00D1U0000013lbu" }} }}
    domains = {{ "*.example.net" }}
}}
"""


class Maker:
    """hostcase, the member that makes keys."""

    def __init__(self, build, folder, conninfo):
        os.mkdir(folder, 0o700)
        os.mkdir(folder + ".credentials", 0o700)
        self.process = subprocess.Popen(
            [build + "/tests/fleet/hostcase", folder, "maker", conninfo],
            text=True, bufsize=1, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, env={
                **os.environ, "CREDENTIALS_DIRECTORY":
                folder + ".credentials"})

    def __call__(self, command):
        self.process.stdin.write(command + "\n")
        for line in self.process.stdout:
            word, _, rest = line.strip().partition(" ")
            if word == "done":
                return rest
            if word == "failed":
                break
        raise SystemExit(f"{command} failed")


class Host:
    """A host that joins: its daemon, and what that costs."""

    def __init__(self, build, folder, conninfo):
        self.build, self.folder = build, folder
        self.keydir = folder + "/keys"
        if not os.path.exists(folder):
            os.mkdir(folder, 0o755)
            os.mkdir(self.keydir, 0o700)
            os.chown(self.keydir, USER.pw_uid, USER.pw_gid)
            os.mkdir(folder + "/milter", 0o755)
            shutil.chown(folder + "/milter", MILTER_USER)
        self.conninfo = conninfo
        self.configure("")
        self.start()

    def configure(self, policy):
        with open(self.folder + "/conf", "w", encoding="ascii") as file:
            file.write(f'keydir = "{self.keydir}"\n'
                       f'keys_user = "{USER.pw_name}"\n'
                       f'fleet {{ database = "{self.conninfo}" '
                       'host = "relay1" }\n' + policy +
                       MILTER.format(folder=self.folder, user=MILTER_USER))

    def start(self):
        with open(self.folder + "/log", "ab") as log:
            self.process = subprocess.Popen(
                [self.build + "/countersign-fleet", "-f", "-c",
                 self.folder + "/conf"], stdin=subprocess.DEVNULL, stdout=log,
                stderr=log)

    def stop(self):
        self.process.kill()
        self.process.wait()

    def ask(self, *words):
        end = time.monotonic() + 60
        while True:
            done = subprocess.run(
                [self.build + "/countersign-key", "-c", self.folder +
                 "/conf", "fleet", *words], text=True, check=False,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            if done.returncode == 0:
                return done.stdout
            if time.monotonic() > end:
                with open(self.folder + "/log", encoding="ascii") as file:
                    raise SystemExit(done.stdout + file.read())
            time.sleep(0.2)

    def memory(self):
        """The most that it had, in MiB."""
        with open(f"/proc/{self.process.pid}/status",
                  encoding="ascii") as file:
            for line in file:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) // 1024
        return 0

    def cpu(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as file:
            words = file.read().rpartition(")")[2].split()
        return (int(words[11]) + int(words[12])) / TICKS

    def written(self):
        """MiB that it had written to files."""
        with open(f"/proc/{self.process.pid}/io", encoding="ascii") as file:
            for line in file:
                if line.startswith("write_bytes:"):
                    return int(line.split()[1]) / 1048576
        return 0


class Mail:
    """Four clients of the milter, a hundred messages after the other."""

    def __init__(self, host):
        self.host = host
        self.body = host.folder + "/body"
        with open(self.body, "wb") as file:
            file.write(b"This is mail of a fleet.\r\n" * 80)
        self.counts = dict.fromkeys(("messages", "refused", "unsigned"), 0)
        self.p50, self.p99 = [], []
        self.is_wanted, self.why = True, None
        with open(host.folder + "/milter.log", "wb") as log:
            self.milter = subprocess.Popen(
                [host.build + "/countersign-milter", "-f", "-c",
                 host.folder + "/conf"], stdin=subprocess.DEVNULL, stdout=log,
                stderr=log)
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def ndomains(self):
        """Those with the lowest numbers are there: pages come in order."""
        if not os.path.exists(self.host.folder + "/milter/socket"):
            return 0
        return len(os.listdir(self.host.keydir)) - IN_ORDER

    def run(self):
        while self.is_wanted:
            number = self.ndomains()
            if number > 0:
                self.send(number)
            time.sleep(PAUSE_S)

    def send(self, number):
        done = subprocess.run(
            [self.host.build + "/tests/bench/load", "-s", self.host.folder +
             "/milter/socket", "-b", self.body, "-c", str(CLIENTS), "-n",
             str(MESSAGES), "-d", str(number)], text=True, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode != 0:
            self.why, self.is_wanted = done.stdout, False
            return
        found = json.loads(done.stdout)
        for name in self.counts:
            self.counts[name] += found[name]
        self.p50.append(found["p50_ms"])
        self.p99.append(found["p99_ms"])

    def note(self, scale, name):
        """What was sent since the last time."""
        if self.why or self.counts["refused"] or self.counts["unsigned"]:
            raise SystemExit(f"mail: {self.why or self.counts}")
        scale.note(f"{name}_messages", self.counts["messages"])
        if self.p50:
            scale.note(f"{name}_mail_p50_ms", statistics.median(self.p50))
            scale.note(f"{name}_mail_p99_ms", max(self.p99))
        self.counts["messages"] = 0
        self.p50, self.p99 = [], []

    def stop(self):
        self.is_wanted = False
        self.thread.join()
        self.milter.terminate()
        self.milter.wait()


class Scale:
    """The measurement."""

    def __init__(self, build, named, ndomains, kept):
        self.build, self.named, self.ndomains = build, named, ndomains
        self.kept = kept
        self.folder = kept or tempfile.mkdtemp(prefix="countersign.scale.")
        os.makedirs(self.folder, exist_ok=True)
        os.chmod(self.folder, 0o755)
        self.figures_path = self.folder + "/figures"
        self.is_mirrored = os.path.exists(self.figures_path)
        self.cluster = pgserver.Cluster(build, self.folder + "/pg")
        self.server = self.cluster.primary()
        self.server.configure("autovacuum_naptime = 60\n")   # its default
        self.server.reload()
        if self.is_mirrored:
            with open(self.figures_path, encoding="ascii") as file:
                self.figures = json.load(file)
            self.ndomains = self.figures["domains"]
        else:
            self.figures = {"domains": ndomains, "keys": 2 * ndomains}
            self.begin()

    def begin(self):
        fw.install(self.server)
        fw.add_hosts(self.server, "maker", "relay1")
        self.maker = Maker(self.build, self.folder + "/maker",
                           self.server.conninfo("maker"))
        self.maker("register")
        self.maker("begin")
        self.maker("poll")

    def save(self):
        with open(self.figures_path, "w", encoding="ascii") as file:
            json.dump(self.figures, file, indent=1)
            file.write("\n")

    def note(self, name, value):
        self.figures[name] = value
        print(f"{name.replace('_', ' '):<40}{value:>12}", flush=True)

    def write(self, first_time):
        """A row of each key, by way of a file."""
        path = self.folder + "/rows"
        begun = time.monotonic()
        for first in range(0, self.ndomains, BATCH):
            count = min(BATCH, self.ndomains - first)
            last = self.maker(f"rows {first} {count} {first_time} {path}")
            self.server.script(
                "CREATE TEMP TABLE new (LIKE countersign.key);\n"
                f"\\copy new FROM '{path}'\n"
                "INSERT INTO countersign.key SELECT * FROM new "
                "ON CONFLICT (domain, selector) DO UPDATE SET "
                "change = EXCLUDED.change, octets = EXCLUDED.octets, "
                "signature = EXCLUDED.signature;\n"
                f"UPDATE countersign.fleet SET change = {last};\n")
        self.server.sql("NOTIFY countersign_change")
        os.unlink(path)
        return time.monotonic() - begun

    def until_confirmed(self):
        """Until the host has said that it has all; seconds."""
        begun = time.monotonic()
        while self.server.sql(
                "SELECT c.change >= max(k.change) AND c.exceptions = '' FROM "
                "countersign.confirmation c, countersign.key k "
                "WHERE c.host = 'relay1' GROUP BY c.host") != "t":
            if self.host.process.poll() is not None:
                raise SystemExit("the daemon ended")
            time.sleep(0.2)
        return time.monotonic() - begun

    def measure(self, name):
        cpu, written = self.host.cpu(), self.host.written()
        seconds = self.until_confirmed()
        self.note(f"{name}_seconds", round(seconds, 1))
        self.note(f"{name}_domains_per_second",
                  round(self.ndomains / seconds))
        self.note(f"{name}_cpu_seconds", round(self.host.cpu() - cpu, 1))
        self.note(f"{name}_written_mib",
                  round(self.host.written() - written))
        self.note(f"{name}_memory_mib", self.host.memory())
        self.mail.note(self, name)

    def enter(self):
        """The host is admitted, and then away until all keys are there."""
        self.host = Host(self.build, self.folder + "/relay1",
                         self.server.conninfo("relay1"))
        digest = self.server.sql(
            "SELECT encode(sha256(octets), 'hex') FROM countersign.members "
            "ORDER BY version DESC LIMIT 1")
        self.host.ask("init", "--members", digest)
        self.maker("admit relay1")
        end = time.monotonic() + 60
        while not os.path.exists(self.host.keydir + "/.fleet/epochs"):
            if time.monotonic() > end:
                raise SystemExit("the host has no epoch")
            time.sleep(0.2)
        self.host.stop()

    def first_mirror(self):
        self.enter()
        self.note("rows_written_seconds", round(self.write(DUE)))
        self.note("database_octets_per_key", int(self.server.sql(
            "SELECT pg_total_relation_size('countersign.key')")) //
            (2 * self.ndomains))
        self.host.start()
        self.mail = Mail(self.host)
        self.measure("first_mirror")
        found = len(glob.glob(self.host.keydir + "/*/1.pem"))
        if found != self.ndomains:
            raise SystemExit(f"{found} domains have keys")
        self.note("store_octets_per_domain", int(subprocess.run(
            ["du", "-s", "--block-size=1", self.host.keydir], text=True,
            check=True, stdout=subprocess.PIPE).stdout.split()[0]) //
            self.ndomains)
        self.save()

    def steady(self):
        cpu = self.host.cpu()
        time.sleep(STEADY_S)
        self.note("steady_cpu_ms_per_minute",
                  round((self.host.cpu() - cpu) * 1000 * 60 / STEADY_S))
        self.mail.note(self, "steady")

    def rotate(self):
        self.dns = scalerotation.Dns(self.named, self.folder + "/dns",
                                     self.host.keydir, USER.pw_uid)
        scalerotation.configure(self, self.dns, self.dns.address)
        self.host.stop()
        self.host.start()
        scalerotation.watch(self, self.dns, "watch")
        scalerotation.watch_slowly(self, self.dns)
        scalerotation.Rotation(self, self.dns).run()

    def run(self):
        if self.is_mirrored:
            self.host = Host(self.build, self.folder + "/relay1",
                             self.server.conninfo("relay1"))
            self.mail = Mail(self.host)
        else:
            self.first_mirror()
        self.steady()
        if self.kept is None:
            self.write(DUE + 1)
            self.measure("one_step_of_all")
        self.rotate()

    def close(self):
        if hasattr(self, "mail"):
            self.mail.stop()
        if hasattr(self, "host"):
            self.host.stop()
        if hasattr(self, "dns"):
            self.dns.stop()
        if hasattr(self, "maker"):
            self.maker.process.kill()
            self.maker.process.wait()
        self.cluster.__exit__()
        if self.kept is None:
            shutil.rmtree(self.folder)


def main():
    build, named, path = sys.argv[1:4]
    scale = Scale(os.path.abspath(build), os.path.abspath(named),
                  int(sys.argv[4]) if len(sys.argv) > 4 else 100000,
                  os.path.abspath(sys.argv[5]) if len(sys.argv) > 5 else None)
    try:
        scale.run()
    finally:
        scale.close()
    with open(path, "w", encoding="ascii") as file:
        json.dump(scale.figures, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
