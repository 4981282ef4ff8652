#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""manifest.py PAGE: check the YAML of a page, without a cluster.

In a manifest of Kubernetes, each field must be one of its type, with a value of
that type, as Kubernetes' own client library has them.  Of a Compose file, only
the syntax is checked.  There must be one of each.
"""

import re
import sys

import yaml
from kubernetes import client

KINDS = {("apps/v1", "Deployment"): "V1Deployment"}
SCALARS = {"str": str, "int": int, "bool": bool, "object": object}


def check(value, kind, path):
    """Complain unless the value is of that type of the client library."""
    if match := re.fullmatch(r"list\[(.*)\]", kind):
        if not isinstance(value, list):
            sys.exit(f"{path}: not a list")
        for i, element in enumerate(value):
            check(element, match[1], f"{path}[{i}]")
    elif match := re.fullmatch(r"dict\(str, (.*)\)", kind):
        if not isinstance(value, dict):
            sys.exit(f"{path}: not a map")
        for key, element in value.items():
            check(element, match[1], f"{path}.{key}")
    elif kind in SCALARS:
        if not isinstance(value, SCALARS[kind]):
            sys.exit(f"{path}: {value!r} is not of type {kind}")
    else:
        model = getattr(client, kind)
        names = {name: key for key, name in model.attribute_map.items()}
        if not isinstance(value, dict):
            sys.exit(f"{path}: not a map")
        for name, element in value.items():
            if name not in names:
                sys.exit(f"{path}.{name}: {kind} has no such field")
            check(element, model.openapi_types[names[name]],
                  f"{path}.{name}")


def main(page):
    with open(page, encoding="utf-8") as file:
        blocks = re.findall(r"^```yaml\n(.*?)^```$", file.read(), re.M | re.S)
    found = []
    for block in blocks:
        if re.match("apiVersion:|services:", block):
            document = yaml.safe_load(block)
            kind = document.get("apiVersion"), document.get("kind")
            if "services" in document:
                found.append("compose")
            else:
                check(document, KINDS[kind], kind[1])
                found.append("kubernetes")
    if sorted(found) != ["compose", "kubernetes"]:
        sys.exit(f"{page}: {found}")


main(sys.argv[1])
