# SPDX-License-Identifier: ISC
"""The lives of keys in a fleet of five hosts (five.py): countersign-key rotate
runs on all hosts, as their timers would run it, and mail is signed with what
they make.
"""

import collections
import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time

import networld as nw

PAUSE_S = 3
LIMIT_S = 3600
LIVES = 5
KILLS = 20
DOMAIN = f"life.{nw.ZONE}"
HERE = os.path.dirname(os.path.abspath(__file__))
RECORDS = os.path.join(HERE, "..", "e2e", "lib", "life_records.py")


class Rotation:
    """The timer of one host, every few seconds; it may be killed."""

    def __init__(self, host, *domains):
        self.host, self.domains = host, domains or [DOMAIN]
        self.is_wanted = True
        self.turn = threading.Lock()
        self.process = None
        self.statuses = collections.Counter()
        self.log = host.folder + "/rotate.log"
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        command = [*nw.Network.at(self.host.name),
                   self.host.world.build + "/countersign-key", "-c",
                   self.host.conf, "rotate", *self.domains]
        while self.is_wanted:
            with self.turn:
                with open(self.log, "ab") as log:
                    self.process = subprocess.Popen(
                        command, stdin=subprocess.DEVNULL, stdout=log,
                        stderr=log,
                        env={**os.environ, **self.host.environment()})
                self.statuses[self.process.wait()] += 1
            time.sleep(PAUSE_S)

    def kill(self):
        """True if it was running."""
        if self.process is None or self.process.poll() is not None:
            return False
        self.process.send_signal(signal.SIGKILL)
        return True

    def stop(self):
        self.is_wanted = False
        self.thread.join(nw.LIMIT_S)


@contextlib.contextmanager
def between_runs(rotations):
    """None of them runs meanwhile."""
    with contextlib.ExitStack() as turns:
        for rotation in rotations:
            turns.enter_context(rotation.turn)
        yield


def keys_of(host):
    """The keys of the domain, as a host shows them."""
    status, out = host.key("list", DOMAIN, "--json", may_fail=True)
    return json.loads(out) if status in (0, 3) and out.startswith("[") else []


def ended(host):
    """Keys that came to their end: removed from DNS, and destroyed."""
    return [key for key in keys_of(host) if key["status"] == "removed"]


@contextlib.contextmanager
def maker_taking_part(world):
    """It is a member, so rotation waits for it, too."""
    is_over = threading.Event()

    def take_part():
        while not is_over.is_set():
            world.maker("poll")
            world.maker("report")
            time.sleep(2)
    member = threading.Thread(target=take_part, daemon=True)
    member.start()
    try:
        yield
    finally:
        is_over.set()
        member.join()


def all_agree(world, domain=DOMAIN):
    """All hosts have the same state, and DNS has what it says."""
    first = world.hosts[0]

    def equal():
        state = first.state(domain)
        return state != "" and all(host.state(domain) == state
                                   for host in world.hosts)
    nw.wait_for(equal, "the same state on all hosts")
    done = subprocess.run(
        [sys.executable, RECORDS, domain,
         *(nw.ADDRESSES[f"ns{n}"] for n in (1, 2, 3))],
        input=first.key("list", domain, "--json", may_fail=True)[1],
        text=True, stdout=subprocess.PIPE, check=False)
    assert done.returncode == 0, done.stdout


def life(world, lives=LIVES, kills=0):
    """Keys are made, published, used, retired, revoked and destroyed: an RSA and
    an Ed25519 key in each life."""
    with maker_taking_part(world):
        return live(world, lives, kills)


def live(world, lives, kills):
    nkeys = 2 * lives
    first = world.hosts[0]
    if not first.state(DOMAIN):
        first.key("add", DOMAIN, may_fail=True)
    already = len(ended(first))
    rotations = [Rotation(host) for host in world.hosts]
    try:
        nw.wait_for(lambda: any(key["status"] == "active"
                                for key in keys_of(first)),
                    lambda: f"a key that signs: {keys_of(first)}", 300)
        for host in world.hosts:
            nw.wait_for(lambda h=host: "active_from=" in h.state(DOMAIN),
                        f"it at {host.name}")
        time.sleep(5)
        world.active = [*world.active, DOMAIN]
        world.tell_domains()
        end, nkilled = time.monotonic() + LIMIT_S, 0
        while len(ended(first)) < already + nkeys:
            assert time.monotonic() < end, \
                f"{len(ended(first))} keys ended: {keys_of(first)}"
            if nkilled < kills:
                nkilled += rotations[nkilled % len(rotations)].kill()
            time.sleep(1 if nkilled < kills else 5)
    finally:
        for rotation in rotations:
            rotation.stop()
        world.active = [name for name in world.active if name != DOMAIN]
        world.tell_domains()
    all_agree(world)
    runs = sum(sum(rotation.statuses.values()) for rotation in rotations)
    tokens = sum(host.count("fleet-lease") for host in world.hosts)
    return f"{len(ended(first)) - already} keys, {runs} runs of rotate, " \
        f"{tokens} leases" + (f", {nkilled} kills" if kills else "")


def life_killed(world):
    """The same, while rotate is killed on one host after the other."""
    return life(world, 1, KILLS)
