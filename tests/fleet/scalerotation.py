# SPDX-License-Identifier: ISC
"""The rotation of all keys of a large fleet by one of its hosts, for scale.py:
DNS for all domains, a look at all of it, and the runs of rotate."""

import base64
import os
import secrets
import shutil
import socket
import subprocess
import time

HERE = os.path.dirname(os.path.abspath(__file__))
LIMIT_S = 120
SLOW_MS = 20    # what an answer takes more in the second look at DNS
ZONE = "example.net"
# RSA keys: making them is not what is measured.
POOL = HERE + "/../keys/pool"
TICKS = os.sysconf("SC_CLK_TCK")
POLICY = """
dns {{ servers = {{ "{address}" }} }}
rotation {{
    every = 90d
    publish = update
    update_server = "{update}"
    tsig_key = "{tsig}"
    servers = {{ "{address}" }}
    check_resolvers = none
    algorithm = rsa2048
    ttl = 1h
}}
"""
NAMED = """
options {{
    directory "{folder}";
    pid-file none;
    session-keyfile none;
    lock-file none;
    listen-on port {port} {{ 127.0.0.1; }};
    listen-on-v6 {{ none; }};
    recursion no;
    notify no;
}};
controls {{ }};
key "update" {{
    algorithm hmac-sha256;
    secret "{secret}";
}};
zone "{zone}" {{
    type primary;
    file "zone";
    allow-update {{ key update; }};
}};
"""


