#!/usr/bin/env bash
# The inspector's command line, with the handshake of the earlier versions and without. It does not say which version was
# agreed on.
set -euo pipefail

inspect() {
  mcp-inspector --cli "$URL" --transport http --stored-auth-only "$@"
}

for era in legacy modern; do
  with=(--protocol-era "$era" --header "X-Jelou-Token: $TOKEN")
  tool=$(inspect "${with[@]}" --method tools/list | jq -er '.tools | if length == 1 then .[0].name else error end')
  inspect "${with[@]}" --method tools/call --tool-name "$tool" --tool-arg query=test |
    jq -e '.structuredContent == {"query": "test"}' >/dev/null
  echo "$era $tool"
done
inspect --method tools/list >&2 || echo refused
inspect --header "X-Jelou-Token: $REVOKED" --method tools/list >&2 || echo refused
