#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""usage: check-alerts.py SOURCE_ROOT

The alerts in dist/prometheus/countersign.yml and the dashboard in dist/grafana:
each metric in their queries is in a manual page; each alert has a severity,
texts, cases in tests/alerts/alerts.yml, a fault of tests/e2e/lib/alerts.py that
main() there makes and after which the alert must fire, and a place in
docs/operations/prometheus.md.  Each panel has an id, a
title and a text of its own, a unit, a place that no other has, and the
datasource that the reader chooses; variables in queries exist.
"""

import ast
import json
import pathlib
import re
import sys

import yaml

root = pathlib.Path(sys.argv[1])
# Metrics of others, and what Prometheus makes of alerts.
FOREIGN = {"up", "node_textfile_mtime_seconds", "ALERTS"}
BUILT_IN = {"__rate_interval"}
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
UNITS = {"cps", "none", "percentunit", "s"}
bad = 0


def complain(text):
    global bad
    bad = 1
    print(text)


def read(name):
    return (root / name).read_text(encoding="utf-8")


def documented():
    """Our metrics, with the suffixes that histograms have."""
    names = set()
    for page in ("countersign-metrics.8", "countersign-key.8"):
        for line in re.findall(r"(?m)^\.It Li (countersign_.*)$",
                               read(f"man/{page}")):
            names |= set(line.split(" , "))
    return names | {name + "_bucket" for name in names
                    if name.endswith("duration_seconds")}


def check_query(where, query, known):
    plain = re.sub(r'"[^"]*"', "", query)
    used = set(re.findall(r"\b(?:countersign_\w+|up|ALERTS|node_\w+)\b", plain))
    for name in sorted(used - known - FOREIGN):
        complain(f"{where}: no metric {name}")
    if not used:
        complain(f"{where}: no metric in {query!r}")


def column(function, variable):
    """What a loop of the function over a table gives to a variable."""
    for loop in ast.walk(function):
        if isinstance(loop, ast.For) and isinstance(loop.target, ast.Tuple):
            names = [getattr(part, "id", None) for part in loop.target.elts]
            if variable in names:
                return [row.elts[names.index(variable)].value
                        for row in loop.iter.elts]
    return []


def raised(text):
    """The alerts that functions named in main() want to fire."""
    functions = {part.name: part for part in ast.parse(text).body
                 if isinstance(part, ast.FunctionDef)}
    named = {part.id for part in ast.walk(functions["main"])
             if isinstance(part, ast.Name)}
    for name in sorted(named & functions.keys()):
        for call in ast.walk(functions[name]):
            words = [getattr(argument, "id", None) for argument in call.args] \
                if isinstance(call, ast.Call) else []
            if words[1:3] != ["fires", "world"]:
                continue
            if isinstance(call.args[3], ast.Constant):
                yield call.args[3].value
            else:
                yield from column(functions[name], words[3])


def try_raised():
    text = ("def a(): results.add('x', fires, world, 'One')\n"
            "def b():\n for n, w in (('Two', 1), ('Three', 2)):\n"
            "  results.add(w, fires, world, n)\n"
            "def c(): results.add('x', fires, world, 'Four')\n"
            "def d(): results.add('Five', ends, world, 'Six')\n"
            "def main():\n for f in (a, b): f()\n d()\n")
    if sorted(raised(text)) != ["One", "Three", "Two"]:
        complain(f"alerts are read wrongly: {list(raised(text))}")


def compare(what, ours, others, where):
    for name in sorted(set(ours) ^ set(others)):
        complain(f"{what} {name}: only in "
                 f"{where if name in others else 'the rules'}")


def check_rules(known):
    rules = [rule for group in
             yaml.safe_load(read("dist/prometheus/countersign.yml"))["groups"]
             for rule in group["rules"]]
    names = [rule["alert"] for rule in rules]
    if len(rules) < 10 or len(set(names)) != len(names):
        complain(f"{len(rules)} alerts, {len(set(names))} names")
    for rule in rules:
        check_query(rule["alert"], rule["expr"], known)
        if rule["labels"].get("severity") not in ("critical", "warning"):
            complain(f"{rule['alert']}: no severity")
        texts = rule["annotations"]
        if set(texts) != {"summary", "description"} or "" in texts.values():
            complain(f"{rule['alert']}: needs a summary and a description")
    cases = [case["name"] for case in
             yaml.safe_load(read("tests/alerts/alerts.yml"))["tests"]]
    compare("alert", names, cases, "tests/alerts/alerts.yml")
    name = "docs/operations/prometheus.md"
    compare("alert", names, re.findall(r"`(Countersign\w+)`", read(name)),
            name)
    name = "tests/e2e/lib/alerts.py"
    compare("alert", names, raised(read(name)), name)


def overlap(one, other):
    return one["x"] < other["x"] + other["w"] and \
        other["x"] < one["x"] + one["w"] and \
        one["y"] < other["y"] + other["h"] and \
        other["y"] < one["y"] + one["h"]


def check_panel(panel, known, variables):
    where = f"panel {panel['id']} {panel['title']!r}"
    place = panel["gridPos"]
    if place["x"] + place["w"] > 24:
        complain(f"{where}: wider than the page")
    if panel["type"] == "row":
        return
    if panel["fieldConfig"]["defaults"].get("unit") not in UNITS:
        complain(f"{where}: no unit that this check knows")
    if not panel.get("description") or not panel["targets"]:
        complain(f"{where}: needs a description and a query")
    refs = [target["refId"] for target in panel["targets"]]
    if len(set(refs)) != len(refs):
        complain(f"{where}: a refId appears twice")
    for target in panel["targets"]:
        if target["datasource"] != DATASOURCE or \
                panel["datasource"] != DATASOURCE:
            complain(f"{where}: not the datasource that the reader chooses")
        check_query(where, target["expr"], known)
        for name in re.findall(r"\$\{?(\w+)", target["expr"]):
            if name not in variables | BUILT_IN:
                complain(f"{where}: no variable {name}")


def check_dashboard(known):
    board = json.loads(read("dist/grafana/countersign.json"))
    variables = {variable["name"]: variable
                 for variable in board["templating"]["list"]}
    if variables["datasource"]["type"] != "datasource" or \
            variables["datasource"]["query"] != "prometheus":
        complain("the dashboard has no variable for its datasource")
    for variable in variables.values():
        if variable["type"] == "query":
            check_query(f"variable {variable['name']}",
                        variable["query"]["query"], known)
            if variable["datasource"] != DATASOURCE:
                complain(f"variable {variable['name']}: datasource")
    panels = board["panels"]
    for key in ("id", "title"):
        values = [panel[key] for panel in panels]
        if len(set(values)) != len(values) or "" in values:
            complain(f"the dashboard: a panel's {key} is not its own")
    for number, panel in enumerate(panels):
        check_panel(panel, known, set(variables))
        for other in panels[:number]:
            if overlap(panel["gridPos"], other["gridPos"]):
                complain(f"panels {panel['id']} and {other['id']} overlap")
    if len(panels) < 10 or not board["uid"] or not board["title"]:
        complain("the dashboard has no panels, uid or title")


try_raised()
metrics = documented()
check_rules(metrics)
check_dashboard(metrics)
sys.exit(bad)
