#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""usage: make_logs.py BUILD-DIRECTORY FOLDER

Make the log lines and the audit file that tests/formats keeps of a version:
by the milter itself, for the messages of tests/mta/test_doctor.py.
"""

import os
import sys

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path.insert(0, os.path.join(TOP, "mta"))
import test_doctor  # noqa: E402


def lines(path):
    """Decisions in a log, without what comes before them."""
    with open(path, encoding="utf-8") as file:
        for line in file:
            for mark in ("qid=", '{"qid"', '{"time"'):
                if mark in line:
                    yield line[line.index(mark):]
                    break


def make(kind, folder):
    case = test_doctor.DoctorTest()
    case.setUp()
    options = {"log": "", "log.json": "log_format = json"}[kind]
    case.send_all(f'audit_file = "{case.audit}"\n{options}')
    for name, path in ((kind, case.service.log), ("audit", case.audit)):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.writelines(lines(path))
    case.doCleanups()


def main():
    test_doctor.DoctorTest.build, folder = sys.argv[1:]
    for kind in ("log", "log.json"):
        make(kind, folder)


if __name__ == "__main__":
    main()
