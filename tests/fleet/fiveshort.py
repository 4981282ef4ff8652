# SPDX-License-Identifier: ISC
"""One life of keys in a fleet of two hosts (five.py --short), in minutes: an RSA
and an Ed25519 key are made, published, confirmed, used, retired, revoked,
removed and destroyed.  When they are to be replaced, a host is cut off; when
they are retired, the primary of the database is killed.

No policy shortens KS_HANDOVER: for five minutes, a retired key may still sign
messages that began before, and no host says that it has stopped.  So the wall
clocks of hosts and databases are set ahead then, but only after each signature
by a retired key was verified for its lifetime.  Mail and name servers have the
clock of the machine.
"""

import calendar
import contextlib
import os
import re
import shutil
import time

import fivefailover
import fivelife
import networld as nw
import relay
from fivelife import DOMAIN

LATER_S, NOW_S = 86400, 5   # how long keys sign: not yet, or over by now
HANDOVER_S = 300            # KS_HANDOVER of keys/store/keystore.h
AHEAD_S = 30                # a host that is a minute off confirms nothing
FUDGE_S = 300               # how old an UPDATE may be for a name server
STEPS = ("generate", "publish", "verify", "activate", "retire", "revoke",
         "remove")


# -- Clocks ----------------------------------------------------------------

def clock_of_databases(world):
    """Variables of a program whose wall clock is set here."""
    library = shutil.copy(world.build + "/tests/faults/libjumpclock.so",
                          world.folder)
    os.chmod(library, 0o755)
    world.clock = world.folder + "/clock"
    relay.write_clock(world.clock, 0)
    return {"LD_PRELOAD": library, "JUMPCLOCK": world.clock}


def set_ahead(world, seconds):
    """In steps: hosts compare their clocks with that of the database."""
    assert seconds < FUDGE_S, seconds
    for server in (world.primary, world.standby):
        server.configure("wal_sender_timeout = 0\n"
                         "wal_receiver_timeout = 0\n")
        server.reload()
        server.wait("SHOW wal_receiver_timeout", "0")
    for ahead in [*range(AHEAD_S, seconds, AHEAD_S), seconds]:
        relay.write_clock(world.clock, ahead)
        for host in world.hosts:
            host.set_clock(ahead)
        time.sleep(0.2)


# -- Keys ------------------------------------------------------------------

def keys_at(host):
    """What the state of a host says of each: {selector: {name: value}}."""
    keys = {}
    for line in host.state(DOMAIN).splitlines()[1:]:
        selector, *words = line.split()
        keys[selector] = {name: value for name, _, value in
                          (word.partition("=") for word in words)
                          if name not in ("public", "proof")}
    return keys


def signing(host):
    """Those that sign, and are not to be replaced."""
    return {selector for selector, key in keys_at(host).items()
            if "active_from" in key and "retire_at" not in key}


def moment(text):
    return calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))


def uses(host, selectors):
    """How often each has signed there."""
    counted = host.counts().get("selectors", {})
    return [counted.get(f"{selector}.{DOMAIN}", 0) for selector in selectors]


def all_sign(host, selectors):
    nw.wait_for(lambda: all(uses(host, selectors)),
                lambda: f"{host.name} signs with {selectors}: "
                f"{host.counts().get('selectors')}")


def reports(world, selector):
    """When hosts said that they had stopped to use it."""
    rows = world.sql("SELECT convert_from(octets, 'UTF8') FROM "
                     f"countersign.use WHERE domain = '{DOMAIN}' AND "
                     f"selector = '{selector}'")
    return [int(at) for at in re.findall("^at ([0-9]+)$", rows, re.MULTILINE)]


def let_sign_for(world, seconds):
    """Keys are due for replacement after that."""
    for host in world.hosts:
        host.configure(seconds)


def another_run(world, of_which):
    """Rotate has done what was due, on any or all hosts."""
    before = [rotation.statuses[0] for rotation in world.rotations]
    nw.wait_for(lambda: of_which(
        rotation.statuses[0] > n
        for rotation, n in zip(world.rotations, before)),
        lambda: "another run of rotate: "
        f"{[rotation.statuses for rotation in world.rotations]}")


@contextlib.contextmanager
def at_rest(world):
    """No host rotates keys, or has the lease: if that is lost with its host,
    the others wait for ten minutes."""
    with fivelife.between_runs(world.rotations):
        nw.wait_for(lambda: world.sql(
            "SELECT until < clock_timestamp() FROM countersign.lease") ==
            "t", "the lease given back")
        yield


# -- What happens ----------------------------------------------------------

