#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""usage: check-apparmor.py SOURCE_ROOT BUILD_ROOT

The profiles in dist/apparmor: apparmor_parser accepts each, and refuses one with
an error; each program that runs long, and countersign-key, has one, in complain
mode, with its local file; and each path in them is one that is installed, that a
unit of systemd has, or that the source names.  What units may write, a profile
may write, too; the master keeps the capabilities that its cell does.  Nothing of
it is installed.

Without apparmor_parser, the profiles are not parsed; the rest is checked.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

PROGRAMS = ("fleet", "front", "key", "metrics", "milter", "signer")
# Paths of other programs, which are not in the source as they are here.
OTHERS = {
    "/etc/postfix": "postconf(1) reads it",
    "/etc/ssh/ssh_config": "ssh(1) reads it",
    "/etc/ssh/ssh_config.d": "likewise",
    "/etc/ssh/ssh_known_hosts": "likewise",
    "/proc/*/comm": "master/ask.c: who asks for a reload",
    "/proc/*/gid_map": "front/listener.c",
    "/run/systemd/notify": "NOTIFY_SOCKET of systemd",
    "/usr/share/publicsuffix": "libpsl",
    "/var/lib/countersign/metrics-milter": "docs/operations/prometheus.md",
}
# Interpreters of hooks, and what they may be below.
INTERPRETERS = {"bash", "dash", "env", "python3*", "sh"}
CREDENTIAL = re.compile(r"LoadCredentialEncrypted=([\w.]+):")
RULE = re.compile(r"^\s*(?:owner )?(@\{run\}/\S+|/\S+)\s+([a-zA-Z]+)"
                  r"(?: -> &([\w-]+))?,$")
UNIT_PATH = re.compile(r"(?<![\w@}])/[\w./-]+")


def fail(*words):
    print(*words)
    sys.exit(1)


def files(folder):
    """Profiles and abstractions: name to text."""
    found = {path.name: path.read_text() for path in
             sorted(folder.glob("countersign-*"))}
    for path in sorted((folder / "abstractions/countersign").iterdir()):
        found["abstractions/countersign/" + path.name] = path.read_text()
    return found


def rules(text):
    """(path, rights, profile) of each rule for files."""
    for line in text.split("\n"):
        word = line.split("#")[0].strip()
        if not word.startswith(("/", "@{run}")):
            continue
        match = RULE.match(word)
        if match is None:
            fail("not understood by this check:", line)
        yield match[1].replace("@{run}", "/run"), match[2], match[3]


def alternatives(path):
    """All paths that "/usr/{,local/}bin/x" and the like stand for."""
    match = re.search(r"\{([^{}]*)\}", path)
    if match is None:
        return [path]
    return [found for choice in match[1].split(",") for found in
            alternatives(path[:match.start()] + choice + path[match.end():])]


def stem(path):
    """Without the patterns for what is below a folder."""
    return re.sub(r"(?<=/)\*{1,2}$", "", path).rstrip("/")


class Known:
    """Which paths are right."""

    def __init__(self, source, build):
        info = build / "meson-info"
        options = {option["name"]: option["value"] for option in json.loads(
            (info / "intro-buildoptions.json").read_text())}
        prefix = options["prefix"]
        installed = json.loads((info / "intro-installed.json").read_text())
        # Without libpq it is not built, but its profile is there.
        if not any(path.endswith("/countersign-fleet")
                   for path in installed.values()):
            installed["fleet"] = prefix + "/sbin/countersign-fleet"
        below = {os.path.relpath(path, prefix) for path in
                 installed.values() if path.startswith(prefix + "/")}
        self.installed = {"/usr/" + path for path in below}
        self.installed |= {"/usr/local/" + path for path in below}
        self.folders = {os.path.dirname(path) for path in self.installed}
        units = [path.read_text() for path in
                 (source / "dist/systemd").iterdir()]
        self.units = set()
        for text in units:
            self.units |= set(UNIT_PATH.findall(text))
        self.writable = self.find_writable(units)
        self.units |= self.writable
        self.units |= {"/run/credentials/countersign-signer.service/" + name
                       for text in units for name in
                       CREDENTIAL.findall(text)}
        self.units.add("/run/credentials/countersign-signer.service")
        self.source = "\n".join(
            path.read_text() for room in ("lib", "milter", "keys")
            for path in sorted((source / room).rglob("*.[ch]")))

    @staticmethod
    def find_writable(units):
        """What units may write, outside of ProtectSystem=."""
        found = set()
        for name, value in re.findall(r"^(\w+)=(.*)$", "\n".join(units),
                                      re.M):
            if name == "RuntimeDirectory":
                found |= {"/run/" + word for word in value.split()}
            elif name == "StateDirectory":
                found |= {"/var/lib/" + word for word in value.split()}
            elif name == "ReadWritePaths":
                found |= {word.lstrip("-") for word in value.split()}
        return found

    def has(self, path):
        if path in self.installed or path in self.folders or \
                path in self.units or path in OTHERS:
            return True
        folder, _, name = path.rpartition("/")
        if name in INTERPRETERS and folder in ("/bin", "/usr/bin"):
            return True
        # A string, which an error may quote, or the beginning of one.
        return re.search(rf'"{re.escape(path)}(\\?"|/)',
                         self.source) is not None


