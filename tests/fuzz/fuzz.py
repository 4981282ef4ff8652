#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""usage: fuzz.py [TARGET MINUTES | all MINUTES | coverage]

Run fuzz targets with libFuzzer, for MINUTES of CPU time: one target, or every
target that has not reached its goal.  Without arguments, show what was spent.
coverage builds what coverage.py measures, and runs it.

The working corpus is in build-fuzz/work/TARGET and outlives a run.  When a run
ends, also by a signal, a minimal set that covers as much is put into
tests/fuzz/corpus/TARGET, and the time is added to tests/fuzz/spent.  Several
runs may share the work: none takes a target that another one has.

An input that crashes is minimized and put into the corpus, where the tests find
it until the bug is fixed.  Exit status 1 then.
"""

import contextlib
import fcntl
import hashlib
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).parent
TOP = HERE.parent.parent
CORPUS = HERE / 'corpus'
SPENT = HERE / 'spent'

# The eight that read mail, by risk; the others read what comes from DNS, from
# processes and from files.
MAIL = ('milter', 'verifier', 'signer', 'authors', 'sigfield', 'body',
        'dkim2', 'diagnose')
MAIL_MINUTES, OTHER_MINUTES = 60, 15
# Targets that can run with MemorySanitizer: they call no library that was built
# without it, but functions that bsd.c has.  The others call libcrypto, libidn2,
# libunistring, ldns or jansson, or stat(2) or fstat(2), which clang 14 does not
# know in glibc.
MSAN = ('alarms', 'config', 'dkim2', 'dns_answer', 'dns_transport',
        'history', 'hook', 'host_servers', 'ipc', 'machine', 'master',
        'pattern', 'policy', 'salesforce_id', 'self_session',
        'signers', 'state', 'taglist', 'wire')
MSAN_SHARE = 10         # per cent of the time, in addition

# What coverage.py runs besides.
ALLOC = ('test_alloc', 'test_alloc_config', 'test_alloc_dns',
         'test_alloc_message', 'test_alloc_spf')

BUILDS = {'address,undefined': 'build-fuzz', 'memory': 'build-fuzz-memory'}
SLICE = 120             # seconds after which the time is written down
MAX_FILES, MAX_OCTETS = 256, 128 * 1024         # of a corpus
# The engine's names of inputs; others are of people, and stay.
FOUND = re.compile(r'[0-9a-f]{40}$')
ENVIRONMENT = {
    'ASAN_OPTIONS': 'detect_stack_use_after_return=1:'
                    'allocator_may_return_null=1',
    'UBSAN_OPTIONS': 'halt_on_error=1:print_stacktrace=1',
}


def targets():
    """All, those first that read mail."""
    names = sorted(path.stem[5:] for path in HERE.glob('fuzz_*.c'))
    return list(MAIL) + [name for name in names if name not in MAIL]


def goal(name):
    return 60 * (MAIL_MINUTES if name in MAIL else OTHER_MINUTES)


# What was spent: a line for each target and sanitizer.

FIELDS = ('target', 'sanitizer', 'engine', 'seconds', 'runs', 'edges', 'files',
          'last')


def read_spent():
    """{(target, sanitizer): {field: value}}"""
    rows = {}
    if SPENT.exists():
        for line in SPENT.read_text(encoding='utf-8').splitlines():
            if line and not line.startswith('#'):
                row = dict(zip(FIELDS, line.split()))
                rows[row['target'], row['sanitizer']] = row
    return rows


def seconds(rows, name, sanitizer='address,undefined'):
    return int(rows.get((name, sanitizer), {}).get('seconds', 0))


def write_spent(rows):
    lines = ['# CPU time spent by ./run fuzz, in sum; the edges that the corpus '
             'covered,', '# and its files, after the last run.',
             '# ' + '\t'.join(FIELDS)]
    lines += ['\t'.join(str(row[field]) for field in FIELDS)
              for _, row in sorted(rows.items())]
    SPENT.write_text('\n'.join(lines) + '\n', encoding='utf-8')


@contextlib.contextmanager
def locked(path, wait):
    """Hold a lock; yields whether it was free."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, 'w', encoding='utf-8') as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
            return
        yield True


def add_spent(name, sanitizer, spent, more=None):
    """Add CPU seconds and runs; set further fields."""
    with locked(TOP / BUILDS['address,undefined'] / 'spent.lock', True):
        rows = read_spent()
        row = rows.setdefault((name, sanitizer), {
            'target': name, 'sanitizer': sanitizer, 'seconds': 0, 'runs': 0,
            'edges': 0, 'files': 0})
        row['seconds'] = int(row['seconds']) + round(spent[0])
        row['runs'] = int(row['runs']) + spent[1]
        row['engine'] = engine()
        row['last'] = time.strftime('%Y-%m-%d', time.gmtime())
        row.update(more or {})
        write_spent(rows)


