#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""
usage: schema.py NAME FILE...

Compare the JSON in files with docs/schema/NAME.json, which is frozen: see
docs/formats.md.  The schemas are JSON Schema, of which this understands what
they use.  It is stricter than a reader should be: a member that the schema
does not have is an error, too, because a writer may not add one without
recording it there.

With SCHEMA_RECORD set to a folder, what the schema there lacks is added to it
instead; what was never seen but as null has to be completed by hand.
"""

import json
import os
import re
import sys

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
TYPES = {"null": type(None), "boolean": bool, "integer": int, "number": float,
         "string": str,
         "array": list, "object": dict}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def type_of(value):
    return next(name for name, kind in TYPES.items()
                if isinstance(value, kind))


def types_in(schema):
    types = schema.get("type", [])
    return [types] if isinstance(types, str) else types


def faults(value, schema, place):
    """Yield what is wrong with a value."""
    kind = type_of(value)
    if kind not in types_in(schema):
        yield f"{place}: {kind}, want {types_in(schema)}"
    elif kind == "object":
        members = schema["properties"]
        for name in sorted(set(schema["required"]) - value.keys()):
            yield f"{place}: no member {name}"
        for name, member in value.items():
            if name in members:
                yield from faults(member, members[name], f"{place}.{name}")
            else:
                yield f"{place}: the schema has no member {name}"
    elif kind == "array":
        for i, item in enumerate(value):
            yield from faults(item, schema["items"], f"{place}[{i}]")
    elif kind == "string":
        if "enum" in schema and value not in schema["enum"]:
            yield f"{place}: the schema has no word {value!r}"
        if schema.get("format") == "date-time" and not TIME.fullmatch(value):
            yield f"{place}: {value!r} is no time"


def record(value, schema):
    """Have a schema allow a value."""
    kind = type_of(value)
    types = set(types_in(schema)) | {kind}
    schema["type"] = (sorted(types, key=lambda name: name == "null")
                      if len(types) > 1 else kind)
    if kind == "object":
        members = schema.setdefault("properties", {})
        required = schema.setdefault("required", list(value))
        schema["required"] = [name for name in required if name in value]
        for name, member in value.items():
            record(member, members.setdefault(name, {}))
    elif kind == "array":
        items = schema.setdefault("items", {})
        for item in value:
            record(item, items)
    elif kind == "string":
        if TIME.fullmatch(value) and "format" not in schema:
            schema["format"] = "date-time"
        elif "enum" in schema and value not in schema["enum"]:
            schema["enum"].append(value)


def faults_of(value, name):
    """List what is wrong with the output of a command; or record it."""
    folder = os.environ.get("SCHEMA_RECORD")
    path = os.path.join(folder or os.path.join(TOP, "docs/schema"),
                        name + ".json")
    if folder:
        schema = {}
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                schema = json.load(file)
        record(value, schema)
        with open(path, "w", encoding="utf-8") as file:
            json.dump(schema, file, indent=1)
        return []
    with open(path, encoding="utf-8") as file:
        return list(faults(value, json.load(file), name))


def main():
    name, *paths = sys.argv[1:]
    found = []
    for path in paths:
        with open(path, encoding="utf-8") as file:
            text = file.read()
        # A command that fails before its first step prints nothing.
        found += faults_of(json.loads(text), name) if text else []
    for fault in found[:10]:
        print(fault, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
