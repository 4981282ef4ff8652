# SPDX-License-Identifier: ISC
"""A network of its own for a fleet: nodes in network namespaces on one bridge,
name servers, a resolver, and PostgreSQL over TLS.

To be used by a process that is alone in namespaces for mounts, the network and
processes (tests/fleet/fleet.sh): all ends with it.
"""

import base64
import os
import subprocess
import time

import dns.exception
import dns.message
import dns.query

import pgserver

BRIDGE = "10.53.0.1"
ADDRESSES = {"db1": "10.53.0.21", "db2": "10.53.0.22", "ns1": "10.53.0.31",
             "ns2": "10.53.0.32", "ns3": "10.53.0.33", "resolver": "10.53.0.41",
             **{f"relay{i}": f"10.53.0.{10 + i}" for i in range(1, 6)}}
ZONE = "example"
LIMIT_S = 120


def run(*command, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False,
                          timeout=LIMIT_S, **options)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)}: {done.stdout}")
    return done.stdout


def wait_for(condition, what, limit=LIMIT_S):
    end = time.monotonic() + limit
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"after {limit} s: not "
                                 f"{what() if callable(what) else what}")
        time.sleep(0.1)


class Network:
    """A bridge, and a namespace and an address for each node."""

    def __init__(self):
        run("mount", "-t", "tmpfs", "tmpfs", "/run")
        run("ip", "link", "set", "lo", "up")
        run("ip", "link", "add", "br0", "type", "bridge")
        run("ip", "address", "add", BRIDGE + "/24", "dev", "br0")
        run("ip", "link", "set", "br0", "up")
        for name, address in ADDRESSES.items():
            run("ip", "netns", "add", name)
            run("ip", "link", "add", "v-" + name, "type", "veth", "peer",
                "name", "eth0", "netns", name)
            run("ip", "link", "set", "v-" + name, "master", "br0", "up")
            run("ip", "-n", name, "link", "set", "lo", "up")
            run("ip", "-n", name, "link", "set", "eth0", "up")
            run("ip", "-n", name, "address", "add", address + "/24", "dev",
                "eth0")

    @staticmethod
    def at(name):
        """What a command of that node begins with."""
        return ["nsenter", f"--net=/run/netns/{name}"]

    @staticmethod
    def cut(name):
        """Nothing goes to the node or comes from it, and nobody is told."""
        run("ip", "link", "set", "v-" + name, "down")

    @staticmethod
    def join(name):
        run("ip", "link", "set", "v-" + name, "up")

    @staticmethod
    def cut_between(name, other):
        """Only these two do not reach each other."""
        for one, two in ((name, other), (other, name)):
            run("ip", "-n", one, "route", "add", "blackhole",
                ADDRESSES[two] + "/32")

    @staticmethod
    def join_between(name, other):
        for one, two in ((name, other), (other, name)):
            run("ip", "-n", one, "route", "del", "blackhole",
                ADDRESSES[two] + "/32")