def check_paths(texts, known):
    for name, text in texts.items():
        for path, _, profile in rules(text):
            # One of them is enough: /usr, or /usr/local.
            if not any(known.has(stem(each)) for each in
                       alternatives(path)):
                fail(f"{name}: {path}: nothing installs or names it")
            if profile is not None and profile not in texts:
                fail(f"{name}: there is no profile {profile}")


def check_writable(texts, known):
    allowed = {stem(each) for text in texts.values()
               for path, rights, _ in rules(text) if "w" in rights
               for each in alternatives(path)}
    for path in known.writable - allowed:
        fail(f"a unit may write {path}, and no profile")


def check_profiles(texts):
    for name in PROGRAMS:
        text = texts.get("countersign-" + name, "")
        for wanted in (
                "abi <abi/3.0>,",
                f"profile countersign-{name} /usr/{{,local/}}sbin/"
                f"countersign-{name} flags=(complain) {{",
                f"  include if exists <local/countersign-{name}>"):
            if wanted not in text.split("\n"):
                fail(f"countersign-{name}: lacks the line {wanted!r}")
    # What a child has, its master has, or it would be refused.
    for name in ("common", "front", "metrics", "signer"):
        if f"include <abstractions/countersign/{name}>" not in \
                texts["countersign-milter"]:
            fail(f"countersign-milter: lacks what is in {name}")


def check_capabilities(source, texts):
    cell = (source / "milter/master/confine.c").read_text()
    kept = cell[cell.index("kept ="):cell.index(";", cell.index("kept ="))]
    wanted = {name.lower() for name in re.findall(r"BIT\(CAP_(\w+)\)", kept)}
    text = texts["countersign-milter"]
    found = set(re.findall(r"^  capability (\w+),$", text, re.M))
    if not wanted or wanted != found:
        fail("countersign-milter: capabilities", sorted(found), "not",
             sorted(wanted), "of master/confine.c")


def parse(folder, name):
    """Whether apparmor_parser accepts it; it loads nothing."""
    return subprocess.run(
        ["apparmor_parser", "-Q", "-K", "-I", str(folder),
         str(folder / name)], check=False, capture_output=True, text=True)


def check_parsed(folder, texts):
    if shutil.which("apparmor_parser") is None:
        print("no apparmor_parser: profiles are not parsed")
        return
    for name in texts:
        if "/" in name:
            continue
        done = parse(folder, name)
        if done.returncode != 0:
            fail(f"{name}: {done.stderr}")
    with tempfile.TemporaryDirectory() as place:
        copy = pathlib.Path(place) / "apparmor"
        shutil.copytree(folder, copy)
        for wrong in ("/x rwy,", "include <abstractions/countersign/no>",
                      "capability no,"):
            (copy / "countersign-key").write_text(
                texts["countersign-key"].replace(
                    "  include if exists", f"  {wrong}\n  include if exists"))
            if parse(copy, "countersign-key").returncode == 0:
                fail(f"apparmor_parser accepts {wrong!r}")


def plant(texts, known):
    """This check finds what is wrong."""
    for path in ("/usr/{,local/}sbin/countersign-no", "/var/lib/no/**",
                 "/etc/countersign.conf", "/run/countersing/*"):
        wrong = dict(texts)
        wrong["planted"] = f"  {path} r,\n"
        pid = os.fork()
        if pid == 0:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            check_paths(wrong, known)
            os._exit(0)
        if os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0:
            fail(f"{path} was not noticed")


def main():
    source, build = map(pathlib.Path, sys.argv[1:])
    folder = source / "dist/apparmor"
    texts = files(folder)
    known = Known(source, build)
    check_profiles(texts)
    check_paths(texts, known)
    check_writable(texts, known)
    check_capabilities(source, texts)
    if any("apparmor" in path for path in known.installed):
        fail("profiles are installed, which README denies")
    check_parsed(folder, texts)
    plant(texts, known)


main()
