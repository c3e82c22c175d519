#!/usr/bin/env bash
# `ci-examples/gitlab/gitlab-ci.yml` run by gitlab-ci-local, which plays GitLab's runner, against a sandbox.
# shellcheck source=SCRIPTDIR/lib.sh
. "$JELOU_ROOT/.ci/clients/lib.sh"
need git:git jq:jq curl:curl rsync:rsync
# 4.75 needs a newer Node.js than 20.
npm_packages gitlab-ci-local gitlab-ci-local@4.65.1

mkdir -p repository
cp "$JELOU_ROOT/ci-examples/gitlab/gitlab-ci.yml" repository/.gitlab-ci.yml
git -C repository init --quiet
git -C repository remote add origin https://gitlab.example/group/project.git
git -C repository add .
git -C repository -c user.name=test -c user.email=test@example.com commit --quiet --message test

# shellcheck disable=SC2016 # The inner shell expands it.
jelou sandbox run -- bash -euo pipefail -c '
  unset JELOU_FUNCTION_TOKEN
  # The address in the file is that of the vendor; on GitLab a variable of the project beats it, too.
  gitlab-ci-local --cwd repository --home "$PWD/home" --force-shell-executor \
    --variable JELOU_INSTALLED=yes --variable JELOU_TOKEN="$JELOU_TOKEN" --variable JELOU_API_URL="$JELOU_API_URL" \
    --variable JELOU_GATEWAY_URL="$JELOU_GATEWAY_URL" --variable JELOU_CONFIG_DIR="$JELOU_CONFIG_DIR" \
    --variable FUNCTION_URL="$(jelou functions info my-function --jq .data.url)" \
    >log 2>&1 || { cat log; exit 1; }
  jelou sandbox journal --json >journal.json
  jelou tokens list my-function --json >tokens.json
' || fail "the pipeline failed"
check_pipeline log
echo "gitlab-ci-local ran the pipeline: a token was created, used and revoked, and no value stands in the log"
