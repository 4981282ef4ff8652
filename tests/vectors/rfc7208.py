#!/usr/bin/python3
# SPDX-License-Identifier: ISC
#
# usage: rfc7208.py FILE
#
# The SPF suite as JSON for test_rfc7208: one array of scenarios, each with
# its cases and its zone; the data of a record is in hexadecimal.
#
# An SPF record of the suite (type 99, which RFC 7208 does away with) is a TXT
# record too, unless the name has TXT data of its own, as the suite wants it.

import json
import socket
import sys

import yaml


def octets(text):
    """Text of the suite: its characters are octets."""
    return text.encode("latin-1").hex()


def name(text):
    return octets(text.lower().rstrip("."))


def data(kind, value):
    if kind == "A":
        return socket.inet_pton(socket.AF_INET, value).hex()
    if kind == "AAAA":
        return socket.inet_pton(socket.AF_INET6, value).hex()
    if kind == "TXT":
        return octets(value if isinstance(value, str) else "".join(value))
    if kind == "MX":
        return name(value[1])
    return name(value)


def records(entries):
    pairs = [pair if isinstance(entry, dict) else (entry, "")
             for entry in entries
             for pair in (entry.items() if isinstance(entry, dict) else [0])]
    has_txt = any(kind == "TXT" for kind, _ in pairs)
    found = []
    for kind, value in pairs:
        if kind == "SPF":
            if has_txt:
                continue
            kind = "TXT"
        if kind == "TIMEOUT" or value == "TIMEOUT":
            found.append([kind, "TIMEOUT"])
        elif value != "NONE":
            found.append([kind, data(kind, value)])
    return found


def case(title, entry):
    results = entry["result"]
    family = socket.AF_INET6 if ":" in entry["host"] else socket.AF_INET
    return {
        "name": title,
        "helo": octets(entry["helo"]),
        "sender": octets(entry["mailfrom"] or ""),
        "client": socket.inet_pton(family, entry["host"]).hex(),
        "results": results if isinstance(results, list) else [results],
        "explanation": entry.get("explanation"),
    }


def main():
    with open(sys.argv[1], encoding="utf-8") as suite:
        scenarios = [{
            "title": part["description"],
            "cases": [case(*item) for item in part["tests"].items()],
            "zone": {owner.lower(): records(entries)
                     for owner, entries in part["zonedata"].items()},
        } for part in yaml.safe_load_all(suite)]
    json.dump(scenarios, sys.stdout)


main()
