#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""usage: schemas.py SCHEMAS FOLDER

What programs that read the JSON of an earlier version rely on.  FOLDER/schema
has the schemas of that version; in SCHEMAS, docs/schema of this one, each of
them must still exist, with each member, of the same types, required where it
was; members may be added.  The tests compare what commands print with SCHEMAS.

The comparison is tried first, with changes that it must refuse.
"""

import copy
import json
import os
import sys

KNOWN = {"$schema", "description", "format", "items", "properties",
         "required", "type"}


def types(schema):
    found = schema["type"]
    return {found} if isinstance(found, str) else set(found)


def lost(then, now, place):
    """Yield what the later schema does not promise any more."""
    for name in sorted((then.keys() | now.keys()) - KNOWN):
        yield f"{place}: {name} is unknown to this test"
    if types(then) != types(now):
        yield f"{place}: {sorted(types(now))}, was {sorted(types(then))}"
    if then.get("format") != now.get("format"):
        yield f"{place}: format {now.get('format')}, was {then.get('format')}"
    for name in then.get("required", []):
        if name not in now.get("required", []):
            yield f"{place}: {name} is not always there any more"
    for name, member in then.get("properties", {}).items():
        if name in now.get("properties", {}):
            yield from lost(member, now["properties"][name],
                            f"{place}.{name}")
        else:
            yield f"{place}: no member {name}"
    if "items" in then:
        if "items" in now:
            yield from lost(then["items"], now["items"], place + "[]")
        else:
            yield f"{place}: nothing is said about its items"


def schemas_within(schema):
    yield schema
    for member in schema.get("properties", {}).values():
        yield from schemas_within(member)
    if "items" in schema:
        yield from schemas_within(schema["items"])


def changes(schema):
    """Yield the schema with one wrong change each, and what it is."""
    for i, part in enumerate(schemas_within(schema)):
        def changed(number=i):
            whole = copy.deepcopy(schema)
            return whole, list(schemas_within(whole))[number]
        whole, here = changed()
        here["type"] = sorted(types(here) ^ {"null"}) or ["string"]
        yield "type", whole
        for name in part.get("properties", {}):
            whole, here = changed()
            del here["properties"][name]
            yield f"member {name}", whole
        for name in part.get("required", []):
            whole, here = changed()
            here["required"].remove(name)
            yield f"required {name}", whole
        for name in {"format", "items"} & part.keys():
            whole, here = changed()
            del here[name]
            yield name, whole


def wider(schema):
    """The schema, with a new member in each object."""
    whole = copy.deepcopy(schema)
    for part in list(schemas_within(whole)):
        if "properties" in part:
            part["properties"]["new"] = {"type": "string"}
            part["required"].append("new")
    return whole


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def main():
    folder, kept = sys.argv[1], os.path.join(sys.argv[2], "schema")
    names = sorted(os.listdir(kept))
    faults, ntried = [], 0
    for name in names:
        then = load(os.path.join(kept, name))
        for what, wrong in changes(then):
            ntried += 1
            if not list(lost(then, wrong, name)):
                faults.append(f"{name}: {what}: the change is not noticed")
        faults += lost(then, wider(then), name)
        try:
            faults += lost(then, load(os.path.join(folder, name)), name)
        except FileNotFoundError:
            faults.append(f"{name}: no longer exists")
    for fault in faults:
        print(f"{kept}: {fault}; docs/formats.md says what may change")
    if len(names) < 20 or ntried < 1000:
        sys.exit(f"{kept}: only {len(names)} schemas, {ntried} changes")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
