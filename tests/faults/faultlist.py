# SPDX-License-Identifier: ISC
"""The faults.

A fault has three parts: begin() before the load, strike() again and again
while it runs, with repair() after the last one; end() when all mail has been
judged.  acted counts what it did: a fault that did nothing proves nothing.
"""

import os
import random
import resource
import shutil
import signal
import struct
import subprocess
import time

from supervised import PROGRAMS, soft_limit

RNG = random.Random(16)
MIB = 1 << 20
RELOADS = 200           # in a minute, at least


class Fault:
    """Nothing goes wrong."""

    def __init__(self, world):
        self.world, self.service = world, world.service
        self.acted = 0

    def begin(self):
        pass

    def strike(self, left):
        """Called until no seconds are left; may take some of them."""
        time.sleep(min(0.5, left))
        self.acted += 1

    def repair(self):
        pass

    def end(self):
        pass


class Kill(Fault):
    ROLES = ()

    def strike(self, left):
        self.acted += self.service.signal(signal.SIGKILL, *self.ROLES)
        time.sleep(min(RNG.uniform(0.3, 1.5), left))


class KillFront(Kill):
    ROLES = ("front",)


class KillSigner(Kill):
    ROLES = ("signer",)

    def strike(self, left):
        """One or all."""
        pids = self.service.pids("signer")
        for pid in pids if RNG.random() < 0.5 else pids[:1]:
            try:
                os.kill(pid, signal.SIGKILL)
                self.acted += 1
            except ProcessLookupError:
                continue
        time.sleep(min(RNG.uniform(0.2, 1), left))


class KillMaster(Kill):
    """Its front ends by itself, before another one can have the socket."""

    ROLES = ("master",)

    def strike(self, left):
        if self.service.listens():
            super().strike(left)
        time.sleep(min(1, left))


class Stop(Fault):
    """SIGSTOP for some seconds, then SIGCONT."""

    ROLES = ()

    def strike(self, left):
        self.acted += self.service.signal(signal.SIGSTOP, *self.ROLES)
        time.sleep(min(RNG.uniform(0.5, 8), left))
        self.service.signal(signal.SIGCONT, *self.ROLES)
        time.sleep(min(RNG.uniform(0.2, 1), left))

    def repair(self):
        self.service.signal(signal.SIGCONT, *self.ROLES)


class StopFront(Stop):
    ROLES = ("front",)


class StopSigner(Stop):
    ROLES = ("signer",)


class StopMaster(Stop):
    ROLES = ("master",)


class KeyFile(Fault):
    """Something happens to the file of a private key.

    A signer that has the key in memory does not need the file, so others take
    its place.
    """

    def begin(self):
        folder = os.path.join(self.world.keydir, "example.com")
        self.path = next(os.path.join(folder, name)
                         for name in sorted(os.listdir(folder))
                         if name.endswith(".pem"))
        self.copy = os.path.join(self.world.folder, "saved.pem")
        subprocess.run(["cp", "-p", self.path, self.copy], check=True)

    def replace(self, octets):
        """Put another file in its place, with its owner and mode."""
        new = self.path + ".new"
        subprocess.run(["cp", "-p", self.copy, new], check=True)
        with open(new, "r+b") as file:
            file.truncate(0)
            file.write(octets)
        os.rename(new, self.path)

    def harm(self):
        raise NotImplementedError

    def strike(self, left):
        if self.acted == 0:
            self.harm()
        if self.acted % 8 == 0:
            self.service.signal(signal.SIGKILL, "signer")
        self.acted += 1
        time.sleep(min(0.5, left))

    def repair(self):
        with open(self.copy, "rb") as file:
            self.replace(file.read())


class KeyDeleted(KeyFile):
    def harm(self):
        os.unlink(self.path)


class KeyDamaged(KeyFile):
    def harm(self):
        with open(self.copy, "rb") as file:
            octets = bytearray(file.read())
        at = len(octets) // 2
        octets[at] = ord("A") if octets[at] != ord("A") else ord("B")
        self.replace(octets)


class KeyReplaced(KeyFile):
    """By another key of the same kind, whose record is not in DNS."""

    def harm(self):
        other = os.path.join(self.world.folder, "other")
        shutil.rmtree(other, ignore_errors=True)
        os.mkdir(other, 0o700)
        name = os.path.basename(self.path)
        with open(self.copy, "rb") as file:
            is_rsa = len(file.read()) > 500
        subprocess.run(
            ["openssl", "genpkey", "-algorithm",
             *(("RSA", "-pkeyopt", "rsa_keygen_bits:2048") if is_rsa
               else ("ED25519",)),
             "-out", os.path.join(other, name)],
            check=True, capture_output=True)
        with open(os.path.join(other, name), "rb") as file:
            self.replace(file.read())


class DiskFull(Fault):
    """No room for the audit file, counts, last uses of keys."""

    def begin(self):
        self.log_size = self.service.log_size()

    def strike(self, left):
        with open(os.path.join(self.world.small, "fill"), "ab") as file:
            try:
                while True:
                    os.write(file.fileno(), bytes(1 << 16))
            except OSError:
                pass
        self.service.signal(signal.SIGKILL, "signer")
        time.sleep(min(2, left))

    def repair(self):
        os.unlink(os.path.join(self.world.small, "fill"))
        self.acted = self.service.logged(r"\[audit-lines-lost\]",
                                         self.log_size)


