#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""check-hardening.py [--cet] [--fortified] FILE...: how programs were built.

Each file, a program or a shared library of a 64-bit machine, is independent of
its address, has a stack that is not executable, no memory that is writable and
executable, a table of symbols that is read-only before main() starts, guarded
stacks, and no path of its own to libraries.  With --fortified, programs call
checked functions of libc; with --cet, on x86, functions are marked as targets
of calls.  Reads the files itself, so that it needs no other tool.
"""

import os
import struct
import sys

ET_DYN = 3
EM_X86_64 = 62
PT_LOAD, PT_DYNAMIC, PT_INTERP = 1, 2, 3
PT_GNU_STACK, PT_GNU_RELRO = 0x6474E551, 0x6474E552
PF_X, PF_W = 1, 2
SHT_DYNSYM = 11
DT_RPATH, DT_TEXTREL, DT_RUNPATH = 15, 22, 29
DT_FLAGS, DT_FLAGS_1 = 30, 0x6FFFFFFB
DF_TEXTREL, DF_BIND_NOW = 4, 8
DF_1_NOW, DF_1_PIE = 1, 0x08000000
STT_FUNC = 2
SYMBOL_SIZE = 24
ENDBR64 = bytes.fromhex("f30f1efa")

# Start files of a system may have some marked functions of their own; each of
# our programs has hundreds.
FEW_MARKS = 100


class Elf:
    """What the kernel and the dynamic linker read of a file."""

    def __init__(self, data):
        if data[:5] != b"\x7fELF\x02":
            raise ValueError("not a 64-bit ELF file")
        self.data = data
        self.order = "<" if data[5] == 1 else ">"
        self.type, self.machine = self.unpack("HH", 16)
        offset, = self.unpack("Q", 32)
        size, count = self.unpack("HH", 54)
        # type, flags, offset, address, (physical), size in the file
        self.segments = [self.unpack("IIQQQQ", offset + i * size)
                         for i in range(count)]
        self.dynamic = dict(self.read_dynamic())

    def unpack(self, form, offset):
        return struct.unpack_from(self.order + form, self.data, offset)

    def segment(self, kind):
        return next((s for s in self.segments if s[0] == kind), None)

    def read_dynamic(self):
        found = self.segment(PT_DYNAMIC)
        if found is None:
            return
        for offset in range(found[2], found[2] + found[5], 16):
            tag, value = self.unpack("qQ", offset)
            if tag == 0:
                return
            yield tag, value

    def offset_of(self, address):
        for kind, _, offset, start, _, size in self.segments:
            if kind == PT_LOAD and start <= address < start + size:
                return address - start + offset
        raise ValueError(f"address {address:#x} is not in the file")

    def sections(self):
        """The type, offset, size and related section of each."""
        offset, = self.unpack("Q", 40)
        size, count = self.unpack("HH", 58)
        for at in range(offset, offset + size * count, size):
            kind, = self.unpack("I", at + 4)
            yield (kind, *self.unpack("QQI", at + 24))

    def symbols(self):
        """The names, types, sections and values of the dynamic symbols."""
        sections = list(self.sections())
        _, begin, size, names = next(s for s in sections
                                     if s[0] == SHT_DYNSYM)
        names = sections[names][1]
        for at in range(begin, begin + size, SYMBOL_SIZE):
            name, info, _, section, value = self.unpack("IBBHQ", at)
            end = self.data.index(b"\0", names + name)
            yield (self.data[names + name:end].decode("ascii"), info & 15,
                   section, value)


def memory_faults(elf):
    """What is wrong with the segments, and how they are linked."""
    flags = elf.dynamic.get(DT_FLAGS, 0)
    flags_1 = elf.dynamic.get(DT_FLAGS_1, 0)
    stack = elf.segment(PT_GNU_STACK)
    if elf.type != ET_DYN or (elf.segment(PT_INTERP) is not None
                              and not flags_1 & DF_1_PIE):
        yield "not position independent"
    if stack is None or stack[1] & PF_X:
        yield "the stack is executable"
    if any(s[0] == PT_LOAD and s[1] & PF_X and s[1] & PF_W
           for s in elf.segments):
        yield "a segment is both writable and executable"
    if elf.segment(PT_GNU_RELRO) is None:
        yield "no read-only relocations"
    if not (flags & DF_BIND_NOW or flags_1 & DF_1_NOW):
        yield "symbols are bound lazily"
    if DT_TEXTREL in elf.dynamic or flags & DF_TEXTREL:
        yield "the code has relocations"
    if DT_RPATH in elf.dynamic or DT_RUNPATH in elf.dynamic:
        yield "a path to libraries of its own"


def code_faults(elf, is_fortified, has_cet):
    """What is wrong with the code that the compiler made."""
    symbols = list(elf.symbols())
    is_program = elf.segment(PT_INTERP) is not None
    imported = {name for name, _, section, _ in symbols if section == 0}
    if "__stack_chk_fail" not in imported:
        yield "stacks are not guarded"
    if is_fortified and is_program and not any(
            name.endswith("_chk") for name in imported):
        yield "no checked functions of libc are called"
    if not has_cet or elf.machine != EM_X86_64:
        return
    if not is_program:
        for name, kind, section, value in symbols:
            if kind == STT_FUNC and section != 0 and \
                    not elf.data.startswith(ENDBR64, elf.offset_of(value)):
                yield f"{name} is not marked as a target of calls"
    elif sum(elf.data[s[2]:s[2] + s[5]].count(ENDBR64) for s in elf.segments
             if s[0] == PT_LOAD and s[1] & PF_X) < FEW_MARKS:
        yield "functions are not marked as targets of calls"


def main():
    options = {word for word in sys.argv[1:] if word.startswith("--")}
    files = [word for word in sys.argv[1:] if word not in options]
    if not files or not options <= {"--cet", "--fortified"}:
        sys.exit(__doc__.splitlines()[0])
    count = 0
    for path in files:
        with open(path, "rb") as file:
            elf = Elf(file.read())
        for fault in (*memory_faults(elf),
                      *code_faults(elf, "--fortified" in options,
                                   "--cet" in options)):
            print(f"{os.path.basename(path)}: {fault}")
            count += 1
    print(f"{len(files)} files, {count} faults")
    sys.exit(1 if count else 0)


if __name__ == "__main__":
    main()
