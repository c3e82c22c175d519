"""Half of the valid requests are led to what exists in the sandbox, under keys of their own. As they are generated,
they name random functions, and repeat their keys."""

import itertools
import json
import os
import re
import urllib.request
import uuid

import schemathesis
from schemathesis.generation.modes import GenerationMode

requests, deploys, changes = itertools.count(), itertools.count(), itertools.count()
base = os.environ["JELOU_API_URL"]


def ask(method, path, body=None):
    request = urllib.request.Request(f"{base}/v1/functions{path}", method=method)
    request.add_header("Authorization", f"Bearer {os.environ['JELOU_TOKEN']}")
    request.add_header("Content-Type", "application/json")
    request.add_header("Idempotency-Key", f'"{uuid.uuid4()}"')
    with urllib.request.urlopen(request, json.dumps(body).encode() if body else None) as answer:
        return json.load(answer)


# No request that is generated names it.
kept = f"kept-{uuid.uuid4()}"
ask("POST", "", {"slug": kept, "name": "Kept"})
ask("POST", f"/{kept}/deployments", {"entrypoint": "index.ts", "files": [{"path": "index.ts", "content": ""}]})


@schemathesis.hook
def before_call(context, case, **kwargs):
    path, method = case.operation.path, case.method
    if path == "/v1/functions/{slug}" and method == "DELETE":
        if case.path_parameters.get("slug") == kept:
            case.path_parameters["slug"] = "other-function"
        return
    if case.meta is None or case.meta.generation.mode != GenerationMode.POSITIVE:
        return
    in_sequence = case.meta.phase.name.value == "stateful"
    if not in_sequence and next(requests) % 2:
        return
    # In a sequence, the answer to an earlier request would be about what is gone.
    if re.match('"[!-~ ]+"$', str((case.headers or {}).get("Idempotency-Key", ""))):
        case.headers["Idempotency-Key"] = f'"{uuid.uuid4()}"'
    if in_sequence or "{slug}" not in path:
        return
    case.path_parameters["slug"] = kept
    if "{id}" in path:
        items = ask("GET", f"/{kept}/{'tokens' if '/tokens/' in path else 'deployments'}?limit=1000")["items"]
        case.path_parameters["id"] = items[-1]["id"]
    if "{key}" in path:
        ask("PUT", f"/{kept}/secrets", {"secrets": {case.path_parameters["key"]: "value"}})
    if path.endswith("/deployments") and method == "POST" and next(deploys) % 4:
        case.body["entrypoint"] = case.body["files"][0]["path"]
    # Times that are past are generated in some runs only.
    if method == "PATCH" and next(changes) % 4 == 0:
        case.body.clear()
        case.body["expires_at"] = "2000-01-01T00:00:00Z"