def life_begins(world):
    """Keys sign on all hosts, and all hosts have the next ones in reserve."""
    first = world.hosts[0]
    let_sign_for(world, LATER_S)
    world.serial = world.dns.serial()
    first.key("add", DOMAIN, may_fail=True)
    world.rotations = [fivelife.Rotation(host) for host in world.hosts]
    nw.wait_for(lambda: fivefailover.is_complete(first, DOMAIN),
                lambda: f"keys that sign, and a reserve: {keys_at(first)}")
    world.all_confirm()
    world.old = signing(first)
    world.active = [DOMAIN]
    world.tell_domains()
    for host in world.hosts:
        all_sign(host, world.old)


def host_cut_off(world):
    """A host is cut off when the keys are replaced: it signs on with the old
    ones, whose records stay."""
    first, away = world.hosts[0], world.hosts[-1]
    with at_rest(world):
        world.network.cut(away.name)
    state, records = away.state(DOMAIN), world.dns.records(DOMAIN)
    assert all(len(found) == fivefailover.NKEYS
               for found in records.values()), records
    let_sign_for(world, NOW_S)
    nw.wait_for(lambda: all("retire_at" in keys_at(first)[selector]
                            for selector in world.old),
                lambda: f"other keys instead: {keys_at(first)}")
    let_sign_for(world, LATER_S)
    world.retire_at = max(moment(keys_at(first)[selector]["retire_at"])
                          for selector in world.old)
    new = signing(first)
    all_sign(first, new)
    nw.wait_for(lambda: time.time() > world.retire_at, "the end")
    before = uses(away, world.old)
    nw.wait_for(lambda: all(now > then + 3 for now, then in
                            zip(uses(away, world.old), before)),
                f"{away.name} signs on with {world.old}")
    assert away.state(DOMAIN) == state and not any(uses(away, new))
    assert not world.confirmed(away)
    world.network.join(away.name)
    all_sign(away, new)
    world.all_confirm()
    assert all(line in found for number, found in
               world.dns.records(DOMAIN).items() for line in records[number])
    world.last_use = time.monotonic()


def failover(world):
    """The primary is killed, and the standby promoted: no number is lost, and
    rotation goes on."""
    with at_rest(world):
        number, old = fivefailover.number_of(world.primary), world.primary
        old.kill()
        fivefailover.use_standby(world)
        assert fivefailover.number_of(world.primary) == number
    fivefailover.make_standby(world, old)
    another_run(world, all)
    world.all_confirm()
    return f"number {number} kept"


def is_over(host, selectors):
    """Nothing is left of them but what the state says."""
    keys = keys_at(host)
    return all("removed" in keys[selector] and not os.path.exists(
        f"{host.keydir}/{DOMAIN}/{selector}.pem") for selector in selectors)


def life_ends(world):
    """All hosts say that they have stopped to use the old keys, whose records
    are revoked and removed; no host has them in the end."""
    since = time.monotonic() - world.last_use
    time.sleep(max(0, relay.LIFETIME_S + 1 - since))
    with at_rest(world):
        set_ahead(world, max(0, world.retire_at + HANDOVER_S + 2 -
                             int(time.time())))
    # The daemons measure the time to their next report by another clock: not
    # all have reported, so no record may be revoked.
    another_run(world, any)
    with at_rest(world):
        for host in world.hosts:
            host.kill_daemon()
    for host in world.hosts:
        nw.wait_for(lambda h=host: is_over(h, world.old),
                    lambda h=host: f"{world.old} ended at {h.name}: "
                    f"{keys_at(h)}")
    for rotation in world.rotations:
        rotation.stop()
    fivelife.all_agree(world)
    # All records were added, and those of the old keys revoked and removed.
    assert world.dns.serial() == world.serial + \
        len(keys_at(world.hosts[0])) + 2 * len(world.old), world.dns.records()
    taken = [fivefailover.steps_of(host, DOMAIN) for host in world.hosts]
    for selector in world.old:
        stopped = reports(world, selector)
        revoked = moment(keys_at(world.hosts[0])[selector]["revoked"])
        assert len(stopped) == len(world.hosts) and \
            max(stopped) <= revoked, (selector, stopped, revoked)
        for step in STEPS:
            assert (selector, step) in sum(taken, []), (selector, step, taken)
        for steps in taken:
            assert (selector, "destroy") in steps, (selector, steps)
    return f"{len(world.old)} keys, {len(STEPS) + 1} steps of each"


LIFE = [
    ("life-begins", life_begins),
    ("host-cut-off", host_cut_off),
    ("failover", failover),
    ("life-ends", life_ends),
]
