#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""usage: mutate.py [N [SEED]]

How many wrong programs the tests notice: N mutants (200 by default), drawn by
SEED (default 1) from the files in FILES, in proportion to their lines, two at
a time.  Each is one small change of one line.  The tests run from the cheapest
to the dearest until one fails, which kills the mutant: the module's own unit
test, those of its room, all other unit tests, fuzz targets and failing
allocations (with AddressSanitizer, so that a leak kills, too), then tests of
processes and commands about the room (without it), for MOST_SECONDS.

What does not compile, or compiles to the same object, does not count.  Mutants
that mean the same are listed in the file "equivalent", with the reason, and do
not count, either.

A mutant can do anything, so its tests run without a network, in namespaces that
end with them, and can write only to /tmp, which is another one, and to its copy
of the tree in build-mutate.
Results are kept in build/mutate.json: what is known is not tried again,
survivors only if anything has changed.  Exit status 1: fewer than 0.93 were
killed.
"""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import random
import resource
import signal
import subprocess
import sys
import threading
import time

import operators

TOP = pathlib.Path(__file__).resolve().parents[2]
WORK = TOP / "build-mutate"
STORE = TOP / "build/mutate.json"
EQUIVALENT = pathlib.Path(__file__).with_name("equivalent")
FILES = ["milter/policy/*.c", "milter/message/*.c", "keys/signer/*.c",
         "keys/life/*.c", "keys/store/*.c", "keys/rotate/*.c",
         "keys/record/proof.c", "keys/probe/health.c", "keys/probe/sight.c",
         "keys/probe/summary.c", "lib/dkimsig/canon*.c",
         "lib/dkimsig/sigf*.c", "lib/dkimsig/signer.c",
         "lib/dkimsig/taglist.c", "lib/dkimsig/verifier*.c"]
ACCEPTED = 0.93
PARALLEL = 2
UNITS = ("unit", "vectors", "fuzz", "alloc")
PROCESSES = ("proc", "mta", "keys", "doctor")
# The rooms whose tests of processes and commands are about a room.
ABOUT = {"dkimsig": {"signer", "front", "doctor"}, "life": {"rotate"},
         "message": {"front"}, "policy": {"front"},
         "probe": {"probe", "rotate"}, "record": {"rotate", "publish"},
         "rotate": {"rotate", "command"}, "signer": {"signer", "front"},
         "store": {"store", "sync", "import"}}
MOST_SECONDS = 200  # of these tests for one mutant, the cheapest first
MAX_SECONDS = 600   # a test that takes that long is left out
FIRST_LIMIT = 60    # what a test takes the first time, at most
GUESS = {"asan": 2, "plain": 20}    # seconds of a test that never ran
BUILDS = {"asan": "-Db_sanitize=address,undefined", "plain": "-Db_pie=true"}
ENVIRONMENT = {
    "ASAN_OPTIONS": "detect_leaks=1:detect_stack_use_after_return=1:"
                    "hard_rss_limit_mb=3000",
    "UBSAN_OPTIONS": "halt_on_error=1",
    "CCACHE_SLOPPINESS": "time_macros",
}
# Run a command with another /tmp, and with nothing else to write to but the
# copy of the tree, which may be below /tmp.
CELL = """
mount --make-rprivate / && mount --bind "$0" /mnt &&
mount -t tmpfs -o size=4g,mode=1777 tmpfs /tmp && mkdir -p "$0" &&
mount --bind /mnt "$0" && umount /mnt && mount -o remount,bind,ro / &&
ip link set lo up && cd "$PWD" && exec "$@"
"""


def digest(data):
    return hashlib.sha256(data).hexdigest()


def say(*words):
    print(*words, flush=True)


def list_files():
    """The files of the tree, without what was built."""
    listed = subprocess.run(
        ["git", "ls-files", "-zco", "--exclude-standard"], cwd=TOP,
        check=True, text=True, stdout=subprocess.PIPE)
    return [p for p in listed.stdout.split("\0") if p and
            (TOP / p).is_file()]


class Test:
    """A test of meson, in one build of one copy of the tree."""

    def __init__(self, build, entry, targets):
        self.name = entry["name"]
        self.command = entry["cmd"]
        self.environment = {k: v for k, v in entry["env"].items()}
        suites = [s.rpartition(":")[2] for s in entry["suite"]]
        self.kind, self.rooms = suites[0], suites
        self.programs = [os.path.relpath(path, build)
                         for t in entry["depends"] for path in targets[t]]


class Build:
    """One build of a copy of the tree."""

    def __init__(self, copy, name):
        self.copy, self.name = copy, name
        self.folder = copy.folder / name
        self.original = {}      # object or program: digest of its octets

    def command(self, *arguments, check=True):
        done = subprocess.run(arguments, cwd=self.folder, text=True,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False,
                              env=os.environ | ENVIRONMENT)
        if check and done.returncode != 0:
            sys.exit(f"{' '.join(arguments)}:\n{done.stdout[-4000:]}")
        return done

    def prepare(self):
        """Build everything; find the tests, and what they are made of."""
        if not (self.folder / "build.ninja").exists():
            self.folder.mkdir(exist_ok=True)
            self.command("meson", "setup", ".", str(self.copy.tree),
                         "-Dtests=enabled", "-Ddebug=false",
                         "-Doptimization=2", BUILDS[self.name])
        introspect = json.loads(self.command(
            "meson", "introspect", "--tests", "--targets").stdout)
        targets = {t["id"]: t["filename"] for t in introspect["targets"]}
        kinds = UNITS if self.name == "asan" else PROCESSES
        self.tests = [t for t in (Test(self.folder, entry, targets)
                                  for entry in introspect["tests"])
                      if t.kind in kinds]
        self.inputs = {}
        programs = sorted({p for t in self.tests for p in t.programs})
        say(f"# building {self.folder}")
        self.command("nice", "ninja", "-j2", *programs)
        for program in programs:
            self.inputs[program] = set(self.command(
                "ninja", "-t", "inputs", program).stdout.split("\n"))
            self.original[program] = self.digest_of(program)
        self.objects = {}
        for entry in json.loads(
                (self.folder / "compile_commands.json").read_text()):
            source = os.path.relpath(self.folder / entry["file"],
                                     self.copy.tree)
            if (self.folder / entry["output"]).exists():
                self.objects[source] = entry["output"]
                self.original[entry["output"]] = self.digest_of(
                    entry["output"])

    def digest_of(self, name):
        return digest((self.folder / name).read_bytes())

    def is_changed(self, name):
        return self.digest_of(name) != self.original[name]

    def make(self, *names):
        return self.command("nice", "ninja", "-j2", *names,
                            check=False).returncode == 0

    def relevant(self, source):
        """The tests of programs that a source file is linked into."""
        wanted = self.objects.get(source)
        return [t for t in self.tests
                if any(wanted in self.inputs[p] for p in t.programs)]

    def run(self, test, results):
        """Whether a test passes."""
        seconds = results.limit(self, test)

        def limits():
            cpu = int(20 + 10 * seconds)
            resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 30, 1 << 30))
            if self.name == "plain":
                resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))
        began = time.monotonic()
        process = subprocess.Popen(
            ["unshare", "--mount", "--net", "--pid", "--fork", "--mount-proc",
             "--kill-child", "sh", "-c", CELL, str(self.copy.folder),
             "nice"] + test.command, cwd=self.folder, preexec_fn=limits,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True,
            env=os.environ | ENVIRONMENT | test.environment |
            {"TMPDIR": "/tmp", "PWD": str(self.folder)})
        try:
            # 77: skipped, as sanitizers or the machine do not allow it.
            passes = process.wait(60 + 20 * seconds) in (0, 77)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return False
        if passes:
            results.passes(f"{self.name}/{test.name}",
                           time.monotonic() - began)
        return passes


class Copy:
    """A copy of the tree with its builds, for one mutant at a time."""

    def __init__(self, number):
        self.folder = WORK / str(number)
        self.tree = self.folder / "tree"
        self.tree.mkdir(parents=True, exist_ok=True)
        # Tests of processes become users who must come this far.
        for folder in (WORK, self.folder):
            folder.chmod(0o755)
        self.builds = {name: Build(self, name) for name in BUILDS}

    def update(self):
        """Make the copy the same as the original."""
        paths = list_files()
        old = {str(p.relative_to(self.tree)) for p in self.tree.rglob("*")
               if not p.is_dir()}
        for path in old - set(paths):
            (self.tree / path).unlink()
        for path in paths:
            source, copy = TOP / path, self.tree / path
            if copy.exists() and copy.read_bytes() == source.read_bytes() \
                    and copy.stat().st_mode == source.stat().st_mode:
                continue
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(source.read_bytes())
            copy.chmod(source.stat().st_mode)

    def prepare(self):
        self.update()
        for build in self.builds.values():
            build.prepare()

    def order(self, source, results):
        """(build, test) of the tests for a file, the cheapest first."""
        room = source.split("/")[-2]
        module = source.split("/")[-1].removesuffix(".c")

        def cost(pair):
            build, test = pair
            return (build.name == "plain",
                    test.name != f"{room}-{module}", room not in test.rooms,
                    results.expected(build, test))
        pairs = [(b, t) for b in self.builds.values()
                 for t in b.relevant(source)
                 if results.expected(b, t) < MAX_SECONDS and (
                     b.name == "asan" or ABOUT[room] & set(t.rooms))]
        chosen = []
        left = MOST_SECONDS
        for build, test in sorted(pairs, key=cost):
            if build.name == "plain":
                left -= results.expected(build, test)
            if left > 0:
                chosen.append((build, test))
        return chosen

    def judge(self, source, text, mutant, results):
        """What becomes of a mutant: a word, and the test that killed it."""
        path = self.tree / source
        while True:
            path.write_text(operators.apply(text, mutant))
            try:
                what, build, test = self.attempt(source, results)
            finally:
                path.write_text(text)
            if what != "killed" or \
                    f"{build.name}/{test.name}" in results.seconds:
                return what, test.name if test else ""
            # It was never seen to pass.
            build.make(*test.programs)
            if build.run(test, results):
                return what, test.name
            results.fails(f"{build.name}/{test.name}")

    def attempt(self, source, results):
        """Build a mutant and test it: a word, and the test that failed."""
        plain = self.builds["plain"]
        if not plain.make(plain.objects[source]):
            return "broken", None, None
        if not plain.is_changed(plain.objects[source]):
            return "same", None, None
        for build, test in self.order(source, results):
            if not build.make(*test.programs):
                return "broken", None, None
            if not any(build.is_changed(p) for p in test.programs):
                continue
            # Unlike a unit test, others may fail as the machine is busy.
            if not build.run(test, results) and (
                    build.name == "asan" or not build.run(test, results)):
                return "killed", build, test
        return "survived", None, None


class Results:
    """What is known, in a file."""

    def __init__(self, state):
        self.lock = threading.Lock()
        self.state = state      # of the tree
        try:
            self.known = json.loads(STORE.read_text())
        except OSError:
            self.known = {"seconds": {}, "mutants": {}}
        self.seconds = self.known["seconds"]
        self.mutants = self.known["mutants"]

    def save(self):
        new = STORE.with_suffix(".new")
        new.write_text(json.dumps(self.known, indent=1))
        new.rename(STORE)

    def expected(self, build, test):
        """How many seconds a test takes."""
        return self.seconds.get(f"{build.name}/{test.name}",
                                GUESS[build.name])

    def limit(self, build, test):
        """The same, for a limit: a test that never ran may take long."""
        return self.seconds.get(f"{build.name}/{test.name}", FIRST_LIMIT)

    def find(self, key):
        found = self.mutants.get(key)
        if found and found["what"] == "survived" and \
                found["state"] != self.state:
            return None
        return found

    def add(self, key, **result):
        with self.lock:
            self.mutants[key] = result | {"state": self.state}
            self.save()

    def passes(self, name, seconds):
        """A test passes where nothing, or nothing that it sees, is changed."""
        with self.lock:
            self.seconds[name] = round(seconds, 2)

    def fails(self, name):
        say(f"# {name} fails without a mutant, too: left out")
        with self.lock:
            self.seconds[name] = MAX_SECONDS


def equivalent_list():
    """(file, old line, new line, why) of mutants that mean the same."""
    found = []
    name = ""
    for line in EQUIVALENT.read_text().split("\n"):
        if line.startswith("\t- "):
            found.append([name, line[3:], "", ""])
        elif line.startswith("\t+ "):
            found[-1][2] = line[3:]
        elif line.startswith("\t"):
            found[-1][3] += line[1:]
        elif line and not line.startswith("#"):
            name = line
    return found


def draw(seed, texts):
    """An endless sample of mutants, without repetition: (file, mutant)."""
    chance = random.Random(seed)
    files = sorted(texts)
    lines = [texts[f].count("\n") for f in files]
    by_operator = {}
    for name in files:
        kinds = by_operator[name] = {}
        for mutant in operators.mutants(texts[name]):
            kinds.setdefault(mutant.operator, []).append(mutant)
    drawn = set()
    while True:
        name = chance.choices(files, lines)[0]
        kind = chance.choice(sorted(by_operator[name]))
        mutant = chance.choice(by_operator[name][kind])
        if (name, mutant) not in drawn:
            drawn.add((name, mutant))
            yield name, mutant


class Run:
    """A sample, and what became of it."""

    def __init__(self, number, seed, texts, results):
        self.number, self.texts, self.results = number, texts, results
        self.sample = draw(seed, texts)
        self.equivalent = {tuple(e[:3]) for e in equivalent_list()}
        self.lock = threading.Lock()
        self.counts = {"killed": 0, "survived": 0, "equivalent": 0,
                       "same": 0, "broken": 0}
        self.pending = 0
        self.survivors = []

    def take(self):
        """The next mutant, None if there are enough."""
        with self.lock:
            if self.counted() + self.pending >= self.number:
                return None
            self.pending += 1
            return next(self.sample)

    def counted(self):
        return self.counts["killed"] + self.counts["survived"]

    def work(self, copy):
        # One that is still tried elsewhere may not count in the end.
        while self.counted() < self.number:
            taken = self.take()
            if taken is None:
                time.sleep(0.1)
                continue
            self.one(copy, *taken)

    def one(self, copy, name, mutant):
        text = self.texts[name]
        line, old, new = operators.changed_lines(text, mutant)
        key = digest(repr((text, name, mutant)).encode())
        known = self.results.find(key)
        if (name, old, new) in self.equivalent:
            what, by = "equivalent", ""
        elif known:
            what, by = known["what"], known["by"]
        else:
            what, by = copy.judge(name, text, mutant, self.results)
            self.results.add(key, what=what, by=by, file=name, line=line,
                             old=old, new=new)
        with self.lock:
            self.pending -= 1
            self.counts[what] += 1
            if what == "survived":
                self.survivors.append(f"{name}:{line}\n\t- {old}\n\t+ {new}")
                say(self.survivors[-1])
            elif not known and what == "killed":
                say(f"# {self.counted()}: {name}:{line}: killed by {by}")


def main(number=200, seed=1):
    os.umask(0o022)
    state = digest(b"".join((TOP / p).read_bytes()
                            for p in sorted(list_files())))
    results = Results(state)
    copies = [Copy(n) for n in range(PARALLEL)]
    for copy in copies:
        copy.prepare()
    texts = {str(p.relative_to(TOP)): p.read_text()
             for pattern in FILES for p in TOP.glob(pattern)}
    run = Run(int(number), int(seed), texts, results)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        list(pool.map(run.work, copies))
    print("\nSurvivors:" if run.survivors else "")
    print("\n".join(sorted(run.survivors)))
    score = run.counts["killed"] / max(1, run.counted())
    print(f"{run.counts['killed']} of {run.counted()} mutants killed:"
          f" {score:.3f}; not counted: {run.counts['equivalent']} equivalent,"
          f" {run.counts['same']} compile to the same,"
          f" {run.counts['broken']} do not compile")
    return score >= ACCEPTED


if __name__ == "__main__":
    sys.exit(0 if main(*sys.argv[1:]) else 1)
