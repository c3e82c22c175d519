# shellcheck shell=bash
# Run in a sandbox, in an empty folder, with another as $1: each line's document goes to a file of its own there.
export JELOU_OUTPUT=json
folder=$1
number=0

# Runs one line; it must end with the status, since a document of another kind checks nothing.
document() {
  local expected=$1 status=0
  shift
  number=$((number + 1))
  bash -c "$*" >"$folder/$(printf %03d "$number").json" 2>stderr </dev/null || status=$?
  if [ "$status" -ne "$expected" ]; then
    echo "ended with $status and not $expected: $*" >&2
    cat stderr >&2
    exit 1
  fi
}

# The shell that runs the line expands them.
# shellcheck disable=SC2016
login='printf %s "$JELOU_TOKEN" | jelou login --token-stdin'
# shellcheck disable=SC2016
deployment='$(JELOU_OUTPUT=human jelou deployments list my-function --quiet | tail -1)'
echo '{"function":"fresh"}' >jelou.json
echo 'export default 1' >index.ts

# What works.
document 0 jelou tokens create my-function --name ci --wait
document 0 jelou tokens create my-function --name other --expires-in 30d --to file:token
document 0 jelou tokens list my-function
document 0 jelou tokens info my-function ci
document 0 jelou tokens rotate my-function ci --grace 10m
document 0 jelou tokens regenerate my-function other -y
document 0 jelou tokens disable my-function other -y
document 0 jelou tokens enable my-function other
document 0 jelou tokens verify my-function
document 0 jelou tokens prune my-function --name other --dry-run
document 0 jelou tokens revoke my-function tok_none --ignore-missing -y
document 0 jelou tokens recover --revoke -y
document 0 jelou deploy --dry-run
document 0 jelou deploy -y --wait
document 0 jelou deploy -y
document 0 mkdir project '&&' cd project '&&' jelou init started
document 0 jelou functions list
document 0 jelou functions info my-function
document 0 jelou functions info my-function --mcp-config
document 0 jelou functions create made
document 0 jelou functions delete made -y
document 0 jelou deployments list my-function
document 0 jelou deployments info my-function "$deployment"
document 0 jelou deployments wait my-function "$deployment"
document 0 jelou deployments download my-function "$deployment" -o code
document 0 jelou rollback my-function "$deployment" -y
document 0 jelou secrets set my-function KEY=value OTHER=value
document 0 jelou secrets list my-function
document 0 jelou secrets delete my-function KEY -y
document 0 "$login"
document 0 jelou whoami
document 0 jelou whoami --profile default
document 0 jelou auth list
document 0 jelou auth switch default
document 0 jelou auth remove default -y
document 0 "$login > /dev/null; jelou logout"
document 0 jelou sandbox faults "'delay=1ms GET /v1/me x2'"
document 0 jelou sandbox journal
document 0 jelou sandbox advance 10m
document 0 jelou sandbox status
document 0 jelou schema tokens create
document 0 jelou completions bash
document 0 jelou man pages

# What fails, with `details` and without.
document 2 jelou tokens create my-function
document 2 jelou no-such-verb
document 2 jelou tokens exec my-function
document 3 JELOU_TOKEN=jfn_pat_sbx_none jelou tokens list my-function
document 5 jelou tokens list no-such-function
document 5 jelou tokens revoke my-function tok_none -y
document 7 jelou tokens create my-function --name default
document 10 JELOU_API_URL=http://127.0.0.1:1 JELOU_RETRIES=0 jelou functions list
document 10 JELOU_API_URL=http://127.0.0.1:1 JELOU_RETRIES=0 jelou tokens create my-function --name lost
document 13 jelou tokens create my-function --name undelivered --to "command:false"

# What fails after something happened.
document 12 jelou tokens revoke my-function other tok_none -y
jelou sandbox faults 'redeploy-fails x*' >stderr
document 11 jelou tokens create my-function --name not-live --wait
document 11 jelou tokens revoke my-function not-live -y --wait
document 11 jelou secrets set my-function KEY=value --wait
document 11 jelou secrets delete my-function KEY -y --wait
document 11 jelou deploy -y --wait
document 11 jelou rollback my-function "$deployment" -y --wait
echo "$number documents"
