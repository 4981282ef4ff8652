# SPDX-License-Identifier: ISC
"""countersign-key with a call that fails.

Whatever failed: the keys of before are there, whole and for their owner alone,
`list` reads the store, no private key is in another place, and the same command
without a fault comes to the end that it comes to if nothing fails, leaving no
unfinished key and no temporary file.
"""

import base64
import json
import os
import pathlib
import re
import secrets
import shutil
import subprocess

from authority import Authority
from dnsserver import open_sockets, serve
from failing import LIMIT, NONE, Failat, Wrong, check_end

DOMAIN = "example.com"
EPOCH = 1795424400
DAY = 86400
POOL = pathlib.Path(__file__).parents[1] / "keys/pool"
HOOK = """#!/bin/sh
[ "$1" != batch ] || exit 64
{{
	awk -F'\\t' -v name="$2" '$1 != name' "{records}"
	[ "$1" = remove ] || printf '%s\\t%s\\n' "$2" "$3"
}} >"{records}.new" && mv "{records}.new" "{records}"
"""
CONFIGURATION = """
host = "first.example"
dns {{
	servers = {{ "127.0.0.1@{port}" }}
}}
rotation {{
	publish = hook
	hook = "{folder}/hook"
	algorithm = rsa2048
	servers = {{ "127.0.0.1@{port}" }}
	check_resolvers = none
	queue_lifetime = 5d
	ttl = 1s
	{more}
}}
"""
SSH = """#!/bin/sh
exec {command} >&1
"""


