#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""usage: check-alerts.py SOURCE_ROOT

The alerts in dist/prometheus/countersign.yml and the dashboard in dist/grafana:
each metric in their queries is in a manual page; each alert has a severity,
texts, cases in tests/alerts/alerts.yml, a fault that tests/e2e/lib/alerts.py
makes, and a place in docs/operations/prometheus.md.  Each panel has an id, a
title and a text of its own, a unit, a place that no other has, and the
datasource that the reader chooses; variables in queries exist.
"""

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
    for name in ("docs/operations/prometheus.md", "tests/e2e/lib/alerts.py"):
        compare("alert", names, re.findall(r"[`\"](Countersign\w+)[`\"]",
                                           read(name)), name)


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


metrics = documented()
check_rules(metrics)
check_dashboard(metrics)
sys.exit(bad)