class Limited(Fault):
    """A limit of running processes, and of those that replace them."""

    WHAT = NAME = None
    ROLES = ("master", "signer", "front")

    def begin(self):
        self.usual = {role: soft_limit(self.service.pids(role)[0], self.NAME)
                      for role in self.ROLES}

    def value(self, pid, role):
        raise NotImplementedError

    def strike(self, left):
        for role in self.ROLES:
            self.acted += self.service.limit(
                self.WHAT, lambda pid, role=role: self.value(pid, role), role)
        time.sleep(min(0.7, left / 2))
        # The next one inherits the limit of the master.
        victims = self.service.pids(RNG.choice(("front", "signer")))
        if victims:
            os.kill(RNG.choice(victims), signal.SIGKILL)
        time.sleep(min(1.5, left / 2))

    def repair(self):
        # Twice: the master may have started one under the old limit.
        for role in self.ROLES * 2:
            self.service.limit(self.WHAT, lambda _, role=role:
                               self.usual[role], role)


class Descriptors(Limited):
    """Hardly more than are open, or fewer."""

    WHAT, NAME = "nofile", "Max open files"

    def value(self, pid, role):
        return max(3, len(os.listdir(f"/proc/{pid}/fd")) -
                   RNG.choice((-2, 0, 2, 8)))


class Memory(Limited):
    """Hardly more address space than in use; a new process may not fit."""

    WHAT, NAME = "as", "Max address space"

    def value(self, pid, role):
        with open(f"/proc/{pid}/statm", encoding="ascii") as file:
            used = int(file.read().split()[0]) * resource.getpagesize()
        return used + RNG.choice((0, 32, 128, 512) if role == "master"
                                 else (0, 0, 1, 4)) * MIB


class Reloads(Fault):
    """Good and bad configurations in turn."""

    def begin(self):
        with open(self.world.config, encoding="utf-8") as file:
            self.good = file.read()
        self.wanted = max(10, RELOADS * self.world.seconds // 60)

    def configure(self, text):
        with open(self.world.config + ".new", "w", encoding="utf-8") as file:
            file.write(text)
        os.rename(self.world.config + ".new", self.world.config)

    def reload(self, text):
        since = self.service.log_size()
        self.configure(text)
        self.service.signal(signal.SIGHUP, "master")
        self.world.wait_for(
            "the end of a reload", lambda: self.service.logged(
                r"\[config-(kept|reloaded)\]\n", since) > 0, 60)
        self.acted += 1

    def strike(self, left):
        self.reload(self.good +
                    'signature { canonicalization = "simple/simple" }\n')
        self.reload(self.good + 'source "bad" { domain = "example.com" }\n')
        self.reload(self.good)
        self.reload(self.good[:len(self.good) // 2])
        time.sleep(min(0.05, left))

    def repair(self):
        while self.acted < self.wanted:
            self.strike(1)
        self.reload(self.good)


class Restart(Fault):
    def strike(self, left):
        if self.service.listens():
            self.service.restart()
            self.acted += 1
        time.sleep(min(1.5, left))


class Upgrade(Fault):
    """Other binaries take the place of those that run, then a restart."""

    def strike(self, left):
        for name in PROGRAMS:
            path = os.path.join(self.service.bin, name)
            shutil.copy2(os.path.join(self.service.build, name),
                         path + ".new")
            with open(path + ".new", "ab") as file:
                file.write(bytes(self.acted + 1))
            os.rename(path + ".new", path)
            time.sleep(0.1)
        # The old master starts the new programs.
        self.service.signal(signal.SIGKILL, "signer")
        time.sleep(min(1, left))
        self.service.restart()
        self.acted += 1
        time.sleep(min(2.5, left))


class Dns(Fault):
    MODE = "true"

    def begin(self):
        self.world.dns.told = 0

    def strike(self, left):
        self.world.dns.mode = self.MODE
        time.sleep(min(3, left))

    def repair(self):
        self.world.dns.mode = "true"
        self.acted = self.world.dns.told


class DnsDead(Dns):
    MODE = "dead"


class DnsSlow(Dns):
    MODE = "slow"


class DnsLying(Dns):
    MODE = "lying"


class Clock(Fault):
    """The clock of the service jumps, by tests/faults/jumpclock.c."""

    JUMPS = (3600, 0, -3600, 0, 2 * 86400, 86400, -86400, 0)    # seconds

    def begin(self):
        self.path = os.path.join(self.world.folder, "clock")
        self.jump(0)
        self.service.stop()
        self.service.environment.update(
            LD_PRELOAD=os.path.abspath(os.path.join(
                self.service.build, "tests", "faults", "libjumpclock.so")),
            JUMPCLOCK=self.path)
        self.service.start()
        self.log_size = self.service.log_size()

    def jump(self, seconds):
        with open(self.path, "r+b" if os.path.exists(self.path)
                  else "wb") as file:
            file.write(struct.pack("q", seconds))

    def strike(self, left):
        self.jump(self.JUMPS[self.acted % len(self.JUMPS)])
        self.acted += 1
        time.sleep(min(0.6, left))

    def repair(self):
        self.jump(0)

    def end(self):
        self.service.stop()
        del self.service.environment["LD_PRELOAD"]
        self.service.start()


FAULTS = {
    "front-killed": KillFront,
    "signer-killed": KillSigner,
    "master-killed": KillMaster,
    "front-stopped": StopFront,
    "signer-stopped": StopSigner,
    "master-stopped": StopMaster,
    "key-deleted": KeyDeleted,
    "key-damaged": KeyDamaged,
    "key-replaced": KeyReplaced,
    "disk-full": DiskFull,
    "no-descriptors": Descriptors,
    "no-memory": Memory,
    "reloads": Reloads,
    "restarts": Restart,
    "upgrades": Upgrade,
    "dns-dead": DnsDead,
    "dns-slow": DnsSlow,
    "dns-lying": DnsLying,
    "clock-jumps": Clock,
}

if __name__ == "__main__":
    print("\n".join(FAULTS))
