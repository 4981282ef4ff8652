# SPDX-License-Identifier: ISC
"""What happens to the two servers of the database of five hosts (five.py): see
fivefaults.py.
"""

import os
import shutil
import signal
import time

import fivelife
import networld as nw

AWAY_S = 25
LOOKS_S = 25    # two looks at the database, and more


def use_standby(world):
    world.standby.promote()
    world.primary = world.standby
    world.primary.wait("SELECT pg_is_in_recovery()", "f")


def make_standby(world, old):
    """The old primary comes back as the standby, made again."""
    os.rename(old.folder, f"{old.folder}.{time.monotonic_ns()}")
    world.standby = world.cluster.net_standby(world.primary, old.node)


def replace_standby(world, old):
    make_standby(world, old)
    world.another_key()


def databases_cut(world):
    """The primary does not reach its standby: no commit returns, and nothing
    that a failover would lose is believed to be there."""
    first, domain = world.hosts[0], world.domain_names[-6]
    number = number_of(world.primary)
    world.network.cut_between("db1", "db2")
    command = first.begin_key("generate", domain)
    nw.wait_for(lambda: world.sql(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep' "
        f"AND usename = '{first.name}'") != "0", "a commit that waits")
    time.sleep(AWAY_S)
    assert command.poll() != 0, command.communicate()
    for server in (world.primary, world.standby):
        assert number_of(server) == number, server.node
    for host in world.hosts:
        assert not host.state(domain), host.name
    world.network.join_between("db1", "db2")
    world.primary.wait("SELECT count(*) FROM pg_stat_replication WHERE "
                       "sync_state = 'sync'", "1")
    command.communicate(timeout=nw.LIMIT_S)
    agree(world, domain)
    assert number_of(world.primary) == number + 1
    world.another_key()
    world.all_confirm()


def failover(world):
    """The primary is killed, and the standby promoted: no number is lost."""
    number = world.sql("SELECT change FROM countersign.fleet")
    old = world.primary
    old.kill()
    use_standby(world)
    assert world.sql("SELECT change FROM countersign.fleet") == number
    world.another_key()
    world.all_confirm()
    replace_standby(world, old)
    return f"number {number} kept"


def number_of(server):
    return int(server.sql("SELECT change FROM countersign.fleet",
                          database="fleet"))


def confirms(server, host):
    """It has confirmed all that this server has."""
    return server.sql("SELECT change FROM countersign.confirmation WHERE "
                      f"host = '{host.name}'", database="fleet") == \
        str(number_of(server))


def stop_waiting(server):
    """Commits do not wait for a standby any more."""
    server.configure("synchronous_standby_names = ''\n")
    server.reload()
    server.wait("SHOW synchronous_standby_names", "")


def meet_only(world, host, server, other):
    """It reaches this server, and not the other one, from now on."""
    world.network.cut_between(host.name, other.node)
    host.kill_daemon()
    nw.wait_for(lambda: server.sql(
        "SELECT count(*) FROM pg_stat_activity WHERE usename = "
        f"'{host.name}'") != "0", f"{host.name} at {server.node}")


def refuse(world, hosts, before, server, numbers):
    """They say so, take nothing, and change neither keys nor DNS."""
    records = world.dns.records()
    assert all(records.values()), records
    states = [world.states(host) for host in hosts]
    for host in hosts:
        nw.wait_for(lambda h=host: h.count("fleet-database-refused") >
                    before[h], f"{host.name} refuses {server.node}")
        for words in (("rotate",), ("generate", world.domain_names[-5])):
            status, out = host.key(*words, may_fail=True)
            assert status == 1 and nw.ADDRESSES[server.node] in out and \
                "is older than what this host saw" in out and \
                f"change {numbers[0]}, {numbers[1]} seen here" in out, \
                (words, status, out)
    time.sleep(LOOKS_S)
    assert [world.states(host) for host in hosts] == states
    assert world.dns.records() == records
    assert number_of(server) == numbers[0]


def restore_all(world, lost):
    """All hosts write back what they have, but for what has a number that both
    sides gave out: it is moved away."""
    for host in world.hosts:
        status, out = host.key("fleet", "restore", may_fail=True)
        assert (status, lost in out) == (
            (1, True) if host.state(lost) else (0, False)), (host.name, out)
    for host in world.hosts:
        if host.state(lost):
            shutil.move(f"{host.keydir}/{lost}", host.folder)
    for host in world.hosts:
        host.key("fleet", "restore")
    # Nothing was under way: this fault is not to take a quarter of an hour.
    assert world.sql("SELECT quiet > clock_timestamp() FROM "
                     "countersign.lease") == "t"
    world.sql("UPDATE countersign.lease SET quiet = '-infinity'")


def agree(world, *domains):
    """All hosts have the same state of each, with keys."""
    for domain in domains:
        nw.wait_for(lambda d=domain: world.hosts[0].state(d) and all(
            host.state(d) == world.hosts[0].state(d) for host in world.hosts),
            f"the same state of {domain} on all hosts")


