#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""usage: config.py PRINT_OPTIONS PRINT_DEFAULTS FOLDER [make]

The configuration of an earlier version.  FOLDER/config has files with each
option that FOLDER/names has, which must be accepted; FOLDER/defaults what
options were that no file set, which they still must be.  With "make", write the
defaults of this version instead.

preset_dir and include need files at fixed places: print_options sets the former
itself, and a pattern of the latter may match none.
"""

import glob
import os
import re
import subprocess
import sys

TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}=]|[^\s{}="#]+|#.*')
# It is set by print_options, so no file may have it.
SET = {"preset_dir"}


def options_in(text):
    """The options that are set, with the sections around them."""
    path, last, found, is_list = [], [], set(), False
    for token in TOKEN.findall(text):
        if token.startswith("#"):
            continue
        if token == "{" and is_list is None:
            is_list = True
        elif token == "{":
            # A section: its word, and perhaps its name in quotes.
            path.append(next(word for word in reversed(last)
                             if not word.startswith('"')))
        elif token == "}" and is_list:
            is_list = False
        elif token == "}":
            path.pop()
        elif token == "=":
            found.add("/".join([*path, last[-1]]))
            is_list = None
        else:
            if last and last[-1] == "include":
                found.add("include")
            is_list = False if is_list is None else is_list
        last = [*last[-1:], token]
    return found


def try_reader():
    found = options_in('a = 1 # b = 2\ns "x" { c = { "d", "e" } t { f = g } }\n'
                       'include "/x/*"\nh = "i = j"\n')
    if found != {"a", "s/c", "s/t/f", "include", "h"}:
        sys.exit(f"config.py: the reader found {sorted(found)}")


def check_files(print_options, folder):
    """Each file is accepted; which options the files have."""
    config, found, bad = os.path.join(folder, "config"), set(), 0
    for path in sorted(glob.glob(os.path.join(config, "*.conf")) +
                       [os.path.join(folder, "countersign.conf")]):
        with open(path, encoding="utf-8") as file:
            found |= options_in(file.read())
        presets = os.path.join(config, "presets")
        if path.endswith("/countersign.conf"):
            continue
        if subprocess.run([print_options, path, presets],
                          check=False).returncode != 0:
            bad = 1
    for path in glob.glob(os.path.join(config, "presets", "*.conf")):
        with open(path, encoding="utf-8") as file:
            found |= {re.sub(r"^fact/", "source/", name)
                      for name in options_in(file.read())}
    return found, bad


def main():
    try_reader()
    print_options, print_defaults, folder = sys.argv[1:4]
    path = os.path.join(folder, "defaults")
    now = subprocess.run([print_defaults], check=True, text=True,
                         capture_output=True).stdout.splitlines()
    if sys.argv[4:] == ["make"]:
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in now)
        return 0
    found, bad = check_files(print_options, folder)
    with open(os.path.join(folder, "names"), encoding="utf-8") as file:
        names = set(re.findall(r"^option (\S+)$", file.read(), re.M))
    for name in sorted(names - found - SET):
        bad = 1
        print(f"{folder}/config: no file has {name}")
    with open(path, encoding="utf-8") as file:
        then = file.read().splitlines()
    for line in then:
        if line not in now:
            bad = 1
            print(f"{path}: {line}: the default is another now, or has gone; "
                  "docs/formats.md says when it may change")
    if len(then) < 70 or len(names) < 100:
        sys.exit(f"{folder}: {len(then)} defaults, {len(names)} options")
    return bad


if __name__ == "__main__":
    sys.exit(main())
