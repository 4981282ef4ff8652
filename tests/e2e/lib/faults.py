# SPDX-License-Identifier: ISC
"""usage: faults.py none | repaired ID | named ID | gone ID < JSON

What countersign-doctor --json says, each command of which can be pasted into an
interactive shell.  none: there is no problem; repaired: there is a problem ID,
whose command is printed; named: there is one, without a command; gone: there is
none with that ID, and no further problem either.
"""

import json
import re
import sys

# What these tests have none of.
NOT_HERE = {"DNS", "services"}


# What is quoted with apostrophes, in double quotes, or a single character.
WORD = re.compile(r"""'[^']*'|"(?:\\.|[^"\\])*"|.""", re.DOTALL)


def expands_history(fix):
    """Whether bash(1) takes a part of it for a command of its history."""
    kept = "".join(word for word in WORD.findall(fix)
                   if not word.startswith("'"))
    return re.search(r"!\S", kept)


def main():
    want, *wanted = sys.argv[1:]
    findings = json.load(sys.stdin)["findings"]
    problems = [f for f in findings
                if f["state"] == "problem" and f["area"] not in NOT_HERE]
    for finding in findings:
        if finding["fix"] is not None and expands_history(finding["fix"]):
            print("cannot be pasted into bash:", finding["fix"])
            sys.exit(1)
    those = [f for f in problems if f["id"] in wanted]
    if want in ("none", "gone"):
        for finding in problems:
            print(json.dumps(finding, indent=1))
        sys.exit(bool(problems))
    if not those:
        print("not named; problems:", [f["id"] for f in problems])
        sys.exit(1)
    fixes = {f["fix"] for f in those}
    if want == "named":
        print(fixes)
        sys.exit(fixes != {None})
    if None in fixes:
        print("no command:", json.dumps(those, indent=1))
        sys.exit(1)
    print("\n".join(sorted(fixes)))


if __name__ == "__main__":
    main()
