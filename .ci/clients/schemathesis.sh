# shellcheck shell=bash
# Schemathesis against the control plane of the sandbox, as the sandbox describes it: all checks, valid and invalid
# data, and sequences of requests. `schemathesis/findings.json` lists the findings that stay, with their reasons.
. "$JELOU_ROOT/.ci/clients/lib.sh"
here="$JELOU_ROOT/.ci/clients/schemathesis"
python_packages schemathesis schemathesis==4.32.5

# Its own exit status says whether there were findings; those are judged below.
export SCHEMATHESIS_HOOKS=hooks PYTHONPATH="$here"
# The shell in the sandbox expands them.
# shellcheck disable=SC2016
jelou sandbox run --seed 11 -- bash -c 'schemathesis run "$JELOU_API_URL/openapi.json" -H "Authorization: Bearer $JELOU_TOKEN" \
  --mode all --checks all --continue-on-failure --max-examples 100 --seed 11 --generation-database none \
  --report ndjson --report-dir report --no-color' >output 2>&1 || true
grep -E '^(API Operations|  (Selected|Tested)|Test cases|  [0-9]+ generated)' output || { tail -50 output >&2; fail "Schemathesis has not run"; }
reports=(report/*.ndjson)
python3 "$here/judge.py" "${reports[0]}" "$here/findings.json" "$JELOU_ROOT/schema/openapi.json"