class KeyScenario:
    """A key store, and a command on it."""

    arguments = ["generate", DOMAIN, "--algorithm", "ed25519"]
    ahead = 0           # when the command runs, after EPOCH
    statuses = (1,)     # exit statuses of failures
    tells = 0           # whether the output says what has failed, 0 or None
    changes = True      # whether it changes the store

    def __init__(self, build, folder):
        self.build, self.folder = build, folder
        self.failat = Failat(build, "countersign-key", folder)
        self.keydir = folder / "keys"
        self.zone = folder / "zone"
        self.records = self.zone / "records"
        self.configuration = folder / "conf"
        self.keydir.mkdir(mode=0o700)
        self.zone.mkdir()
        self.records.write_text("")
        (self.zone / "secret").write_bytes(
            base64.b64encode(secrets.token_bytes(32)))
        udp, tcp, self.port = open_sockets()
        self.sockets = (udp, tcp)
        serve(udp, tcp, Authority(str(self.zone)).replies)
        shutil.copytree(POOL, folder / "pool")
        hook = folder / "hook"
        hook.write_text(HOOK.format(records=self.records))
        hook.chmod(0o755)
        self.configure()
        self.set_up()
        self.keep()
        self.run(NONE)
        self.settle()
        self.wanted = self.end()

    def configure(self, more=""):
        self.configuration.write_text(CONFIGURATION.format(
            port=self.port, folder=self.folder, more=more))

    def set_up(self):
        self.plain("generate", DOMAIN, "--algorithm", "ed25519",
                   "--selector", "s1")
        self.plain("activate", DOMAIN, "s1", "--force")

    def finish(self):
        for sock in self.sockets:
            sock.close()

    def command(self, *arguments):
        return [self.build / "countersign-key", "-w", "5", "-c",
                self.configuration, "-k", self.keydir, *arguments]

    def clock(self):
        return {"KILLAT_TIME": str(EPOCH + self.ahead),
                "KILLAT_HASTE": str(self.folder / "pauses"),
                "KEYPOOL": str(self.folder / "pool")}

    def preload(self):
        return [self.build / "tests/keys" / name for name in
                ("libkillat.so", "libkeypool.so")]

    def once(self, arguments, clock):
        try:
            return subprocess.run(
                [str(a) for a in self.command(*arguments)], text=True,
                check=False, capture_output=True, timeout=LIMIT,
                stdin=subprocess.DEVNULL, env=os.environ | clock |
                {"LD_PRELOAD": ":".join(map(str, self.preload()))})
        except subprocess.TimeoutExpired as error:
            raise Wrong("hangs") from error

    def plain(self, *arguments, at=None):
        """Run it without a fault; it succeeds."""
        clock = self.clock()
        if at is not None:
            clock["KILLAT_TIME"] = str(EPOCH + at)
        done = self.once(arguments, clock)
        if done.returncode != 0:
            raise Wrong(f"{' '.join(arguments)} without a fault: exit "
                        f"status {done.returncode}: {done.stdout[-300:]}"
                        f" {done.stderr[-500:]}")
        return done.stdout

    def kept(self):
        """What is restored before each run."""
        return [self.keydir, self.records]

    def keep(self):
        store = self.folder / "kept"
        store.mkdir()
        for path in self.kept():
            if path.exists():
                subprocess.run(["cp", "-a", path, store / path.name],
                               check=True)

    def restore(self):
        """A file is never missing: a late query may still be answered."""
        for path in self.kept():
            kept = self.folder / "kept" / path.name
            new = path.with_name(path.name + ".restored")
            if kept.exists():
                subprocess.run(["cp", "-a", kept, new], check=True)
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            if kept.exists():
                new.rename(path)
            else:
                path.unlink(missing_ok=True)

    def count(self):
        self.restore()
        *_, report = self.strike(NONE)
        return report.counts

    def strike(self, fault):
        return self.failat.run(fault, self.command(*self.arguments),
                               self.preload(), self.clock())

    def run(self, fault):
        """A run with that fault: what became of it, None if it missed."""
        self.restore()
        status, stdout, stderr, report = self.strike(fault)
        if fault.number and report.struck is None:
            return None
        said = check_end(status, stdout[:self.tells] + stderr, report,
                         self.statuses)
        self.check(self.keydir)
        self.judge(status, stdout)
        if self.changes and fault.number:
            self.again(status)
        return said

    def judge(self, status, stdout):
        """What else must hold after the run."""

    def settle(self):
        """What the command makes if it is run again, once nothing fails."""

    def again(self, _status):
        self.plain(*self.arguments)
        self.settle()
        self.check(self.keydir)
        end = self.end()
        if not self.is_same_end(end):
            raise Wrong(f"another end: {end}, want {self.wanted}")
        self.check_left()

    def is_same_end(self, end):
        return end == self.wanted

    def check(self, keydir):
        """The store can be read, and no key is lost, open or elsewhere."""
        for path in (self.folder / "kept" / keydir.name).glob("*/*.pem"):
            now = keydir / path.parent.name / path.name
            if not now.exists() or now.read_bytes() != path.read_bytes():
                raise Wrong(f"{now}: lost or changed")
        for path in keydir.glob("*/*.pem"):
            if path.stat().st_mode & 0o377:
                raise Wrong(f"{path}: mode {path.stat().st_mode:o}")
        for path in self.folder.rglob("*"):
            inside = any(self.folder / name in path.parents
                         for name in ("kept", "keys", "pool"))
            if not inside and self.is_stray(path):
                raise Wrong(f"{path}: a private key")
        for state in keydir.glob("*/state"):
            listed = json.loads(self.list_keys(keydir, state.parent.name))
            for key in listed:
                if key["status"] == "unfinished" or key.get("removed"):
                    continue
                self.check_pem(state.with_name(key["selector"] + ".pem"))

    def list_keys(self, keydir, domain):
        return self.plain("-k", keydir, "list", domain, "--json")

    @staticmethod
    def check_pem(path):
        done = subprocess.run(["openssl", "pkey", "-in", path, "-noout"],
                              check=False, capture_output=True)
        if done.returncode != 0:
            raise Wrong(f"{path}: not a whole private key")

    def is_stray(self, path):
        return path.is_file() and path.name != "given.pem" and \
            b"PRIVATE KEY" in path.read_bytes()

    def check_left(self):
        for path in self.keydir.rglob(".new"):
            raise Wrong(f"{path} is left")
        for state in self.keydir.glob("*/state"):
            if " unfinished=" in state.read_text():
                raise Wrong(f"{state}: an unfinished key is left")
            known = {line.split()[0] for line in
                     state.read_text().splitlines()[1:]}
            for path in state.parent.glob("*.pem"):
                if path.stem not in known:
                    raise Wrong(f"{path}: not in the state")

    def end(self):
        """What the store and the zone come to, but for what is random."""
        lines = []
        for state in sorted(self.keydir.glob("*/state")):
            for line in state.read_text().splitlines()[1:]:
                line = line.split(" ", 1)[1]
                line = re.sub(r"(public|took_over_from|absent_for|proof)=\S*",
                              r"\1", line)
                lines.append(line)
        kinds = [("empty" if line.endswith("p=") else "full")
                 for line in self.records.read_text().splitlines()]
        return sorted(lines), sorted(kinds)


