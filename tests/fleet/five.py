#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""A fleet of five relay hosts, while things break.

usage: five.py BUILD KNOT UNBOUND SCRATCH [--hosts N] [--short | FAULT...]

Each host has a node of a network of its own, with a store, a daemon, a milter
and mail (relay.py, fivemail.py); so have a primary and a synchronous standby of
PostgreSQL, and three name servers (networld.py).  A sixth member makes keys
(hostcase.c).  Mail flows all the time.  In each fault a new key must reach all
hosts and sign; no message may be unsigned, deferred or lost, and each signature
must verify each time that fivemail.py looks at it, for its whole lifetime.
With --short there is one life of keys instead, with what happens during it
(fiveshort.py), and no member but the hosts.

Prints a line "ok" or "not ok" for each fault, and a table of counts.
"""

import argparse
import base64
import glob
import hashlib
import json
import os
import subprocess
import sys
import time
import traceback

import fivefaults
import fivelife
import fivemail
import fiveshort
import fleetworld as fw
import networld as nw
import relay

FAULTS = ("unsigned", "deferred", "lost", "bad", "late")
COUNTS = ("sent", "signed", "signatures", "verified", *FAULTS)


class Maker:
    """hostcase, a member that makes keys; it reaches both servers."""

    def __init__(self, world):
        folder = world.folder + "/maker"
        os.mkdir(folder, 0o700)
        os.mkdir(world.folder + "/maker.credentials", 0o700)
        self.folder = folder
        self.command = [
            world.build + "/tests/fleet/hostcase", folder, "maker",
            f"host={world.cluster.scratch}/db1,{world.cluster.scratch}/db2 "
            "dbname=fleet user=maker target_session_attrs=read-write"]
        self.environment = {**os.environ, "CREDENTIALS_DIRECTORY":
                            world.folder + "/maker.credentials"}
        self.process = None

    def __call__(self, command):
        """The answer; it is started again if it has ended."""
        if self.process is None or self.process.poll() is not None:
            self.process = subprocess.Popen(
                self.command, text=True, bufsize=1, stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, env=self.environment)
        self.process.stdin.write(command + "\n")
        for line in self.process.stdout:
            word, _, rest = line.strip().partition(" ")
            if word == "done":
                return rest
            if word == "failed":
                return "failed " + rest
        self.process.wait()
        return "failed: it ended"

    def insist(self, command):
        """Until it is done: a server may just be replaced."""
        def done():
            answer = self(command)
            return answer if not answer.startswith("failed") else None
        return nw.wait_for(done, f"{command} done")


class World:
    """All of it."""

    def __init__(self, options):
        self.build = os.path.abspath(options.build)
        self.folder = os.path.abspath(options.scratch)
        self.domain_names = [f"d{i}.{nw.ZONE}" for i in range(40)] + \
            [fivelife.DOMAIN]
        self.domains_file = self.folder + "/domains"
        self.stop_file = self.folder + "/stop"
        self.ndomains, self.active = 0, []
        self.tell_domains()
        self.network = nw.Network()
        self.dns = nw.Dns(self.folder + "/dns", options.knot,
                          options.unbound, relay.KEYS_USER.pw_gid)
        self.resolve()
        self.certificates = nw.Certificates(self.folder + "/certificates")
        self.cluster = nw.NetCluster(
            self.build, self.certificates,
            fiveshort.clock_of_databases(self) if options.short else {})
        self.primary = self.cluster.net_primary()
        self.primary.sql("CREATE DATABASE fleet")
        for path in sorted(glob.glob(fw.SCHEMA + "/[0-9]*.sql")):
            with open(path, encoding="ascii") as file:
                self.primary.script(file.read(), database="fleet")
        self.hosts = [relay.Relay(self, f"relay{i}")
                      for i in range(1, options.hosts + 1)]
        for name in [host.name for host in self.hosts] + ["maker"]:
            self.sql(f"SELECT countersign.add_host('{name}', '{name}')")
        self.standby = self.cluster.net_standby(self.primary, "db2")

    def resolve(self):
        path = self.folder + "/resolv.conf"
        with open(path, "w", encoding="ascii") as file:
            file.write(f"nameserver {nw.ADDRESSES['resolver']}\n")
        nw.run("mount", "--bind", path, os.path.realpath("/etc/resolv.conf"))

    def sql(self, statement, user="postgres"):
        return self.primary.sql(statement, user, "fleet")

    def tell_domains(self):
        with open(self.domains_file + ".new", "w", encoding="ascii") as file:
            file.write("\n".join(self.active) + "\n")
        os.rename(self.domains_file + ".new", self.domains_file)

    # -- The fleet ---------------------------------------------------------

    def enter(self, with_maker):
        """The first host begins, and admits the others and the maker."""
        first = self.hosts[0]
        first.start_daemon()
        first.key("fleet", "init")
        nw.wait_for(lambda: first.count("fleet-database-used"), "in use")
        listed = first.fleet_list()
        for host in self.hosts[1:]:
            host.start_daemon()
            out = host.key("fleet", "init", "--members",
                           listed["members"])[1]
            words = out.split("\n")[0].split(": ")[2].split()
            first.key("fleet", "admit", host.name, *words)
        if with_maker:
            self.admit_maker(listed["fleet"])
        for host in self.hosts:
            nw.wait_for(lambda h=host: h.fleet_list().get("database") ==
                        "used", f"{host.name} uses the database")

    def admit_maker(self, fleet):
        self.maker = Maker(self)
        self.maker(f"join {fleet}")
        self.maker("register")
        self.hosts[0].key("fleet", "admit", "maker",
                          *self.fingerprint("maker"))
        nw.wait_for(lambda: not self.maker("poll").startswith("failed"),
                    "a poll of the maker")

    def fingerprint(self, name):
        """As a person would read it at that host."""
        sign, cert = (bytes.fromhex(text) for text in self.sql(
            "SELECT encode(sign_key, 'hex'), encode(wrap_cert, 'hex') FROM "
            f"countersign.host WHERE name = '{name}'").split("|"))
        return [hashlib.sha256(
            f"countersign-fleet host 1\n{name}\n"
            f"{base64.b64encode(sign).decode()}\n"
            f"{hashlib.sha256(cert).hexdigest()}\n".encode()).hexdigest()]

    # -- Keys --------------------------------------------------------------

    def new_key(self, lead_s=15):
        """A key of a new domain, its record, and when it begins to sign."""
        domain = self.domain_names[self.ndomains]
        self.ndomains += 1
        begins = int(time.time()) + lead_s
        self.maker.insist(f"key {domain} {begins}")
        row = self.sql("SELECT encode(octets, 'escape') FROM countersign.key "
                       f"WHERE domain = '{domain}'")
        public = [word for word in row.split() if
                  word.startswith("public=")][0].partition("=")[2]
        self.dns.publish(f"a._domainkey.{domain.partition('.')[0]}",
                         f"v=DKIM1; k=ed25519; p={public}")
        return domain, begins

    def states(self, host):
        """What it has of each domain."""
        return {domain: host.state(domain) for domain in self.domain_names}

    def has(self, host, domain):
        return "active_from=" in host.state(domain)

    def signs(self, host, domain):
        return host.counts().get("selectors", {}).get("a." + domain, 0)

    def spread(self, domain, begins, hosts=None):
        """All hosts get it and sign with it."""
        hosts = hosts or self.hosts
        for host in hosts:
            nw.wait_for(lambda h=host: self.has(h, domain),
                        f"{domain} at {host.name}: {host.log()[-1500:]}")
        nw.wait_for(lambda: time.time() > begins + 2, f"{domain} begins")
        self.active = (self.active + [domain])[-3:]
        self.tell_domains()
        for host in hosts:
            nw.wait_for(lambda h=host: self.signs(h, domain),
                        f"{host.name} signs for {domain}")

    def another_key(self):
        self.spread(*self.new_key())

    def confirmed(self, host):
        """It says that it has all that the database has."""
        number = self.sql("SELECT change FROM countersign.fleet")
        return self.sql("SELECT change FROM countersign.confirmation WHERE "
                        f"host = '{host.name}'") == number

    def all_confirm(self):
        for host in self.hosts:
            nw.wait_for(lambda h=host: self.confirmed(h),
                        f"{host.name} confirms: {host.log()[-1500:]}")

    # -- Counts ------------------------------------------------------------

    def counts(self):
        sums = dict.fromkeys(COUNTS, 0)
        for host in self.hosts:
            found = host.counts()
            for name in COUNTS:
                sums[name] += found.get(name, 0)
        return sums

    def stop_mail(self):
        with open(self.stop_file, "w", encoding="ascii"):
            pass
        for host in self.hosts:
            assert host.mail.wait(nw.LIMIT_S) == 0, f"mail of {host.name}"


def attempt(world, name, fault, rows):
    """Let it happen, and count; whether all was well."""
    before, begun, why = world.counts(), time.monotonic(), ""
    try:
        note = fault(world) or ""
    except (AssertionError, SystemExit, OSError, ValueError,
            subprocess.SubprocessError) as error:
        note, why = "", str(error) or traceback.format_exc()
        traceback.print_exc()
    after = world.counts()
    delta = {key: after[key] - before[key] for key in COUNTS}
    if not why and (any(delta[name] for name in FAULTS) or
                    not delta["sent"]):
        why = f"mail: {delta}"
    rows.append((name, round(time.monotonic() - begun), delta, note))
    print(f"{'not ok' if why else 'ok'} {len(rows)} - {name}", flush=True)
    for line in why.splitlines():
        print("#  ", line)
    return not why


def print_table(rows, sums):
    head = ("fault", "s", *COUNTS)
    print("# " + "{:<24}{:>5}".format(*head) +
          "".join(f"{name:>11}" for name in COUNTS))
    for name, seconds, delta, note in [*rows, ("all", "", sums, "")]:
        print(f"# {name:<24}{seconds:>5}" +
              "".join(f"{delta[key]:>11}" for key in COUNTS) + "  " + note)


def break_things(world, chosen, rows):
    """The faults that were chosen, or all; one that fails does not end it."""
    first = world.new_key()
    for host in world.hosts:
        host.start_mail()
    world.spread(*first)
    return all([attempt(world, name, fault, rows)
                for name, fault in fivefaults.FAULTS
                if not chosen or name in chosen])


def live_shortly(world, _, rows):
    """Nothing that follows is possible without what comes first."""
    for host in world.hosts:
        host.start_mail()
    return all(attempt(world, name, part, rows)
               for name, part in fiveshort.LIFE)


def main():
    parser = argparse.ArgumentParser()
    for name in ("build", "knot", "unbound", "scratch"):
        parser.add_argument(name)
    parser.add_argument("--hosts", type=int, default=5)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("faults", nargs="*")
    options = parser.parse_intermixed_args()
    world = World(options)
    world.enter(not options.short)
    print(f"# {len(world.hosts)} hosts are in the fleet", flush=True)
    rows = []
    good = (live_shortly if options.short else break_things)(
        world, options.faults, rows)
    world.stop_mail()
    sums = world.counts()
    print_table(rows, sums)
    is_clean = not any(sums[name] for name in FAULTS) and \
        sums["sent"] == sums["signed"] <= sums["signatures"] and \
        sums["verified"] == fivemail.LOOKS * sums["signatures"]
    print(f"{'ok' if is_clean else 'not ok'} {len(rows) + 1} - all mail was "
          "signed, and verified for its lifetime")
    print(f"1..{len(rows) + 1}")
    with open(world.folder + "/five.json", "w", encoding="ascii") as file:
        json.dump({"faults": rows, "all": sums}, file)
    sys.exit(0 if good and is_clean else 1)


if __name__ == "__main__":
    main()
