# SPDX-License-Identifier: ISC
"""What breaks in a fleet of five hosts (five.py), one function each: it breaks
something, repairs it, and sees to it that nothing was taken that should not be,
and that all hosts have a new key in the end.  Returns a note for the table.
"""

import base64
import os
import re
import signal
import time

import fivefailover
import fivelife
import networld as nw

KILLS = 10
AWAY_S = 25


def nothing(world):
    """Two keys more, and nothing breaks."""
    for _ in range(2):
        world.another_key()
    world.all_confirm()


def daemon_killed(world):
    """kill -9 of all daemons in turn, while keys come."""
    for number in range(KILLS):
        world.hosts[number % len(world.hosts)].kill_daemon()
        if number % 4 == 0:
            world.new_key()
    world.another_key()
    world.all_confirm()
    return f"{KILLS} kills"


def daemon_stopped(world):
    """SIGSTOP: the others go on, and it catches up."""
    host = world.hosts[-1]
    host.daemon.send(signal.SIGSTOP)
    domain, begins = world.new_key()
    for other in world.hosts[:-1]:
        nw.wait_for(lambda h=other: world.has(h, domain),
                    f"{domain} at {other.name}")
    assert not world.has(host, domain) and not world.confirmed(host)
    host.daemon.send(signal.SIGCONT)
    world.spread(domain, begins)
    world.all_confirm()


def host_cut_off(world):
    """One host reaches nobody, and signs on with what it has."""
    host = world.hosts[-1]
    before = host.counts()["signed"]
    world.network.cut(host.name)
    domain, begins = world.new_key()
    for other in world.hosts[:-1]:
        nw.wait_for(lambda h=other: world.has(h, domain),
                    f"{domain} at {other.name}")
    time.sleep(AWAY_S)
    assert not world.has(host, domain) and not world.confirmed(host)
    assert host.counts()["signed"] > before + AWAY_S / 3
    world.network.join(host.name)
    world.spread(domain, begins)
    world.all_confirm()


def database_cut_off(world):
    """Nobody reaches the primary; all sign on."""
    before = [host.count("fleet-database-away") for host in world.hosts]
    world.network.cut(world.primary.node)
    time.sleep(AWAY_S)
    for host, number in zip(world.hosts, before):
        nw.wait_for(lambda h=host, n=number: h.count(
            "fleet-database-away") > n, f"{host.name} says that it is away")
    world.network.join(world.primary.node)
    world.primary.wait("SELECT count(*) FROM pg_stat_replication WHERE "
                       "sync_state = 'sync'", "1")
    world.another_key()
    world.all_confirm()


def clock_off(world):
    """An hour ahead, then behind: it confirms nothing, and says so.  Keys that
    are younger do not sign where the clock is behind; so only the daemon's is.
    """
    host = world.hosts[-1]
    for seconds, word in ((3600, "ahead"), (-3600, "behind")):
        host.set_clock(seconds, seconds > 0)
        domain, begins = world.new_key(40)
        nw.wait_for(lambda w=word: w in host.key("fleet", "list")[1],
                    f"an alarm of {host.name}")
        nw.wait_for(lambda: world.has(host, domain), f"{domain} there")
        assert not world.confirmed(host)
        host.set_clock(0)
        world.spread(domain, begins)
        world.all_confirm()


def backup_restored(world):
    """An older copy of the database: nothing is taken; then the hosts write the
    newest rows of their mirrors back."""
    world.sql("CREATE TABLE public.saved AS SELECT * FROM countersign.key")
    world.sql("CREATE TABLE public.saved_fleet AS SELECT * FROM "
              "countersign.fleet")
    domain, begins = world.new_key()
    world.spread(domain, begins)
    world.all_confirm()
    before = [host.count("fleet-database-refused") for host in world.hosts]
    states = [host.state(domain) for host in world.hosts]
    world.primary.script(
        "DELETE FROM countersign.key;\n"
        "INSERT INTO countersign.key SELECT * FROM public.saved;\n"
        "UPDATE countersign.fleet f SET change = s.change FROM "
        "public.saved_fleet s;\n"
        "DROP TABLE public.saved, public.saved_fleet;\n"
        "NOTIFY countersign_change;\n", database="fleet")
    for host, number in zip(world.hosts, before):
        nw.wait_for(lambda h=host, n=number: h.count(
            "fleet-database-refused") > n, f"{host.name} refuses it")
    assert states == [host.state(domain) for host in world.hosts]
    for host in world.hosts:
        host.key("fleet", "restore")
    # Nothing was under way: this fault is not to take a quarter of an hour.
    assert world.sql("SELECT quiet > clock_timestamp() FROM "
                     "countersign.lease") == "t"
    world.sql("UPDATE countersign.lease SET quiet = '-infinity'")
    world.another_key()
    world.all_confirm()
    return f"{len(world.hosts)} hosts refused it, and wrote {domain} back"