class Generate(KeyScenario):
    """A further key.  After a fault there may be two."""

    def is_same_end(self, end):
        return set(end[0]) == set(self.wanted[0])


class Rotate(KeyScenario):
    """The step in which a reserve becomes active, and what follows.

    A key in reserve whose file cannot be read is replaced at once, and said to
    be unable to sign.  If it can be read after all, there is one more reserve.
    If only the last look at it failed, it is named, and nothing is done.  If it
    is the key that signs, the reserve takes over, and another is made.
    """

    arguments = ["rotate"]
    statuses = (1, 3)
    tells = None
    ahead = 91 * DAY
    was_replaced = took_over = False

    def judge(self, status, stdout):
        self.was_replaced = "will not be able to sign: " in stdout
        self.took_over = "could not sign, so " in stdout

    def is_same_end(self, end):
        if self.took_over:
            return self.has_successor(end)
        if end == self.wanted or not self.was_replaced:
            return end == self.wanted
        return set(self.wanted[0]) <= set(end[0]) and \
            len(end[0]) == len(self.wanted[0]) + 1 and \
            set(self.wanted[1]) == set(end[1])

    @staticmethod
    def has_successor(end):
        """One key signs, one is in reserve, and both records are in DNS."""
        signs = [line for line in end[0] if " active_from=" in line and
                 " retire_at=" not in line]
        reserve = [line for line in end[0] if " seen=" in line and
                   " active_from=" not in line]
        return len(signs) == 1 and len(reserve) == 1 and \
            end[1].count("full") >= 2

    def settle(self):
        before = None
        while (now := self.end()) != before:
            self.plain(*self.arguments)
            before = now

    def set_up(self):
        self.plain("add", DOMAIN, at=60)
        self.plain("rotate", at=3600)
        self.plain("rotate", at=7200)


class Destroy(Rotate):
    """The steps in which a retired key ends."""

    ahead = 160 * DAY

    def set_up(self):
        super().set_up()
        for days in (91, 120):
            self.plain("rotate", at=days * DAY)

    def check(self, keydir):
        """A key may be destroyed, and only if its record is gone."""
        for path in (self.folder / "kept" / keydir.name).glob("*/*.pem"):
            now = keydir / path.parent.name / path.name
            if now.exists():
                if now.read_bytes() != path.read_bytes():
                    raise Wrong(f"{now}: changed")
            elif f"{path.stem}._domainkey" in self.records.read_text():
                raise Wrong(f"{now}: deleted, and still in DNS")


class Import(KeyScenario):
    """A key of another signer.  Its second run says that it is there."""

    def set_up(self):
        super().set_up()
        given = self.folder / "given.pem"
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out",
                        given], check=True, capture_output=True)
        given.chmod(0o600)
        self.arguments = ["import", "pem", DOMAIN, "imported", str(given)]


class List(KeyScenario):
    """Reads only; whoever reads it gets all or is told."""

    arguments = ["list"]
    changes = False

    def set_up(self):
        super().set_up()
        self.wanted_text = self.plain(*self.arguments)

    def judge(self, status, stdout):
        if status == 0 and stdout != self.wanted_text:
            raise Wrong(f"succeeds and prints {stdout!r}, "
                        f"not {self.wanted_text!r}")


