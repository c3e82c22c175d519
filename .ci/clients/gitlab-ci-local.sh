#!/usr/bin/env bash
# `ci-examples/gitlab/gitlab-ci.yml` run by gitlab-ci-local, which plays GitLab's runner, against a sandbox: as it should
# go, and with a function that fails, after which the token is revoked all the same.
# shellcheck source=SCRIPTDIR/lib.sh
. "$JELOU_ROOT/.ci/clients/lib.sh"
need git:git jq:jq curl:curl rsync:rsync
# 4.75 needs a newer Node.js than 20.
npm_packages gitlab-ci-local gitlab-ci-local@4.65.1
lay_out_release

mkdir -p repository home
cp "$JELOU_ROOT/ci-examples/gitlab/gitlab-ci.yml" repository/.gitlab-ci.yml
git -C repository init --quiet --initial-branch main
git -C repository remote add origin https://gitlab.example/group/project.git
git -C repository add .
git -C repository -c user.name=test -c user.email=test@example.com commit --quiet --message test

# Runs the pipeline in a sandbox: `pipeline [FLAG OF jelou sandbox run]…`. Its log is `log`.
pipeline() {
  local status=0
  # shellcheck disable=SC2016 # The inner shell expands it.
  jelou sandbox run --strict-faults "$@" -- bash -euo pipefail -c '
    unset JELOU_FUNCTION_TOKEN
    status=0
    # The job installs `jelou` in its own home.
    HOME=$PWD/home PATH=$1 gitlab-ci-local --cwd repository --home "$PWD/home" --force-shell-executor \
      --variable JELOU_TOKEN="$JELOU_TOKEN" --variable JELOU_API_URL="$JELOU_API_URL" \
      --variable JELOU_GATEWAY_URL="$JELOU_GATEWAY_URL" --variable JELOU_CONFIG_DIR="$JELOU_CONFIG_DIR" \
      --variable JELOU_RELEASES="$releases" --variable JELOU_VERSION="$release_version" \
      --variable JELOU_SHA256="$release_sha256" >log 2>&1 || status=$?
    jelou sandbox journal --json >journal.json
    jelou tokens list my-function --json >tokens.json
    exit "$status"
  ' pipeline "$(path_without_jelou)" || status=$?
  return "$status"
}

pipeline || fail "the pipeline ended with $?: $(cat log)"
check_pipeline log
echo "gitlab-ci-local ran the pipeline: a token was created, used and revoked, and no value stands in the log"

if pipeline --fault 'status=500 POST /fn/** x9'; then
  fail "a function that fails does not stop the pipeline: $(cat log)"
fi
grep -q 'requested URL returned error: 500' log || fail "it stopped for another reason: $(cat log)"
jq -e '[.data[].name] == ["default"]' tokens.json >/dev/null || fail "the tokens: $(cat tokens.json)"
jq -e '[.data.entries[] | select(.method == "POST" and .path == "/v1/functions/my-function/tokens" and .status == 201)]
  | length == 1' journal.json >/dev/null || fail "no token was created: $(cat journal.json)"
echo "with a function that fails the pipeline stopped, and the token was revoked"