def own_row(world, domain, number):
    """A key of his own, as if relay1 had made it, signed with it: SQL."""
    path = world.folder + "/evil"
    nw.run("openssl", "genpkey", "-algorithm", "ed25519", "-out", path)
    nw.run("openssl", "pkey", "-in", path, "-pubout", "-outform", "DER",
           "-out", path + ".pub")
    with open(path + ".pub", "rb") as file:
        public = base64.b64encode(file.read()[-32:]).decode()
    row = world.sql("SELECT convert_from(octets, 'UTF8') FROM "
                    f"countersign.key WHERE domain = '{domain}' ORDER BY "
                    "selector LIMIT 1")
    for pattern, text in (("^change .*", f"change {number}"),
                          ("^before .*", "before 0"),
                          ("^state [^ ]+", "state evil"),
                          ("public=[^ ]+", "public=" + public),
                          ("^by .*", "by relay1")):
        row = re.sub(pattern, text, row, flags=re.MULTILINE)
    with open(path + ".row", "w", encoding="ascii") as file:
        file.write(row)
    nw.run("openssl", "pkeyutl", "-sign", "-rawin", "-inkey", path, "-in",
           path + ".row", "-out", path + ".signature")
    with open(path + ".signature", "rb") as file:
        signature = file.read().hex()
    return (
        "INSERT INTO countersign.key (domain, selector, change, octets, "
        f"signature, blob) SELECT domain, 'evil', {number}, "
        f"decode('{row.encode().hex()}', 'hex'), "
        f"decode('{signature}', 'hex'), blob FROM public.honest WHERE domain "
        f"= '{domain}' ORDER BY selector LIMIT 1")


def attack(world, domain, number):
    """The keys of a domain that he changes, what hosts say of that, and how."""
    def at(selector):
        return f"WHERE domain = '{domain}' AND selector LIKE '%{selector}'"
    return (
        ("e1", "not signed by ", "UPDATE countersign.key SET octets = "
         "convert_to(regexp_replace(replace(convert_from(octets, 'UTF8'), "
         f"'change ' || change, 'change {number + 1}'), 'public=[^ ]{{8}}', "
         "'public=AAAAAAAA'), 'UTF8'), "
         f"change = {number + 1} {at('e1')}"),
        ("e2", "it was signed with another change number",
         "UPDATE countersign.key SET blob = (SELECT blob FROM public.honest "
         f"{at('e1')}), change = {number + 2} {at('e2')}"),
        ("r1", "somebody put an old row back", "UPDATE countersign.key k SET "
         "change = o.change, octets = o.octets, signature = o.signature, "
         f"blob = o.blob FROM public.old o WHERE k.domain = '{domain}' AND "
         "k.domain = o.domain AND k.selector = o.selector AND k.selector "
         "LIKE '%r1'"),
        ("r2", "the row is not in the database any more",
         f"DELETE FROM countersign.key {at('r2')}"),
        ("evil", "not signed by relay1", own_row(world, domain, number + 3)))


def is_told(host, since, domain, attacks):
    """All of that is in its log since then."""
    lines = [line for line in host.log()[since:].splitlines()
             if f" of {domain}, " in line and
             line.endswith(" [fleet-row-ignored]")]
    return all(any(f"{selector} of" in line and why in line
                   for line in lines) for selector, why, _ in attacks)


