#!/usr/bin/env bash
# MCP clients as they come: the Python SDK, the TypeScript SDK in its two lines, and the inspector. Each connects with
# `X-Jelou-Token` in the newest version of the protocol that it speaks and in older ones, lists the tool, calls it, and
# is refused without the header and with a token that was revoked.
# shellcheck source=SCRIPTDIR/lib.sh
. "$JELOU_ROOT/.ci/clients/lib.sh"
need jq:jq

here="$JELOU_ROOT/.ci/clients/mcp"

# Runs a client against a sandbox of its own: `client VERSION… -- CMD…`. CMD gets the URL of the MCP endpoint in `URL`,
# a token in `TOKEN` and a revoked one in `REVOKED`. It prints `VERSION TOOL` for each connection that worked, and
# `refused` for each that the sandbox refused; what it prints is compared.
client() {
  local versions=() expected
  while [ "$1" != -- ]; do
    versions+=("$1")
    shift
  done
  shift
  expected=$(printf '%s my-function\n' "${versions[@]}" && printf 'refused\nrefused')
  # shellcheck disable=SC2016 # The inner shell expands it.
  jelou sandbox run -- bash -euo pipefail -c '
    TOKEN=$(jelou tokens create my-function --name mcp --quiet 2>/dev/null)
    REVOKED=$(jelou tokens create my-function --name gone --quiet 2>/dev/null)
    jelou tokens revoke my-function gone -y --quiet >/dev/null 2>&1
    URL=$(jelou functions info my-function --jq .data.mcp_url)
    export TOKEN REVOKED URL
    unset JELOU_TOKEN JELOU_FUNCTION_TOKEN
    "$@" >said
    journal=$(jelou sandbox journal --json)
    jq -e "[.data.entries[] | select(.path == \"/fn/my-function/mcp\" and .status == 401)] | length >= 2" \
      <<<"$journal" >/dev/null
    jq -e "[.data.violations[]] == []" <<<"$journal" >/dev/null
  ' client "$@" || fail "$* failed"
  [ "$(cat said)" = "$expected" ] || fail "$* said: $(cat said); expected: $expected"
  echo "$* spoke ${versions[*]}"
}

python_packages mcp-2 mcp==2.3.0
client 2026-07-28 2026-07-28 2025-11-25 -- python3 "$here/python2.py"
python_packages mcp-1 mcp==1.30.0
client 2025-11-25 -- python3 "$here/python1.py"
# The oldest that speaks streamable HTTP.
python_packages mcp-1-9 mcp==1.9.4 pydantic==2.11.10
client 2025-03-26 -- python3 "$here/python1.py"

npm_packages mcp @modelcontextprotocol/client@2.4.0 @modelcontextprotocol/sdk@1.32.2
cp "$here"/*.mjs "$npm_folder"
client 2026-07-28 2026-07-28 2025-11-25 2025-06-18 2025-03-26 2024-11-05 -- node "$npm_folder/client.mjs"
client 2025-11-25 -- node "$npm_folder/sdk.mjs"

npm_packages inspector @modelcontextprotocol/inspector@2.12.0
client legacy modern -- bash -euo pipefail "$here/inspector.sh"