class Dns:
    """A Knot primary that takes UPDATE, two secondaries, and a resolver."""

    def __init__(self, folder, programs, resolver, group):
        self.folder, self.programs = folder, programs
        os.mkdir(folder, 0o755)
        self.key_file = folder + "/update.key"
        secrets = {name: base64.b64encode(os.urandom(32)).decode()
                   for name in ("update", "transfer")}
        with open(self.key_file, "w", encoding="ascii") as file:
            file.write('key "update" {\n algorithm hmac-sha512;\n secret "' +
                       secrets["update"] + '";\n};\n')
        os.chown(self.key_file, 0, group)
        os.chmod(self.key_file, 0o640)
        for number in (1, 2, 3):
            self.start(number, secrets)
        self.resolve(resolver)
        for number in (1, 2, 3):
            wait_for(lambda n=number: "SOA" in self.command(
                n, "zone-read", ZONE, "@", "SOA"), f"a zone at {number}")
        wait_for(self.resolves, "an answer of the resolver")

    def conf(self, number, secrets):
        text = (f"server:\n    rundir: {self.folder}/{number}\n    listen: "
                f"{ADDRESSES[f'ns{number}']}@53\nlog:\n  - target: stderr\n"
                f"    any: info\ndatabase:\n    storage: "
                f"{self.folder}/{number}\nkey:\n")
        for name, secret in secrets.items():
            text += (f"  - id: {name}\n    algorithm: hmac-sha512\n"
                     f"    secret: {secret}\n")
        text += "remote:\n"
        for other in (1, 2, 3):
            text += (f"  - id: ns{other}\n    address: "
                     f"{ADDRESSES[f'ns{other}']}@53\n    key: transfer\n")
        text += ("acl:\n  - id: update\n    key: update\n    action: update\n"
                 "  - id: transfer\n    key: transfer\n"
                 "    action: [ transfer, notify ]\nzone:\n"
                 f"  - domain: {ZONE}\n    storage: {self.folder}/{number}\n"
                 "    file: zone\n    zonefile-sync: -1\n")
        if number == 1:
            return text + ("    zonefile-load: whole\n"
                           "    journal-content: changes\n"
                           "    acl: [ update, transfer ]\n"
                           "    notify: [ ns2, ns3 ]\n")
        return text + ("    zonefile-load: none\n    journal-content: none\n"
                       "    master: ns1\n    acl: transfer\n")

    def start(self, number, secrets):
        path = f"{self.folder}/{number}"
        os.mkdir(path)
        with open(path + "/knot.conf", "w", encoding="ascii") as file:
            file.write(self.conf(number, secrets))
        if number == 1:
            with open(path + "/zone", "w", encoding="ascii") as file:
                file.write(f"$ORIGIN {ZONE}.\n$TTL 1\n"
                           "@ SOA ns1 hostmaster 1 2 1 86400 1\n")
                for n in (1, 2, 3):
                    file.write(f"@ NS ns{n}\nns{n} A "
                               f"{ADDRESSES[f'ns{n}']}\n")
        with open(path + "/log", "wb") as log:
            subprocess.Popen(
                [*Network.at(f"ns{number}"), self.programs + "/knotd", "-c",
                 path + "/knot.conf"], stdout=log, stderr=log)
        wait_for(lambda: self.command(number, "status"), f"knot {number}")

    def resolve(self, program):
        path = self.folder + "/unbound"
        with open(path + ".hints", "w", encoding="ascii") as file:
            file.write(". NS nowhere.\nnowhere. A 10.53.0.99\n")
        with open(path + ".conf", "w", encoding="ascii") as file:
            file.write(
                f'server:\n    directory: "{self.folder}"\n'
                '    pidfile: ""\n    chroot: ""\n    username: ""\n'
                "    do-daemonize: no\n    use-syslog: no\n"
                f"    interface: {ADDRESSES['resolver']}@53\n"
                "    access-control: 10.53.0.0/24 allow\n"
                '    module-config: "iterator"\n    serve-expired: no\n'
                f'    root-hints: "{path}.hints"\nstub-zone:\n'
                f'    name: "{ZONE}"\n')
            for number in (1, 2, 3):
                file.write(f"    stub-addr: {ADDRESSES[f'ns{number}']}\n")
        with open(path + ".log", "wb") as log:
            subprocess.Popen([*Network.at("resolver"), program, "-d", "-c",
                              path + ".conf"], stdout=log, stderr=log)

    @staticmethod
    def resolves():
        question = dns.message.make_query(ZONE, "SOA")
        try:
            return dns.query.udp(question, ADDRESSES["resolver"],
                                 timeout=2).answer
        except (OSError, dns.exception.DNSException):
            return None

    def command(self, number, *words):
        """knotc: what it prints, or nothing if it failed."""
        done = subprocess.run(
            [self.programs + "/knotc", "-s",
             f"{self.folder}/{number}/knot.sock", *words], text=True,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False,
            timeout=LIMIT_S)
        return done.stdout if done.returncode == 0 else ""

    def records(self, domain=ZONE):
        """All TXT records of the domain at each server."""
        return {number: sorted(
            line for line in self.command(number, "zone-read",
                                          ZONE).splitlines()
            if f"{domain}. " in line and " TXT " in line) for number in (1, 2, 3)}

    def serial(self):
        """It is raised by each change."""
        return int(self.command(1, "zone-read", ZONE, "@", "SOA").split()[6])

    def publish(self, name, text):
        """A TXT record at the primary, and so at all servers."""
        self.command(1, "zone-begin", ZONE)
        self.command(1, "zone-set", ZONE, f"{name}.{ZONE}.", "1", "TXT",
                     '"' + text + '"')
        self.command(1, "zone-commit", ZONE)
        for number in (1, 2, 3):
            wait_for(lambda n=number: "TXT" in self.command(
                n, "zone-read", ZONE, f"{name}.{ZONE}.", "TXT"),
                f"{name} at server {number}")