def engine():
    version = subprocess.run(['clang', '--version'], check=True, text=True,
                             stdout=subprocess.PIPE).stdout
    return 'libFuzzer-' + re.search(r'version (\d+\.\d+)', version)[1]


# Building and running.

def make(folder, options, programs):
    """Build these programs in a build directory of clang."""
    if not (folder / 'build.ninja').exists():
        subprocess.run(
            ['meson', 'setup', folder, '-Dtests=enabled', *options],
            check=True, cwd=TOP, stdout=subprocess.DEVNULL,
            env=dict(os.environ, CC='clang'))
    made = subprocess.run(['ninja', '-C', folder, *programs], check=False,
                          text=True, stdout=subprocess.PIPE)
    if made.returncode != 0:
        sys.exit(made.stdout[-4000:])


def build(name, sanitizer):
    """The program; made if needed."""
    folder, program = TOP / BUILDS[sanitizer], f'tests/fuzz/fuzz_{name}'
    make(folder, ['-Dfuzzer=true', f'-Db_sanitize={sanitizer}',
                  '-Db_lundef=false'], [program])
    return folder / program


def coverage():
    """The exit status of coverage.py, in a build directory for it."""
    folder = TOP / 'build-coverage'
    generate = '-fprofile-instr-generate'
    make(folder, [f'-Dc_args={generate} -fcoverage-mapping',
                  f'-Dc_link_args={generate}'],
         [f'tests/fuzz/fuzz_{name}' for name in targets()] +
         [f'tests/alloc/{name}' for name in ALLOC])
    return subprocess.run([HERE / 'coverage.py', folder],
                          check=False).returncode


