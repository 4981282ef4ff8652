#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""run.py [all] [TOOL...] [FILE...]: static analysis, in the root of analyze.sh.

Tools: cppcheck, gcc (with -fanalyzer), shellcheck, tidy (clang-tidy); all by
default.  Files are C files, by their paths in the tree; without any, the tools
look at all files of the product, and cppcheck also at the tests.  With "all",
clang-tidy also follows paths through functions, with the checks of DEEP, which
takes far longer than all the rest, and shellcheck through scripts.

What they look for is in .clang-tidy, in tests/analyze/*.txt, and below.  A
finding fails.  The last line is "N passed, M failed".
"""

import collections
import concurrent.futures
import json
import os
import re
import resource
import shlex
import subprocess
import sys
import time

TREE = "/tree"
BUILD = "/build/meson"
SUPPRESSED = f"{TREE}/tests/analyze/cppcheck.txt"
GCC_WARNINGS = f"{TREE}/tests/analyze/gcc.txt"

# Options of the build that the analysis replaces, or that write files.
DROPPED = {"-MD", "-g", "-fdiagnostics-color=always"}
DROPPED_WITH_VALUE = {"-MF", "-MQ", "-o"}

# snprintf_s(3) and the like, which one of these wants, do not exist here.
DEEP = ("clang-analyzer-*,"
        "-clang-analyzer-security.insecureAPI.DeprecatedOrUnsafeBufferHandling")

# Files that one start of clang-tidy looks at: to start takes as long as a file.
BATCH = 16

# A job: the command, and the files for the report.
Job = collections.namedtuple("Job", "command files")


def progress(text):
    started = int(os.environ.get("E2E_STARTED", time.time()))
    print(f"# {int(time.time()) - started:3d}s  {text}", file=sys.stderr,
          flush=True)


def gcc_warnings(name):
    """The options of GCC_WARNINGS for a file: WARNING, or FILE WARNING."""
    with open(GCC_WARNINGS, encoding="utf-8") as file:
        rows = [line.split("#")[0].split() for line in file]
    return [row[-1] for row in rows if row and row[0] in (row[-1], name)]


def compilations():
    """Each C file of the build, and the arguments of its compiler."""
    if not os.path.exists(f"{BUILD}/build.ninja"):
        progress("meson setup")
        done = subprocess.run(
            ["meson", "setup", BUILD, TREE, "-Dtests=enabled"], check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            sys.exit(done.stdout)
    with open(f"{BUILD}/compile_commands.json", encoding="utf-8") as file:
        entries = json.load(file)
    found = {}
    for entry in entries:
        path = os.path.normpath(os.path.join(entry["directory"],
                                             entry["file"]))
        name = os.path.relpath(path, TREE)
        if name.endswith(".c"):
            found.setdefault(name, shlex.split(entry["command"]))
    return found


def compiler_options(command):
    """What the compiler needs to understand a file; no output."""
    options = []
    is_value = False
    for word in command[1:-2]:
        if is_value or word in DROPPED:
            is_value = False
        elif word in DROPPED_WITH_VALUE:
            is_value = True
        else:
            options.append(word)
    return options


def cppcheck_jobs(files, _):
    # Each file alone: across files it does not see conditions.
    for name, command in files.items():
        paths = [word for word in compiler_options(command)
                 if word.startswith(("-I", "-D"))]
        yield Job(["cppcheck", "--quiet", "--std=c11", "--inline-suppr",
                   "--library=posix,gnu,bsd", "--error-exitcode=1",
                   "--check-level=exhaustive",
                   "--enable=warning,performance,portability,style",
                   f"--library={TREE}/tests/analyze/cppcheck.cfg",
                   f"--suppressions-list={SUPPRESSED}", *paths,
                   f"{TREE}/{name}"], [name])


def gcc_jobs(files, _):
    for name, command in files.items():
        yield Job(["gcc", *compiler_options(command), "-O1", "-fanalyzer",
                   "-Werror", *gcc_warnings(name), "-o", "/dev/null", "-c",
                   f"{TREE}/{name}"], [name])


def tidy_jobs(files, is_all):
    # Besides the checks of .clang-tidy.
    deep = [f"--checks={DEEP}"] if is_all else []
    names = list(files)
    for i in range(0, len(names), BATCH):
        batch = names[i:i + BATCH]
        yield Job(["clang-tidy", "--quiet", "-p", BUILD, *deep,
                   "--warnings-as-errors=*",
                   *(f"{TREE}/{name}" for name in batch)], batch)


def shellcheck_jobs(_, is_all):
    # Its analysis of the flow takes half of the time, for five of its warnings;
    # the lint test "shell" has them, too, by whatever shellcheck is installed.
    flow = "true" if is_all else "false"
    yield Job([f"{TREE}/tests/lint/check-shell.sh", TREE,
               f"--extended-analysis={flow}"], ["scripts"])


TOOLS = {
    "cppcheck": cppcheck_jobs,
    "gcc": gcc_jobs,
    "shellcheck": shellcheck_jobs,
    "tidy": tidy_jobs,
}


def select(compiled, names, tool):
    """The files that a tool looks at, and how they are compiled."""
    return {name: command for name, command in compiled.items()
            if (name in names if names else tool == "cppcheck"
                or not name.startswith("tests/"))}


def cpu_seconds():
    """What the tools have used: how long that takes depends on the machine."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run(job):
    done = subprocess.run(job.command, cwd=BUILD, capture_output=True,
                          text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def run_tool(pool, tool, jobs):
    """Run the jobs, and print what they found; returns where."""
    progress(f"{tool}: {len(jobs)} jobs")
    found = []
    for job, (status, text) in zip(jobs, pool.map(run, jobs)):
        if status != 0:
            found.append(f"# failed: analyze: {tool}: {' '.join(job.files)}")
            print(re.sub(rf"[./]*{TREE}/", "", text), end="")
    return found


def main():
    words = sys.argv[1:]
    is_all = "all" in words
    tools = [word for word in words if word in TOOLS] or list(TOOLS)
    names = {os.path.normpath(word) for word in words
             if word != "all" and word not in TOOLS}
    compiled = compilations()
    unknown = sorted(names - set(compiled))
    if unknown:
        print("./run analyze: neither a tool nor a C file of the build: "
              + " ".join(unknown), file=sys.stderr)
        print("0 passed, 1 failed")
        sys.exit(2)
    found = []
    nfailed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for tool in tools:
            jobs = list(TOOLS[tool](select(compiled, names, tool), is_all))
            before = cpu_seconds()
            places = run_tool(pool, tool, jobs)
            print(f"{'not ok' if places else 'ok'} - {tool}: {len(jobs)} "
                  f"jobs, {len(places)} with findings", flush=True)
            progress(f"{tool}: {cpu_seconds() - before:.0f} s of CPU time")
            found += places
            nfailed += bool(places)
    print(*found, f"{len(tools) - nfailed} passed, {nfailed} failed", sep="\n")
    sys.exit(1 if nfailed else 0)


if __name__ == "__main__":
    main()
