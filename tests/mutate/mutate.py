#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""usage: mutate.py [N [SEED]]

How many wrong programs the tests notice: N mutants (200 by default), drawn by
SEED (default 1) from the files in FILES, in proportion to their lines, two at
a time.  Each is one small change of one line.  A mutant is killed by the first
test that fails; they run in the order of their chance and cost:

units      unit tests, fuzz targets and failing allocations that execute the
           line: the module's own, those of its room, others; with
           AddressSanitizer, so that a leak kills, too, unless that is dear
processes  tests of processes and commands about the room, the cheapest first,
           for MOST_SECONDS

What the units leave open meets the processes while others meet the units, since
tests of processes mostly wait.

What does not compile, or compiles to the same object, does not count.  Mutants
that mean the same are listed in the file "equivalent", with the reason, and do
not count, either.

Results are kept in build/mutate.json: what is known is not tried again, what
survived only if the tests have changed.  Exit status 1: fewer than 0.93 were
killed.
"""

import concurrent.futures
import json
import os
import pathlib
import sys
import threading
import time

import operators
from sample import draw
from seen import Seen
from workshop import SANITIZER, TOP, TREE, Workshop, digest, say

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
UNITS = {"unit", "vectors", "fuzz", "alloc"}
PROCESSES = {"proc", "mta", "keys", "doctor"}
# The rooms whose tests of processes and commands are about a room.
ABOUT = {"dkimsig": {"signer", "front", "doctor"}, "life": {"rotate"},
         "message": {"front"}, "policy": {"front"},
         "probe": {"probe", "rotate"}, "record": {"rotate", "publish"},
         "rotate": {"rotate", "command"}, "signer": {"signer", "front"},
         "store": {"store", "sync", "import"}}
MOST_SECONDS = 200  # of tests of processes for one mutant
GUESS = {"units": 1, "processes": 20}   # a test's seconds
MOST_CHEAP = 1.5        # seconds of CPU; others are not sanitized, and run last
OPEN = "open"       # survived all units


class Results:
    """What is known, in a file."""

    def __init__(self):
        self.lock = threading.RLock()
        STORE.parent.mkdir(exist_ok=True)
        try:
            self.known = json.loads(STORE.read_text())
        except OSError:
            self.known = {"seconds": {}, "mutants": {}, "cpu": {}}
        self.mutants = self.known["mutants"]

    def save(self):
        new = STORE.with_suffix(".new")
        new.write_text(json.dumps(self.known, indent=1))
        new.rename(STORE)

    def expected(self, test, guess):
        """How many seconds a test takes."""
        return self.known["seconds"].get(f"{test.kind}/{test.name}",
                                         guess)

    def cpu(self, test):
        """How many seconds of CPU it takes."""
        return self.known["cpu"].get(f"{test.kind}/{test.name}", 0)

    def limits(self, test):
        """Seconds of CPU and of time that a test may take."""
        name = f"{test.kind}/{test.name}"
        if name not in self.known["seconds"]:
            return 300, 1200
        return (int(5 + 4 * self.known["cpu"][name]),
                120 + 20 * self.known["seconds"][name])

    def passes(self, test, outcome):
        name = f"{test.kind}/{test.name}"
        with self.lock:
            self.known["seconds"][name] = round(outcome.seconds, 2)
            self.known["cpu"][name] = round(outcome.cpu, 2)

    def add(self, drawn, **result):
        with self.lock:
            self.mutants[drawn.key] = result | {
                "file": drawn.file, "line": drawn.line, "old": drawn.old,
                "new": drawn.new}
            self.save()

    def killers(self, file):
        """The tests that killed mutants of a file."""
        with self.lock:
            return {m["by"] for m in self.mutants.values()
                    if m["file"] == file}


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


class Judge:
    """Makes mutants and tests them."""

    def __init__(self, workshop, texts, results):
        self.workshop, self.texts, self.results = workshop, texts, results
        self.build = workshop.build
        self.units = [t for t in self.build.tests if t.kind in UNITS]
        self.processes = [t for t in self.build.tests if t.kind in PROCESSES]
        self.lock = threading.RLock()
        self.sound = {}         # test: whether it passes without a mutant
        self.objects = {}       # source: the digests of its objects
        say("# building the programs of the tests")
        self.build.make(sorted({p for t in self.units + self.processes
                                for p in t.programs}))
        self.seen = Seen(self.build, set(texts), STORE.parent)
        self.seen.update(self.about(self.units, texts), workshop, results)
        results.save()
        for test in self.units:
            test.is_sanitized = test.can_be_sanitized and \
                results.cpu(test) <= MOST_CHEAP

    def about(self, tests, sources):
        """The tests of programs that contain any of these sources."""
        objects = {made for source in sources
                   for made, _ in self.build.compilers[source]}
        return [t for t in tests if self.build.relevant(t, objects)]

    def chosen_units(self, drawn):
        """The tests that may notice a mutant, the likeliest first."""
        room, module = pathlib.Path(drawn.file).with_suffix("").parts[-2:]
        mutant = drawn.mutant
        text = self.texts[drawn.file]
        last = text.count("\n", 0, mutant.end) + 1
        label = "case " in text[text.rfind("\n", 0, mutant.start):mutant.end]
        killers = self.results.killers(drawn.file)
        tests = [t for t in self.about(self.units, [drawn.file])
                 if self.seen.can_notice(t, drawn.file, drawn.line, last,
                                         label)]
        tests.sort(key=lambda t: (
            t.name != f"{room}-{module}", self.results.cpu(t) > MOST_CHEAP,
            t.name not in killers, room not in t.rooms,
            self.results.expected(t, GUESS["units"])))
        return tests

    def chosen_processes(self, drawn):
        """The tests of processes about a mutant's room, the cheapest first."""
        room = drawn.file.split("/")[-2]
        killers = self.results.killers(drawn.file)
        tests = [t for t in self.about(self.processes, [drawn.file])
                 if ABOUT[room] & t.rooms]
        tests.sort(key=lambda t: (
            t.name not in killers,
            self.results.expected(t, GUESS["processes"])))
        chosen = []
        left = MOST_SECONDS
        for test in tests:
            left -= self.results.expected(test, GUESS["processes"])
            if left > 0:
                chosen.append(test)
        return chosen

    def state(self, drawn):
        """A digest of all tests that a mutant has to meet."""
        def describe(test):
            text = f"{test.name} {test.can_be_sanitized}"
            for program in test.programs:
                # Those of the product change with every mutant's file.
                if test.kind in UNITS or program.startswith("tests/"):
                    text += " " + self.build.digest_of(program)
            for word in test.command:
                path = pathlib.Path(word)
                if path.is_file() and self.build.folder not in path.parents:
                    text += " " + digest(path.read_bytes())
                elif path.is_dir():
                    text += " ".join(sorted(p.name for p in path.iterdir()))
            return text
        tests = self.chosen_units(drawn) + self.about(
            [p for p in self.processes if
             ABOUT[drawn.file.split("/")[-2]] & p.rooms], [drawn.file])
        return digest("\n".join(sorted(map(describe, tests))).encode())

    def mounts(self, test, replaced, folder):
        """Link the programs of a test that contain replaced objects.

        Without any, and with a sanitizer, link its own.
        """
        options = SANITIZER if test.is_sanitized else ()
        return [(self.build.link(p, replaced, folder, *options), p)
                for p in test.programs if p in self.build.objects and
                (set(replaced) & self.build.objects[p] or
                 not replaced and options)]

    def is_sound(self, test, folder):
        """Whether a test passes without a mutant."""
        with self.lock:
            if test not in self.sound:
                mounts = self.mounts(test, {}, pathlib.Path(folder) / "sound")
                outcome = test.run(mounts, *self.results.limits(test))
                self.sound[test] = outcome.passes
                if outcome.passes:
                    self.results.passes(test, outcome)
                else:
                    say(f"# {test.name} fails without a mutant: left out")
            return self.sound[test]

    def is_killed(self, test, replaced, folder):
        """Whether a test notices replaced objects."""
        mounts = self.mounts(test, replaced, folder)
        cpu, seconds = self.results.limits(test)
        # Fails twice, since some tests can fail as the machine is busy.
        for _ in range(2):
            outcome = test.run(mounts, cpu, seconds)
            if outcome.passes:
                self.results.passes(test, outcome)
            if outcome.passes or not self.is_sound(test, folder):
                return False
            if outcome.cpu >= cpu:
                break
        return True

    def compile(self, drawn, folder, *options):
        text = operators.apply(self.texts[drawn.file], drawn.mutant)
        return self.build.compile(drawn.file, text, folder, *options)

    def is_same(self, drawn, replaced, folder):
        """Whether a mutant compiles to the same."""
        with self.lock:
            if drawn.file not in self.objects:
                made = self.build.compile(
                    drawn.file, self.texts[drawn.file],
                    pathlib.Path(folder) / "original")
                self.objects[drawn.file] = [
                    digest(pathlib.Path(m).read_bytes())
                    for m in made.values()]
            return self.objects[drawn.file] == [
                digest(pathlib.Path(m).read_bytes())
                for m in replaced.values()]

    def meet_units(self, drawn):
        """What becomes of a mutant: a word, and the test that killed it."""
        with self.workshop.folder() as top:
            folder = pathlib.Path(top) / "plain"
            sanitized = pathlib.Path(top) / "sanitized"
            plain = self.compile(drawn, folder)
            if plain is None:
                return "broken", ""
            if self.is_same(drawn, plain, folder):
                return "same", ""
            watched = self.compile(drawn, sanitized, *SANITIZER,
                                   "-U_FORTIFY_SOURCE")
            for test in self.chosen_units(drawn):
                if self.is_killed(test, watched, sanitized) if \
                        test.is_sanitized else \
                        self.is_killed(test, plain, folder):
                    return "killed", test.name
        return OPEN, ""

    def meet_processes(self, drawn):
        """The same, of a mutant that survived the units."""
        with self.workshop.folder() as folder:
            replaced = self.compile(drawn, folder)
            for test in self.chosen_processes(drawn):
                if self.is_killed(test, replaced, folder):
                    return "killed", test.name
        return "survived", ""