class Check(KeyScenario):
    """Asks DNS.  It never finds a wrong record right."""

    arguments = ["check"]
    tells = None
    statuses = (1, 3)
    changes = False
    ahead = 7300

    def set_up(self):
        self.plain("add", DOMAIN, at=60)
        self.plain("rotate", at=3600)
        self.plain("rotate", at=7200)


class Receive(KeyScenario):
    """The other host of a push of keys."""

    arguments = ["sync"]
    tells = None
    ahead = 7200
    faulty = "receive"

    def set_up(self):
        self.other = self.folder / "other"
        other = self.folder / "other.conf"
        other.write_text(f'host = "other.example"\nfollower = yes\n'
                         f'keydir = "{self.other}"\nkeys_user = "root"\n')
        self.ssh = self.folder / "ssh"
        self.ssh.write_text(SSH.format(command="false"))
        self.ssh.chmod(0o755)
        self.plain("add", DOMAIN, at=60)
        self.plain("rotate", at=3600)
        self.configure(f'sync_hosts = {{ "other" }}\n'
                       f'sync_command = {{ "{self.ssh}", HOST }}')
        self.receive = ["env", f"KILLAT_TIME={EPOCH + self.ahead}",
                        "LD_PRELOAD=" + ":".join(map(str, self.preload())),
                        str(self.build / "countersign-key"), "-w", "5", "-c",
                        str(other), "receive"]
        self.connect(self.receive)
        # Before that it has nothing: a push that makes everything.
        self.plain("sync")
        shutil.rmtree(self.other)

    def connect(self, words):
        self.ssh.write_text(SSH.format(command=" ".join(
            f"'{word}'" for word in map(str, words))))

    def kept(self):
        return [self.keydir, self.records, self.other]

    def strike(self, fault):
        inner = self.failat.command(fault, self.receive[3:])
        environment = self.failat.environment(fault, self.preload())
        self.connect(["env", f"KILLAT_TIME={EPOCH + self.ahead}"] +
                     [f"{k}={v}" for k, v in environment.items() if
                      k.startswith(("LD_", "FAILMALLOC"))] + inner)
        done = self.once(self.arguments, self.clock())
        self.connect(self.receive)
        report = self.failat.read_report()
        return done.returncode, done.stdout, done.stderr, report

    def check(self, keydir):
        super().check(keydir)
        if self.other.exists():
            super().check(self.other)

    def is_stray(self, path):
        return self.other not in path.parents and super().is_stray(path)

    def again(self, _status):
        super().again(_status)
        for state in self.keydir.glob("*/state"):
            copy = self.other / state.parent.name / "state"
            if not copy.exists() or copy.read_text() != state.read_text():
                raise Wrong(f"{copy}: another state")
        for path in self.keydir.glob("*/*.pem"):
            copy = self.other / path.parent.name / path.name
            if not copy.exists() or copy.read_bytes() != path.read_bytes():
                raise Wrong(f"{copy}: another key")
        for path in self.other.rglob(".new"):
            raise Wrong(f"{path} is left")


class Push(Receive):
    """This host of a push of keys.

    A key whose file cannot be read counts as damaged and is left out, and the
    message names it.
    """

    unread = ""

    def strike(self, fault):
        self.connect(self.receive)
        done = KeyScenario.strike(self, fault)
        status, _, stderr, _ = done
        self.unread = stderr if status == 1 and \
            (fault.kind, fault.error) == ("read", "EIO") else ""
        return done

    def check_pem(self, path):
        is_unread = self.other in path.parents and not path.exists() and \
            f"no test signature with key {path.stem} verifies" in self.unread
        if not is_unread:
            super().check_pem(path)


SCENARIOS = {"generate": Generate, "rotate": Rotate, "destroy": Destroy,
             "import": Import, "list": List, "check": Check,
             "receive": Receive, "push": Push}
