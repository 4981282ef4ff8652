# SPDX-License-Identifier: ISC
"""
Seen: which unit tests execute which lines.

A test that does not execute a line cannot notice a change in it, so it need not
run.  What lines a test executes is found by gcov, and kept until its programs
change.  The counts of a child that does not end by exit() are lost, so that a
program that can fork is taken to execute all that it contains; and so is one
that failed.

Some code has no line of its own to count: of it, and of the labels of a switch,
the whole function is looked at.
"""

import concurrent.futures
import json
import pathlib
import re
import subprocess

STORE = "mutate-seen.json"


class Seen:
    def __init__(self, build, sources, folder):
        self.build = build
        self.sources = sources
        self.store = folder / STORE
        try:
            self.known = json.loads(self.store.read_text())
        except OSError:
            self.known = {}

    def save(self):
        new = self.store.with_suffix(".new")
        new.write_text(json.dumps(self.known))
        new.rename(self.store)

    def state(self, test):
        return " ".join(self.build.digest_of(p) for p in test.programs)

    def update(self, tests, workshop, results):
        """Run those tests whose programs changed."""
        old = [t for t in tests
               if self.known.get(t.name, {}).get("state") != self.state(t)]
        if not old:
            return
        print(f"# what lines do {len(old)} tests execute?", flush=True)
        with workshop.folder() as folder:
            replaced = {}
            with concurrent.futures.ThreadPoolExecutor(2) as pool:
                for made in pool.map(lambda s: self.compile(s, folder),
                                     self.sources_of(old)):
                    replaced |= made
                looks = {pool.submit(self.look, test, replaced, folder,
                                     results): test for test in old}
                for done in concurrent.futures.as_completed(looks):
                    self.known[looks[done].name] = done.result()
                    self.save()

    def sources_of(self, tests):
        """The sources of which there is something in tests."""
        return [s for s in sorted(self.sources)
                if any(self.build.relevant(t, {made})
                       for t in tests for made, _ in self.build.compilers[s])]

    def compile(self, source, folder):
        return self.build.compile(
            source, (self.build.folder.parent / source).read_text(),
            pathlib.Path(folder) / source.replace("/", "+"), "--coverage",
            "-O0")

    def look(self, test, replaced, folder, results):
        """What a test executes."""
        files = None
        if not any(self.forks(p) for p in test.programs):
            files = self.measure(test, replaced, folder, results)
        return {"state": self.state(test), "files": files}

    def forks(self, program):
        names = subprocess.run(
            ["nm", "-D", "--undefined-only", program], cwd=self.build.folder,
            check=True, text=True, stdout=subprocess.PIPE).stdout
        return re.search(r" (v?fork|clone|posix_spawnp?)(@|$)", names,
                         re.MULTILINE)

    def measure(self, test, replaced, folder, results):
        """{source: lines and functions}, None if not known."""
        mounts = []
        for program in test.programs:
            mounts.append((self.build.link(program, replaced, folder,
                                           "--coverage"), program))
        counts = pathlib.Path(folder) / ("counts." + test.name)
        counts.mkdir()
        counts.chmod(0o1777)
        outcome = test.run(mounts, 300, 1200, writable=True,
                           environment={"GCOV_PREFIX": str(counts)})
        for made, _ in mounts:
            made.unlink()
        if not outcome.passes:
            print(f"# {test.name} fails", flush=True)
            return None
        results.passes(test, outcome)
        data = list(counts.rglob("*.gcda"))
        for file in data:
            note = pathlib.Path("/", file.relative_to(counts))
            file.with_suffix(".gcno").symlink_to(note.with_suffix(".gcno"))
        found = {}
        if data:
            listed = subprocess.run(
                ["gcov", "--json-format", "--stdout"] + [str(d) for d in data],
                cwd=self.build.folder, check=True, text=True,
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            for line in listed.stdout.split("\n"):
                if line:
                    self.read(json.loads(line), found)
        return found

    def read(self, report, found):
        for file in report["files"]:
            path = (self.build.folder / file["file"]).resolve()
            try:
                source = str(path.relative_to(self.build.folder.parent))
            except ValueError:
                continue
            if source not in self.sources:
                continue
            counts = {}
            for line in file["lines"]:
                number = line["line_number"]
                counts[number] = counts.get(number, 0) + line["count"]
            found[source] = {
                "yes": sorted(n for n, c in counts.items() if c > 0),
                "no": sorted(n for n, c in counts.items() if c == 0),
                "functions": [(f["start_line"], f["end_line"])
                              for f in file["functions"]
                              if f["execution_count"] > 0]}

    def can_notice(self, test, source, first, last, is_label):
        """Whether a test may execute lines of a source."""
        known = self.known.get(test.name)
        if known is None or known["files"] is None:
            return True
        file = known["files"].get(source)
        if file is None:
            return False
        lines = range(first, last + 1)
        if any(n in file["yes"] for n in lines):
            return True
        if not is_label and any(n in file["no"] for n in lines):
            return False
        return any(start <= last and first <= end
                   for start, end in file["functions"])
