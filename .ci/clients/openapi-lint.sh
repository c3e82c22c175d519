# shellcheck shell=bash
# Redocly and Spectral lint the description that the sandbox serves, with the rules in `openapi-lint/`.
. "$JELOU_ROOT/.ci/clients/lib.sh"
here="$JELOU_ROOT/.ci/clients/openapi-lint"
need curl:curl jq:jq
npm_packages openapi-lint @redocly/cli@2.77.0 @stoplight/spectral-cli@6.16.3
export REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true

# The shell in the sandbox expands it.
# shellcheck disable=SC2016
jelou sandbox run -- bash -c 'curl --fail --silent "$JELOU_API_URL/openapi.json"' >openapi.json

lint_redocly() { redocly lint --config "$here/redocly.yaml" "$1"; }
lint_spectral() { spectral lint --ruleset "$here/spectral.yaml" --fail-severity hint "$1"; }
lint_redocly openapi.json
lint_spectral openapi.json

# Linters that accept everything would have found nothing.
jq 'del(.servers, .paths["/v1/me"].get.summary, .paths["/v1/me"].get.tags, .tags)' openapi.json >worse.json
for lint in lint_redocly lint_spectral; do
  ! "$lint" worse.json >output 2>&1 || fail "$lint finds nothing in a description without servers and tags"
done
echo "$(jq '[.paths[] | keys[]] | length' openapi.json) operations, no finding"