def execute(program, *arguments):
    """Run it in the background of the system: exit status, CPU seconds, what it
    printed, and whether we were told to end, as it was then."""
    is_told = False
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with subprocess.Popen(
            ['nice', '-n', '19', program, *arguments], cwd=program.parent,
            env=dict(os.environ, **ENVIRONMENT), text=True, errors='replace',
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        try:
            output = process.communicate()[0]
        except KeyboardInterrupt:
            is_told = True
            process.terminate()
            output = process.communicate()[0]
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (process.returncode, after.ru_utime + after.ru_stime
            - before.ru_utime - before.ru_stime, output, is_told)


class Run:
    """One target with one sanitizer."""

    def __init__(self, name, sanitizer):
        self.name, self.sanitizer = name, sanitizer
        self.program = build(name, sanitizer)
        folder = TOP / BUILDS['address,undefined']
        self.work = folder / 'work' / name
        self.crashes = folder / 'crashes' / name
        for path in self.work, self.crashes, CORPUS / name:
            path.mkdir(parents=True, exist_ok=True)
        self.options = ['-timeout=60', '-rss_limit_mb=2048', '-verbosity=1',
                        '-print_final_stats=1',
                        f'-artifact_prefix={self.crashes}/']
        words = HERE / 'dict' / name
        if words.exists():
            self.options.append(f'-dict={words}')

    def fuzz(self, wanted):
        """Whether it ran for so many CPU seconds without a crash."""
        number = 0
        while wanted > 0:
            limit = max(1, min(SLICE, round(wanted)))
            # What compares well is found by turns.
            status, spent, output, is_told = execute(
                self.program, *self.options, f'-max_total_time={limit}',
                f'-use_value_profile={number % 2}', self.work,
                CORPUS / self.name)
            number += 1
            runs = re.search(r'number_of_executed_units: (\d+)', output)
            add_spent(self.name, self.sanitizer,
                      (spent, int(runs[1]) if runs else 0))
            if is_told:
                raise KeyboardInterrupt
            if status != 0:
                self.report(output)
                return False
            wanted -= max(spent, 1)
        return True

    def report(self, output):
        """Minimize what crashed, put it into the corpus, and say so."""
        print(output[-6000:])
        found = re.search(r'Test unit written to (\S+)', output)
        if not found:
            print(f'{self.name}: failed, but left no input')
            return
        path = pathlib.Path(found[1])
        small = self.crashes / 'minimized'
        shutil.copy(path, small)
        kind = path.name.split('-')[0]
        if kind == 'crash':
            execute(self.program, '-minimize_crash=1', '-max_total_time=60',
                    f'-exact_artifact_path={small}', path)
        digest = hashlib.sha1(small.read_bytes()).hexdigest()[:8]
        kept = CORPUS / self.name / f'{kind}-{digest}'
        shutil.copy(small, kept)
        print(f'{self.name}: a {kind}; to see it again:\n'
              f'{self.program.relative_to(TOP)} {kept.relative_to(TOP)}')

    def gather(self):
        """Put a minimal set into the corpus; the edges it covers."""
        corpus, scratch = CORPUS / self.name, self.work.with_suffix('.set')
        for path in corpus.iterdir():
            shutil.copy(path, self.work)
        edges, chosen = self.choose(scratch, self.work, 1)
        if is_too_much(chosen):
            bigger = self.work.with_suffix('.more')
            shutil.rmtree(bigger, ignore_errors=True)
            scratch.rename(bigger)
            edges, chosen = self.choose(scratch, bigger, 0)
            shutil.rmtree(bigger)
        chosen.sort(key=lambda path: path.stat().st_size)
        while is_too_much(chosen):
            chosen.pop()
        for path in corpus.iterdir():
            if FOUND.match(path.name):
                path.unlink()
        for path in chosen:
            shutil.copy(path, corpus)
        shutil.rmtree(scratch)
        return {'edges': edges, 'files': len(list(corpus.iterdir()))}

    def choose(self, scratch, source, counters):
        """Copy from source what reaches more than the inputs of people: the
        edges that are reached, and what was copied."""
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir()
        for path in (CORPUS / self.name).iterdir():
            if not FOUND.match(path.name):
                shutil.copy(path, scratch)
        status, _, output, is_told = execute(
            self.program, '-set_cover_merge=1', '-rss_limit_mb=2048',
            f'-use_counters={counters}', scratch, source)
        if is_told:
            raise KeyboardInterrupt
        if status != 0:
            sys.exit(f'{self.name}: cannot merge:\n{output[-2000:]}')
        edges = re.findall(r'cov: (\d+)', output)
        return edges[-1] if edges else 0, [
            path for path in scratch.iterdir() if FOUND.match(path.name)]


def is_too_much(paths):
    return len(paths) > MAX_FILES or octets(paths) > MAX_OCTETS


def octets(paths):
    return sum(path.stat().st_size for path in paths)


def fuzz(name, wanted, sanitizer='address,undefined'):
    """Whether it ran for so many CPU seconds without a crash."""
    print(f'# {name}, {sanitizer}: {wanted / 60:.1f} minutes', flush=True)
    run = Run(name, sanitizer)
    good = False
    try:
        good = run.fuzz(wanted)
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        add_spent(name, sanitizer, (0, 0), run.gather())
    return good


def fuzz_both(name, wanted):
    return fuzz(name, wanted) and (name not in MSAN or fuzz(
        name, wanted * MSAN_SHARE / 100, 'memory'))


def run_all(minutes):
    """Whether no target crashed."""
    good = True
    for name in targets():
        lock = TOP / BUILDS['address,undefined'] / 'locks' / name
        with locked(lock, False) as is_free:
            left = goal(name) - seconds(read_spent(), name)
            if is_free and left > 0:
                good &= fuzz_both(name, min(left, 60 * minutes))
    return good


def show():
    rows = read_spent()
    print('TARGET             MINUTES   OF  EDGES  FILES  MSAN  LAST')
    for name in targets():
        row = rows.get((name, 'address,undefined'), {})
        memory = f'{seconds(rows, name, "memory") / 60:.1f}' \
            if name in MSAN else '-'
        print(f'{name:18} {seconds(rows, name) / 60:7.1f} '
              f'{goal(name) // 60:4} {row.get("edges", 0):>6} '
              f'{row.get("files", 0):>6} {memory:>5}  {row.get("last", "-")}')
    missing = sum(max(0, goal(name) - seconds(rows, name))
                  for name in targets())
    print(f'{missing / 60:.0f} minutes are missing')


def interrupt(*_):
    raise KeyboardInterrupt


def main():
    # Also in the background of a shell, which ignores SIGINT there.
    for number in signal.SIGINT, signal.SIGTERM:
        signal.signal(number, interrupt)
    arguments = sys.argv[1:]
    if not arguments:
        show()
        return 0
    if arguments == ['coverage']:
        return coverage()
    if len(arguments) != 2 or arguments[0] not in ['all', *targets()] or \
            not re.fullmatch(r'[1-9][0-9]{0,3}', arguments[1]):
        print('usage: ./run fuzz [TARGET MINUTES | all MINUTES | coverage]\n'
              'targets: ' + ' '.join(targets()), file=sys.stderr)
        return 2
    name, minutes = arguments[0], int(arguments[1])
    if name == 'all':
        return 0 if run_all(minutes) else 1
    lock = TOP / BUILDS['address,undefined'] / 'locks' / name
    with locked(lock, False) as is_free:
        if not is_free:
            sys.exit(f'{name}: another run has it')
        return 0 if fuzz_both(name, 60 * minutes) else 1


if __name__ == '__main__':
    sys.exit(main())
