#!/bin/sh
# Creates a token, calls a function with it, and revokes the token, also after a failure and after a signal. Where nothing
# can run any more, the token ends by itself within the hour.
#
#   pipeline.sh FUNCTION BODY        pipeline.sh my-function '{"query": "test"}'
#
# Needs `jelou` on PATH, and in the environment `JELOU_TOKEN`, a management token (scopes: functions:read, tokens:read,
# tokens:write, deployments:read). Ends with the exit status of the command that failed.
#
# Masks: a shell hides nothing. The value stands in a file that only this user can read, and never in a variable, an
# argument or the output, so `set -x` does not show it either.
set -eu

if [ "$#" -ne 2 ]; then
  echo "usage: ${0##*/} FUNCTION BODY" >&2
  exit 2
fi
function=$1
body=$2

# Says what a status means for this pipeline: `explain STATUS`. The table is that of `jelou help exit-codes`.
explain() {
  case $1 in
    0) echo "pipeline: done" ;;
    1) echo "pipeline: jelou failed in a way that it did not foresee; please report it" ;;
    2) echo "pipeline: the function, the body or the environment is not valid; nothing was changed that was not undone" ;;
    3) echo "pipeline: JELOU_TOKEN is missing or was refused, or the function refused the new token" ;;
    4) echo "pipeline: JELOU_TOKEN may not do this (see the scopes at the top), or the function refused the call" ;;
    5) echo "pipeline: there is no function $function, or it has nothing at this path" ;;
    6) echo "pipeline: the platform or the function refused the input" ;;
    7) echo "pipeline: the platform's state forbids it; try again when nothing else changes this function" ;;
    8) echo "pipeline: still rate limited after all retries; run this again later" ;;
    9) echo "pipeline: the platform or the function fails, or its answer is not valid" ;;
    10) echo "pipeline: the platform was not reached; run this again later" ;;
    11) echo "pipeline: the deployment of the change failed or takes too long; see jelou deployments list $function" ;;
    12) echo "pipeline: done in part; what was not is named above" ;;
    13) echo "pipeline: the token or the body could not be written to a file; is the disk full?" ;;
    14) echo "pipeline: somebody declined, yet nobody was asked; please report it" ;;
    129) echo "pipeline: ended by SIGHUP" ;;
    130) echo "pipeline: ended by SIGINT" ;;
    131) echo "pipeline: ended by SIGQUIT" ;;
    143) echo "pipeline: ended by SIGTERM" ;;
    *) echo "pipeline: jelou could not be run, or is of another version: status $1" ;;
  esac >&2
}

# A name and a key that nobody else has. By the name, what is revoked can only be what this run created; by the key, the
# same command can be repeated and still makes no second token.
unique=$(od -An -N 16 -t x1 /dev/urandom | tr -d ' \n')
token_name=ci-$unique
folder=$(mktemp -d)
may_exist=no

# Ends with the status of what failed; if nothing did, with that of the revocation.
finish() {
  status=$?
  trap - EXIT
  trap '' HUP INT QUIT TERM
  rm -rf "$folder"
  if [ "$may_exist" = yes ]; then
    revoked=0
    jelou tokens revoke "$function" "$token_name" --ignore-missing --wait --timeout 60s -y || revoked=$?
    if [ "$revoked" -ne 0 ]; then
      echo "pipeline: the token $token_name may be left behind, or still accepted; it expires within an hour" >&2
      [ "$status" -ne 0 ] || status=$revoked
    fi
  fi
  explain "$status"
  exit "$status"
}
trap finish EXIT
# Not every shell runs the above after a signal.
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 131' QUIT
trap 'exit 143' TERM

# A command of its own: the status of a `$(…)` inside of another command would be lost.
url=$(jelou functions info "$function" --jq .data.url)

attempts=3
may_exist=yes
while :; do
  created=0
  jelou tokens create "$function" --name "$token_name" --expires-in 1h --wait --idempotency-key "$unique" \
    --to file:"$folder/token" || created=$?
  case $created in
    0) break ;;
    # What may go better next time.
    8 | 9 | 10)
      attempts=$((attempts - 1))
      [ "$attempts" -gt 0 ] || exit "$created"
      echo "pipeline: trying once more (status $created)" >&2
      sleep "${PIPELINE_PAUSE:-10}"
      ;;
    # What would not.
    *) exit "$created" ;;
  esac
done

# Never repeated: what the function had done before it failed is not known. The body by a file: as an argument, one that
# begins with `@` would name a file to send.
printf %s "$body" >"$folder/body" || exit 13
echo "pipeline: calling $url" >&2
jelou call "$function" --token-stdin -d @"$folder/body" <"$folder/token"