def hostile_administrator(world):
    """While hosts rotate, he changes a public half, exchanges a blob, replays a
    row, drops one, and adds a key of his own."""
    domain, other = world.domain_names[-8:-6]
    first = world.hosts[0]
    with fivelife.maker_taking_part(world):
        first.key("add", domain, may_fail=True)
        world.sql("CREATE TABLE public.old AS SELECT * FROM countersign.key")
        fivefailover.rotate_all(world, domain)
        fivelife.all_agree(world, domain)
        world.sql("CREATE TABLE public.honest AS SELECT * FROM "
                  "countersign.key")
        states = [host.state(domain) for host in world.hosts]
        records = world.dns.records(domain)
        since = [len(host.log()) for host in world.hosts]
        first.key("add", other, may_fail=True)
        rotations = [fivelife.Rotation(host, domain, other)
                     for host in world.hosts]
        try:
            # In one transaction: nobody else takes these numbers.
            world.sql("BEGIN")
            world.sql("LOCK countersign.fleet")
            number = fivefailover.number_of(world.primary)
            attacks = attack(world, domain, number)
            for _, _, statement in attacks:
                world.sql(statement)
            world.sql(f"UPDATE countersign.fleet SET change = {number + 3}")
            world.sql("COMMIT")
            # The next ones compare all rows.
            for host in world.hosts:
                host.kill_daemon()
            for host, at in zip(world.hosts, since):
                nw.wait_for(lambda h=host, a=at: is_told(
                    h, a, domain, attacks), f"{host.name} says all: "
                    f"{host.log()[at:]}")
            nw.wait_for(lambda: "has not taken" in first.key(
                "generate", domain, may_fail=True)[1], "a refusal")
            nw.wait_for(lambda: fivefailover.is_complete(first, other),
                        lambda: first.state(other))
        finally:
            for rotation in rotations:
                rotation.stop()
        fivelife.all_agree(world, other)
    assert states == [host.state(domain) for host in world.hosts]
    assert records == world.dns.records(domain)
    for host in world.hosts:
        assert not os.path.exists(f"{host.keydir}/{domain}/evil.pem")
    world.sql(f"DELETE FROM countersign.key WHERE domain = '{domain}'")
    world.sql("INSERT INTO countersign.key SELECT * FROM public.honest "
              f"WHERE domain = '{domain}'")
    world.sql("DROP TABLE public.honest, public.old")
    world.another_key()
    world.all_confirm()
    first.key("generate", domain)
    fivefailover.agree(world, domain)
    return f"{len(attacks)} rows ignored by each host"


def disk_full(world):
    """The disk of one host is full: it takes nothing and signs on."""
    host = world.hosts[-1]
    path = host.keydir + "/.fill"
    before, signed = host.count("fleet-mirror-failed"), host.counts()["signed"]
    with open(path, "wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass
    domain, begins = world.new_key(40)
    for other in world.hosts[:-1]:
        nw.wait_for(lambda h=other: world.has(h, domain),
                    f"{domain} at {other.name}")
    nw.wait_for(lambda: host.count("fleet-mirror-failed") > before,
                f"{host.name} says so: {host.log()[-1500:]}")
    nw.wait_for(lambda: host.counts()["signed"] > signed + 10,
                f"{host.name} signs on")
    assert not world.has(host, domain) and not world.confirmed(host)
    os.unlink(path)
    world.spread(domain, begins)
    world.all_confirm()


def two_hosts_one_name(world):
    """Another machine claims the name of a host."""
    done = world.sql("SELECT encode(sign_key, 'hex') FROM countersign.host "
                     "WHERE name = 'relay1'")
    try:
        world.sql("SELECT countersign.register(decode(repeat('11', 32), "
                  "'hex'), decode('00', 'hex'))", "relay1")
    except Exception as error:      # PgError, of whatever state
        assert "CS005" in str(error), error
    else:
        raise AssertionError("a second machine took the name")
    assert done == world.sql("SELECT encode(sign_key, 'hex') FROM "
                             "countersign.host WHERE name = 'relay1'")
    world.another_key()


FAULTS = [
    ("nothing", nothing),
    ("life", fivelife.life),
    ("life-killed", fivelife.life_killed),
    ("daemon-killed", daemon_killed),
    ("daemon-stopped", daemon_stopped),
    ("host-cut-off", host_cut_off),
    ("database-cut-off", database_cut_off),
    ("databases-cut", fivefailover.databases_cut),
    ("failover", fivefailover.failover),
    ("failover-rotating", fivefailover.failover_rotating),
    ("not-fenced", fivefailover.not_fenced),
    ("clock-off", clock_off),
    ("backup-restored", backup_restored),
    ("hostile-administrator", hostile_administrator),
    ("disk-full", disk_full),
    ("two-hosts-one-name", two_hosts_one_name),
]
