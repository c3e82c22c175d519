#!/usr/bin/env bash
# Pages of other origins in headless Chromium, with its real `fetch`: they call a function with a token, and reach neither
# the control plane nor the sandbox's own routes.
# shellcheck source=SCRIPTDIR/lib.sh
. "$JELOU_ROOT/.ci/clients/lib.sh"
need chromium:chromium jq:jq curl:curl
npm_packages browser playwright-core@1.65.1
cp "$JELOU_ROOT/.ci/clients/browser/page.mjs" "$npm_folder"

# shellcheck disable=SC2016 # The inner shell expands it.
jelou sandbox run -- bash -euo pipefail -c '
  CHROMIUM=$(command -v chromium) node "$0"
  jelou sandbox journal --json >journal.json
  curl --silent --show-error --fail "$JELOU_API_URL/__sandbox/faults" >faults.json
' "$npm_folder/page.mjs" || fail "a page did not see what it should"

# The pages saw that they were refused; here is that nothing was done for them either. The one success at the control plane
# is the address that was typed.
jq -e '
  ([.data.entries[] | select(.plane == "control" and .status < 400) | .path] == ["/openapi.json"])
    and ([.data.entries[] | select(.plane == "gateway" and .status == 200)] | length >= 10)
' journal.json >/dev/null || fail "the journal: $(cat journal.json)"
jq -e '.faults == []' faults.json >/dev/null || fail "a page scripted a fault: $(cat faults.json)"
echo "pages called the function, and nothing else"
