#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""countersign-fleet and countersign-key fleet: entering a fleet, what is
logged and how often, and a database that is away.

usage: test_daemon.py BUILD
"""

import atexit
import base64
import contextlib
import fcntl
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(
    os.path.abspath(__file__)), "../common"))
import fleetworld as fw
import pgserver
import schema
import supervised

BUILD = os.path.abspath(sys.argv.pop(1))
DAEMON = BUILD + "/countersign-fleet"
KEY = BUILD + "/countersign-key"
LIMIT_S = 120
# Root becomes keys_user, and so must not be it.
USER = "nobody" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name


def copy_for_others(path):
    """Of a file of the build, whose folder other users may not enter."""
    folder = tempfile.mkdtemp(prefix="countersign.copy.")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.chmod(folder, 0o755)
    return shutil.copy(path, folder)


def check_json(text, name):
    """That it is what docs/schema/NAME.json says."""
    faults = schema.faults_of(json.loads(text), name)
    assert not faults, faults


class Host:
    """One host: a configuration, a key directory, and a daemon."""

    def __init__(self, folder, name, database):
        self.name = name
        self.folder = os.path.join(folder, name)
        self.keydir = self.folder + "/keys"
        self.log_file = self.folder + "/log"
        self.process = None
        os.mkdir(self.folder, 0o755)
        os.mkdir(self.keydir, 0o700)
        user = pwd.getpwnam(USER)
        if os.getuid() == 0:
            os.chown(self.keydir, user.pw_uid, user.pw_gid)
        self.configure(f'fleet {{ database = "{database}" host = "{name}" }}')

    def configure(self, section):
        with open(self.folder + "/conf", "w", encoding="ascii") as file:
            file.write(f'keydir = "{self.keydir}"\nkeys_user = "{USER}"\n'
                       f"{section}\n")
        os.chmod(self.folder + "/conf", 0o644)

    def spawn(self):
        with open(self.log_file, "ab") as log:
            return subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", DAEMON, "-f", "-c",
                 self.folder + "/conf"], stdin=subprocess.DEVNULL,
                stdout=log, stderr=log)

    def start(self):
        nready = self.count("fleet-ready")
        self.process = self.spawn()
        self.await_line("fleet-ready", nready + 1)

    def stop(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait(LIMIT_S)
            self.process = None

    def log(self):
        if not os.path.exists(self.log_file):
            return ""
        with open(self.log_file, encoding="ascii") as file:
            return file.read()

    def count(self, name):
        """Lines with that id."""
        return self.log().count(f" [{name}]\n")

    def await_line(self, name, number=1):
        end = time.monotonic() + LIMIT_S
        while self.count(name) < number:
            if self.process.poll() is not None or time.monotonic() > end:
                raise AssertionError(f"no {name}:\n{self.log()}")
            time.sleep(0.05)

    @contextlib.contextmanager
    def talk(self):
        """A connection to the daemon, in the place of countersign-key."""
        with socket.socket(socket.AF_UNIX) as client, \
                client.makefile("rw", encoding="ascii") as file:
            client.settimeout(LIMIT_S)
            client.connect(f"{self.keydir}/.fleet/socket")
            file.write("hello 2\n")
            file.flush()
            answer = file.readline()
            if not answer.startswith(f"ready {self.name} "):
                raise AssertionError(f"not a greeting: {answer}")
            yield file

    def ask(self, *args, text=""):
        """countersign-key fleet: exit status, output and errors."""
        done = subprocess.run(
            [KEY, "-c", self.folder + "/conf", "fleet", *args], text=True,
            input=text, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            timeout=LIMIT_S, check=False)
        if "--json" in args and done.returncode == 0:
            check_json(done.stdout, "key-fleet")
        return done.returncode, done.stdout, done.stderr

    def list(self):
        status, out, err = self.ask("list", "--json")
        assert status == 0, err
        return json.loads(out)

    def await_database(self, state):
        end = time.monotonic() + LIMIT_S
        while self.list().get("database") != state:
            if time.monotonic() > end:
                raise AssertionError(f"not {state}: {self.list()}")
            time.sleep(0.05)

    def await_text(self, text):
        end = time.monotonic() + LIMIT_S
        while text not in self.list()["database_text"]:
            if time.monotonic() > end:
                raise AssertionError(f"not {text}: {self.list()}")
            time.sleep(0.05)


class FleetCase(unittest.TestCase):
    """Each test has a database and hosts of its own."""

    number = 0

    @classmethod
    def setUpClass(cls):
        cls.cluster = pgserver.Cluster(BUILD)
        cls.addClassCleanup(cls.cluster.__exit__)
        cls.server = cls.cluster.primary()
        fw.install(cls.server)

    def setUp(self):
        self.hosts = []
        self.addCleanup(self.server.forget)
        FleetCase.number += 1
        self.database = f"daemon{FleetCase.number}"
        self.server.sql(f"CREATE DATABASE {self.database}")
        with open(fw.SCHEMA + "/0001.sql", encoding="ascii") as file:
            self.server.script(file.read(), database=self.database)
        self.folder = pgserver.new_folder("countersign.fleet.")
        self.addCleanup(shutil.rmtree, self.folder)
        self.addCleanup(self.stop_all)
        os.chmod(self.folder, 0o755)

    def stop_all(self):
        for host in self.hosts:
            host.stop()

    def sql(self, statement, user="postgres"):
        return self.server.sql(statement, user, self.database)

    def host(self, name="relay1", starts=True):
        self.sql(f"SELECT countersign.add_host('{name}', '{name}')")
        host = Host(self.folder, name,
                    self.server.conninfo(name, self.database))
        self.hosts.append(host)
        if starts:
            host.start()
        return host

    def first(self):
        """A host that has begun the fleet, and looked at the database."""
        host = self.host()
        status, _, err = host.ask("init")
        self.assertEqual(status, 0, err + host.log())
        host.await_line("fleet-database-used")
        return host

    def polls(self, host, number=2):
        """Wait until the host has looked at the database again."""
        for _ in range(number):
            seen = self.sql("SELECT seen FROM countersign.host "
                            f"WHERE name = '{host.name}'")
            self.sql("SELECT pg_notify('countersign_change', '1')")
            end = time.monotonic() + LIMIT_S
            while self.sql("SELECT seen FROM countersign.host WHERE "
                           f"name = '{host.name}'") == seen:
                self.assertLess(time.monotonic(), end, host.log())
                time.sleep(0.05)


class Entering(FleetCase):
    def test_first_host(self):
        host = self.host()
        self.assertEqual(host.count("fleet-not-joined"), 1)
        status, out, err = host.ask("list")
        self.assertEqual((status, out), (3, ""))
        self.assertIn("in no fleet yet", err)

        status, out, err = host.ask("init")
        self.assertEqual((status, err), (0, ""), host.log())
        self.assertRegex(out, r"^relay1: admitted: ([0-9a-f]{4} ?){16}\n"
                         r"fleet [0-9a-f]{64}\nmember list 1: [0-9a-f]{64}\n")
        fleet = self.sql("SELECT id FROM countersign.fleet")
        self.assertIn(fleet, out)
        host.await_line("fleet-database-used")
        self.assertEqual(self.sql("SELECT epoch, host FROM countersign.wrap"),
                         "1|relay1")
        listed = host.list()
        self.assertEqual((listed["fleet"], listed["host"], listed["version"],
                          listed["epoch"], listed["database"]),
                         (fleet, "relay1", 1, 1, "used"))
        self.assertEqual([(entry["host"], entry["state"])
                          for entry in listed["hosts"]],
                         [("relay1", "admitted")])
        self.assertIn(listed["hosts"][0]["fingerprint"], out)
        self.assertNotIn("ignored", listed)
        self.assertEqual(host.count("fleet-request"), 1)

        # Run again, it changes nothing; nor does a new start.
        again = host.ask("init")
        self.assertEqual(again[0], 0, again[2])
        self.assertEqual(again[1].split("\n")[:3], out.split("\n")[:3])
        host.stop()
        host.start()
        host.await_line("fleet-database-used", 2)
        self.assertEqual(host.list()["hosts"], listed["hosts"])
        self.polls(host)
        self.assertEqual(self.sql(
            "SELECT host FROM countersign.confirmation"), "relay1")
        self.assertEqual(host.count("fleet-row-ignored"), 0, host.log())
        self.assertEqual(host.count("fleet-alarm"), 0, host.log())

    def test_killed_while_it_begins(self):
        host = self.first()
        fleet = host.list()["fleet"]
        host.stop()
        for gone in (["marks"], ["marks", "members"]):
            for name in gone:
                os.unlink(f"{host.keydir}/.fleet/{name}")
            host.start()
            self.assertEqual(host.ask("list")[0], 3)
            status, _, err = host.ask("init")
            self.assertEqual(status, 0, err)
            self.assertEqual(host.list()["fleet"], fleet)
            host.stop()
        self.assertEqual(self.sql("SELECT count(*) FROM countersign.wrap"),
                         "1")

    def test_second_host(self):
        first = self.first()
        listed = first.list()
        host = self.host("relay2")
        status, out, err = host.ask("init")
        self.assertEqual((status, out), (1, ""))
        self.assertIn("--members", err)
        status, _, err = host.ask("init", "--members", "0" * 64)
        self.assertEqual(status, 1)
        self.assertIn("no version has the digest", err)
        self.assertEqual(host.ask("list")[0], 3)
        self.assertEqual(host.ask("init", "--members", "x")[0], 2)
        self.assertEqual(host.ask("list", "--members", "0" * 64)[0], 2)
        self.assertEqual(host.ask("leave")[0], 2)

        status, out, err = host.ask("init", "--members", listed["members"])
        self.assertEqual((status, err), (0, ""), host.log())
        self.assertTrue(out.startswith("relay2: waiting: "), out)
        host.await_line("fleet-database-used")
        self.assertEqual([(entry["host"], entry["state"])
                          for entry in host.list()["hosts"]],
                         [("relay1", "admitted"), ("relay2", "waiting")])
        self.assertEqual(host.list()["fleet"], listed["fleet"])
        self.admit(first, host, out.split("\n")[0].split(": ")[2])

    def admit(self, first, host, fingerprint):
        wrong = fingerprint[:-1] + ("0" if fingerprint[-1] != "0" else "1")
        for args in (["admit"], ["admit", "relay2"], ["admit", "relay2", "0"],
                     ["admit", "a/b", fingerprint], ["list", "relay2"]):
            self.assertEqual(first.ask(*args)[0], 2, args)
        status, _, err = first.ask("admit", "relay2", wrong)
        self.assertEqual(status, 1)
        self.assertIn("another fingerprint", err)
        status, _, err = first.ask("admit", "relay3", fingerprint)
        self.assertEqual(status, 1)
        self.assertIn("no keys of that host", err)
        # It cannot admit itself.
        status, _, err = host.ask("admit", "relay2", fingerprint)
        self.assertEqual(status, 1)
        self.assertIn("not admitted itself", err)
        self.assertEqual(self.sql("SELECT max(version) "
                                  "FROM countersign.members"), "1")

        # With blanks, as it is printed; and again, which changes no list.
        for words in ([fingerprint], fingerprint.split()):
            status, out, err = first.ask("admit", "relay2", *words)
            self.assertEqual((status, err), (0, ""), first.log())
            self.assertTrue(out.startswith(f"relay2: admitted: {fingerprint}"),
                            out)
        self.assertEqual(self.sql(
            "SELECT version, admitted FROM countersign.members "
            "ORDER BY version"), "1|{relay1}\n2|{relay2,relay1}")
        self.polls(host)
        self.assertEqual([(entry["host"], entry["state"])
                          for entry in host.list()["hosts"]],
                         [("relay1", "admitted"), ("relay2", "admitted")])
        self.polls(host)
        self.assertEqual(self.sql("SELECT host FROM countersign.confirmation "
                                  "ORDER BY host"), "relay1\nrelay2")
        self.polls(first)
        for one in (first, host):
            self.assertEqual([entry["confirmed"]
                              for entry in one.list()["hosts"]], [0, 0])
            self.assertEqual(one.count("fleet-row-ignored"), 0, one.log())

    def test_request_while_mirroring(self):
        """It is told to ask again, though nothing else is wrong with it."""
        host = self.first()
        self.polls(host)
        with host.talk() as file:
            # A page is not read before this lock ends.
            locking = self.server.session(database=self.database)
            locking.sql("BEGIN")
            locking.sql("LOCK countersign.key")
            self.sql("SELECT pg_notify('countersign_change', '1')")
            end = time.monotonic() + LIMIT_S
            while self.sql("SELECT count(*) FROM pg_locks "
                           "WHERE NOT granted") == "0":
                self.assertLess(time.monotonic(), end, host.log())
                time.sleep(0.05)
            for request in ("admit relay2 " + "0" * 64, "expel relay2",
                            "restore"):
                file.write(request + "\n")
            file.flush()
            locking.sql("COMMIT")
            locking.close()
            for _ in range(3):
                self.assertEqual(file.readline(), "waits 200 the database "
                                 "is being mirrored\n", host.log())
                self.assertEqual(file.readline(), "done\n")
        self.assertNotIn("fleet restore", host.log())

    def test_other_machine_with_the_name(self):
        self.first()
        other = Host(os.path.dirname(self.folder),
                     os.path.basename(self.folder) + ".other",
                     self.server.conninfo("relay1", self.database))
        self.addCleanup(shutil.rmtree, other.folder)
        self.addCleanup(other.stop)
        other.start()
        status, _, err = other.ask("init")
        self.assertEqual(status, 1)
        self.assertIn("a second machine claims its name", err)


class Logging(FleetCase):
    def test_forged_row(self):
        host = self.first()
        self.sql("INSERT INTO countersign.key (domain, selector, change, "
                 "octets, signature) VALUES ('example.com', 'a', 2, 'text', "
                 f"{fw.SIGNATURE})")
        self.sql("UPDATE countersign.fleet SET change = 2")
        self.polls(host, 3)
        host.await_line("fleet-row-ignored")
        self.polls(host, 3)
        self.assertEqual(host.count("fleet-row-ignored"), 1, host.log())
        ignored = host.list()["ignored"]
        self.assertEqual(len(ignored), 1, ignored)
        self.assertIn("a of example.com, change 2: ", ignored[0])
        self.assertIn("ignored: a of example.com", host.ask("list")[1])
        for name in ("state", "fleet", "a.pem"):
            self.assertFalse(os.path.exists(
                f"{host.keydir}/example.com/{name}"))

    def test_database_away(self):
        host = self.first()
        self.server.stop()
        host.await_line("fleet-database-away")
        host.await_database("away")
        self.assertEqual(host.ask("list")[0], 0)
        self.server.start()
        host.await_line("fleet-database-used", 2)
        host.await_database("used")
        # Each reason once.
        lines = [line.split(": ", 1)[1] for line in host.log().splitlines()
                 if line.endswith("[fleet-database-away]")]
        self.assertEqual(len(lines), len(set(lines)), host.log())

    def test_longer_than_publish_lead(self):
        host = self.first()
        host.stop()
        with open(host.folder + "/conf", "a", encoding="ascii") as file:
            file.write("rotation { publish_lead = 1s }\n")
        host.start()
        host.await_line("fleet-database-used", 2)
        self.assertEqual(host.count("fleet-late"), 0)
        self.server.stop()
        host.await_line("fleet-late")
        self.server.start()
        host.await_line("fleet-database-used", 3)
        self.assertEqual(host.count("fleet-late"), 1, host.log())

    def test_older_database(self):
        host = self.first()
        self.sql("DELETE FROM countersign.members")
        self.polls(host, 3)
        host.await_line("fleet-database-refused")
        self.assertEqual(host.count("fleet-database-refused"), 1, host.log())
        self.assertEqual(host.list()["database"], "refused")

    def test_reasons_of_failures(self):
        """Each is logged when it begins, and once."""
        host = self.first()
        revoke = "REVOKE SELECT ON countersign.{} FROM countersign_host"
        self.sql(revoke.format("key"))
        self.polls(host)
        host.await_line("fleet-mirror-failed")
        self.assertIn("permission denied for table key", host.log())
        # The first one ends when the second has begun.
        self.sql(revoke.format("confirmation"))
        self.sql("GRANT SELECT ON countersign.key TO countersign_host")
        self.polls(host)
        host.await_line("fleet-mirror-failed", 2)
        self.assertIn("permission denied for table confirmation", host.log())
        self.polls(host)
        self.assertEqual(host.count("fleet-mirror-failed"), 2, host.log())
        self.assertEqual(host.count("fleet-database-used"), 1, host.log())


class OverNetwork(FleetCase):
    """In its cell, the daemon has certificates, TLS and the server's port."""

    def certificate(self, name, address):
        """A self-signed one, and its key."""
        path = os.path.join(self.folder, name)
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
             "/CN=database", "-addext", f"subjectAltName=IP:{address}",
             "-keyout", path + ".key", "-out", path + ".crt"],
            check=True, stderr=subprocess.DEVNULL, timeout=LIMIT_S)
        os.chmod(path + ".crt", 0o644)
        if os.getuid() == 0:
            os.chown(path + ".key", self.cluster.as_user["user"], -1)
        return path

    def trust(self, path):
        """Replace the certificate that the host trusts."""
        shutil.copy(path + ".crt", self.folder + "/new")
        os.rename(self.folder + "/new", self.folder + "/root.crt")

    def show(self, server, path):
        """Exchange the server's certificate, while hosts are connected."""
        server.configure(f"ssl_cert_file = '{path}.crt'\n"
                         f"ssl_key_file = '{path}.key'\n")
        server.reload()
        server.wait("SHOW ssl_cert_file", path + ".crt")
        self.disconnect(server)

    def disconnect(self, server):
        server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                   "WHERE usename = 'relay1'")

    def test_tls(self):
        # An address of this machine that no other test has.
        pid = os.getpid()
        address = f"127.{pid >> 8 & 255}.{pid & 255}.7"
        good = self.certificate("good", address)
        server = self.cluster.primary("tls")
        server.configure(f"listen_addresses = '{address}'\nssl = on\n"
                         f"ssl_cert_file = '{good}.crt'\n"
                         f"ssl_key_file = '{good}.key'\n")
        server.stop()
        server.start()
        fw.install(server)
        fw.add_hosts(server, "relay1")
        self.trust(good)
        host = Host(self.folder, "relay1",
                    f"host={address} dbname=postgres user=relay1 "
                    f"sslmode=verify-full sslrootcert={self.folder}/root.crt")
        self.hosts.append(host)
        host.start()
        status, _, err = host.ask("init")
        self.assertEqual(status, 0, err)
        host.await_line("fleet-database-used")
        self.assertEqual(server.sql(
            "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity "
            "USING (pid) WHERE usename = 'relay1'"), "t")
        # Another certificate is not believed, and a new one is read.
        self.trust(self.certificate("other", address))
        self.disconnect(server)
        host.await_line("fleet-database-away")
        host.await_text("certificate verify failed")
        # What the server says is not in the log.
        self.assertNotIn("terminating connection", host.log())
        self.trust(good)
        host.await_line("fleet-database-used", 2)
        # The server gets one with another name.
        named = self.certificate("named", "127.9.9.9")
        self.trust(named)
        self.show(server, named)
        host.await_text("does not match host name")
        self.assertRegex(host.log(), "does not match host name .*: signing "
                         "goes on, .* .fleet-database-away.\n")
        self.show(server, good)
        self.trust(good)
        host.await_line("fleet-database-used", 3)
        os.chmod(self.folder + "/root.crt", 0)
        self.disconnect(server)
        host.await_text("/root.crt: Permission denied")
        os.chmod(self.folder + "/root.crt", 0o644)
        host.await_line("fleet-database-used", 4)
        server.kill()


