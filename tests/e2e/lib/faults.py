# SPDX-License-Identifier: ISC
"""usage: faults.py none | repaired ID | named ID | gone ID < JSON

What countersign-doctor --json says: none: there is no problem; repaired: there
is a problem ID, whose command is printed; named: there is one, without a
command; gone: there is none with that ID, and no further problem either.
"""

import json
import sys

# What these tests have none of.
NOT_HERE = {"DNS", "services"}


def main():
    want, *wanted = sys.argv[1:]
    problems = [f for f in json.load(sys.stdin)["findings"]
                if f["state"] == "problem" and f["area"] not in NOT_HERE]
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
