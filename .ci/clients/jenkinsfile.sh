#!/usr/bin/env bash
# `ci-examples/jenkins/Jenkinsfile` compiled by Groovy and played (`jenkinsfile/play.groovy`) against a sandbox: as it
# should go, and with a function that fails, after which the token is revoked all the same. Jenkins itself is in none of
# the registries that are asked here.
# shellcheck source=SCRIPTDIR/lib.sh
. "$JELOU_ROOT/.ci/clients/lib.sh"
need groovy:groovy java:default-jre-headless jq:jq curl:curl
JAVA_HOME=$(dirname "$(dirname "$(readlink -f "$(command -v java)")")")
export JAVA_HOME
lay_out_release
mkdir -p home

# Plays the file in a sandbox: `pipeline [FLAG OF jelou sandbox run]…`, as the branch `$branch` of a multibranch job, if
# that is set. Its log is `log`.
branch=
pipeline() {
  local status=0
  rm -f log
  # shellcheck disable=SC2016 # The inner shell expands it.
  jelou sandbox run --strict-faults "$@" -- bash -euo pipefail -c '
    unset JELOU_FUNCTION_TOKEN
    status=0
    # The build installs `jelou` in its own home, and gets the management token where the file binds it alone.
    [ -z "$3" ] || export BRANCH_NAME="$3"
    env -u JELOU_TOKEN CREDENTIAL="$JELOU_TOKEN" HOME="$PWD/home" PATH="$1" JENKINS_URL=https://jenkins.example/ \
      JOB_NAME="a folder/end to end" BUILD_NUMBER=12 BUILD_ID=12 BUILD_TAG="jenkins-a folder-12" \
      WORKSPACE_TMP="$PWD/workspace@tmp" JELOU_RELEASES="$releases" \
      JELOU_VERSION="$release_version" JELOU_SHA256="$release_sha256" \
      groovy "$2/.ci/clients/jenkinsfile/play.groovy" "$2/ci-examples/jenkins/Jenkinsfile" "$PWD/log" || status=$?
    jelou sandbox journal --json >journal.json
    jelou tokens list my-function --json >tokens.json
    exit "$status"
  ' pipeline "$(path_without_jelou)" "$JELOU_ROOT" "$branch" || status=$?
  return "$status"
}

pipeline || fail "the build ended with $?: $(cat log)"
check_pipeline log
grep -q '^+ jelou tokens create' log || fail "the log lacks the commands, so that it proves nothing: $(cat log)"
echo "the Jenkinsfile compiles and runs: a token was created, used and revoked, and no value stands in the log"

branch=main
pipeline || fail "the build of \`main\` ended with $?: $(cat log)"
check_pipeline log
branch=feature
pipeline || fail "the build of another branch ended with $?: $(cat log)"
[ ! -e log ] || fail "a step ran: $(cat log)"
jq -e '[.data.entries[] | select(.method == "POST")] == []' journal.json >/dev/null || fail "it asked: $(cat journal.json)"
branch=
echo "the branch \`main\` of a multibranch job does the same, and another branch nothing at all"

if pipeline --fault 'status=500 POST /fn/** x9'; then
  fail "a function that fails does not stop the build: $(cat log)"
fi
grep -q 'requested URL returned error: 500' log || fail "it stopped for another reason: $(cat log)"
jq -e '[.data[].name] == ["default"]' tokens.json >/dev/null || fail "the tokens: $(cat tokens.json)"
jq -e '[.data.entries[] | select(.method == "POST" and .path == "/v1/functions/my-function/tokens" and .status == 201)]
  | length == 1' journal.json >/dev/null || fail "no token was created: $(cat journal.json)"
[ ! -e 'workspace@tmp/token' ] || fail "the value stayed in a file"
echo "with a function that fails the build stopped, and the token was revoked"