class Starting(FleetCase):
    def ends(self, host, status, text):
        self.assertEqual(host.spawn().wait(LIMIT_S), status, host.log())
        self.assertIn(text, host.log())

    def test_one_daemon(self):
        host = self.host()
        self.ends(host, 78, "another countersign-fleet runs")
        self.assertEqual(host.ask("init")[0], 0)
        # A command that has its place for a moment is waited for.
        host.stop()
        lock = os.open(host.keydir + "/.fleet/lock", os.O_RDWR)
        fcntl.flock(lock, fcntl.LOCK_EX)
        nready = host.count("fleet-ready")
        host.process = host.spawn()
        time.sleep(0.5)
        os.close(lock)
        host.await_line("fleet-ready", nready + 1)

    def test_told_to_end(self):
        host = self.host()
        for number in (signal.SIGINT, signal.SIGTERM):
            host.process.send_signal(number)
            self.assertEqual(host.process.wait(LIMIT_S), 0)
            host.start()

    def test_configuration(self):
        host = self.host(starts=False)
        status, _, err = host.ask("list")
        self.assertEqual(status, 1)
        self.assertIn("it does not run", err)
        host.configure('fleet { database = "host=db sslmode=require" '
                       'host = "relay1" }')
        self.ends(host, 78, "sslmode=verify-full is needed")
        host.configure("")
        self.ends(host, 78, 'no section "fleet"')
        status, _, err = host.ask("init")
        self.assertEqual(status, 1)
        self.assertIn('no section "fleet"', err)

    def test_sealed_store(self):
        host = self.host(starts=False)
        kek = host.folder + "/kek"
        with open(kek, "w", encoding="ascii") as file:
            file.write(base64.b64encode(os.urandom(32)).decode() + "\n")
        os.chmod(kek, 0o400)
        if os.getuid() == 0:
            os.chown(kek, pwd.getpwnam(USER).pw_uid, -1)
        with open(host.folder + "/conf", encoding="ascii") as file:
            conf = file.read()
        with open(host.folder + "/conf", "w", encoding="ascii") as file:
            file.write(conf + f'kek_file = "{kek}"\n')
        subprocess.run([KEY, "-c", host.folder + "/conf", "seal"], check=True,
                       stdout=subprocess.DEVNULL, timeout=LIMIT_S)
        host.start()
        status, _, err = host.ask("init")
        self.assertEqual(status, 0, err)
        for name in ("host.key", "wrap.key"):
            with open(f"{host.keydir}/.fleet/{name}",
                      encoding="ascii") as file:
                self.assertNotIn("BEGIN PRIVATE KEY", file.read())
        host.await_line("fleet-database-used")
        self.polls(host)
        self.assertEqual(self.sql(
            "SELECT host FROM countersign.confirmation"), "relay1")
        # Without what opens its keys, it does not start.
        host.stop()
        os.unlink(kek)
        self.assertEqual(host.spawn().wait(LIMIT_S), 78, host.log())
        self.assertIn(" [fleet-start-failed]\n", host.log())


if __name__ == "__main__":
    supervised.main()
