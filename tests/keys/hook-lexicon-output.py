#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""usage: hook-lexicon-output.py HOOK [N]

What lexicon prints, and how it ends, may be anything: N random outputs for
changes by the example of a hook.  Each change is made, or fails with a reason
on one line; nothing else happens, whatever the provider has at the name.
"""

import io
import json
import os
import random
import subprocess
import sys
import tempfile
import types

NAME = "s._domainkey.example.com"
VALUE = "v=DKIM1; p=abc"
SETTINGS = """[example.com]
provider = cloudflare
auth_token = 0123456789
"""
WORDS = ("TXT", "A", NAME, "s._domainkey", VALUE, f'"{VALUE}"', '"v=DKIM1; " "p=abc"',
         "", '"', "\\", "a\nok 2", "\x1b[1m", "ü", "?token=0123456789", "id17",
         "429 Too Many Requests", "No domain found")


def load(path, conf):
    """The functions of the hook; its main prints usage."""
    module = types.ModuleType("hook")
    with open(path, encoding="utf-8") as file:
        source = file.read()
    sys.argv, sys.stderr = ["hook-lexicon"], io.StringIO()
    try:
        exec(compile(source, path, "exec"), module.__dict__)  # pylint: disable=exec-used
    except SystemExit:
        pass
    sys.stderr = sys.__stderr__
    module.CONF = conf
    return module


def value(rng, depth=0):
    """Any JSON, but often what a provider lists."""
    kind = rng.randrange(10 if depth < 3 else 4)
    if kind < 2:
        return rng.choice(WORDS)
    if kind < 4:
        return rng.choice((None, True, False, 0, 17, 1.5, -1))
    if kind < 6:
        return [value(rng, depth + 1) for _ in range(rng.randrange(4))]
    names = [name for name in ("type", "name", "content", "id", "ttl")
             if rng.random() < 0.9]
    record = {name: rng.choice(WORDS) for name in names}
    if "type" in record and rng.random() < 0.8:
        record["type"] = "TXT"
    if "name" in record and rng.random() < 0.8:
        record["name"] = NAME
    if names and rng.random() < 0.2:
        record[rng.choice(names)] = value(rng, depth + 1)
    return record


def output(rng):
    """Standard output, standard error, exit status."""
    answer = value(rng) if rng.random() < 0.3 else \
        [value(rng, 1) for _ in range(rng.randrange(4))]
    text = json.dumps(answer)
    if rng.random() < 0.1:
        text = text[:rng.randrange(len(text) + 1)]
    if rng.random() < 0.02:
        text = "[" * 100000
    if rng.random() < 0.2:
        text = rng.choice(WORDS) + "\n" + text + "\n" * rng.randrange(3)
    return (text, rng.choice(WORDS) + "\n" if rng.random() < 0.2 else "",
            0 if rng.random() < 0.9 else rng.choice((1, 2, -9)))


def run_of(rng):
    """In the place of subprocess.run()."""
    def run(command, **_):
        if rng.random() < 0.01:
            raise subprocess.TimeoutExpired(command, 50)
        stdout, stderr, status = output(rng)
        return subprocess.CompletedProcess(command, status, stdout, stderr)
    return run


def main():
    hook_path, count = sys.argv[1], int((sys.argv[2:] or ["3000"])[0])
    ends = {}
    with tempfile.TemporaryDirectory() as folder:
        conf = os.path.join(folder, "conf")
        with open(conf, "w", encoding="utf-8") as file:
            file.write(SETTINGS)
        os.chmod(conf, 0o600)
        hook = load(hook_path, conf)
        parser = hook.read_settings()
        for seed in range(count):
            rng = random.Random(seed)
            hook.subprocess.run = run_of(rng)
            try:
                hook.change(parser, rng.choice(("add", "remove")), NAME,
                            VALUE, "60")
                end = "done"
            except hook.Failure as failure:
                end = failure.status
                text = str(failure)
                assert text.isascii() and text.isprintable(), (seed, text)
                assert "0123456789" not in text, (seed, text)
            ends[end] = ends.get(end, 0) + 1
    assert {"done", 1, 75} <= set(ends), ends
    print(ends)


if __name__ == "__main__":
    main()
