# SPDX-License-Identifier: ISC
"""Parts of private keys, and where they are in the memory of a process."""

import base64
import os
import re

RUN = 16            # octets of a secret that must not be found
WORD = 8
CHUNK = 1 << 20
RSA_NUMBERS = ("version", "n", "e", "d", "p", "q", "dP", "dQ", "qInv")
RSA_SECRETS = ("d", "p", "q", "dP", "dQ", "qInv")


def read_der(data, at=0):
    """The content of a DER value, and what follows it."""
    length, start = data[at + 1], at + 2
    if length & 0x80:
        start += length & 0x7f
        length = int.from_bytes(data[at + 2:start], "big")
    return data[start:start + length], start + length


def read_all_der(data):
    found, at = [], 0
    while at < len(data):
        value, at = read_der(data, at)
        found.append(value)
    return found


def secrets_of(path):
    """Name to octets: the secret parts of a key file (PKCS#8 in PEM)."""
    with open(path, encoding="ascii") as file:
        text = "".join(line.strip() for line in file if "-----" not in line)
    der = base64.b64decode(text)
    info = read_all_der(read_der(der)[0])
    found = {}
    if len(info[2]) < 64:
        found["seed"] = read_der(info[2])[0]
    else:
        numbers = dict(zip(RSA_NUMBERS,
                           read_all_der(read_der(info[2])[0])))
        for name in RSA_SECRETS:
            found[name] = numbers[name].lstrip(b"\0")
    for name, value in list(found.items()):
        found[name + " reversed"] = value[::-1]
    # The beginning is the same in all keys; the modulus and e are public.
    begin = len(base64.b64encode(der[:der.index(found[
        "seed" if "seed" in found else "d"])])) // 4 * 4
    found["PEM"] = text[begin:].encode()
    return found


class Secrets:
    """What is looked for: runs of RUN octets of any secret."""

    def __init__(self, paths):
        self.values = {f"{os.path.basename(path)}: {name}": value
                       for path in paths
                       for name, value in secrets_of(path).items()}
        self.words = {}     # each run has one at an aligned address
        for name, value in self.values.items():
            for i in range(len(value) - WORD + 1):
                word = int.from_bytes(value[i:i + WORD], "little")
                self.words.setdefault(word, set()).add(name)

    def has_run(self, name, memory, at):
        """Whether RUN octets around those at that place are of the secret."""
        return any(memory[i:i + RUN] in self.values[name]
                   for i in range(max(0, at - RUN + WORD), at + 1)
                   if i + RUN <= len(memory))

    def search(self, memory, found):
        """Add the names of secrets of which there is a run."""
        words = memoryview(memory[:len(memory) // WORD * WORD]).cast("Q")
        for word in self.words.keys() & set(words):
            names = self.words[word] - found
            raw = word.to_bytes(WORD, "little")
            at = memory.find(raw)
            while names and at != -1:
                found |= {name for name in names
                          if self.has_run(name, memory, at)}
                names -= found
                at = memory.find(raw, at + 1)


def maps_of(pid):
    """(start, end) of each range that the process can read."""
    with open(f"/proc/{pid}/maps", encoding="utf-8") as file:
        for line in file:
            start, end, mode, name = re.match(
                r"([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \S+ *(.*)",
                line).groups()
            if mode[0] == "r" and name not in ("[vvar]", "[vsyscall]",
                                               "[vvar_vclock]"):
                yield int(start, 16), int(end, 16)


def search_process(pid, secrets):
    """Names of the secrets in its memory, and how many octets were read."""
    found, count = set(), 0
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as file:
        for start, end in maps_of(pid):
            at = start
            while at < end:
                size = min(CHUNK + RUN, end - at)
                try:
                    memory = os.pread(file.fileno(), size, at)
                except OSError:     # it was unmapped meanwhile
                    break
                if not memory:
                    break
                if memory.strip(b"\0"):
                    secrets.search(memory, found)
                count += len(memory)
                if len(memory) < size or at + size == end:
                    break
                at += CHUNK
    return found, count
