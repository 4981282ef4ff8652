# SPDX-License-Identifier: ISC
"""
Mutants of a C source file: the small changes that a test should notice.

Only the bodies of functions are changed, never comments, strings or
preprocessor lines.  The sources follow style(9), which this relies on: a
function's name and its outer braces are in column 0, its type is on the line
before.  What does not compile, or changes nothing, is for others to find out.
"""

import collections
import re

Token = collections.namedtuple("Token", "kind text start end")

# start, end: what is replaced, by new.
Mutant = collections.namedtuple("Mutant", "operator start end new")

TOKEN = re.compile(r"""
      (?P<space>\s+|/\*.*?\*/|//[^\n]*)
    | (?P<string>(?:L|u8?|U)?"(?:[^"\\\n]|\\.)*")
    | (?P<char>'(?:[^'\\\n]|\\.)*')
    | (?P<number>\.?[0-9](?:[eEpP][+-]|[0-9a-zA-Z_.])*)
    | (?P<word>[A-Za-z_]\w*)
    | (?P<mark><<=|>>=|\.\.\.|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\|
        |[-+*/%&|^]=|[^\s\w])
    """, re.DOTALL | re.VERBOSE)
DIRECTIVE = re.compile(r"^[ \t]*\#(?:[^\\\n]|\\.)*", re.DOTALL | re.MULTILINE)
FUNCTION = re.compile(r"^(?P<type>[^\n]*)\n(?P<name>\w+)\([^;{}]*?\)\n"
                      r"(?P<body>\{\n.*?^\})", re.DOTALL | re.MULTILINE)

RELATIONS = {"<": ("<=", ">="), "<=": ("<", ">"), ">": (">=", "<="),
             ">=": (">", "<"), "==": ("!=",), "!=": ("==",)}
LOGIC = {"&&": "||", "||": "&&"}
SUMS = {"+": "-", "-": "+", "+=": "-=", "-=": "+=", "++": "--", "--": "++"}
TYPES = {"bool", "char", "const", "double", "enum", "float", "int", "long",
         "short", "signed", "static", "struct", "union", "unsigned", "void",
         "va_list", "FILE", "DIR", "EVP_PKEY", "time_t", "ssize_t"}
NOT_REMOVED = {"break", "case", "continue", "default", "do", "else", "for",
               "goto", "if", "return", "switch", "while"}


def tokens_of(text, start, end):
    """The tokens between two offsets, without blanks and comments."""
    found = []
    at = start
    while at < end:
        token = TOKEN.match(text, at)
        at = token.end()
        if token.lastgroup != "space":
            found.append(Token(token.lastgroup, token[0], token.start(), at))
    return found


def partner(tokens, i):
    """The index of the parenthesis that closes the one at i."""
    depth = 0
    for j in range(i, len(tokens)):
        depth += {"(": 1, ")": -1}.get(tokens[j].text, 0)
        if depth == 0:
            return j
    return len(tokens) - 1


def is_operand(token):
    """Whether a token ends an operand, so that + and - after it are binary."""
    return token.kind in ("number", "char", "string") or \
        token.text in (")", "]") or \
        token.kind == "word" and token.text not in ("return", "case")


def marks(tokens):
    """Relations, logic, sums, and a ! that goes."""
    for i, token in enumerate(tokens):
        if token.kind != "mark":
            continue
        for new in RELATIONS.get(token.text, ()):
            yield Mutant("relation", token.start, token.end, new)
        if token.text in LOGIC:
            yield Mutant("logic", token.start, token.end, LOGIC[token.text])
        if token.text in SUMS and (len(token.text) == 2 or
                                   is_operand(tokens[i - 1])):
            yield Mutant("sum", token.start, token.end, SUMS[token.text])
        if token.text == "!":
            yield Mutant("negation", token.start, token.end, "")


def numbers(tokens):
    """Whole numbers off by one."""
    for token in tokens:
        number = re.fullmatch(r"(0[xX][0-9a-fA-F]+|[0-9]+)([uUlL]*)",
                              token.text)
        if token.kind != "number" or not number:
            continue
        octal = re.fullmatch(r"0[0-7]+", number[1])
        value = int(number[1], 8 if octal else 0)
        for other in (value + 1, value - 1):
            new = oct(other).replace("o", "") if octal else str(other)
            if other >= 0:
                yield Mutant("number", token.start, token.end,
                             new + number[2])