def not_fenced(world):
    """The standby is promoted while the primary lives and no longer waits for
    it, and both give out numbers: the old one two, the new one the first of
    these and the later lease.  Whoever saw one side refuses the other.
    """
    *left, right = world.hosts
    old, new = world.primary, world.standby
    ours, lost, kept = world.domain_names[-4:-1]
    number = number_of(old)
    refused = {host: host.count("fleet-database-refused")
               for host in world.hosts}
    stop_waiting(old)
    world.network.cut_between("db1", "db2")
    for host in left:
        meet_only(world, host, old, new)
    use_standby(world)
    meet_only(world, right, new, old)
    for host, domain in ((left[0], lost), (left[0], kept), (right, ours)):
        host.key("generate", domain)
    assert (number_of(old), number_of(new)) == (number + 2, number + 1)
    for server, hosts in ((old, left), (new, [right])):
        for host in hosts:
            nw.wait_for(lambda s=server, h=host: confirms(s, h),
                        f"{host.name} confirms what {server.node} has")
    # Its number is higher, but the lease that the host saw is not there.
    world.network.join_between(right.name, old.node)
    meet_only(world, right, old, new)
    refuse(world, [right], refused, old, (number + 2, number + 1))
    old.kill()
    for host in left:
        world.network.join_between(host.name, new.node)
    world.network.join_between(right.name, new.node)
    world.network.join_between("db1", "db2")
    # And here the number is lower.
    refuse(world, left, refused, new, (number + 1, number + 2))
    restore_all(world, lost)
    agree(world, ours, kept)
    # Those that have seen the lost number take a later one.
    right.key("generate", lost)
    agree(world, lost)
    world.another_key()
    world.all_confirm()
    replace_standby(world, old)
    return f"{old.node} refused by 1 host, {new.node} by {len(left)}"


# Where a command is when the primary is killed (skew.c): it has made keys that
# the database does not have; is about to change DNS; has done so, and not said
# so; has said so, and not written that the key is published.
MOMENTS = ("state+0", "begin+1", "end+0", "end+1")
STEPS = ("generate", "publish", "verify")
NKEYS, NSIGN = 4, 2     # RSA and Ed25519, each with one in reserve


def stop_at(host, moment, *words):
    """countersign-key, stopped there."""
    command = host.begin_key(
        *words, preload=host.world.build + "/tests/fleet/libskew.so",
        SKEW_STOP=f"countersign-key:{moment}")
    info = os.waitid(os.P_PID, command.pid,
                     os.WSTOPPED | os.WEXITED | os.WNOWAIT)
    assert info.si_code == os.CLD_STOPPED, command.communicate()
    return command


def steps_of(host, domain):
    """The steps that it has logged: (selector, step)."""
    try:
        with open(f"{host.keydir}/{domain}/log", encoding="utf-8") as file:
            return [tuple(line.replace(":", " ", 3).split()[4:6])
                    for line in file.read().splitlines()]
    except FileNotFoundError:
        return []


def is_complete(host, domain):
    """Each key is in DNS, and one of each kind signs."""
    state = host.state(domain)
    return state.count(" verified=") == NKEYS and \
        state.count(" active_from=") == NSIGN


def rotate_all(world, domain):
    """Until the domain is complete."""
    first = world.hosts[0]

    def rotate():
        for host in world.hosts:
            host.key("rotate", domain, may_fail=True)
        return is_complete(first, domain)
    nw.wait_for(rotate, lambda: first.state(domain))


def is_done_once(world, host, domain, before, serial):
    """No step is lost, and none is done twice: a step that the host logged
    before its command failed may not have been taken."""
    keys = {line.split()[0]
            for line in host.state(domain).splitlines()[1:]}
    assert len(keys) == NKEYS, host.state(domain)
    assert world.sql("SELECT selector FROM countersign.key WHERE domain = "
                     f"'{domain}' ORDER BY 1").splitlines() == sorted(keys)
    assert world.sql("SELECT count(*) FROM countersign.intent WHERE domain = "
                     f"'{domain}' AND ended IS NULL") == "0"
    later = [step for one in world.hosts for step in
             steps_of(one, domain)[len(before) if one is host else 0:]]
    for key in keys:
        for step in STEPS:
            assert (key, step) in before + later, (key, step, later)
            assert later.count((key, step)) <= 1, (key, step, later)
    # Each record was added, and nothing else was changed in the zone.
    assert world.dns.serial() == serial + NKEYS, world.dns.records()


def killed_at(world, host, domain, moment):
    """The primary is killed while the command of that host is there."""
    serial = world.dns.serial()
    command = stop_at(host, moment, "add", domain)
    number, old = number_of(world.primary), world.primary
    is_open = moment in ("begin+1", "end+0")
    assert world.sql("SELECT count(*) FROM countersign.intent WHERE domain = "
                     f"'{domain}' AND ended IS NULL") == str(int(is_open))
    old.kill()
    command.send_signal(signal.SIGCONT)
    out = command.communicate(timeout=nw.LIMIT_S)[0]
    # Whether the daemon knows it already, or sees it now.
    assert "fleet: database" in out, out
    before = steps_of(host, domain)
    use_standby(world)
    assert number_of(world.primary) == number
    # Others would wait for the end of its lease.
    world.sql("UPDATE countersign.lease SET until = '-infinity'")
    world.sql("UPDATE countersign.intent SET over = clock_timestamp() WHERE "
              "ended IS NULL")
    rotate_all(world, domain)
    fivelife.all_agree(world, domain)
    is_done_once(world, host, domain, before, serial)
    make_standby(world, old)


def failover_rotating(world):
    """The primary is killed while a command makes keys and changes DNS."""
    with fivelife.maker_taking_part(world):
        for i, moment in enumerate(MOMENTS):
            killed_at(world, world.hosts[i % len(world.hosts)],
                      world.domain_names[-10 - i], moment)
    world.another_key()
    world.all_confirm()
    return f"{len(MOMENTS)} kills, {NKEYS} keys after each"