class Run:
    """A sample, and what became of it."""

    def __init__(self, number, sample, judge, results):
        self.number, self.judge, self.results = number, judge, results
        self.sample = iter(sample)
        self.equivalent = {tuple(e[:3]) for e in equivalent_list()}
        self.lock = threading.RLock()
        self.found = {}     # number in the sample: (what, drawn)
        self.open = []      # numbers of those that are to meet processes
        self.busy = 0

    def counted(self):
        return sum(what in ("killed", "survived", OPEN, None)
                   for what, _ in self.found.values())

    def take(self):
        """The next mutant; None if there are enough, if all of them count."""
        if self.counted() >= self.number:
            return None
        drawn = next(self.sample, None)
        if drawn is None:
            sys.exit("there are not so many mutants")
        self.found[len(self.found) + 1] = (None, drawn)
        return len(self.found)

    def note(self, number, what, by, is_new):
        with self.lock:
            drawn = self.found[number][1]
            self.found[number] = (what, drawn)
            if is_new or what in (OPEN, "survived"):
                say(f"{number}: {drawn.file}:{drawn.line}: {what} {by}")
            if what in (OPEN, "survived"):
                say(f"\t- {drawn.old}\n\t+ {drawn.new}")
            if what == OPEN:
                self.open.append(number)

    def known(self, drawn):
        """What is known of a mutant, and still true."""
        if (drawn.file, drawn.old, drawn.new) in self.equivalent:
            return {"what": "equivalent", "by": ""}
        known = self.results.mutants.get(drawn.key)
        if known and known["what"] in (OPEN, "survived") and \
                known["state"] != self.judge.state(drawn):
            return None
        return known

    def first(self, number):
        """Let a mutant meet the units, if that is to be done."""
        drawn = self.found[number][1]
        known = self.known(drawn)
        what, by = (known["what"], known["by"]) if known else \
            self.judge.meet_units(drawn)
        if not known:
            self.results.add(drawn, what=what, by=by,
                             state=self.judge.state(drawn))
        self.note(number, what, by, not known)

    def second(self, number):
        """Let it meet the processes."""
        drawn = self.found[number][1]
        what, by = self.judge.meet_processes(drawn)
        self.results.add(drawn, what=what, by=by,
                         state=self.judge.state(drawn))
        self.note(number, what, by, True)

    def job(self, units_first):
        """What to do next, and with which mutant; or None."""
        with self.lock:
            number = self.take() if units_first or not self.open else None
            if number is None and not self.open:
                return None
            self.busy += 1
            return (self.second, self.open.pop(0)) if number is None else \
                (self.first, number)

    def serve(self, units_first):
        """Do what there is, until nobody can add to that."""
        while True:
            job = self.job(units_first)
            if job is not None:
                try:
                    job[0](job[1])
                finally:
                    with self.lock:
                        self.busy -= 1
            elif self.busy == 0:
                return
            else:
                time.sleep(0.1)

    def work(self):
        with concurrent.futures.ThreadPoolExecutor(PARALLEL) as pool:
            list(pool.map(self.serve, [n == 0 for n in range(PARALLEL)]))

    def count(self, what):
        return sum(w == what for w, _ in self.found.values())

    def summary(self):
        return (f"{self.count('killed')} of {self.counted()} mutants killed:"
                f" {self.count('killed') / max(1, self.counted()):.3f};"
                f" {self.count(OPEN)} met only units; not counted:"
                f" {self.count('equivalent')} equivalent,"
                f" {self.count('same')} compile to the same,"
                f" {self.count('broken')} do not compile")


