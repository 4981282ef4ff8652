#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""The SPF suite, from YAML to JSON that test_spf.c reads.

usage: to-json.py rfc7208-tests.yml OUTPUT

Texts become hexadecimal octets, since records hold octets that no JSON text
has.  Type SPF is gone from RFC 7208; as the suite says, records of it stand
for TXT where a name has no TXT of its own.  "TIMEOUT" is an answer that never
comes: for one type, or for all types of which no record is named before it.
"""

import json
import sys

import yaml


def octets(value):
    """Hexadecimal of a text, or of a list of texts joined."""
    if isinstance(value, list):
        value = "".join(value)
    return value.encode("latin-1").hex()


def records(entries):
    """[type, value, preference] of the entries of a name; value None: no
    answer."""
    found = []
    types = {next(iter(entry)) for entry in entries
             if isinstance(entry, dict)}
    for entry in entries:
        if entry == "TIMEOUT":
            found.append(["*", None, 0])
            continue
        kind, value = next(iter(entry.items()))
        if kind == "SPF":
            if "TXT" in types:
                continue
            kind = "TXT"
        if value == "TIMEOUT":
            found.append([kind, None, 0])
        elif value == "NONE":
            continue
        elif kind == "MX":
            found.append([kind, octets(value[1]), value[0]])
        else:
            found.append([kind, octets(value), 0])
    return found


def main():
    source, target = sys.argv[1:]
    scenarios = []
    with open(source, encoding="utf-8") as stream:
        documents = list(yaml.safe_load_all(stream))
    for document in documents:
        if not document:
            continue
        tests = []
        for name, test in document["tests"].items():
            result = test["result"]
            tests.append({
                "name": name,
                "helo": test["helo"],
                "client": test["host"],
                "sender": test["mailfrom"],
                "results": result if isinstance(result, list) else [result],
                "explanation": test.get("explanation"),
            })
        zone = {name.lower(): records(entries)
                for name, entries in document["zonedata"].items()}
        scenarios.append({
            "description": document["description"],
            "tests": tests,
            "zone": zone,
        })
    with open(target, "w", encoding="ascii") as stream:
        json.dump(scenarios, stream, indent=1)


if __name__ == "__main__":
    main()