def conditions(text, tokens):
    """Conditions of if, while and for, negated."""
    for i, token in enumerate(tokens[:-1]):
        if token.kind != "word" or tokens[i + 1].text != "(":
            continue
        end = tokens[partner(tokens, i + 1)].start
        start = tokens[i + 1].end
        if token.text == "for":
            parts = [t for t in tokens if start <= t.start < end and
                     t.text == ";"]
            if len(parts) != 2:
                continue
            start, end = parts[0].end, parts[1].start
        elif token.text not in ("if", "while"):
            continue
        if text[start:end].strip():
            yield Mutant("condition", start, end,
                         f"!({text[start:end].strip()})")


def declares(statement):
    """Whether a statement is a declaration."""
    words = [t.text for t in statement[:3]]
    return words[0] in TYPES or words[0].endswith("_t") or \
        len(words) > 1 and statement[0].kind == statement[1].kind == "word"


def statements(tokens):
    """Each statement without a keyword, as a list of its tokens."""
    i = 1
    begins = True
    while i < len(tokens):
        token = tokens[i]
        if begins and token.text not in ("{", "}", ";") and \
                token.text not in NOT_REMOVED:
            if token.kind == "word" and tokens[i + 1].text == ":":
                i += 2
                continue
            end = i
            depth = 0
            while end < len(tokens):
                depth += {"(": 1, "{": 1, ")": -1, "}": -1}.get(
                    tokens[end].text, 0)
                if tokens[end].text == ";" and depth == 0:
                    break
                end += 1
            yield tokens[i:end + 1]
            i = end + 1
            continue
        begins = token.text in ("{", "}", ";", "else", "do")
        if token.text in ("if", "while", "for", "switch") and \
                tokens[i + 1].text == "(":
            i = partner(tokens, i + 1)
            begins = True
        elif token.text in ("return", "goto", "case", "default"):
            last = ":" if token.text in ("case", "default") else ";"
            while tokens[i].text != last:
                i += 1
            begins = True
        i += 1


def removals(text, tokens):
    """Assignments and calls that go.  Lines keep their number."""
    for statement in statements(tokens):
        if len(statement) < 2 or declares(statement):
            continue
        start, end = statement[0].start, statement[-1].end
        yield Mutant("statement", start, end,
                     ";" + "\n" * text.count("\n", start, end))


def returns(text, tokens, kind):
    """Other values returned, by the type of the function."""
    for i, token in enumerate(tokens):
        if token.text != "return" or tokens[i + 1].text == ";":
            continue
        end = next(j for j in range(i, len(tokens)) if tokens[j].text == ";")
        start, stop = tokens[i + 1].start, tokens[end].start
        value = text[start:stop]
        new = []
        if "*" in kind:
            new = ["NULL"]
        elif "bool" in kind.split():
            new = [{"true": "false", "false": "true"}.get(value,
                                                          f"!({value})")]
        elif "struct" not in kind.split():
            new = ["1"] if value == "0" else ["0", f"({value}) + 1"]
        for other in new:
            if other != value:
                yield Mutant("return", start, stop, other)


def jumps(tokens):
    """break and continue, exchanged or gone."""
    for token in tokens:
        others = {"break": ("continue", ""), "continue": ("break", "")}
        for new in others.get(token.text, ()):
            if token.kind == "word":
                yield Mutant("jump", token.start, token.end, new)


def is_idle(text, mutant):
    """Whether a mutant removes the continue that is all of a loop's body.

    It means the same, though it may compile to other code.
    """
    if text[mutant.start:mutant.end] != "continue" or mutant.new:
        return False
    tokens = tokens_of(text, text.rfind("\n{\n", 0, mutant.start) + 1,
                       mutant.start)
    return any(token.text in ("for", "while") and
               partner(tokens, i + 1) == len(tokens) - 1
               for i, token in enumerate(tokens[:-1]))


def without(text):
    """A text without directives; blanks instead keep the offsets."""
    return DIRECTIVE.sub(lambda d: re.sub(r"[^\n]", " ", d[0]), text)


def mutants(text):
    """All mutants of a file."""
    plain = without(text)
    found = []
    for function in FUNCTION.finditer(plain):
        tokens = tokens_of(plain, function.start("body"), function.end("body"))
        found += marks(tokens)
        found += numbers(tokens)
        found += conditions(plain, tokens)
        found += removals(plain, tokens)
        found += returns(plain, tokens, function["type"])
        found += jumps(tokens)
    return found


def apply(text, mutant):
    return text[:mutant.start] + mutant.new + text[mutant.end:]


def changed_lines(text, mutant):
    """(number, old, new) of the lines that a mutant changes, each as one."""
    start = text.rfind("\n", 0, mutant.start) + 1
    end = text.find("\n", mutant.end)
    old = text[start:end]
    new = text[start:mutant.start] + mutant.new + text[mutant.end:end]
    return (text.count("\n", 0, start) + 1, " ".join(old.split()),
            " ".join(new.split()))
