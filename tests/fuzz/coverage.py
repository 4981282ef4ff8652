#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""usage: coverage.py BUILD [--check]

Measure which lines of the code that reads mail and DNS the corpora of the fuzz
targets reach, and print those that they do not.  BUILD was made by clang with
-fprofile-instr-generate -fcoverage-mapping, and replays the corpora.

Lines do not count that tests/alloc runs only if an allocation fails: it is run
with failures and without.  These are also the failures of OpenSSL that have
their cause there.

With --check, fail if a folder is below its floor.
"""

import collections
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent
FLOORS = {'lib/dkimsig': 95, 'milter/policy': 95, 'milter/spf': 95}    # %
# Variants for instructions that this CPU may lack; test_bodypath compares all.
VARIANTS = re.compile(r'/bodypath_(avx2|avx512|sse2)\.c$')


def tools():
    """llvm-profdata and llvm-cov of the version of clang."""
    version = subprocess.run(['clang', '-dumpversion'], check=True, text=True,
                             stdout=subprocess.PIPE).stdout.split('.')[0]
    return [f'llvm-{tool}-{version}' for tool in ('profdata', 'cov')]


def run(program, arguments, profile, **environment):
    subprocess.run([program, *arguments], check=False, timeout=300,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                   env=dict(os.environ, LLVM_PROFILE_FILE=str(profile),
                            **environment))


def lines_of(programs, profiles, scratch):
    """{file: {line: how often it ran}} of the folders with floors."""
    profdata, cov = tools()
    merged = pathlib.Path(scratch) / 'merged'
    subprocess.run([profdata, 'merge', '-o', merged, *profiles], check=True)
    objects = [word for program in programs
               for word in ('-object', program)][1:]
    exported = subprocess.run(
        [cov, 'export', '-format=lcov', f'-instr-profile={merged}', *objects],
        check=True, text=True, stdout=subprocess.PIPE).stdout
    lines = collections.defaultdict(dict)
    for line in exported.splitlines():
        word, _, rest = line.partition(':')
        if word == 'SF':
            name = os.path.relpath(rest, TOP)
        elif word == 'DA' and name.startswith(tuple(FLOORS)):
            number, count = rest.split(',')[:2]
            lines[name][int(number)] = int(count)
    return lines


def covered(lines):
    return {(name, number) for name in lines
            for number, count in lines[name].items() if count > 0}


def measure(build, scratch):
    """The lines, and those that only a failed allocation leads to."""
    fuzzers = sorted(build.glob('tests/fuzz/fuzz_*[!p]'))
    fuzzers = [path for path in fuzzers if path.is_file()]
    alloc = [path for path in sorted(build.glob('tests/alloc/test_*'))
             if path.is_file()]
    jobs = [(path, [HERE / 'corpus' / path.name[5:]], scratch / path.name, {})
            for path in fuzzers]
    jobs += [(path, [], scratch / f'{path.name}.{kind}', environment)
             for path in alloc for kind, environment in
             (('failing', {}), ('well', {'FAILING_NEVER': '1'}))]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(lambda job: run(*job[:3], **job[3]), jobs))
    failing, well = (covered(lines_of(alloc, [
        scratch / f'{path.name}.{kind}' for path in alloc], scratch))
        for kind in ('failing', 'well'))
    return lines_of(fuzzers, [scratch / path.name for path in fuzzers],
                    scratch), failing - well


def report(lines, left_out, uncovered):
    """The folders that are below their floors."""
    low = []
    print('LINES  EXCLUDED  REACHED  PER CENT')
    for folder, floor in FLOORS.items():
        sums = [0, 0, 0]
        for name in sorted(lines):
            if not name.startswith(folder + '/'):
                continue
            mine = len(lines[name])
            out = len([line for line in left_out if line[0] == name])
            missed = len([line for line in uncovered if line[0] == name])
            sums = [a + b for a, b in zip(sums, (mine, out, missed))]
            row(mine, out, missed, name)
        row(*sums, folder)
        if 100 * sums[2] > (100 - floor) * (sums[0] - sums[1]):
            low.append(f'{folder}: below {floor} %')
    return low


def row(total, out, missed, name):
    reached = total - out - missed
    print(f'{total:5}  {out:8}  {reached:7}  '
          f'{100 * reached / max(1, total - out):8.1f}  {name}')


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as scratch:
        lines, by_failure = measure(build, pathlib.Path(scratch))
    lines = {name: counts for name, counts in lines.items()
             if not VARIANTS.search(name)}
    uncovered = {(name, number) for name in lines
                 for number, count in lines[name].items() if count == 0}
    before = set(uncovered)
    uncovered -= by_failure
    for name, number in sorted(uncovered):
        text = (TOP / name).read_text('utf-8').splitlines()[number - 1]
        print(f'{name}:{number}: {text}')
    wrong = report(lines, before - uncovered, uncovered)
    print('\n'.join(wrong))
    return 1 if wrong and '--check' in sys.argv else 0


if __name__ == '__main__':
    sys.exit(main())