def cpu_of(pid):
    """Seconds of CPU of a process and of its children that have ended."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            words = file.read().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0
    return sum(int(word) for word in words[11:15]) / TICKS


def record_of(line):
    """The selector of a line of a state, and its record; None: it has none."""
    selector, *words = line.split(" ")
    values = dict(word.split("=", 1) for word in words if "=" in word)
    if "published" not in values or "removed" in values:
        return None
    text = "v=DKIM1; h=sha256; k=rsa; p=" + (
        "" if "revoked" in values else values["public"])
    parts = [text[at:at + 250] for at in range(0, len(text), 250)]
    return selector, " ".join(f'"{part}"' for part in parts)


class Dns:
    """A server, BIND, that has the records of a key store, and takes updates:
    a server that reads the whole zone for each would be measured, not us."""

    def __init__(self, program, folder, keydir, owner):
        shutil.rmtree(folder, ignore_errors=True)
        os.mkdir(folder)
        self.folder = folder
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.bind(("127.0.0.1", 0))
            port = sock.getsockname()[1]
        self.address = f"127.0.0.1@{port}"
        secret = base64.b64encode(secrets.token_bytes(32)).decode()
        self.tsig = folder + "/tsig"
        with open(self.tsig, "w", encoding="ascii") as file:
            file.write(f"hmac-sha256:update:{secret}\n")
        os.chmod(self.tsig, 0o400)
        os.chown(self.tsig, owner, -1)
        self.write_zone(keydir)
        with open(folder + "/named.conf", "w", encoding="ascii") as file:
            file.write(NAMED.format(folder=folder, port=port, secret=secret,
                                    zone=ZONE))
        with open(folder + "/log", "wb") as log:
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", program, "-g", "-n", "1",
                 "-c", folder + "/named.conf"], stdout=log, stderr=log)
        self.wait()

    def write_zone(self, keydir):
        with open(self.folder + "/zone", "w", encoding="ascii") as zone:
            zone.write(f"$ORIGIN {ZONE}.\n$TTL 3600\n"
                       "@ SOA ns1 hostmaster 1 3600 600 864000 60\n"
                       "@ NS ns1\nns1 A 127.0.0.1\n")
            for domain in os.listdir(keydir):
                if not domain.endswith("." + ZONE):
                    continue
                with open(f"{keydir}/{domain}/state",
                          encoding="ascii") as file:
                    found = [record_of(line)
                             for line in file.read().splitlines()[1:]]
                for selector, text in filter(None, found):
                    zone.write(f"{selector}._domainkey.{domain}. TXT "
                               f"{text}\n")

    def wait(self):
        """Until it has loaded the zone."""
        end = time.monotonic() + LIMIT_S
        while True:
            with open(self.folder + "/log", encoding="utf-8") as file:
                text = file.read()
            if f"zone {ZONE}/IN: loaded" in text and "running" in text:
                break
            if self.process.poll() is not None or time.monotonic() > end:
                raise SystemExit("named failed:\n" + text)
            time.sleep(0.2)

    def stop(self):
        self.process.kill()
        self.process.wait()


def configure(scale, dns, address):
    """Ask at this address, but change records at that of the server."""
    scale.host.configure(POLICY.format(
        address=address, update=dns.address, tsig=dns.tsig))


def watch_slowly(scale, dns):
    """The same with a server far away."""
    with subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", HERE + "/slow.py",
             dns.address.partition("@")[2], str(SLOW_MS)], text=True,
            stdout=subprocess.PIPE) as slow:
        port = int(slow.stdout.readline())
        configure(scale, dns, f"127.0.0.1@{port}")
        watch(scale, dns, "slow_watch")
        configure(scale, dns, dns.address)
        slow.kill()


def watch(scale, dns, name):
    """A round of "fleet watch": all keys are looked up, and none has ended."""
    scale.host.ask("list")      # it has just been started
    noted = scale.host.keydir + "/.fleet/watched"
    if os.path.exists(noted):
        os.unlink(noted)
    before, begun = cpu_of(dns.process.pid), time.monotonic()
    with subprocess.Popen(
            [scale.build + "/countersign-key", "-c",
             scale.host.folder + "/conf", "fleet", "watch"], text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT) as process:
        text = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0 or text:
        raise SystemExit("fleet watch failed:\n" + text)
    scale.note(f"{name}_seconds", round(time.monotonic() - begun, 1))
    scale.note(f"{name}_cpu_seconds",
               round(usage.ru_utime + usage.ru_stime, 1))
    scale.note(f"{name}_dns_cpu_seconds",
               round(cpu_of(dns.process.pid) - before, 1))
    scale.note(f"{name}_memory_mib", usage.ru_maxrss // 1024)


class Rotation:
    """Runs of rotate until all domains have changed their keys, and have new
    ones in reserve whose records are published."""

    def __init__(self, scale, dns):
        self.scale, self.dns = scale, dns
        self.pool = scale.folder + "/pool"
        shutil.copytree(POOL, self.pool, dirs_exist_ok=True)
        self.changed = self.published = 0

    def cpu(self):
        server = self.scale.server
        postgres = [server.process.pid] + server.children()
        return {"mirror": cpu_of(self.scale.host.process.pid),
                "dns": cpu_of(self.dns.process.pid),
                "database": sum(cpu_of(pid) for pid in postgres)}

    def counts(self):
        """Keys that have retired, and records that were published."""
        sql = self.scale.server.sql
        return (int(sql("SELECT count(*) FROM countersign.key WHERE "
                        "position('retire_at='::bytea in octets) > 0")),
                int(sql("SELECT count(DISTINCT domain) FROM "
                        "countersign.intent WHERE outcome = 'done'")))

    def rotate(self):
        """One run: its exit status, output, CPU and memory."""
        scale = self.scale
        path = scale.folder + "/rotate.out"
        with open(path, "wb") as out:
            process = subprocess.Popen(
                [scale.build + "/countersign-key", "-c",
                 scale.host.folder + "/conf", "rotate", "--no-progress",
                 "--without", "maker"], stdin=subprocess.DEVNULL, stdout=out,
                stderr=out, env={
                    **os.environ, "KEYPOOL": self.pool, "LD_PRELOAD":
                    scale.build + "/tests/keys/libkeypool.so"})
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        with open(path, encoding="utf-8") as out:
            lines = out.read().splitlines()
        if process.returncode not in (0, 3):
            raise SystemExit("rotate failed:\n" + "\n".join(lines[-20:]))
        return lines[-1], usage

    def measured(self, name):
        """One run, and what all programs took for it."""
        before, begun = self.cpu(), time.monotonic()
        last, usage = self.rotate()
        seconds = time.monotonic() - begun
        after = self.cpu()
        note = self.scale.note
        print(f"{name}: {last}", flush=True)
        note(f"{name}_seconds", round(seconds, 1))
        cpu = {"rotate": usage.ru_utime + usage.ru_stime, **{
            which: after[which] - before[which] for which in before}}
        for which, value in cpu.items():
            note(f"{name}_{which}_cpu_seconds", round(value, 1))
        note(f"{name}_rotate_memory_mib", usage.ru_maxrss // 1024)
        note(f"{name}_mirror_memory_mib", self.scale.host.memory())
        changed, published = self.counts()
        note(f"{name}_keys_changed", changed - self.changed)
        note(f"{name}_records_published", published - self.published)
        is_over = (changed, published) == (self.changed, self.published)
        self.changed, self.published = changed, published
        self.scale.mail.note(self.scale, name)
        self.scale.save()
        return seconds, cpu, is_over

    def run(self):
        self.changed, self.published = self.counts()
        seconds, cpu, number = 0, {}, 0
        while True:
            number += 1
            took, used, is_over = self.measured(f"run_{number}")
            if is_over:
                break
            seconds += took
            for which, value in used.items():
                cpu[which] = cpu.get(which, 0) + value
        note = self.scale.note
        note("rotation_runs", number - 1)
        note("rotation_seconds", round(seconds))
        for which, value in cpu.items():
            note(f"rotation_{which}_cpu_seconds", round(value))
        if self.changed < self.scale.ndomains or \
                self.published < self.scale.ndomains:
            raise SystemExit(f"{self.changed} domains have changed keys, "
                             f"{self.published} have new ones")
        return number
