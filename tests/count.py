#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""count.py TESTLOG: "PASSED FAILED" of a meson testlog.json, then for each test
that failed a line "# failed: TEST: CASE" for each case, and the last lines of
its output as comments, since a long log is often cut in its middle.

A test that speaks TAP counts by its cases, another one as one.  A test that
failed as a whole (a crash, a missing plan) counts as a failure at least.
"""

import json
import re
import sys


LAST_LINES = 25


def last_lines(test):
    """What it said last: where it asserts, on standard error as a rule."""
    lines = [line for stream in ('stdout', 'stderr')
             for line in test.get(stream, '').splitlines() if line.strip()]
    return [f'#   | {line}' for line in lines[-LAST_LINES:]]


def main():
    passed = failed = 0
    report = []
    with open(sys.argv[1], encoding='utf-8') as f:
        tests = [json.loads(line) for line in f]
    for test in tests:
        output = test.get('stdout', '')
        good = len(re.findall(r'(?m)^ok\b', output))
        bad = re.findall(r'(?m)^(not ok\b.*)', output)
        if test['result'] in ('OK', 'EXPECTEDFAIL'):
            passed += max(good, 1)
        elif test['result'] != 'SKIP':
            passed += good
            cases = bad or [test['result']]
            failed += len(cases)
            report += [f'# failed: {test["name"]}: {case}' for case in cases]
            report += last_lines(test)
    print(passed, failed)
    for line in report:
        print(line)


if __name__ == '__main__':
    main()