class Certificates:
    """An authority; servers are known by addresses, clients by names."""

    def __init__(self, folder):
        self.folder = folder
        os.mkdir(folder, 0o755)
        run("openssl", "req", "-x509", *self.new("ca"), "-days", "2",
            "-subj", "/CN=fleet", "-out", folder + "/ca.crt")

    def new(self, name):
        return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                "-nodes", "-keyout", f"{self.folder}/{name}.key"]

    def make(self, name, owner, address=None):
        """NAME.crt and NAME.key, which only the owner reads."""
        path = f"{self.folder}/{name}"
        run("openssl", "req", *self.new(name), "-subj", f"/CN={name}",
            "-out", path + ".csr")
        with open(path + ".ext", "w", encoding="ascii") as file:
            file.write(f"subjectAltName={'IP' if address else 'DNS'}:"
                       f"{address or name}\n")
        run("openssl", "x509", "-req", "-in", path + ".csr", "-CA",
            self.folder + "/ca.crt", "-CAkey", self.folder + "/ca.key",
            "-CAcreateserial", "-days", "2", "-extfile", path + ".ext",
            "-out", path + ".crt")
        os.chown(path + ".key", owner, -1)
        os.chmod(path + ".key", 0o600)
        return path


class NetServer(pgserver.Server):
    """A server at a node, with TLS and client certificates."""

    def start(self):
        user = self.cluster.as_user
        with open(self.folder + "/log", "ab") as log:
            self.process = subprocess.Popen(
                [*Network.at(self.node), "setpriv", "--reuid",
                 str(user["user"]), "--regid", str(user["group"]),
                 "--clear-groups", "--pdeathsig", "KILL",
                 os.path.join(self.cluster.programs, "postgres"), "-D",
                 self.data], stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, cwd=self.folder, start_new_session=True,
                env=self.cluster.environment)
        self.wait("SELECT 1", "1")


class NetCluster(pgserver.Cluster):
    """A primary at db1 and a synchronous standby at db2."""

    def __init__(self, build, certificates, environment):
        super().__init__(build)
        self.environment = {**os.environ, **environment}
        self.certificates = certificates
        for name in ("db1", "db2"):
            certificates.make(name, self.as_user["user"], ADDRESSES[name])
        certificates.make("replicator", self.as_user["user"])

    def at_node(self, name):
        server = NetServer(self, name)
        server.node = name
        return server

    def network_settings(self, server):
        path = f"{self.certificates.folder}/{server.node}"
        server.configure(
            f"listen_addresses = '{ADDRESSES[server.node]}'\n"
            f"unix_socket_directories = '{server.folder}'\nssl = on\n"
            f"ssl_cert_file = '{path}.crt'\nssl_key_file = '{path}.key'\n"
            f"ssl_ca_file = '{self.certificates.folder}/ca.crt'\n"
            "wal_sender_timeout = 10s\nwal_receiver_timeout = 10s\n"
            "tcp_user_timeout = 10000\n")

    def net_primary(self):
        server = self.at_node("db1")
        self.make_data(server.data)
        server.configure(pgserver.SETTINGS.format(folder=server.folder))
        self.network_settings(server)
        with open(server.data + "/pg_hba.conf", "w",
                  encoding="ascii") as file:
            file.write("local all all trust\nlocal replication all trust\n"
                       "hostssl all all 10.53.0.0/24 cert\n"
                       "hostssl replication replicator 10.53.0.0/24 cert\n")
        server.start()
        server.sql("CREATE ROLE replicator LOGIN REPLICATION")
        return server

    def net_standby(self, primary, name):
        """At the other node; commits of the primary wait for it."""
        server = self.at_node(name)
        path = self.certificates.folder
        self.run("pg_basebackup", "-D", server.data, "-d",
                 f"host={primary.folder} user=postgres", "-X", "stream", "-c",
                 "fast", "--no-sync")
        self.network_settings(server)
        server.configure(
            "synchronous_standby_names = ''\nprimary_conninfo = "
            f"'host={ADDRESSES[primary.node]} user=replicator "
            f"application_name={name} sslmode=verify-full "
            f"sslrootcert={path}/ca.crt sslcert={path}/replicator.crt "
            f"sslkey={path}/replicator.key'\n")
        with open(server.data + "/standby.signal", "w", encoding="ascii"):
            pass
        os.chown(server.data + "/standby.signal", self.as_user["user"], -1)
        server.start()
        primary.configure(f"synchronous_standby_names = '{name}'\n"
                          "synchronous_commit = remote_apply\n")
        primary.reload()
        primary.wait("SELECT count(*) FROM pg_stat_replication WHERE "
                     f"application_name = '{name}' AND "
                     "sync_state = 'sync'", "1")
        return server
