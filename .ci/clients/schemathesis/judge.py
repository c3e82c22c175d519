"""Holds the findings of a run against those that are listed: every one must be listed, with its reason, and every one
that is listed must occur. Every operation must have succeeded and must have been refused."""

import base64
import collections
import json
import pathlib
import re
import sys

report, listed, document = (pathlib.Path(argument).read_text() for argument in sys.argv[1:])
listed, paths = json.loads(listed), json.loads(document)["paths"]
reached = collections.defaultdict(collections.Counter)
checks = collections.Counter()
unlisted = {}
occurred = collections.Counter()

for line in report.splitlines():
    scenario = json.loads(line).get("ScenarioFinished")
    if scenario is None:
        continue
    recorder = scenario["recorder"]
    for case, results in recorder.get("checks", {}).items():
        value = recorder["cases"][case]["value"]
        operation = f"{value['method']} {value['path']}"
        response = recorder["interactions"][case]["response"] or {}
        status = response.get("status_code")
        body = base64.b64decode((response.get("content") or {}).get("$base64", "")).decode(errors="replace")
        reached[operation][str(status)[0]] += 1
        for check in results:
            checks[check["name"]] += 1
            if check["status"] != "failure":
                continue
            finding = f"{check['name']}: {operation}: {status} {body}"
            known = [entry for entry in listed if re.search(entry["finding"], finding)]
            if known:
                occurred[known[0]["finding"]] += 1
            else:
                unlisted.setdefault(f"{check['name']}: {operation}: {status}", finding)

operations = [f"{method.upper()} {path}" for path, methods in paths.items() for method in methods]
problems = [f"not listed: {finding[:600]}" for finding in unlisted.values()]
problems += [f"listed and not found: {it['finding']}" for it in listed if not occurred[it["finding"]]]
problems += [f"never succeeded: {operation}" for operation in operations if not reached[operation]["2"]]
problems += [f"never refused: {operation}" for operation in operations if not reached[operation]["4"]]
print(f"{sum(checks.values())} checks of {len(checks)} kinds, {len(operations)} operations")
for entry in listed:
    print(f"listed, {occurred[entry['finding']]} times: {entry['finding']}\n  {entry['reason']}")
if problems:
    sys.exit("\n".join(problems))
