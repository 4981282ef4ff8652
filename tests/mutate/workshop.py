# SPDX-License-Identifier: ISC
"""
Workshop: a copy of the tree with its build, where mutants are made and tested.

Nothing in it changes while mutants are tried.  Of a mutant only its object is
compiled, without ccache, and only the programs of the test at hand are linked,
with the commands of ninja in which the object is another one.  The test sees
them where the original programs are: they are mounted over them.

A mutant can do anything, so tests run without a network, in namespaces that end
with them, and can write only to /tmp, which is another one.
"""

import collections
import hashlib
import json
import os
import pathlib
import resource
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
WORK = TOP / "build-mutate"
TREE = WORK / "tree"
BUILD = "build"
# Kinds of tests for which mutants are linked with AddressSanitizer; only their
# own objects are compiled for it.  Those that fail allocations count them
# themselves.
SANITIZED = {"unit", "vectors", "fuzz"}
SANITIZER = ("-fsanitize=address,undefined", "-fno-omit-frame-pointer")
ENVIRONMENT = {
    "ASAN_OPTIONS": "detect_leaks=1:detect_stack_use_after_return=1:"
                    "hard_rss_limit_mb=3000",
    "UBSAN_OPTIONS": "halt_on_error=1",
    "PYTHONDONTWRITEBYTECODE": "1",
}
# Run a command with programs mounted over others, another /tmp, and nothing
# else to write to; the workshop ($0) may be below /tmp.
CELL = """
mount --make-rprivate / || exit 125
while [ "$1" != -- ]; do
	mount --bind "$1" "$2" && shift 2 || exit 125
done
shift
mount --rbind "$0" /mnt &&
mount -t tmpfs -o size=4g,mode=1777 tmpfs /tmp && mkdir -p "$0" &&
mount --rbind /mnt "$0" && umount -R /mnt && mount -o remount,bind,ro "$0" &&
mount -o remount,bind,ro / && ip link set lo up && cd "$PWD" || exit 125
exec "$@"
"""
NOT_MOUNTED = 125
SKIPPED = 77    # as sanitizers or the machine do not allow the test

Outcome = collections.namedtuple("Outcome", "passes seconds cpu")


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


def update_tree():
    """Make the copy the same as the original."""
    TREE.mkdir(parents=True, exist_ok=True)
    # Tests of processes become users who must come this far.
    for folder in (WORK, TREE):
        folder.chmod(0o755)
    paths = list_files()
    old = {str(pathlib.Path(folder, name).relative_to(TREE))
           for top in TREE.iterdir() if top.name != BUILD
           for folder, _, names in
           (os.walk(top) if top.is_dir() else [(TREE, (), [top.name])])
           for name in names}
    for path in old - set(paths):
        (TREE / path).unlink()
    for path in paths:
        source, copy = TOP / path, TREE / path
        if copy.exists() and copy.read_bytes() == source.read_bytes() and \
                copy.stat().st_mode == source.stat().st_mode:
            continue
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(source.read_bytes())
        copy.chmod(source.stat().st_mode)


class Test:
    """A test of meson."""

    def __init__(self, build, entry, targets):
        self.build = build
        self.name = entry["name"]
        self.command = entry["cmd"]
        self.environment = entry["env"]
        suites = [s.rpartition(":")[2] for s in entry["suite"]]
        self.kind, self.rooms = suites[0], set(suites)
        self.is_sanitized = self.can_be_sanitized = self.kind in SANITIZED
        self.programs = [os.path.relpath(path, build.folder)
                         for t in entry["depends"] for path in targets[t]]

    def run(self, mounts, cpu, seconds, writable=False, environment=None):
        """The outcome of a test that may take so long.

        mounts: programs, and those that they are mounted over.
        """
        def limits():
            resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 5))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 30, 1 << 30))
            if not self.is_sanitized:
                resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))
        command = ["unshare", "--mount", "--net", "--pid", "--fork",
                   "--mount-proc", "--kill-child", "sh", "-c",
                   CELL.replace(",ro", ",rw") if writable else CELL,
                   str(WORK)]
        for program, original in mounts:
            command += [str(program), str(self.build.folder / original)]
        began = time.monotonic()
        process = subprocess.Popen(
            command + ["--"] + self.command, cwd=self.build.folder,
            preexec_fn=limits, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
            env=os.environ | ENVIRONMENT | self.environment |
            {"TMPDIR": "/tmp", "PWD": str(self.build.folder)} |
            (environment or {}))
        status, usage = wait(process, began + seconds)
        if status == NOT_MOUNTED:
            sys.exit(f"{self.name}: its file system cannot be made")
        return Outcome(status in (0, SKIPPED), time.monotonic() - began,
                       usage.ru_utime + usage.ru_stime)


