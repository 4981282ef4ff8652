#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""count.py TESTLOG: "PASSED FAILED" of a meson testlog.json, then a line
"# failed: TEST: CASE" for each failure.

A test that speaks TAP counts by its cases, another one as one.  A test that
failed as a whole (a crash, a missing plan) counts as a failure at least.
"""

import json
import re
import sys


def main():
    passed = 0
    failures = []
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
            failures += [f'{test["name"]}: {case}'
                         for case in bad or [test['result']]]
    print(passed, len(failures))
    for failure in failures:
        print('# failed:', failure)


if __name__ == '__main__':
    main()