def read_number(word, what, least, most):
    if not (word.isascii() and word.isdigit() and least <= int(word) <= most):
        sys.exit(f"./run mutate: {word}: {what} is from {least} to {most}")
    return int(word)


def main(number="200", seed="1", *others):
    if others:
        sys.exit(f"./run mutate: {others[0]}: too much; see ./run help")
    number = read_number(number, "the number of mutants", 1, 10000)
    seed = read_number(seed, "a seed", 0, 2**32)
    os.umask(0o022)
    results = Results()
    workshop = Workshop()
    texts = {str(p.relative_to(TREE)): p.read_text()
             for pattern in FILES for p in TREE.glob(pattern)}
    run = Run(number, draw(seed, texts),
              Judge(workshop, texts, results), results)
    os.setpriority(os.PRIO_PROCESS, 0, 19)
    run.work()
    survivors = [f"{d.file}:{d.line}\n\t- {d.old}\n\t+ {d.new}"
                 for what, d in run.found.values() if what == "survived"]
    print("\nSurvivors:" if survivors else "")
    print("\n".join(sorted(survivors)))
    print(run.summary())
    return run.count("killed") >= ACCEPTED * run.counted()


if __name__ == "__main__":
    sys.exit(0 if main(*sys.argv[1:]) else 1)