def wait(process, end):
    """Wait for a process until then: its status, and what it used."""
    pause = 0.01
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid != 0:
            process.returncode = os.waitstatus_to_exitcode(status)
            return process.returncode, usage
        if time.monotonic() > end:
            os.killpg(process.pid, signal.SIGKILL)
            end = time.monotonic() + 600
        time.sleep(pause)
        pause = min(0.5, pause * 1.2)


class Build:
    """The build of the copy."""

    def __init__(self):
        self.folder = TREE / BUILD
        self.digests = {}

    def command(self, *arguments, check=True):
        done = subprocess.run(arguments, cwd=self.folder, text=True,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
        if check and done.returncode != 0:
            sys.exit(f"{' '.join(arguments)}:\n{done.stdout[-4000:]}")
        return done.stdout if done.returncode == 0 else None

    def prepare(self):
        """Configure it; find the tests, and how their programs are made."""
        if not (self.folder / "build.ninja").exists():
            self.folder.mkdir(exist_ok=True)
            self.command("meson", "setup", ".", str(TREE), "-Dwerror=true",
                         "-Dtests=enabled")
        self.command("ninja", "build.ninja")
        introspect = json.loads(self.command(
            "meson", "introspect", "--tests", "--targets"))
        targets = {t["id"]: t["filename"] for t in introspect["targets"]}
        self.tests = [Test(self, entry, targets)
                      for entry in introspect["tests"]]
        self.compilers = {}     # source: [(its object, compiler, options)]
        for entry in json.loads(
                (self.folder / "compile_commands.json").read_text()):
            source = os.path.relpath(self.folder / entry["file"], TREE)
            words = shlex.split(entry["command"])
            words = words[words[0].endswith("ccache"):]
            del words[words.index("-MD"):]
            self.compilers.setdefault(source, []).append(
                (entry["output"], words))
        self.archives = {}      # archive: command
        self.links = {}         # program: command
        for line in self.command("ninja", "-t", "commands").split("\n"):
            words = shlex.split(line) if " -c " not in line else []
            if "csrDT" in words or "csrD" in words:
                words = words[words.index("&&") + 1:]
                self.archives[words[2]] = words
            elif "-o" in words:
                self.links[words[words.index("-o") + 1]] = words
        self.objects = {p: self.objects_of(p) for t in self.tests
                        for p in t.programs if p in self.links}

    def objects_of(self, program):
        found = set()
        for word in self.links[program]:
            found |= {word} | set(self.archives.get(word, ()))
        return {w for w in found if w.endswith(".o")}

    def make(self, programs):
        """Build original programs."""
        self.command("ninja", "-j2", *programs)

    def digest_of(self, program):
        if program not in self.digests:
            self.digests[program] = digest(
                (self.folder / program).read_bytes())
        return self.digests[program]

    def relevant(self, test, objects):
        """Whether any of these objects can be in a program of a test."""
        return any(objects & self.objects.get(p, set())
                   for p in test.programs)

    def compile(self, source, text, folder, *options):
        """Compile another text of a source: {object: the new one} or None."""
        made = {}
        for number, (original, words) in enumerate(self.compilers[source]):
            place = pathlib.Path(folder, str(number))
            place.mkdir(parents=True, exist_ok=True)
            file = place / pathlib.Path(source).name
            name = os.path.relpath(TREE / source, self.folder)
            file.write_text(f'# 1 "{name}"\n{text}')
            made[original] = str(place / pathlib.Path(original).name)
            if self.command(*words, "-g0", "-w", *options, "-iquote",
                            str((TREE / source).parent), "-o", made[original],
                            "-c", str(file), check=False) is None:
                return None
        return made

    def link(self, program, replaced, folder, *options):
        """Link a program with replaced objects: its path."""
        place = pathlib.Path(folder, "linked")
        place.mkdir(parents=True, exist_ok=True)
        words = []
        for word in self.links[program]:
            if word in self.archives and \
                    any(o in replaced for o in self.archives[word]):
                archive = place / word.replace("/", "+")
                if not archive.exists():
                    new = f"{archive}.{threading.get_ident()}"
                    command = self.archives[word]
                    self.command(command[0], "csrDT", new,
                                 *(str(self.folder / replaced.get(o, o))
                                   for o in command[3:]))
                    os.rename(new, archive)
                word = str(archive)
            words.append(replaced.get(word, word))
        made = place / program.replace("/", "+")
        words[words.index("-o") + 1] = str(made)
        self.command(*words, *options)
        return made


class Workshop:
    """The copy, its build, and folders for mutants."""

    def __init__(self):
        update_tree()
        for old in WORK.glob("mutant.*"):
            shutil.rmtree(old)
        self.build = Build()
        self.build.prepare()

    def folder(self):
        """A folder for one mutant, that goes in the end."""
        made = tempfile.TemporaryDirectory(dir=WORK, prefix="mutant.")
        os.chmod(made.name, 0o755)
        return made
