#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""The mutants that operators.py makes, and the list of those that do not count.

usage: test_operators.py SOURCE_ROOT
"""

import pathlib
import sys

import operators
from mutate import equivalent_list

# A body of a function, its type, and each changed line or None.
CASES = [
    ("relations", "int", "if (a < b)", "relation",
     ["if (a <= b)", "if (a >= b)"]),
    ("equality", "int", "if (a == b)", "relation", ["if (a != b)"]),
    ("logic", "int", "x = a && b;", "logic", ["x = a || b;"]),
    ("binary sums", "int", "x = a + b;", "sum", ["x = a - b;"]),
    ("a sign is none", "int", "x = -b;", "sum", []),
    ("an arrow is none", "int", "x = a->b;", "sum", []),
    ("after a call", "int", "x = f(a) - 1;", "sum", ["x = f(a) + 1;"]),
    ("increments", "int", "i++;", "sum", ["i--;"]),
    ("a negation goes", "int", "x = !b;", "negation", ["x = b;"]),
    ("numbers", "int", "x = 10;", "number", ["x = 11;", "x = 9;"]),
    ("nothing below 0", "int", "x = 0;", "number", ["x = 1;"]),
    ("octal", "int", "x = 0644;", "number", ["x = 0645;", "x = 0643;"]),
    ("hexadecimal, unsigned", "int", "x = 0x1fu;", "number",
     ["x = 32u;", "x = 30u;"]),
    ("a fraction stays", "int", "x = 1.5;", "number", []),
    ("condition", "int", "if (f(a) > 1) {", "condition",
     ["if (!(f(a) > 1)) {"]),
    ("condition of for", "int", "for (i = 0; i < n; i++)", "condition",
     ["for (i = 0;!(i < n); i++)"]),
    ("no condition", "int", "for (;;)", "condition", []),
    ("a call goes", "int", "(void)f(a, b);", "statement", [";"]),
    ("after if", "int", "if (a) x = 1;", "statement", ["if (a) ;"]),
    ("after else", "int", "else x = 1;", "statement", ["else ;"]),
    ("after a label", "int", "case 1: x = 1;", "statement", ["case 1: ;"]),
    ("a declaration stays", "int", "size_t x = 1;", "statement", []),
    ("one of a structure", "int", "struct a *b = c;", "statement", []),
    ("int", "static int", "return r;", "return",
     ["return 0;", "return (r) + 1;"]),
    ("zero", "int", "return 0;", "return", ["return 1;"]),
    ("bool", "bool", "return a == b;", "return", ["return !(a == b);"]),
    ("true", "bool", "return true;", "return", ["return false;"]),
    ("pointer", "const char *", "return a;", "return", ["return NULL;"]),
    ("structure", "struct a", "return a;", "return", []),
    ("nothing", "void", "return;", "return", []),
    ("break", "void", "break;", "jump", ["continue;", ";"]),
    ("a string stays", "int", "f(\"a < b + 1 && return 0;\");", "relation",
     []),
    ("a character stays", "int", "c = '<';", "relation", []),
    ("a comment stays", "int", "/* a < 1 */", "relation", []),
    ("a quote in a comment", "int", "/* isn't */ if (a < b)", "relation",
     ["/* isn't */ if (a <= b)", "/* isn't */ if (a >= b)"]),
    ("a directive stays", "int", "#if A < 1", "relation", []),
]
FRAME = """\
#define A(b) \\
	((b) + 1)
static const int table[] = {{ 1, 2 }};

{}
function(int a,
    int b)
{{
{}
	g(a);
}}
"""


def check_cases():
    for name, kind, line, operator, wanted in CASES:
        text = FRAME.format(kind, line)
        found = [operators.changed_lines(text, m)
                 for m in operators.mutants(text) if m.operator == operator]
        got = [new for number, old, new in found if old == line]
        if got != wanted:
            sys.exit(f"{name}: {got}, want {wanted}")
        others = {old for _, old, _ in found} - {line, "g(a);"}
        if others:
            sys.exit(f"{name}: changes {others}")


def check_lines():
    """A statement of several lines goes, and others keep their number."""
    text = FRAME.format("int", "\tf(a,\n\t    b);\n\tx = 1;")
    for mutant in operators.mutants(text):
        after = operators.apply(text, mutant)
        if after.count("\n") != text.count("\n"):
            sys.exit(f"{mutant}: another number of lines")


IDLE = [
    ("all of a loop", "\tfor (i = 0; a[i] != ')';\n\t    i++)\n"
     "\t\tcontinue;", True),
    ("of a while loop", "\twhile (next(&i) == (b))\n\t\tcontinue;", True),
    ("behind a condition", "\tfor (;;) {\n\t\tif (a)\n\t\t\tcontinue;"
     "\n\t\tf(a);\n\t}", False),
    ("a condition is all of it", "\tfor (;;)\n\t\tif (a)\n"
     "\t\t\tcontinue;\n\t\telse\n\t\t\tf(a);", False),
]


def check_idle():
    """The only continue of a loop's body can go, and means the same."""
    for name, lines, wanted in IDLE:
        text = FRAME.format("int", lines)
        found = [operators.is_idle(text, m) for m in operators.mutants(text)
                 if m.operator == "jump" and m.new == ""]
        if found != [wanted]:
            sys.exit(f"{name}: {found}")
        if any(operators.is_idle(text, m) for m in operators.mutants(text)
               if m.operator != "jump" or m.new != ""):
            sys.exit(f"{name}: another mutant is idle")


def check_list(root):
    """Each mutant of the list can be made, and says why it does not count."""
    known = {}
    for name, old, new, why in equivalent_list():
        if len(why) < 10:
            sys.exit(f"{name}: {old}: without a reason")
        if name not in known:
            text = (root / name).read_text(encoding="utf-8")
            known[name] = {operators.changed_lines(text, m)[1:]
                           for m in operators.mutants(text)}
        if (old, new) not in known[name]:
            sys.exit(f"{name}: no such mutant: {old} -> {new}")


if __name__ == "__main__":
    check_cases()
    check_lines()
    check_idle()
    check_list(pathlib.Path(sys.argv[1]))
